//! What the program does on the machine it runs on: it listens nowhere, starts nothing but ssh and credential
//! helpers, speaks to nobody but the engine, and what it writes is for its person's eyes only.

#![cfg(test)]
#![cfg(target_os = "linux")]
#![cfg(feature = "inspection")]

mod engines;
mod window_driver;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use window_driver::{Display, Window};

/// What was seen of a process while it ran.
#[derive(Debug, Default)]
struct Seen {
    looks: usize,
    children: BTreeSet<String>,
    /// Sockets that wait for somebody to connect.
    listens: BTreeSet<String>,
    /// Both ends of its connections over the network.
    speaks: BTreeSet<String>,
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn look(pid: u32, seen: &mut Seen) {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    for task in tasks {
        for child in read(task.path().join("children")).split_whitespace() {
            seen.children.insert(read(format!("/proc/{child}/cmdline")).replace('\0', " "));
        }
    }
    let open = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    let links = open.filter_map(|entry| fs::read_link(entry.path()).ok());
    let sockets: BTreeSet<String> = links
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        for line in read(format!("/proc/{pid}/net/{table}")).lines().skip(1) {
            let fields: Vec<_> = line.split_whitespace().collect();
            if !fields.get(9).is_some_and(|inode| sockets.contains(*inode)) {
                continue;
            }
            match fields[3] {
                "0A" => drop(seen.listens.insert(format!("{table} {}", fields[1]))),
                _ => drop(seen.speaks.insert(format!("{table} {} {}", fields[1], fields[2]))),
            }
        }
    }
    for line in read(format!("/proc/{pid}/net/unix")).lines().skip(1) {
        let fields: Vec<_> = line.split_whitespace().collect();
        // The fourth field has a flag for it.
        if fields.get(6).is_some_and(|inode| sockets.contains(*inode)) && fields[3] == "00010000" {
            seen.listens.insert(format!("unix {}", fields.get(7).unwrap_or(&"")));
        }
    }
    seen.looks += 1;
}

/// Looks as often as it can until `done`.
fn watch(pid: u32, done: &AtomicBool) -> Seen {
    let mut seen = Seen::default();
    while !done.load(Ordering::Relaxed) {
        look(pid, &mut seen);
        std::thread::sleep(Duration::from_millis(2));
    }
    seen
}

fn holds_only_own_files(home: &Path) {
    let mut folders = vec![home.to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let found = fs::symlink_metadata(&path).unwrap();
            let mode = found.permissions().mode() & 0o777;
            if found.is_dir() {
                folders.push(path);
            } else if found.is_file() && path.iter().any(|part| part == "unmoor") {
                files += 1;
                assert_eq!(mode, 0o600, "{} is {mode:o}", path.display());
                let above = fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777;
                assert_eq!(above, 0o700, "the folder of {} is {above:o}", path.display());
            }
        }
    }
    assert!(files > 0, "nothing was written below {}", home.display());
}

fn settle(command: &mut Command, home: &Path) {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if ["DOCKER_", "CONTAINER", "XDG_", "SSH_"].iter().any(|own| name.starts_with(own)) {
            command.env_remove(name);
        }
    }
    command.env("HOME", home).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
}

fn prepare(engine: &Engine) {
    let image = |name: &str| Image {
        layers: vec![Layer::filled(name, 700)],
        tags: vec![format!("docker.io/library/{name}:1")],
        ..Image::default()
    };
    engine.load(&docker_archive(&[image("goes"), image("stays")]));
}

#[test]
fn no_command_listens_starts_anything_or_shows_its_files_to_others() {
    let engine = engines::lock(Kind::Docker28);
    for mask in ["022", "000"] {
        engine.wipe();
        prepare(&engine);
        let home = tempfile::tempdir().unwrap();
        let plan = home.path().join("plan.json");
        let run = |arguments: &[&str]| {
            let mut command = Command::new("sh");
            // The shell becomes the program, under the mask.
            command.args(["-c", &format!("umask {mask}; exec \"$0\" \"$@\"")]);
            command.arg(env!("CARGO_BIN_EXE_unmoor")).args(arguments).args(["--host", &engine.host]);
            settle(&mut command, home.path());
            let child = command.spawn().unwrap();
            let (pid, done) = (child.id(), AtomicBool::new(false));
            let (seen, ended) = std::thread::scope(|scope| {
                let watching = scope.spawn(|| watch(pid, &done));
                let ended = child.wait_with_output().unwrap();
                done.store(true, Ordering::Relaxed);
                (watching.join().unwrap(), ended)
            });
            let said = String::from_utf8_lossy(&ended.stderr);
            assert!(ended.status.success(), "{arguments:?}: {said}");
            assert!(seen.looks > 1, "{arguments:?} was not looked at");
            assert_eq!(seen.listens, BTreeSet::new(), "{arguments:?}");
            assert_eq!(seen.children, BTreeSet::new(), "{arguments:?}");
            assert_eq!(seen.speaks, BTreeSet::new(), "{arguments:?}");
            ended.stdout
        };
        run(&["explain", "goes:1"]);
        run(&["report", "-o", home.path().join("unmoor-report.html").to_str().unwrap()]);
        fs::write(&plan, run(&["plan", "goes:1", "--format", "json"])).unwrap();
        run(&["apply", plan.to_str().unwrap(), "--yes", "--archive"]);
        run(&["restore", "goes:1"]);
        assert_eq!(engine.get("/images/goes:1/json").status, 200, "it came back");
        holds_only_own_files(home.path());
    }
}

#[test]
fn the_window_listens_nowhere_starts_nothing_and_speaks_to_the_engine_alone() {
    let engine = engines::lock(Kind::Docker28);
    prepare(&engine);
    let display = Display::start(1280, 900);
    let home = tempfile::tempdir().unwrap();
    let mut window = Window::open(&display, home.path(), &["--host", &engine.host], &[]);
    let (pid, done) = (window.pid(), AtomicBool::new(false));
    let inspected = window.port();
    let seen = std::thread::scope(|scope| {
        let watching = scope.spawn(|| watch(pid, &done));
        window.wait_for("Live");
        let id = engine.inspect_image("goes:1")["Id"].as_str().unwrap()["sha256:".len()..][..12].to_owned();
        window.click(&format!("image {id}"));
        window.click("Remove… sha256:");
        window.wait_for("Remove image");
        window.click("Untag 1, remove 1 image");
        window.wait_for("Done as planned");
        window.click("Done");
        engine.tag("docker.io/library/stays:1", "docker.io/library/other:1");
        window.wait_for("Live");
        // A listing is kept on the disk some seconds after the last change.
        std::thread::sleep(Duration::from_secs(7));
        done.store(true, Ordering::Relaxed);
        watching.join().unwrap()
    });
    let of_the_test = format!(":{inspected:04X}");
    let listens: Vec<_> = seen.listens.iter().filter(|place| !place.ends_with(&of_the_test)).collect();
    assert!(listens.is_empty(), "{listens:?}");
    assert_eq!(seen.children, BTreeSet::new());
    // The review asks the registry of the image, by way of a proxy that is not there.
    let speaks: Vec<_> = seen
        .speaks
        .iter()
        .filter(|ends| !ends.contains(&format!("{of_the_test} ")) && !ends.ends_with(" 0100007F:0001"))
        .collect();
    assert!(speaks.is_empty(), "{speaks:?}");
    drop(window);
    holds_only_own_files(home.path());
}
