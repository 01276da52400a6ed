//! Holds the directions of the house: per folder, the words that must not occur in it.
//!
//! A single crate has no walls inside; this test is the wall. Comments do not count, test modules do.

#![cfg(test)]

use std::path::{Path, PathBuf};

const WINDOW: [&str; 4] = ["egui", "eframe", "rfd", "egui_extras"];
const RUNTIME: [&str; 2] = ["tokio", "futures_util"];
const OUTSIDE: [&str; 9] = [
    "bollard",
    "hyper",
    "reqwest",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "SystemTime",
    "Instant",
];

/// A folder or file below `src`, and what it must not name.
fn walls() -> Vec<(&'static str, Vec<&'static str>)> {
    let own = |names: &[&'static str]| names.to_vec();
    let all = |lists: &[&[&'static str]]| lists.concat();
    let above_core = [
        "crate::engine",
        "crate::registry",
        "crate::worker",
        "crate::state",
        "crate::ui",
        "crate::app",
        "crate::cli",
    ];
    let above_cache = ["bollard", "crate::worker", "crate::state", "crate::ui", "crate::app", "crate::cli"];
    let core = all(&[&WINDOW, &RUNTIME, &OUTSIDE, &above_core, &["crate::message"]]);
    vec![
        ("model", all(&[&core, &["crate::rules", "crate::plan"]])),
        ("rules", all(&[&core, &["crate::plan"]])),
        ("plan", all(&[&core, &["crate::picture", "crate::map", "crate::words", "crate::report"]])),
        ("plane.rs", all(&[&core, &["crate::model", "crate::rules", "crate::plan"]])),
        ("picture", all(&[&core, &["crate::map", "crate::words"]])),
        ("map", all(&[&core, &["crate::picture", "crate::plan", "crate::words"]])),
        ("words", all(&[&core, &["crate::report"]])),
        ("archive", all(&[&core, &["crate::picture", "crate::map", "crate::words", "crate::report"]])),
        ("journal", all(&[&core, &["crate::picture", "crate::map", "crate::words", "crate::report"]])),
        ("report", core.clone()),
        (
            "cache",
            all(&[&WINDOW, &RUNTIME, &above_cache, &["crate::message", "crate::rules", "crate::plan"]]),
        ),
        ("files.rs", all(&[&WINDOW, &RUNTIME, &above_core, &["crate::message", "crate::model"]])),
        ("message.rs", all(&[&WINDOW, &RUNTIME, &OUTSIDE, &above_core])),
        ("message", all(&[&WINDOW, &RUNTIME, &OUTSIDE, &above_core])),
        (
            "engine",
            all(&[
                &WINDOW,
                &["crate::worker", "crate::state", "crate::ui", "crate::app", "crate::cli", "crate::plan"],
            ]),
        ),
        (
            "registry",
            all(&[
                &WINDOW,
                &[
                    "bollard",
                    "crate::engine",
                    "crate::rules",
                    "crate::plan",
                    "crate::report",
                    "crate::message",
                ],
                &["crate::worker", "crate::state", "crate::ui", "crate::app", "crate::cli"],
            ]),
        ),
        (
            "worker",
            all(&[&WINDOW, &["bollard", "reqwest", "crate::state", "crate::ui", "crate::app", "crate::cli"]]),
        ),
        (
            "state",
            all(&[
                &WINDOW,
                &RUNTIME,
                &OUTSIDE,
                &[
                    "crate::engine",
                    "crate::registry",
                    "crate::worker",
                    "crate::ui",
                    "crate::app",
                    "crate::cli",
                ],
            ]),
        ),
        (
            "ui",
            all(&[
                &RUNTIME,
                &["bollard", "hyper", "reqwest", "std::fs", "std::net", "std::process", "rfd"],
                &["crate::engine", "crate::registry", "crate::worker", "crate::app", "crate::cli"],
            ]),
        ),
        ("app", own(&["bollard", "reqwest", "crate::cli", "crate::engine", "crate::registry"])),
        (
            "cli",
            all(&[
                &WINDOW,
                &["bollard", "reqwest", "crate::registry", "crate::state", "crate::ui", "crate::app"],
            ]),
        ),
    ]
}

fn rust_files(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_owned()];
    }
    let entries = std::fs::read_dir(place).unwrap_or_else(|e| panic!("{}: {e}", place.display()));
    let mut files: Vec<_> = entries.flat_map(|e| rust_files(&e.unwrap().path())).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "rs"));
    files.sort();
    files
}

/// The code of a file without its comments. String literals that hold `//` are cut short, which can
/// only hide words inside them.
fn code(text: &str) -> String {
    text.lines().map(|l| l.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// True if the word stands by itself: `crate::app` is not in `crate::apply`.
fn names(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

#[test]
fn no_folder_names_what_stands_above_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut broken = Vec::new();
    for (place, words) in walls() {
        let files = match src.join(place) {
            folder if folder.exists() => rust_files(&folder),
            folder => rust_files(&folder.with_extension("rs")),
        };
        assert!(!files.is_empty(), "no file in {place}: the wall would hold nothing");
        for file in files {
            let code = code(&std::fs::read_to_string(&file).unwrap());
            for word in words.iter().filter(|w| names(&code, w)) {
                broken.push(format!("{} names {word}", file.strip_prefix(&src).unwrap().display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_word_inside_another_is_not_found() {
    assert!(names("use crate::app;", "crate::app"));
    assert!(!names("crate::apply()", "crate::app"));
    assert!(!names(&code("let a = 1; // tokio"), "tokio"));
}
