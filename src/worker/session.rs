//! One connection and what goes on with it: at most one listing, with at most one more waiting.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::link;
use super::listing::{Hurry, Listed, Refresh};
use super::outbox::Outbox;
use crate::engine::{Changed, Engine};
use crate::message::Generation;
use crate::model::{Endpoint, Failure, Inventory, StoreKind};

/// Tells connections apart, so that what a former one still says is not taken for the present one's.
pub(super) type Serial = u64;

/// What a connection's tasks tell the loop.
pub(super) enum Note {
    Connected(Engine),
    NotConnected(Vec<Failure>),
    Changed(Changed),
    Gone(Failure),
    /// A listing ended, by its number.
    Listed(u64, Listed),
}

struct Listing {
    number: u64,
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
    notes: Sender<(Serial, Note)>,
    outbox: Outbox,
    /// Connects while there is no engine, then watches it.
    link: Option<Task>,
    listing: Option<Listing>,
    /// How many were begun.
    listings: u64,
    waiting: Option<(Changed, Hurry)>,
    /// How long the last lists took: a containerd store may need a minute, and a busy engine changes
    /// every second, so half of the time it is left alone.
    rest: Duration,
    /// `None` once a listing failed: then nothing of an older one may be taken over.
    last: Option<Arc<Inventory>>,
}

impl Session {
    /// Begins to connect.
    pub fn new(
        serial: Serial,
        generation: Generation,
        endpoint: Endpoint,
        notes: Sender<(Serial, Note)>,
        outbox: Outbox,
    ) -> Self {
        let mut session = Self {
            serial,
            generation,
            endpoint,
            engine: None,
            lost: None,
            notes,
            outbox,
            link: None,
            listing: None,
            listings: 0,
            waiting: None,
            rest: Duration::ZERO,
            last: None,
        };
        session.connect();
        session
    }

    /// Tries once.
    pub fn connect(&mut self) {
        let (endpoint, tell) = (self.endpoint.clone(), self.teller());
        self.link = Some(Task(tokio::spawn(async move {
            let note = match Engine::connect(&endpoint).await {
                Ok(engine) => Note::Connected(engine),
                Err(tried) => Note::NotConnected(tried),
            };
            tell.tell(note).await;
        })));
    }

    /// The engine is gone. What was listed is of one that may come back as another.
    pub fn lose(&mut self, failure: Failure) {
        (self.engine, self.listing, self.waiting, self.last) = (None, None, None, None);
        self.lost = Some(failure);
        self.connect_again(false);
    }

    /// Tries until the engine is back.
    pub fn connect_again(&mut self, at_once: bool) {
        let (endpoint, tell) = (self.endpoint.clone(), self.teller());
        self.link = Some(Task(tokio::spawn(async move {
            let engine = link::find_again(&endpoint, at_once).await;
            tell.tell(Note::Connected(engine)).await;
        })));
    }

    /// Takes an engine: watches it from now on. Watching begins before the first listing, so that
    /// nothing that changes meanwhile is missed.
    pub fn use_engine(&mut self, engine: Engine) {
        let (watched, tell) = (engine.clone(), self.teller());
        self.link = Some(Task(tokio::spawn(async move {
            let gone = link::watch(&watched, |changed| tell.tell(Note::Changed(changed))).await;
            if let Some(failure) = gone {
                tell.tell(Note::Gone(failure)).await;
            }
        })));
        (self.engine, self.lost) = (Some(engine), None);
    }

    /// Lists as soon as it may: at once, or after the listing that is under way. While a plan runs
    /// (`hold`) it only waits.
    pub fn refresh(&mut self, what: Changed, hurry: Hurry, hold: bool) {
        let what = self.at_least(what);
        let (waiting, in_hurry) = self.waiting.unwrap_or((what, hurry));
        self.waiting = Some((waiting.max(what), in_hurry.max(hurry)));
        match &self.listing {
            Some(listing) => {
                listing.hurry.send_if_modified(|present| {
                    let raised = hurry > *present;
                    *present = hurry.max(*present);
                    raised
                });
            }
            None if !hold => self.start_waiting(),
            None => {}
        }
    }

    /// Where listing images costs next to nothing, they are always listed along: builders of old
    /// engines leave images behind with no more than a container's end to show for it.
    fn at_least(&self, what: Changed) -> Changed {
        let classic = |engine: &Engine| engine.info().store == StoreKind::Classic;
        if self.engine.as_ref().is_some_and(classic) { Changed::Everything } else { what }
    }

    /// A listing ended.
    pub fn listed(&mut self, number: u64, listed: Listed, hold: bool) {
        if self.listing.as_ref().is_none_or(|listing| listing.number != number) {
            return;
        }
        self.listing = None;
        (self.last, self.rest) = (listed.inventory, listed.took);
        if !hold {
            self.start_waiting();
        }
    }

    /// Ends the listing under way; what it was for waits.
    pub fn hold_listing(&mut self) {
        if self.listing.take().is_some() {
            self.waiting = Some((Changed::Everything, Hurry::Now));
        }
    }

    fn start_waiting(&mut self) {
        let (Some(engine), Some((what, wanted))) = (self.engine.clone(), self.waiting.take()) else { return };
        let rest = if wanted == Hurry::Now { Duration::ZERO } else { self.rest };
        self.listings += 1;
        let number = self.listings;
        let (sender, hurry) = watch::channel(Hurry::No);
        let (generation, before, outbox) = (self.generation, self.last.clone(), self.outbox.clone());
        let refresh = Refresh { engine, generation, what, before, rest, hurry, outbox };
        let tell = self.teller();
        let task = Task(tokio::spawn(async move {
            let listed = refresh.run().await;
            tell.tell(Note::Listed(number, listed)).await;
        }));
        self.listing = Some(Listing { number, hurry: sender, _task: task });
    }

    fn teller(&self) -> Teller {
        Teller { serial: self.serial, notes: self.notes.clone() }
    }
}

struct Teller {
    serial: Serial,
    notes: Sender<(Serial, Note)>,
}

impl Teller {
    fn tell(&self, note: Note) -> impl Future<Output = ()> + Send + use<> {
        let (serial, notes) = (self.serial, self.notes.clone());
        async move {
            // The loop ends only with the program.
            if notes.send((serial, note)).await.is_err() {
                tracing::debug!("the loop has ended");
            }
        }
    }
}
