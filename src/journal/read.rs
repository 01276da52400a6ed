//! From the bytes of a run's file to the run. A file may end in the middle of a line, hold what is not of this
//! program, or come from a newer one: each is said, and the rest is read.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::entry::{Line, SCHEMA};
use super::run::Run;

/// What is written of all runs, newest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JournalRead {
    pub runs: Vec<Arc<Run>>,
    pub problems: Vec<FileProblem>,
    /// Why the journal could not be looked into at all.
    pub failure: Option<String>,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    pub file: String,
    pub what: NotRead,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotRead {
    Line(Problem),
    /// The system's words.
    File(String),
}

impl FileProblem {
    pub fn in_line(file: &Path, problem: Problem) -> Self {
        Self { file: file.display().to_string(), what: NotRead::Line(problem) }
    }

    pub fn of_file(file: &Path, words: &dyn std::fmt::Display) -> Self {
        Self { file: file.display().to_string(), what: NotRead::File(words.to_string()) }
    }
}

/// A line that could not be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    pub kind: ProblemKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// The last line was never finished: the program or the machine died while it was written.
    HalfWritten,
    /// A newer program wrote it; holds the schema.
    Newer(u32),
    /// It is no entry of this run; holds why.
    Foreign(String),
}

/// What every schema has.
#[derive(Deserialize)]
struct Schema {
    schema: u32,
}

/// Reads a whole file. Without a beginning that can be read there is no run.
pub fn read_run(text: &[u8]) -> (Option<Run>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut run: Option<Run> = None;
    let mut lines = text.split(|byte| *byte == b'\n').enumerate().peekable();
    while let Some((at, bytes)) = lines.next() {
        if bytes.is_empty() {
            continue;
        }
        // Every whole line ends with a line break, so that something follows it here, if only nothing.
        let whole = lines.peek().is_some();
        let kind = match parse(bytes) {
            Ok(line) => {
                let (taken, why) = if let Some(run) = &mut run {
                    (run.take(line), "it does not belong to this run")
                } else {
                    run = Run::begin(line);
                    (run.is_some(), "the run's beginning is missing")
                };
                if taken {
                    continue;
                }
                ProblemKind::Foreign(why.to_owned())
            }
            Err(_) if !whole => ProblemKind::HalfWritten,
            Err(kind) => kind,
        };
        problems.push(Problem { line: at + 1, kind });
    }
    (run, problems)
}

/// The schema of a line; `None` where it has none.
pub fn schema_of(line: &[u8]) -> Option<u32> {
    serde_json::from_slice::<Schema>(line).ok().map(|line| line.schema)
}

fn parse(bytes: &[u8]) -> Result<Line, ProblemKind> {
    let foreign = |error: serde_json::Error| ProblemKind::Foreign(error.to_string());
    let Schema { schema } = serde_json::from_slice(bytes).map_err(foreign)?;
    if schema > SCHEMA {
        return Err(ProblemKind::Newer(schema));
    }
    serde_json::from_slice(bytes).map_err(foreign)
}
