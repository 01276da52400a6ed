//! Archives for the window: each request in a task of its own, and what became of it as an event.

use std::pin::pin;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::place::Place;
use super::restore::{Watcher, restore};
use super::save::save;
use crate::archive::{ArchiveId, NotSaved, Wish};
use crate::engine::Engine;
use crate::message::{Event, JobId};
use crate::model::ImageId;
use crate::plan::Ended;
use crate::worker::outbox::Outbox;

const NO_PLACE: &str = "the system does not say where archives could be kept";

/// Archives what a run is to take. `Err` is how the run ends then: nothing was removed.
pub(in crate::worker) async fn archive_first(
    engine: &Engine,
    place: Option<&Place>,
    job: JobId,
    wish: Wish,
    outbox: &Outbox,
    stopped: impl Future<Output = ()> + Send,
) -> Result<(), Ended> {
    let telling = outbox.clone();
    let tell = Arc::new(move |progress| telling.hint(Event::Saving { job, progress }));
    let saved = match place {
        Some(place) => save(engine, place, &wish, now(), tell, pin!(stopped)).await,
        None => Err(NotSaved::NoPlace),
    };
    match saved {
        Ok(saved) => {
            outbox.send(Event::Saved { job, saved }).await;
            Ok(())
        }
        Err(NotSaved::Cancelled) => Err(Ended::Stopped),
        Err(why @ (NotSaved::TooLarge { .. } | NotSaved::Full { .. })) => {
            Err(Ended::NoRoomForArchive(why.to_string()))
        }
        Err(why @ (NotSaved::NoPlace | NotSaved::Failed { .. })) => Err(Ended::NotArchived(why.to_string())),
    }
}

/// Tells what is kept.
pub(in crate::worker) fn tell_shelf(place: Option<Place>, outbox: Outbox) {
    tokio::spawn(async move {
        let read = blocking(place, Place::shelf).await;
        outbox.send(Event::Archives(read.map(Arc::new))).await;
    });
}

pub(in crate::worker) fn tell_deleted(place: Option<Place>, archive: ArchiveId, outbox: Outbox) {
    tokio::spawn(async move {
        let id = archive.clone();
        let result = blocking(place, move |place| place.delete(&id)).await;
        outbox.send(Event::ArchiveDeleted { archive, result }).await;
    });
}

/// Brings an image back as long as that is wanted, and tells.
pub(in crate::worker) async fn restore_and_tell(
    engine: Engine,
    place: Option<Place>,
    job: JobId,
    archive: ArchiveId,
    image: ImageId,
    outbox: Outbox,
    wanted: impl Fn() -> bool + Send + Sync + 'static,
) {
    let telling = outbox.clone();
    let watcher = Watcher::new(move |progress| telling.hint(Event::Restoring { job, progress }), wanted);
    let result = match place {
        Some(place) => {
            restore(&engine, &place, &archive, &image, watcher).await.map_err(|error| error.to_string())
        }
        None => Err(NO_PLACE.to_owned()),
    };
    outbox.send(Event::RestoreEnded { job, result }).await;
}

/// Removes what a crash left behind; not waited for.
pub(in crate::worker) fn sweep(place: Option<Place>) {
    if let Some(place) = place {
        tokio::task::spawn_blocking(move || {
            if let Err(error) = place.sweep() {
                tracing::warn!("{} was not swept: {error}", place.path().display());
            }
        });
    }
}

async fn blocking<T: Send + 'static>(
    place: Option<Place>,
    work: impl FnOnce(&Place) -> std::io::Result<T> + Send + 'static,
) -> Result<T, String> {
    let place = place.ok_or_else(|| NO_PLACE.to_owned())?;
    let path = place.path().display().to_string();
    match tokio::task::spawn_blocking(move || work(&place)).await {
        Ok(done) => done.map_err(|error| format!("{path}: {error}")),
        Err(error) => Err(error.to_string()),
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
