//! What registries said, in words: of one name, and of an image as a whole. What is not known is neither
//! called there nor gone.

use super::{count, tr};
use crate::model::{Recovery, Remote, RemoteFailure};

/// How sure and how good an answer is; the colour and the sign follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Good,
    Lost,
    Doubt,
    Open,
}

/// Whether an image can be had again, in one sentence.
pub fn recovery(recovery: &Recovery) -> (Tone, String) {
    match recovery {
        Recovery::OnlyHere => (Tone::Open, tr!("recovery.only_here").into_owned()),
        Recovery::NotAsked { was_remote: true } => (Tone::Open, tr!("recovery.not_asked").into_owned()),
        Recovery::NotAsked { was_remote: false } => (Tone::Open, tr!("recovery.no_digest").into_owned()),
        Recovery::Asking { answered, of } => {
            (Tone::Open, tr!("recovery.asking", answered = answered, of = of))
        }
        Recovery::Found { repository, by_tag: true, .. } => {
            (Tone::Good, tr!("recovery.found", repository = repository.familiar()))
        }
        Recovery::Found { repository, digest, by_tag: false } => (
            Tone::Good,
            tr!("recovery.found_digest", repository = repository.familiar(), digest = digest.short()),
        ),
        Recovery::LastCopy => (Tone::Lost, tr!("recovery.last_copy").into_owned()),
        Recovery::Unknown { unknown, gone: 0 } => (Tone::Doubt, count("recovery.unknown", *unknown)),
        Recovery::Unknown { unknown, .. } => (Tone::Doubt, count("recovery.partly", *unknown)),
    }
}

/// What the registry of one name said of it.
pub fn remote(remote: &Remote) -> (Tone, String) {
    match remote {
        Remote::NotAsked => (Tone::Open, tr!("remote.not_asked").into_owned()),
        Remote::Pending => (Tone::Open, tr!("remote.pending").into_owned()),
        Remote::Present { digest } => (Tone::Good, tr!("remote.present", digest = digest.short())),
        Remote::Moved { to: Some(to), still: Some(_) } => {
            (Tone::Good, tr!("remote.moved_still", to = to.short()))
        }
        Remote::Moved { to: None, still: Some(_) } => (Tone::Good, tr!("remote.untagged").into_owned()),
        Remote::Moved { to: Some(to), still: None } => (Tone::Lost, tr!("remote.moved", to = to.short())),
        Remote::Moved { to: None, still: None } | Remote::Absent => {
            (Tone::Lost, tr!("remote.absent").into_owned())
        }
        Remote::Incomplete { missing } => (Tone::Lost, count("remote.incomplete", *missing)),
        Remote::Denied(why) => (Tone::Doubt, tr!("remote.denied", why = why)),
        Remote::Unreachable(why) => (Tone::Doubt, tr!("remote.unreachable", why = why)),
        Remote::NoRegistry => (Tone::Open, tr!("remote.no_registry").into_owned()),
    }
}

/// Why a registry shows nothing.
pub fn remote_failure(failure: &RemoteFailure) -> String {
    match failure {
        RemoteFailure::Absent => tr!("remote.absent").into_owned(),
        RemoteFailure::Denied(why) => tr!("remote.denied", why = why),
        RemoteFailure::Unreachable(why) => tr!("remote.unreachable", why = why),
    }
}
