//! The window's frame: takes in what the worker reports, paints, and then does what was asked for.
//! It decides nothing by itself.

mod display;
mod link;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use eframe::egui::{self, ViewportCommand};

use crate::message::{Command, Endpoint};
use crate::state::{Action, AppState, Language, Settings, ThemeChoice};
use crate::ui::{Window, theme};

pub use display::WindowError;
pub use link::{Channel, Link, Sent, Taken};

/// More than this many events and the rest waits for the next frame, so that the window stays quick.
const EVENTS_PER_FRAME: usize = 256;
const SIZE: [f32; 2] = [1280.0, 800.0];
const SMALLEST: [f32; 2] = [720.0, 480.0];

/// Opens the window and stays until it is closed. `start` gets a closure that wakes the window from any
/// thread, and returns the way to the worker.
pub fn run(
    start: impl FnOnce(Arc<dyn Fn() + Send + Sync>) -> Link + 'static,
    endpoint: Endpoint,
) -> Result<(), WindowError> {
    let display = display::find()?;
    let options = eframe::NativeOptions {
        event_loop_builder: event_loop(display),
        viewport: egui::ViewportBuilder::default()
            .with_title("Unmoor")
            .with_app_id("unmoor")
            .with_inner_size(SIZE)
            .with_min_inner_size(SMALLEST),
        ..eframe::NativeOptions::default()
    };
    let locale = sys_locale::get_locale().unwrap_or_default();
    let settings = Settings { language: Language::for_locale(&locale), ..Settings::default() };
    let opened = Arc::new(AtomicBool::new(false));
    let is_open = Arc::clone(&opened);
    display::open(&opened, move || {
        eframe::run_native(
            "Unmoor",
            options,
            Box::new(move |cc| {
                is_open.store(true, Ordering::Release);
                let ctx = cc.egui_ctx.clone();
                let link = start(Arc::new(move || ctx.request_repaint()));
                Ok(Box::new(App::new(&cc.egui_ctx, link, endpoint, settings)))
            }),
        )
    })
}

#[cfg(target_os = "linux")]
fn event_loop(display: display::Display) -> Option<eframe::EventLoopBuilderHook> {
    use winit::platform::x11::EventLoopBuilderExtX11 as _;
    (display == display::Display::X11).then(|| {
        let hook: eframe::EventLoopBuilderHook = Box::new(|builder| {
            builder.with_x11();
        });
        hook
    })
}

#[cfg(not(target_os = "linux"))]
fn event_loop(_: display::Display) -> Option<eframe::EventLoopBuilderHook> {
    None
}

/// The program with a window.
#[derive(Debug)]
pub struct App {
    state: AppState,
    window: Window,
    /// `None` only while it is being dropped.
    link: Option<Link>,
    /// Commands that the worker had no room for yet.
    unsent: VecDeque<Command>,
    theme: ThemeChoice,
}

impl App {
    pub fn new(ctx: &egui::Context, link: impl Into<Link>, endpoint: Endpoint, settings: Settings) -> Self {
        theme::install(ctx);
        theme::choose(ctx, settings.theme);
        let (state, commands) = AppState::start(endpoint, settings);
        let mut app = Self {
            state,
            window: Window::default(),
            link: Some(link.into()),
            unsent: commands.into(),
            theme: settings.theme,
        };
        app.flush();
        app
    }

    pub fn state(&self) -> &AppState {
        &self.state
    }

    fn act(&mut self, action: Action) {
        let commands = self.state.update(action, now());
        self.unsent.extend(commands);
    }

    fn take_events(&mut self, ctx: &egui::Context) {
        for _ in 0..EVENTS_PER_FRAME {
            match self.link.as_mut().map_or(Taken::Closed, Link::take) {
                Taken::Event(event) => {
                    let commands = self.state.receive(*event, now());
                    self.unsent.extend(commands);
                }
                Taken::Nothing => return,
                Taken::Closed => return self.act(Action::WorkerLost),
            }
        }
        ctx.request_repaint();
    }

    fn flush(&mut self) {
        while let Some(command) = self.unsent.pop_front() {
            match self.link.as_mut().map_or(Sent::Closed, |link| link.send(command)) {
                Sent::Taken => {}
                Sent::Full(command) => return self.unsent.push_front(*command),
                Sent::Closed => {
                    self.unsent.clear();
                    return self.act(Action::WorkerLost);
                }
            }
        }
    }

    /// A run is never left behind unseen: the window stays until it ends.
    fn close_after_run(&mut self, ctx: &egui::Context) {
        if ctx.input(|i| i.viewport().close_requested()) && self.state.is_running() {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.act(Action::CloseWindow);
        } else if self.state.closing && !self.state.is_running() {
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.take_events(ctx);
        self.flush();
        self.close_after_run(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let actions = self.window.ui(ui, &self.state, now());
        if actions.is_empty() {
            return;
        }
        for action in actions {
            self.act(action);
        }
        self.flush();
        if self.theme != self.state.settings.theme {
            self.theme = self.state.settings.theme;
            theme::choose(ui, self.theme);
        }
        ui.request_repaint();
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if let Some(link) = self.link.take() {
            link.finish();
        }
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
