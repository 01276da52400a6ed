//! Paints the window on the processor, to the same bytes on every machine: no display, no graphics driver
//! and no system font takes part. It fills the triangles that egui makes of a frame, blends as egui's own
//! painters do (in gamma space, with premultiplied alpha) and leaves out paint callbacks, of which this
//! program has none.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pixels of one window, counted from zero"
)]
#![expect(clippy::many_single_char_names, reason = "points and corners, as geometry names them")]

use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui::epaint::{ClippedPrimitive, ImageDelta, Mesh, Primitive, Vertex};
use eframe::egui::{Color32, ColorImage, Context, FullOutput, ImageData, Pos2, TextureId, TexturesDelta};
use egui_kittest::TestRenderer;
use image::RgbaImage;

/// Behind everything; the window covers all of it.
const GROUND: [u8; 4] = [0, 0, 0, 255];

#[derive(Default)]
pub struct Painter {
    textures: HashMap<TextureId, ColorImage>,
}

impl Painter {
    fn update(&mut self, id: TextureId, delta: &ImageDelta) {
        let ImageData::Color(patch) = &delta.image;
        let Some([left, top]) = delta.pos else {
            self.textures.insert(id, ColorImage::clone(patch));
            return;
        };
        let texture = self.textures.get_mut(&id).expect("a patch of a texture that is there");
        for (row, line) in patch.pixels.chunks(patch.size[0]).enumerate() {
            let at = (top + row) * texture.size[0] + left;
            texture.pixels[at..at + line.len()].copy_from_slice(line);
        }
    }
}

impl TestRenderer for Painter {
    #[expect(clippy::iter_over_hash_type, reason = "one texture does not depend on another")]
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, deltas) in delta.set.drain() {
            for delta in &deltas {
                self.update(id, delta);
            }
        }
        for id in delta.free.drain() {
            self.textures.remove(&id);
        }
    }

    fn render(&mut self, ctx: &Context, output: &FullOutput) -> Result<RgbaImage, String> {
        let scale = output.pixels_per_point;
        let size = ctx.content_rect().size() * scale;
        let mut canvas = RgbaImage::from_pixel(size.x.round() as u32, size.y.round() as u32, GROUND.into());
        for ClippedPrimitive { clip_rect, primitive } in ctx.tessellate(output.shapes.clone(), scale) {
            let Primitive::Mesh(mesh) = primitive else { continue };
            let edge = |at: f32, most: u32| ((at * scale).round().max(0.0) as u32).min(most);
            let clip = Clip {
                left: edge(clip_rect.min.x, canvas.width()),
                right: edge(clip_rect.max.x, canvas.width()),
                top: edge(clip_rect.min.y, canvas.height()),
                bottom: edge(clip_rect.max.y, canvas.height()),
            };
            let texture = self.textures.get(&mesh.texture_id).ok_or("a mesh without its texture")?;
            fill_mesh(&mut canvas, clip, &mesh, texture, scale);
        }
        Ok(canvas)
    }
}

/// The pixels that may be touched; the right and lower ends are not among them.
#[derive(Clone, Copy)]
struct Clip {
    left: u32,
    right: u32,
    top: u32,
    bottom: u32,
}

fn fill_mesh(canvas: &mut RgbaImage, clip: Clip, mesh: &Mesh, texture: &ColorImage, scale: f32) {
    for corners in mesh.indices.chunks_exact(3) {
        let corner = |n: usize| {
            let vertex = mesh.vertices[corners[n] as usize];
            Vertex { pos: vertex.pos * scale, ..vertex }
        };
        fill_triangle(canvas, clip, [corner(0), corner(1), corner(2)], texture);
    }
}

/// The line through two corners: zero on it, positive inside. Of two triangles with a common edge exactly one
/// gets the pixels whose centres lie on it.
struct Edge {
    x: f64,
    y: f64,
    constant: f64,
}

impl Edge {
    fn new(from: Pos2, to: Pos2) -> Self {
        let [ax, ay, bx, by] = [from.x, from.y, to.x, to.y].map(f64::from);
        Self { x: ay - by, y: bx - ax, constant: ax * by - bx * ay }
    }

    fn at(&self, x: f64, y: f64) -> f64 {
        self.x * x + self.y * y + self.constant
    }

    /// Narrows a span of pixels to those whose centres are on the inner side.
    fn narrow(&self, y: f64, left: &mut f64, right: &mut f64) {
        let rest = self.y * y + self.constant;
        if self.x > 0.0 {
            // Pixel n has its centre at n + 0.5; a left edge owns what lies on it.
            *left = left.max((-rest / self.x - 0.5).ceil());
        } else if self.x < 0.0 {
            *right = right.min((-rest / self.x - 0.5).ceil());
        } else if rest < 0.0 || (rest == 0.0 && self.y < 0.0) {
            *right = *left;
        }
    }
}

fn fill_triangle(canvas: &mut RgbaImage, clip: Clip, mut corners: [Vertex; 3], texture: &ColorImage) {
    let whole = Edge::new(corners[0].pos, corners[1].pos);
    let mut area = whole.at(corners[2].pos.x.into(), corners[2].pos.y.into());
    if area < 0.0 {
        corners.swap(1, 2);
        area = -area;
    }
    if area == 0.0 {
        return;
    }
    let [a, b, c] = &corners;
    let edges = [Edge::new(b.pos, c.pos), Edge::new(c.pos, a.pos), Edge::new(a.pos, b.pos)];
    let ys = corners.map(|corner| corner.pos.y);
    let lowest = ys.iter().copied().fold(f32::INFINITY, f32::min).floor().max(clip.top as f32) as u32;
    let highest = ys.iter().copied().fold(f32::NEG_INFINITY, f32::max).ceil().max(0.0) as u32;
    let plain = (a.color == b.color && b.color == c.color && a.uv == b.uv && b.uv == c.uv)
        .then(|| tint(sample(texture, a.uv), a.color.to_array().map(f32::from)));
    for row in lowest..highest.min(clip.bottom) {
        let y = f64::from(row) + 0.5;
        let (mut left, mut right) = (f64::from(clip.left), f64::from(clip.right));
        for edge in &edges {
            edge.narrow(y, &mut left, &mut right);
        }
        if left >= right {
            continue;
        }
        for column in left as u32..right as u32 {
            let color = plain.unwrap_or_else(|| {
                let x = f64::from(column) + 0.5;
                let part = |n: usize| (edges[n].at(x, y) / area) as f32;
                shade(&corners, [part(0), part(1), part(2)], texture)
            });
            blend(canvas.get_pixel_mut(column, row).0.as_mut_slice(), color);
        }
    }
}

fn shade(corners: &[Vertex; 3], parts: [f32; 3], texture: &ColorImage) -> [f32; 4] {
    let mut uv = Pos2::ZERO;
    let mut color = [0.0; 4];
    for (corner, part) in corners.iter().zip(parts) {
        uv += corner.uv.to_vec2() * part;
        for (sum, channel) in color.iter_mut().zip(corner.color.to_array()) {
            *sum += f32::from(channel) * part;
        }
    }
    tint(sample(texture, uv), color)
}

/// Both in 0 to 255; the product too.
fn tint(texel: [f32; 4], color: [f32; 4]) -> [f32; 4] {
    std::array::from_fn(|channel| texel[channel] * color[channel] / 255.0)
}

/// Between the four nearest texels, as graphics drivers do it for what is linearly filtered.
fn sample(texture: &ColorImage, uv: Pos2) -> [f32; 4] {
    let [width, height] = texture.size;
    let (x, y) = (uv.x * width as f32 - 0.5, uv.y * height as f32 - 0.5);
    let (right, lower) = (x - x.floor(), y - y.floor());
    let texel = |dx: f32, dy: f32| {
        let column = ((x.floor() + dx).max(0.0) as usize).min(width - 1);
        let row = ((y.floor() + dy).max(0.0) as usize).min(height - 1);
        texture.pixels[row * width + column].to_array().map(f32::from)
    };
    if right == 0.0 && lower == 0.0 {
        return texel(0.0, 0.0);
    }
    let [a, b, c, d] = [texel(0.0, 0.0), texel(1.0, 0.0), texel(0.0, 1.0), texel(1.0, 1.0)];
    std::array::from_fn(|n| {
        (a[n] * (1.0 - right) + b[n] * right) * (1.0 - lower) + (c[n] * (1.0 - right) + d[n] * right) * lower
    })
}

fn blend(pixel: &mut [u8], color: [f32; 4]) {
    let kept = 1.0 - color[3] / 255.0;
    for (channel, new) in pixel.iter_mut().zip(color) {
        *channel = (new + f32::from(*channel) * kept).round() as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(mesh: &Mesh) -> RgbaImage {
        let mut canvas = RgbaImage::from_pixel(8, 8, GROUND.into());
        let white = ColorImage::filled([1, 1], Color32::WHITE);
        fill_mesh(&mut canvas, Clip { left: 0, right: 8, top: 1, bottom: 8 }, mesh, &white, 1.0);
        canvas
    }

    #[test]
    fn the_two_halves_of_a_rectangle_meet_without_a_seam() {
        let mut mesh = Mesh::default();
        let half = Color32::from_white_alpha(100);
        mesh.add_colored_rect(eframe::egui::Rect::from_min_max([0.0, 0.0].into(), [5.0, 5.0].into()), half);
        let canvas = painted(&mesh);
        for (x, y, pixel) in canvas.enumerate_pixels() {
            let inside = x < 5 && (1..5).contains(&y);
            assert_eq!(pixel.0, if inside { [100, 100, 100, 255] } else { GROUND }, "{x}, {y}");
        }
    }

    #[test]
    fn colours_blend_from_corner_to_corner() {
        let mut mesh = Mesh::default();
        for (x, color) in [(0.0, Color32::BLACK), (8.0, Color32::WHITE)] {
            mesh.colored_vertex([x, 0.0].into(), color);
            mesh.colored_vertex([x, 8.0].into(), color);
        }
        mesh.add_triangle(0, 1, 2);
        mesh.add_triangle(1, 2, 3);
        let canvas = painted(&mesh);
        let row: Vec<_> = (0..8).map(|x| canvas.get_pixel(x, 4).0[0]).collect();
        assert_eq!(row, [16, 48, 80, 112, 143, 175, 207, 239]);
    }

    #[test]
    fn a_patch_changes_a_part_of_a_texture() {
        let mut painter = Painter::default();
        let delta = |pos: Option<[usize; 2]>, size| ImageDelta {
            image: ImageData::Color(Arc::new(ColorImage::filled(
                size,
                if pos.is_none() { Color32::BLACK } else { Color32::WHITE },
            ))),
            options: eframe::egui::TextureOptions::LINEAR,
            pos,
        };
        painter.update(TextureId::default(), &delta(None, [3, 2]));
        painter.update(TextureId::default(), &delta(Some([1, 1]), [2, 1]));
        let texture = &painter.textures[&TextureId::default()];
        let white: Vec<_> = texture.pixels.iter().map(|p| *p == Color32::WHITE).collect();
        assert_eq!(white, [false, false, false, false, true, true]);
    }
}
