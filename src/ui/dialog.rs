//! The frame of every dialog.

use egui::{Frame, Margin, Modal, ModalResponse, ScrollArea, Stroke, Ui};

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
    let most = ui.ctx().content_rect().height() - 2.0 * f32::from(MARGIN) - 2.0 * GRID;
    let id = ui.scope_id().with((name, "height"));
    let before: f32 = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let mut height = 0.0;
    let modal = Modal::new(ui.scope_id().with(name)).frame(frame).show(ui, |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = 2.0 * GRID;
        if before <= most {
            let shown = ui.scope(add);
            height = shown.response.rect.height();
            return shown.inner;
        }
        // Lists give way first; what is too high even so can still be reached.
        let area = ScrollArea::vertical().id_salt("whole").max_height(most).min_scrolled_height(most);
        let shown = area.auto_shrink([false, true]).show(ui, add);
        height = shown.content_size.y;
        shown.inner
    });
    // It is centred by the size that it had a frame ago; without another frame it would jump under the next click.
    if (before - height).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, height));
        ui.ctx().request_repaint();
    }
    modal
}
