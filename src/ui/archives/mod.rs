//! The archives that were kept before removals: what each holds, restoring from it, deleting it, and how long
//! archives are kept.

mod preferences;
mod rows;

use egui::Ui;

use super::{Scene, dialog, text};
use crate::model::{Bytes, ImageId};
use crate::state::archives::{ArchiveAction, ArchiveDeed, ArchiveList};
use crate::state::{Action, Dialog};
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{self, Kind, Push};
use crate::words::archives as words;
use crate::words::tr;

pub fn show(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let Dialog::Archives(list) = &scene.state.dialog else { return };
    let colors = scene.colors;
    let busy = scene.state.archives.restoring.is_some();
    let modal = dialog::show(ui, "archives", colors, |ui| {
        let top = ui.cursor().top();
        widgets::words(ui, tr!("archives.title"), theme::strong(theme::TITLE), colors.text);
        let archives = &scene.state.archives;
        match (&archives.shelf, &archives.unread) {
            (Some(shelf), _) => {
                widgets::words(ui, words::shelf(shelf), theme::body(), colors.muted);
                under_way(ui, scene, actions);
                ended(ui, scene, list);
                rows::show(ui, scene, (shelf, list), top, actions);
            }
            (None, Some(why)) => {
                widgets::label(ui, tr!("archives.unread"));
                widgets::code_block(ui, |ui| widgets::quoted(ui, why, colors.text));
            }
            (None, None) => {
                widgets::words(ui, tr!("archives.reading"), theme::body(), colors.muted);
            }
        }
        // A small window has no room for everything, and what just happened comes first.
        if !busy && list.ended.is_none() {
            ui.add_space(GRID);
            preferences::show(ui, scene, list, actions);
        }
        ui.add_space(GRID);
        widgets::right_row(ui, |ui| {
            if Push::new(Kind::Primary, &tr!("button.done")).enabled(!busy).show(ui).clicked() {
                actions.push(Action::CloseDialog);
            }
            if busy && scene.state.closing {
                widgets::words(ui, tr!("restoring.closing"), theme::body(), colors.muted);
            }
        });
    });
    if modal.should_close() && !busy {
        let asking = list.asking.is_some();
        let back = Action::Archive(ArchiveAction::DoNotDelete);
        actions.push(if asking { back } else { Action::CloseDialog });
    }
}

fn under_way(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let Some(restoring) = &scene.state.archives.restoring else { return };
    let colors = scene.colors;
    widgets::card(ui, colors.accent_soft, colors.accent_soft, |ui| {
        let title = tr!("restoring.title", id = restoring.image.short());
        widgets::words(ui, title, theme::strong(theme::BODY), colors.text);
        let progress = restoring.progress.as_ref();
        widgets::words(ui, words::restore_progress(progress), theme::body(), colors.text);
        let (read, of) = progress.map_or((Bytes(0), Bytes(0)), |progress| (progress.read, progress.of));
        widgets::progress(ui, read.0, of.0, &tr!("restoring.progress"));
        let words = if restoring.cancelled { tr!("saving.cancelling") } else { tr!("restoring.cancel") };
        let push = Push::new(Kind::Normal, &words).small().enabled(!restoring.cancelled);
        if push.show(ui).clicked() {
            actions.push(Action::Archive(ArchiveAction::CancelRestore));
        }
    });
}

fn ended(ui: &mut Ui, scene: &Scene<'_>, list: &ArchiveList) {
    let Some((image, result)) = &list.ended else { return };
    let colors = scene.colors;
    match result {
        Ok(restored) => {
            let fill = if restored.has_all_names() { colors.safe_soft } else { colors.warn_soft };
            widgets::card(ui, fill, fill, |ui| {
                ui.spacing_mut().item_spacing.y = GRID;
                widgets::words(ui, words::restored(restored), theme::strong(theme::BODY), colors.text);
                for line in words::names_given(restored) {
                    widgets::label(ui, line);
                }
            });
        }
        Err(why) => {
            widgets::card(ui, colors.danger_soft, colors.danger_soft, |ui| {
                ui.spacing_mut().item_spacing.y = GRID;
                let title = tr!("restored.not", id = image.short());
                widgets::words(ui, title, theme::strong(theme::BODY), colors.text);
                widgets::quoted(ui, why, colors.text);
            });
        }
    }
}

/// The words of what happened, and whether it is bad news.
pub fn deed_words(deed: &ArchiveDeed) -> (String, bool) {
    let short = |image: &ImageId| image.short().to_owned();
    match deed {
        ArchiveDeed::Saved { images, bytes } => {
            let what = text::count("n.images", *images);
            (tr!("deed.archive.saved", what = what, bytes = bytes), false)
        }
        ArchiveDeed::Dropped(id, bytes) => (tr!("deed.archive.dropped", id = id, bytes = bytes), false),
        ArchiveDeed::NotDropped(id, words) => (tr!("deed.archive.not_dropped", id = id, words = words), true),
        ArchiveDeed::Deleted(id) => (tr!("deed.archive.deleted", id = id), false),
        ArchiveDeed::NotDeleted(id, words) => (tr!("deed.archive.not_deleted", id = id, words = words), true),
        ArchiveDeed::Restored { image, all_names: true } => {
            (tr!("deed.archive.restored", id = short(image)), false)
        }
        ArchiveDeed::Restored { image, all_names: false } => {
            (tr!("deed.archive.restored_some", id = short(image)), false)
        }
        ArchiveDeed::NotRestored { image, words } => {
            (tr!("deed.archive.not_restored", id = short(image), words = words), true)
        }
        ArchiveDeed::Unread(words) => (tr!("deed.archive.unread", words = words), true),
    }
}
