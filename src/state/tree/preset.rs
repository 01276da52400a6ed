//! The presets over the tree: which images are of a kind that a person looks for.

use crate::message::ImageSummary;
use crate::model::{Graph, Image, ImageIx, Reference};
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

/// What `docker images` prints as `<none>`, and `awk '$2=="<none>"'` takes for rubbish.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnnamedRows {
    pub dangling: usize,
    /// Digests of images that have a tag as well.
    pub digests_of_tagged: usize,
    /// Digests of images that have digests only.
    pub digest_only: usize,
}

impl Presets {
    /// `is_protected` is asked once for each image.
    pub fn new(graph: &Graph, summaries: &[ImageSummary], is_protected: impl Fn(ImageIx) -> bool) -> Self {
        let mut found = Self::default();
        for (ix, image) in (0..).map(ImageIx).zip(graph.images()) {
            let mut bits = Preset::All.bit();
            let mut set = |preset: Preset, is_so: bool| bits |= if is_so { preset.bit() } else { 0 };
            let dangling = is_dangling(graph, image);
            set(Preset::Dangling, dangling);
            set(Preset::Unused, is_unused(graph, ix, image));
            set(Preset::ManyNames, has_many_names(image));
            set(Preset::InUse, is_used(graph, ix));
            let verdict = summaries.get(ix.0 as usize).map(|s| s.verdict);
            set(Preset::Refused, verdict == Some(Verdict::Refused));
            set(Preset::Protected, is_protected(ix));
            found.unnamed_rows.add(image, dangling);
            for (count, preset) in found.counts.iter_mut().zip(Preset::ALL) {
                *count += usize::from(bits & preset.bit() != 0);
            }
            found.of.push(bits);
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

impl UnnamedRows {
    fn add(&mut self, image: &Image, dangling: bool) {
        let digests = image.references.iter().filter(|name| name.is_digest_only()).count();
        if dangling {
            self.dangling += 1;
        } else if image.is_digest_only() {
            self.digest_only += digests;
        } else {
            self.digests_of_tagged += digests;
        }
    }

    /// How many rows are not dangling images.
    pub fn others(self) -> usize {
        self.digests_of_tagged + self.digest_only
    }
}

/// Without a name, but something is built on it: it goes with that.
pub fn is_intermediate(graph: &Graph, image: &Image) -> bool {
    image.is_dangling() && !graph.children(&image.id).is_empty()
}

pub fn is_dangling(graph: &Graph, image: &Image) -> bool {
    image.is_dangling() && graph.children(&image.id).is_empty()
}

pub fn is_used(graph: &Graph, ix: ImageIx) -> bool {
    !graph.users(ix).is_empty() || !graph.mounted_by(ix).is_empty()
}

/// An engine that counts more containers than it lists (Podman) has the last word, and without a whole list
/// of containers nothing is unused.
pub fn is_unused(graph: &Graph, ix: ImageIx, image: &Image) -> bool {
    graph.inventory().containers.is_complete()
        && !is_intermediate(graph, image)
        && !is_used(graph, ix)
        && image.containers.is_none_or(|count| count == 0)
}

fn has_many_names(image: &Image) -> bool {
    let tags = image.references.iter().filter(|name| name.tag().is_some()).count();
    let first = image.references.first().map(Reference::repository);
    tags > 1 || image.references.iter().any(|name| Some(name.repository()) != first)
}
