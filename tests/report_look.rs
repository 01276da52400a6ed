//! The colours of reports are those of the window: light and dark, in a page and in drawings that stand alone.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use eframe::egui::Color32;
use unmoor::engine::sample::Sample;
use unmoor::model::{Graph, ImageIx};
use unmoor::report::svg::Inks;
use unmoor::report::{Content, Format, LookUps, Report, write};
use unmoor::rules::World;
use unmoor::ui::theme::{DARK, LIGHT, Palette};
use unmoor::words::Language;

const STYLE: &str = include_str!("../src/report/html/style.css");
/// The window has no such thing.
const OF_PAGES: [&str; 3] = ["strong-line", "shadow", "color-scheme"];

fn hex(color: Color32) -> String {
    format!("#{:02x}{:02x}{:02x}", color.r(), color.g(), color.b())
}

fn named(p: &Palette) -> BTreeMap<&'static str, String> {
    let all = [
        ("ground", p.ground),
        ("surface", p.surface),
        ("raised", p.raised),
        ("line", p.line),
        ("text", p.text),
        ("muted", p.muted),
        ("accent", p.accent),
        ("accent-soft", p.accent_soft),
        ("warn", p.warn),
        ("warn-soft", p.warn_soft),
        ("danger", p.danger),
        ("danger-soft", p.danger_soft),
        ("safe", p.safe),
        ("safe-soft", p.safe_soft),
        ("safe-tile", p.safe_tile),
        ("warn-tile", p.warn_tile),
        ("muted-tile", p.muted_tile),
        ("accent-tile", p.accent_tile),
    ];
    all.into_iter().map(|(name, color)| (name, hex(color))).collect()
}

/// The blocks of the style sheet that name colours, in order: light, and dark.
fn blocks() -> Vec<BTreeMap<&'static str, String>> {
    let long = |value: &str| match value.as_bytes() {
        [b'#', r, g, b] => [r, r, g, g, b, b].iter().fold("#".to_owned(), |mut text, c| {
            text.push(char::from(**c));
            text
        }),
        _ => value.to_owned(),
    };
    let block = |text: &'static str| {
        let inside = text.split_once('}').unwrap().0;
        let lines = inside.split(';').filter_map(|line| line.trim().split_once(": "));
        lines.map(|(name, value)| (name.trim_start_matches("--"), long(value))).collect()
    };
    STYLE.split(":root {").skip(1).map(block).collect()
}

#[test]
fn a_page_has_the_colours_of_the_window() {
    let blocks = blocks();
    assert_eq!(blocks.len(), 2);
    for (found, theme) in blocks.into_iter().zip([&LIGHT, &DARK]) {
        let found: BTreeMap<_, _> = found.into_iter().filter(|(name, _)| !OF_PAGES.contains(name)).collect();
        assert_eq!(found, named(theme));
    }
    // Whatever else stands there names one of them, or is the paper.
    let rest = STYLE.rsplit_once("color-scheme: dark;").unwrap().1;
    let word = |text: &'static str| &text[..text.bytes().take_while(u8::is_ascii_hexdigit).count()];
    let literal: BTreeSet<&str> = rest.split('#').skip(1).map(word).collect();
    assert_eq!(literal, BTreeSet::from(["fff"]));
}

#[test]
fn a_drawing_that_stands_alone_has_the_light_ones() {
    let p = &LIGHT;
    let rgb = |color: Color32| [color.r(), color.g(), color.b()];
    let window = [p.ground, p.surface, p.line, p.text, p.muted, p.accent, p.warn, p.danger];
    assert_eq!(Inks::light(), Inks::of_rgb(window.map(rgb)));
    let world = World::new(Arc::new(Graph::new(Arc::new(Sample::new(0).inventory()))));
    let images = (0..).map(ImageIx).take(world.graph().images().len()).collect();
    let known: BTreeSet<String> = named(p).into_values().collect();
    for content in [Content::Map, Content::Inventory { images }] {
        let (host, about) = (None, String::new());
        let report = Report {
            written_at: 0,
            host,
            world: world.clone(),
            about,
            anonymous: false,
            look_ups: LookUps::new(),
            content,
        };
        let mut out = Vec::new();
        write(&report, Format::Svg, Language::English, &|_, _| {}, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let inks: BTreeSet<String> =
            text.split("=\"#").skip(1).map(|rest| format!("#{}", rest.split('"').next().unwrap())).collect();
        assert!(inks.len() > 4, "{inks:?}");
        assert_eq!(inks.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new());
    }
}
