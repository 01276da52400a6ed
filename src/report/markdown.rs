//! Reports as Markdown for a ticket: `CommonMark` with GitHub's tables. Words of others stand as code, where
//! nothing is anything but itself.

use std::io::{self, Write};

use super::escape::{markdown as text, markdown_code as code};
use super::rows::{
    ContainerRow, ExplanationRow, Head, HolderRow, ImageRow, Images, NameRow, RecoveryRow, RemoteRow,
    RemovalRow, StaysRow, StepRow, Steps, Totals, WayRow, utc_words,
};
use super::{Content, Report, item_words};
use crate::model::{Bytes, Item};
use crate::words::{self, Language, tr};

/// Names and containers of an image beyond these are counted.
const SHOWN: usize = 8;

pub(super) fn write(
    report: &Report,
    language: Language,
    progress: &dyn Fn(usize, usize),
    out: &mut dyn Write,
) -> io::Result<()> {
    let head = Head::of(report, language);
    match &report.content {
        Content::Inventory { images } => {
            let images = Images::of(report, images, progress);
            title(&tr!("report.inventory"), &head, out)?;
            inventory(&images, out)?;
        }
        Content::Explanation { target } => {
            let explanation = ExplanationRow::of(report, target).ok_or_else(super::gone)?;
            let shown = format!("{}: {}", text(&explanation.kind_words), code(&explanation.title));
            title_of(&shown, &head, out)?;
            explain(&explanation, out)?;
        }
        Content::Map => return Err(super::only_drawn()),
        Content::Removal(removal) => {
            let before = report.world.graph();
            let row = RemovalRow::of(report, removal);
            title(&row.title, &head, out)?;
            removal_body(&row, &Steps::of(&removal.plan, removal.outcome.as_ref(), before), out)?;
        }
    }
    writeln!(out, "\n---\n\n{}", text(&head.written_by))
}

fn title(words: &str, head: &Head, out: &mut dyn Write) -> io::Result<()> {
    title_of(&text(words), head, out)
}

/// `shown` is Markdown already.
fn title_of(shown: &str, head: &Head, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# {shown}\n")?;
    let engine = format!("{} {}", head.engine.name, head.engine.version);
    let engine = match &head.host {
        Some(host) => format!("{} · {}", code(&engine), code(host)),
        None => code(&engine),
    };
    let line = |out: &mut dyn Write, key: &str, value: &str| writeln!(out, "- **{}:** {value}", text(key));
    line(out, &tr!("report.engine"), &engine)?;
    line(out, &tr!("report.written_at"), &text(&utc_words(&head.written_at)))?;
    if !head.about.is_empty() {
        line(out, &tr!("report.about"), &text(&head.about))?;
    }
    if head.anonymous {
        writeln!(out, "- {}", text(&tr!("report.anonymous")))?;
    }
    if let Some(why) = &head.incomplete_because {
        writeln!(out, "\n> **{}** {}", text(&tr!("report.incomplete")), code(why))?;
    }
    Ok(())
}

fn section(out: &mut dyn Write, words: &str) -> io::Result<()> {
    writeln!(out, "\n## {}\n", text(words))
}

fn row(out: &mut dyn Write, cells: &[&str]) -> io::Result<()> {
    write!(out, "|")?;
    for cell in cells {
        write!(out, " {cell} |")?;
    }
    writeln!(out)
}

/// `right` tells for each column whether it holds numbers.
fn head_row(out: &mut dyn Write, heads: &[&str], right: &[usize]) -> io::Result<()> {
    let heads: Vec<String> = heads.iter().map(|head| text(head)).collect();
    row(out, &heads.iter().map(String::as_str).collect::<Vec<_>>())?;
    let rules = (0..heads.len()).map(|at| if right.contains(&at) { "---:" } else { "---" });
    row(out, &rules.collect::<Vec<_>>())
}

fn size(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| text(&tr!("fact.unknown")), |bytes| text(&Bytes(bytes).to_string()))
}

fn inventory(images: &Images<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Totals { images: count, names, containers, removable, refused, unknown, protected, size_bytes } =
        images.totals.clone();
    let mut said = vec![
        words::count("n.images", count),
        words::count("n.names", names),
        words::count("n.containers", containers),
    ];
    said.extend(size_bytes.map(|bytes| Bytes(bytes).to_string()));
    writeln!(out, "\n{}", text(&said.join(" · ")))?;
    let counts = [
        ("report.removable", removable),
        ("report.refused", refused),
        ("report.unknown", unknown),
        ("report.protected", protected),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(key, n)| words::fill(key, &[("n", &words::thousands(n))]))
        .collect();
    writeln!(out, "{}\n", text(&counts.join(" · ")))?;
    if images.is_empty() {
        return writeln!(out, "{}", text(&images.why_empty()));
    }
    let heads = [
        tr!("kind.image"),
        tr!("report.names"),
        tr!("report.containers"),
        tr!("column.own"),
        tr!("column.size"),
        tr!("column.verdict"),
        tr!("report.why_kept"),
    ];
    head_row(out, &heads.each_ref().map(AsRef::as_ref), &[3, 4])?;
    for image in images.rows() {
        let ImageRow {
            id, names, containers, own_bytes, size_bytes, verdict_words, why_kept, recovery, ..
        } = &image;
        let mut why: Vec<String> = why_kept.iter().map(|why| text(&why.words)).collect();
        why.extend(recovery.iter().map(|known| text(&known.sentence())));
        let (own, all) = (size(*own_bytes), size(*size_bytes));
        row(
            out,
            &[
                &code(short(id)),
                &names_cell(names, &image.called),
                &containers_cell(containers),
                &own,
                &all,
                &text(verdict_words),
                &why.join("; "),
            ],
        )?;
    }
    Ok(())
}

/// What the Docker CLI shows of an ID.
fn short(id: &str) -> &str {
    let hex = id.strip_prefix("sha256:").unwrap_or(id);
    hex.get(..12).unwrap_or(hex)
}

/// `<br>` is the only line break that a cell can hold.
fn several(shown: &[String], all: usize) -> String {
    let mut cell = shown.join("<br>");
    if all > shown.len() {
        cell.push_str("<br>");
        cell.push_str(&text(&words::count("n.more", all - shown.len())));
    }
    cell
}

fn names_cell(names: &[NameRow], called: &str) -> String {
    if names.is_empty() {
        return format!("*{}*", text(called));
    }
    let shown: Vec<String> =
        names.iter().take(SHOWN).map(|name| code(&words::short_digests(&name.shown))).collect();
    several(&shown, names.len())
}

fn containers_cell(containers: &[ContainerRow]) -> String {
    let shown: Vec<String> =
        containers.iter().take(SHOWN).map(|c| format!("{} {}", code(&c.name), text(&c.status))).collect();
    several(&shown, containers.len())
}

fn explain(row: &ExplanationRow, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n**{}**", text(&row.verdict_words))?;
    for refusal in &row.refusals {
        let words = refusal.messages.first().map(String::as_str).unwrap_or_default();
        writeln!(out, "\n> {}", code(words))?;
    }
    if let Some(image) = &row.image {
        writeln!(out)?;
        facts(row, image, out)?;
        for why in &image.why_kept {
            writeln!(out, "- {}", text(&why.words))?;
        }
        if let Some(known) = &image.recovery {
            section(out, &tr!("recovery.title"))?;
            recovery(known, out)?;
        }
    }
    if !row.holders.is_empty() {
        section(out, &tr!("holders.image"))?;
        let heads = [tr!("report.held_by"), tr!("column.name"), tr!("report.hold"), tr!("report.release")];
        head_row(out, &heads.each_ref().map(AsRef::as_ref), &[])?;
        for HolderRow { kind_words, name, note, words, release, .. } in &row.holders {
            let note = note.as_deref().map(|note| format!(" {}", text(note))).unwrap_or_default();
            let name = format!("{}{note}", code(name));
            super::markdown::row(out, &[&text(kind_words), &name, &text(words), &code(release)])?;
        }
    }
    section(out, &tr!("ways.title"))?;
    for way in &row.ways {
        write_way(way, out)?;
    }
    if !row.kept_layers.is_empty() {
        section(out, &tr!("report.kept_layers"))?;
        for kept in &row.kept_layers {
            let mut by: Vec<String> = kept.needed_by.iter().map(|by| code(by)).collect();
            if kept.more > 0 {
                by.push(text(&words::count("n.more", kept.more as usize)));
            }
            writeln!(out, "- {} {}", text(&words::count("kept.layers", kept.layers)), by.join(", "))?;
        }
    }
    Ok(())
}

fn facts(row: &ExplanationRow, image: &ImageRow, out: &mut dyn Write) -> io::Result<()> {
    let mut fact = |key: &str, value: &str| writeln!(out, "- **{}:** {value}", text(key));
    let key = if row.kind == "image" { tr!("fact.id") } else { tr!("fact.image") };
    fact(&key, &code(&image.id))?;
    fact(&tr!("fact.size"), &size(image.size_bytes))?;
    fact(&tr!("column.own"), &size(image.own_bytes))?;
    if let Some(created) = &image.created {
        fact(&tr!("fact.created"), &text(&utc_words(created)))?;
    }
    if let Some(platform) = &image.platform {
        fact(&tr!("fact.platform"), &code(platform))?;
    }
    if let Some(container) = &row.container {
        fact(&tr!("fact.state"), &text(&container.status))?;
    }
    Ok(())
}

fn write_way(way: &WayRow, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### {}\n", text(&way.words))?;
    if let Some(why) = &way.impossible_because {
        return writeln!(out, "{}\n", text(why));
    }
    commands(way.steps.iter().map(|step| step.command.as_str()), out)?;
    for loss in &way.losses {
        writeln!(out, "- ⚠ {}", text(loss))?;
    }
    if let Some(freed) = &way.freed {
        writeln!(out, "- {}\n", text(&freed.words))?;
    }
    Ok(())
}

/// What registries said of one image.
fn recovery(row: &RecoveryRow, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "- {} {}", code(&row.called), text(&row.sentence()))?;
    for RemoteRow { reference, words, asked_at, .. } in &row.references {
        writeln!(out, "  - {} {} ({})", code(reference), text(words), text(&utc_words(asked_at)))?;
    }
    Ok(())
}

/// Lines to copy. Nothing in a fenced block is taken for markup but the end of its fence.
fn commands<'a>(lines: impl Iterator<Item = &'a str>, out: &mut dyn Write) -> io::Result<()> {
    const FENCE: &str = "~~~~~~~~";
    writeln!(out, "{FENCE}sh")?;
    for line in lines {
        writeln!(out, "{}", super::escape::plain(line).trim_start_matches('~'))?;
    }
    writeln!(out, "{FENCE}\n")
}

fn removal_body(row: &RemovalRow, steps: &Steps<'_>, out: &mut dyn Write) -> io::Result<()> {
    if let Some(end) = &row.end {
        let done = words::done_of("run.progress", end.done, row.steps);
        writeln!(out, "\n**{}** · {}", text(&end.words), text(&done))?;
        for why in &end.why {
            writeln!(out, "- {}", text(why))?;
        }
        if let Some(achieved) = &end.achieved {
            writeln!(out, "- **{}**", text(achieved))?;
        }
        writeln!(out, "- {}", text(&row.planned_words()))?;
    } else {
        let (deeds, freed, way) = (text(&row.deeds), text(&row.freed.words), text(&row.way_words));
        writeln!(out, "\n**{deeds}** · {freed}\n{way}")?;
    }
    if let Some(archive) = &row.archive {
        writeln!(out, "- {}", text(&archive.words))?;
    }
    for loss in &row.losses {
        writeln!(out, "- ⚠ {}", text(loss))?;
    }
    if !steps.is_empty() {
        section(out, &tr!("report.steps"))?;
    }
    let ended = row.end.is_some();
    for step in steps.rows() {
        write_step(&step, ended, out)?;
    }
    stays(&tr!("report.left_out"), &row.left_out, out)?;
    stays(&words::count("kept.title", row.stays.len()), &row.stays, out)?;
    if !row.recovery.is_empty() {
        section(out, &tr!("recovery.title"))?;
    }
    row.recovery.iter().try_for_each(|known| recovery(known, out))
}

fn stays(title: &str, rows: &[StaysRow], out: &mut dyn Write) -> io::Result<()> {
    if !rows.is_empty() {
        section(out, title)?;
    }
    rows.iter().try_for_each(|row| writeln!(out, "- {}: {}", code(&row.what), text(&row.why)))
}

fn write_step(step: &StepRow, ended: bool, out: &mut dyn Write) -> io::Result<()> {
    let judged = match (&step.result, ended) {
        (Some(result), _) => format!(" — **{}**", text(&result.words)),
        (None, true) => format!(" — **{}**", text(&tr!("step.not_reached"))),
        (None, false) => String::new(),
    };
    writeln!(out, "{}. {}{judged}", step.number, code(&step.command))?;
    let indent = " ".repeat(step.number.to_string().len() + 2);
    let items = |items: &[Item], out: &mut dyn Write| {
        items.iter().try_for_each(|item| writeln!(out, "{indent}- {}", code(&item_words(item))))
    };
    if let Some(result) = &step.result {
        items(&result.lines, out)?;
        if let Some(said) = &result.said {
            writeln!(out, "{indent}- {}", text(said))?;
        }
    } else if !ended {
        items(&step.expected, out)?;
        for id in &step.silently {
            writeln!(out, "{indent}- {}", text(&tr!("step.goes_too", id = id)))?;
        }
        if let Some(note) = &step.note {
            writeln!(out, "{indent}- {}", text(note))?;
        }
    }
    if let Some(undo) = step.undo_then(ended) {
        writeln!(out, "{indent}- *{}*", text(undo))?;
    }
    Ok(())
}
