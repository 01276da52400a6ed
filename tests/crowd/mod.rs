//! More images than a person marks one by one.

use std::sync::Arc;

use unmoor::engine::sample::Sample;
use unmoor::model::{Bytes, DiffId, Image, ImageId, Inventory, Layer, Layers, Reference};

/// The sample inventory with this many more images, all on the layers of one of its images.
pub fn crowded(count: usize) -> Inventory {
    let mut inventory = Sample::new(0).inventory();
    let images = inventory.images.seen_mut();
    let pattern = images.iter().find(|image| image.id.short() == "966495178565").unwrap().clone();
    let base = pattern.layers.known().unwrap().to_vec();
    for at in 0..count {
        let own = Layer {
            diff_id: DiffId::parse(&format!("{:064x}", 1_000 + at)).unwrap(),
            size: Some(Bytes(1_000)),
            created_by: String::new(),
        };
        // IDs on both sides of the others, so that none is always the first or the last.
        let id = format!("{:02x}{at:062x}", at.wrapping_mul(97) % 256);
        images.push(Arc::new(Image {
            id: ImageId::parse(&id).unwrap(),
            references: vec![Reference::parse(&format!("crowd.example/app:{at}")).unwrap()],
            size: pattern.size.map(|size| size + Bytes(1_000)),
            layers: Layers::Known(base.iter().cloned().chain([own]).collect()),
            ..Image::clone(&pattern)
        }));
    }
    images.sort_by(|a, b| a.id.cmp(&b.id));
    inventory
}
