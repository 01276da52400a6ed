//! Saves images before they are removed: one export a request, taken apart while it streams, every content
//! once, everything read back before it counts. Until then it lies under a name that nobody takes for an
//! archive, and whatever goes wrong leaves nothing of it.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use tokio::task::JoinHandle;

use super::blobs::Blobs;
use super::pipe::{self, ReadEnd};
use super::place::Place;
use crate::archive::{
    Archive, Entry, EntryKind, Fit, NotSaved, Platform, SCHEMA, SaveProgress, SaveStage, Saved, SavedImage,
    Wanted, Wish, check, fit, to_drop,
};
use crate::engine::Engine;
use crate::model::{Bytes, Digest, ImageId, StoreKind};

/// How often progress is told.
const PROGRESS: Duration = Duration::from_millis(100);
/// No image has as many files in its export.
const MOST_ENTRIES: usize = 100_000;

type Cancelled<'a> = Pin<&'a mut (dyn Future<Output = ()> + Send)>;
type Tell = Arc<dyn Fn(SaveProgress) + Send + Sync>;

/// Makes an archive, and then drops the older ones that the wish allows for. `now` is in seconds since 1970;
/// once `cancelled` resolves, nothing is left behind.
pub async fn save(
    engine: &Engine,
    place: &Place,
    wish: &Wish,
    now: i64,
    tell: Tell,
    mut cancelled: Cancelled<'_>,
) -> Result<Saved, NotSaved> {
    if let Fit::TooLarge { at_most, free } = fit(wish.at_most, place.free()) {
        let place = place.path().display().to_string();
        return Err(NotSaved::TooLarge { at_most, free, place });
    }
    let Some(first) = wish.images.first() else {
        return Err(failed(None, "no image is to be saved".to_owned()));
    };
    let partial = place.begin(now, &first.id).map_err(|error| not_written(place, None, &error))?;
    let (blobs, store) = (partial.blobs(), engine.info().store);
    let mut work = Work { engine, place, blobs, progress: Progress::new(tell, wish), stop: Arc::default() };
    let mut images = Vec::new();
    for (number, wanted) in wish.images.iter().enumerate() {
        work.progress.image = number;
        let entries = work.export(wanted, cancelled.as_mut()).await?;
        let Wanted { id, names, digests, size } = wanted.clone();
        images.push(SavedImage { id, names, digests, size, platforms: Vec::new(), entries });
    }
    let mut archive = Archive {
        schema: SCHEMA,
        id: partial.id.clone(),
        created: now,
        engine: engine.info(),
        host: engine.host().to_owned(),
        images,
    };
    let platforms = work.check(archive.clone(), store, cancelled).await?;
    for (image, platforms) in archive.images.iter_mut().zip(platforms) {
        image.platforms = platforms;
    }
    let images = archive.images.len();
    let id = archive.id.clone();
    let (shelves, wish) = (place.clone(), wish.clone());
    let finished = tokio::task::spawn_blocking(move || -> io::Result<Saved> {
        partial.finish(&archive)?;
        let kept = shelves.shelf()?.kept;
        let stored = kept.iter().find(|kept| kept.id == id).map_or(Bytes(0), |kept| kept.stored);
        let older: Vec<_> = kept.into_iter().filter(|kept| kept.id != id).collect();
        let mut dropped = Vec::new();
        for gone in to_drop(&older, stored, now, &wish.limits) {
            if wish.may_drop.contains(&gone) {
                let bytes = older.iter().find(|kept| kept.id == gone).map_or(Bytes(0), |kept| kept.stored);
                let done = shelves.delete(&gone).map(|()| bytes).map_err(|error| error.to_string());
                dropped.push((gone, done));
            }
        }
        Ok(Saved { id, images, stored, dropped })
    });
    match finished.await {
        Ok(saved) => saved.map_err(|error| not_written(place, None, &error)),
        Err(error) => Err(failed(None, error.to_string())),
    }
}

fn failed(image: Option<&ImageId>, words: String) -> NotSaved {
    NotSaved::Failed { image: image.cloned(), words }
}

/// What the system says of what was to be written.
fn not_written(place: &Place, image: Option<&ImageId>, error: &io::Error) -> NotSaved {
    let (folder, words) = (place.path().display().to_string(), error.to_string());
    if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        return NotSaved::Full { image: image.cloned(), place: folder, words };
    }
    failed(image, if image.is_some() { words } else { format!("{folder}: {words}") })
}

/// Tells how far it is, but not with every part.
#[derive(Clone)]
struct Progress {
    tell: Tell,
    stage: SaveStage,
    image: usize,
    read: Bytes,
    of: Option<Bytes>,
    told: Option<Instant>,
}

impl Progress {
    fn new(tell: Tell, wish: &Wish) -> Self {
        // A layer that images share is in the export of each.
        let of = wish.images.iter().map(|image| image.size).sum();
        Self { tell, stage: SaveStage::Waiting, image: 0, read: Bytes(0), of, told: None }
    }

    fn now(&mut self) {
        let Self { stage, image, read, of, .. } = *self;
        self.told = Some(Instant::now());
        (self.tell)(SaveProgress { stage, image, read, of });
    }

    fn more(&mut self, bytes: Bytes) {
        self.read = self.read + bytes;
        if self.told.is_none_or(|told| told.elapsed() >= PROGRESS) {
            self.now();
        }
    }
}

struct Work<'a> {
    engine: &'a Engine,
    place: &'a Place,
    blobs: Blobs,
    progress: Progress,
    stop: Arc<AtomicBool>,
}

impl Work<'_> {
    /// Streams one image into the archive.
    async fn export(
        &mut self,
        wanted: &Wanted,
        mut cancelled: Cancelled<'_>,
    ) -> Result<Vec<Entry>, NotSaved> {
        let id = &wanted.id;
        self.progress.stage = SaveStage::Waiting;
        self.progress.now();
        let (sender, read) = pipe::to_read();
        let (blobs, mut progress) = (self.blobs.clone(), self.progress.clone());
        progress.stage = SaveStage::Saving;
        let unpacking = tokio::task::spawn_blocking(move || {
            let unpacked = unpack(read, &blobs, &mut progress);
            (unpacked, progress)
        });
        let mut parts = self.engine.export(id);
        let ended = loop {
            tokio::select! {
                biased;
                () = cancelled.as_mut() => break Err(NotSaved::Cancelled),
                part = parts.next() => match part {
                    None => break Ok(()),
                    Some(Err(failure)) => break Err(failed(Some(id), failure.to_string())),
                    // Whoever unpacks has ended early, and says why.
                    Some(Ok(part)) => if sender.send(Ok(part)).await.is_err() { break Ok(()) },
                },
            }
        };
        drop((sender, parts));
        let unpacked = unpacking.await;
        ended?;
        let (unpacked, progress) = unpacked.map_err(|error| failed(Some(id), error.to_string()))?;
        self.progress = progress;
        unpacked.map_err(|error| not_written(self.place, Some(id), &error))
    }

    /// Reads everything back: each content against its digest, each image from its ID on.
    async fn check(
        &mut self,
        archive: Archive,
        store: StoreKind,
        mut cancelled: Cancelled<'_>,
    ) -> Result<Vec<Vec<Platform>>, NotSaved> {
        self.progress.stage = SaveStage::Checking;
        (self.progress.read, self.progress.of) = (Bytes(0), Some(Bytes(archive.blobs().values().sum())));
        self.progress.now();
        let (blobs, stop) = (self.blobs.clone(), Arc::clone(&self.stop));
        let mut progress = self.progress.clone();
        let mut checking: JoinHandle<_> = tokio::task::spawn_blocking(move || {
            verify(&archive, store, &blobs, &mut |bytes| {
                progress.more(bytes);
                if stop.load(Ordering::Relaxed) { Err(io::Error::other("cancelled")) } else { Ok(()) }
            })
        });
        let ended = tokio::select! {
            biased;
            () = cancelled.as_mut() => None,
            checked = &mut checking => Some(checked),
        };
        let Some(checked) = ended else {
            self.stop.store(true, Ordering::Relaxed);
            // It reads files that go in a moment.
            drop(checking.await);
            return Err(NotSaved::Cancelled);
        };
        checked.map_err(|error| failed(None, error.to_string()))?
    }
}

/// Takes an export apart: each file's content goes where content is kept.
fn unpack(mut read: ReadEnd, blobs: &Blobs, progress: &mut Progress) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut export = tar::Archive::new(&mut read);
    for entry in export.entries()? {
        let mut entry = entry?;
        let path = text(&entry.path_bytes())?;
        let (kind, size) = (entry.header().entry_type(), entry.size());
        let link = || -> io::Result<String> {
            let to = entry.link_name_bytes().ok_or_else(|| malformed(&path, "a link to nowhere"))?;
            text(&to)
        };
        #[expect(clippy::wildcard_enum_match_arm, reason = "no engine writes any of the many others")]
        let kind = match kind {
            tar::EntryType::Directory => EntryKind::Folder,
            tar::EntryType::Symlink => EntryKind::Symlink { to: link()? },
            tar::EntryType::Link => EntryKind::Hardlink { to: link()? },
            tar::EntryType::Regular | tar::EntryType::Continuous => {
                let expected = path.strip_prefix("blobs/sha256/").and_then(|hex| Digest::parse(hex).ok());
                let mut told = |bytes| {
                    progress.more(bytes);
                    Ok(())
                };
                let (blob, read) = blobs.keep(&mut entry, expected.as_ref(), &mut told)?;
                if read != size {
                    return Err(cut_off());
                }
                EntryKind::File { blob, size }
            }
            tar::EntryType::XGlobalHeader => continue,
            other => return Err(malformed(&path, &format!("of an unknown kind ({other:?})"))),
        };
        let mode = entry.header().mode()?;
        entries.push(Entry { path, mode, kind });
        if entries.len() > MOST_ENTRIES {
            return Err(malformed("the export", "of too many files"));
        }
    }
    if read.ends_as_a_tar()? { Ok(entries) } else { Err(cut_off()) }
}

fn text(bytes: &[u8]) -> io::Result<String> {
    let text = std::str::from_utf8(bytes);
    text.map(str::to_owned).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}

fn malformed(what: &str, how: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("{what} is {how}"))
}

fn cut_off() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "the export was cut off")
}

fn verify(
    archive: &Archive,
    store: StoreKind,
    blobs: &Blobs,
    told: &mut dyn FnMut(Bytes) -> io::Result<()>,
) -> Result<Vec<Vec<Platform>>, NotSaved> {
    for (blob, size) in archive.blobs() {
        let holds = |entry: &Entry| matches!(&entry.kind, EntryKind::File { blob: b, .. } if b == blob);
        blobs.verify(blob, size, told).map_err(|error| {
            let image = archive.images.iter().find(|image| image.entries.iter().any(holds));
            failed(image.map(|image| &image.id), error.to_string())
        })?;
    }
    let mut found = Vec::new();
    for image in &archive.images {
        let mut document = |blob: &Digest| blobs.document(blob).map_err(|error| error.to_string());
        let platforms = check(&image.id, store, &image.entries, &mut document);
        found.push(platforms.map_err(|flaw| failed(Some(&image.id), flaw.to_string()))?);
    }
    Ok(found)
}
