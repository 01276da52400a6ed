//! What an engine answers to the removal of an image.

use serde::{Deserialize, Serialize};

/// One line of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Item {
    /// A name, as the engine prints it.
    Untagged(String),
    /// An image ID, or on the classic store the chain ID of a layer.
    Deleted(String),
}
