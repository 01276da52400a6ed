//! The same steps as shell lines for the Docker CLI, to read or to paste.

use super::removal_plan::RemovalPlan;
use super::step::StepAction;
use crate::model::{Reference, StoreKind};
use crate::rules::{Holder, HolderKind, Target};

/// One line per step, quoted for a POSIX shell.
pub fn shell_lines(plan: &RemovalPlan) -> Vec<String> {
    plan.steps.iter().map(|s| shell_line(&s.action)).collect()
}

/// The Docker CLI command of one step.
pub fn shell_line(action: &StepAction) -> String {
    match action {
        StepAction::StopContainer { id, name } => line(&["stop", container(name, id.as_str())]),
        StepAction::RemoveContainer { id, name, force } => {
            with_flags("rm", *force, true, container(name, id.as_str()))
        }
        StepAction::Untag { reference, force, prune, in_full, .. } => {
            let name = if *in_full { reference.full() } else { reference.familiar() };
            with_flags("rmi", *force, *prune, &name)
        }
        StepAction::RemoveImage { image, force, prune } => with_flags("rmi", *force, *prune, image.as_str()),
    }
}

/// The command that asks for the removal of one thing, as it stands.
pub fn request_line(target: &Target, store: StoreKind) -> String {
    let command = match target {
        Target::Image(_) | Target::Reference(..) => "rmi",
        Target::Container(_) => "rm",
    };
    line(&[command, &target.as_sent_to(store)])
}

/// The command that releases one holder; a running container has to be stopped first.
pub fn release_line(holder: &Holder) -> String {
    let remove = |name: &Reference| line(&["rmi", &name.familiar()]);
    match &holder.kind {
        HolderKind::Name(name) | HolderKind::ComputedDigest(name) => remove(name),
        HolderKind::Container { id, name, state } | HolderKind::Mount { id, name, state } => {
            let target = container(name, id.as_str());
            if state.counts_as_running() {
                format!("{} && {}", line(&["stop", target]), line(&["rm", target]))
            } else {
                line(&["rm", target])
            }
        }
        HolderKind::ChildImage(id) => line(&["rmi", id.as_str()]),
    }
}

fn with_flags(command: &str, force: bool, prune: bool, target: &str) -> String {
    let mut words = vec![command];
    if force {
        words.push("--force");
    }
    if !prune {
        words.push("--no-prune");
    }
    words.push(target);
    line(&words)
}

/// The name if it is one that engines give out; anything else could be taken for something it is not.
fn container<'a>(name: &'a str, id: &'a str) -> &'a str {
    let mut bytes = name.bytes();
    let plain = bytes.next().is_some_and(|b| b.is_ascii_alphanumeric())
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
    if plain { name } else { id }
}

fn line(words: &[&str]) -> String {
    let quoted = shlex::try_join(std::iter::once("docker").chain(words.iter().copied()));
    // Only a NUL cannot be quoted, and neither a reference nor an ID can hold one.
    quoted.unwrap_or_default()
}
