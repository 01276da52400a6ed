//! A removal: the plan before, or what became of it after.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::step::FreedRow;
use super::{RecoveryRow, images_of};
use crate::archive::Saved;
use crate::model::Graph;
use crate::plan::{Ended, Kept, Loss, Outcome, OutcomeTotals, RemovalPlan, Way};
use crate::report::{LeftStep, Removal, Report};
use crate::words::steps::{deeds, difference_words, plan_title, step_words, unexpected};
use crate::words::{self, tr};

/// Everything of a removal but its steps, which come one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalRow {
    pub title: String,
    /// What it does, counted.
    pub deeds: String,
    pub way: Way,
    pub way_words: String,
    pub steps: usize,
    pub freed: FreedRow,
    /// What is left in a worse state than before.
    pub losses: Vec<String>,
    /// What was asked for and stays.
    pub stays: Vec<StaysRow>,
    /// `None` for a plan that has not run.
    pub end: Option<EndRow>,
    /// What the person took out of the plan, and what could not go without that.
    #[serde(default)]
    pub left_out: Vec<StaysRow>,
    /// What was archived before the first step.
    #[serde(default)]
    pub archive: Option<ArchiveRow>,
    /// Of the images that go, those that registries were asked about.
    #[serde(default)]
    pub recovery: Vec<RecoveryRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveRow {
    pub id: String,
    pub images: usize,
    pub stored_bytes: u64,
    pub words: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaysRow {
    pub what: String,
    pub why: String,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndRow {
    /// `completed`, `stopped`, `stale`, `target_moved`, `unexpected`, `unasked`, `went_on`, `not_listed` or
    /// `not_archived`, `not_journalled`.
    pub code: Cow<'static, str>,
    pub words: String,
    /// How many steps the engine did.
    pub done: usize,
    pub why: Vec<String>,
    /// What the engine's answers come to; `None` where it untagged and deleted nothing.
    #[serde(default)]
    pub achieved: Option<String>,
}

impl RemovalRow {
    pub fn of(report: &Report, removal: &Removal) -> Self {
        let Removal { plan, outcome, kept, left_out, saved } = removal;
        let before = report.world.graph();
        let goes = images_of(&report.world, plan);
        let goes = goes.into_iter().filter_map(|ix| Some(&before.image(ix)?.id));
        Self {
            title: plan_title(&plan.targets, Some(plan)),
            deeds: deeds(&plan.tally()),
            way: plan.way,
            way_words: way_words(plan).into_owned(),
            steps: plan.steps.len(),
            freed: plan.freed().into(),
            losses: losses(&plan.losses),
            stays: kept.iter().map(|kept| stays(kept, before)).collect(),
            end: outcome.as_ref().map(|outcome| end(plan, outcome)),
            left_out: left_out.iter().map(skipped).collect(),
            archive: saved.as_ref().map(archive),
            recovery: goes
                .filter_map(|id| RecoveryRow::of(&report.look_ups, before, id, report.written_at))
                .collect(),
        }
    }

    /// What was wanted, beside what was done: the two are not to be taken for each other.
    pub fn planned_words(&self) -> String {
        let planned = format!("{} · {} · {}", self.deeds, self.freed.words, self.way_words);
        tr!("report.planned", what = planned)
    }
}

pub fn way_words(plan: &RemovalPlan) -> Cow<'static, str> {
    match plan.way {
        Way::Ordered => tr!("way.ordered"),
        Way::Force if plan.uses_force() => tr!("way.force"),
        Way::Force => tr!("way.no_force"),
    }
}

pub fn losses(losses: &[Loss]) -> Vec<String> {
    let (mut containers, mut images) = (Vec::new(), Vec::new());
    for loss in losses {
        match loss {
            Loss::ContainerWithoutImage { name, .. } => containers.push(words::shortened(name)),
            Loss::ImageWithoutName { image } => images.push(image.short().to_owned()),
        }
    }
    containers.sort();
    let said = |key: &str, names: Vec<String>| {
        (!names.is_empty()).then(|| words::fill(key, &[("names", &words::list(&names))]))
    };
    [said("loss.containers", containers), said("loss.images", images)].into_iter().flatten().collect()
}

fn skipped(step: &LeftStep) -> StaysRow {
    let why = tr!(if step.by_hand { "step.left_out" } else { "report.needs_left_out" });
    StaysRow { what: step_words(&step.action), why: why.into_owned() }
}

fn archive(saved: &Saved) -> ArchiveRow {
    let Saved { id, images, stored, .. } = saved;
    let n = words::count("n.images", *images);
    ArchiveRow {
        id: id.to_string(),
        images: *images,
        stored_bytes: stored.0,
        words: tr!("report.archived", images = n, id = id, bytes = stored),
    }
}

fn stays(kept: &Kept, before: &Graph) -> StaysRow {
    StaysRow { what: words::target(Some(before), &kept.target), why: words::keep_reason(&kept.why) }
}

fn end(plan: &RemovalPlan, outcome: &Outcome) -> EndRow {
    let step = |at: usize| plan.steps.get(at).map(|step| step_words(&step.action)).unwrap_or_default();
    let (code, words, why) = match &outcome.ended {
        Ended::Completed => ("completed", tr!("outcome.completed"), Vec::new()),
        Ended::Stopped => ("stopped", tr!("outcome.stopped"), Vec::new()),
        Ended::Stale(differences) => {
            let said = differences.iter().map(|difference| {
                let what = difference.step().map(step).unwrap_or_default();
                let (words, said) = difference_words(difference, &what);
                said.map_or(words.clone(), |said| format!("{words} {said}"))
            });
            ("stale", tr!("outcome.stale"), said.collect())
        }
        Ended::TargetMoved { step: at } => (
            "target_moved",
            tr!("outcome.moved"),
            vec![tr!("outcome.moved.step", n = at + 1, what = step(*at))],
        ),
        Ended::Unexpected { step: at } => (
            "unexpected",
            tr!(unexpected(outcome)),
            vec![tr!("outcome.unexpected.step", n = at + 1, what = step(*at))],
        ),
        Ended::Unasked { step: at, words } => (
            "unasked",
            tr!("outcome.unasked"),
            vec![tr!("outcome.moved.step", n = at + 1, what = step(*at)), words.clone()],
        ),
        Ended::WentOn { step: at } => (
            "went_on",
            tr!("outcome.went_on"),
            vec![tr!("outcome.unexpected.step", n = at + 1, what = step(*at))],
        ),
        Ended::NotJournalled { step: at, words } => (
            "not_journalled",
            tr!("outcome.not_journalled"),
            vec![tr!("outcome.moved.step", n = at + 1, what = step(*at)), words.clone()],
        ),
        Ended::NotArchived(words) => ("not_archived", tr!("outcome.not_archived"), vec![words.clone()]),
        Ended::NoRoomForArchive(words) => (
            "not_archived",
            tr!("outcome.not_archived"),
            vec![words.clone(), tr!("outcome.no_room.next").into_owned()],
        ),
        Ended::NotListed(words) => ("not_listed", tr!("outcome.not_listed"), vec![words.clone()]),
    };
    let (words, totals) = (words.into_owned(), outcome.totals());
    EndRow { code: code.into(), words, done: totals.done, why, achieved: achieved(plan, outcome, &totals) }
}

/// What came back only where every answer was the predicted one.
fn achieved(plan: &RemovalPlan, outcome: &Outcome, totals: &OutcomeTotals) -> Option<String> {
    if totals.untagged + totals.deleted == 0 {
        return None;
    }
    let words = tr!("effects.totals", untagged = totals.untagged, deleted = totals.deleted);
    let freed = plan.freed().bytes().filter(|bytes| bytes.0 > 0);
    Some(match freed.filter(|_| outcome.ended == Ended::Completed && totals.as_predicted) {
        Some(bytes) => format!("{words} · {}", tr!("outcome.freed", bytes = bytes)),
        None => words,
    })
}
