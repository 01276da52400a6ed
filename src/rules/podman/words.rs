//! Podman's refusals: their status and their words on the Docker-compatible paths.
//!
//! Sources: Podman `pkg/api/handlers/compat/images_remove.go`, `libpod/runtime_img.go` and
//! `container_internal.go`, libimage `image.go`, v4.3.1 to v5.8.2; every text was seen on real engines of
//! versions 4.3, 5.4, 5.8 and 6.1 unless it says otherwise.

use crate::model::{Container, ContainerState, EngineInfo, Image, Reference, ReferenceError};
use crate::rules::conflict::{Cause, Refusal};

/// From here on a name that cannot be read is quoted (libimage `LookupImage`).
const QUOTING_SINCE: (u32, u32) = (5, 1);

fn refusal(status: u16, cause: Cause, messages: Vec<String>) -> Refusal {
    Refusal { status, messages, forceable: false, cause }
}

fn by_force(refusal: Refusal) -> Refusal {
    Refusal { forceable: true, ..refusal }
}

/// `name` is the sent one as Podman completes it: with a registry, without a tag beside a digest.
pub fn no_such_image(sent: &str, name: &str) -> Refusal {
    Refusal::new(404, format!("failed to find image {sent}: {name}: image not known"), Cause::Target)
}

/// The first look at a text already fails.
fn not_normalized(why: &str) -> Refusal {
    Refusal::new(500, format!("normalizing image: {why}"), Cause::Target)
}

/// It is no name by the grammar.
pub fn unreadable(engine: &EngineInfo, sent: &str, why: &str) -> Refusal {
    let quoted = if engine.release() < QUOTING_SINCE {
        String::new()
    } else {
        format!("parsing reference {sent:?}: ")
    };
    not_normalized(&format!("normalizing name for compat API: {quoted}{why}"))
}

/// It is a name by the grammar, but not one that Docker Hub could have.
pub fn not_for_hub(sent: &str, why: &str) -> Refusal {
    not_normalized(&format!("normalizing name {sent:?} (orig: {sent:?}) for compat API: {why}"))
}

/// `sha256:` and not 64 digits.
pub fn short_digest(sent: &str) -> Refusal {
    not_normalized(&format!(
        "normalizing name for compat API: {sent}: invalid format: no 64-byte hexadecimal value"
    ))
}

/// The grammar's errors in the words of containers/image (`docker/reference`).
pub fn of_grammar(error: &ReferenceError) -> String {
    match error {
        ReferenceError::Uppercase(_) => "repository name must be lowercase".to_owned(),
        ReferenceError::Format
        | ReferenceError::TooLong
        | ReferenceError::OnlyHex(_)
        | ReferenceError::DigestLength
        | ReferenceError::DigestFormat
        | ReferenceError::DigestAlgorithm => error.to_string(),
    }
}

/// More names than an ID may take along. `names` stand in Podman's own order, newest first.
pub fn several_names(image: &Image, names: &[Reference]) -> Refusal {
    let names: Vec<_> = names.iter().map(Reference::full).collect();
    let message = format!(
        "unable to delete image {:?} by ID with more than one tag ([{}]): please force removal",
        image.id.hex(),
        names.join(" ")
    );
    by_force(refusal(500, Cause::Names, vec![message]))
}

/// A digest that leads to an image with several names, but is not one of them; force or not.
pub fn not_a_name(name: &Reference) -> Refusal {
    refusal(500, Cause::Target, vec![format!("{}: tag not known", name.full())])
}

/// `users` are all containers of an image; Podman names any of them.
pub fn in_use(sent: &str, users: &[&Container], cause: Cause) -> Refusal {
    let message = |c: &&Container| {
        format!(
            "image {sent} is in use: image used by {}: image is in use by a container: consider listing external \
             containers and force-removing image",
            c.id.as_str()
        )
    };
    refusal(409, cause, users.iter().map(message).collect())
}

/// `running` are all running containers of an image that is removed by force.
pub fn runs(sent: &str, image: &Image, running: &[(&Container, ContainerState)]) -> Refusal {
    let message = |(container, state): &(&Container, ContainerState)| {
        format!(
            "image {sent} is in an invalid state: removing image {}: container {} using image could not be \
             removed: {}",
            image.id.hex(),
            container.id.as_str(),
            alive(container, *state)
        )
    };
    refusal(409, Cause::Running, running.iter().map(message).collect())
}

fn alive(container: &Container, state: ContainerState) -> String {
    format!(
        "cannot remove container {} as it is {} - running or paused containers cannot be removed without force: \
         container state improper",
        container.id.as_str(),
        state.word()
    )
}

/// A container that has to be stopped before it can be removed.
pub fn container_alive(container: &Container, state: ContainerState) -> Refusal {
    by_force(refusal(500, Cause::ContainerState, vec![alive(container, state)]))
}

/// A pod's infra container; force or not. Podman prints the whole ID of the pod, of which only the
/// beginning is known, from the container's name.
pub fn container_of_pod(container: &Container, pod: &str) -> Refusal {
    let message = format!(
        "container {} is the infra container of pod {pod} and cannot be removed without removing the pod",
        container.id.as_str()
    );
    refusal(500, Cause::ContainerState, vec![message])
}

/// Stopping what is paused.
pub fn paused(container: &Container) -> Refusal {
    let id = container.id.as_str();
    let message =
        format!("container {id} is running or paused, refusing to clean up: container state improper");
    refusal(500, Cause::ContainerState, vec![message])
}

/// `libpod/boltdb_state_internal.go` (4.3, and what was upgraded from it) and `runtime_cstorage.go` word
/// it differently.
pub fn no_such_container(sent: &str) -> Refusal {
    let message = |what: &str| format!("no container with {what} {sent:?} found: no such container");
    refusal(404, Cause::Target, vec![message("ID or name"), message("name or ID")])
}
