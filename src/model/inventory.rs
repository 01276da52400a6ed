//! One observation of one engine. What could not be listed is said, never shown as nothing.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::container::Container;
use super::image::Image;

/// Everything one refresh saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    pub engine: EngineInfo,
    /// All images, intermediate ones too, sorted by ID. Each is shared with the observations in which it was the same.
    pub images: Section<Vec<Arc<Image>>>,
    /// All containers in every state, sorted by ID.
    pub containers: Section<Vec<Container>>,
    pub build_cache: Section<BuildCache>,
}

/// What the build cache keeps beside the images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BuildCache {
    /// Records that may hold a layer of some image: those that the engine marks `Shared`, and on the
    /// containerd store all. Such a layer may stay on disk when its last image goes; which layer it is, the
    /// engine does not say.
    pub shared_records: u64,
}

impl Inventory {
    /// True if every section needed to judge a removal was listed in full.
    pub fn is_complete(&self) -> bool {
        self.images.is_complete() && self.containers.is_complete()
    }

    /// The first reason why it is not complete.
    pub fn incomplete_because(&self) -> Option<&str> {
        self.images.failure().or_else(|| self.containers.failure())
    }
}

/// One list of an observation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Section<T> {
    Complete(T),
    /// The listing failed, or part of it could not be read. What was read is shown, and nothing in it
    /// ever looks unused.
    Failed {
        why: String,
        partial: T,
    },
}

impl<T> Section<T> {
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Complete(_))
    }

    /// Why it is not complete.
    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::Complete(_) => None,
            Self::Failed { why, .. } => Some(why),
        }
    }

    /// What was read, whether or not that is all.
    pub fn seen(&self) -> &T {
        match self {
            Self::Complete(all) | Self::Failed { partial: all, .. } => all,
        }
    }

    /// The same with what was read in another shape.
    pub fn map<U>(self, new: impl FnOnce(T) -> U) -> Section<U> {
        match self {
            Self::Complete(all) => Section::Complete(new(all)),
            Self::Failed { why, partial } => Section::Failed { why, partial: new(partial) },
        }
    }

    /// What was read, to be changed in place.
    pub fn seen_mut(&mut self) -> &mut T {
        match self {
            Self::Complete(all) | Self::Failed { partial: all, .. } => all,
        }
    }
}

/// Which engine answered, by its own words.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EngineInfo {
    /// The product, as the engine names itself: "Docker Engine", "Podman Engine".
    pub name: String,
    /// As printed by the engine, such as "28.5.2" or "20.10.24+dfsg1".
    pub version: String,
    /// The newest API version it speaks.
    pub api: String,
    pub store: StoreKind,
    /// What the engine calls itself by, which stays when it is restarted or reached another way. `None` where
    /// it tells none (Podman makes one up for each answer), and in plans written before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl EngineInfo {
    /// Whether both can be the same engine, unchanged: one that tells no ID is told by the rest.
    pub fn may_be(&self, other: &Self) -> bool {
        let Self { name, version, api, store, id } = self;
        let same_id = match (id, &other.id) {
            (Some(one), Some(other)) => one == other,
            (None, _) | (_, None) => true,
        };
        same_id && (name, version, api, store) == (&other.name, &other.version, &other.api, &other.store)
    }

    /// Major and minor version; zeros where the text is not a version, which counts as oldest.
    pub fn release(&self) -> (u32, u32) {
        let mut parts = self.version.trim_start_matches('v').split(|c: char| !c.is_ascii_digit());
        let mut next = || parts.next().and_then(|p| p.parse().ok()).unwrap_or(0);
        (next(), next())
    }
}

/// How an engine keeps images; decides which rules it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreKind {
    /// Docker's graph drivers: image objects, a table of references, counted layers.
    Classic,
    /// Docker on containerd's image store: named records that point at content.
    Containerd,
    /// containers/storage behind the Docker-compatible API.
    Podman,
}

impl StoreKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Containerd => "containerd",
            Self::Podman => "podman",
        }
    }
}
