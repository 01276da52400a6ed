//! Why there is no connection, by what ssh says at its end.

use std::fmt;

use crate::model::FailureKind;

/// Why ssh ended without a connection, or ended one.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(super) words: String,
    pub(super) status: Option<i32>,
    /// Whether `docker` is missing over there, so that it will be `podman` next time.
    pub tries_podman: bool,
}

impl Ended {
    /// By ssh's own words, which it says in English everywhere.
    pub fn kind(&self) -> FailureKind {
        let says = |words: &[&str]| words.iter().any(|part| self.words.contains(part));
        if says(&["Host key verification failed", "HOST IDENTIFICATION HAS CHANGED", "host key is known"]) {
            FailureKind::NotTrusted
        } else if says(&["docker.sock", "daemon socket", "podman.sock"]) && says(&["permission denied"]) {
            FailureKind::PermissionDenied
        } else if says(&["Permission denied (", "Too many authentication failures", "No more authentication"])
        {
            FailureKind::NotLetIn
        } else if says(&["timed out", "not responding"]) {
            FailureKind::TimedOut
        } else if says(&["closed by remote host", "reset by peer", "Broken pipe"]) {
            FailureKind::ConnectionLost
        } else {
            FailureKind::Unreachable
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.words.as_str(), self.status) {
            ("", Some(status)) => write!(f, "ssh ended with status {status}"),
            ("", None) => f.write_str("ssh was ended"),
            (words, _) => write!(f, "ssh: {words}"),
        }
    }
}

impl std::error::Error for Ended {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_ssh_tell_what_is_wrong() {
        let kind =
            |words: &str| Ended { words: words.to_owned(), status: Some(255), tries_podman: false }.kind();
        assert_eq!(kind("Host key verification failed."), FailureKind::NotTrusted);
        assert_eq!(kind("me@box: Permission denied (publickey)."), FailureKind::NotLetIn);
        assert_eq!(kind("ssh: connect to host box port 22: Connection timed out"), FailureKind::TimedOut);
        assert_eq!(kind("ssh: Could not resolve hostname box: nope"), FailureKind::Unreachable);
        assert_eq!(kind("Connection to box closed by remote host."), FailureKind::ConnectionLost);
        assert_eq!(kind("Timeout, server box not responding."), FailureKind::TimedOut);
        let socket =
            "permission denied while trying to connect to the docker API at unix:///var/run/docker.sock";
        assert_eq!(kind(socket), FailureKind::PermissionDenied);
    }
}
