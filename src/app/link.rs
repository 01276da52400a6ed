//! The way to the worker and back. The window never waits on either end.

use std::fmt;

use tokio::sync::mpsc::error::{TryRecvError, TrySendError};
use tokio::sync::mpsc::{Receiver, Sender};

use crate::message::{Command, Event};
use crate::worker::Worker;

/// What became of a command.
#[derive(Debug)]
pub enum Sent {
    Taken,
    /// No room; the command comes back.
    Full(Box<Command>),
    /// Nobody listens any more.
    Closed,
}

/// What there was to take.
#[derive(Debug)]
pub enum Taken {
    Event(Box<Event>),
    Nothing,
    /// Nobody speaks any more.
    Closed,
}

/// Both directions; a trait, so that tests can be the worker.
pub trait Channel {
    fn send(&mut self, command: Command) -> Sent;
    fn take(&mut self) -> Taken;
    /// Called once when the window has closed.
    fn finish(self: Box<Self>) {}
}

/// A channel of any kind.
pub struct Link(Box<dyn Channel>);

impl Link {
    pub(super) fn send(&mut self, command: Command) -> Sent {
        self.0.send(command)
    }

    pub(super) fn take(&mut self) -> Taken {
        self.0.take()
    }

    pub(super) fn finish(self) {
        self.0.finish();
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link")
    }
}

impl<T: Channel + 'static> From<T> for Link {
    fn from(channel: T) -> Self {
        Self(Box::new(channel))
    }
}

impl Channel for (Sender<Command>, Receiver<Event>) {
    fn send(&mut self, command: Command) -> Sent {
        match self.0.try_send(command) {
            Ok(()) => Sent::Taken,
            Err(TrySendError::Full(command)) => Sent::Full(Box::new(command)),
            Err(TrySendError::Closed(_)) => Sent::Closed,
        }
    }

    fn take(&mut self) -> Taken {
        match self.1.try_recv() {
            Ok(event) => Taken::Event(Box::new(event)),
            Err(TryRecvError::Empty) => Taken::Nothing,
            Err(TryRecvError::Disconnected) => Taken::Closed,
        }
    }

    fn finish(self: Box<Self>) {
        let (commands, events) = *self;
        if !Worker::finish(commands, events) {
            tracing::warn!("the running step did not end in time");
        }
    }
}
