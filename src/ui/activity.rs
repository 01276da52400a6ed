//! What happened in this session: the latest in one line, all of it on demand.

use egui::{Frame, Margin, Panel, Rect, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::text::{self, tr};
use super::theme::{self, GRID};
use super::widgets::{Kind, Push};
use super::{Scene, icons, widgets};
use crate::model::Item;
use crate::plan::Ended;
use crate::state::{Action, Deed, Entry, Wanted};
use crate::words::journal::{undo_answer, undo_step};
use crate::words::steps::step_words as step;

const ROW: f32 = 24.0;

#[derive(Debug, Default)]
pub struct ActivityPanel {
    open: bool,
}

impl ActivityPanel {
    pub(super) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
        let colors = scene.colors;
        let frame = Frame::new().fill(colors.ground).inner_margin(Margin::symmetric(16, 0));
        let edge = Stroke::new(1.0, colors.line);
        Panel::bottom("activity bar").exact_size(32.0).frame(frame).show_separator_line(false).show(
            ui,
            |ui| {
                ui.painter().hline(ui.ctx().content_rect().x_range(), ui.max_rect().top() + 0.5, edge);
                self.bar(ui, scene, actions);
            },
        );
        if !self.open {
            return;
        }
        Panel::bottom("activity list")
            .frame(frame)
            .default_size(7.0 * ROW)
            .size_range(3.0 * ROW..=15.0 * ROW)
            .resizable(true)
            .show(ui, |ui| {
                let entries: Vec<_> = scene.state.activity.entries().collect();
                ui.spacing_mut().item_spacing.y = 0.0;
                let area = ScrollArea::vertical().auto_shrink([false, false]).stick_to_bottom(true);
                area.show_rows(ui, ROW, entries.len(), |ui, range| {
                    for entry in entries.get(range).unwrap_or_default() {
                        let (rect, _) =
                            ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
                        line(ui, scene, entry, rect);
                    }
                });
            });
    }

    fn bar(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
        let full = ui.max_rect();
        let name = tr!("activity.name");
        let (arrow, said) =
            if self.open { (icons::DOWN, tr!("activity.hide")) } else { (icons::UP, tr!("activity.show")) };
        let width = widgets::width_of(ui, &name, &theme::small()) + 24.0;
        let toggle = Rect::from_min_max(pos2(full.right() - width, full.top()), full.max);
        let response = ui.interact(toggle, ui.scope_id().with("toggle"), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &said));
        let ink =
            if response.hovered() || response.has_focus() { scene.colors.text } else { scene.colors.muted };
        ui.painter().text(toggle.left_center(), egui::Align2::LEFT_CENTER, name, theme::small(), ink);
        widgets::paint_icon(ui, toggle.right_center() - vec2(8.0, 0.0), arrow, 16.0, ink);
        if response.has_focus() {
            widgets::focus_ring(ui, toggle.shrink2(vec2(-4.0, 5.0)));
        }
        if response.clicked() {
            self.open = !self.open;
        }
        response.on_hover_text(said);
        let right = links(
            ui,
            scene,
            Rect::from_min_max(full.min, pos2(toggle.left() - 12.0, full.bottom())),
            actions,
        );
        if let (false, Some(last)) = (self.open, scene.state.activity.last()) {
            line(ui, scene, last, Rect::from_min_max(full.min, pos2(right - 12.0, full.bottom())));
        }
    }
}

/// The way to what earlier sessions did, and to undo the last of it. Returns where they begin.
fn links(ui: &mut Ui, scene: &Scene<'_>, room: Rect, actions: &mut Vec<Action>) -> f32 {
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let shown = ui.scope_builder(egui::UiBuilder::new().max_rect(room).layout(layout), |ui| {
        ui.spacing_mut().item_spacing.x = GRID;
        let words = tr!("activity.history");
        if Push::new(Kind::Quiet, &words).icon(icons::HISTORY).small().show(ui).clicked() {
            actions.push(Action::ShowHistory);
        }
        if scene.state.can_undo_last() {
            let words = tr!("button.undo");
            let push = Push::new(Kind::Quiet, &words).icon(icons::UNDO).small();
            let push = push.named(tr!("activity.undo").into_owned()).show(ui);
            if push.on_hover_text(tr!("activity.undo.hint")).clicked() {
                actions.push(Action::Undo(Wanted::Last));
            }
        }
    });
    shown.response.rect.left()
}

/// The time and the words of one entry, on one line.
fn line(ui: &mut Ui, scene: &Scene<'_>, entry: &Entry, rect: Rect) {
    let colors = scene.colors;
    let (words, bad) = words(&entry.deed);
    let time = text::clock(entry.time);
    ui.painter().text(rect.left_center(), egui::Align2::LEFT_CENTER, &time, theme::small(), colors.muted);
    let ink = if bad { colors.danger } else { colors.text };
    let room = Rect::from_min_max(pos2(rect.left() + 64.0, rect.top()), rect.max);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.scope_builder(egui::UiBuilder::new().max_rect(room).layout(layout), |ui| {
        ui.spacing_mut().item_spacing.x = GRID;
        let short = text::short_digests(&words);
        let shown = widgets::one_line(ui, &short, theme::small(), ink);
        let when = text::moment(entry.time);
        shown.on_hover_text(if short == words { when } else { format!("{when}\n{words}") });
    });
}

/// The words of an entry, and whether it is bad news.
fn words(deed: &Deed) -> (String, bool) {
    match deed {
        Deed::Connected { engine, version, host } => {
            (tr!("deed.connected", engine = engine, version = version, host = host), false)
        }
        Deed::SwitchRefused => (tr!("deed.switch_refused").into_owned(), true),
        Deed::Retried => (tr!("deed.retried").into_owned(), false),
        Deed::SampleInstead => (tr!("deed.sample").into_owned(), true),
        Deed::Listed { images, containers } => {
            let what = [text::count("n.images", *images), text::count("n.containers", *containers)];
            (tr!("deed.listed", what = text::list(&what)), false)
        }
        Deed::ListingFailed(failure) => (tr!("deed.listing_failed", words = failure.message), true),
        Deed::EngineGone(failure) => (tr!("deed.gone", words = failure.message), true),
        Deed::RunStarted { steps } => (text::count("deed.run_started", *steps), false),
        Deed::Line(Item::Untagged(name)) => (tr!("deed.untagged", name = name), false),
        Deed::Line(Item::Deleted(id)) => (tr!("deed.deleted", id = id), false),
        Deed::ContainerStopped(name) => (tr!("deed.stopped", name = name), false),
        Deed::ContainerRemoved(name) => (tr!("deed.container_removed", name = name), false),
        Deed::StepFailed(action, words) => {
            (tr!("deed.step_failed", what = step(action), words = words), true)
        }
        Deed::StepSkipped(action) => (tr!("deed.step_skipped", what = step(action)), true),
        Deed::StepDiffers(action) => (tr!("deed.step_differs", what = step(action)), true),
        Deed::RunEnded { done, of, ended } => {
            let words = match ended {
                Ended::Completed => text::done_of("deed.run_completed", *done, *of),
                Ended::Stopped => text::done_of("deed.run_stopped", *done, *of),
                Ended::Stale(_) => tr!("deed.run_stale").into_owned(),
                Ended::TargetMoved { .. } => text::done_of("deed.run_moved", *done, *of),
                Ended::Unexpected { .. } => text::done_of("deed.run_unexpected", *done, *of),
                Ended::Unasked { .. } => text::done_of("deed.run_unasked", *done, *of),
                Ended::WentOn { .. } => text::done_of("deed.run_went_on", *done, *of),
                Ended::NotJournalled { .. } => text::done_of("deed.run_not_journalled", *done, *of),
                Ended::NotListed(_) => tr!("deed.run_not_listed").into_owned(),
                Ended::NotArchived(words) | Ended::NoRoomForArchive(words) => {
                    tr!("deed.run_not_archived", words = words)
                }
            };
            (words, !matches!(ended, Ended::Completed | Ended::Stopped))
        }
        Deed::Archive(deed) => super::archives::deed_words(deed),
        Deed::SettingsUnread { path, words } => {
            (tr!("deed.settings_unread", path = path, words = words), true)
        }
        Deed::SettingsUnsaved { path, words } => {
            (tr!("deed.settings_unsaved", path = path, words = words), true)
        }
        Deed::WindowUnopened(words) => (tr!("deed.window_unopened", words = words), true),
        Deed::JournalFailed(words) => (tr!("deed.journal_failed", words = words), true),
        Deed::NothingToUndo => (tr!("deed.nothing_to_undo").into_owned(), false),
        Deed::UndoStarted { steps } => (text::count("deed.undo_started", *steps), false),
        Deed::Undone(action) => (undo_step(action), false),
        Deed::NotUndone(action, answer) => {
            (tr!("deed.not_undone", what = undo_step(action), words = undo_answer(answer)), true)
        }
        Deed::UndoEnded { done, of } => (text::done_of("deed.undo_ended", *done, *of), done < of),
        Deed::WorkerLost => (tr!("banner.worker_lost").into_owned(), true),
    }
}
