//! The presets over the tree: which images are of a kind that a person looks for.

use crate::message::ImageSummary;
use crate::model::ImageIx;
use crate::model::kinds::{Kinds, UnnamedRows};
use crate::rules::Verdict;

/// What the tree is narrowed to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Preset {
    #[default]
    All,
    /// No container needs it, running or not. A step of a build that others stand on is not unused.
    Unused,
    /// Neither a name nor an image built on it.
    Dangling,
    /// More than one tag, or names in more than one repository.
    ManyNames,
    InUse,
    /// The engine would refuse to remove it as it stands.
    Refused,
    /// The person said that it stays.
    Protected,
}

impl Preset {
    /// In the order shown.
    pub const ALL: [Self; 7] = [
        Self::All,
        Self::Unused,
        Self::Dangling,
        Self::ManyNames,
        Self::InUse,
        Self::Refused,
        Self::Protected,
    ];

    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// The presets of every image, and how many images each has.
#[derive(Debug, Default)]
pub struct Presets {
    of: Vec<u8>,
    counts: [usize; Preset::ALL.len()],
    /// Rows that `docker images` prints as `<none>`.
    pub unnamed_rows: UnnamedRows,
}

impl Presets {
    pub fn new(kinds: &Kinds, summaries: &[ImageSummary], protected: impl Iterator<Item = ImageIx>) -> Self {
        let mut found = Self { unnamed_rows: kinds.unnamed_rows, ..Self::default() };
        found.of.extend(kinds.all().iter().zip(summaries).map(|(kind, summary)| {
            [
                (Preset::All, true),
                (Preset::Unused, kind.unused),
                (Preset::Dangling, kind.dangling),
                (Preset::ManyNames, kind.many_names),
                (Preset::InUse, kind.in_use),
                (Preset::Refused, summary.verdict == Verdict::Refused),
            ]
            .into_iter()
            .fold(0, |bits, (preset, is_so)| if is_so { bits | preset.bit() } else { bits })
        }));
        for ix in protected {
            if let Some(bits) = found.of.get_mut(ix.0 as usize) {
                *bits |= Preset::Protected.bit();
            }
        }
        for (count, preset) in found.counts.iter_mut().zip(Preset::ALL) {
            *count = found.of.iter().filter(|bits| **bits & preset.bit() != 0).count();
        }
        found
    }

    pub fn has(&self, ix: ImageIx, preset: Preset) -> bool {
        self.of.get(ix.0 as usize).is_some_and(|bits| bits & preset.bit() != 0)
    }

    pub fn count(&self, preset: Preset) -> usize {
        self.counts.get(preset as usize).copied().unwrap_or_default()
    }
}
