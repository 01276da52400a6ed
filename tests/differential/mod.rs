//! The parts of the differential test: a random world, random requests, and what the rules say of each
//! against what a real engine does. `README.md` has the method and the counts.

#![cfg(test)]

pub mod actions;
pub mod case;
pub mod check;
pub mod names;
pub mod observe;
pub mod oci;
pub mod play;
pub mod podman;
pub mod random;
pub mod report;
pub mod setup;
pub mod shrink;
pub mod stage;
pub mod unpredictable;
