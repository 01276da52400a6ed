//! A link that dies without a word where the engine's news may not be followed, and in the middle of a removal: it is
//! found out, said, and nothing is lost of what was done.

#![cfg(test)]
#![cfg(unix)]

mod driven_worker;
mod engines;
mod fault_proxy;
mod folders;
mod forward;
mod person;

use std::path::PathBuf;
use std::time::Duration;

use driven_worker::Driven;
use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use fault_proxy::{Fault, FaultProxy};
use folders::temporary_folders;
use forward::Forward;
use person::Person;
use serde_json::json;
use unmoor::model::{Endpoint, FailureKind, ImageId};
use unmoor::plan::{Ended, Fate, Judgement, StepAnswer, Way};
use unmoor::registry::Places;
use unmoor::rules::Target;
use unmoor::state::{Action, AppState, Connection, Dialog};

const NAME: &str = "docker.io/library/goes:1";
const LIMIT: Duration = Duration::from_mins(1);

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// An image that a container could be started from; its ID.
fn load(engine: &Engine) -> ImageId {
    let layers = vec![Layer::busybox(engine.kind)];
    engine.load(&docker_archive(&[Image { layers, tags: vec![NAME.to_owned()], ..Image::default() }]));
    ImageId::parse(engine.inspect_image(NAME)["Id"].as_str().unwrap()).unwrap()
}

fn is_lost(state: &AppState) -> bool {
    matches!(state.connection, Connection::Gone { .. })
}

fn is_paused(state: &AppState) -> bool {
    matches!(&state.dialog, Dialog::Running(run) if run.paused.is_some())
}

#[test]
fn where_news_are_forbidden_a_dead_link_is_found_out_too() {
    let engine = engines::lock(Kind::Podman5);
    load(&engine);
    let proxy = FaultProxy::start(engine.socket());
    proxy.break_as(|request, _| request.contains("/events").then_some(Fault::Forbid));
    let forward = Forward::to(&PathBuf::from(proxy.host.trim_start_matches("unix://")));
    let runtime = runtime();
    let (_kept, folders) = temporary_folders();
    let mut person = Person::start(&runtime, Endpoint::Host(forward.host.clone()), folders, |_| {});
    // So often refused that it is asked for again only after a minute.
    let streams = || proxy.asked().iter().filter(|request| request.contains("/events")).count();
    let listed = person.wait(LIMIT * 2, |state| Person::is_up_to_date(state) && streams() >= 8);
    listed.expect("it was listed");
    forward.fall_silent();
    person.wait(LIMIT, is_lost).unwrap_or_else(|| panic!("{:?}", person.state.connection));
    assert!(person.state.blocked().is_some(), "nothing may be removed");
    let Connection::Gone { failure, .. } = &person.state.connection else { panic!("it is lost") };
    assert_eq!(failure.kind, FailureKind::TimedOut, "{failure}");
    engine.tag(NAME, "docker.io/library/goes:2");
    forward.speak();
    let is_back = |state: &AppState| {
        Person::is_up_to_date(state)
            && state.graph().is_some_and(|graph| graph.images()[0].references.len() == 2)
    };
    person.wait(LIMIT, is_back).unwrap_or_else(|| panic!("{:?}", person.state.connection));
    person.leave();
}

#[test]
fn a_link_that_dies_in_the_middle_of_a_removal_leaves_a_lost_step_and_a_whole_journal() {
    for kind in [Kind::Docker28, Kind::Podman5] {
        let engine = engines::lock(kind);
        let goes = load(&engine);
        // It does not hear the signal to stop, so that the answer takes ten seconds.
        let sleeps = json!({ "Cmd": ["/bin/busybox", "sleep", "3600"] });
        engine.start_container(&engine.create_container("sleeps", NAME, sleeps));
        let forward = Forward::to(engine.socket());
        let runtime = runtime();
        let (kept, folders) = temporary_folders();
        let endpoint = Endpoint::Host(forward.host.clone());
        let mut person = Person::start(&runtime, endpoint, folders.clone(), |_| {});
        person.wait(LIMIT, Person::is_up_to_date).expect("it was listed");
        person.act(Action::Review(Target::Image(goes), Way::Ordered));
        person.act(Action::Confirm);
        let asked = || forward.asked_of(engine.socket());
        let is_stop = |request: &String| request.starts_with("POST") && request.contains("/stop");
        person.wait(LIMIT, |_| asked().iter().any(is_stop)).expect("the container is being stopped");
        forward.fall_silent();
        person.wait(LIMIT, is_lost).expect("it is said while the step is waited for");
        person.wait(LIMIT, is_paused).expect("the step is not waited for without end");
        forward.speak();
        person.wait(LIMIT, |state| matches!(state.connection, Connection::Live { .. })).expect("it is back");
        person.act(Action::GoOn);
        person.wait(LIMIT, |state| matches!(state.dialog, Dialog::Ended(_))).expect("it goes on to its end");
        person.wait(LIMIT, Person::is_up_to_date).expect("it is listed again");
        let Dialog::Ended(ended) = &person.state.dialog else { panic!("the outcome is shown") };
        assert_eq!(ended.outcome.ended, Ended::WentOn { step: 0 });
        let answers: Vec<_> = ended.outcome.steps.iter().map(|step| &step.answer).collect();
        assert!(
            matches!(answers[..], [StepAnswer::Lost(_), StepAnswer::Done, StepAnswer::Lines(_)]),
            "{answers:?}"
        );
        assert!(ended.outcome.steps[1..].iter().all(|step| step.judgement == Judgement::AsPredicted));
        assert_eq!(ended.fates.get(&0), Some(&Fate::Done), "by the listing");
        assert_eq!(asked().iter().filter(|request| is_stop(request)).count(), 1, "nothing is sent twice");
        assert_eq!(engine.get(&format!("/images/{NAME}/json")).status, 404);
        person.leave();

        let journal = Driven::with(&engine.host, kept, folders, Places::default()).journal();
        let [run] = &journal.runs[..] else { panic!("{journal:?}") };
        assert!(journal.problems.is_empty() && !run.was_cut_off(), "{journal:?}");
        let done: Vec<_> = run.steps.iter().map(|step| (step.sent.is_some(), step.is_done())).collect();
        assert_eq!(done, [(true, None), (true, Some(true)), (true, Some(true))]);
    }
}
