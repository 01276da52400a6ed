//! News that do not come though the connection stands, and connections that are dead without a word: both are found
//! out by asking, on every real engine, and without a restart.

#![cfg(test)]
#![cfg(unix)]

mod engines;
mod fault_proxy;
mod folders;
mod forward;
mod person;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use fault_proxy::{Fault, FaultProxy};
use folders::temporary_folders;
use forward::Forward;
use person::Person;
use unmoor::model::{Endpoint, FailureKind, Reference};
use unmoor::state::{AppState, Connection};

const FIRST: &str = "docker.io/library/first:1";
const SECOND: &str = "docker.io/library/second:1";
const LIMIT: Duration = Duration::from_mins(1);

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn load(engine: &Engine) {
    let layers = vec![Layer::filled("one", 700)];
    engine.load(&docker_archive(&[Image { layers, tags: vec![FIRST.to_owned()], ..Image::default() }]));
}

fn has_second(state: &AppState) -> bool {
    state.graph().is_some_and(|graph| graph.find_name(&Reference::parse(SECOND).unwrap()).is_some())
}

#[test]
fn a_change_whose_news_are_held_back_is_seen_and_the_next_ones_come_through() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        load(&engine);
        let proxy = FaultProxy::start(engine.socket());
        let first = AtomicBool::new(true);
        let is_stream = |request: &str| request.contains("/events") && !request.contains("until=");
        proxy.break_as(move |request, _| {
            (is_stream(request) && first.swap(false, Ordering::Relaxed)).then_some(Fault::Hang)
        });
        let runtime = runtime();
        let (_kept, folders) = temporary_folders();
        let mut person = Person::start(&runtime, Endpoint::Host(proxy.host.clone()), folders, |_| {});
        person.wait(LIMIT, Person::is_up_to_date).expect("it was listed");
        engine.tag(FIRST, SECOND);
        let tagged = Instant::now();
        person.wait(LIMIT, has_second).unwrap_or_else(|| panic!("{}: {:#?}", kind.name(), proxy.asked()));
        eprintln!("{}: seen after {} ms", kind.name(), tagged.elapsed().as_millis());
        assert!(!matches!(person.state.connection, Connection::Gone { .. }), "it was there all the time");
        let streams = || proxy.asked().iter().filter(|request| is_stream(request)).count();
        person.wait(LIMIT, |_| streams() == 2).unwrap_or_else(|| panic!("{:#?}", proxy.asked()));
        let lists = |proxy: &FaultProxy| {
            proxy
                .asked()
                .iter()
                .filter(|asked| asked.contains("/images/json?all=1") && !asked.contains("filters"))
                .count()
        };
        person.wait(LIMIT, Person::is_up_to_date).expect("it was listed again");
        let before = lists(&proxy);
        engine.remove_image(SECOND, false, false);
        person.wait(LIMIT, |state| !has_second(state)).expect("the new stream tells");
        assert_eq!(lists(&proxy), before, "{}: {:#?}", kind.name(), proxy.asked());
        person.leave();
    }
}

#[test]
fn a_connection_that_is_dead_without_a_word_is_shown_so_within_half_a_minute_and_comes_back() {
    for kind in [Kind::Docker28, Kind::Podman5] {
        let engine = engines::lock(kind);
        load(&engine);
        let forward = Forward::to(engine.socket());
        let runtime = runtime();
        let (_kept, folders) = temporary_folders();
        let mut person = Person::start(&runtime, Endpoint::Host(forward.host.clone()), folders, |_| {});
        person.wait(LIMIT, Person::is_up_to_date).expect("it was listed");
        forward.fall_silent();
        let closed = Instant::now();
        engine.tag(FIRST, SECOND);
        let is_lost = |state: &AppState| matches!(state.connection, Connection::Gone { .. });
        person.wait(LIMIT, is_lost).unwrap_or_else(|| panic!("{:?}", person.state.connection));
        eprintln!("{}: told after {} ms", kind.name(), closed.elapsed().as_millis());
        assert!(closed.elapsed() < Duration::from_secs(32), "{:?}", closed.elapsed());
        assert!(person.state.blocked().is_some(), "nothing may be removed");
        let Connection::Gone { failure, .. } = &person.state.connection else { panic!("it is lost") };
        assert_eq!(failure.kind, FailureKind::TimedOut, "{failure}");
        forward.speak();
        person.wait(LIMIT, |state| Person::is_up_to_date(state) && has_second(state)).expect("it came back");
        person.leave();
    }
}
