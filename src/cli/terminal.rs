//! What is safe to print: nothing that a terminal obeys.

use std::io::{self, Write};

use super::CliError;

/// Text from outside for a terminal: control characters, which could move the cursor or colour what
/// follows, are shown and not sent.
pub(super) fn one_line(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_bidi_control(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Marks that reorder the text around them.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// JSON lets some characters stand that a terminal obeys; they are escaped, which means the same.
pub(super) fn write_json(out: &mut dyn Write, value: &impl serde::Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
    let mut rest = text.as_str();
    // Outside of strings there are none but line breaks.
    let obeyed = |c: char| (c.is_control() && c != '\n') || is_bidi_control(c);
    while let Some(at) = rest.find(obeyed) {
        let (before, after) = rest.split_at(at);
        out.write_all(before.as_bytes())?;
        let mut letters = after.chars();
        if let Some(c) = letters.next() {
            write!(out, "\\u{:04x}", u32::from(c))?;
        }
        rest = letters.as_str();
    }
    Ok(writeln!(out, "{rest}")?)
}
