//! The worker without a window: commands go in, and what it tells is waited for.

#![cfg(test)]
#![allow(dead_code, reason = "each test binary uses another part of this module")]
#![expect(clippy::wildcard_enum_match_arm, reason = "most of what a worker tells is not waited for")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{Receiver, Sender};
use unmoor::archive::Shelf;
use unmoor::files::Folders;
use unmoor::journal::{JournalRead, Run, UndoAnswer, UndoEnded, UndoPlan};
use unmoor::message::{Command, Event, Generation, JobId, RunOptions};
use unmoor::model::{Endpoint, Graph};
use unmoor::plan::{Outcome, RemovalPlan};
use unmoor::registry::Places;
use unmoor::worker::Worker;

use crate::folders::temporary_folders;

/// Nothing takes this long, on a busy machine either.
const PATIENCE: Duration = Duration::from_mins(2);

/// A worker that is connected to an engine and keeps what it writes in folders of its own.
pub struct Driven {
    pub commands: Sender<Command>,
    pub folders: Folders,
    events: Receiver<Event>,
    generation: u64,
    _runtime: tokio::runtime::Runtime,
    _kept: tempfile::TempDir,
}

impl Driven {
    /// Nobody's logins are read.
    pub fn open(host: &str) -> Self {
        let (kept, folders) = temporary_folders();
        Self::with(host, kept, folders, Places::default())
    }

    /// `kept` is gone with it.
    pub fn with(host: &str, kept: tempfile::TempDir, folders: Folders, places: Places) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (commands, events) =
            Worker::start_for(Arc::new(|| ()), runtime.handle(), folders.clone(), places);
        let endpoint = Endpoint::Host(host.to_owned());
        commands.try_send(Command::Connect { generation: Generation(1), endpoint }).unwrap();
        Self { commands, folders, events, generation: 1, _runtime: runtime, _kept: kept }
    }

    pub fn send(&self, command: Command) {
        self.commands.try_send(command).unwrap();
    }

    pub fn until<T>(&mut self, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let started = Instant::now();
        let mut last = String::new();
        while started.elapsed() < PATIENCE {
            match self.events.try_recv() {
                Ok(event) => match wanted(&event) {
                    Some(found) => return found,
                    None => last = format!("{event:?}"),
                },
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        panic!("it did not come; last: {last:.1000}");
    }

    /// A listing with all layers, asked for now or as soon as the engine says that something changed.
    pub fn observed(&mut self, wanted: impl Fn(&Graph) -> bool) -> Arc<Graph> {
        let now = Generation(self.generation);
        self.until(|event| {
            let Event::Observed { generation, observation } = event else { return None };
            let graph = &observation.graph;
            assert!(graph.inventory().is_complete(), "{:?}", graph.inventory().incomplete_because());
            let fits = *generation == now && graph.images_with_unread_layers().is_empty() && wanted(graph);
            fits.then(|| Arc::clone(graph))
        })
    }

    pub fn refreshed(&mut self) -> Arc<Graph> {
        self.generation += 1;
        self.send(Command::Refresh { generation: Generation(self.generation) });
        self.observed(|_| true)
    }

    pub fn start(&self, plan: &RemovalPlan, options: RunOptions) {
        self.send(Command::Run { job: JobId(1), plan: Arc::new(plan.clone()), options });
    }

    /// What becomes of the run, and what the journal has of it.
    pub fn ended(&mut self) -> (Outcome, Option<Arc<Run>>) {
        let mut run = None;
        let outcome = self.until(|event| match event {
            Event::Journalled { run: journalled, unwritten } => {
                assert_eq!(*unwritten, None);
                run = Some(Arc::clone(journalled));
                None
            }
            Event::RunEnded { outcome, .. } => Some(outcome.clone()),
            _ => None,
        });
        (outcome, run)
    }

    pub fn undo(&mut self, plan: &UndoPlan) -> Vec<UndoAnswer> {
        self.send(Command::Undo {
            job: JobId(2),
            plan: Box::new(plan.clone()),
            options: RunOptions::default(),
        });
        let mut answers = Vec::new();
        self.until(|event| match event {
            Event::UndoStepEnded { answer, .. } => {
                answers.push(answer.clone());
                None
            }
            Event::UndoEnded { ended, .. } => {
                assert_eq!(*ended, UndoEnded::Completed);
                Some(())
            }
            _ => None,
        });
        answers
    }

    pub fn archives(&mut self) -> Arc<Shelf> {
        self.send(Command::ReadArchives);
        self.until(|event| match event {
            Event::Archives(read) => Some(Arc::clone(read.as_ref().unwrap())),
            _ => None,
        })
    }

    pub fn journal(&mut self) -> JournalRead {
        self.send(Command::ReadJournal);
        self.until(|event| match event {
            Event::JournalRead(read) => Some(read.clone()),
            _ => None,
        })
    }
}
