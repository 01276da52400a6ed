//! The steps that remove what a person named: without force in an order that no engine refuses, or by force
//! where force reaches.
//!
//! It knows no engine: it asks `rules` what would be refused, lifts that, and asks again.

use super::removal_plan::{NoWay, RemovalPlan, Way, is_there, losses};
use super::step::{Foreseen, PlannedStep, StepAction, StepProblem};
use crate::model::{ContainerId, Reference, StoreKind};
use crate::rules::conflict::Cause;
use crate::rules::{
    Answer, Assessment, Change, HolderKind, Refusal, Removal, Target, World, assess, remove_image,
};

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
        let foreseen = action.foresee(&self.world);
        self.take(action, foreseen)
    }

    fn take(&mut self, action: StepAction, foreseen: Result<Foreseen, StepProblem>) -> Result<(), NoWay> {
        let Foreseen { expected, changes, after } = foreseen.map_err(|problem| match problem {
            StepProblem::Refused(refusal) => NoWay::Refused(refusal),
            StepProblem::Gone => NoWay::Gone,
            StepProblem::Unknown(why) => NoWay::Unknown(why),
        })?;
        for change in &changes {
            if let Some(keep) = self.world.protection().forbids(self.world.graph(), change) {
                return Err(NoWay::Protected { what: name_of(change), keep: keep.clone() });
            }
        }
        self.world = after;
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
            let answer = remove_image(&self.world, &removal);
            if matches!(answer, Answer::Done(_)) {
                return self.go_through(target, answer, request);
            }
            let Assessment { refusals, holders, .. } = assess(&self.world, target, &removal);
            if refusals.is_empty() {
                return self.push(request(self, force && self.plain_answer(target).effect().is_none()));
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

    /// Adds the request that the engine answers so. Force is not used where the plain request already does.
    fn go_through(
        &mut self,
        target: &Target,
        answer: Answer,
        request: impl Fn(&Self, bool) -> StepAction,
    ) -> Result<(), NoWay> {
        let steps_before = self.steps.len();
        self.stop_what_goes_along(&answer)?;
        let is_as_before = self.steps.len() == steps_before;
        let plain = (self.way == Way::Force).then(|| self.plain_answer(target));
        let force = plain.as_ref().is_some_and(|plain| plain.effect().is_none());
        let action = request(self, force);
        let foreseen = match plain.filter(|_| !force) {
            Some(plain) => action.answered(&self.world, plain),
            None if is_as_before => action.answered(&self.world, answer),
            None => action.foresee(&self.world),
        };
        self.take(action, foreseen)
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

    fn plain_answer(&self, target: &Target) -> Answer {
        let plain = Removal { target: self.as_sent(target), force: false, prune: self.prune };
        remove_image(&self.world, &plain)
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

/// What a change takes away, as a person knows it.
fn name_of(change: &Change) -> String {
    match change {
        Change::ReferenceRemoved(_, name) | Change::ReferenceAdded(_, name) => name.familiar(),
        Change::ImageRemoved(id) => id.short().to_owned(),
        Change::ContainerStopped(id) | Change::ContainerRemoved(id) => id.short().to_owned(),
    }
}
