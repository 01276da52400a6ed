//! The journal where there is no room for it, where several programs write at once, and where a newer program has
//! written; and how it is read without a window.

#![cfg(test)]
#![cfg(unix)]

mod applied;
mod engines;
mod folders;
mod small_disk;

use std::collections::BTreeSet;
use std::process::Output;

use applied::{NAMES, PASSWORD, files, fill, of_program, only_run, plan, tags, unmoor};
use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use folders::temporary_folders;
use serde_json::Value;
use small_disk::Small;
use unmoor::files::Folders;
use unmoor::journal::read_run;

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn left(engine: &Engine) -> usize {
    engine.images().as_array().unwrap().iter().flat_map(tags).count()
}

/// Every size of a disk, a page more each time: at some the run cannot begin, at others it ends in the middle.
#[test]
fn on_a_disk_that_is_full_nothing_is_removed_that_is_not_written() {
    let engine = engines::lock(Kind::Docker28);
    let mut seen = BTreeSet::new();
    for pages in 0..=64 {
        assert!(pages < 64, "the run never came to its end");
        engine.wipe();
        fill(&engine);
        let (kept, folders) = temporary_folders();
        let file = kept.path().join("plan.json");
        plan(&engine, &folders, &file);
        let data = folders.data.clone().unwrap();
        std::fs::create_dir_all(&data).unwrap();
        let small = Small::mount_on(&data, pages.max(1) * 4);
        if pages == 0 {
            std::fs::write(data.join("filler"), [1; 4096]).unwrap();
        }
        let arguments = ["apply", file.to_str().unwrap(), "--yes", "--host", &engine.host];
        let output = unmoor(&folders, &arguments).env_remove("UNMOOR_LOG").output().unwrap();
        let status = output.status.code().unwrap();
        let text = said(&output);
        let containers = engine.containers().as_array().unwrap().len();
        let removed = 1 - containers + NAMES.len() - left(&engine);
        let written = of_program(&folders).data.unwrap().join("journal");
        let runs = if written.exists() { files(&folders, "jsonl") } else { Vec::new() };
        if let [run] = runs.as_slice() {
            let (run, _) = read_run(&std::fs::read(run).unwrap());
            let run = run.expect("a run has its beginning");
            let sent = run.steps.iter().filter(|step| step.sent.is_some()).count();
            assert_eq!(sent, removed, "{pages} pages: what was sent was written before: {text}");
            assert!(run.done() <= removed && removed <= run.done() + 1, "{pages} pages: {text}");
        } else {
            assert_eq!((runs.len(), removed), (0, 0), "{pages} pages: {text}");
        }
        match status {
            0 => assert_eq!(removed, 4),
            7 => assert!(text.contains("No space left"), "{pages} pages: {text}"),
            other => panic!("{pages} pages: {other}: {text}"),
        }
        seen.insert(removed);
        drop(small);
        if status == 0 {
            break;
        }
    }
    assert!(seen.contains(&0) && seen.iter().any(|n| (1..4).contains(n)), "none ended there: {seen:?}");
}

#[test]
fn programs_that_remove_at_once_each_write_and_archive_what_they_did() {
    const AT_ONCE: usize = 6;
    let engine = engines::lock(Kind::Docker28);
    let (kept, folders) = temporary_folders();
    let names: Vec<_> = (0..AT_ONCE).map(|n| format!("index.qbox.me/many/app:{n}")).collect();
    // Of a layer that they shared, the last would tell one line more than was planned.
    let images = names.iter().enumerate().map(|(n, name)| Image {
        layers: vec![Layer::filled(&format!("own-{n}"), 35_000)],
        tags: vec![name.clone()],
        ..Image::default()
    });
    engine.load(&docker_archive(&images.collect::<Vec<_>>()));
    let ids: Vec<_> = names.iter().map(|name| engine.inspect_image(name)["Id"].clone()).collect();
    let plan_of = |(n, name): (usize, &String)| {
        let arguments = ["plan", name, "--host", &engine.host, "--format", "json"];
        let output = unmoor(&folders, &arguments).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let file = kept.path().join(format!("{n}.json"));
        std::fs::write(&file, &output.stdout).unwrap();
        file
    };
    let plans: Vec<_> = names.iter().enumerate().map(plan_of).collect();
    let programs: Vec<_> = plans
        .iter()
        .map(|file| {
            let arguments = ["apply", file.to_str().unwrap(), "--yes", "--archive", "--host", &engine.host];
            unmoor(&folders, &arguments).env_remove("UNMOOR_LOG").spawn().unwrap()
        })
        .collect();
    for program in programs {
        let output = program.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
    }
    assert_eq!(left(&engine), 0);
    assert_eq!(files(&folders, "running"), [] as [std::path::PathBuf; 0]);
    let log = json(&folders, &["log", "--format", "json"]);
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), AT_ONCE, "{log}");
    for run in runs {
        assert_eq!((&run["state"], &run["steps_done"]), (&"ended".into(), &1.into()), "{run}");
    }
    assert_eq!(log["unread"], Value::Array(Vec::new()));
    let shelf = json(&folders, &["restore", "--format", "json"]);
    assert_eq!(shelf["archives"].as_array().unwrap().len(), AT_ONCE, "{shelf}");
    for (name, id) in names.iter().zip(&ids) {
        let output = unmoor(&folders, &["restore", name, "--host", &engine.host]).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        assert_eq!(&engine.inspect_image(name)["Id"], id);
    }
}

fn json(folders: &Folders, arguments: &[&str]) -> Value {
    let output = unmoor(folders, arguments).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(&output)))
}

#[test]
fn the_journal_is_read_without_a_window() {
    let engine = engines::lock(Kind::Docker28);
    let (kept, folders) = temporary_folders();
    let empty = unmoor(&folders, &["log"]).output().unwrap();
    assert_eq!((empty.status.code(), &*String::from_utf8_lossy(&empty.stdout)), (Some(0), "no runs\n"));
    fill(&engine);
    let file = kept.path().join("plan.json");
    let steps = plan(&engine, &folders, &file);
    let arguments = ["apply", file.to_str().unwrap(), "--yes", "--host", &engine.host];
    assert!(unmoor(&folders, &arguments).output().unwrap().status.success());
    let run = only_run(&folders);
    let ask = |arguments: &[&str]| {
        let output = unmoor(&folders, arguments).env_remove("UNMOOR_LOG").output().unwrap();
        let secret = PASSWORD.split_once('=').unwrap().1;
        assert!(!said(&output).contains(secret), "{arguments:?}");
        (output.status.code().unwrap(), said(&output))
    };
    let (status, list) = ask(&["log"]);
    assert!(status == 0 && list.starts_with(&run.id.0) && list.contains("all 4 steps as planned"), "{list}");
    let (_, one) = ask(&["log", &run.id.0[..10]]);
    assert_eq!(ask(&["log", "last"]).1, one);
    for name in NAMES {
        assert!(one.contains(&format!("Untagged: {name}")), "{one}");
    }
    assert!(one.contains("docker create --name holder") && one.contains("PASSWORD=…"), "{one}");
    assert_eq!(ask(&["log", "--filter", "CRASH/app:2 docker"]).1, list, "each word in any case");
    assert_eq!(ask(&["log", "--filter", "crash nowhere"]), (0, "no runs\n".to_owned()));
    let (status, words) = ask(&["log", "9999"]);
    assert!(status == 4 && words.contains("no run \"9999\"") && words.lines().count() == 1, "{words}");
    let log: Value = serde_json::from_str(&ask(&["log", "last", "--format", "json"]).1).unwrap();
    let told = &log["runs"][0];
    assert_eq!((&log["schema"], &told["task"]), (&1.into(), &"removal".into()), "{log}");
    assert_eq!(told["steps"].as_array().unwrap().len(), steps);
    assert_eq!(told["steps"][0]["containers"][0]["name"], "holder");
    assert!(told["steps"].as_array().unwrap().iter().all(|step| step["done"] == true), "{told}");

    // A newer program has been here: what it wrote is said, and stays.
    let journal = of_program(&folders).data.unwrap().join("journal");
    let newer = "{\"schema\":7,\"run\":\"0000000000001-1-0\",\"at\":1,\"entry\":\"of the future\"}\n";
    std::fs::write(journal.join("0000000000001-1-0.jsonl"), newer).unwrap();
    let (status, list) = ask(&["log"]);
    assert!(status == 0 && list.contains("written by a newer version (schema 7)"), "{list}");
    let log: Value = serde_json::from_str(&ask(&["log", "--format", "json"]).1).unwrap();
    assert!(log["unread"][0]["why"].as_str().unwrap().contains("schema 7"), "{log}");
    assert_eq!(std::fs::read_to_string(journal.join("0000000000001-1-0.jsonl")).unwrap(), newer);

    std::fs::remove_dir_all(&journal).unwrap();
    std::fs::write(&journal, "a file").unwrap();
    let (status, words) = ask(&["log"]);
    assert!(status == 7 && words.contains("journal"), "{words}");
}
