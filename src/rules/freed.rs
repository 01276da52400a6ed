//! How much disk space a removal gives back. What cannot be told is a lower bound and a reason, never a
//! guess.

use std::collections::{BTreeSet, HashSet};
use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

use super::world::{Change, World};
use crate::model::{Bytes, ChainIx, ContainerIx, ContainerState, DiffId, Graph, ImageIx, StoreKind};

/// Disk space that comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Freed {
    /// Layers; on Podman an image's own records too.
    pub unpacked: Amount,
    /// What the containerd store keeps beside them: manifests, configurations and compressed layers.
    /// Nothing on the other stores.
    pub content: Amount,
}

impl Freed {
    pub fn unknown(doubt: Doubt) -> Self {
        Self { unpacked: Amount::unknown(doubt), content: Amount::default() }
    }

    /// All of it together; `None` if some of it cannot be told.
    pub fn bytes(self) -> Option<Bytes> {
        (self.unpacked + self.content).exact()
    }

    /// What certainly comes back.
    pub fn at_least(self) -> Bytes {
        (self.unpacked + self.content).at_least
    }

    /// Why it cannot be told exactly, if it cannot.
    pub fn doubt(self) -> Option<Doubt> {
        (self.unpacked + self.content).doubt
    }
}

impl From<Bytes> for Freed {
    fn from(unpacked: Bytes) -> Self {
        Self { unpacked: unpacked.into(), content: Amount::default() }
    }
}

impl Add for Freed {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { unpacked: self.unpacked + other.unpacked, content: self.content + other.content }
    }
}

impl Sum for Freed {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// A number of bytes, or at least so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Amount {
    pub at_least: Bytes,
    /// Why it may be more; `None` if it is exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
}

impl Amount {
    pub fn at_least(at_least: Bytes, doubt: Doubt) -> Self {
        Self { at_least, doubt: Some(doubt) }
    }

    pub fn unknown(doubt: Doubt) -> Self {
        Self::at_least(Bytes(0), doubt)
    }

    pub fn exact(self) -> Option<Bytes> {
        self.doubt.is_none().then_some(self.at_least)
    }
}

impl From<Bytes> for Amount {
    fn from(exact: Bytes) -> Self {
        Self { at_least: exact, doubt: None }
    }
}

impl Add for Amount {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { at_least: self.at_least + other.at_least, doubt: self.doubt.or(other.doubt) }
    }
}

/// Why layers or bytes cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// The layers of some image were not read.
    LayersNotRead,
    /// A container was created from an image that is no longer listed, or has one mounted, and holds its
    /// layers.
    ContainerWithoutImage,
    /// The build cache holds layers of images.
    BuildCache,
    /// The engine does not tell the sizes of single layers.
    LayerSizes,
    /// What a container wrote is not part of a listing.
    WritableLayer,
    /// The containerd store keeps compressed content too, and does not say how much of it is shared.
    SharedContent,
    /// Images of several platforms are present, and layers are listed of one platform only.
    OtherPlatforms,
    /// The containerd store does not say which of the images with the same layers keeps them.
    LayerKeeper,
}

/// Why the layers of these images may be held by something that cannot be seen.
pub(super) fn layer_doubt(world: &World) -> Option<Doubt> {
    let graph = world.graph();
    if !graph.images_with_unread_layers().is_empty() {
        return Some(Doubt::LayersNotRead);
    }
    let holds = |(_, state): (_, ContainerState)| state.holds_layers();
    if graph.containers_without_image().iter().any(|ix| world.container(*ix).is_some_and(holds)) {
        return Some(Doubt::ContainerWithoutImage);
    }
    if world.engine().store == StoreKind::Podman {
        // It has no cache beside its images, and a mount keeps no layer.
        return None;
    }
    // An engine tells a mounted image by the name that was typed: with the name gone, or the image itself,
    // nothing says which layers the container holds (seen on 28.5).
    let mut unknown = graph.containers_with_unlisted_mounts().iter();
    if unknown.any(|ix| world.container(*ix).is_some()) {
        return Some(Doubt::ContainerWithoutImage);
    }
    let cache = &graph.inventory().build_cache;
    (!cache.is_complete() || cache.seen().shared_records > 0).then_some(Doubt::BuildCache)
}

/// What removing these images gives back, all at once and with the containers that need them. Linear, so
/// that it can be told of thousands; what is compressed of their layers is not told.
pub fn freed_together(world: &World, images: &[ImageIx]) -> Freed {
    let classic = world.engine().store == StoreKind::Classic;
    if classic
        && layer_doubt(world).is_none()
        && let Some(sum) = released_layers(world, images)
    {
        return sum.into();
    }
    let mut after = world.clone();
    for ix in images {
        let containers = world.users(*ix).chain(world.mounted_by(*ix)).map(|(c, _)| c.id.clone());
        for id in containers {
            after.apply(&Change::ContainerRemoved(id));
        }
        if let Some(image) = world.image(*ix) {
            after.apply(&Change::ImageRemoved(image.id.clone()));
        }
    }
    let doubt = layer_doubt(&after);
    match world.engine().store {
        StoreKind::Containerd => Freed {
            unpacked: doubt.map_or_else(|| freed_layers(&after, images), Amount::unknown),
            content: Amount::unknown(Doubt::SharedContent),
        },
        StoreKind::Classic | StoreKind::Podman => freed(&after, images, doubt),
    }
}

/// The layers that nothing holds once these images are gone with their containers; `None` where some size is
/// only known together with others.
fn released_layers(world: &World, images: &[ImageIx]) -> Option<Bytes> {
    let graph = world.graph();
    let containers: BTreeSet<ContainerIx> = images
        .iter()
        .flat_map(|ix| graph.users(*ix).iter().chain(graph.mounted_by(*ix)))
        .filter(|ix| world.container(**ix).is_some())
        .copied()
        .collect();
    let held = containers.into_iter().flat_map(|ix| graph.held_by(ix));
    let tops = images.iter().filter(|ix| graph.holds_layers(**ix)).filter_map(|ix| graph.top(*ix));
    let mut released: Vec<u32> = Vec::new();
    let mut sum = Bytes(0);
    for top in tops.chain(held) {
        for (layer, chain) in graph.down_from(Some(top)) {
            let at = layer.0 as usize;
            if released.len() <= at {
                released.resize(at + 1, 0);
            }
            let Some(count) = released.get_mut(at) else { continue };
            *count += 1;
            if *count == world.layer_holders(layer) {
                sum = sum + chain.size?;
            }
        }
    }
    Some(sum)
}

/// What these images, removed from `world`, give back. `doubt` is that of [`layer_doubt`].
pub(super) fn freed(world: &World, removed: &[ImageIx], doubt: Option<Doubt>) -> Freed {
    if removed.is_empty() {
        return Freed::default();
    }
    let unpacked = match (doubt, world.engine().store) {
        (Some(doubt), _) => Amount::unknown(doubt),
        (None, StoreKind::Podman) => freed_by_podman(world, removed),
        (None, StoreKind::Classic | StoreKind::Containerd) => freed_layers(world, removed),
    };
    let content = match world.engine().store {
        StoreKind::Containerd => freed_content(world, removed),
        StoreKind::Classic | StoreKind::Podman => Amount::default(),
    };
    Freed { unpacked, content }
}

/// The unpacked layers that nothing holds any more, each counted once.
fn freed_layers(world: &World, removed: &[ImageIx]) -> Amount {
    let graph = world.graph();
    let mut counted: HashSet<ChainIx> = HashSet::new();
    let mut sum = Bytes(0);
    let mut doubt = None;
    for image in removed {
        let Some(top) = graph.top(*image).filter(|_| graph.holds_layers(*image)) else { continue };
        let path: Vec<_> = graph.down_from(Some(top)).collect();
        let stays = |ix: &ChainIx| world.layer_holders(*ix) > 0 || counted.contains(ix);
        let base = path.iter().find(|(ix, _)| stays(ix));
        if base.is_some_and(|(ix, _)| world.layer_holders(*ix) > 0 && world.sure_layer_holders(*ix) == 0) {
            doubt = Some(Doubt::LayerKeeper);
        }
        let total = path.first().and_then(|(_, chain)| chain.total);
        let below = base.map_or(Some(Bytes(0)), |(_, chain)| chain.total);
        match total.zip(below).and_then(|(total, below)| total.minus(below)) {
            Some(freed) => sum = sum + freed,
            None if base.is_some_and(|(ix, _)| *ix == top) => {}
            None => return Amount::at_least(sum, Doubt::LayerSizes),
        }
        counted.extend(path.iter().map(|(ix, _)| *ix));
    }
    Amount { at_least: sum, doubt }
}

/// Podman counts an image's own records in its size (libimage `Image.Size`): what comes back is that, less
/// the layers that stay.
fn freed_by_podman(world: &World, removed: &[ImageIx]) -> Amount {
    let graph = world.graph();
    let mut counted: HashSet<ChainIx> = HashSet::new();
    let mut sum = Some(Bytes(0));
    for image in removed {
        let path: Vec<_> = graph.down_from(graph.top(*image)).map(|(ix, _)| ix).collect();
        let goes = |ix: &&ChainIx| world.layer_holders(**ix) == 0 && !counted.contains(ix);
        let gone = path.iter().take_while(goes).count();
        let Some(image) = graph.image(*image) else { continue };
        let layers = image.layers.known().unwrap_or_default();
        let stay: Option<Bytes> = layers.iter().rev().skip(gone).map(|layer| layer.size).sum();
        let freed = image.size.zip(stay).and_then(|(size, stay)| size.minus(stay));
        sum = sum.zip(freed).map(|(sum, freed)| sum + freed);
        counted.extend(path);
    }
    sum.map_or(Amount::unknown(Doubt::LayerSizes), Amount::from)
}

/// An image's content is its own as far as no other image has one of its layers: what is compressed of a
/// single layer, the engine does not tell.
fn freed_content(world: &World, removed: &[ImageIx]) -> Amount {
    let graph = world.graph();
    let mut sum = Amount::default();
    for ix in removed {
        let Some(image) = graph.image(*ix) else { continue };
        let layers = image.layers.known();
        // Those that go in the same request count too: how much of theirs is the same, nothing tells.
        let together = |diff_id: &DiffId| {
            let also_goes = |other: &&ImageIx| **other != *ix && graph.has_layer(**other, diff_id);
            world.images_with_layer(diff_id) > 0 || removed.iter().any(|other| also_goes(&other))
        };
        sum = sum
            + match (image.parts, layers) {
                (None, _) => Amount::unknown(Doubt::LayerSizes),
                (Some(_), None) => Amount::unknown(Doubt::LayersNotRead),
                (Some(parts), Some(layers)) => {
                    if parts.platforms > 1 || graph.has_other_platforms() {
                        Amount::unknown(Doubt::OtherPlatforms)
                    } else if layers.iter().any(|layer| together(&layer.diff_id)) {
                        Amount::unknown(Doubt::SharedContent)
                    } else {
                        parts.content.into()
                    }
                }
            };
    }
    sum
}

/// The bytes that only this image needs: what would come back if it went, and its containers with it.
pub fn own_bytes(graph: &Graph, ix: ImageIx) -> Option<Bytes> {
    if !graph.inventory().images.is_complete() || !graph.images_with_unread_layers().is_empty() {
        return None;
    }
    let base = graph.down_from(graph.top(ix)).find(|(_, chain)| chain.images() > 1);
    let total = graph.top(ix).map_or(Some(Bytes(0)), |top| graph.chain(top)?.total)?;
    let unpacked = total.minus(base.map_or(Some(Bytes(0)), |(_, chain)| chain.total)?)?;
    if graph.inventory().engine.store != StoreKind::Containerd {
        return Some(unpacked);
    }
    if base.is_some_and(|(ix, _)| graph.sure_layer_holders(ix) == 0) {
        return None;
    }
    let image = graph.image(ix)?;
    let alone = image.layers.known()?.iter().all(|layer| graph.images_with_layer(&layer.diff_id) == 1);
    let parts = image.parts.filter(|_| alone && !graph.has_other_platforms())?;
    Some(unpacked + parts.content)
}
