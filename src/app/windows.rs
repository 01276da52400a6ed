//! The windows of one program, for looking at several engines beside each other. Each has a state and a worker of
//! its own, so that nothing of one engine is ever shown as another's; what they share is on the disk.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use eframe::egui::{self, Context, Ui, Vec2, ViewportCommand, ViewportId, vec2};

use super::open::viewport;
use super::{App, Link, Wake, display};
use crate::message::Endpoint;
use crate::state::Settings;

/// How far a window opens from the one that it was asked for in, so that both are seen.
const ASIDE: Vec2 = vec2(40.0, 40.0);

type Start = Box<dyn Fn(Arc<dyn Fn() + Send + Sync>) -> Link>;

/// All windows. The system's library ends with the first, so that closing it while there are others moves one of
/// those into its place.
pub struct Windows {
    first: App,
    others: Vec<Other>,
    /// How many others were opened so far.
    opened: u64,
    start: Start,
    native: bool,
    settings: Option<PathBuf>,
    /// Those that are closed and still end what they were at.
    ending: Vec<JoinHandle<()>>,
}

struct Other {
    viewport: ViewportId,
    builder: egui::ViewportBuilder,
    /// `None` once it is closed: what paints it may be kept for longer.
    app: Arc<Mutex<Option<App>>>,
}

impl Other {
    fn app(&self) -> MutexGuard<'_, Option<App>> {
        lock(&self.app)
    }
}

/// A window that panicked while it was painted took the program with it.
fn lock(app: &Mutex<Option<App>>) -> MutexGuard<'_, Option<App>> {
    app.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Windows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Windows")
            .field("first", &self.first)
            .field("opened", &self.opened)
            .finish_non_exhaustive()
    }
}

impl Windows {
    /// The first; `start` is called for each, with what wakes it.
    pub fn open(
        ctx: &Context,
        start: impl Fn(Arc<dyn Fn() + Send + Sync>) -> Link + 'static,
        endpoint: Endpoint,
        settings: Settings,
    ) -> Self {
        let start: Start = Box::new(start);
        let first = App::first(ctx, &start, endpoint, settings);
        Self {
            first,
            others: Vec::new(),
            opened: 0,
            start,
            native: false,
            settings: None,
            ending: Vec::new(),
        }
    }

    /// Asks the system for its dialogs from now on, where it has any.
    pub fn use_native_dialogs(&mut self) {
        self.native = true;
        self.first.use_native_dialogs();
    }

    /// Takes to heart that the system asks for less motion.
    pub fn keep_calm(&mut self, calm: bool, ctx: &Context) {
        self.first.keep_calm(calm, ctx);
    }

    /// Keeps the settings in a file from now on; see [`App::keep_settings_in`].
    pub fn keep_settings_in(&mut self, place: PathBuf, broken: Option<String>) {
        self.first.keep_settings_in(place.clone(), broken);
        self.settings = Some(place);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        1 + self.others.len()
    }

    fn open_wanted(&mut self, ctx: &Context) {
        let mut wanted = self.first.take_wanted(ViewportId::ROOT);
        for other in &self.others {
            wanted
                .extend(other.app().as_mut().map(|app| app.take_wanted(other.viewport)).unwrap_or_default());
        }
        for (asker, endpoint, settings) in wanted {
            self.open_beside(ctx, asker, endpoint, settings);
        }
    }

    fn open_beside(&mut self, ctx: &Context, asker: ViewportId, endpoint: Endpoint, settings: Settings) {
        self.opened += 1;
        let id = ViewportId::from_hash_of(("window", self.opened));
        let (outer, inner) = ctx.input_for(asker, |i| (i.viewport().outer_rect, i.viewport().inner_rect));
        let mut builder = viewport(None);
        if let Some(inner) = inner {
            builder = builder.with_inner_size(inner.size());
        }
        if let Some(outer) = outer {
            builder = builder.with_position(outer.min + ASIDE);
        }
        let mut app = App::beside(Wake::of(ctx, id), &self.start, endpoint, settings);
        if self.native {
            app.use_native_dialogs();
        }
        app.calm = self.first.calm;
        if let Some(place) = self.settings.clone() {
            app.keep_settings_in(place, None);
        }
        self.others.push(Other { viewport: id, builder, app: Arc::new(Mutex::new(Some(app))) });
    }

    /// Lets one of the others go on where the first is being closed.
    fn replace_first(&mut self, ctx: &Context) {
        let closes = ctx.input(|i| i.viewport().close_requested()) && !self.first.state.is_running();
        if !closes || self.others.is_empty() {
            return;
        }
        let next = self.others.remove(0);
        let Some(app) = next.app().take() else { return };
        ctx.send_viewport_cmd(ViewportCommand::CancelClose);
        let (outer, inner) =
            ctx.input_for(next.viewport, |i| (i.viewport().outer_rect, i.viewport().inner_rect));
        if let (Some(outer), Some(inner)) = (outer, inner) {
            ctx.send_viewport_cmd(ViewportCommand::OuterPosition(outer.min));
            ctx.send_viewport_cmd(ViewportCommand::InnerSize(inner.size()));
        }
        app.wake.moved_to(ViewportId::ROOT);
        let before = std::mem::replace(&mut self.first, app);
        // The frame of the system has the title of the other still.
        self.first.title.clear();
        self.end(before);
    }

    fn close_others(&mut self) {
        let is_closed = |other: &mut Other| other.app().as_ref().is_none_or(|app| app.closed);
        let closed: Vec<_> = self.others.extract_if(.., is_closed).collect();
        for other in closed {
            let app = other.app().take();
            if let Some(app) = app {
                self.end(app);
            }
        }
    }

    /// Its worker ends what it is at, and the other windows do not wait for that.
    fn end(&mut self, app: App) {
        app.wake.moved_to(ViewportId::ROOT);
        self.ending.retain(|thread| !thread.is_finished());
        let ending = std::thread::Builder::new().name("unmoor-closing".to_owned()).spawn(move || drop(app));
        match ending {
            Ok(thread) => self.ending.push(thread),
            // It was dropped, so that it has ended already.
            Err(error) => tracing::warn!("no thread to close a window in: {error}"),
        }
    }

    fn show_others(&self, ctx: &Context) {
        for Other { viewport, builder, app } in &self.others {
            let app = Arc::clone(app);
            ctx.show_viewport_deferred(*viewport, builder.clone(), move |ui, _class| {
                if let Some(app) = lock(&app).as_mut() {
                    app.frame_beside(ui);
                }
            });
        }
    }
}

impl eframe::App for Windows {
    fn logic(&mut self, ctx: &Context, frame: &mut eframe::Frame) {
        self.replace_first(ctx);
        self.first.think(ctx, || display::window_of(frame));
        self.close_others();
        self.open_wanted(ctx);
        self.show_others(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.first.paint(ui);
    }
}

impl Drop for Windows {
    fn drop(&mut self) {
        for other in std::mem::take(&mut self.others) {
            let app = other.app().take();
            drop(app);
        }
        for thread in self.ending.drain(..) {
            // A panic in there has been printed, and nothing is left to be saved.
            drop(thread.join());
        }
    }
}
