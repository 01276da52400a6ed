//! The journal's files. Each run has one of its own, so that programs that run at once never write to the same,
//! and beside it, as long as the run goes on, a marker that its program holds locked. The system lets go of the
//! lock however the program ends: a marker that is left and not locked is that of a run that was cut off.
//!
//! A container's environment may hold passwords: files and folder are for this person only.

mod bound;
mod files;
mod write;

use std::path::PathBuf;
use std::sync::Arc;

use crate::files::Folders;
use crate::journal::{JournalRead, Known, RunId};

pub(super) use write::{Begun, RunJournal};

/// Where runs are written. Clones are the same.
#[derive(Debug, Clone)]
pub(super) struct Journal {
    /// `None` where the system does not say where such things go.
    folder: Option<Arc<PathBuf>>,
}

impl Journal {
    pub fn new(folders: &Folders) -> Self {
        Self { folder: folders.data.as_ref().map(|data| Arc::new(data.join("journal"))) }
    }

    /// Begins a run. Without `written` it is only remembered, which never fails. An error says why it could not
    /// be written: then the run must not begin.
    pub async fn begin(&self, begun: Begun, written: bool) -> Result<RunJournal, String> {
        let place = match (&self.folder, written) {
            (_, false) => None,
            (Some(folder), true) => Some(Arc::clone(folder)),
            (None, true) => return Err("the system does not say where a person's data goes".to_owned()),
        };
        RunJournal::begin(begun, place).await
    }

    /// All that is written, newest first.
    pub async fn read(&self) -> JournalRead {
        self.look(|folder| files::read(folder, false)).await
    }

    /// The same for whoever may wait.
    pub fn read_here(&self) -> JournalRead {
        self.folder.as_ref().map(|folder| files::read(folder, false)).unwrap_or_default()
    }

    /// Only the runs that have no end though nobody runs them any more, and were not told of yet.
    pub async fn cut_off(&self) -> JournalRead {
        self.look(|folder| files::read(folder, true)).await
    }

    /// Writes down what is known of a run that was cut off, once.
    pub async fn found(&self, run: RunId, known: Vec<Known>) -> Result<(), String> {
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        let noted = tokio::task::spawn_blocking(move || files::note_found(&folder, &run, known));
        noted.await.unwrap_or_else(|error| Err(error.to_string()))
    }

    async fn look(&self, read: fn(&std::path::Path) -> JournalRead) -> JournalRead {
        let Some(folder) = self.folder.clone() else { return JournalRead::default() };
        let looked = tokio::task::spawn_blocking(move || read(&folder)).await;
        looked.unwrap_or_else(|error| JournalRead {
            failure: Some(error.to_string()),
            ..JournalRead::default()
        })
    }
}
