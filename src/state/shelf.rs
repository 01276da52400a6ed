//! What belongs to one engine and waits while another is shown: what is marked, open, selected and searched for.

use super::tree::OpenRows;
use super::{AppState, Connection, Listing, Preset};
use crate::model::EngineInfo;
use crate::rules::Target;

/// Engines that somebody goes back and forth between are few.
const MOST: usize = 16;

/// Which engine it is: its own ID where it tells one, and the address it was reached at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EngineKey {
    pub id: Option<String>,
    pub host: String,
}

impl EngineKey {
    pub(super) fn new(engine: &EngineInfo, host: &str) -> Self {
        Self { id: engine.id.clone(), host: host.to_owned() }
    }
}

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    marked: Vec<Target>,
    open: OpenRows,
    selection: Option<Target>,
    filter: String,
    preset: Preset,
}

impl AppState {
    /// The engine that is shown, or was shown last.
    pub fn engine_key(&self) -> Option<&EngineKey> {
        match self.connection {
            Connection::Connecting | Connection::WorkerLost => None,
            Connection::Live { .. } | Connection::Sample { .. } | Connection::Gone { .. } => {
                self.present.as_ref()
            }
        }
    }

    /// Puts away what belongs to the present engine; nothing of it is shown any more.
    pub(super) fn leave_engine(&mut self) {
        let present = Shelf {
            marked: self.marks.targets(),
            open: self.tree.open_rows(),
            selection: self.selection.clone(),
            filter: self.tree.filter().text().to_owned(),
            preset: self.tree.preset(),
        };
        // One that was not listed yet has what still waits for its listing.
        let kept = self.restoring.take().unwrap_or(present);
        if let Some(key) = self.present.take() {
            self.shelves.retain(|(other, _)| *other != key);
            self.shelves.push((key, kept));
            if self.shelves.len() > MOST {
                self.shelves.remove(0);
            }
        }
        let none = Listing { waiting: self.listing.waiting, ..Listing::default() };
        let before = std::mem::replace(&mut self.listing, none).observation;
        self.outdated.extend(before.map(|before| Box::new(before) as _));
        self.instead_of.clear();
        self.missing = None;
        self.tree.forget();
        self.forget_remotes();
        self.close_registries();
        self.observation_changed();
    }

    /// Takes out what belongs to the engine that answered.
    pub(super) fn enter_engine(&mut self, key: EngineKey) {
        if let Some(at) = self.shelves.iter().position(|(other, _)| *other == key) {
            let (_, kept) = self.shelves.remove(at);
            self.tree.set_filter(kept.filter.clone());
            self.tree.set_preset(kept.preset);
            self.restoring = Some(kept);
        }
        self.present = Some(key);
    }

    /// With the first listing of the engine: marks, open rows and selection find what they belong to again, as
    /// far as it is still there.
    pub(super) fn take_up_again(&mut self) {
        let Some(Shelf { marked, open, selection, .. }) = self.restoring.take() else { return };
        self.tree.open_again(&open);
        self.mark(marked);
        self.keep_marks();
        if let Some(target) = selection {
            self.select(target);
            self.keep_selection();
        }
    }
}
