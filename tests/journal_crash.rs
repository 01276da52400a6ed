//! The program is killed at each point of a run on a real engine: whatever the point, the journal tells what is
//! known, and nothing that is not.

#![cfg(test)]

mod applied;
mod engines;
mod folders;
mod gate;

use std::process::Child;
use std::sync::Arc;
use std::time::{Duration, Instant};

use applied::{NAMES, PASSWORD, files, fill, observe, of_program, only_run, plan, tags, unmoor};
use engines::{Engine, Kind};
use folders::temporary_folders;
use gate::{At, Gate, Hold};
use unmoor::files::Folders;
use unmoor::journal::{Entry, Fate, Known, Line, Run, Task, known, read_run};
use unmoor::message::{self, Event, Generation};
use unmoor::model::{Endpoint, Reference};
use unmoor::plan::StepAction;
use unmoor::rules::World;
use unmoor::worker::Worker;

fn kill(mut program: Child) {
    program.kill().unwrap();
    program.wait().unwrap();
}

/// What a new start tells of runs that were cut off, and after that was read, what the next one tells.
fn found_at_start(folders: &Folders, then: Option<Vec<Known>>) -> Vec<Arc<Run>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (commands, mut events) = Worker::start(Arc::new(|| ()), runtime.handle(), of_program(folders));
    let limit = Instant::now() + Duration::from_mins(1);
    let mut found = Vec::new();
    if let Some(known) = then {
        let Some(Event::CutOff(read)) = runtime.block_on(events.recv()) else { panic!("nothing was told") };
        found = read.runs;
        let run = found[0].id.clone();
        runtime.block_on(commands.send(message::Command::FoundCutOff { run, known })).unwrap();
        while !files(folders, "running").is_empty() {
            assert!(Instant::now() < limit, "the marker stays");
            std::thread::sleep(Duration::from_millis(10));
        }
    } else {
        // An answer to another question comes after all that is told at the start.
        let endpoint = Endpoint::Sample;
        let connect = message::Command::Connect { generation: Generation(1), endpoint };
        runtime.block_on(commands.send(connect)).unwrap();
        loop {
            let event = runtime.block_on(events.recv()).unwrap();
            if let Event::CutOff(read) = event {
                found.extend(read.runs);
            } else if let Event::Observed { .. } = event {
                break;
            }
            assert!(Instant::now() < limit);
        }
    }
    assert!(Worker::finish(commands, events));
    found
}

/// Kills the program while one request is held, and looks at what the journal says then.
fn cut_off(engine: &Engine, hold: &Hold) -> (Run, Vec<Known>, Vec<String>) {
    engine.wipe();
    let container = fill(engine);
    let hold = &Hold { begins: hold.begins.replace("CONTAINER", &container), ..hold.clone() };
    let (kept, folders) = temporary_folders();
    let file = kept.path().join("plan.json");
    plan(engine, &folders, &file);
    let gate = Gate::before(engine, hold.clone());
    let program = unmoor(&folders, &["apply", file.to_str().unwrap(), "--yes", "--host", &gate.host]);
    let program = { program }.spawn().unwrap();
    gate.wait();
    let holding = only_run(&folders);
    kill(program);
    let run = only_run(&folders);
    assert_eq!(run, holding, "{hold:?}: killing writes nothing");
    assert!(run.was_cut_off() && run.ended.is_none(), "{hold:?}");
    assert_eq!(run.host, gate.host);
    let seen = known(&run, &World::new(observe(engine)));
    let found = found_at_start(&folders, Some(seen.clone()));
    assert_eq!(found.len(), 1, "{hold:?}");
    assert_eq!(found[0].steps, run.steps, "{hold:?}");
    let again = only_run(&folders);
    assert_eq!(again.found.map(|(_, known)| known), Some(seen.clone()), "{hold:?}");
    assert!(found_at_start(&folders, None).is_empty(), "{hold:?}: it is told once");
    let names = engine.images().as_array().unwrap().iter().flat_map(tags).collect();
    (run, seen, names)
}

#[test]
fn a_run_that_is_killed_at_any_point_is_found_and_told_truly() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        // The container, two names, and the image with its last name: four requests.
        for step in 0..4_u32 {
            for at in [At::Request, At::Answer] {
                let hold = Hold { begins: "DELETE ".to_owned(), number: step, at };
                let (run, seen, _) = cut_off(&engine, &hold);
                let (step, what) = (usize::try_from(step).unwrap(), format!("{}: {hold:?}", kind.name()));
                assert_eq!(run.unanswered().collect::<Vec<_>>(), [step], "{what}");
                assert_eq!(run.done(), step, "{what}: those before were answered");
                assert!(run.steps[step + 1..].iter().all(|later| later.sent.is_none()), "{what}");
                let fate = if at == At::Request { Fate::NotDone } else { Fate::Done };
                assert_eq!(seen, [Known { step, fate }], "{what}");
            }
        }
    }
}

#[test]
fn a_run_that_is_killed_between_two_steps_has_none_without_an_answer() {
    // The container is inspected right before it goes, and each name is looked up before it does.
    let points = [
        ("GET /containers/CONTAINER", 0, 0),
        ("GET /images/index.qbox.me", 0, 1),
        ("GET /images/index.qbox.me", 1, 2),
    ];
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        for (begins, number, done) in points {
            let hold = Hold { begins: begins.to_owned(), number, at: At::Request };
            let (run, seen, names) = cut_off(&engine, &hold);
            let what = format!("{}: {hold:?}", kind.name());
            assert_eq!((run.unanswered().count(), run.done(), seen), (0, done, Vec::new()), "{what}");
            assert_eq!(names.len(), NAMES.len() - done.saturating_sub(1), "{what}: {names:?}");
        }
    }
}

#[test]
fn what_went_is_written_with_all_its_names_and_how_its_container_was_set_up_and_for_this_person_alone() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        fill(&engine);
        let (kept, folders) = temporary_folders();
        let file = kept.path().join("plan.json");
        let steps = plan(&engine, &folders, &file);
        let output = unmoor(&folders, &["apply", file.to_str().unwrap(), "--yes", "--host", &engine.host])
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        assert!(output.status.success(), "{}: {said}", kind.name());
        assert!(!said.contains("open-sesame"), "{}: a password is told", kind.name());
        let run = only_run(&folders);
        assert!(files(&folders, "running").is_empty());
        assert!(matches!(run.task, Task::Removal(_)) && run.ended.is_some());
        assert_eq!((run.steps.len(), run.done()), (steps, steps), "{}", kind.name());
        let taken: Vec<_> = run.steps.iter().map(|step| step.sent.clone().unwrap().taken).collect();
        let container = taken.iter().flat_map(|taken| &taken.containers).next().unwrap();
        let config = container.config.as_ref().unwrap();
        let env = config.at("/Config/Env").unwrap().to_string();
        assert!(env.contains(PASSWORD), "{}: {env}", kind.name());
        assert!(!format!("{run:?}").contains("open-sesame"), "what goes to logs has no password");
        let images = taken.iter().flat_map(|taken| &taken.images);
        for image in images {
            let names: Vec<_> = image.names.iter().map(Reference::full).collect();
            for name in NAMES {
                assert!(names.iter().any(|n| n.ends_with(name)), "{}: {name} in {names:?}", kind.name());
            }
            assert!(image.size.is_some() && image.created.is_some(), "{}: {image:?}", kind.name());
        }
        #[cfg(unix)]
        for file in files(&folders, "jsonl") {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
        }
    }
}

#[test]
fn a_journal_that_cannot_be_written_keeps_the_run_from_beginning() {
    let engine = engines::lock(Kind::Docker28);
    fill(&engine);
    let (kept, folders) = temporary_folders();
    let file = kept.path().join("plan.json");
    plan(&engine, &folders, &file);
    // Root may write anywhere, but not below a file.
    let data = of_program(&folders).data.unwrap();
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("journal"), "a file where the folder has to be").unwrap();
    let arguments = ["apply", file.to_str().unwrap(), "--yes", "--host", &engine.host];
    let output = unmoor(&folders, &arguments).env_remove("UNMOOR_LOG").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(7), "{said}");
    assert!(said.contains("journal") && said.contains("--without-journal"), "{said}");
    assert_eq!(engine.containers().as_array().unwrap().len(), 1, "nothing was removed");
    let output = unmoor(&folders, &[&arguments[..], &["--without-journal"]].concat()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(engine.images(), serde_json::json!([]));
}

#[test]
fn a_file_that_ends_anywhere_is_read_as_far_as_it_goes() {
    let engine = engines::lock(Kind::Docker28);
    fill(&engine);
    let (kept, folders) = temporary_folders();
    let file = kept.path().join("plan.json");
    plan(&engine, &folders, &file);
    let arguments = ["apply", file.to_str().unwrap(), "--yes", "--host", &engine.host];
    assert!(unmoor(&folders, &arguments).output().unwrap().status.success());
    let text = std::fs::read(&files(&folders, "jsonl")[0]).unwrap();
    let whole = only_run(&folders);
    let lines: Vec<Line> = text
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .map(|l| serde_json::from_slice(l).unwrap())
        .collect();
    assert!(matches!(lines[0].entry, Entry::Begun { .. }));
    let first = text.iter().position(|byte| *byte == b'\n').unwrap();
    for length in 0..=text.len() {
        let (run, problems) = read_run(&text[..length]);
        let complete = text[..length].split(|byte| *byte == b'\n').count() - 1;
        // A line is known with its last byte, before its line break.
        let at_end = length < text.len() && text[length] == b'\n';
        assert_eq!(run.is_some(), length >= first, "{length}");
        let half = length > 0 && text[length - 1] != b'\n' && !at_end;
        assert_eq!(problems.len(), usize::from(half), "{length}: {problems:?}");
        if let Some(run) = run {
            let mut expected = Run::begin(lines[0].clone()).unwrap();
            for line in &lines[1..complete + usize::from(at_end)] {
                assert!(expected.take(line.clone()));
            }
            assert_eq!(run, expected, "{length}");
            assert_eq!(run.ended.is_some(), run == whole, "{length}");
        }
    }
    let StepAction::RemoveContainer { .. } = (match &whole.task {
        Task::Removal(plan) => &plan.steps[0].action,
        Task::Undo(_) => unreachable!(),
    }) else {
        panic!("the container goes first")
    };
}
