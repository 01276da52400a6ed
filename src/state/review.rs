//! The plan before it runs: frozen as it is on screen, with its options and the steps that are left out. If
//! the engine changes underneath, it is made anew and has to be looked at again.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::AppState;
use super::removal::Dialog;
use crate::plan::{
    BulkPlan, Choice, Chosen, Expected, Kept, NoWay, PlannedStep, RemovalPlan, StepAction, Undo, Way, choose,
    is_there, plan_bulk, plan_removal, undo,
};
use crate::rules::{Target, World};

/// Steps that are not to be done, as [`StepAction::bare`] has them.
pub type LeftOut = HashSet<StepAction>;

/// A plan before it runs.
#[derive(Debug)]
pub struct Review {
    pub targets: Vec<Target>,
    /// True for what was marked: what cannot go is left out then, and does not stand in the way of the rest.
    pub bulk: bool,
    pub way: Way,
    pub prune: bool,
    /// With every step.
    pub whole: Result<RemovalPlan, NoWay>,
    /// What each step of the whole plan does now, or why it does nothing.
    pub steps: Vec<Chosen>,
    left_out: LeftOut,
    /// For each step of `plan`, by what it does.
    undo: HashMap<StepAction, Undo>,
    /// What would run: the whole plan without the steps that are left out.
    pub plan: Result<RemovalPlan, NoWay>,
    /// The same removal the other way; `None` where force would change nothing.
    pub other: Option<Result<RemovalPlan, NoWay>>,
    /// Of what was marked, what stays.
    pub kept: Vec<Kept>,
    /// What became different while the review was open, until the person has seen it.
    pub changes: Option<PlanChanges>,
    /// The person wants it run though nothing of it is written to the journal.
    pub without_journal: bool,
}

/// How a plan made anew differs from the one that was on screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanChanges {
    /// For each step of the new plan, whether it was not in the old one.
    pub new: Vec<bool>,
    /// Steps of the old plan that are not in the new one.
    pub dropped: Vec<PlannedStep>,
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
        let (whole, kept) = make(way);
        let (other, _) = make(match way {
            Way::Ordered => Way::Force,
            Way::Force => Way::Ordered,
        });
        let same = match (&whole, &other) {
            (Ok(whole), Ok(other)) => whole.steps == other.steps,
            (Err(whole), Err(other)) => whole == other,
            (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
        };
        let mut review = Self {
            plan: whole.clone(),
            whole,
            steps: Vec::new(),
            left_out: LeftOut::new(),
            undo: HashMap::new(),
            other: (!same).then_some(other),
            targets,
            bulk,
            way,
            prune,
            kept,
            changes: None,
            without_journal: false,
        };
        review.leave_out(world, LeftOut::new());
        review
    }

    /// Plans without these steps. What the present plan does not have may come back with a later one.
    fn leave_out(&mut self, world: &World, left_out: LeftOut) {
        self.left_out = left_out;
        let Ok(whole) = &self.whole else { return };
        let places: BTreeSet<usize> = whole
            .steps
            .iter()
            .enumerate()
            .filter(|(_, step)| self.left_out.contains(&step.action.bare()))
            .map(|(at, _)| at)
            .collect();
        if places.is_empty() {
            self.steps = whole.steps.iter().cloned().map(Chosen::Goes).collect();
            self.plan = self.whole.clone();
        } else {
            let Choice { plan, steps } = choose(world, whole, &places);
            self.steps = steps;
            self.plan = Ok(plan);
        }
        self.undo = self.plan.as_ref().map(|plan| undo(plan, world.graph())).unwrap_or_default();
    }

    pub fn left_out(&self) -> &LeftOut {
        &self.left_out
    }

    /// The steps that go, with what they are expected to do.
    fn going(&self) -> HashMap<&StepAction, &Expected> {
        self.steps
            .iter()
            .filter_map(|chosen| match chosen {
                Chosen::Goes(step) => Some((&step.action, &step.expected)),
                Chosen::LeftOut | Chosen::Impossible(_) | Chosen::WouldTakeAlong => None,
            })
            .collect()
    }

    /// How what a step does is undone; `None` for a step that does not go.
    pub fn undo(&self, action: &StepAction) -> Option<&Undo> {
        self.undo.get(action)
    }

    /// The plan that may run now.
    pub fn ready(&self) -> Option<&RemovalPlan> {
        self.plan.as_ref().ok().filter(|p| self.changes.is_none() && !p.steps.is_empty())
    }
}

fn changes(old: &Review, new: &Review) -> Option<PlanChanges> {
    fn same(old: &Result<RemovalPlan, NoWay>, new: &Result<RemovalPlan, NoWay>) -> bool {
        match (old, new) {
            (Ok(old), Ok(new)) => old.steps == new.steps && old.losses == new.losses,
            (Err(old), Err(new)) => old == new,
            (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
        }
    }
    if same(&old.whole, &new.whole) && same(&old.plan, &new.plan) {
        return None;
    }
    let (before, after) = (old.going(), new.going());
    let went = |step: &PlannedStep| before.get(&step.action) == Some(&&step.expected);
    let goes = |step: &PlannedStep| after.get(&step.action) == Some(&&step.expected);
    Some(PlanChanges {
        new: new.steps.iter().map(|c| matches!(c, Chosen::Goes(step) if !went(step))).collect(),
        dropped: old.plan.iter().flat_map(|plan| &plan.steps).filter(|s| !goes(s)).cloned().collect(),
    })
}

impl AppState {
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
            let left_out = std::mem::take(&mut review.left_out);
            let without_journal = review.without_journal;
            **review = Review::new(&world, targets, review.bulk, way, prune);
            review.without_journal = without_journal;
            review.leave_out(&world, left_out);
        }
    }

    /// Leaves out steps of the whole plan, by their places, or takes them in again.
    pub(super) fn leave_out(&mut self, steps: &[usize], out: bool) {
        let Some(world) = self.world() else { return };
        let Dialog::Review(review) = &mut self.dialog else { return };
        let Ok(whole) = &review.whole else { return };
        let mut left_out = review.left_out.clone();
        for action in steps.iter().filter_map(|at| whole.steps.get(*at)).map(|step| &step.action) {
            if out {
                left_out.insert(action.bare());
            } else {
                left_out.remove(&action.bare());
            }
        }
        review.leave_out(&world, left_out);
    }

    /// After a new observation.
    pub(super) fn replan_review(&mut self) {
        let world = self.world();
        let Dialog::Review(review) = &mut self.dialog else { return };
        let Some(world) = world else {
            self.dialog = Dialog::None;
            return;
        };
        let mut new = Review::new(&world, review.targets.clone(), review.bulk, review.way, review.prune);
        new.leave_out(&world, review.left_out.clone());
        // Marks that nobody has seen yet stay, unless newer ones replace them.
        let changes = changes(review, &new).or_else(|| review.changes.take());
        let without_journal = review.without_journal;
        **review = Review { changes, without_journal, ..new };
    }

    pub(super) fn accept_changes(&mut self) {
        if let Dialog::Review(review) = &mut self.dialog {
            review.changes = None;
        }
    }

    /// What is left of the targets of a run that ended early, planned on the present listing.
    pub(super) fn plan_again(&mut self, without_journal: bool) {
        let Dialog::Ended(ended) = &self.dialog else { return };
        let RemovalPlan { targets, way, prune, .. } = ended.plan.clone();
        let left_out = ended.left_out.clone();
        if self.blocked().is_none()
            && let Some(world) = self.world()
        {
            // Several are what was marked.
            let bulk = targets.len() > 1;
            let targets: Vec<_> = targets.into_iter().filter(|target| is_there(&world, target)).collect();
            self.dialog = if targets.is_empty() {
                Dialog::None
            } else {
                let mut review = Review::new(&world, targets, bulk, way, prune);
                review.leave_out(&world, left_out);
                review.without_journal = without_journal;
                Dialog::Review(Box::new(review))
            };
        }
    }
}
