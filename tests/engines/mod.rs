//! Real container engines for the tests: started from `run.sh`, private, empty, gone with the test process. On
//! Windows, where none can run, they are started outside, and a named pipe leads to each.
//!
//! A test that needs an engine fails without one; it is never skipped. What an engine does is asked over a
//! small HTTP client of its own (`api`), not through the crate under test.

#![cfg(test)]
#![allow(dead_code, unused_imports, reason = "each test binary uses another part of this module")]

pub mod api;
pub mod archive;
pub mod origin;
#[cfg(windows)]
pub mod pipe;
#[cfg(unix)]
mod private;
#[cfg(windows)]
mod relayed;

use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

#[cfg(unix)]
pub use private::{Engine, Stream, Way, listen};
#[cfg(windows)]
pub use relayed::{Engine, Stream, Way, listen};

/// An engine and image store that the project tests against; `install.sh` has the packages of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Docker20,
    Docker28,
    Docker28Containerd,
    Podman5,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Docker20, Self::Docker28, Self::Docker28Containerd, Self::Podman5];

    pub fn name(self) -> &'static str {
        match self {
            Self::Docker20 => "docker-20",
            Self::Docker28 => "docker-28",
            Self::Docker28Containerd => "docker-28-containerd",
            Self::Podman5 => "podman-5",
        }
    }

    /// Whether it is Podman, with the Docker-compatible half of its API.
    pub fn is_podman(self) -> bool {
        self == Self::Podman5
    }

    /// Whether images live in one of Docker's graph drivers.
    pub fn is_classic(self) -> bool {
        matches!(self, Self::Docker20 | Self::Docker28)
    }

    /// Whether images live in containerd's store, where an image's id is the digest of its manifest.
    pub fn has_containerd_store(self) -> bool {
        self == Self::Docker28Containerd
    }
}

/// The engine of this kind that all tests of one binary share; it ends with the test process.
pub fn shared(kind: Kind) -> &'static Engine {
    static ENGINES: [OnceLock<Engine>; Kind::ALL.len()] = [const { OnceLock::new() }; Kind::ALL.len()];
    ENGINES[kind as usize].get_or_init(|| Engine::start(kind))
}

/// The shared engine, empty, and for this test alone until the guard is dropped.
pub fn lock(kind: Kind) -> EngineGuard {
    static LOCKS: [Mutex<()>; Kind::ALL.len()] = [const { Mutex::new(()) }; Kind::ALL.len()];
    // A test that failed while it held the engine leaves nothing that wiping does not remove.
    let guard = LOCKS[kind as usize].lock().unwrap_or_else(PoisonError::into_inner);
    let engine = shared(kind);
    engine.wipe();
    EngineGuard { engine, _guard: guard }
}

/// Exclusive use of a shared engine.
#[derive(Debug)]
pub struct EngineGuard {
    engine: &'static Engine,
    _guard: MutexGuard<'static, ()>,
}

impl Deref for EngineGuard {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        self.engine
    }
}
