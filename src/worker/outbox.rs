//! What the worker tells the window, and the wake-up that goes with it.

use std::sync::Arc;

use tokio::sync::mpsc::Sender;

use crate::message::Event;

#[derive(Clone)]
pub(super) struct Outbox {
    events: Sender<Event>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Outbox {
    pub fn new(events: Sender<Event>, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self { events, wake }
    }

    /// Tells a fact; waits while the window is behind. Once the window is gone, nobody has to know.
    pub async fn send(&self, event: Event) {
        match self.events.send(event).await {
            Ok(()) => (self.wake)(),
            Err(unsent) => tracing::debug!("nobody to tell: {:?}", unsent.0),
        }
    }

    /// Tells something that the next fact makes worthless: dropped while the window is behind.
    pub fn hint(&self, event: Event) {
        if self.events.try_send(event).is_ok() {
            (self.wake)();
        }
    }
}
