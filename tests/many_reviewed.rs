//! A review of many things is planned by the worker: until the plan of what is wanted now is there, nothing can be
//! confirmed, and no answer to an earlier question is taken for it.

#![cfg(test)]

mod crowd;

use std::sync::Arc;

use crowd::crowded;
use unmoor::message::{Command, Drafted, Endpoint, Event, Generation, TaskId, ToDraft, Work, Worked};
use unmoor::model::Inventory;
use unmoor::plan::{Draft, StepAction, Way, plan_bulk};
use unmoor::rules::Pin;
use unmoor::state::{Action, AppState, Dialog, Review, Settings};
use unmoor::worker::{observation, work_out};

const GENERATION: Generation = Generation(1);

fn listed(inventory: Inventory) -> Event {
    Event::Observed { generation: GENERATION, observation: observation(Arc::new(inventory)) }
}

/// A state with more images marked than are planned at once.
fn state() -> AppState {
    let (mut state, _) = AppState::start(Endpoint::Default, Settings::default());
    let inventory = crowded(300);
    let engine = inventory.engine.clone();
    drop(state.receive(Event::Connected { generation: GENERATION, host: String::new(), engine }, 0));
    drop(state.receive(listed(inventory), 0));
    drop(state.update(Action::MarkShown, 0));
    state
}

fn act(state: &mut AppState, action: Action) -> Option<(TaskId, ToDraft)> {
    to_draft(state.update(action, 0))
}

/// The plan that is to be drafted, if one is.
fn to_draft(commands: Vec<Command>) -> Option<(TaskId, ToDraft)> {
    let mut asked = commands.into_iter().filter_map(|command| {
        let Command::WorkOut { task, work } = command else { return None };
        let Work::Draft(to_draft) = *work else { return None };
        Some((task, to_draft))
    });
    let first = asked.next();
    assert!(asked.next().is_none(), "one plan at a time");
    first
}

fn answer((task, to_draft): (TaskId, ToDraft)) -> Event {
    Event::WorkedOut { task, result: work_out(Work::Draft(to_draft)) }
}

fn review(state: &AppState) -> &Review {
    let Dialog::Review(review) = &state.dialog else { panic!("{:?}", state.dialog) };
    review
}

fn run(commands: Vec<Command>) -> Option<Arc<unmoor::plan::RemovalPlan>> {
    commands.into_iter().find_map(|command| {
        let Command::Run { plan, .. } = command else { return None };
        Some(plan)
    })
}

/// With the plan of all images on screen.
fn reviewed() -> AppState {
    let mut state = state();
    let asked = act(&mut state, Action::ReviewMarked).unwrap();
    drop(state.receive(answer(asked), 0));
    assert!(review(&state).ready().is_some());
    state
}

#[test]
fn nothing_is_confirmed_before_the_plan_is_there() {
    let mut state = state();
    let asked = act(&mut state, Action::ReviewMarked).unwrap();
    assert!(review(&state).is_planning() && review(&state).draft.is_none());
    assert!(run(state.update(Action::Confirm, 0)).is_none());
    assert!(matches!(state.dialog, Dialog::Review(_)));
    assert!(to_draft(state.receive(answer(asked), 0)).is_none());
    let world = state.world().unwrap();
    let targets = state.marks.targets();
    let plan = run(state.update(Action::Confirm, 0)).unwrap();
    assert_eq!(*plan, plan_bulk(&world, &targets, Way::Ordered, true, &|_| None).plan);
}

#[test]
fn little_is_planned_at_once() {
    let mut state = state();
    drop(state.update(Action::ClearMarks, 0));
    let first = state.tree.rows()[0];
    drop(state.update(Action::ToggleMark(first), 0));
    assert!(act(&mut state, Action::ReviewMarked).is_none());
    assert!(!review(&state).is_planning() && review(&state).draft.is_some());
}

#[test]
fn a_plan_that_could_not_be_made_says_so_and_is_asked_for_again_only_when_wanted() {
    let mut state = state();
    let (task, _) = act(&mut state, Action::ReviewMarked).unwrap();
    let why = "task 7 panicked";
    let failed = |task| Event::NotWorkedOut { task, why: why.to_owned() };
    assert!(to_draft(state.receive(failed(task), 0)).is_none(), "the same would only fail again");
    assert_eq!((review(&state).failed.as_deref(), review(&state).is_planning()), (Some(why), false));
    assert!(run(state.update(Action::Confirm, 0)).is_none());
    let again = act(&mut state, Action::SetWay(Way::Ordered)).unwrap();
    assert!(review(&state).is_planning() && review(&state).failed.is_none());
    assert!(act(&mut state, Action::SetWay(Way::Force)).is_none());
    let other = to_draft(state.receive(failed(again.0), 0)).unwrap();
    assert!(review(&state).is_planning(), "what failed was not what is wanted now");
    drop(state.receive(answer(other), 0));
    assert!(review(&state).ready().is_some_and(|plan| plan.way == Way::Force));
}

#[test]
fn an_answer_about_other_options_is_dropped_and_asked_anew() {
    let mut state = reviewed();
    let with_prune = act(&mut state, Action::SetPrune(false)).unwrap();
    assert!(run(state.update(Action::Confirm, 0)).is_none(), "what is on screen is not what is wanted");
    assert!(act(&mut state, Action::SetWay(Way::Force)).is_none(), "one question at a time");
    let (_, first) = &with_prune;
    assert_eq!((first.request.way, first.request.prune), (Way::Ordered, false));
    let forced = to_draft(state.receive(answer(with_prune), 0)).unwrap();
    assert!(review(&state).is_planning());
    assert_eq!((forced.1.request.way, forced.1.request.prune), (Way::Force, false));
    drop(state.receive(answer(forced), 0));
    let plan = run(state.update(Action::Confirm, 0)).unwrap();
    assert_eq!((plan.way, plan.prune), (Way::Force, false));
}

#[test]
fn an_answer_about_an_older_listing_is_dropped() {
    let mut state = state();
    let before = act(&mut state, Action::ReviewMarked).unwrap();
    assert!(to_draft(state.receive(listed(crowded(290)), 0)).is_none(), "one question at a time");
    let after = to_draft(state.receive(answer(before), 0)).unwrap();
    assert!(review(&state).draft.is_none(), "it was made from the listing before");
    assert!(Arc::ptr_eq(after.1.world.graph(), state.graph().unwrap()));
    drop(state.receive(answer(after), 0));
    let plan = Arc::clone(review(&state).ready().unwrap());
    let gone = |step: &unmoor::plan::PlannedStep| {
        let StepAction::RemoveImage { image, .. } = &step.action else { return false };
        state.graph().unwrap().find_image(image).is_none()
    };
    assert!(!plan.steps.iter().any(gone));
}

#[test]
fn what_a_new_listing_changes_is_told_and_seen_before_anything_runs() {
    let mut state = reviewed();
    let asked = to_draft(state.receive(listed(crowded(299)), 0)).unwrap();
    assert!(run(state.update(Action::Confirm, 0)).is_none(), "the plan on screen is of the listing before");
    drop(state.receive(answer(asked), 0));
    let changes = review(&state).changes.as_ref().expect("an image is gone");
    assert!(!changes.dropped.is_empty());
    assert!(run(state.update(Action::Confirm, 0)).is_none());
    assert!(act(&mut state, Action::AcceptChanges).is_none());
    assert!(run(state.update(Action::Confirm, 0)).is_some());
}

#[test]
fn what_is_kept_meanwhile_is_planned_around() {
    let mut state = reviewed();
    let image = state.graph().unwrap().images()[0].id.clone();
    let asked = act(&mut state, Action::Keep(Pin::Image(image.clone()))).unwrap();
    assert!(review(&state).ready().is_none());
    drop(state.receive(answer(asked), 0));
    drop(state.update(Action::AcceptChanges, 0));
    let plan = run(state.update(Action::Confirm, 0)).unwrap();
    assert!(!plan.removed().contains(image.as_str()));
}

#[test]
fn a_review_that_was_closed_takes_no_late_answer() {
    let mut state = state();
    let asked = act(&mut state, Action::ReviewMarked).unwrap();
    assert!(act(&mut state, Action::CloseDialog).is_none());
    assert!(matches!(state.dialog, Dialog::None), "it can be cancelled");
    // What is reviewed next is less, and waits until the worker is done.
    let first = state.tree.rows()[0];
    drop(state.update(Action::ToggleMark(first), 0));
    assert!(act(&mut state, Action::ReviewMarked).is_none());
    let next = to_draft(state.receive(answer(asked), 0)).unwrap();
    assert!(review(&state).draft.is_none());
    assert_eq!(next.1.request.targets.len(), state.marks.len());
    drop(state.receive(answer(next), 0));
    assert_eq!(review(&state).draft.as_ref().unwrap().request.targets.len(), state.marks.len());
}

#[test]
fn steps_are_left_out_of_the_plan_that_is_there() {
    let mut state = reviewed();
    let whole = Arc::clone(review(&state).draft.as_ref().unwrap().whole.as_ref().unwrap());
    let asked = act(&mut state, Action::LeaveOut(vec![3], true)).unwrap();
    assert!(!review(&state).wants(&whole.steps[3]) && review(&state).ready().is_none());
    // Meanwhile another one.
    assert!(act(&mut state, Action::LeaveOut(vec![5], true)).is_none());
    let asked = to_draft(state.receive(answer(asked), 0)).unwrap();
    let Worked::Draft(Drafted { draft, changes, .. }) = work_out(Work::Draft(asked.1)) else { panic!() };
    assert!(Arc::ptr_eq(draft.whole.as_ref().unwrap(), &whole), "the rest is not planned again");
    assert!(changes.is_none(), "the person did that");
    let anew = Draft::new(&state.world().unwrap(), draft.request.clone());
    assert_eq!((&anew.plan, &anew.steps, &anew.totals), (&draft.plan, &draft.steps, &draft.totals));
    let left: Vec<_> = draft.plan.as_ref().unwrap().steps.iter().map(|step| &step.action).collect();
    assert!(!left.contains(&&whole.steps[3].action) && !left.contains(&&whole.steps[5].action));
}

#[test]
fn a_large_plan_is_freed_by_the_worker() {
    let mut state = reviewed();
    let commands = state.update(Action::CloseDialog, 0);
    let mut freed = commands.into_iter().filter_map(|command| {
        let Command::LetGo(outdated) = command else { return None };
        outdated.downcast::<Dialog>().ok()
    });
    assert!(freed.any(|dialog| matches!(*dialog, Dialog::Review(_))));
}
