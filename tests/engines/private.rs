//! An engine of this process, started from `run.sh`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use super::Kind;

/// How one speaks to an engine.
pub type Stream = UnixStream;

impl Kind {
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

    /// The same on a machine that is called this.
    pub fn start_named(kind: Kind, machine: &str) -> Self {
        Self::start_with(kind, &[("UNMOOR_ENGINE_NAME", machine)])
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

    /// How whoever stands between it and the program under test reaches it.
    pub fn way(&self) -> Way {
        Way(self.socket().to_owned())
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

/// A way to an engine, for another thread.
#[derive(Clone, Debug)]
pub struct Way(PathBuf);

impl Way {
    pub fn connect(&self) -> Stream {
        UnixStream::connect(&self.0).unwrap()
    }
}

/// Where a program can be let in, with the address it has to be told; what is there as long as it is used.
pub fn listen() -> (UnixListener, String, Option<TempDir>) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    (UnixListener::bind(&socket).unwrap(), format!("unix://{}", socket.display()), Some(folder))
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

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines").join(name)
}
