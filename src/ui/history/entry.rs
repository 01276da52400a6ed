//! What there is to know of a run or of one step: what it was, what the engine said, and how to get it back.

use egui::{ScrollArea, Ui};

use crate::journal::{ContainerRecord, Run, Secrets, create_line};
use crate::state::History;
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, icons};
use crate::words::journal as words;
use crate::words::steps::undo_words;

/// Enough steps of a run to read; the list has them all.
const SHOWN: usize = 100;

pub fn show(ui: &mut Ui, scene: &Scene<'_>, history: &History) {
    let Some(row) = &history.selected else { return };
    let Some(run) = scene.state.journal.runs().get(row.at) else { return };
    widgets::card(ui, scene.colors.surface, scene.colors.line, |ui| {
        let height = ui.available_height();
        ScrollArea::vertical()
            .id_salt(("history entry", &row.run.0, row.step))
            .max_height(height)
            .auto_shrink([false, false])
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 1.5 * GRID;
                ui.spacing_mut().interact_size.y = 18.0;
                match row.step {
                    None => whole(ui, scene, run),
                    Some(step) => one(ui, scene, run, step),
                }
            });
    });
}

fn whole(ui: &mut Ui, scene: &Scene<'_>, run: &Run) {
    let colors = scene.colors;
    widgets::words(ui, text::short_digests(&words::title(run)), theme::strong(theme::BODY), colors.text);
    let ink = if run.has_failed() { colors.warn } else { colors.text };
    widgets::words(ui, words::ended(run), theme::body(), ink);
    if run.was_cut_off() {
        let known = run.found.as_ref().map(|(_, known)| known.as_slice());
        for line in words::cut_off(run, known) {
            widgets::words(ui, line, theme::body(), colors.text);
        }
    }
    let when = match &run.ended {
        Some((ended, _)) => format!("{} – {}", text::moment(run.begun), text::clock(*ended)),
        None => text::moment(run.begun),
    };
    widgets::words(ui, when, theme::small(), colors.muted);
    let engine = format!("{} {} · {}", run.engine.name, run.engine.version, run.engine.store.word());
    widgets::words(ui, engine, theme::small(), colors.muted);
    widgets::quoted(ui, &run.host, colors.muted);
    for at in 0..run.steps.len().min(SHOWN) {
        let (lines, well) = words::answer(run, at);
        let title = format!("{}. {}", at + 1, words::step(run, at));
        widgets::words(ui, text::short_digests(&title), theme::body(), colors.text);
        for line in lines {
            said(ui, scene, &line, well);
        }
    }
    if run.steps.len() > SHOWN {
        widgets::words(
            ui,
            text::count("history.more", run.steps.len() - SHOWN),
            theme::small(),
            colors.muted,
        );
    }
}

fn said(ui: &mut Ui, scene: &Scene<'_>, line: &str, well: bool) {
    let ink = if well { scene.colors.muted } else { scene.colors.danger };
    let short = text::short_digests(line);
    let shown = widgets::quoted(ui, &short, ink);
    if short != line {
        shown.on_hover_text(line);
    }
}

fn one(ui: &mut Ui, scene: &Scene<'_>, run: &Run, step: usize) {
    let colors = scene.colors;
    widgets::words(ui, text::short_digests(&words::step(run, step)), theme::strong(theme::BODY), colors.text);
    let Some(record) = run.steps.get(step) else { return };
    widgets::section(ui, &tr!("history.said"), None);
    let (lines, well) = words::answer(run, step);
    for line in lines {
        said(ui, scene, &line, well);
    }
    let Some(sent) = &record.sent else { return };
    if !sent.taken.images.is_empty() || !sent.taken.containers.is_empty() {
        widgets::section(ui, &tr!("history.was"), None);
    }
    for image in &sent.taken.images {
        widgets::code_block(ui, |ui| {
            for line in words::image(image) {
                said(ui, scene, &line, true);
            }
        });
    }
    for container in &sent.taken.containers {
        set_up(ui, scene, container);
    }
    if let Some(undo) = &sent.undo {
        widgets::section(ui, &tr!("history.back"), None);
        let (sentence, lasting) = undo_words(undo);
        let ink = if lasting { colors.warn } else { colors.text };
        widgets::words(ui, text::short_digests(&sentence), theme::body(), ink);
    }
}

/// How a container was set up. Values of its environment are not on screen, and go nowhere but to the
/// clipboard, if asked for.
fn set_up(ui: &mut Ui, scene: &Scene<'_>, container: &ContainerRecord) {
    let colors = scene.colors;
    widgets::code_block(ui, |ui| {
        for line in words::container(container) {
            widgets::quoted(ui, &line, colors.muted);
        }
    });
    let Some(create) = create_line(container, Secrets::Kept) else { return };
    if !create.missing.is_empty() {
        let words = tr!("history.missing", names = create.missing.join(", "));
        widgets::words(ui, words, theme::small(), colors.warn);
    }
    let copy = Push::new(Kind::Quiet, &tr!("history.copy_create")).icon(icons::TERMINAL).small().show(ui);
    if copy.on_hover_text(tr!("history.copy_create.hint")).clicked() {
        ui.copy_text(create.line);
    }
}
