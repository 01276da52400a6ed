//! Pieces that several reports have in common.

use std::io::{self, Write};

use crate::model::{Bytes, Item};
use crate::report::escape::xml;
use crate::report::rows::{RecoveryRow, RemoteRow, StepRow, Why, utc_words};
use crate::words::{self, tr};

/// A tick, a bar through a ring, and a question: no verdict is told by its colour alone.
const CAN_GO: &str = "M2.5 6.5 5 9l4.5-5.5";
const HELD: &str = "M2.6 2.6a4.8 4.8 0 1 1 6.8 6.8 4.8 4.8 0 0 1-6.8-6.8Zm0 0 6.8 6.8";
const UNKNOWN: &str = "M4.2 4.4A1.9 1.9 0 1 1 6 6.4v1M6 9.6v.2";

/// What a tint says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Safe,
    Warn,
    Danger,
    Accent,
    Plain,
}

impl Tone {
    pub fn of_verdict(code: &str) -> Self {
        match code {
            "removable" => Self::Safe,
            "refused" | "last_name" | "last_name_image_stays" => Self::Warn,
            "only_name" => Self::Accent,
            _ => Self::Plain,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Warn => "warn",
            Self::Danger => "danger",
            Self::Accent => "accent",
            Self::Plain => "plain",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Safe => CAN_GO,
            Self::Warn | Self::Danger => HELD,
            Self::Accent | Self::Plain => UNKNOWN,
        }
    }
}

pub fn pill(tone: Tone, words: &str) -> String {
    let (class, sign) = (tone.class(), tone.sign());
    format!(
        "<span class=\"pill {class}\"><svg width=\"12\" height=\"12\" viewBox=\"0 0 12 12\" fill=\"none\" \
         stroke=\"currentColor\" stroke-width=\"1.6\" stroke-linecap=\"round\" stroke-linejoin=\"round\" \
         aria-hidden=\"true\"><path d=\"{sign}\"/></svg>{}</span>",
        xml(words)
    )
}

/// A pill without a sign.
pub fn tag(tone: Tone, words: &str) -> String {
    format!("<span class=\"pill {}\">{}</span>", tone.class(), xml(words))
}

/// A name that may go on in the next line where a part of it ends.
pub fn breakable(name: &str) -> String {
    let mut markup = String::new();
    for part in xml(name).split_inclusive(['/', '@']) {
        if !markup.is_empty() {
            markup.push_str("<wbr>");
        }
        markup.push_str(part);
    }
    markup
}

/// More rows than this are laid out when they come into view.
const MANY: usize = 200;

/// A table and the key of what stands above each of its columns, with the class of that column.
pub struct Table {
    pub class: &'static str,
    pub heads: &'static [(&'static str, &'static str)],
}

impl Table {
    pub fn begin(&self, title: &str, rows: usize, out: &mut dyn Write) -> io::Result<()> {
        let many = if rows > MANY { " many" } else { "" };
        write!(
            out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">\n<table \
             class=\"{1}{many}\">\n<caption class=\"sr\">{0}</caption>\n<thead><tr>",
            xml(title),
            self.class
        )?;
        for (key, class) in self.heads {
            write!(out, "<th scope=\"col\" class=\"{class}\">{}</th>", xml(&tr!(key)))?;
        }
        writeln!(out, "</tr></thead>\n<tbody>")
    }

    pub fn end(out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "</tbody>\n</table>\n</div>")
    }

    /// The heads once more, for where a row is shown as a card.
    pub fn labels(&self) -> String {
        let table = self.class.split(' ').next_back().unwrap_or_default();
        let rule = |(at, (key, _)): (usize, &(&str, &str))| {
            let words: String = tr!(key).chars().filter(|c| !matches!(c, '"' | '\\' | '<')).collect();
            format!("\n  .{table} td:nth-child({})::before {{ content: \"{words}\"; }}", at + 1)
        };
        self.heads.iter().enumerate().map(rule).collect()
    }
}

pub fn size(bytes: Option<u64>) -> String {
    let unknown = || format!("<span class=\"muted\">{}</span>", xml(&tr!("fact.unknown")));
    bytes.map_or_else(unknown, |bytes| xml(&Bytes(bytes).to_string()))
}

pub fn short(id: &str) -> &str {
    let hex = id.strip_prefix("sha256:").unwrap_or(id);
    hex.get(..12).unwrap_or(hex)
}

/// The head of a section; the section is to be closed.
pub fn section(out: &mut dyn Write, title: &str, count: Option<usize>) -> io::Result<()> {
    let count =
        count.map(|n| format!("<span class=\"n\">{}</span>", words::thousands(n))).unwrap_or_default();
    writeln!(out, "<section>\n<h2>{}{count}</h2>", xml(title))
}

pub fn whys(all: &[Why]) -> String {
    if all.is_empty() {
        return format!("<div class=\"muted sentence\">{}</div>", xml(&tr!("report.nothing_keeps")));
    }
    let each: Vec<String> = all.iter().map(|why| format!("<li>{}</li>", xml(&why.words))).collect();
    format!("<ul class=\"why\">{}</ul>", each.concat())
}

pub fn copy_button(name: &str) -> String {
    format!(
        "<button type=\"button\" class=\"copy\" data-done=\"{}\" aria-label=\"{}\">{}</button>",
        xml(&tr!("report.copied")),
        xml(name),
        xml(&tr!("report.copy"))
    )
}

/// Lines to copy at once.
pub fn commands(steps: &[StepRow], out: &mut dyn Write) -> io::Result<()> {
    let lines: Vec<String> = steps.iter().map(|step| xml(&step.command)).collect();
    writeln!(
        out,
        "<div class=\"commands\"><pre><code>{}</code></pre>{}</div>",
        lines.join("\n"),
        copy_button(&tr!("copy.commands"))
    )
}

pub fn losses(all: &[String], out: &mut dyn Write) -> io::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    write!(out, "<ul class=\"losses\">")?;
    for loss in all {
        write!(out, "<li>{}</li>", xml(loss))?;
    }
    writeln!(out, "</ul>")
}

/// The engine's lines.
pub fn lines(items: &[Item], silently: &[String], out: &mut dyn Write) -> io::Result<()> {
    if items.is_empty() && silently.is_empty() {
        return Ok(());
    }
    write!(out, "<ul class=\"lines\">")?;
    for item in items {
        let (class, verb, what) = match item {
            Item::Untagged(name) => ("untagged", "Untagged:", name),
            Item::Deleted(id) => ("deleted", "Deleted:", id),
        };
        write!(
            out,
            "<li class=\"{class}\"><span class=\"verb\">{verb}</span><code>{}</code></li>",
            breakable(&words::short_digests(what))
        )?;
    }
    for id in silently {
        write!(out, "<li>{}</li>", xml(&tr!("step.goes_too", id = words::short_digests(id))))?;
    }
    writeln!(out, "</ul>")
}

/// What registries said, image by image.
pub fn recovery(all: &[RecoveryRow], out: &mut dyn Write) -> io::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    section(out, &tr!("recovery.title"), None)?;
    writeln!(out, "<div class=\"card pad\"><ul class=\"names recovery\">")?;
    for row in all {
        let tone = match row.verdict.as_ref() {
            "yes" => Tone::Safe,
            "last_copy" => Tone::Danger,
            _ => Tone::Plain,
        };
        let asked = row.asked.as_deref().unwrap_or_default();
        writeln!(
            out,
            "<li><span class=\"named\">{}</span> {} <span class=\"muted small\">{}</span>",
            xml(&row.called),
            tag(tone, &row.words),
            xml(asked)
        )?;
        write!(out, "<ul class=\"names\">")?;
        for RemoteRow { reference, words, asked_at, .. } in &row.references {
            write!(
                out,
                "<li class=\"small\">{} <span class=\"muted\">{} · {}</span></li>",
                breakable(&words::short_digests(reference)),
                xml(words),
                xml(&utc_words(asked_at))
            )?;
        }
        writeln!(out, "</ul></li>")?;
    }
    writeln!(out, "</ul></div></section>")
}
