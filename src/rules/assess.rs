//! What holds a node, all at once, and what becomes of it.
//!
//! A holder "blocks" if one of the refusals that the request runs into is about it. Both the refusals
//! and the outcome come from the store's own file; nothing about an engine is decided here.

use serde::{Deserialize, Serialize};

use super::conflict::{Cause, Refusal};
use super::removal::{Answer, Removal, remove_image};
use super::resolve::{Resolution, Resolved, resolve};
use super::world::{Change, World};
use super::{classic, container, containerd, podman};
use crate::model::{ContainerId, ContainerIx, ContainerState, ImageId, ImageIx, Reference, StoreKind};

/// A thing that can be asked about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Image(ImageId),
    /// A name, stored or computed, of this image.
    Reference(ImageId, Reference),
    Container(ContainerId),
}

impl Target {
    /// What is sent to a Docker engine to remove it.
    pub fn as_sent(&self) -> String {
        self.as_sent_to(StoreKind::Classic)
    }

    /// What is sent to an engine to remove it.
    pub fn as_sent_to(&self, store: StoreKind) -> String {
        match self {
            Self::Image(id) => id.to_string(),
            Self::Reference(_, name) => name_as_sent(name, store),
            Self::Container(id) => id.to_string(),
        }
    }
}

/// How a name is spelt for an engine. Podman takes a short one for `localhost/…`, or for whatever its
/// configuration says, before it thinks of Docker Hub: only the full one is safe there.
pub fn name_as_sent(name: &Reference, store: StoreKind) -> String {
    match store {
        StoreKind::Classic | StoreKind::Containerd => name.familiar(),
        StoreKind::Podman => name.full(),
    }
}

/// What holds an image, or a name of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub kind: HolderKind,
    /// True if the request without force is refused because of it.
    pub blocks: bool,
    /// True if the request with force is not refused because of it.
    pub force_overrides: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HolderKind {
    Name(Reference),
    /// A digest reference that the engine only computes: listed, but stored nowhere.
    ComputedDigest(Reference),
    Container {
        id: ContainerId,
        name: String,
        state: ContainerState,
    },
    /// A container that has the image mounted.
    Mount {
        id: ContainerId,
        name: String,
        state: ContainerState,
    },
    ChildImage(ImageId),
}

/// In one word, whether it can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    Removable,
    Refused,
    /// A name of several: the image stays.
    OnlyName,
    /// The last name: the image goes with it.
    LastName,
    /// The last name of an image that something else keeps: it stays without a name.
    LastNameImageStays,
    Unknown,
}

/// Everything there is to say about removing one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    pub verdict: Verdict,
    /// What the request as given would do.
    pub answer: Answer,
    /// Every refusal the request runs into, in the engine's order: when the first is lifted, the next
    /// one is the answer.
    pub refusals: Vec<Refusal>,
    pub holders: Vec<Holder>,
}

/// Finds what a person typed: what a removal of an image by that text would find, else a container.
/// `Err` holds the engine's refusal for an image of that name.
pub fn locate(world: &World, text: &str) -> Result<Target, NotLocated> {
    let refusal = match resolve(world, text) {
        Resolution::Found(found) => {
            let id = world.image(found.image).map(|i| i.id.clone());
            return match (id, found.name) {
                (Some(id), Some(name)) => Ok(Target::Reference(id, name)),
                (Some(id), None) => Ok(Target::Image(id)),
                (None, _) => Err(NotLocated::Unknown("the listing changed underneath".to_owned())),
            };
        }
        Resolution::Unknown(why) => return Err(NotLocated::Unknown(why)),
        Resolution::NotFound(refusal) | Resolution::Invalid(refusal) => refusal,
    };
    match container::find(world, text) {
        container::Found::One(ix) => world
            .container(ix)
            .map(|(c, _)| Target::Container(c.id.clone()))
            .ok_or(NotLocated::Nothing(refusal)),
        container::Found::Several(all) => Err(NotLocated::SeveralContainers(all.len())),
        container::Found::None => match several_images(world, text) {
            0 | 1 => Err(NotLocated::Nothing(refusal)),
            count => Err(NotLocated::SeveralImages(count, refusal)),
        },
    }
}

/// How many image IDs a text begins, where that is why the engine finds none.
fn several_images(world: &World, text: &str) -> usize {
    if !crate::model::id::is_hex_prefix(text) {
        return 0;
    }
    world.images_with_prefix(text.strip_prefix("sha256:").unwrap_or(text)).len()
}

/// Why a text leads to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotLocated {
    Nothing(Refusal),
    SeveralImages(usize, Refusal),
    SeveralContainers(usize),
    Unknown(String),
}

/// Assesses a request exactly as it would be sent.
pub fn assess(world: &World, target: &Target, removal: &Removal) -> Assessment {
    match target {
        Target::Image(id) | Target::Reference(id, _) => assess_image(world, world.find_image(id), removal),
        Target::Container(id) => assess_container(world, world.find_container(id), removal),
    }
}

/// The verdict on a plain request for a node.
pub fn verdict(world: &World, target: &Target) -> Verdict {
    let removal = Removal::of(target.as_sent_to(world.engine().store));
    match target {
        Target::Image(id) => verdict_on_image(world, id, &removal),
        Target::Reference(..) => image_verdict(&remove_image(world, &removal), true, world),
        Target::Container(id) => match world.find_container(id) {
            Some(ix) if world.incomplete_because().is_none() => {
                match container::remove(world, ix, &removal.target, removal.force) {
                    Ok(_) => Verdict::Removable,
                    Err(_) => Verdict::Refused,
                }
            }
            _ => Verdict::Unknown,
        },
    }
}

/// The same by an image's ID. What becomes of the image takes long to work out where thousands share a layer, and a
/// list asks this for each of them: only whether it goes is.
fn verdict_on_image(world: &World, id: &ImageId, removal: &Removal) -> Verdict {
    if world.incomplete_because().is_some() {
        return Verdict::Unknown;
    }
    let goes = match (world.engine().store, world.find_image(id)) {
        (StoreKind::Podman, _) => match resolve(world, &removal.target) {
            Resolution::Found(found) => podman::takes_place(world, &found, removal),
            Resolution::Invalid(_) => Some(false),
            Resolution::NotFound(_) | Resolution::Unknown(_) => None,
        },
        // Docker finds any image by its whole ID, and does whatever it does not refuse.
        (StoreKind::Classic | StoreKind::Containerd, Some(image)) => {
            let found = Resolved { image, name: None, stored: false };
            Some(refusals(world, &found, removal).is_empty())
        }
        (StoreKind::Classic | StoreKind::Containerd, None) => None,
    };
    match goes {
        Some(true) => Verdict::Removable,
        Some(false) => Verdict::Refused,
        None => Verdict::Unknown,
    }
}

/// Every refusal that a plain request for an image runs into, in the engine's order. Quicker than [`assess`],
/// which also works out what the removal would do.
pub fn plain_refusals(world: &World, image: &ImageId) -> Vec<Refusal> {
    let removal = Removal::of(image.to_string());
    match resolve(world, &removal.target) {
        Resolution::Found(found) => refusals(world, &found, &removal),
        Resolution::NotFound(refusal) | Resolution::Invalid(refusal) => vec![refusal],
        Resolution::Unknown(_) => Vec::new(),
    }
}

fn image_verdict(answer: &Answer, by_name: bool, world: &World) -> Verdict {
    match answer {
        Answer::Done(effect) if by_name => {
            let gone = effect.changes.iter().any(|c| matches!(c, Change::ImageRemoved(_)));
            if gone {
                return Verdict::LastName;
            }
            let mut after = world.clone();
            for change in &effect.changes {
                after.apply(change);
            }
            let nameless = effect.changes.iter().any(|c| match c {
                Change::ReferenceRemoved(id, _) => {
                    after.find_image(id).is_some_and(|ix| after.references(ix).is_empty())
                }
                Change::ReferenceAdded(..)
                | Change::ImageRemoved(_)
                | Change::ContainerStopped(_)
                | Change::ContainerRemoved(_) => false,
            });
            if nameless { Verdict::LastNameImageStays } else { Verdict::OnlyName }
        }
        Answer::Done(_) => Verdict::Removable,
        Answer::Refused(_) => Verdict::Refused,
        Answer::NotFound(_) | Answer::Unknown(_) => Verdict::Unknown,
    }
}

fn refusals(world: &World, resolved: &Resolved, removal: &Removal) -> Vec<Refusal> {
    match world.engine().store {
        StoreKind::Classic => classic::refusals(world, resolved, removal),
        StoreKind::Containerd => containerd::refusals(world, resolved, removal),
        StoreKind::Podman => podman::refusals(world, resolved, removal),
    }
}

fn assess_image(world: &World, ix: Option<ImageIx>, removal: &Removal) -> Assessment {
    let answer = remove_image(world, removal);
    let with = |force| Removal { force, ..removal.clone() };
    let (refused, plain, forced, by_name) = match resolve(world, &removal.target) {
        Resolution::Found(resolved) => (
            refusals(world, &resolved, removal),
            refusals(world, &resolved, &with(false)),
            refusals(world, &resolved, &with(true)),
            resolved.name.is_some(),
        ),
        Resolution::NotFound(_) | Resolution::Invalid(_) | Resolution::Unknown(_) => {
            (Vec::new(), Vec::new(), Vec::new(), false)
        }
    };
    let holders = ix.map(|ix| holders(world, ix)).unwrap_or_default();
    let judged = |kind: HolderKind| {
        let about = |all: &[Refusal]| all.iter().any(|r| concerns(r.cause, &kind));
        let (blocks, force_overrides) = (about(&plain), !about(&forced));
        Holder { kind, blocks, force_overrides }
    };
    Assessment {
        verdict: image_verdict(&answer, by_name, world),
        answer,
        refusals: refused,
        holders: holders.into_iter().map(judged).collect(),
    }
}

fn concerns(cause: Cause, holder: &HolderKind) -> bool {
    match holder {
        HolderKind::Name(_) => cause == Cause::Names,
        HolderKind::ComputedDigest(_) => false,
        HolderKind::Container { state, .. } => match cause {
            Cause::NameInUse => true,
            Cause::Running => state.counts_as_running(),
            Cause::Stopped => !state.counts_as_running(),
            Cause::Children | Cause::Names | Cause::ContainerState | Cause::Target => false,
        },
        HolderKind::Mount { .. } => cause == Cause::NameInUse,
        HolderKind::ChildImage(_) => cause == Cause::Children,
    }
}

/// Everything that holds an image: names first, then containers, mounts and child images.
fn holders(world: &World, ix: ImageIx) -> Vec<HolderKind> {
    let Some(image) = world.image(ix) else { return Vec::new() };
    let mut all: Vec<_> = world.references(ix).iter().cloned().map(HolderKind::Name).collect();
    let still_computed = |d: &&Reference| {
        !world.references(ix).contains(d)
            && world.references(ix).iter().any(|r| r.repository() == d.repository())
    };
    let computed = image.computed_digests.iter().filter(still_computed).cloned();
    all.extend(computed.map(HolderKind::ComputedDigest));
    let mut users: Vec<_> = world.users(ix).collect();
    users.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    all.extend(users.into_iter().map(|(c, state)| HolderKind::Container {
        id: c.id.clone(),
        name: c.name.clone(),
        state,
    }));
    all.extend(world.mounted_by(ix).map(|(c, state)| HolderKind::Mount {
        id: c.id.clone(),
        name: c.name.clone(),
        state,
    }));
    let children = world.children(&image.id).filter_map(|child| world.image(child));
    all.extend(children.map(|child| HolderKind::ChildImage(child.id.clone())));
    all
}

fn assess_container(world: &World, ix: Option<ContainerIx>, removal: &Removal) -> Assessment {
    let outcome = match ix {
        Some(ix) => container::remove(world, ix, &removal.target, removal.force),
        None => Err(container::missing(world, &removal.target)),
    };
    let (verdict, answer, refusals) = match (world.incomplete_because(), outcome) {
        (Some(why), _) => (Verdict::Unknown, Answer::Unknown(why.to_owned()), Vec::new()),
        (None, Ok(changes)) => {
            (Verdict::Removable, Answer::Done(super::Effect::of_container(changes)), Vec::new())
        }
        (None, Err(refusal)) if refusal.status == 404 => {
            (Verdict::Unknown, Answer::NotFound(refusal), Vec::new())
        }
        (None, Err(refusal)) => (Verdict::Refused, Answer::Refused(refusal.clone()), vec![refusal]),
    };
    Assessment { verdict, answer, refusals, holders: Vec::new() }
}
