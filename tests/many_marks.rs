//! What many marks come to is asked of the worker: one question at a time, and no late answer is shown.

#![cfg(test)]

mod crowd;

use std::sync::Arc;

use crowd::crowded;
use unmoor::message::{Command, Endpoint, Event, Generation, TaskId, Work};
use unmoor::plan::outlook;
use unmoor::rules::Target;
use unmoor::state::{Action, AppState, Settings};
use unmoor::worker::{observation, work_out};

/// A state with more images than are planned at once.
fn state() -> AppState {
    let (mut state, _) = AppState::start(Endpoint::Default, Settings::default());
    let (generation, inventory) = (Generation(1), crowded(100));
    let engine = inventory.engine.clone();
    drop(state.receive(Event::Connected { generation, host: String::new(), engine }, 0));
    let observation = observation(Arc::new(inventory));
    drop(state.receive(Event::Observed { generation, observation }, 0));
    state
}

/// The only thing that was asked.
fn question(commands: Vec<Command>) -> (TaskId, Work) {
    assert_eq!(commands.len(), 1, "{commands:?}");
    match commands.into_iter().next() {
        Some(Command::WorkOut { task, work }) => (task, *work),
        other => panic!("{other:?}"),
    }
}

fn answer((task, work): (TaskId, Work)) -> Event {
    Event::WorkedOut { task, result: work_out(work) }
}

fn first_image(state: &AppState) -> Target {
    Target::Image(state.graph().unwrap().images()[0].id.clone())
}

#[test]
fn the_outlook_of_many_marks_is_what_the_worker_answers() {
    let mut state = state();
    let asked = question(state.update(Action::MarkShown, 0));
    assert!(state.marks.outlook().is_none());
    assert!(state.receive(answer(asked), 0).is_empty());
    let targets = state.marks.targets();
    assert!(targets.len() > 100);
    let told = state.marks.outlook().unwrap();
    assert_eq!(*told, outlook(&state.world().unwrap(), &targets, &|_| None));
    assert!(!told.planned && told.freed.at_least().0 > 0);
}

#[test]
fn an_answer_about_other_marks_is_dropped_and_asked_anew() {
    let mut state = state();
    let before = question(state.update(Action::MarkShown, 0));
    let one = first_image(&state);
    assert!(state.update(Action::Unmark(one.clone()), 0).is_empty(), "one question at a time");
    let after = question(state.receive(answer(before), 0));
    assert!(state.marks.outlook().is_none(), "it was about one more");
    let Work::Outlook { marked, world } = &after.1 else { panic!("{after:?}") };
    assert!(!marked.clone().targets(world.graph()).contains(&one));
    drop(state.receive(answer(after), 0));
    assert!(state.marks.outlook().is_some());
}

#[test]
fn an_answer_comes_too_late_once_little_or_nothing_is_marked() {
    let mut state = state();
    let asked = question(state.update(Action::MarkShown, 0));
    assert!(state.update(Action::ClearMarks, 0).is_empty());
    assert!(state.receive(answer(asked), 0).is_empty());
    assert!(state.marks.outlook().is_none());
    let asked = question(state.update(Action::MarkShown, 0));
    drop(state.update(Action::ClearMarks, 0));
    drop(state.update(Action::Mark(first_image(&state)), 0));
    let few = state.marks.outlook().cloned();
    assert!(few.as_ref().is_some_and(|outlook| outlook.planned));
    drop(state.receive(answer(asked), 0));
    assert_eq!(state.marks.outlook().cloned(), few);
}
