//! The map and the picture as inline SVG, in the colours of the page, each with the same in words.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::parts::section;
use crate::map::Tiles;
use crate::model::ImageIx;
use crate::picture::{Picture, Subject};
use crate::plan::{RemovalPlan, Way, plan_removal};
use crate::report::escape::xml;
use crate::report::{Content, Report, map, svg};
use crate::rules::Target;
use crate::words::{self, tr};

/// A picture of more is one of bundles, and says less than the table.
const IMAGES: usize = 60;
/// A wider picture is scrolled, since its words would become too small.
const SHRINKS_TO: f32 = 1_700.0;
/// Sentences beyond these are counted.
const SENTENCES: usize = 200;

/// The way without force, to mark in the picture what it cuts.
pub fn ordered(report: &Report, target: &Target) -> Option<RemovalPlan> {
    plan_removal(&report.world, std::slice::from_ref(target), Way::Ordered, true).ok()
}

pub fn picture(
    report: &Report,
    images: &[ImageIx],
    plan: Option<&RemovalPlan>,
    out: &mut dyn Write,
) -> io::Result<()> {
    if images.is_empty() || images.len() > IMAGES {
        return Ok(());
    }
    let subject = Subject { world: &report.world, images, plan, toggled: &BTreeSet::new() };
    let picture = Picture::of(&subject);
    let captions = svg::captions(&report.world, &picture);
    // After a run as before it, the plan is drawn on what was there.
    let has_run = matches!(&report.content, Content::Removal(removal) if removal.outcome.is_some());
    let title = if has_run { tr!("report.picture.before") } else { tr!("report.picture") };
    section(out, &title, None)?;
    writeln!(
        out,
        "<figure class=\"figure\"><div class=\"drawing{}\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">",
        if picture.layout.bounds.width <= SHRINKS_TO { " shrinks" } else { "" },
        xml(&title)
    )?;
    svg::inline(&picture, &captions, out)?;
    writeln!(out, "</div>")?;
    legend(out)?;
    writeln!(
        out,
        "<figcaption><details><summary>{}</summary><ul class=\"sentences\">",
        xml(&tr!("report.in_words"))
    )?;
    for caption in captions.iter().filter(|caption| !caption.sentence.is_empty()).take(SENTENCES) {
        writeln!(out, "<li>{}</li>", xml(&caption.sentence))?;
    }
    if captions.len() > SENTENCES {
        writeln!(out, "<li>{}</li>", xml(&words::count("n.more", captions.len() - SENTENCES)))?;
    }
    writeln!(out, "</ul></details></figcaption></figure></section>")
}

fn legend(out: &mut dyn Write) -> io::Result<()> {
    let line = |ink: &str, dash: &str| {
        format!("<path d=\"M1 6h24\" stroke=\"var(--{ink})\" stroke-width=\"2\"{dash}/>")
    };
    let signs = [
        ("picture.legend.blocks", line("warn", "")),
        ("picture.legend.always", line("danger", "")),
        ("picture.legend.cut", line("muted", " stroke-dasharray=\"5 4\"")),
    ];
    write!(out, "<ul class=\"legend\">")?;
    for (key, sign) in signs {
        write!(
            out,
            "<li><svg width=\"26\" height=\"12\" aria-hidden=\"true\">{sign}</svg>{}</li>",
            xml(&tr!(key))
        )?;
    }
    writeln!(out, "</ul>")
}

/// The map of all that is on the engine, whatever the report is narrowed to: bytes are shared.
pub fn map(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let tiles = Tiles::of(report.world.graph());
    if tiles.groups.is_empty() {
        return Ok(());
    }
    section(out, &tr!("report.map"), None)?;
    writeln!(
        out,
        "<figure class=\"figure\"><div class=\"drawing fits\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">",
        xml(&tr!("report.map"))
    )?;
    let sentences = map::inline(&report.world, &tiles, out)?;
    writeln!(out, "</div><ul class=\"legend\">")?;
    for (key, tile) in [
        ("map.legend.removable", "safe-tile"),
        ("map.legend.refused", "warn-tile"),
        ("map.legend.unknown", "muted-tile"),
        ("map.legend.shared", "accent-tile"),
    ] {
        write!(
            out,
            "<li><svg width=\"14\" height=\"12\" aria-hidden=\"true\"><rect width=\"14\" height=\"12\" rx=\"3\" \
             fill=\"var(--{tile})\"/></svg>{}</li>",
            xml(&tr!(key))
        )?;
    }
    let undrawn = tiles.unknown.len() + tiles.without_own.len();
    if undrawn > 0 {
        write!(out, "<li>{}</li>", xml(&words::count("map.not_drawn", undrawn)))?;
    }
    writeln!(
        out,
        "</ul><figcaption><details><summary>{}</summary><ul class=\"sentences\">",
        xml(&tr!("report.in_words"))
    )?;
    for sentence in sentences.iter().take(SENTENCES) {
        writeln!(out, "<li>{}</li>", xml(sentence))?;
    }
    if sentences.len() > SENTENCES {
        writeln!(out, "<li>{}</li>", xml(&words::count("n.more", sentences.len() - SENTENCES)))?;
    }
    writeln!(out, "</ul></details></figcaption></figure></section>")
}
