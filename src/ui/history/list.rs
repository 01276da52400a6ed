//! The runs and their steps, one line each. Only those in view are painted.

use egui::{Align, Layout, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use crate::journal::Run;
use crate::state::{Action, History, HistoryChange, HistoryRow, Reading};
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::widgets;
use crate::ui::{Scene, icons, placeholder};
use crate::words::journal as words;

const ROW: f32 = 28.0;

pub fn show(ui: &mut Ui, scene: &Scene<'_>, history: &History, actions: &mut Vec<Action>) {
    let rows = history.rows();
    if rows.is_empty() {
        let key = match (scene.state.journal.runs().is_empty(), scene.state.journal.reading) {
            (_, Reading::Waiting) => "history.reading",
            (true, _) => "history.empty",
            (false, _) => "history.no_match",
        };
        placeholder::message(ui, scene, icons::HISTORY, "", &tr!(key));
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().id_salt("history rows").auto_shrink([false, false]).show_rows(
        ui,
        ROW,
        rows.len(),
        |ui, range| {
            follow(ui, history, range.start);
            for row in rows.get(range).unwrap_or_default() {
                if let Some(run) = scene.state.journal.runs().get(row.at) {
                    one(ui, scene, history, row, run, actions);
                }
            }
        },
    );
}

/// Brings the selected row into view when another one was selected. `first` is the row at the top.
fn follow(ui: &mut Ui, history: &History, first: usize) {
    let id = ui.scope_id().with("followed");
    let before = ui.data(|data| data.get_temp::<Option<HistoryRow>>(id)).flatten();
    if before == history.selected {
        return;
    }
    ui.data_mut(|data| data.insert_temp(id, history.selected.clone()));
    let at = history.selected.as_ref().and_then(|row| history.rows().iter().position(|other| other == row));
    if let Some(at) = at {
        #[expect(clippy::cast_precision_loss, reason = "a place in a list")]
        let top = ui.max_rect().top() + (at as f32 - first as f32) * ROW;
        let place = egui::Rect::from_min_size(pos2(ui.max_rect().left(), top), vec2(1.0, ROW));
        ui.scroll_to_rect(place, None);
    }
}

fn one(
    ui: &mut Ui,
    scene: &Scene<'_>,
    history: &History,
    row: &HistoryRow,
    run: &Run,
    actions: &mut Vec<Action>,
) {
    let colors = scene.colors;
    let selected = history.selected.as_ref() == Some(row);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let name = match row.step {
        None => format!("{}, {}, {}", words::title(run), text::moment(run.begun), words::ended(run)),
        Some(step) => tr!("history.step_name", n = step + 1, what = words::step(run, step)),
    };
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, selected, &name));
    let fill = if selected {
        Some(colors.accent_soft)
    } else if response.hovered() {
        Some(colors.hover)
    } else {
        None
    };
    if let Some(fill) = fill {
        ui.painter().rect_filled(rect, theme::RADIUS, fill);
    }
    if response.has_focus() {
        widgets::focus_ring(ui, rect.shrink(2.0));
    }
    let place = rect.shrink2(vec2(GRID, 0.0));
    let mut line =
        ui.new_child(UiBuilder::new().max_rect(place).layout(Layout::left_to_right(Align::Center)));
    line.spacing_mut().item_spacing.x = 1.5 * GRID;
    match row.step {
        None => run_line(&mut line, scene, history, run, actions),
        Some(step) => step_line(&mut line, scene, run, step),
    }
    if response.clicked() {
        actions.push(Action::ChangeHistory(HistoryChange::Select(row.clone())));
        response.request_focus();
    }
    if response.double_clicked() && row.step.is_none() {
        actions.push(Action::ChangeHistory(HistoryChange::Toggle(row.run.clone())));
    }
}

fn run_line(ui: &mut Ui, scene: &Scene<'_>, history: &History, run: &Run, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    let open = history.is_open(&run.id);
    let (arrow, key) = if open { (icons::DOWN, "history.close") } else { (icons::RIGHT, "history.open") };
    let name = tr!(key, what = words::title(run));
    if widgets::Push::icon_only(arrow, &name).show(ui).clicked() {
        actions.push(Action::ChangeHistory(HistoryChange::Toggle(run.id.clone())));
    }
    let undone = scene.state.journal.is_undone(&run.id);
    let (icon, ink) = match (run.under_way, run.was_cut_off(), run.has_failed()) {
        (true, ..) => (icons::BUSY, colors.accent),
        (_, true, _) => (icons::ERROR, colors.danger),
        (_, _, true) => (icons::WARNING, colors.warn),
        _ if undone || crate::state::undo::is_undo(run) => (icons::UNDO, colors.muted),
        _ => (icons::CAN_GO, colors.safe),
    };
    widgets::icon(ui, icon, 16.0, ink);
    let time = text::age(scene.now, run.begun);
    let progress = format!("{}/{}", run.done(), run.steps.len());
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        widgets::words(ui, time, theme::small(), colors.muted).on_hover_text(text::moment(run.begun));
        widgets::words(ui, progress, theme::small(), colors.muted);
        if undone {
            widgets::pill(ui, &tr!("history.undone"), colors.muted, colors.raised);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            widgets::one_line(ui, &text::short_digests(&words::title(run)), theme::body(), colors.text);
        });
    });
}

fn step_line(ui: &mut Ui, scene: &Scene<'_>, run: &Run, step: usize) {
    let colors = scene.colors;
    ui.add_space(8.0 * GRID);
    let record = run.steps.get(step);
    let (icon, ink) = match record.map(|record| (record.sent.is_some(), record.is_done())) {
        Some((_, Some(true))) => (icons::CHECK, colors.safe),
        Some((_, None)) => (icons::UNKNOWN, colors.danger),
        Some((_, Some(false))) if record.is_some_and(|record| record.answered.is_some()) => {
            (icons::WARNING, colors.warn)
        }
        Some((_, Some(false))) | None => (icons::WAITING, colors.muted),
    };
    let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
    widgets::paint_icon(ui, pos2(rect.center().x, rect.center().y), icon, 14.0, ink);
    let words = format!("{}. {}", step + 1, words::step(run, step));
    widgets::one_line(ui, &text::short_digests(&words), theme::small(), colors.text);
}
