//! Brings a saved image back: everything is read and checked first, then sent to the engine as it once came
//! from one, then held against what was saved, and then given its names, as far as they are free.
//!
//! The archive is only read. Whatever goes wrong, it stays as it was.

use std::io::{self, Read as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;

use super::blobs::Blobs;
use super::pipe::{self, WriteEnd};
use super::place::Place;
use crate::archive::{
    ArchiveId, Compared, Entry, EntryKind, Given, RestoreProgress, RestoreStage, Restored, SavedImage, check,
    expected, give_back, has_layers, loaded_id, tags,
};
use crate::engine::{Engine, Unread};
use crate::model::{Bytes, Digest, Failure, ImageId, Reference};

/// How often progress is told.
const PROGRESS: Duration = Duration::from_millis(100);

/// Why an image did not come back, in the engine's or the system's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRestored {
    #[error("the archive cannot be read: {0}")]
    Unreadable(String),
    /// Something in it is not what it was. Nothing was sent.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    #[error("{0}")]
    Refused(String),
    /// The person did not want it any more. Nothing of it is there.
    #[error("cancelled: the engine shows no image of it")]
    Cancelled,
    /// It was loaded, and cannot be shown to be what was saved. It got no name.
    #[error("what was loaded is not what was saved: {0}")]
    Differs(String),
}

/// Who is told how far it is, and says whether it is still wanted.
#[derive(Clone)]
pub struct Watcher {
    tell: Arc<dyn Fn(RestoreProgress) + Send + Sync>,
    wanted: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl Watcher {
    pub fn new(
        tell: impl Fn(RestoreProgress) + Send + Sync + 'static,
        wanted: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { tell: Arc::new(tell), wanted: Arc::new(wanted) }
    }

    fn tell(&self, progress: RestoreProgress) {
        (self.tell)(progress);
    }

    fn check(&self) -> io::Result<()> {
        if (self.wanted)() { Ok(()) } else { Err(io::Error::other("cancelled")) }
    }
}

/// Restores one image of an archive, and gives it the names it had as far as they are free.
pub async fn restore(
    engine: &Engine,
    place: &Place,
    archive: &ArchiveId,
    image: &ImageId,
    watcher: Watcher,
) -> Result<Restored, NotRestored> {
    let (mut restored, saved, sure) = bring_back(engine, place, archive, image, &watcher).await?;
    watcher.tell(RestoreProgress { stage: RestoreStage::Naming, read: Bytes(0), of: Bytes(0) });
    restored.names = name(engine, sure, &restored.now, &saved).await;
    Ok(restored)
}

/// The same without any name: for whoever gives it names by itself.
pub async fn restore_nameless(
    engine: &Engine,
    place: &Place,
    archive: &ArchiveId,
    image: &ImageId,
    watcher: Watcher,
) -> Result<Restored, NotRestored> {
    bring_back(engine, place, archive, image, &watcher).await.map(|(restored, ..)| restored)
}

/// With the engine that was asked for it and has it, which whatever follows is to be asked of.
async fn bring_back(
    engine: &Engine,
    place: &Place,
    archive: &ArchiveId,
    image: &ImageId,
    watcher: &Watcher,
) -> Result<(Restored, SavedImage, Engine), NotRestored> {
    let unreadable = |error: io::Error| NotRestored::Unreadable(error.to_string());
    // Held to the end, so that nobody deletes it meanwhile.
    let _held = place.hold(archive).map_err(unreadable)?;
    let record = place.record(archive).map_err(NotRestored::Unreadable)?;
    let from = record.engine.store;
    let Some(saved) = record.image(image).cloned() else {
        return Err(NotRestored::Unreadable(format!("image {} is not in it", image.short())));
    };
    let blobs = Blobs::in_archive(&place.folder(archive));
    let wanted = expected(&saved, from, engine.info().store);
    let sure = engine.for_sure_to_load(None).await.map_err(|failure| refused(&failure))?;
    let there = find(&sure, &wanted).await?;
    let was_there = there.is_some();
    let ((now, compared), sure) = if let Some(there) = there {
        (there, sure)
    } else {
        let (reading, content, told) = (saved.clone(), blobs.clone(), watcher.clone());
        let checked = tokio::task::spawn_blocking(move || verify(&reading, from, &content, &told)).await;
        checked.map_err(|error| NotRestored::Unreadable(error.to_string()))??;
        load((engine, sure), &saved, blobs, watcher, &wanted).await?
    };
    let restored = Restored {
        archive: archive.clone(),
        saved: saved.id.clone(),
        now,
        compared,
        was_there,
        names: Vec::new(),
        digests: saved.digests.clone(),
    };
    Ok((restored, saved, sure))
}

fn refused(failure: &Failure) -> NotRestored {
    NotRestored::Refused(failure.to_string())
}

/// The first of these that is there.
async fn find(
    engine: &Engine,
    wanted: &[(ImageId, Compared)],
) -> Result<Option<(ImageId, Compared)>, NotRestored> {
    for (id, compared) in wanted {
        if engine.has_image(id).await.map_err(|failure| refused(&failure))? {
            return Ok(Some((id.clone(), *compared)));
        }
    }
    Ok(None)
}

fn content(image: &SavedImage) -> std::collections::BTreeMap<&Digest, u64> {
    let files = image.entries.iter().filter_map(|entry| match &entry.kind {
        EntryKind::File { blob, size } => Some((blob, *size)),
        EntryKind::Folder | EntryKind::Symlink { .. } | EntryKind::Hardlink { .. } => None,
    });
    files.collect()
}

fn verify(
    image: &SavedImage,
    from: crate::model::StoreKind,
    blobs: &Blobs,
    watcher: &Watcher,
) -> Result<(), NotRestored> {
    let content = content(image);
    let mut progress = Progress::new(watcher, RestoreStage::Checking, content.values().sum());
    for (blob, size) in content {
        let read = blobs.verify(blob, size, &mut |bytes| progress.more(bytes));
        // What was read so far is not to blame.
        watcher.check().map_err(|_cancelled| NotRestored::Cancelled)?;
        read.map_err(|error| NotRestored::Damaged(error.to_string()))?;
    }
    let mut document = |blob: &Digest| blobs.document(blob).map_err(|error| error.to_string());
    let platforms = check(&image.id, from, &image.entries, &mut document);
    let platforms = platforms.map_err(|flaw| NotRestored::Damaged(flaw.to_string()))?;
    if platforms == image.platforms {
        Ok(())
    } else {
        Err(NotRestored::Damaged("its record says something else than its content".to_owned()))
    }
}

/// Sends the archive, and finds out what became of it. Never into another engine that took its place: `former` has said
/// that it is this one.
async fn load(
    (engine, former): (&Engine, Engine),
    saved: &SavedImage,
    blobs: Blobs,
    watcher: &Watcher,
    wanted: &[(ImageId, Compared)],
) -> Result<((ImageId, Compared), Engine), NotRestored> {
    let sure = engine.for_sure_to_load(Some(former)).await.map_err(|failure| refused(&failure))?;
    let (end, stream) = pipe::to_write();
    let (entries, told) = (saved.entries.clone(), watcher.clone());
    let of: u64 = content(saved).values().sum();
    let writing = tokio::task::spawn_blocking(move || {
        let mut progress = Progress::new(&told, RestoreStage::Loading, of);
        pack(&entries, &blobs, end, &mut progress)
    });
    let loaded = sure.load(&format!("image {}", saved.id.short()), stream.boxed()).await;
    // Ends too, once nobody takes what it writes. What the engine says comes first: a pipe that broke is only
    // what followed from it.
    let written = writing.await;
    if watcher.check().is_err() && !matches!((&loaded, &written), (Ok(_), Ok(Ok(())))) {
        // Engines that take what came before the end, if there are any, have an image all the same.
        let sure = engine.for_sure_to_load(Some(sure)).await.map_err(|failure| refused(&failure))?;
        return Err(match find(&sure, wanted).await? {
            Some((id, _)) => NotRestored::Differs(format!(
                "cancelled, but the engine has taken image {id}; it got no name"
            )),
            None => NotRestored::Cancelled,
        });
    }
    let lines = loaded.map_err(|failure| refused(&failure))?;
    written
        .map_err(|error| NotRestored::Unreadable(error.to_string()))?
        .map_err(|error| NotRestored::Unreadable(error.to_string()))?;
    let sure = engine.for_sure_to_load(Some(sure)).await.map_err(|failure| refused(&failure))?;
    if let Some(there) = find(&sure, wanted).await? {
        return Ok((there, sure));
    }
    let Some(id) = loaded_id(&lines) else {
        return Err(NotRestored::Differs(format!("the engine says {:?}", lines.join(" ").trim())));
    };
    if !wanted.is_empty() {
        return Err(NotRestored::Differs(format!("it is {id} here, and was {}", saved.id)));
    }
    let mut read = sure.read_layers(vec![Unread { image: id.clone(), unpacked: None, parts: None }]);
    let layers = read.next().await.and_then(|read| read.layers.known().map(<[_]>::to_vec));
    let layers: Option<Vec<_>> = layers.map(|known| known.into_iter().map(|layer| layer.diff_id).collect());
    if layers.is_some_and(|layers| has_layers(saved, &layers)) {
        drop(read);
        Ok(((id, Compared::Layers), sure))
    } else {
        Err(NotRestored::Differs(format!("the layers of {id} are not the ones saved")))
    }
}

/// Puts the export together again, entry by entry.
fn pack(entries: &[Entry], blobs: &Blobs, end: WriteEnd, progress: &mut Progress) -> io::Result<()> {
    let mut export = tar::Builder::new(end);
    export.mode(tar::HeaderMode::Deterministic);
    let mut append = || -> io::Result<()> {
        for entry in entries {
            let mut header = tar::Header::new_gnu();
            header.set_mode(entry.mode);
            header.set_size(0);
            match &entry.kind {
                EntryKind::Folder => {
                    header.set_entry_type(tar::EntryType::Directory);
                    export.append_data(&mut header, &entry.path, io::empty())?;
                }
                EntryKind::Symlink { to } => {
                    header.set_entry_type(tar::EntryType::Symlink);
                    export.append_link(&mut header, &entry.path, to)?;
                }
                EntryKind::Hardlink { to } => {
                    header.set_entry_type(tar::EntryType::Link);
                    export.append_link(&mut header, &entry.path, to)?;
                }
                EntryKind::File { blob, size } => {
                    header.set_entry_type(tar::EntryType::Regular);
                    header.set_size(*size);
                    let content = Counted { inner: blobs.open(blob)?.take(*size), progress, left: *size };
                    export.append_data(&mut header, &entry.path, content)?;
                }
            }
        }
        Ok(())
    };
    let appended = append();
    // Its end would be written as soon as it is dropped, and make half an archive look whole.
    match appended {
        Ok(()) => export.into_inner()?.end(),
        Err(error) => {
            let words = error.to_string();
            export.get_mut().fail(error);
            Err(io::Error::other(words))
        }
    }
}

/// Content on its way out. Content that ends too early would shift everything after it.
struct Counted<'a, R> {
    inner: R,
    progress: &'a mut Progress,
    left: u64,
}

impl<R: io::Read> io::Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.left -= read as u64;
        if read == 0 && !into.is_empty() && self.left > 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive is cut off"));
        }
        self.progress.more(Bytes(read as u64))?;
        Ok(read)
    }
}

/// Gives an image the names it had. A name that leads elsewhere by now is left there.
async fn name(engine: &Engine, sure: Engine, image: &ImageId, saved: &SavedImage) -> Vec<(Reference, Given)> {
    let mut given = Vec::new();
    let mut former = Some(sure);
    for name in tags(saved) {
        let outcome = match give(engine, former.take(), image, name).await {
            Ok((known, sure)) => {
                former = Some(sure);
                known
            }
            Err(failure) => Given::Failed(failure.to_string()),
        };
        given.push((name.clone(), outcome));
    }
    given
}

async fn give(
    engine: &Engine,
    former: Option<Engine>,
    image: &ImageId,
    name: &Reference,
) -> Result<(Given, Engine), Failure> {
    let sure = engine.for_sure(former).await?;
    let known = give_back(image, sure.resolve(name).await?.as_ref());
    let sure = engine.for_sure(Some(sure)).await?;
    let given = match known {
        Some(known) => known,
        None => sure.tag(image, name).await.map(|()| Given::Given)?,
    };
    Ok((given, sure))
}

struct Progress {
    watcher: Watcher,
    stage: RestoreStage,
    read: Bytes,
    of: Bytes,
    told: Option<Instant>,
}

impl Progress {
    fn new(watcher: &Watcher, stage: RestoreStage, of: u64) -> Self {
        Self { watcher: watcher.clone(), stage, read: Bytes(0), of: Bytes(of), told: None }
    }

    /// Fails once it is not wanted any more.
    fn more(&mut self, bytes: Bytes) -> io::Result<()> {
        self.read = self.read + bytes;
        if self.told.is_none_or(|told| told.elapsed() >= PROGRESS) {
            self.told = Some(Instant::now());
            self.watcher.tell(RestoreProgress { stage: self.stage, read: self.read, of: self.of });
        }
        self.watcher.check()
    }
}
