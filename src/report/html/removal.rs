//! A removal: the plan with its predictions, or the outcome with the engine's real lines.

use std::io::{self, Write};

use super::drawings;
use super::parts::{Tone, breakable, commands, lines, losses, pill, recovery, section, tag};
use crate::plan::Judgement;
use crate::report::escape::xml;
use crate::report::rows::{EndRow, Head, RemovalRow, StaysRow, StepRow, Steps, images_of};
use crate::report::{Removal, Report};
use crate::words::{self, tr};

/// Plans beyond this are too long for a block of commands.
const COMMANDS: usize = 500;

pub fn write(report: &Report, removal: &Removal, head: &Head, out: &mut dyn Write) -> io::Result<()> {
    let before = report.world.graph();
    let row = RemovalRow::of(report, removal);
    super::begin(head, &row.title, &xml(&row.title), out)?;
    summary(&row, out)?;
    let steps = Steps::of(&removal.plan, removal.outcome.as_ref(), before);
    if !steps.is_empty() {
        section(out, &tr!("report.steps"), Some(steps.len()))?;
        writeln!(out, "<ol class=\"card steps\">")?;
        for step in steps.rows() {
            write_step(&step, row.end.is_some(), out)?;
        }
        writeln!(out, "</ol></section>")?;
    }
    if row.end.is_none() && !steps.is_empty() && steps.len() <= COMMANDS {
        section(out, &tr!("commands.title"), None)?;
        commands(&steps.rows().collect::<Vec<_>>(), out)?;
        writeln!(out, "</section>")?;
    }
    stays(&tr!("report.left_out"), &row.left_out, out)?;
    stays(&words::count("kept.title", row.stays.len()), &row.stays, out)?;
    recovery(&row.recovery, out)?;
    drawings::picture(report, &images_of(&report.world, &removal.plan), Some(&removal.plan), out)
}

fn summary(row: &RemovalRow, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section class=\"card pad\">")?;
    if let Some(EndRow { code, words, done, why, .. }) = &row.end {
        let tone = match code.as_ref() {
            "completed" => Tone::Safe,
            "not_listed" | "not_archived" => Tone::Danger,
            "stopped" => Tone::Plain,
            _ => Tone::Warn,
        };
        let progress = words::done_of("run.progress", *done, row.steps);
        writeln!(
            out,
            "<div class=\"verdict\">{}<span class=\"muted small\">{}</span></div>",
            pill(tone, words),
            xml(&progress)
        )?;
        for why in why {
            writeln!(out, "<p>{}</p>", xml(why))?;
        }
    }
    if let Some(end) = &row.end {
        if let Some(achieved) = &end.achieved {
            writeln!(out, "<p><strong>{}</strong></p>", xml(achieved))?;
        }
        writeln!(out, "<p class=\"muted\">{}</p>", xml(&row.planned_words()))?;
    } else {
        let (deeds, freed, way) = (xml(&row.deeds), xml(&row.freed.words), xml(&row.way_words));
        writeln!(out, "<p><strong>{deeds}</strong> · {freed}</p>\n<p class=\"muted\">{way}</p>")?;
    }
    if let Some(archive) = &row.archive {
        writeln!(out, "<p>{}</p>", xml(&archive.words))?;
    }
    if !row.losses.is_empty() {
        writeln!(out, "<h3>{}</h3>", xml(&tr!("review.losses")))?;
        losses(&row.losses, out)?;
    }
    writeln!(out, "</section>")
}

fn write_step(step: &StepRow, ended: bool, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<li><span class=\"number\">{}</span><div class=\"step\"><h3>{}</h3><code class=\"muted\">{}</code>",
        step.number,
        breakable(&words::short_digests(&step.words)),
        xml(&step.command)
    )?;
    if let Some(result) = &step.result {
        lines(&result.lines, &[], out)?;
        if let Some(said) = result.said.as_ref().map(|said| xml(said)) {
            if result.judgement == Judgement::Failed {
                writeln!(out, "<blockquote class=\"failed\"><code>{said}</code></blockquote>")?;
            } else {
                writeln!(out, "<p class=\"said\">{said}</p>")?;
            }
        }
    } else if !ended {
        lines(&step.expected, &step.silently, out)?;
        if let Some(note) = &step.note {
            writeln!(out, "<p class=\"muted small said\">{}</p>", xml(note))?;
        }
    }
    if let Some(undo) = step.undo_then(ended) {
        writeln!(out, "<p class=\"muted small said\">{}</p>", breakable(&words::short_digests(undo)))?;
    }
    let mark = match &step.result {
        Some(result) => {
            let tone = match result.judgement {
                Judgement::AsPredicted | Judgement::FewerLayers => Tone::Safe,
                Judgement::Differs => Tone::Warn,
                Judgement::Failed => Tone::Danger,
                Judgement::Skipped => Tone::Plain,
            };
            pill(tone, &result.words)
        }
        None if ended => tag(Tone::Plain, &tr!("step.not_reached")),
        None if step.force => tag(Tone::Danger, &tr!("step.force")),
        None => String::new(),
    };
    writeln!(out, "</div><div>{mark}</div></li>")
}

fn stays(title: &str, rows: &[StaysRow], out: &mut dyn Write) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    section(out, title, None)?;
    writeln!(out, "<div class=\"card pad\"><ul class=\"names\">")?;
    for stays in rows {
        writeln!(
            out,
            "<li><span class=\"named\">{}</span> <span class=\"muted\">{}</span></li>",
            breakable(&stays.what),
            xml(&stays.why)
        )?;
    }
    writeln!(out, "</ul></div></section>")
}
