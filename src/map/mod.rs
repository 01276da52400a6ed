//! The map of the bytes: a tile for what each image alone needs, and one for every stack of layers that
//! several images share, so that nothing is drawn twice.
//!
//! `tiles` decides what there is, `layout` where it stands; neither knows a window.

pub mod layout;
pub mod tiles;

pub use layout::{GroupArea, Layout, TileArea, What, lay_out};
pub use tiles::{Group, Place, Tile, TileKind, Tiles};
