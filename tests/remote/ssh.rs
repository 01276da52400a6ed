//! A real ssh server on the loopback, and a person's own ssh configuration that leads to it.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// On a busy machine.
const LIMIT: Duration = Duration::from_mins(1);

/// A server; ends with its owner.
pub struct Sshd {
    dir: TempDir,
    root: PathBuf,
    process: Child,
    pub port: u16,
    pub user: String,
}

impl Sshd {
    /// `path` and `variables` are what a command over there is run with.
    pub fn start(path: &str, variables: &[(&str, &str)]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines/install.sh");
        let root = PathBuf::from(said(Command::new("bash").arg(script).arg("ssh")));
        let user = said(Command::new("id").arg("-un"));
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for name in ["host", "own", "foreign"] {
            said(
                program(&root, "usr/bin/ssh-keygen")
                    .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                    .arg(at(name)),
            );
        }
        // Nobody else binds it in between, on a machine that hands ports out in turn.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        fs::copy(at("own.pub"), at("authorized")).unwrap();
        let set: Vec<_> = variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let show = |name: &str| at(name).display().to_string();
        let config = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\n\
             StrictModes no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nSetEnv PATH={path} {}\n",
            show("host"),
            show("authorized"),
            set.join(" "),
        );
        fs::write(at("config"), config).unwrap();
        let log = File::create(at("log")).unwrap();
        let mut server = Command::new("bash");
        server
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/remote/sshd.sh"))
            .arg(&root)
            .arg(dir.path());
        let process =
            server.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let sshd = Self { dir, root, process, port, user };
        sshd.write_client();
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < LIMIT, "the ssh server does not answer:\n{}", sshd.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        sshd
    }

    /// What the server has said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap()
    }

    /// The folder with the person's `ssh`, to be looked in first. It knows these hosts: `box`; `stranger`, whose
    /// key nobody has seen yet; `closed`, which does not take the key it is shown.
    pub fn client(&self) -> PathBuf {
        self.dir.path().join("bin")
    }

    /// Ends every connection there is; new ones are taken.
    pub fn hang_up(&self) {
        for session in children(&self.process.id().to_string()) {
            // The one that speaks to the other side may be a child of it.
            for pid in children(&session).into_iter().chain([session]) {
                drop(Command::new("kill").arg("-KILL").arg(pid).stderr(Stdio::null()).status());
            }
        }
    }

    /// The server and every connection there is fall silent (`STOP`), or go on (`CONT`); none is closed.
    pub fn signal(&self, signal: &str) {
        let server = self.process.id().to_string();
        let sessions = children(&server);
        let of_sessions = sessions.iter().flat_map(|session| children(session.as_str()));
        for pid in of_sessions.chain(sessions.clone()).chain([server]) {
            drop(Command::new("kill").arg(format!("-{signal}")).arg(pid).stderr(Stdio::null()).status());
        }
    }

    /// The key that is let in.
    pub fn identity(&self) -> PathBuf {
        self.dir.path().join("own")
    }

    fn write_client(&self) {
        let Self { dir, root, port, user, .. } = self;
        let show = |name: &str| dir.path().join(name).display().to_string();
        let key = fs::read_to_string(dir.path().join("host.pub")).unwrap();
        fs::write(dir.path().join("known"), format!("[127.0.0.1]:{port} {key}")).unwrap();
        let (own, foreign, known) = (show("own"), show("foreign"), show("known"));
        let config = format!(
            "Host stranger\n UserKnownHostsFile {empty}\nHost closed\n IdentityFile {foreign}\n\
             Host !closed *\n IdentityFile {own}\n\
             Host box stranger closed\n HostName 127.0.0.1\n Port {port}\n User {user}\n\
             Host *\n IdentitiesOnly yes\n IdentityAgent none\n UserKnownHostsFile {known}\n \
             GlobalKnownHostsFile {empty}\n",
            empty = show("nothing"),
        );
        fs::write(dir.path().join("client"), config).unwrap();
        fs::create_dir(self.client()).unwrap();
        let ssh = program(root, "usr/bin/ssh");
        let words = std::iter::once(ssh.get_program()).chain(ssh.get_args());
        let words: Vec<_> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
        let script = format!("#!/bin/sh\nexec {} -F '{}' \"$@\"\n", words.join(" "), show("client"));
        let path = self.client().join("ssh");
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// One of the programs that were unpacked, with the libraries that came with it.
pub fn program(root: &Path, below: &str) -> Command {
    let libraries = fs::read_dir(root.join("usr/lib")).unwrap().map(|entry| entry.unwrap().path());
    let libraries = libraries.filter(|path| path.to_string_lossy().ends_with("-linux-gnu")).last().unwrap();
    let mut all = fs::read_dir(&libraries).unwrap().map(|entry| entry.unwrap().path());
    let loader =
        all.find(|path| path.file_name().unwrap().to_string_lossy().starts_with("ld-linux")).unwrap();
    let mut command = Command::new(loader);
    command.arg("--library-path").arg(libraries).arg(root.join(below));
    command
}

fn children(pid: &str) -> Vec<String> {
    let all = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    all.split_whitespace().map(str::to_owned).collect()
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}
