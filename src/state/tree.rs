//! The rows of the tree: flattened once when something changes, so that painting only looks up the few
//! rows in view. A hundred thousand images flatten in well under a millisecond while none is open.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::sync::Arc;

use super::filter::{Filter, Index, text_of_container};
use crate::message::{ImageSummary, Observation};
use crate::model::{ContainerIx, Graph, ImageId, ImageIx, Reference};
use crate::rules::Target;

mod order;

pub use order::{Column, Sort};

/// Beyond this many matching images, none is opened by itself.
const OPEN_AT_MOST: usize = 500;

/// One row: an image, or something under it. Indexes are those of the present observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Node {
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
    /// A container whose image is not listed any more.
    Stray(ContainerIx),
}

impl Node {
    /// The image it belongs to.
    pub fn parent(self) -> Option<ImageIx> {
        match self {
            Self::Image(ix)
            | Self::Name(ix, _)
            | Self::ComputedDigest(ix, _)
            | Self::Container(ix, _)
            | Self::Mount(ix, _)
            | Self::Child(ix, _)
            | Self::Layers(ix) => Some(ix),
            Self::Stray(_) => None,
        }
    }

    /// True for a row that stands under nothing.
    pub fn is_top(self) -> bool {
        matches!(self, Self::Image(_) | Self::Stray(_))
    }

    /// The name that a name row stands for.
    pub fn reference(self, graph: &Graph) -> Option<&Reference> {
        match self {
            Self::Name(ix, at) => graph.image(ix)?.references.get(at as usize),
            Self::ComputedDigest(ix, at) => graph.image(ix)?.computed_digests.get(at as usize),
            Self::Image(_)
            | Self::Container(..)
            | Self::Mount(..)
            | Self::Child(..)
            | Self::Layers(_)
            | Self::Stray(_) => None,
        }
    }

    /// What it selects.
    pub fn target(self, graph: &Graph) -> Option<Target> {
        let image = |ix| graph.image(ix).map(|i| i.id.clone());
        match self {
            Self::Image(ix) | Self::Layers(ix) | Self::Child(_, ix) => image(ix).map(Target::Image),
            Self::Name(ix, _) | Self::ComputedDigest(ix, _) => {
                Some(Target::Reference(image(ix)?, self.reference(graph)?.clone()))
            }
            Self::Container(_, ix) | Self::Mount(_, ix) | Self::Stray(ix) => {
                graph.container(ix).map(|c| Target::Container(c.id.clone()))
            }
        }
    }
}

/// The tree as it stands.
#[derive(Debug, Default)]
pub struct Tree {
    rows: Vec<Node>,
    sort: Sort,
    filter: Filter,
    open: HashSet<ImageIx>,
    order: Vec<ImageIx>,
    matching: usize,
    cursor: Option<Node>,
    /// Where the cursor stands in `rows`; kept, as looking for it walks over all of them.
    cursor_row: Option<usize>,
    /// Goes up whenever the cursor's row is to be brought into view.
    reveals: u64,
    graph: Option<Arc<Graph>>,
    summaries: Arc<Vec<ImageSummary>>,
    index: OnceCell<Index>,
}

impl Tree {
    pub fn rows(&self) -> &[Node] {
        &self.rows
    }

    pub fn sort(&self) -> Sort {
        self.sort
    }

    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// How many images the filter lets through.
    pub fn matching(&self) -> usize {
        self.matching
    }

    pub fn cursor(&self) -> Option<Node> {
        self.cursor
    }

    pub fn reveals(&self) -> u64 {
        self.reveals
    }

    /// True if the image's rows stand under it, by the person's choice.
    pub fn is_open(&self, ix: ImageIx) -> bool {
        self.open.contains(&ix)
    }

    /// Where the cursor's row is, unless a filter or a closed image hides it.
    pub fn cursor_row(&self) -> Option<usize> {
        self.cursor_row
    }

    fn find_cursor(&mut self) {
        self.cursor_row = self.cursor.and_then(|cursor| self.rows.iter().position(|n| *n == cursor));
    }

    pub(super) fn set_cursor(&mut self, node: Option<Node>) {
        self.place_cursor(node);
        if node.is_some() {
            self.reveal();
        }
    }

    /// Like [`Self::set_cursor`], without scrolling.
    pub(super) fn place_cursor(&mut self, node: Option<Node>) {
        self.cursor = node;
        self.find_cursor();
    }

    pub(super) fn reveal(&mut self) {
        self.reveals += 1;
    }

    pub(super) fn set_filter(&mut self, text: String) {
        self.filter = Filter::new(text);
        self.flatten();
        self.reveal();
    }

    pub(super) fn sort_by(&mut self, column: Column) {
        self.sort = self.sort.pressed(column);
        self.arrange();
        self.flatten();
        self.reveal();
    }

    pub(super) fn open(&mut self, ix: ImageIx) {
        if self.open.insert(ix) {
            self.flatten();
        }
    }

    pub(super) fn toggle(&mut self, ix: ImageIx) {
        if !self.open.remove(&ix) {
            self.open.insert(ix);
        }
        self.flatten();
    }

    /// Takes over a new observation: what was open stays open, and the cursor stays on what it was on.
    pub(super) fn observe(&mut self, observation: Option<&Observation>) {
        let old = self.graph.take();
        let new = observation.map(|o| Arc::clone(&o.graph));
        let moved =
            |ix: ImageIx| -> Option<ImageIx> { new.as_ref()?.find_image(&old.as_ref()?.image(ix)?.id) };
        self.open = self.open.iter().copied().filter_map(moved).collect();
        self.cursor = self.cursor.and_then(|node| same_node(node, old.as_deref()?, new.as_deref()?));
        self.summaries = observation.map(|o| Arc::clone(&o.summaries)).unwrap_or_default();
        self.graph = new;
        self.index = OnceCell::new();
        self.arrange();
        self.flatten();
    }

    fn arrange(&mut self) {
        self.order = self.graph.as_ref().map_or_else(Vec::new, |g| self.sort.order(g, &self.summaries));
    }

    fn flatten(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.clear();
        self.matching = 0;
        if let Some(graph) = &self.graph {
            let shown: Vec<_> = self.order.iter().copied().filter(|ix| self.shows(graph, *ix)).collect();
            let open_matches = !self.filter.is_empty() && shown.len() <= OPEN_AT_MOST;
            for ix in &shown {
                rows.push(Node::Image(*ix));
                if self.open.contains(ix) {
                    rows.extend(children(graph, *ix));
                } else if open_matches {
                    rows.extend(children(graph, *ix).into_iter().filter(|n| self.row_matches(graph, *n)));
                }
            }
            self.matching = shown.len();
            let strays = graph.containers_without_image().iter().copied();
            let matches = |ix: &ContainerIx| {
                self.filter.is_empty() || self.filter.any_in(&text_of_container(graph, *ix))
            };
            rows.extend(strays.filter(matches).map(Node::Stray));
        }
        self.rows = rows;
        self.find_cursor();
    }

    fn shows(&self, graph: &Graph, ix: ImageIx) -> bool {
        self.filter.is_empty() || self.index.get_or_init(|| Index::new(graph)).matches(ix, &self.filter)
    }

    fn row_matches(&self, graph: &Graph, node: Node) -> bool {
        match node {
            Node::Name(..) | Node::ComputedDigest(..) => {
                node.reference(graph).is_some_and(|name| self.filter.any_in(&name.familiar()))
            }
            Node::Container(_, ix) | Node::Mount(_, ix) | Node::Stray(ix) => {
                self.filter.any_in(&text_of_container(graph, ix))
            }
            // Found where they stand themselves.
            Node::Child(..) | Node::Layers(_) | Node::Image(_) => false,
        }
    }
}

/// Everything that stands under an image.
fn children(graph: &Graph, ix: ImageIx) -> Vec<Node> {
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

/// The row for the same thing in a newer observation.
fn same_node(node: Node, old: &Graph, new: &Graph) -> Option<Node> {
    let id = |ix: ImageIx| -> Option<&ImageId> { old.image(ix).map(|i| &i.id) };
    let image = |ix| new.find_image(id(ix)?);
    let container = |ix| new.find_container(&old.container(ix)?.id);
    let position = |all: &[Reference]| {
        let name = node.reference(old)?;
        all.iter().position(|n| n == name).and_then(|p| u32::try_from(p).ok())
    };
    Some(match node {
        Node::Image(ix) => Node::Image(image(ix)?),
        Node::Layers(ix) => Node::Layers(image(ix)?),
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
