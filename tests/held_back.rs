//! News that do not come though the connection stands, and connections that are dead without a word: both are found
//! out by asking, on every real engine, and without a restart.

#![cfg(test)]
#![cfg(unix)]

mod engines;
mod fault_proxy;
mod folders;
mod person;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Builder;
use std::time::{Duration, Instant};

use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use fault_proxy::{Fault, FaultProxy};
use folders::temporary_folders;
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

/// Passes everything on over TCP until it is stopped; then nothing comes through any more, and nothing is closed.
fn tunnel(engine: &Engine, open: &Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = format!("tcp://{}", listener.local_addr().unwrap());
    let (socket, open) = (engine.socket().to_owned(), Arc::clone(open));
    let spawn = |what: &str, run: Box<dyn FnOnce() + Send>| {
        drop(Builder::new().name(what.to_owned()).spawn(run).unwrap());
    };
    let serve = move || {
        for client in listener.incoming().map_while(Result::ok) {
            let (socket, open) = (socket.clone(), Arc::clone(&open));
            spawn("tunnel", Box::new(move || tunnel_one(client, &socket, &open)));
        }
    };
    spawn("tunnels", Box::new(serve));
    host
}

fn tunnel_one(mut client: TcpStream, socket: &std::path::Path, open: &Arc<AtomicBool>) {
    let wait = |open: &AtomicBool| {
        while !open.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    wait(open);
    let mut engine = UnixStream::connect(socket).unwrap();
    let (mut from, mut to) = (client.try_clone().unwrap(), engine.try_clone().unwrap());
    let is_open = Arc::clone(open);
    let requests = move || {
        let mut part = [0; 4096];
        while let Ok(length @ 1..) = from.read(&mut part) {
            wait(&is_open);
            if to.write_all(&part[..length]).is_err() {
                return;
            }
        }
        wait(&is_open);
        drop(to.shutdown(Shutdown::Both));
    };
    Builder::new().name("tunnel-requests".to_owned()).spawn(requests).unwrap();
    let mut part = [0; 4096];
    while let Ok(length @ 1..) = engine.read(&mut part) {
        wait(open);
        if client.write_all(&part[..length]).is_err() {
            return;
        }
    }
    wait(open);
    drop(client.shutdown(Shutdown::Both));
}

#[test]
fn a_connection_that_is_dead_without_a_word_is_shown_so_within_half_a_minute_and_comes_back() {
    for kind in [Kind::Docker28, Kind::Podman5] {
        let engine = engines::lock(kind);
        load(&engine);
        let open = Arc::new(AtomicBool::new(true));
        let host = tunnel(&engine, &open);
        let runtime = runtime();
        let (_kept, folders) = temporary_folders();
        let mut person = Person::start(&runtime, Endpoint::Host(host), folders, |_| {});
        person.wait(LIMIT, Person::is_up_to_date).expect("it was listed");
        open.store(false, Ordering::Relaxed);
        let closed = Instant::now();
        engine.tag(FIRST, SECOND);
        let is_lost = |state: &AppState| matches!(state.connection, Connection::Gone { .. });
        person.wait(LIMIT, is_lost).unwrap_or_else(|| panic!("{:?}", person.state.connection));
        eprintln!("{}: told after {} ms", kind.name(), closed.elapsed().as_millis());
        assert!(closed.elapsed() < Duration::from_secs(32), "{:?}", closed.elapsed());
        assert!(person.state.blocked().is_some(), "nothing may be removed");
        let Connection::Gone { failure, .. } = &person.state.connection else { panic!("it is lost") };
        assert_eq!(failure.kind, FailureKind::TimedOut, "{failure}");
        open.store(true, Ordering::Relaxed);
        person.wait(LIMIT, |state| Person::is_up_to_date(state) && has_second(state)).expect("it came back");
        person.leave();
    }
}
