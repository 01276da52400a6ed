//! The layers of an inventory as the graph tells them.

#![cfg(test)]

use std::collections::BTreeSet;
use std::sync::Arc;

use unmoor::engine::sample::Sample;
use unmoor::model::{ChainIx, DiffId, Graph, Image, ImageId, ImageIx, Layer, Layers, Section};

/// Images on each other's layers in every way: each is a path of a few digits, so that layers and whole
/// paths are met again.
fn branching(count: u32) -> Graph {
    let mut inventory = Sample::new(0).inventory();
    let pattern = inventory.images.seen()[0].clone();
    let image = |at: u32| {
        let path = at.wrapping_mul(2_654_435_761) >> 8;
        let layers: Vec<Layer> = (0..=path % 4)
            .map(|step| Layer {
                diff_id: DiffId::parse(&format!("{:064x}", (path >> (2 * step)) % 3)).unwrap(),
                size: None,
                created_by: String::new(),
            })
            .collect();
        let id = ImageId::parse(&format!("{at:064x}")).unwrap();
        let (references, layers) = (Vec::new(), Layers::Known(layers.into()));
        Image { id, references, layers, ..Image::clone(&pattern) }
    };
    inventory.images = Section::Complete((0..count).map(image).map(Arc::new).collect());
    inventory.containers = Section::Complete(Vec::new());
    Graph::new(Arc::new(inventory))
}

#[test]
fn images_found_one_by_one_are_all_on_the_layer_and_the_last_come_first() {
    let graph = branching(300);
    let images = (0..300).map(ImageIx);
    let paths = images.flat_map(|ix| graph.down_from(graph.top(ix)).map(|(chain, _)| chain));
    let layers: BTreeSet<ChainIx> = paths.collect();
    assert!(layers.len() > 30, "they branch: {}", layers.len());
    for layer in layers {
        let mut all = graph.images_on(layer);
        assert_eq!(all.len(), graph.chain(layer).unwrap().images() as usize);
        all.reverse();
        assert_eq!(graph.images_on_from_last(layer).collect::<Vec<_>>(), all, "{layer:?}");
    }
}
