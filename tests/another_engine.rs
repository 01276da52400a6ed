//! Another engine behind an address of the network, between the look at the former one and a removal, and between two
//! steps of it: the other has the same images under the same names, and is never touched.

#![cfg(test)]
#![cfg(unix)]

mod driven_worker;
mod engines;
mod fault_proxy;
mod folders;
mod forward;
mod gate;
mod in_its_place;
mod person;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use driven_worker::Driven;
use engines::{Engine, Kind};
use fault_proxy::FaultProxy;
use folders::temporary_folders;
use forward::Forward;
use gate::{At, Gate, Hold};
use in_its_place::{LIMIT, NAMES, images, is_paused, is_there, load, runtime};
use person::Person;
use serde_json::json;
use unmoor::archive::{Given, Limits, Restored, Wish, wanted};
use unmoor::journal::{Hindrance, UndoAnswer, undo_plan};
use unmoor::message::{Command, Event, JobId, RunOptions};
use unmoor::model::{Endpoint, ImageId, Inventory, Reference};
use unmoor::plan::{Ended, Outcome, StepAnswer, Way, plan_removal};
use unmoor::rules::{Target, World};
use unmoor::state::{Action, AppState, Dialog};

fn is_removal(request: &str) -> bool {
    request.starts_with("DELETE")
}

/// What is asked of a name or a container right before a step about it.
fn is_check(request: &str) -> bool {
    let of_container =
        request.starts_with("GET /containers/") && !request.starts_with("GET /containers/json");
    request.starts_with("GET /images/docker.io/library/goes") || of_container
}

fn socket_of(host: &str) -> PathBuf {
    PathBuf::from(host.trim_start_matches("unix://"))
}

fn removals(forward: &Forward, socket: &Path) -> usize {
    forward.asked_of(socket).iter().filter(|request| is_removal(request)).count()
}

/// Connected through the forward, with the removal of both names and their image under review.
fn reviewed(
    runtime: &tokio::runtime::Runtime,
    forward: &Forward,
    goes: ImageId,
) -> (Person, tempfile::TempDir) {
    let (kept, folders) = temporary_folders();
    // Either engine's images and none of both.
    let look = |seen: &Inventory| assert!([0, 1, 4].contains(&seen.images.seen().len()), "{seen:?}");
    let mut person = Person::start(runtime, Endpoint::Host(forward.host.clone()), folders, look);
    person.wait(LIMIT, Person::is_up_to_date).expect("it was listed");
    assert_eq!(images(&person.state), 1);
    person.act(Action::Review(Target::Image(goes), Way::Ordered));
    (person, kept)
}

fn outcome(person: &Person) -> Outcome {
    let Dialog::Ended(ended) = &person.state.dialog else { panic!("it has not ended") };
    ended.outcome.clone()
}

/// Each with what the other is told apart by.
fn pairs() -> [(Engine, Engine); 3] {
    let start = Engine::start;
    [
        (start(Kind::Docker28), start(Kind::Docker28)),
        (start(Kind::Docker28), start(Kind::Docker28Containerd)),
        (start(Kind::Podman5), Engine::start_named(Kind::Podman5, "other")),
    ]
}

#[test]
fn a_forward_that_is_laid_to_another_engine_before_the_first_step_ends_the_run_and_shows_the_other() {
    for (first, second) in pairs() {
        let goes = load(&first, 0);
        load(&second, 3);
        let forward = Forward::to(first.socket());
        let runtime = runtime();
        let (mut person, _kept) = reviewed(&runtime, &forward, goes);
        forward.lay(second.socket());
        person.act(Action::Confirm);
        person.wait(LIMIT, |state| matches!(state.dialog, Dialog::Ended(_))).expect("it ends");
        let Outcome { steps, ended } = outcome(&person);
        assert!(steps.is_empty(), "{steps:?}");
        let Ended::NotListed(words) = &ended else { panic!("{ended:?}") };
        assert!(words.contains("another engine answers there now"), "{words}");
        person.act(Action::CloseDialog);
        person
            .wait(LIMIT, |state| Person::is_up_to_date(state) && images(state) == 4)
            .expect("the other is listed");
        assert!(NAMES.iter().all(|name| is_there(&first, name) && is_there(&second, name)));
        person.leave();
    }
}

#[test]
fn a_forward_that_is_laid_to_another_engine_between_two_steps_holds_the_run_until_it_leads_back() {
    for (first, second) in pairs() {
        let goes = load(&first, 0);
        load(&second, 0);
        let gate = Gate::before(&first, Hold { begins: "DELETE".to_owned(), number: 0, at: At::Opened });
        let way = socket_of(&gate.host);
        let forward = Forward::to(&way);
        let runtime = runtime();
        let (mut person, _kept) = reviewed(&runtime, &forward, goes);
        person.act(Action::Confirm);
        gate.wait();
        forward.lay(second.socket());
        gate.open();
        let stands = |state: &AppState| is_paused(state) || matches!(state.dialog, Dialog::Ended(_));
        // A store as quick as this is listed before the second step, over new connections.
        person.wait(LIMIT, stands).expect("the run does not hang");
        assert!(is_paused(&person.state), "{:?}", outcome(&person));
        person.act(Action::GoOn);
        person.wait(LIMIT, stands).expect("it is told again");
        assert!(is_paused(&person.state), "{:?}", outcome(&person));
        forward.lay(&way);
        person.act(Action::GoOn);
        person.wait(LIMIT, |state| matches!(state.dialog, Dialog::Ended(_))).expect("it goes on");
        assert_eq!(outcome(&person).ended, Ended::Completed);
        assert!(!NAMES.iter().any(|name| is_there(&first, name)));
        assert_eq!(removals(&forward, second.socket()), 0);
        assert!(NAMES.iter().all(|name| is_there(&second, name)));
        person.leave();
    }
}

#[test]
fn a_step_and_what_is_asked_before_it_never_go_over_a_connection_whose_other_end_has_not_said_who_it_is() {
    for (first, second) in pairs() {
        let goes = load(&first, 0);
        first.create_container("holds", NAMES[0], json!({ "Cmd": ["x"] }));
        load(&second, 0);
        let forward = Forward::to(first.socket());
        let runtime = runtime();
        let (mut person, _kept) = reviewed(&runtime, &forward, goes);
        // At the very moment at which a removal, or what is asked before it, would connect.
        let (right, wrong) = (first.socket().to_owned(), second.socket().to_owned());
        forward.lay_by(
            move |request| {
                if is_removal(request) || is_check(request) { wrong.clone() } else { right.clone() }
            },
        );
        person.act(Action::Confirm);
        person.wait(LIMIT, |state| matches!(state.dialog, Dialog::Ended(_))).expect("it ends");
        assert_eq!(outcome(&person).ended, Ended::Completed);
        assert_eq!((removals(&forward, first.socket()), removals(&forward, second.socket())), (3, 0));
        let checks = |engine: &Engine| forward.asked_of(engine.socket()).iter().any(|asked| is_check(asked));
        assert_eq!((checks(&first), checks(&second)), (true, false));
        assert!(NAMES.iter().all(|name| !is_there(&first, name) && is_there(&second, name)));
        person.leave();
    }
}

#[test]
fn a_proxy_that_ends_each_connection_with_its_answer_lets_a_removal_through_and_no_other_engine() {
    let (first, second) = (Engine::start(Kind::Docker28), Engine::start(Kind::Docker28));
    let goes = load(&first, 0);
    load(&second, 0);
    let (to_first, to_second) = (FaultProxy::start(first.socket()), FaultProxy::start(second.socket()));
    let socket = |proxy: &FaultProxy| socket_of(&proxy.host);
    let forward = Forward::to(&socket(&to_first));
    let runtime = runtime();
    let (mut person, _kept) = reviewed(&runtime, &forward, goes);
    person.act(Action::Confirm);
    person.wait(LIMIT, |_| removals(&forward, &socket(&to_first)) == 1).expect("the first step is sent");
    forward.lay(&socket(&to_second));
    let stands = |state: &AppState| is_paused(state) || matches!(state.dialog, Dialog::Ended(_));
    person.wait(LIMIT, stands).expect("the run does not hang");
    assert!(is_paused(&person.state), "{:?}", outcome(&person));
    person.act(Action::StopRun);
    person.wait(LIMIT, |state| matches!(state.dialog, Dialog::Ended(_))).expect("it ends");
    let Outcome { steps, ended } = outcome(&person);
    assert!(matches!(ended, Ended::Unasked { step: 1, .. }), "{ended:?}");
    assert!(matches!(steps[..], [ref only] if matches!(only.answer, StepAnswer::Lines(_))), "{steps:?}");
    assert_eq!(removals(&forward, &socket(&to_second)), 0);
    assert!(NAMES.iter().all(|name| is_there(&second, name)));
    person.leave();
}

#[test]
fn an_undo_is_done_over_the_network_and_never_to_another_engine() {
    for (first, second) in pairs() {
        let goes = load(&first, 0);
        load(&second, 0);
        let forward = Forward::to(first.socket());
        let mut window = Driven::open(&forward.host);
        window.until(|event| matches!(event, Event::Connected { .. }).then_some(()));
        let name = Target::Reference(goes, Reference::parse(NAMES[1]).unwrap());
        let world = World::new(window.refreshed());
        let plan = plan_removal(&world, &[name], Way::Ordered, true).unwrap();
        window.start(&plan, RunOptions::default());
        let run = window.ended().1.expect("it is journalled");
        let undo = undo_plan(&run, None, &World::new(window.refreshed()), &|_| None);
        // The other still has the name.
        let (right, wrong) = (first.socket().to_owned(), second.socket().to_owned());
        forward.lay_by(move |request| if is_check(request) { wrong.clone() } else { right.clone() });
        assert_eq!(window.undo(&undo), [UndoAnswer::Done]);
        assert!(is_there(&first, NAMES[1]));

        // Free on both again, and then the other is behind the address.
        for engine in [&first, &second] {
            engine.remove_image(NAMES[1], false, false).ok();
        }
        forward.lay(second.socket());
        let answers = window.undo(&undo);
        let [UndoAnswer::Hindered(Hindrance::Unasked(words))] = &answers[..] else { panic!("{answers:?}") };
        assert!(words.contains("another engine answers there now"), "{words}");
        assert!(!is_there(&second, NAMES[1]));
    }
}

#[test]
fn an_archive_is_not_restored_into_another_engine() {
    let (first, second) = (Engine::start(Kind::Docker28), Engine::start(Kind::Docker28));
    let goes = load(&first, 0);
    let forward = Forward::to(first.socket());
    let mut window = Driven::open(&forward.host);
    window.until(|event| matches!(event, Event::Connected { .. }).then_some(()));
    let graph = window.refreshed();
    let world = World::new(Arc::clone(&graph));
    let plan = plan_removal(&world, &[Target::Image(goes.clone())], Way::Ordered, true).unwrap();
    let (images, at_most) = wanted(&plan, &graph);
    let wish = Wish { images, at_most, limits: Limits::default(), may_drop: Vec::new() };
    window.start(&plan, RunOptions { archive: Some(Box::new(wish)), ..RunOptions::default() });
    assert_eq!(window.ended().0.ended, Ended::Completed);
    let archive = window.archives().newest_of(&goes).expect("it was archived").id.clone();
    let restore = |window: &mut Driven, job| -> Result<Restored, String> {
        let (archive, image) = (archive.clone(), goes.clone());
        window.send(Command::RestoreArchived { job: JobId(job), archive, image });
        window.until(|event| {
            let Event::RestoreEnded { job: of, result } = event else { return None };
            (of.0 == job).then(|| result.clone())
        })
    };
    let given =
        |restored: &Restored| restored.names.iter().filter(|(_, given)| *given == Given::Given).count();
    // All but the question who it is would reach the other, if it connected.
    let (right, wrong) = (first.socket().to_owned(), second.socket().to_owned());
    let is_of_images = |request: &str| request.contains("/images/") && !request.contains("/images/json");
    forward.lay_by(move |request| if is_of_images(request) { wrong.clone() } else { right.clone() });
    let restored = restore(&mut window, 7).unwrap();
    assert_eq!((restored.was_there, given(&restored)), (false, 2));
    first.remove_image(NAMES[1], false, false);
    let restored = restore(&mut window, 8).unwrap();
    assert_eq!((restored.was_there, given(&restored)), (true, 1));
    assert!(NAMES.iter().all(|name| is_there(&first, name)));

    forward.lay(second.socket());
    let words = restore(&mut window, 9).expect_err("it is another engine");
    assert!(words.contains("another engine answers there now"), "{words}");
    assert_eq!(second.images().as_array().map(Vec::len), Some(0));
}
