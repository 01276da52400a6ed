//! Reports of runs that another client got in the way of, on real engines: what was done, what was refused and
//! what was not reached, in every format.

#![cfg(test)]

mod applied;
mod engines;
mod folders;
mod gate;

use std::fs;
use std::process::Output;

use applied::unmoor;
use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use folders::temporary_folders;
use gate::{At, Gate, Hold};
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use serde_json::Value;
use unmoor::report::Format;

const NAMES: [&str; 3] = ["index.qbox.me/team/app:1", "index.qbox.me/team/app:2", "index.qbox.me/team/app:3"];

/// Three images, one name each.
fn fill(engine: &Engine) {
    engine.wipe();
    let image = |name: &str| Image {
        layers: vec![
            Layer::busybox(engine.kind),
            Layer::filled(&format!("srv/{}", &name[name.len() - 1..]), 9_000),
        ],
        tags: vec![name.to_owned()],
        cmd: ["/bin/busybox", "sleep", "3600"].map(str::to_owned).to_vec(),
        ..Image::default()
    };
    engine.load(&docker_archive(&NAMES.map(image)));
}

/// Removes the three, and does something to the engine while the request with this number is held.
fn meddled(engine: &Engine, number: u32, format: Format, meddle: &dyn Fn()) -> (Output, String) {
    fill(engine);
    let (kept, folders) = temporary_folders();
    let place = |name: &str| kept.path().join(name).display().to_string();
    let (plan, report) = (place("plan.json"), place(&format!("report.{}", format.extension())));
    let arguments = [&["plan"][..], &NAMES, &["--format", "json", "--host", &engine.host]].concat();
    let made = unmoor(&folders, &arguments).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    fs::write(&plan, made.stdout).unwrap();
    let gate = Gate::before(engine, Hold { begins: "DELETE ".to_owned(), number, at: At::Opened });
    let arguments = ["apply", &plan, "--yes", "--host", &gate.host, "--report", &report];
    let program = unmoor(&folders, &arguments).spawn().unwrap();
    gate.wait();
    meddle();
    gate.open();
    let output = program.wait_with_output().unwrap();
    let text = fs::read_to_string(&report).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    (output, text)
}

fn is_there(engine: &Engine, name: &str) -> bool {
    engine.get(&format!("/images/{name}/json")).status == 200
}

/// What a report says of one step: how it went, and all its words.
struct Told {
    judged: String,
    words: String,
}

/// Each step of a report, read by a reader that is not ours where there is one.
fn steps(format: Format, text: &str) -> Vec<Told> {
    match format {
        Format::Json => {
            let value: Value = serde_json::from_str(text).unwrap();
            let told = |step: &Value| {
                let result = &step["result"];
                if result.is_null() {
                    return Told { judged: "not reached".to_owned(), words: String::new() };
                }
                let judged = result["words"].as_str().unwrap().to_owned();
                let said = result["said"].as_str().unwrap_or_default();
                Told { judged, words: format!("{} {said}", result["lines"]) }
            };
            value["steps"].as_array().unwrap().iter().map(told).collect()
        }
        Format::Csv => {
            let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
            let rows = reader.records().map(|row| row.unwrap());
            rows.map(|row| Told { judged: row[5].to_owned(), words: row[6].to_owned() }).collect()
        }
        Format::Markdown => {
            let (mut steps, mut depth, mut strong) = (Vec::new(), 0, false);
            for event in Parser::new(text) {
                match event {
                    Event::Start(Tag::List(Some(1))) => depth = 1,
                    Event::Start(Tag::List(_)) if depth > 0 => depth += 1,
                    Event::End(TagEnd::List(_)) => depth = i32::max(depth - 1, 0),
                    Event::Start(Tag::Item) if depth == 1 => {
                        steps.push(Told { judged: String::new(), words: String::new() });
                    }
                    Event::Start(Tag::Strong) => strong = true,
                    Event::End(TagEnd::Strong) => strong = false,
                    Event::Text(said) | Event::Code(said) if depth > 0 => {
                        let step = steps.last_mut().unwrap();
                        let to = if strong { &mut step.judged } else { &mut step.words };
                        to.push_str(&said);
                    }
                    Event::Start(_)
                    | Event::End(_)
                    | Event::Text(_)
                    | Event::Code(_)
                    | Event::InlineMath(_)
                    | Event::DisplayMath(_)
                    | Event::Html(_)
                    | Event::InlineHtml(_)
                    | Event::FootnoteReference(_)
                    | Event::SoftBreak
                    | Event::HardBreak
                    | Event::Rule
                    | Event::TaskListMarker(_) => {}
                }
            }
            steps
        }
        Format::Html => {
            let list = text.split("<ol class=\"card steps\">").nth(1).unwrap().split("</ol>").next().unwrap();
            let bare = |markup: &str| {
                let texts = markup.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
                texts.collect::<Vec<_>>().join(" ").replace("&quot;", "\"").replace("&#39;", "'")
            };
            let step = |markup: &str| {
                let (words, pill) = markup.rsplit_once("<span class=\"pill").unwrap();
                let pill = pill.split_once('>').unwrap().1;
                Told { judged: bare(pill).trim().to_owned(), words: bare(words) }
            };
            list.split("<li><span class=\"number\">").skip(1).map(step).collect()
        }
        Format::Svg => unreachable!("a drawing has no steps"),
    }
}

const WITH_STEPS: [Format; 4] = [Format::Json, Format::Csv, Format::Markdown, Format::Html];

/// A container that another client makes while the second request is on its way.
fn refused(kind: Kind) {
    let engine = engines::lock(kind);
    let take = || {
        let id = engine.create_container("other", NAMES[1], serde_json::json!({}));
        engine.start_container(&id);
    };
    for format in WITH_STEPS {
        let (output, text) = meddled(&engine, 1, format, &take);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(6), "{}: {said}", kind.name());
        assert!(said.contains("stopped after step 2 of 3: the engine refused it"), "{}: {said}", kind.name());
        assert_eq!(NAMES.map(|name| is_there(&engine, name)), [false, true, true], "{}", kind.name());
        let again = engine.remove_image(NAMES[1], false, false);
        let words = again.body["message"].as_str().unwrap();
        let told = steps(format, &text);
        let judged: Vec<_> = told.iter().map(|step| step.judged.as_str()).collect();
        assert_eq!(judged, ["as predicted", "failed", "not reached"], "{} {format:?}: {text}", kind.name());
        assert!(
            told[0].words.contains("Untagged") || told[0].words.contains("untagged"),
            "{}",
            told[0].words
        );
        assert!(told[1].words.contains(words), "{} {format:?}: {words:?} in {}", kind.name(), told[1].words);
        for step in &told[1..] {
            assert!(!step.words.contains("eleted"), "{} {format:?}: {}", kind.name(), step.words);
        }
        if format == Format::Json {
            let value: Value = serde_json::from_str(&text).unwrap();
            let end = &value["removal"]["end"];
            assert_eq!((end["code"].as_str(), end["done"].as_u64()), (Some("unexpected"), Some(1)));
        }
    }
}

/// A name that another client moves while the request before it is on its way.
fn moved(kind: Kind) {
    let engine = engines::lock(kind);
    for format in WITH_STEPS {
        let (output, text) = meddled(&engine, 0, format, &|| engine.tag(NAMES[2], NAMES[1]));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(5), "{}: {said}", kind.name());
        assert_eq!(NAMES.map(|name| is_there(&engine, name)), [false, true, true], "{}", kind.name());
        let told = steps(format, &text);
        let judged: Vec<_> = told.iter().map(|step| step.judged.as_str()).collect();
        assert_eq!(judged, ["as predicted", "not reached", "not reached"], "{} {format:?}", kind.name());
        for step in &told[1..] {
            assert!(!step.words.contains("eleted"), "{} {format:?}: {}", kind.name(), step.words);
        }
    }
}

#[test]
fn what_docker_20_refuses_in_the_middle_is_reported_truly() {
    refused(Kind::Docker20);
}

#[test]
fn what_docker_28_refuses_in_the_middle_is_reported_truly() {
    refused(Kind::Docker28);
}

#[test]
fn what_the_containerd_store_refuses_in_the_middle_is_reported_truly() {
    refused(Kind::Docker28Containerd);
}

#[test]
fn what_podman_refuses_in_the_middle_is_reported_truly() {
    refused(Kind::Podman5);
}

#[test]
fn a_name_that_is_moved_in_the_middle_is_reported_truly() {
    moved(Kind::Docker28);
    moved(Kind::Podman5);
}
