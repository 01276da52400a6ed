//! The plan before it runs: frozen as it is on screen, with its options and the steps that are left out. If
//! the engine changes underneath, it is made anew and has to be looked at again. What would take longer than a
//! frame is planned by the worker; meanwhile nothing can be confirmed.

use std::sync::Arc;

use super::AppState;
use super::removal::Dialog;
use crate::archive::Wanted;
use crate::message::{Command, Drafted, TaskId, ToDraft, Work};
use crate::model::Bytes;
use crate::plan::{Draft, LeftOut, NoWay, PlanChanges, PlannedStep, RemovalPlan, Request, Way, is_there};
use crate::rules::{Target, World};

/// Requests up to this weight are planned at once: both ways together take a few milliseconds.
const AT_ONCE: usize = 128;

/// A plan before it runs.
#[derive(Debug)]
pub struct Review {
    /// What is wanted now; the draft may still be of an earlier request.
    pub request: Request,
    /// The latest plan; `None` until there is a first one.
    pub draft: Option<Arc<Draft>>,
    /// What became different while the review was open, until the person has seen it.
    pub changes: Option<PlanChanges>,
    /// The person wants it run though nothing of it is written to the journal.
    pub without_journal: bool,
    /// What an archive made first would hold, and how large that is at most.
    pub to_archive: (Arc<[Wanted]>, Option<Bytes>),
    due: Due,
    /// Why the plan that is due could not be made; asked for again only when something else is wanted.
    pub failed: Option<String>,
    /// Whether no step that stops a container is left out.
    pub stops_first: bool,
}

/// What the draft lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// It is what was asked for, in the present world.
    Nothing,
    /// Other steps are to be left out.
    Choice,
    /// The engine or what is protected has changed: what becomes different is to be told.
    World,
    /// Other options were chosen, or there is no draft yet.
    Options,
}

/// The worker drafts one plan at a time.
#[derive(Debug, Default)]
pub(super) struct Drafting {
    asked: Option<TaskId>,
    /// Something has changed since the question: its answer is not taken.
    is_late: bool,
}

impl Review {
    fn new(request: Request, without_journal: bool) -> Self {
        Self {
            request,
            draft: None,
            changes: None,
            without_journal,
            to_archive: (Arc::default(), None),
            due: Due::Options,
            failed: None,
            stops_first: true,
        }
    }

    /// Whether a plan is being made.
    pub fn is_planning(&self) -> bool {
        self.due != Due::Nothing && self.failed.is_none()
    }

    /// What would run, or why there is no plan; the last that was told, while another one is being made.
    pub fn plan(&self) -> Option<Result<&Arc<RemovalPlan>, &NoWay>> {
        self.draft.as_ref().map(|draft| draft.plan.as_ref())
    }

    /// Whether the person wants a step done.
    pub fn wants(&self, step: &PlannedStep) -> bool {
        self.request.left_out.is_empty() || !self.request.left_out.contains(&step.action.bare())
    }

    /// The plan that may run now.
    pub fn ready(&self) -> Option<&Arc<RemovalPlan>> {
        let is_current = self.due == Due::Nothing && self.changes.is_none();
        self.plan()?.ok().filter(|plan| is_current && !plan.steps.is_empty())
    }

    fn take(&mut self, Drafted { draft, changes, to_archive, archive_at_most }: Drafted) {
        // Marks that nobody has seen yet stay, unless newer ones replace them.
        self.changes = match self.due {
            Due::World => changes.or_else(|| self.changes.take()),
            Due::Nothing | Due::Choice => self.changes.take(),
            Due::Options => None,
        };
        (self.draft, self.to_archive) = (Some(draft), (to_archive, archive_at_most));
        self.due = Due::Nothing;
        self.look_for_stops();
    }

    fn look_for_stops(&mut self) {
        let Some((draft, whole)) = self.draft.as_ref().and_then(|d| Some((d, d.whole.as_ref().ok()?))) else {
            return;
        };
        self.stops_first = draft.stops.iter().filter_map(|at| whole.steps.get(*at)).all(|s| self.wants(s));
    }
}

impl AppState {
    pub(super) fn review(&mut self, target: Target, way: Way) {
        self.open_review(vec![target], false, way);
    }

    pub(super) fn review_marked(&mut self) {
        let targets = self.marks.targets();
        if !targets.is_empty() {
            self.open_review(targets, true, Way::Ordered);
        }
    }

    fn open_review(&mut self, targets: Vec<Target>, bulk: bool, way: Way) {
        if self.blocked().is_some() || !matches!(self.dialog, Dialog::None) {
            return;
        }
        let request =
            Request { targets: targets.into(), bulk, way, prune: true, left_out: LeftOut::default() };
        self.start_review(request, false);
    }

    fn start_review(&mut self, request: Request, without_journal: bool) {
        if self.graph().is_some() {
            self.set_dialog(Dialog::Review(Box::new(Review::new(request, without_journal))));
            self.plan_is_due(Due::Options);
        }
    }

    /// Makes the reviewed plan with other options; the person asked for that, so nothing is marked.
    pub(super) fn change_review(&mut self, way: Option<Way>, prune: Option<bool>) {
        let Dialog::Review(review) = &mut self.dialog else { return };
        let request = &mut review.request;
        request.way = way.unwrap_or(request.way);
        request.prune = prune.unwrap_or(request.prune);
        self.plan_is_due(Due::Options);
    }

    /// Leaves out steps of the whole plan, by their places, or takes them in again.
    pub(super) fn leave_out(&mut self, steps: &[usize], out: bool) {
        let Dialog::Review(review) = &mut self.dialog else { return };
        let Some(Ok(whole)) = review.draft.as_ref().map(|draft| &draft.whole) else { return };
        let left_out = &mut review.request.left_out;
        for action in steps.iter().filter_map(|at| whole.steps.get(*at)).map(|step| &step.action) {
            if out {
                left_out.insert(action.bare());
            } else {
                left_out.remove(&action.bare());
            }
        }
        review.look_for_stops();
        self.plan_is_due(Due::Choice);
    }

    /// After a new observation.
    pub(super) fn replan_review(&mut self) {
        self.drafting.is_late = true;
        if !matches!(self.dialog, Dialog::Review(_)) {
            return;
        }
        if self.listing.observation.is_none() {
            return self.set_dialog(Dialog::None);
        }
        self.plan_is_due(Due::World);
    }

    /// Plans at once what is quickly planned; the rest is asked of the worker.
    fn plan_is_due(&mut self, due: Due) {
        self.drafting.is_late = true;
        let Some(world) = self.world() else { return };
        let Dialog::Review(review) = &mut self.dialog else { return };
        // The later in the order, the more is new; of a plan with other options nothing was seen before.
        review.due = review.due.max(due);
        review.failed = None;
        if review.request.is_light(&world, AT_ONCE) {
            let drafted = review.to_draft(world).draft();
            self.take_draft(drafted);
        }
    }

    /// Asks for the plan that is due, once the worker is done with the one before.
    pub(super) fn ask_for_draft(&mut self) -> Option<Command> {
        let world = self.world()?;
        let Dialog::Review(review) = &self.dialog else { return None };
        if !review.is_planning() || self.drafting.asked.is_some() {
            return None;
        }
        let to_draft = review.to_draft(world);
        self.last_task = TaskId(self.last_task.0 + 1);
        self.drafting = Drafting { asked: Some(self.last_task), is_late: false };
        Some(Command::WorkOut { task: self.last_task, work: Box::new(Work::Draft(to_draft)) })
    }

    /// Takes the plan over, unless another one is wanted by now.
    pub(super) fn drafted(&mut self, task: TaskId, drafted: Drafted) {
        if self.drafting.asked != Some(task) {
            return self.let_go(drafted);
        }
        self.drafting.asked = None;
        if self.drafting.is_late || !matches!(self.dialog, Dialog::Review(_)) {
            return self.let_go(drafted);
        }
        self.take_draft(drafted);
    }

    /// Nothing of it is due any more where something else is wanted by now: that is asked for next.
    pub(super) fn not_drafted(&mut self, task: TaskId, why: String) {
        if self.drafting.asked.take_if(|asked| *asked == task).is_none() || self.drafting.is_late {
            return;
        }
        if let Dialog::Review(review) = &mut self.dialog {
            review.failed = Some(why);
        }
    }

    fn take_draft(&mut self, drafted: Drafted) {
        let Dialog::Review(review) = &mut self.dialog else { return };
        let before = review.draft.take().filter(|before| before.is_large());
        let changes = review.changes.take_if(|_| drafted.changes.is_some());
        review.take(drafted);
        self.outdated.extend(before.map(|before| Box::new((before, changes)) as _));
    }

    pub(super) fn accept_changes(&mut self) {
        if let Dialog::Review(review) = &mut self.dialog {
            review.changes = None;
        }
    }

    /// What is left of the targets of a run that ended early, planned on the present listing.
    pub(super) fn plan_again(&mut self, without_journal: bool) {
        let Dialog::Ended(ended) = &self.dialog else { return };
        if self.blocked().is_some() {
            return;
        }
        let Some(world) = self.world() else { return };
        let RemovalPlan { targets, way, prune, .. } = &*ended.plan;
        // Several are what was marked.
        let bulk = targets.len() > 1;
        let (way, prune, left_out) = (*way, *prune, ended.left_out.clone());
        let targets: Vec<_> = targets.iter().filter(|target| is_there(&world, target)).cloned().collect();
        if targets.is_empty() {
            return self.set_dialog(Dialog::None);
        }
        self.start_review(Request { targets: targets.into(), bulk, way, prune, left_out }, without_journal);
    }
}

impl Review {
    fn to_draft(&self, world: World) -> ToDraft {
        let same_world = self.due == Due::Choice;
        ToDraft {
            world,
            request: self.request.clone(),
            before: self.draft.clone().filter(|_| same_world),
            shown: self.draft.clone().filter(|_| self.due == Due::World),
        }
    }
}
