//! What the window and the worker say to each other: plain data, nothing borrowed, nothing shared.
//!
//! Whatever answers a request carries the generation or job it belongs to, so that late answers to
//! questions nobody asks any more are dropped.

mod listing;
mod work;

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;

pub use self::listing::{ImageSummary, ListingProgress, Observation};
pub use self::work::{Drafted, ToDraft, Work, Worked};
use crate::archive::{ArchiveId, RestoreProgress, Restored, SaveProgress, Saved, Shelf, Wish};
use crate::journal::{JournalRead, Known, Run, RunId, UndoAnswer, UndoEnded, UndoPlan};
use crate::model::{
    Candidate, EngineInfo, ImageId, Probe, Question, Reference, Remote, RemoteCatalog, RemoteFailure,
    RemoteTags,
};
pub use crate::model::{Endpoint, Failure, FailureKind, SAMPLE_HOST};
use crate::plan::{Outcome, RemovalPlan, StepOutcome};
use crate::report::{Format, Report};
use crate::words::Language;

/// Counts connections and refreshes asked for by the window; newer ones make older answers stale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(pub u64);

/// Names one run of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId(pub u64);

/// Names one thing that was asked to be worked out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskId(pub u64);

/// Names one search for engines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SearchId(pub u64);

/// Names one engine's images among all that registries were asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct LookUpId(pub u64);

/// What a registry said of one name of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookedUp {
    pub image: ImageId,
    pub reference: Reference,
    pub remote: Remote,
}

/// From the window to the worker.
#[derive(Debug)]
pub enum Command {
    /// Drop the present engine, if any; connect, list and watch.
    Connect {
        generation: Generation,
        endpoint: Endpoint,
    },
    /// See which engines there are; the present one stays. Only the latest search is answered.
    FindEngines {
        search: SearchId,
        /// An address that the person has given, which may be found in no other way.
        given: Option<String>,
    },
    /// List the present engine again.
    Refresh {
        generation: Generation,
    },
    /// Run this very plan.
    Run {
        job: JobId,
        plan: Arc<RemovalPlan>,
        options: RunOptions,
    },
    /// Undo what this says, in the same way.
    Undo {
        job: JobId,
        plan: Box<UndoPlan>,
        options: RunOptions,
    },
    /// Read all that the journal holds.
    ReadJournal,
    /// The person has been told of a run that was cut off, and of what is known of it.
    FoundCutOff {
        run: RunId,
        known: Vec<Known>,
    },
    /// Let the running step finish, then stop.
    StopRun {
        job: JobId,
    },
    /// After a pause: list again, and go on with the steps that still do what was planned.
    GoOn {
        job: JobId,
        pause: u32,
    },
    /// Read what is archived.
    ReadArchives,
    /// Bring an image back from its archive.
    RestoreArchived {
        job: JobId,
        archive: ArchiveId,
        image: ImageId,
    },
    DeleteArchive {
        archive: ArchiveId,
    },
    /// Free something large that is not shown any more: that takes longer than a frame may.
    LetGo(Box<dyn Any + Send>),
    /// Work something out that takes too long for the window's thread.
    WorkOut {
        task: TaskId,
        work: Box<Work>,
    },
    /// Write a report.
    Export {
        task: TaskId,
        export: Box<Export>,
    },
    /// Ask registries whether these images could be pulled again. `trusted` are the hosts that the person lets be
    /// spoken to without TLS.
    LookUp {
        lookup: LookUpId,
        questions: Vec<Question>,
        trusted: Vec<String>,
    },
    /// Ask a registry for its repositories; `known` are those that it is known to have, should it list none.
    ListRegistry {
        registry: String,
        known: Vec<String>,
        trusted: Vec<String>,
    },
    /// Ask for the tags of a repository.
    ListTags {
        registry: String,
        repository: String,
        trusted: Vec<String>,
    },
}

/// A report to be written; all of it is known already.
#[derive(Debug)]
pub struct Export {
    pub report: Report,
    pub format: Format,
    pub language: Language,
    /// Names, hosts, labels and IDs are to be replaced first.
    pub anonymous: bool,
    pub to: Destination,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Whole, or not at all. `replaces`: what is there already may go.
    File { path: PathBuf, replaces: bool },
    /// Back to the window.
    Text,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exported {
    File(PathBuf),
    Text(String),
}

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unwritten {
    /// Something stands there already.
    Taken,
    /// What failed, on what.
    Failed(String),
}

/// How a plan is run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// What is to be safely archived before the first step.
    pub archive: Option<Box<Wish>>,
    /// The person wants it run though nothing of it is written to the journal.
    pub without_journal: bool,
}

/// From the worker to the window.
#[derive(Debug)]
pub enum Event {
    /// The last that was seen at the address that is asked now. Whether the same engine answers, and with what,
    /// is not known.
    Remembered {
        generation: Generation,
        host: String,
        /// In seconds since 1970.
        at: i64,
        observation: Observation,
    },
    /// Another engine answers than the one that was remembered.
    Forgotten {
        generation: Generation,
    },
    /// The engine did not answer, or could not be listed; it is asked again by itself.
    TryingAgain {
        generation: Generation,
        seconds: u64,
    },
    /// An engine answered. A listing follows.
    Connected {
        generation: Generation,
        host: String,
        engine: EngineInfo,
    },
    /// No engine answered; everything that was tried, in order.
    NoEngine {
        generation: Generation,
        tried: Vec<Failure>,
        /// Nobody has chosen what was tried: another engine may stand in, if that is said.
        unchosen: bool,
    },
    /// Engines that may be there; what each answers follows.
    EnginesFound {
        search: SearchId,
        candidates: Vec<Candidate>,
    },
    /// What the engine at this place of the search says, or why it does not.
    EngineProbed {
        search: SearchId,
        at: usize,
        probe: Probe,
    },
    /// How far a listing is.
    Listing {
        generation: Generation,
        progress: ListingProgress,
    },
    /// A listing; may be followed by fuller ones of the same generation, as layers are read.
    Observed {
        generation: Generation,
        observation: Observation,
    },
    /// The engine could not be listed. What was shown before is stale.
    ListingFailed {
        generation: Generation,
        failure: Failure,
    },
    /// The event stream broke: the engine is gone or restarting. What is shown is stale.
    EngineGone {
        generation: Generation,
        failure: Failure,
    },
    /// This machine slept. What is shown is of before, until a listing has come.
    Slept {
        generation: Generation,
    },
    /// The engine is there, and does not let its events be followed; `None` once it does.
    Unwatched {
        generation: Generation,
        forbidden: Option<Failure>,
    },
    StepStarted {
        job: JobId,
        step: usize,
    },
    StepEnded {
        job: JobId,
        step: usize,
        outcome: StepOutcome,
    },
    /// The answer to `step` was not the predicted one: the run waits for a person, who has it stopped or go
    /// on. With `failure` the engine could not be listed: after the person let it go on, or, if the step was
    /// not `sent`, before it.
    RunPaused {
        job: JobId,
        /// Counts the pauses of this run; an answer to an earlier one is not taken for this one.
        pause: u32,
        step: usize,
        sent: bool,
        failure: Option<Failure>,
    },
    RunEnded {
        job: JobId,
        outcome: Outcome,
    },
    /// How far the archive of a run is; the first step has not begun.
    Saving {
        job: JobId,
        progress: SaveProgress,
    },
    /// What a run is to take is safely archived.
    Saved {
        job: JobId,
        saved: Saved,
    },
    /// What is archived, or why that cannot be told.
    Archives(Result<Arc<Shelf>, String>),
    Restoring {
        job: JobId,
        progress: RestoreProgress,
    },
    RestoreEnded {
        job: JobId,
        result: Result<Restored, String>,
    },
    ArchiveDeleted {
        archive: ArchiveId,
        result: Result<(), String>,
    },
    UndoStepStarted {
        job: JobId,
        step: usize,
    },
    /// How far a pull is; bytes of all that is known to come.
    UndoProgress {
        job: JobId,
        step: usize,
        bytes: u64,
        of: u64,
    },
    UndoStepEnded {
        job: JobId,
        step: usize,
        answer: UndoAnswer,
    },
    UndoEnded {
        job: JobId,
        ended: UndoEnded,
    },
    /// A run of this program as the journal has it; comes before the run is told to have ended. With
    /// `unwritten` not all of it could be written, and why.
    Journalled {
        run: Arc<Run>,
        unwritten: Option<String>,
    },
    /// All that the journal holds.
    JournalRead(JournalRead),
    /// Runs that nobody saw the end of. Comes once, at the start.
    CutOff(JournalRead),
    /// Something could not be added to the journal.
    JournalFailed(String),
    WorkedOut {
        task: TaskId,
        result: Worked,
    },
    /// The program itself failed at it.
    NotWorkedOut {
        task: TaskId,
        why: String,
    },
    /// How many rows of a report are written, and of how many.
    ExportProgress {
        task: TaskId,
        done: usize,
        of: usize,
    },
    Exported {
        task: TaskId,
        result: Result<Exported, Unwritten>,
    },
    /// Answers of registries, as they come.
    LookedUp {
        lookup: LookUpId,
        answers: Vec<LookedUp>,
    },
    RegistryListed {
        registry: String,
        catalog: Result<RemoteCatalog, RemoteFailure>,
    },
    TagsListed {
        registry: String,
        repository: String,
        tags: Result<RemoteTags, RemoteFailure>,
    },
}
