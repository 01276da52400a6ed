//! Sees the engine through the program's own adapter, layers included. One connection per case: nothing that
//! the adapter keeps between listings outlives the world it was seen in.

use std::sync::Arc;

use unmoor::engine::Engine;
use unmoor::model::{Endpoint, Graph};

/// The program's view of one engine.
pub struct Observer {
    runtime: tokio::runtime::Runtime,
    host: String,
    engine: Engine,
}

impl Observer {
    pub fn new(host: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let engine = connect(&runtime, host);
        Self { runtime, host: host.to_owned(), engine }
    }

    /// Forgets everything that was kept.
    pub fn reconnect(&mut self) {
        self.engine = connect(&self.runtime, &self.host);
    }

    pub fn observe(&self) -> Arc<Graph> {
        let observed = self.runtime.block_on(unmoor::worker::observe_all(&self.engine));
        observed.unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// Product, version and store, as the program tells them.
    pub fn engine(&self) -> String {
        let info = self.engine.info();
        format!("{} {}, {} store, API {}", info.name, info.version, info.store.word(), info.api)
    }
}

fn connect(runtime: &tokio::runtime::Runtime, host: &str) -> Engine {
    let endpoint = Endpoint::Host(host.to_owned());
    runtime.block_on(Engine::connect(&endpoint)).unwrap_or_else(|tried| panic!("{host}: {tried:?}"))
}
