//! The layers of all images as a trie, and who keeps which of them.

use std::collections::{BTreeSet, BinaryHeap};
use std::sync::OnceLock;

use foldhash::{HashMap, HashMapExt as _};

use super::{ChainIx, ContainerIx, Graph, ImageIx, index};
use crate::model::bytes::Bytes;
use crate::model::id::{ChainId, DiffId};
use crate::model::image::Image;
use crate::model::inventory::{Inventory, StoreKind};

/// A layer in the trie.
#[derive(Debug, PartialEq, Eq)]
pub struct Chain {
    /// See [`Graph::chain_id`].
    id: OnceLock<ChainId>,
    pub diff_id: DiffId,
    pub below: Option<ChainIx>,
    /// Unpacked bytes of this layer alone.
    pub size: Option<Bytes>,
    /// Unpacked bytes of this layer and everything beneath it.
    pub total: Option<Bytes>,
    /// By their last image, which comes last.
    above: Vec<ChainIx>,
    /// Images whose topmost layer this is, in the inventory's order.
    tops: Vec<ImageIx>,
    /// Of the images that stand on this layer, the one that the inventory has last.
    last: Option<ImageIx>,
    images: u32,
}

/// The layers of all images, as far as the images alone tell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Stack {
    pub chains: Vec<Chain>,
    /// Of each image.
    tops: Vec<Option<ChainIx>>,
    /// Images whose layers are not known.
    pub unread: Vec<ImageIx>,
    /// Only on the containerd store, which keeps a compressed layer once, wherever it stands in an image.
    users: HashMap<DiffId, u32>,
    other_platforms: bool,
}

/// How many images and containers need a layer or one above it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Holders {
    all: u32,
    sure: u32,
}

impl Chain {
    /// How many images stand on this layer, containers not counted.
    pub fn images(&self) -> u32 {
        self.images
    }
}

/// What is left to look at of a layer and all above it; the one with the last image is the greatest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Branch {
    last: ImageIx,
    ix: ChainIx,
    /// How many of the chain's own images are left, from the first.
    tops: usize,
    /// How many of the layers right above it are left, from the first.
    above: usize,
}

impl Branch {
    /// With its last image found anew; `None` if nothing is left.
    fn with_last(self, chain: &Chain, last_of: impl Fn(ChainIx) -> Option<ImageIx>) -> Option<Self> {
        let top = self.tops.checked_sub(1).and_then(|at| chain.tops.get(at).copied());
        let above = self.above.checked_sub(1).and_then(|at| last_of(*chain.above.get(at)?));
        Some(Self { last: top.max(above)?, ..self })
    }
}

impl Stack {
    pub fn of(inventory: &Inventory) -> Self {
        let mut stack = Self::default();
        stack.pile_up(inventory);
        stack.measure(inventory);
        stack.count_users(inventory);
        stack
    }

    fn chain(&self, ix: ChainIx) -> Option<&Chain> {
        self.chains.get(ix.0 as usize)
    }

    fn pile_up(&mut self, inventory: &Inventory) {
        self.tops = vec![None; inventory.images.seen().len()];
        let mut known: HashMap<(Option<ChainIx>, &DiffId), ChainIx> = HashMap::new();
        for (position, image) in inventory.images.seen().iter().enumerate() {
            let ix = ImageIx(index(position));
            let Some(layers) = image.layers.known() else {
                self.unread.push(ix);
                continue;
            };
            let mut below = None;
            for layer in layers {
                let chain = *known.entry((below, &layer.diff_id)).or_insert_with(|| {
                    let new = ChainIx(index(self.chains.len()));
                    let beneath = below.and_then(|b: ChainIx| self.chains.get_mut(b.0 as usize));
                    if let Some(beneath) = beneath {
                        beneath.above.push(new);
                    }
                    self.chains.push(Chain {
                        id: OnceLock::new(),
                        diff_id: layer.diff_id.clone(),
                        below,
                        size: None,
                        total: None,
                        above: Vec::new(),
                        tops: Vec::new(),
                        last: None,
                        images: 0,
                    });
                    new
                });
                if let Some(chain) = self.chains.get_mut(chain.0 as usize) {
                    chain.size = chain.size.or(layer.size);
                    chain.images += 1;
                    chain.last = Some(ix);
                }
                below = Some(chain);
            }
            if let Some(slot) = self.tops.get_mut(position) {
                *slot = below;
            }
            if let Some(chain) = below.and_then(|top| self.chains.get_mut(top.0 as usize)) {
                chain.tops.push(ix);
            }
        }
        for position in 0..self.chains.len() {
            let slot = self.chains.get_mut(position).map(|chain| &mut chain.above);
            let mut above = slot.map(std::mem::take).unwrap_or_default();
            above.sort_by_key(|ix| self.chain(*ix).and_then(|chain| chain.last));
            if let Some(chain) = self.chains.get_mut(position) {
                chain.above = above;
            }
        }
    }

    fn count_users(&mut self, inventory: &Inventory) {
        if inventory.engine.store != StoreKind::Containerd {
            return;
        }
        for image in inventory.images.seen() {
            for layer in distinct(image) {
                *self.users.entry(layer.clone()).or_default() += 1;
            }
            self.other_platforms |= image.parts.is_some_and(|parts| parts.platforms > 1);
        }
    }

    /// Sums from what is known: what an image's layers take is the total of its top layer, and a total
    /// less the layer's own size is the total beneath.
    fn measure(&mut self, inventory: &Inventory) {
        for (position, image) in inventory.images.seen().iter().enumerate() {
            let top = self.tops.get(position).copied().flatten();
            if let Some(chain) = top.and_then(|ix| self.chains.get_mut(ix.0 as usize)) {
                chain.total = chain.total.or_else(|| image.unpacked(inventory.engine.store));
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
}

/// An image's layers, each once.
fn distinct(image: &Image) -> BTreeSet<&DiffId> {
    image.layers.known().unwrap_or_default().iter().map(|layer| &layer.diff_id).collect()
}

impl Graph {
    pub(super) fn hold_by_images(&mut self) {
        for ix in (0..index(self.images().len())).map(ImageIx) {
            if let Some(top) = self.top(ix).filter(|_| self.holds_layers(ix)) {
                self.hold(top);
            }
        }
    }

    pub(super) fn hold(&mut self, top: ChainIx) {
        self.count_down_from(top, |holders| holders.all += 1);
    }

    pub(super) fn find_sure_holders(&mut self) {
        let images = (0..index(self.images().len())).map(ImageIx);
        let mut sure: Vec<_> =
            images.filter(|ix| self.surely_holds(*ix)).filter_map(|ix| self.top(ix)).collect();
        for position in 0..index(self.containers().len()) {
            sure.extend(self.held_by(ContainerIx(position)));
        }
        for top in sure {
            self.count_down_from(top, |holders| holders.sure += 1);
        }
    }

    fn count_down_from(&mut self, top: ChainIx, count: impl Fn(&mut Holders)) {
        let mut next = Some(top);
        while let Some(ix) = next {
            self.holders.get_mut(ix.0 as usize).into_iter().for_each(&count);
            next = self.chain(ix).and_then(|chain| chain.below);
        }
    }

    pub fn chain(&self, ix: ChainIx) -> Option<&Chain> {
        self.stack.chain(ix)
    }

    /// What the engine calls a layer on what is beneath it. Worked out when it is asked for: it is needed of few, and
    /// takes longer than everything else about a layer.
    pub fn chain_id(&self, ix: ChainIx) -> Option<&ChainId> {
        let untold: Vec<_> =
            self.down_from(Some(ix)).map(|(_, chain)| chain).take_while(|c| c.id.get().is_none()).collect();
        let beneath = untold.last().and_then(|chain| self.chain(chain.below?));
        untold.into_iter().rev().fold(beneath.and_then(|chain| chain.id.get()), |below, chain| {
            Some(chain.id.get_or_init(|| ChainId::stack(below, &chain.diff_id)))
        });
        self.chain(ix)?.id.get()
    }

    /// How many layers there are, each counted once for what it stands on; [`ChainIx`] counts them.
    pub fn chain_count(&self) -> usize {
        self.stack.chains.len()
    }

    /// An image's topmost layer; `None` if it has none or they are not known.
    pub fn top(&self, ix: ImageIx) -> Option<ChainIx> {
        self.stack.tops.get(ix.0 as usize).copied().flatten()
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

    /// The bytes of a layer and of those beneath it, down to `base`, which does not count; all the way if
    /// it is `None`. A single size may be unknown where the sum of all beneath is known.
    pub fn bytes_above(&self, top: ChainIx, base: Option<ChainIx>) -> Option<Bytes> {
        let between = self.down_from(Some(top)).take_while(|(ix, _)| Some(*ix) != base);
        let each: Option<Bytes> = between.map(|(_, chain)| chain.size).sum();
        each.or_else(|| {
            let below = base.map_or(Some(Bytes(0)), |ix| self.chain(ix)?.total)?;
            self.chain(top)?.total?.minus(below)
        })
    }

    /// How many images and containers need a layer or one above it.
    pub fn layer_holders(&self, ix: ChainIx) -> u32 {
        self.holders.get(ix.0 as usize).map_or(0, |holders| holders.all)
    }

    /// How many of a layer's holders keep it for certain; see [`Self::surely_holds`].
    pub fn sure_layer_holders(&self, ix: ChainIx) -> u32 {
        self.holders.get(ix.0 as usize).map_or(0, |holders| holders.sure)
    }

    /// False for an image of the containerd store of which nothing is unpacked.
    pub fn holds_layers(&self, ix: ImageIx) -> bool {
        let parts = self.image(ix).and_then(|image| image.parts);
        parts.is_none_or(|parts| parts.unpacked.0 > 0)
    }

    /// Whether an image keeps its layers by itself. The containerd store marks an image as their keeper
    /// when it unpacks them; one that is loaded while another has them unpacked already is not marked,
    /// and loses them with that other one (moby `daemon/containerd/image_exporter.go`, seen on 28.5).
    /// No answer tells the mark; an image with whose layers nothing else stands must have it.
    pub fn surely_holds(&self, ix: ImageIx) -> bool {
        self.inventory.engine.store != StoreKind::Containerd
            || self.holds_layers(ix) && self.top(ix).is_some_and(|top| self.layer_holders(top) == 1)
    }

    /// The topmost layers that a container keeps: of the image it runs, and of those it has mounted, which
    /// Podman lets go all the same (seen on 5.8).
    pub fn held_by(&self, ix: ContainerIx) -> Vec<ChainIx> {
        let Some(container) = self.container(ix) else { return Vec::new() };
        let own = self.find_image(&container.image).filter(|_| container.state.holds_layers());
        let keeps = self.inventory().engine.store != StoreKind::Podman;
        let mounts = container.image_mounts.iter().filter(|_| keeps);
        let mounted = mounts.filter_map(|m| self.find_image(m.image.as_ref()?));
        own.into_iter().chain(mounted).filter_map(|image| self.top(image)).collect()
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

    /// The images that stand on a layer, from the last in the inventory's order to the first, found one by
    /// one: where thousands share a layer, finding all takes too long to name a few.
    pub fn images_on_from_last(&self, ix: ChainIx) -> impl Iterator<Item = ImageIx> + '_ {
        let whole = |ix| {
            let chain = self.chain(ix)?;
            Some(Branch { last: chain.last?, ix, tops: chain.tops.len(), above: chain.above.len() })
        };
        let mut open: BinaryHeap<Branch> = whole(ix).into_iter().collect();
        std::iter::from_fn(move || {
            loop {
                let branch = open.pop()?;
                let chain = self.chain(branch.ix)?;
                let top = branch.tops.checked_sub(1).and_then(|at| chain.tops.get(at).copied());
                let found = top == Some(branch.last);
                let left = if found {
                    Branch { tops: branch.tops - 1, ..branch }
                } else {
                    let at = branch.above.checked_sub(1)?;
                    open.extend(chain.above.get(at).copied().and_then(whole));
                    Branch { above: at, ..branch }
                };
                open.extend(left.with_last(chain, |ix| self.chain(ix)?.last));
                if found {
                    return top;
                }
            }
        })
    }

    /// How many images have a layer, wherever above their base. Zero for all on other stores than
    /// containerd's.
    pub fn images_with_layer(&self, layer: &DiffId) -> u32 {
        self.stack.users.get(layer).copied().unwrap_or(0)
    }

    /// An image's layers, each once, where [`Self::images_with_layer`] counts them.
    pub fn distinct_layers(&self, ix: ImageIx) -> BTreeSet<&DiffId> {
        let image = self.image(ix).filter(|_| self.inventory.engine.store == StoreKind::Containerd);
        image.map(distinct).unwrap_or_default()
    }

    pub fn has_layer(&self, ix: ImageIx, diff_id: &DiffId) -> bool {
        let layers = self.image(ix).and_then(|image| image.layers.known()).unwrap_or_default();
        layers.iter().any(|layer| layer.diff_id == *diff_id)
    }

    /// True if some image is present for several platforms, whose layers are known of one only.
    pub fn has_other_platforms(&self) -> bool {
        self.stack.other_platforms
    }
}
