//! What can go wrong between a request and a usable answer, turned into one [`Failure`] with the
//! system's or the engine's own words.
//!
//! It must not hide causes: bollard's and hyper's outermost words are often only "client error", so
//! the whole chain is kept.

use std::error::Error as StdError;
use std::io::ErrorKind;
use std::time::Duration;

use bollard::errors::Error as Bollard;

use super::endpoint::SshEnded;
use crate::model::{Failure, FailureKind};

/// Why a request has no usable answer.
#[derive(Debug)]
pub(super) enum Trouble {
    Wire(Bollard),
    /// Nothing, or not everything, came within this time.
    Late(Duration),
    /// It answered, but not what the API promises.
    Malformed(String),
}

impl From<Bollard> for Trouble {
    fn from(error: Bollard) -> Self {
        Self::Wire(error)
    }
}

impl From<serde_json::Error> for Trouble {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl Trouble {
    /// Whether asking once more may help: another program is asked for on the other side of an ssh connection.
    pub fn is_worth_another_try(&self) -> bool {
        match self {
            Self::Wire(error) => find::<SshEnded>(error).is_some_and(|ended| ended.tries_podman),
            Self::Late(_) | Self::Malformed(_) => false,
        }
    }

    /// Whether nobody answered at all, for as long as was waited: bollard's limit and the own one are the same.
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::Late(_) | Self::Wire(Bollard::RequestTimeoutError))
    }

    /// Says what failed, and on what.
    pub fn during(self, operation: impl Into<String>, host: &str) -> Failure {
        let (kind, message) = match self {
            Self::Wire(error) => judge(&error),
            Self::Late(limit) => (FailureKind::TimedOut, format!("no answer within {} s", limit.as_secs())),
            Self::Malformed(message) => (FailureKind::Malformed, message),
        };
        Failure { kind, host: host.to_owned(), operation: operation.into(), message }
    }
}

fn judge(error: &Bollard) -> (FailureKind, String) {
    // What these two say is the reason; that a connection or a request failed of it is not.
    if let Some(ended) = find::<SshEnded>(error) {
        return (ended.kind(), ended.to_string());
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return (tls_kind(tls), format!("TLS: {tls}"));
    }
    // The client's own words only say that it had an error; what happened stands beneath.
    let cause = if let Bollard::HyperLegacyError { err } = error { err.source() } else { None };
    let words = chain(cause.unwrap_or(error));
    #[expect(clippy::wildcard_enum_match_arm, reason = "bollard adds variants with its features")]
    let kind = match error {
        Bollard::DockerResponseServerError { status_code, message } => {
            return (FailureKind::Status(*status_code), without_markup(message));
        }
        Bollard::SocketNotFoundError(_) => FailureKind::SocketMissing,
        Bollard::RequestTimeoutError => return (FailureKind::TimedOut, "no answer in time".to_owned()),
        Bollard::UnsupportedURISchemeError { .. }
        | Bollard::URLParseError { .. }
        | Bollard::InvalidURIError { .. }
        | Bollard::InvalidURIPartsError { .. }
        | Bollard::HttpClientError { .. }
        | Bollard::URLEncodedError { .. } => FailureKind::BadAddress,
        Bollard::JsonDataError { .. }
        | Bollard::JsonSerdeError { .. }
        | Bollard::StrParseError { .. }
        | Bollard::DockerStreamError { .. } => FailureKind::Malformed,
        Bollard::HyperLegacyError { err } if err.is_connect() => refused_how(error),
        // hyper does not let its parse errors be told from its other ones through this client.
        _ if words.contains("invalid HTTP") || words.contains("message head is too large") => {
            FailureKind::Malformed
        }
        _ => FailureKind::ConnectionLost,
    };
    (kind, words)
}

/// A proxy for a socket answers with a page.
fn without_markup(message: &str) -> String {
    if !message.trim_start().starts_with('<') {
        return message.trim_end().to_owned();
    }
    let texts = message.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    texts.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// Why no connection came about.
fn refused_how(error: &Bollard) -> FailureKind {
    let kind = io_kind(error);
    if kind == Some(ErrorKind::NotFound) {
        FailureKind::SocketMissing
    } else if kind == Some(ErrorKind::PermissionDenied) {
        FailureKind::PermissionDenied
    } else if kind == Some(ErrorKind::TimedOut) {
        FailureKind::TimedOut
    } else {
        FailureKind::Unreachable
    }
}

/// The cause of this type, if there is one anywhere beneath.
pub(super) fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        // An I/O error skips what it was made of when it is asked for its cause.
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let found = error.downcast_ref::<T>().or_else(|| find::<T>(inner? as &(dyn StdError + 'static)));
        if found.is_some() {
            return found;
        }
        next = error.source();
    }
    None
}

fn tls_kind(error: &rustls::Error) -> FailureKind {
    use rustls::AlertDescription as Alert;
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "rustls may add variants, and only these tell who is wrong"
    )]
    match error {
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => {
            FailureKind::NotTrusted
        }
        rustls::Error::AlertReceived(
            Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::HandshakeFailure
            | Alert::NoCertificate,
        ) => FailureKind::NotLetIn,
        // Something answers, and it does not speak TLS.
        rustls::Error::InvalidMessage(_) => FailureKind::Malformed,
        _ => FailureKind::Unreachable,
    }
}

fn io_kind(error: &(dyn StdError + 'static)) -> Option<ErrorKind> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        next = error.source();
    }
    None
}

/// The words of an error and of everything beneath it, without repetitions.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let inner = error.to_string();
        if !words.contains(&inner) {
            words.push_str(": ");
            words.push_str(&inner);
        }
        next = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engines_own_words_are_kept_with_their_status() {
        let error = Bollard::DockerResponseServerError { status_code: 409, message: "in use\n".to_owned() };
        let failure = Trouble::from(error).during("remove image a:1", "unix:///x.sock");
        assert_eq!(failure.kind, FailureKind::Status(409));
        assert_eq!(failure.to_string(), "cannot remove image a:1: status 409: in use (unix:///x.sock)");
    }

    #[test]
    fn a_page_is_told_as_its_words() {
        let page = "<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>\n";
        assert_eq!(without_markup(page), "403 Forbidden Request forbidden by administrative rules.");
        assert_eq!(without_markup("a < b > c\n"), "a < b > c");
    }

    #[test]
    fn a_late_answer_says_how_long_it_was_waited_for() {
        let failure = Trouble::Late(Duration::from_secs(5)).during("connect", "tcp://h:1");
        assert_eq!((failure.kind, failure.message.as_str()), (FailureKind::TimedOut, "no answer within 5 s"));
    }
}
