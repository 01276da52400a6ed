//! Who holds whom in one inventory: built once per observation, then only read.
//!
//! Nodes are the inventory's own rows, addressed by index, so that a lookup costs no copy. Layers form
//! a trie: two images share a layer only if they share everything beneath it, which is how engines
//! store them (chain IDs).

use std::collections::HashMap;
use std::sync::Arc;

use super::bytes::Bytes;
use super::container::Container;
use super::id::{ChainId, ContainerId, DiffId, ImageId};
use super::image::Image;
use super::inventory::{Inventory, StoreKind};
use super::reference::Reference;

/// A row of [`Graph::images`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageIx(pub u32);

/// A row of [`Graph::containers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContainerIx(pub u32);

/// One layer at one place above its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChainIx(pub u32);

/// A layer in the trie.
#[derive(Debug)]
pub struct Chain {
    pub id: ChainId,
    pub diff_id: DiffId,
    pub below: Option<ChainIx>,
    /// Unpacked bytes of this layer alone.
    pub size: Option<Bytes>,
    /// Unpacked bytes of this layer and everything beneath it.
    pub total: Option<Bytes>,
    above: Vec<ChainIx>,
    /// Images whose topmost layer this is.
    tops: Vec<ImageIx>,
    /// How many images and containers need this layer or one above it.
    holders: u32,
    images: u32,
}

impl Chain {
    /// How many images stand on this layer, containers not counted.
    pub fn images(&self) -> u32 {
        self.images
    }
}

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
    unread_layers: Vec<ImageIx>,
    containers_without_image: Vec<ContainerIx>,
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
        let mut graph = Self {
            by_id: HashMap::with_capacity(count),
            sorted: (0..index(count)).map(ImageIx).collect(),
            by_name: HashMap::new(),
            users: vec![Vec::new(); count],
            mounted_by: vec![Vec::new(); count],
            children: HashMap::new(),
            container_by_id: HashMap::new(),
            chains: Vec::new(),
            tops: vec![None; count],
            unread_layers: Vec::new(),
            containers_without_image: Vec::new(),
            inventory: Arc::clone(&inventory),
        };
        graph.link_images(&inventory);
        graph.stack_layers(&inventory);
        graph.link_containers(&inventory);
        graph.measure(&inventory);
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

    fn stack_layers(&mut self, inventory: &Inventory) {
        let mut known: HashMap<(Option<ChainIx>, DiffId), ChainIx> = HashMap::new();
        for (position, image) in inventory.images.seen().iter().enumerate() {
            let ix = ImageIx(index(position));
            let Some(layers) = image.layers.known() else {
                self.unread_layers.push(ix);
                continue;
            };
            let mut below = None;
            for layer in layers {
                let chain = *known.entry((below, layer.diff_id.clone())).or_insert_with(|| {
                    let new = ChainIx(index(self.chains.len()));
                    let beneath = below.and_then(|b: ChainIx| self.chains.get_mut(b.0 as usize));
                    let id = ChainId::stack(beneath.as_ref().map(|c| &c.id), &layer.diff_id);
                    if let Some(beneath) = beneath {
                        beneath.above.push(new);
                    }
                    self.chains.push(Chain {
                        id,
                        diff_id: layer.diff_id.clone(),
                        below,
                        size: None,
                        total: None,
                        above: Vec::new(),
                        tops: Vec::new(),
                        holders: 0,
                        images: 0,
                    });
                    new
                });
                if let Some(chain) = self.chains.get_mut(chain.0 as usize) {
                    chain.size = chain.size.or(layer.size);
                    chain.images += 1;
                }
                below = Some(chain);
            }
            if let Some(slot) = self.tops.get_mut(position) {
                *slot = below;
            }
            if let Some(top) = below {
                if let Some(chain) = self.chains.get_mut(top.0 as usize) {
                    chain.tops.push(ix);
                }
                self.hold(top);
            }
        }
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
            for image in &mounted {
                if let Some(mounts) = self.mounted_by.get_mut(image.0 as usize) {
                    mounts.push(ix);
                }
            }
            let own = image.filter(|_| container.state.holds_layers());
            for image in own.into_iter().chain(mounted) {
                if let Some(top) = self.top(image) {
                    self.hold(top);
                }
            }
        }
    }

    fn hold(&mut self, top: ChainIx) {
        let mut next = Some(top);
        while let Some(chain) = next.and_then(|ix| self.chains.get_mut(ix.0 as usize)) {
            chain.holders += 1;
            next = chain.below;
        }
    }

    /// Sums from what is known: an image's size is the total of its top layer, and a total less the
    /// layer's own size is the total beneath. On the containerd store the size counts compressed
    /// content too, so there only the layers' own sizes serve.
    fn measure(&mut self, inventory: &Inventory) {
        if inventory.engine.store != StoreKind::Containerd {
            for (position, image) in inventory.images.seen().iter().enumerate() {
                let top = self.tops.get(position).copied().flatten();
                if let Some(chain) = top.and_then(|ix| self.chains.get_mut(ix.0 as usize)) {
                    chain.total = chain.total.or(image.size);
                }
            }
        }
        // A chain is always made after the one beneath it: from the end, everything above is settled.
        for position in (0..self.chains.len()).rev() {
            let Some(chain) = self.chains.get(position) else { continue };
            let below = chain.total.zip(chain.size).and_then(|(total, size)| total.minus(size));
            let below_ix = chain.below;
            if let Some(beneath) = below_ix.and_then(|ix| self.chains.get_mut(ix.0 as usize)) {
                beneath.total = beneath.total.or(below);
            }
        }
        for position in 0..self.chains.len() {
            let Some(chain) = self.chains.get(position) else { continue };
            let below = match chain.below {
                None => Some(Bytes(0)),
                Some(ix) => self.chain(ix).and_then(|c| c.total),
            };
            if let Some(chain) = self.chains.get_mut(position) {
                chain.total = chain.total.or_else(|| Some(below? + chain.size?));
                chain.size = chain.size.or_else(|| chain.total?.minus(below?));
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

    pub fn chain(&self, ix: ChainIx) -> Option<&Chain> {
        self.chains.get(ix.0 as usize)
    }

    /// An image's topmost layer; `None` if it has none or they are not known.
    pub fn top(&self, ix: ImageIx) -> Option<ChainIx> {
        self.tops.get(ix.0 as usize).copied().flatten()
    }

    /// A layer and all beneath it, top first.
    pub fn down_from(&self, top: Option<ChainIx>) -> impl Iterator<Item = (ChainIx, &Chain)> + '_ {
        let mut next = top;
        std::iter::from_fn(move || {
            let ix = next?;
            let chain = self.chain(ix)?;
            next = chain.below;
            Some((ix, chain))
        })
    }

    /// How many images and containers need a layer or one above it.
    pub fn layer_holders(&self, ix: ChainIx) -> u32 {
        self.chain(ix).map_or(0, |c| c.holders)
    }

    /// The images whose topmost layer this is.
    pub fn images_topped_by(&self, ix: ChainIx) -> &[ImageIx] {
        self.chain(ix).map_or(&[], |c| &c.tops)
    }

    /// The images that stand on a layer, in the inventory's order.
    pub fn images_on(&self, ix: ChainIx) -> Vec<ImageIx> {
        let mut found = Vec::new();
        let mut open = vec![ix];
        while let Some(chain) = open.pop().and_then(|ix| self.chain(ix)) {
            found.extend_from_slice(&chain.tops);
            open.extend_from_slice(&chain.above);
        }
        found.sort_unstable();
        found
    }

    /// Images whose layers could not be read: they may share a layer with any other.
    pub fn images_with_unread_layers(&self) -> &[ImageIx] {
        &self.unread_layers
    }

    /// Containers whose image is not listed any more: the layers they hold are not known.
    pub fn containers_without_image(&self) -> &[ContainerIx] {
        &self.containers_without_image
    }
}
