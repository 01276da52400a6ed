//! What happened in this session, newest last. Words are chosen when it is shown, so that a change of
//! language changes them too.

use std::collections::VecDeque;

use super::archives::ArchiveDeed;
use crate::journal::{UndoAction, UndoAnswer};
use crate::message::Failure;
use crate::model::Item;
use crate::plan::{Ended, StepAction};

/// Older entries are forgotten.
const MOST: usize = 500;

/// Something that happened, and when (seconds since 1970).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub time: i64,
    pub deed: Deed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Connected to an engine: its name, version and address.
    Connected {
        engine: String,
        version: String,
        host: String,
    },
    /// No engine answered, the sample stands in.
    SampleInstead,
    /// The person asked to look for the engine once more.
    Retried,
    /// The person chose another engine while a plan ran.
    SwitchRefused,
    Listed {
        images: usize,
        containers: usize,
    },
    ListingFailed(Failure),
    EngineGone(Failure),
    RunStarted {
        steps: usize,
    },
    /// One line of the engine's answer.
    Line(Item),
    ContainerStopped(String),
    ContainerRemoved(String),
    /// A step that failed: what it was to do, and the engine's words.
    StepFailed(StepAction, String),
    /// A step that was not sent, since it would no longer have done what was planned.
    StepSkipped(StepAction),
    /// A step whose answer was not the predicted one.
    StepDiffers(StepAction),
    RunEnded {
        done: usize,
        of: usize,
        ended: Ended,
    },
    Archive(ArchiveDeed),
    WorkerLost,
    /// One more window was asked for; why there is none.
    WindowUnopened(String),
    /// Something could not be written to the journal, or read from it; why.
    JournalFailed(String),
    NothingToUndo,
    UndoStarted {
        steps: usize,
    },
    Undone(UndoAction),
    NotUndone(UndoAction, UndoAnswer),
    UndoEnded {
        done: usize,
        of: usize,
    },
    /// The file with the settings cannot be used, and those of a first start are.
    SettingsUnread {
        path: String,
        words: String,
    },
    SettingsUnsaved {
        path: String,
        words: String,
    },
}

#[derive(Debug, Default)]
pub struct Activity {
    entries: VecDeque<Entry>,
}

impl Activity {
    /// Logs a listing. Most come by themselves, and are news only if they show something else; one that was
    /// `asked` for is an answer.
    pub fn log_listed(&mut self, time: i64, deed: Deed, asked: bool) {
        let last = self.entries.iter().rev().find(|e| matches!(e.deed, Deed::Listed { .. }));
        if asked || last.is_none_or(|e| e.deed != deed) {
            self.log(time, deed);
        }
    }

    pub fn log(&mut self, time: i64, deed: Deed) {
        if self.entries.len() == MOST {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { time, deed });
    }

    /// Oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> + ExactSizeIterator {
        self.entries.iter()
    }

    pub fn last(&self) -> Option<&Entry> {
        self.entries.back()
    }
}
