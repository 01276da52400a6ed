//! One refresh: the lists at once, then layer by layer what they do not tell.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use tokio::sync::watch;

use super::observation::observation_after;
use super::outbox::Outbox;
use crate::engine::{Changed, Engine, LayersRead, Unread};
use crate::message::{Event, Generation, ListingProgress, Observation};
use crate::model::{Failure, FailureKind, Graph, Inventory};

/// How often progress is told.
const PROGRESS: Duration = Duration::from_millis(100);
/// How often a fuller listing is shown while layers are read.
const SHOW: Duration = Duration::from_millis(700);
/// Working an observation out may take at most one part in this many of the time.
const SHARE: u32 = 4;
/// While something waits, layers are read for this long, so that a busy engine does not keep them
/// from ever being read.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whether something else is wanted of the engine while layers are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hurry {
    No,
    /// A new listing, because something changed.
    Soon,
    /// A look at a few things that changed; or a person waits.
    Now,
}

/// One listing to be made.
pub(super) struct Refresh {
    pub engine: Engine,
    pub generation: Generation,
    pub what: Changed,
    pub before: Option<Arc<Inventory>>,
    /// What was told last, where something was: what has not changed since is taken over from it.
    pub shown: Option<Observation>,
    pub hurry: watch::Receiver<Hurry>,
    pub outbox: Outbox,
}

/// What became of a listing.
pub(super) enum Listed {
    /// The engine was listed; the lists alone took this long.
    InFull {
        inventory: Arc<Inventory>,
        took: Duration,
    },
    /// What changed was looked at; that, and working it out, took this long.
    Updated {
        inventory: Arc<Inventory>,
        took: Duration,
    },
    /// What changed cannot be told without a list.
    Unclear,
    Failed,
}

impl Refresh {
    /// Looks, tells, and returns what was seen, with what was told of it last.
    pub async fn run(mut self) -> (Listed, Option<Observation>) {
        let listed = self.look().await;
        (listed, self.shown)
    }

    async fn look(&mut self) -> Listed {
        match (&self.before, &self.what) {
            (Some(before), Changed::Only(touched)) => {
                let (started, again) = (Instant::now(), touched.unread);
                // If the engine is gone, listing it tells how.
                let Ok(Some(inventory)) = self.engine.update(before, touched).await else {
                    return Listed::Unclear;
                };
                let inventory = Arc::new(inventory);
                let is_news = inventory != *before;
                if is_news {
                    self.show(Arc::clone(&inventory)).await;
                }
                let took = started.elapsed();
                let inventory = self.read_layers(inventory, took, PATIENCE, again).await;
                Listed::Updated { inventory, took }
            }
            _ => self.in_full().await,
        }
    }

    async fn in_full(&mut self) -> Listed {
        let generation = self.generation;
        self.outbox.hint(Event::Listing { generation, progress: ListingProgress::Lists });
        let started = Instant::now();
        let inventory = match self.engine.list().await {
            Ok(inventory) => Arc::new(inventory),
            Err(failure) => {
                self.outbox.send(Event::ListingFailed { generation, failure }).await;
                return Listed::Failed;
            }
        };
        let took = started.elapsed();
        let working_out = self.show(Arc::clone(&inventory)).await;
        let inventory = self.read_layers(inventory, working_out, PATIENCE.max(took), true).await;
        Listed::InFull { inventory, took }
    }

    /// Reads what layers are unknown until all are read or something else is wanted more.
    async fn read_layers(
        &mut self,
        start: Arc<Inventory>,
        took: Duration,
        patience: Duration,
        again: bool,
    ) -> Arc<Inventory> {
        let unread = Unread::in_inventory(&start, again);
        let of = unread.len();
        if of == 0 {
            return start;
        }
        let mut inventory = Inventory::clone(&start);
        let mut layers = self.engine.read_layers(unread);
        let deadline = Instant::now() + patience;
        let (mut read, mut told, mut shown, mut pause) = (0, Instant::now(), Instant::now(), took * SHARE);
        let mut unshown = false;
        while !self.is_over(deadline) {
            let next = tokio::select! {
                next = layers.next() => next,
                _ = self.hurry.changed() => continue,
                () = tokio::time::sleep_until(deadline.into()), if *self.hurry.borrow() == Hurry::Soon => continue,
            };
            let Some(one) = next else { break };
            fill(&mut inventory, one);
            read += 1;
            unshown = true;
            if told.elapsed() >= PROGRESS {
                let progress = ListingProgress::Layers { read, of };
                self.outbox.hint(Event::Listing { generation: self.generation, progress });
                told = Instant::now();
            }
            if shown.elapsed() >= SHOW.max(pause) && read < of {
                pause = self.show(Arc::new(inventory.clone())).await * SHARE;
                shown = Instant::now();
                unshown = false;
            }
        }
        let inventory = Arc::new(inventory);
        if unshown {
            self.show(Arc::clone(&inventory)).await;
        }
        // Nothing is being read any more, whether or not that is all.
        let progress = ListingProgress::Layers { read: of, of };
        self.outbox.send(Event::Listing { generation: self.generation, progress }).await;
        inventory
    }

    fn is_over(&self, deadline: Instant) -> bool {
        match *self.hurry.borrow() {
            Hurry::No => false,
            Hurry::Soon => Instant::now() >= deadline,
            Hurry::Now => true,
        }
    }

    /// Tells what was seen so far; returns how long it took to work out.
    async fn show(&mut self, inventory: Arc<Inventory>) -> Duration {
        let generation = self.generation;
        let started = Instant::now();
        let event = match work_out(inventory, self.shown.take()).await {
            Ok(observation) => {
                self.shown = Some(observation.clone());
                Event::Observed { generation, observation }
            }
            Err(message) => {
                Event::ListingFailed { generation, failure: not_worked_out(&self.engine, message) }
            }
        };
        let took = started.elapsed();
        self.outbox.send(event).await;
        took
    }
}

/// Off the threads that have to answer.
async fn work_out(inventory: Arc<Inventory>, before: Option<Observation>) -> Result<Observation, String> {
    let work = move || observation_after(inventory, before.as_ref());
    tokio::task::spawn_blocking(work).await.map_err(|e| e.to_string())
}

fn not_worked_out(engine: &Engine, message: String) -> Failure {
    Failure {
        kind: FailureKind::Malformed,
        host: engine.host().to_owned(),
        operation: "work the listing out".to_owned(),
        message,
    }
}

fn fill(inventory: &mut Inventory, read: LayersRead) {
    let images = inventory.images.seen_mut();
    let found = images.binary_search_by(|image| image.id.cmp(&read.image));
    if let Some(image) = found.ok().and_then(|position| images.get_mut(position)) {
        let image = Arc::make_mut(image);
        image.layers = read.layers;
        image.platform = read.platform;
        image.history = read.history;
    }
}

/// Lists everything; reads all layers if `layers`, else takes those known already.
pub(super) async fn list(engine: &Engine, layers: bool) -> Result<Inventory, Failure> {
    let mut inventory = engine.list().await?;
    if layers {
        let unread = Unread::in_inventory(&inventory, true);
        let mut reads = engine.read_layers(unread);
        while let Some(read) = reads.next().await {
            fill(&mut inventory, read);
        }
    }
    Ok(inventory)
}

/// Lists everything, with all layers.
pub async fn observe_all(engine: &Engine) -> Result<Arc<Graph>, Failure> {
    let inventory = Arc::new(list(engine, true).await?);
    let graph = tokio::task::spawn_blocking(move || Arc::new(Graph::new(inventory))).await;
    graph.map_err(|e| not_worked_out(engine, e.to_string()))
}
