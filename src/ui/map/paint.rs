//! The map in colours. All that does not depend on the pointer is prepared once per layout: one mesh for
//! all tiles, and the words that fit.

use std::sync::Arc;

use egui::epaint::Mesh;
use egui::{Align2, Color32, FontId, Painter, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

use super::words;
use crate::map::{Group, Layout, TileKind, Tiles, What};
use crate::model::Graph;
use crate::plane::Area;
use crate::rules::Verdict;
use crate::ui::text::tr;
use crate::ui::theme::{self, Palette};
use crate::ui::tree::verdict_sign;
use crate::ui::{Scene, icons, widgets};

/// Tiles get words from this size on, and their bytes from a greater height.
const WORDS_FROM: egui::Vec2 = vec2(46.0, 24.0);
const BYTES_FROM: f32 = 44.0;
const PAD: f32 = 6.0;
/// Fewer letters of a shortened name tell nothing.
const FEWEST_LETTERS: usize = 7;

/// What a frame paints.
#[derive(Debug)]
pub struct Prepared {
    ground: Arc<Mesh>,
    heads: Vec<Words>,
    words: Vec<(usize, Words)>,
}

/// Words that fit where they stand.
#[derive(Debug)]
struct Words {
    area: Rect,
    icon: Option<(&'static str, Color32)>,
    main: String,
    below: Option<String>,
    beside: Option<String>,
    strong: bool,
}

impl Prepared {
    pub fn new(ui: &Ui, scene: &Scene<'_>, graph: &Graph, tiles: &Tiles, layout: &Layout) -> Self {
        let colors = scene.colors;
        let mut ground = Mesh::default();
        for group in &layout.groups {
            ground.add_colored_rect(rect(group.area).shrink(1.0), colors.surface);
        }
        let mut prepared = Self { ground: Arc::default(), heads: Vec::new(), words: Vec::new() };
        for (at, tile) in layout.tiles.iter().enumerate() {
            let area = rect(tile.area);
            let (fill, icon) = look(scene, tiles, tile.what);
            ground.add_colored_rect(gapped(area), fill);
            if area.width() >= WORDS_FROM.x && area.height() >= WORDS_FROM.y {
                prepared.words.push((at, tile_words(ui, graph, tiles, tile.what, area, icon)));
            }
        }
        for group in &layout.groups {
            let (Some(head), Some(found)) = (group.head, tiles.groups.get(group.group)) else { continue };
            let area = rect(head);
            let bytes = found.bytes.to_string();
            let width = widgets::width_of(ui, &bytes, &theme::small());
            let beside = (width + 80.0 < area.width()).then_some(bytes);
            let room = area.width() - 10.0 - beside.as_ref().map_or(0.0, |_| width + 10.0);
            let main = head_words(ui, found, room);
            prepared.heads.push(Words { area, icon: None, main, below: None, beside, strong: true });
        }
        prepared.ground = Arc::new(ground);
        prepared
    }

    /// The tiles that have words, as positions in the layout.
    pub fn named(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().map(|(at, _)| *at)
    }
}

/// As much of a group's name as fits; the registry goes first, the last part of the path last.
fn head_words(ui: &Ui, group: &Group, room: f32) -> String {
    let font = theme::strong(theme::SMALL);
    let full = words::place(&group.place);
    let mut short = full.as_str();
    while widgets::width_of(ui, short, &font) > room
        && let Some((_, rest)) = short.split_once('/')
    {
        short = rest;
    }
    widgets::elide_middle(ui, short, &font, room).0
}

fn tile_words(
    ui: &Ui,
    graph: &Graph,
    tiles: &Tiles,
    what: What,
    area: Rect,
    icon: Option<(&'static str, Color32)>,
) -> Words {
    let icon = icon.filter(|_| area.width() >= 88.0);
    let room = area.width() - 2.0 * PAD - icon.map_or(0.0, |_| 18.0);
    let name = words::name(graph, tiles, what);
    let fits = |text: &str| widgets::width_of(ui, text, &theme::small()) <= room;
    // How many more names there are can be left out, and a rest too short to tell anything.
    let shorter = name.split_once(" +").map_or(name.as_str(), |(first, _)| first);
    let main = if fits(&name) {
        name
    } else if fits(shorter) {
        shorter.to_owned()
    } else {
        let cut = widgets::elide_middle(ui, shorter, &theme::small(), room).0;
        if cut.chars().count() >= FEWEST_LETTERS { cut } else { String::new() }
    };
    let bytes = match what {
        What::Tile { group, tile } => {
            tiles.groups.get(group).and_then(|g| g.tiles.get(tile)).map(|t| t.bytes)
        }
        What::Smaller { bytes, .. } | What::SmallerGroups { bytes, .. } => Some(bytes),
    };
    let below = bytes.filter(|_| area.height() >= BYTES_FROM).map(|b| b.to_string());
    let below = below.filter(|b| !main.is_empty() && fits(b));
    Words { area, icon, main, below, beside: None, strong: false }
}

pub fn rect(area: Area) -> Rect {
    Rect::from_min_size(pos2(area.x, area.y), vec2(area.width, area.height))
}

/// With the gap to its neighbours taken off, unless that would leave nothing.
fn gapped(area: Rect) -> Rect {
    if area.width() > 6.0 && area.height() > 6.0 { area.shrink(1.0) } else { area.shrink(0.5) }
}

fn look(scene: &Scene<'_>, tiles: &Tiles, what: What) -> (Color32, Option<(&'static str, Color32)>) {
    let colors = scene.colors;
    let What::Tile { group, tile } = what else { return (colors.line, None) };
    match tiles.groups.get(group).and_then(|g| g.tiles.get(tile)).map(|t| t.kind) {
        Some(TileKind::Image(ix)) => {
            let verdict = words::verdict_of(scene, ix);
            let (icon, ink, _) = verdict_sign(verdict, colors);
            let kept = scene.state.protection().image(ix).is_some();
            let sign = if kept { (icons::LOCK, colors.accent) } else { (icon, ink) };
            (tile_color(verdict, colors), Some(sign))
        }
        Some(TileKind::Shared { .. }) => (colors.accent_tile, Some((icons::LAYERS, colors.accent))),
        None => (colors.line, None),
    }
}

fn tile_color(verdict: Verdict, colors: &Palette) -> Color32 {
    match verdict {
        Verdict::Removable => colors.safe_tile,
        Verdict::Refused | Verdict::LastName | Verdict::LastNameImageStays => colors.warn_tile,
        Verdict::OnlyName => colors.accent_tile,
        Verdict::Unknown => colors.muted_tile,
    }
}

pub fn map(
    painter: &Painter,
    scene: &Scene<'_>,
    prepared: &Prepared,
    layout: &Layout,
    hovered: Option<usize>,
    cursor: Option<usize>,
    is_selected: impl Fn(What) -> bool,
) {
    let colors = scene.colors;
    painter.add(Shape::Mesh(Arc::clone(&prepared.ground)));
    if let Some(tile) = hovered.and_then(|at| layout.tiles.get(at)) {
        painter.rect_filled(gapped(rect(tile.area)), 0, colors.text.gamma_multiply(0.10));
    }
    for words in &prepared.heads {
        paint_words(painter, words, colors);
    }
    for (_, words) in &prepared.words {
        paint_words(painter, words, colors);
    }
    for tile in layout.tiles.iter().filter(|t| is_selected(t.what)) {
        let stroke = Stroke::new(2.5, colors.accent);
        painter.rect_stroke(rect(tile.area), 2.0, stroke, StrokeKind::Inside);
    }
    if let Some(tile) = cursor.and_then(|at| layout.tiles.get(at)) {
        let area = rect(tile.area);
        painter.rect_stroke(area, 2.0, Stroke::new(4.0, colors.surface), StrokeKind::Inside);
        painter.rect_stroke(area, 2.0, Stroke::new(2.0, colors.accent), StrokeKind::Inside);
    }
}

fn paint_words(painter: &Painter, words: &Words, colors: &Palette) {
    let area = words.area;
    let font = if words.strong { theme::strong(theme::SMALL) } else { theme::small() };
    let line = |y: f32| pos2(area.left() + if words.strong { 4.0 } else { PAD }, y);
    let first = if words.strong { area.center().y } else { area.top() + PAD + 6.0 };
    let mut at = line(first);
    if let Some((icon, ink)) = words.icon {
        painter.text(at + vec2(6.0, 0.0), Align2::CENTER_CENTER, icon, theme::icons(13.0), ink);
        at.x += 18.0;
    }
    painter.text(at, Align2::LEFT_CENTER, &words.main, font, colors.text);
    let small = FontId::proportional(theme::SMALL - 0.5);
    if let Some(below) = &words.below {
        let at = line(first + 16.0) + vec2(if words.icon.is_some() { 18.0 } else { 0.0 }, 0.0);
        painter.text(at, Align2::LEFT_CENTER, below, small.clone(), colors.text);
    }
    if let Some(beside) = &words.beside {
        let at = pos2(area.right() - 4.0, area.center().y);
        painter.text(at, Align2::RIGHT_CENTER, beside, small, colors.muted);
    }
}

/// What the colours mean, as far as there is room.
pub fn legend(painter: &Painter, colors: &Palette, room: Rect) {
    let mut x = room.left();
    let sign = |verdict| {
        let (icon, ink, _) = verdict_sign(verdict, colors);
        (icon, ink, tile_color(verdict, colors))
    };
    let entries = [
        (sign(Verdict::Removable), "map.legend.removable"),
        (sign(Verdict::Refused), "map.legend.refused"),
        (sign(Verdict::Unknown), "map.legend.unknown"),
        ((icons::LAYERS, colors.accent, colors.accent_tile), "map.legend.shared"),
    ];
    for ((icon, ink, fill), key) in entries {
        let galley = painter.layout_no_wrap(tr!(key).into_owned(), theme::small(), colors.muted);
        if x + 28.0 + galley.size().x > room.right() {
            return;
        }
        let sample = Rect::from_min_size(pos2(x, room.center().y - 9.0), vec2(20.0, 18.0));
        painter.rect_filled(sample, 2.0, fill);
        painter.text(sample.center(), Align2::CENTER_CENTER, icon, theme::icons(12.0), ink);
        let width = galley.size().x;
        painter.galley(pos2(x + 28.0, room.center().y - galley.size().y / 2.0), galley, colors.muted);
        x += 28.0 + width + 20.0;
    }
}
