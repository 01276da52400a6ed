//! A request to remove an image, and the engine's answer to it.

use serde::{Deserialize, Serialize};

use super::conflict::Refusal;
use super::effect::Effect;
use super::resolve::{Resolution, resolve};
use super::world::World;
use super::{classic, containerd, podman};
use crate::model::StoreKind;

/// `DELETE /images/{target}` with its two switches.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Removal {
    /// Exactly as sent: engines decide, and word their answers, by how a thing is named.
    pub target: String,
    pub force: bool,
    /// Whether untagged parents may go too; what the Docker CLI does unless told `--no-prune`.
    pub prune: bool,
}

impl Removal {
    /// The plain request: no force, parents pruned.
    pub fn of(target: impl Into<String>) -> Self {
        Self { target: target.into(), force: false, prune: true }
    }
}

/// What the engine answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Done(Effect),
    /// Nothing changes.
    Refused(Refusal),
    /// The target names nothing, or several things.
    NotFound(Refusal),
    /// It cannot be told; says why. Whoever acts on an answer must take this for "keep".
    Unknown(String),
}

impl Answer {
    pub fn effect(&self) -> Option<&Effect> {
        match self {
            Self::Done(effect) => Some(effect),
            Self::Refused(_) | Self::NotFound(_) | Self::Unknown(_) => None,
        }
    }
}

/// What the engine would answer to a removal in this state.
pub fn remove_image(world: &World, removal: &Removal) -> Answer {
    if let Some(why) = world.incomplete_because() {
        return Answer::Unknown(why.to_owned());
    }
    let resolved = match resolve(world, &removal.target) {
        Resolution::Found(resolved) => resolved,
        Resolution::NotFound(refusal) => return Answer::NotFound(refusal),
        Resolution::Invalid(refusal) => return Answer::Refused(refusal),
        Resolution::Unknown(why) => return Answer::Unknown(why),
    };
    let decided = match world.engine().store {
        StoreKind::Classic => classic::remove(world, &resolved, removal),
        StoreKind::Containerd => containerd::remove(world, &resolved, removal),
        StoreKind::Podman => return podman::remove(world, &resolved, removal),
    };
    decided.map_or_else(Answer::Refused, Answer::Done)
}
