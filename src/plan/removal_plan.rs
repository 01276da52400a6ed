//! What a plan is: its steps with what they are expected to do, and what suffers from them. `planner` makes
//! it.

use std::collections::{BTreeSet, HashSet};

use serde::{Deserialize, Serialize};

use super::step::{Expected, PlannedStep, StepAction};
use crate::model::{ContainerId, EngineInfo, ImageId, Item};
use crate::rules::{Answer, Change, Doubt, Freed, Keep, Refusal, Removal, Target, World, remove_image};

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

/// More steps than anybody plans one by one.
const MANY: usize = 200;

impl RemovalPlan {
    /// Whether it takes a while to copy or to free.
    pub fn is_large(&self) -> bool {
        self.steps.len() > MANY
    }

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

impl RemovalPlan {
    /// All that is said of it as a whole, counted once: a plan may have thousands of steps.
    pub fn totals(&self) -> Totals {
        Totals { tally: self.tally(), freed: self.freed(), uses_force: self.uses_force() }
    }
}

/// A plan in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    pub tally: Tally,
    pub freed: Freed,
    pub uses_force: bool,
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
