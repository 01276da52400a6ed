//! Whether what a step does can be made undone, and how: said before it runs.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::removal_plan::RemovalPlan;
use super::step::{Expected, PlannedStep, StepAction};
use crate::model::{Graph, ImageId, Item, Reference, StoreKind};

/// How to get back what a step takes away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// The container starts again, with all it wrote.
    StartAgain,
    /// The image stays, and can be given the name again. With `loses_digest` digests of the same repository go
    /// along, and only pulling brings them back.
    TagAgain { loses_digest: bool },
    /// The image stays, but no engine lets a digest be given by hand: pulling it again does, as long as its
    /// registry has it.
    PullDigest(Reference),
    /// The image goes. Its registry gave it out under this digest, and may still.
    PullImage(Reference),
    /// The image goes. This store makes up a digest for every image, so that nobody can tell from a listing
    /// whether a registry ever had it.
    PerhapsPull(Reference),
    /// The image goes, and no registry ever told a digest of it: building or loading it again is all there is.
    BuildAgain,
    /// The image goes, and is archived before: it comes back from there.
    Restore,
    /// What a container wrote is in no other place.
    Never,
}

impl Undo {
    /// The same where the images that go are archived first.
    #[must_use]
    pub fn with_archive(&self, archived: bool) -> &Self {
        match self {
            Self::PullImage(_) | Self::PerhapsPull(_) | Self::BuildAgain if archived => &Self::Restore,
            Self::PullImage(_)
            | Self::PerhapsPull(_)
            | Self::BuildAgain
            | Self::StartAgain
            | Self::TagAgain { .. }
            | Self::PullDigest(_)
            | Self::Restore
            | Self::Never => self,
        }
    }
}

/// For each step of a plan, by what it does. What a later step takes away does not come back by undoing an
/// earlier one. `before` is what the plan was made from.
pub fn undo(plan: &RemovalPlan, before: &Graph) -> HashMap<StepAction, Undo> {
    let (mut images, mut containers) = (HashSet::new(), HashSet::new());
    for step in &plan.steps {
        if let StepAction::RemoveContainer { id, .. } = &step.action {
            containers.insert(id);
        }
        if let Expected::Lines { images: gone, containers: along, .. } = &step.expected {
            images.extend(gone);
            containers.extend(along);
        }
    }
    let of = |step: &PlannedStep| match (&step.action, &step.expected) {
        (StepAction::StopContainer { id, .. }, _) if !containers.contains(id) => Undo::StartAgain,
        (StepAction::StopContainer { .. } | StepAction::RemoveContainer { .. }, _) => Undo::Never,
        (_, Expected::Lines { containers: along, .. }) if !along.is_empty() => Undo::Never,
        (StepAction::Untag { image, .. } | StepAction::RemoveImage { image, .. }, _)
            if images.contains(image) =>
        {
            get_again(image, before).unwrap_or(Undo::BuildAgain)
        }
        (StepAction::Untag { reference, .. }, _) if reference.is_digest_only() => {
            Undo::PullDigest(reference.clone())
        }
        (_, Expected::Lines { items, .. }) => Undo::TagAgain { loses_digest: items.iter().any(is_digest) },
        (_, Expected::ContainerStopped | Expected::ContainerRemoved) => Undo::Never,
    };
    plan.steps.iter().map(|step| (step.action.clone(), of(step))).collect()
}

fn is_digest(item: &Item) -> bool {
    match item {
        Item::Untagged(name) => Reference::parse(name).is_ok_and(|name| name.is_digest_only()),
        Item::Deleted(_) => false,
    }
}

fn get_again(image: &ImageId, before: &Graph) -> Option<Undo> {
    let image = before.image(before.find_image(image)?)?;
    let stored = image.references.iter().find(|reference| reference.digest().is_some());
    match before.inventory().engine.store {
        StoreKind::Classic => stored.cloned().map(Undo::PullImage),
        StoreKind::Containerd | StoreKind::Podman => {
            let mut known = stored.into_iter().chain(&image.computed_digests);
            // Podman puts names without a registry there, and no registry has that name.
            known.find(|name| name.repository().registry() != "localhost").cloned().map(Undo::PerhapsPull)
        }
    }
}
