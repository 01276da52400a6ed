//! Plans the removal of many things at once. What cannot go, or is not to go, is kept and named with its
//! reason; the rest goes. Pure, like every plan.

use std::collections::{HashMap, HashSet};

use super::planner::Planner;
use super::removal_plan::{NoWay, RemovalPlan, Way};
use crate::model::{ContainerId, Graph, ImageIx};
use crate::rules::freed::freed_together;
use crate::rules::{Change, Freed, Keep, Refusal, Target, World};

/// Sets up to this size are planned whenever a mark changes; what bigger ones free is summed up from their
/// layers instead, because a plan looks at the engine anew after each step.
pub const PLANNED_AT_MOST: usize = 64;

/// Why something stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeepReason {
    /// The person wants it, or something that would go with it, to stay.
    Protected(Keep),
    /// Running containers need it, and are not to go themselves; their names, sorted.
    InUse(Vec<String>),
    /// The engine would refuse it even so.
    Refused(Refusal),
    Gone,
    /// Something is not known well enough to plan on.
    Unknown(String),
}

/// Something that stays although it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub target: Target,
    pub why: KeepReason,
}

/// A plan for what can go, which may be nothing, and what stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkPlan {
    pub plan: RemovalPlan,
    /// In the order they were asked for.
    pub kept: Vec<Kept>,
}

/// What is marked in one listing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marked {
    pub images: Vec<ImageIx>,
    /// Names and containers.
    pub others: Vec<Target>,
}

impl Marked {
    /// All of it: images, names, containers.
    pub fn targets(self, graph: &Graph) -> Vec<Target> {
        let images = self.images.into_iter().filter_map(|ix| graph.image(ix));
        images.map(|image| Target::Image(image.id.clone())).chain(self.others).collect()
    }
}

/// What a set comes to, for a bar that follows every mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// Of the union: a shared layer counts once.
    pub freed: Freed,
    pub kept: Vec<Kept>,
    /// True if it was planned, false if only summed up: then more may be kept in the end.
    pub planned: bool,
}

/// Plans the removal of all `targets`: containers first, then names, then images. `keep` tells what stays
/// for a reason from outside of the world, and is asked about everything that would go along, too. A container that runs
/// stays unless it is a target itself, and whatever needs it stays with it.
pub fn plan_bulk(
    world: &World,
    targets: &[Target],
    way: Way,
    prune: bool,
    keep: &dyn Fn(&Target) -> Option<KeepReason>,
) -> BulkPlan {
    let mut planner = Planner::new(world, way, prune);
    let mut reasons: HashMap<&Target, KeepReason> = HashMap::new();
    let chosen: HashSet<&ContainerId> = targets.iter().filter_map(container_of).collect();
    for target in in_order(targets) {
        let refused = add(&mut planner, world, target, &chosen, keep);
        reasons.extend(refused.map(|reason| (target, reason)));
    }
    let stays = |target: &&Target| !reasons.contains_key(target);
    let going = targets.iter().filter(stays).cloned().collect();
    let kept = targets.iter().filter_map(|target| {
        reasons.get(target).map(|why| Kept { target: target.clone(), why: why.clone() })
    });
    BulkPlan { kept: kept.collect(), plan: planner.finish(world, going) }
}

/// Whether the other way does the same as this plan. Most do not, and that is known after a few steps.
pub fn is_same_either_way(world: &World, targets: &[Target], plan: &RemovalPlan) -> bool {
    let other = match plan.way {
        Way::Ordered => Way::Force,
        Way::Force => Way::Ordered,
    };
    let mut planner = Planner::new(world, other, plan.prune);
    let chosen: HashSet<&ContainerId> = targets.iter().filter_map(container_of).collect();
    for target in in_order(targets) {
        let so_far = planner.steps.len();
        drop(add(&mut planner, world, target, &chosen, &|_| None));
        if planner.steps.get(so_far..) != plan.steps.get(so_far..planner.steps.len()) {
            return false;
        }
    }
    planner.steps.len() == plan.steps.len()
}

/// Containers first, then names, then images.
fn in_order(targets: &[Target]) -> Vec<&Target> {
    let mut ordered: Vec<&Target> = targets.iter().collect();
    ordered.sort_by_key(|target| match target {
        Target::Container(_) => 0,
        Target::Reference(..) => 1,
        Target::Image(_) => 2,
    });
    ordered
}

/// Adds the steps for one of them, or none and the reason.
fn add(
    planner: &mut Planner,
    world: &World,
    target: &Target,
    chosen: &HashSet<&ContainerId>,
    keep: &dyn Fn(&Target) -> Option<KeepReason>,
) -> Option<KeepReason> {
    if let Some(reason) = keep(target) {
        return Some(reason);
    }
    let (before, steps, changes) = (planner.world.clone(), planner.steps.len(), planner.changes.len());
    let reason = match planner.remove(target) {
        Ok(()) => {
            let new = planner.changes.get(changes..).unwrap_or_default();
            objection(world, new, chosen, keep)
        }
        Err(NoWay::Refused(refusal)) => Some(KeepReason::Refused(refusal)),
        Err(NoWay::Protected { keep, .. }) => Some(KeepReason::Protected(keep)),
        Err(NoWay::Gone) => Some(KeepReason::Gone),
        Err(NoWay::Unknown(why)) => Some(KeepReason::Unknown(why)),
    };
    if reason.is_some() {
        planner.world = before;
        planner.steps.truncate(steps);
        planner.changes.truncate(changes);
    }
    reason
}

fn container_of(target: &Target) -> Option<&ContainerId> {
    match target {
        Target::Container(id) => Some(id),
        Target::Image(_) | Target::Reference(..) => None,
    }
}

/// What a change takes away, or stops.
pub(super) fn touched(change: &Change) -> Option<Target> {
    match change {
        Change::ReferenceRemoved(image, name) => Some(Target::Reference(image.clone(), name.clone())),
        Change::ImageRemoved(image) => Some(Target::Image(image.clone())),
        Change::ContainerStopped(id) | Change::ContainerRemoved(id) => Some(Target::Container(id.clone())),
        Change::ReferenceAdded(..) => None,
    }
}

/// Why these changes must not be made, if one of them must not.
fn objection(
    world: &World,
    changes: &[Change],
    chosen: &HashSet<&ContainerId>,
    keep: &dyn Fn(&Target) -> Option<KeepReason>,
) -> Option<KeepReason> {
    let mut running = Vec::new();
    for change in changes {
        let Some(touched) = touched(change) else { continue };
        if let Some(reason) = keep(&touched) {
            return Some(reason);
        }
        if let Target::Container(id) = &touched
            && !chosen.contains(id)
            && let Some((container, state)) = world.container(world.find_container(id)?)
            && state.counts_as_running()
        {
            running.push(container.name.clone());
        }
    }
    running.sort_unstable();
    running.dedup();
    (!running.is_empty()).then_some(KeepReason::InUse(running))
}

/// What removing all `targets` step by step comes to.
pub fn outlook(world: &World, targets: &[Target], keep: &dyn Fn(&Target) -> Option<KeepReason>) -> Outlook {
    if targets.len() <= PLANNED_AT_MOST {
        let BulkPlan { plan, kept } = plan_bulk(world, targets, Way::Ordered, true, keep);
        let freed = if plan.steps.is_empty() { Freed::default() } else { plan.freed() };
        return Outlook { freed, kept, planned: true };
    }
    let chosen: HashSet<&ContainerId> = targets.iter().filter_map(container_of).collect();
    let (mut kept, mut going) = (Vec::new(), Vec::new());
    for target in targets {
        let image = match target {
            Target::Image(id) => world.find_image(id),
            Target::Reference(..) | Target::Container(_) => None,
        };
        let in_use = || image.and_then(|ix| running_on(world, ix, &chosen));
        let protected = || {
            let keep = world.protection().image(image?)?;
            Some(KeepReason::Protected(keep.clone()))
        };
        match keep(target).or_else(protected).or_else(in_use) {
            Some(why) => kept.push(Kept { target: target.clone(), why }),
            None => going.extend(image),
        }
    }
    Outlook { freed: freed_together(world, &going), kept, planned: false }
}

fn running_on(world: &World, ix: ImageIx, chosen: &HashSet<&ContainerId>) -> Option<KeepReason> {
    let users = world.users(ix).chain(world.mounted_by(ix));
    let running = users.filter(|(c, state)| state.counts_as_running() && !chosen.contains(&c.id));
    let mut names: Vec<_> = running.map(|(c, _)| c.name.clone()).collect();
    names.sort_unstable();
    (!names.is_empty()).then_some(KeepReason::InUse(names))
}
