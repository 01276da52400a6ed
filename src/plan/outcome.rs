//! What became of a plan: every step with the engine's own answer beside the prediction.

use serde::{Deserialize, Serialize};

use super::revalidate::Difference;
use super::step::{Expected, PlannedStep};
use crate::model::{ChainId, ImageId, Item};

/// What the engine answered to one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepAnswer {
    /// A container was stopped or removed; the engine says nothing more.
    Done,
    Lines(Vec<Item>),
    /// Nothing was changed; the engine's status and words.
    Refused {
        status: u16,
        message: String,
    },
    /// No answer came: whether the step was done, only a new listing can tell.
    Lost(String),
    /// Never sent: after a pause it would no longer have done what was planned.
    NotSent(Box<Difference>),
}

/// An answer held against its prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    AsPredicted,
    /// As predicted, but for layers that something unseen still holds, as the plan said might be.
    FewerLayers,
    Differs,
    Failed,
    Skipped,
}

/// One step that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepOutcome {
    pub answer: StepAnswer,
    pub judgement: Judgement,
}

/// Why a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    Completed,
    /// By the person, between two steps.
    Stopped,
    /// Before the first step: the plan was no longer true. Nothing was changed.
    Stale(Vec<Difference>),
    /// Before a step: what it names is something else now. The step was not sent.
    TargetMoved {
        step: usize,
    },
    /// After a step whose answer was not the predicted one, or that failed.
    Unexpected {
        step: usize,
    },
    /// Before a step: the engine could not be asked whether it would still do what was planned; its words.
    Unasked {
        step: usize,
        words: String,
    },
    /// At its last step, though the answer to `step`, the first such, was not the predicted one: the person
    /// let it go on with what still held.
    WentOn {
        step: usize,
    },
    /// Before the first step: the engine could not be listed; its words. Nothing was changed.
    NotListed(String),
    /// Before the first step: what was to be archived first could not be, and why. Nothing was removed.
    NotArchived(String),
    /// The same, because there is no room for it.
    NoRoomForArchive(String),
    /// Before a step: it could not be written to the journal, which says why. The step was not sent.
    NotJournalled {
        step: usize,
        words: String,
    },
}

/// A whole run. Steps beyond the last of `steps` were not reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub steps: Vec<StepOutcome>,
    pub ended: Ended,
}

impl Judgement {
    /// Whether the engine did the step.
    pub fn is_done(self) -> bool {
        match self {
            Self::AsPredicted | Self::FewerLayers | Self::Differs => true,
            Self::Failed | Self::Skipped => false,
        }
    }

    /// Whether the engine said something else than predicted.
    pub fn is_surprise(self) -> bool {
        match self {
            Self::Differs | Self::Failed => true,
            Self::AsPredicted | Self::FewerLayers | Self::Skipped => false,
        }
    }
}

impl Outcome {
    /// How many steps the engine did.
    pub fn done(&self) -> usize {
        self.steps.iter().filter(|s| s.judgement.is_done()).count()
    }

    /// All that is said of it as a whole, counted once.
    pub fn totals(&self) -> OutcomeTotals {
        let mut totals = OutcomeTotals {
            done: self.done(),
            untagged: 0,
            deleted: 0,
            as_predicted: self.steps.iter().all(|step| step.judgement == Judgement::AsPredicted),
            last_surprise: self.steps.iter().rposition(|step| step.judgement.is_surprise()),
        };
        for step in &self.steps {
            let StepAnswer::Lines(items) = &step.answer else { continue };
            let untagged = items.iter().filter(|item| matches!(item, Item::Untagged(_))).count();
            totals.untagged += untagged;
            totals.deleted += items.len() - untagged;
        }
        totals
    }
}

/// A run in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutcomeTotals {
    pub done: usize,
    /// Lines of the engine that say so.
    pub untagged: usize,
    pub deleted: usize,
    /// Every answer was the predicted one.
    pub as_predicted: bool,
    pub last_surprise: Option<usize>,
}

/// Holds an answer against what was expected.
pub fn judge(step: &PlannedStep, answer: &StepAnswer) -> Judgement {
    match (&step.expected, answer) {
        (_, StepAnswer::Refused { .. } | StepAnswer::Lost(_)) => Judgement::Failed,
        (_, StepAnswer::NotSent(_)) => Judgement::Skipped,
        (Expected::ContainerStopped | Expected::ContainerRemoved, StepAnswer::Done) => Judgement::AsPredicted,
        (Expected::Lines { items, .. }, StepAnswer::Lines(lines)) if items == lines => Judgement::AsPredicted,
        (Expected::Lines { items, untagged_in_any_order: true, .. }, StepAnswer::Lines(lines))
            if same_but_for_order_of_names(items, lines) =>
        {
            Judgement::AsPredicted
        }
        (Expected::Lines { items, layers_in_doubt: true, images, .. }, StepAnswer::Lines(lines))
            if only_layers_missing(items, lines, images) =>
        {
            Judgement::FewerLayers
        }
        _ => Judgement::Differs,
    }
}

fn same_but_for_order_of_names(expected: &[Item], answered: &[Item]) -> bool {
    let split = |items: &[Item]| {
        let (mut names, rest): (Vec<_>, Vec<_>) =
            items.iter().cloned().partition(|item| matches!(item, Item::Untagged(_)));
        names.sort_by(|a, b| text(a).cmp(text(b)));
        (names, rest)
    };
    split(expected) == split(answered)
}

fn text(item: &Item) -> &str {
    let (Item::Untagged(text) | Item::Deleted(text)) = item;
    text
}

/// True if the answer is the prediction without some of its `Deleted` lines, and every line missing
/// is a layer: none of the images that were to go.
pub(super) fn only_layers_missing(expected: &[Item], answered: &[Item], images: &[ImageId]) -> bool {
    let mut rest = answered.iter().peekable();
    for item in expected {
        if rest.peek() == Some(&item) {
            rest.next();
            continue;
        }
        let is_layer = |id: &str| ChainId::parse(id).is_ok() && !images.iter().any(|i| i.as_str() == id);
        if !matches!(item, Item::Deleted(id) if is_layer(id)) {
            return false;
        }
    }
    rest.next().is_none()
}
