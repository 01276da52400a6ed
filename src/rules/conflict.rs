//! Refusals: their status and their words, one named place for each difference between engines.
//!
//! Sources: moby `daemon/images/image_delete.go` (classic) and `daemon/containerd/image_delete.go`,
//! v20.10.24 and v28.5.2; every text was seen on real engines of both versions. Podman's stand in
//! `podman/words.rs`.

use serde::{Deserialize, Serialize};

use crate::model::{Container, ContainerState, EngineInfo, Image, Reference, ReferenceError};

/// The engine says no; nothing changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Every wording the engine may answer with: it names an arbitrary one of several containers.
    pub messages: Vec<String>,
    /// Whether the same request with force would go through this refusal.
    pub forceable: bool,
    pub cause: Cause,
}

/// What a refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    Children,
    Running,
    Stopped,
    /// The image has names that an ID may not take along.
    Names,
    /// The last name of an image that a container was created from or has mounted.
    NameInUse,
    /// A container that has to be stopped first, or is being removed already.
    ContainerState,
    /// The target is not a valid name, or names nothing.
    Target,
}

impl Refusal {
    pub(super) fn new(status: u16, message: impl Into<String>, cause: Cause) -> Self {
        Self { status, messages: vec![message.into()], forceable: false, cause }
    }

    /// An error in an engine's own words, for which no rule was asked.
    pub fn by_engine(status: u16, message: impl Into<String>) -> Self {
        Self::new(status, message, Cause::Target)
    }

    /// Whether an engine's answer is one of the wordings. Podman prints the names of an image in the
    /// order they were given, which is not kept here: where names are listed, their order is let be.
    pub fn is_worded(&self, answer: &str) -> bool {
        let listed = self.cause == Cause::Names;
        self.messages.iter().any(|m| m == answer || (listed && sorted_list(m) == sorted_list(answer)))
    }

    /// One of the wordings.
    pub fn message(&self) -> &str {
        self.messages.first().map_or("", String::as_str)
    }
}

/// A text before, in and after its `([list of words])`, the list sorted.
fn sorted_list(text: &str) -> Option<(&str, Vec<&str>, &str)> {
    let (before, rest) = text.split_once("([")?;
    let (list, after) = rest.split_once("])")?;
    let mut words: Vec<_> = list.split(' ').collect();
    words.sort_unstable();
    Some((before, words, after))
}

/// Engines of 2016 said "one or more repositories"; 20.10 and later say "multiple repositories". Only
/// the sample engine is that old: real ones are refused below API 1.41.
const MULTIPLE_SINCE: (u32, u32) = (17, 0);
/// From here on refusals quote the offending name or container as it was sent.
const QUOTING_SINCE: (u32, u32) = (24, 0);

fn soft(cause: Cause, messages: Vec<String>) -> Refusal {
    Refusal { status: 409, messages, forceable: true, cause }
}

fn hard(cause: Cause, messages: Vec<String>) -> Refusal {
    Refusal { status: 409, messages, forceable: false, cause }
}

fn unable(what: &str, force: &str, why: &str) -> String {
    format!("conflict: unable to delete {what} ({force}) - {why}")
}

/// Other images were built on it; only the classic store minds.
pub fn children(image: &Image) -> Refusal {
    hard(
        Cause::Children,
        vec![unable(image.id.short(), "cannot be forced", "image has dependent child images")],
    )
}

/// `containers` are all that run from it.
pub fn running(image: &Image, containers: &[&Container]) -> Refusal {
    let why = |c: &&Container| format!("image is being used by running container {}", c.id.short());
    hard(
        Cause::Running,
        containers.iter().map(|c| unable(image.id.short(), "cannot be forced", &why(c))).collect(),
    )
}

/// `containers` are all stopped ones created from it.
pub fn stopped(image: &Image, containers: &[&Container]) -> Refusal {
    let why = |c: &&Container| format!("image is being used by stopped container {}", c.id.short());
    soft(
        Cause::Stopped,
        containers.iter().map(|c| unable(image.id.short(), "must be forced", &why(c))).collect(),
    )
}

/// More names than an ID may take along; also said of two tags of one repository.
pub fn several_names(engine: &EngineInfo, image: &Image) -> Refusal {
    let several = if engine.release() < MULTIPLE_SINCE { "one or more" } else { "multiple" };
    let why = format!("image is referenced in {several} repositories");
    soft(Cause::Names, vec![unable(image.id.short(), "must be forced", &why)])
}

/// Classic store: the only name of an image that `containers` use. `sent` is the target as sent.
pub fn name_in_use_classic(sent: &str, image: &Image, containers: &[&Container]) -> Refusal {
    let message = |c: &&Container| {
        format!(
            "conflict: unable to remove repository reference \"{sent}\" (must force) - container {} is using \
             its referenced image {}",
            c.id.short(),
            image.id.short()
        )
    };
    soft(Cause::NameInUse, containers.iter().map(message).collect())
}

/// Containerd store: the same situation in its words.
pub fn name_in_use_containerd(name: &Reference, image: &Image, containers: &[&Container]) -> Refusal {
    let why = |c: &&Container| {
        format!("container {} is using its referenced image {}", c.id.short(), image.id.short())
    };
    soft(
        Cause::NameInUse,
        containers.iter().map(|c| unable(&name.familiar(), "must be forced", &why(c))).collect(),
    )
}

/// `shown` is the reference as engines complete it, or the ID.
pub fn no_such_image(shown: &str) -> Refusal {
    Refusal::new(404, format!("No such image: {shown}"), Cause::Target)
}

/// Containerd store: a name that is also a prefix of an ID, or a prefix of several.
pub fn ambiguous() -> Refusal {
    Refusal::new(404, "ambiguous reference", Cause::Target)
}

pub fn blank() -> Refusal {
    Refusal::new(400, "image name cannot be blank", Cause::Target)
}

pub fn invalid(engine: &EngineInfo, error: &ReferenceError) -> Refusal {
    let message = match error {
        ReferenceError::Uppercase(_) if engine.release() < QUOTING_SINCE => {
            "invalid reference format: repository name must be lowercase".to_owned()
        }
        ReferenceError::Uppercase(_)
        | ReferenceError::Format
        | ReferenceError::TooLong
        | ReferenceError::OnlyHex(_)
        | ReferenceError::DigestLength
        | ReferenceError::DigestFormat
        | ReferenceError::DigestAlgorithm => error.to_string(),
    };
    Refusal::new(400, message, Cause::Target)
}

/// A container that has to be stopped before it can be removed. `sent` is the container as sent.
pub fn container_alive(
    engine: &EngineInfo,
    container: &Container,
    state: ContainerState,
    sent: &str,
) -> Refusal {
    let paused = state == ContainerState::Paused;
    let message = if engine.release() < QUOTING_SINCE {
        let id = container.id.as_str();
        if paused {
            format!(
                "You cannot remove a paused container {id}. Unpause and then stop the container before \
                 attempting removal or force remove"
            )
        } else {
            format!(
                "You cannot remove a {} container {id}. Stop the container before attempting removal or force \
                 remove",
                state.word()
            )
        }
    } else if paused {
        format!("cannot remove container \"{sent}\": container is paused and must be unpaused first")
    } else {
        format!(
            "cannot remove container \"{sent}\": container is {}: stop the container before removing or force \
             remove",
            state.word()
        )
    };
    soft(Cause::ContainerState, vec![message])
}

pub fn container_going(sent: &str) -> Refusal {
    Refusal::new(409, format!("removal of container {sent} is already in progress"), Cause::ContainerState)
}

pub fn no_such_container(sent: &str) -> Refusal {
    Refusal::new(404, format!("No such container: {sent}"), Cause::Target)
}
