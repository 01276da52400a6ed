//! The plan while it runs. It can be stopped between two steps, never inside one.

use egui::Ui;

use super::ended::copy_report;
use super::steps::{self, InView, Mark, StepList};
use super::{archive, list_height};
use crate::state::{Action, Pause, Run, StepState};
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, icons};
use crate::words::steps::plan_title;

pub fn show(ui: &mut Ui, scene: &Scene<'_>, run: &Run, list: &mut StepList, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    if let Some(progress) = &run.saving {
        return archive::saving(ui, scene, run, progress, actions);
    }
    let done = run.done;
    match &run.paused {
        None => {
            widgets::words(ui, tr!("run.title"), theme::strong(theme::TITLE), colors.text);
        }
        Some(pause) => {
            let key = if pause.sent { "run.paused" } else { "run.paused.unasked" };
            let title = tr!(key, n = pause.step + 1);
            widgets::words(ui, title, theme::strong(theme::TITLE), colors.warn);
        }
    }
    let what = plan_title(&run.plan.targets, Some(&run.plan));
    let progress = text::done_of("run.progress", done, run.steps.len());
    widgets::words(ui, format!("{what} · {progress}"), theme::body(), colors.muted);
    widgets::progress(ui, done as u64, run.steps.len() as u64, &progress);
    ui.add_space(GRID);
    let closing = if scene.state.closing { 48.0 } else { 0.0 };
    let waiting = run.paused.as_ref().map_or(0.0, |p| if p.failure.is_some() { 112.0 } else { 48.0 });
    let height = list_height(ui, 224.0 + closing + waiting);
    let in_view = InView { present: run.present, surprise: run.last_surprise };
    steps::list(ui, scene, list, &run.plan.steps, height, in_view, |at| match run.steps.get(at) {
        Some(StepState::Ended(outcome)) => Mark::Ended(outcome, None),
        Some(StepState::Running) => Mark::Running,
        Some(StepState::Waiting) | None => Mark::Waiting,
    });
    if scene.state.closing {
        ui.horizontal(|ui| {
            widgets::icon(ui, icons::INFO, 17.0, colors.accent);
            widgets::label(ui, tr!("run.closing"));
            if Push::new(Kind::Quiet, &tr!("run.stay")).small().show(ui).clicked() {
                actions.push(Action::StayOpen);
            }
        });
    }
    ui.add_space(GRID);
    match &run.paused {
        Some(pause) => paused(ui, scene, run, pause, actions),
        None => stop(ui, run, actions),
    }
}

fn stop(ui: &mut Ui, run: &Run, actions: &mut Vec<Action>) {
    widgets::right_row(ui, |ui| {
        let words = tr!(if run.stopping { "run.stopping" } else { "run.stop" });
        let push = Push::new(Kind::Normal, &words).icon(icons::STOP).enabled(!run.stopping);
        if push.show(ui).clicked() {
            actions.push(Action::StopRun);
        }
    });
}

/// Both sides stand in the step itself; here is what can be done now.
fn paused(ui: &mut Ui, scene: &Scene<'_>, run: &Run, pause: &Pause, actions: &mut Vec<Action>) {
    widgets::words(ui, tr!("run.paused.hint"), theme::body(), scene.colors.muted);
    if let Some(failure) = &pause.failure {
        if pause.sent {
            widgets::words(ui, tr!("run.paused.not_listed"), theme::body(), scene.colors.text);
        }
        widgets::quoted(ui, &failure.message, scene.colors.danger);
    }
    widgets::right_row(ui, |ui| {
        if Push::new(Kind::Primary, &tr!("run.stop_here")).icon(icons::STOP).show(ui).clicked() {
            actions.push(Action::StopRun);
        }
        if Push::new(Kind::Normal, &tr!("run.go_on")).show(ui).clicked() {
            actions.push(Action::GoOn);
        }
        if pause.sent {
            copy_report(ui, &run.graph, &run.plan, || run.outcome_so_far(pause));
        }
    });
}
