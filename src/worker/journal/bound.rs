//! How large the journal grows: past a bound the oldest runs go. One that goes on stays, and so does one that
//! was cut off and not told of yet.

use std::fs;
use std::path::Path;

use super::files;

/// Of all runs together.
const MOST_BYTES: u64 = 64 << 20;
const MOST_RUNS: usize = 5_000;

/// Makes room for a run that begins with so many bytes. What cannot be removed stays: the journal is rather
/// too long than not written.
pub(super) fn make_room(folder: &Path, begun: usize) {
    make_room_within(folder, begun as u64, MOST_BYTES, MOST_RUNS);
}

fn make_room_within(folder: &Path, begun: u64, most_bytes: u64, most_runs: usize) {
    let Ok(runs) = files::runs(folder) else { return };
    let size = |run| fs::metadata(files::file_of(folder, run)).map_or(0, |file| file.len());
    let mut bytes = begun + runs.iter().map(size).sum::<u64>();
    let mut count = runs.len() + 1;
    for run in &runs {
        if bytes <= most_bytes && count <= most_runs {
            return;
        }
        if files::marker_of(folder, run).exists() {
            continue;
        }
        let freed = size(run);
        match fs::remove_file(files::file_of(folder, run)) {
            Ok(()) => {
                bytes -= freed;
                count -= 1;
            }
            Err(error) => tracing::warn!("{} stays in the journal: {error}", run.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_runs_go_and_those_without_an_end_stay() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["1", "2", "3", "4"] {
            fs::write(folder.path().join(format!("{name}.jsonl")), [b'x'; 100]).unwrap();
        }
        fs::write(folder.path().join("1.running"), "").unwrap();
        make_room_within(folder.path(), 50, 250, 10);
        let left: Vec<_> = files::runs(folder.path()).unwrap().into_iter().map(|run| run.0).collect();
        assert_eq!(left, ["1", "4"], "the first was cut off, the next two made room");
        make_room_within(folder.path(), 0, 1_000, 2);
        assert_eq!(files::runs(folder.path()).unwrap().len(), 1, "a new run is one, too");
    }
}
