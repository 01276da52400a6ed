//! A listing that is not shown any more goes to the worker to be freed, and nothing else holds on to it.

#![cfg(test)]

use std::sync::Arc;

use unmoor::engine::sample::Sample;
use unmoor::message::{Command, Endpoint, Event, Generation, Observation};
use unmoor::state::{Action, AppState, Settings, View};
use unmoor::worker::observation;

#[test]
fn the_worker_alone_holds_the_listing_that_was_shown_before() {
    let sample = Sample::new(0);
    let (mut state, _) = AppState::start(Endpoint::Default, Settings::default());
    let generation = Generation(1);
    let show = |state: &mut AppState| {
        let observation = observation(Arc::new(sample.inventory()));
        state.receive(Event::Observed { generation, observation }, 0)
    };
    assert!(show(&mut state).is_empty(), "nothing was shown before");
    drop(state.update(Action::MarkShown, 0));
    let first = state.tree.rows()[0];
    drop(state.update(Action::SelectRow(first), 0));
    drop(state.update(Action::Show(View::Picture), 0));
    let before = Arc::downgrade(state.graph().unwrap());
    let mut commands = show(&mut state);
    let Some(Command::LetGo(outdated)) = commands.pop() else { panic!("{commands:?}") };
    let observation = outdated.downcast::<Observation>().expect("it is the listing");
    assert!(commands.is_empty(), "{commands:?}");
    assert_eq!(Arc::as_ptr(&observation.graph), before.as_ptr());
    assert_eq!(Arc::strong_count(&observation.graph), 1);
    assert_eq!(Arc::strong_count(observation.graph.inventory()), 1);
}
