//! The map of the bytes as SVG 1.1: the same tiles in the same places as on screen, with their words.

use std::io::{self, Write};

use super::escape::xml;
use super::svg::{FONTS, Set, fitting, text};
use crate::map::{Layout, TileKind, Tiles, What, lay_out};
use crate::model::{Bytes, ImageIx};
use crate::plane::{Area, Point};
use crate::rules::{Target, Verdict, World, verdict};
use crate::words::{self, tr};

const ROOM: Area = Area { x: 0.0, y: 0.0, width: 1160.0, height: 560.0 };
const GAP: f32 = 1.0;
const SIZE: f32 = 11.5;
/// A tile gets words where there is room for some.
const WORDS_FROM: (f32, f32) = (44.0, 18.0);
const BYTES_FROM: f32 = 34.0;

struct Inks {
    surface: &'static str,
    line: &'static str,
    text: &'static str,
    muted: &'static str,
    safe: &'static str,
    warn: &'static str,
    unknown: &'static str,
    shared: &'static str,
}

const OF_PAGE: Inks = Inks {
    surface: "var(--surface)",
    line: "var(--line)",
    text: "var(--text)",
    muted: "var(--muted)",
    safe: "var(--safe-tile)",
    warn: "var(--warn-tile)",
    unknown: "var(--muted-tile)",
    shared: "var(--accent-tile)",
};

const LIGHT: Inks = Inks {
    surface: "#ffffff",
    line: "#dde3eb",
    text: "#171f2a",
    muted: "#525e70",
    safe: "#c4e7cf",
    warn: "#f9e0ae",
    unknown: "#dce2ea",
    shared: "#c6e0f6",
};

/// The map inside of an HTML page, in its colours; what it says, in sentences.
pub fn inline(world: &World, tiles: &Tiles, out: &mut dyn Write) -> io::Result<Vec<String>> {
    draw(world, tiles, &OF_PAGE, out)
}

/// The map by itself.
pub fn document(world: &World, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    draw(world, &Tiles::of(world.graph()), &LIGHT, out)?;
    Ok(())
}

fn draw(world: &World, tiles: &Tiles, inks: &Inks, out: &mut dyn Write) -> io::Result<Vec<String>> {
    let all: Vec<usize> = (0..tiles.groups.len()).collect();
    let layout = lay_out(&tiles.groups, &all, ROOM);
    let title = tr!("map.name");
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="map-title" width="{0:.0}" height="{1:.0}" viewBox="0 0 {0:.0} {1:.0}" font-family="{FONTS}"><title id="map-title">{2}</title>"#,
        ROOM.width,
        ROOM.height,
        xml(&title)
    )?;
    let mut sentences = groups(tiles, &layout, inks, out)?;
    let of = |ix: ImageIx| {
        let image = world.image(ix);
        image.map_or(Verdict::Unknown, |image| verdict(world, &Target::Image(image.id.clone())))
    };
    for tile in &layout.tiles {
        let sentence = sentence(world, tiles, tile.what, &of);
        let fill = match kind(tiles, tile.what) {
            Some(TileKind::Shared { .. }) => inks.shared,
            Some(TileKind::Image(ix)) => match of(ix) {
                Verdict::Removable => inks.safe,
                Verdict::Unknown => inks.unknown,
                Verdict::Refused | Verdict::OnlyName | Verdict::LastName | Verdict::LastNameImageStays => {
                    inks.warn
                }
            },
            None => inks.line,
        };
        let area = tile.area.shrunk(GAP);
        let Area { x, y, width, height } = area;
        writeln!(
            out,
            r#"<g><title>{}</title><rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="3" fill="{fill}"/>"#,
            xml(&sentence)
        )?;
        if width >= WORDS_FROM.0 && height >= WORDS_FROM.1 {
            let set = Set { size: SIZE, ink: inks.text, ..Set::default() };
            let name = fitting(&words::map::name(world.graph(), tiles, tile.what), width - 10.0, &set);
            writeln!(out, "{}", text(Point { x: x + 6.0, y: y + 11.0 }, &name, &set))?;
            if height >= BYTES_FROM {
                let size = fitting(&bytes(tiles, tile.what).to_string(), width - 10.0, &set);
                writeln!(out, "{}", text(Point { x: x + 6.0, y: y + 26.0 }, &size, &set))?;
            }
        }
        writeln!(out, "</g>")?;
        sentences.push(sentence);
    }
    writeln!(out, "</svg>")?;
    Ok(sentences)
}

fn groups(tiles: &Tiles, layout: &Layout, inks: &Inks, out: &mut dyn Write) -> io::Result<Vec<String>> {
    let mut sentences = Vec::new();
    for group in &layout.groups {
        let Some(found) = tiles.groups.get(group.group) else { continue };
        let place = words::map::place(&found.place);
        let sentence = tr!("report.map_group", place = place, bytes = found.bytes);
        let Area { x, y, width, height } = group.area.shrunk(GAP);
        writeln!(
            out,
            r#"<g><title>{}</title><rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="5" fill="{}" stroke="{}"/>"#,
            xml(&sentence),
            inks.surface,
            inks.line
        )?;
        if let Some(head) = group.head {
            let strong = Set { size: SIZE, ink: inks.text, strong: true, ..Set::default() };
            let size = Set { size: SIZE, ink: inks.muted, at_end: true, ..Set::default() };
            let bytes = found.bytes.to_string();
            let room = head.width - 24.0 - super::svg::width(&bytes, &size);
            let level = head.middle().y;
            if room > 48.0 {
                // Strong letters are wider than the others in most fonts.
                let name = fitting(&place, room * 0.88, &strong);
                writeln!(out, "{}", text(Point { x: head.x + 6.0, y: level }, &name, &strong))?;
            }
            writeln!(out, "{}", text(Point { x: head.right() - 6.0, y: level }, &bytes, &size))?;
        }
        writeln!(out, "</g>")?;
        sentences.push(sentence);
    }
    Ok(sentences)
}

fn kind(tiles: &Tiles, what: What) -> Option<TileKind> {
    let What::Tile { group, tile } = what else { return None };
    tiles.groups.get(group)?.tiles.get(tile).map(|tile| tile.kind)
}

fn bytes(tiles: &Tiles, what: What) -> Bytes {
    match what {
        What::Tile { group, tile } => {
            tiles.groups.get(group).and_then(|g| g.tiles.get(tile)).map(|tile| tile.bytes).unwrap_or_default()
        }
        What::Smaller { bytes, .. } | What::SmallerGroups { bytes, .. } => bytes,
    }
}

fn sentence(world: &World, tiles: &Tiles, what: What, of: &dyn Fn(ImageIx) -> Verdict) -> String {
    let graph = world.graph();
    match what {
        What::Tile { .. } => words::map::sentence(of, graph, tiles, what),
        What::Smaller { .. } | What::SmallerGroups { .. } => {
            let name = words::map::name(graph, tiles, what);
            tr!("report.map_group", place = name, bytes = bytes(tiles, what))
        }
    }
}
