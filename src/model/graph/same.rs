//! What has not changed from one inventory to the next. What is worked out from that alone has not either.

use std::sync::Arc;

use crate::model::image::Image;
use crate::model::inventory::Inventory;

/// All `false` is always right: then everything is worked out anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Same {
    /// Which images there are, in which order, how old they are, and which was built on which.
    pub places: bool,
    /// What they consist of, and how large they are.
    pub layers: bool,
    /// Their names.
    pub names: bool,
}

impl Same {
    /// Images that both inventories share take no time to compare.
    pub fn between(before: &Inventory, now: &Inventory) -> Self {
        let (old, new) = (before.images.seen(), now.images.seen());
        // A list that is not complete, or of another engine, says something else by the same images.
        if old.len() != new.len()
            || before.engine != now.engine
            || before.images.is_complete() != now.images.is_complete()
        {
            return Self::default();
        }
        let all = Self { places: true, layers: true, names: true };
        let apart = old.iter().zip(new).filter(|(old, new)| !Arc::ptr_eq(old, new));
        apart.fold(all, |same, (old, new)| {
            let it = Self::of(old, new);
            Self {
                places: same.places && it.places,
                layers: same.layers && it.layers,
                names: same.names && it.names,
            }
        })
    }

    fn of(old: &Image, new: &Image) -> Self {
        Self {
            places: (&old.id, &old.parent, old.created) == (&new.id, &new.parent, new.created),
            layers: (&old.layers, old.size, old.parts) == (&new.layers, new.size, new.parts),
            names: old.references == new.references,
        }
    }
}
