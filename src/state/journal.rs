//! What is known of the journal: the runs of this session as they end, those of earlier ones once they were
//! asked for, and those that nobody saw the end of.

use std::collections::HashSet;
use std::sync::Arc;

use super::AppState;
use super::activity::Deed;
use super::removal::Dialog;
use super::undo::Wanted;
use crate::journal::{FileProblem, JournalRead, Known, Run, RunId, Task, known};
use crate::message::Command;

#[derive(Debug, Default)]
pub struct Journal {
    /// Newest first.
    runs: Vec<Arc<Run>>,
    pub reading: Reading,
    /// What could not be read.
    pub problems: Vec<FileProblem>,
    /// Why the journal cannot be looked into at all.
    pub failure: Option<String>,
    /// Until the person has taken note.
    pub cut_off: Vec<CutOff>,
    /// The place of the newest run that can be undone.
    undoable: Option<usize>,
    /// Runs that were undone to their end.
    undone: HashSet<RunId>,
    /// The last run that ended; for its outcome.
    latest: Option<Arc<Run>>,
    /// What is to be undone once the journal is read.
    wanted: Option<Wanted>,
}

/// Whether earlier sessions are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reading {
    #[default]
    NotAsked,
    Waiting,
    Done,
}

/// A run that nobody saw the end of.
#[derive(Debug, Clone, PartialEq)]
pub struct CutOff {
    pub run: Arc<Run>,
    /// Of its steps without an answer; `None` until its engine was listed.
    pub known: Option<Vec<Known>>,
}

impl Journal {
    /// The newest run of which something can come back, and that was not undone.
    pub(super) fn last_undoable(&self) -> Option<&Arc<Run>> {
        self.runs.get(self.undoable?)
    }

    /// Newest first.
    pub fn runs(&self) -> &[Arc<Run>] {
        &self.runs
    }

    pub fn find(&self, id: &RunId) -> Option<&Arc<Run>> {
        self.runs.iter().find(|run| run.id == *id)
    }

    /// Whether a run was undone to its end.
    pub fn is_undone(&self, id: &RunId) -> bool {
        self.undone.contains(id)
    }

    /// The run that ended right now.
    pub(super) fn take_latest(&mut self) -> Option<Arc<Run>> {
        self.latest.take()
    }

    pub(super) fn want(&mut self, wanted: Wanted) {
        self.wanted = Some(wanted);
    }

    fn find_undoable(&mut self) {
        let can = |run: &Arc<Run>| run.outline.can_be_undone && !self.undone.contains(&run.id);
        self.undoable = self.runs.iter().position(can);
    }

    fn note_undone(&mut self, run: &Run) {
        if let Task::Undo(plan) = &run.task
            && !run.has_failed()
            && run.ended.is_some()
            && run.done() == plan.steps.len()
        {
            self.undone.insert(plan.of.clone());
        }
    }

    fn add(&mut self, run: Arc<Run>) {
        self.note_undone(&run);
        match self.runs.iter_mut().find(|known| known.id == run.id) {
            Some(known) => *known = run,
            None => self.runs.insert(0, run),
        }
        self.find_undoable();
    }
}

impl AppState {
    pub(super) fn journalled(&mut self, run: Arc<Run>, unwritten: Option<String>, now: i64) {
        if let Some(words) = unwritten {
            self.activity.log(now, Deed::JournalFailed(words));
        }
        self.journal.latest = Some(Arc::clone(&run));
        self.journal.add(run);
        self.history_changed();
    }

    /// Asks for what is written, unless that was done.
    pub(super) fn read_journal(&mut self) -> Vec<Command> {
        if self.journal.reading != Reading::NotAsked {
            return Vec::new();
        }
        self.journal.reading = Reading::Waiting;
        vec![Command::ReadJournal]
    }

    pub(super) fn journal_read(&mut self, read: JournalRead, now: i64) {
        let JournalRead { runs, problems, failure } = read;
        // What was only remembered is in no file.
        let remembered = std::mem::take(&mut self.journal.runs);
        self.journal.runs = runs;
        for run in remembered.into_iter().rev() {
            self.journal.add(run);
        }
        for run in self.journal.runs.clone() {
            self.journal.note_undone(&run);
        }
        self.journal.find_undoable();
        (self.journal.problems, self.journal.failure) = (problems, failure);
        self.journal.reading = Reading::Done;
        self.history_changed();
        if let Some(wanted) = self.journal.wanted.take() {
            self.open_undo(&wanted, now);
        }
    }

    pub(super) fn cut_off(&mut self, read: JournalRead, now: i64) {
        let JournalRead { runs, failure, .. } = read;
        if let Some(words) = failure {
            self.activity.log(now, Deed::JournalFailed(words));
        }
        // One that only its last mark is missing of came to its end all the same.
        let runs = runs.into_iter().filter(|run| run.was_cut_off());
        self.journal.cut_off = runs.map(|run| CutOff { run, known: None }).collect();
        self.look_after_cut_off();
    }

    /// What the present listing tells of them.
    pub(super) fn look_after_cut_off(&mut self) {
        if self.journal.cut_off.is_empty() || self.blocked_by_listing() {
            return;
        }
        let Some(world) = self.world() else { return };
        let Some(host) = self.host().map(str::to_owned) else { return };
        for cut_off in &mut self.journal.cut_off {
            if cut_off.run.was_on(&host, world.engine()) {
                cut_off.known = Some(known(&cut_off.run, &world));
            }
        }
    }

    /// The person has read what is known of the runs that were cut off.
    pub(super) fn dismiss_cut_off(&mut self, now: i64) -> Vec<Command> {
        let told = std::mem::take(&mut self.journal.cut_off);
        let commands = told.into_iter().map(|cut_off| {
            let known = cut_off.known.unwrap_or_default();
            let run = Run { found: Some((now, known.clone())), ..Run::clone(&cut_off.run) };
            let id = run.id.clone();
            self.journal.add(Arc::new(run));
            Command::FoundCutOff { run: id, known }
        });
        let commands = commands.collect();
        self.history_changed();
        commands
    }

    /// The address of the engine whose listing is on screen.
    pub fn host(&self) -> Option<&str> {
        use super::Connection;
        match &self.connection {
            Connection::Live { host, .. } | Connection::Gone { host, .. } => Some(host),
            Connection::Sample { .. } => Some(crate::message::SAMPLE_HOST),
            Connection::Connecting | Connection::WorkerLost => None,
        }
    }

    fn history_changed(&mut self) {
        if let Dialog::History(history) = &mut self.dialog {
            history.refill(&self.journal);
        }
    }
}
