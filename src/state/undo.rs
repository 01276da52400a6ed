//! Undoing a run: what it will do is shown before anything is done, and that very value goes to the worker.

use std::sync::Arc;

use super::AppState;
use super::activity::Deed;
use super::removal::Dialog;
use crate::journal::{Run, RunId, Task, UndoAction, UndoAnswer, UndoEnded, UndoPlan, undo_plan};
use crate::message::{Command, JobId, RunOptions};

/// What a person wants undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// The last run that can be.
    Last,
    /// This run, or one step of it.
    Run(RunId, Option<usize>),
}

/// A run being undone.
#[derive(Debug)]
pub struct Undo {
    pub run: Arc<Run>,
    /// One step alone.
    pub only: Option<usize>,
    pub plan: UndoPlan,
    pub phase: UndoPhase,
    pub without_journal: bool,
}

#[derive(Debug)]
pub enum UndoPhase {
    /// With `changed` the plan is not the one that was on screen first.
    Review {
        changed: bool,
    },
    Running {
        job: JobId,
        steps: Vec<UndoState>,
        stopping: bool,
    },
    Ended {
        steps: Vec<UndoState>,
        ended: UndoEnded,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UndoState {
    Waiting,
    /// With how many bytes came of how many, where something is pulled.
    Running {
        bytes: u64,
        of: u64,
    },
    Ended(UndoAnswer),
}

/// Why a run cannot be undone here and now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoUndo<'a> {
    /// Nothing of it can come back, by what is written.
    Nothing,
    /// It was on another engine; its address.
    OtherEngine(&'a str),
    Undone,
}

impl AppState {
    /// Why a run of the journal, or a step of it, cannot be undone here, if it cannot.
    pub fn no_undo<'a>(&self, run: &'a Run, only: Option<usize>) -> Option<NoUndo<'a>> {
        let possible = match only {
            None => run.outline.can_be_undone,
            Some(_) => crate::journal::can_be_undone(run, only),
        };
        if !possible {
            return Some(NoUndo::Nothing);
        }
        if self.journal.is_undone(&run.id) {
            return Some(NoUndo::Undone);
        }
        let is_here =
            self.host().zip(self.connection.engine()).is_some_and(|(host, now)| run.was_on(host, now));
        (!is_here).then_some(NoUndo::OtherEngine(&run.host))
    }

    /// Undoes what the person wants undone, as soon as it is known.
    pub(super) fn want_undo(&mut self, wanted: Wanted, now: i64) -> Vec<Command> {
        if self.is_running() {
            return Vec::new();
        }
        if self.find_undo(&wanted).is_some() {
            self.open_undo(&wanted, now);
            return Vec::new();
        }
        let commands = self.read_journal();
        if commands.is_empty() && self.journal.reading == super::journal::Reading::Done {
            self.open_undo(&wanted, now);
        } else {
            self.journal.want(wanted);
        }
        commands
    }

    /// Whether something that this session did, or that was read, can be undone at once.
    pub fn can_undo_last(&self) -> bool {
        self.journal.last_undoable().is_some_and(|run| self.no_undo(run, None).is_none())
    }

    fn find_undo(&self, wanted: &Wanted) -> Option<(Arc<Run>, Option<usize>)> {
        match wanted {
            Wanted::Run(id, only) => Some((Arc::clone(self.journal.find(id)?), *only)),
            Wanted::Last => {
                let run = self.journal.runs().iter().find(|run| self.no_undo(run, None).is_none())?;
                Some((Arc::clone(run), None))
            }
        }
    }

    pub(super) fn open_undo(&mut self, wanted: &Wanted, now: i64) {
        if self.is_running() || self.blocked().is_some() {
            return;
        }
        let found = self.find_undo(wanted).filter(|(run, only)| self.no_undo(run, *only).is_none());
        let (Some((run, only)), Some(world)) = (found, self.world()) else {
            self.activity.log(now, Deed::NothingToUndo);
            return;
        };
        let plan = undo_plan(&run, only, &world, &self.archives.lookup());
        let phase = UndoPhase::Review { changed: false };
        self.dialog = Dialog::Undo(Box::new(Undo { run, only, plan, phase, without_journal: false }));
    }

    /// After a new observation.
    pub(super) fn replan_undo(&mut self) {
        let (world, archived) = (self.world(), self.archives.lookup());
        let Dialog::Undo(undo) = &mut self.dialog else { return };
        let UndoPhase::Review { changed } = &mut undo.phase else { return };
        let Some(world) = world else {
            self.dialog = Dialog::None;
            return;
        };
        let plan = undo_plan(&undo.run, undo.only, &world, &archived);
        *changed |= plan.steps != undo.plan.steps;
        undo.plan = plan;
    }

    pub(super) fn accept_undo(&mut self) {
        if let Dialog::Undo(undo) = &mut self.dialog
            && let UndoPhase::Review { changed } = &mut undo.phase
        {
            *changed = false;
        }
    }

    /// The journal cannot be written, and the person wants it all the same: it is shown once more.
    pub(super) fn undo_without_journal(&mut self) {
        let (world, archived) = (self.world(), self.archives.lookup());
        if let (Dialog::Undo(undo), Some(world)) = (&mut self.dialog, world) {
            undo.without_journal = true;
            undo.plan = undo_plan(&undo.run, undo.only, &world, &archived);
            undo.phase = UndoPhase::Review { changed: false };
        }
    }

    pub(super) fn confirm_undo(&mut self, now: i64) -> Vec<Command> {
        if self.blocked().is_some() {
            return Vec::new();
        }
        self.last_job = JobId(self.last_job.0 + 1);
        let job = self.last_job;
        let Dialog::Undo(undo) = &mut self.dialog else { return Vec::new() };
        if !matches!(undo.phase, UndoPhase::Review { changed: false }) || undo.plan.steps.is_empty() {
            return Vec::new();
        }
        let steps = vec![UndoState::Waiting; undo.plan.steps.len()];
        undo.phase = UndoPhase::Running { job, steps, stopping: false };
        let options = RunOptions { archive: None, without_journal: undo.without_journal };
        let plan = Box::new(undo.plan.clone());
        self.activity.log(now, Deed::UndoStarted { steps: plan.steps.len() });
        vec![Command::Undo { job, plan, options }]
    }

    fn undoing(&mut self, wanted: JobId) -> Option<(&UndoPlan, &mut Vec<UndoState>)> {
        let Dialog::Undo(undo) = &mut self.dialog else { return None };
        match &mut undo.phase {
            UndoPhase::Running { job, steps, .. } if *job == wanted => Some((&undo.plan, steps)),
            UndoPhase::Running { .. } | UndoPhase::Review { .. } | UndoPhase::Ended { .. } => None,
        }
    }

    /// A step began, or is so far.
    pub(super) fn undo_running(&mut self, job: JobId, step: usize, bytes: u64, of: u64) {
        if let Some(slot) = self.undoing(job).and_then(|(_, steps)| steps.get_mut(step))
            && !matches!(slot, UndoState::Ended(_))
        {
            *slot = UndoState::Running { bytes, of };
        }
    }

    pub(super) fn undo_step_ended(&mut self, job: JobId, step: usize, answer: UndoAnswer, now: i64) {
        let Some((plan, steps)) = self.undoing(job) else { return };
        let action = plan.steps.get(step).map(|step| step.action.clone());
        if let Some(slot) = steps.get_mut(step) {
            *slot = UndoState::Ended(answer.clone());
        }
        if let Some(action) = action {
            self.log_undone(action, answer, now);
        }
    }

    fn log_undone(&mut self, action: UndoAction, answer: UndoAnswer, now: i64) {
        let deed = match (answer.is_done(), answer) {
            (Some(true), _) => Deed::Undone(action),
            (Some(false) | None, answer) => Deed::NotUndone(action, answer),
        };
        self.activity.log(now, deed);
    }

    pub(super) fn undo_ended(&mut self, job: JobId, ended: UndoEnded, now: i64) {
        let Some((plan, steps)) = self.undoing(job) else { return };
        let (of, steps) = (plan.steps.len(), std::mem::take(steps));
        let done = |state: &&UndoState| matches!(state, UndoState::Ended(a) if a.is_done() == Some(true));
        let done = steps.iter().filter(done).count();
        self.listing.outrun = steps.iter().any(|state| matches!(state, UndoState::Ended(_)));
        if let Dialog::Undo(undo) = &mut self.dialog {
            undo.phase = UndoPhase::Ended { steps, ended };
        }
        self.activity.log(now, Deed::UndoEnded { done, of });
    }

    /// Whether a run that is shown is one of an undoing.
    pub fn is_undoing(&self) -> bool {
        matches!(&self.dialog, Dialog::Undo(undo) if matches!(undo.phase, UndoPhase::Running { .. }))
    }

    pub(super) fn stop_undo(&mut self) -> Vec<Command> {
        let Dialog::Undo(undo) = &mut self.dialog else { return Vec::new() };
        match &mut undo.phase {
            UndoPhase::Running { job, stopping, .. } if !*stopping => {
                *stopping = true;
                vec![Command::StopRun { job: *job }]
            }
            UndoPhase::Running { .. } | UndoPhase::Review { .. } | UndoPhase::Ended { .. } => Vec::new(),
        }
    }
}

/// Whether a run is one that undid another.
pub fn is_undo(run: &Run) -> bool {
    matches!(run.task, Task::Undo(_))
}
