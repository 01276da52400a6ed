//! The last listing of an engine, to be shown before it answers: as what it is, with its time.
//!
//! Found by the address, because that is all that is known before an answer; it names the engine that
//! answered there, so that it is dropped if another one does now. Layers stand in a file of their own.

use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Known, place, read, write};
use crate::model::{Inventory, Layers};

const FOLDER: &str = "listings";
const FORM: u32 = 1;

/// A listing of the past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    form: u32,
    /// The address that answered.
    pub host: String,
    /// Tells the engine from others at the same address.
    pub engine: String,
    /// When it was seen, in seconds since 1970.
    pub at: i64,
    pub inventory: Arc<Inventory>,
}

impl Snapshot {
    pub fn new(host: String, engine: String, at: i64, inventory: Arc<Inventory>) -> Self {
        Self { form: FORM, host, engine, at, inventory }
    }

    /// What answered at this address last, with the layers that are known of it.
    pub fn load(cache: &Path, host: &str) -> Option<Self> {
        let mut snapshot: Self = read(&place(cache, FOLDER, host))?;
        if snapshot.form != FORM || snapshot.host != host || !snapshot.inventory.is_complete() {
            return None;
        }
        let known = Known::load(cache, &snapshot.engine);
        for image in Arc::make_mut(&mut snapshot.inventory).images.seen_mut() {
            let image = Arc::make_mut(image);
            if let Some(content) = known.of(image).cloned() {
                image.learn(content);
            }
        }
        Some(snapshot)
    }

    pub fn save(mut self, cache: &Path) -> io::Result<()> {
        for image in Arc::make_mut(&mut self.inventory).images.seen_mut() {
            let image = Arc::make_mut(image);
            (image.layers, image.history) = (Layers::NotRead, None);
        }
        write(&place(cache, FOLDER, &self.host), &self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BuildCache, Section};

    #[test]
    fn the_last_listing_is_found_by_its_address() {
        let folder = tempfile::tempdir().unwrap();
        let engine = crate::engine::Sample::new(0);
        let inventory = Arc::new(engine.inventory());
        let snapshot = Snapshot::new("unix:///a".to_owned(), "one".to_owned(), 7, Arc::clone(&inventory));
        snapshot.save(folder.path()).unwrap();
        let loaded = Snapshot::load(folder.path(), "unix:///a").unwrap();
        assert_eq!((loaded.engine.as_str(), loaded.at), ("one", 7));
        let names = |inventory: &Inventory| -> Vec<_> {
            inventory.images.seen().iter().map(|image| (image.id.clone(), image.references.clone())).collect()
        };
        assert_eq!(names(&loaded.inventory), names(&inventory));
        assert_eq!(loaded.inventory.containers, inventory.containers);
        assert_eq!(Snapshot::load(folder.path(), "unix:///b"), None);
    }

    #[test]
    fn half_a_listing_is_not_shown_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut inventory = crate::engine::Sample::new(0).inventory();
        inventory.build_cache = Section::Complete(BuildCache::default());
        inventory.containers = Section::Failed { why: "no".to_owned(), partial: Vec::new() };
        Snapshot::new("h".to_owned(), "one".to_owned(), 7, Arc::new(inventory)).save(folder.path()).unwrap();
        assert_eq!(Snapshot::load(folder.path(), "h"), None);
    }
}
