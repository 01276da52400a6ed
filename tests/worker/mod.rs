//! The worker as a window sees it: commands in, events out.

#![cfg(test)]
#![allow(dead_code, reason = "each test binary uses another part of this module")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{Receiver, Sender};
use unmoor::message::{Command, Event, Generation, JobId, RunOptions};
use unmoor::model::{Endpoint, Graph};
use unmoor::plan::{Outcome, RemovalPlan};
use unmoor::worker::{Clock, Worker};

use crate::folders::temporary_folders;

/// A worker, and what it tells.
pub struct Window {
    pub commands: Sender<Command>,
    pub events: Receiver<Event>,
    pub woken: Arc<AtomicUsize>,
    _runtime: tokio::runtime::Runtime,
    _kept: tempfile::TempDir,
}

impl Window {
    pub fn open() -> Self {
        let begun = Instant::now();
        Self::open_by(Arc::new(move || begun.elapsed()))
    }

    /// The same with a clock of the test's own.
    pub fn open_by(clock: Clock) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let woken = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&woken);
        let wake = Arc::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let (kept, folders) = temporary_folders();
        let (commands, events) = Worker::start_by(clock, wake, runtime.handle(), folders);
        Self { commands, events, woken, _runtime: runtime, _kept: kept }
    }

    pub fn connect(&self, host: &str) {
        let endpoint = Endpoint::Host(host.to_owned());
        self.commands.try_send(Command::Connect { generation: Generation(1), endpoint }).unwrap();
    }

    /// Takes events until one is what is looked for; panics after some seconds.
    pub fn until<T>(&mut self, wanted: impl FnMut(&Event) -> Option<T>) -> T {
        self.until_in(Duration::from_secs(15), wanted)
    }

    pub fn until_in<T>(&mut self, limit: Duration, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let started = Instant::now();
        let mut seen = Vec::new();
        while started.elapsed() < limit {
            match self.events.try_recv() {
                Ok(event) => match wanted(&event) {
                    Some(found) => return found,
                    None => seen.push(format!("{event:?}").chars().take(200).collect::<String>()),
                },
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        panic!("it did not come; seen: {seen:#?}");
    }

    pub fn all_layers(&mut self) -> Arc<Graph> {
        self.until(|event| {
            let Event::Observed { observation, .. } = event else { return None };
            let graph = &observation.graph;
            graph.images_with_unread_layers().is_empty().then(|| Arc::clone(graph))
        })
    }

    pub fn run(&mut self, plan: RemovalPlan) -> Outcome {
        self.commands
            .try_send(Command::Run { job: JobId(7), plan: Arc::new(plan), options: RunOptions::default() })
            .unwrap();
        self.outcome()
    }

    /// Stops at the first pause.
    pub fn outcome(&mut self) -> Outcome {
        let commands = self.commands.clone();
        self.until(|event| {
            if let Event::RunPaused { job, .. } = event {
                commands.try_send(Command::StopRun { job: *job }).unwrap();
            }
            let Event::RunEnded { job: JobId(7), outcome } = event else { return None };
            Some(outcome.clone())
        })
    }

    /// Starts a plan and waits for its first pause.
    pub fn paused(&mut self, plan: RemovalPlan) -> u32 {
        self.commands
            .try_send(Command::Run { job: JobId(7), plan: Arc::new(plan), options: RunOptions::default() })
            .unwrap();
        self.pause().0
    }

    /// The number of the next pause, and whether the engine could not be listed.
    pub fn pause(&mut self) -> (u32, bool) {
        self.until(|event| {
            let Event::RunPaused { job: JobId(7), pause, failure, .. } = event else { return None };
            Some((*pause, failure.is_some()))
        })
    }

    pub fn go_on(&self, pause: u32) {
        self.commands.try_send(Command::GoOn { job: JobId(7), pause }).unwrap();
    }
}
