//! Waking a window from any thread.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eframe::egui::{Context, ViewportId};

/// Paints one window again, in whatever frame of the system its content stands by then.
#[derive(Clone)]
pub struct Wake {
    ctx: Context,
    viewport: Arc<Mutex<ViewportId>>,
}

impl Wake {
    pub fn of(ctx: &Context, viewport: ViewportId) -> Self {
        Self { ctx: ctx.clone(), viewport: Arc::new(Mutex::new(viewport)) }
    }

    pub fn wake(&self) {
        self.ctx.request_repaint_of(*self.viewport());
    }

    pub(super) fn wake_after(&self, time: Duration) {
        self.ctx.request_repaint_after_for(time, *self.viewport());
    }

    pub(super) fn moved_to(&self, viewport: ViewportId) {
        *self.viewport() = viewport;
    }

    fn viewport(&self) -> MutexGuard<'_, ViewportId> {
        self.viewport.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Wake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Wake").field(&*self.viewport()).finish()
    }
}

impl std::task::Wake for Wake {
    fn wake(self: Arc<Self>) {
        Self::wake(&self);
    }
}
