//! How the picture lies in the window: a scale and a shift. Plain arithmetic, so that it is tested without
//! a window.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

use crate::plane::{Area, Point};

const FARTHEST: f32 = 0.04;
const NEAREST: f32 = 3.0;
/// Kept free around a picture that fits.
const MARGIN: f32 = 20.0;
/// When a picture is opened, its text can be read, even if not all of it fits.
const READABLE: f32 = 0.72;
/// What fits easily is not blown up.
const COMFORTABLE: f32 = 1.0;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Camera {
    pub scale: f32,
    /// From the corner of the room to the picture's origin, in points.
    pub shift: Vec2,
}

impl Default for Camera {
    fn default() -> Self {
        Self { scale: 1.0, shift: Vec2::splat(MARGIN) }
    }
}

impl Camera {
    /// All of it in the middle of the room.
    pub fn fitting(bounds: Area, room: Vec2) -> Self {
        let free = (room - Vec2::splat(2.0 * MARGIN)).max(Vec2::splat(16.0));
        let scale = (free.x / bounds.width.max(1.0)).min(free.y / bounds.height.max(1.0));
        Self::centred(bounds, room, scale.clamp(FARTHEST, COMFORTABLE))
    }

    /// As much of it as can be read, with `anchor` in sight where not all is.
    pub fn opening(bounds: Area, anchor: Option<Area>, room: Vec2) -> Self {
        let whole = Self::fitting(bounds, room);
        if whole.scale >= READABLE {
            return whole;
        }
        let mut camera = Self::centred(bounds, room, READABLE);
        if bounds.width * READABLE > room.x - MARGIN {
            camera.shift.x = MARGIN - bounds.x * READABLE;
        }
        if bounds.height * READABLE > room.y - MARGIN {
            let middle = anchor.map_or(bounds.y, |a| a.middle().y);
            let highest = MARGIN - bounds.y * READABLE;
            let lowest = room.y - MARGIN - bounds.bottom() * READABLE;
            camera.shift.y = (room.y / 2.0 - middle * READABLE).clamp(lowest, highest);
        }
        camera
    }

    fn centred(bounds: Area, room: Vec2, scale: f32) -> Self {
        let middle = bounds.middle();
        Self { scale, shift: room / 2.0 - vec2(middle.x, middle.y) * scale }
    }

    /// Nearer or farther, with what is at `fixed` (from the corner of the room) staying there.
    #[must_use]
    pub fn zoomed(self, factor: f32, fixed: Vec2) -> Self {
        let scale = (self.scale * factor).clamp(FARTHEST, NEAREST);
        Self { scale, shift: fixed - (fixed - self.shift) * (scale / self.scale) }
    }

    /// Moved as little as brings an area into the room.
    #[must_use]
    pub fn showing(mut self, area: Area, room: Vec2) -> Self {
        let (low, high) = (vec2(area.x, area.y), vec2(area.right(), area.bottom()));
        let (low, high) = (self.shift + low * self.scale, self.shift + high * self.scale);
        let room = room - Vec2::splat(MARGIN);
        self.shift -= (high - room).max(Vec2::ZERO);
        self.shift += (Vec2::splat(MARGIN) - low + (high - room).max(Vec2::ZERO)).max(Vec2::ZERO);
        self
    }

    pub fn point(self, room: Rect, point: Point) -> Pos2 {
        room.min + self.shift + vec2(point.x, point.y) * self.scale
    }

    pub fn rect(self, room: Rect, area: Area) -> Rect {
        let min = self.point(room, Point { x: area.x, y: area.y });
        Rect::from_min_size(min, vec2(area.width, area.height) * self.scale)
    }

    /// What of the picture the room shows.
    pub fn shown(self, room: Rect) -> Area {
        let min = pos2(0.0, 0.0) - self.shift;
        let (size, min) = (room.size() / self.scale, min.to_vec2() / self.scale);
        Area::new(min.x, min.y, size.x, size.y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Vec2 = vec2(800.0, 600.0);

    fn room() -> Rect {
        Rect::from_min_size(pos2(10.0, 20.0), ROOM)
    }

    #[test]
    fn what_fits_is_all_in_sight_and_in_the_middle() {
        for (width, height) in [(100.0, 100.0), (5_000.0, 300.0), (300.0, 9_000.0)] {
            let bounds = Area::new(0.0, -30.0, width, height);
            let rect = Camera::fitting(bounds, ROOM).rect(room(), bounds);
            assert!(room().contains_rect(rect), "{rect:?}");
            assert!((rect.center() - room().center()).length() < 0.1);
        }
    }

    #[test]
    fn a_picture_too_large_to_read_opens_on_its_anchor() {
        let bounds = Area::new(0.0, 0.0, 900.0, 9_000.0);
        let anchor = Area::new(300.0, 4_000.0, 100.0, 40.0);
        let camera = Camera::opening(bounds, Some(anchor), ROOM);
        assert!((camera.scale - READABLE).abs() < 1e-6);
        assert!(room().contains_rect(camera.rect(room(), anchor)));
        let top = Camera::opening(bounds, None, ROOM).rect(room(), bounds);
        assert!((top.top() - room().top() - MARGIN).abs() < 0.1);
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let camera = Camera { scale: 0.7, shift: vec2(33.0, -12.0) };
        let fixed = vec2(120.0, 80.0);
        let under = |c: Camera| (fixed - c.shift) / c.scale;
        assert!((under(camera) - under(camera.zoomed(1.7, fixed))).length() < 0.01);
        assert!(camera.zoomed(1e9, fixed).scale <= NEAREST);
    }

    #[test]
    fn an_area_out_of_sight_is_brought_in() {
        let camera = Camera::default();
        for area in [Area::new(4_000.0, 10.0, 50.0, 50.0), Area::new(-900.0, -900.0, 50.0, 50.0)] {
            let rect = camera.showing(area, ROOM).rect(room(), area);
            assert!(room().contains_rect(rect), "{rect:?}");
        }
        let seen = Area::new(100.0, 100.0, 50.0, 50.0);
        assert_eq!(camera.showing(seen, ROOM), camera);
    }
}
