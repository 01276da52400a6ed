//! What a row of the tree stands for. Indexes are those of the present observation.

use crate::model::{ChainIx, ContainerIx, Graph, GroupIx, Groups, ImageId, ImageIx, Reference};
use crate::rules::Target;

/// A thing in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Node {
    Group(GroupIx),
    Image(ImageIx),
    /// A position in the image's references.
    Name(ImageIx, u32),
    /// A position in the image's computed digests.
    ComputedDigest(ImageIx, u32),
    Container(ImageIx, ContainerIx),
    Mount(ImageIx, ContainerIx),
    /// An image built on this one.
    Child(ImageIx, ImageIx),
    Layers(ImageIx),
    /// One layer of the image.
    Layer(ImageIx, ChainIx),
    /// A container whose image is not listed any more.
    Stray(ContainerIx),
}

/// One row: a thing, and the group it stands in; none where images stand at the top. One image may have
/// rows in several groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row {
    pub group: Option<GroupIx>,
    pub node: Node,
}

impl Node {
    /// The image it belongs to.
    pub fn image(self) -> Option<ImageIx> {
        match self {
            Self::Image(ix)
            | Self::Name(ix, _)
            | Self::ComputedDigest(ix, _)
            | Self::Container(ix, _)
            | Self::Mount(ix, _)
            | Self::Child(ix, _)
            | Self::Layers(ix)
            | Self::Layer(ix, _) => Some(ix),
            Self::Group(_) | Self::Stray(_) => None,
        }
    }

    /// The name that a name row stands for.
    pub fn reference(self, graph: &Graph) -> Option<&Reference> {
        match self {
            Self::Name(ix, at) => graph.image(ix)?.references.get(at as usize),
            Self::ComputedDigest(ix, at) => graph.image(ix)?.computed_digests.get(at as usize),
            Self::Group(_)
            | Self::Image(_)
            | Self::Container(..)
            | Self::Mount(..)
            | Self::Child(..)
            | Self::Layers(_)
            | Self::Layer(..)
            | Self::Stray(_) => None,
        }
    }

    /// What it selects.
    pub fn target(self, graph: &Graph) -> Option<Target> {
        let image = |ix| graph.image(ix).map(|i| i.id.clone());
        match self {
            Self::Group(_) => None,
            Self::Image(ix) | Self::Layers(ix) | Self::Layer(ix, _) | Self::Child(_, ix) => {
                image(ix).map(Target::Image)
            }
            Self::Name(ix, _) | Self::ComputedDigest(ix, _) => {
                Some(Target::Reference(image(ix)?, self.reference(graph)?.clone()))
            }
            Self::Container(_, ix) | Self::Mount(_, ix) | Self::Stray(ix) => {
                graph.container(ix).map(|c| Target::Container(c.id.clone()))
            }
        }
    }
}

impl Row {
    pub fn top(node: Node) -> Self {
        Self { group: None, node }
    }

    pub fn of_group(group: GroupIx) -> Self {
        Self::top(Node::Group(group))
    }

    /// Another row in the same group.
    #[must_use]
    pub fn beside(self, node: Node) -> Self {
        Self { node, ..self }
    }

    /// The row it stands under.
    pub fn parent(self) -> Option<Self> {
        match self.node {
            Node::Group(_) | Node::Stray(_) => None,
            Node::Image(_) => self.group.map(Self::of_group),
            Node::Layer(ix, _) => Some(self.beside(Node::Layers(ix))),
            Node::Name(ix, _)
            | Node::ComputedDigest(ix, _)
            | Node::Container(ix, _)
            | Node::Mount(ix, _)
            | Node::Child(ix, _)
            | Node::Layers(ix) => Some(self.beside(Node::Image(ix))),
        }
    }

    /// How many rows it stands under.
    pub fn depth(self) -> usize {
        std::iter::successors(self.parent(), |row| row.parent()).count()
    }

    /// True if it may have rows under it.
    pub fn opens(self) -> bool {
        matches!(self.node, Node::Group(_) | Node::Image(_) | Node::Layers(_))
    }
}

/// Everything that stands under an image.
pub(super) fn children(graph: &Graph, ix: ImageIx) -> Vec<Node> {
    let Some(image) = graph.image(ix) else { return Vec::new() };
    let positions = |len: usize| 0..u32::try_from(len).unwrap_or(u32::MAX);
    let mut rows: Vec<_> = positions(image.references.len()).map(|at| Node::Name(ix, at)).collect();
    let computed = image.computed_digests.iter().zip(positions(image.computed_digests.len()));
    rows.extend(
        computed.filter(|(d, _)| !image.references.contains(d)).map(|(_, at)| Node::ComputedDigest(ix, at)),
    );
    let by_name = |all: &[ContainerIx]| {
        let mut all = all.to_vec();
        all.sort_by_key(|c| graph.container(*c).map(|c| &c.name));
        all
    };
    rows.extend(by_name(graph.users(ix)).into_iter().map(|c| Node::Container(ix, c)));
    rows.extend(by_name(graph.mounted_by(ix)).into_iter().map(|c| Node::Mount(ix, c)));
    rows.extend(graph.children(&image.id).iter().map(|c| Node::Child(ix, *c)));
    if image.layers.known().is_some_and(|l| !l.is_empty()) {
        rows.push(Node::Layers(ix));
    }
    rows
}

/// The layers of an image, top first, as they are removed.
pub(super) fn layers(graph: &Graph, ix: ImageIx) -> impl Iterator<Item = Node> + '_ {
    graph.down_from(graph.top(ix)).map(move |(layer, _)| Node::Layer(ix, layer))
}

/// One observation, as far as rows point into it.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub graph: &'a Graph,
    pub groups: Option<&'a Groups>,
}

/// The row for the same thing in a newer observation.
pub(super) fn same_row(row: Row, old: Place<'_>, new: Place<'_>) -> Option<Row> {
    let group = |ix| new.groups?.find(&old.groups?.get(ix)?.name);
    let node = if let Node::Group(ix) = row.node {
        Node::Group(group(ix)?)
    } else {
        same_node(row.node, old.graph, new.graph)?
    };
    match row.group {
        None => Some(Row::top(node)),
        Some(ix) => Some(Row { group: Some(group(ix)?), node }),
    }
}

fn same_node(node: Node, old: &Graph, new: &Graph) -> Option<Node> {
    let id = |ix: ImageIx| -> Option<&ImageId> { old.image(ix).map(|i| &i.id) };
    let image = |ix| new.find_image(id(ix)?);
    let container = |ix| new.find_container(&old.container(ix)?.id);
    let position = |all: &[Reference]| {
        let name = node.reference(old)?;
        all.iter().position(|n| n == name).and_then(|p| u32::try_from(p).ok())
    };
    Some(match node {
        Node::Group(_) => return None,
        Node::Image(ix) => Node::Image(image(ix)?),
        Node::Layers(ix) => Node::Layers(image(ix)?),
        Node::Layer(ix, layer) => {
            let id = old.chain_id(layer)?;
            let ix = image(ix)?;
            let (layer, _) = new.down_from(new.top(ix)).find(|(ix, _)| new.chain_id(*ix) == Some(id))?;
            Node::Layer(ix, layer)
        }
        Node::Child(ix, child) => Node::Child(image(ix)?, image(child)?),
        Node::Container(ix, c) => Node::Container(image(ix)?, container(c)?),
        Node::Mount(ix, c) => Node::Mount(image(ix)?, container(c)?),
        Node::Stray(c) => Node::Stray(container(c)?),
        Node::Name(ix, _) => Node::Name(image(ix)?, position(&new.image(image(ix)?)?.references)?),
        Node::ComputedDigest(ix, _) => {
            Node::ComputedDigest(image(ix)?, position(&new.image(image(ix)?)?.computed_digests)?)
        }
    })
}
