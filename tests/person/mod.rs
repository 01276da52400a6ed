//! The program without a window: its state and its worker, driven as a person would.

#![cfg(test)]
#![allow(dead_code, reason = "each test binary uses another part of this module")]

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{Receiver, Sender};
use unmoor::files::Folders;
use unmoor::message::{Command, Event};
use unmoor::model::{Endpoint, Inventory};
use unmoor::registry::Places;
use unmoor::state::{Action, AppState, Connection, Settings};
use unmoor::worker::Worker;

pub struct Person {
    pub state: AppState,
    commands: Option<Sender<Command>>,
    events: Option<Receiver<Event>>,
    /// Of every observation that can be relied on.
    look: Box<dyn FnMut(&Inventory)>,
    pub listed: usize,
}

impl Person {
    /// `look` sees everything that is shown as the present.
    pub fn start(
        runtime: &tokio::runtime::Runtime,
        endpoint: Endpoint,
        folders: Folders,
        look: impl FnMut(&Inventory) + 'static,
    ) -> Self {
        Self::start_for(runtime, endpoint, folders, Places::of_this_person(), look)
    }

    /// The same for somebody whose logins are at these places.
    pub fn start_for(
        runtime: &tokio::runtime::Runtime,
        endpoint: Endpoint,
        folders: Folders,
        places: Places,
        look: impl FnMut(&Inventory) + 'static,
    ) -> Self {
        let (commands, events) = Worker::start_for(Arc::new(|| ()), runtime.handle(), folders, places);
        let (state, first) = AppState::start(endpoint, Settings::default());
        let mut person =
            Self { state, commands: Some(commands), events: Some(events), look: Box::new(look), listed: 0 };
        person.send(first);
        person
    }

    fn send(&mut self, commands: Vec<Command>) {
        let worker = self.commands.as_ref().unwrap();
        for command in commands {
            assert!(worker.try_send(command).is_ok(), "the worker has ended, or has no room");
        }
    }

    pub fn act(&mut self, action: Action) {
        let commands = self.state.update(action, now());
        self.send(commands);
    }

    /// Takes in all that came.
    pub fn take_in(&mut self) {
        loop {
            match self.events.as_mut().unwrap().try_recv() {
                Ok(event) => {
                    let observed = matches!(event, Event::Observed { .. });
                    let commands = self.state.receive(event, now());
                    self.send(commands);
                    if observed && !self.state.connection.is_sample() && self.state.blocked().is_none() {
                        self.listed += 1;
                        (self.look)(self.state.graph().unwrap().inventory());
                    }
                }
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => panic!("the worker has ended"),
            }
        }
    }

    /// Waits until it is so; looks for the engine again where only a person can have that done. `None` if it does
    /// not come to be so in this time.
    pub fn wait(&mut self, limit: Duration, mut so: impl FnMut(&AppState) -> bool) -> Option<()> {
        let started = Instant::now();
        let mut retried = Instant::now();
        while started.elapsed() < limit {
            self.take_in();
            if so(&self.state) {
                return Some(());
            }
            if matches!(&self.state.connection, Connection::Sample { tried, .. } if !tried.is_empty())
                && retried.elapsed() > Duration::from_millis(300)
            {
                self.act(Action::Retry);
                retried = Instant::now();
            }
            std::thread::sleep(Duration::from_millis(3));
        }
        None
    }

    pub fn is_up_to_date(state: &AppState) -> bool {
        matches!(state.connection, Connection::Live { .. })
            && state.blocked().is_none()
            && !state.listing.is_busy()
            && state.graph().is_some_and(|graph| graph.images_with_unread_layers().is_empty())
    }

    /// Closes the window.
    pub fn leave(mut self) {
        let (commands, events) = (self.commands.take().unwrap(), self.events.take().unwrap());
        assert!(Worker::finish(commands, events), "the worker did not end");
    }
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}
