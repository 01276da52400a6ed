//! One image as an engine listed it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::bytes::Bytes;
use super::id::{DiffId, ImageId};
use super::inventory::StoreKind;
use super::reference::Reference;

/// One image and the names that point at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    pub id: ImageId,
    /// The image it was built on, where the engine keeps that relation (classic builder, commit).
    /// May point at an image that no longer exists.
    #[serde(default)]
    pub parent: Option<ImageId>,
    /// Every name that the engine stores for the image, sorted. On the classic store tags and digest
    /// references; on the containerd store and Podman the names of its image records, which may be
    /// digests or have tag and digest.
    pub references: Vec<Reference>,
    /// Digest references that the engine only computes for display: they resolve, but nothing is
    /// stored under them. Empty on the classic store.
    #[serde(default)]
    pub computed_digests: Vec<Reference>,
    /// Seconds since 1970; `None` where the engine does not know.
    #[serde(default)]
    pub created: Option<i64>,
    /// As the engine counts it: all layers unpacked (classic store, Podman), or compressed content
    /// plus unpacked layers of every platform present (containerd store).
    #[serde(default)]
    pub size: Option<Bytes>,
    /// What the size is made of on the containerd store; `None` on the others, and where the engine does
    /// not say (API before 1.47).
    #[serde(default)]
    pub parts: Option<SizeParts>,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// `os/architecture[/variant]`; `None` until the image was inspected.
    #[serde(default)]
    pub platform: Option<String>,
    #[serde(default)]
    pub layers: Layers,
    /// The steps it was made in, oldest first, each as the engine writes it. Read where the engine goes by
    /// them (Podman), together with the layers; `None` elsewhere, and until then.
    #[serde(default)]
    pub history: Option<Arc<[String]>>,
    /// How many containers the engine itself counts on the image, where that says more than its list of
    /// containers: Podman counts those of unfinished builds too, and volumes made from the image.
    #[serde(default)]
    pub containers: Option<u64>,
    /// It lies in a store that can only be read (Podman); no removal reaches it.
    #[serde(default)]
    pub read_only: bool,
}

impl Image {
    /// Takes in what was read of it.
    pub fn learn(&mut self, content: Content) {
        self.layers = Layers::Known(content.layers);
        self.platform = content.platform;
        self.history = content.history;
    }

    /// Unpacked bytes of all its layers together, as far as the engine tells them apart from the rest.
    pub fn unpacked(&self, store: StoreKind) -> Option<Bytes> {
        match store {
            StoreKind::Classic | StoreKind::Podman => self.size,
            StoreKind::Containerd => {
                let parts = self.parts.filter(|parts| parts.platforms == 1)?;
                // Layers that were never unpacked are listed all the same.
                Some(parts.unpacked).filter(|unpacked| unpacked.0 > 0)
            }
        }
    }

    /// True if no tag and no digest points at it.
    pub fn is_dangling(&self) -> bool {
        self.references.is_empty()
    }

    /// True if it has names, and each of them is a digest.
    pub fn is_digest_only(&self) -> bool {
        !self.references.is_empty() && self.references.iter().all(Reference::is_digest_only)
    }
}

/// The two things that an image is kept as on the containerd store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeParts {
    /// Manifests, configurations and compressed layers of every platform present.
    pub content: Bytes,
    /// Layers ready to run containers on, of every platform present.
    pub unpacked: Bytes,
    /// How many platforms are present. Layers are known of one only.
    pub platforms: u32,
}

/// The layers of an image, bottom first. They never change under one image ID.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Layers {
    /// Nobody asked the engine yet.
    #[default]
    NotRead,
    /// The engine would not say; holds its words.
    Failed(String),
    Known(Arc<[Layer]>),
}

impl Layers {
    /// The layers, or `None` while they are not known.
    pub fn known(&self) -> Option<&[Layer]> {
        match self {
            Self::Known(layers) => Some(layers),
            Self::NotRead | Self::Failed(_) => None,
        }
    }
}

/// What an image's ID stands for, once and for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub layers: Arc<[Layer]>,
    pub platform: Option<String>,
    /// As [`Image::history`] has it.
    pub history: Option<Arc<[String]>>,
}

/// One layer of an image.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Layer {
    pub diff_id: DiffId,
    /// Unpacked size; `None` where the image's history does not tell it apart from its neighbours.
    #[serde(default)]
    pub size: Option<Bytes>,
    /// The build step that made it; empty if the image's history does not say.
    #[serde(default)]
    pub created_by: String,
}
