//! One run as its lines tell it, put together line by line: by the program that writes them and by the one
//! that reads them, so that both know the same.

use super::entry::{Answer, End, Entry, Line, RunId, Taken, Task};
use super::fate::Known;
use super::outline::Outline;
use super::undo::UndoEnded;
use crate::model::EngineInfo;
use crate::plan::{Ended, StepAnswer, Undo};

/// A run, whether it ended or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub id: RunId,
    /// Seconds since 1970.
    pub begun: i64,
    pub engine: EngineInfo,
    pub host: String,
    pub program: String,
    pub task: Task,
    /// One for each step of the task.
    pub steps: Vec<StepRecord>,
    /// When and why it ended.
    pub ended: Option<(i64, End)>,
    /// Without an end: when that was found out, and what was known then.
    pub found: Option<(i64, Vec<Known>)>,
    /// It has no end because it goes on at this moment, in this program or another.
    pub under_way: bool,
    /// See [`Run::outlined`].
    pub outline: Outline,
}

/// What is written of one step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StepRecord {
    pub sent: Option<Sent>,
    pub answered: Option<(i64, Answer)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    pub at: i64,
    pub taken: Taken,
    pub undo: Option<Undo>,
}

impl StepRecord {
    /// Whether the engine did it; `None` where it was sent and nobody knows.
    pub fn is_done(&self) -> Option<bool> {
        match (&self.sent, &self.answered) {
            (_, Some((_, Answer::Removal(outcome)))) => match outcome.answer {
                StepAnswer::Lost(_) => None,
                StepAnswer::Done
                | StepAnswer::Lines(_)
                | StepAnswer::Refused { .. }
                | StepAnswer::NotSent(_) => Some(outcome.judgement.is_done()),
            },
            (_, Some((_, Answer::Undo(answer)))) => answer.is_done(),
            (Some(_), None) => None,
            (None, None) => Some(false),
        }
    }
}

impl Run {
    /// The run that begins with this line; `None` if it is not a beginning.
    pub fn begin(line: Line) -> Option<Self> {
        let Entry::Begun { engine, host, program, task } = line.entry else { return None };
        Some(Self {
            id: line.run,
            begun: line.at,
            engine,
            host,
            program,
            steps: vec![StepRecord::default(); task.len()],
            task,
            ended: None,
            found: None,
            under_way: false,
            outline: Outline::default(),
        })
    }

    /// Takes in what follows; `false` if it does not belong here.
    pub fn take(&mut self, line: Line) -> bool {
        let Line { run, at, entry, .. } = line;
        if run != self.id {
            return false;
        }
        match entry {
            Entry::Begun { .. } => return false,
            Entry::Sent { step, taken, undo } => match self.steps.get_mut(step) {
                Some(record) => record.sent = Some(Sent { at, taken, undo }),
                None => return false,
            },
            Entry::Answered { step, answer } => match self.steps.get_mut(step) {
                Some(record) => record.answered = Some((at, answer)),
                None => return false,
            },
            Entry::Ended { ended } => self.ended = Some((at, ended)),
            Entry::Found { known } => self.found = Some((at, known)),
        }
        true
    }

    /// Whether this engine, at this address, is the one that it ran on, with the same store. Some engines have an
    /// ID; of the others, and in older journals, the address has to do.
    pub fn was_on(&self, host: &str, engine: &EngineInfo) -> bool {
        let same = match (&self.engine.id, &engine.id) {
            (Some(one), Some(other)) => one == other,
            (None, _) | (_, None) => (&*self.host, &self.engine.name) == (host, &engine.name),
        };
        same && self.engine.store == engine.store
    }

    /// Whether it has no end though it does not go on any more: the program or the machine died.
    pub fn was_cut_off(&self) -> bool {
        self.ended.is_none() && !self.under_way
    }

    /// How many steps the engine did for certain.
    pub fn done(&self) -> usize {
        self.steps.iter().filter(|step| step.is_done() == Some(true)).count()
    }

    /// Steps that were sent and of which no answer came.
    pub fn unanswered(&self) -> impl Iterator<Item = usize> {
        let steps = self.steps.iter().enumerate();
        steps.filter(|(_, step)| step.sent.is_some() && step.is_done().is_none()).map(|(at, _)| at)
    }

    /// Whether it did not come to the end that was planned.
    pub fn has_failed(&self) -> bool {
        match &self.ended {
            None => !self.under_way,
            Some((_, End::Removal(ended))) => !matches!(ended, Ended::Completed | Ended::Stopped),
            Some((_, End::Undo(ended))) => {
                !matches!(ended, UndoEnded::Completed | UndoEnded::Stopped)
                    || self.steps.iter().any(|step| step.answered.is_some() && step.is_done() != Some(true))
            }
        }
    }
}
