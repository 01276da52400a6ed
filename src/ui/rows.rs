//! What lists of rows have in common: how a row shows the cursor, keys that move it, and scrolling after it.

use egui::scroll_area::ScrollAreaOutput;
use egui::{EventFilter, Key, Modifiers, Rect, Response, ScrollArea, StrokeKind, Ui, vec2};

use super::Scene;
use super::theme::Palette;
use crate::state::{Dialog, Move};

/// The ground of a row, and a frame where keys go to it.
pub fn ground(ui: &Ui, colors: &Palette, rect: Rect, here: bool, focused: bool, hovered: bool) {
    if here {
        ui.painter().rect_filled(rect, 0, colors.accent_soft);
        let bar = Rect::from_min_size(rect.min, vec2(3.0, rect.height()));
        ui.painter().rect_filled(bar, 0, colors.accent);
    } else if hovered {
        ui.painter().rect_filled(rect, 0, colors.hover);
    }
    if focused {
        ui.painter().rect_stroke(rect, 0, egui::Stroke::new(1.0, colors.accent), StrokeKind::Inside);
    }
}

/// Keeps the arrow keys with a list that has the focus, instead of letting them move it on.
pub fn keep_arrows(ui: &Ui, whole: &Response) {
    if whole.has_focus() {
        let filter = EventFilter { vertical_arrows: true, horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|m| m.set_focus_lock_filter(whole.id, filter));
    }
}

/// Whether keys are for the list: nothing stands over it, and nothing else has the focus.
pub fn takes_keys(ui: &Ui, scene: &Scene<'_>, whole: &Response) -> bool {
    let in_dialog = !matches!(scene.state.dialog, Dialog::None);
    let elsewhere = ui.memory(egui::Memory::focused).is_some_and(|id| id != whole.id);
    !in_dialog && !elsewhere
}

/// The moves of the cursor that were asked for by keys.
pub fn moves(ui: &Ui, page: usize) -> Vec<Move> {
    let keys = [
        (Key::ArrowUp, Move::Up),
        (Key::ArrowDown, Move::Down),
        (Key::ArrowLeft, Move::Left),
        (Key::ArrowRight, Move::Right),
        (Key::Home, Move::First),
        (Key::End, Move::Last),
        (Key::PageUp, Move::PageUp(page)),
        (Key::PageDown, Move::PageDown(page)),
    ];
    ui.input_mut(|i| {
        keys.into_iter()
            .filter(|(key, _)| i.consume_key(Modifiers::NONE, *key))
            .map(|(_, step)| step)
            .collect()
    })
}

/// Where rows of one height are scrolled to, and how much of them shows; from the last frame.
#[derive(Debug, Default)]
pub struct Scrolled {
    /// The last time the state asked to bring the cursor into view.
    seen_reveals: u64,
    offset: f32,
    height: f32,
}

impl Scrolled {
    /// Scrolls to the cursor's row if that was asked for since, unless it shows already; and keeps it in view
    /// where there is less room than before, as when the details come to stand below. `height` is the room now.
    pub fn follow(
        &mut self,
        area: ScrollArea,
        height: f32,
        reveals: u64,
        row: Option<usize>,
        each: f32,
    ) -> ScrollArea {
        let shrunk = height < self.height && row.is_some_and(|row| self.offset_to_show(row, each).is_none());
        if self.seen_reveals == reveals && !shrunk {
            return area;
        }
        self.seen_reveals = reveals;
        self.height = height;
        match row.and_then(|row| self.offset_to_show(row, each)) {
            Some(offset) => area.vertical_scroll_offset(offset),
            None => area,
        }
    }

    pub fn note<R>(&mut self, output: &ScrollAreaOutput<R>) {
        self.offset = output.state.clamped_offset().y;
        self.height = output.inner_rect.height();
    }

    /// Rows that a page key goes on by.
    pub fn page(&self, each: f32) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few dozen rows")]
        let rows = (self.height / each) as usize;
        rows.saturating_sub(1).max(1)
    }

    fn offset_to_show(&self, row: usize, each: f32) -> Option<f32> {
        #[expect(clippy::cast_precision_loss, reason = "exact far beyond the rows that fit a scroll area")]
        let top = row as f32 * each;
        if top < self.offset {
            Some(top)
        } else if self.height > 0.0 && top + each > self.offset + self.height {
            Some(top + each - self.height)
        } else {
            None
        }
    }
}
