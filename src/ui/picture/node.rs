//! One node of the picture, painted.

use std::collections::HashMap;

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Stroke, StrokeKind, pos2, vec2};

use super::paint::{DOCKED, SMALLEST, Stage, hatch, text_size};
use crate::picture::{Kind, Node, NodeIx};
use crate::plane::Area;
use crate::ui::icons;
use crate::ui::tree::verdict_sign;
use crate::ui::{theme, widgets};

/// Texts shortened to the room they have; looking for that anew in every frame would cost the most.
#[derive(Debug, Default)]
pub struct Texts(HashMap<(usize, bool, u32, u32), String>);

pub fn frame(painter: &Painter, rect: Rect, fill: Color32, edge: Stroke, scale: f32) {
    let radius = f32::from(theme::RADIUS) * scale.min(1.0);
    painter.rect(rect, radius, fill, edge, StrokeKind::Inside);
}

pub fn paint(painter: &Painter, stage: &Stage<'_>, ix: NodeIx, node: &Node, area: Area, texts: &mut Texts) {
    let (colors, scale) = (stage.scene.colors, stage.camera.scale);
    let mut area = area;
    let docked = matches!(node.kind, Kind::Container { .. } | Kind::Child { .. } | Kind::Holders { .. });
    if docked {
        area = Area::new(area.x + DOCKED, area.y + 2.0, area.width - DOCKED, area.height - 2.0);
    }
    let rect = stage.camera.rect(stage.room, area);
    let selected = super::is_selected(stage.scene, node);
    let lit = stage.lit == Some(ix);
    let own_frame = docked || matches!(node.kind, Kind::Image(_) | Kind::Images { .. } | Kind::Other(_));
    let fill = match (selected, lit) {
        (true, _) => colors.accent_soft,
        (false, true) => colors.hover,
        (false, false) => colors.surface,
    };
    if own_frame {
        let subject = stage.sole && matches!(node.kind, Kind::Image(_));
        let edge = match (node.blocks, node.force_overrides) {
            (true, true) => colors.warn,
            (true, false) => colors.danger,
            (false, _) if selected || subject => colors.accent,
            (false, _) => colors.line,
        };
        frame(painter, rect, fill, Stroke::new(if selected { 2.0 } else { 1.0 }, edge), scale);
    } else if selected || (lit && !matches!(node.kind, Kind::Registry(_))) {
        painter.rect_filled(rect.shrink2(vec2(2.0, 1.0) * scale), 4.0 * scale, fill);
    }
    if matches!(node.kind, Kind::Layers { .. }) && node.port.row > 0 {
        painter.hline(rect.x_range(), rect.top(), Stroke::new(1.0, colors.line));
    }
    if node.goes && !matches!(node.kind, Kind::Name { .. } | Kind::Names { .. }) {
        hatch(painter, rect, colors.danger.gamma_multiply(0.24), scale);
    }
    if super::is_marked(stage.scene, node) {
        let at = rect.left_top() + vec2(2.0, 2.0) * scale;
        widgets::mark_sign(painter, at, 7.0 * scale.max(0.6), colors);
    }
    if stage.cursor == Some(ix) {
        painter.rect_stroke(
            rect.expand(2.0),
            8.0 * scale,
            Stroke::new(2.0, colors.accent),
            StrokeKind::Inside,
        );
    }
    node_text(painter, stage, ix, node, rect, texts);
}

fn node_text(painter: &Painter, stage: &Stage<'_>, ix: NodeIx, node: &Node, rect: Rect, texts: &mut Texts) {
    let Some(words) = stage.words.get(ix.0) else { return };
    let (colors, scale) = (stage.scene.colors, stage.camera.scale);
    let look = look(stage, node);
    let size = text_size(look.size, scale);
    let pad = 10.0 * scale;
    let mut left = rect.left() + pad;
    let mut right = rect.right() - pad;
    let icon_size = text_size(look.icon, scale);
    let tall = matches!(node.kind, Kind::Image(_) | Kind::Images { open: false, .. } | Kind::Other(_));
    if !words.icon.is_empty() && icon_size >= SMALLEST {
        let center = pos2(left + icon_size / 2.0, rect.center().y);
        painter.text(center, Align2::CENTER_CENTER, words.icon, theme::icons(icon_size), look.tint);
        left += icon_size + 7.0 * scale;
    }
    if size < SMALLEST {
        let line = Rect::from_center_size(
            pos2(f32::midpoint(left, right), rect.center().y),
            vec2((right - left) * 0.8, 2.0 * scale),
        );
        painter.rect_filled(line, 0, colors.muted.gamma_multiply(0.4));
        return;
    }
    let mark = sign(stage, node);
    let small = text_size(theme::SMALL - 0.5, scale);
    let font = FontId { size, ..look.font };
    if tall {
        let (upper, lower) = (rect.center().y - 8.5 * scale, rect.center().y + 8.5 * scale);
        let mut end = right;
        if let Some((icon, tint)) = mark {
            let size = text_size(15.0, scale);
            painter.text(pos2(end, upper), Align2::RIGHT_CENTER, icon, theme::icons(size), tint);
            end -= size + 6.0 * scale;
        }
        let main = texts.fitting(painter, (ix.0, true), &words.main, &font, end - left);
        painter.text(pos2(left, upper), Align2::LEFT_CENTER, main, font, look.ink);
        if small >= SMALLEST {
            let font = FontId::proportional(small);
            let drawn =
                painter.text(pos2(right, lower), Align2::RIGHT_CENTER, &words.beside, font, colors.muted);
            let font = FontId { size: small, ..theme::mono() };
            let room = drawn.left() - left - 6.0 * scale;
            if matches!(node.kind, Kind::Images { .. }) {
                // Hosts of one company end alike.
                beginning(painter, &words.code, font, colors.muted, pos2(left, lower), room);
                return;
            }
            let code = texts.fitting(painter, (ix.0, false), &words.code, &font, room);
            painter.text(pos2(left, lower), Align2::LEFT_CENTER, code, font, colors.muted);
        }
        return;
    }
    if let Some((icon, tint)) = mark {
        let center = pos2(right - icon_size / 2.0, rect.center().y);
        painter.text(center, Align2::CENTER_CENTER, icon, theme::icons(icon_size), tint);
        right -= icon_size + 6.0 * scale;
    }
    if !words.beside.is_empty() && small >= SMALLEST {
        let font = FontId::proportional(small);
        let beside = texts.fitting(painter, (ix.0, false), &words.beside, &font, (right - left) * 0.6);
        let drawn =
            painter.text(pos2(right, rect.center().y), Align2::RIGHT_CENTER, beside, font, colors.muted);
        right = drawn.left() - 8.0 * scale;
    }
    if matches!(node.kind, Kind::Layer { .. }) {
        // A build step says most at its beginning.
        let at = pos2(left, rect.center().y);
        beginning(painter, &words.main, font, look.ink, at, right - left);
        return;
    }
    let main = texts.fitting(painter, (ix.0, true), &words.main, &font, right - left);
    painter.text(pos2(left, rect.center().y), Align2::LEFT_CENTER, main, font, look.ink);
}

/// As much of a text as fits, from its beginning; `at` is the middle of its left edge.
fn beginning(painter: &Painter, text: &str, font: FontId, ink: Color32, at: Pos2, room: f32) {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, ink);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(0.0));
    let galley = painter.layout_job(job);
    painter.galley(pos2(at.x, at.y - galley.size().y / 2.0), galley, ink);
}

impl Texts {
    fn fitting(
        &mut self,
        painter: &Painter,
        (ix, main): (usize, bool),
        text: &str,
        font: &FontId,
        width: f32,
    ) -> String {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "points on a screen")]
        let key = (ix, main, (font.size * 2.0) as u32, width.max(0.0) as u32);
        let cut = || crate::ui::widgets::elide_middle_with(painter, text, font, width.max(0.0)).0;
        self.0.entry(key).or_insert_with(cut).clone()
    }
}

/// How the words of a node are set.
struct Look {
    font: FontId,
    size: f32,
    ink: Color32,
    icon: f32,
    tint: Color32,
}

fn look(stage: &Stage<'_>, node: &Node) -> Look {
    let colors = stage.scene.colors;
    let plain = |size| Look {
        font: FontId::proportional(size),
        size,
        ink: colors.text,
        icon: 14.0,
        tint: colors.muted,
    };
    match &node.kind {
        Kind::Registry(_) => {
            Look { font: theme::strong(theme::SMALL), ink: colors.muted, ..plain(theme::SMALL) }
        }
        Kind::Name { name, .. } => {
            let tint = if name.is_digest_only() { colors.muted } else { colors.accent };
            Look { tint: if node.blocks { colors.warn } else { tint }, ..plain(12.0) }
        }
        Kind::Names { .. } => {
            Look { tint: if node.blocks { colors.warn } else { colors.accent }, ..plain(12.0) }
        }
        Kind::Image(_) | Kind::Images { .. } => {
            Look { font: theme::strong(theme::BODY), icon: 20.0, tint: colors.accent, ..plain(theme::BODY) }
        }
        Kind::Other(_) => Look { icon: 16.0, ..plain(12.0) },
        Kind::Container { container, .. } => {
            let graph = stage.scene.state.graph();
            let found = graph.and_then(|g| g.container(*container));
            let runs = found.is_some_and(|c| c.state.counts_as_running());
            Look { tint: if runs { colors.safe } else { colors.muted }, ..plain(12.0) }
        }
        Kind::Layers { .. } => Look { font: theme::strong(12.0), ..plain(12.0) },
        Kind::Child { .. } | Kind::Layer { .. } => Look { font: theme::mono(), ..plain(11.0) },
        Kind::Holders { .. } | Kind::Others { .. } => Look { ink: colors.accent, ..plain(12.0) },
    }
}

/// What stands at the right end: a verdict, or whether a bundle is open.
fn sign(stage: &Stage<'_>, node: &Node) -> Option<(&'static str, Color32)> {
    if let Some((_, open)) = node.kind.bundle() {
        let icon = if open { icons::UP } else { icons::DOWN };
        return Some((icon, stage.scene.colors.muted));
    }
    match &node.kind {
        Kind::Image(ix) | Kind::Other(ix) => {
            let verdict = stage.scene.state.summary(*ix)?.verdict;
            let (icon, tint, _) = verdict_sign(verdict, stage.scene.colors);
            Some((icon, tint))
        }
        Kind::Name { .. }
        | Kind::Names { .. }
        | Kind::Registry(_)
        | Kind::Images { .. }
        | Kind::Container { .. }
        | Kind::Child { .. }
        | Kind::Holders { .. }
        | Kind::Layers { .. }
        | Kind::Layer { .. }
        | Kind::Others { .. } => None,
    }
}
