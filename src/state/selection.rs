//! What is selected, and where the cursor of the tree stands. The two differ: a child image under its
//! parent is a row of its own, and selects the image it stands for.

use super::tree::Node;
use super::{Action, AppState, Details, Move};
use crate::model::ImageIx;
use crate::rules::Target;

impl AppState {
    /// Selects a thing wherever it stands and brings its row into view.
    pub(super) fn select(&mut self, target: Target) {
        if let Some(node) = self.row_of(&target) {
            if let (Some(parent), false) = (node.parent(), node.is_top()) {
                self.tree.open(parent);
            }
            self.tree.set_cursor(Some(node));
        }
        self.set_selection(Some(target));
    }

    pub(super) fn select_row(&mut self, node: Node) {
        self.tree.set_cursor(Some(node));
        let target = self.graph().and_then(|g| node.target(g));
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
            let node = kept.as_ref().and_then(|target| self.row_of(target));
            self.tree.place_cursor(node);
        }
        self.selection = kept;
        self.update_details();
    }

    fn update_details(&mut self) {
        let details = self.selection.as_ref().zip(self.world());
        self.details = details.and_then(|(target, world)| Details::of(&world, target));
    }

    /// The row that stands for a thing.
    fn row_of(&self, target: &Target) -> Option<Node> {
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

    pub(super) fn toggle_open(&mut self, ix: ImageIx) {
        self.tree.toggle(ix);
        if let Some(cursor) = self.tree.cursor()
            && self.tree.cursor_row().is_none()
            && let Some(parent) = cursor.parent()
        {
            self.select_row(Node::Image(parent));
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
                Some(Node::Image(ix)) if self.tree.is_open(ix) => self.toggle_open(ix),
                Some(node) if !node.is_top() => {
                    if let Some(parent) = node.parent() {
                        self.select_row(Node::Image(parent));
                    }
                }
                Some(_) | None => {}
            },
            Move::Right => match self.tree.cursor() {
                Some(Node::Image(ix)) if self.tree.is_open(ix) => self.go_to_row((at + 1).min(last)),
                Some(Node::Image(ix)) => self.toggle_open(ix),
                Some(_) | None => {}
            },
        }
    }

    fn go_to_row(&mut self, row: usize) {
        if let Some(node) = self.tree.rows().get(row).copied() {
            self.select_row(node);
            self.tree.reveal();
        }
    }

    /// What Enter on the present row asks for.
    pub fn review_of_selection(&self) -> Option<Action> {
        let target = self.selection.clone()?;
        Some(Action::Review(target, crate::plan::Way::Ordered))
    }
}
