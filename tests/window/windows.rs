//! Several windows of one program, drawn into one here: what an engine tells reaches its own window only.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use eframe::egui::{Key, Modifiers, ViewportEvent, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use unmoor::app::{Channel, Sent, Taken, Windows};
use unmoor::message::{Command, Endpoint, Event, Generation};
use unmoor::model::{EngineInfo, Inventory};
use unmoor::state::{Language, Settings};
use unmoor::worker::observation;

use crate::engine_choice::{docker, podman};
use crate::stage::now;
use unmoor::engine::sample::Sample;

const ORIGIN: &str = "image e9d3f7300f03";

/// The worker of one window.
#[derive(Clone, Default)]
struct Fake(Arc<Mutex<Talk>>);

#[derive(Default)]
struct Talk {
    commands: Vec<Command>,
    events: VecDeque<Event>,
    finished: bool,
}

impl Channel for Fake {
    fn send(&mut self, command: Command) -> Sent {
        self.0.lock().unwrap().commands.push(command);
        Sent::Taken
    }

    fn take(&mut self) -> Taken {
        self.0.lock().unwrap().events.pop_front().map_or(Taken::Nothing, |e| Taken::Event(Box::new(e)))
    }

    fn finish(self: Box<Self>) {
        self.0.lock().unwrap().finished = true;
    }
}

impl Fake {
    fn asked_for(&self) -> (Generation, Endpoint) {
        let talk = self.0.lock().unwrap();
        let Some(Command::Connect { generation, endpoint }) = talk.commands.first() else {
            panic!("a window connects when it opens: {:?}", talk.commands)
        };
        (*generation, endpoint.clone())
    }

    fn tell(&self, engine: EngineInfo, inventory: Inventory) {
        let (generation, _) = self.asked_for();
        let host = format!("unix:///run/{}.sock", engine.store.word());
        let observation = observation(Arc::new(inventory));
        self.0.lock().unwrap().events.extend([
            Event::Connected { generation, host, engine },
            Event::Observed { generation, observation },
        ]);
    }
}

/// How many things have a name that begins so, in all windows.
fn count(harness: &Harness<'_, Windows>, name: &str) -> usize {
    harness.query_all_by(|node| node.label().is_some_and(|label| label.starts_with(name))).count()
}

#[test]
fn what_one_engine_tells_stays_in_its_own_window() {
    let workers: Arc<Mutex<Vec<Fake>>> = Arc::default();
    let started = Arc::clone(&workers);
    let settings = Settings { language: Language::English, ..Settings::default() };
    let mut harness = Harness::builder().with_size([2000.0, 2000.0]).build_eframe(|cc| {
        let start = move |_wake| {
            let fake = Fake::default();
            started.lock().unwrap().push(fake.clone());
            fake.into()
        };
        Windows::open(&cc.egui_ctx, start, Endpoint::Default, settings)
    });
    harness.run();
    let worker = |at: usize| workers.lock().unwrap()[at].clone();
    worker(0).tell(docker("a"), Sample::new(now()).inventory());
    harness.run();
    assert_eq!(count(&harness, ORIGIN), 1);

    harness.key_press_modifiers(Modifiers::COMMAND, Key::N);
    harness.run();
    assert_eq!(harness.state().count(), 2);
    assert_eq!(worker(1).asked_for().1, Endpoint::Default);
    assert_eq!(count(&harness, ORIGIN), 1, "not in the other window");
    let mut other = Sample::new(now()).inventory();
    other.images.seen_mut().retain(|image| image.id.short() != "e9d3f7300f03");
    worker(1).tell(podman(), other);
    harness.run();
    assert_eq!(count(&harness, "Engine: Docker Engine 28.5.2"), 1);
    assert_eq!(count(&harness, "Engine: Podman Engine 5.8.2"), 1);

    // The system ends with its first window: the other takes its place.
    harness.input_mut().viewports.entry(ViewportId::ROOT).or_default().events.push(ViewportEvent::Close);
    harness.run();
    assert_eq!(harness.state().count(), 1);
    assert_eq!(count(&harness, "Engine: Podman Engine 5.8.2"), 1);
    assert_eq!(count(&harness, ORIGIN), 0);
    assert!(!worker(1).0.lock().unwrap().finished);
    drop(harness);
    assert!(worker(0).0.lock().unwrap().finished && worker(1).0.lock().unwrap().finished);
}
