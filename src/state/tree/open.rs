//! Which rows are open, by names that outlast a listing: for an engine that is left for another.

use super::row::{Node, Row};
use super::{Grouping, Tree};
use crate::model::{GroupName, ImageId};

/// Rows that are not as they are by themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenRows {
    grouping: Grouping,
    rows: Vec<OpenRow>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct OpenRow {
    group: Option<GroupName>,
    /// `None` for the group itself.
    image: Option<ImageId>,
    /// Its layers, and not the image.
    layers: bool,
}

impl Tree {
    pub(in crate::state) fn open_rows(&self) -> OpenRows {
        let graph = self.graph.as_deref();
        let name = |row: &Row| {
            let group = if let Node::Group(ix) = row.node { Some(ix) } else { row.group };
            let group =
                group.map(|ix| self.group_name(ix).cloned()).map_or(Some(None), |name| name.map(Some))?;
            let (image, layers) = match row.node {
                Node::Group(_) => (None, false),
                Node::Image(ix) => (Some(graph?.image(ix)?.id.clone()), false),
                Node::Layers(ix) => (Some(graph?.image(ix)?.id.clone()), true),
                Node::Name(..)
                | Node::ComputedDigest(..)
                | Node::Container(..)
                | Node::Mount(..)
                | Node::Child(..)
                | Node::Layer(..)
                | Node::Stray(_) => return None,
            };
            Some(OpenRow { group, image, layers })
        };
        let rows = self.toggled.iter().filter_map(name).collect();
        OpenRows { grouping: self.grouping, rows }
    }

    /// Opens them in the present listing, as far as they are there and grouped as they were.
    pub(in crate::state) fn open_again(&mut self, open: &OpenRows) {
        let same = self.grouping == open.grouping;
        let found = open.rows.iter().filter(|row| same || row.group.is_none()).filter_map(|row| {
            let group = match &row.group {
                Some(name) => Some(self.groups()?.find(name)?),
                None => None,
            };
            let Some(id) = &row.image else { return Some(Row::of_group(group?)) };
            let ix = self.graph.as_deref()?.find_image(id)?;
            Some(Row { group, node: if row.layers { Node::Layers(ix) } else { Node::Image(ix) } })
        });
        let found: Vec<Row> = found.collect();
        self.toggled.extend(found);
        self.flatten();
    }

    /// Opens nothing and searches for nothing any more.
    pub(in crate::state) fn forget(&mut self) {
        self.toggled.clear();
        self.cursor = None;
        self.preset = super::Preset::default();
        self.set_filter(String::new());
    }
}
