//! One step of a plan: a single request to the engine, and what it is expected to answer.

use serde::{Deserialize, Serialize};

use crate::model::{ContainerId, ImageId, Item, Reference};
use crate::rules::effect::After;
use crate::rules::{
    Answer, Change, Effect, Freed, KeptLayer, Refusal, Removal, Resolution, World, container, remove_image,
    resolve,
};

/// A request to the engine.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum StepAction {
    StopContainer {
        id: ContainerId,
        name: String,
    },
    /// Its anonymous volumes stay. With `force` a running one is killed.
    RemoveContainer {
        id: ContainerId,
        name: String,
        force: bool,
    },
    /// Removes a name. `image` is what it must still point at when the step runs.
    Untag {
        reference: Reference,
        image: ImageId,
        force: bool,
        prune: bool,
        /// Sent with its registry, also for Docker Hub: Podman may read a shorter name as another.
        #[serde(default)]
        in_full: bool,
    },
    RemoveImage {
        image: ImageId,
        force: bool,
        prune: bool,
    },
}

/// What the engine is expected to answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    ContainerStopped,
    ContainerRemoved,
    Lines {
        items: Vec<Item>,
        freed: Freed,
        kept: Vec<KeptLayer>,
        /// Layer lines may stop early: something unseen may hold a layer.
        layers_in_doubt: bool,
        /// The names may come in another order.
        #[serde(default)]
        untagged_in_any_order: bool,
        /// The images that go. Podman does not report one that others were built on.
        #[serde(default)]
        images: Vec<ImageId>,
        /// The containers that go along by force, on Podman.
        #[serde(default)]
        containers: Vec<ContainerId>,
    },
}

/// A step and its prediction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    pub action: StepAction,
    pub expected: Expected,
}

/// What a step is predicted to do.
#[derive(Debug)]
pub struct Foreseen {
    pub expected: Expected,
    pub changes: Vec<Change>,
    pub after: World,
}

impl Foreseen {
    fn new(expected: Expected, changes: Vec<Change>, world: &World) -> Self {
        let after = After::default().of(world, &changes);
        Self { expected, changes, after }
    }
}

/// Why a step cannot be predicted to succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepProblem {
    Refused(Refusal),
    /// What it names is not there, or is something else now.
    Gone,
    Unknown(String),
}

impl StepAction {
    /// The image removal that this step sends; `None` for a container.
    pub fn removal(&self) -> Option<Removal> {
        match self {
            Self::Untag { reference, force, prune, in_full, .. } => {
                Some(Removal { target: spelt(reference, *in_full), force: *force, prune: *prune })
            }
            Self::RemoveImage { image, force, prune } => {
                Some(Removal { target: image.to_string(), force: *force, prune: *prune })
            }
            Self::StopContainer { .. } | Self::RemoveContainer { .. } => None,
        }
    }

    /// The same deed without how it is done: as any plan for the same thing has it.
    #[must_use]
    pub fn bare(&self) -> Self {
        let mut bare = self.clone();
        match &mut bare {
            Self::StopContainer { name, .. } => name.clear(),
            Self::RemoveContainer { name, force, .. } => {
                name.clear();
                *force = false;
            }
            Self::Untag { force, prune, in_full, .. } => (*force, *prune, *in_full) = (false, false, false),
            Self::RemoveImage { force, prune, .. } => (*force, *prune) = (false, false),
        }
        bare
    }

    pub fn uses_force(&self) -> bool {
        match self {
            Self::RemoveContainer { force, .. }
            | Self::Untag { force, .. }
            | Self::RemoveImage { force, .. } => *force,
            Self::StopContainer { .. } => false,
        }
    }

    /// What the step does in this state, and the changes it makes.
    pub fn predict(&self, world: &World) -> Result<(Expected, Vec<Change>), StepProblem> {
        self.foresee(world).map(|Foreseen { expected, changes, .. }| (expected, changes))
    }

    /// The same, with the state that it leads to.
    pub fn foresee(&self, world: &World) -> Result<Foreseen, StepProblem> {
        if let Some(why) = world.incomplete_because() {
            return Err(StepProblem::Unknown(why.to_owned()));
        }
        match self {
            Self::StopContainer { id, .. } => {
                let ix = world.find_container(id).ok_or(StepProblem::Gone)?;
                if let Some(refusal) = container::stop_refusal(world, ix) {
                    return Err(StepProblem::Refused(refusal));
                }
                Ok(Foreseen::new(Expected::ContainerStopped, container::stop(world, ix), world))
            }
            Self::RemoveContainer { id, force, .. } => {
                let ix = world.find_container(id).ok_or(StepProblem::Gone)?;
                let changes =
                    container::remove(world, ix, id.as_str(), *force).map_err(StepProblem::Refused)?;
                Ok(Foreseen::new(Expected::ContainerRemoved, changes, world))
            }
            Self::Untag { .. } | Self::RemoveImage { .. } => {
                let removal = self.removal().ok_or(StepProblem::Gone)?;
                self.answered(world, remove_image(world, &removal))
            }
        }
    }

    /// The same for a removal that was already asked about in this state.
    pub(super) fn answered(&self, world: &World, answer: Answer) -> Result<Foreseen, StepProblem> {
        let (Self::Untag { image, .. } | Self::RemoveImage { image, .. }) = self else {
            return self.foresee(world);
        };
        if !self.still_means(world, image) {
            return Err(StepProblem::Gone);
        }
        match answer {
            Answer::Done(effect) => Ok(foreseen(effect, world)),
            Answer::Refused(refusal) => Err(StepProblem::Refused(refusal)),
            Answer::NotFound(_) => Err(StepProblem::Gone),
            Answer::Unknown(why) => Err(StepProblem::Unknown(why)),
        }
    }

    /// True unless the name points at another image now.
    fn still_means(&self, world: &World, image: &ImageId) -> bool {
        let now = match self {
            Self::Untag { reference, in_full, .. } => match resolve(world, &spelt(reference, *in_full)) {
                Resolution::Found(found) => Some(found.image),
                Resolution::NotFound(_) | Resolution::Invalid(_) | Resolution::Unknown(_) => None,
            },
            Self::StopContainer { .. } | Self::RemoveContainer { .. } | Self::RemoveImage { .. } => {
                world.find_image(image)
            }
        };
        now.and_then(|ix| world.image(ix)).is_some_and(|i| i.id == *image)
    }
}

fn spelt(name: &Reference, in_full: bool) -> String {
    if in_full { name.full() } else { name.familiar() }
}

fn foreseen(effect: Effect, world: &World) -> Foreseen {
    let Effect { items, changes, freed, kept, doubt, untagged_in_any_order, after } = effect;
    let (mut images, mut containers) = (Vec::new(), Vec::new());
    for change in &changes {
        match change {
            Change::ImageRemoved(id) => images.push(id.clone()),
            Change::ContainerRemoved(id) => containers.push(id.clone()),
            Change::ReferenceRemoved(..) | Change::ReferenceAdded(..) | Change::ContainerStopped(_) => {}
        }
    }
    let expected = Expected::Lines {
        items,
        freed,
        kept,
        layers_in_doubt: doubt.is_some(),
        untagged_in_any_order,
        images,
        containers,
    };
    let after = after.of(world, &changes);
    Foreseen { expected, changes, after }
}
