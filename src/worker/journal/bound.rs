//! How large the journal grows: past a bound the oldest runs go. One that goes on stays, and so does one that
//! was cut off and not told of yet. What a newer program wrote stays too: this one cannot tell what it is worth.

use std::fs;
use std::io::ErrorKind;
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
        let path = files::file_of(folder, run);
        if files::marker_of(folder, run).exists() || files::is_newer(&path) {
            continue;
        }
        let freed = size(run);
        let removed = match fs::remove_file(&path) {
            // Another program makes room at the same moment.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        };
        match removed {
            Ok(()) => {
                bytes = bytes.saturating_sub(freed);
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

    #[test]
    fn what_a_newer_program_wrote_stays() {
        let folder = tempfile::tempdir().unwrap();
        let newer = "{\"schema\":9,\"run\":\"1\",\"entry\":\"something else\"}\n";
        fs::write(folder.path().join("1.jsonl"), newer).unwrap();
        fs::write(folder.path().join("2.jsonl"), "x").unwrap();
        make_room_within(folder.path(), 50, 10, 1);
        let left: Vec<_> = files::runs(folder.path()).unwrap().into_iter().map(|run| run.0).collect();
        assert_eq!(left, ["1"]);
        assert_eq!(fs::read_to_string(folder.path().join("1.jsonl")).unwrap(), newer);
    }
}
