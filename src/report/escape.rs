//! Text from outside for each format, so that it stays text. A label, a tag or a container's name may hold
//! anything: markup, a formula, an escape of a terminal, marks that turn the direction of what follows.

use std::borrow::Cow;

/// What a reader takes for something else than a letter: control characters (but line breaks and tabs, which
/// are room), and marks that reorder or hide text.
pub fn is_treacherous(letter: char) -> bool {
    (letter.is_control() && !matches!(letter, '\n' | '\t' | '\r')) || is_invisible_mark(letter)
}

/// Marks that reorder the text around them, or are not seen.
pub fn is_invisible_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// On one line, with everything treacherous as `U+FFFD`: no name may look like another in a file that is
/// passed on.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|letter| letter.is_control() || is_invisible_mark(letter)) {
        return Cow::Borrowed(text);
    }
    let safe = |letter: char| match letter {
        '\n' | '\t' | '\r' => ' ',
        letter if is_treacherous(letter) => '\u{fffd}',
        letter => letter,
    };
    Cow::Owned(text.chars().map(safe).collect())
}

/// As XML and HTML hold it, in text and in attributes.
pub fn xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in plain(text).chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// As a cell of a table that a spreadsheet opens: whatever begins like a formula gets an apostrophe before it,
/// which spreadsheets take for "this is text".
pub fn cell(text: &str) -> Cow<'_, str> {
    let text = plain(text);
    let begins = text.trim_start().chars().next();
    let formula = |letter| matches!(letter, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '|' | '%');
    if begins.is_some_and(formula) { Cow::Owned(format!("'{text}")) } else { text }
}

/// A sentence in Markdown. What addresses somebody or becomes a link by itself is broken by a joiner that is
/// not seen, as a backslash does not stop every reader from it.
pub fn markdown(text: &str) -> String {
    const JOINER: char = '\u{2060}';
    let text = plain(text);
    let mut safe = String::with_capacity(text.len() + 8);
    let mut before: Option<char> = None;
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        let next = rest.peek().copied();
        match letter {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '(' | ')' | '!' | '|' | '~'
            | '$' | '=' | '^' | '&' => {
                safe.push('\\');
                safe.push(letter);
            }
            '@' | '#' => {
                safe.push('\\');
                safe.push(letter);
                safe.push(JOINER);
            }
            ':' if next == Some('/') => {
                safe.push(':');
                safe.push(JOINER);
            }
            '.' if before.is_some_and(|c| c.eq_ignore_ascii_case(&'w')) => {
                safe.push('.');
                safe.push(JOINER);
            }
            // At the start of a line these make lists, rules and headings.
            '-' | '+' if before.is_none() => {
                safe.push('\\');
                safe.push(letter);
            }
            '.' if next.is_none_or(char::is_whitespace) && safe.chars().all(|c| c.is_ascii_digit()) => {
                safe.push_str("\\.");
            }
            other => safe.push(other),
        }
        before = Some(letter);
    }
    safe
}

/// Words of others in Markdown, as code: nothing in there is anything but itself. In a table a bar would end
/// the cell.
pub fn markdown_code(text: &str) -> String {
    let text = plain(text);
    if text.trim().is_empty() {
        return String::new();
    }
    let text = text.replace("\\|", "\\│").replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let room = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{room}{text}{room}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_markup_is_text() {
        assert_eq!(xml("<b a=\"1\">&'"), "&lt;b a=&quot;1&quot;&gt;&amp;&#39;");
        assert_eq!(xml("a\u{0}b\u{1b}[31m"), "a\u{fffd}b\u{fffd}[31m");
        assert_eq!(xml("gpj\u{202e}exe"), "gpj\u{fffd}exe");
        assert_eq!(xml("镜像\n1"), "镜像 1");
    }

    #[test]
    fn what_could_be_a_formula_is_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=cmd|' /C calc'!A0", "  =1", "＝1"] {
            assert!(cell(formula).starts_with('\''), "{formula:?}");
        }
        assert_eq!(cell("docker.io/library/nginx:1.25"), "docker.io/library/nginx:1.25");
        assert_eq!(cell(""), "");
    }

    #[test]
    fn code_in_markdown_is_closed_by_its_own_fence_only() {
        assert_eq!(markdown_code("nginx"), "`nginx`");
        assert_eq!(markdown_code("a`b``c"), "```a`b``c```");
        assert_eq!(markdown_code("`"), "`` ` ``");
        assert_eq!(markdown_code("a|b"), "`a\\|b`");
        assert_eq!(markdown_code(" \n"), "");
    }
}
