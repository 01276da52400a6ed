//! What is kept from one start to the next: the last listing is shown as what it is until the engine answers, and
//! no layer is asked for twice.

#![cfg(test)]

mod churn;
mod engines;
mod fault_proxy;
mod folders;
mod person;

use std::time::Duration;

use churn::{difference, fresh};
use engines::Kind;
use engines::archive::{Image, Layer, docker_archive};
use fault_proxy::{Fault, FaultProxy};
use folders::temporary_folders;
use person::Person;
use unmoor::model::Endpoint;
use unmoor::state::{Action, Blocked, Connection, Dialog};

const LIMIT: Duration = Duration::from_mins(1);

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn two_images(engine: &engines::Engine) {
    let image = |name: &str| Image {
        layers: vec![Layer::filled("base", 700), Layer::filled(name, 900)],
        tags: vec![format!("docker.io/library/{name}:1")],
        ..Image::default()
    };
    engine.load(&docker_archive(&[image("one"), image("two")]));
}

#[test]
fn a_second_start_shows_the_last_listing_at_once_and_asks_for_no_layer_again() {
    let runtime = runtime();
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        two_images(&engine);
        let proxy = FaultProxy::start(engine.socket());
        let endpoint = Endpoint::Host(proxy.host.clone());
        let (_kept, folders) = temporary_folders();
        let mut first = Person::start(&runtime, endpoint.clone(), folders.clone(), |_| {});
        first.wait(LIMIT, Person::is_up_to_date).expect("it was listed");
        first.leave();

        // The engine does not answer yet.
        proxy.break_as(|_, _| Some(Fault::Refuse));
        let mut second = Person::start(&runtime, endpoint, folders, |_| {});
        second
            .wait(LIMIT, |state| matches!(state.connection, Connection::Gone { .. }))
            .expect("it was missed");
        let state = &second.state;
        let graph = state.graph().expect("what was there is shown");
        assert!(difference(&fresh(&engine), graph.inventory()).is_none(), "{}", kind.name());
        assert!(graph.images_with_unread_layers().is_empty(), "{}", kind.name());
        assert!(state.listing.is_past() && state.listing.remembered.is_some());
        assert!(state.blocked().is_some(), "nothing can be removed");
        let image = graph.images()[0].id.clone();
        second.act(Action::Review(unmoor::rules::Target::Image(image), unmoor::plan::Way::Ordered));
        second.act(Action::Confirm);
        assert!(!second.state.is_running() && !matches!(second.state.dialog, Dialog::Running(_)));
        second.act(Action::CloseDialog);
        second.wait(LIMIT, |state| state.listing.again_at.is_some()).expect("it says that it tries again");

        proxy.break_as(|_, _| None);
        second.wait(LIMIT, Person::is_up_to_date).expect("it was found by itself");
        assert_eq!(second.state.listing.remembered, None);
        let asked = proxy.asked();
        let layers: Vec<_> = asked.iter().filter(|asked| asked.contains("/history")).collect();
        assert!(layers.is_empty(), "{}: {asked:#?}", kind.name());
        second.leave();
    }
}

#[test]
fn another_engine_at_the_same_address_is_not_shown_as_the_former_one() {
    let runtime = runtime();
    let (one, other) = (engines::lock(Kind::Docker28), engines::lock(Kind::Docker28Containerd));
    two_images(&one);
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let endpoint = Endpoint::Host(format!("unix://{}", socket.display()));
    let (_kept, folders) = temporary_folders();
    std::os::unix::fs::symlink(one.socket(), &socket).unwrap();
    let mut first = Person::start(&runtime, endpoint.clone(), folders.clone(), |_| {});
    first.wait(LIMIT, Person::is_up_to_date).expect("it was listed");
    first.leave();

    std::fs::remove_file(&socket).unwrap();
    std::os::unix::fs::symlink(other.socket(), &socket).unwrap();
    let mut second = Person::start(&runtime, endpoint, folders, |_| {});
    let shown = second.wait(LIMIT, |state| {
        if let (Connection::Live { engine, .. }, Some(graph)) = (&state.connection, state.graph()) {
            assert_eq!(graph.inventory().engine, *engine, "rows of one engine under the name of another");
        }
        Person::is_up_to_date(state)
    });
    shown.expect("it was listed");
    assert_eq!(second.state.graph().unwrap().images().len(), 0);
    second.leave();
}

#[test]
fn a_cache_that_is_broken_is_as_if_there_were_none() {
    let runtime = runtime();
    let engine = engines::lock(Kind::Docker28);
    two_images(&engine);
    let endpoint = Endpoint::Host(engine.host.clone());
    let (_kept, folders) = temporary_folders();
    let mut first = Person::start(&runtime, endpoint.clone(), folders.clone(), |_| {});
    first.wait(LIMIT, Person::is_up_to_date).expect("it was listed");
    first.leave();
    let cache = folders.cache.clone().unwrap();
    let mut broken = 0;
    for folder in ["layers", "listings"] {
        for entry in std::fs::read_dir(cache.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let mut bytes = std::fs::read(&path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x55;
            std::fs::write(&path, bytes).unwrap();
            broken += 1;
        }
    }
    assert_eq!(broken, 2);
    let mut second = Person::start(&runtime, endpoint, folders, |_| {});
    second
        .wait(LIMIT, |state| {
            assert!(!matches!(state.blocked(), Some(Blocked::Remembered(_))), "it was broken");
            Person::is_up_to_date(state)
        })
        .expect("it was listed");
    second.leave();
}
