//! Works out the steps that remove what a person named: without force in an order that no engine
//! refuses, or by force where force reaches.
//!
//! It knows no engine: it asks `rules` what would be refused, lifts that, and asks again.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::step::{Expected, PlannedStep, StepAction, StepProblem};
use crate::model::{ContainerId, EngineInfo, ImageId, Item, Reference, StoreKind};
use crate::rules::conflict::Cause;
use crate::rules::{
    Answer, Assessment, Change, Doubt, Freed, HolderKind, Keep, Refusal, Removal, Target, World, assess,
    remove_image,
};

/// How far a plan may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Step by step, never with force.
    Ordered,
    /// As few steps as force allows; what runs is stopped first.
    Force,
}

/// What is to be done, frozen. The dialog shows this value, and the worker runs this value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalPlan {
    pub engine: EngineInfo,
    pub way: Way,
    pub prune: bool,
    pub targets: Vec<Target>,
    pub steps: Vec<PlannedStep>,
    /// What is left in a worse state than before, though nobody asked to remove it.
    pub losses: Vec<Loss>,
}

/// Something that suffers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// The container stays without its image: it still starts, but cannot be committed.
    ContainerWithoutImage { id: ContainerId, name: String },
    /// The image stays without a name, so that only its ID finds it.
    ImageWithoutName { image: ImageId },
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoWay {
    /// The engine would refuse this even so.
    #[error("{}", .0.message())]
    Refused(Refusal),
    #[error("what is to be removed is not there any more")]
    Gone,
    /// The person wants something kept that it would take away; `what` names it.
    #[error("{what} is protected: {keep}")]
    Protected { what: String, keep: Keep },
    /// Something is not known well enough to plan on.
    #[error("{0}")]
    Unknown(String),
}

impl RemovalPlan {
    pub fn uses_force(&self) -> bool {
        self.steps.iter().any(|s| s.action.uses_force())
    }

    /// The IDs of all images and containers that go.
    pub fn removed(&self) -> HashSet<&str> {
        let mut removed = HashSet::new();
        for step in &self.steps {
            if let StepAction::RemoveContainer { id, .. } = &step.action {
                removed.insert(id.as_str());
            }
            if let Expected::Lines { images, .. } = &step.expected {
                removed.extend(images.iter().map(ImageId::as_str));
            }
        }
        removed
    }

    /// All lines the engine is expected to answer, in order.
    pub fn lines(&self) -> impl Iterator<Item = &Item> {
        self.steps.iter().flat_map(|s| match &s.expected {
            Expected::Lines { items, .. } => items.as_slice(),
            Expected::ContainerStopped | Expected::ContainerRemoved => &[],
        })
    }

    /// Disk space that comes back from images; what containers wrote comes on top of it, and is all
    /// there is where no image is concerned.
    pub fn freed(&self) -> Freed {
        if !self.steps.iter().any(|s| matches!(s.expected, Expected::Lines { .. })) {
            return Freed::unknown(Doubt::WritableLayer);
        }
        let freed = self.steps.iter().filter_map(|step| match &step.expected {
            Expected::Lines { freed, .. } => Some(*freed),
            Expected::ContainerStopped | Expected::ContainerRemoved => None,
        });
        freed.sum()
    }

    /// What the plan does, for the button that runs it.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for step in &self.steps {
            match &step.action {
                StepAction::RemoveContainer { .. } => tally.containers += 1,
                StepAction::StopContainer { .. } => tally.stopped += 1,
                StepAction::Untag { .. } | StepAction::RemoveImage { .. } => {}
            }
            tally.images += usize::from(step.removes_image());
            if let Expected::Lines { containers, .. } = &step.expected {
                tally.containers += containers.len();
            }
        }
        let untagged = self.lines().filter(|i| matches!(i, Item::Untagged(_)));
        tally.names = untagged.count();
        tally
    }
}

/// How many of what a plan removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub names: usize,
    pub images: usize,
    pub containers: usize,
    /// Containers stopped on the way.
    pub stopped: usize,
}

impl PlannedStep {
    /// Whether the image the step is about goes, and not only a name of it.
    pub fn removes_image(&self) -> bool {
        let (StepAction::Untag { image, .. } | StepAction::RemoveImage { image, .. }) = &self.action else {
            return false;
        };
        match &self.expected {
            Expected::Lines { images, .. } => images.contains(image),
            Expected::ContainerStopped | Expected::ContainerRemoved => false,
        }
    }
}

/// Plans the removal of everything in `targets`, in that order; what an earlier step took along is
/// not named twice.
pub fn plan_removal(world: &World, targets: &[Target], way: Way, prune: bool) -> Result<RemovalPlan, NoWay> {
    let mut planner = Planner::new(world, way, prune);
    for target in targets {
        planner.remove(target)?;
    }
    Ok(planner.finish(world, targets.to_vec()))
}

/// Images built on images: no real build comes near, and a listing in which parents go round in a circle
/// must not be followed for ever.
const DEEPEST: usize = 200;
const TOO_DEEP: &str = "the images built on this one are nested too deeply, or in a circle";

pub(super) struct Planner {
    /// As it is after the steps so far.
    pub(super) world: World,
    pub(super) steps: Vec<PlannedStep>,
    /// All that the steps so far change.
    pub(super) changes: Vec<Change>,
    way: Way,
    prune: bool,
    /// How many targets are being removed one for the sake of another.
    depth: usize,
}

impl Planner {
    pub(super) fn new(world: &World, way: Way, prune: bool) -> Self {
        Self { world: world.clone(), steps: Vec::new(), changes: Vec::new(), way, prune, depth: 0 }
    }

    /// The plan for `targets`; `world` is as it was before the first step.
    pub(super) fn finish(self, world: &World, targets: Vec<Target>) -> RemovalPlan {
        let Self { world: after, steps, changes, way, prune, .. } = self;
        let losses = losses(world, &after, &changes);
        RemovalPlan { engine: world.engine().clone(), way, prune, targets, steps, losses }
    }

    /// Adds the steps that remove one thing.
    pub(super) fn remove(&mut self, target: &Target) -> Result<(), NoWay> {
        if let Some(why) = self.world.incomplete_because() {
            return Err(NoWay::Unknown(why.to_owned()));
        }
        if self.is_gone(target) {
            return if self.steps.is_empty() { Err(NoWay::Gone) } else { Ok(()) };
        }
        if self.depth >= DEEPEST {
            return Err(NoWay::Unknown(TOO_DEEP.to_owned()));
        }
        self.depth += 1;
        let planned = self.remove_present(target);
        self.depth -= 1;
        planned
    }

    fn remove_present(&mut self, target: &Target) -> Result<(), NoWay> {
        match target {
            Target::Container(id) => self.remove_container(id),
            Target::Reference(image, name) => self.remove_until_done(target, |planner, force| {
                let (in_full, prune) = (planner.sends_in_full(), planner.prune);
                StepAction::Untag { reference: name.clone(), image: image.clone(), force, prune, in_full }
            }),
            Target::Image(image) => self.remove_until_done(target, |planner, force| {
                StepAction::RemoveImage { image: image.clone(), force, prune: planner.prune }
            }),
        }
    }

    fn is_gone(&self, target: &Target) -> bool {
        !is_there(&self.world, target)
    }

    fn push(&mut self, action: StepAction) -> Result<(), NoWay> {
        let (expected, changes) = action.predict(&self.world).map_err(|problem| match problem {
            StepProblem::Refused(refusal) => NoWay::Refused(refusal),
            StepProblem::Gone => NoWay::Gone,
            StepProblem::Unknown(why) => NoWay::Unknown(why),
        })?;
        for change in &changes {
            if let Some(keep) = self.world.protection().forbids(self.world.graph(), change) {
                return Err(NoWay::Protected { what: name_of(change), keep: keep.clone() });
            }
        }
        for change in &changes {
            self.world.apply(change);
        }
        self.changes.extend(changes);
        self.steps.push(PlannedStep { action, expected });
        Ok(())
    }

    /// Lifts one refusal after the other until the request itself goes through.
    fn remove_until_done(
        &mut self,
        target: &Target,
        request: impl Fn(&Self, bool) -> StepAction,
    ) -> Result<(), NoWay> {
        let force = self.way == Way::Force;
        loop {
            let removal = Removal { target: self.as_sent(target), force, prune: self.prune };
            let Assessment { answer, refusals, holders, .. } = assess(&self.world, target, &removal);
            if matches!(answer, Answer::Done(_)) || refusals.is_empty() {
                self.stop_what_goes_along(&answer)?;
                return self.push(request(self, force && self.needs_force(target)));
            }
            let steps_before = self.steps.len();
            let holders: Vec<_> = holders.into_iter().map(|h| h.kind).collect();
            self.lift(&refusals, &holders)?;
            if self.is_gone(target) {
                // An untagged parent goes along with the last image built on it.
                return Ok(());
            }
            if self.steps.len() == steps_before {
                return match refusals.into_iter().next() {
                    Some(refusal) => Err(NoWay::Refused(refusal)),
                    None => Err(NoWay::Gone),
                };
            }
        }
    }

    fn as_sent(&self, target: &Target) -> String {
        target.as_sent_to(self.world.engine().store)
    }

    fn sends_in_full(&self) -> bool {
        self.world.engine().store == StoreKind::Podman
    }

    /// Where force would kill what runs and remove it (Podman before 5.6), it is stopped first.
    fn stop_what_goes_along(&mut self, answer: &Answer) -> Result<(), NoWay> {
        for change in answer.effect().map_or(&[][..], |effect| &effect.changes) {
            if let Change::ContainerRemoved(id) = change
                && let Some((name, true)) = self.container(id)
            {
                self.push(StepAction::StopContainer { id: id.clone(), name })?;
            }
        }
        Ok(())
    }

    /// Force is not used where the plain request already does.
    fn needs_force(&self, target: &Target) -> bool {
        let plain = Removal { target: self.as_sent(target), force: false, prune: self.prune };
        remove_image(&self.world, &plain).effect().is_none()
    }

    /// Child images first, then containers, then names: what a person would do by hand.
    fn lift(&mut self, refusals: &[Refusal], holders: &[HolderKind]) -> Result<(), NoWay> {
        let refused_for = |cause| refusals.iter().any(|r| r.cause == cause);
        if refused_for(Cause::Children) {
            if self.way == Way::Force {
                return Ok(());
            }
            for holder in holders {
                if let HolderKind::ChildImage(child) = holder {
                    self.remove(&Target::Image(child.clone()))?;
                }
            }
            return Ok(());
        }
        let containers = [Cause::Running, Cause::Stopped, Cause::NameInUse];
        if containers.into_iter().any(refused_for) {
            for holder in holders {
                if let HolderKind::Container { id, .. } | HolderKind::Mount { id, .. } = holder {
                    self.release_container(id)?;
                }
            }
            return Ok(());
        }
        if refused_for(Cause::Names) {
            let names = holders.iter().filter_map(|h| match h {
                HolderKind::Name(name) => Some(name.clone()),
                HolderKind::ComputedDigest(_)
                | HolderKind::Container { .. }
                | HolderKind::Mount { .. }
                | HolderKind::ChildImage(_) => None,
            });
            return self.untag_one(names.collect());
        }
        Ok(())
    }

    /// By force a container only has to stop; in order it has to go.
    fn release_container(&mut self, id: &ContainerId) -> Result<(), NoWay> {
        if self.way == Way::Ordered {
            return self.remove_container(id);
        }
        let Some((name, true)) = self.container(id) else { return Ok(()) };
        self.push(StepAction::StopContainer { id: id.clone(), name })
    }

    /// The container's name, and whether it runs.
    fn container(&self, id: &ContainerId) -> Option<(String, bool)> {
        let (container, state) = self.world.container(self.world.find_container(id)?)?;
        Some((container.name.clone(), state.counts_as_running()))
    }

    fn remove_container(&mut self, id: &ContainerId) -> Result<(), NoWay> {
        let Some((name, runs)) = self.container(id) else { return Ok(()) };
        if runs && self.way == Way::Ordered {
            self.push(StepAction::StopContainer { id: id.clone(), name: name.clone() })?;
        }
        let force = runs && self.way == Way::Force;
        self.push(StepAction::RemoveContainer { id: id.clone(), name, force })
    }

    /// Takes the first tag away; a bare digest only where no tag would take it along.
    fn untag_one(&mut self, mut names: Vec<Reference>) -> Result<(), NoWay> {
        names.sort_by_key(Reference::is_digest_only);
        let Some(reference) = names.into_iter().next() else { return Ok(()) };
        let image = self.world.find_name(&reference).and_then(|ix| self.world.image(ix));
        let Some(image) = image.map(|i| i.id.clone()) else { return Ok(()) };
        let (in_full, prune) = (self.sends_in_full(), self.prune);
        self.push(StepAction::Untag { reference, image, force: false, prune, in_full })
    }
}

/// Whether a target is still what it was.
pub fn is_there(world: &World, target: &Target) -> bool {
    match target {
        Target::Image(id) => world.find_image(id).is_some(),
        Target::Container(id) => world.find_container(id).is_some(),
        Target::Reference(..) => {
            let removal = Removal::of(target.as_sent_to(world.engine().store));
            !matches!(remove_image(world, &removal), Answer::NotFound(_))
        }
    }
}

/// What a change takes away, as a person knows it.
fn name_of(change: &Change) -> String {
    match change {
        Change::ReferenceRemoved(_, name) | Change::ReferenceAdded(_, name) => name.familiar(),
        Change::ImageRemoved(id) => id.short().to_owned(),
        Change::ContainerStopped(id) | Change::ContainerRemoved(id) => id.short().to_owned(),
    }
}

/// Looks only at what the changes touch: an inventory may hold a hundred thousand other things.
pub(super) fn losses(before: &World, after: &World, changes: &[Change]) -> Vec<Loss> {
    let graph = before.graph();
    let (mut containers, mut images) = (BTreeSet::new(), BTreeSet::new());
    for change in changes {
        match change {
            Change::ImageRemoved(id) => {
                let users = before.find_image(id).map_or(&[][..], |ix| graph.users(ix));
                containers.extend(users.iter().copied());
            }
            Change::ReferenceRemoved(id, _) => images.extend(before.find_image(id)),
            Change::ReferenceAdded(..) | Change::ContainerStopped(_) | Change::ContainerRemoved(_) => {}
        }
    }
    let without_image = containers.into_iter().filter_map(|ix| {
        let (container, _) = after.container(ix)?;
        let gone = after.find_image(&container.image).is_none();
        gone.then(|| Loss::ContainerWithoutImage { id: container.id.clone(), name: container.name.clone() })
    });
    let without_name = images.into_iter().filter_map(|ix| {
        let image = after.image(ix).filter(|_| after.references(ix).is_empty())?;
        (!before.references(ix).is_empty()).then(|| Loss::ImageWithoutName { image: image.id.clone() })
    });
    without_image.chain(without_name).collect()
}
