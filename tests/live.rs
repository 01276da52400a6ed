//! The tree follows what another client does, on every real engine: soon, without listing everything, and
//! never to anything else than a new listing would show.

#![cfg(test)]

mod churn;
mod engines;
mod fault_proxy;
mod folders;

use std::sync::Arc;
use std::time::{Duration, Instant};

use churn::{Churn, difference, fresh};
use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use fault_proxy::{Fault, FaultProxy};
use folders::temporary_folders;
use serde_json::json;
use tokio::sync::mpsc::{Receiver, Sender};
use unmoor::message::{Command, Event, Generation};
use unmoor::model::{Endpoint, Graph, Inventory, Reference};
use unmoor::worker::Worker;

/// Within this a person takes a change for immediate.
const SOON: Duration = Duration::from_millis(200);

/// A worker that watches one engine through a proxy that counts what it asks.
struct Window {
    proxy: FaultProxy,
    events: Receiver<Event>,
    last: Option<Arc<Graph>>,
    _commands: Sender<Command>,
    _folders: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

impl Window {
    fn open(engine: &Engine) -> Self {
        Self::behind(FaultProxy::start(engine.socket()))
    }

    fn behind(proxy: FaultProxy) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (kept, folders) = temporary_folders();
        let (commands, events) = Worker::start(Arc::new(|| ()), runtime.handle(), folders);
        let endpoint = Endpoint::Host(proxy.host.clone());
        commands.try_send(Command::Connect { generation: Generation(1), endpoint }).unwrap();
        Self { proxy, events, last: None, _commands: commands, _folders: kept, _runtime: runtime }
    }

    /// Takes in what came until what is shown is as wanted; returns how long that took.
    #[track_caller]
    fn until(&mut self, what: &str, mut wanted: impl FnMut(&Inventory) -> bool) -> Duration {
        let started = Instant::now();
        loop {
            if self.last.as_ref().is_some_and(|graph| wanted(graph.inventory())) {
                return started.elapsed();
            }
            match self.events.try_recv() {
                Ok(Event::Observed { observation, .. }) => self.last = Some(observation.graph),
                Ok(Event::ListingFailed { failure, .. } | Event::EngineGone { failure, .. }) => {
                    panic!("{what}: {failure}")
                }
                Ok(_) => {}
                Err(_) => std::thread::sleep(Duration::from_millis(2)),
            }
            assert!(started.elapsed() < Duration::from_mins(5), "{what} was not seen");
        }
    }

    fn until_all_layers(&mut self) {
        self.until("every layer", |seen| {
            seen.images.seen().iter().all(|image| image.layers.known().is_some())
        });
    }
}

fn lists_of_images(asked: &[String]) -> usize {
    asked.iter().filter(|request| request.contains("/images/json") && !request.contains("filters")).count()
}

fn seeds() -> (u64, usize) {
    let number = |name: &str, default| std::env::var(name).ok().map_or(default, |n| n.parse().unwrap());
    (number("UNMOOR_SEED", 1), usize::try_from(number("UNMOOR_ACTIONS", 25)).unwrap())
}

#[test]
fn whatever_another_client_does_the_tree_becomes_what_a_new_listing_shows() {
    let (seed, actions) = seeds();
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        let mut churn = Churn::new(&engine, seed);
        churn.begin();
        let mut window = Window::open(&engine);
        window.until_all_layers();
        for number in 0..actions {
            let did = churn.act();
            let what = format!("{}, seed {seed}, action {number}: {did}", kind.name());
            let started = Instant::now();
            // Not equal at once: the engine may still be at it.
            loop {
                let expected = fresh(&engine);
                let mut apart = None;
                let settle = Instant::now();
                while settle.elapsed() < Duration::from_secs(2) {
                    while let Ok(event) = window.events.try_recv() {
                        if let Event::Observed { observation, .. } = event {
                            window.last = Some(observation.graph);
                        }
                    }
                    apart = window.last.as_ref().and_then(|seen| difference(&expected, seen.inventory()));
                    if apart.is_none() {
                        break;
                    }
                    std::thread::sleep(Duration::from_millis(10));
                }
                let Some(apart) = apart else { break };
                assert!(
                    started.elapsed() < Duration::from_secs(20),
                    "{what}\nasked: {:#?}\n{apart}",
                    window.proxy.asked()
                );
            }
        }
        let asked = window.proxy.asked_for_changes();
        eprintln!(
            "{}: {} requests, {} lists of images, for {actions} actions",
            kind.name(),
            asked.len(),
            lists_of_images(&asked)
        );
        assert!(lists_of_images(&asked) <= actions / 2, "{}: {asked:#?}", kind.name());
    }
}

/// `count` images that share a layer, each with a name, quick to load everywhere.
fn many(count: usize) -> Vec<Image> {
    let shared = Layer::filled("shared", 2_000);
    (0..count)
        .map(|number| Image {
            layers: vec![shared.clone(), Layer::filled(&format!("own {number}"), 600)],
            tags: vec![format!("docker.io/library/many{number}:1")],
            ..Image::default()
        })
        .collect()
}

/// How long changes took to be seen, and what was asked for them.
#[derive(Default)]
struct Measured {
    took: Vec<Duration>,
    /// Of that, how long after the engine told of it.
    told: Vec<Duration>,
    requests: usize,
}

/// Does something on an engine, and waits until the window shows it.
struct Rounds<'e> {
    engine: &'e Engine,
    window: Window,
    measured: Vec<(&'static str, Measured)>,
}

impl Rounds<'_> {
    fn measure(&mut self, what: &'static str, act: impl FnOnce(), wanted: impl Fn(&Inventory) -> bool) {
        let Self { engine, window, measured } = self;
        let kind = engine.kind;
        // Whatever the change before set off has ended: a second after a load, a classic store is listed.
        std::thread::sleep(Duration::from_millis(if measured.is_empty() { 600 } else { 1_500 }));
        window.proxy.break_as(|_, _| None);
        act();
        let took = window.until(&format!("{}: {what}", kind.name()), wanted);
        let told = window.proxy.first_news().map(|then| then.elapsed());
        std::thread::sleep(Duration::from_millis(200));
        let asked = window.proxy.asked_for_changes();
        // On 20.10 the end of a container may be all that is heard of a build, and the classic store tells of
        // a loaded image before all of it is there.
        let once = (kind == Kind::Docker20 && what == "remove a container")
            || (kind.is_classic() && what == "load an image");
        assert!(lists_of_images(&asked) <= usize::from(once), "{}: {what}: {asked:#?}", kind.name());
        assert!(asked.len() <= 10, "{}: {what}: {asked:#?}", kind.name());
        if measured.iter().all(|(other, _)| *other != what) {
            measured.push((what, Measured::default()));
        }
        let (_, all) = measured.iter_mut().find(|(other, _)| *other == what).unwrap();
        all.took.push(took);
        all.told.push(told.expect("the engine told of it"));
        all.requests = all.requests.max(asked.len());
    }

    fn once(&mut self) {
        let engine = self.engine;
        let name = |text: &str| Reference::parse(text).unwrap();
        let has = |seen: &Inventory, text: &str| {
            seen.images.seen().iter().any(|image| image.references.contains(&name(text)))
        };
        let full = |text: &str| format!("docker.io/library/{text}");
        let (first, second, third) = (full("many1:1"), full("many1:2"), full("many3:1"));
        self.measure("tag", || engine.tag(&first, &second), |seen| has(seen, &second));
        let untag = || drop(engine.remove_image(&second, false, false));
        self.measure("untag", untag, |seen| !has(seen, &second));
        let mut container = String::new();
        let create = || container = engine.create_container("one", &full("many2:1"), json!({ "Cmd": ["x"] }));
        self.measure("create a container", create, |seen| seen.containers.seen().len() == 1);
        let remove = || engine.remove_container(&container);
        self.measure("remove a container", remove, |seen| seen.containers.seen().is_empty());
        let remove = || drop(engine.remove_image(&third, false, false));
        self.measure("remove an image", remove, |seen| !has(seen, &third));
        let loaded = docker_archive(&many(4)[3..]);
        self.measure("load an image", || engine.load(&loaded), |seen| has(seen, &third));
    }
}

/// `UNMOOR_IMAGES=1000 UNMOOR_ROUNDS=20` in a release build is what the README tells of; `UNMOOR_ENGINE=podman-5` asks
/// one engine alone.
#[test]
fn among_many_images_a_change_is_seen_at_once_and_only_that_is_asked() {
    let number = |name: &str, default| std::env::var(name).ok().map_or(default, |n| n.parse().unwrap());
    let (count, rounds) = (number("UNMOOR_IMAGES", 60), number("UNMOOR_ROUNDS", 1));
    let only = std::env::var("UNMOOR_ENGINE").ok();
    let is_asked = |kind: &Kind| only.as_ref().is_none_or(|name| kind.name() == name);
    let kinds: Vec<_> = Kind::ALL.into_iter().filter(is_asked).collect();
    assert!(!kinds.is_empty(), "no engine is called {only:?}");
    for kind in kinds {
        let engine = engines::lock(kind);
        // Podman takes minutes for all of them at once.
        for some in many(count).chunks(100) {
            engine.load(&docker_archive(some));
        }
        let mut window = Window::open(&engine);
        window.until_all_layers();
        let mut all = Rounds { engine: &engine, window, measured: Vec::new() };
        for _ in 0..rounds {
            all.once();
        }
        let mut late = Vec::new();
        for (what, Measured { mut took, mut told, requests }) in all.measured {
            took.sort();
            told.sort();
            let middle = took.len() / 2;
            eprintln!(
                "{} with {count} images: {what}: {} ms in the median, {} ms at worst of {} ({} and {} ms after \
                 the engine told), {requests} requests",
                kind.name(),
                took[middle].as_millis(),
                took[took.len() - 1].as_millis(),
                took.len(),
                told[middle].as_millis(),
                told[told.len() - 1].as_millis()
            );
            // Podman looks four times a second whether it has something to tell. What is not optimized tells
            // nothing of how long it takes, and a machine that does other things is late now and then.
            let usual = if kind.is_podman() { told[middle] } else { took[middle] };
            if usual > SOON {
                late.push(format!("{}: {what} took {usual:?}", kind.name()));
            }
        }
        assert!(cfg!(debug_assertions) || late.is_empty(), "{late:?}");
    }
}

#[test]
fn a_name_that_was_moved_and_taken_away_again_is_missed_where_it_was() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        engine.load(&docker_archive(&many(2)));
        let (first, second) = ("docker.io/library/many0:1", "docker.io/library/many1:1");
        let proxy = FaultProxy::start(engine.socket());
        // Both are done before either is heard of.
        proxy.break_as(|request, _| request.contains("/events").then_some(Fault::Delay));
        let mut window = Window::behind(proxy);
        window.until_all_layers();
        engine.tag(second, first);
        engine.remove_image(first, false, false);
        let name = Reference::parse(first).unwrap();
        window.until(&format!("{}: that nothing has the name", kind.name()), |seen| {
            let named = |image: &Arc<unmoor::model::Image>| image.references.contains(&name);
            seen.images.seen().len() == 2 && !seen.images.seen().iter().any(named)
        });
    }
}
