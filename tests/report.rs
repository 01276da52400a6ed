//! Reports as others read them: each format by a reader that is not ours, in both languages, on an inventory
//! that is hostile in every field.

#![cfg(test)]

mod crowd;
mod hostile;

use std::cell::Cell;
use std::io::{self, Write};
use std::sync::Arc;

use hostile::{
    HOSTILE, LANGUAGES, ORIGIN, assert_calm, ended, hostile, hostile_in, plan, report, reports, sample,
    world, written,
};
use serde_json::Value;
use unmoor::model::{ImageIx, Section};
use unmoor::plan::Ended;
use unmoor::report::json::Document;
use unmoor::report::{Content, Format, Report, write};
use unmoor::words::Language;

#[test]
fn json_holds_to_its_published_schema_and_is_read_back_as_it_was() {
    let schema: Value = serde_json::from_str(include_str!("../assets/report.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for inventory in [sample(), hostile()] {
        let world = world(inventory);
        for report in reports(&world) {
            for language in LANGUAGES {
                let text = written(&report, Format::Json, language);
                assert_calm(&text);
                let value: Value = serde_json::from_str(&text).unwrap();
                let wrong: Vec<String> =
                    schema.iter_errors(&value).map(|e| format!("{e} at {}", e.instance_path())).collect();
                assert!(wrong.is_empty(), "{wrong:#?}");
                let document: Document = serde_json::from_str(&text).unwrap();
                assert_eq!(serde_json::to_value(&document).unwrap(), value, "nothing is lost by reading it");
            }
        }
    }
    let other = serde_json::json!({ "subject": "inventory", "schema": 2 });
    assert!(!schema.is_valid(&other));
}

#[test]
fn a_plan_in_json_can_be_applied_until_it_has_run() {
    let world = world(sample());
    for (removal, runs) in [(plan(&world), true), (ended(&world), false)] {
        let made = removal.plan.clone();
        let report = report(&world, Content::Removal(Box::new(removal)));
        let text = written(&report, Format::Json, Language::English);
        let Document::Removal { plan, .. } = serde_json::from_str(&text).unwrap() else { panic!("{text}") };
        assert_eq!(plan.map(|plan| *plan), runs.then(|| (*made).clone()));
    }
}

/// Each way a run can end.
fn ends() -> Vec<Ended> {
    let words = || HOSTILE[0].to_owned();
    let known = |ended: &Ended| match ended {
        Ended::Completed
        | Ended::Stopped
        | Ended::Stale(_)
        | Ended::TargetMoved { .. }
        | Ended::Unexpected { .. }
        | Ended::Unasked { .. }
        | Ended::WentOn { .. }
        | Ended::NotListed(_)
        | Ended::NotArchived(_)
        | Ended::NoRoomForArchive(_)
        | Ended::NotJournalled { .. } => {}
    };
    let all = vec![
        Ended::Completed,
        Ended::Stopped,
        Ended::Stale(Vec::new()),
        Ended::TargetMoved { step: 2 },
        Ended::Unexpected { step: 2 },
        Ended::Unasked { step: 2, words: words() },
        Ended::WentOn { step: 2 },
        Ended::NotListed(words()),
        Ended::NotArchived(words()),
        Ended::NoRoomForArchive(words()),
        Ended::NotJournalled { step: 2, words: words() },
    ];
    // Another one does not compile until it stands here too.
    all.iter().for_each(known);
    all
}

#[test]
fn the_published_schema_knows_every_way_a_run_can_end() {
    let schema: Value = serde_json::from_str(include_str!("../assets/report.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let world = world(sample());
    for how in ends() {
        let mut removal = ended(&world);
        removal.outcome.as_mut().unwrap().ended = how.clone();
        let report = report(&world, Content::Removal(Box::new(removal)));
        let text = written(&report, Format::Json, Language::English);
        let value: Value = serde_json::from_str(&text).unwrap();
        let wrong: Vec<String> =
            schema.iter_errors(&value).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert!(wrong.is_empty(), "{how:?}: {wrong:#?}");
    }
}

#[test]
fn json_keeps_every_letter_of_a_label() {
    let world = world(hostile());
    let text = written(&reports(&world)[0], Format::Json, Language::English);
    let Document::Inventory { images, .. } = serde_json::from_str(&text).unwrap() else {
        panic!("another subject")
    };
    let labels: Vec<_> = images.iter().flat_map(|image| image.labels.values()).collect();
    for text in HOSTILE {
        assert!(labels.iter().any(|label| *label == text), "{text:?}");
    }
}

#[test]
fn csv_has_a_row_for_each_name_and_no_formula() {
    for text in hostile_in(Format::Csv) {
        assert_calm(&text);
        let text = text.strip_prefix('\u{feff}').expect("a mark for spreadsheets");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let mut rows = 0;
        for record in reader.records() {
            let record = record.expect("as many cells in every row");
            rows += 1;
            for cell in &record {
                let first = cell.trim_start().chars().next().unwrap_or(' ');
                assert!(!"=+-@|%".contains(first), "{cell:?}");
            }
        }
        assert!(rows > 5);
        assert_eq!(text.lines().count(), text.matches("\r\n").count(), "lines end as RFC 4180 has them");
    }
    let world = world(sample());
    let names: usize = world.graph().images().iter().map(|image| image.references.len().max(1)).sum();
    let text = written(&reports(&world)[0], Format::Csv, Language::English);
    assert_eq!(text.lines().count(), names + 1);
    let answered = text.matches("Not known: ").count();
    assert!(answered >= names - 1, "what registries said stands beside every name");
    assert!(text.contains("docker.io/library/node:18,Tag,docker.io,library/node,sha256:a81f6b0e9c35"));
}

#[test]
fn markdown_holds_no_markup_of_others() {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    for text in hostile_in(Format::Markdown) {
        assert_calm(&text);
        let (mut tables, mut headings) = (0, 0);
        for event in Parser::new_ext(&text, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
            match event {
                Event::Html(html) | Event::InlineHtml(html) => assert_eq!(&*html, "<br>"),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    panic!("a link to {dest_url}")
                }
                Event::Start(Tag::Table(_)) => tables += 1,
                Event::Start(Tag::Heading { .. }) => headings += 1,
                Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) => {
                    panic!("{event:?}")
                }
                Event::Start(_)
                | Event::End(_)
                | Event::Text(_)
                | Event::Code(_)
                | Event::SoftBreak
                | Event::HardBreak
                | Event::Rule
                | Event::TaskListMarker(_) => {}
            }
        }
        assert!(headings >= 1 && tables <= 1, "{text}");
        assert!(!text.contains("\n# heading") && !text.contains(" @everyone"));
    }
    let world = world(sample());
    let text = written(&reports(&world)[0], Format::Markdown, Language::English);
    let rows = text.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, world.graph().images().len(), "every image is one row");
}

#[test]
fn html_is_one_file_that_asks_for_nothing() {
    let script = include_str!("../src/report/html/script.js");
    for text in hostile_in(Format::Html) {
        assert_calm(&text);
        assert!(text.contains("default-src 'none'"));
        assert_eq!(text.matches("<script").count(), 1);
        assert_eq!(text.matches("<style>").count(), 1);
        let own = text.replace(script, "");
        let own = own.get(own.find("</style>").unwrap()..).unwrap();
        let mut rest = own;
        while let Some(at) = rest.find('<') {
            let end = at + rest[at..].find('>').unwrap();
            let tag = &rest[at..=end];
            rest = &rest[end + 1..];
            let bare = without_values(tag);
            for forbidden in ["src=", "href=", " on", "style=", "<img", "<link", "<iframe", "<object"] {
                assert!(!bare.contains(forbidden), "{forbidden} in {tag}");
            }
        }
        assert!(!own.contains("<b>html") && !own.contains("<img"));
    }
}

/// A tag without what stands between its quotes.
fn without_values(tag: &str) -> String {
    tag.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
}

#[test]
fn drawings_are_well_formed_alone_and_in_a_page() {
    let hostile = world(hostile());
    let mut drawings = hostile_in(Format::Svg);
    drawings.push(written(&report(&hostile, Content::Map), Format::Svg, Language::Chinese));
    for page in hostile_in(Format::Html) {
        let mut rest = page.as_str();
        while let Some(at) = rest.find("<svg xmlns") {
            let end = at + rest[at..].find("</svg>").unwrap() + "</svg>".len();
            drawings.push(rest[at..end].to_owned());
            rest = &rest[end..];
        }
    }
    assert!(drawings.len() > 12);
    for drawing in drawings {
        assert_calm(&drawing);
        let document = roxmltree::Document::parse(&drawing).unwrap_or_else(|e| panic!("{e}: {drawing}"));
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        let titled = root.children().any(|n| n.has_tag_name(("http://www.w3.org/2000/svg", "title")));
        assert!(titled, "a drawing has a text alternative");
        for node in document.descendants() {
            assert!(!matches!(node.tag_name().name(), "script" | "foreignObject" | "image" | "a"));
            assert!(node.attributes().all(|a| !a.name().starts_with("on") && a.name() != "href"));
        }
    }
}

#[test]
fn every_image_says_why_it_stays() {
    let world = world(sample());
    let text = written(&reports(&world)[0], Format::Json, Language::English);
    let Document::Inventory { images, totals, .. } = serde_json::from_str(&text).unwrap() else { panic!() };
    for image in &images {
        assert_eq!(
            image.why_kept.is_empty(),
            image.verdict == "removable",
            "{}: {:?}",
            image.called,
            image.why_kept
        );
    }
    let origin = images.iter().find(|image| image.id.contains(ORIGIN)).unwrap();
    let codes: Vec<_> = origin.why_kept.iter().map(|why| &*why.code).collect();
    assert_eq!(codes, ["running_containers", "names", "stopped_containers"]);
    assert_eq!(origin.why_kept[0].words, "needed by the running container web-2");
    assert_eq!(totals.images, totals.removable + totals.refused + totals.unknown);
}

#[test]
fn what_somebody_left_out_archived_and_asked_is_told() {
    let world = world(sample());
    let report = report(&world, Content::Removal(Box::new(ended(&world))));
    let text = written(&report, Format::Json, Language::English);
    let Document::Removal { removal, steps, .. } = serde_json::from_str(&text).unwrap() else { panic!() };
    assert_eq!(removal.left_out.len(), 2);
    assert!(removal.left_out.iter().all(|left| left.why == "left out"));
    assert_eq!(removal.archive.unwrap().stored_bytes, 4_096);
    let known = removal.recovery.iter().find(|known| known.image.contains(ORIGIN)).unwrap();
    assert_eq!((&*known.verdict, known.asked.as_deref()), ("unknown", Some("asked 10 min ago")));
    assert!(known.references.iter().all(|name| name.status == "denied" && name.asked_at.ends_with('Z')));
    assert!(steps.iter().all(|step| step.undo.is_some()));
    for format in [Format::Html, Format::Markdown] {
        let text = written(&report, format, Language::English);
        for words in ["Left out", "Archived first: 1 image", "Can I get it back?", "asked 10 min ago", " UTC"]
        {
            assert!(text.contains(words), "{words:?} in {format:?}");
        }
    }
}

#[test]
fn an_incomplete_listing_is_never_unused() {
    let mut inventory = sample();
    let partial = inventory.containers.seen().clone();
    inventory.containers = Section::Failed { why: "it broke".to_owned(), partial };
    let world = world(inventory);
    for format in [Format::Html, Format::Markdown, Format::Json, Format::Csv] {
        let images = (0..).map(ImageIx).take(world.graph().images().len()).collect();
        let text = written(&report(&world, Content::Inventory { images }), format, Language::English);
        assert!(!text.contains("Can go now") && text.contains("it broke"), "{format:?}");
    }
}

#[test]
fn no_rows_say_why_there_are_none() {
    let mut nothing = sample();
    nothing.images.seen_mut().clear();
    nothing.containers.seen_mut().clear();
    let mut unlisted = nothing.clone();
    unlisted.images = Section::Failed { why: "it broke".to_owned(), partial: Vec::new() };
    for (inventory, wanted) in [
        (nothing, "There is no image on this engine."),
        (unlisted, "Not everything could be listed"),
        (sample(), "No image is among what was asked for."),
    ] {
        let world = world(inventory);
        for format in [Format::Html, Format::Markdown] {
            let content = Content::Inventory { images: Vec::new() };
            let text = written(&report(&world, content), format, Language::English);
            assert!(text.contains(wanted), "{wanted:?} in {format:?}: {text}");
            assert_eq!(text.contains("no image on this engine"), wanted.contains("no image on this"));
        }
    }
}

#[test]
fn nothing_of_anybody_is_left_when_names_are_replaced() {
    let mut inventory = sample();
    for image in inventory.images.seen_mut() {
        Arc::make_mut(image).labels.insert("com.example.owner".to_owned(), "alice-liddell".to_owned());
    }
    for container in inventory.containers.seen_mut() {
        container.compose_project = Some("wonderland".to_owned());
    }
    let names: Vec<String> = inventory
        .images
        .seen()
        .iter()
        .flat_map(|image| &image.references)
        .flat_map(|name| {
            let repository = name.repository();
            [repository.registry().to_owned(), repository.path().to_owned()]
        })
        .filter(|part| !["docker.io", "localhost"].contains(&part.as_str()) && !part.starts_with("library/"))
        .chain(inventory.containers.seen().iter().map(|container| container.name.clone()))
        .chain(inventory.images.seen().iter().map(|image| image.id.short().to_owned()))
        .chain(["alice", "wonderland", "com.example.owner", "evil.example", "secret"].map(str::to_owned))
        .collect();
    let world = world(inventory);
    for mut report in reports(&world) {
        report.about = "secret".to_owned();
        let anonymous = report.anonymized().unwrap();
        for format in [Format::Html, Format::Markdown, Format::Csv, Format::Json, Format::Svg] {
            let text = written(&anonymous, format, Language::English);
            for name in &names {
                // What this program itself says may hold short words of theirs.
                let found = text.match_indices(name.as_str()).next();
                assert_eq!(
                    found,
                    None,
                    "{name} in {format:?}: {:?}",
                    found.map(|(at, _)| &text[at.saturating_sub(60)..at + 20])
                );
            }
        }
    }
}

#[test]
fn replaced_names_leave_every_verdict_as_it_was() {
    let world = world(sample());
    let report = &reports(&world)[0];
    let verdicts = |report: &Report| {
        let text = written(report, Format::Json, Language::English);
        let Document::Inventory { images, .. } = serde_json::from_str(&text).unwrap() else { panic!() };
        let all = images.into_iter().map(|i| {
            (
                i.verdict,
                i.names.len(),
                i.own_bytes,
                i.why_kept.into_iter().map(|w| w.code).collect::<Vec<_>>(),
            )
        });
        all.collect::<Vec<_>>()
    };
    assert_eq!(verdicts(report), verdicts(&report.clone().anonymized().unwrap()));
}

/// Counts, and keeps nothing.
struct Sink<'a>(&'a Cell<usize>);

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn many_images_are_written_as_they_are_made() {
    let inventory = crowd::crowded(1_990);
    let world = world(inventory);
    let images: Vec<ImageIx> = (0..).map(ImageIx).take(world.graph().images().len()).collect();
    let report = report(&world, Content::Inventory { images });
    for format in [Format::Html, Format::Markdown, Format::Csv, Format::Json] {
        let (bytes, last) = (Cell::new(0), Cell::new((0, 0)));
        // Whoever kept everything until the end would not have written much by the middle.
        let in_the_middle = Cell::new(0);
        let watch = |done: usize, of: usize| {
            last.set((done, of));
            if done == of / 2 {
                in_the_middle.set(bytes.get());
            }
        };
        write(&report, format, Language::English, &watch, &mut Sink(&bytes)).unwrap();
        assert_eq!(last.get(), (1_999, 2_000));
        assert!(
            in_the_middle.get() * 4 > bytes.get(),
            "{format:?}: {} of {}",
            in_the_middle.get(),
            bytes.get()
        );
    }
}

#[test]
fn a_full_disk_is_an_error_and_not_a_panic() {
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or_else(|| io::Error::other("the disk is full"))?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let world = world(sample());
    for report in reports(&world) {
        for format in Format::ALL {
            let failed = write(&report, format, Language::English, &|_, _| {}, &mut Full(200));
            assert_eq!(failed.unwrap_err().to_string(), "the disk is full", "{format:?}");
        }
    }
}
