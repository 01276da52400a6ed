//! The list of all that the journal holds, as a person filters it. Its rows are worked out when something
//! changes; only those in view are ever painted.

use std::collections::HashSet;

use super::AppState;
use super::journal::Journal;
use super::removal::Dialog;
use crate::journal::RunId;
use crate::message::Command;

/// What is open over the window.
#[derive(Debug, Default)]
pub struct History {
    pub filter: String,
    /// The address of the only engine to show.
    pub host: Option<String>,
    pub only: Only,
    rows: Vec<HistoryRow>,
    /// All addresses there are, sorted.
    pub hosts: Vec<String>,
    open: HashSet<RunId>,
    pub selected: Option<HistoryRow>,
}

/// Which runs are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Only {
    #[default]
    All,
    Failed,
    Undoable,
}

/// A run, or a step of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    pub run: RunId,
    /// Its place in the journal, so that nothing is looked for while painting.
    pub at: usize,
    pub step: Option<usize>,
}

/// How the list is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryChange {
    Filter(String),
    Host(Option<String>),
    Only(Only),
    Select(HistoryRow),
    /// Opens or closes the steps of a run.
    Toggle(RunId),
    /// Selects the row that is so many further down.
    Move(isize),
}

impl History {
    pub fn rows(&self) -> &[HistoryRow] {
        &self.rows
    }

    pub fn is_open(&self, run: &RunId) -> bool {
        self.open.contains(run)
    }

    /// Works the rows out anew.
    pub(super) fn refill(&mut self, journal: &Journal) {
        let wanted = self.filter.trim().to_lowercase();
        let words: Vec<&str> = wanted.split_whitespace().collect();
        self.rows.clear();
        let mut hosts: Vec<&str> = journal.runs().iter().map(|run| &*run.host).collect();
        hosts.sort_unstable();
        hosts.dedup();
        self.hosts = hosts.into_iter().map(str::to_owned).collect();
        for (at, run) in journal.runs().iter().enumerate() {
            let fits = self.host.as_ref().is_none_or(|host| *host == run.host)
                && match self.only {
                    Only::All => true,
                    Only::Failed => run.has_failed(),
                    Only::Undoable => run.outline.can_be_undone && !journal.is_undone(&run.id),
                };
            if !fits {
                continue;
            }
            let in_run = |word: &&str| run.outline.run.contains(*word);
            let step_fits = |step: &String| words.iter().all(|word| in_run(word) || step.contains(*word));
            let run_fits = words.iter().all(in_run);
            let any = run_fits || run.outline.steps.iter().any(step_fits);
            if !any {
                continue;
            }
            let row = |step| HistoryRow { run: run.id.clone(), at, step };
            self.rows.push(row(None));
            let open = self.open.contains(&run.id);
            if open || !run_fits {
                let steps = run.outline.steps.iter().enumerate();
                let shown =
                    steps.filter(|(_, step)| open || step_fits(step)).map(|(step, _)| row(Some(step)));
                self.rows.extend(shown);
            }
        }
        let selected = self
            .selected
            .take()
            .and_then(|old| self.rows.iter().find(|row| row.run == old.run && row.step == old.step).cloned());
        self.selected = selected.or_else(|| self.rows.first().cloned());
    }

    fn change(&mut self, change: HistoryChange, journal: &Journal) {
        match change {
            HistoryChange::Filter(text) => self.filter = text,
            HistoryChange::Host(host) => self.host = host,
            HistoryChange::Only(only) => self.only = only,
            HistoryChange::Select(row) => {
                self.selected = Some(row);
                return;
            }
            HistoryChange::Toggle(run) => {
                if !self.open.remove(&run) {
                    self.open.insert(run);
                }
            }
            HistoryChange::Move(by) => {
                let now = self.selected.as_ref().and_then(|row| self.rows.iter().position(|r| r == row));
                let next = now.map_or(0, |now| now.saturating_add_signed(by));
                let last = self.rows.len().saturating_sub(1);
                self.selected = self.rows.get(next.min(last)).cloned();
                return;
            }
        }
        self.refill(journal);
    }
}

impl AppState {
    /// Opens the list; what earlier sessions wrote is read now.
    pub(super) fn show_history(&mut self) -> Vec<Command> {
        if self.is_running() {
            return Vec::new();
        }
        let mut history = History::default();
        history.refill(&self.journal);
        self.dialog = Dialog::History(Box::new(history));
        self.read_journal()
    }

    pub(super) fn change_history(&mut self, change: HistoryChange) {
        if let Dialog::History(history) = &mut self.dialog {
            history.change(change, &self.journal);
        }
    }
}
