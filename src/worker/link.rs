//! Finding an engine, finding it again, and hearing from it.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::{Instant, sleep, sleep_until};

use super::session::{Note, Teller};
use crate::engine::{Changed, Engine};
use crate::model::{Endpoint, Failure, FailureKind};

const BACKOFF: Duration = Duration::from_millis(500);
const BACKOFF_MAX: Duration = Duration::from_secs(10);
/// An engine that forbids its events is not listed more often than this.
const UNWATCHED_MAX: Duration = Duration::from_mins(2);
/// A stream of events that held for so long was none that is forbidden.
const LASTED: Duration = Duration::from_secs(10);
/// One refusal may be a moment's; so many in a row are told.
const TOLD_AFTER: u32 = 2;
/// What one request changes comes as several events (a name, then its image): they are looked at together.
const SETTLE: Duration = Duration::from_millis(15);

/// Connects again and again until the engine answers; with less and less hope.
pub(super) async fn find_again(endpoint: &Endpoint, at_once: bool, tell: &Teller) -> Engine {
    let mut pause = BACKOFF;
    if !at_once {
        tell.tell(Note::TriesAgain(pause)).await;
        sleep(pause).await;
    }
    loop {
        match Engine::connect(endpoint).await {
            Ok(engine) => return engine,
            Err(tried) => {
                for failure in tried {
                    tracing::debug!("{failure}");
                }
                tell.tell(Note::TriesAgain(pause)).await;
                sleep(pause).await;
                pause = BACKOFF_MAX.min(pause * 2);
            }
        }
    }
}

/// Watches for as long as the engine is there, and returns the failure that ended it. One that is there and does
/// not let itself be watched is tried again now and then; what it did meanwhile nobody knows, so that everything
/// is looked at then, and that it is so is told.
pub(super) async fn watch(engine: &Engine, tell: &Teller) -> Failure {
    let mut pause = BACKOFF;
    let mut refusals = 0;
    loop {
        let followed = {
            let following = follow(engine, tell);
            tokio::pin!(following);
            tokio::select! {
                followed = &mut following => followed,
                () = sleep(LASTED) => {
                    if refusals >= TOLD_AFTER {
                        tell.tell(Note::Watched(Ok(()))).await;
                    }
                    (refusals, pause) = (0, BACKOFF);
                    following.await
                }
            }
        };
        let failure = match followed {
            Followed::Gone(failure) => return failure,
            Followed::Refused(failure) => failure,
        };
        refusals += 1;
        if refusals == TOLD_AFTER {
            tell.tell(Note::Watched(Err(failure))).await;
        }
        tokio::select! {
            () = sleep(pause) => {}
            failure = engine.lost() => return failure,
        }
        pause = UNWATCHED_MAX.min(pause * 2);
        tell.tell(Note::Changed(Changed::Everything)).await;
    }
}

/// How following an engine ended.
enum Followed {
    Gone(Failure),
    /// It is there, and only does not let itself be watched.
    Refused(Failure),
}

/// Tells what changed as soon as somebody takes it, and what changes until then together.
///
/// Events are read as they come: an engine does not wait for a slow reader, it leaves events out.
async fn follow(engine: &Engine, tell: &Teller) -> Followed {
    let mut hints = engine.watch();
    let mut untold: Option<Changed> = None;
    let mut settled = Instant::now();
    loop {
        let room = async {
            sleep_until(settled).await;
            tell.room().await
        };
        tokio::select! {
            hint = hints.next() => match hint {
                Some(Ok(changed)) => {
                    if untold.is_none() {
                        settled = Instant::now() + SETTLE;
                    }
                    untold = Some(match untold.take() {
                        Some(before) => before.and(changed),
                        None => changed,
                    });
                }
                Some(Err(failure)) => return ended_by(failure),
                // Its last item is always how it ended.
                None => std::future::pending().await,
            },
            room = room, if untold.is_some() => {
                if let (Some(room), Some(changed)) = (room, untold.take()) {
                    room.send((tell.serial, Note::Changed(changed)));
                }
            }
        }
    }
}

fn ended_by(failure: Failure) -> Followed {
    tracing::debug!("{failure}");
    if matches!(failure.kind, FailureKind::Status(_)) {
        Followed::Refused(failure)
    } else {
        Followed::Gone(failure)
    }
}
