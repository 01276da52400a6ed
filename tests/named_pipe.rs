//! Windows: engines are found by the named pipes that products put them behind, and everything that is done on an
//! engine goes through such a pipe.

#![cfg(test)]
#![cfg(windows)]

mod applied;
mod driven_worker;
mod engines;
mod folders;

use std::collections::BTreeMap;
use std::path::Path;

use applied::{NAMES, files, fill, of_program, plan, unmoor};
use driven_worker::Driven;
use engines::{Kind, pipe};
use folders::temporary_folders;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use unmoor::files::Folders;
use unmoor::journal::{UndoAnswer, undo_plan};
use unmoor::message::RunOptions;
use unmoor::model::Reference;
use unmoor::plan::{Ended, Way, plan_removal};
use unmoor::rules::{Target, World};

fn said(folders: &Folders, arguments: &[&str]) -> (i32, String) {
    let output = unmoor(folders, arguments).env_remove("UNMOOR_LOG").output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code().unwrap(), text)
}

/// As `docker context create` writes it below the person's own folder.
fn make_context(home: &Path, name: &str, host: &str) {
    use std::fmt::Write as _;
    let hash = Sha256::digest(name).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    let folder = home.join(".docker/contexts/meta").join(hash);
    std::fs::create_dir_all(&folder).unwrap();
    let context = json!({ "Name": name, "Endpoints": { "docker": { "Host": host } } });
    std::fs::write(folder.join("meta.json"), context.to_string()).unwrap();
    let config = json!({ "currentContext": name });
    std::fs::write(home.join(".docker/config.json"), config.to_string()).unwrap();
}

#[test]
fn engines_are_found_by_the_pipes_that_products_put_them_behind() {
    let usual = [
        ("docker_engine", Kind::Docker28),
        ("dockerDesktopLinuxEngine", Kind::Docker28Containerd),
        ("podman-machine-default", Kind::Podman5),
    ];
    let (_kept, folders) = temporary_folders();
    let listed = || {
        let (status, text) = said(&folders, &["engines", "--format", "json"]);
        assert_eq!(status, 0, "{text}");
        let all: Value = serde_json::from_str(&text).unwrap();
        all["engines"].as_array().unwrap().clone()
    };
    let nothing = listed();
    assert_eq!(nothing.len(), 1, "{nothing:?}");
    assert_eq!(nothing[0]["address"], "npipe:////./pipe/docker_engine");
    assert!(nothing[0]["engine"].is_null() && !nothing[0]["failure"].is_null(), "{nothing:?}");
    for (name, kind) in usual {
        pipe::serve(name, kind.outside());
    }
    let home = folders.config.clone().unwrap();
    make_context(&home, "desktop-linux", "npipe:////./pipe/dockerDesktopLinuxEngine");
    let found: BTreeMap<_, _> =
        listed().into_iter().map(|one| (one["address"].as_str().unwrap().to_owned(), one)).collect();
    assert_eq!(found.len(), usual.len(), "{found:#?}");
    for (name, kind) in usual {
        let one = &found[&format!("npipe:////./pipe/{name}")];
        let engine = if kind.is_podman() { "Podman Engine" } else { "Docker Engine" };
        let store = if kind.has_containerd_store() { "containerd" } else { "classic" };
        let store = if kind.is_podman() { "podman" } else { store };
        assert_eq!(
            (&one["engine"]["name"], &one["engine"]["store"]),
            (&json!(engine), &json!(store)),
            "{one:#}"
        );
        assert_eq!(
            one["docker_cli"],
            kind.has_containerd_store(),
            "the current context leads there: {one:#}"
        );
        assert_eq!(one["security"], "local", "{one:#}");
    }
    let (status, text) = said(&folders, &["report", "--format", "json"]);
    assert_eq!(status, 0, "{text}");
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["report"]["engine"]["store"], "containerd", "{report:#}");
}

#[test]
fn a_pipe_that_is_not_there_is_told_by_its_name() {
    let (_kept, folders) = temporary_folders();
    let host = "npipe:////./pipe/nobody-made-this";
    let (status, text) = said(&folders, &["report", "--host", host]);
    assert_eq!(status, 3, "{text}");
    assert!(text.contains(host) && text.lines().count() == 1, "{text}");
    let (status, text) = said(&folders, &["report", "--host", "npipe://C:/Users/me/notes.txt"]);
    assert_eq!(status, 3, "{text}");
    assert!(text.contains("npipe:////./pipe/docker_engine"), "how it is written is told: {text}");
}

#[test]
fn a_removal_by_command_goes_through_the_pipe_and_leaves_its_journal_archive_and_report() {
    let (_kept, folders) = temporary_folders();
    let engine = engines::lock(Kind::Docker28);
    fill(&engine);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    let steps = plan(&engine, &folders, &file);
    let report = folder.path().join("报告 1.html");
    let arguments = ["apply", file.to_str().unwrap(), "--yes", "--archive", "--host", &engine.host];
    let all = [&arguments[..], &["--report", report.to_str().unwrap(), "--language", "zh"]].concat();
    let (status, text) = said(&folders, &all);
    assert_eq!(status, 0, "{text}");
    assert_eq!(text.matches("Untagged: ").count(), NAMES.len(), "{text}");
    assert_eq!(engine.images(), json!([]));
    let html = std::fs::read_to_string(&report).unwrap();
    assert!(html.contains("lang=\"zh") && !html.contains('\r'), "{html:.200}");
    assert_eq!(files(&folders, "jsonl").len(), 1);
    assert!(files(&folders, "running").is_empty());
    let (status, text) = said(&folders, &["log", "last", "--format", "json"]);
    assert_eq!(status, 0, "{text}");
    let log: Value = serde_json::from_str(&text).unwrap();
    let run = &log["runs"][0];
    assert_eq!((&run["host"], &run["state"]), (&json!(engine.host), &json!("ended")), "{log:#}");
    assert_eq!(run["steps_done"], steps, "{log:#}");

    let (status, text) = said(&folders, &["restore", NAMES[0], "--host", &engine.host]);
    assert_eq!(status, 0, "{text}");
    let names =
        applied::tags(&engine.images()[0]).into_iter().filter(|name| NAMES.contains(&&**name)).count();
    assert_eq!(names, NAMES.len(), "{}", engine.images());
    let archives = of_program(&folders).data.unwrap().join("archives");
    let left: Vec<_> = std::fs::read_dir(archives).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 1, "the archive, and no lock: {left:?}");
}

#[test]
fn the_worker_hears_of_changes_removes_and_undoes_through_the_pipe() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        fill(&engine);
        let mut window = Driven::open(&engine.host);
        window.observed(|graph| graph.images().len() == 1 && graph.containers().len() == 1);
        let added = Reference::parse("index.qbox.me/crash/app:by-another-client").unwrap();
        engine.tag(NAMES[0], &added.full());
        let graph = window.observed(|graph| graph.find_name(&added).is_some());
        let id = graph.find_name(&added).and_then(|ix| graph.image(ix)).unwrap().id.clone();
        let target = Target::Reference(id, added.clone());
        let plan = plan_removal(&World::new(graph), &[target], Way::Ordered, true).unwrap();
        window.start(&plan, RunOptions::default());
        let (outcome, run) = window.ended();
        assert_eq!(outcome.ended, Ended::Completed, "{}: {outcome:#?}", kind.name());
        let run = run.unwrap();
        let without = window.refreshed();
        assert!(without.find_name(&added).is_none());
        let undo = undo_plan(&run, None, &World::new(without), &|_| None);
        assert_eq!(window.undo(&undo), [UndoAnswer::Done], "{}", kind.name());
        assert!(window.refreshed().find_name(&added).is_some(), "{}", kind.name());
        assert_eq!(window.journal().runs.len(), 2, "the removal, and its undo");
    }
}
