//! A name that an image was given and lost again before anybody could look: what had it before has lost it, and
//! no engine says so.

#![cfg(test)]
#![cfg(unix)]

mod churn;
mod engines;
mod folders;
mod gate;
mod person;

use std::time::Duration;

use churn::{difference, fresh};
use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use folders::temporary_folders;
use gate::{At, Gate, Hold};
use person::Person;
use unmoor::model::Endpoint;

const MOVED: &str = "docker.io/library/moved:1";
const OWN: [&str; 2] = ["docker.io/library/first:1", "docker.io/library/second:1"];
const LIMIT: Duration = Duration::from_mins(1);

fn load(engine: &Engine, own: &str) {
    let image = Image {
        layers: vec![Layer::filled(own, 700)],
        tags: vec![own.to_owned(), MOVED.to_owned()],
        ..Image::default()
    };
    engine.load(&docker_archive(&[image]));
}

/// How the program asks for one image first.
fn look(kind: Kind) -> &'static str {
    if kind.is_podman() { "GET /images/json?all=1&filters=" } else { "GET /images/sha256:" }
}

#[test]
fn a_name_that_was_loaded_and_taken_away_at_once_is_nobodys() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        load(&engine, OWN[0]);
        // The layers of the first are read by the same path.
        let number = if kind.is_podman() { 0 } else { 2 };
        let gate = Gate::before(&engine, Hold { begins: look(kind).to_owned(), number, at: At::Opened });
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (_kept, folders) = temporary_folders();
        let mut person = Person::start(&runtime, Endpoint::Host(gate.host.clone()), folders, |_| {});
        person.wait(LIMIT, Person::is_up_to_date).expect("it was listed");
        load(&engine, OWN[1]);
        gate.wait();
        engine.remove_image(MOVED, false, false);
        gate.open();
        let expected = fresh(&engine);
        let same = person.wait(Duration::from_secs(30), |state| {
            state.graph().is_some_and(|graph| difference(&expected, graph.inventory()).is_none())
        });
        let shown = || difference(&expected, person.state.graph().unwrap().inventory());
        assert!(same.is_some(), "{}: {:?}", kind.name(), shown());
        person.leave();
    }
}
