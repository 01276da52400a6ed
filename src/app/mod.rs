//! The window's frame: takes in what the worker reports, paints, and then does what was asked for.
//! It decides nothing by itself.

mod beside;
#[cfg(windows)]
mod console;
mod desk;
mod display;
mod link;
mod motion;
mod open;
mod placement;
#[cfg(target_os = "linux")]
mod portal;
mod settings_file;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use eframe::egui::{self, ViewportCommand};

use crate::files;
use crate::message::{Command, Endpoint};
use crate::state::{Action, AppState, Exporting, Placement, Settings, ThemeChoice};
use crate::ui::{Window, text, theme, title};

pub use beside::Beside;
use desk::{Chosen, Desk, Look, Unopened};
pub use display::WindowError;
pub use link::{Channel, Link, Sent, Taken};
pub use open::{run, settings};
pub use settings_file::{News, SettingsFile};

/// More than this many events and the rest waits for the next frame, so that the window stays quick.
const EVENTS_PER_FRAME: usize = 256;
/// Until there is an engine to name.
const TITLE: &str = "Unmoor";

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
    /// Of the window, as it was set last.
    title: String,
    /// Whether the system asked for less motion when the window opened.
    calm: bool,
    /// Whether nothing moves, as it was applied last.
    still: bool,
    settings_file: Option<SettingsFile>,
    desk: Desk,
    /// Seconds since 1970.
    clock: fn() -> i64,
}

impl App {
    pub fn new(ctx: &egui::Context, link: impl Into<Link>, endpoint: Endpoint, settings: Settings) -> Self {
        theme::install(ctx);
        theme::choose(ctx, settings.theme);
        let (state, commands) = AppState::start(endpoint, settings);
        let still = state.settings.motion.is_reduced(false);
        theme::move_things(ctx, still);
        let mut app = Self {
            theme: state.settings.theme,
            title: TITLE.to_owned(),
            calm: false,
            still,
            state,
            window: Window::default(),
            link: Some(link.into()),
            unsent: commands.into(),
            settings_file: None,
            desk: Desk::new(false),
            clock: now,
        };
        app.flush();
        app
    }

    /// Tells the time by another clock than the system's; it answers in seconds since 1970.
    #[must_use]
    pub fn with_clock(mut self, clock: fn() -> i64) -> Self {
        self.clock = clock;
        self
    }

    /// Keeps the settings in a file from now on. `broken` is why it could not be read: it stays as it is
    /// until a setting changes.
    pub fn keep_settings_in(&mut self, place: PathBuf, broken: Option<String>, ctx: &egui::Context) {
        let path = place.display().to_string();
        if let Some(words) = broken {
            self.act(Action::SettingsUnread(path.clone(), words));
        }
        let ctx = ctx.clone();
        match SettingsFile::start(place, self.state.settings.clone(), move || ctx.request_repaint()) {
            Ok(file) => self.settings_file = Some(file),
            Err(error) => self.act(Action::SettingsUnsaved(path, error.to_string())),
        }
    }

    /// Takes to heart that the system asks for less motion.
    pub fn keep_calm(&mut self, calm: bool, ctx: &egui::Context) {
        self.calm = calm;
        self.follow_motion(ctx);
    }

    /// Asks the system for its dialogs from now on, where it has any.
    pub fn use_native_dialogs(&mut self) {
        self.desk = Desk::new(true);
    }

    /// What is wanted of the system.
    fn serve_desk(&mut self, ctx: &egui::Context, frame: &eframe::Frame) {
        if let Exporting::Choosing { name, .. } = &self.state.exporting {
            let title = text::tr!("export.place");
            match self.desk.choose(|| display::window_of(frame), &title, name, ctx) {
                Some(Chosen::Place(path)) => self.act(Action::ExportTo(path, true)),
                Some(Chosen::Cancelled) => self.act(Action::CloseExport),
                Some(Chosen::NoDialog) => self.act(Action::TypeExportPath(files::home())),
                None => {}
            }
        }
        if let Exporting::Ready(text) = &self.state.exporting {
            ctx.copy_text(text.clone());
            self.act(Action::ExportCopied);
        }
        match self.desk.failure() {
            Some(Unopened::File(words)) => self.act(Action::ExportUnopened(words)),
            Some(Unopened::Window(words)) => self.act(Action::WindowUnopened(words)),
            None => {}
        }
    }

    fn follow_motion(&mut self, ctx: &egui::Context) {
        let still = self.state.settings.motion.is_reduced(self.calm);
        if self.still != still {
            self.still = still;
            theme::move_things(ctx, still);
        }
    }

    fn keep_settings(&mut self) {
        let Some(file) = &mut self.settings_file else { return };
        file.keep(&self.state.settings);
        match file.news() {
            Some(News::Failed(words)) => {
                let path = file.path().display().to_string();
                self.act(Action::SettingsUnsaved(path, words));
            }
            Some(News::Others(before, theirs)) => self.act(Action::SettingsOfOthers(before, theirs)),
            None => {}
        }
    }

    /// Notes where the window is; the size and place it has while it fills the screen are not its own.
    fn note_placement(&mut self, ctx: &egui::Context) {
        let (inner, outer, maximized, hidden) = ctx.input(|i| {
            let viewport = i.viewport();
            let full = viewport.fullscreen.unwrap_or(false) || viewport.minimized.unwrap_or(false);
            (viewport.inner_rect, viewport.outer_rect, viewport.maximized.unwrap_or(false), full)
        });
        let Some(inner) = inner.filter(|_| !hidden) else { return };
        let before = self.state.settings.window;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes of a window")]
        let now = match before {
            Some(before) if maximized => Placement { maximized, ..before },
            Some(_) | None => Placement {
                width: inner.width() as u32,
                height: inner.height() as u32,
                position: outer.map(|outer| (outer.min.x as i32, outer.min.y as i32)),
                maximized,
            },
        };
        if before != Some(now) {
            self.act(Action::Placed(now));
        }
    }

    pub fn state(&self) -> &AppState {
        &self.state
    }

    fn act(&mut self, action: Action) {
        let commands = self.state.update(action, (self.clock)());
        self.unsent.extend(commands);
    }

    fn take_events(&mut self, ctx: &egui::Context) {
        for _ in 0..EVENTS_PER_FRAME {
            match self.link.as_mut().map_or(Taken::Closed, Link::take) {
                Taken::Event(event) => {
                    let commands = self.state.receive(*event, (self.clock)());
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

    /// Says in the title which engine this is: there may be a window for each of several.
    fn name_window(&mut self, ctx: &egui::Context) {
        text::speak(self.state.settings.language);
        let title = title::of(&self.state);
        if self.title != title {
            self.title.clone_from(&title);
            ctx.send_viewport_cmd(ViewportCommand::Title(title));
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
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        self.take_events(ctx);
        self.flush();
        self.close_after_run(ctx);
        self.note_placement(ctx);
        self.keep_settings();
        self.name_window(ctx);
        self.serve_desk(ctx, frame);
        self.flush();
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let actions = self.window.ui(ui, &self.state, (self.clock)());
        if actions.is_empty() {
            return;
        }
        for action in actions {
            if let Action::OpenExported(path) = &action {
                self.desk.look(path, Look::Open, ui);
            } else if let Action::ShowExported(path) = &action {
                self.desk.look(path, Look::InFolder, ui);
            } else if let Action::OpenWindow(endpoint) = &action {
                let beside = Beside::of(self.state.settings.window, endpoint.clone());
                self.desk.open_window(beside, ui);
            }
            self.act(action);
        }
        self.flush();
        if self.theme != self.state.settings.theme {
            self.theme = self.state.settings.theme;
            theme::choose(ui, self.theme);
        }
        self.follow_motion(ui);
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
