//! From the confirmation to the outcome. What is reviewed is what runs: the very plan on screen goes to the
//! worker.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::AppState;
use super::activity::Deed;
use super::archives::ArchiveList;
use super::connection::Connection;
use super::engines::Chooser;
use super::history::History;
use super::listing::Stale;
use super::protect::KeptList;
use super::review::Review;
use super::undo::Undo;
use crate::archive::{SaveProgress, Saved};
use crate::journal;
use crate::message::{Command, Failure, JobId, RunOptions};
use crate::model::Graph;
use crate::plan::{
    self, Fate, Judgement, LeftOut, Outcome, OutcomeTotals, RemovalPlan, StepAction, StepAnswer, StepOutcome,
    Totals, fate,
};

/// What stands over the window.
#[derive(Debug, Default)]
pub enum Dialog {
    #[default]
    None,
    Review(Box<Review>),
    Running(Box<Run>),
    Ended(Box<Ended>),
    /// All that is kept by hand.
    Kept(KeptList),
    /// Which engine to use.
    Engines(Chooser),
    /// What is archived.
    Archives(Box<ArchiveList>),
    /// A run being undone, before, while and after.
    Undo(Box<Undo>),
    /// All that the journal holds.
    History(Box<History>),
}

/// A plan while it runs.
#[derive(Debug)]
pub struct Run {
    pub job: JobId,
    pub plan: Arc<RemovalPlan>,
    /// What the plan was made from.
    pub graph: Arc<Graph>,
    pub steps: Vec<StepState>,
    /// How many of them the engine did.
    pub done: usize,
    /// The step that is under way.
    pub present: Option<usize>,
    /// The last step whose answer was not the predicted one.
    pub last_surprise: Option<usize>,
    /// The person asked to stop after the present step.
    pub stopping: bool,
    /// Steps of the whole plan that the person left out.
    pub left_out: LeftOut,
    /// Waiting for the person, since an answer was not the predicted one.
    pub paused: Option<Pause>,
    /// How many images are to be archived first.
    pub to_save: usize,
    /// How far that is.
    pub saving: Option<SaveProgress>,
    /// That archive, once it is safely there.
    pub saved: Option<Saved>,
}

/// Why a run waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Which pause of the run it is.
    pub number: u32,
    /// The step whose answer was not the predicted one; if it was not `sent`, the one that waits.
    pub step: usize,
    pub sent: bool,
    /// The engine could not be listed: when the run was to go on, or before the step.
    pub failure: Option<Failure>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepState {
    Waiting,
    Running,
    Ended(StepOutcome),
}

/// A plan after it ran.
#[derive(Debug)]
pub struct Ended {
    pub plan: Arc<RemovalPlan>,
    pub planned: Totals,
    /// What the plan was made from.
    pub graph: Arc<Graph>,
    pub left_out: LeftOut,
    pub outcome: Outcome,
    pub totals: OutcomeTotals,
    /// What was archived first.
    pub saved: Option<Saved>,
    /// Of the steps whose answer never came, what the first complete listing after the run shows.
    pub fates: BTreeMap<usize, Fate>,
    /// The same as the journal has it.
    pub journalled: Option<Arc<journal::Run>>,
}

/// Why nothing can be removed at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocked<'a> {
    /// Nothing was listed yet, or another engine is being looked for.
    NotListed,
    Stale(&'a Stale),
    /// What is shown is of an earlier time; when, in seconds since 1970.
    Remembered(i64),
    /// Holds the words of what failed.
    Incomplete(&'a str),
    /// A run has changed the engine, and the listing after it has not come yet.
    Outrun,
    Running,
    Restoring,
    WorkerLost,
}

impl Run {
    /// As if the run ended with this pause.
    pub fn outcome_so_far(&self, pause: &Pause) -> Outcome {
        let step = pause.step;
        let steps = self.steps.iter().map_while(|state| match state {
            StepState::Ended(outcome) => Some(outcome.clone()),
            StepState::Waiting | StepState::Running => None,
        });
        Outcome { steps: steps.collect(), ended: plan::Ended::Unexpected { step } }
    }
}

impl AppState {
    /// Why nothing can be removed at the moment, if nothing can.
    pub fn blocked(&self) -> Option<Blocked<'_>> {
        if self.archives.restoring.is_some() {
            return Some(Blocked::Restoring);
        }
        if self.is_running() {
            return Some(Blocked::Running);
        }
        match self.connection {
            Connection::WorkerLost => return Some(Blocked::WorkerLost),
            Connection::Connecting => return Some(Blocked::NotListed),
            Connection::Live { .. } | Connection::Sample { .. } | Connection::Gone { .. } => {}
        }
        if let Some(stale) = &self.listing.stale {
            return Some(Blocked::Stale(stale));
        }
        if let Some(at) = self.listing.remembered {
            return Some(Blocked::Remembered(at));
        }
        if self.listing.outrun {
            return Some(Blocked::Outrun);
        }
        if self.listing.observation.is_none() {
            return Some(Blocked::NotListed);
        }
        self.listing.incomplete_because().map(Blocked::Incomplete)
    }

    /// Whether the listing on screen does not tell what there is now.
    pub(super) fn blocked_by_listing(&self) -> bool {
        self.listing.is_past()
            || self.listing.observation.is_none()
            || self.listing.incomplete_because().is_some()
    }

    pub(super) fn confirm(&mut self, now: i64) -> Vec<Command> {
        if !self.remotes.review.last_copies.is_empty() {
            self.remotes.review.is_warned = true;
            return Vec::new();
        }
        self.confirmed(now)
    }

    /// Only after the warning, which names what goes.
    pub(super) fn confirm_last_copies(&mut self, now: i64) -> Vec<Command> {
        if self.remotes.review.is_warned { self.confirmed(now) } else { Vec::new() }
    }

    fn confirmed(&mut self, now: i64) -> Vec<Command> {
        if self.blocked().is_some() || self.archive_has_no_room() {
            return Vec::new();
        }
        let Dialog::Review(review) = &self.dialog else { return Vec::new() };
        let (Some(plan), Some(graph)) = (review.ready().cloned(), self.graph().cloned()) else {
            return Vec::new();
        };
        let left_out = review.request.left_out.clone();
        let without_journal = review.without_journal;
        self.last_job = JobId(self.last_job.0 + 1);
        let job = self.last_job;
        self.activity.log(now, Deed::RunStarted { steps: plan.steps.len() });
        let steps = vec![StepState::Waiting; plan.steps.len()];
        let wish = self.archive_wish();
        let to_save = wish.as_ref().map_or(0, |wish| wish.images.len());
        let saving = wish.as_ref().map(|_| SaveProgress::default());
        let options = RunOptions { archive: wish.map(Box::new), without_journal };
        let command = Command::Run { job, plan: Arc::clone(&plan), options };
        self.set_dialog(Dialog::Running(Box::new(Run {
            job,
            plan,
            graph,
            steps,
            done: 0,
            present: None,
            last_surprise: None,
            stopping: false,
            left_out,
            paused: None,
            saving,
            to_save,
            saved: None,
        })));
        vec![command]
    }

    pub(super) fn run(&mut self, job: JobId) -> Option<&mut Run> {
        let Dialog::Running(run) = &mut self.dialog else { return None };
        (run.job == job).then_some(run)
    }

    pub(super) fn stop_run(&mut self) -> Vec<Command> {
        let Dialog::Running(run) = &mut self.dialog else { return Vec::new() };
        if run.stopping {
            return Vec::new();
        }
        (run.stopping, run.paused) = (true, None);
        vec![Command::StopRun { job: run.job }]
    }

    pub(super) fn go_on(&mut self) -> Vec<Command> {
        let Dialog::Running(run) = &mut self.dialog else { return Vec::new() };
        let job = run.job;
        let paused = run.paused.take();
        paused.into_iter().map(|pause| Command::GoOn { job, pause: pause.number }).collect()
    }

    /// Nothing is under way in a pause: a window that is to close does not wait for it.
    pub(super) fn run_paused(&mut self, job: JobId, pause: Pause) -> Vec<Command> {
        if let Some(run) = self.run(job).filter(|run| !run.stopping) {
            run.paused = Some(pause);
        }
        self.stop_if_closing()
    }

    pub(super) fn stop_if_closing(&mut self) -> Vec<Command> {
        let Dialog::Running(run) = &self.dialog else { return Vec::new() };
        if self.closing && run.paused.is_some() { self.stop_run() } else { Vec::new() }
    }

    pub(super) fn step_started(&mut self, job: JobId, step: usize) {
        let Some(run) = self.run(job) else { return };
        if let Some(slot) = run.steps.get_mut(step) {
            *slot = StepState::Running;
            run.present = Some(step);
        }
    }

    pub(super) fn step_ended(&mut self, job: JobId, step: usize, outcome: StepOutcome, now: i64) {
        let Some(run) = self.run(job) else { return };
        let action = run.plan.steps.get(step).map(|s| s.action.clone());
        if let Some(slot) = run.steps.get_mut(step) {
            *slot = StepState::Ended(outcome.clone());
            run.present = run.present.filter(|present| *present != step);
            run.done += usize::from(outcome.judgement.is_done());
            if outcome.judgement.is_surprise() {
                run.last_surprise = Some(step);
            }
        }
        if let Some(action) = action {
            self.log_step(action, outcome, now);
        }
    }

    fn log_step(&mut self, action: StepAction, outcome: StepOutcome, now: i64) {
        if outcome.judgement == Judgement::Differs {
            self.activity.log(now, Deed::StepDiffers(action.clone()));
        }
        match (outcome.answer, action) {
            (StepAnswer::Done, StepAction::StopContainer { name, .. }) => {
                self.activity.log(now, Deed::ContainerStopped(name));
            }
            (StepAnswer::Done, StepAction::RemoveContainer { name, .. }) => {
                self.activity.log(now, Deed::ContainerRemoved(name));
            }
            (StepAnswer::Done, StepAction::Untag { .. } | StepAction::RemoveImage { .. }) => {}
            (StepAnswer::Lines(items), _) => {
                for item in items {
                    self.activity.log(now, Deed::Line(item));
                }
            }
            (StepAnswer::Refused { message, .. } | StepAnswer::Lost(message), action) => {
                self.activity.log(now, Deed::StepFailed(action, message));
            }
            (StepAnswer::NotSent(_), action) => self.activity.log(now, Deed::StepSkipped(action)),
        }
    }

    pub(super) fn run_ended(&mut self, job: JobId, outcome: Outcome, now: i64) {
        let Some(run) = self.run(job) else { return };
        let (plan, graph) = (Arc::clone(&run.plan), Arc::clone(&run.graph));
        let (left_out, saved) = (run.left_out.clone(), run.saved.clone());
        let journalled = self.journal.take_latest();
        let totals = outcome.totals();
        let deed = Deed::RunEnded { done: totals.done, of: plan.steps.len(), ended: outcome.ended.clone() };
        self.activity.log(now, deed);
        // Every run is followed by a listing; before the first step nothing was changed.
        self.listing.outrun = !outcome.steps.is_empty();
        self.set_dialog(Dialog::Ended(Box::new(Ended {
            planned: plan.totals(),
            plan,
            graph,
            left_out,
            outcome,
            totals,
            saved,
            journalled,
            fates: BTreeMap::new(),
        })));
    }

    /// Steps whose answer never came are told by what is there now.
    pub(super) fn tell_fates(&mut self) {
        let Some(world) = self.world() else { return };
        let Dialog::Ended(ended) = &mut self.dialog else { return };
        if world.engine() != &ended.plan.engine || world.incomplete_because().is_some() {
            return;
        }
        for (at, step) in ended.outcome.steps.iter().enumerate() {
            if let (StepAnswer::Lost(_), Some(planned)) = (&step.answer, ended.plan.steps.get(at)) {
                ended.fates.entry(at).or_insert_with(|| fate(planned, &world));
            }
        }
    }

    pub(super) fn close_dialog(&mut self) {
        if !self.is_running() {
            self.set_dialog(Dialog::None);
        }
    }

    /// What stood there goes to the worker if it takes long to free.
    pub(super) fn set_dialog(&mut self, dialog: Dialog) {
        let before = std::mem::replace(&mut self.dialog, dialog);
        let is_large = match &before {
            Dialog::Review(review) => review.draft.as_ref().is_some_and(|draft| draft.is_large()),
            Dialog::Running(run) => run.plan.is_large(),
            Dialog::Ended(ended) => ended.plan.is_large(),
            Dialog::None
            | Dialog::Kept(_)
            | Dialog::Engines(_)
            | Dialog::Archives(_)
            | Dialog::Undo(_)
            | Dialog::History(_) => false,
        };
        if is_large {
            self.let_go(before);
        }
    }
}
