//! The map without pixels: every byte once, nothing unknown drawn.

#![cfg(test)]

use std::sync::Arc;

use unmoor::engine::sample::Sample;
use unmoor::map::{Place, Tile, TileKind, Tiles};
use unmoor::model::{Bytes, ChainIx, Graph, ImageIx, Inventory, Layers};

fn graph(inventory: Inventory) -> Graph {
    Graph::new(Arc::new(inventory))
}

fn sample() -> Inventory {
    Sample::new(1_700_000_000).inventory()
}

fn find(graph: &Graph, short: &str) -> ImageIx {
    let position = graph.images().iter().position(|i| i.id.short() == short).unwrap();
    ImageIx(u32::try_from(position).unwrap())
}

fn all(tiles: &Tiles) -> impl Iterator<Item = (&Place, Tile)> {
    tiles.groups.iter().flat_map(|g| g.tiles.iter().map(move |t| (&g.place, *t)))
}

/// The bytes of every layer, each once.
fn on_disk(graph: &Graph) -> u64 {
    (0..).map(ChainIx).map_while(|ix| graph.chain(ix)).filter_map(|c| c.size).map(|b| b.0).sum()
}

#[test]
fn every_byte_is_there_once() {
    let graph = graph(sample());
    let tiles = Tiles::of(&graph);
    assert_eq!(all(&tiles).map(|(_, t)| t.bytes.0).sum::<u64>(), on_disk(&graph));
    for group in &tiles.groups {
        assert_eq!(group.bytes, group.tiles.iter().map(|t| t.bytes).sum());
        assert!(group.tiles.is_sorted_by(|a, b| a.bytes >= b.bytes));
        assert!(group.tiles.iter().all(|t| t.bytes.0 > 0));
    }
    assert!(tiles.groups.is_sorted_by(|a, b| a.bytes >= b.bytes));
}

#[test]
fn an_image_has_what_it_alone_needs_and_the_base_stands_once() {
    let graph = graph(sample());
    let tiles = Tiles::of(&graph);
    let of = |short| {
        let ix = find(&graph, short);
        all(&tiles).find(|(_, t)| t.kind == TileKind::Image(ix)).map(|(_, t)| t.bytes)
    };
    assert_eq!(of("e9d3f7300f03"), Some(Bytes(2_924_160 + 240_768)));
    assert_eq!(of("a81f6b0e9c35"), Some(Bytes(1_094_713_344)));
    // The base of the builds has no byte of its own, and names the tile of what is shared.
    assert_eq!(of("0b2a6a13ee88"), None);
    let debian = find(&graph, "0b2a6a13ee88");
    assert!(tiles.without_own.contains(&debian));
    let mut shared = Vec::new();
    for (place, tile) in all(&tiles) {
        if let TileKind::Shared { layers, images, named, .. } = tile.kind {
            shared.push((place.clone(), tile.bytes, layers, images, named));
        }
    }
    let step = find(&graph, "5d1cb9eeb302");
    assert_eq!(
        shared,
        [
            (Place::Shared, Bytes(187_432_960), 1, 3, Some(step)),
            (Place::Shared, Bytes(121_635_072), 4, 2, None),
            (Place::Shared, Bytes(116_490_240), 2, 4, Some(debian)),
        ]
    );
}

#[test]
fn what_one_repository_alone_shares_stands_with_it() {
    let mut inventory = sample();
    let images = inventory.images.seen_mut();
    // Both images of the case under one repository.
    let ubuntu = images.iter().find(|i| i.id.short() == "966495178565").unwrap().references.clone();
    let origin = images.iter_mut().find(|i| i.id.short() == "e9d3f7300f03").unwrap();
    Arc::make_mut(origin).references.retain(|n| n.repository() == ubuntu[0].repository());
    let graph = graph(inventory);
    let tiles = Tiles::of(&graph);
    let four = all(&tiles).find(|(_, t)| matches!(t.kind, TileKind::Shared { layers: 4, .. })).unwrap();
    assert_eq!(*four.0, Place::Repository(ubuntu[0].repository().clone()));
}

#[test]
fn unknown_sizes_are_listed_and_not_drawn() {
    let mut inventory = sample();
    let node = inventory.images.seen_mut().iter_mut().find(|i| i.id.short() == "a81f6b0e9c35").unwrap();
    Arc::make_mut(node).layers = Layers::NotRead;
    let graph = graph(inventory);
    let tiles = Tiles::of(&graph);
    assert_eq!(tiles.unknown, [find(&graph, "a81f6b0e9c35")]);
    assert!(all(&tiles).all(|(_, t)| t.kind != TileKind::Image(find(&graph, "a81f6b0e9c35"))));
}

#[test]
fn an_empty_engine_has_no_tiles() {
    let mut inventory = sample();
    inventory.images.seen_mut().clear();
    assert_eq!(Tiles::of(&graph(inventory)), Tiles::default());
}
