//! Who holds whom in one inventory: built once per observation, then only read.
//!
//! Nodes are the inventory's own rows, addressed by index, so that a lookup costs no copy. Layers form
//! a trie: two images share a layer only if they share everything beneath it, which is how engines
//! store them (chain IDs).

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _};

use super::container::Container;
use super::id::{ContainerId, ImageId};
use super::image::Image;
use super::inventory::Inventory;
use super::reference::Reference;

mod layers;
mod same;

pub use layers::Chain;
pub use same::Same;

use layers::{Holders, Stack};

/// A row of [`Graph::images`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageIx(pub u32);

/// A row of [`Graph::containers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContainerIx(pub u32);

/// One layer at one place above its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChainIx(pub u32);

/// The relations of one inventory. What stands behind an `Arc` is shared with the graph of the inventory before,
/// where that says the same.
#[derive(Debug, PartialEq, Eq)]
pub struct Graph {
    inventory: Arc<Inventory>,
    places: Arc<Places>,
    by_name: Arc<HashMap<Reference, ImageIx>>,
    stack: Arc<Stack>,
    /// Of each layer.
    holders: Vec<Holders>,
    users: Vec<Vec<ContainerIx>>,
    mounted_by: Vec<Vec<ContainerIx>>,
    container_by_id: HashMap<ContainerId, ContainerIx>,
    containers_without_image: Vec<ContainerIx>,
    containers_with_unlisted_mounts: Vec<ContainerIx>,
}

/// Where each image stands.
#[derive(Debug, PartialEq, Eq)]
struct Places {
    by_id: HashMap<ImageId, ImageIx>,
    /// Indexes into the images, sorted by ID.
    sorted: Vec<ImageIx>,
    children: HashMap<ImageId, Vec<ImageIx>>,
}

impl Places {
    fn of(images: &[Arc<Image>]) -> Self {
        let all = || (0..).map(ImageIx).zip(images);
        let mut children: HashMap<_, Vec<_>> = HashMap::new();
        for (ix, image) in all() {
            if let Some(parent) = &image.parent {
                children.entry(parent.clone()).or_default().push(ix);
            }
        }
        let mut sorted: Vec<_> = all().map(|(ix, _)| ix).collect();
        sorted.sort_by_key(|ix| images.get(ix.0 as usize).map(|image| &image.id));
        Self { by_id: all().map(|(ix, image)| (image.id.clone(), ix)).collect(), sorted, children }
    }
}

fn index(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

impl Graph {
    /// Works out every relation; linear in the inventory, so not for the window's thread.
    pub fn new(inventory: Arc<Inventory>) -> Self {
        Self::after(inventory, None)
    }

    /// The same, taking over from the graph before what has not changed since.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "it is kept; the methods that go on from there need it beside `self`"
    )]
    pub fn after(inventory: Arc<Inventory>, before: Option<&Self>) -> Self {
        let same = before.map(|before| Same::between(&before.inventory, &inventory)).unwrap_or_default();
        let images = inventory.images.seen();
        let count = images.len();
        let names = || {
            let mut by_name = HashMap::with_capacity(images.iter().map(|image| image.references.len()).sum());
            for (ix, image) in (0..).map(ImageIx).zip(images) {
                by_name.extend(image.references.iter().map(|name| (name.clone(), ix)));
            }
            Arc::new(by_name)
        };
        let of = |is_same| before.filter(|_| is_same);
        let stack = of(same.layers).map_or_else(|| Arc::new(Stack::of(&inventory)), |g| Arc::clone(&g.stack));
        let mut graph = Self {
            places: of(same.places).map_or_else(|| Arc::new(Places::of(images)), |g| Arc::clone(&g.places)),
            by_name: of(same.names).map_or_else(names, |g| Arc::clone(&g.by_name)),
            holders: vec![Holders::default(); stack.chains.len()],
            stack,
            users: vec![Vec::new(); count],
            mounted_by: vec![Vec::new(); count],
            container_by_id: HashMap::new(),
            containers_without_image: Vec::new(),
            containers_with_unlisted_mounts: Vec::new(),
            inventory: Arc::clone(&inventory),
        };
        graph.hold_by_images();
        graph.link_containers(&inventory);
        graph.find_sure_holders();
        graph
    }
    fn link_containers(&mut self, inventory: &Inventory) {
        for (position, container) in inventory.containers.seen().iter().enumerate() {
            let ix = ContainerIx(index(position));
            self.container_by_id.insert(container.id.clone(), ix);
            let image = self.find_image(&container.image);
            match image {
                Some(image) => {
                    if let Some(users) = self.users.get_mut(image.0 as usize) {
                        users.push(ix);
                    }
                }
                None => self.containers_without_image.push(ix),
            }
            let mounted: Vec<_> =
                container.image_mounts.iter().filter_map(|m| self.find_image(m.image.as_ref()?)).collect();
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

    /// What is as it was in the graph before.
    pub fn same(&self, before: &Self) -> Same {
        Same::between(&before.inventory, &self.inventory)
    }

    pub fn inventory(&self) -> &Arc<Inventory> {
        &self.inventory
    }

    pub fn images(&self) -> &[Arc<Image>] {
        self.inventory.images.seen()
    }

    pub fn containers(&self) -> &[Container] {
        self.inventory.containers.seen()
    }

    pub fn image(&self, ix: ImageIx) -> Option<&Image> {
        self.images().get(ix.0 as usize).map(Arc::as_ref)
    }

    pub fn container(&self, ix: ContainerIx) -> Option<&Container> {
        self.containers().get(ix.0 as usize)
    }

    pub fn find_image(&self, id: &ImageId) -> Option<ImageIx> {
        self.places.by_id.get(id).copied()
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
        let start = self.places.sorted.partition_point(|ix| id_of(ix) < hex);
        self.places.sorted.iter().skip(start).take_while(move |ix| id_of(ix).starts_with(hex)).copied()
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
        self.places.children.get(id).map_or(&[], Vec::as_slice)
    }

    /// Images whose layers could not be read: they may share a layer with any other.
    pub fn images_with_unread_layers(&self) -> &[ImageIx] {
        &self.stack.unread
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
