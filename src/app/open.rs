//! Opening the window, with what the settings and the system say of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::egui::{self, ViewportCommand};

use super::{App, Beside, Link, TITLE, WindowError, display, motion, placement, settings_file};
use crate::message::Endpoint;
use crate::state::{Language, Placement, Settings};

const SIZE: [f32; 2] = [1280.0, 800.0];
const SMALLEST: [f32; 2] = [720.0, 480.0];

/// This person's settings, or why the file that keeps them cannot be read.
pub fn settings() -> Result<Settings, String> {
    let Some(place) = settings_file::place() else { return Ok(Settings::default()) };
    let read = settings_file::read(&place).map_err(|why| format!("{}: {why}", place.display()))?;
    Ok(read.unwrap_or_default())
}

/// Opens the window and stays until it is closed. `start` gets a closure that wakes the window from any
/// thread, and returns the way to the worker. `beside` is what a window begins with that another one opened.
pub fn run(
    start: impl FnOnce(Arc<dyn Fn() + Send + Sync>) -> Link + 'static,
    endpoint: Endpoint,
    beside: Option<Beside>,
) -> Result<(), WindowError> {
    #[cfg(windows)]
    super::console::leave();
    let display = display::find()?;
    let locale = sys_locale::get_locale().unwrap_or_default();
    let first = Settings { language: Language::for_locale(&locale), ..Settings::default() };
    let place = settings_file::place();
    let read = place.as_deref().map_or(Ok(None), settings_file::read);
    let mut settings = read.as_ref().ok().cloned().flatten().unwrap_or(first);
    let endpoint = match beside {
        Some(Beside { endpoint, place }) => {
            settings.window = place;
            endpoint
        }
        None => remembered(endpoint, &settings),
    };
    let options = eframe::NativeOptions {
        event_loop_builder: event_loop(display),
        viewport: viewport(settings.window),
        ..eframe::NativeOptions::default()
    };
    let opened = Arc::new(AtomicBool::new(false));
    let is_open = Arc::clone(&opened);
    display::open(&opened, move || {
        eframe::run_native(
            "Unmoor",
            options,
            Box::new(move |cc| {
                is_open.store(true, Ordering::Release);
                if let (Some(place), Some(window)) = (settings.window, cc.winit_window()) {
                    let screens = window.available_monitors().map(|screen| {
                        let (at, size, scale) = (screen.position(), screen.size(), screen.scale_factor());
                        placement::points([at.x, at.y], [size.width, size.height], scale)
                    });
                    if let Some(at) = placement::brought_back(&place, &screens.collect::<Vec<_>>()) {
                        cc.egui_ctx.send_viewport_cmd(ViewportCommand::OuterPosition(at));
                    }
                }
                let ctx = cc.egui_ctx.clone();
                let link = start(Arc::new(move || ctx.request_repaint()));
                let mut app = App::new(&cc.egui_ctx, link, endpoint, settings);
                app.use_native_dialogs();
                app.keep_calm(motion::is_unwanted(), &cc.egui_ctx);
                if let Some(place) = place {
                    app.keep_settings_in(place, read.err(), &cc.egui_ctx);
                }
                Ok(Box::new(app))
            }),
        )
    })
}

/// The engine that was chosen last, unless the person names another for this time: on the command line, or by
/// what the Docker CLI obeys too.
fn remembered(asked: Endpoint, settings: &Settings) -> Endpoint {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_named = asked != Endpoint::Default || is_set("DOCKER_HOST") || is_set("DOCKER_CONTEXT");
    if is_named { asked } else { settings.engine.clone().unwrap_or(asked) }
}

/// What stands for the program on the desktop; without it there is only egui's own.
fn icon() -> Arc<egui::IconData> {
    let icon = eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png"));
    Arc::new(icon.unwrap_or_else(|error| {
        tracing::warn!("the icon cannot be read: {error}");
        egui::IconData::default()
    }))
}

/// A window, where and as large as one was before.
#[expect(clippy::cast_precision_loss, reason = "no screen is that big")]
fn viewport(window: Option<Placement>) -> egui::ViewportBuilder {
    let mut viewport = egui::ViewportBuilder::default()
        .with_title(TITLE)
        .with_app_id("unmoor")
        .with_icon(icon())
        .with_inner_size(SIZE)
        .with_min_inner_size(SMALLEST);
    if let Some(Placement { width, height, position, maximized }) = window {
        viewport = viewport.with_inner_size([width as f32, height as f32]).with_maximized(maximized);
        if let Some((x, y)) = position {
            viewport = viewport.with_position([x as f32, y as f32]);
        }
    }
    viewport
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
