//! Finding an engine, finding it again, and hearing from it.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::{Instant, sleep, timeout_at};

use crate::engine::{Changed, Engine};
use crate::model::{Endpoint, Failure, FailureKind};

const BACKOFF: Duration = Duration::from_millis(500);
const BACKOFF_MAX: Duration = Duration::from_secs(10);
/// Changes come in bursts: a listing waits until none came for this long,
const QUIET: Duration = Duration::from_millis(150);
/// and never longer than this.
const QUIET_MAX: Duration = Duration::from_secs(1);

/// Connects again and again until the engine answers; with less and less hope.
pub(super) async fn find_again(endpoint: &Endpoint, at_once: bool) -> Engine {
    let mut pause = BACKOFF;
    if !at_once {
        sleep(pause).await;
    }
    loop {
        match Engine::connect(endpoint).await {
            Ok(engine) => return engine,
            Err(tried) => {
                for failure in tried {
                    tracing::debug!("{failure}");
                }
                sleep(pause).await;
                pause = BACKOFF_MAX.min(pause * 2);
            }
        }
    }
}

/// Calls `on_change` for each burst of changes; returns the failure that ended it. `None` if the
/// engine is there and only does not let itself be watched.
pub(super) async fn watch<Told: Future<Output = ()>>(
    engine: &Engine,
    mut on_change: impl FnMut(Changed) -> Told,
) -> Option<Failure> {
    let mut hints = engine.watch();
    while let Some(first) = hints.next().await {
        let mut burst = match first {
            Ok(changed) => changed,
            Err(failure) => return if_gone(failure),
        };
        let latest = Instant::now() + QUIET_MAX;
        let mut ended = None;
        while let Ok(Some(next)) = timeout_at(latest.min(Instant::now() + QUIET), hints.next()).await {
            match next {
                Ok(changed) => burst = burst.max(changed),
                Err(failure) => {
                    ended = Some(failure);
                    break;
                }
            }
        }
        on_change(burst).await;
        if let Some(failure) = ended {
            return if_gone(failure);
        }
    }
    None
}

fn if_gone(failure: Failure) -> Option<Failure> {
    tracing::debug!("{failure}");
    (!matches!(failure.kind, FailureKind::Status(_))).then_some(failure)
}
