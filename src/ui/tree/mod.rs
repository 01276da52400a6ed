//! The tree: virtual rows, painted by hand, so that only what is in view costs anything.

mod bar;
mod columns;
mod describe;
mod layers;
mod mark_menu;
mod menu;
mod row;

use egui::{Key, Modifiers, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::rows::{self, Scrolled};
use super::text::{self, tr};
pub use super::text::{image_name, status};
use super::widgets::focus_ring;
use super::{Scene, icons, placeholder};
use crate::state::{Action, Move, Preset, Row};
use columns::Columns;
pub use columns::choose as choose_columns;
pub use describe::{group_name, hint_words, verdict_sign};
pub use layers::layer_words;
use row::Shown;

pub const ROW: f32 = 28.0;
/// The room for marks, left of everything.
const MARKS: f32 = 28.0;

#[derive(Debug, Default)]
pub struct TreePanel {
    scrolled: Scrolled,
}

impl TreePanel {
    pub(super) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
        let state = scene.state;
        let rows = state.tree.rows();
        let has_images = state.graph().is_some_and(|graph| !graph.images().is_empty());
        if has_images {
            bar::show(ui, scene, actions);
        }
        let columns = Columns::new(ui.available_rect_before_wrap(), state.settings.hidden_columns);
        columns.head(ui, scene, actions);
        if state.listing.observation.is_none() {
            match (&state.listing.stale, state.listing.is_busy()) {
                (Some(_), false) => {
                    let title = tr!("empty.failed");
                    placeholder::message(ui, scene, icons::DISCONNECTED, &title, &tr!("empty.failed.hint"));
                }
                _ => placeholder::skeleton(ui, scene, ROW),
            }
            return;
        }
        if rows.is_empty() {
            nothing(ui, scene);
            return;
        }
        self.rows(ui, scene, &columns, actions);
    }

    fn rows(&mut self, ui: &mut Ui, scene: &Scene<'_>, columns: &Columns, actions: &mut Vec<Action>) {
        let tree = &scene.state.tree;
        let rows = tree.rows();
        let room = ui.available_rect_before_wrap();
        let whole = ui.interact(room, ui.scope_id().with("tree"), Sense::focusable_noninteractive());
        let name = tr!("tree.name", images = text::count("n.images", tree.matching()));
        whole.widget_info(|| WidgetInfo::labeled(Role::Tree, true, &name));
        rows::keep_arrows(ui, &whole);
        let takes_keys = rows::takes_keys(ui, scene, &whole);
        if takes_keys {
            self.keys(ui, scene, actions);
        }
        let area = ScrollArea::vertical().auto_shrink([false, false]).id_salt("rows");
        let area = self.scrolled.follow(area, room.height(), tree.reveals(), tree.cursor_row(), ROW);
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut pressed = false;
        let mut cursor_id = None;
        let focused = whole.has_focus();
        let asked_for_menu = takes_keys && menu::is_asked_for(ui);
        let past = scene.state.listing.is_past();
        let output = area.show_rows(ui, ROW, rows.len(), |ui, range| {
            if past {
                ui.set_opacity(0.75);
            }
            for at in range {
                let Some(row) = rows.get(at) else { continue };
                // Open by the person's choice, or by the filter for what it found.
                let open = rows.get(at + 1).is_some_and(|next| next.parent() == Some(*row));
                let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
                let full = Rect::from_x_y_ranges(room.x_range(), rect.y_range());
                let here = tree.cursor() == Some(*row);
                let menu = asked_for_menu && here;
                let shown = Shown { open, menu, focused: here && focused, rect: full };
                let response = row::show(ui, scene, columns, *row, shown, actions);
                pressed |= response.as_ref().is_some_and(egui::Response::clicked);
                if here {
                    cursor_id = response.map(|response| response.id);
                }
            }
        });
        if pressed {
            whole.request_focus();
        }
        self.scrolled.note(&output);
        if whole.has_focus() && tree.cursor_row().is_none() {
            focus_ring(ui, room.shrink(3.0));
        }
        // Arrows move the cursor, and the focus stays with the tree: this says where it is.
        if let Some(id) = cursor_id {
            ui.ctx().accesskit_node_builder(whole.id, |node| node.set_active_descendant(id.accesskit_id()));
        }
    }

    fn keys(&self, ui: &Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
        ui.input_mut(|i| {
            // The longer combinations first: a plain key is found in them, too.
            for (key, step) in [(Key::ArrowUp, Move::Up), (Key::ArrowDown, Move::Down)] {
                if i.consume_key(Modifiers::SHIFT, key) {
                    actions.push(Action::ExtendMarks(step));
                }
            }
            if i.consume_key(Modifiers::COMMAND, Key::A) {
                actions.push(Action::MarkShown);
            }
            if i.consume_key(Modifiers::NONE, Key::Space) {
                actions.extend(scene.state.tree.cursor().map(Action::ToggleMark));
            }
            if i.consume_key(Modifiers::NONE, Key::Enter) {
                actions.extend(scene.state.review_of_selection());
            }
            if i.consume_key(Modifiers::NONE, Key::Delete) {
                let marked = (!scene.state.marks.is_empty()).then_some(Action::ReviewMarked);
                actions.extend(marked.or_else(|| scene.state.review_of_selection()));
            }
        });
        actions.extend(rows::moves(ui, self.scrolled.page(ROW)).into_iter().map(Action::MoveCursor));
    }
}

/// What stands where no row is left, and why.
fn nothing(ui: &mut Ui, scene: &Scene<'_>) {
    let tree = &scene.state.tree;
    let (icon, title, hint) = if !tree.filter().is_empty() {
        (icons::FILTERED, tr!("empty.filter", filter = tree.filter().text()), tr!("empty.filter.hint"))
    } else if tree.preset() != Preset::All {
        let name = tr!(bar::preset_key(tree.preset()));
        (icons::FILTERED, tr!("empty.preset", name = name), tr!("empty.preset.hint"))
    } else {
        (icons::EMPTY, tr!("empty.engine").into_owned(), tr!("empty.engine.hint"))
    };
    placeholder::message(ui, scene, icon, &title, &hint);
}

/// Where the arrow of a row stands.
fn arrow_rect(row: Row, rect: Rect) -> Rect {
    Rect::from_center_size(pos2(rect.left() + indent(row) - 16.0, rect.center().y), vec2(24.0, ROW))
}

/// How far the content of a row is moved in.
fn indent(row: Row) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "three at most")]
    let depth = row.depth() as f32;
    MARKS + 36.0 + 24.0 * depth
}
