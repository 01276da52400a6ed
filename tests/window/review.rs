//! From the review to the outcome: what is reviewed is what runs, and what surprises is said.

use eframe::egui::{Key, accesskit::Role};
use egui_kittest::kittest::{AccessKitNode, Queryable as _};
use unmoor::message::{Command, Event, FailureKind};
use unmoor::plan::{Difference, Ended, Judgement, Outcome, StepAnswer, StepOutcome};

use crate::ORIGIN;
use crate::stage::{Stage, container, failure, reference};

#[test]
fn what_is_reviewed_is_what_runs() {
    let mut stage = Stage::live();
    stage.click(ORIGIN);
    stage.click("Remove… sha256:e9d3f7300f03");
    stage.assert_sees("Remove image e9d3f7300f03");
    stage.assert_sees("Stop container web-2");
    stage.click("Untag 10, remove 3 containers and 1 image · frees 3.2 MB");
    let (job, plan) = stage.started_run();
    assert_eq!(plan.steps.len(), 11);
    stage.tell(Event::StepStarted { job, step: 0 });
    stage.assert_sees("0 of 11 steps done");
    stage.play(job, &plan);
    stage.assert_sees("Done as planned");
    stage.assert_sees("11 of 11 steps done");
    stage.click("Done");
    stage.assert_sees_not("image e9d3f7300f03,");
    stage.click("Show activity");
    stage.assert_sees("Removal done: all 11 steps as planned");
}

#[test]
fn force_is_off_until_chosen_and_says_what_it_costs() {
    let mut stage = Stage::live();
    stage.click(ORIGIN);
    stage.key(Key::Enter);
    stage.assert_sees_not("What else suffers");
    stage.harness.get_by_role_and_label(Role::RadioButton, "By force").click();
    stage.settle();
    stage.assert_sees("What else suffers");
    stage.click("Stop 1 container, untag 10, remove 1 image");
    assert!(stage.started_run().1.uses_force());
}

#[test]
fn a_single_holder_can_be_released_from_its_row() {
    let mut stage = Stage::live();
    stage.click(ORIGIN);
    stage.click("Untag… ubuntu:latest");
    stage.assert_sees("Untag index.qiniu.com/ubuntu:latest");
    stage.key(Key::Escape);
    stage.assert_sees_not("Keep untagged parents");
    stage.click("Remove… web-1");
    stage.click("Remove 1 container");
    assert_eq!(stage.started_run().1.steps.len(), 1);
}

#[test]
fn a_plan_that_changes_while_it_is_read_has_to_be_looked_at_again() {
    let mut stage = Stage::live();
    stage.click(ORIGIN);
    stage.key(Key::Enter);
    let web_1 = container(&stage.sample, "web-1");
    stage.sample.remove_container(&web_1, false).unwrap();
    let origin = stage.world().find_name(&reference("index.qiniu.com/ubuntu:latest")).unwrap();
    let id = stage.world().image(origin).unwrap().id.clone();
    stage.sample.tag(&id, &reference("another.example/name:1")).unwrap();
    stage.observe();
    stage.assert_sees("The engine has changed; the plan was made anew");
    stage.assert_sees("No longer needed: Remove container web-1");
    stage.click("Untag 11, remove 2 containers and 1 image");
    assert!(!stage.has_command(), "nothing runs before the new plan was looked at");
    stage.click("I have looked at it");
    stage.click("Untag 11, remove 2 containers and 1 image");
    assert_eq!(stage.started_run().1.tally().names, 11);
}

#[test]
fn an_answer_that_differs_stands_beside_the_plan() {
    let mut stage = Stage::live();
    stage.click("image a81f6b0e9c35");
    stage.key(Key::Enter);
    stage.click("Untag 1, remove 1 image · frees 1.1 GB");
    let (job, _) = stage.started_run();
    let outcome = StepOutcome { answer: StepAnswer::Lines(Vec::new()), judgement: Judgement::Differs };
    let ended = Ended::Unexpected { step: 0 };
    stage.tell(Event::RunEnded { job, outcome: Outcome { steps: vec![outcome], ended } });
    stage.assert_sees("Stopped: the engine did not answer as predicted");
    stage.assert_sees("differs from the plan");
    stage.assert_sees("The engine");
}

#[test]
fn a_step_can_be_left_out_and_what_needs_it_stays_too() {
    let mut stage = Stage::live();
    stage.click(ORIGIN);
    stage.key(Key::Enter);
    stage.assert_sees_not("Undo: give the image its name again");
    stage.click("Step 3: ");
    stage.assert_sees("left out");
    stage.assert_sees("Undo: give the image its name again");
    stage.click("Keep untagged parents");
    stage.assert_sees("left out");
    stage.click("Keep untagged parents");
    stage.assert_sees_not("Untag 10, remove 3 containers and 1 image · frees");
    stage.click("Step 3: ");
    stage.assert_sees("Untag 10, remove 3 containers and 1 image");
    stage.click("Stop running containers first");
    stage.assert_sees("not without what is left out");
    stage.click("remove 2 containers");
    let (_, plan) = stage.started_run();
    assert_eq!((plan.tally().images, plan.tally().containers, plan.tally().stopped), (0, 2, 0));
}

#[test]
fn a_run_that_pauses_shows_both_sides_and_goes_on_only_when_told() {
    let mut stage = Stage::live();
    stage.click(ORIGIN);
    stage.key(Key::Enter);
    stage.click("Untag 10, remove 3 containers");
    let (job, _) = stage.started_run();
    let outcome = StepOutcome {
        answer: StepAnswer::Refused { status: 409, message: "conflict: in use".to_owned() },
        judgement: Judgement::Failed,
    };
    stage.tell(Event::StepEnded { job, step: 0, outcome });
    stage.tell(Event::RunPaused { job, pause: 1, step: 0, sent: true, failure: None });
    stage.assert_sees("Paused: step 1 was not answered as predicted");
    stage.assert_sees("conflict: in use");
    stage.click("Go on with what still holds");
    assert!(matches!(stage.command(), Command::GoOn { pause: 1, .. }));
    stage.assert_sees("Removing");
    stage.tell(Event::RunPaused {
        job,
        pause: 2,
        step: 0,
        sent: true,
        failure: Some(failure(FailureKind::Unreachable, "no route")),
    });
    stage.assert_sees("It could not go on: the engine could not be listed.");
    stage.assert_sees("no route");
    stage.click("Stop here");
    assert!(matches!(stage.command(), Command::StopRun { .. }));
}

#[test]
fn a_plan_that_was_no_longer_true_says_why() {
    let mut stage = Stage::live();
    stage.click("image a81f6b0e9c35");
    stage.key(Key::Enter);
    stage.click("Untag 1, remove 1 image");
    let (job, _) = stage.started_run();
    let differences = vec![Difference::StepRefused { step: 0, message: "conflict: in use".to_owned() }];
    stage.tell(Event::RunEnded {
        job,
        outcome: Outcome { steps: Vec::new(), ended: Ended::Stale(differences) },
    });
    stage.assert_sees("Nothing was changed: the plan was no longer true");
    stage.assert_sees("Step 1 would be refused now: Remove image a81f6b0e9c35");
    stage.assert_sees("conflict: in use");
    stage.assert_sees("not reached");
}

#[test]
fn a_run_can_be_stopped_and_holds_the_window_open() {
    let mut stage = Stage::live();
    stage.click(ORIGIN);
    stage.key(Key::Enter);
    stage.click("Untag 10, remove 3 containers");
    let (job, _) = stage.started_run();
    stage.key(Key::Escape);
    stage.assert_sees("Removing");
    stage.click("Stop after this step");
    assert!(matches!(stage.command(), Command::StopRun { job: stopped } if stopped == job));
    stage.assert_sees("Stopping after this step…");
}

#[test]
fn the_commands_of_a_plan_begin_where_their_block_does() {
    let mut stage = Stage::live();
    stage.click(ORIGIN);
    stage.key(Key::Enter);
    let left = stage.harness.get_by_role_and_label(Role::RadioButton, "Step by step").rect().left();
    stage.harness.get_by_label("Show commands").click();
    stage.settle();
    stage.assert_sees("docker stop web-2");
    for line in ["docker stop web-2", "docker rmi "] {
        let says = |node: &AccessKitNode<'_>| {
            node.value().or_else(|| node.label()).is_some_and(|l| l.contains(line))
        };
        for found in stage.harness.get_all_by(says) {
            let rect = found.rect();
            assert!(rect.left() >= left && rect.width() > 60.0, "{line}: {rect:?}, {left}");
        }
    }
}
