//! An engine whose disk is really full: what fails is told in its words, what is shown stays true, and what can
//! still be removed is.

#![cfg(test)]
#![cfg(target_os = "linux")]

mod churn;
mod engines;
mod folders;
mod person;

use std::io::Write as _;
use std::time::Duration;

use churn::{difference, fresh};
use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use folders::temporary_folders;
use person::Person;
use unmoor::model::{Endpoint, ImageId};
use unmoor::plan::{StepAnswer, Way};
use unmoor::rules::Target;
use unmoor::state::{Action, Dialog};

const LIMIT: Duration = Duration::from_mins(2);
const FULL: &str = "no space left on device";

fn image(name: &str, size: usize) -> Image {
    Image {
        layers: vec![Layer::filled(name, size)],
        tags: vec![format!("docker.io/library/{name}:1")],
        ..Image::default()
    }
}

/// Takes all that is left.
fn fill(engine: &Engine) {
    let mut file = std::fs::File::create(engine.on_its_disk("filler")).unwrap();
    for size in [1 << 20, 4 << 10] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

fn is_true(person: &mut Person, engine: &Engine, when: &str) {
    let expected = fresh(engine);
    let same = person.wait(LIMIT, |state| {
        state.graph().is_some_and(|graph| difference(&expected, graph.inventory()).is_none())
    });
    let apart = || difference(&fresh(engine), person.state.graph().unwrap().inventory());
    assert!(same.is_some(), "{} {when}: {:?}", engine.kind.name(), apart());
}

/// Removes an image, as far as the engine is willing; the words of the steps that failed.
fn remove(person: &mut Person, kind: Kind, image: &ImageId) -> Vec<String> {
    person.wait(LIMIT, Person::is_up_to_date).expect("it is listed");
    person.act(Action::Review(Target::Image(image.clone()), Way::Ordered));
    person.act(Action::Confirm);
    assert!(person.state.is_running(), "{}: {:?}", kind.name(), person.state.blocked());
    loop {
        person
            .wait(LIMIT, |state| {
                let Dialog::Running(run) = &state.dialog else {
                    return matches!(state.dialog, Dialog::Ended(_));
                };
                run.paused.is_some()
            })
            .expect("the run ends");
        if let Dialog::Ended(ended) = &person.state.dialog {
            let words = ended.outcome.steps.iter().filter_map(|step| match &step.answer {
                StepAnswer::Refused { message, .. } | StepAnswer::Lost(message) => Some(message.clone()),
                StepAnswer::Done | StepAnswer::Lines(_) | StepAnswer::NotSent(_) => None,
            });
            let words = words.collect();
            person.act(Action::CloseDialog);
            return words;
        }
        person.act(Action::StopRun);
    }
}

#[test]
fn a_full_disk_is_told_and_nothing_untrue_is_shown() {
    for kind in Kind::ALL {
        let engine = Engine::start_small(kind, "96m");
        engine.load(&docker_archive(&[image("goes", 900_000), image("stays", 800_000)]));
        let goes = ImageId::parse(engine.inspect_image("goes:1")["Id"].as_str().unwrap()).unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (_kept, folders) = temporary_folders();
        let mut person = Person::start(&runtime, Endpoint::Host(engine.host.clone()), folders, |_| {});
        person.wait(LIMIT, Person::is_up_to_date).expect("it was listed");
        fill(&engine);
        let tar = docker_archive(&[image("more", 60_000)]);
        let loaded =
            engine.request("POST", "/images/load?quiet=1", &["Content-Type: application/x-tar"], &tar);
        assert!(loaded.text.contains(FULL), "{}: {} {}", kind.name(), loaded.status, loaded.text);
        let tagged = engine.post("/images/stays:1/tag?repo=other&tag=1", &serde_json::Value::Null);
        // A name that could not be written down is there all the same until the engine ends, and no event tells.
        person.act(Action::Refresh);
        is_true(&mut person, &engine, "after a load that failed");
        let failed = remove(&mut person, kind, &goes);
        is_true(&mut person, &engine, "after a removal on a full disk");
        eprintln!(
            "{}: tagging {} {}; removal failed with {failed:?}",
            kind.name(),
            tagged.status,
            tagged.text
        );
        // Docker 20.10 takes the name away, cannot write that down, and leaves the image; Podman forgets the image.
        let is_there = || engine.get(&format!("/images/{goes}/json")).status == 200;
        assert!(!failed.is_empty() || !is_there(), "{}: it was not removed, and nobody said so", kind.name());
        assert!(failed.iter().all(|words| words.contains(FULL)), "{}: {failed:?}", kind.name());
        std::fs::remove_file(engine.on_its_disk("filler")).unwrap();
        person.act(Action::Refresh);
        is_true(&mut person, &engine, "with room again");
        if is_there() {
            assert_eq!(remove(&mut person, kind, &goes), [""; 0], "{}", kind.name());
            is_true(&mut person, &engine, "after a removal with room");
        }
        assert_eq!(engine.get(&format!("/images/{goes}/json")).status, 404, "{}", kind.name());
        assert_eq!(engine.get("/images/stays:1/json").status, 200, "{}", kind.name());
        person.leave();
    }
}
