//! One thing explained: the verdict, what holds it, the ways out with their commands, the picture, the layers.

use std::io::{self, Write};

use super::drawings;
use super::parts::{
    Table, Tone, breakable, commands, copy_button, lines, losses, pill, recovery, section, size, tag, whys,
};
use crate::report::escape::xml;
use crate::report::rows::{ExplanationRow, Head, HolderRow, ImageRow, LayerRow, WayRow, image_of, utc_words};
use crate::report::{Report, gone};
use crate::rules::Target;
use crate::words::{self, tr};

pub const HOLDERS: Table = Table {
    class: "sortable holders",
    heads: &[("report.held_by", ""), ("column.name", ""), ("report.hold", ""), ("report.release", "plain")],
};
pub const LAYERS: Table = Table {
    class: "layers",
    heads: &[("report.layer", ""), ("column.size", "num"), ("report.shared", ""), ("report.made_by", "")],
};

pub fn write(report: &Report, target: &Target, head: &Head, out: &mut dyn Write) -> io::Result<()> {
    let row = ExplanationRow::of(report, target).ok_or_else(gone)?;
    let title = format!("{} {}", row.kind_words, row.title);
    let shown = format!("{} <code>{}</code>", xml(&row.kind_words), xml(&row.title));
    super::begin(head, &title, &shown, out)?;
    verdict(&row, out)?;
    holders(&row, out)?;
    ways(&row, out)?;
    recovery(
        row.image.as_ref().and_then(|image| image.recovery.as_ref()).map_or(&[], std::slice::from_ref),
        out,
    )?;
    let image = image_of(&report.world, target);
    drawings::picture(report, image.as_slice(), drawings::ordered(report, target).as_ref(), out)?;
    layers(&row, out)
}

fn verdict(row: &ExplanationRow, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section class=\"card pad\">")?;
    writeln!(
        out,
        "<div class=\"verdict\">{}</div>",
        pill(Tone::of_verdict(&row.verdict), &row.verdict_words)
    )?;
    if let Some(image) = &row.image {
        writeln!(out, "{}", whys(&image.why_kept))?;
    }
    for (at, refusal) in row.refusals.iter().enumerate() {
        let words = refusal.messages.first().map(String::as_str).unwrap_or_default();
        let lead = if at == 0 { tr!("report.engine_says") } else { tr!("verdict.and_then") };
        writeln!(
            out,
            "<blockquote><span class=\"muted small\">{}</span><br><code>{}</code></blockquote>",
            xml(&lead),
            xml(words)
        )?;
    }
    if !row.expected.is_empty() {
        writeln!(out, "<p class=\"muted small\">{}</p>", xml(&tr!("effects.title")))?;
        lines(&row.expected, &[], out)?;
    }
    if let Some(freed) = &row.freed {
        writeln!(out, "<p class=\"sentence\">{}</p>", xml(&freed.words))?;
    }
    if let Some(image) = &row.image {
        facts(row, image, out)?;
    }
    writeln!(out, "</section>")
}

fn facts(row: &ExplanationRow, image: &ImageRow, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<details><summary>{}</summary><dl class=\"facts\">", xml(&tr!("facts.title")))?;
    let mut fact =
        |key: &str, value: &str| writeln!(out, "<div><dt>{}</dt><dd>{value}</dd></div>", xml(&tr!(key)));
    let key = if row.kind == "image" { "fact.id" } else { "report.image_id" };
    fact(key, &format!("<code>{}</code>", xml(&image.id)))?;
    fact("column.own", &size(image.own_bytes))?;
    fact("column.size", &size(image.size_bytes))?;
    if let Some(created) = &image.created {
        fact("fact.created", &xml(&utc_words(created)))?;
    }
    if let Some(platform) = &image.platform {
        fact("fact.platform", &xml(platform))?;
    }
    if let Some(container) = &row.container {
        fact("fact.state", &xml(&container.status))?;
        if let Some(project) = &container.compose_project {
            fact("fact.compose", &xml(project))?;
        }
    }
    if !image.labels.is_empty() {
        let labels =
            image.labels.iter().map(|(key, value)| format!("<code>{}={}</code>", xml(key), xml(value)));
        fact("fact.labels", &labels.collect::<Vec<_>>().join("<br>"))?;
    }
    writeln!(out, "</dl></details>")
}

fn holders(row: &ExplanationRow, out: &mut dyn Write) -> io::Result<()> {
    if row.holders.is_empty() {
        return Ok(());
    }
    let key = if row.kind == "image" { "holders.image" } else { "holders.name" };
    section(out, &tr!(key), Some(row.holders.len()))?;
    writeln!(out, "<div class=\"card\">")?;
    HOLDERS.begin(&tr!(key), row.holders.len(), out)?;
    for holder in &row.holders {
        let HolderRow { kind_words, name, note, blocks, force_overrides, words, release, .. } = holder;
        let tone = match (blocks, force_overrides) {
            (false, _) => Tone::Plain,
            (true, true) => Tone::Warn,
            (true, false) => Tone::Danger,
        };
        let note = note.as_ref().map(|note| format!(" <span class=\"muted small\">{}</span>", xml(note)));
        writeln!(
            out,
            "<tr><td>{}</td><td><span class=\"named\">{}</span>{}</td><td>{}</td><td><div \
             class=\"release\"><code>{}</code>{}</div></td></tr>",
            xml(kind_words),
            breakable(&words::short_digests(name)),
            note.unwrap_or_default(),
            tag(tone, words),
            xml(release),
            copy_button(&tr!("copy.command"))
        )?;
    }
    Table::end(out)?;
    writeln!(out, "</div></section>")
}

fn ways(row: &ExplanationRow, out: &mut dyn Write) -> io::Result<()> {
    let key = if row.ways.len() == 1 { "ways.one" } else { "ways.title" };
    section(out, &tr!(key), None)?;
    writeln!(out, "<div class=\"ways\">")?;
    for way in &row.ways {
        one_way(way, out)?;
    }
    writeln!(out, "</div>")?;
    if !row.kept_layers.is_empty() {
        writeln!(out, "<h3>{}</h3><ul>", xml(&tr!("report.kept_layers")))?;
        for kept in &row.kept_layers {
            let mut by: Vec<String> =
                kept.needed_by.iter().map(|by| format!("<code>{}</code>", xml(by))).collect();
            if kept.more > 0 {
                by.push(xml(&words::count("n.more", kept.more as usize)));
            }
            let by = by.join(&xml(&tr!("list.comma")));
            writeln!(out, "<li>{} {by}</li>", xml(&words::count("kept.layers", kept.layers)))?;
        }
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "</section>")
}

fn one_way(way: &WayRow, out: &mut dyn Write) -> io::Result<()> {
    let (tone, key) =
        if way.uses_force { (Tone::Danger, "way.with_force") } else { (Tone::Safe, "way.no_force") };
    writeln!(
        out,
        "<div class=\"card pad keep\"><div class=\"way-head\"><h3>{}</h3><span>{}</span></div>",
        xml(&way.words),
        tag(tone, &tr!(key))
    )?;
    if let Some(why) = &way.impossible_because {
        return writeln!(out, "<p>{}</p></div>", xml(why));
    }
    writeln!(out, "<p class=\"muted\">{}</p>", xml(&words::count("n.steps", way.steps.len())))?;
    commands(&way.steps, out)?;
    losses(&way.losses, out)?;
    if let Some(freed) = &way.freed {
        writeln!(out, "<p class=\"sentence\">{}</p>", xml(&freed.words))?;
    }
    writeln!(out, "</div>")
}

fn layers(row: &ExplanationRow, out: &mut dyn Write) -> io::Result<()> {
    let Some(layers) = row.layers.as_ref().filter(|layers| !layers.is_empty()) else { return Ok(()) };
    section(out, &tr!("fact.layers"), Some(layers.len()))?;
    writeln!(out, "<div class=\"card\">")?;
    LAYERS.begin(&tr!("fact.layers"), layers.len(), out)?;
    for LayerRow { diff_id, size_bytes, created_by, shared_with } in layers.iter().rev() {
        let shared = match shared_with {
            0 => tr!("layer.own").into_owned(),
            n => words::count("layers.shared_with", *n as usize),
        };
        writeln!(
            out,
            "<tr><td><code>{}</code></td><td class=\"num\">{}</td><td>{}</td><td><code>{}</code></td></tr>",
            xml(super::parts::short(diff_id)),
            size(*size_bytes),
            xml(&shared),
            xml(created_by)
        )?;
    }
    Table::end(out)?;
    writeln!(out, "</div></section>")
}
