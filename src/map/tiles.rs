//! What there is to draw: the bytes of each image that it shares with none, and the bytes of shared layers
//! once. What has no known size is listed, never drawn as nothing.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::model::{Bytes, ChainIx, Graph, Image, ImageIx, Repository};

/// Everything on the map, largest first.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tiles {
    pub groups: Vec<Group>,
    /// Images whose layers or sizes are not known.
    pub unknown: Vec<ImageIx>,
    /// Images that need no byte that no other needs: they are only seen in what they share.
    pub without_own: Vec<ImageIx>,
    /// Stacks of shared layers of unknown size.
    pub unknown_shared: usize,
}

/// What belongs together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub place: Place,
    pub bytes: Bytes,
    /// Largest first.
    pub tiles: Vec<Tile>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// Images by their first tag, or digest where they have no tag; and what only they share.
    Repository(Repository),
    Unnamed,
    /// Layers that images of several repositories need.
    Shared,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    pub kind: TileKind,
    /// More than none.
    pub bytes: Bytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TileKind {
    /// What this image alone needs.
    Image(ImageIx),
    /// Layers that the same images need; told by the topmost of them.
    Shared {
        top: ChainIx,
        layers: u32,
        images: u32,
        /// An image that is these layers and those beneath them, and no more.
        named: Option<ImageIx>,
    },
}

/// Whose layers they are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    One(usize),
    Several,
}

impl Tiles {
    /// Linear in images and layers.
    pub fn of(graph: &Graph) -> Self {
        let mut places: BTreeMap<Place, usize> = BTreeMap::new();
        let homes: Vec<Place> = graph.images().iter().map(|image| place_of(image)).collect();
        for place in &homes {
            let next = places.len();
            places.entry(place.clone()).or_insert(next);
        }
        let home: Vec<usize> = homes.iter().map(|place| places.get(place).copied().unwrap_or(0)).collect();
        let owners = owners(graph, &home);
        let mut found = Self::default();
        let mut groups: Vec<Vec<Tile>> = vec![Vec::new(); places.len()];
        let mut shared = Vec::new();
        let mut seen = vec![false; graph.chain_count()];
        for (ix, home) in (0..).map(ImageIx).zip(&home) {
            match found.own(graph, ix) {
                Some(Bytes(0)) => found.without_own.push(ix),
                Some(bytes) => {
                    if let Some(group) = groups.get_mut(*home) {
                        group.push(Tile { kind: TileKind::Image(ix), bytes });
                    }
                }
                None => {}
            }
            for (top, base, layers) in shared_runs(graph, ix) {
                match seen.get_mut(top.0 as usize) {
                    Some(seen) if !*seen => *seen = true,
                    // Whatever is beneath was met with it.
                    Some(_) | None => break,
                }
                let Some(tile) = found.shared(graph, top, base, layers) else { continue };
                match owners.get(top.0 as usize) {
                    Some(Some(Owner::One(group))) => groups.get_mut(*group).unwrap_or(&mut shared).push(tile),
                    Some(Some(Owner::Several) | None) | None => shared.push(tile),
                }
            }
        }
        let named =
            places.into_iter().filter_map(|(place, at)| Some((place, std::mem::take(groups.get_mut(at)?))));
        let mut all: Vec<(Place, Vec<Tile>)> = named.collect();
        all.push((Place::Shared, shared));
        found.groups = all.into_iter().filter_map(|(place, tiles)| Group::of(place, tiles)).collect();
        found.groups.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.place.cmp(&b.place)));
        found
    }

    /// The bytes that only this image needs; `None` if they are not known, which is noted.
    fn own(&mut self, graph: &Graph, ix: ImageIx) -> Option<Bytes> {
        let known = graph.image(ix).is_some_and(|i| i.layers.known().is_some());
        let bytes = match graph.top(ix) {
            _ if !known => None,
            None => Some(Bytes(0)),
            Some(top) if graph.chain(top).is_some_and(|c| c.images() > 1) => Some(Bytes(0)),
            Some(top) => {
                let base = graph.down_from(Some(top)).find(|(_, c)| c.images() > 1).map(|(ix, _)| ix);
                graph.bytes_above(top, base)
            }
        };
        if bytes.is_none() {
            self.unknown.push(ix);
        }
        bytes
    }

    fn shared(&mut self, graph: &Graph, top: ChainIx, base: Option<ChainIx>, layers: u32) -> Option<Tile> {
        let Some(bytes) = graph.bytes_above(top, base) else {
            self.unknown_shared += 1;
            return None;
        };
        let images = graph.chain(top)?.images();
        let named = graph.images_topped_by(top).first().copied();
        (bytes.0 > 0).then_some(Tile { kind: TileKind::Shared { top, layers, images, named }, bytes })
    }
}

impl Group {
    fn of(place: Place, mut tiles: Vec<Tile>) -> Option<Self> {
        tiles.sort_by_key(|tile| (Reverse(tile.bytes), tile.kind));
        let bytes = tiles.iter().map(|t| t.bytes).sum();
        (!tiles.is_empty()).then_some(Self { place, bytes, tiles })
    }
}

fn place_of(image: &Image) -> Place {
    let tagged = image.references.iter().find(|n| !n.is_digest_only());
    let name = tagged.or(image.references.first());
    name.map_or(Place::Unnamed, |n| Place::Repository(n.repository().clone()))
}

/// For every layer that several images need, whether images of one group alone do.
fn owners(graph: &Graph, home: &[usize]) -> Vec<Option<Owner>> {
    let mut owners = vec![None; graph.chain_count()];
    for (ix, home) in (0..).map(ImageIx).zip(home) {
        for (chain, _) in graph.down_from(graph.top(ix)).skip_while(|(_, c)| c.images() == 1) {
            let Some(owner) = owners.get_mut(chain.0 as usize) else { continue };
            let owner = owner.get_or_insert(Owner::One(*home));
            match owner {
                // Beneath it nothing can belong to one alone, and has been met.
                Owner::Several => break,
                Owner::One(known) if known == home => {}
                Owner::One(_) => *owner = Owner::Several,
            }
        }
    }
    owners
}

/// The shared layers of an image, as runs that the same images need: topmost layer, what the run stands on,
/// and how many layers it has.
fn shared_runs(graph: &Graph, ix: ImageIx) -> Vec<(ChainIx, Option<ChainIx>, u32)> {
    let mut runs: Vec<(ChainIx, Option<ChainIx>, u32)> = Vec::new();
    let mut needed = 0;
    for (chain, layer) in graph.down_from(graph.top(ix)).skip_while(|(_, c)| c.images() == 1) {
        match runs.last_mut() {
            Some(run) if needed == layer.images() => {
                run.1 = layer.below;
                run.2 += 1;
            }
            Some(_) | None => {
                needed = layer.images();
                runs.push((chain, layer.below, 1));
            }
        }
    }
    runs
}
