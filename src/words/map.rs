//! What tiles and groups of the map say.

use super::names::image_name;
use super::{count, thousands, tr};
use crate::map::{Group, Place, TileKind, Tiles, What};
use crate::model::{Graph, ImageIx, Reference};
use crate::rules::Verdict;

pub fn place(place: &Place) -> String {
    match place {
        Place::Repository(repository) => repository.familiar().to_owned(),
        Place::Unnamed => tr!("map.unnamed").into_owned(),
        Place::Shared => tr!("map.shared").into_owned(),
    }
}

/// What a group's head is called.
pub fn group(group: &Group) -> String {
    let shared = matches!(group.place, Place::Shared);
    let key = if shared { "map.group_shared" } else { "map.group" };
    tr!(key, place = place(&group.place), bytes = group.bytes)
}

/// What an image is called on its tile, where the group says the repository already.
fn short_name(graph: &Graph, place: &Place, ix: ImageIx) -> String {
    let Some(image) = graph.image(ix) else { return String::new() };
    let tagged = image.references.iter().filter(|n| n.tag().is_some());
    let here = |n: &&Reference| matches!(place, Place::Repository(r) if r == n.repository());
    let mut own = tagged.clone().filter(here).filter_map(Reference::tag);
    if let Some(tag) = own.next() {
        let more = image.references.len() - 1;
        return if more == 0 { tag.to_owned() } else { format!("{tag} +{more}") };
    }
    match tagged.clone().next() {
        Some(name) => {
            let last = name.repository().path().rsplit('/').next().unwrap_or_default();
            format!("{last}{}", name.suffix())
        }
        None => image.id.short().to_owned(),
    }
}

/// The name of a tile, as short as it may be.
pub fn name(graph: &Graph, tiles: &Tiles, what: What) -> String {
    match what {
        What::Tile { group, tile } => {
            let Some(group) = tiles.groups.get(group) else { return String::new() };
            match group.tiles.get(tile).map(|t| t.kind) {
                Some(TileKind::Image(ix) | TileKind::Shared { named: Some(ix), .. }) => {
                    short_name(graph, &group.place, ix)
                }
                Some(TileKind::Shared { layers, .. }) => count("n.layers", layers as usize),
                None => String::new(),
            }
        }
        What::Smaller { group, from, .. } => {
            let all = tiles.groups.get(group).map_or(0, |g| g.tiles.len());
            count("map.smaller", all.saturating_sub(from))
        }
        What::SmallerGroups { groups, .. } => count("map.groups", groups),
    }
}

pub fn sentence(verdict: &dyn Fn(ImageIx) -> Verdict, graph: &Graph, tiles: &Tiles, what: What) -> String {
    match what {
        What::Tile { group, tile } => {
            let Some(found) = tiles.groups.get(group).and_then(|g| g.tiles.get(tile)) else {
                return String::new();
            };
            let called = |ix| graph.image(ix).map(|i| (i.id.short().to_owned(), image_name(graph, i)));
            match found.kind {
                TileKind::Image(ix) => {
                    let (id, name) = called(ix).unwrap_or_default();
                    let word = super::verdict(verdict(ix));
                    tr!("map.image", id = id, name = name, bytes = found.bytes, verdict = word)
                }
                TileKind::Shared { layers, images, named, .. } => {
                    let layers = count("n.layers", layers as usize);
                    let images = count("n.images", images as usize);
                    match named.and_then(called) {
                        Some((id, name)) => tr!(
                            "map.shared_named",
                            layers = layers,
                            id = id,
                            name = name,
                            bytes = found.bytes,
                            images = images
                        ),
                        None => {
                            tr!("map.shared_tile", layers = layers, bytes = found.bytes, images = images)
                        }
                    }
                }
            }
        }
        What::Smaller { group, bytes, .. } => {
            let place = tiles.groups.get(group).map(|g| place(&g.place)).unwrap_or_default();
            tr!("map.smaller_in", what = name(graph, tiles, what), place = place, bytes = bytes)
        }
        What::SmallerGroups { bytes, tiles: inside, .. } => {
            tr!("map.groups_with", what = name(graph, tiles, what), tiles = thousands(inside), bytes = bytes)
        }
    }
}
