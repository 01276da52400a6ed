//! The journal: what was done to an engine, what became of it, and how it is undone. Pure: lines come in as
//! bytes and go out as values; who reads and writes the files is `worker::journal`.
//!
//! A run is one file of JSON lines: its beginning with the whole plan, for each step a line before it is sent
//! and one after its answer, and its end. What is missing tells how far a run came that was cut off.

pub mod create_line;
pub mod entry;
pub mod fate;
pub mod outline;
pub mod read;
pub mod run;
pub mod undo;

pub use create_line::{CreateLine, Secrets, create_line};
pub use entry::{Answer, ContainerRecord, End, Entry, ImageRecord, Line, RunId, SCHEMA, Taken, Task};
pub use fate::{Fate, Known, known};
pub use outline::Outline;
pub use read::{FileProblem, JournalRead, NotRead, Problem, ProblemKind, read_run, schema_of};
pub use run::{Run, Sent, StepRecord};
pub use undo::{
    Archived, Hindrance, Left, UndoAction, UndoAnswer, UndoEnded, UndoPlan, UndoStep, WhyLeft, can_be_undone,
    undo_plan,
};
