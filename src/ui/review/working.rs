//! While the plan is being worked out: of thousands of things that takes longer than a frame.

use egui::{Align, Layout, Sense, Ui, vec2};

use super::list_height;
use crate::state::{Action, Review};
use crate::ui::Scene;
use crate::ui::text::tr;
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{self, Kind, Push};

/// In the place of the first plan, about as high as its steps will be.
pub fn body(ui: &mut Ui, scene: &Scene<'_>) {
    let height = list_height(ui, 230.0);
    let size = vec2(ui.available_width(), height);
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Center), |ui| {
        ui.set_min_height(height);
        ui.add_space((height / 2.0 - 40.0).max(0.0));
        let (rect, _) = ui.allocate_exact_size(vec2(28.0, 28.0), Sense::hover());
        widgets::busy(ui, rect, scene.colors.accent);
        ui.add_space(GRID);
        widgets::words(ui, tr!("review.planning"), theme::body(), scene.colors.muted);
    });
}

/// In the place of a plan that could not be made.
pub fn failed(ui: &mut Ui, scene: &Scene<'_>, review: &Review, actions: &mut Vec<Action>) {
    widgets::label(ui, tr!("review.failed"));
    if let Some(why) = &review.failed {
        widgets::code_block(ui, |ui| widgets::quoted(ui, why, scene.colors.text));
    }
    if Push::new(Kind::Normal, &tr!("review.failed.again")).show(ui).clicked() {
        actions.push(Action::SetWay(review.request.way));
    }
}

/// Beside the button that confirms, while a plan on screen is made anew.
pub fn sign(ui: &mut Ui, scene: &Scene<'_>) {
    let (rect, _) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::hover());
    widgets::busy(ui, rect.shrink(1.0), scene.colors.accent);
}
