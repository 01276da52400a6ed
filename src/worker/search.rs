//! Looks for engines when a person wants to see which there are: all at once, and each told as soon as it has
//! answered or failed.

use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::outbox::Outbox;
use crate::engine::search;
use crate::message::{Event, SearchId};

/// Ends with the last answer.
pub(super) async fn find_engines(search: SearchId, given: Option<String>, outbox: Outbox) {
    let candidates = search::candidates(given).await;
    outbox.send(Event::EnginesFound { search, candidates: candidates.clone() }).await;
    let probes = candidates.into_iter().enumerate().map(|(at, candidate)| async move {
        let probe = search::probe(&candidate).await;
        (at, probe)
    });
    let mut probes: FuturesUnordered<_> = probes.collect();
    while let Some((at, probe)) = probes.next().await {
        outbox.send(Event::EngineProbed { search, at, probe }).await;
    }
}
