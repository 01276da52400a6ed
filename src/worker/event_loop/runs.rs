//! The one thing at a time that is done to an engine: how it begins, what a person wants of it, and its end.

use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};

use super::super::archive;
use super::super::run::{Run, Wish};
use super::super::undo::Undoing;
use super::Loop;
use crate::archive::ArchiveId;
use crate::engine::{Changed, Engine};
use crate::journal::{UndoEnded, UndoPlan};
use crate::message::{Event, JobId, RunOptions};
use crate::model::ImageId;
use crate::plan::{Ended, Outcome, RemovalPlan};

/// A plan being run. Its task goes on whatever becomes of the session.
pub(super) struct Running {
    job: JobId,
    wish: watch::Sender<Wish>,
    task: JoinHandle<()>,
}

impl Loop {
    /// Nothing else changes the engine meanwhile.
    pub(super) async fn start_restore(&mut self, job: JobId, archive: ArchiveId, image: ImageId) {
        let engine = match self.engine_for_a_run() {
            Ok(engine) => engine,
            Err(why) => {
                let result = Err(why.to_owned());
                return self.outbox.send(Event::RestoreEnded { job, result }).await;
            }
        };
        let (wish, wished) = watch::channel(Wish::Run);
        let wanted = move || *wished.borrow() != Wish::Stop;
        let (place, outbox) = (self.place(), self.outbox.clone());
        let restore = archive::restore_and_tell(engine, place, job, archive, image, outbox, wanted);
        self.running = Some(Running { job, wish, task: tokio::spawn(restore) });
    }

    pub(super) async fn start_run(&mut self, job: JobId, plan: RemovalPlan, options: RunOptions) {
        let engine = match self.engine_for_a_run() {
            Ok(engine) => engine,
            Err(why) => {
                let outcome = Outcome { steps: Vec::new(), ended: Ended::NotListed(why.to_owned()) };
                return self.outbox.send(Event::RunEnded { job, outcome }).await;
            }
        };
        let (wish, wishes) = watch::channel(Wish::Run);
        let (place, journal, outbox) = (self.place(), self.journal.clone(), self.outbox.clone());
        let run = Run { engine, job, plan, options, place, journal, wish: wishes, outbox };
        self.running = Some(Running { job, wish, task: tokio::spawn(run.run()) });
    }

    pub(super) async fn start_undo(&mut self, job: JobId, plan: UndoPlan, options: RunOptions) {
        let engine = match self.engine_for_a_run() {
            Ok(engine) => engine,
            Err(why) => {
                let ended = UndoEnded::NotBegun(why.to_owned());
                return self.outbox.send(Event::UndoEnded { job, ended }).await;
            }
        };
        let (wish, wishes) = watch::channel(Wish::Run);
        let (journal, outbox) = (self.journal.clone(), self.outbox.clone());
        let (place, registries) = (self.place(), self.registries.clone());
        let undoing =
            Undoing { engine, job, plan, options, journal, place, registries, wish: wishes, outbox };
        self.running = Some(Running { job, wish, task: tokio::spawn(undoing.run()) });
    }

    /// The engine, for one run alone. Runs list for themselves; two lists at once would only slow each other
    /// down.
    pub(super) fn engine_for_a_run(&mut self) -> Result<Engine, &'static str> {
        if self.running.is_some() {
            return Err("another plan is running");
        }
        let session = self.session.as_mut();
        let engine = session.and_then(|session| {
            let engine = session.engine.clone()?;
            session.hold_listing();
            Some(engine)
        });
        engine.ok_or("no engine is connected")
    }

    /// Tells the run with this name, or whichever there is. Nothing follows a wish to stop.
    pub(super) fn wish(&self, job: Option<JobId>, new: Wish) {
        if let Some(running) = self.running.as_ref().filter(|r| job.is_none_or(|job| r.job == job)) {
            running.wish.send_if_modified(|wish| {
                let changes = *wish != Wish::Stop;
                if changes {
                    *wish = new;
                }
                changes
            });
        }
    }

    pub(super) fn stop_run(&self) {
        self.wish(None, Wish::Stop);
    }

    /// Resolves when the present run has ended; never while there is none.
    pub(super) async fn run_ended(&mut self) -> Result<(), JoinError> {
        match &mut self.running {
            Some(running) => (&mut running.task).await,
            None => std::future::pending().await,
        }
    }

    pub(super) async fn after_run(&mut self, ended: Result<(), JoinError>) {
        let Some(Running { job, .. }) = self.running.take() else { return };
        if let Err(error) = ended {
            tracing::error!("a run ended without an outcome: {error}");
            let outcome = Outcome { steps: Vec::new(), ended: Ended::Unexpected { step: 0 } };
            self.outbox.send(Event::RunEnded { job, outcome }).await;
        }
        self.refresh(Changed::Everything, true);
    }
}
