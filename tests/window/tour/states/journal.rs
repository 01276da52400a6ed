//! What is written down of each run.

use eframe::egui::Key;
use std::sync::Arc;
use unmoor::journal::{FileProblem, JournalRead, Problem, ProblemKind, Run};
use unmoor::message::Event;
use unmoor::plan::{Ended, Judgement, Outcome, PlannedStep, RemovalPlan, StepOutcome, Way, plan_removal};
use unmoor::rules::Target;

use super::reviews::review_ordered;
use super::runs::start;
use super::{NODE, ORIGIN, live, press};
use crate::journalled::{self, Told};
use crate::stage::Stage;
use crate::tour::NOW;

pub fn not_journalled(stage: &mut Stage) {
    let words = "/home/me/.local/share/unmoor/journal: No space left on device (os error 28)".to_owned();
    review_ordered(stage);
    let (job, _) = start(stage);
    let outcome = Outcome { steps: Vec::new(), ended: Ended::NotJournalled { step: 0, words } };
    stage.tell(Event::RunEnded { job, outcome });
    stage.observe();
}

pub fn without_journal(stage: &mut Stage) {
    not_journalled(stage);
    press(stage, "button.without_journal");
}

/// Some runs of earlier days, newest first.
pub fn earlier(stage: &mut Stage) -> Vec<Arc<Run>> {
    let world = stage.world();
    let sample = stage.sample.clone();
    let plan = |text: &str| {
        let image = world.graph().images().iter().find(|image| image.id.short() == text).unwrap();
        let targets = [Target::Image(image.id.clone())];
        plan_removal(&world, &targets, Way::Ordered, true).unwrap()
    };
    let outcomes = |plan: &RemovalPlan, count: usize| -> Vec<StepOutcome> {
        let done = |step: &PlannedStep| {
            let answer = crate::sample::run_step(&sample, &step.action);
            StepOutcome { judgement: Judgement::AsPredicted, answer }
        };
        plan.steps.iter().take(count).map(done).collect()
    };
    let removed = |name: &str, days: i64, image: &str, told: fn(usize) -> Told, count: usize| {
        let plan = plan(image);
        let outcomes = outcomes(&plan, count);
        let at = NOW - days * 86_400;
        journalled::removal(name, at, world.graph(), &plan, &outcomes, told(count))
    };
    let completed = |_| Told::Ended(Ended::Completed);
    let differs = |count: usize| Told::Ended(Ended::Unexpected { step: count });
    vec![
        removed("9", 0, "d94b7ce5f018", |_| Told::CutOff, 1),
        removed("8", 1, NODE, completed, 9),
        removed("7", 3, ORIGIN, completed, 99),
        removed("6", 20, "c3f8e1d20b47", differs, 1),
    ]
}

pub fn cut_off(stage: &mut Stage) {
    live(stage);
    let runs = earlier(stage).into_iter().take(1).collect();
    stage.tell(Event::CutOff(JournalRead { runs, ..JournalRead::default() }));
    stage.observe();
}

pub fn journal(stage: &mut Stage) {
    live(stage);
    let runs = earlier(stage);
    stage.observe();
    press(stage, "activity.history");
    let half = Problem { line: 7, kind: ProblemKind::HalfWritten };
    let path = std::path::Path::new("/home/me/.local/share/unmoor/journal/0001795000000-4711-0.jsonl");
    let problems = vec![FileProblem::in_line(path, half)];
    stage.tell(Event::JournalRead(JournalRead { runs, problems, failure: None }));
}

pub fn journal_step(stage: &mut Stage) {
    journal(stage);
    open_origin(stage, 11);
}

pub fn journal_container(stage: &mut Stage) {
    journal(stage);
    open_origin(stage, 1);
}

/// Opens the third run, and goes down so many steps.
pub fn open_origin(stage: &mut Stage, steps: usize) {
    for _ in 0..2 {
        stage.key(Key::ArrowDown);
    }
    stage.key(Key::ArrowRight);
    for _ in 0..steps {
        stage.key(Key::ArrowDown);
    }
}

pub fn journal_empty(stage: &mut Stage) {
    live(stage);
    press(stage, "activity.history");
    stage.tell(Event::JournalRead(JournalRead::default()));
}
