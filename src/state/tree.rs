//! The rows of the tree: flattened once when something changes, so that painting only looks up the few
//! rows in view. A hundred thousand images flatten in well under a millisecond while none is open.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::filter::Filter;
use crate::message::{ImageSummary, Observation};
use crate::model::search::text_of_container;
use crate::model::{Catalog, ContainerIx, Graph, GroupIx, GroupName, Groups, ImageIx, Reference};
use crate::rules::Protection;

mod open;
mod order;
mod preset;
mod row;

pub use open::OpenRows;
pub use order::{Column, Sort};
pub use preset::{Preset, Presets};
pub use row::{Node, Row};

use row::{Place, children, layers, same_row};

/// Beyond this many matching images, none is opened by itself.
const OPEN_AT_MOST: usize = 500;

/// What stands at the top of the tree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    #[default]
    Image,
    Repository,
    Registry,
}

impl Grouping {
    pub const ALL: [Self; 3] = [Self::Image, Self::Repository, Self::Registry];

    fn groups(self, catalog: &Catalog) -> Option<&Groups> {
        match self {
            Self::Image => None,
            Self::Repository => Some(&catalog.repositories),
            Self::Registry => Some(&catalog.registries),
        }
    }
}

/// The tree as it stands.
#[derive(Debug, Default)]
pub struct Tree {
    rows: Vec<Row>,
    sort: Sort,
    grouping: Grouping,
    preset: Preset,
    filter: Filter,
    /// Rows that are not as they are by themselves: groups are open, all else is closed.
    toggled: HashSet<Row>,
    order: Vec<ImageIx>,
    /// The groups in the order shown, each with its images in theirs.
    grouped: Vec<(GroupIx, Vec<ImageIx>)>,
    /// Whether the filter lets an image through.
    found: Vec<bool>,
    /// Whether filter and preset do.
    shown: Vec<bool>,
    matching: usize,
    /// For each group, how many of its images are let through.
    shown_in: Vec<usize>,
    cursor: Option<Row>,
    /// Where the cursor stands in `rows`; kept, as looking for it walks over all of them.
    cursor_row: Option<usize>,
    /// Goes up whenever the cursor's row is to be brought into view.
    reveals: u64,
    presets: Presets,
    graph: Option<Arc<Graph>>,
    protection: Arc<Protection>,
    summaries: Arc<Vec<ImageSummary>>,
    catalog: Arc<Catalog>,
}

impl Tree {
    pub(super) fn new(grouping: Grouping, sort: Sort) -> Self {
        Self { sort, grouping, ..Self::default() }
    }

    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub fn sort(&self) -> Sort {
        self.sort
    }

    pub fn grouping(&self) -> Grouping {
        self.grouping
    }

    pub fn preset(&self) -> Preset {
        self.preset
    }

    pub fn presets(&self) -> &Presets {
        &self.presets
    }

    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// How many images filter and preset let through.
    pub fn matching(&self) -> usize {
        self.matching
    }

    /// The groups that images stand in; none where they stand at the top.
    pub fn groups(&self) -> Option<&Groups> {
        self.grouping.groups(&self.catalog)
    }

    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    pub fn shows(&self, ix: ImageIx) -> bool {
        self.shown.get(ix.0 as usize).copied().unwrap_or(false)
    }

    /// The images that filter and preset let through, in the order shown.
    pub fn shown_images(&self) -> impl Iterator<Item = ImageIx> + '_ {
        self.order.iter().copied().filter(|ix| self.shows(*ix))
    }

    pub fn cursor(&self) -> Option<Row> {
        self.cursor
    }

    pub fn reveals(&self) -> u64 {
        self.reveals
    }

    /// True if what stands under it is shown, by itself or by the person's choice.
    pub fn is_open(&self, row: Row) -> bool {
        self.toggled.contains(&row) != matches!(row.node, Node::Group(_))
    }

    /// Where the cursor's row is, unless something closed or left out hides it.
    pub fn cursor_row(&self) -> Option<usize> {
        self.cursor_row
    }

    fn find_cursor(&mut self) {
        self.cursor_row = self.cursor.and_then(|cursor| self.rows.iter().position(|n| *n == cursor));
    }

    pub(super) fn set_cursor(&mut self, row: Option<Row>) {
        self.place_cursor(row);
        if row.is_some() {
            self.reveal();
        }
    }

    /// Like [`Self::set_cursor`], without scrolling.
    pub(super) fn place_cursor(&mut self, row: Option<Row>) {
        self.cursor = row;
        self.find_cursor();
    }

    pub(super) fn reveal(&mut self) {
        self.reveals += 1;
    }

    pub(super) fn set_filter(&mut self, text: String) {
        let before = std::mem::replace(&mut self.filter, Filter::new(text));
        // Typing on looks only at what was found so far.
        self.found = if self.filter.narrows(&before) && !before.is_empty() {
            self.catalog.search.find_among(self.filter.words(), &self.found)
        } else {
            self.catalog.search.find(self.filter.words())
        };
        self.choose();
        self.flatten();
        self.reveal();
    }

    pub(super) fn set_preset(&mut self, preset: Preset) {
        self.preset = preset;
        self.choose();
        self.flatten();
        self.reveal();
    }

    pub(super) fn sort_by(&mut self, column: Column) {
        self.sort = self.sort.pressed(column);
        self.arrange();
        self.flatten();
        self.reveal();
    }

    /// The cursor stays on the same thing, in the first of its groups.
    pub(super) fn group_by(&mut self, grouping: Grouping) {
        if self.grouping == grouping {
            return;
        }
        self.grouping = grouping;
        self.toggled.retain(|row| row.group.is_none() && !matches!(row.node, Node::Group(_)));
        self.cursor = self.cursor.and_then(|row| self.row(row.node));
        self.arrange();
        self.count_in_groups();
        self.flatten();
        self.reveal();
    }

    /// The row of a thing: in the group of its name, in the cursor's group, or else in the first.
    pub(super) fn row(&self, node: Node) -> Option<Row> {
        let Some(groups) = self.groups() else {
            return (!matches!(node, Node::Group(_))).then_some(Row::top(node));
        };
        let Some(image) = node.image() else {
            return matches!(node, Node::Stray(_)).then_some(Row::top(node));
        };
        let of = groups.of(image);
        let name = self.graph.as_deref().and_then(|graph| node.reference(graph));
        let of_name = |name: &Reference| {
            of.iter().copied().find(|ix| groups.get(*ix).is_some_and(|group| group.name.holds(name)))
        };
        let here = self.cursor.and_then(|row| row.group).filter(|ix| of.contains(ix));
        let group = name.and_then(of_name).or(here).or_else(|| of.first().copied())?;
        Some(Row { group: Some(group), node })
    }

    /// Opens everything that a row stands under.
    pub(super) fn open_above(&mut self, row: Row) {
        let mut opened = false;
        for above in std::iter::successors(row.parent(), |row| row.parent()) {
            if !self.is_open(above) {
                self.flip(above);
                opened = true;
            }
        }
        if opened {
            self.flatten();
        }
    }

    pub(super) fn toggle(&mut self, row: Row) {
        self.flip(row);
        self.flatten();
    }

    fn flip(&mut self, row: Row) {
        if !self.toggled.remove(&row) {
            self.toggled.insert(row);
        }
    }

    /// Opens or closes all groups; what is open in them stays so.
    pub(super) fn open_groups(&mut self, open: bool) {
        self.toggled.retain(|row| !matches!(row.node, Node::Group(_)));
        if !open {
            self.toggled.extend(self.grouped.iter().map(|(ix, _)| Row::of_group(*ix)));
        }
        self.flatten();
        self.reveal();
    }

    /// Takes over a new observation: what was open stays open, and the cursor stays on what it was on.
    pub(super) fn observe(&mut self, observation: Option<&Observation>, protection: &Arc<Protection>) {
        self.protection = Arc::clone(protection);
        let (old_graph, old_catalog) = (self.graph.take(), std::mem::take(&mut self.catalog));
        self.graph = observation.map(|o| Arc::clone(&o.graph));
        self.catalog = observation.map(|o| Arc::clone(&o.catalog)).unwrap_or_default();
        self.summaries = observation.map(|o| Arc::clone(&o.summaries)).unwrap_or_default();
        let place = |graph, catalog| Place { graph, groups: self.grouping.groups(catalog) };
        let old = old_graph.as_deref().map(|graph| place(graph, &old_catalog));
        let new = self.graph.as_deref().map(|graph| place(graph, &self.catalog));
        let moved = |row: Row| same_row(row, old?, new?);
        let toggled = self.toggled.iter().copied().filter_map(moved).collect();
        let cursor = self.cursor.and_then(moved);
        (self.toggled, self.cursor) = (toggled, cursor);
        self.judge();
        self.arrange();
        self.found = self.catalog.search.find(self.filter.words());
        self.choose();
        self.flatten();
    }

    /// Takes over what is protected.
    pub(super) fn protect(&mut self, protection: Arc<Protection>) {
        self.protection = protection;
        self.judge();
        self.choose();
        self.flatten();
    }

    /// Works out the presets.
    fn judge(&mut self) {
        self.presets = Presets::new(&self.catalog.kinds, &self.summaries, self.protection.images());
    }

    fn arrange(&mut self) {
        let graph = self.graph.as_deref();
        self.order = graph.map_or_else(Vec::new, |g| self.sort.order(g, &self.summaries, &self.catalog));
        self.grouped = self.groups().map(|groups| self.sort.group(groups, &self.order)).unwrap_or_default();
    }

    /// Which images filter and preset let through.
    fn choose(&mut self) {
        self.shown.clone_from(&self.found);
        if self.preset != Preset::All {
            for (ix, shown) in (0..).map(ImageIx).zip(&mut self.shown) {
                *shown &= self.presets.has(ix, self.preset);
            }
        }
        self.matching = self.shown.iter().filter(|shown| **shown).count();
        self.count_in_groups();
    }

    fn count_in_groups(&mut self) {
        let shown = |images: &[ImageIx]| images.iter().filter(|ix| self.shows(**ix)).count();
        let groups = self.groups().map_or(&[][..], Groups::all);
        self.shown_in = groups.iter().map(|group| shown(&group.images)).collect();
    }

    fn flatten(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.clear();
        if let Some(graph) = &self.graph {
            let opens_matches = !self.filter.is_empty() && self.matching <= OPEN_AT_MOST;
            if self.groups().is_none() {
                for ix in self.shown_images() {
                    self.push_image(&mut rows, graph, Row::top(Node::Image(ix)), opens_matches);
                }
            }
            for (group, images) in &self.grouped {
                let mut shown = images.iter().copied().filter(|ix| self.shows(*ix)).peekable();
                if shown.peek().is_none() {
                    continue;
                }
                let head = Row::of_group(*group);
                rows.push(head);
                if self.is_open(head) || opens_matches {
                    for ix in shown {
                        let row = Row { group: Some(*group), node: Node::Image(ix) };
                        self.push_image(&mut rows, graph, row, opens_matches);
                    }
                }
            }
            if self.preset == Preset::All {
                let strays = graph.containers_without_image().iter().copied();
                let matches = |ix: &ContainerIx| {
                    self.filter.is_empty() || self.filter.any_in(&text_of_container(graph, *ix))
                };
                rows.extend(strays.filter(matches).map(|ix| Row::top(Node::Stray(ix))));
            }
        }
        self.rows = rows;
        self.find_cursor();
    }

    fn push_image(&self, rows: &mut Vec<Row>, graph: &Graph, row: Row, opens_matches: bool) {
        rows.push(row);
        let Node::Image(ix) = row.node else { return };
        if self.is_open(row) {
            for node in children(graph, ix) {
                let child = row.beside(node);
                rows.push(child);
                if matches!(node, Node::Layers(_)) && self.is_open(child) {
                    rows.extend(layers(graph, ix).map(|layer| row.beside(layer)));
                }
            }
        } else if opens_matches {
            let found = children(graph, ix).into_iter().filter(|node| self.row_matches(graph, *node));
            rows.extend(found.map(|node| row.beside(node)));
        }
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
            Node::Child(..) | Node::Layers(_) | Node::Layer(..) | Node::Image(_) | Node::Group(_) => false,
        }
    }

    /// Of a group's images, how many are shown.
    pub fn shown_in(&self, group: GroupIx) -> usize {
        self.shown_in.get(group.0 as usize).copied().unwrap_or(0)
    }

    pub fn group_name(&self, ix: GroupIx) -> Option<&GroupName> {
        self.groups()?.get(ix).map(|group| &group.name)
    }
}
