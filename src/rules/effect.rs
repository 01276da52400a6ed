//! What a removal that is not refused untags, deletes, keeps and frees.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

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
    /// The world that the changes lead to, where it was made on the way.
    pub after: After,
}

/// The world after an effect. It follows from what is told of it, and is not compared.
#[derive(Clone, Default)]
pub struct After(Option<Box<World>>);

impl After {
    /// The world in which the changes were made, which were asked about in `before`.
    pub fn of(self, before: &World, changes: &[Change]) -> World {
        self.0.map_or_else(
            || {
                let mut after = before.clone();
                for change in changes {
                    after.apply(change);
                }
                after
            },
            |after| *after,
        )
    }
}

impl PartialEq for After {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for After {}

impl fmt::Debug for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("After")
    }
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
            after: After::default(),
        }
    }
}

/// A layer that stays although an image with it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptLayer {
    pub diff_id: DiffId,
    pub bytes: Option<Bytes>,
    /// IDs of the images, and of containers whose image is gone, that need it; sorted. Where more than
    /// [`NAMED_AT_MOST`] images do, these are some of the images only.
    pub needed_by: Arc<[String]>,
    /// How many further images need it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Of thousands of images on one base, nobody reads more, and a plan of thousands of steps names them in
/// each.
pub const NAMED_AT_MOST: usize = 8;

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
        for (ix, _) in graph.down_from(graph.top(image)) {
            if self.world.layer_holders(ix) > 0 {
                break;
            }
            if let Some(id) = graph.chain_id(ix) {
                self.report_deleted(id.as_str());
            }
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
            after: After(Some(Box::new(world))),
        }
    }
}

/// Layers of the removed images that something still needs, each once, top first.
fn kept_layers(world: &World, removed: &[ImageIx]) -> Vec<KeptLayer> {
    let graph = world.graph();
    let mut seen: HashSet<ChainIx> = HashSet::new();
    let mut kept: Vec<KeptLayer> = Vec::new();
    for image in removed {
        // As long as nobody else stands on the layer beneath, it is needed by the same.
        let mut above = None;
        for (ix, chain) in graph.down_from(graph.top(*image)) {
            if world.layer_holders(ix) == 0 || !seen.insert(ix) {
                continue;
            }
            let same = kept.last().filter(|_| above == Some(chain.images()));
            let (needed_by, more) = match same {
                Some(above) => (Arc::clone(&above.needed_by), above.more),
                None => needed_by(world, ix),
            };
            above = Some(chain.images());
            kept.push(KeptLayer { diff_id: chain.diff_id.clone(), bytes: chain.size, needed_by, more });
        }
    }
    kept
}

/// The images on a layer that are still there, and the containers of those that are not; how many further
/// images there are, where not all are named.
fn needed_by(world: &World, layer: ChainIx) -> (Arc<[String]>, u32) {
    let graph = world.graph();
    let images = world.images_on_layer(layer);
    let mut needed = Vec::new();
    if images as usize > NAMED_AT_MOST {
        let present = graph.images_on_from_last(layer).filter_map(|ix| world.image(ix));
        needed.extend(present.take(NAMED_AT_MOST).map(|image| image.id.to_string()));
    } else {
        for image in graph.images_on(layer) {
            if let Some(image) = world.image(image) {
                needed.push(image.id.to_string());
                continue;
            }
            let holders = world.users(image).filter(|(_, state)| state.holds_layers());
            needed.extend(holders.chain(world.mounted_by(image)).map(|(c, _)| c.id.to_string()));
        }
    }
    needed.sort_unstable();
    needed.dedup();
    let more = images.saturating_sub(u32::try_from(NAMED_AT_MOST).unwrap_or(u32::MAX));
    (needed.into(), more)
}
