//! Reports as one HTML file: it needs no network and allows itself none, prints, follows light and dark, and is
//! complete without its script, which only sorts, filters and copies.

mod drawings;
mod explanation;
mod inventory;
mod parts;
mod removal;

use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use self::parts::Table;
use super::escape::xml;
use super::rows::{Head, utc_words};
use super::{Content, Report};
use crate::words::{Language, tr};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// An anchor in a ring, as a path in a square of 24.
const MARK: &str = "M12 3a2.5 2.5 0 0 0-1 4.8V10H8.5v2H11v6.9A6.5 6.5 0 0 1 5.6 14H7l-2.5-3.5L2 14h1.6A8.5 8.5 0 0 \
                    0 12 21a8.5 8.5 0 0 0 8.4-7H22l-2.5-3.5L17 14h1.4a6.5 6.5 0 0 1-5.4 4.9V12h2.5v-2H13V7.8A2.5 \
                    2.5 0 0 0 12 3Z";

pub(super) fn write(
    report: &Report,
    language: Language,
    progress: &dyn Fn(usize, usize),
    out: &mut dyn Write,
) -> io::Result<()> {
    let head = Head::of(report, language);
    match &report.content {
        Content::Inventory { images } => inventory::write(report, images, &head, progress, out)?,
        Content::Explanation { target } => explanation::write(report, target, &head, out)?,
        Content::Map => return Err(super::only_drawn()),
        Content::Removal(removal) => removal::write(report, removal, &head, out)?,
    }
    writeln!(
        out,
        "</main>\n<footer><p>{} · {}</p></footer>\n</div>\n<script>{SCRIPT}</script>\n</body>\n</html>",
        xml(&head.written_by),
        xml(&tr!("report.self_contained"))
    )
}

/// With what is to stand before the values of a row where it is shown as a card.
fn style() -> String {
    let labels = [&inventory::IMAGES, &explanation::HOLDERS, &explanation::LAYERS].map(Table::labels);
    format!("{STYLE}@media screen and (max-width: 720px) {{{}\n}}\n", labels.concat())
}

/// The policy that lets the file do nothing but show itself.
fn policy(style: &str) -> String {
    let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(style),
        hash(SCRIPT)
    )
}

/// Everything up to the content. `title` is for the tab, `shown` the same as markup.
fn begin(head: &Head, title: &str, shown: &str, out: &mut dyn Write) -> io::Result<()> {
    let style = style();
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta \
         http-equiv=\"Content-Security-Policy\" content=\"{}\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<meta \
         name=\"color-scheme\" content=\"light dark\">\n<title>{} – Unmoor</title>\n<style>{style}</style>\n</head>",
        head.language,
        policy(&style),
        xml(title)
    )?;
    writeln!(
        out,
        "<body>\n<div class=\"page\">\n<header class=\"top\">\n<div class=\"mark\"><svg width=\"18\" height=\"18\" \
         viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path fill=\"currentColor\" d=\"{MARK}\"/></svg>Unmoor</div>\n\
         <h1>{shown}</h1>\n<dl class=\"meta\">"
    )?;
    let mut fact =
        |key: &str, value: &str| writeln!(out, "<div><dt>{}</dt><dd>{}</dd></div>", xml(key), xml(value));
    fact(&tr!("report.engine"), &format!("{} {}", head.engine.name, head.engine.version))?;
    if let Some(host) = &head.host {
        fact(&tr!("report.host"), host)?;
    }
    fact(&tr!("report.written_at"), &utc_words(&head.written_at))?;
    if !head.about.is_empty() {
        fact(&tr!("report.about"), &head.about)?;
    }
    writeln!(out, "</dl>\n</header>\n<main>")?;
    if head.anonymous {
        writeln!(out, "<div class=\"note\"><p>{}</p></div>", xml(&tr!("report.anonymous")))?;
    }
    if let Some(why) = &head.incomplete_because {
        let (lead, why) = (xml(&tr!("report.incomplete")), xml(why));
        writeln!(out, "<div class=\"note\"><p><strong>{lead}</strong> <code>{why}</code></p></div>")?;
    }
    Ok(())
}
