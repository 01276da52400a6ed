//! A plan as it is reviewed: the whole of it, what a person leaves out, how each step is undone, and what stays.
//! Of thousands of things that takes long, so that it is one value, made in one go from one request and one
//! world.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::bulk::{BulkPlan, Kept, is_same_either_way, plan_bulk};
use super::choice::{Choice, Chosen, choose};
use super::planner::plan_removal;
use super::removal_plan::{NoWay, RemovalPlan, Totals, Way};
use super::step::{Expected, PlannedStep, StepAction};
use super::undo::{Undo, undo};
use crate::model::{Graph, ImageId};
use crate::rules::{Target, World};

/// Steps that are not to be done, as [`StepAction::bare`] has them.
pub type LeftOut = HashSet<StepAction>;

/// What a person wants removed, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub targets: Arc<[Target]>,
    /// True for what was marked: what cannot go is left out then, and does not stand in the way of the rest.
    pub bulk: bool,
    pub way: Way,
    pub prune: bool,
    /// What the present plan does not have of it may come back with a later one.
    pub left_out: LeftOut,
}

/// What such a request comes to in one world.
#[derive(Debug)]
pub struct Draft {
    pub request: Request,
    /// With every step.
    pub whole: Result<Arc<RemovalPlan>, NoWay>,
    /// What each step of the whole plan does now, or why it does nothing.
    pub steps: Vec<Chosen>,
    /// For each step of the whole plan how it is undone, if it goes.
    pub undo: Vec<Option<Undo>>,
    /// What would run: the whole plan without the steps that are left out.
    pub plan: Result<Arc<RemovalPlan>, NoWay>,
    /// What that does, all in all.
    pub totals: Totals,
    /// The images that go, in their order; of those that go along, only the ones with a name: the others are
    /// but steps on the way to an image.
    pub going: Vec<ImageId>,
    /// Steps of the whole plan that stop a container.
    pub stops: Vec<usize>,
    /// Whether the whole plan removes an image, so that its parents may go along.
    pub removes_images: bool,
    /// Whether the same could be removed the other way; `None` where force would change nothing.
    pub other: Option<Result<(), NoWay>>,
    /// Of what was marked, what stays.
    pub kept: Vec<Kept>,
}

/// How a plan made anew differs from the one that was on screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanChanges {
    /// For each step of the new plan, whether it was not in the old one.
    pub new: Vec<bool>,
    /// How many are new.
    pub added: usize,
    /// Steps of the old plan that are not in the new one.
    pub dropped: Vec<PlannedStep>,
}

impl Request {
    /// Whether the whole plan is the same, whatever is left out of it.
    pub fn differs_only_in_choice(&self, other: &Self) -> bool {
        let Self { targets, bulk, way, prune, left_out: _ } = self;
        (targets, bulk, way, prune) == (&other.targets, &other.bulk, &other.way, &other.prune)
    }

    /// Whether no more than so many things have to be looked at. What is more is not for a thread that has to
    /// answer.
    pub fn is_light(&self, world: &World, at_most: usize) -> bool {
        let graph = world.graph();
        let of_image = |id| {
            let Some(ix) = graph.find_image(id) else { return 1 };
            let names = graph.image(ix).map_or(0, |image| image.references.len());
            1 + names + graph.users(ix).len() + graph.mounted_by(ix).len() + graph.children(id).len()
        };
        let mut sums = self.targets.iter().scan(0, |sum, target| {
            *sum += match target {
                Target::Image(id) | Target::Reference(id, _) => of_image(id),
                Target::Container(_) => 1,
            };
            Some(*sum)
        });
        sums.all(|sum| sum <= at_most)
    }
}

impl Draft {
    /// Plans what was asked for.
    pub fn new(world: &World, request: Request) -> Self {
        let Request { targets, way, prune, .. } = &request;
        if request.bulk {
            // Why a thing stays whatever is marked, beyond what the world protects: nothing so far.
            let BulkPlan { plan, kept } = plan_bulk(world, targets, *way, *prune, &|_| None);
            let other = (!is_same_either_way(world, targets, &plan)).then_some(Ok(()));
            return Self::choosing(world, request, Ok(Arc::new(plan)), other, kept);
        }
        let [whole, other] = match way {
            Way::Ordered => [Way::Ordered, Way::Force],
            Way::Force => [Way::Force, Way::Ordered],
        }
        .map(|way| plan_removal(world, targets, way, *prune));
        let same = match (&whole, &other) {
            (Ok(whole), Ok(other)) => whole.steps == other.steps,
            (Err(whole), Err(other)) => whole == other,
            (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
        };
        let other = (!same).then(|| other.map(|_| ()));
        Self::choosing(world, request, whole.map(Arc::new), other, Vec::new())
    }

    /// The same plan, made in the same world, with other steps left out of it.
    #[must_use]
    pub fn again(&self, world: &World, request: Request) -> Self {
        Self::choosing(world, request, self.whole.clone(), self.other.clone(), self.kept.clone())
    }

    fn choosing(
        world: &World,
        request: Request,
        whole: Result<Arc<RemovalPlan>, NoWay>,
        other: Option<Result<(), NoWay>>,
        kept: Vec<Kept>,
    ) -> Self {
        let mut draft = Self {
            request,
            plan: whole.clone(),
            whole,
            steps: Vec::new(),
            undo: Vec::new(),
            totals: Totals::default(),
            going: Vec::new(),
            stops: Vec::new(),
            removes_images: false,
            other,
            kept,
        };
        let Ok(whole) = &draft.whole else { return draft };
        let left_out = &draft.request.left_out;
        let places: BTreeSet<usize> = places(whole, |step| {
            // Most plans have nothing left out, and a step is only made bare by copying it.
            !left_out.is_empty() && left_out.contains(&step.action.bare())
        });
        draft.stops = places_of_stops(whole);
        draft.removes_images = whole.steps.iter().any(PlannedStep::removes_image);
        if places.is_empty() {
            draft.steps = whole.steps.iter().cloned().map(Chosen::Goes).collect();
        } else {
            let Choice { plan, steps } = choose(world, whole, &places);
            draft.steps = steps;
            draft.plan = Ok(Arc::new(plan));
        }
        if let Ok(plan) = &draft.plan {
            let undone = undo(plan, world.graph());
            draft.undo = draft.steps.iter().map(|s| undone.get(&s.step()?.action).cloned()).collect();
            draft.totals = plan.totals();
            draft.going = going(plan, world.graph());
        }
        draft
    }

    /// Whether it takes a while to copy or to free.
    pub fn is_large(&self) -> bool {
        self.whole.as_ref().is_ok_and(|plan| plan.is_large())
    }

    /// The steps that go, with what they are expected to do.
    fn going(&self) -> HashMap<&StepAction, &Expected> {
        self.steps.iter().filter_map(Chosen::step).map(|step| (&step.action, &step.expected)).collect()
    }

    /// What is different from the draft that was on screen; `None` if nothing is.
    pub fn changes_since(&self, old: &Self) -> Option<PlanChanges> {
        if same(&old.whole, &self.whole) && same(&old.plan, &self.plan) {
            return None;
        }
        let (before, after) = (old.going(), self.going());
        let went = |step: &PlannedStep| before.get(&step.action) == Some(&&step.expected);
        let goes = |step: &PlannedStep| after.get(&step.action) == Some(&&step.expected);
        let new: Vec<_> =
            self.steps.iter().map(|chosen| chosen.step().is_some_and(|step| !went(step))).collect();
        let old_steps = old.plan.iter().flat_map(|plan| &plan.steps);
        let (left_out, kept_out) = (&self.request.left_out, &old.request.left_out);
        // What the person leaves out meanwhile is no news.
        let known = |step: &PlannedStep| left_out != kept_out && left_out.contains(&step.action.bare());
        let dropped: Vec<_> = old_steps.filter(|s| !goes(s) && !known(s)).cloned().collect();
        let added = new.iter().filter(|new| **new).count();
        let chosen_anew = left_out != kept_out && added == 0 && dropped.is_empty();
        (!chosen_anew).then_some(PlanChanges { new, added, dropped })
    }
}

fn same(old: &Result<Arc<RemovalPlan>, NoWay>, new: &Result<Arc<RemovalPlan>, NoWay>) -> bool {
    match (old, new) {
        (Ok(old), Ok(new)) => old.steps == new.steps && old.losses == new.losses,
        (Err(old), Err(new)) => old == new,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    }
}

fn going(plan: &RemovalPlan, graph: &Graph) -> Vec<ImageId> {
    let is_named = |id: &ImageId| {
        let image = graph.find_image(id).and_then(|ix| graph.image(ix));
        image.is_some_and(|image| !image.is_dangling())
    };
    let mut going: Vec<ImageId> = Vec::new();
    let mut seen = HashSet::new();
    for step in &plan.steps {
        let Expected::Lines { images, .. } = &step.expected else { continue };
        let shown = images.iter().enumerate().filter(|(at, id)| *at == 0 || is_named(id));
        going.extend(shown.map(|(_, id)| id).filter(|id| seen.insert(*id)).cloned());
    }
    going
}

fn places<C: FromIterator<usize>>(plan: &RemovalPlan, is_one: impl Fn(&PlannedStep) -> bool) -> C {
    plan.steps.iter().enumerate().filter(|(_, step)| is_one(step)).map(|(at, _)| at).collect()
}

fn places_of_stops(plan: &RemovalPlan) -> Vec<usize> {
    places(plan, |step| matches!(step.action, StepAction::StopContainer { .. }))
}
