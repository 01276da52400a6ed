//! What is selected, and where the cursor of the tree stands. The two differ: a child image under its
//! parent is a row of its own, and selects the image it stands for.

use super::tree::{Node, Row};
use super::{Action, AppState, Details, Move};
use crate::rules::Target;

impl AppState {
    /// Selects a thing wherever it stands and brings its row into view.
    pub(super) fn select(&mut self, target: Target) {
        if let Some(row) = self.row_of(&target) {
            self.tree.open_above(row);
            self.tree.set_cursor(Some(row));
        }
        self.set_selection(Some(target));
    }

    pub(super) fn select_row(&mut self, row: Row) {
        self.tree.set_cursor(Some(row));
        let target = self.graph().and_then(|g| row.node.target(g));
        self.set_selection(target);
    }

    fn set_selection(&mut self, target: Option<Target>) {
        if self.selection != target {
            self.selection = target;
            self.update_details();
        }
    }

    /// After a new observation: the same thing if it is still there, else its image, else nothing.
    pub(super) fn keep_selection(&mut self) {
        let still_there = |target: &Target| match target {
            Target::Image(id) => self.graph().is_some_and(|g| g.find_image(id).is_some()),
            Target::Reference(..) => self.row_of(target).is_some(),
            Target::Container(id) => self.graph().is_some_and(|g| g.find_container(id).is_some()),
        };
        let kept = match self.selection.clone() {
            Some(target) if still_there(&target) => Some(target),
            Some(Target::Reference(image, _)) => Some(Target::Image(image)).filter(still_there),
            Some(Target::Image(_) | Target::Container(_)) | None => None,
        };
        if self.tree.cursor().is_none() {
            let row = kept.as_ref().and_then(|target| self.row_of(target));
            self.tree.place_cursor(row);
        }
        self.selection = kept;
        self.update_details();
    }

    fn update_details(&mut self) {
        let details = self.selection.as_ref().zip(self.world());
        self.details = details.and_then(|(target, world)| Details::of(&world, target));
    }

    /// The row that stands for a thing.
    fn row_of(&self, target: &Target) -> Option<Row> {
        self.tree.row(self.node_of(target)?)
    }

    fn node_of(&self, target: &Target) -> Option<Node> {
        let graph = self.graph()?;
        match target {
            Target::Image(id) => graph.find_image(id).map(Node::Image),
            Target::Reference(id, name) => {
                let ix = graph.find_image(id)?;
                let image = graph.image(ix)?;
                let at = |all: &[crate::model::Reference]| {
                    all.iter().position(|n| n == name).and_then(|p| u32::try_from(p).ok())
                };
                let stored = at(&image.references).map(|p| Node::Name(ix, p));
                stored.or_else(|| at(&image.computed_digests).map(|p| Node::ComputedDigest(ix, p)))
            }
            Target::Container(id) => {
                let ix = graph.find_container(id)?;
                let image = graph.find_image(&graph.container(ix)?.image);
                Some(image.map_or(Node::Stray(ix), |image| Node::Container(image, ix)))
            }
        }
    }

    pub(super) fn toggle_open(&mut self, row: Row) {
        self.tree.toggle(row);
        let hidden = self.tree.cursor().filter(|_| self.tree.cursor_row().is_none());
        let above =
            |cursor: Row| std::iter::successors(cursor.parent(), |up| up.parent()).any(|up| up == row);
        if hidden.is_some_and(above) {
            self.select_row(row);
        }
    }

    pub(super) fn move_cursor(&mut self, step: Move) {
        let last = self.tree.rows().len().saturating_sub(1);
        let Some(at) = self.tree.cursor_row() else {
            let edge = if step == Move::Last { last } else { 0 };
            self.go_to_row(edge);
            return;
        };
        match step {
            Move::Up => self.go_to_row(at.saturating_sub(1)),
            Move::Down => self.go_to_row((at + 1).min(last)),
            Move::PageUp(rows) => self.go_to_row(at.saturating_sub(rows)),
            Move::PageDown(rows) => self.go_to_row((at + rows).min(last)),
            Move::First => self.go_to_row(0),
            Move::Last => self.go_to_row(last),
            Move::Left => match self.tree.cursor() {
                Some(row) if row.opens() && self.tree.is_open(row) => self.toggle_open(row),
                Some(row) => {
                    if let Some(above) = row.parent() {
                        self.select_row(above);
                    }
                }
                None => {}
            },
            Move::Right => match self.tree.cursor() {
                Some(row) if row.opens() && self.tree.is_open(row) => {
                    let under = self.tree.rows().get(at + 1).is_some_and(|next| next.parent() == Some(row));
                    if under {
                        self.go_to_row(at + 1);
                    }
                }
                Some(row) if row.opens() => self.toggle_open(row),
                Some(_) | None => {}
            },
        }
    }

    fn go_to_row(&mut self, row: usize) {
        if let Some(row) = self.tree.rows().get(row).copied() {
            self.select_row(row);
            self.tree.reveal();
        }
    }

    /// What Enter on the present row asks for.
    pub fn review_of_selection(&self) -> Option<Action> {
        let target = self.selection.clone()?;
        Some(Action::Review(target, crate::plan::Way::Ordered))
    }
}
