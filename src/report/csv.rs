//! Reports as a table for spreadsheets (RFC 4180): an inventory with a row for each name, an explanation with
//! one for each holder, a removal with one for each step. No cell is taken for a formula.

use std::io::{self, Write};

use csv::{Terminator, Writer, WriterBuilder};

use super::escape::cell;
use super::rows::{ExplanationRow, ImageRow, Images, RecoveryRow, StepRow, Steps, Why};
use super::{Content, Report, item_words};
use crate::words::tr;

/// Without it, Excel reads the letters of other languages as rubbish.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

pub(super) fn write(report: &Report, progress: &dyn Fn(usize, usize), out: &mut dyn Write) -> io::Result<()> {
    out.write_all(BYTE_ORDER_MARK)?;
    let mut table = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
    match &report.content {
        Content::Inventory { images } => inventory(&Images::of(report, images, progress), &mut table)?,
        Content::Explanation { target } => {
            let explanation = ExplanationRow::of(report, target).ok_or_else(super::gone)?;
            holders(&explanation, &mut table)?;
        }
        Content::Map => return Err(super::only_drawn()),
        Content::Removal(removal) => {
            let steps = Steps::of(&removal.plan, removal.outcome.as_ref(), report.world.graph());
            write_steps(&steps, removal.outcome.is_some(), &mut table)?;
        }
    }
    table.flush()
}

type Table<'a> = Writer<&'a mut dyn Write>;

fn line<T: AsRef<str>>(table: &mut Table<'_>, cells: impl IntoIterator<Item = T>) -> io::Result<()> {
    for text in cells {
        table.write_field(cell(text.as_ref()).as_bytes())?;
    }
    table.write_record(None::<&[u8]>)?;
    Ok(())
}

fn inventory(images: &Images<'_>, table: &mut Table<'_>) -> io::Result<()> {
    line(
        table,
        [
            tr!("report.reference"),
            tr!("report.name_kind"),
            tr!("fact.registry"),
            tr!("fact.repository"),
            tr!("report.image_id"),
            tr!("report.containers"),
            tr!("report.size_bytes"),
            tr!("report.own_bytes"),
            tr!("report.shared_bytes"),
            tr!("report.created"),
            tr!("fact.platform"),
            tr!("column.verdict"),
            tr!("report.why_kept"),
            tr!("report.engine_says"),
            tr!("fact.labels"),
            tr!("recovery.title"),
        ],
    )?;
    for image in images.rows() {
        let shared = shared_cells(&image);
        if image.names.is_empty() {
            line(
                table,
                [String::new(), image.called.clone(), String::new(), String::new()].iter().chain(&shared),
            )?;
        }
        for name in &image.names {
            let kind = match (&name.tag, name.stored) {
                (Some(_), _) => tr!("kind.tag"),
                (None, true) => tr!("kind.digest"),
                (None, false) => tr!("row.computed"),
            };
            let own =
                [name.reference.clone(), kind.into_owned(), name.registry.clone(), name.repository.clone()];
            line(table, own.iter().chain(&shared))?;
        }
    }
    Ok(())
}

/// What is the same for every name of an image.
fn shared_cells(image: &ImageRow) -> [String; 12] {
    let number = |bytes: Option<u64>| bytes.map(|b| b.to_string()).unwrap_or_default();
    let containers: Vec<String> =
        image.containers.iter().map(|c| format!("{} ({})", c.name, c.status)).collect();
    let labels: Vec<String> = image.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    [
        image.id.clone(),
        containers.join("; "),
        number(image.size_bytes),
        number(image.own_bytes),
        number(image.shared_bytes),
        image.created.clone().unwrap_or_default(),
        image.platform.clone().unwrap_or_default(),
        image.verdict_words.clone(),
        whys(&image.why_kept),
        image.engine_says.clone().unwrap_or_default(),
        labels.join("; "),
        image.recovery.as_ref().map(RecoveryRow::sentence).unwrap_or_default(),
    ]
}

fn whys(all: &[Why]) -> String {
    all.iter().map(|why| why.words.as_str()).collect::<Vec<_>>().join("; ")
}

fn holders(explanation: &ExplanationRow, table: &mut Table<'_>) -> io::Result<()> {
    line(
        table,
        [
            tr!("report.explained"),
            tr!("column.verdict"),
            tr!("report.held_by"),
            tr!("column.name"),
            tr!("fact.id"),
            tr!("fact.state"),
            tr!("report.hold"),
            tr!("report.release"),
        ],
    )?;
    let about = format!("{} {}", explanation.kind_words, explanation.title);
    if explanation.holders.is_empty() {
        let rest = std::iter::repeat_n("", 6);
        line(table, [about.as_str(), &explanation.verdict_words].into_iter().chain(rest))?;
    }
    for holder in &explanation.holders {
        line(
            table,
            [
                about.as_str(),
                &explanation.verdict_words,
                &holder.kind_words,
                &holder.name,
                holder.id.as_deref().unwrap_or_default(),
                holder.note.as_deref().unwrap_or_default(),
                &holder.words,
                &holder.release,
            ],
        )?;
    }
    Ok(())
}

fn write_steps(steps: &Steps<'_>, ended: bool, table: &mut Table<'_>) -> io::Result<()> {
    line(
        table,
        [
            tr!("report.step"),
            tr!("report.what"),
            tr!("report.command"),
            tr!("report.expected"),
            tr!("report.undo"),
            tr!("report.result"),
            tr!("report.answer"),
        ],
    )?;
    for step in steps.rows() {
        let lines =
            |items: &[crate::model::Item]| items.iter().map(item_words).collect::<Vec<_>>().join("; ");
        let StepRow { number, words, command, expected, silently, note, undo, result, .. } = step;
        let silently = silently.iter().map(|id| tr!("step.goes_too", id = id));
        let expects = Some(lines(&expected)).into_iter().chain(silently).chain(note);
        let expects: Vec<String> = expects.filter(|text| !text.is_empty()).collect();
        let (judged, answer) = match result {
            Some(result) => {
                let said = result.said.unwrap_or_default();
                (result.words, if result.lines.is_empty() { said } else { lines(&result.lines) })
            }
            None if ended => (tr!("step.not_reached").into_owned(), String::new()),
            None => (String::new(), String::new()),
        };
        let number = number.to_string();
        let undo = undo.unwrap_or_default();
        line(table, [&number, &words, &command, &expects.join("; "), &undo, &judged, &answer])?;
    }
    Ok(())
}
