//! What is remembered of engines from one start to the next, and when it is written. All of it happens on
//! threads that may wait for a disk; what fails costs a question more, and is told to nobody but the log.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::observation::observation;
use crate::cache::{Known, Snapshot};
use crate::engine::Engine;
use crate::message::Observation;
use crate::model::{Endpoint, Inventory};

/// Where it is kept; nowhere if the system has no place for such things.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    pub cache: Option<PathBuf>,
}

/// The last that was seen at an address.
pub(super) struct Remembered {
    pub host: String,
    /// Which engine it was.
    pub engine: String,
    pub at: i64,
    pub observation: Observation,
}

impl Memory {
    /// What was there when the endpoint answered last.
    pub async fn recall(&self, endpoint: &Endpoint) -> Option<Remembered> {
        let cache = self.cache.clone()?;
        let endpoint = endpoint.clone();
        let load = move || {
            let host = Engine::address(&endpoint)?;
            let Snapshot { host, engine, at, inventory, .. } = Snapshot::load(&cache, &host)?;
            Some(Remembered { host, engine, at, observation: observation(inventory) })
        };
        off_thread(load).await?
    }

    /// Lets an engine know what it said before.
    pub async fn remind(&self, engine: &Engine) {
        let (Some(cache), Some(key)) = (self.cache.clone(), engine.identity()) else { return };
        let engine = engine.clone();
        off_thread(move || engine.recall(Known::load(&cache, &key))).await;
    }

    /// Keeps what was learnt of images since the last time.
    pub async fn keep_layers(&self, engine: &Engine, inventory: &Arc<Inventory>) {
        let (Some(cache), Some(key)) = (self.cache.clone(), engine.identity()) else { return };
        let Some(news) = engine.learnt(inventory.images.seen(), now()) else { return };
        let save = move || news.save(&cache, &key, now());
        log("what images consist of", off_thread(save).await);
    }

    /// Keeps a listing, to be shown before the next answer.
    pub async fn keep_listing(&self, engine: &Engine, inventory: Arc<Inventory>, at: i64) {
        let (Some(cache), Some(key)) = (self.cache.clone(), engine.identity()) else { return };
        let snapshot = Snapshot::new(engine.host().to_owned(), key, at, inventory);
        log("a listing", off_thread(move || snapshot.save(&cache)).await);
    }
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.inspect_err(|error| tracing::error!("what was remembered: {error}")).ok()
}

fn log(what: &str, saved: Option<std::io::Result<()>>) {
    if let Some(Err(error)) = saved {
        tracing::warn!("{what} could not be kept: {error}");
    }
}

/// Seconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
