//! Archives of images on the disk: made before a removal, listed, restored and deleted. What an archive is, and
//! when it is whole, stands in `crate::archive`; here it is written and read.

mod blobs;
mod pipe;
mod place;
mod restore;
mod save;
mod tell;

pub use place::Place;
pub use restore::{NotRestored, Watcher, restore, restore_nameless};
pub use save::save;
pub(super) use tell::{archive_first, restore_and_tell, sweep, tell_deleted, tell_shelf};
