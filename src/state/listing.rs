//! The present observation, and whether it can be relied on. Doubt means keep: what is stale or
//! incomplete is shown, and nothing in it can be removed.

use super::AppState;
use super::activity::Deed;
use crate::message::{Command, Failure, ListingProgress, Observation};

#[derive(Debug, Default)]
pub struct Listing {
    /// The last one that came through; kept while a newer one is on its way, and when that fails.
    pub observation: Option<Observation>,
    /// The observation is of an earlier time, before this program asked: when, in seconds since 1970.
    pub remembered: Option<i64>,
    /// When the engine is asked again by itself, in seconds since 1970.
    pub again_at: Option<i64>,
    /// Why the observation no longer tells the present.
    pub stale: Option<Stale>,
    /// A listing was asked for and has not come.
    pub waiting: bool,
    pub progress: Option<ListingProgress>,
    /// A run has changed the engine since, or this machine slept; the worker lists it again by itself.
    pub outrun: bool,
    /// Why the engine's events cannot be followed: what others change is only seen now and then.
    pub unwatched: Option<Failure>,
    /// The person asked for the listing that is on its way, and wants to know that it came.
    pub(super) asked: bool,
}

/// What went wrong after the observation was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    pub failure: Failure,
}

impl Listing {
    pub(super) fn fail(&mut self, failure: Failure) {
        self.stale = Some(Stale { failure });
        self.waiting = false;
        self.progress = None;
        self.asked = false;
        self.outrun = false;
    }

    /// Why the observation is not the whole truth, in the words of what failed.
    pub fn incomplete_because(&self) -> Option<&str> {
        self.observation.as_ref()?.graph.inventory().incomplete_because()
    }

    /// True while a listing is on its way.
    pub fn is_busy(&self) -> bool {
        self.waiting || self.outrun || self.progress.is_some()
    }

    /// True if what is shown is known to be the past.
    pub fn is_past(&self) -> bool {
        self.outrun || self.stale.is_some() || self.remembered.is_some()
    }
}

impl AppState {
    pub(super) fn refresh(&mut self) -> Vec<Command> {
        let generation = self.next_generation();
        self.listing.waiting = true;
        self.listing.asked = true;
        vec![Command::Refresh { generation }]
    }

    pub(super) fn listing_progress(&mut self, progress: ListingProgress) {
        self.listing.progress = match progress {
            ListingProgress::Layers { read, of } if read >= of => None,
            ListingProgress::Lists | ListingProgress::Layers { .. } => Some(progress),
        };
    }

    pub(super) fn observed(&mut self, observation: Observation, now: i64) {
        let deed = Deed::Listed {
            images: observation.graph.images().len(),
            containers: observation.graph.containers().len(),
        };
        let asked = std::mem::take(&mut self.listing.asked);
        if let Some(before) = self.listing.observation.replace(observation) {
            self.let_go(before);
        }
        (self.listing.stale, self.listing.remembered, self.listing.again_at) = (None, None, None);
        self.listing.waiting = false;
        self.listing.outrun = false;
        if self.listing.progress == Some(ListingProgress::Lists) {
            self.listing.progress = None;
        }
        self.engine_answers();
        self.tell_fates();
        self.observation_changed();
        self.take_up_again();
        if asked || !self.connection.stands_in() {
            self.activity.log_listed(now, deed, asked);
        }
    }

    /// What was there when the engine answered last; only as long as nothing newer is shown.
    pub(super) fn remembered(&mut self, observation: Observation, at: i64) {
        let engine = &observation.graph.inventory().engine;
        if self.graph().is_some_and(|shown| shown.inventory().engine.may_be(engine)) {
            self.let_go(observation);
            return;
        }
        if let Some(before) = self.listing.observation.replace(observation) {
            self.let_go(before);
        }
        (self.listing.remembered, self.listing.stale) = (Some(at), None);
        self.observation_changed();
    }

    /// It was another engine's.
    pub(super) fn forgotten(&mut self) {
        if self.listing.remembered.take().is_some() {
            if let Some(before) = self.listing.observation.take() {
                self.let_go(before);
            }
            self.observation_changed();
        }
    }

    pub(super) fn listing_failed(&mut self, failure: Failure, now: i64) {
        self.activity.log(now, Deed::ListingFailed(failure.clone()));
        self.listing.fail(failure);
    }

    /// Works out everything that is shown of an observation.
    pub(super) fn observation_changed(&mut self) {
        self.protect();
        self.tree.observe(self.listing.observation.as_ref(), &self.protection);
        self.keep_remotes();
        self.keep_selection();
        self.keep_marks();
        self.replan_review();
        self.replan_undo();
        self.look_after_cut_off();
    }
}
