//! The folder: which runs there are, which of them go on, and what stands in them.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::journal::{Entry, FileProblem, JournalRead, Known, Line, Run, RunId, SCHEMA, read_run, schema_of};

pub(super) const RUN: &str = "jsonl";
const MARKER: &str = "running";

/// Seconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

pub(super) fn file_of(folder: &Path, run: &RunId) -> PathBuf {
    folder.join(format!("{}.{RUN}", run.0))
}

pub(super) fn marker_of(folder: &Path, run: &RunId) -> PathBuf {
    folder.join(format!("{}.{MARKER}", run.0))
}

/// A new file for this person only.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A marker that nobody holds any more, held by this program from now on; `None` while its run goes on, or
/// where that cannot be told.
pub(super) fn take_over(marker: &Path) -> Option<File> {
    let file = OpenOptions::new().write(true).open(marker).ok()?;
    match file.try_lock() {
        Ok(()) => Some(file),
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => None,
    }
}

/// The runs by their files, oldest first: their names begin with the time.
pub(super) fn runs(folder: &Path) -> io::Result<Vec<RunId>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut runs = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        if let (Some(stem), true) = (stem, path.extension().is_some_and(|kind| kind == RUN)) {
            runs.push(RunId(stem.to_owned()));
        }
    }
    runs.sort();
    Ok(runs)
}

/// Whether a newer program began this run.
pub(super) fn is_newer(path: &Path) -> bool {
    let mut first = String::new();
    let read = File::open(path).and_then(|file| io::BufReader::new(file).read_line(&mut first));
    read.is_ok() && schema_of(first.as_bytes()).is_some_and(|schema| schema > SCHEMA)
}

/// Reads all runs, or only those that were cut off and not told of.
pub(super) fn read(folder: &Path, only_cut_off: bool) -> JournalRead {
    let mut read = JournalRead::default();
    let runs = match runs(folder) {
        Ok(runs) => runs,
        Err(error) => {
            read.failure = Some(format!("{}: {error}", folder.display()));
            return read;
        }
    };
    for run in runs.into_iter().rev() {
        let marker = marker_of(folder, &run);
        let is_marked = marker.exists();
        if only_cut_off && !is_marked {
            continue;
        }
        let under_way = is_marked && take_over(&marker).is_none();
        if only_cut_off && under_way {
            continue;
        }
        let path = file_of(folder, &run);
        match fs::read(&path) {
            Ok(text) => {
                let (found, problems) = read_run(&text);
                read.runs.extend(found.map(|found| Run { under_way, ..found }.outlined()).map(Into::into));
                read.problems
                    .extend(problems.into_iter().map(|problem| FileProblem::in_line(&path, problem)));
            }
            // Another program has made room meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => read.problems.push(FileProblem::of_file(&path, &error)),
        }
    }
    read
}

/// Adds to a run that was cut off what is known of it. Another program may have done so: then nothing is left
/// to be done.
pub(super) fn note_found(folder: &Path, run: &RunId, known: Vec<Known>) -> Result<(), String> {
    let (path, marker) = (file_of(folder, run), marker_of(folder, run));
    let Some(held) = take_over(&marker) else { return Ok(()) };
    let line = Line { schema: SCHEMA, run: run.clone(), at: now(), entry: Entry::Found { known } };
    let note = || -> io::Result<()> {
        let mut text = fs::read(&path)?;
        let begins_anew = text.last().is_none_or(|byte| *byte == b'\n');
        text.clear();
        if !begins_anew {
            // What was cut off in the middle of a line stays as it is.
            text.push(b'\n');
        }
        serde_json::to_writer(&mut text, &line)?;
        text.push(b'\n');
        let mut file = OpenOptions::new().append(true).open(&path)?;
        file.write_all(&text)?;
        file.sync_data()
    };
    note().map_err(|error| format!("{}: {error}", path.display()))?;
    drop(held);
    fs::remove_file(&marker).map_err(|error| format!("{}: {error}", marker.display()))
}
