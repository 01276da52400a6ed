//! The archive that comes before the first step: whether there is to be one, what that takes, and how far it
//! is.

use egui::Ui;

use crate::archive::{Fit, SaveProgress};
use crate::state::archives::{ArchiveAction, Offer};
use crate::state::{Action, Run};
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, icons};
use crate::words::archives as words;
use crate::words::{self as text, tr};

const LINE: f32 = 24.0;

/// How high the option is.
pub fn height(scene: &Scene<'_>) -> f32 {
    let archives = &scene.state.archives;
    let Some(offer) = &archives.offer else { return 0.0 };
    let drops = archives.save_first && !offer.may_drop.is_empty();
    let notes = u8::from(drops) + u8::from(archives.proposed);
    (LINE + 2.0 * GRID) * f32::from(1 + notes)
}

/// Whether the images that go are saved first.
pub fn option(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let archives = &scene.state.archives;
    let (Some(offer), colors) = (&archives.offer, scene.colors) else { return };
    if archives.proposed {
        widgets::words(ui, tr!("review.archive.proposed"), theme::body(), colors.warn);
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        let mut save = archives.save_first;
        let ticked = widgets::tick(ui, colors, &mut save, &tr!("review.archive"));
        if ticked.on_hover_text(tr!("review.archive.hint")).clicked() {
            actions.push(Action::Archive(ArchiveAction::SaveFirst(save)));
        }
        let ink = if scene.state.archive_has_no_room() { colors.danger } else { colors.muted };
        widgets::one_line(ui, &room(scene, offer), theme::small(), ink);
    });
    if archives.save_first && !offer.may_drop.is_empty() {
        let said = words::dropped(offer.may_drop.len(), offer.drop_bytes);
        let kept = archives.shelf.as_ref().map_or(&[][..], |shelf| &shelf.kept);
        let gone = kept.iter().filter(|kept| offer.may_drop.contains(&kept.id));
        let named: Vec<_> = gone.take(20).map(words::names_of).collect();
        widgets::words(ui, said, theme::body(), colors.warn).on_hover_text(named.join("\n"));
    }
}

fn room(scene: &Scene<'_>, offer: &Offer) -> String {
    let free = scene.state.archives.shelf.as_ref().and_then(|shelf| shelf.free);
    match (offer.fit, offer.at_most, free) {
        (Fit::TooLarge { at_most, free }, ..) if scene.state.archives.save_first => {
            tr!("review.archive.no_room", bytes = at_most, free = free)
        }
        (_, Some(bytes), Some(free)) => tr!("review.archive.room", bytes = bytes, free = free),
        (_, Some(bytes), None) => tr!("review.archive.size", bytes = bytes),
        (_, None, _) => tr!("review.archive.size_unknown").into_owned(),
    }
}

/// While it is made; nothing else has begun.
pub fn saving(ui: &mut Ui, scene: &Scene<'_>, run: &Run, progress: &SaveProgress, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    widgets::words(ui, tr!("saving.title"), theme::strong(theme::TITLE), colors.text);
    widgets::words(
        ui,
        text::steps::plan_title(&run.plan.targets, Some(&run.plan)),
        theme::body(),
        colors.muted,
    );
    ui.add_space(GRID);
    widgets::words(ui, words::save_progress(progress, run.to_save), theme::body(), colors.text);
    let of = progress.of.unwrap_or_default();
    widgets::progress(ui, progress.read.0.min(of.0), of.0, &tr!("saving.progress"));
    ui.add_space(GRID);
    widgets::words(ui, tr!("saving.hint"), theme::body(), colors.muted);
    if scene.state.closing {
        widgets::label(ui, tr!("run.closing"));
    }
    ui.add_space(GRID);
    widgets::right_row(ui, |ui| {
        let words = tr!(if run.stopping { "saving.cancelling" } else { "saving.cancel" });
        let push = Push::new(Kind::Normal, &words).icon(icons::STOP).enabled(!run.stopping);
        if push.show(ui).clicked() {
            actions.push(Action::StopRun);
        }
    });
}

/// What was archived, for the outcome.
pub fn saved_words(saved: &crate::archive::Saved) -> String {
    let what = text::count("n.images", saved.images);
    let kept = tr!("outcome.archived", what = what, bytes = saved.stored);
    let gone: Vec<_> = saved.dropped.iter().filter_map(|(_, dropped)| dropped.as_ref().ok()).collect();
    if gone.is_empty() {
        return kept;
    }
    let bytes: crate::model::Bytes = gone.iter().map(|bytes| **bytes).sum();
    let one = gone.len() == 1;
    let key = if one { "outcome.archived.dropped.one" } else { "outcome.archived.dropped.many" };
    format!("{kept} · {}", text::fill(key, &[("n", &text::thousands(gone.len())), ("bytes", &bytes)]))
}
