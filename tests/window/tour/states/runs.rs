//! A removal on its way, how it ends, and how it is undone.

use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use unmoor::journal::{Hindrance, UndoAnswer, UndoEnded};
use unmoor::message::{Command, Event};
use unmoor::plan::{Ended, Judgement, Outcome, StepAnswer, StepOutcome};

use super::engines::gone;
use super::reviews::review_ordered;
use super::{press, under_origin, word};
use crate::stage::Stage;

/// Confirms what is in review and returns the plan that goes to the worker.
pub fn start(stage: &mut Stage) -> (unmoor::message::JobId, unmoor::plan::RemovalPlan) {
    let said = stage
        .harness
        .get_by(|n| n.role() == Role::Button && n.label().is_some_and(|label| label.contains("3.2 MB")));
    said.click();
    stage.settle();
    stage.started_run()
}

/// Carries out the first steps, and leaves the next one running.
pub fn run_steps(stage: &mut Stage, count: usize) -> (unmoor::message::JobId, Vec<StepOutcome>) {
    let (job, plan) = start(stage);
    let mut outcomes = Vec::new();
    for (step, planned) in plan.steps.iter().enumerate().take(count) {
        stage.tell(Event::StepStarted { job, step });
        let answer = crate::sample::run_step(&stage.sample, &planned.action);
        let outcome = StepOutcome { judgement: Judgement::AsPredicted, answer };
        outcomes.push(outcome.clone());
        stage.tell(Event::StepEnded { job, step, outcome });
    }
    stage.tell(Event::StepStarted { job, step: count });
    (job, outcomes)
}

pub fn running(stage: &mut Stage) {
    review_ordered(stage);
    run_steps(stage, 5);
}

pub fn stopping(stage: &mut Stage) {
    running(stage);
    press(stage, "run.stop");
}

pub fn done(stage: &mut Stage) {
    review_ordered(stage);
    let (job, plan) = start(stage);
    stage.play(job, &plan);
}

pub fn undo(stage: &mut Stage) {
    under_origin(stage, "index.qbox.me/qcos-test/msfngix:latest");
    stage.key(Key::Enter);
    stage.harness.get_by(|n| n.role() == Role::Button && n.label().is_some_and(|l| is_untag(&l))).click();
    stage.settle();
    let (job, plan) = stage.started_run();
    stage.play(job, &plan);
    press(stage, "button.undo");
}

/// Whether these are the words of the button that takes one name.
pub fn is_untag(label: &str) -> bool {
    label.to_lowercase() == word("deed.untag.one").replace("%{n}", "1")
}

/// Of the image with ten names, after it is gone.
pub fn undo_left(stage: &mut Stage) {
    done(stage);
    press(stage, "button.undo");
}

pub fn start_undo(stage: &mut Stage) -> (unmoor::message::JobId, unmoor::journal::UndoPlan) {
    undo_left(stage);
    let command = {
        stage.click(&confirm_undo());
        stage.command()
    };
    let Command::Undo { job, plan, .. } = command else { panic!("{command:?}") };
    (job, *plan)
}

/// The words of the button up to its number.
pub fn confirm_undo() -> String {
    let words = word("undo_dialog.confirm.many");
    words.split('%').next().unwrap_or_default().to_owned()
}

pub fn undoing(stage: &mut Stage) {
    let (job, _) = start_undo(stage);
    stage.tell(Event::UndoStepStarted { job, step: 0 });
    stage.tell(Event::UndoProgress { job, step: 0, bytes: 41_200_000, of: 124_800_000 });
}

pub fn undo_partly(stage: &mut Stage) {
    let (job, plan) = start_undo(stage);
    let message = "Get \"https://index-dev.qiniu.io/v2/\": dial tcp: lookup index-dev.qiniu.io: no such host";
    for step in 0..plan.steps.len() {
        let answer = if step == 0 {
            UndoAnswer::Refused { status: None, message: message.to_owned() }
        } else {
            UndoAnswer::Hindered(Hindrance::ImageGone)
        };
        stage.tell(Event::UndoStepEnded { job, step, answer });
    }
    stage.tell(Event::UndoEnded { job, ended: UndoEnded::Completed });
    stage.observe();
}

pub fn undone(stage: &mut Stage) {
    let (job, plan) = start_undo(stage);
    for step in 0..plan.steps.len() {
        stage.tell(Event::UndoStepEnded { job, step, answer: UndoAnswer::Done });
    }
    stage.tell(Event::UndoEnded { job, ended: UndoEnded::Completed });
    stage.observe();
}

pub fn end(stage: &mut Stage, steps: usize, last: Option<(StepAnswer, Judgement)>, ended: Ended) {
    review_ordered(stage);
    let (job, mut outcomes) = run_steps(stage, steps);
    outcomes.extend(last.map(|(answer, judgement)| StepOutcome { answer, judgement }));
    stage.tell(Event::RunEnded { job, outcome: Outcome { steps: outcomes, ended } });
    stage.observe();
}

pub fn difference(stage: &mut Stage) {
    let more = unmoor::model::Item::Untagged(
        "index.qiniu.com/ubuntu@sha256:c7c1149150a8f7536bd19b70ea34748bf9dfbc93e5dee677f11362c06b12735d"
            .to_owned(),
    );
    let answer = StepAnswer::Lines(vec![more]);
    end(stage, 4, Some((answer, Judgement::Differs)), Ended::Unexpected { step: 4 });
}

pub fn failed(stage: &mut Stage) {
    let message = "conflict: unable to remove repository reference \"index-dev.qiniu.io/cs-kirk/nginx:latest\" (must \
                   force) - container 5d41402abc4b is using its referenced image e9d3f7300f03";
    let answer = StepAnswer::Refused { status: 409, message: message.to_owned() };
    end(stage, 4, Some((answer, Judgement::Failed)), Ended::Unexpected { step: 4 });
}

/// Nothing may be changed through what stands in between.
pub fn forbidden(stage: &mut Stage) {
    let message = "authorization denied by plugin look-only: nothing may be changed".to_owned();
    let answer = StepAnswer::Refused { status: 403, message };
    end(stage, 0, Some((answer, Judgement::Failed)), Ended::Unexpected { step: 0 });
}

pub fn stopped(stage: &mut Stage) {
    end(stage, 6, None, Ended::Stopped);
}

pub fn activity(stage: &mut Stage) {
    done(stage);
    press(stage, "button.done");
    press(stage, "activity.show");
}

/// The listing after a run tells what became of a step without an answer.
pub fn lost_and_found(stage: &mut Stage) {
    gone_while_running(stage);
    stage.connect();
    stage.observe();
}

pub fn gone_while_running(stage: &mut Stage) {
    review_ordered(stage);
    let (job, mut steps) = run_steps(stage, 4);
    gone(stage);
    let answer = StepAnswer::Lost("connection closed before message completed".to_owned());
    steps.push(StepOutcome { answer, judgement: Judgement::Failed });
    stage.tell(Event::RunEnded { job, outcome: Outcome { steps, ended: Ended::Unexpected { step: 4 } } });
}
