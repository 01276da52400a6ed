//! The dialog around a plan: the review before, the run, and the outcome. What is painted is the very
//! value that runs.

mod ended;
mod planned;
mod running;
mod steps;

pub use planned::deeds;

use egui::{Frame, Id, Margin, Modal, Stroke, Ui};

use super::Scene;
use super::theme::GRID;
use crate::state::{Action, Dialog};

#[derive(Debug, Default)]
pub struct ReviewDialog {
    commands: bool,
    heights: steps::Heights,
}

impl ReviewDialog {
    pub(super) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
        if matches!(scene.state.dialog, Dialog::None) {
            *self = Self::default();
            return;
        }
        let colors = scene.colors;
        let screen = ui.ctx().content_rect();
        let width = (screen.width() - 48.0).min(680.0);
        let frame = Frame::new()
            .fill(colors.surface)
            .stroke(Stroke::new(1.0, colors.line))
            .corner_radius(12)
            .shadow(ui.visuals().window_shadow)
            .inner_margin(Margin::same(20));
        let modal = Modal::new(Id::unique("plan")).frame(frame).show(ui, |ui| {
            ui.set_width(width - 40.0);
            ui.spacing_mut().item_spacing.y = 2.0 * GRID;
            match &scene.state.dialog {
                Dialog::None => {}
                Dialog::Review(review) => planned::show(ui, scene, review, self, actions),
                Dialog::Running(run) => running::show(ui, scene, run, &mut self.heights, actions),
                Dialog::Ended(ended) => ended::show(ui, scene, ended, &mut self.heights, actions),
            }
        });
        if modal.should_close() && !scene.state.is_running() {
            actions.push(Action::CloseDialog);
        }
    }
}

/// How high the list of steps may be, so that the dialog never leaves the window.
fn list_height(ui: &Ui, taken: f32) -> f32 {
    (ui.ctx().content_rect().height() - taken).max(96.0)
}
