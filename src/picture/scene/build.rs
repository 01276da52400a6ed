//! Puts nodes, blocks and edges together.

use super::holders::{self, Judged};
use super::stacks::{Segment, Stacks, bytes, stacks};
use super::units::{Unit, units};
use super::{Block, Bundle, Column, Edge, Kind, Node, NodeIx, Relation, Scene, Subject, names};
use crate::model::{Graph, ImageIx};
use crate::picture::fate::Fate;
use crate::picture::layout::Port;

/// Rows of one kind in the whole picture, before they are counted instead.
const ROOM: usize = 30;
/// Up to this many layers in the whole picture are shown one by one.
const LAYERS_SHOWN: usize = 16;
/// Layers of an open segment that are shown at most.
const LAYERS_MOST: usize = 128;

/// Where a block stands; which columns there are is only known at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Names,
    Images,
    Layers(usize),
    Others,
}

struct Builder<'a> {
    subject: &'a Subject<'a>,
    graph: &'a Graph,
    fate: &'a Fate,
    nodes: Vec<Node>,
    blocks: Vec<(Place, u32, std::ops::Range<usize>)>,
    edges: Vec<Edge>,
}

pub fn build(subject: &Subject<'_>, fate: &Fate) -> Scene {
    let graph = subject.world.graph();
    let mut builder =
        Builder { subject, graph, fate, nodes: Vec::new(), blocks: Vec::new(), edges: Vec::new() };
    let units = units(graph, subject.images, subject.toggled);
    let drawn: Vec<NodeIx> =
        units.iter().enumerate().map(|(at, unit)| builder.unit(order(at), unit, units.len())).collect();
    builder.stacks(&stacks(graph, &units), &drawn);
    builder.finish()
}

fn order(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

impl Builder<'_> {
    fn node(&mut self, kind: Kind, goes: bool) -> NodeIx {
        let port = Port { block: self.blocks.len(), row: 0 };
        self.nodes.push(Node { kind, port, blocks: false, force_overrides: false, goes });
        NodeIx(self.nodes.len() - 1)
    }

    /// Makes a block of the nodes added since `start`.
    fn block(&mut self, place: Place, order: u32, start: usize) {
        let end = self.nodes.len();
        for (row, node) in self.nodes.iter_mut().skip(start).enumerate() {
            node.port.row = row;
        }
        self.blocks.push((place, order, start..end));
    }

    fn edge(&mut self, from: NodeIx, to: NodeIx, relation: Relation, cut: bool) {
        let (blocks, overrides) = match relation {
            Relation::Names | Relation::Holds => {
                self.nodes.get(from.0).map_or((false, false), |n| (n.blocks, n.force_overrides))
            }
            Relation::StandsOn | Relation::NeededBy => (false, false),
        };
        self.edges.push(Edge { from, to, relation, blocks, by_no_means: blocks && !overrides, cut });
    }

    fn removes_image(&self, ix: ImageIx) -> bool {
        self.graph.image(ix).is_some_and(|i| self.fate.removes_image(&i.id))
    }

    fn goes(&self, kind: &Kind) -> bool {
        let id = |ix: ImageIx| self.graph.image(ix).map(|i| &i.id);
        match kind {
            Kind::Name { image, name, .. } => id(*image).is_some_and(|id| self.fate.untags(id, name)),
            Kind::Image(ix) | Kind::Other(ix) | Kind::Child { image: ix, .. } => self.removes_image(*ix),
            Kind::Container { container, .. } => {
                self.graph.container(*container).is_some_and(|c| self.fate.removes_container(&c.id))
            }
            Kind::Layer { chain, .. } => self.fate.frees(self.graph, *chain),
            Kind::Holders { image, .. } => self.removes_image(*image),
            Kind::Registry(_)
            | Kind::Names { .. }
            | Kind::Images { .. }
            | Kind::Layers { .. }
            | Kind::Others { .. } => false,
        }
    }

    /// The node that stands for the unit.
    fn unit(&mut self, order: u32, unit: &Unit, of: usize) -> NodeIx {
        let Some(together) = &unit.bundle else {
            return match unit.images.first() {
                Some(ix) => self.image(order, *ix, of),
                None => NodeIx(usize::MAX),
            };
        };
        let count = unit.images.len();
        if !together.open {
            let names: usize = unit.images.iter().filter_map(|ix| self.graph.image(*ix)).map(names_of).sum();
            if names > 0 {
                let start = self.nodes.len();
                let kind = Kind::Names { within: None, count: names, bundle: None, open: false };
                let names = self.node(kind, false);
                self.block(Place::Names, order, start);
                self.edge(names, NodeIx(self.nodes.len()), Relation::Names, false);
            }
        }
        let start = self.nodes.len();
        let kind = Kind::Images {
            of: together.of.clone(),
            count,
            bundle: together.bundle.clone(),
            open: together.open,
        };
        let goes = count > 0 && unit.images.iter().all(|ix| self.removes_image(*ix));
        let node = self.node(kind, goes);
        self.block(Place::Images, order, start);
        node
    }

    fn image(&mut self, order: u32, ix: ImageIx, of: usize) -> NodeIx {
        let judged = Judged::of(self.subject, ix);
        let room = (ROOM / of.max(1)).max(3);
        let mut names = Vec::new();
        for group in names::groups(self.graph, ix, room, self.subject.toggled) {
            let start = self.nodes.len();
            self.node(Kind::Registry(group.registry), false);
            for kind in group.rows {
                names.push(self.holder(kind, &judged, ix));
            }
            self.block(Place::Names, order, start);
        }
        let start = self.nodes.len();
        let image = self.node(Kind::Image(ix), self.removes_image(ix));
        let room = (ROOM / 3 / of.max(1)).max(2);
        let docked: Vec<NodeIx> = holders::rows(self.graph, ix, room, self.subject.toggled)
            .into_iter()
            .map(|kind| self.holder(kind, &judged, ix))
            .collect();
        self.block(Place::Images, order, start);
        for (nodes, relation) in [(names, Relation::Names), (docked, Relation::Holds)] {
            for node in nodes {
                let cut = self.nodes.get(node.0).is_some_and(|n| n.goes);
                self.edge(node, image, relation, cut);
            }
        }
        image
    }

    fn holder(&mut self, kind: Kind, judged: &Judged, image: ImageIx) -> NodeIx {
        let counted = matches!(kind, Kind::Names { .. });
        let (blocks, force_overrides) =
            if counted { (judged.names_block(), true) } else { judged.stands(self.graph, &kind) };
        // Counted names go for certain only with their image.
        let goes = if counted { self.removes_image(image) } else { self.goes(&kind) };
        let node = self.node(kind, goes);
        if let Some(node) = self.nodes.get_mut(node.0) {
            node.blocks = blocks;
            node.force_overrides = force_overrides;
        }
        node
    }

    fn stacks(&mut self, found: &Stacks, units: &[NodeIx]) {
        let all: usize = found.all.iter().flat_map(|s| &s.segments).map(|s| s.layers.len()).sum();
        let mut heads: Vec<Vec<NodeIx>> = Vec::new();
        for stack in &found.all {
            let start = self.nodes.len();
            let order = order(stack.owners.first().copied().unwrap_or(0));
            let by_itself = units.len() == 1 && all <= LAYERS_SHOWN;
            let segments: Vec<NodeIx> =
                stack.segments.iter().map(|segment| self.segment(segment, by_itself)).collect();
            self.block(Place::Layers(stack.rank), order, start);
            heads.push(segments);
        }
        let head = |at: &(usize, usize)| heads.get(at.0).and_then(|s| s.get(at.1)).copied();
        for (unit, tops) in units.iter().zip(&found.tops) {
            for top in tops.iter().filter_map(head) {
                let cut = self.nodes.get(unit.0).is_some_and(|n| n.goes);
                self.edge(*unit, top, Relation::StandsOn, cut);
            }
        }
        for (above, below) in &found.stands {
            if let (Some(above), Some(below)) = (head(above), head(below)) {
                let cut = self.nodes.get(above.0).is_some_and(|n| n.goes);
                self.edge(above, below, Relation::StandsOn, cut);
            }
        }
        for (stack, heads) in found.all.iter().zip(&heads) {
            let order = order(stack.owners.first().copied().unwrap_or(0));
            for (segment, head) in stack.segments.iter().zip(heads) {
                self.others(segment, *head, order, units.len());
            }
        }
    }

    fn segment(&mut self, segment: &Segment, by_itself: bool) -> NodeIx {
        let chain = segment.layers.first().and_then(|l| self.graph.chain_id(l.chain));
        let Some(bundle) = chain.cloned().map(Bundle::Layers) else { return NodeIx(usize::MAX) };
        let open = by_itself != self.subject.toggled.contains(&bundle);
        let kind = Kind::Layers {
            count: segment.layers.len(),
            bytes: bytes(self.graph, &segment.layers),
            images: segment.images,
            bundle,
            open,
        };
        let freed = segment.layers.iter().all(|l| self.fate.frees(self.graph, l.chain));
        let head = self.node(kind, freed);
        if open {
            for layer in segment.layers.iter().take(LAYERS_MOST) {
                let kind = Kind::Layer { chain: layer.chain, image: layer.image, position: layer.position };
                let goes = self.goes(&kind);
                self.node(kind, goes);
            }
        }
        head
    }

    fn others(&mut self, segment: &Segment, head: NodeIx, order: u32, of: usize) {
        let chain = segment.layers.first().and_then(|l| self.graph.chain_id(l.chain));
        let Some(bundle) = chain.cloned().map(Bundle::Others) else { return };
        let open = self.subject.toggled.contains(&bundle);
        let all = &segment.others;
        let room = if open { 200 } else { (12 / of.max(1)).clamp(1, 5) };
        let shown = if all.len() <= room + 1 && !open { all.len() } else { room.min(all.len()) };
        for ix in all.iter().take(shown) {
            let kind = Kind::Other(*ix);
            self.other(kind, head, order);
        }
        if shown < all.len() || open {
            let count = if open { all.len() } else { all.len() - shown };
            self.other(Kind::Others { count, bundle, open }, head, order);
        }
    }

    fn other(&mut self, kind: Kind, head: NodeIx, order: u32) {
        let goes = self.goes(&kind);
        let start = self.nodes.len();
        let node = self.node(kind, goes);
        self.block(Place::Others, order, start);
        self.edge(head, node, Relation::NeededBy, goes);
    }

    fn finish(self) -> Scene {
        let mut places: Vec<Place> = self.blocks.iter().map(|(place, ..)| *place).collect();
        places.sort_unstable();
        places.dedup();
        let column = |place: &Place| match place {
            Place::Names => Column::Names,
            Place::Images => Column::Images,
            Place::Layers(_) => Column::Layers,
            Place::Others => Column::Others,
        };
        let columns = places.iter().map(column).collect();
        let block =
            |(place, order, nodes)| Block { column: places.binary_search(&place).unwrap_or(0), order, nodes };
        let blocks = self.blocks.into_iter().map(block).collect();
        Scene { nodes: self.nodes, blocks, edges: self.edges, columns }
    }
}

fn names_of(image: &crate::model::Image) -> usize {
    image.references.len()
}
