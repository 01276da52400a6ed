//! What the picture shows: nodes in blocks, blocks in columns, and the edges between them. Where there is
//! too much to see one by one, things of a kind are counted in a bundle, which opens on demand.
//!
//! Nothing here depends on a language or a font; only the widths of columns are guessed from the number
//! of letters.

use std::collections::BTreeSet;

use super::fate::Fate;
use super::layout::{Layout, Link, Port, Shape, lay_out};
use crate::model::{Bytes, ChainId, ChainIx, ContainerIx, ImageId, ImageIx, Reference, Repository};
use crate::plan::RemovalPlan;
use crate::rules::World;

mod build;
mod holders;
mod names;
mod stacks;
mod units;

pub use names::shown_path;
pub use units::MOST_ALONE;

/// What to draw a picture of.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub world: &'a World,
    /// The images the picture is about.
    pub images: &'a [ImageIx],
    /// What is about to happen; its cuts and what it frees are marked.
    pub plan: Option<&'a RemovalPlan>,
    /// Bundles that the person opened, or closed where they are open by themselves.
    pub toggled: &'a BTreeSet<Bundle>,
}

/// Things that are drawn as one. Named by what lasts from one listing to the next.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bundle {
    /// Names of an image in one repository.
    Repository(ImageId, String),
    /// Names of an image in one registry, beyond the first few.
    Registry(ImageId, String),
    /// Images of one repository (empty: without a name) on one bottom layer.
    Images(Option<ChainId>, String),
    /// Images beyond those there is room for.
    MoreImages,
    /// Containers and child images of an image, beyond the first few.
    Holders(ImageId),
    /// Layers, by the topmost of them.
    Layers(ChainId),
    /// Other images on a layer.
    Others(ChainId),
}

/// A position in [`Scene::nodes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeIx(pub usize);

#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub kind: Kind,
    pub port: Port,
    /// The engine refuses to remove the image because of it.
    pub blocks: bool,
    /// Force goes over it. Only told of holders.
    pub force_overrides: bool,
    /// The plan removes it, or frees it.
    pub goes: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The head of the names in one registry.
    Registry(String),
    Name {
        image: ImageIx,
        name: Reference,
        /// The engine only computes it; nothing is stored under it.
        computed: bool,
    },
    /// Names of one or several images. `within` is their repository; `None` for any.
    Names {
        within: Option<Repository>,
        count: usize,
        bundle: Option<Bundle>,
        open: bool,
    },
    Image(ImageIx),
    Images {
        of: Members,
        count: usize,
        bundle: Bundle,
        open: bool,
    },
    Container {
        image: ImageIx,
        container: ContainerIx,
        /// It has the image mounted and was not created from it.
        mount: bool,
    },
    /// An image built on this one.
    Child {
        parent: ImageIx,
        image: ImageIx,
    },
    /// Containers and child images beyond the first few.
    Holders {
        image: ImageIx,
        count: usize,
        bundle: Bundle,
        open: bool,
    },
    /// Layers that the same images need, one upon the other.
    Layers {
        count: usize,
        /// Of all together; `None` where not every one is known.
        bytes: Option<Bytes>,
        /// How many images stand on them, also ones that are not in the picture.
        images: u32,
        bundle: Bundle,
        open: bool,
    },
    /// One of them; `position` counts from the bottom in the layers of `image`.
    Layer {
        chain: ChainIx,
        image: ImageIx,
        position: usize,
    },
    /// An image that the picture is not about, and that needs some of its layers.
    Other(ImageIx),
    Others {
        count: usize,
        bundle: Bundle,
        open: bool,
    },
}

impl Kind {
    /// The bundle that a click opens or closes.
    pub fn bundle(&self) -> Option<(&Bundle, bool)> {
        match self {
            Self::Names { bundle: Some(bundle), open, .. }
            | Self::Images { bundle, open, .. }
            | Self::Holders { bundle, open, .. }
            | Self::Layers { bundle, open, .. }
            | Self::Others { bundle, open, .. } => Some((bundle, *open)),
            Self::Names { bundle: None, .. }
            | Self::Registry(_)
            | Self::Name { .. }
            | Self::Image(_)
            | Self::Container { .. }
            | Self::Child { .. }
            | Self::Layer { .. }
            | Self::Other(_) => None,
        }
    }

    /// How high it is drawn.
    fn height(&self) -> f32 {
        match self {
            Self::Image(_) | Self::Images { open: false, .. } => 48.0,
            Self::Other(_) => 40.0,
            Self::Layers { .. } => 28.0,
            Self::Registry(_) => 22.0,
            Self::Name { .. }
            | Self::Names { .. }
            | Self::Images { open: true, .. }
            | Self::Container { .. }
            | Self::Child { .. }
            | Self::Holders { .. }
            | Self::Layer { .. }
            | Self::Others { .. } => 24.0,
        }
    }
}

/// Which images are drawn as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Members {
    /// Those whose first name is in this repository.
    Repository(Repository),
    Unnamed,
    /// Of several repositories.
    Rest,
}

/// What an edge says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// A name points at an image.
    Names,
    /// A container or a child image holds the image it is docked to.
    Holds,
    /// An image or a layer stands on layers.
    StandsOn,
    /// Layers are needed by another image, too.
    NeededBy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    pub from: NodeIx,
    pub to: NodeIx,
    pub relation: Relation,
    pub blocks: bool,
    /// It blocks, and force does not go over it.
    pub by_no_means: bool,
    /// A step of the plan cuts it.
    pub cut: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Names,
    Images,
    Layers,
    Others,
}

/// A block of nodes, which follow each other in [`Scene::nodes`].
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// A position in [`Scene::columns`].
    pub column: usize,
    pub order: u32,
    pub nodes: std::ops::Range<usize>,
}

#[derive(Debug, Default, PartialEq)]
pub struct Scene {
    pub nodes: Vec<Node>,
    pub blocks: Vec<Block>,
    pub edges: Vec<Edge>,
    /// From left to right. A deep tree of layers takes several columns.
    pub columns: Vec<Column>,
}

impl Scene {
    pub fn of(subject: &Subject<'_>) -> Self {
        let fate = subject.plan.map(|plan| Fate::of(subject.world.graph(), plan)).unwrap_or_default();
        build::build(subject, &fate)
    }

    pub fn node(&self, ix: NodeIx) -> Option<&Node> {
        self.nodes.get(ix.0)
    }

    /// The block a node stands in.
    pub fn block(&self, node: &Node) -> Option<&Block> {
        self.blocks.get(node.port.block)
    }

    pub fn column_of(&self, node: &Node) -> Option<Column> {
        self.columns.get(self.block(node)?.column).copied()
    }

    /// The edges that touch a node, with the node at their other end.
    pub fn edges_at(&self, ix: NodeIx) -> impl Iterator<Item = (usize, NodeIx)> + '_ {
        self.edges.iter().enumerate().filter_map(move |(at, edge)| match edge {
            Edge { from, to, .. } if *from == ix => Some((at, *to)),
            Edge { from, to, .. } if *to == ix => Some((at, *from)),
            Edge { .. } => None,
        })
    }

    pub fn lay_out(&self) -> Layout {
        let rows = |block: &Block| {
            let nodes = self.nodes.get(block.nodes.clone()).unwrap_or_default();
            nodes.iter().map(|n| n.kind.height()).collect()
        };
        let shapes: Vec<Shape> =
            self.blocks.iter().map(|b| Shape { column: b.column, order: b.order, rows: rows(b) }).collect();
        let port = |ix: NodeIx| self.node(ix).map_or(Port { block: usize::MAX, row: 0 }, |n| n.port);
        let links: Vec<Link> =
            self.edges.iter().map(|e| Link { from: port(e.from), to: port(e.to) }).collect();
        let widths: Vec<f32> = self.columns.iter().map(|c| self.width(*c)).collect();
        lay_out(&shapes, &links, &widths)
    }

    fn width(&self, column: Column) -> f32 {
        /// An average letter of the small font.
        const LETTER: f32 = 5.6;
        const STEP: f32 = 24.0;
        const BESIDE: f32 = 36.0;
        match column {
            Column::Names => {
                let longest = self.nodes.iter().map(|n| names::letters(&n.kind)).max().unwrap_or(0);
                #[expect(clippy::cast_precision_loss, reason = "at most some hundred letters")]
                let wanted = longest as f32 * LETTER + BESIDE;
                // In steps, so that one more name seldom moves everything.
                ((wanted / STEP).ceil() * STEP).clamp(132.0, 224.0)
            }
            Column::Images | Column::Others => 188.0,
            Column::Layers => 196.0,
        }
    }
}
