//! Undoing a run in the window, and the journal of all runs.

use std::sync::Arc;
use std::time::Instant;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use unmoor::journal::{JournalRead, Run, UndoAction, UndoAnswer, UndoEnded, UndoPlan};
use unmoor::message::{Command, Event, JobId};
use unmoor::plan::{Ended, Outcome};

use crate::journalled::{self, Told};
use crate::stage::{Stage, reference};

const TAG: &str = "index.qbox.me/qcos-test/msfngix:latest";

/// A name of the image with ten is taken, and the outcome is on screen.
fn untagged(stage: &mut Stage) -> Arc<Run> {
    stage.select_under("image e9d3f7300f03", &format!("tag {TAG}"));
    stage.key(Key::Enter);
    stage.click("Untag 1");
    let (job, plan) = stage.started_run();
    stage.play(job, &plan)
}

fn undo_asked(stage: &mut Stage) -> (JobId, UndoPlan) {
    let command = stage.command();
    let Command::Undo { job, plan, .. } = command else { panic!("{command:?} undoes nothing") };
    (job, *plan)
}

/// Does on the sample what the worker would.
fn undo(stage: &mut Stage, job: JobId, plan: &UndoPlan) {
    for (step, planned) in plan.steps.iter().enumerate() {
        stage.tell(Event::UndoStepStarted { job, step });
        let answer = match &planned.action {
            UndoAction::Tag { image, reference } => {
                stage.sample.tag(image, reference).unwrap();
                UndoAnswer::Done
            }
            UndoAction::Start { id, .. } => {
                stage.sample.start_container(id).unwrap();
                UndoAnswer::Done
            }
            UndoAction::Pull { .. } | UndoAction::Restore { .. } => {
                UndoAnswer::Refused { status: None, message: "no such host".to_owned() }
            }
        };
        stage.tell(Event::UndoStepEnded { job, step, answer });
    }
    stage.tell(Event::UndoEnded { job, ended: UndoEnded::Completed });
    stage.observe();
}

fn focus_filter(stage: &mut Stage) {
    stage.harness.get_by_role_and_label(Role::TextInput, "Filter the journal").focus();
    stage.settle();
}

fn removed_node(stage: &mut Stage) -> Arc<Run> {
    stage.click("image a81f6b0e9c35");
    stage.key(Key::Enter);
    stage.click("Untag 1, remove 1 image");
    let (job, plan) = stage.started_run();
    stage.play(job, &plan)
}

#[test]
fn a_run_is_undone_from_its_outcome_by_what_was_on_screen() {
    let mut stage = Stage::live();
    untagged(&mut stage);
    stage.click("Undo…");
    stage.assert_sees("Undo in ");
    stage.assert_sees(&format!("Give the image the name {TAG} again"));
    assert!(!stage.has_command(), "nothing is done before it was seen");
    stage.click("Undo in ");
    let (job, plan) = undo_asked(&mut stage);
    let tag =
        |action: &UndoAction| matches!(action, UndoAction::Tag { reference: r, .. } if *r == reference(TAG));
    assert!(plan.steps.iter().any(|step| tag(&step.action)), "{plan:?}");
    undo(&mut stage, job, &plan);
    stage.assert_sees("Undone");
    stage.click("Done");
    stage.assert_sees("image e9d3f7300f03, 10 names");
}

#[test]
fn ctrl_z_asks_before_it_undoes_the_last_run_and_reads_the_journal_where_none_is_known() {
    let mut stage = Stage::live();
    let run = untagged(&mut stage);
    stage.click("Done");
    stage.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    stage.settle();
    stage.assert_sees("Give the image the name");
    stage.key(Key::Escape);
    stage.assert_sees_not("Give the image the name");
    assert!(!stage.has_command());

    let mut later = Stage::live();
    later.sample = stage.sample.clone();
    later.observe();
    later.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    later.settle();
    assert!(matches!(later.command(), Command::ReadJournal));
    later.tell(Event::JournalRead(JournalRead { runs: vec![run], ..JournalRead::default() }));
    later.assert_sees("Give the image the name");
}

#[test]
fn what_cannot_come_back_is_not_offered_and_says_why() {
    let mut stage = Stage::live();
    let run = removed_node(&mut stage);
    assert!(!run.outline.can_be_undone);
    stage.assert_sees_not("Undo…");
    stage.click("Done");
    stage.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    stage.settle();
    assert!(matches!(stage.command(), Command::ReadJournal));
    stage.tell(Event::JournalRead(JournalRead { runs: vec![run], ..JournalRead::default() }));
    stage.assert_sees("Nothing that was done here can be undone");
}

#[test]
fn an_undoing_that_changed_underneath_has_to_be_looked_at_again() {
    let mut stage = Stage::live();
    let run = untagged(&mut stage);
    stage.click("Undo…");
    let unmoor::journal::Task::Removal(plan) = &run.task else { panic!() };
    let unmoor::plan::StepAction::Untag { image, .. } = &plan.steps[0].action else { panic!("{plan:?}") };
    stage.sample.tag(image, &reference(TAG)).unwrap();
    stage.observe();
    stage.assert_sees("Undo in 0 steps");
    stage.click("Undo in 0 steps");
    assert!(!stage.has_command());
}

#[test]
fn a_journal_that_cannot_be_written_stops_the_run_and_the_person_decides() {
    let mut stage = Stage::live();
    stage.click("image a81f6b0e9c35");
    stage.key(Key::Enter);
    stage.click("Untag 1, remove 1 image");
    let (job, _) = stage.started_run();
    let words = "/home/me/.local/share/unmoor/journal: No space left on device".to_owned();
    let ended = Ended::NotJournalled { step: 0, words };
    stage.tell(Event::RunEnded { job, outcome: Outcome { steps: Vec::new(), ended } });
    stage.assert_sees("No space left on device");
    stage.click("Without a journal…");
    stage.assert_sees("Nothing of this is written to the journal");
    stage.click("Untag 1, remove 1 image");
    let Command::Run { options, .. } = stage.command() else { panic!() };
    assert!(options.without_journal);
}

#[test]
fn the_journal_lists_filters_explains_and_copies_earlier_runs() {
    let mut stage = Stage::live();
    let run = untagged(&mut stage);
    let mut later = Stage::live();
    later.click("Journal…");
    assert!(matches!(later.command(), Command::ReadJournal));
    later.assert_sees("Reading the journal");
    later.tell(Event::JournalRead(JournalRead { runs: vec![Arc::clone(&run)], ..JournalRead::default() }));
    later.assert_sees("Removal done");
    focus_filter(&mut later);
    later.type_into("Filter the journal", "nowhere");
    later.assert_sees("No entry matches");
    for _ in 0.."nowhere".len() {
        later.key(Key::Backspace);
    }
    later.click("Show the steps of");
    later.assert_sees("Step 1: ");
    later.click("Step 1: ");
    later.assert_sees("What the engine said");
    focus_filter(&mut later);
    later.type_into("Filter the journal", "msfngix:latest");
    later.assert_sees("Step 1: ");
    later.type_into("Filter the journal", " nowhere");
    later.assert_sees("No entry matches");
    later.key(Key::Escape);
    later.assert_sees_not("No entry matches");
}

#[test]
fn a_run_that_was_cut_off_is_told_until_it_was_read() {
    let mut stage = Stage::live();
    let before = stage.world();
    stage.click("image d94b7ce5f018");
    stage.key(Key::Enter);
    stage.click("Untag 2, remove 1 image");
    let (_, plan) = stage.started_run();
    let run = journalled::removal("1", 0, before.graph(), &plan, &[], Told::CutOff);
    let mut later = Stage::live();
    later.tell(Event::CutOff(JournalRead { runs: vec![run], ..JournalRead::default() }));
    later.assert_sees("A run was cut off");
    later.assert_sees("0 of 2 steps were done for certain");
    later.assert_sees("The listing shows that it was not done");
    later.click("Understood");
    later.assert_sees_not("A run was cut off");
    let Command::FoundCutOff { known, .. } = later.command() else { panic!() };
    assert_eq!(known.len(), 1);
}

#[test]
fn a_hundred_thousand_entries_are_scrolled_and_filtered_without_a_pause() {
    let mut stage = Stage::live();
    let run = untagged(&mut stage);
    let runs: Vec<_> = (0..100_000 / run.steps.len().max(1))
        .map(|n| Arc::new(Run { id: unmoor::journal::RunId(format!("{n:08}")), ..Run::clone(&run) }))
        .collect();
    let mut later = Stage::live();
    later.click("Journal…");
    later.tell(Event::JournalRead(JournalRead { runs, ..JournalRead::default() }));
    later.key(Key::PageDown);
    let started = Instant::now();
    for _ in 0..10 {
        later.key(Key::ArrowDown);
    }
    // Forty frames of an unoptimised build on a busy machine: far more than a list in view needs, and far
    // less than painting all of them.
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
