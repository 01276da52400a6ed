//! A plan of which a person leaves out some steps. The rest is predicted anew, and a step that cannot go
//! without those left out is left out too, as is one that would take away by itself what they were to leave.

use std::collections::{BTreeSet, HashSet};

use super::bulk::touched;
use super::removal_plan::{NoWay, RemovalPlan, losses};
use super::step::{PlannedStep, StepProblem};
use crate::rules::{Target, World};

/// What is left of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub plan: RemovalPlan,
    /// One for each step of the whole plan, in its order.
    pub steps: Vec<Chosen>,
}

/// What became of a step of the whole plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// It goes, and this is what it does now.
    Goes(PlannedStep),
    LeftOut,
    /// It needs a step that was left out; why it cannot go now.
    Impossible(NoWay),
    /// It would do by itself what a step that was left out was to do.
    WouldTakeAlong,
}

impl Chosen {
    /// The step as it goes, if it does.
    pub fn step(&self) -> Option<&PlannedStep> {
        match self {
            Self::Goes(step) => Some(step),
            Self::LeftOut | Self::Impossible(_) | Self::WouldTakeAlong => None,
        }
    }
}

/// Leaves steps, by their places, out of `whole`, which was planned in `world`.
pub fn choose(world: &World, whole: &RemovalPlan, left_out: &BTreeSet<usize>) -> Choice {
    let may_touch = touched_by_chosen(world, whole, left_out);
    let mut after = world.clone();
    let (mut steps, mut changes) = (Vec::new(), Vec::new());
    let chosen = whole.steps.iter().enumerate().map(|(at, step)| {
        if left_out.contains(&at) {
            return Chosen::LeftOut;
        }
        let foreseen = match step.action.foresee(&after) {
            Ok(foreseen) => foreseen,
            Err(StepProblem::Refused(refusal)) => return Chosen::Impossible(NoWay::Refused(refusal)),
            Err(StepProblem::Gone) => return Chosen::Impossible(NoWay::Gone),
            Err(StepProblem::Unknown(why)) => return Chosen::Impossible(NoWay::Unknown(why)),
        };
        if !foreseen.changes.iter().filter_map(touched).all(|thing| may_touch.contains(&thing)) {
            return Chosen::WouldTakeAlong;
        }
        after = foreseen.after;
        changes.extend(foreseen.changes);
        let step = PlannedStep { action: step.action.clone(), expected: foreseen.expected };
        steps.push(step.clone());
        Chosen::Goes(step)
    });
    let chosen = chosen.collect();
    let losses = losses(world, &after, &changes);
    Choice { plan: RemovalPlan { steps, losses, ..whole.clone() }, steps: chosen }
}

/// Everything that the whole plan takes away, less what its steps that are left out do.
fn touched_by_chosen(world: &World, whole: &RemovalPlan, left_out: &BTreeSet<usize>) -> HashSet<Target> {
    let mut world = world.clone();
    let (mut goes, mut stays) = (HashSet::new(), HashSet::new());
    for (at, step) in whole.steps.iter().enumerate() {
        // A plan that was just made is predicted as it was made.
        let Ok(foreseen) = step.action.foresee(&world) else { continue };
        world = foreseen.after;
        let things = foreseen.changes.iter().filter_map(touched);
        if left_out.contains(&at) {
            stays.extend(things);
        } else {
            goes.extend(things);
        }
    }
    // A container that may not be stopped may not be removed either.
    goes.retain(|thing| !stays.contains(thing));
    goes
}
