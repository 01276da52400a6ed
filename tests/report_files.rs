//! Reports as files: written by the worker whole or not at all, and by the command line in every format.

#![cfg(test)]

use std::path::Path;
use std::process::{Command as Program, Output};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use unmoor::engine::sample::Sample;
use unmoor::files::Folders;
use unmoor::message::{Command, Destination, Event, Export, Exported, TaskId, Unwritten};
use unmoor::model::{Graph, ImageIx};
use unmoor::report::json::Document;
use unmoor::report::{Content, Format, LookUps, Report};
use unmoor::rules::World;
use unmoor::words::Language;
use unmoor::worker::Worker;

const LIMIT: Duration = Duration::from_mins(1);

fn export(format: Format, to: Destination) -> Box<Export> {
    let world = World::new(Arc::new(Graph::new(Arc::new(Sample::new(0).inventory()))));
    let images = (0..).map(ImageIx).take(world.graph().images().len()).collect();
    let report = Report {
        written_at: 0,
        host: None,
        world,
        about: String::new(),
        anonymous: false,
        look_ups: LookUps::new(),
        content: Content::Inventory { images },
    };
    Box::new(Export { report, format, language: Language::English, anonymous: false, to })
}

async fn exported(events: &mut Receiver<Event>) -> Result<Exported, Unwritten> {
    loop {
        let event = tokio::time::timeout(LIMIT, events.recv()).await.expect("an answer in time");
        if let Event::Exported { result, .. } = event.expect("the worker goes on") {
            return result;
        }
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_worker_writes_whole_files_and_replaces_none_unasked() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/report.html");
    runtime.block_on(async {
        let wake = Arc::new(|| {});
        let (commands, mut events) =
            Worker::start(wake, &tokio::runtime::Handle::current(), Folders::default());
        let mut send = async |task: u64, format: Format, to: Destination| {
            let command = Command::Export { task: TaskId(task), export: export(format, to) };
            commands.send(command).await.unwrap();
            exported(&mut events).await
        };
        let to = |replaces| Destination::File { path: path.clone(), replaces };
        assert_eq!(send(1, Format::Html, to(false)).await, Ok(Exported::File(path.clone())));
        let first = std::fs::read_to_string(&path).unwrap();
        assert!(first.starts_with("<!doctype html>") && first.trim_end().ends_with("</html>"));
        assert_eq!(send(2, Format::Csv, to(false)).await, Err(Unwritten::Taken));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), first, "what was there stays");
        assert_eq!(send(3, Format::Csv, to(true)).await, Ok(Exported::File(path.clone())));
        assert!(std::fs::read_to_string(&path).unwrap().starts_with('\u{feff}'));
        // A folder stands where the file is to go.
        let taken = Destination::File { path: folder.path().join("new"), replaces: true };
        let Err(Unwritten::Failed(words)) = send(4, Format::Json, taken).await else { panic!("not written") };
        assert!(words.starts_with(&folder.path().join("new").display().to_string()), "{words}");
        let Ok(Exported::Text(text)) = send(5, Format::Markdown, Destination::Text).await else {
            panic!("no text")
        };
        assert!(text.starts_with("# Images on the engine"));
    });
    assert_eq!(names_in(folder.path()), ["new"], "nothing half written is left");
    assert_eq!(names_in(&folder.path().join("new")), ["report.html"]);
}

fn unmoor(arguments: &[&str]) -> Output {
    let mut program = Program::new(env!("CARGO_BIN_EXE_unmoor"));
    program.env_remove("DOCKER_HOST").env("XDG_CONFIG_HOME", "/nonexistent");
    program.arg("report").arg("--sample").args(arguments).output().unwrap()
}

fn stdout(arguments: &[&str]) -> String {
    let output = unmoor(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_command_line_writes_every_subject_in_every_format() {
    for subject in [&[][..], &["e9d3f7300f03"], &["--subject", "removal", "e9d3f7300f03", "web-1"]] {
        for (format, begins) in [
            ("html", "<!doctype html>"),
            ("markdown", "# "),
            ("csv", "\u{feff}"),
            ("json", "{"),
            ("svg", "<?xml"),
        ] {
            for language in ["en", "zh"] {
                let text = stdout(&[subject, &["--format", format, "--language", language]].concat());
                assert!(text.starts_with(begins), "{subject:?} {format}");
                assert!(
                    text.contains("镜像") == (language == "zh") || format == "json",
                    "{subject:?} {format} {language}"
                );
            }
        }
    }
    assert!(stdout(&["--subject", "map"]).contains("</svg>"));
    assert!(stdout(&["--filter", "node", "--format", "csv"]).lines().count() == 2);
    let anonymous = stdout(&["--anonymize", "--format", "json"]);
    assert!(anonymous.contains("\"anonymous\": true") && !anonymous.contains("qiniu"));
}

#[test]
fn a_file_is_written_by_its_ending_and_wrong_usage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.csv");
    let place = path.display().to_string();
    assert_eq!(stdout(&["-o", &place]), "");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("\u{feff}Reference,"));
    for (arguments, status) in [
        (&["--subject", "map", "--format", "html"][..], 2),
        (&["--subject", "inventory", "node:18"], 2),
        (&["--subject", "explanation"], 2),
        (&["--subject", "removal"], 2),
        (&["--filter", "x", "node:18"], 2),
        (&["no-such-thing"], 4),
        (&["-o", "/proc/no/such/file.html"], 1),
    ] {
        let output = unmoor(arguments);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    assert_eq!(names_in(folder.path()), ["report.csv"]);
}

/// Runs a plan on the sample, which begins anew with each process.
fn apply(plan: &str, report: &str, more: &[&str]) -> (Option<i32>, String) {
    let mut program = Program::new(env!("CARGO_BIN_EXE_unmoor"));
    program.env_remove("DOCKER_HOST").env("XDG_CONFIG_HOME", "/nonexistent");
    program.args(["apply", plan, "--sample", "--yes", "--without-journal", "--report", report]).args(more);
    let output = program.output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn what_became_of_a_plan_is_written_also_where_it_failed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let plan = at("plan.json");
    let made = Program::new(env!("CARGO_BIN_EXE_unmoor"))
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .args(["plan", "e9d3f7300f03", "--sample", "--format", "json"])
        .output()
        .unwrap();
    assert!(made.status.success());
    let made = String::from_utf8(made.stdout).unwrap();
    std::fs::write(&plan, &made).unwrap();
    for name in ["report.html", "report.md", "report.csv", "report.json", "report.svg"] {
        assert_eq!(apply(&plan, &at(name), &[]), (Some(0), String::new()), "{name}");
    }
    let read = |name: &str| {
        let document = serde_json::from_str(&std::fs::read_to_string(at(name)).unwrap()).unwrap();
        let Document::Removal { removal, steps, .. } = document else { panic!("{name}") };
        (removal.end.unwrap(), steps)
    };
    let (end, steps) = read("report.json");
    assert_eq!((&*end.code, end.done), ("completed", steps.len()));
    assert!(steps.iter().all(|step| step.result.is_some()));
    let (status, _) = apply(&plan, &at("zh.md"), &["--language", "zh", "--anonymize"]);
    let text = std::fs::read_to_string(at("zh.md")).unwrap();
    assert!(status == Some(0) && text.contains("镜像") && !text.contains("qiniu"), "{text}");

    // A plan that is no longer true does nothing, and that is told too.
    std::fs::write(&plan, made.replace("1.12.6", "1.13.0")).unwrap();
    let (status, told) = apply(&plan, &at("stale.json"), &[]);
    assert_eq!((status, told.lines().count()), (Some(5), 1), "{told}");
    let (end, steps) = read("stale.json");
    assert_eq!((&*end.code, end.done), ("stale", 0));
    assert!(steps.iter().all(|step| step.result.is_none()));

    // What cannot be written is found before anything is done.
    for (place, wanted) in [("report.txt", 2), ("report", 2), ("taken.html", 1)] {
        std::fs::create_dir_all(at("taken.html")).unwrap();
        let (status, told) = apply(&plan, &at(place), &[]);
        assert_eq!((status, told.lines().count()), (Some(wanted), 1), "{place}: {told}");
    }
    assert_eq!(apply(&plan, "/proc/no/such/file.html", &[]).0, Some(1));
}
