//! The background: connects, lists, watches and runs plans, so that the window never waits.
//!
//! The window sends [`Command`]s and takes [`Event`]s, both over bounded channels. The window only
//! ever uses `try_send` and `try_recv`. If it falls behind, the worker waits for it before it tells
//! the next fact; only progress is dropped then. It knows no window: whoever is to be woken passes a
//! closure.

pub mod archive;
mod event_loop;
mod export;
mod journal;
mod link;
mod listing;
mod memory;
mod observation;
mod outbox;
mod remote;
mod run;
mod search;
mod session;
mod slept;
mod undo;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::files::Folders;
use crate::journal::JournalRead;
use crate::message::{Command, Event};
use crate::model::{Candidate, Endpoint, Failure, Graph, Probe};
use crate::registry::{Places, Registries};

use outbox::Outbox;

pub use listing::observe_all;
pub use observation::{observation, observation_after, work_out};
pub use remote::look_up_all;
pub use slept::Clock;

/// A person cannot click faster than these are taken.
const COMMANDS: usize = 64;
/// A few seconds' worth while a window is busy; a run never needs more than two per step.
const EVENTS: usize = 256;
/// How long the program stays for a running step once its window is closed.
const LAST_STEP: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(20);

/// Starts the background.
pub struct Worker;

impl Worker {
    /// Runs until the returned sender is dropped. `wake` is called after each event; what has to outlive the
    /// program is kept in `folders`.
    pub fn start(
        wake: Arc<dyn Fn() + Send + Sync>,
        runtime: &Handle,
        folders: Folders,
    ) -> (Sender<Command>, Receiver<Event>) {
        Self::start_for(wake, runtime, folders, Places::of_this_person())
    }

    /// The same for somebody whose logins and certificates for registries are at these places.
    pub fn start_for(
        wake: Arc<dyn Fn() + Send + Sync>,
        runtime: &Handle,
        folders: Folders,
        places: Places,
    ) -> (Sender<Command>, Receiver<Event>) {
        Self::begin(wake, runtime, folders, places, slept::clock())
    }

    /// The same by another clock, which has to go on while the machine sleeps.
    pub fn start_by(
        clock: Clock,
        wake: Arc<dyn Fn() + Send + Sync>,
        runtime: &Handle,
        folders: Folders,
    ) -> (Sender<Command>, Receiver<Event>) {
        Self::begin(wake, runtime, folders, Places::of_this_person(), clock)
    }

    fn begin(
        wake: Arc<dyn Fn() + Send + Sync>,
        runtime: &Handle,
        folders: Folders,
        places: Places,
        clock: Clock,
    ) -> (Sender<Command>, Receiver<Event>) {
        let (commands, orders) = channel(COMMANDS);
        let (facts, events) = channel(EVENTS);
        let registries = Registries::new(places);
        let outbox = Outbox::new(facts, wake);
        runtime.spawn(event_loop::run(orders, outbox, folders, registries, clock));
        (commands, events)
    }

    /// Ends the background: the running step finishes, within a limit, and nothing follows it. Blocks;
    /// for the thread of a window that is closed already. `false` if the limit was too short.
    pub fn finish(commands: Sender<Command>, mut events: Receiver<Event>) -> bool {
        drop(commands);
        let started = Instant::now();
        while started.elapsed() < LAST_STEP {
            match events.try_recv() {
                Ok(_nobody_looks_any_more) => {}
                Err(TryRecvError::Empty) => std::thread::sleep(POLL),
                Err(TryRecvError::Disconnected) => return true,
            }
        }
        false
    }
}

/// All that the journal in these folders has, newest first. Blocks.
pub fn read_journal(folders: &Folders) -> JournalRead {
    journal::Journal::new(folders).read_here()
}

/// Every engine that may be there, with what each answers; all are asked at once.
pub async fn find_engines() -> Vec<(Candidate, Probe)> {
    let candidates = crate::engine::search::candidates(None).await;
    let asked = candidates.into_iter().map(|candidate| async move {
        let probe = crate::engine::search::probe(&candidate).await;
        (candidate, probe)
    });
    futures_util::future::join_all(asked).await
}

/// Connects, lists everything and reads all layers: one observation, without a window. With the address of the
/// engine that answered.
pub async fn observe(endpoint: &Endpoint) -> Result<(Arc<Graph>, String), Vec<Failure>> {
    let engine = crate::engine::Engine::connect(endpoint).await?;
    let graph = observe_all(&engine).await.map_err(|failure| vec![failure])?;
    Ok((graph, engine.host().to_owned()))
}
