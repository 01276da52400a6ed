//! What a removal that is not refused untags, deletes, keeps and frees.

use serde::{Deserialize, Serialize};

use super::freed::{Doubt, Freed, freed, layer_doubt};
use super::world::{Change, World};
use crate::model::{Bytes, ChainIx, ContainerId, DiffId, ImageIx, Item, Reference, StoreKind};

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
            freed: Freed::unknown(Doubt::WritableLayer),
            kept: Vec::new(),
            doubt: None,
            untagged_in_any_order: false,
        }
    }
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
        let freed = freed(&world, &removed, doubt);
        let store = world.engine().store;
        let untagged = items.iter().filter(|i| matches!(i, Item::Untagged(_))).count();
        Effect {
            items,
            changes,
            freed,
            kept,
            // Only the classic store reports layers.
            doubt: doubt.filter(|_| store == StoreKind::Classic),
            untagged_in_any_order: store == StoreKind::Podman && untagged > 1,
        }
    }
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
