//! Archives of images on the disk: made before a removal, listed, restored and deleted. What an archive is, and
//! when it is whole, stands in `crate::archive`; here it is written and read.

mod blobs;
mod pipe;
mod place;
mod restore;
mod save;

pub use place::Place;
pub use restore::{NotRestored, restore};
pub use save::save;
