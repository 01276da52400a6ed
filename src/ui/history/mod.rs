//! All that the journal holds: a list to filter on the left, and what there is to know of a run or a step on
//! the right, below it where the window is narrow.

mod entry;
mod list;

use egui::{Align, Key, Layout, Role, TextEdit, Ui, WidgetInfo, vec2};

use super::details::blocked_words;
use super::text::{self, tr};
use super::theme::{self, GRID};
use super::widgets::{self, Kind, Push};
use super::{Scene, dialog, icons};
use crate::journal::{NotRead, ProblemKind};
use crate::state::{Action, ArchiveAction, Dialog, History, HistoryChange, NoUndo, Only, Reading, Wanted};
use crate::words::journal as words;

const WIDEST: f32 = 1080.0;
/// Narrower than this, what is selected stands below the list.
const SIDE_BY_SIDE: f32 = 760.0;

pub(super) fn show(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let Dialog::History(history) = &scene.state.dialog else { return };
    let window = ui.ctx().content_rect();
    let modal = dialog::show_wide(ui, "history", scene.colors, WIDEST, |ui| {
        head(ui, scene, actions);
        filters(ui, scene, history, actions);
        let height = (window.height() - 216.0).max(160.0);
        let width = ui.available_width();
        if history.rows().is_empty() {
            part(ui, vec2(width, height), |ui| list::show(ui, scene, history, actions));
        } else if width >= SIDE_BY_SIDE {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0 * GRID;
                part(ui, vec2((width - 16.0) * 0.5, height), |ui| list::show(ui, scene, history, actions));
                part(ui, vec2((width - 16.0) * 0.5, height), |ui| entry::show(ui, scene, history));
            });
        } else {
            part(ui, vec2(width, height * 0.45), |ui| list::show(ui, scene, history, actions));
            part(ui, vec2(width, height * 0.55 - 2.0 * GRID), |ui| entry::show(ui, scene, history));
        }
        buttons(ui, scene, history, actions);
    });
    let typing = ui.egui_wants_keyboard_input();
    for (key, by) in [(Key::ArrowDown, 1), (Key::ArrowUp, -1), (Key::PageDown, 10), (Key::PageUp, -10)] {
        if ui.input(|i| i.key_pressed(key)) {
            actions.push(Action::ChangeHistory(HistoryChange::Move(by)));
        }
    }
    if let Some(row) = history.selected.as_ref().filter(|row| row.step.is_none())
        && !typing
    {
        let (open, right, left) = (
            history.is_open(&row.run),
            ui.input(|i| i.key_pressed(Key::ArrowRight)),
            ui.input(|i| i.key_pressed(Key::ArrowLeft)),
        );
        if (right && !open) || (left && open) {
            actions.push(Action::ChangeHistory(HistoryChange::Toggle(row.run.clone())));
        }
    }
    if modal.should_close() {
        actions.push(Action::CloseDialog);
    }
}

fn part(ui: &mut Ui, size: egui::Vec2, add: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        ui.set_max_size(size);
        add(ui);
    });
}

fn head(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        widgets::words(ui, tr!("history.title"), theme::strong(theme::TITLE), scene.colors.text);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if Push::icon_only(icons::CLOSE, &tr!("button.close")).show(ui).clicked() {
                actions.push(Action::CloseDialog);
            }
        });
    });
}

fn filters(ui: &mut Ui, scene: &Scene<'_>, history: &History, actions: &mut Vec<Action>) {
    let change = |change| Action::ChangeHistory(change);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(2.0 * GRID, GRID);
        let mut typed = history.filter.clone();
        let field = TextEdit::singleline(&mut typed)
            .hint_text(tr!("history.filter_hint").into_owned())
            .margin(egui::Margin::symmetric(10, 6))
            .desired_width(260.0);
        let response = ui.add(field);
        let name = tr!("history.filter");
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &name));
        if response.changed() {
            actions.push(change(HistoryChange::Filter(typed)));
        }
        if !ui.egui_wants_keyboard_input()
            && ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Slash))
        {
            response.request_focus();
        }
        for (only, key) in [
            (Only::All, "history.all"),
            (Only::Failed, "history.failed"),
            (Only::Undoable, "history.undoable"),
        ] {
            if choice(ui, scene, &tr!(key), history.only == only) {
                actions.push(change(HistoryChange::Only(only)));
            }
        }
        if history.hosts.len() > 1 {
            let shown =
                history.host.as_deref().map_or_else(|| tr!("history.any_engine").into_owned(), text::host);
            egui::ComboBox::from_id_salt("history engine").selected_text(shown).show_ui(ui, |ui| {
                let any = history.host.is_none();
                if ui.selectable_label(any, tr!("history.any_engine")).clicked() {
                    actions.push(change(HistoryChange::Host(None)));
                }
                for host in &history.hosts {
                    let chosen = history.host.as_ref() == Some(host);
                    if ui.selectable_label(chosen, host).clicked() {
                        actions.push(change(HistoryChange::Host(Some(host.clone()))));
                    }
                }
            });
        }
    });
}

fn choice(ui: &mut Ui, scene: &Scene<'_>, word: &str, chosen: bool) -> bool {
    let colors = scene.colors;
    let width = widgets::width_of(ui, word, &theme::body()) + 20.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, 28.0), egui::Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, word));
    let fill = if chosen {
        colors.accent_soft
    } else if response.hovered() {
        colors.hover
    } else {
        colors.surface
    };
    ui.painter().rect_filled(rect, theme::RADIUS, fill);
    let ink = if chosen { colors.text } else { colors.muted };
    ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, word, theme::body(), ink);
    if response.has_focus() {
        widgets::focus_ring(ui, rect);
    }
    response.clicked() && !chosen
}

fn buttons(ui: &mut Ui, scene: &Scene<'_>, history: &History, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    widgets::right_row(ui, |ui| {
        if Push::new(Kind::Normal, &tr!("button.close")).show(ui).clicked() {
            actions.push(Action::CloseDialog);
        }
        if Push::new(Kind::Quiet, &tr!("archives.open")).icon(icons::ARCHIVE).show(ui).clicked() {
            actions.push(Action::Archive(ArchiveAction::ShowList));
        }
        let row = history.selected.as_ref();
        if let Some((row, run)) = row.and_then(|row| Some((row, scene.state.journal.runs().get(row.at)?))) {
            let no_undo = scene.state.no_undo(run, row.step);
            let why = no_undo.map(no_undo_words).or_else(|| blocked_words(scene));
            let key = if row.step.is_some() { "history.undo_step" } else { "history.undo_run" };
            let push = Push::new(Kind::Primary, &tr!(key)).enabled(why.is_none()).show(ui);
            if push.clicked() {
                actions.push(Action::Undo(Wanted::Run(row.run.clone(), row.step)));
            }
            if let Some(why) = why {
                push.on_hover_text(why);
            }
            let copy = Push::new(Kind::Quiet, &tr!("history.copy")).icon(icons::COPY).show(ui);
            if copy.on_hover_text(tr!("history.copy.hint")).clicked() {
                ui.copy_text(words::copied(run, row.step));
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let journal = &scene.state.journal;
            if let Some(words) = &journal.failure {
                widgets::one_line(
                    ui,
                    &tr!("history.unreadable", words = words),
                    theme::small(),
                    colors.danger,
                );
            } else if !journal.problems.is_empty() {
                let line = text::count("history.problems", journal.problems.len());
                let all: Vec<_> = journal.problems.iter().take(12).map(problem).collect();
                widgets::one_line(ui, &line, theme::small(), colors.warn).on_hover_text(all.join("\n"));
            } else if journal.reading == Reading::Waiting {
                widgets::one_line(ui, &tr!("history.reading"), theme::small(), colors.muted);
            }
        });
    });
}

pub fn no_undo_words(why: NoUndo<'_>) -> String {
    match why {
        NoUndo::Nothing => tr!("no_undo.nothing").into_owned(),
        NoUndo::OtherEngine(host) => tr!("no_undo.other_engine", host = host),
        NoUndo::Undone => tr!("no_undo.undone").into_owned(),
    }
}

fn problem(problem: &crate::journal::FileProblem) -> String {
    let words = match &problem.what {
        NotRead::File(words) => words.clone(),
        NotRead::Line(line) => match &line.kind {
            ProblemKind::HalfWritten => tr!("history.half_written", n = line.line),
            ProblemKind::Newer(schema) => tr!("history.newer", n = line.line, schema = schema),
            ProblemKind::Foreign(why) => tr!("history.foreign", n = line.line, why = why),
        },
    };
    format!("{}: {words}", problem.file)
}
