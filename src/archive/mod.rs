//! What an archive of images is: the record of what was saved before a removal, what makes it whole, how long
//! it is kept, and what comes back from it.
//!
//! An engine's export is kept entry by entry as it came, so that the very same stream can be sent back; the
//! content of its files is kept once under its digest, whichever images share it. Nothing here knows where
//! that content lies, or reads it by itself.

mod layout;
mod limits;
mod restored;
mod wanted;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{Bytes, DiffId, Digest, EngineInfo, ImageId, Reference, StoreKind};

pub use layout::{Flaw, check};
pub use limits::{Limits, to_drop};
pub use restored::{
    Compared, Given, NotFound, Restored, expected, find, give_back, has_layers, loaded_id, tags,
};
pub use wanted::{Fit, Wanted, Wish, fit, wanted};

/// Of the record's form; fields are only ever added under one number.
pub const SCHEMA: u32 = 1;

/// Names one archive: when it was begun (UTC), and the image it was begun for.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ArchiveId(String);

impl ArchiveId {
    /// For an archive begun at `now`, in seconds since 1970; `number` tells those of the same second apart.
    pub fn new(now: i64, first: &ImageId, number: u32) -> Self {
        let time = jiff::Timestamp::from_second(now).unwrap_or_default().strftime("%Y%m%d-%H%M%S");
        let more = if number > 1 { format!("-{number}") } else { String::new() };
        Self(format!("{time}-{}{more}", first.short()))
    }

    /// `None` for a text that names no archive; what is one is always a plain file name too.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_digit() || b.is_ascii_lowercase() || b == b'-';
        let is_one = text.len() >= 15
            && text.len() <= 64
            && text.bytes().all(plain)
            && text.bytes().take(8).all(|b| b.is_ascii_digit());
        is_one.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArchiveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ArchiveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ArchiveId {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("not an archive: {text:?}"))
    }
}

impl From<ArchiveId> for String {
    fn from(id: ArchiveId) -> Self {
        id.0
    }
}

/// All that one removal saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    pub schema: u32,
    pub id: ArchiveId,
    /// Seconds since 1970.
    pub created: i64,
    /// The engine they came from, and its address.
    pub engine: EngineInfo,
    pub host: String,
    pub images: Vec<SavedImage>,
}

/// One image of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedImage {
    pub id: ImageId,
    /// The tags it had.
    pub names: Vec<Reference>,
    /// The digest references it had or was shown with. No engine lets one be given by hand.
    pub digests: Vec<Reference>,
    /// As the engine counted it.
    pub size: Option<Bytes>,
    /// What was found in it when it was checked.
    pub platforms: Vec<Platform>,
    /// The export, in its order.
    pub entries: Vec<Entry>,
}

/// One platform of a saved image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// `os/architecture[/variant]`.
    pub name: String,
    /// `None` where the engine itself had nothing of this platform: it is named in the index, and no more.
    pub content: Option<Content>,
}

/// What makes an image, whatever store it lies in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Of the image's configuration; the image's ID on the classic store and on Podman.
    pub config: Digest,
    pub layers: Vec<DiffId>,
}

/// One entry of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub path: String,
    pub mode: u32,
    #[serde(flatten)]
    pub kind: EntryKind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EntryKind {
    Folder,
    File {
        blob: Digest,
        size: u64,
    },
    /// Podman points from legacy folders at its layers.
    Symlink {
        to: String,
    },
    Hardlink {
        to: String,
    },
}

impl Archive {
    pub fn image(&self, id: &ImageId) -> Option<&SavedImage> {
        self.images.iter().find(|image| image.id == *id)
    }

    /// Every content that its images need, once.
    pub fn blobs(&self) -> std::collections::BTreeMap<&Digest, u64> {
        let entries = self.images.iter().flat_map(|image| &image.entries);
        let files = entries.filter_map(|entry| match &entry.kind {
            EntryKind::File { blob, size } => Some((blob, *size)),
            EntryKind::Folder | EntryKind::Symlink { .. } | EntryKind::Hardlink { .. } => None,
        });
        files.collect()
    }

    pub fn store(&self) -> StoreKind {
        self.engine.store
    }
}

/// What is kept of one removal, as it lies on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub id: ArchiveId,
    /// Of everything in its folder.
    pub stored: Bytes,
    /// The record, or why it cannot be used.
    pub archive: Result<Archive, String>,
}

impl Kept {
    /// When it was made; for one whose record cannot be read, what its name says.
    pub fn created(&self) -> i64 {
        if let Ok(archive) = &self.archive {
            return archive.created;
        }
        let time = self.id.as_str().get(..15).unwrap_or_default();
        let parsed = jiff::civil::DateTime::strptime("%Y%m%d-%H%M%S", time).ok();
        let at = parsed.and_then(|time| jiff::tz::Offset::UTC.to_timestamp(time).ok());
        at.map(jiff::Timestamp::as_second).unwrap_or_default()
    }
}

/// Everything that is kept, newest first, and the room that is left beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shelf {
    pub kept: Vec<Kept>,
    /// Free bytes for this person on the file system of the archives; `None` where the system does not say.
    pub free: Option<Bytes>,
    /// Where they are.
    pub place: String,
}

impl Shelf {
    pub fn stored(&self) -> Bytes {
        self.kept.iter().map(|kept| kept.stored).sum()
    }

    /// The newest archive that holds an image.
    pub fn newest_of(&self, image: &ImageId) -> Option<&Archive> {
        let mut archives = self.kept.iter().filter_map(|kept| kept.archive.as_ref().ok());
        archives.find(|archive| archive.image(image).is_some())
    }
}

/// How far an archive is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SaveProgress {
    pub stage: SaveStage,
    /// Which image of the wish, counted from zero; all of them are checked together.
    pub image: usize,
    /// Read in this stage, of all images so far.
    pub read: Bytes,
    /// What is to be read in it, as far as that can be foreseen.
    pub of: Option<Bytes>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SaveStage {
    #[default]
    /// The engine gathers the image; nothing came yet.
    Waiting,
    Saving,
    /// What was written is read back.
    Checking,
}

/// How far a restore is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestoreProgress {
    pub stage: RestoreStage,
    pub read: Bytes,
    pub of: Bytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreStage {
    /// Everything is read and held against its digest before anything is sent.
    Checking,
    Loading,
    Naming,
}

/// An archive that is safely there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    pub id: ArchiveId,
    pub images: usize,
    pub stored: Bytes,
    /// The older ones that went for it, and those that should have, with the reason why they did not.
    pub dropped: Vec<(ArchiveId, Result<Bytes, String>)>,
}

/// Why there is no archive. Nothing of it was left behind, and nothing was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotSaved {
    Cancelled,
    /// The system does not say where this person's files go.
    NoPlace,
    TooLarge {
        at_most: Bytes,
        free: Bytes,
        place: String,
    },
    /// There was less room in the end than it had seemed.
    Full {
        image: Option<ImageId>,
        place: String,
        /// The system's own.
        words: String,
    },
    Failed {
        /// On which image, where it was on one.
        image: Option<ImageId>,
        /// The engine's or the system's own.
        words: String,
    },
}

impl fmt::Display for NotSaved {
    /// English, for the command line and detail lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("it was cancelled"),
            Self::NoPlace => f.write_str("the system does not say where archives could be kept"),
            Self::TooLarge { at_most, free, place } => {
                write!(f, "it may take up to {at_most}, and {free} are free in {place}")
            }
            Self::Full { image: Some(image), place, words } => {
                write!(f, "image {}: no room is left in {place}: {words}", image.short())
            }
            Self::Full { image: None, place, words } => write!(f, "no room is left in {place}: {words}"),
            Self::Failed { image: Some(image), words } => write!(f, "image {}: {words}", image.short()),
            Self::Failed { image: None, words } => f.write_str(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> ImageId {
        ImageId::parse(&"e9".repeat(32)).unwrap()
    }

    #[test]
    fn an_archive_is_named_by_its_time_and_first_image() {
        let id = ArchiveId::new(1_767_225_600, &image(), 1);
        assert_eq!(id.as_str(), "20260101-000000-e9e9e9e9e9e9");
        assert_eq!(ArchiveId::new(1_767_225_600, &image(), 2).as_str(), "20260101-000000-e9e9e9e9e9e9-2");
        assert_eq!(ArchiveId::parse(id.as_str()), Some(id));
    }

    #[test]
    fn no_name_of_an_archive_leads_out_of_its_folder() {
        for text in [
            "",
            ".",
            "..",
            "../20260101-000000-e9",
            "20260101-000000/..",
            "20260101-000000-E9",
            ".20260101-0",
        ] {
            assert_eq!(ArchiveId::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_archive_whose_record_is_broken_still_has_its_age() {
        let kept = Kept {
            id: ArchiveId::new(1_767_225_600, &image(), 1),
            stored: Bytes(1),
            archive: Err("broken".to_owned()),
        };
        assert_eq!(kept.created(), 1_767_225_600);
    }
}
