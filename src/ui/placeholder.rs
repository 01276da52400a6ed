//! What stands where there is nothing to show, and why.

use egui::{Align2, Rect, Ui, pos2, vec2};

use super::Scene;
use super::text::tr;
use super::theme::{self, GRID};
use super::widgets;
use crate::message::ListingProgress;

/// A sign, a title and a sentence in the middle of a panel.
pub(super) fn message(ui: &mut Ui, scene: &Scene<'_>, icon: &'static str, title: &str, hint: &str) {
    let colors = scene.colors;
    let room = ui.available_rect_before_wrap();
    let width = (room.width() - 48.0).clamp(80.0, 460.0);
    let height = 120.0;
    let spot = Rect::from_center_size(room.center(), vec2(width, height));
    ui.scope_builder(egui::UiBuilder::new().max_rect(spot), |ui| {
        ui.vertical_centered(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0 * GRID;
            widgets::icon(ui, icon, 32.0, colors.muted);
            if !title.is_empty() {
                widgets::words(ui, title, theme::strong(theme::LEAD), colors.text);
            }
            if !hint.is_empty() {
                widgets::words(ui, hint, theme::body(), colors.muted);
            }
        });
    });
}

/// Rows that are not there yet, and how far the listing is.
pub(super) fn skeleton(ui: &mut Ui, scene: &Scene<'_>, row_height: f32) {
    let colors = scene.colors;
    let room = ui.available_rect_before_wrap();
    let text = match scene.state.listing.progress {
        _ if scene.state.connection == crate::state::Connection::Connecting => {
            tr!("listing.connecting").into_owned()
        }
        Some(ListingProgress::Layers { read, of }) => tr!("listing.layers", read = read, of = of),
        Some(ListingProgress::Lists) | None => tr!("listing.lists").into_owned(),
    };
    ui.painter().text(
        pos2(room.left() + 40.0, room.top() + row_height / 2.0),
        Align2::LEFT_CENTER,
        &text,
        theme::body(),
        colors.muted,
    );
    let label = ui.interact(
        Rect::from_min_size(room.min, vec2(room.width(), row_height)),
        ui.scope_id().with("wait"),
        egui::Sense::hover(),
    );
    label.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &text));
    let mut y = room.top() + 1.5 * row_height;
    let mut row = 0_u8;
    while y < room.bottom() {
        let fade = 1.0 - (y - room.top()) / room.height();
        let color = colors.hover.gamma_multiply(fade.clamp(0.0, 1.0));
        let width = 0.34 + 0.07 * f32::from(row % 4);
        let bar = |x: f32, w: f32| Rect::from_center_size(pos2(x + w / 2.0, y), vec2(w, 10.0));
        ui.painter().rect_filled(bar(room.left() + 40.0, room.width() * width), 5, color);
        ui.painter().rect_filled(bar(room.right() - 96.0, 64.0), 5, color);
        y += row_height;
        row = row.wrapping_add(1);
    }
}
