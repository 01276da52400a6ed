//! Unmoor: what holds every image on a container engine, and how to let it go.
//!
//! The folders are the architecture; each may only know what stands below it (`tests/layering.rs`):
//!
//! - [`model`]: what one observation of an engine showed
//! - [`rules`]: what the engine would do
//! - [`plan`]: in which order, and what became of it
//! - [`picture`]: what hangs on what, laid out on a [`plane`]; [`map`]: where the bytes are
//! - [`archive`]: what is saved of images before they go, and what comes back
//! - [`journal`]: what was done, what became of it, and how it is undone
//! - [`words`]: what things are called in the language of the person
//! - [`report`]: what is written for others to read
//! - [`engine`]: the only place that talks to an engine
//! - [`registry`]: the only place that talks to registries
//! - [`files`]: where a person's files are, and how one is written
//! - [`message`]: what the window and the worker say to each other
//! - [`worker`]: the background runtime
//! - [`state`]: what the program knows
//! - [`ui`]: what a person sees
//! - [`app`] and [`cli`]: the two ways in

pub mod app;
pub mod archive;
pub mod cache;
pub mod cli;
pub mod engine;
pub mod files;
pub mod journal;
pub mod map;
pub mod message;
pub mod model;
pub mod picture;
pub mod plan;
pub mod plane;
pub mod registry;
pub mod report;
pub mod rules;
pub mod state;
pub mod ui;
pub mod words;
pub mod worker;

// The translations are compiled in; `words` is the only place that asks for them.
rust_i18n::i18n!("locales", fallback = "en");
