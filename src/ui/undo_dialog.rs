//! Undoing a run: what will be done, what is being done, and what became of it. What is painted is the very
//! value that runs.

use egui::{Align, Align2, Layout, ScrollArea, Sense, Ui, vec2};

use super::details::blocked_words;
use super::text::{self, tr};
use super::theme::{self, GRID};
use super::widgets::{self, Kind, Push};
use super::{Scene, dialog, icons};
use crate::journal::{UndoAction, UndoAnswer, UndoEnded, UndoStep, WhyLeft};
use crate::model::Bytes;
use crate::state::{Action, Dialog, Undo, UndoPhase, UndoState};
use crate::words::journal as words;

const ROW: f32 = 46.0;
const LEFT_ROW: f32 = 24.0;

pub(super) fn show(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let Dialog::Undo(undo) = &scene.state.dialog else { return };
    let modal = dialog::show(ui, "undo", scene.colors, |ui| {
        head(ui, scene, undo, actions);
        match &undo.phase {
            UndoPhase::Review { changed } => review(ui, scene, undo, *changed, actions),
            UndoPhase::Running { steps, stopping, .. } => running(ui, scene, undo, steps, *stopping, actions),
            UndoPhase::Ended { steps, ended } => ended_ui(ui, scene, undo, steps, ended, actions),
        }
    });
    if modal.should_close() && !scene.state.is_running() {
        actions.push(Action::CloseDialog);
    }
}

fn head(ui: &mut Ui, scene: &Scene<'_>, undo: &Undo, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    let (title, ink) = match &undo.phase {
        UndoPhase::Review { .. } => ("undo_dialog.title", colors.text),
        UndoPhase::Running { .. } => ("undo_dialog.running", colors.text),
        UndoPhase::Ended { steps, ended } => match ended {
            UndoEnded::Completed if steps.iter().all(is_done) => ("undo_dialog.done", colors.text),
            UndoEnded::Completed => ("undo_dialog.partly", colors.warn),
            UndoEnded::Stopped => ("undo_dialog.stopped", colors.text),
            UndoEnded::OtherEngine => ("undo_dialog.other_engine", colors.warn),
            UndoEnded::NotJournalled { .. } => ("undo_dialog.not_journalled", colors.warn),
            UndoEnded::NotBegun(_) => ("undo_dialog.not_begun", colors.danger),
        },
    };
    ui.horizontal_top(|ui| {
        let room = ui.available_width() - 36.0;
        ui.vertical(|ui| {
            ui.set_width(room);
            widgets::words(ui, tr!(title), theme::strong(theme::TITLE), ink);
        });
        if !scene.state.is_running() {
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                if Push::icon_only(icons::CLOSE, &tr!("button.close")).show(ui).clicked() {
                    actions.push(Action::CloseDialog);
                }
            });
        }
    });
    let what = match undo.only {
        None => words::title(&undo.run),
        Some(step) => words::step(&undo.run, step),
    };
    let line = format!("{what} · {}", text::moment(undo.run.begun));
    widgets::one_line(ui, &line, theme::body(), colors.muted);
}

fn review(ui: &mut Ui, scene: &Scene<'_>, undo: &Undo, changed: bool, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    if undo.plan.steps.is_empty() {
        widgets::label(ui, tr!("undo_dialog.nothing"));
    } else {
        widgets::words(ui, tr!("undo_dialog.hint"), theme::body(), colors.muted);
    }
    if undo.without_journal {
        super::review::without_journal(ui, scene);
    }
    if changed {
        ui.horizontal(|ui| {
            widgets::icon(ui, icons::WARNING, 17.0, colors.warn);
            widgets::words(ui, tr!("review.changed"), theme::strong(theme::BODY), colors.warn);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if Push::new(Kind::Normal, &tr!("review.accept")).small().show(ui).clicked() {
                    actions.push(Action::AcceptChanges);
                }
            });
        });
    }
    let left = left_height(undo);
    steps(ui, scene, &undo.plan.steps, 300.0 + left, |_| Mark::Planned);
    ui.scope(|ui| left_behind(ui, scene, undo));
    ui.add_space(GRID);
    widgets::right_row(ui, |ui| {
        let blocked = blocked_words(scene);
        let ready = blocked.is_none() && !changed && !undo.plan.steps.is_empty();
        let name = text::count("undo_dialog.confirm", undo.plan.steps.len());
        let push = Push::new(Kind::Primary, &name).enabled(ready).show(ui);
        if push.clicked() {
            actions.push(Action::Confirm);
        }
        let why = blocked.or_else(|| changed.then(|| tr!("review.accept_first").into_owned()));
        if let Some(why) = why {
            push.on_hover_text(why);
        }
        if Push::new(Kind::Normal, &tr!("button.cancel")).show(ui).clicked() {
            actions.push(Action::CloseDialog);
        }
    });
}

fn running(
    ui: &mut Ui,
    scene: &Scene<'_>,
    undo: &Undo,
    states: &[UndoState],
    stopping: bool,
    actions: &mut Vec<Action>,
) {
    let done = states.iter().filter(|state| matches!(state, UndoState::Ended(_))).count();
    let said = text::done_of("run.progress", done, states.len());
    widgets::progress(ui, done as u64, states.len() as u64, &said);
    steps(ui, scene, &undo.plan.steps, 260.0, |at| states.get(at).map_or(Mark::Planned, Mark::State));
    if scene.state.closing {
        widgets::label(ui, tr!("run.closing"));
    }
    ui.add_space(GRID);
    widgets::right_row(ui, |ui| {
        let words = tr!(if stopping { "run.stopping" } else { "run.stop" });
        if Push::new(Kind::Normal, &words).icon(icons::STOP).enabled(!stopping).show(ui).clicked() {
            actions.push(Action::StopRun);
        }
    });
}

fn ended_ui(
    ui: &mut Ui,
    scene: &Scene<'_>,
    undo: &Undo,
    states: &[UndoState],
    ended: &UndoEnded,
    actions: &mut Vec<Action>,
) {
    let done = states.iter().filter(|state| is_done(state)).count();
    widgets::words(ui, text::done_of("run.progress", done, states.len()), theme::body(), scene.colors.muted);
    if let UndoEnded::NotJournalled { words, .. } | UndoEnded::NotBegun(words) = ended {
        widgets::code_block(ui, |ui| widgets::quoted(ui, words, scene.colors.text));
    }
    let left = left_height(undo);
    steps(ui, scene, &undo.plan.steps, 320.0 + left, |at| match states.get(at) {
        Some(UndoState::Ended(_)) => states.get(at).map_or(Mark::NotReached, Mark::State),
        Some(UndoState::Waiting | UndoState::Running { .. }) | None => Mark::NotReached,
    });
    ui.scope(|ui| left_behind(ui, scene, undo));
    ui.add_space(GRID);
    widgets::right_row(ui, |ui| {
        if Push::new(Kind::Primary, &tr!("button.done")).show(ui).clicked() {
            actions.push(Action::CloseDialog);
        }
        if matches!(ended, UndoEnded::NotJournalled { .. }) {
            let blocked = blocked_words(scene);
            let words = tr!("button.without_journal");
            if Push::new(Kind::Normal, &words).enabled(blocked.is_none()).show(ui).clicked() {
                actions.push(Action::UndoWithoutJournal);
            }
        }
    });
}

fn is_done(state: &UndoState) -> bool {
    matches!(state, UndoState::Ended(answer) if answer.is_done() == Some(true))
}

#[derive(Clone, Copy)]
enum Mark<'a> {
    Planned,
    State(&'a UndoState),
    NotReached,
}

/// Every row is as high as any other, so that only those in view are painted.
fn steps<'a>(
    ui: &mut Ui,
    scene: &Scene<'_>,
    steps: &[UndoStep],
    taken: f32,
    mark: impl Fn(usize) -> Mark<'a>,
) {
    if steps.is_empty() {
        return;
    }
    let most = (ui.ctx().content_rect().height() - taken).max(2.0 * ROW);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical().id_salt("undo steps").max_height(most).auto_shrink([false, true]).show_rows(
            ui,
            ROW,
            steps.len(),
            |ui, range| {
                for at in range {
                    if let Some(step) = steps.get(at) {
                        row(ui, scene, at, step, mark(at));
                    }
                }
            },
        );
    });
}

fn row(ui: &mut Ui, scene: &Scene<'_>, at: usize, step: &UndoStep, mark: Mark<'_>) {
    let colors = scene.colors;
    ui.allocate_ui_with_layout(vec2(ui.available_width(), ROW), Layout::left_to_right(Align::Min), |ui| {
        ui.set_min_height(ROW);
        ui.spacing_mut().item_spacing.x = 3.0 * GRID;
        sign(ui, scene, at, mark);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add_space(2.0);
            let title = text::short_digests(&words::undo_step(&step.action));
            let ink = if matches!(mark, Mark::NotReached) { colors.muted } else { colors.text };
            let full = words::undo_step(&step.action);
            widgets::one_line(ui, &title, theme::strong(theme::BODY), ink).on_hover_text(full);
            let (note, ink) = note(scene, &step.action, mark);
            widgets::one_line(ui, &note, theme::small(), ink);
        });
    });
}

/// What there is to know of a step beside what it does.
fn note(scene: &Scene<'_>, action: &UndoAction, mark: Mark<'_>) -> (String, egui::Color32) {
    let colors = scene.colors;
    match mark {
        Mark::State(UndoState::Ended(answer)) => {
            let ink = if answer.is_done() == Some(true) { colors.muted } else { colors.danger };
            (words::undo_answer(answer), ink)
        }
        Mark::State(UndoState::Running { bytes, of }) if *of > 0 => {
            (tr!("undo_dialog.bytes", bytes = Bytes(*bytes), of = Bytes(*of)), colors.muted)
        }
        Mark::NotReached => (tr!("step.not_reached").into_owned(), colors.muted),
        Mark::Planned | Mark::State(UndoState::Waiting | UndoState::Running { .. }) => match action {
            UndoAction::Tag { image, .. } => (tr!("undo_dialog.tag", id = image.short()), colors.muted),
            UndoAction::Restore { archive, .. } => {
                (tr!("undo_dialog.restore", archive = archive), colors.muted)
            }
            UndoAction::Start { .. } => (tr!("undo_dialog.start").into_owned(), colors.muted),
            UndoAction::Pull { digests, image, sure, .. } => {
                let mut registries: Vec<_> = digests.iter().map(|d| d.repository().registry()).collect();
                registries.dedup();
                let registry = registries.join(&tr!("list.comma"));
                let key = if *sure { "undo_dialog.pull" } else { "undo_dialog.pull_unsure" };
                let ink = if *sure { colors.muted } else { colors.warn };
                (tr!(key, registry = registry, id = image.short()), ink)
            }
        },
    }
}

fn sign(ui: &mut Ui, scene: &Scene<'_>, at: usize, mark: Mark<'_>) {
    let colors = scene.colors;
    let (rect, _) = ui.allocate_exact_size(vec2(22.0, 22.0), Sense::hover());
    let (icon, ink) = match mark {
        Mark::Planned => {
            ui.painter().circle_filled(rect.center(), 11.0, colors.hover);
            let number = (at + 1).to_string();
            ui.painter().text(rect.center(), Align2::CENTER_CENTER, number, theme::small(), colors.text);
            return;
        }
        Mark::State(UndoState::Running { .. }) => return widgets::busy(ui, rect.shrink(3.0), colors.accent),
        Mark::State(UndoState::Waiting) | Mark::NotReached => (icons::WAITING, colors.muted),
        Mark::State(UndoState::Ended(answer)) => match answer {
            UndoAnswer::Done | UndoAnswer::AlreadySo => (icons::CAN_GO, colors.safe),
            UndoAnswer::Hindered(_) | UndoAnswer::OtherImage(_) => (icons::WARNING, colors.warn),
            UndoAnswer::Refused { .. } | UndoAnswer::Lost(_) => (icons::ERROR, colors.danger),
        },
    };
    widgets::paint_icon(ui, rect.center(), icon, 18.0, ink);
}

fn left_height(undo: &Undo) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a few rows")]
    let rows = undo.plan.left.len().min(4) as f32;
    if undo.plan.left.is_empty() { 0.0 } else { 32.0 + rows * LEFT_ROW }
}

/// What does not come back is said as plainly as what does.
fn left_behind(ui: &mut Ui, scene: &Scene<'_>, undo: &Undo) {
    let left = &undo.plan.left;
    if left.is_empty() {
        return;
    }
    let colors = scene.colors;
    widgets::words(ui, text::count("undo_dialog.left", left.len()), theme::strong(theme::BODY), colors.warn);
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().id_salt("left").max_height(4.0 * LEFT_ROW).auto_shrink([false, true]).show_rows(
        ui,
        LEFT_ROW,
        left.len(),
        |ui, range| {
            for left in left.get(range).unwrap_or_default() {
                let size = vec2(ui.available_width(), LEFT_ROW);
                ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
                    ui.set_min_height(LEFT_ROW);
                    ui.spacing_mut().item_spacing.x = 2.0 * GRID;
                    let words = why_left(&left.why);
                    if let Some(line) = pull_line(&left.why) {
                        widgets::copy(ui, &tr!("copy.pull_line"), &line);
                    }
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        let short = text::short_digests(&words);
                        widgets::one_line(ui, &short, theme::body(), colors.text).on_hover_text(&words);
                    });
                });
            }
        },
    );
}

fn why_left(why: &WhyLeft) -> String {
    match why {
        WhyLeft::NameTaken { reference, now } => {
            tr!("left.name_taken", name = reference.familiar(), id = now.short())
        }
        WhyLeft::Digest { reference } => tr!("left.digest", name = reference.familiar()),
        WhyLeft::Image { image } => tr!("left.image", id = image.short()),
        WhyLeft::Parent { image } => tr!("left.parent", id = image.short()),
        WhyLeft::Container { name, .. } => tr!("left.container", name = name),
    }
}

/// The command that brings a digest back.
fn pull_line(why: &WhyLeft) -> Option<String> {
    match why {
        WhyLeft::Digest { reference } => Some(format!("docker pull {}", reference.familiar())),
        WhyLeft::NameTaken { .. }
        | WhyLeft::Image { .. }
        | WhyLeft::Parent { .. }
        | WhyLeft::Container { .. } => None,
    }
}
