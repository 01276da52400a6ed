//! Writes reports for the window: beside their place, and put there once they are whole.

use std::cell::Cell;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::outbox::Outbox;
use crate::files;
use crate::message::{Destination, Event, Export, Exported, TaskId, Unwritten};
use crate::report::write;

/// Nobody reads a number that changes more often.
const BETWEEN: Duration = Duration::from_millis(80);

pub(super) async fn export(task: TaskId, export: Box<Export>, outbox: Outbox) {
    let teller = outbox.clone();
    let written = tokio::task::spawn_blocking(move || write_it(task, *export, &teller)).await;
    let result = written.unwrap_or_else(|error| Err(Unwritten::Failed(error.to_string())));
    outbox.send(Event::Exported { task, result }).await;
}

fn write_it(task: TaskId, export: Export, outbox: &Outbox) -> Result<Exported, Unwritten> {
    let Export { report, format, language, anonymous, to } = export;
    let report = if anonymous { report.anonymized().map_err(Unwritten::Failed)? } else { report };
    let last = Cell::new(Instant::now());
    let progress = |done: usize, of: usize| {
        if last.get().elapsed() >= BETWEEN {
            last.set(Instant::now());
            outbox.hint(Event::ExportProgress { task, done, of });
        }
    };
    match to {
        Destination::File { path, replaces } => {
            if !replaces && path.exists() {
                return Err(Unwritten::Taken);
            }
            files::replace(&path, |out| write(&report, format, language, &progress, out))
                .map_err(|error| failed(&path, &error))?;
            Ok(Exported::File(path))
        }
        Destination::Text => {
            let mut text = Vec::new();
            write(&report, format, language, &progress, &mut text)
                .map_err(|error| Unwritten::Failed(error.to_string()))?;
            Ok(Exported::Text(String::from_utf8(text).unwrap_or_default()))
        }
    }
}

fn failed(path: &Path, error: &io::Error) -> Unwritten {
    Unwritten::Failed(format!("{}: {error}", path.display()))
}
