//! Building blocks of the sample inventory: IDs that are the same on every start, and images.

use sha2::{Digest as _, Sha256};

use super::{BTreeMap, Bytes, ContainerId, DiffId, Image, ImageId, Layer, Layers, Reference};
use crate::model::Digest;

/// 64 hex digits that begin as wanted and are otherwise decided by `seed`.
fn hex(begin: &str, seed: &str) -> String {
    let mut text = begin.to_owned();
    for byte in Sha256::digest(seed.as_bytes()) {
        for nibble in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(nibble), 16));
        }
    }
    text.truncate(64);
    text
}

/// The ID types accept any 64 hex digits, so the fallback is never taken.
macro_rules! id {
    ($kind:ident, $begin:expr, $seed:expr) => {
        $kind::parse(&hex($begin, $seed)).unwrap_or_else(|_| unreachable!("64 hex digits"))
    };
}

pub(super) fn image_id(short: &str) -> ImageId {
    id!(ImageId, short, short)
}

pub(super) fn container_id(name: &str) -> ContainerId {
    id!(ContainerId, "", name)
}

pub(super) fn digest(seed: &str) -> Digest {
    id!(Digest, "", seed)
}

/// A layer; the same step and size give the same layer.
pub(super) fn layer(created_by: &str, size: u64) -> Layer {
    Layer {
        diff_id: id!(DiffId, "", &format!("{created_by} {size}")),
        size: Some(Bytes(size)),
        created_by: created_by.to_owned(),
    }
}

/// An image in the making.
pub(super) struct Made(Image);

impl Made {
    pub(super) fn new(id: ImageId, created: i64) -> Self {
        Self(Image {
            id,
            parent: None,
            references: Vec::new(),
            computed_digests: Vec::new(),
            created: Some(created),
            size: None,
            parts: None,
            labels: BTreeMap::new(),
            platform: Some("linux/amd64".to_owned()),
            layers: Layers::NotRead,
            history: None,
            containers: None,
            read_only: false,
        })
    }

    pub(super) fn layers(mut self, layers: Vec<Layer>) -> Self {
        self.0.size = Some(layers.iter().filter_map(|l| l.size).sum());
        self.0.layers = Layers::Known(layers.into());
        self
    }

    pub(super) fn parent(mut self, parent: &ImageId) -> Self {
        self.0.parent = Some(parent.clone());
        self
    }

    pub(super) fn tag(mut self, name: &str) -> Self {
        self.0.references.extend(Reference::parse(name));
        self
    }

    pub(super) fn digest(self, repository: &str, hex: &str) -> Self {
        self.tag(&format!("{repository}@sha256:{hex}"))
    }

    pub(super) fn label(mut self, key: &str, value: &str) -> Self {
        self.0.labels.insert(key.to_owned(), value.to_owned());
        self
    }

    pub(super) fn done(mut self) -> Image {
        self.0.references.sort();
        self.0
    }
}
