//! One row, painted.

use egui::text::{LayoutJob, TextFormat};
use egui::{Align, Align2, Color32, FontId, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::columns::Columns;
use super::describe::{Badge, Numbers, Style, Words, describe, verdict_sign};
use super::{ROW, arrow_rect, indent};
use crate::plan::Way;
use crate::state::{Action, Marked, Node, Row, can_be_marked};
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::{Scene, icons, rows, widgets};

/// The share of a row's room that its name keeps, whatever else there is to say.
const NAME_AT_LEAST: f32 = 0.25;

/// How a row stands this frame.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    pub rect: Rect,
    /// Rows stand under it.
    pub open: bool,
    /// The cursor is here, and keys go to the tree.
    pub focused: bool,
    /// Its menu was asked for by a key.
    pub menu: bool,
}

/// What was done with the row; `None` where there is none any more.
pub fn show(
    ui: &mut Ui,
    scene: &Scene<'_>,
    columns: &Columns,
    row: Row,
    shown: Shown,
    actions: &mut Vec<Action>,
) -> Option<egui::Response> {
    let Shown { rect, open, focused, menu } = shown;
    let tree = &scene.state.tree;
    let words = scene.state.graph().and_then(|g| describe(scene, g, row))?;
    let response = ui.interact(rect, ui.scope_id().with(row), Sense::CLICK);
    let here = tree.cursor() == Some(row);
    response.widget_info(|| WidgetInfo::labeled(Role::TreeItem, true, &words.sentence));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_selected(here);
        node.set_level(row.depth() + 1);
        if row.opens() {
            node.set_expanded(open);
        }
    });
    rows::ground(ui, scene.colors, rect, here, focused, response.hovered());
    let mut x = rect.left() + indent(row);
    if row.opens() {
        let spot = arrow_rect(row, rect);
        let arrow = ui.interact(spot, ui.scope_id().with((row, "arrow")), Sense::CLICK);
        widgets::opener(ui, spot.center(), open, arrow.hovered());
        if arrow.clicked() || response.double_clicked() {
            actions.push(Action::ToggleOpen(row));
        }
    } else if response.double_clicked() {
        actions.extend(scene.state.selection.clone().map(|t| Action::Review(t, Way::Ordered)));
    }
    widgets::paint_icon(ui, pos2(x + 8.0, rect.center().y), words.icon, 16.0, words.tint);
    x += 24.0;
    let end = if words.numbers.is_some() { columns.name_end } else { rect.right() - 16.0 };
    let remark_room = if words.remark.is_some() { 24.0 } else { 0.0 };
    let badge_room = words.badge.as_ref().map_or(0.0, |badge| badge_width(ui, badge) + 2.0 * GRID);
    let text_room = end - remark_room - badge_room;
    let (text_end, elided) = paint_parts(ui, scene, &words, pos2(x, rect.center().y), text_room);
    if let Some(badge) = &words.badge {
        paint_badge(ui, badge, row, pos2(text_end + 2.0 * GRID, rect.center().y));
    }
    if let Some(remark) = &words.remark {
        let spot = Rect::from_center_size(pos2(text_end + 14.0, rect.center().y), vec2(20.0, 20.0));
        widgets::paint_icon(ui, spot.center(), icons::HINT, 14.0, scene.colors.muted);
        let sign = ui.interact(spot, ui.scope_id().with((row, "remark")), Sense::hover());
        sign.widget_info(|| WidgetInfo::labeled(Role::Label, true, remark));
        sign.on_hover_text(remark);
    }
    if let Some(numbers) = &words.numbers {
        paint_numbers(ui, scene, columns, row, rect, numbers);
    }
    mark(ui, scene, row, rect, &words, response.hovered() || here, actions);
    super::menu::show(ui, scene, row, &response, menu, actions);
    if response.clicked() {
        actions.push(Action::SelectRow(row));
        let modifiers = ui.input(|i| i.modifiers);
        if modifiers.shift {
            actions.push(Action::MarkTo(row));
        } else if modifiers.command {
            actions.push(Action::ToggleMark(row));
        }
    }
    Some(hover(&words, response, elided))
}

/// The box to mark a row with. Images and groups always show theirs; what stands under an image shows it
/// when the row is looked at, or once something is marked.
fn mark(
    ui: &Ui,
    scene: &Scene<'_>,
    row: Row,
    rect: Rect,
    words: &Words,
    lit: bool,
    actions: &mut Vec<Action>,
) {
    if !can_be_marked(row.node) {
        return;
    }
    let spot = Rect::from_center_size(pos2(rect.left() + 20.0, rect.center().y), vec2(24.0, ROW));
    let response = ui.interact(spot, ui.scope_id().with((row, "mark")), Sense::CLICK);
    let marked = scene.state.marked(row);
    let said = tr!("mark.row", what = words.sentence);
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, marked == Marked::Wholly, &said));
    if response.clicked() {
        let shift = ui.input(|i| i.modifiers.shift);
        actions.push(if shift { Action::MarkTo(row) } else { Action::ToggleMark(row) });
    }
    let on_top = matches!(row.node, Node::Image(_) | Node::Group(_));
    let hovered = response.hovered();
    if !on_top && marked == Marked::Not && !lit && !hovered && scene.state.marks.is_empty() {
        return;
    }
    let colors = scene.colors;
    let square = Rect::from_center_size(spot.center(), vec2(14.0, 14.0));
    let (fill, edge) = match (marked, hovered) {
        (Marked::Not, true) => (colors.surface, colors.accent),
        (Marked::Not, false) => (Color32::TRANSPARENT, colors.muted.gamma_multiply(0.7)),
        (Marked::Partly | Marked::Wholly, _) => (colors.accent, colors.accent),
    };
    ui.painter().rect(square, 3, fill, egui::Stroke::new(1.0, edge), egui::StrokeKind::Inside);
    let sign = match marked {
        Marked::Not => return,
        Marked::Partly => icons::PART,
        Marked::Wholly => icons::CHECK,
    };
    widgets::paint_icon(ui, square.center(), sign, 12.0, colors.on_accent);
}

/// What is known beyond the row; what was left out of it, where nothing is.
fn hover(words: &Words, response: egui::Response, elided: bool) -> egui::Response {
    let text = match &words.hover {
        Some(more) => more.clone(),
        None if elided => words.parts.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("  "),
        None => return response,
    };
    response.on_hover_text_at_pointer(text)
}

fn badge_width(ui: &Ui, badge: &Badge) -> f32 {
    widgets::width_of(ui, &badge.word, &theme::small()) + 3.0 * GRID
}

fn paint_badge(ui: &Ui, badge: &Badge, row: Row, at: egui::Pos2) {
    let size = vec2(badge_width(ui, badge), 18.0);
    let spot = Rect::from_min_size(pos2(at.x, at.y - size.y / 2.0), size);
    ui.painter().rect_filled(spot, 9, badge.fill);
    ui.painter().text(spot.center(), Align2::CENTER_CENTER, &badge.word, theme::small(), badge.ink);
    ui.interact(spot, ui.scope_id().with((row, "badge")), Sense::hover()).on_hover_text(&badge.hint);
}

/// Where the text ended, and whether something of it was left out.
fn paint_parts(ui: &Ui, scene: &Scene<'_>, words: &Words, at: egui::Pos2, end: f32) -> (f32, bool) {
    let gap = 2.0 * GRID;
    let look = |style: Style| -> (FontId, Color32) {
        match style {
            Style::Plain => (theme::body(), scene.colors.text),
            Style::Strong => (theme::strong(theme::BODY), scene.colors.text),
            Style::Muted => (theme::body(), scene.colors.muted),
            Style::Mono => (theme::mono(), scene.colors.text),
        }
    };
    let widths: Vec<f32> =
        words.parts.iter().map(|(t, s)| widgets::width_of(ui, t, &look(*s).0) + gap).collect();
    let fixed: f32 = widths.iter().enumerate().filter(|(at, _)| *at != words.elastic).map(|(_, w)| w).sum();
    let mut x = at.x;
    let mut elided = false;
    for (position, (text, style)) in words.parts.iter().enumerate() {
        if text.is_empty() {
            continue;
        }
        let (font, color) = look(*style);
        // What follows the name gives way where it would leave nothing of it.
        let least = widths.get(position).map_or(0.0, |w| w - gap).min((end - at.x) * NAME_AT_LEAST);
        let room =
            if position == words.elastic { (end - at.x - fixed).max(least).min(end - x) } else { end - x };
        if room < 24.0 {
            elided = true;
            continue;
        }
        let (shown, cut) = widgets::elide_middle(ui, text, &font, room);
        elided |= cut;
        let mut marks = scene.state.tree.filter().matches(&shown);
        if cut && marks.len() < scene.state.tree.filter().matches(text).len() {
            // Something was found in what is left out.
            marks.extend(shown.find('…').map(|at| at..at + '…'.len_utf8()));
            marks.sort_by_key(|range| range.start);
        }
        let mut job = LayoutJob::default();
        let format = TextFormat { font_id: font, color, valign: Align::Center, ..TextFormat::default() };
        widgets::append_marked(&mut job, &shown, &format, &marks, scene.colors.mark);
        let galley = ui.painter().layout_job(job);
        let y = at.y - galley.size().y / 2.0;
        let width = galley.size().x;
        ui.painter().galley(pos2(x, y), galley, color);
        x += width + gap;
    }
    (x - gap, elided)
}

fn paint_numbers(ui: &Ui, scene: &Scene<'_>, columns: &Columns, row: Row, rect: Rect, numbers: &Numbers) {
    let colors = scene.colors;
    let y = rect.center().y;
    let cell = |key: &str, edge: f32, width: f32, shown: String, hint: String, ink: Color32| {
        ui.painter().text(pos2(edge, y), Align2::RIGHT_CENTER, shown, theme::body(), ink);
        let spot = Rect::from_x_y_ranges(edge - width..=edge, rect.y_range());
        ui.interact(spot, ui.scope_id().with((row, key)), Sense::hover()).on_hover_text(hint);
    };
    let bytes = |b: Option<crate::model::Bytes>| match b {
        Some(b) => (b.to_string(), text::exact(b), colors.text),
        None => ("–".to_owned(), tr!("bytes.unknown").into_owned(), colors.muted),
    };
    if let Some(edge) = columns.own {
        let (shown, hint, ink) = bytes(numbers.own);
        cell("own", edge, 72.0, shown, format!("{}\n{hint}", tr!("column.own.hint")), ink);
    }
    let (shown, hint, ink) = bytes(numbers.size);
    if let Some(edge) = columns.size {
        cell("size", edge, 72.0, shown, hint, ink);
    }
    if let (Some(edge), Some(created)) = (columns.age, numbers.created) {
        cell("age", edge, 60.0, text::age(scene.now, created), text::moment(created), colors.muted);
    }
    if let (Some(edge), true) = (columns.used, numbers.used > 0) {
        let hint = text::count("row.used_by", numbers.used);
        cell("used", edge, 40.0, text::thousands(numbers.used), hint, colors.text);
        let width = widgets::width_of(ui, &text::thousands(numbers.used), &theme::body());
        widgets::paint_icon(ui, pos2(edge - width - 12.0, y), icons::CONTAINER, 14.0, colors.muted);
    }
    let Some(verdict) = numbers.verdict else { return };
    let (mut icon, mut ink, key) = verdict_sign(verdict, colors);
    let mut hint = tr!(key).into_owned();
    if let Some(why) = &numbers.protected {
        // What no plan touches is no question of what the engine would say.
        (icon, ink) = (icons::LOCK, colors.accent);
        hint = format!("{why}\n{hint}");
    }
    widgets::paint_icon(ui, pos2(columns.verdict, y), icon, 16.0, ink);
    let spot = Rect::from_center_size(pos2(columns.verdict, y), vec2(28.0, ROW));
    ui.interact(spot, ui.scope_id().with((row, "verdict")), Sense::hover()).on_hover_text(hint);
}
