//! Why a command gives no answer, and what a person can do about it.

use std::io;

use super::terminal::one_line;
use crate::model::{Failure, FailureKind};
use crate::rules::{NotLocated, Refusal};

/// Why a command gives no answer.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error("{0}")]
    EngineNotReached(String),
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    Usage(String),
    /// The person said no.
    #[error("{0}")]
    Declined(String),
    /// The plan is not true any more; nothing, or nothing further, was done.
    #[error("{0}")]
    Stale(String),
    /// A step's answer was not the predicted one, or it failed.
    #[error("{0}")]
    Unexpected(String),
    /// An archive could not be made, read or restored.
    #[error("{0}")]
    Archive(String),
    /// A step was not sent, since it could not be written down before.
    #[error("{0}")]
    NotJournalled(String),
    /// The journal could not be read.
    #[error("{0}")]
    Journal(String),
    #[error("cannot write the answer: {0}")]
    Output(#[from] io::Error),
}

impl CliError {
    /// The exit status; 2 is also clap's for wrong usage.
    pub fn status(&self) -> u8 {
        match self {
            Self::Output(_) | Self::Declined(_) => 1,
            Self::Usage(_) => 2,
            Self::EngineNotReached(_) => 3,
            Self::NotFound(_) => 4,
            Self::Stale(_) => 5,
            Self::Unexpected(_) => 6,
            Self::Archive(_) => 8,
            Self::NotJournalled(_) | Self::Journal(_) => 7,
        }
    }
}

/// Doubt means keep.
pub(super) fn unknown_policy(why: &str) -> String {
    one_line(&format!(
        "what is kept is not known: {why}; mend or remove that file, or give --include-protected"
    ))
}

/// Everything that was tried, in one line, and what can be done.
pub(super) fn unreachable_engine(tried: &[Failure]) -> CliError {
    let said: Vec<_> = tried.iter().map(Failure::to_string).collect();
    let next = tried.last().map_or("", |f| what_next(f.kind));
    CliError::EngineNotReached(one_line(&format!("{}{next}", said.join("; "))))
}

/// What a person can do about it, to follow the engine's own words.
fn what_next(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::SocketMissing | FailureKind::Unreachable => {
            "; start the engine, name another with --host (`unmoor engines` lists them), or try --sample"
        }
        FailureKind::PermissionDenied => {
            "; join the group that owns the socket (often docker), use a rootless engine, or run as its owner"
        }
        FailureKind::BadAddress => {
            "; an address looks like unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host"
        }
        FailureKind::BadContext => {
            "; `docker context ls` shows the contexts there are; name another with --context or --host"
        }
        FailureKind::NotTrusted => {
            "; if it is the right engine, mend its certificate or the authority it is checked with, or for ssh \
             log in by hand once and look at its key"
        }
        FailureKind::NotLetIn => {
            "; the engine wants a certificate, or ssh a key, that it was not given: look at the context's \
             certificates, at DOCKER_CERT_PATH, or at ssh-agent"
        }
        FailureKind::TimedOut => "; the engine may be stuck: restart it, or name another with --host",
        FailureKind::Malformed => "; is this the address of a container engine?",
        FailureKind::TooOld => "; update the engine, or name another with --host",
        FailureKind::TooNew => "; look for a newer Unmoor, or name another engine with --host",
        FailureKind::Status(403) => {
            "; does something stand before the engine, such as a proxy for its socket, and forbid this?"
        }
        FailureKind::ConnectionLost | FailureKind::Status(_) => "; the engine's own log may say more",
    }
}

pub(super) fn not_found(text: &str, why: &NotLocated) -> CliError {
    let said = |refusal: &Refusal| format!("the engine would say: {}", refusal.message());
    CliError::NotFound(one_line(&match why {
        NotLocated::Nothing(refusal) => format!("no image or container {text:?}; {}", said(refusal)),
        NotLocated::SeveralImages(count, refusal) => {
            format!("{text:?} begins the IDs of {count} images; give more of it; {}", said(refusal))
        }
        NotLocated::SeveralContainers(count) => {
            format!("{text:?} begins the IDs of {count} containers; give more of it")
        }
        NotLocated::Unknown(why) => format!("what {text:?} names cannot be told: {why}"),
    }))
}
