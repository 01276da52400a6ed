//! Folders for a worker under test, so that nothing of the person who runs the test is read or written.

#![cfg(test)]

use tempfile::TempDir;
use unmoor::files::Folders;

/// They are gone with the first value.
pub fn temporary_folders() -> (TempDir, Folders) {
    let kept = tempfile::tempdir().unwrap();
    let below = |name: &str| Some(kept.path().join(name));
    let folders = Folders { config: below("config"), data: below("data"), cache: below("cache") };
    (kept, folders)
}
