//! Whether the system asks programs for less motion: the desktop portal on Linux, the accessibility settings of
//! macOS and Windows.

use std::time::Duration;

use mundy::{Interest, Preferences, ReducedMotion};

/// A system that takes longer is taken to have no wish: the window must not wait for it.
const PATIENCE: Duration = Duration::from_millis(150);

/// Asked once, on the main thread, as macOS wants it.
pub fn is_unwanted() -> bool {
    let wishes = Preferences::once_blocking(Interest::ReducedMotion, PATIENCE);
    wishes.is_some_and(|wishes| wishes.reduced_motion == ReducedMotion::Reduce)
}
