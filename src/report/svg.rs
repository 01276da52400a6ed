//! The picture as SVG 1.1: the same scene and the same geometry as on screen. Every text is escaped, and
//! what XML or a reader could take for something else is replaced.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::escape::xml;
use crate::picture::{Column, Edge, Kind, Node, NodeIx, Picture, Relation};
use crate::plane::{Area, Point};
use crate::rules::{Target, Verdict, World, verdict};
pub use crate::words::picture::Caption;
use crate::words::picture::{Reader, describe};
use crate::words::tr;

/// Around the drawing, and above it for the heads of the columns.
const MARGIN: f32 = 24.0;
const HEAD: f32 = 30.0;
const DOCKED: f32 = 18.0;
const PAD: f32 = 10.0;
pub(super) const FONTS: &str = "Inter, 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif";
const CODE_FONTS: &str = "'JetBrains Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace";

/// A drawing to be written.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'a> {
    pub picture: &'a Picture,
    /// For each node of the scene, in its order.
    pub captions: &'a [Caption],
    /// Of names, images, layers and other images.
    pub heads: [&'a str; 4],
    pub title: &'a str,
    pub inks: &'a Inks,
}

/// A colour as style sheets write it.
pub type Ink = Cow<'static, str>;

/// The colours of a drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inks {
    pub ground: Ink,
    pub surface: Ink,
    pub line: Ink,
    pub text: Ink,
    pub muted: Ink,
    pub accent: Ink,
    /// What blocks a removal.
    pub warn: Ink,
    /// What blocks it even by force; also the hatching of what goes.
    pub danger: Ink,
}

impl Inks {
    /// From red, green and blue, in the order of the fields.
    pub fn of_rgb(all: [[u8; 3]; 8]) -> Self {
        let [ground, surface, line, text, muted, accent, warn, danger] =
            all.map(|[red, green, blue]| Ink::Owned(format!("#{red:02x}{green:02x}{blue:02x}")));
        Self { ground, surface, line, text, muted, accent, warn, danger }
    }

    /// Those of the page that the drawing stands in: they follow light and dark.
    pub fn of_page() -> Self {
        let of = |name: &'static str| Ink::Borrowed(name);
        Self {
            ground: of("var(--ground)"),
            surface: of("var(--surface)"),
            line: of("var(--line)"),
            text: of("var(--text)"),
            muted: of("var(--muted)"),
            accent: of("var(--accent)"),
            warn: of("var(--warn)"),
            danger: of("var(--danger)"),
        }
    }

    /// Those of a drawing that stands alone, on light ground.
    pub fn light() -> Self {
        let of = |name: &'static str| Ink::Borrowed(name);
        Self {
            ground: of("#f1f4f8"),
            surface: of("#ffffff"),
            line: of("#dde3eb"),
            text: of("#171f2a"),
            muted: of("#525e70"),
            accent: of("#0a5c9e"),
            warn: of("#854e00"),
            danger: of("#b02318"),
        }
    }
}

/// The words of every node, for readers who cannot click.
pub fn captions(world: &World, picture: &Picture) -> Vec<Caption> {
    let of = |ix| {
        let image = world.image(ix);
        image.map_or(Verdict::Unknown, |image| verdict(world, &Target::Image(image.id.clone())))
    };
    let reader = Reader { verdict: &of, can_click: false };
    picture.scene.nodes.iter().map(|node| describe(reader, world.graph(), node)).collect()
}

/// The picture inside of an HTML page, in its colours.
pub fn inline(picture: &Picture, captions: &[Caption], out: &mut dyn Write) -> io::Result<()> {
    with_words(picture, captions, &Inks::of_page(), |sheet| drawing(sheet, out))
}

/// The picture by itself.
pub fn document(picture: &Picture, captions: &[Caption], out: &mut dyn Write) -> io::Result<()> {
    with_words(picture, captions, &Inks::light(), |sheet| write(sheet, out))
}

fn with_words<R>(
    picture: &Picture,
    captions: &[Caption],
    inks: &Inks,
    draw: impl FnOnce(&Sheet<'_>) -> R,
) -> R {
    let heads = [
        tr!("picture.column.names"),
        tr!("picture.column.images"),
        tr!("picture.column.layers"),
        tr!("picture.column.others"),
    ];
    let title = tr!("picture.name");
    draw(&Sheet { picture, captions, heads: heads.each_ref().map(AsRef::as_ref), title: &title, inks })
}

/// Writes the whole document.
pub fn write(sheet: &Sheet<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    drawing(sheet, out)
}

fn drawing(sheet: &Sheet<'_>, out: &mut dyn Write) -> io::Result<()> {
    let inks = sheet.inks;
    let bounds = sheet.picture.layout.bounds;
    let (x, y) = (bounds.x - MARGIN, bounds.y - MARGIN - HEAD);
    let (width, height) = (bounds.width + 2.0 * MARGIN, bounds.height + 2.0 * MARGIN + HEAD);
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="picture-title" width="{width:.0}" height="{height:.0}" viewBox="{x:.1} {y:.1} {width:.1} {height:.1}" font-family="{FONTS}">"#
    )?;
    writeln!(out, "<title id=\"picture-title\">{}</title>", xml(sheet.title))?;
    writeln!(
        out,
        r#"<defs><pattern id="goes" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="8" stroke="{}" stroke-opacity="0.35" stroke-width="1"/></pattern></defs>"#,
        inks.danger
    )?;
    let whole = Area::new(x, y, width, height);
    writeln!(out, "{}", rect(whole, &inks.ground, "none", 0.0))?;
    heads(sheet, out)?;
    for (at, edge) in sheet.picture.scene.edges.iter().enumerate() {
        write_edge(sheet, at, edge, out)?;
    }
    for (block, area) in sheet.picture.scene.blocks.iter().zip(&sheet.picture.layout.blocks) {
        if sheet.picture.scene.columns.get(block.column) != Some(&Column::Images) {
            writeln!(out, "{}", rect(*area, &inks.surface, &inks.line, 1.0))?;
        }
        for at in block.nodes.clone() {
            write_node(sheet, NodeIx(at), out)?;
        }
    }
    writeln!(out, "</svg>")
}

fn heads(sheet: &Sheet<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut before = None;
    for (column, area) in sheet.picture.scene.columns.iter().zip(&sheet.picture.layout.columns) {
        if before.replace(*column) == Some(*column) {
            continue;
        }
        let [names, images, layers, others] = sheet.heads;
        let word = match column {
            Column::Names => names,
            Column::Images => images,
            Column::Layers => layers,
            Column::Others => others,
        };
        let set = Set { size: 11.5, ink: &sheet.inks.muted, strong: true, ..Set::default() };
        writeln!(out, "{}", text(Point { x: area.x + 2.0, y: -12.0 }, word, &set))?;
    }
    Ok(())
}

fn area_of(picture: &Picture, ix: NodeIx) -> Option<Area> {
    let port = picture.scene.node(ix)?.port;
    picture.layout.rows.get(port.block)?.get(port.row).copied()
}

fn write_edge(sheet: &Sheet<'_>, at: usize, edge: &Edge, out: &mut dyn Write) -> io::Result<()> {
    let mut path = String::new();
    if edge.relation == Relation::Holds {
        let ends = (area_of(sheet.picture, edge.from), area_of(sheet.picture, edge.to));
        let (Some(row), Some(image)) = ends else { return Ok(()) };
        let (x, y) = (row.x + DOCKED / 2.0, row.middle().y);
        let end = row.x + DOCKED;
        path = format!("M{x:.1} {:.1} V{y:.1} H{end:.1}", image.bottom());
    } else if let Some(route) = sheet.picture.layout.routes.get(at) {
        for [a, b, c, d] in route.curves() {
            let lead = if path.is_empty() { 'M' } else { 'L' };
            // Writing to a string cannot fail.
            write!(
                path,
                "{lead}{:.1} {:.1} C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1} ",
                a.x, a.y, b.x, b.y, c.x, c.y, d.x, d.y
            )
            .unwrap_or_default();
        }
    }
    let ink = match (edge.blocks, edge.by_no_means, edge.relation) {
        (true, true, _) => &sheet.inks.danger,
        (true, false, _) => &sheet.inks.warn,
        (false, _, Relation::Names | Relation::Holds) => &sheet.inks.accent,
        (false, _, Relation::StandsOn | Relation::NeededBy) => &sheet.inks.muted,
    };
    let dash = if edge.cut { r#" stroke-dasharray="6 5""# } else { "" };
    let path = path.trim_end();
    writeln!(out, r#"<path d="{path}" fill="none" stroke="{ink}" stroke-width="1.5"{dash}/>"#)
}

fn write_node(sheet: &Sheet<'_>, ix: NodeIx, out: &mut dyn Write) -> io::Result<()> {
    let found = (sheet.picture.scene.node(ix), area_of(sheet.picture, ix), sheet.captions.get(ix.0));
    let (Some(node), Some(mut area), Some(words)) = found else { return Ok(()) };
    let inks = sheet.inks;
    let docked = matches!(node.kind, Kind::Container { .. } | Kind::Child { .. } | Kind::Holders { .. });
    if docked {
        area = Area::new(area.x + DOCKED, area.y + 2.0, area.width - DOCKED, area.height - 2.0);
    }
    writeln!(out, "<g><title>{}</title>", xml(&words.sentence))?;
    let framed = docked || matches!(node.kind, Kind::Image(_) | Kind::Images { .. } | Kind::Other(_));
    if framed {
        let edge = match (node.blocks, node.force_overrides) {
            (true, true) => &inks.warn,
            (true, false) => &inks.danger,
            (false, _) if matches!(node.kind, Kind::Image(_)) => &inks.accent,
            (false, _) => &inks.line,
        };
        writeln!(out, "{}", rect(area, &inks.surface, edge, 1.0))?;
    }
    if node.goes && !matches!(node.kind, Kind::Name { .. } | Kind::Names { .. }) {
        writeln!(out, "{}", rect(area, "url(#goes)", "none", 0.0))?;
    }
    write_words(node, area, words, inks, out)?;
    writeln!(out, "</g>")
}

fn write_words(node: &Node, area: Area, words: &Caption, inks: &Inks, out: &mut dyn Write) -> io::Result<()> {
    let (left, right, level) = (area.x + PAD, area.right() - PAD, area.middle().y);
    let code = matches!(node.kind, Kind::Layer { .. } | Kind::Child { .. });
    let strong =
        matches!(node.kind, Kind::Registry(_) | Kind::Image(_) | Kind::Images { .. } | Kind::Layers { .. });
    let ink = if matches!(node.kind, Kind::Registry(_)) { &inks.muted } else { &inks.text };
    let main = Set { size: if code { 11.0 } else { 12.0 }, ink, strong, code, ..Set::default() };
    let small = Set { size: 11.0, ink: &inks.muted, ..Set::default() };
    let tall = matches!(node.kind, Kind::Image(_) | Kind::Images { open: false, .. } | Kind::Other(_));
    let at_end = Set { at_end: true, ..small };
    if tall {
        let lower = level + 9.0;
        let shown = fitting(&words.main, right - left, &main);
        writeln!(out, "{}", text(Point { x: left, y: level - 8.0 }, &shown, &main))?;
        writeln!(out, "{}", text(Point { x: left, y: lower }, &words.code, &Set { code: true, ..small }))?;
        return writeln!(out, "{}", text(Point { x: right, y: lower }, &words.beside, &at_end));
    }
    let beside = fitting(&words.beside, (right - left) * 0.6, &small);
    let taken = if beside.is_empty() { 0.0 } else { width(&beside, &small) + 8.0 };
    let shown = fitting(&words.main, right - left - taken, &main);
    writeln!(out, "{}", text(Point { x: left, y: level }, &shown, &main))?;
    if beside.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", text(Point { x: right, y: level }, &beside, &at_end))
}

/// How a text is set.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Set<'a> {
    pub size: f32,
    pub ink: &'a str,
    pub strong: bool,
    pub code: bool,
    pub at_end: bool,
}

pub(super) fn text(at: Point, words: &str, set: &Set<'_>) -> String {
    let weight = if set.strong { r#" font-weight="600""# } else { "" };
    let family = if set.code { format!(r#" font-family="{CODE_FONTS}""#) } else { String::new() };
    let anchor = if set.at_end { r#" text-anchor="end""# } else { "" };
    format!(
        r#"<text x="{:.1}" y="{:.1}" font-size="{}" fill="{}"{weight}{family}{anchor}>{}</text>"#,
        at.x,
        // The line through the middle of small letters; not all readers know a baseline of their own.
        at.y + set.size * 0.36,
        set.size,
        set.ink,
        xml(words)
    )
}

fn rect(area: Area, fill: &str, edge: &str, width: f32) -> String {
    format!(
        r#"<rect x="{:.1}" y="{:.1}" width="{:.1}" height="{:.1}" rx="6" fill="{fill}" stroke="{edge}" stroke-width="{width}"/>"#,
        area.x, area.y, area.width, area.height
    )
}

/// About how wide a text is: whoever shows it may have other fonts.
pub(super) fn width(text: &str, set: &Set<'_>) -> f32 {
    let letter = |c: char| match c {
        _ if set.code && c.is_ascii() => 0.62,
        c if c.is_ascii() => 0.58,
        _ => 1.0,
    };
    text.chars().map(letter).sum::<f32>() * set.size
}

/// The text with its middle left out where it is about wider than the room.
pub(super) fn fitting(text: &str, room: f32, set: &Set<'_>) -> String {
    if width(text, set) <= room {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let cut = |keep: usize| -> String {
        let head = letters.iter().take(keep.div_ceil(2));
        let tail = letters.iter().skip(letters.len() - keep / 2);
        head.chain(std::iter::once(&'…')).chain(tail).collect()
    };
    let (mut fits, mut too_many) = (0, letters.len());
    while too_many - fits > 1 {
        let middle = usize::midpoint(fits, too_many);
        if width(&cut(middle), set) <= room { fits = middle } else { too_many = middle }
    }
    cut(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_lose_their_middle() {
        let set = Set { size: 10.0, ..Set::default() };
        assert_eq!(fitting("short", 100.0, &set), "short");
        let cut = fitting(&"a".repeat(4_000), 100.0, &set);
        assert!(cut.contains('…') && width(&cut, &set) <= 100.0, "{cut}");
        assert_eq!(fitting("镜像", 0.0, &set), "…");
    }
}
