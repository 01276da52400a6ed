//! What the journal says, in words: of runs, of steps, of what nobody saw the end of, and of what undoes them.

use super::steps::{plan_title, step_words, undo_words};
use super::{count, done_of, moment, tr};
use crate::journal::{
    Answer, ContainerRecord, End, Fate, Hindrance, ImageRecord, Known, Run, Secrets, Task, UndoAction,
    UndoAnswer, UndoEnded, create_line,
};
use crate::model::{Item, Reference};
use crate::plan::{Ended, Judgement, StepAnswer};

/// What a run was to do, in one phrase.
pub fn title(run: &Run) -> String {
    match &run.task {
        Task::Removal(plan) => plan_title(&plan.targets, Some(plan)),
        Task::Undo(plan) => count("history.undo", plan.steps.len()),
    }
}

/// What a step was to do, in one phrase.
pub fn step(run: &Run, at: usize) -> String {
    match &run.task {
        Task::Removal(plan) => plan.steps.get(at).map(|s| step_words(&s.action)).unwrap_or_default(),
        Task::Undo(plan) => plan.steps.get(at).map(|s| undo_step(&s.action)).unwrap_or_default(),
    }
}

/// How a run ended.
pub fn ended(run: &Run) -> String {
    let (done, of) = (run.done(), run.steps.len());
    let key = match &run.ended {
        None if run.under_way => "history.under_way",
        None => "history.cut_off",
        Some((_, End::Removal(ended))) => match ended {
            Ended::Completed => "deed.run_completed",
            Ended::Stopped => "deed.run_stopped",
            Ended::Stale(_) => return tr!("deed.run_stale").into_owned(),
            Ended::TargetMoved { .. } => "deed.run_moved",
            Ended::Unexpected { .. } => "deed.run_unexpected",
            Ended::Unasked { .. } => "deed.run_unasked",
            Ended::WentOn { .. } => "deed.run_went_on",
            Ended::NotJournalled { .. } => "deed.run_not_journalled",
            Ended::NotListed(_) => return tr!("deed.run_not_listed").into_owned(),
            Ended::NotArchived(words) | Ended::NoRoomForArchive(words) => {
                return tr!("deed.run_not_archived", words = words);
            }
        },
        Some((_, End::Undo(UndoEnded::NotBegun(words)))) => return words.clone(),
        Some((_, End::Undo(_))) => "deed.undo_ended",
    };
    done_of(key, done, of)
}

/// What nobody saw the end of: a step that was sent, and what a listing tells of it.
pub fn fate(run: &Run, known: &Known) -> String {
    let sent = tr!("fate.sent", n = known.step + 1, what = step(run, known.step));
    let seen = match &known.fate {
        Fate::Done => tr!("fate.done").into_owned(),
        Fate::NotDone => tr!("fate.not_done").into_owned(),
        Fate::Partly => tr!("fate.partly").into_owned(),
        Fate::Elsewhere(now) => tr!("fate.elsewhere", id = now.short()),
        Fate::Unknown(why) => tr!("fate.unknown", why = why),
    };
    format!("{sent} {seen}")
}

/// All that is known of a run that was cut off, a line each. `known` is `None` until its engine was listed.
pub fn cut_off(run: &Run, known: Option<&[Known]>) -> Vec<String> {
    let mut lines = vec![done_of("fate.so_far", run.done(), run.steps.len())];
    match known {
        Some(known) if !known.is_empty() => lines.extend(known.iter().map(|known| fate(run, known))),
        Some(_) if run.unanswered().next().is_none() => lines.push(tr!("fate.between").into_owned()),
        Some(_) | None => lines.extend(run.unanswered().map(|at| {
            let sent = tr!("fate.sent", n = at + 1, what = step(run, at));
            format!("{sent} {}", tr!("fate.other_engine", host = run.host))
        })),
    }
    lines
}

/// What became of a step, a line each, and whether that is as it was meant to be.
pub fn answer(run: &Run, at: usize) -> (Vec<String>, bool) {
    let Some(record) = run.steps.get(at) else { return (Vec::new(), true) };
    match (&record.sent, &record.answered) {
        (None, None) => (vec![tr!("step.not_reached").into_owned()], true),
        (Some(_), None) => {
            let found = run.found.iter().flat_map(|(_, known)| known).find(|known| known.step == at);
            let words = found.map_or_else(|| tr!("fate.unanswered").into_owned(), |known| fate(run, known));
            (vec![words], false)
        }
        (_, Some((_, Answer::Undo(answer)))) => (vec![undo_answer(answer)], answer.is_done() == Some(true)),
        (_, Some((_, Answer::Removal(outcome)))) => {
            let mut lines = match &outcome.answer {
                StepAnswer::Done => vec![tr!("step.done").into_owned()],
                StepAnswer::Lines(items) => items.iter().map(line).collect(),
                StepAnswer::Refused { status, message } => vec![format!("{status}: {message}")],
                StepAnswer::Lost(words) => vec![tr!("step.lost").into_owned(), words.clone()],
                StepAnswer::NotSent(_) => vec![tr!("step.skipped").into_owned()],
            };
            let judged = match outcome.judgement {
                Judgement::AsPredicted | Judgement::Skipped | Judgement::Failed => None,
                Judgement::FewerLayers => Some("step.fewer_layers"),
                Judgement::Differs => Some("step.differs"),
            };
            lines.extend(judged.map(|key| tr!(key).into_owned()));
            (lines, outcome.judgement.is_done() && outcome.judgement != Judgement::Differs)
        }
    }
}

fn line(item: &Item) -> String {
    match item {
        Item::Untagged(name) => format!("Untagged: {name}"),
        Item::Deleted(id) => format!("Deleted: {id}"),
    }
}

/// What an image was, a line each.
pub fn image(image: &ImageRecord) -> Vec<String> {
    let mut lines = vec![image.id.to_string()];
    lines.extend(image.names.iter().map(Reference::familiar));
    lines.extend(image.digests.iter().map(Reference::familiar));
    let size = image.size.map(|size| size.to_string());
    let created = image.created.map(moment);
    let facts: Vec<_> = [size, image.platform.clone(), created].into_iter().flatten().collect();
    if !facts.is_empty() {
        lines.push(facts.join(" · "));
    }
    lines.extend(image.parent.as_ref().map(|parent| tr!("history.parent", id = parent.short())));
    lines
}

/// What a container was, a line each; without values of its environment.
pub fn container(container: &ContainerRecord) -> Vec<String> {
    let mut lines = vec![
        format!("{} · {}", container.name, container.id.short()),
        tr!("history.created_from", image = container.image_shown, id = container.image.short()),
    ];
    lines.extend(create_line(container, Secrets::Hidden).map(|create| create.line));
    lines
}

/// A run or a step of it, to be sent to someone: nothing in it is a secret.
pub fn copied(run: &Run, only: Option<usize>) -> String {
    let engine = format!("{} {} ({})", run.engine.name, run.engine.version, run.engine.store.word());
    let mut lines = vec![title(run), format!("{} · {engine} · {}", moment(run.begun), run.host)];
    lines.push(ended(run));
    let steps = (0..run.steps.len()).filter(|at| only.is_none_or(|only| only == *at));
    for at in steps {
        lines.push(format!("{}. {}", at + 1, step(run, at)));
        lines.extend(answer(run, at).0.into_iter().map(|line| format!("   {line}")));
        let sent = run.steps.get(at).and_then(|record| record.sent.as_ref());
        if let Some(sent) = sent {
            let images = sent.taken.images.iter().flat_map(image);
            let all = images.chain(sent.taken.containers.iter().flat_map(container));
            lines.extend(all.map(|line| format!("   | {line}")));
            lines.extend(sent.undo.iter().map(|undo| format!("   < {}", undo_words(undo).0)));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

/// What a step that undoes another does, in one phrase.
pub fn undo_step(action: &UndoAction) -> String {
    match action {
        UndoAction::Tag { reference, .. } => tr!("undo_step.tag", name = reference.familiar()),
        UndoAction::Restore { image, .. } => tr!("undo_step.restore", id = image.short()),
        UndoAction::Start { name, .. } => tr!("undo_step.start", name = name),
        UndoAction::Pull { digests, .. } => {
            let first = digests.first().map(Reference::familiar).unwrap_or_default();
            tr!("undo_step.pull", name = first)
        }
    }
}

/// Why a step undid nothing, or what is odd about it.
pub fn undo_answer(answer: &UndoAnswer) -> String {
    match answer {
        UndoAnswer::Done => tr!("undo_answer.done").into_owned(),
        UndoAnswer::AlreadySo => tr!("undo_answer.already").into_owned(),
        UndoAnswer::Hindered(Hindrance::ImageGone) => tr!("undo_answer.image_gone").into_owned(),
        UndoAnswer::Hindered(Hindrance::NameTaken(now)) => tr!("undo_answer.name_taken", id = now.short()),
        UndoAnswer::Hindered(Hindrance::ContainerGone) => tr!("undo_answer.container_gone").into_owned(),
        UndoAnswer::Hindered(Hindrance::Unasked(words)) => tr!("undo_answer.unasked", words = words),
        UndoAnswer::Refused { message, .. } => message.clone(),
        UndoAnswer::Lost(words) => tr!("undo_answer.lost", words = words),
        UndoAnswer::OtherImage(id) => tr!("undo_answer.other_image", id = id.short()),
    }
}
