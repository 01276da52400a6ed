//! What a row stands for where it is marked, and which images have to do with what is marked.

use super::Marks;
use crate::model::{Graph, ImageIx};
use crate::rules::Target;
use crate::state::{AppState, Node, Row};

impl Marks {
    /// The images that are marked, or of which a name or a container is, in the listing's order.
    pub(in crate::state) fn images_touched(&self, graph: &Graph) -> Vec<ImageIx> {
        self.some_images_touched(graph, usize::MAX)
    }

    /// The first of them.
    pub(in crate::state) fn some_images_touched(&self, graph: &Graph, at_most: usize) -> Vec<ImageIx> {
        let touched = |target: &Target| match target {
            Target::Image(id) | Target::Reference(id, _) => graph.find_image(id),
            Target::Container(id) => {
                let container = graph.find_container(id).and_then(|ix| graph.container(ix))?;
                graph.find_image(&container.image)
            }
        };
        let mut others: Vec<_> = self.others.iter().filter_map(touched).collect();
        others.sort_unstable();
        others.dedup();
        others.retain(|ix| !self.images.contains(*ix));
        let mut images: Vec<_> = self.images.iter().take(at_most).chain(others).collect();
        images.sort_unstable();
        images.truncate(at_most);
        images
    }
}

impl AppState {
    /// The images that a row of an image or of a group stands for, as far as they are shown.
    pub(super) fn images_of(&self, row: Row) -> Vec<ImageIx> {
        match row.node {
            Node::Image(ix) => vec![ix],
            Node::Group(ix) => {
                let group = self.tree.groups().and_then(|groups| groups.get(ix));
                let images = group.map_or(&[][..], |group| &group.images);
                images.iter().copied().filter(|ix| self.tree.shows(*ix)).collect()
            }
            Node::Name(..)
            | Node::ComputedDigest(..)
            | Node::Container(..)
            | Node::Mount(..)
            | Node::Child(..)
            | Node::Layers(_)
            | Node::Layer(..)
            | Node::Stray(_) => Vec::new(),
        }
    }

    pub(super) fn target_of(&self, row: Row) -> Option<Target> {
        match row.node {
            Node::Image(_) | Node::Name(..) | Node::Container(..) | Node::Mount(..) | Node::Stray(_) => {
                row.node.target(self.graph()?)
            }
            Node::Group(_)
            | Node::ComputedDigest(..)
            | Node::Child(..)
            | Node::Layers(_)
            | Node::Layer(..) => None,
        }
    }
}
