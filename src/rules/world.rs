//! An inventory with changes on top: what the engine's state is after some steps.
//!
//! The graph underneath is shared and never copied, and the maps on top share what is the same in the world
//! they were copied from: a plan of ten thousand steps looks at as many worlds.

use std::sync::Arc;

use rpds::HashTrieMapSync;

use super::policy::Protection;
use crate::model::{
    Chain, ChainIx, Container, ContainerId, ContainerIx, ContainerState, DiffId, EngineInfo, Graph, Image,
    ImageId, ImageIx, Reference,
};

/// One thing that became different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A name no longer points at the image.
    ReferenceRemoved(ImageId, Reference),
    /// A name points at the image now, and no longer at any other.
    ReferenceAdded(ImageId, Reference),
    ImageRemoved(ImageId),
    ContainerStopped(ContainerId),
    ContainerRemoved(ContainerId),
}

/// The state of an engine, as far as removals depend on it.
#[derive(Debug, Clone)]
pub struct World {
    graph: Arc<Graph>,
    /// What no plan may touch.
    protection: Arc<Protection>,
    /// Names of images that differ from the graph's; `None`: the image is gone.
    images: HashTrieMapSync<ImageIx, Option<Vec<Reference>>>,
    names: HashTrieMapSync<Reference, Option<ImageIx>>,
    /// `None`: the container is gone.
    containers: HashTrieMapSync<ContainerIx, Option<ContainerState>>,
    released: HashTrieMapSync<ChainIx, Released>,
    /// By how many images fewer a layer is used than in the graph.
    layers_lost: HashTrieMapSync<DiffId, u32>,
}

/// By how many fewer a layer is held than in the graph.
#[derive(Debug, Clone, Copy, Default)]
struct Released {
    holders: u32,
    sure_holders: u32,
    images: u32,
}

/// What lets go of layers.
#[derive(Clone, Copy)]
enum Holder {
    Image(ImageIx),
    Container,
}

impl World {
    /// The state exactly as observed.
    pub fn new(graph: Arc<Graph>) -> Self {
        Self {
            graph,
            protection: Arc::default(),
            images: HashTrieMapSync::new_sync(),
            names: HashTrieMapSync::new_sync(),
            containers: HashTrieMapSync::new_sync(),
            released: HashTrieMapSync::new_sync(),
            layers_lost: HashTrieMapSync::new_sync(),
        }
    }

    /// The same, with what a person wants kept.
    #[must_use]
    pub fn protecting(mut self, protection: Arc<Protection>) -> Self {
        self.protection = protection;
        self
    }

    pub fn protection(&self) -> &Protection {
        &self.protection
    }

    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    pub fn engine(&self) -> &EngineInfo {
        &self.graph.inventory().engine
    }

    /// Why the listing underneath is not complete, if it is not.
    pub fn incomplete_because(&self) -> Option<&str> {
        self.graph.inventory().incomplete_because()
    }

    /// The image, unless it is gone. Its `references` are those observed: use [`Self::references`].
    pub fn image(&self, ix: ImageIx) -> Option<&Image> {
        match self.images.get(&ix) {
            Some(None) => None,
            Some(Some(_)) | None => self.graph.image(ix),
        }
    }

    pub fn find_image(&self, id: &ImageId) -> Option<ImageIx> {
        self.graph.find_image(id).filter(|ix| self.image(*ix).is_some())
    }

    pub fn find_name(&self, name: &Reference) -> Option<ImageIx> {
        match self.names.get(name) {
            Some(now) => *now,
            None => self.graph.find_name(name),
        }
    }

    /// The images whose ID begins with these hex digits.
    pub fn images_with_prefix(&self, hex: &str) -> Vec<ImageIx> {
        self.graph.images_with_prefix(hex).filter(|ix| self.image(*ix).is_some()).collect()
    }

    /// The names stored for an image, sorted; empty if it is gone.
    pub fn references(&self, ix: ImageIx) -> &[Reference] {
        match self.images.get(&ix) {
            Some(Some(names)) => names,
            Some(None) => &[],
            None => self.graph.image(ix).map_or(&[], |i| &i.references),
        }
    }

    /// The container and its state now, unless it is gone.
    pub fn container(&self, ix: ContainerIx) -> Option<(&Container, ContainerState)> {
        let container = self.graph.container(ix)?;
        match self.containers.get(&ix) {
            Some(None) => None,
            Some(Some(state)) => Some((container, *state)),
            None => Some((container, container.state)),
        }
    }

    pub fn find_container(&self, id: &ContainerId) -> Option<ContainerIx> {
        self.graph.find_container(id).filter(|ix| self.container(*ix).is_some())
    }

    fn present(&self, all: &[ContainerIx]) -> impl Iterator<Item = (&Container, ContainerState)> {
        all.iter().filter_map(|ix| self.container(*ix))
    }

    /// The containers created from an image, in the inventory's order.
    pub fn users(&self, ix: ImageIx) -> impl Iterator<Item = (&Container, ContainerState)> {
        self.present(self.graph.users(ix))
    }

    /// The containers that have an image mounted.
    pub fn mounted_by(&self, ix: ImageIx) -> impl Iterator<Item = (&Container, ContainerState)> {
        self.present(self.graph.mounted_by(ix))
    }

    /// The images built on this one.
    pub fn children(&self, id: &ImageId) -> impl Iterator<Item = ImageIx> {
        self.graph.children(id).iter().copied().filter(|ix| self.image(*ix).is_some())
    }

    /// How many images and containers still need a layer or one above it.
    pub fn layer_holders(&self, ix: ChainIx) -> u32 {
        self.graph.layer_holders(ix).saturating_sub(self.released(ix).holders)
    }

    /// How many of them keep it for certain; see [`Graph::surely_holds`].
    pub fn sure_layer_holders(&self, ix: ChainIx) -> u32 {
        self.graph.sure_layer_holders(ix).saturating_sub(self.released(ix).sure_holders)
    }

    /// How many images still stand on a layer.
    pub fn images_on_layer(&self, ix: ChainIx) -> u32 {
        self.graph.chain(ix).map_or(0, Chain::images).saturating_sub(self.released(ix).images)
    }

    fn released(&self, ix: ChainIx) -> Released {
        self.released.get(&ix).copied().unwrap_or_default()
    }

    /// How many images have a layer, wherever above their base; see [`Graph::images_with_layer`].
    pub fn images_with_layer(&self, layer: &DiffId) -> u32 {
        let lost = self.layers_lost.get(layer).copied().unwrap_or(0);
        self.graph.images_with_layer(layer).saturating_sub(lost)
    }

    /// Makes a change. One that names nothing present changes nothing.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::ReferenceRemoved(id, name) => {
                if let Some(ix) = self.find_image(id) {
                    self.set_names(ix, |names| names.retain(|n| n != name));
                    if self.find_name(name) == Some(ix) {
                        self.names.insert_mut(name.clone(), None);
                    }
                }
            }
            Change::ReferenceAdded(id, name) => {
                if let Some(ix) = self.find_image(id) {
                    if let Some(before) = self.find_name(name) {
                        self.set_names(before, |names| names.retain(|n| n != name));
                    }
                    self.set_names(ix, |names| {
                        names.push(name.clone());
                        names.sort();
                    });
                    self.names.insert_mut(name.clone(), Some(ix));
                }
            }
            Change::ImageRemoved(id) => {
                if let Some(ix) = self.find_image(id) {
                    for name in self.references(ix).to_vec() {
                        self.names.insert_mut(name, None);
                    }
                    self.images.insert_mut(ix, None);
                    self.release(self.graph.top(ix), Holder::Image(ix));
                    for layer in self.graph.distinct_layers(ix) {
                        let lost = self.layers_lost.get(layer).copied().unwrap_or_default();
                        self.layers_lost.insert_mut(layer.clone(), lost + 1);
                    }
                }
            }
            Change::ContainerStopped(id) => {
                if let Some(ix) = self.find_container(id) {
                    self.containers.insert_mut(ix, Some(ContainerState::Exited));
                }
            }
            Change::ContainerRemoved(id) => {
                if let Some(ix) = self.find_container(id) {
                    self.release_container(ix);
                    self.containers.insert_mut(ix, None);
                }
            }
        }
    }

    /// A container was started again, which no removal does.
    pub fn start_container(&mut self, ix: ContainerIx) {
        if self.container(ix).is_some() {
            self.containers.insert_mut(ix, Some(ContainerState::Running));
        }
    }

    fn set_names(&mut self, ix: ImageIx, edit: impl FnOnce(&mut Vec<Reference>)) {
        let mut names = self.references(ix).to_vec();
        edit(&mut names);
        self.images.insert_mut(ix, Some(names));
    }

    fn release(&mut self, top: Option<ChainIx>, holder: Holder) {
        let (held, surely, image) = match holder {
            Holder::Image(ix) => (self.graph.holds_layers(ix), self.graph.surely_holds(ix), true),
            Holder::Container => (true, true, false),
        };
        for (ix, _) in self.graph.down_from(top) {
            let mut released = self.released.get(&ix).copied().unwrap_or_default();
            released.holders += u32::from(held);
            released.sure_holders += u32::from(held && surely);
            released.images += u32::from(image);
            self.released.insert_mut(ix, released);
        }
    }

    fn release_container(&mut self, ix: ContainerIx) {
        for top in self.graph.held_by(ix) {
            self.release(Some(top), Holder::Container);
        }
    }
}
