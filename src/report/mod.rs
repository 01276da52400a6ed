//! What is written for others to read: one file per format, each to any writer. Words and colours come
//! from whoever asks, so that nothing here depends on a language or a window.

pub mod difference;
pub mod pseudonyms;
pub mod svg;

pub use difference::{Privacy, difference};
