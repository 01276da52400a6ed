//! The real window without a screen, with the bench in the place of the worker.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use eframe::App as _;
use eframe::egui::{self, Event, Pos2, Rect, Vec2};
use unmoor::app::{App, Channel, Sent, Taken};
use unmoor::message::{self, Command, Endpoint, Generation, Observation};
use unmoor::state::{Grouping, Settings, ThemeChoice};
use unmoor::worker::work_out;

const SIZE: Vec2 = egui::vec2(1280.0, 800.0);

#[derive(Clone, Default)]
struct Fake {
    events: Rc<RefCell<VecDeque<message::Event>>>,
    asked: Rc<RefCell<Generation>>,
}

impl Fake {
    fn tell(&self, event: message::Event) {
        self.events.borrow_mut().push_back(event);
    }
}

impl Channel for Fake {
    fn send(&mut self, command: Command) -> Sent {
        match command {
            Command::Connect { generation, .. } => {
                self.asked.replace(generation);
            }
            Command::WorkOut { task, work } => {
                // In another thread, as always: it does not count.
                let worker = std::thread::Builder::new().spawn(move || work_out(*work));
                let result = worker.unwrap().join().unwrap();
                self.tell(message::Event::WorkedOut { task, result });
            }
            Command::LetGo(_)
            | Command::FindEngines { .. }
            | Command::Refresh { .. }
            | Command::Run { .. }
            | Command::ReadArchives
            | Command::RestoreArchived { .. }
            | Command::DeleteArchive { .. }
            | Command::Undo { .. }
            | Command::ReadJournal
            | Command::FoundCutOff { .. }
            | Command::StopRun { .. }
            | Command::GoOn { .. }
            | Command::Export { .. }
            | Command::LookUp { .. }
            | Command::ListRegistry { .. }
            | Command::ListTags { .. } => {}
        }
        Sent::Taken
    }

    fn take(&mut self) -> Taken {
        let next = self.events.borrow_mut().pop_front();
        next.map_or(Taken::Nothing, |event| Taken::Event(Box::new(event)))
    }
}

pub struct Stage {
    ctx: egui::Context,
    app: App,
    frame: eframe::Frame,
    fake: Fake,
    time: f64,
    /// Whether the last frame asked for another at once.
    pub wants_more: bool,
}

impl Stage {
    /// With this listing shown as that of a live engine, and nothing going on any more.
    pub fn live(observation: Observation, grouping: Grouping) -> Self {
        let ctx = egui::Context::default();
        ctx.enable_accesskit();
        let fake = Fake::default();
        let settings = Settings { theme: ThemeChoice::Light, grouping, ..Settings::default() };
        let app = App::new(&ctx, fake.clone(), Endpoint::Default, settings);
        let frame = eframe::Frame::_new_kittest();
        let mut stage = Self { ctx, app, frame, fake, time: 0.0, wants_more: false };
        let generation = *stage.fake.asked.borrow();
        let engine = observation.graph.inventory().engine.clone();
        let host = "unix:///var/run/docker.sock".to_owned();
        stage.tell(message::Event::Connected { generation, host, engine });
        stage.take_in(observation);
        stage.settle();
        stage
    }

    pub fn tell(&mut self, event: message::Event) {
        self.fake.tell(event);
    }

    pub fn take_in(&mut self, observation: Observation) {
        let generation = *self.fake.asked.borrow();
        self.tell(message::Event::Observed { generation, observation });
    }

    /// Frames until nothing moves any more.
    pub fn settle(&mut self) {
        for _ in 0..60 {
            self.frame(Vec::new());
            if !self.wants_more {
                return;
            }
        }
        panic!("it never settles");
    }

    /// One frame from the input to the triangles, and what it cost.
    pub fn frame(&mut self, events: Vec<Event>) -> Duration {
        self.time += 1.0 / 60.0;
        let input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SIZE)),
            time: Some(self.time),
            focused: true,
            events,
            ..egui::RawInput::default()
        };
        let started = cpu_time();
        let (app, frame) = (&mut self.app, &mut self.frame);
        let output = self.ctx.run_ui(input, |ui| {
            app.logic(ui, frame);
            app.ui(ui, frame);
        });
        let triangles = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let took = cpu_time().saturating_sub(started);
        std::hint::black_box(&triangles);
        let mut textures = output.textures_delta;
        textures.clear();
        self.wants_more = output.viewport_output.values().any(|v| v.repaint_delay.is_zero());
        took
    }

    /// Types into the filter, and leaves it with the keyboard.
    pub fn filter(&mut self, text: &str) {
        self.frame(vec![Self::key(egui::Key::Slash)]);
        self.settle();
        self.frame(vec![Event::Text(text.to_owned())]);
        self.settle();
        self.click(egui::pos2(300.0, 720.0));
        self.settle();
        assert_eq!(self.app.state().tree.filter().text(), text);
    }

    /// The pointer over the middle of the rows.
    pub fn point_at_rows(&mut self) {
        self.frame(vec![Event::PointerMoved(egui::pos2(300.0, 450.0))]);
    }

    pub fn click(&mut self, pos: Pos2) -> Duration {
        let button = |pressed| Event::PointerButton {
            pos,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::NONE,
        };
        self.frame(vec![Event::PointerMoved(pos), button(true)]) + self.frame(vec![button(false)])
    }

    pub fn wheel(points: f32) -> Event {
        Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, points),
            phase: egui::TouchPhase::Move,
            modifiers: egui::Modifiers::NONE,
            source: egui::MouseWheelSource::Unknown,
        }
    }

    pub fn key(key: egui::Key) -> Event {
        Self::key_with(key, egui::Modifiers::NONE)
    }

    pub fn key_with(key: egui::Key, modifiers: egui::Modifiers) -> Event {
        Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }
    }
}

/// What this thread has cost so far. A machine that is busy with something else changes it little, unlike
/// the time on the wall.
#[cfg(unix)]
fn cpu_time() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or_default())
}

#[cfg(not(unix))]
fn cpu_time() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}
