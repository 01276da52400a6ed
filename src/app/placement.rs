//! Where the window may open: a screen that was there last time may be gone.

use eframe::egui::{Pos2, Rect, Vec2, pos2, vec2};

use crate::state::Placement;

/// So much of the upper edge has to show that it can be taken hold of.
const HANDLE: Vec2 = vec2(120.0, 24.0);
/// From the corner of the screen to which a window is brought back.
const INSET: Vec2 = vec2(48.0, 48.0);

/// The area of a screen in points; `scale` is how many pixels make one.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "no screen is that big")]
pub fn points(at: [i32; 2], size: [u32; 2], scale: f64) -> Rect {
    let scale = scale as f32;
    let [width, height] = size.map(|pixels| pixels as f32 / scale);
    let [left, top] = at.map(|pixels| pixels as f32 / scale);
    Rect::from_min_size(pos2(left, top), vec2(width, height))
}

/// Where a window goes that would open out of reach; `None` where it can stay, and where no screen is known.
#[expect(clippy::cast_precision_loss, reason = "no screen is that far away")]
pub fn brought_back(place: &Placement, screens: &[Rect]) -> Option<Pos2> {
    let (left, top) = place.position?;
    let corner = pos2(left as f32, top as f32);
    let edge = Rect::from_min_size(corner, vec2(place.width as f32, HANDLE.y));
    let reached = |screen: &Rect| {
        let seen = edge.intersect(*screen);
        seen.width() >= HANDLE.x && seen.height() >= HANDLE.y
    };
    let first = screens.first()?;
    (!place.maximized && !screens.iter().any(reached)).then(|| first.min + INSET)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(left: i32, top: i32) -> Placement {
        Placement { width: 1280, height: 800, position: Some((left, top)), maximized: false }
    }

    #[test]
    fn a_window_out_of_reach_is_brought_back() {
        let laptop = points([0, 0], [2880, 1800], 2.0);
        let beside = points([2880, 0], [1920, 1080], 1.0);
        assert_eq!(laptop.size(), vec2(1440.0, 900.0));
        assert_eq!(brought_back(&at(200, 100), &[laptop]), None);
        assert_eq!(brought_back(&at(3000, 100), &[laptop, beside]), None);
        let back = Some(pos2(48.0, 48.0));
        assert_eq!(brought_back(&at(3000, 100), &[laptop]), back, "the second screen is gone");
        assert_eq!(brought_back(&at(100, -400), &[laptop]), back, "its upper edge is out of reach");
        assert_eq!(brought_back(&at(1430, 100), &[laptop]), back, "too little of it can be seen");
    }

    #[test]
    fn what_is_not_known_changes_nothing() {
        let screen = points([0, 0], [1920, 1080], 1.0);
        assert_eq!(brought_back(&at(5000, 100), &[]), None);
        assert_eq!(brought_back(&Placement { position: None, ..at(0, 0) }, &[screen]), None);
        assert_eq!(brought_back(&Placement { maximized: true, ..at(5000, 0) }, &[screen]), None);
    }
}
