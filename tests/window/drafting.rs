//! A plan of thousands of things while it is worked out: what the window says, what can be pressed, and which
//! answers are not taken.

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use unmoor::message::Command;

use crate::crowd::crowded;
use crate::stage::Stage;

const WORKING: &str = "Working out the plan…";

/// With everything marked, which is too much to be planned at once.
fn marked() -> Stage {
    let mut stage = Stage::live();
    stage.observe_this(crowded(300));
    stage.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    stage.settle();
    stage.keep_busy();
    stage
}

fn confirm(stage: &mut Stage) {
    stage.click("Untag 306, remove 305 images");
}

fn is_enabled(stage: &Stage, name: &str) -> bool {
    let found = stage.harness.get_all_by(|node| node.label().is_some_and(|label| label.contains(name)));
    found.into_iter().all(|node| !node.accesskit_node().is_disabled())
}

#[test]
fn until_the_plan_is_there_the_window_says_so_and_can_be_left() {
    let mut stage = marked();
    stage.click("Review removal");
    stage.assert_sees(WORKING);
    stage.assert_sees("Remove 310 things");
    stage.assert_sees_not("Step 1");
    stage.click("Cancel");
    stage.assert_sees_not(WORKING);
    assert!(stage.has_work());
    // Nobody asks for it any more.
    stage.work();
    stage.assert_sees_not("Step by step");
    assert!(!stage.has_command());
}

#[test]
fn the_plan_stands_there_as_soon_as_it_is_worked_out() {
    let mut stage = marked();
    stage.click("Review removal");
    stage.work();
    stage.assert_sees_not(WORKING);
    stage.assert_sees("Step 1:");
    confirm(&mut stage);
    assert!(!stage.started_run().1.steps.is_empty());
}

#[test]
fn a_plan_that_could_not_be_made_is_said_and_can_be_tried_again() {
    let mut stage = marked();
    stage.click("Review removal");
    stage.fail_to_work("task 7 panicked with message \"too far\"");
    stage.assert_sees_not(WORKING);
    stage.assert_sees("task 7 panicked with message \"too far\"");
    stage.assert_sees_not("Untag 306, remove 305 images");
    stage.click("Try again");
    stage.assert_sees(WORKING);
    stage.assert_sees_not("task 7 panicked");
    stage.work();
    confirm(&mut stage);
    assert!(stage.has_command());
}

#[test]
fn a_box_follows_at_once_and_the_plan_later() {
    let mut stage = marked();
    stage.click("Review removal");
    stage.work();
    stage.click("Step 1:");
    stage.assert_sees(WORKING);
    assert!(!is_enabled(&stage, WORKING));
    stage.click(WORKING);
    assert!(!stage.has_command(), "what is not planned is not run");
    stage.work();
    stage.assert_sees_not(WORKING);
    stage.assert_sees("left out");
}

#[test]
fn a_plan_of_an_older_listing_is_never_shown() {
    let mut stage = marked();
    stage.click("Review removal");
    stage.observe_this(crowded(290));
    stage.work();
    stage.assert_sees(WORKING);
    stage.assert_sees_not("Step 1:");
    while stage.has_work() {
        stage.work();
    }
    stage.assert_sees_not(WORKING);
    stage.assert_sees("Step 1:");
}

#[test]
fn of_thousands_of_steps_only_those_in_view_are_laid_out() {
    let mut stage = marked();
    stage.click("Review removal");
    stage.work();
    let names = stage.names();
    let laid_out = names.iter().filter(|name| name.starts_with("Step ")).count();
    assert!((3..60).contains(&laid_out), "{laid_out}");
    confirm(&mut stage);
    let Command::Run { plan, .. } = stage.command() else { panic!("it does not run") };
    assert!(plan.steps.len() > 200);
}
