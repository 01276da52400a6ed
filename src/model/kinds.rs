//! What kinds of image a person looks for, as far as a listing alone tells.

use super::graph::{Graph, ImageIx};
use super::image::Image;
use super::reference::Reference;

/// What an image is; several at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one does not exclude another")]
pub struct Kind {
    /// Neither a name nor an image built on it.
    pub dangling: bool,
    /// No container needs it, running or not. A step of a build that others stand on is not unused.
    pub unused: bool,
    /// More than one tag, or names in more than one repository.
    pub many_names: bool,
    /// A container was made from it or has it mounted.
    pub in_use: bool,
}

/// The kinds of all images of one inventory.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    of: Vec<Kind>,
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

impl Kinds {
    pub fn new(graph: &Graph) -> Self {
        let mut kinds = Self::default();
        for (ix, image) in (0..).map(ImageIx).zip(graph.images()) {
            let kind = Kind {
                dangling: image.is_dangling() && graph.children(&image.id).is_empty(),
                unused: is_unused(graph, ix, image),
                many_names: has_many_names(image),
                in_use: is_used(graph, ix),
            };
            kinds.unnamed_rows.add(image, kind.dangling);
            kinds.of.push(kind);
        }
        kinds
    }

    /// One for each image, in the inventory's order.
    pub fn all(&self) -> &[Kind] {
        &self.of
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

fn is_used(graph: &Graph, ix: ImageIx) -> bool {
    !graph.users(ix).is_empty() || !graph.mounted_by(ix).is_empty()
}

/// An engine that counts more containers than it lists (Podman) has the last word, and without a whole list
/// of containers nothing is unused.
fn is_unused(graph: &Graph, ix: ImageIx, image: &Image) -> bool {
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
