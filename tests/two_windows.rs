//! Two real windows and a program without one at the same moment, all of one person: what each changes in the
//! settings is kept, and each writes its own journal and archive to its end.

#![cfg(test)]
#![cfg(feature = "inspection")]
#![cfg(unix)]

mod engines;
mod gate;
mod window_driver;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Barrier;
use std::time::{Duration, Instant};

use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use gate::{At, Gate, Hold};
use serde_json::Value;
use unmoor::archive::Archive;
use unmoor::journal::{End, read_run};
use unmoor::plan::Ended;
use window_driver::{Display, Window};

const NAMES: [&str; 3] =
    ["index.qbox.me/at-once/one:1", "index.qbox.me/at-once/other:1", "index.qbox.me/at-once/third:1"];

/// Of no layer in common; their IDs.
fn load(engine: &Engine) -> [String; 3] {
    engine.load(&docker_archive(&NAMES.map(|name| Image {
        layers: vec![Layer::filled(name.rsplit_once('/').unwrap().1, 300_000)],
        tags: vec![name.to_owned()],
        ..Image::default()
    })));
    NAMES.map(|name| engine.inspect_image(name)["Id"].as_str().unwrap().to_owned())
}

/// The program without a window, for the same person.
fn unmoor(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unmoor"));
    for variable in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "DOCKER_HOST"] {
        command.env_remove(variable);
    }
    let output = command.args(arguments).env("HOME", home).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn choose(window: &mut Window, choice: &str) {
    window.click("Settings");
    window.click(choice);
}

/// What is kept stays in sight.
fn keep(window: &mut Window, patterns: &[&str]) {
    choose(window, "What is kept…");
    for pattern in patterns {
        window.click("Pattern of names to keep");
        window.type_text(pattern);
        window.click("Keep these names");
        window.wait_for(&format!("names like {pattern}"));
    }
}

/// Until the removal waits for the engine to give out what is archived first.
fn remove_with_archive(window: &mut Window, id: &str, gate: &Gate) {
    window.click(&format!("image {}", &id["sha256:".len()..][..12]));
    window.click("Remove… sha256:");
    window.click("Keep an archive of images first");
    window.click("Archive, then ");
    gate.wait();
}

#[test]
fn two_windows_and_a_program_at_once_lose_nothing_of_each_other() {
    let engine = engines::lock(Kind::Docker28);
    let ids = load(&engine);
    let home = tempfile::tempdir().unwrap();
    // A window that another one hides is not painted.
    let displays = [(); 2].map(|()| Display::start(1280, 1000));
    let gate = || {
        let hold = Hold { begins: "GET /images/get".to_owned(), number: 0, at: At::Opened };
        Gate::before(&engine, hold)
    };
    let gates = [gate(), gate()];
    let mut windows = [0, 1].map(|at| {
        let (display, gate): (&Display, &Gate) = (&displays[at], &gates[at]);
        let mut window = Window::open(display, home.path(), &["--host", &gate.host], &[]);
        window.resize(1280, 1000);
        window.wait_for("Live");
        window
    });

    let wanted = [("Dark", ["*/kept-a:*", "*/kept-b:*"]), ("No movement", ["*/kept-c:*", "*/kept-d:*"])];
    let together = Barrier::new(2);
    std::thread::scope(|scope| {
        for (window, (choice, patterns)) in windows.iter_mut().zip(&wanted) {
            let together = &together;
            scope.spawn(move || {
                together.wait();
                choose(window, choice);
                keep(window, patterns);
            });
        }
    });
    let settings = home.path().join(".config/unmoor/settings.json");
    let limit = Instant::now() + Duration::from_mins(1);
    let patterns = || wanted.iter().flat_map(|(_, patterns)| patterns);
    loop {
        // Never half written, whenever it is read.
        let text = std::fs::read_to_string(&settings).unwrap();
        let all: Value = serde_json::from_str(&text).unwrap();
        let is_kept = patterns().all(|pattern| all["policy"].to_string().contains(pattern));
        if is_kept && all["theme"] == "dark" && all["motion"] == "reduced" {
            break;
        }
        assert!(Instant::now() < limit, "not all of it was kept: {text}");
        std::thread::sleep(Duration::from_millis(20));
    }
    // Each hears of the other by itself.
    for window in &mut windows {
        for pattern in patterns() {
            window.wait_for(&format!("names like {pattern}"));
        }
        window.click("Done");
    }

    // Both are in the middle of an archive while the program does all of its own.
    for ((window, id), gate) in windows.iter_mut().zip(&ids).zip(&gates) {
        remove_with_archive(window, id, gate);
    }
    let plan = unmoor(home.path(), &["plan", NAMES[2], "--host", &engine.host, "--format", "json"]);
    let file = home.path().join("plan.json");
    std::fs::write(&file, &plan.stdout).unwrap();
    unmoor(home.path(), &["apply", file.to_str().unwrap(), "--yes", "--archive", "--host", &engine.host]);
    for gate in &gates {
        gate.open();
    }
    for window in &mut windows {
        window.wait_for("Done as planned");
        window.click("Done");
    }
    assert_eq!(engine.images(), Value::Array(Vec::new()));

    let data = home.path().join(".local/share/unmoor");
    let runs = files(&data.join("journal"));
    assert_eq!(runs.len(), 3, "each has a file, and no marker is left: {runs:?}");
    for run in &runs {
        let (run, problems) = read_run(&std::fs::read(run).unwrap());
        let run = run.unwrap();
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!((run.steps.len(), run.done()), (1, 1), "{run:?}");
        assert!(matches!(run.ended, Some((_, End::Removal(Ended::Completed)))), "{:?}", run.ended);
    }
    let archives = files(&data.join("archives"));
    assert_eq!(archives.len(), 3, "nothing half is left: {archives:?}");
    let mut saved: Vec<_> = archives
        .iter()
        .flat_map(|archive| {
            let record = std::fs::read(archive.join("archive.json")).unwrap();
            serde_json::from_slice::<Archive>(&record).unwrap().images
        })
        .map(|image| image.id.to_string())
        .collect();
    saved.sort();
    let mut all = ids.to_vec();
    all.sort();
    assert_eq!(saved, all);
    for (name, id) in NAMES.iter().zip(&ids) {
        unmoor(home.path(), &["restore", name, "--host", &engine.host]);
        assert_eq!(engine.inspect_image(name)["Id"], id.as_str());
    }
}
