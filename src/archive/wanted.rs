//! What a removal is to save first, and whether there is room for it.

use std::collections::{HashMap, HashSet};

use super::{ArchiveId, Limits};
use crate::model::{Bytes, DiffId, Graph, ImageId, Layers, Reference};
use crate::plan::{Expected, RemovalPlan};

/// One image to be saved, with what its names will not tell any more once it is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub id: ImageId,
    /// Tags, as far as the engine stores them.
    pub names: Vec<Reference>,
    /// Digest references, stored or only shown.
    pub digests: Vec<Reference>,
    pub size: Option<Bytes>,
}

/// An archive to be made before the first step of a removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub images: Vec<Wanted>,
    /// What it takes at most, before compression; `None` while that is not known.
    pub at_most: Option<Bytes>,
    pub limits: Limits,
    /// Older archives that the person was told will go for it. No other one does.
    pub may_drop: Vec<ArchiveId>,
}

/// Whether an archive fits beside what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    Fits,
    /// The engine does not say how large the images are, or the system how much is free: tried, and given up
    /// before anything is removed if the disk is full.
    Unknown,
    TooLarge {
        at_most: Bytes,
        free: Bytes,
    },
}

/// What is free must never be filled to the last byte by an archive: engines do not live well with that.
const RESERVE: u64 = 256 << 20;

/// Before compression, which nobody can foresee.
pub fn fit(at_most: Option<Bytes>, free: Option<Bytes>) -> Fit {
    match (at_most, free) {
        (Some(at_most), Some(free)) if at_most.0.saturating_add(RESERVE) > free.0 => {
            Fit::TooLarge { at_most, free }
        }
        (Some(_), Some(_)) => Fit::Fits,
        (None, _) | (_, None) => Fit::Unknown,
    }
}

/// The images that a plan removes, parents that go along included, and what they take together as far as that
/// is known: a layer that several of them have counts once.
pub fn wanted(plan: &RemovalPlan, before: &Graph) -> (Vec<Wanted>, Option<Bytes>) {
    let mut seen = HashSet::new();
    let mut images = Vec::new();
    let (mut layers, mut whole) = (HashMap::<&DiffId, Option<Bytes>>::new(), Some(Bytes(0)));
    for step in &plan.steps {
        let Expected::Lines { images: gone, .. } = &step.expected else { continue };
        for id in gone.iter().filter(|id| seen.insert((*id).clone())) {
            let image = before.find_image(id).and_then(|ix| before.image(ix));
            let references = image.map_or(&[][..], |image| &image.references);
            let computed = image.map_or(&[][..], |image| &image.computed_digests);
            let is_name = |name: &&Reference| name.tag().is_some() && name.digest().is_none();
            images.push(Wanted {
                id: id.clone(),
                names: references.iter().filter(is_name).cloned().collect(),
                digests: references.iter().filter(|name| !is_name(name)).chain(computed).cloned().collect(),
                size: image.and_then(|image| image.size),
            });
            // The containerd store gives out what it holds compressed, of every platform.
            let content = image.and_then(|image| image.parts).map(|parts| parts.content);
            let unpacked = image.and_then(|image| match &image.layers {
                Layers::Known(known) if known.iter().all(|layer| layer.size.is_some()) => Some(known),
                Layers::Known(_) | Layers::NotRead | Layers::Failed(_) => None,
            });
            match (content, unpacked) {
                (None, Some(known)) => layers.extend(known.iter().map(|layer| (&layer.diff_id, layer.size))),
                (content, _) => {
                    let size = content.or_else(|| image.and_then(|image| image.size));
                    whole = whole.zip(size).map(|(sum, size)| sum + size);
                }
            }
        }
    }
    let shared: Bytes = layers.into_values().flatten().sum();
    (images, whole.map(|whole| whole + shared))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_never_takes_the_last_of_a_disk() {
        assert_eq!(fit(Some(Bytes(1)), Some(Bytes(RESERVE + 1))), Fit::Fits);
        let (at_most, free) = (Bytes(2), Bytes(RESERVE + 1));
        assert_eq!(fit(Some(at_most), Some(free)), Fit::TooLarge { at_most, free });
        assert_eq!(fit(None, Some(free)), Fit::Unknown);
        assert_eq!(fit(Some(at_most), None), Fit::Unknown);
    }
}
