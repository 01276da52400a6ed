//! The dialog around a plan: the review before, the run, and the outcome. What is painted is the very
//! value that runs.

mod archive;
mod ended;
mod planned;
mod recovery;
mod running;
mod steps;
mod working;

pub use crate::words::steps::deeds;

use egui::Ui;

use super::text::tr;
use super::{Scene, dialog, icons, theme, widgets};
use crate::state::{Action, Dialog};

#[derive(Debug, Default)]
pub struct ReviewDialog {
    commands: bool,
    list: steps::StepList,
}

impl ReviewDialog {
    pub(super) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
        let is_plan = matches!(scene.state.dialog, Dialog::Review(_) | Dialog::Running(_) | Dialog::Ended(_));
        if !is_plan {
            *self = Self::default();
            return;
        }
        let modal = dialog::show(ui, "plan", scene.colors, |ui| match &scene.state.dialog {
            Dialog::None
            | Dialog::Kept(_)
            | Dialog::Engines(_)
            | Dialog::Archives(_)
            | Dialog::Undo(_)
            | Dialog::History(_) => {}
            Dialog::Review(review) => planned::show(ui, scene, review, self, actions),
            Dialog::Running(run) => running::show(ui, scene, run, &mut self.list, actions),
            Dialog::Ended(ended) => ended::show(ui, scene, ended, &mut self.list, actions),
        });
        if modal.should_close() && !scene.state.is_running() {
            actions.push(Action::CloseDialog);
        }
    }
}

/// How high the list of steps may be, so that the dialog never leaves the window.
fn list_height(ui: &Ui, taken: f32) -> f32 {
    (ui.ctx().content_rect().height() - taken).max(72.0)
}

/// Whether everything beside the steps has to take as little room as it can.
fn is_low(ui: &Ui) -> bool {
    ui.ctx().content_rect().height() < 600.0
}

/// Said where a run is about to begin of which nothing will be written.
pub fn without_journal(ui: &mut Ui, scene: &Scene<'_>) {
    ui.horizontal(|ui| {
        widgets::icon(ui, icons::WARNING, 17.0, scene.colors.warn);
        widgets::words(ui, tr!("review.without_journal"), theme::body(), scene.colors.warn);
    });
}
