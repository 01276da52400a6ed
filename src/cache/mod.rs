//! What was learnt of engines before, kept on disk below the person's cache folder. All of it can be asked
//! again: what cannot be read is as if it had never been there, and whatever is too much goes, the oldest first.
//!
//! Knows the model and files, and no engine: what stands here is never taken for what is there now.

mod layers;
mod snapshot;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::files;

pub use layers::Known;
pub use snapshot::Snapshot;

/// Engines of which something is kept.
const MOST_FILES: usize = 16;
/// Of one file, once it is unpacked. A broken one may claim to hold anything.
const LARGEST: u64 = 512 << 20;
const LEVEL: i32 = 3;

/// The file for what has this key; what the key is made of does not show in its name.
fn place(cache: &Path, folder: &str, key: &str) -> PathBuf {
    let digest = Sha256::digest(key.as_bytes());
    let name = digest.iter().take(12).fold(String::new(), |mut name, byte| {
        // Writing to a string does not fail.
        write!(name, "{byte:02x}").unwrap_or_default();
        name
    });
    cache.join(folder).join(format!("{name}.zst"))
}

/// `None` if there is nothing, or nothing that can be read.
fn read<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let file = fs::File::open(path).ok()?;
    let mut text = Vec::new();
    let unpacked = zstd::Decoder::new(file).and_then(|file| file.take(LARGEST).read_to_end(&mut text));
    let value = unpacked.and_then(|_| serde_json::from_slice(&text).map_err(io::Error::other));
    value.inspect_err(|error| tracing::debug!("{} is left aside: {error}", path.display())).ok()
}

fn write<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    files::replace(path, |out| {
        let mut packed = zstd::Encoder::new(out, LEVEL)?;
        packed.include_checksum(true)?;
        serde_json::to_writer(&mut packed, value)?;
        packed.finish().map(drop)
    })?;
    path.parent().map_or(Ok(()), tidy)
}

/// Removes what was written longest ago.
fn tidy(folder: &Path) -> io::Result<()> {
    let mut all: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        all.push((entry.metadata()?.modified()?, entry.path()));
    }
    all.sort();
    let too_many = all.len().saturating_sub(MOST_FILES);
    all.into_iter().take(too_many).try_for_each(|(_, path)| fs::remove_file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_broken_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = place(folder.path(), "things", "one");
        assert_eq!(read::<String>(&path), None);
        write(&path, &"kept".to_owned()).unwrap();
        assert_eq!(read::<String>(&path).as_deref(), Some("kept"));
        assert_eq!(read::<u64>(&path), None, "it holds something else");
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xff;
        fs::write(&path, &bytes).unwrap();
        assert_eq!(read::<String>(&path), None);
        for half in 0..bytes.len() {
            fs::write(&path, &bytes[..half]).unwrap();
            assert_eq!(read::<String>(&path), None);
        }
    }

    #[test]
    fn only_so_many_files_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..MOST_FILES + 5 {
            write(&place(folder.path(), "things", &number.to_string()), &number).unwrap();
        }
        assert_eq!(fs::read_dir(folder.path().join("things")).unwrap().count(), MOST_FILES);
    }
}
