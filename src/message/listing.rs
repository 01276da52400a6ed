//! What a listing comes to on its way to the window.

use std::sync::Arc;

use crate::map::Tiles;
use crate::model::{Bytes, Catalog, Graph, ImageIx};
use crate::rules::{Keep, Verdict};

/// One listing with all that is worked out from it before it reaches the window.
#[derive(Debug, Clone)]
pub struct Observation {
    pub graph: Arc<Graph>,
    /// One for each image, in the inventory's order.
    pub summaries: Arc<Vec<ImageSummary>>,
    pub catalog: Arc<Catalog>,
    /// Of the map.
    pub tiles: Arc<Tiles>,
    /// Images that are kept by a label or a compose project.
    pub kept: Arc<[(ImageIx, Keep)]>,
}

/// What a row of the tree shows of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageSummary {
    /// On removing it by its ID, without force.
    pub verdict: Verdict,
    /// Bytes that only this image needs; `None` while its neighbours' layers are not known.
    pub own: Option<Bytes>,
}

/// How far a listing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListingProgress {
    /// Waiting for the lists; a containerd store may need seconds.
    Lists,
    /// Layers are read image by image.
    Layers { read: usize, of: usize },
}
