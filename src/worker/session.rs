//! One connection and what goes on with it: at most one listing, with at most one more waiting.

mod finding;
mod names;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{Permit, Sender};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::listing::{Hurry, Listed, Refresh};
use super::memory::{Memory, now};
use super::outbox::Outbox;
use crate::engine::{Changed, Engine, Touched};
use crate::message::{Generation, Observation};
use crate::model::{Endpoint, Failure, Image, Inventory, Layers};
use names::{Lately, Names};

/// Changes that come one upon the other are worked out one part in this many of the time, so that neither the
/// engine nor this machine is kept busy by a client that is;
const SHARE: u32 = 4;
/// and what changed is never shown later than this because of it.
const PACE_MAX: Duration = Duration::from_secs(1);
/// What follows a change without an event has followed by then.
const SETTLED: Duration = Duration::from_secs(1);
/// How long to wait before an engine that could not be listed is asked again; twice as long each time,
const BACKOFF: Duration = Duration::from_secs(1);
/// up to this.
const BACKOFF_MAX: Duration = Duration::from_mins(2);

const UNREAD_TRIES: u32 = 5;
/// A listing is kept on the disk when nothing new has come for this long.
const KEPT_AFTER: Duration = Duration::from_secs(5);

/// Tells connections apart, so that what a former one still says is not taken for the present one's.
pub(super) type Serial = u64;

/// What a connection's tasks tell the loop.
pub(super) enum Note {
    Connected(Engine),
    NotConnected(Vec<Failure>),
    /// The window shows what was there before; which engine that was.
    Remembered(String),
    /// It is asked again after this time.
    TriesAgain(Duration),
    Changed(Changed),
    /// Whether the engine lets its events be followed.
    Watched(Result<(), Failure>),
    Gone(Failure),
    /// A listing ended, by its number; with what was told of it last.
    Listed(u64, Listed, Option<Observation>),
    /// The last listing is on the disk.
    Kept,
    /// Time has passed since what waits could not be begun.
    Rested,
}

/// What is to be looked at next.
struct Waiting {
    what: Changed,
    /// A person waits for it.
    asked: bool,
}

struct Listing {
    number: u64,
    names: Names,
    hurry: watch::Sender<Hurry>,
    _task: Task,
}

/// Ends with its owner.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub(super) struct Session {
    pub serial: Serial,
    pub generation: Generation,
    pub endpoint: Endpoint,
    pub engine: Option<Engine>,
    /// Why the engine that was there is not there any more.
    pub lost: Option<Failure>,
    /// The engine whose last listing is shown, until a new one has come.
    pub remembered: Option<String>,
    memory: Memory,
    /// Keeps the last listing once nothing new has come for a while.
    keeping: Option<Task>,
    /// When the last listing came, unless it is kept.
    pub unkept: Option<i64>,
    notes: Sender<(Serial, Note)>,
    outbox: Outbox,
    /// Connects while there is no engine, then watches it.
    link: Option<Task>,
    listing: Option<Listing>,
    /// How many were begun.
    listings: u64,
    waiting: Option<Waiting>,
    /// Ends when what waits may begin.
    resting: Option<Task>,
    /// Lists everything once nothing more follows.
    settling: Option<Task>,
    /// Not before this is what changed looked at again,
    next_update: Instant,
    /// nor everything listed before this: a containerd store may need a minute for it, and a busy engine
    /// changes every second, so half of the time it is left alone.
    next_list: Instant,
    /// Tries once more to read layers.
    reading: Option<Task>,
    /// How often that was tried.
    unread: u32,
    lately: Lately,
    /// Listings that failed since one came through.
    failures: u32,
    /// `None` once a listing failed: then nothing of an older one may be taken over.
    last: Option<Arc<Inventory>>,
    /// What was told to the window last, as far as it is known.
    shown: Option<Observation>,
}

impl Session {
    /// Begins to connect.
    pub fn new(
        serial: Serial,
        generation: Generation,
        endpoint: Endpoint,
        memory: Memory,
        notes: Sender<(Serial, Note)>,
        outbox: Outbox,
    ) -> Self {
        let mut session = Self {
            serial,
            generation,
            endpoint,
            engine: None,
            lost: None,
            remembered: None,
            memory,
            keeping: None,
            unkept: None,
            notes,
            outbox,
            link: None,
            listing: None,
            listings: 0,
            waiting: None,
            resting: None,
            settling: None,
            next_update: Instant::now(),
            next_list: Instant::now(),
            reading: None,
            unread: 0,
            lately: Lately::default(),
            failures: 0,
            last: None,
            shown: None,
        };
        session.connect();
        session
    }

    /// Looks at what changed as soon as it may: at once, or after what is under way. While a plan runs
    /// (`hold`) it only waits.
    pub fn refresh(&mut self, what: Changed, asked: bool, hold: bool) {
        if let Some(listing) = &self.listing {
            self.lately.hold(listing.names);
        }
        let what = self.lately.unless_missed(what);
        if matches!(&what, Changed::Only(touched) if touched.unfinished) {
            let tell = self.teller();
            self.settling = Some(Task(tokio::spawn(async move {
                tokio::time::sleep(SETTLED).await;
                tell.tell(Note::Changed(Changed::Everything)).await;
            })));
        }
        self.wait_for(what, asked);
        self.go_on(hold);
    }

    fn wait_for(&mut self, what: Changed, asked: bool) {
        self.waiting = Some(match self.waiting.take() {
            Some(waiting) => Waiting { what: waiting.what.and(what), asked: waiting.asked || asked },
            None => Waiting { what, asked },
        });
    }

    /// Begins what waits, unless it is not yet time.
    pub fn go_on(&mut self, hold: bool) {
        let Some(waiting) = &self.waiting else { return };
        let is_update = self.last.is_some() && matches!(waiting.what, Changed::Only(_));
        let not_before = if is_update { self.next_update } else { self.next_list };
        let pause =
            if waiting.asked { Duration::ZERO } else { not_before.saturating_duration_since(Instant::now()) };
        let hurry = if is_update || waiting.asked { Hurry::Now } else { Hurry::Soon };
        match &self.listing {
            // A listing hurries only over the layers that it reads at last.
            Some(listing) if pause.is_zero() || hurry == Hurry::Soon => {
                listing.hurry.send_if_modified(|present| {
                    let raised = hurry > *present;
                    *present = hurry.max(*present);
                    raised
                });
            }
            None if hold => {}
            None if pause.is_zero() => self.start_waiting(),
            _ => self.rest(pause),
        }
    }

    fn rest(&mut self, pause: Duration) {
        let tell = self.teller();
        self.resting = Some(Task(tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            tell.tell(Note::Rested).await;
        })));
    }

    /// A listing ended. Returns how long it is until the next, if this one did not show everything.
    pub fn listed(
        &mut self,
        number: u64,
        listed: Listed,
        shown: Option<Observation>,
        hold: bool,
    ) -> Option<Duration> {
        if self.listing.as_ref().is_none_or(|listing| listing.number != number) {
            return None;
        }
        self.shown = shown;
        if let Some(listing) = self.listing.take() {
            // A name may have been looked up only now.
            self.lately.hold(listing.names);
        }
        let now = Instant::now();
        match listed {
            Listed::InFull { inventory, took } => {
                self.next_list = now + took;
                self.failures = if inventory.is_complete() { 0 } else { self.failures };
                self.seen(inventory);
            }
            Listed::Updated { inventory, took } => {
                self.next_update = now + PACE_MAX.min(took * (SHARE - 1));
                self.seen(inventory);
            }
            Listed::Unclear => self.wait_for(Changed::Everything, false),
            Listed::Failed => {
                self.last = None;
            }
        }
        let again = match &self.last {
            Some(inventory) if inventory.is_complete() => None,
            Some(_) | None => Some(self.try_later(now)),
        };
        self.go_on(hold);
        again
    }

    fn try_later(&mut self, now: Instant) -> Duration {
        let pause = BACKOFF_MAX.min(BACKOFF * 2_u32.saturating_pow(self.failures));
        self.next_list = now + pause;
        self.failures += 1;
        self.wait_for(Changed::Everything, false);
        pause
    }

    /// What could not be read beside the lists is tried again a few times: the engine may only have been busy. The
    /// layers of an image whose content is missing never can.
    fn read_again(&mut self, inventory: &Inventory) {
        let failed = |image: &Arc<Image>| matches!(image.layers, Layers::Failed(_));
        let is_due = self.reading.as_ref().is_none_or(|task| task.0.is_finished());
        let build_cache = !inventory.build_cache.is_complete();
        if !build_cache && !inventory.images.seen().iter().any(failed) {
            self.unread = 0;
        } else if is_due && self.unread < UNREAD_TRIES {
            let pause = BACKOFF * 2_u32.pow(self.unread);
            self.unread += 1;
            let tell = self.teller();
            let what = Changed::Only(Touched { unread: true, build_cache, ..Touched::default() });
            self.reading = Some(Task(tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                tell.tell(Note::Changed(what)).await;
            })));
        }
    }

    /// What was seen is kept once nothing more changes: a busy engine shall not keep a disk busy.
    fn seen(&mut self, inventory: Arc<Inventory>) {
        self.last = Some(Arc::clone(&inventory));
        self.read_again(&inventory);
        let Some(engine) = self.engine.clone() else { return };
        self.unkept = inventory.is_complete().then(now);
        let (memory, tell) = (self.memory.clone(), self.teller());
        self.keeping = Some(Task(tokio::spawn(async move {
            memory.keep_layers(&engine, &inventory).await;
            tokio::time::sleep(KEPT_AFTER).await;
            if inventory.is_complete() {
                memory.keep_listing(&engine, inventory, now()).await;
                tell.tell(Note::Kept).await;
            }
        })));
    }

    /// Keeps what is not kept yet; nothing follows.
    pub async fn finish(self) {
        if let (Some(at), Some(engine), Some(last)) = (self.unkept, &self.engine, &self.last) {
            self.memory.keep_layers(engine, last).await;
            self.memory.keep_listing(engine, Arc::clone(last), at).await;
        }
    }

    /// Ends the listing under way; what it was for waits.
    pub fn hold_listing(&mut self) {
        if self.listing.take().is_some() {
            self.wait_for(Changed::Everything, true);
        }
    }

    fn start_waiting(&mut self) {
        self.resting = None;
        let (Some(engine), Some(Waiting { what, .. })) = (self.engine.clone(), self.waiting.take()) else {
            return;
        };
        self.listings += 1;
        let number = self.listings;
        let (sender, hurry) = watch::channel(Hurry::No);
        let (generation, before, outbox) = (self.generation, self.last.clone(), self.outbox.clone());
        let shown = self.shown.take();
        let names = Names::of(&what);
        let refresh = Refresh { engine, generation, what, before, shown, hurry, outbox };
        let tell = self.teller();
        let task = Task(tokio::spawn(async move {
            let (listed, shown) = refresh.run().await;
            tell.tell(Note::Listed(number, listed, shown)).await;
        }));
        self.listing = Some(Listing { number, names, hurry: sender, _task: task });
    }

    fn teller(&self) -> Teller {
        Teller { serial: self.serial, notes: self.notes.clone() }
    }
}

pub(super) struct Teller {
    pub serial: Serial,
    notes: Sender<(Serial, Note)>,
}

impl Teller {
    /// Waits until the loop has room for a note; `None` once it has ended.
    pub async fn room(&self) -> Option<Permit<'_, (Serial, Note)>> {
        self.notes.reserve().await.ok()
    }

    pub fn tell(&self, note: Note) -> impl Future<Output = ()> + Send + use<> {
        let (serial, notes) = (self.serial, self.notes.clone());
        async move {
            // The loop ends only with the program.
            if notes.send((serial, note)).await.is_err() {
                tracing::debug!("the loop has ended");
            }
        }
    }
}
