//! Where the columns stand at a width, and their heads.

use egui::{Align2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::state::{Action, Column, HiddenColumns};
use crate::ui::text::tr;
use crate::ui::theme;
use crate::ui::widgets::focus_ring;
use crate::ui::{Scene, top_bar};

const HEAD: f32 = 32.0;
const EDGE: f32 = 16.0;

/// Right edges of the columns; `None` where there is no room for one.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    pub left: f32,
    /// Where names have to end.
    pub name_end: f32,
    pub own: Option<f32>,
    pub size: Option<f32>,
    pub age: Option<f32>,
    pub used: Option<f32>,
    /// The middle of the verdict's icon.
    pub verdict: f32,
}

const VERDICT: f32 = 32.0;
const USED: f32 = 60.0;
const AGE: f32 = 68.0;
const BYTES: f32 = 76.0;
/// Less room for names than this, and the less important columns go.
const NAMES: f32 = 320.0;

impl Columns {
    pub fn new(room: Rect, hidden: HiddenColumns) -> Self {
        let mut right = room.right() - EDGE;
        let mut take = |width: f32| {
            let edge = right;
            right -= width;
            edge
        };
        let verdict = take(VERDICT) - VERDICT / 2.0 + 4.0;
        let wants = |column| !hidden.hides(column);
        let width = |column, width: f32| if wants(column) { width } else { 0.0 };
        let used = wants(Column::Used).then(|| take(USED));
        let size_width = width(Column::Size, BYTES);
        let fixed = VERDICT + EDGE + width(Column::Used, USED) + size_width;
        let rest = room.width() - fixed - NAMES;
        let age = (wants(Column::Age) && rest >= AGE).then(|| take(AGE));
        let rest = rest - if age.is_some() { AGE } else { 0.0 };
        let size = wants(Column::Size).then(|| take(BYTES));
        let own = (wants(Column::Own) && rest >= BYTES).then(|| take(BYTES));
        Self { left: room.left(), name_end: right - 8.0, own, size, age, used, verdict }
    }

    pub fn head(&self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), Sense::hover());
        ui.painter().rect_filled(rect, 0, scene.colors.surface);
        let y = rect.y_range();
        let mut head = |column, key, edge: f32, width: f32| {
            let spot = Rect::from_x_y_ranges(edge - width..=edge, y);
            press(ui, scene, column, key, spot, false, actions);
        };
        if let Some(own) = self.own {
            head(Column::Own, "column.own", own, BYTES);
        }
        if let Some(size) = self.size {
            head(Column::Size, "column.size", size, BYTES);
        }
        if let Some(age) = self.age {
            head(Column::Age, "column.age", age, AGE);
        }
        if let Some(used) = self.used {
            head(Column::Used, "column.used", used, USED);
        }
        let name = Rect::from_x_y_ranges(
            self.left + super::MARKS + 36.0..=(self.left + 160.0).min(self.name_end),
            y,
        );
        press(ui, scene, Column::Name, "column.name", name, true, actions);
        let verdict = Rect::from_x_y_ranges(self.verdict - 14.0..=self.verdict + 14.0, y);
        press(ui, scene, Column::Verdict, "column.verdict", verdict, false, actions);
        let line = Stroke::new(1.0, scene.colors.line);
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, line);
        ui.add_space(-ui.spacing().item_spacing.y);
    }
}

fn press(
    ui: &Ui,
    scene: &Scene<'_>,
    column: Column,
    key: &str,
    spot: Rect,
    left: bool,
    actions: &mut Vec<Action>,
) {
    let colors = scene.colors;
    let response = ui.interact(spot, ui.scope_id().with(key), Sense::click());
    let word = tr!(key);
    let hint = tr!(&format!("{key}.hint"));
    let said = tr!("column.sort", name = word);
    response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, &said));
    let sort = scene.state.tree.sort();
    let sorted = sort.column == column;
    let ink = if sorted || response.hovered() || response.has_focus() { colors.text } else { colors.muted };
    if column == Column::Verdict {
        if sorted {
            arrow(ui, spot.center(), sort.descending, ink);
        } else if response.hovered() || response.has_focus() {
            arrow(ui, spot.center(), false, colors.muted);
        }
    } else {
        let (at, align) = if left {
            (spot.left_center(), Align2::LEFT_CENTER)
        } else {
            (spot.right_center(), Align2::RIGHT_CENTER)
        };
        let font = if sorted { theme::strong(theme::SMALL) } else { theme::small() };
        let drawn = ui.painter().text(at, align, word.as_ref(), font, ink);
        if sorted {
            let x = if left { drawn.right() + 8.0 } else { drawn.left() - 8.0 };
            arrow(ui, pos2(x, spot.center().y), sort.descending, ink);
        }
    }
    if response.has_focus() {
        focus_ring(ui, spot.shrink2(vec2(-2.0, 5.0)));
    }
    response.context_menu(|ui| choose(ui, scene, actions));
    if response.on_hover_text(hint).on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
        actions.push(Action::SortBy(column));
    }
}

/// Which columns are shown, to be ticked.
pub fn choose(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.set_min_width(184.0);
    for column in HiddenColumns::CHOICE {
        let shown = !scene.state.settings.hidden_columns.hides(column);
        if top_bar::choice(ui, scene, &tr!(column_key(column)), shown) {
            actions.push(Action::ShowColumn(column, !shown));
        }
    }
}

fn column_key(column: Column) -> &'static str {
    match column {
        Column::Name => "column.name",
        Column::Own => "column.own",
        Column::Size => "column.size",
        Column::Age => "column.age",
        Column::Used => "column.used",
        Column::Verdict => "column.verdict",
    }
}

/// A small triangle; fonts do not reliably have one.
fn arrow(ui: &Ui, center: egui::Pos2, down: bool, color: egui::Color32) {
    let tip = if down { 3.0 } else { -3.0 };
    let points = [vec2(-3.5, -tip * 0.7), vec2(3.5, -tip * 0.7), vec2(0.0, tip)]
        .map(|offset| center + offset)
        .to_vec();
    ui.painter().add(Shape::convex_polygon(points, color, Stroke::NONE));
}
