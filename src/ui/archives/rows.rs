//! The lines of the list: each archive, what it holds, and whether it is to be deleted.

use egui::{Align, Layout, ScrollArea, Ui, vec2};

use crate::archive::{Kept, Shelf};
use crate::state::Action;
use crate::state::archives::{ArchiveAction, ArchiveList, Line};
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, icons, text};
use crate::words::archives as words;
use crate::words::tr;

const ROW: f32 = 32.0;
/// The fewest rows that are in view.
const ROWS_AT_LEAST: f32 = 3.0;
const ROWS: f32 = 10.0;
/// What stands below the list and around the dialog, at most.
const BELOW: f32 = 224.0;
/// The scroll bar floats; nothing to press stands under it.
const BAR: f32 = 12.0;

/// `top` is where the dialog begins.
pub fn show(
    ui: &mut Ui,
    scene: &Scene<'_>,
    (shelf, list): (&Shelf, &ArchiveList),
    top: f32,
    actions: &mut Vec<Action>,
) {
    if shelf.kept.is_empty() {
        widgets::words(ui, tr!("archives.empty"), theme::body(), scene.colors.text);
        return;
    }
    let room = ui.ctx().content_rect().height() - (ui.cursor().top() - top) - BELOW;
    let height = room.clamp(ROWS_AT_LEAST * ROW, ROWS * ROW);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let area = ScrollArea::vertical().id_salt("archives").max_height(height).min_scrolled_height(height);
        area.auto_shrink([false, true]).show_rows(ui, ROW, list.lines.len(), |ui, range| {
            for line in list.lines.get(range).unwrap_or_default() {
                row(ui, scene, shelf, *line, actions);
            }
        });
    });
}

/// A line whose buttons stand at the right; returns what `buttons` returns.
fn line<R>(ui: &mut Ui, buttons: impl FnOnce(&mut Ui) -> R, say: impl FnOnce(&mut Ui)) -> R {
    let size = vec2(ui.available_width() - BAR, ROW);
    let inner = ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        let pressed = buttons(ui);
        ui.with_layout(Layout::left_to_right(Align::Center), say);
        pressed
    });
    inner.inner
}

fn row(ui: &mut Ui, scene: &Scene<'_>, shelf: &Shelf, what: Line, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    let (Line::Archive(at) | Line::Image(at, _) | Line::Broken(at) | Line::Ask(at)) = what;
    let Some(kept) = shelf.kept.get(at) else { return };
    let mut act = |action: ArchiveAction| actions.push(Action::Archive(action));
    match what {
        Line::Archive(_) => {
            let (when, from) = head(kept);
            let name = tr!("archives.delete.name", what = words::names_of(kept), when = when);
            let delete = |ui: &mut Ui| {
                let words = tr!("archives.delete");
                let push = Push::new(Kind::Quiet, &words).small().named(name);
                push.enabled(scene.state.archives.restoring.is_none()).show(ui).clicked()
            };
            let pressed = line(ui, delete, |ui| {
                widgets::icon(ui, icons::ARCHIVE, 17.0, colors.muted);
                widgets::words(ui, when.as_str(), theme::strong(theme::BODY), colors.text);
                let more = format!("{} · {from}", kept.stored);
                widgets::one_line(ui, &more, theme::body(), colors.muted).on_hover_text(kept.id.as_str());
            });
            if pressed {
                act(ArchiveAction::AskToDelete(kept.id.clone()));
            }
        }
        Line::Image(_, image) => {
            let Some(image) = kept.archive.as_ref().ok().and_then(|archive| archive.images.get(image)) else {
                return;
            };
            let names: Vec<_> =
                image.names.iter().map(|name| text::short_digests(&name.familiar())).collect();
            let names =
                if names.is_empty() { tr!("archives.nameless").into_owned() } else { text::list(&names) };
            let name = tr!("archives.restore.name", id = image.id.short(), names = names);
            let blocked = scene.state.restore_blocked();
            let restore = |ui: &mut Ui| {
                let words = tr!("archives.restore");
                let push = Push::new(Kind::Normal, &words).small().named(name);
                let response = push.enabled(blocked.is_none()).show(ui);
                let clicked = response.clicked();
                if blocked.is_some() {
                    response.on_hover_text(tr!("archives.restore.offline"));
                }
                clicked
            };
            let pressed = line(ui, restore, |ui| {
                ui.add_space(5.0 * GRID);
                widgets::icon(ui, icons::IMAGE, 15.0, colors.muted);
                widgets::words(ui, image.id.short(), theme::mono(), colors.text);
                widgets::one_line(ui, &names, theme::body(), colors.text).on_hover_text(&names);
            });
            if pressed {
                act(ArchiveAction::Restore(kept.id.clone(), image.id.clone()));
            }
        }
        Line::Broken(_) => {
            let why = kept.archive.as_ref().err().map(String::as_str).unwrap_or_default();
            line(
                ui,
                |_| (),
                |ui| {
                    ui.add_space(5.0 * GRID);
                    widgets::icon(ui, icons::WARNING, 15.0, colors.warn);
                    let said = tr!("archives.broken", why = why);
                    widgets::one_line(ui, &said, theme::body(), colors.text).on_hover_text(why);
                },
            );
        }
        Line::Ask(_) => {
            let buttons = |ui: &mut Ui| {
                let keep = Push::new(Kind::Normal, &tr!("archives.keep")).small().show(ui).clicked();
                let delete = Push::new(Kind::Danger, &tr!("archives.delete_it")).small().show(ui).clicked();
                (keep, delete)
            };
            let (keep, delete) = line(ui, buttons, |ui| {
                ui.add_space(5.0 * GRID);
                widgets::icon(ui, icons::WARNING, 15.0, colors.warn);
                let said = tr!("archives.ask", what = words::names_of(kept));
                widgets::one_line(ui, &said, theme::strong(theme::BODY), colors.warn);
            });
            if keep {
                act(ArchiveAction::DoNotDelete);
            } else if delete {
                act(ArchiveAction::Delete(kept.id.clone()));
            }
        }
    }
}

/// When it was made, and on which engine.
fn head(kept: &Kept) -> (String, String) {
    let from = kept.archive.as_ref().map_or_else(
        |_| kept.id.to_string(),
        |archive| {
            let host = text::host(&archive.host);
            format!("{} {} · {host}", archive.engine.name, archive.engine.version)
        },
    );
    (text::moment(kept.created()), from)
}
