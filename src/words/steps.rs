//! What plans and their steps say: what is done, how it is undone, and what is not as planned.

use std::borrow::Cow;

use super::{count, list, short_digests, tr};
use crate::plan::{Difference, Outcome, RemovalPlan, StepAction, StepAnswer, Tally, Totals, Undo};
use crate::rules::Target;

/// What stopped a run at a step that did not go as predicted.
pub fn unexpected(outcome: &Outcome) -> &'static str {
    match outcome.steps.last().map(|step| &step.answer) {
        Some(StepAnswer::Refused { .. }) => "outcome.refused",
        Some(StepAnswer::Lost(_)) => "outcome.lost",
        Some(StepAnswer::NotSent(_)) => "outcome.not_sent",
        Some(StepAnswer::Lines(_) | StepAnswer::Done) | None => "outcome.unexpected",
    }
}

/// What a step is to do, in one phrase.
pub fn step_words(action: &StepAction) -> String {
    match action {
        StepAction::StopContainer { name, .. } => tr!("step.stop", name = name),
        StepAction::RemoveContainer { name, force: false, .. } => tr!("step.remove_container", name = name),
        StepAction::RemoveContainer { name, force: true, .. } => tr!("step.kill_container", name = name),
        StepAction::Untag { reference, .. } => tr!("step.untag", name = reference.familiar()),
        StepAction::RemoveImage { image, force: false, .. } => tr!("step.remove_image", id = image.short()),
        StepAction::RemoveImage { image, force: true, .. } => tr!("step.force_image", id = image.short()),
    }
}

/// The words, and whether the step is for good as far as anyone can tell.
pub fn undo_words(undo: &Undo) -> (String, bool) {
    match undo {
        Undo::StartAgain => (tr!("undo.start_again").into_owned(), false),
        Undo::TagAgain { loses_digest: false } => (tr!("undo.tag_again").into_owned(), false),
        Undo::TagAgain { loses_digest: true } => (tr!("undo.tag_without_digest").into_owned(), false),
        Undo::PullDigest(name) => (tr!("undo.pull_digest", name = name.familiar()), false),
        Undo::PullImage(name) => (tr!("undo.pull_image", name = name.familiar()), false),
        Undo::PerhapsPull(name) => (tr!("undo.perhaps_pull", name = name.familiar()), true),
        Undo::BuildAgain => (tr!("undo.build_again").into_owned(), true),
        Undo::Restore => (tr!("undo.archive").into_owned(), false),
        Undo::Never => (tr!("undo.never").into_owned(), true),
    }
}

/// What the engine did where it answers with no line.
pub fn done_words(action: &StepAction) -> Cow<'static, str> {
    match action {
        StepAction::StopContainer { .. } => tr!("step.stopped"),
        StepAction::RemoveContainer { .. } => tr!("step.container_removed"),
        StepAction::Untag { .. } | StepAction::RemoveImage { .. } => tr!("step.done"),
    }
}

/// What is not as planned; the engine's own words apart from it. `step` names the step in a phrase.
pub fn difference_words<'a>(difference: &'a Difference, step: &str) -> (String, Option<&'a str>) {
    match difference {
        Difference::Engine { now, .. } => {
            (tr!("stale.engine", engine = format!("{} {}", now.name, now.version)), None)
        }
        Difference::StepDiffers { step: at, .. } => (tr!("stale.differs", n = at + 1, what = step), None),
        Difference::StepRefused { step: at, message } => {
            (tr!("stale.refused", n = at + 1, what = step), Some(message))
        }
        Difference::StepGone { step: at } => (tr!("stale.gone", n = at + 1, what = step), None),
        Difference::Unknown { why } => (tr!("stale.unknown").into_owned(), Some(why)),
    }
}

/// What is to be removed, in one phrase.
pub fn plan_title(targets: &[Target], plan: Option<&RemovalPlan>) -> String {
    match targets {
        [Target::Image(id)] => tr!("review.image", id = id.short()),
        [Target::Reference(_, name)] => tr!("review.name", name = short_digests(&name.familiar())),
        [Target::Container(id)] => {
            let step = plan.and_then(|p| p.steps.last());
            step.map_or_else(|| tr!("review.container", id = id.short()), |s| step_words(&s.action))
        }
        several => count("review.several", several.len()),
    }
}

/// What a plan does, in one line: "Untag 7, remove 2 containers and 1 image".
pub fn deeds(tally: &Tally) -> String {
    let some = |key: &str, n: usize| (n > 0).then(|| count(key, n));
    let goes: Vec<_> = [some("n.containers", tally.containers), some("n.images", tally.images)]
        .into_iter()
        .flatten()
        .collect();
    // A container that goes is stopped on the way without a word on the button.
    let only_stopped = tally.stopped.saturating_sub(tally.containers);
    let clauses = [
        some("deed.stop", only_stopped),
        some("deed.untag", tally.names),
        (!goes.is_empty()).then(|| tr!("deed.remove", what = list(&goes))),
    ];
    let words = clauses.into_iter().flatten().collect::<Vec<_>>().join(&tr!("list.comma"));
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

/// What the plan does, exactly, for the button that does it.
pub fn deed(totals: &Totals) -> String {
    let words = deeds(&totals.tally);
    match totals.freed.bytes() {
        Some(bytes) if bytes.0 > 0 => format!("{words} · {}", tr!("freed.bytes", bytes = bytes)),
        _ => words,
    }
}
