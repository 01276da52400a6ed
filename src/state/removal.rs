//! From the review to the outcome. What is reviewed is what runs: the very plan on screen goes to the
//! worker, and if the engine changes underneath, the plan is made anew and has to be looked at again.

use std::sync::Arc;

use super::AppState;
use super::activity::Deed;
use super::connection::Connection;
use super::listing::Stale;
use crate::message::{Command, Failure, JobId};
use crate::model::Graph;
use crate::plan::{
    self, BulkPlan, Judgement, Kept, NoWay, Outcome, PlannedStep, RemovalPlan, StepAction, StepAnswer,
    StepOutcome, Way, is_there, plan_bulk, plan_removal,
};
use crate::rules::{Target, World};

/// What stands over the window.
#[derive(Debug, Default)]
pub enum Dialog {
    #[default]
    None,
    Review(Box<Review>),
    Running(Box<Run>),
    Ended(Box<Ended>),
}

/// A plan before it runs.
#[derive(Debug)]
pub struct Review {
    pub targets: Vec<Target>,
    /// True for what was marked: what cannot go is left out then, and does not stand in the way of the rest.
    pub bulk: bool,
    pub way: Way,
    pub prune: bool,
    pub plan: Result<RemovalPlan, NoWay>,
    /// The same removal the other way; `None` where force would change nothing.
    pub other: Option<Result<RemovalPlan, NoWay>>,
    /// Of what was marked, what stays.
    pub kept: Vec<Kept>,
    /// What became different while the review was open, until the person has seen it.
    pub changes: Option<PlanChanges>,
}

/// How a plan made anew differs from the one that was on screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanChanges {
    /// For each step of the new plan, whether it was not in the old one.
    pub new: Vec<bool>,
    /// Steps of the old plan that are not in the new one.
    pub dropped: Vec<PlannedStep>,
}

/// A plan while it runs.
#[derive(Debug)]
pub struct Run {
    pub job: JobId,
    pub plan: RemovalPlan,
    /// What the plan was made from.
    pub graph: Arc<Graph>,
    pub steps: Vec<StepState>,
    /// The person asked to stop after the present step.
    pub stopping: bool,
    /// Waiting for the person, since an answer was not the predicted one.
    pub paused: Option<Pause>,
}

/// Why a run waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Which pause of the run it is.
    pub number: u32,
    /// The step whose answer was not the predicted one.
    pub step: usize,
    /// The run was to go on, but the engine could not be listed.
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
    pub plan: RemovalPlan,
    /// What the plan was made from.
    pub graph: Arc<Graph>,
    pub outcome: Outcome,
}

/// Why nothing can be removed at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocked<'a> {
    /// Nothing was listed yet, or another engine is being looked for.
    NotListed,
    Stale(&'a Stale),
    /// Holds the words of what failed.
    Incomplete(&'a str),
    Running,
    WorkerLost,
}

impl Run {
    /// What the engine has answered so far; `None` while it still does.
    pub fn paused_outcome(&self) -> Option<Outcome> {
        let step = self.paused.as_ref()?.step;
        let steps = self.steps.iter().map_while(|state| match state {
            StepState::Ended(outcome) => Some(outcome.clone()),
            StepState::Waiting | StepState::Running => None,
        });
        Some(Outcome { steps: steps.collect(), ended: plan::Ended::Unexpected { step } })
    }
}

impl Review {
    fn new(world: &World, targets: Vec<Target>, bulk: bool, way: Way, prune: bool) -> Self {
        let make = |way| {
            if !bulk {
                return (plan_removal(world, &targets, way, prune), Vec::new());
            }
            let BulkPlan { plan, kept } = plan_bulk(world, &targets, way, prune, &AppState::keep_reason);
            (Ok(plan), kept)
        };
        let (plan, kept) = make(way);
        let (other, _) = make(match way {
            Way::Ordered => Way::Force,
            Way::Force => Way::Ordered,
        });
        let same = match (&plan, &other) {
            (Ok(plan), Ok(other)) => plan.steps == other.steps,
            (Err(plan), Err(other)) => plan == other,
            (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
        };
        Self { plan, other: (!same).then_some(other), targets, bulk, way, prune, kept, changes: None }
    }

    /// The plan that may run now.
    pub fn ready(&self) -> Option<&RemovalPlan> {
        self.plan.as_ref().ok().filter(|p| self.changes.is_none() && !p.steps.is_empty())
    }
}

fn changes(old: &Result<RemovalPlan, NoWay>, new: &Result<RemovalPlan, NoWay>) -> Option<PlanChanges> {
    fn steps(plan: &Result<RemovalPlan, NoWay>) -> &[PlannedStep] {
        plan.as_ref().map_or(&[], |p| p.steps.as_slice())
    }
    let same = match (old, new) {
        (Ok(old), Ok(new)) => old.steps == new.steps && old.losses == new.losses,
        (Err(old), Err(new)) => old == new,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    };
    (!same).then(|| PlanChanges {
        new: steps(new).iter().map(|s| !steps(old).contains(s)).collect(),
        dropped: steps(old).iter().filter(|s| !steps(new).contains(s)).cloned().collect(),
    })
}

impl AppState {
    /// Why nothing can be removed at the moment, if nothing can.
    pub fn blocked(&self) -> Option<Blocked<'_>> {
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
        if self.listing.observation.is_none() {
            return Some(Blocked::NotListed);
        }
        self.listing.incomplete_because().map(Blocked::Incomplete)
    }

    pub(super) fn review(&mut self, target: Target, way: Way) {
        self.open_review(vec![target], false, way);
    }

    pub(super) fn review_marked(&mut self) {
        let targets: Vec<_> = self.marks.targets().cloned().collect();
        if !targets.is_empty() {
            self.open_review(targets, true, Way::Ordered);
        }
    }

    fn open_review(&mut self, targets: Vec<Target>, bulk: bool, way: Way) {
        if self.blocked().is_some() || !matches!(self.dialog, Dialog::None) {
            return;
        }
        if let Some(world) = self.world() {
            self.dialog = Dialog::Review(Box::new(Review::new(&world, targets, bulk, way, true)));
        }
    }

    /// Makes the reviewed plan with other options; the person asked for that, so nothing is marked.
    pub(super) fn change_review(&mut self, way: Option<Way>, prune: Option<bool>) {
        let Some(world) = self.world() else { return };
        if let Dialog::Review(review) = &mut self.dialog {
            let targets = std::mem::take(&mut review.targets);
            let (way, prune) = (way.unwrap_or(review.way), prune.unwrap_or(review.prune));
            **review = Review::new(&world, targets, review.bulk, way, prune);
        }
    }

    /// After a new observation.
    pub(super) fn replan_review(&mut self) {
        let world = self.world();
        let Dialog::Review(review) = &mut self.dialog else { return };
        let Some(world) = world else {
            self.dialog = Dialog::None;
            return;
        };
        let new = Review::new(&world, review.targets.clone(), review.bulk, review.way, review.prune);
        // Marks that nobody has seen yet stay, unless newer ones replace them.
        let changes = changes(&review.plan, &new.plan).or_else(|| review.changes.take());
        **review = Review { changes, ..new };
    }

    pub(super) fn accept_changes(&mut self) {
        if let Dialog::Review(review) = &mut self.dialog {
            review.changes = None;
        }
    }

    pub(super) fn confirm(&mut self, now: i64) -> Vec<Command> {
        if self.blocked().is_some() {
            return Vec::new();
        }
        let Dialog::Review(review) = &self.dialog else { return Vec::new() };
        let (Some(plan), Some(graph)) = (review.ready().cloned(), self.graph().cloned()) else {
            return Vec::new();
        };
        self.last_job = JobId(self.last_job.0 + 1);
        let job = self.last_job;
        self.activity.log(now, Deed::RunStarted { steps: plan.steps.len() });
        let steps = vec![StepState::Waiting; plan.steps.len()];
        let command = Command::Run { job, plan: Box::new(plan.clone()) };
        self.dialog =
            Dialog::Running(Box::new(Run { job, plan, graph, steps, stopping: false, paused: None }));
        vec![command]
    }

    fn run(&mut self, job: JobId) -> Option<&mut Run> {
        match &mut self.dialog {
            Dialog::Running(run) if run.job == job => Some(run),
            Dialog::Running(_) | Dialog::None | Dialog::Review(_) | Dialog::Ended(_) => None,
        }
    }

    pub(super) fn stop_run(&mut self) -> Vec<Command> {
        match &mut self.dialog {
            Dialog::Running(run) if !run.stopping => {
                run.stopping = true;
                run.paused = None;
                vec![Command::StopRun { job: run.job }]
            }
            Dialog::Running(_) | Dialog::None | Dialog::Review(_) | Dialog::Ended(_) => Vec::new(),
        }
    }

    pub(super) fn go_on(&mut self) -> Vec<Command> {
        let Dialog::Running(run) = &mut self.dialog else { return Vec::new() };
        let job = run.job;
        let paused = run.paused.take();
        paused.into_iter().map(|pause| Command::GoOn { job, pause: pause.number }).collect()
    }

    pub(super) fn run_paused(&mut self, job: JobId, pause: Pause) {
        if let Some(run) = self.run(job).filter(|run| !run.stopping) {
            run.paused = Some(pause);
        }
    }

    pub(super) fn step_started(&mut self, job: JobId, step: usize) {
        if let Some(slot) = self.run(job).and_then(|run| run.steps.get_mut(step)) {
            *slot = StepState::Running;
        }
    }

    pub(super) fn step_ended(&mut self, job: JobId, step: usize, outcome: StepOutcome, now: i64) {
        let Some(run) = self.run(job) else { return };
        let action = run.plan.steps.get(step).map(|s| s.action.clone());
        if let Some(slot) = run.steps.get_mut(step) {
            *slot = StepState::Ended(outcome.clone());
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
        let (plan, graph) = (run.plan.clone(), Arc::clone(&run.graph));
        let deed =
            Deed::RunEnded { done: outcome.done(), of: plan.steps.len(), ended: outcome.ended.clone() };
        self.activity.log(now, deed);
        self.dialog = Dialog::Ended(Box::new(Ended { plan, graph, outcome }));
    }

    /// What is left of the targets of a run that ended early, planned on the present listing.
    pub(super) fn plan_again(&mut self) {
        let Dialog::Ended(ended) = &self.dialog else { return };
        let RemovalPlan { targets, way, prune, .. } = ended.plan.clone();
        if self.blocked().is_none()
            && let Some(world) = self.world()
        {
            // Several are what was marked.
            let bulk = targets.len() > 1;
            let targets: Vec<_> = targets.into_iter().filter(|target| is_there(&world, target)).collect();
            self.dialog = if targets.is_empty() {
                Dialog::None
            } else {
                Dialog::Review(Box::new(Review::new(&world, targets, bulk, way, prune)))
            };
        }
    }

    pub(super) fn close_dialog(&mut self) {
        if !self.is_running() {
            self.dialog = Dialog::None;
        }
    }
}
