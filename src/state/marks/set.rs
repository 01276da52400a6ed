//! Which images are marked, by their places in one listing: marking a hundred thousand of them is setting as many
//! bits.

use crate::model::{Graph, ImageIx};

#[derive(Debug, Default)]
pub struct ImageSet {
    bits: Vec<u64>,
    len: usize,
}

impl ImageSet {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn contains(&self, ix: ImageIx) -> bool {
        let (at, bit) = place(ix);
        self.bits.get(at).is_some_and(|bits| bits & bit != 0)
    }

    /// Returns whether that changed anything.
    pub fn set(&mut self, ix: ImageIx, marked: bool) -> bool {
        if self.contains(ix) == marked {
            return false;
        }
        let (at, bit) = place(ix);
        if at >= self.bits.len() {
            self.bits.resize(at + 1, 0);
        }
        if let Some(bits) = self.bits.get_mut(at) {
            *bits ^= bit;
            self.len = if marked { self.len + 1 } else { self.len - 1 };
        }
        true
    }

    /// In the listing's order.
    pub fn iter(&self) -> impl Iterator<Item = ImageIx> + '_ {
        (0_u32..).step_by(64).zip(&self.bits).filter(|(_, bits)| **bits != 0).flat_map(|(first, bits)| {
            (0..64_u32).filter(move |bit| bits & (1 << bit) != 0).map(move |bit| ImageIx(first + bit))
        })
    }

    /// The same images in a newer listing, as far as they are there.
    pub fn in_newer(&self, old: &Graph, new: &Graph) -> Self {
        let mut moved = Self::default();
        // Listings stand in the order of their IDs: one is most likely found as far on as the one before was.
        let mut shift = 0_i64;
        for ix in self.iter() {
            let Some(id) = old.image(ix).map(|image| &image.id) else { continue };
            let guess = u32::try_from(i64::from(ix.0) + shift).ok().map(ImageIx);
            let guess = guess.filter(|guess| new.image(*guess).is_some_and(|image| image.id == *id));
            if let Some(found) = guess.or_else(|| new.find_image(id)) {
                shift = i64::from(found.0) - i64::from(ix.0);
                moved.set(found, true);
            }
        }
        moved
    }
}

fn place(ix: ImageIx) -> (usize, u64) {
    (ix.0 as usize / 64, 1 << (ix.0 % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_was_set_in_order() {
        let mut set = ImageSet::default();
        for ix in [200, 0, 63, 64, 200] {
            set.set(ImageIx(ix), true);
        }
        assert_eq!(set.iter().map(|ix| ix.0).collect::<Vec<_>>(), [0, 63, 64, 200]);
        assert!(
            set.set(ImageIx(63), false) && !set.set(ImageIx(63), false) && !set.set(ImageIx(9_999), false)
        );
        assert_eq!((set.len(), set.contains(ImageIx(63)), set.contains(ImageIx(64))), (3, false, true));
    }
}
