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
use fault_proxy::FaultProxy;
use folders::temporary_folders;
use serde_json::json;
use tokio::sync::mpsc::{Receiver, Sender};
use unmoor::message::{Command, Event, Generation};
use unmoor::model::{Endpoint, Graph, Inventory, Reference};
use unmoor::worker::Worker;

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
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let proxy = FaultProxy::start(engine.socket());
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
            assert!(started.elapsed() < Duration::from_mins(1), "{what} was not seen");
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
        let asked = window.proxy.asked();
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

#[test]
fn among_many_images_a_change_is_seen_at_once_and_only_that_is_asked() {
    let count = std::env::var("UNMOOR_IMAGES").ok().map_or(60, |n| n.parse().unwrap());
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        engine.load(&docker_archive(&many(count)));
        let mut window = Window::open(&engine);
        window.until_all_layers();
        let name = |text: &str| Reference::parse(text).unwrap();
        let has = |seen: &Inventory, text: &str| {
            seen.images.seen().iter().any(|image| image.references.contains(&name(text)))
        };
        let full = |text: &str| format!("docker.io/library/{text}");
        let mut report = Vec::new();
        let mut measure =
            |window: &mut Window, what: &str, act: &dyn Fn(), wanted: &dyn Fn(&Inventory) -> bool| {
                // Whatever the change before set off has ended.
                std::thread::sleep(Duration::from_millis(600));
                window.proxy.break_as(|_, _| None);
                act();
                let took = window.until(&format!("{}: {what}", kind.name()), wanted);
                std::thread::sleep(Duration::from_millis(200));
                let asked = window.proxy.asked();
                // On 20.10 the end of a container may be all that is heard of a build, and the classic store tells of
                // a loaded image before all of it is there.
                let once = (kind == Kind::Docker20 && what == "remove a container")
                    || (kind.is_classic() && what == "load an image");
                assert!(lists_of_images(&asked) <= usize::from(once), "{}: {what}: {asked:#?}", kind.name());
                assert!(asked.len() <= 10, "{}: {what}: {asked:#?}", kind.name());
                report.push(format!("{what} {} ms, {} requests", took.as_millis(), asked.len()));
            };
        let (first, second) = (full("many1:1"), full("many1:2"));
        measure(&mut window, "tag", &|| engine.tag(&first, &second), &|seen| has(seen, &second));
        measure(&mut window, "untag", &|| drop(engine.remove_image(&second, false, false)), &|seen| {
            !has(seen, &second)
        });
        let container = std::cell::RefCell::new(String::new());
        measure(
            &mut window,
            "create a container",
            &|| {
                *container.borrow_mut() =
                    engine.create_container("one", &full("many2:1"), json!({ "Cmd": ["x"] }));
            },
            &|seen| seen.containers.seen().len() == 1,
        );
        measure(
            &mut window,
            "remove a container",
            &|| engine.remove_container(&container.borrow()),
            &|seen| seen.containers.seen().is_empty(),
        );
        let third = full("many3:1");
        measure(
            &mut window,
            "remove an image",
            &|| drop(engine.remove_image(&third, false, false)),
            &|seen| !has(seen, &third),
        );
        let loaded = docker_archive(&many(4)[3..]);
        measure(&mut window, "load an image", &|| engine.load(&loaded), &|seen| has(seen, &third));
        eprintln!("{} with {count} images: {}", kind.name(), report.join("; "));
    }
}
