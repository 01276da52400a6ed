//! What stands between the program and its engine forbids every change; and another engine takes the socket while
//! the former one goes on: nothing untrue is shown, and nothing is done to an engine that it was not planned for.

#![cfg(test)]
#![cfg(unix)]

mod engines;
mod fault_proxy;
mod folders;
mod in_its_place;
mod person;

use engines::{Engine, Kind};
use fault_proxy::{FORBIDDEN, Fault, FaultProxy};
use folders::temporary_folders;
use in_its_place::{LIMIT, NAMES, images, is_paused, is_there, load, runtime};
use person::Person;
use serde_json::json;
use unmoor::model::Endpoint;
use unmoor::plan::{Ended, StepAnswer, Way};
use unmoor::rules::Target;
use unmoor::state::{Action, Dialog};

#[test]
fn changes_that_are_forbidden_are_told_as_such_and_nothing_is_taken_for_done() {
    for kind in [Kind::Docker28, Kind::Podman5] {
        let engine = engines::lock(kind);
        let goes = load(&engine, 1);
        engine.create_container("holds", NAMES[0], json!({ "Cmd": ["x"] }));
        let proxy = FaultProxy::start(engine.socket());
        proxy.break_as(|request, _| (!request.starts_with("GET")).then_some(Fault::Forbid));
        let runtime = runtime();
        let (_kept, folders) = temporary_folders();
        let mut person = Person::start(&runtime, Endpoint::Host(proxy.host.clone()), folders, |_| {});
        person.wait(LIMIT, Person::is_up_to_date).expect("lists go through");
        person.act(Action::Review(Target::Image(goes), Way::Ordered));
        person.act(Action::Confirm);
        person.wait(LIMIT, is_paused).expect("it pauses at the first answer that is none of those predicted");
        person.act(Action::StopRun);
        person.wait(LIMIT, |state| matches!(state.dialog, Dialog::Ended(_))).expect("it ends");
        person.wait(LIMIT, Person::is_up_to_date).expect("it is listed again");
        let Dialog::Ended(ended) = &person.state.dialog else { panic!("the outcome is shown") };
        let answers: Vec<_> = ended.outcome.steps.iter().map(|step| &step.answer).collect();
        assert_eq!(answers, [&StepAnswer::Refused { status: 403, message: FORBIDDEN.to_owned() }]);
        assert_eq!(ended.outcome.ended, Ended::Unexpected { step: 0 });
        assert_eq!(ended.totals.done, 0, "{:?}", ended.totals);
        let changes: Vec<_> = proxy.asked().into_iter().filter(|asked| !asked.starts_with("GET")).collect();
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert!(NAMES.iter().all(|name| is_there(&engine, name)));
        let seen = person.state.graph().unwrap();
        assert_eq!((seen.images().len(), seen.inventory().containers.seen().len()), (2, 1));
        person.leave();
    }
}

/// A socket that leads to one engine or, through the link that it is, to another; connections that are open stay so.
fn point(link: &std::path::Path, to: &Engine) {
    let new = link.with_extension("new");
    std::os::unix::fs::symlink(to.socket(), &new).unwrap();
    std::fs::rename(&new, link).unwrap();
}

#[test]
fn another_engine_at_the_same_socket_is_never_mixed_up_with_the_former_one() {
    for (kind, other) in [(Kind::Docker28, Kind::Docker28Containerd), (Kind::Docker28, Kind::Docker28)] {
        let (first, second) = (Engine::start(kind), Engine::start(other));
        let goes = load(&first, 0);
        load(&second, 3);
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("engine.sock");
        point(&link, &first);
        let runtime = runtime();
        let (_kept, folders) = temporary_folders();
        // Either engine's images and none of both.
        let look =
            |seen: &unmoor::model::Inventory| assert!([1, 4].contains(&seen.images.seen().len()), "{seen:?}");
        let endpoint = Endpoint::Host(format!("unix://{}", link.display()));
        let mut person = Person::start(&runtime, endpoint, folders, look);
        person.wait(LIMIT, Person::is_up_to_date).expect("it was listed");
        assert_eq!(images(&person.state), 1);
        person.act(Action::ToggleMarkOf(Target::Image(goes.clone())));
        assert_eq!(person.state.marks.targets().len(), 1);
        person.act(Action::Review(Target::Image(goes), Way::Ordered));
        // The other has the same image under the same names, and the plan is not for that.
        point(&link, &second);
        person.act(Action::Confirm);
        person.wait(LIMIT, |state| !state.is_running()).expect("it ends");
        if let Dialog::Ended(ended) = &person.state.dialog {
            assert!(ended.outcome.steps.is_empty(), "{:?}", ended.outcome);
        }
        person
            .wait(LIMIT, |state| Person::is_up_to_date(state) && images(state) == 4)
            .expect("the other is listed");
        assert!(NAMES.iter().all(|name| is_there(&first, name) && is_there(&second, name)));
        assert_eq!(person.state.marks.targets().len(), 0, "what is marked is of the former");
        point(&link, &first);
        person
            .wait(LIMIT, |state| Person::is_up_to_date(state) && images(state) == 1)
            .expect("the first is back");
        assert_eq!(person.state.marks.targets().len(), 1, "its marks are kept");
        person.leave();
    }
}
