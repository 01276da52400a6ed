//! A step of a plan: what is done, with which command, what the engine will answer, how it is undone, and
//! what became of it.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::model::{ContainerId, Graph, ImageId, Item};
use crate::plan::commands::shell_line;
use crate::plan::{
    Expected, Judgement, Outcome, PlannedStep, RemovalPlan, StepAction, StepAnswer, StepOutcome, Undo, undo,
};
use crate::rules::Freed;
use crate::words::steps::{difference_words, done_words, step_words, undo_words};
use crate::words::{self, tr};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRow {
    /// From 1.
    pub number: usize,
    /// `stop_container`, `remove_container`, `untag` or `remove_image`.
    pub kind: Cow<'static, str>,
    pub words: String,
    pub force: bool,
    /// For the Docker CLI, quoted for a POSIX shell.
    pub command: String,
    /// The lines the engine is expected to answer, in its order.
    pub expected: Vec<Item>,
    /// IDs of what goes along without a line.
    pub silently: Vec<String>,
    /// What else is to be said of it.
    pub note: Option<String>,
    pub undo: Option<String>,
    /// `None` before it ran, and where it was not reached.
    pub result: Option<ResultRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultRow {
    /// `as_predicted`, `fewer_layers`, `differs`, `failed` or `skipped`.
    pub judgement: Judgement,
    pub words: String,
    /// The lines the engine did answer.
    pub lines: Vec<Item>,
    /// The engine's or the system's words, where it answered otherwise.
    pub said: Option<String>,
}

/// Disk space that comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreedRow {
    pub at_least_bytes: u64,
    /// `None` where it cannot be told.
    pub exact_bytes: Option<u64>,
    pub words: String,
}

impl From<Freed> for FreedRow {
    fn from(freed: Freed) -> Self {
        Self {
            at_least_bytes: freed.at_least().0,
            exact_bytes: freed.bytes().map(|bytes| bytes.0),
            words: words::freed(freed),
        }
    }
}

impl StepRow {
    /// How it is undone. Once the run has `ended`, only what the engine did can be.
    pub fn undo_then(&self, ended: bool) -> Option<&str> {
        let is_done = || self.result.as_ref().is_some_and(|result| result.judgement.is_done());
        self.undo.as_deref().filter(|_| !ended || is_done())
    }
}

/// The steps of a plan, one by one.
#[derive(Debug)]
pub struct Steps<'a> {
    plan: &'a RemovalPlan,
    outcome: Option<&'a Outcome>,
    undo: HashMap<StepAction, Undo>,
}

impl<'a> Steps<'a> {
    /// `before` is what the plan was made from.
    pub fn of(plan: &'a RemovalPlan, outcome: Option<&'a Outcome>, before: &Graph) -> Self {
        Self { plan, outcome, undo: undo(plan, before) }
    }

    pub fn len(&self) -> usize {
        self.plan.steps.len()
    }

    pub fn is_empty(&self) -> bool {
        self.plan.steps.is_empty()
    }

    pub fn rows(&self) -> impl Iterator<Item = StepRow> + '_ {
        self.plan.steps.iter().enumerate().map(|(at, step)| {
            let outcome = self.outcome.and_then(|outcome| outcome.steps.get(at));
            row(at, step, self.undo.get(&step.action), outcome)
        })
    }
}

fn row(at: usize, step: &PlannedStep, undo: Option<&Undo>, outcome: Option<&StepOutcome>) -> StepRow {
    let (mut expected, mut silently, mut note) = (Vec::new(), Vec::new(), None);
    match &step.expected {
        Expected::ContainerStopped => note = Some(tr!("step.will_stop").into_owned()),
        Expected::ContainerRemoved => note = Some(tr!("step.will_remove_container").into_owned()),
        Expected::Lines { items, layers_in_doubt, images, containers, .. } => {
            expected.clone_from(items);
            let reported =
                |id: &str| items.iter().any(|i| matches!(i, Item::Deleted(d) if id.ends_with(d.as_str())));
            let images = images.iter().map(ImageId::as_str).filter(|id| !reported(id));
            silently.extend(images.chain(containers.iter().map(ContainerId::as_str)).map(str::to_owned));
            if *layers_in_doubt {
                note = Some(tr!("step.layers_in_doubt").into_owned());
            }
        }
    }
    let kind = match &step.action {
        StepAction::StopContainer { .. } => "stop_container",
        StepAction::RemoveContainer { .. } => "remove_container",
        StepAction::Untag { .. } => "untag",
        StepAction::RemoveImage { .. } => "remove_image",
    };
    StepRow {
        number: at + 1,
        kind: kind.into(),
        words: step_words(&step.action),
        force: step.action.uses_force(),
        command: shell_line(&step.action),
        expected,
        silently,
        note,
        undo: undo.map(|undo| undo_words(undo).0),
        result: outcome.map(|outcome| result(step, outcome)),
    }
}

fn result(step: &PlannedStep, outcome: &StepOutcome) -> ResultRow {
    let (lines, said) = match &outcome.answer {
        StepAnswer::Done => (Vec::new(), Some(done_words(&step.action).into_owned())),
        StepAnswer::Lines(items) => (items.clone(), None),
        StepAnswer::Refused { message, .. } => (Vec::new(), Some(message.clone())),
        StepAnswer::Lost(why) => (Vec::new(), Some(format!("{} {why}", tr!("step.lost")))),
        StepAnswer::NotSent(why) => {
            let (words, said) = difference_words(why, &step_words(&step.action));
            (Vec::new(), Some(said.map_or(words.clone(), |said| format!("{words} {said}"))))
        }
    };
    let words = tr!(match outcome.judgement {
        Judgement::AsPredicted => "report.as_predicted",
        Judgement::FewerLayers => "step.fewer_layers",
        Judgement::Differs => "step.differs",
        Judgement::Failed => "step.failed",
        Judgement::Skipped => "step.skipped",
    });
    ResultRow { judgement: outcome.judgement, words: words.into_owned(), lines, said }
}
