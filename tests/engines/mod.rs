//! Real container engines for the tests: started from `run.sh`, private, empty, gone with the test process.
//!
//! A test that needs an engine fails without one; it is never skipped. What an engine does is asked over a
//! small HTTP client of its own (`api`), not through the crate under test.

#![cfg(test)]
#![allow(dead_code, reason = "each test binary uses another part of this module")]

pub mod api;
pub mod archive;
pub mod origin;

use std::io::{BufRead as _, BufReader, Read as _};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

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

    /// The folder that holds the engine's binaries, downloaded when this is the first use.
    pub fn root(self) -> PathBuf {
        let output = Command::new("bash").arg(script("install.sh")).arg(self.name()).output().unwrap();
        assert!(
            output.status.success(),
            "cannot install {}: {}",
            self.name(),
            String::from_utf8_lossy(&output.stderr)
        );
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim_end())
    }
}

/// A running engine; dropping it ends the engine and removes its folder.
#[derive(Debug)]
pub struct Engine {
    pub kind: Kind,
    /// The address in the form of `DOCKER_HOST`: `unix:///…`.
    pub host: String,
    /// Short-lived and in the temporary folder; holds the socket and the engine's log.
    pub dir: PathBuf,
    process: Child,
}

impl Engine {
    /// Starts an engine and waits until it answers.
    pub fn start(kind: Kind) -> Self {
        Self::start_trusting(kind, &[])
    }

    /// The same with a disk of this size (`64m`) and no more.
    pub fn start_small(kind: Kind, disk: &str) -> Self {
        Self::start_with(kind, &[("UNMOOR_ENGINE_DATA", disk)])
    }

    /// The same, with more registries that it may speak to without TLS.
    pub fn start_trusting(kind: Kind, registries: &[&str]) -> Self {
        Self::start_with(kind, &[("UNMOOR_ENGINE_TRUSTS", &registries.join(" "))])
    }

    fn start_with(kind: Kind, variables: &[(&str, &str)]) -> Self {
        let dir = new_dir();
        let mut command = Command::new("bash");
        command.arg(script("run.sh")).arg(kind.name()).arg(&dir);
        command.envs(variables.iter().copied());
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut host = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut host).unwrap();
        if host.is_empty() {
            let mut why = String::new();
            process.stderr.take().unwrap().read_to_string(&mut why).unwrap();
            process.wait().unwrap();
            panic!("the engine {} did not start:\n{why}", kind.name());
        }
        Self { kind, host: host.trim_end().to_owned(), dir, process }
    }

    pub fn socket(&self) -> &Path {
        Path::new(self.host.strip_prefix("unix://").unwrap())
    }

    /// Kills the engine alone, in the middle of whatever it does. It is started again at once, on the same disk.
    pub fn die(&self) {
        std::fs::write(self.dir.join("again"), "").unwrap();
        let init = std::fs::read_to_string(self.dir.join("pid")).unwrap();
        let children = format!("/proc/{0}/task/{0}/children", init.trim());
        let children = std::fs::read_to_string(children).unwrap();
        let name = |pid: &&str| std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        let is_engine = |pid: &&str| matches!(name(pid).trim_end(), "dockerd" | "podman");
        let engine = children.split_whitespace().find(is_engine).expect("the engine runs");
        assert!(Command::new("kill").args(["-KILL", engine]).status().unwrap().success());
    }

    /// A file on the engine's own disk, as it is seen from outside.
    pub fn on_its_disk(&self, name: &str) -> PathBuf {
        let init = std::fs::read_to_string(self.dir.join("pid")).unwrap();
        PathBuf::from(format!("/proc/{}/root/engine/data/{name}", init.trim()))
    }

    /// Ends `run.sh` without a chance to clean up, as an impatient person or a broken machine would.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // The end of its standard input is what the engine waits for.
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
    }
}

/// A path for an engine's folder that no other process uses, short enough for a socket in it.
fn new_dir() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("unmoor-{}-{number}", std::process::id());
    let dir = std::env::temp_dir();
    let dir = if dir.as_os_str().len() > 60 { PathBuf::from("/tmp") } else { dir };
    dir.join(name)
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

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines").join(name)
}
