//! Reports of real engines, read by readers that are not ours and held against what the engines say themselves.

#![cfg(test)]

mod engines;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use engines::origin::{TAGS, build_origin_case};
use engines::{Engine, Kind};
use serde_json::Value;

/// Without the settings of whoever runs the test.
fn unmoor(engine: &Engine, home: &Path, arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_unmoor"));
    for variable in ["DOCKER_HOST", "DOCKER_CONTEXT", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
        program.env_remove(variable);
    }
    program.env("HOME", home).args(arguments).args(["--host", &engine.host]).output().unwrap()
}

fn report(engine: &Engine, home: &Path, arguments: &[&str]) -> String {
    let output = unmoor(engine, home, &[&["report"], arguments].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn json(text: &str) -> Value {
    let schema: Value = serde_json::from_str(include_str!("../assets/report.schema.json")).unwrap();
    let value: Value = serde_json::from_str(text).unwrap();
    let wrong: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&value)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    value
}

fn texts<'a>(values: &'a Value, field: &str) -> BTreeSet<&'a str> {
    values.as_array().unwrap().iter().map(|value| value[field].as_str().unwrap()).collect()
}

fn inventory(engine: &Engine, home: &Path, image: &str) {
    let listed = engine.images();
    let value = json(&report(engine, home, &["--format", "json"]));
    let mut ids = texts(&listed, "Id");
    // Podman lists IDs without what they are hashed by.
    let full: Vec<String> =
        ids.iter().map(|id| format!("sha256:{}", id.trim_start_matches("sha256:"))).collect();
    ids = full.iter().map(String::as_str).collect();
    assert_eq!(texts(&value["images"], "id"), ids, "{}", engine.kind.name());
    let row = value["images"].as_array().unwrap().iter().find(|row| row["id"] == *image).unwrap();
    let names = texts(&row["names"], "reference");
    assert!(TAGS.iter().all(|tag| names.contains(tag)), "{names:?}");
    assert_eq!(row["containers"].as_array().unwrap().len(), 3);
    assert_eq!(row["verdict"], "refused");
    assert!(!row["why_kept"].as_array().unwrap().is_empty());

    let text = report(engine, home, &["--format", "csv"]);
    let text = text.strip_prefix('\u{feff}').expect("a mark for spreadsheets");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let cells: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    for tag in TAGS {
        let of_tag = cells.iter().filter(|row| row.iter().any(|cell| cell == tag)).count();
        assert_eq!(of_tag, 1, "{tag} has a row of its own");
    }

    let text = report(engine, home, &["--format", "markdown"]);
    let rows = text.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, ids.len(), "every image is one row: {text}");

    let text = report(engine, home, &["--format", "html", "--language", "zh"]);
    // Where a long name may go on in the next line.
    let text = text.replace("<wbr>", "");
    assert!(TAGS.iter().all(|tag| text.contains(tag)) && text.contains("镜像"));
    for (subject, words) in [(&["--format", "svg"][..], TAGS[6]), (&["--subject", "map"][..], "")] {
        let text = report(engine, home, &[subject, &[image][..usize::from(!words.is_empty())]].concat());
        let drawing = roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(drawing.root_element().tag_name().name(), "svg");
        let said: String = drawing.descendants().filter_map(|node| node.text()).collect();
        assert!(said.contains(words.split('/').next_back().unwrap_or_default()), "{said}");
    }
}

/// What is explained is what the engine then says.
fn explanation(engine: &Engine, home: &Path, image: &str) {
    let value = json(&report(engine, home, &[image, "--format", "json"]));
    let answer = engine.remove_image(image, false, false);
    assert!(answer.status >= 400, "the engine refuses: {}", answer.status);
    let said = answer.body["message"].as_str().unwrap().to_owned();
    // Podman names what holds an image in any order.
    let words = |text: &str| {
        let mut words: Vec<String> = text.split([' ', '[', ']']).map(str::to_owned).collect();
        words.sort();
        words
    };
    let first = value["explanation"]["refusals"][0]["messages"].as_array().unwrap();
    let foretold = first.iter().any(|message| words(message.as_str().unwrap()) == words(&said));
    assert!(foretold, "{said:?} is not among {first:#?}");
}

/// A plan, what became of it, and what the engine has after it.
fn removal(engine: &Engine, home: &Path, image: &str) {
    let at = |name: &str| home.join(name).display().to_string();
    let planned = json(&report(engine, home, &[image, "--subject", "removal", "--format", "json"]));
    let made = unmoor(engine, home, &["plan", image, "--format", "json"]);
    fs::write(home.join("plan.json"), made.stdout).unwrap();
    let applied = unmoor(engine, home, &["apply", &at("plan.json"), "--yes", "--report", &at("done.json")]);
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    let done = json(&fs::read_to_string(home.join("done.json")).unwrap());
    assert_eq!(done["removal"]["end"]["code"], "completed");
    let (before, after) = (planned["steps"].as_array().unwrap(), done["steps"].as_array().unwrap());
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(after) {
        assert_eq!(before["expected"], after["result"]["lines"], "{}", before["words"]);
    }
    assert_eq!(engine.get(&format!("/images/{image}/json")).status, 404, "and it is gone");
}

fn holds(kind: Kind) {
    let engine = engines::lock(kind);
    let origin = build_origin_case(&engine, true);
    let home = tempfile::tempdir().unwrap();
    inventory(&engine, home.path(), &origin.image);
    explanation(&engine, home.path(), &origin.image);
    removal(&engine, home.path(), &origin.image);
}

#[test]
fn reports_of_docker_20_are_what_it_says() {
    holds(Kind::Docker20);
}

#[test]
fn reports_of_docker_28_are_what_it_says() {
    holds(Kind::Docker28);
}

#[test]
fn reports_of_the_containerd_store_are_what_it_says() {
    holds(Kind::Docker28Containerd);
}

#[test]
fn reports_of_podman_are_what_it_says() {
    holds(Kind::Podman5);
}
