//! Words for the person, in the language of the session; for the window and for reports. The engine's own
//! words, names and IDs are never translated.
//!
//! The language is kept per thread and not per process, so that a report can be written in another one than
//! the window speaks, and tests in several languages can run side by side.

pub mod archives;
mod engine;
pub mod journal;
mod kept;
mod language;
pub mod map;
mod names;
pub mod picture;
pub mod remote;
pub mod steps;
mod time;

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::Display;

use crate::model::{Bytes, ContainerState};

pub use engine::{address_error, address_kind, engine, failure, host, origin, store};
pub use kept::{familiar, freed, freed_short, keep_reason, keep_words, kept, no_way, target};
pub use language::Language;
pub use names::{image_name, same_repository, status, verdict, verdict_key};
pub use time::{age, clock, moment, tell_times_in};

thread_local! {
    static LANGUAGE: Cell<Language> = const { Cell::new(Language::English) };
}

/// The language of everything this thread says from now on.
pub fn speak(language: Language) {
    LANGUAGE.set(language);
}

/// Says something in a language, whatever this thread speaks otherwise.
pub fn in_language<R>(language: Language, say: impl FnOnce() -> R) -> R {
    struct Before(Language);
    impl Drop for Before {
        fn drop(&mut self) {
            LANGUAGE.set(self.0);
        }
    }
    let _before = Before(LANGUAGE.replace(language));
    say()
}

/// The name of the translation file.
pub fn locale(language: Language) -> &'static str {
    match language {
        Language::English => "en",
        Language::Chinese => "zh-CN",
    }
}

/// A sentence by its key, with `%{name}` replaced.
macro_rules! tr {
    ($key:expr) => { $crate::words::look_up($key) };
    ($key:expr, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::words::fill($key, &[$((stringify!($name), &$value)),+])
    };
}
pub(crate) use tr;

pub fn look_up(key: &str) -> Cow<'static, str> {
    let locale = locale(LANGUAGE.get());
    Cow::Owned(rust_i18n::t!(key, locale = locale).into_owned())
}

pub fn fill(key: &str, values: &[(&str, &dyn Display)]) -> String {
    let (names, values): (Vec<&str>, Vec<String>) = values.iter().map(|(n, v)| (*n, v.to_string())).unzip();
    rust_i18n::replace_patterns(&look_up(key), &names, &values)
}

/// A sentence that counts: `key.one` or `key.many`.
pub fn count(key: &str, n: usize) -> String {
    let form = if n == 1 { "one" } else { "many" };
    fill(&format!("{key}.{form}"), &[("n", &thousands(n))])
}

/// A sentence that goes on from another.
pub fn not_capitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

/// How many of `n` are done, in a sentence that counts.
pub fn done_of(key: &str, done: usize, n: usize) -> String {
    let form = if n == 1 { "one" } else { "many" };
    fill(&format!("{key}.{form}"), &[("done", &thousands(done)), ("n", &thousands(n))])
}

/// With separators, as a count of images may have six digits.
pub fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Parts of a list, joined as the language does.
pub fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => {
            let (before, and) = (first.join(&tr!("list.comma")), tr!("list.and"));
            // A blank keeps a Chinese character from the Latin letter before it.
            let close = before.ends_with(|c: char| c.is_ascii()) && !and.starts_with(|c: char| c.is_ascii());
            let blank = if close { " " } else { "" };
            format!("{before}{blank}{and}{last}")
        }
    }
}

/// A name without its middle where it is too long for a sentence.
pub fn shortened(name: &str) -> String {
    const MOST: usize = 48;
    const KEPT: usize = 23;
    let letters: Vec<char> = name.chars().collect();
    match (letters.first_chunk::<KEPT>(), letters.last_chunk::<KEPT>()) {
        (Some(head), Some(tail)) if letters.len() > MOST => head.iter().chain(&['…']).chain(tail).collect(),
        _ => name.to_owned(),
    }
}

pub fn exact(bytes: Bytes) -> String {
    let n = usize::try_from(bytes.0).unwrap_or(usize::MAX);
    tr!("bytes.exact", n = thousands(n))
}

pub fn container_state(state: ContainerState) -> Cow<'static, str> {
    tr!(match state {
        ContainerState::Created => "container.created",
        ContainerState::Running => "container.running",
        ContainerState::Paused => "container.paused",
        ContainerState::Restarting => "container.restarting",
        ContainerState::Removing => "container.removing",
        ContainerState::Exited => "container.exited",
        ContainerState::Dead => "container.dead",
        ContainerState::Unknown => "container.unknown",
    })
}

/// Shortens the digests in a text to what the Docker CLI shows of them.
pub fn short_digests(text: &str) -> String {
    const PREFIX: &str = "sha256:";
    const SHOWN: usize = 12;
    let mut short = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(PREFIX) {
        let (before, digest) = rest.split_at(at + PREFIX.len());
        let hex = digest.bytes().take_while(u8::is_ascii_hexdigit).count();
        short.push_str(before);
        let (digits, after) = digest.split_at(hex);
        match digits.get(..SHOWN) {
            Some(first) if hex > SHOWN => {
                short.push_str(first);
                short.push('…');
            }
            _ => short.push_str(digits),
        }
        rest = after;
    }
    short.push_str(rest);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_digests_are_short_and_exact() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(999), "999");
        let long = format!("a@sha256:{} b", "c7c1149150a8".repeat(5) + "c7c1");
        assert_eq!(short_digests(&long), "a@sha256:c7c1149150a8… b");
    }

    #[test]
    fn lists_end_as_the_language_ends_them() {
        let parts = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(list(&parts), "a, b and c");
        speak(Language::Chinese);
        assert_eq!(list(&parts), "a、b 和 c");
    }
}
