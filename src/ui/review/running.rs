//! The plan while it runs. It can be stopped between two steps, never inside one.

use egui::Ui;

use super::list_height;
use super::steps::{self, Mark};
use crate::state::{Action, Run, StepState};
use crate::ui::text::tr;
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, icons};

pub fn show(ui: &mut Ui, scene: &Scene<'_>, run: &Run, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    let done = run.steps.iter().filter(|s| matches!(s, StepState::Ended(_))).count();
    widgets::words(ui, tr!("run.title"), theme::strong(theme::TITLE), colors.text);
    widgets::words(ui, tr!("run.progress", done = done, of = run.steps.len()), theme::body(), colors.muted);
    steps::progress(ui, scene, done, run.steps.len());
    ui.add_space(GRID);
    let height = list_height(ui, if scene.state.closing { 272.0 } else { 224.0 });
    steps::list(ui, scene, &run.plan.steps, height, |at| match run.steps.get(at) {
        Some(StepState::Ended(outcome)) => Mark::Ended(outcome),
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
    widgets::right_row(ui, |ui| {
        let words = tr!(if run.stopping { "run.stopping" } else { "run.stop" });
        let push = Push::new(Kind::Normal, &words).icon(icons::STOP).enabled(!run.stopping);
        if push.show(ui).clicked() {
            actions.push(Action::StopRun);
        }
    });
}
