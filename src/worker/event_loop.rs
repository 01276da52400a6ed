//! Takes commands and notes one at a time, and decides what happens next. Whatever takes time happens
//! in a task of its own.

mod runs;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::AbortHandle;
use tokio::time::{Interval, MissedTickBehavior, interval};

use runs::Running;

use super::archive::{self, Place};
use super::export::export;
use super::journal::Journal;
use super::memory::Memory;
use super::observation::work_out;
use super::outbox::Outbox;
use super::remote::Asking;
use super::run::Wish;
use super::search::find_engines;
use super::session::{Note, Serial, Session};
use super::slept::{self, Clock};
use crate::engine::Changed;
use crate::engine::search::is_unchosen;
use crate::files::Folders;
use crate::journal::{JournalRead, Known, RunId};
use crate::message::{Command, Event, Generation, TaskId, Work};
use crate::model::Endpoint;
use crate::registry::Registries;

const NOTES: usize = 64;
/// By then the window has painted something else.
const LAST_FRAME: Duration = Duration::from_secs(2);
/// Some changes come without an event (BuildKit on containerd, untagged builds on 20.10).
const RESYNC: Duration = Duration::from_mins(10);

/// Runs until the window drops its sender, and the running step has ended.
pub(super) async fn run(
    mut commands: Receiver<Command>,
    outbox: Outbox,
    folders: Folders,
    registries: Registries,
    clock: Clock,
) {
    let (notes, mut inbox) = channel(NOTES);
    let journal = Journal::new(&folders);
    let mut state = Loop {
        folders,
        journal,
        outbox,
        registries,
        notes,
        serial: 0,
        session: None,
        running: None,
        search: None,
    };
    archive::sweep(state.place());
    state.tell_cut_off();
    let mut resync = slow_clock();
    let slept = Arc::new(Notify::new());
    let sleeping = tokio::spawn(slept::watch(clock, Arc::clone(&slept)));
    loop {
        tokio::select! {
            command = commands.recv() => match command {
                Some(command) => state.obey(command).await,
                None => break,
            },
            Some((serial, note)) = inbox.recv() => state.take(serial, note).await,
            ended = state.run_ended() => state.after_run(ended).await,
            _ = resync.tick() => state.refresh(Changed::Everything, false),
            () = slept.notified() => state.wake_up().await,
        }
    }
    sleeping.abort();
    state.finish().await;
}

fn slow_clock() -> Interval {
    let mut clock = interval(RESYNC);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    clock
}

/// Once no frame holds on to it any more: whoever is last pays for it.
async fn free_later(outdated: Box<dyn Any + Send>) {
    tokio::time::sleep(LAST_FRAME).await;
    let freed = tokio::task::spawn_blocking(move || drop(outdated)).await;
    freed.unwrap_or_else(|error| tracing::error!("something was not freed: {error}"));
}

/// Beside everything else: nothing waits for it but a number on screen.
async fn tell_worked_out(task: TaskId, work: Box<Work>, outbox: Outbox) {
    match tokio::task::spawn_blocking(move || work_out(*work)).await {
        Ok(result) => outbox.send(Event::WorkedOut { task, result }).await,
        Err(error) => outbox.send(Event::NotWorkedOut { task, why: error.to_string() }).await,
    }
}

struct Loop {
    folders: Folders,
    journal: Journal,
    outbox: Outbox,
    registries: Registries,
    notes: Sender<(Serial, Note)>,
    serial: Serial,
    session: Option<Session>,
    running: Option<Running>,
    /// The latest search for engines.
    search: Option<AbortHandle>,
}

impl Loop {
    async fn obey(&mut self, command: Command) {
        match command {
            Command::Connect { generation, endpoint } => self.connect(generation, endpoint),
            Command::FindEngines { search, given } => {
                self.end_search();
                let task = tokio::spawn(find_engines(search, given, self.outbox.clone()));
                self.search = Some(task.abort_handle());
            }
            Command::Refresh { generation } => self.refresh_for(generation).await,
            Command::Run { job, plan, options } => {
                self.start_run(job, Arc::unwrap_or_clone(plan), options).await;
            }
            Command::ReadArchives => archive::tell_shelf(self.place(), self.outbox.clone()),
            Command::RestoreArchived { job, archive, image } => {
                self.start_restore(job, archive, image).await;
            }
            Command::DeleteArchive { archive } => {
                archive::tell_deleted(self.place(), archive, self.outbox.clone());
            }
            Command::Undo { job, plan, options } => self.start_undo(job, *plan, options).await,
            Command::ReadJournal => self.read_journal(),
            Command::FoundCutOff { run, known } => self.note_found(run, known),
            Command::StopRun { job } => self.wish(Some(job), Wish::Stop),
            Command::GoOn { job, pause } => self.wish(Some(job), Wish::GoOn(pause)),
            Command::LetGo(outdated) => {
                tokio::spawn(free_later(outdated));
            }
            Command::WorkOut { task, work } => {
                tokio::spawn(tell_worked_out(task, work, self.outbox.clone()));
            }
            Command::Export { task, export: wanted } => {
                tokio::spawn(export(task, wanted, self.outbox.clone()));
            }
            Command::LookUp { lookup, questions, trusted } => {
                tokio::spawn(self.asking(trusted).look_up(lookup, questions));
            }
            Command::ListRegistry { registry, known, trusted } => {
                tokio::spawn(self.asking(trusted).list_registry(registry, known));
            }
            Command::ListTags { registry, repository, trusted } => {
                tokio::spawn(self.asking(trusted).list_tags(registry, repository));
            }
        }
    }

    /// Whoever asks registries; of those that an engine trusts, the present engine tells.
    fn asking(&self, trusted: Vec<String>) -> Asking {
        Asking {
            engine: self.session.as_ref().and_then(|session| session.engine.clone()),
            registries: self.registries.clone(),
            trusted,
            outbox: self.outbox.clone(),
        }
    }

    fn end_search(&mut self) {
        if let Some(search) = self.search.take() {
            search.abort();
        }
    }

    /// A plan that runs on the former engine ends after its present step.
    fn connect(&mut self, generation: Generation, endpoint: Endpoint) {
        self.stop_run();
        self.serial += 1;
        if let Some(former) = self.session.take() {
            tokio::spawn(former.finish());
        }
        let (notes, outbox) = (self.notes.clone(), self.outbox.clone());
        let memory = Memory { cache: self.folders.cache.clone() };
        self.session = Some(Session::new(self.serial, generation, endpoint, memory, notes, outbox));
    }

    /// A person wants to see what is there now. Without an engine that means to look for it.
    async fn refresh_for(&mut self, generation: Generation) {
        let Some(session) = &mut self.session else { return };
        session.generation = generation;
        match (&session.engine, session.lost.clone()) {
            (Some(_), _) => self.refresh(Changed::Everything, true),
            (None, None) => session.connect(),
            (None, Some(failure)) => {
                session.connect_again(true);
                self.outbox.send(Event::EngineGone { generation, failure }).await;
            }
        }
    }

    /// The machine slept. Nothing on screen can be relied on until the engine has answered anew.
    async fn wake_up(&mut self) {
        let Some(session) = self.session.as_mut().filter(|s| s.endpoint != Endpoint::Sample) else { return };
        tracing::info!("this machine slept");
        session.wake_up();
        self.outbox.send(Event::Slept { generation: session.generation }).await;
    }

    fn refresh(&mut self, what: Changed, asked: bool) {
        let hold = self.running.is_some();
        if let Some(session) = &mut self.session {
            session.refresh(what, asked, hold);
        }
    }

    async fn take(&mut self, serial: Serial, note: Note) {
        let hold = self.running.is_some();
        let Some(session) = self.session.as_mut().filter(|s| s.serial == serial) else { return };
        let generation = session.generation;
        match note {
            Note::Connected(engine) => {
                let (host, info) = (engine.host().to_owned(), engine.info());
                if session.remembers_another(&engine) {
                    self.outbox.send(Event::Forgotten { generation }).await;
                }
                session.use_engine(engine);
                self.outbox.send(Event::Connected { generation, host, engine: info }).await;
                self.refresh(Changed::Everything, true);
            }
            // What was there is worth more than a sample, and the engine may only be about to start.
            Note::NotConnected(tried) if session.remembers() && !tried.is_empty() => {
                for failure in tried.into_iter().take(1) {
                    session.lose(failure.clone());
                    self.outbox.send(Event::EngineGone { generation, failure }).await;
                }
            }
            Note::NotConnected(tried) => {
                let unchosen = is_unchosen(&session.endpoint).await;
                self.outbox.send(Event::NoEngine { generation, tried, unchosen }).await;
            }
            Note::Remembered(engine) => session.remembered = Some(engine),
            Note::TriesAgain(pause) => self.trying_again(generation, pause).await,
            Note::Changed(changed) => session.refresh(changed, false, hold),
            Note::Watched(watched) => {
                let forbidden = watched.err();
                self.outbox.send(Event::Unwatched { generation, forbidden }).await;
            }
            Note::Gone(failure) => {
                session.lose(failure.clone());
                self.outbox.send(Event::EngineGone { generation, failure }).await;
            }
            Note::Listed(number, listed, shown) => {
                if let Some(pause) = session.listed(number, listed, shown, hold) {
                    self.trying_again(generation, pause).await;
                }
            }
            Note::Kept => session.unkept = None,
            Note::Rested => session.go_on(hold),
        }
    }

    async fn trying_again(&self, generation: Generation, pause: Duration) {
        let seconds = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
        self.outbox.send(Event::TryingAgain { generation, seconds }).await;
    }

    /// Where archives are kept.
    fn place(&self) -> Option<Place> {
        Place::of(&self.folders)
    }

    /// Beside everything else: a long journal takes a while.
    fn read_journal(&self) {
        let (journal, outbox) = (self.journal.clone(), self.outbox.clone());
        tokio::spawn(async move { outbox.send(Event::JournalRead(journal.read().await)).await });
    }

    fn tell_cut_off(&self) {
        let (journal, outbox) = (self.journal.clone(), self.outbox.clone());
        tokio::spawn(async move {
            let read = journal.cut_off().await;
            if read != JournalRead::default() {
                outbox.send(Event::CutOff(read)).await;
            }
        });
    }

    fn note_found(&self, run: RunId, known: Vec<Known>) {
        let (journal, outbox) = (self.journal.clone(), self.outbox.clone());
        tokio::spawn(async move {
            if let Err(words) = journal.found(run, known).await {
                outbox.send(Event::JournalFailed(words)).await;
            }
        });
    }

    /// Lets the running step end; nothing follows it.
    async fn finish(mut self) {
        if let Some(session) = self.session.take() {
            session.finish().await;
        }
        self.end_search();
        self.stop_run();
        if self.running.is_some()
            && let Err(error) = self.run_ended().await
        {
            tracing::error!("the last run ended without an outcome: {error}");
        }
    }
}
