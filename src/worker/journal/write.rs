//! Writes one run. Every line is on the disk before what it announces begins; what was only half written is
//! taken back, so that the next line stands by itself.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{bound, files};
use crate::files::create_folder;
use crate::journal::{End, Entry, Line, Run, RunId, SCHEMA, Task};
use crate::model::EngineInfo;

/// What a run begins with.
pub(in crate::worker) struct Begun {
    pub engine: EngineInfo,
    pub host: String,
    pub task: Task,
}

/// A run that is being written. Dropped without its end it counts as cut off.
pub(in crate::worker) struct RunJournal {
    run: Run,
    /// `None` where it is only remembered.
    out: Option<Out>,
    /// Why something that happened could not be written.
    unwritten: Option<String>,
}

struct Out {
    path: PathBuf,
    file: File,
    /// Of all whole lines.
    length: u64,
    marker: PathBuf,
    /// Locked as long as it is open.
    held: File,
}

impl RunJournal {
    pub(super) async fn begin(begun: Begun, folder: Option<Arc<PathBuf>>) -> Result<Self, String> {
        let id = new_id();
        let Begun { engine, host, task } = begun;
        let program = env!("CARGO_PKG_VERSION").to_owned();
        let line = line(&id, Entry::Begun { engine, host, program, task });
        let text = encode(&line)?;
        let out = match folder {
            None => None,
            Some(folder) => Some(blocking(move || Out::create(&folder, &id, &text)).await?),
        };
        let mut run = Run::begin(line).ok_or("a run begins with its beginning")?;
        run.under_way = true;
        Ok(Self { run, out, unwritten: None })
    }

    /// Writes what is about to happen. An error says why it is not written: then it must not happen.
    pub async fn announce(&mut self, entry: Entry) -> Result<(), String> {
        let line = line(&self.run.id, entry);
        self.write(&line).await?;
        self.run.take(line);
        Ok(())
    }

    /// Writes what has happened. Where that fails it is remembered all the same.
    pub async fn record(&mut self, entry: Entry) {
        let line = line(&self.run.id, entry);
        if let Err(words) = self.write(&line).await {
            tracing::error!("not written to the journal: {words}");
            self.unwritten.get_or_insert(words);
        }
        self.run.take(line);
    }

    /// The whole run, and why not all of it is written, if it is not.
    pub async fn end(mut self, ended: End) -> (Run, Option<String>) {
        self.record(Entry::Ended { ended }).await;
        self.run.under_way = false;
        let Self { run, out, unwritten } = self;
        // A run whose end is not written has to be found.
        if let (Some(out), None) = (out, &unwritten)
            && let Err(words) = blocking(move || out.finish()).await
        {
            tracing::error!("a marker of the journal stays: {words}");
        }
        (run, unwritten)
    }

    async fn write(&mut self, line: &Line) -> Result<(), String> {
        let Some(mut out) = self.out.take() else { return Ok(()) };
        let text = encode(line)?;
        let (out, written) = blocking(move || {
            let written = out.append(&text).map_err(|error| format!("{}: {error}", out.path.display()));
            Ok((out, written))
        })
        .await?;
        self.out = Some(out);
        written
    }
}

impl Out {
    fn create(folder: &Path, id: &RunId, begun: &[u8]) -> Result<Self, String> {
        let made = create_folder(folder).and_then(|()| {
            bound::make_room(folder, begun.len());
            let (path, marker) = (files::file_of(folder, id), files::marker_of(folder, id));
            let held = files::create(&marker)?;
            held.lock()?;
            let file = files::create(&path).inspect_err(|_| forget(&marker))?;
            let mut out = Self { path, file, length: 0, marker, held };
            if let Err(error) = out.append(begun).and_then(|()| sync_folder(folder)) {
                forget(&out.path);
                forget(&out.marker);
                return Err(error);
            }
            Ok(out)
        });
        made.map_err(|error| format!("{}: {error}", folder.display()))
    }

    fn append(&mut self, text: &[u8]) -> io::Result<()> {
        if let Err(error) = self.file.write_all(text).and_then(|()| self.file.sync_data()) {
            // What cannot be taken back either is read as a line of its own that nobody understands.
            use std::io::{Seek as _, SeekFrom};
            self.file.set_len(self.length).and_then(|()| self.file.seek(SeekFrom::End(0)))?;
            return Err(error);
        }
        self.length += text.len() as u64;
        Ok(())
    }

    fn finish(self) -> Result<(), String> {
        let Self { marker, held, .. } = self;
        // Closed first: some systems remove no file that is open.
        drop(held);
        fs::remove_file(&marker).map_err(|error| format!("{}: {error}", marker.display()))
    }
}

/// Of what could not be begun nothing shall be left.
fn forget(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        tracing::debug!("{}: {error}", path.display());
    }
}

/// A new name is on the disk only with its folder; where folders cannot be opened (Windows) it is so by itself.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder).map_or(Ok(()), |folder| folder.sync_all())
}

fn line(run: &RunId, entry: Entry) -> Line {
    Line { schema: SCHEMA, run: run.clone(), at: files::now(), entry }
}

fn encode(line: &Line) -> Result<Vec<u8>, String> {
    let mut text = serde_json::to_vec(line).map_err(|error| error.to_string())?;
    text.push(b'\n');
    Ok(text)
}

/// The time comes first, so that names sort by it; the rest keeps programs and runs of one moment apart.
fn new_id() -> RunId {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    RunId(format!("{:013}-{}-{number}", since.as_millis(), std::process::id()))
}

/// Off the threads that have to answer.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(error.to_string()))
}
