//! The picture in colours. Reads what was laid out, and paints what of it is in sight.

use std::collections::HashSet;

use egui::{Align2, Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, pos2};

use super::camera::Camera;
use super::node::{self, Texts};
use super::words::Words;
use crate::picture::{Column, Edge, Layout, NodeIx, Picture, Relation};
use crate::plane::{Area, Point};
use crate::ui::Scene;
use crate::ui::text::tr;
use crate::ui::theme::{self, Palette};

/// Above the first row: the heads of the columns.
const HEAD: f32 = 30.0;
/// A docked row is moved in by this.
pub const DOCKED: f32 = 18.0;
/// Points of a curve.
const FINE: usize = 18;
/// Smaller text than this cannot be read, and is not drawn.
pub const SMALLEST: f32 = 5.0;
/// What is not lit while something else is.
const DIMMED: f32 = 0.32;

/// Everything a frame of the picture is painted from.
pub struct Stage<'a> {
    pub scene: &'a Scene<'a>,
    pub picture: &'a Picture,
    pub camera: Camera,
    pub room: Rect,
    /// Pointed at, by the pointer or the keyboard.
    pub lit: Option<NodeIx>,
    pub cursor: Option<NodeIx>,
    /// The picture is about a single image.
    pub sole: bool,
    pub words: &'a [Words],
    pub curves: &'a Curves,
}

/// The routes as lines of points; worked out once per picture.
#[derive(Debug, Default)]
pub struct Curves(Vec<(Area, Vec<Point>)>);

impl Curves {
    pub fn of(layout: &Layout) -> Self {
        let bend = |[a, b, c, d]: [Point; 4], t: f32| {
            let s = 1.0 - t;
            let mix = |a: f32, b: f32, c: f32, d: f32| {
                s * s * s * a + 3.0 * s * s * t * b + 3.0 * s * t * t * c + t * t * t * d
            };
            Point { x: mix(a.x, b.x, c.x, d.x), y: mix(a.y, b.y, c.y, d.y) }
        };
        let line = |route: &crate::picture::Route| {
            let mut points = Vec::new();
            for curve in route.curves() {
                #[expect(clippy::cast_precision_loss, reason = "a handful of points")]
                points.extend((0..=FINE).map(|at| bend(curve, at as f32 / FINE as f32)));
            }
            let first = points.first().map_or(Area::default(), |p| Area::new(p.x, p.y, 0.0, 0.0));
            let area = points.iter().fold(first, |area, p| area.joined(&Area::new(p.x, p.y, 0.0, 0.0)));
            (area, points)
        };
        Self(layout.routes.iter().map(line).collect())
    }
}

/// All of the picture, with the heads of its columns.
pub fn bounds(picture: &Picture) -> Area {
    let all = picture.layout.bounds;
    Area::new(all.x, all.y - HEAD, all.width, all.height + HEAD)
}

pub fn picture(painter: &Painter, stage: &Stage<'_>, texts: &mut Texts) {
    let near = near(stage);
    heads(painter, stage);
    for lit in [false, true] {
        for at in 0..stage.picture.scene.edges.len() {
            edge(painter, stage, at, lit);
        }
    }
    let shown = stage.camera.shown(stage.room);
    for (at, area) in stage.picture.layout.blocks.iter().enumerate() {
        if shown.overlaps(area, 0.0) {
            block(painter, stage, at, *area, near.as_ref(), texts);
        }
    }
}

/// The lit node and those its edges lead to.
fn near(stage: &Stage<'_>) -> Option<HashSet<NodeIx>> {
    let lit = stage.lit?;
    let others = stage.picture.scene.edges_at(lit).map(|(_, other)| other);
    Some(others.chain(std::iter::once(lit)).collect())
}

fn heads(painter: &Painter, stage: &Stage<'_>) {
    let size = text_size(theme::SMALL, stage.camera.scale);
    if size < SMALLEST {
        return;
    }
    let mut before = None;
    for (column, area) in stage.picture.scene.columns.iter().zip(&stage.picture.layout.columns) {
        if before.replace(*column) == Some(*column) {
            continue;
        }
        let word = tr!(match column {
            Column::Names => "picture.column.names",
            Column::Images => "picture.column.images",
            Column::Layers => "picture.column.layers",
            Column::Others => "picture.column.others",
        });
        let at = stage.camera.point(stage.room, Point { x: area.x + 2.0, y: -12.0 });
        let color = stage.scene.colors.muted;
        painter.text(at, Align2::LEFT_CENTER, word, theme::strong(size), color);
    }
}

fn edge_look(edge: &Edge, colors: &Palette) -> (f32, Color32) {
    let plain = colors.muted.gamma_multiply(0.55);
    match (edge.relation, edge.blocks) {
        (_, true) if edge.by_no_means => (1.75, colors.danger),
        (_, true) => (1.75, colors.warn),
        (Relation::NeededBy | Relation::StandsOn, false) => (1.5, plain),
        (Relation::Names | Relation::Holds, false) => (1.5, colors.accent.gamma_multiply(0.7)),
    }
}

fn edge(painter: &Painter, stage: &Stage<'_>, at: usize, lit_pass: bool) {
    let Some(edge) = stage.picture.scene.edges.get(at) else { return };
    let lit = stage.lit.is_some_and(|ix| ix == edge.from || ix == edge.to);
    if lit != lit_pass {
        return;
    }
    let (mut width, mut color) = edge_look(edge, stage.scene.colors);
    if lit {
        width += 1.0;
        color = if edge.blocks { color } else { stage.scene.colors.accent };
    } else if stage.lit.is_some() {
        color = color.gamma_multiply(DIMMED);
    }
    let stroke = Stroke::new((width * stage.camera.scale).clamp(0.6, width), color);
    let points: Vec<Pos2> = if edge.relation == Relation::Holds {
        bracket(stage, edge)
    } else {
        let Some((area, points)) = stage.curves.0.get(at) else { return };
        if !stage
            .camera
            .shown(stage.room)
            .overlaps(&Area::new(area.x, area.y - 1.0, area.width, area.height + 2.0), 0.0)
        {
            return;
        }
        points.iter().map(|p| stage.camera.point(stage.room, *p)).collect()
    };
    if edge.cut {
        let dash = (6.0 * stage.camera.scale).max(2.5);
        painter.extend(Shape::dashed_line(&points, stroke, dash, dash * 0.8));
    } else {
        painter.add(Shape::line(points, stroke));
    }
}

/// From the lower edge of an image down, and to the row that is docked to it.
fn bracket(stage: &Stage<'_>, edge: &Edge) -> Vec<Pos2> {
    let area = |ix: NodeIx| super::area_of(stage.picture, ix);
    let (Some(row), Some(image)) = (area(edge.from), area(edge.to)) else { return Vec::new() };
    let x = row.x + DOCKED / 2.0;
    let y = row.middle().y;
    [(x, image.bottom()), (x, y), (row.x + DOCKED, y)]
        .map(|(x, y)| stage.camera.point(stage.room, Point { x, y }))
        .to_vec()
}

fn block(
    painter: &Painter,
    stage: &Stage<'_>,
    at: usize,
    area: Area,
    near: Option<&HashSet<NodeIx>>,
    texts: &mut Texts,
) {
    let scene = &stage.picture.scene;
    let Some(block) = scene.blocks.get(at) else { return };
    let colors = stage.scene.colors;
    let rect = stage.camera.rect(stage.room, area);
    let framed = !matches!(scene.columns.get(block.column), Some(Column::Images));
    if framed {
        node::frame(painter, rect, colors.surface, Stroke::new(1.0, colors.line), stage.camera.scale);
    }
    let shown = stage.camera.shown(stage.room);
    for at in block.nodes.clone() {
        let ix = NodeIx(at);
        let (Some(node), Some(area)) = (scene.node(ix), super::area_of(stage.picture, ix)) else { continue };
        if !shown.overlaps(&area, 0.0) {
            continue;
        }
        let dimmed = near.is_some_and(|near| !near.contains(&ix));
        let painter = if dimmed { &faded(painter) } else { painter };
        node::paint(painter, stage, ix, node, area, texts);
    }
}

fn faded(painter: &Painter) -> Painter {
    let mut faded = painter.clone();
    faded.multiply_opacity(0.45);
    faded
}

/// A size that text is set in: few different ones, so that zooming does not fill the font's atlas.
pub fn text_size(size: f32, scale: f32) -> f32 {
    (size * scale * 2.0).round() / 2.0
}

/// Slanting lines over what will be gone.
pub fn hatch(painter: &Painter, rect: Rect, color: Color32, scale: f32) {
    let rect = rect.shrink(1.0);
    let step = (8.0 * scale).max(3.0);
    let stroke = Stroke::new(1.0, color);
    let mut x = rect.left() - rect.height();
    while x < rect.right() {
        let (mut a, mut b) = (pos2(x, rect.bottom()), pos2(x + rect.height(), rect.top()));
        if a.x < rect.left() {
            a = pos2(rect.left(), rect.bottom() - (rect.left() - a.x));
        }
        if b.x > rect.right() {
            b = pos2(rect.right(), rect.top() + (b.x - rect.right()));
        }
        if a.x < b.x {
            painter.line_segment([a, b], stroke);
        }
        x += step;
    }
}

const LEGEND: [&str; 4] =
    ["picture.legend.blocks", "picture.legend.always", "picture.legend.cut", "picture.legend.freed"];

/// What the signs mean, as far as there is room.
pub fn legend(painter: &Painter, colors: &Palette, room: Rect) {
    let mut x = room.left();
    let y = room.center().y;
    let font = theme::small();
    for (at, key) in LEGEND.into_iter().enumerate() {
        let galley = painter.layout_no_wrap(tr!(key).into_owned(), font.clone(), colors.muted);
        if x + 34.0 + galley.size().x > room.right() {
            return;
        }
        let sample = Rect::from_min_max(pos2(x, y - 6.0), pos2(x + 26.0, y + 6.0));
        let line = [sample.left_center(), sample.right_center()];
        match at {
            0 => {
                painter.line_segment(line, Stroke::new(2.0, colors.warn));
            }
            1 => {
                painter.line_segment(line, Stroke::new(2.0, colors.danger));
            }
            2 => painter.extend(Shape::dashed_line(&line, Stroke::new(1.75, colors.muted), 5.0, 4.0)),
            _ => {
                painter.rect_stroke(sample, 3.0, Stroke::new(1.0, colors.line), StrokeKind::Inside);
                hatch(painter, sample, colors.danger.gamma_multiply(0.5), 0.7);
            }
        }
        let width = galley.size().x;
        painter.galley(pos2(x + 34.0, y - galley.size().y / 2.0), galley, colors.muted);
        x += 34.0 + width + 24.0;
    }
}
