//! Who holds whom in one inventory: built once per observation, then only read.
//!
//! Nodes are the inventory's own rows, addressed by index, so that a lookup costs no copy. Layers form
//! a trie: two images share a layer only if they share everything beneath it, which is how engines
//! store them (chain IDs).

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _};

use super::container::Container;
use super::id::{ContainerId, DiffId, ImageId};
use super::image::Image;
use super::inventory::Inventory;
use super::reference::Reference;

mod layers;

pub use layers::Chain;

/// A row of [`Graph::images`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageIx(pub u32);

/// A row of [`Graph::containers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContainerIx(pub u32);

/// One layer at one place above its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChainIx(pub u32);

/// The relations of one inventory.
#[derive(Debug)]
pub struct Graph {
    inventory: Arc<Inventory>,
    by_id: HashMap<ImageId, ImageIx>,
    /// Indexes into the images, sorted by ID.
    sorted: Vec<ImageIx>,
    by_name: HashMap<Reference, ImageIx>,
    users: Vec<Vec<ContainerIx>>,
    mounted_by: Vec<Vec<ContainerIx>>,
    children: HashMap<ImageId, Vec<ImageIx>>,
    container_by_id: HashMap<ContainerId, ContainerIx>,
    chains: Vec<Chain>,
    tops: Vec<Option<ChainIx>>,
    /// Only on the containerd store, which keeps a compressed layer once, wherever it stands in an image.
    layer_users: HashMap<DiffId, u32>,
    other_platforms: bool,
    unread_layers: Vec<ImageIx>,
    containers_without_image: Vec<ContainerIx>,
    containers_with_unlisted_mounts: Vec<ContainerIx>,
}

fn index(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

impl Graph {
    /// Works out every relation; linear in the inventory, so not for the window's thread.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "it is kept; the methods that fill it need it beside `self`"
    )]
    pub fn new(inventory: Arc<Inventory>) -> Self {
        let count = inventory.images.seen().len();
        let names = inventory.images.seen().iter().map(|image| image.references.len()).sum();
        let mut graph = Self {
            by_id: HashMap::with_capacity(count),
            sorted: (0..index(count)).map(ImageIx).collect(),
            by_name: HashMap::with_capacity(names),
            users: vec![Vec::new(); count],
            mounted_by: vec![Vec::new(); count],
            children: HashMap::new(),
            container_by_id: HashMap::new(),
            chains: Vec::new(),
            tops: vec![None; count],
            layer_users: HashMap::new(),
            other_platforms: false,
            unread_layers: Vec::new(),
            containers_without_image: Vec::new(),
            containers_with_unlisted_mounts: Vec::new(),
            inventory: Arc::clone(&inventory),
        };
        graph.link_images(&inventory);
        graph.stack_layers(&inventory);
        graph.link_containers(&inventory);
        graph.measure(&inventory);
        graph.count_layer_users(&inventory);
        graph.find_sure_holders(&inventory);
        graph
    }

    fn link_images(&mut self, inventory: &Inventory) {
        let images = inventory.images.seen();
        for (position, image) in images.iter().enumerate() {
            let ix = ImageIx(index(position));
            self.by_id.insert(image.id.clone(), ix);
            for name in &image.references {
                self.by_name.insert(name.clone(), ix);
            }
            if let Some(parent) = &image.parent {
                self.children.entry(parent.clone()).or_default().push(ix);
            }
        }
        self.sorted.sort_by_key(|ix| images.get(ix.0 as usize).map(|i| &i.id));
    }

    fn link_containers(&mut self, inventory: &Inventory) {
        for (position, container) in inventory.containers.seen().iter().enumerate() {
            let ix = ContainerIx(index(position));
            self.container_by_id.insert(container.id.clone(), ix);
            let image = self.by_id.get(&container.image).copied();
            match image {
                Some(image) => {
                    if let Some(users) = self.users.get_mut(image.0 as usize) {
                        users.push(ix);
                    }
                }
                None => self.containers_without_image.push(ix),
            }
            let mounted: Vec<_> = container
                .image_mounts
                .iter()
                .filter_map(|m| self.by_id.get(m.image.as_ref()?).copied())
                .collect();
            if mounted.len() < container.image_mounts.len() {
                self.containers_with_unlisted_mounts.push(ix);
            }
            for image in &mounted {
                if let Some(mounts) = self.mounted_by.get_mut(image.0 as usize) {
                    mounts.push(ix);
                }
            }
            for top in self.held_by(ix) {
                self.hold(top);
            }
        }
    }

    pub fn inventory(&self) -> &Arc<Inventory> {
        &self.inventory
    }

    pub fn images(&self) -> &[Image] {
        self.inventory.images.seen()
    }

    pub fn containers(&self) -> &[Container] {
        self.inventory.containers.seen()
    }

    pub fn image(&self, ix: ImageIx) -> Option<&Image> {
        self.images().get(ix.0 as usize)
    }

    pub fn container(&self, ix: ContainerIx) -> Option<&Container> {
        self.containers().get(ix.0 as usize)
    }

    pub fn find_image(&self, id: &ImageId) -> Option<ImageIx> {
        self.by_id.get(id).copied()
    }

    pub fn find_name(&self, name: &Reference) -> Option<ImageIx> {
        self.by_name.get(name).copied()
    }

    pub fn find_container(&self, id: &ContainerId) -> Option<ContainerIx> {
        self.container_by_id.get(id).copied()
    }

    /// The images whose ID begins with these hex digits, in the order of their IDs.
    pub fn images_with_prefix<'a>(&'a self, hex: &'a str) -> impl Iterator<Item = ImageIx> + 'a {
        let id_of = |ix: &ImageIx| self.image(*ix).map_or("", |i| i.id.hex());
        let start = self.sorted.partition_point(|ix| id_of(ix) < hex);
        self.sorted.iter().skip(start).take_while(move |ix| id_of(ix).starts_with(hex)).copied()
    }

    /// The containers created from an image.
    pub fn users(&self, ix: ImageIx) -> &[ContainerIx] {
        self.users.get(ix.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// The containers that have an image mounted.
    pub fn mounted_by(&self, ix: ImageIx) -> &[ContainerIx] {
        self.mounted_by.get(ix.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// The images that name this one as their parent.
    pub fn children(&self, id: &ImageId) -> &[ImageIx] {
        self.children.get(id).map_or(&[], Vec::as_slice)
    }

    /// Images whose layers could not be read: they may share a layer with any other.
    pub fn images_with_unread_layers(&self) -> &[ImageIx] {
        &self.unread_layers
    }

    /// Containers whose image is not listed any more: the layers they hold are not known.
    pub fn containers_without_image(&self) -> &[ContainerIx] {
        &self.containers_without_image
    }

    /// Containers that have an image mounted which is not listed, or of which the engine does not say which
    /// it is.
    pub fn containers_with_unlisted_mounts(&self) -> &[ContainerIx] {
        &self.containers_with_unlisted_mounts
    }
}
