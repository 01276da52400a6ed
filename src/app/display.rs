//! Opening a window at all: which display there is, and what to say where there is none.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where to turn without a window.
const WITHOUT: &str = "without a window use `unmoor explain` or `unmoor plan` (see `unmoor --help`)";
const LIBRARIES: &str = if cfg!(target_os = "linux") {
    "on Debian or Ubuntu `make run` installs what is missing; elsewhere install the OpenGL (EGL) and X11 or Wayland \
     client libraries of your system"
} else {
    "it needs OpenGL 2 or later, which comes with the driver of the graphics card"
};

/// Why no window opened.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    #[error("there is no graphical display: neither DISPLAY nor WAYLAND_DISPLAY is set; {WITHOUT}")]
    NoDisplay,
    #[error("the display cannot be used: {0}; {WITHOUT}")]
    DisplayUnusable(String),
    #[error("a system library is missing: {0}; {LIBRARIES}; {WITHOUT}")]
    LibraryMissing(String),
    #[error("no window can be drawn: {0}; {LIBRARIES}; {WITHOUT}")]
    NoGraphics(String),
}

/// What to connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Display {
    /// What the window library finds by itself.
    Any,
    /// X11, because the Wayland socket that the environment names is dead; the window library would
    /// not try another by itself (winit 0.30).
    X11,
}

/// Looks for a display before the window library does: it can only be started once per process.
pub fn find() -> Result<Display, WindowError> {
    if !cfg!(target_os = "linux") {
        return Ok(Display::Any);
    }
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let (x11, wayland) = (set("DISPLAY"), set("WAYLAND_DISPLAY"));
    if x11.is_none() && wayland.is_none() && set("WAYLAND_SOCKET").is_none() {
        return Err(WindowError::NoDisplay);
    }
    let dead = wayland.is_some_and(|name| !answers(&PathBuf::from(name)));
    Ok(if x11.is_some() && dead { Display::X11 } else { Display::Any })
}

/// The window as the desktop's portal names it, so that a dialog belongs to it; empty where there is no such
/// name.
#[cfg(target_os = "linux")]
pub fn window_of(frame: &eframe::Frame) -> String {
    use winit::raw_window_handle::{HasWindowHandle as _, RawWindowHandle};
    match frame.window_handle().map(|handle| handle.as_raw()) {
        Ok(RawWindowHandle::Xlib(handle)) => format!("x11:{:x}", handle.window),
        Ok(RawWindowHandle::Xcb(handle)) => format!("x11:{:x}", handle.window),
        Ok(_) | Err(_) => String::new(),
    }
}

#[cfg(not(target_os = "linux"))]
pub fn window_of(_frame: &eframe::Frame) -> String {
    String::new()
}

/// Whether a compositor listens. A relative name lies in the user's runtime folder.
#[cfg(unix)]
fn answers(name: &std::path::Path) -> bool {
    let folder = env::var_os("XDG_RUNTIME_DIR").unwrap_or_default();
    std::os::unix::net::UnixStream::connect(PathBuf::from(folder).join(name)).is_ok()
}

#[cfg(not(unix))]
fn answers(_: &std::path::Path) -> bool {
    false
}

/// Runs `open`, and turns what fails before `opened` is set into words. A missing library makes the
/// window library panic; a panic later on is a fault of this program and stays one.
pub fn open(
    opened: &Arc<AtomicBool>,
    open: impl FnOnce() -> Result<(), eframe::Error>,
) -> Result<(), WindowError> {
    let report = std::panic::take_hook();
    let shown = Arc::clone(opened);
    std::panic::set_hook(Box::new(move |panic| {
        if shown.load(Ordering::Acquire) {
            report(panic);
        }
    }));
    match catch_unwind(AssertUnwindSafe(open)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(said(&error)),
        Err(panic) if opened.load(Ordering::Acquire) => resume_unwind(panic),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("unknown");
            Err(WindowError::LibraryMissing(first_line(text)))
        }
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "eframe adds variants with its features")]
fn said(error: &eframe::Error) -> WindowError {
    match error {
        eframe::Error::Winit(_) | eframe::Error::WinitEventLoop(_) => {
            WindowError::DisplayUnusable(first_line(&error.to_string()))
        }
        other => WindowError::NoGraphics(first_line(&other.to_string())),
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
