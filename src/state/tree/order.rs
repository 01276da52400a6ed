//! In which order images stand.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::message::ImageSummary;
use crate::model::{Bytes, Catalog, Graph, GroupIx, Groups, ImageIx};
use crate::rules::Verdict;

/// What the tree shows of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    Name,
    /// Bytes that only this image needs.
    Own,
    Size,
    Age,
    /// Containers that use it.
    Used,
    Verdict,
}

/// A column and a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub column: Column,
    pub descending: bool,
}

impl Default for Sort {
    /// The biggest first: it is the one that matters when a disk is full.
    fn default() -> Self {
        Self { column: Column::Size, descending: true }
    }
}

impl Sort {
    /// After a press on a column's head: the other direction, or the column's natural one.
    #[must_use]
    pub fn pressed(self, column: Column) -> Self {
        if self.column == column {
            return Self { column, descending: !self.descending };
        }
        let descending = match column {
            Column::Own | Column::Size | Column::Age | Column::Used => true,
            Column::Name | Column::Verdict => false,
        };
        Self { column, descending }
    }

    pub(super) fn order(self, graph: &Graph, summaries: &[ImageSummary], catalog: &Catalog) -> Vec<ImageIx> {
        let all = || (0..).map(ImageIx).take(summaries.len());
        let summary = |ix: &ImageIx| summaries.get(ix.0 as usize);
        // Every sort is stable on the inventory's order, so that equal rows keep their places. Keys are
        // looked up once for each image: they lie far apart.
        let mut order = match self.column {
            Column::Name => catalog.orders.by_name.to_vec(),
            Column::Size => catalog.orders.by_size.to_vec(),
            // The oldest has the greatest age.
            Column::Age => catalog.orders.by_age.to_vec(),
            Column::Used => catalog.orders.by_use.to_vec(),
            Column::Own => {
                let mut order: Vec<_> = all().collect();
                order.sort_by_cached_key(|ix| summary(ix).and_then(|s| s.own));
                order
            }
            Column::Verdict => {
                let mut order: Vec<_> = all().collect();
                order.sort_by_cached_key(|ix| {
                    let size = graph.image(*ix).and_then(|i| i.size).unwrap_or(Bytes(0));
                    (summary(ix).map_or(Verdict::Unknown, |s| s.verdict), Reverse(size))
                });
                order
            }
        };
        if self.descending {
            order.reverse();
        }
        order
    }

    /// The groups with their images in order: groups by their names where images are sorted by name, else
    /// by the image that comes first.
    pub(super) fn group(self, groups: &Groups, order: &[ImageIx]) -> Vec<(GroupIx, Vec<ImageIx>)> {
        let mut images: Vec<Vec<ImageIx>> =
            groups.all().iter().map(|g| Vec::with_capacity(g.images.len())).collect();
        let mut by_first = Vec::with_capacity(images.len());
        for ix in order {
            for group in groups.of(*ix) {
                let Some(list) = images.get_mut(group.0 as usize) else { continue };
                if list.is_empty() {
                    by_first.push(*group);
                }
                list.push(*ix);
            }
        }
        if self.column == Column::Name {
            by_first.sort_unstable();
            if self.descending {
                by_first.reverse();
            }
        }
        let mut take =
            |group: GroupIx| images.get_mut(group.0 as usize).map(std::mem::take).unwrap_or_default();
        by_first.into_iter().map(|group| (group, take(group))).collect()
    }
}
