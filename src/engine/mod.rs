//! The only place that talks to an engine.

pub mod sample;
