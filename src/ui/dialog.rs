//! The frame of every dialog.

use egui::{Frame, Id, Margin, Modal, ModalResponse, Stroke, Ui, Vec2};

use super::theme::{GRID, Palette};

/// A dialog over the window, as wide as all of them are.
pub fn show<R>(
    ui: &mut Ui,
    name: &'static str,
    colors: &Palette,
    add: impl FnOnce(&mut Ui) -> R,
) -> ModalResponse<R> {
    show_wide(ui, name, colors, 680.0, add)
}

/// A dialog that may be wider than the others, for what needs two columns.
pub fn show_wide<R>(
    ui: &mut Ui,
    name: &'static str,
    colors: &Palette,
    widest: f32,
    add: impl FnOnce(&mut Ui) -> R,
) -> ModalResponse<R> {
    const MARGIN: i8 = 20;
    let width = (ui.ctx().content_rect().width() - 48.0).min(widest) - 2.0 * f32::from(MARGIN);
    let frame = Frame::new()
        .fill(colors.surface)
        .stroke(Stroke::new(1.0, colors.line))
        .corner_radius(12)
        .shadow(ui.visuals().window_shadow)
        .inner_margin(Margin::same(MARGIN));
    let modal = Modal::new(Id::unique(name)).frame(frame).show(ui, |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = 2.0 * GRID;
        add(ui)
    });
    // It is centred by the size that it had a frame ago; without another frame it would jump under the next click.
    let size = modal.response.rect.size();
    let before = ui.data_mut(|data| {
        let kept = data.get_temp_mut_or_insert_with(Id::unique((name, "size")), || Vec2::ZERO);
        std::mem::replace(kept, size)
    });
    if (before - size).abs().max_elem() > 0.5 {
        ui.ctx().request_repaint();
    }
    modal
}
