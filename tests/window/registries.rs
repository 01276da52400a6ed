//! What registries say: asked only on request or before something goes, and never taken for more than it is.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use unmoor::message::{Command, Event};
use unmoor::model::{
    Access, Bytes, Digest, Question, Remote, RemoteCatalog, RemoteFailure, RemoteImage, RemoteTag, RemoteTags,
};
use unmoor::state::Language;

use crate::stage::Stage;

const ORIGIN: &str = "image e9d3f7300f03";
const NODE: &str = "image a81f6b0e9c35";
const ARCHIVE: &str = "Keep an archive of images first";
/// With or without an archive before it.
const REMOVE_NODE: &str = "ntag 1, remove 1 image · frees 1.1 GB";
const PUSHED: &str = "sha256:c7c1149150a8f7536bd19b70ea34748bf9dfbc93e5dee677f11362c06b12735d";

fn unreachable(_: &Question) -> Remote {
    Remote::Unreachable("it does not answer in time".to_owned())
}

fn absent(_: &Question) -> Remote {
    Remote::Absent
}

#[test]
fn nobody_is_asked_before_the_button_is_pressed() {
    let mut stage = Stage::live_in(Language::English, [1280.0, 2600.0]);
    stage.click(ORIGIN);
    stage.assert_sees("No registry has been asked yet");
    assert!(!stage.has_look_up());
    stage.click("Look up");
    stage.assert_sees("Asking: 0 of 10 names answered");
    stage.answer(|question| {
        if question.reference.repository().full() == "index-dev.qiniu.io/cs-kirk/nginx" {
            Remote::Present { digest: Digest::parse(PUSHED).unwrap() }
        } else {
            Remote::Absent
        }
    });
    stage.assert_sees("Yes: still on index-dev.qiniu.io/cs-kirk/nginx under the same digest");
    stage.click("What was said of 10 names");
    stage.assert_sees("Gone there, or never was there");
    stage.assert_sees("Still there, as c7c1149150a8");
    stage.assert_sees("asked just now");
    stage.click("Look up again");
    assert!(stage.has_look_up());
}

#[test]
fn what_could_not_be_asked_is_neither_there_nor_gone() {
    let mut stage = Stage::live();
    stage.click(NODE);
    stage.assert_sees("No digest: as far as this engine knows, it was never pushed or pulled");
    stage.click("Look up");
    stage.answer(unreachable);
    stage.assert_sees("Not known: 1 name could not be told");
    stage.click("What was said of 1 name");
    stage.assert_sees("No answer to rely on: it does not answer in time");
    stage.assert_sees_not("last copy");
    stage.assert_sees_not("Yes: still");
}

#[test]
fn the_last_copy_goes_only_after_a_second_question() {
    let mut stage = Stage::live();
    stage.click(NODE);
    stage.key(Key::Enter);
    stage.answer(absent);
    stage.assert_sees("No: this is the last copy anyone can find");
    stage.click(REMOVE_NODE);
    assert!(!stage.has_command(), "nothing runs before the second question");
    stage.assert_sees("This removes the last copy anyone can find");
    stage.assert_sees("It is saved in an archive before it goes");
    stage.click("Back to the plan");
    stage.assert_sees_not("This removes the last copy anyone can find");
    // Proposed, and the person's to decide.
    stage.click(ARCHIVE);
    stage.click(REMOVE_NODE);
    stage.assert_sees("none has it");
    stage.click("Remove it for good");
    assert_eq!(stage.started_run().1.tally().images, 1);
}

#[test]
fn what_somebody_else_has_or_may_have_goes_at_the_first() {
    for answer in [unreachable as fn(&Question) -> Remote, |question| Remote::Present {
        digest: Digest::from(&question.image),
    }] {
        let mut stage = Stage::live();
        stage.click(NODE);
        stage.key(Key::Enter);
        stage.answer(answer);
        stage.click(REMOVE_NODE);
        assert_eq!(stage.started_run().1.tally().images, 1);
    }
}

#[test]
fn a_review_asks_once_and_only_where_that_is_wanted() {
    let mut stage = Stage::live();
    stage.click(NODE);
    stage.key(Key::Enter);
    let (_, questions) = stage.look_up();
    assert_eq!(questions.len(), 1, "only what goes");
    stage.observe();
    assert!(!stage.has_look_up());
    stage.key(Key::Escape);
    stage.click("Settings");
    stage.click("Only when I ask");
    stage.key(Key::Escape);
    stage.click("image 966495178565");
    stage.key(Key::Enter);
    assert!(!stage.has_look_up());
    stage.harness.get_all_by_role_and_label(Role::Button, "Look up").last().unwrap().click();
    stage.settle();
    assert_eq!(stage.look_up().1.len(), 2);
}

/// What a registry has, in the view.
fn listed(stage: &mut Stage) {
    let command = stage.command();
    let Command::ListRegistry { registry, known, .. } = command else { panic!("{command:?} lists nothing") };
    assert_eq!(registry, "index-dev.qiniu.io");
    assert!(known.contains(&"cs-kirk/nginx".to_owned()), "{known:?}");
    let repositories = vec!["cs-kirk/nginx".to_owned(), "team/app".to_owned()];
    let catalog = Ok(RemoteCatalog { repositories, not_listed: None, cut: false });
    stage.tell(Event::RegistryListed { registry, catalog });
}

#[test]
fn a_named_registry_shows_what_it_has_and_which_of_it_is_here() {
    let mut stage = Stage::live();
    stage.harness.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    stage.settle();
    stage.assert_sees("No registry named yet");
    stage.write_into("Host of the registry", "https://index-dev.qiniu.io/");
    stage.click("production");
    stage.click("Name it");
    stage.assert_sees("Asking…");
    listed(&mut stage);
    stage.assert_sees("index-dev.qiniu.io, production, 2 repositories");
    stage.click("cs-kirk/nginx");
    let command = stage.command();
    let Command::ListTags { registry, repository, .. } = command else { panic!("{command:?}") };
    let image = RemoteImage {
        digest: Digest::parse(PUSHED).unwrap(),
        configs: Vec::new(),
        children: Vec::new(),
        size: Some(Bytes(47_000_000)),
        platforms: Vec::new(),
        created: None,
    };
    let denied = RemoteFailure::Denied("pull access is missing".to_owned());
    let tags = vec![
        RemoteTag { name: "broken".to_owned(), image: Err(denied) },
        RemoteTag { name: "latest".to_owned(), image: Ok(image) },
    ];
    let tags = Ok(RemoteTags { tags, access: Some(Access::ReadWrite), more: 0 });
    stage.tell(Event::TagsListed { registry, repository, tags });
    stage.assert_sees("cs-kirk/nginx, 2 tags, READ/WRITE");
    stage.assert_sees("latest, c7c1149150a8, 47.0 MB, is here");
    stage.assert_sees("broken, Not shown to you: pull access is missing");
    stage.click("latest, c7c1149150a8");
    stage.assert_sees("What holds it");
    stage.write_into("Filter repositories, tags, digests", "team");
    stage.assert_sees_not("cs-kirk/nginx, 2 tags");
    stage.click("team/app");
    let command = stage.command();
    let Command::ListTags { registry, repository, .. } = command else { panic!("{command:?}") };
    let failed = Err(RemoteFailure::Unreachable("it does not answer in time".to_owned()));
    stage.tell(Event::TagsListed { registry, repository, tags: failed });
    stage.assert_sees("No answer to rely on: it does not answer in time");
    assert!(!stage.has_command(), "nothing is asked by itself");
}

#[test]
fn what_is_no_host_cannot_be_named() {
    let mut stage = Stage::live();
    stage.click("Registries");
    stage.write_into("Host of the registry", "nginx");
    stage.click("Name it");
    assert!(!stage.has_command());
    stage.assert_sees("No registry named yet");
}

#[test]
fn registries_are_gone_through_by_keys() {
    let mut stage = Stage::live();
    stage.harness.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    stage.settle();
    stage.write_into("Host of the registry", "index-dev.qiniu.io");
    stage.click("Name it");
    listed(&mut stage);
    stage.click("index-dev.qiniu.io, other");
    stage.assert_sees_not("team/app");
    stage.key(Key::ArrowRight);
    assert!(stage.is_selected("index-dev.qiniu.io, other"), "what is closed opens under the cursor");
    stage.key(Key::ArrowRight);
    assert!(stage.is_selected("cs-kirk/nginx"));
    stage.key(Key::ArrowDown);
    assert!(stage.is_selected("team/app"));
    assert!(!stage.has_command(), "going over a row asks nobody");
    stage.key(Key::Enter);
    let command = stage.command();
    let Command::ListTags { registry, repository, .. } = command else { panic!("{command:?}") };
    assert_eq!(repository, "team/app");
    let failed = Err(RemoteFailure::Unreachable("it does not answer in time".to_owned()));
    stage.tell(Event::TagsListed { registry, repository, tags: failed });
    stage.key(Key::ArrowDown);
    assert!(stage.is_selected("No answer to rely on"));
    stage.key(Key::Enter);
    let command = stage.command();
    assert!(matches!(command, Command::ListTags { .. }), "what failed is asked again: {command:?}");
    for _ in 0..2 {
        stage.key(Key::ArrowLeft);
    }
    assert!(stage.is_selected("team/app"), "the second one closes it");
    stage.key(Key::ArrowLeft);
    assert!(stage.is_selected("index-dev.qiniu.io, other"));
}
