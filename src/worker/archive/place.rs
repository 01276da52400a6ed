//! The folder with all archives of this person: one folder for each, with its record and its content. The
//! record of each is all there is to know of it; nothing else lists them.
//!
//! One in the making lies beside them under another name, with a lock that ends with the process that makes
//! it; what a crash left behind is swept away.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::blobs::{Blobs, sync_folder};
use crate::archive::{Archive, ArchiveId, Kept, SCHEMA, Shelf};
use crate::files::{self, Folders};
use crate::model::{Bytes, ImageId};

const RECORD: &str = "archive.json";
/// In front of the name of one that is not complete yet.
const PARTIAL: &str = ".partial-";
/// In front of the name of one that is being deleted.
const GONE: &str = ".gone-";

/// What is read of a record before anything else.
#[derive(serde::Deserialize)]
struct Form {
    schema: u32,
}

/// Where the archives are.
#[derive(Debug, Clone)]
pub struct Place {
    root: PathBuf,
}

impl Place {
    /// `None` where the system does not say where such things go.
    pub fn of(folders: &Folders) -> Option<Self> {
        Some(Self { root: folders.data.as_ref()?.join("archives") })
    }

    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Everything that is there, newest first. A folder that is not there yet holds nothing.
    pub fn shelf(&self) -> io::Result<Shelf> {
        let place = self.root.display().to_string();
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Shelf { kept: Vec::new(), free: self.free(), place });
            }
            Err(error) => return Err(error),
        };
        let mut kept = Vec::new();
        for entry in entries {
            let entry = entry?;
            let id = entry.file_name().to_str().and_then(ArchiveId::parse);
            if let (Some(id), true) = (id, entry.file_type()?.is_dir()) {
                kept.push(self.read(id));
            }
        }
        kept.sort_by_cached_key(|kept| std::cmp::Reverse((kept.created(), kept.id.clone())));
        Ok(Shelf { kept, free: self.free(), place })
    }

    fn read(&self, id: ArchiveId) -> Kept {
        let folder = self.folder(&id);
        Kept { archive: self.record(&id), stored: size_of(&folder), id }
    }

    /// The record of one archive, or why it cannot be used.
    pub fn record(&self, id: &ArchiveId) -> Result<Archive, String> {
        let path = self.folder(id).join(RECORD);
        let text = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let bad = |error: serde_json::Error| format!("{}: {error}", path.display());
        let Form { schema } = serde_json::from_slice(&text).map_err(bad)?;
        if schema != SCHEMA {
            return Err(format!("it has schema {schema}, and this version of Unmoor understands {SCHEMA}"));
        }
        let archive: Archive = serde_json::from_slice(&text).map_err(bad)?;
        if archive.id != *id {
            return Err(format!("its record is that of {}", archive.id));
        }
        Ok(archive)
    }

    pub fn folder(&self, id: &ArchiveId) -> PathBuf {
        self.root.join(id.as_str())
    }

    /// Free bytes where the archives are, or will be.
    pub fn free(&self) -> Option<Bytes> {
        let there = self.root.ancestors().find(|folder| folder.is_dir())?;
        fs4::available_space(there).ok().map(Bytes)
    }

    /// Begins an archive that nobody sees until it is finished.
    pub(super) fn begin(&self, now: i64, first: &ImageId) -> io::Result<Partial> {
        files::create_folder(&self.root)?;
        for number in 1..1000 {
            let id = ArchiveId::new(now, first, number);
            if self.folder(&id).exists() {
                continue;
            }
            // The lock is there before the folder, so that nobody takes it for left behind.
            let lock_path = self.root.join(format!("{PARTIAL}{id}.lock"));
            let lock = files::open_lock(&lock_path)?;
            match lock.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => return Err(error),
            }
            let folder = self.root.join(format!("{PARTIAL}{id}"));
            let partial =
                Partial { place: self.clone(), id, folder, lock_path, _lock: lock, finished: false };
            remove_folder(&partial.folder)?;
            files::create_folder(&partial.folder)?;
            partial.blobs().create()?;
            return Ok(partial);
        }
        Err(io::Error::other("too many archives in one second"))
    }

    /// Deletes an archive. One that is being restored is in use, and stays.
    pub fn delete(&self, id: &ArchiveId) -> io::Result<()> {
        let folder = self.folder(id);
        if let Ok(record) = File::open(folder.join(RECORD)) {
            match record.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(io::Error::new(ErrorKind::ResourceBusy, "it is being restored"));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        let aside = self.root.join(format!("{GONE}{id}"));
        files::rename(&folder, &aside)?;
        remove_folder(&aside)
    }

    /// Keeps an archive from being deleted for as long as what is returned is held.
    pub(super) fn hold(&self, id: &ArchiveId) -> io::Result<File> {
        let record = File::open(self.folder(id).join(RECORD))?;
        match record.try_lock_shared() {
            Ok(()) => Ok(record),
            Err(TryLockError::WouldBlock) => {
                Err(io::Error::new(ErrorKind::ResourceBusy, "it is being deleted"))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Removes what processes that are gone left behind.
    pub fn sweep(&self) -> io::Result<()> {
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if name.starts_with(GONE) {
                remove_folder(&path)?;
            } else if let Some(lock_name) =
                name.strip_prefix(PARTIAL).map(|rest| rest.trim_end_matches(".lock"))
            {
                let folder = self.root.join(format!("{PARTIAL}{lock_name}"));
                let lock_path = self.root.join(format!("{PARTIAL}{lock_name}.lock"));
                let lock = match File::open(&lock_path) {
                    Ok(lock) => Some(lock),
                    Err(error) if error.kind() == ErrorKind::NotFound => None,
                    Err(error) => return Err(error),
                };
                if lock.as_ref().is_none_or(|lock| lock.try_lock().is_ok()) {
                    remove_folder(&folder)?;
                    remove_file(&lock_path)?;
                }
            }
        }
        Ok(())
    }
}

/// An archive in the making. Unless it is finished, nothing is left of it.
#[derive(Debug)]
pub(super) struct Partial {
    place: Place,
    pub id: ArchiveId,
    folder: PathBuf,
    lock_path: PathBuf,
    _lock: File,
    finished: bool,
}

impl Partial {
    pub fn blobs(&self) -> Blobs {
        Blobs::in_archive(&self.folder)
    }

    /// Writes the record and puts everything in its place.
    pub fn finish(mut self, archive: &Archive) -> io::Result<()> {
        files::replace(&self.folder.join(RECORD), |out| {
            serde_json::to_writer_pretty(&mut *out, archive)?;
            out.write_all(b"\n")
        })?;
        self.blobs().sync()?;
        sync_folder(&self.folder)?;
        files::rename(&self.folder, &self.place.folder(&self.id))?;
        self.finished = true;
        sync_folder(&self.place.root)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let cleaned = if self.finished { Ok(()) } else { remove_folder(&self.folder) };
        // What stays is swept away at the next start.
        if let Err(error) = cleaned.and_then(|()| remove_file(&self.lock_path)) {
            tracing::warn!("{} was left behind: {error}", self.folder.display());
        }
    }
}

fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Of all files below; what cannot be read counts as nothing.
fn size_of(folder: &Path) -> Bytes {
    let Ok(entries) = fs::read_dir(folder) else { return Bytes(0) };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(data) if data.is_dir() => size_of(&entry.path()),
        Ok(data) => Bytes(data.len()),
        Err(_) => Bytes(0),
    });
    sizes.sum()
}
