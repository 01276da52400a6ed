//! What a removal that is not refused untags, deletes, keeps and frees.

use serde::{Deserialize, Serialize};

use super::world::{Change, World};
use crate::model::{
    Bytes, ChainIx, ContainerId, DiffId, Graph, ImageIx, ImageMount, Item, Reference, StoreKind,
};

/// The whole effect of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The engine's lines, in its order.
    pub items: Vec<Item>,
    pub changes: Vec<Change>,
    pub freed: Freed,
    /// Layers of the removed images that stay, top first.
    pub kept: Vec<KeptLayer>,
    /// Set if the layer lines among `items` may be fewer than predicted: something whose layers cannot
    /// be listed may hold one of them. Then only a first part of them may come.
    pub doubt: Option<Doubt>,
    /// Set if the engine may list the names in another order: Podman keeps the one in which they were
    /// given, newest first, and names are sorted here.
    pub untagged_in_any_order: bool,
}

impl Effect {
    /// Removing a container answers without lines; how much its writable layer held is not listed.
    pub fn of_container(changes: Vec<Change>) -> Self {
        Self {
            items: Vec::new(),
            changes,
            freed: Freed::Unknown(Doubt::WritableLayer),
            kept: Vec::new(),
            doubt: None,
            untagged_in_any_order: false,
        }
    }
}

/// How much disk space comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Freed {
    Bytes(Bytes),
    Unknown(Doubt),
}

impl Freed {
    pub fn bytes(self) -> Option<Bytes> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Unknown(_) => None,
        }
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
}

/// A layer that stays although an image with it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptLayer {
    pub diff_id: DiffId,
    pub bytes: Option<Bytes>,
    /// IDs of the images, and of containers whose image is gone, that need it; sorted.
    pub needed_by: Vec<String>,
}

/// Collects an effect while a store's deletion is followed, keeping the world in step.
pub(super) struct Recorder {
    pub world: World,
    items: Vec<Item>,
    changes: Vec<Change>,
    removed: Vec<ImageIx>,
}

impl Recorder {
    pub fn new(world: &World) -> Self {
        Self { world: world.clone(), items: Vec::new(), changes: Vec::new(), removed: Vec::new() }
    }

    fn change(&mut self, change: Change) {
        self.world.apply(&change);
        self.changes.push(change);
    }

    /// Removes a stored name; `line` is how the engine reports it.
    pub fn untag(&mut self, image: ImageIx, name: &Reference, line: String) {
        self.drop_name(image, name);
        self.items.push(Item::Untagged(line));
    }

    /// Removes a stored name without a line.
    pub fn drop_name(&mut self, image: ImageIx, name: &Reference) {
        let Some(id) = self.world.image(image).map(|i| i.id.clone()) else { return };
        self.change(Change::ReferenceRemoved(id, name.clone()));
    }

    /// Reports a name that was dropped before.
    pub fn report_untagged(&mut self, line: String) {
        self.items.push(Item::Untagged(line));
    }

    pub fn remove_container(&mut self, id: ContainerId) {
        self.change(Change::ContainerRemoved(id));
    }

    /// Reports an image as deleted without removing it.
    pub fn report_deleted(&mut self, line: &str) {
        self.items.push(Item::Deleted(line.to_owned()));
    }

    /// Removes an image from the state and reports it.
    pub fn delete_image(&mut self, image: ImageIx) {
        let Some(id) = self.world.image(image).map(|i| i.id.clone()) else { return };
        self.report_deleted(id.as_str());
        self.drop_image(image);
    }

    /// Removes an image from the state without a line.
    pub fn drop_image(&mut self, image: ImageIx) {
        let Some(id) = self.world.image(image).map(|i| i.id.clone()) else { return };
        self.change(Change::ImageRemoved(id));
        self.removed.push(image);
    }

    /// Reports the layers of a removed image that nothing holds any more, top first, until one is held.
    pub fn report_freed_layers(&mut self, image: ImageIx) {
        let graph = std::sync::Arc::clone(self.world.graph());
        for (ix, chain) in graph.down_from(graph.top(image)) {
            if self.world.layer_holders(ix) > 0 {
                break;
            }
            self.report_deleted(chain.id.as_str());
        }
    }

    pub fn finish(self) -> Effect {
        let Self { world, items, changes, removed } = self;
        let kept = kept_layers(&world, &removed);
        let doubt = if removed.is_empty() { None } else { layer_doubt(&world) };
        let freed = if removed.is_empty() {
            Freed::Bytes(Bytes(0))
        } else if let Some(doubt) = doubt {
            Freed::Unknown(doubt)
        } else {
            freed_bytes(&world, &removed)
        };
        let podman = world.engine().store == StoreKind::Podman;
        let untagged = items.iter().filter(|i| matches!(i, Item::Untagged(_))).count();
        Effect {
            items,
            changes,
            freed,
            kept,
            // Podman reports no layers.
            doubt: doubt.filter(|_| !podman),
            untagged_in_any_order: podman && untagged > 1,
        }
    }
}

/// Why the layers of these images may be held by something that cannot be seen.
fn layer_doubt(world: &World) -> Option<Doubt> {
    let graph = world.graph();
    if !graph.images_with_unread_layers().is_empty() {
        return Some(Doubt::LayersNotRead);
    }
    let holds = |(_, state): (_, crate::model::ContainerState)| state.holds_layers();
    if graph.containers_without_image().iter().any(|ix| world.container(*ix).is_some_and(holds)) {
        return Some(Doubt::ContainerWithoutImage);
    }
    // An engine tells a mounted image by the name that was typed: with the name gone, or the image itself,
    // nothing says which layers the container holds (seen on 28.5).
    let listed = |mount: &ImageMount| mount.image.as_ref().is_some_and(|id| graph.find_image(id).is_some());
    let mut unknown = graph.containers().iter().filter(|c| !c.image_mounts.iter().all(listed));
    if unknown.any(|c| world.find_container(&c.id).is_some()) {
        return Some(Doubt::ContainerWithoutImage);
    }
    if world.engine().store == StoreKind::Podman {
        // It has no cache beside its images.
        return None;
    }
    let cache = &graph.inventory().build_cache;
    (!cache.is_complete() || cache.seen().shared_records > 0).then_some(Doubt::BuildCache)
}

/// Layers of the removed images that something still needs, each once, top first.
fn kept_layers(world: &World, removed: &[ImageIx]) -> Vec<KeptLayer> {
    let graph = world.graph();
    let mut seen: Vec<ChainIx> = Vec::new();
    let mut kept = Vec::new();
    for image in removed {
        for (ix, chain) in graph.down_from(graph.top(*image)) {
            if world.layer_holders(ix) == 0 || seen.contains(&ix) {
                continue;
            }
            seen.push(ix);
            kept.push(KeptLayer {
                diff_id: chain.diff_id.clone(),
                bytes: chain.size,
                needed_by: needed_by(world, ix),
            });
        }
    }
    kept
}

/// The images on a layer that are still there, and the containers of those that are not.
fn needed_by(world: &World, layer: ChainIx) -> Vec<String> {
    let mut needed = Vec::new();
    for image in world.graph().images_on(layer) {
        if let Some(image) = world.image(image) {
            needed.push(image.id.to_string());
            continue;
        }
        let holders = world.users(image).filter(|(_, state)| state.holds_layers());
        needed.extend(holders.chain(world.mounted_by(image)).map(|(c, _)| c.id.to_string()));
    }
    needed.sort_unstable();
    needed.dedup();
    needed
}

fn freed_bytes(world: &World, removed: &[ImageIx]) -> Freed {
    match world.engine().store {
        StoreKind::Classic => freed_layers(world, removed),
        StoreKind::Containerd => freed_content(world, removed),
        StoreKind::Podman => freed_by_podman(world, removed),
    }
}

/// The unpacked layers that nothing holds any more, each counted once.
fn freed_layers(world: &World, removed: &[ImageIx]) -> Freed {
    let graph = world.graph();
    let mut counted: Vec<ChainIx> = Vec::new();
    let mut sum = Bytes(0);
    for image in removed {
        let Some(top) = graph.top(*image) else { continue };
        let path: Vec<_> = graph.down_from(Some(top)).collect();
        let stays = |ix: &ChainIx| world.layer_holders(*ix) > 0 || counted.contains(ix);
        let base = path.iter().find(|(ix, _)| stays(ix));
        let total = path.first().and_then(|(_, chain)| chain.total);
        let below = base.map_or(Some(Bytes(0)), |(_, chain)| chain.total);
        match total.zip(below).and_then(|(total, below)| total.minus(below)) {
            Some(freed) => sum = sum + freed,
            None if base.is_some_and(|(ix, _)| *ix == top) => {}
            None => return Freed::Unknown(Doubt::LayerSizes),
        }
        counted.extend(path.iter().map(|(ix, _)| *ix));
    }
    Freed::Bytes(sum)
}

/// Podman counts an image's own records in its size (libimage `Image.Size`), so that two sizes do not
/// subtract to the size of a layer: where some layer stays, only sizes of single layers serve.
fn freed_by_podman(world: &World, removed: &[ImageIx]) -> Freed {
    let graph = world.graph();
    let mut counted: Vec<ChainIx> = Vec::new();
    let mut sum = Some(Bytes(0));
    for image in removed {
        let path: Vec<_> = graph.down_from(graph.top(*image)).map(|(ix, _)| ix).collect();
        let goes = |ix: &&ChainIx| world.layer_holders(**ix) == 0 && !counted.contains(ix);
        let gone = path.iter().take_while(goes).count();
        let Some(image) = graph.image(*image) else { continue };
        let freed = if gone == path.len() {
            image.size
        } else {
            let layers = image.layers.known().unwrap_or_default();
            layers.iter().rev().take(gone).map(|layer| layer.size).sum()
        };
        sum = sum.zip(freed).map(|(sum, freed)| sum + freed);
        counted.extend(path);
    }
    sum.map_or(Freed::Unknown(Doubt::LayerSizes), Freed::Bytes)
}

/// Containerd counts content and unpacked layers in an image's size; while no layer is shared, all of
/// it comes back once garbage collection has run.
fn freed_content(world: &World, removed: &[ImageIx]) -> Freed {
    let graph = world.graph();
    let mut sum = Bytes(0);
    for image in removed {
        let shared = graph.down_from(graph.top(*image)).any(|(ix, _)| graph.layer_holders(ix) > 1);
        match (shared, graph.image(*image).and_then(|i| i.size)) {
            (false, Some(size)) => sum = sum + size,
            (true, _) => return Freed::Unknown(Doubt::SharedContent),
            (false, None) => return Freed::Unknown(Doubt::LayerSizes),
        }
    }
    Freed::Bytes(sum)
}

/// The bytes that only this image needs: what would come back if it went, and its containers with it.
pub fn own_bytes(graph: &Graph, ix: ImageIx) -> Option<Bytes> {
    if !graph.inventory().images.is_complete() || !graph.images_with_unread_layers().is_empty() {
        return None;
    }
    let image = graph.image(ix)?;
    let mut path = graph.down_from(graph.top(ix)).skip_while(|(_, chain)| chain.images() == 1);
    let base = path.next();
    if graph.inventory().engine.store == StoreKind::Containerd {
        return if base.is_none() { image.size } else { None };
    }
    let total = graph.top(ix).map_or(Some(Bytes(0)), |top| graph.chain(top)?.total)?;
    total.minus(base.map_or(Some(Bytes(0)), |(_, chain)| chain.total)?)
}
