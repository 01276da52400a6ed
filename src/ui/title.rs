//! The title of the window.

use super::text::{self, tr};
use crate::model::EngineInfo;
use crate::state::{AppState, Connection};

/// Says which engine the window shows: there may be a window for each of several.
pub fn of(state: &AppState) -> String {
    let place = match &state.connection {
        Connection::Live { host: address, .. } | Connection::Gone { host: address, .. } => {
            text::host(address)
        }
        Connection::Sample { .. } => return tr!("title.sample").into_owned(),
        Connection::Connecting | Connection::WorkerLost => return "Unmoor".to_owned(),
    };
    match state.connection.engine() {
        Some(EngineInfo { name, version, .. }) => format!("{name} {version} · {place} — Unmoor"),
        None => "Unmoor".to_owned(),
    }
}
