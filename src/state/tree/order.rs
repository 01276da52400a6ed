//! In which order images stand.

use std::cmp::Reverse;

use crate::message::ImageSummary;
use crate::model::{Bytes, Graph, ImageIx, Reference};
use crate::rules::Verdict;

/// What the tree shows of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

    pub(super) fn order(self, graph: &Graph, summaries: &[ImageSummary]) -> Vec<ImageIx> {
        let images = graph.images();
        let mut order: Vec<_> = (0..u32::try_from(images.len()).unwrap_or(u32::MAX)).map(ImageIx).collect();
        let image = |ix: &ImageIx| images.get(ix.0 as usize);
        let summary = |ix: &ImageIx| summaries.get(ix.0 as usize);
        // Every sort is stable on the inventory's order, so that equal rows keep their places.
        match self.column {
            Column::Name => order.sort_by_cached_key(|ix| image(ix).map(|i| name_key(&i.references))),
            Column::Own => order.sort_by_key(|ix| summary(ix).and_then(|s| s.own)),
            Column::Size => order.sort_by_key(|ix| image(ix).and_then(|i| i.size)),
            // The oldest has the greatest age.
            Column::Age => order.sort_by_key(|ix| Reverse(image(ix).and_then(|i| i.created))),
            Column::Used => order.sort_by_key(|ix| graph.users(*ix).len() + graph.mounted_by(*ix).len()),
            Column::Verdict => {
                order.sort_by_key(|ix| {
                    let size = image(ix).and_then(|i| i.size).unwrap_or(Bytes(0));
                    (summary(ix).map_or(Verdict::Unknown, |s| s.verdict), Reverse(size))
                });
            }
        }
        if self.descending {
            order.reverse();
        }
        order
    }
}

/// The first name; those without any come last.
fn name_key(names: &[Reference]) -> (bool, String) {
    names.first().map_or_else(|| (true, String::new()), |n| (false, n.familiar()))
}
