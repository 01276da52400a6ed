//! How asking a registry can fail, in words for the person; what may be a secret is never among them.

use std::error::Error;

use serde::Deserialize;

use crate::model::{Remote, RemoteFailure};

/// Longer words of a server are cut.
const WORDS: usize = 300;

/// Why there is no answer that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It says that it has no such thing.
    Absent,
    Denied(String),
    Unreachable {
        why: String,
        /// Nothing else would be answered now either.
        whole_host: bool,
    },
}

impl Trouble {
    pub fn unreachable(why: impl Into<String>) -> Self {
        Self::Unreachable { why: why.into(), whole_host: false }
    }

    pub fn host_down(why: impl Into<String>) -> Self {
        Self::Unreachable { why: why.into(), whole_host: true }
    }
}

impl From<Trouble> for RemoteFailure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Absent => Self::Absent,
            Trouble::Denied(why) => Self::Denied(why),
            Trouble::Unreachable { why, .. } => Self::Unreachable(why),
        }
    }
}

impl From<Trouble> for Remote {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Absent => Self::Absent,
            Trouble::Denied(why) => Self::Denied(why),
            Trouble::Unreachable { why, .. } => Self::Unreachable(why),
        }
    }
}

/// An error of the HTTP client with all its causes, without the address, which may have a login in it.
pub(super) fn client_words(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "it does not answer in time".to_owned();
    }
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        // Some causes repeat what stands above them.
        if !words.contains(&said) {
            words.push_str(": ");
            words.push_str(&said);
        }
        cause = error.source();
    }
    one_line(&words)
}

/// The errors in a registry's answer, as the specification has them.
#[derive(Debug, Deserialize)]
pub(super) struct Errors {
    pub errors: Vec<OneError>,
}

#[derive(Debug, Deserialize)]
pub(super) struct OneError {
    #[serde(default)]
    pub code: String,
    #[serde(default)]
    pub message: String,
}

impl Errors {
    pub fn in_body(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// Those that say that something is not there.
    pub fn tell_absence(&self) -> bool {
        const ABSENT: [&str; 4] = ["MANIFEST_UNKNOWN", "NAME_UNKNOWN", "BLOB_UNKNOWN", "NOT_FOUND"];
        self.errors.iter().any(|error| ABSENT.contains(&error.code.as_str()))
    }

    /// Not yet fit to be shown: a secret may be among them, which could not be told once it is cut in two.
    pub fn words(&self) -> Option<&str> {
        let first = self.errors.first()?;
        let words = if first.message.is_empty() { &first.code } else { &first.message };
        (!words.is_empty()).then_some(words)
    }
}

/// Text from outside on one line, without what could move a cursor, and not too long.
pub(super) fn one_line(text: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut words: String = text.chars().map(clean).take(WORDS).collect();
    if text.chars().nth(WORDS).is_some() {
        words.push('…');
    }
    words
}
