//! The window by what it says and does: everything is found by its accessible name, as a screen reader
//! finds it. The test plays the worker.

#![cfg(test)]

#[path = "window/archives.rs"]
mod archives;
mod crowd;
#[path = "window/drafting.rs"]
mod drafting;
#[path = "window/drawn.rs"]
mod drawn;
#[path = "window/engine_choice.rs"]
mod engine_choice;
#[path = "window/export.rs"]
mod export;
#[path = "window/journalled.rs"]
mod journalled;
#[path = "window/keep.rs"]
mod keep;
#[path = "window/keyboard.rs"]
mod keyboard;
#[path = "window/map.rs"]
mod map;
#[path = "window/marks.rs"]
mod marks;
#[path = "window/menu.rs"]
mod menu;
#[path = "window/picture.rs"]
mod picture;
#[path = "window/registries.rs"]
mod registries;
#[path = "window/review.rs"]
mod review;
mod sample;
#[path = "window/settings.rs"]
mod settings;
#[path = "window/stage.rs"]
mod stage;
#[path = "window/tour/mod.rs"]
mod tour;
#[path = "window/tree.rs"]
mod tree;
#[path = "window/undo.rs"]
mod undo;

use eframe::egui::Key;
use stage::{Stage, container, failure};
use unmoor::message::{Command, Endpoint, Event, FailureKind};
use unmoor::model::Section;
use unmoor::plan::{Ended, Judgement, Outcome, StepOutcome};
use unmoor::state::Language;

const ORIGIN: &str = "image e9d3f7300f03, 10 names, in use by 3 containers, Refused as it stands";
const TAG: &str = "tag index.qiniu.com/ubuntu:latest";

#[test]
fn an_image_says_what_holds_it_and_what_it_takes() {
    let mut stage = Stage::live();
    stage.click(ORIGIN);
    stage.assert_sees("conflict: unable to delete e9d3f7300f03 (cannot be forced)");
    stage.assert_sees("(must be forced) - image is referenced in one or more repositories");
    stage.assert_sees("What holds it");
    stage.assert_sees("web-2, Up 5 hours, never by force");
    stage.assert_sees("web-1, Exited (0) 3 days ago, force overrides");
    stage.assert_sees("qcos-test/msfngix@sha256:c7c1149150a8…, force overrides");
    stage.assert_sees("11 steps · no force");
    stage.assert_sees("2 steps · with force");
    stage.assert_sees("web-1, web-2 and web-3: left without the image");
    stage.assert_sees("Untagged 10 · Deleted 3 · frees 3.2 MB");
    stage.assert_sees("4 layers stay, needed by");
    stage.click("966495178565 index.qiniu.com/ubuntu:16.04");
    stage.assert_sees("Can go now");
}

#[test]
fn a_tag_a_digest_and_a_container_explain_themselves() {
    let mut stage = Stage::live();
    stage.select_under(ORIGIN, TAG);
    stage.assert_sees("Only a name: the image stays");
    stage.assert_sees("Image e9d3f7300f03 is still held by 9 names and 3 containers");
    stage.click("tag index-dev.qiniu.io/index.qbox.me/qcos-test/msfngix:latest");
    stage.assert_sees("“index.qbox.me” is only a part of the path here: the registry is index-dev.qiniu.io");
    stage.click("digest reference index.qiniu.com/ubuntu@sha256:c7c1149150a8…");
    stage.assert_sees("Digest reference");
    stage.assert_sees("Only a name: the image stays");
    stage.click("container web-2, running");
    stage.assert_sees("You cannot remove a running container");
    stage.assert_sees("2 steps · no force");
    stage.click("image a81f6b0e9c35, node:18");
    stage.key(Key::ArrowRight);
    stage.click("tag node:18, its only name");
    stage.assert_sees("Last name: the image goes with it");
}

#[test]
fn the_commands_of_a_way_can_be_read() {
    let mut stage = Stage::live();
    stage.click("image a81f6b0e9c35");
    stage.assert_sees("The way out");
    stage.click("Show commands Step by step");
    stage.assert_sees("docker rmi sha256:a81f6b0e9c35");
    stage.click("Hide commands Step by step");
    stage.assert_sees_not("docker rmi");
}

#[test]
fn the_filter_opens_what_it_finds_and_escape_clears_it() {
    let mut stage = Stage::live();
    stage.key(Key::Slash);
    stage.type_into_filter("C7C1 ubuntu");
    stage.assert_sees("digest reference index.qiniu.com/ubuntu@sha256:c7c1149150a8…");
    stage.assert_sees_not("image a81f6b0e9c35");
    stage.type_into_filter("nothing like that");
    stage.assert_sees("Nothing matches");
    stage.key(Key::Escape);
    stage.assert_sees("image a81f6b0e9c35");
}

#[test]
fn the_tree_is_walked_by_keys() {
    let mut stage = Stage::live();
    stage.click("image a81f6b0e9c35");
    for key in [Key::ArrowRight, Key::ArrowDown] {
        stage.key(key);
    }
    stage.assert_sees("Last name: the image goes with it");
    stage.key(Key::ArrowLeft);
    stage.key(Key::ArrowLeft);
    stage.assert_sees_not("tag node:18");
    stage.key(Key::End);
    stage.assert_sees("4e7d90ab1c62");
    stage.key(Key::Home);
    stage.assert_sees("The way out");
}

#[test]
fn without_an_engine_the_sample_stands_in_and_says_what_was_tried() {
    let mut stage = Stage::open(Language::English, [1280.0, 800.0]);
    stage.settle();
    stage.assert_sees("Looking for a container engine…");
    let tried = vec![failure(FailureKind::PermissionDenied, "permission denied (os error 13)")];
    stage.tell(Event::NoEngine { generation: stage.generation, tried, unchosen: false });
    stage.expect_connect(&Endpoint::Sample);
    let (generation, engine) = (stage.generation, stage.sample.info());
    stage.tell(Event::Connected { generation, host: "sample".to_owned(), engine });
    stage.observe();
    stage.assert_sees("No container engine answered");
    stage.assert_sees("Join the group docker");
    stage.assert_sees("permission denied (os error 13)");
    stage.assert_sees(ORIGIN);
    stage.click("Retry");
    stage.expect_connect(&Endpoint::Default);
}

#[test]
fn a_failed_listing_keeps_the_old_rows_and_turns_removal_off() {
    let mut stage = Stage::live();
    stage.click(ORIGIN);
    stage.key(Key::F5);
    let Command::Refresh { generation } = stage.command() else { panic!("F5 refreshes") };
    let broken = failure(FailureKind::TimedOut, "no answer within 30 s");
    stage.tell(Event::ListingFailed { generation, failure: broken });
    stage.assert_sees("The engine could not be listed again");
    stage.assert_sees("no answer within 30 s");
    stage.assert_sees(ORIGIN);
    stage.click("Remove… sha256:e9d3f7300f03");
    stage.assert_sees_not("Remove image e9d3f7300f03");
    stage.generation = generation;
    stage.observe();
    stage.assert_sees_not("could not be listed again");
    stage.click("Remove… sha256:e9d3f7300f03");
    stage.assert_sees("Remove image e9d3f7300f03");
}

#[test]
fn a_refresh_that_was_asked_for_answers_even_if_nothing_changed() {
    let mut stage = Stage::live();
    stage.click("Show activity");
    let listed = |stage: &Stage| stage.names().iter().filter(|n| n.starts_with("Listed ")).count();
    assert_eq!(listed(&stage), 1);
    stage.observe();
    assert_eq!(listed(&stage), 1, "nobody asked");
    stage.key(Key::F5);
    let Command::Refresh { generation } = stage.command() else { panic!("F5 refreshes") };
    stage.generation = generation;
    stage.assert_sees("Reading from the engine");
    stage.observe();
    assert_eq!(listed(&stage), 2);
    stage.assert_sees_not("Reading from the engine");
}

#[test]
fn a_retry_that_finds_no_engine_does_not_look_like_a_success() {
    let mut stage = Stage::open(Language::English, [1280.0, 800.0]);
    for _ in 0..2 {
        let tried = vec![failure(FailureKind::SocketMissing, "no such file")];
        stage.tell(Event::NoEngine { generation: stage.generation, tried, unchosen: false });
        stage.expect_connect(&Endpoint::Sample);
        stage.connect();
        stage.observe();
        stage.assert_sees("No engine answered; showing the built-in sample");
        stage.assert_sees_not("Connected to");
        stage.click("Retry");
        stage.expect_connect(&Endpoint::Default);
        stage.assert_sees("Looking for the engine again");
    }
}

#[test]
fn after_a_run_nothing_is_removed_on_what_was_listed_before_it() {
    let mut stage = Stage::live();
    stage.click("image a81f6b0e9c35");
    stage.key(Key::Enter);
    stage.click("Untag 1, remove 1 image");
    let (job, plan) = stage.started_run();
    let answer = crate::sample::run_step(&stage.sample, &plan.steps[0].action);
    let steps = vec![StepOutcome { answer, judgement: Judgement::AsPredicted }];
    stage.tell(Event::RunEnded { job, outcome: Outcome { steps, ended: Ended::Completed } });
    stage.assert_sees("Remove image a81f6b0e9c35 · 1 of 1 step done");
    stage.assert_sees("freed 1.1 GB");
    stage.click("Done");
    stage.assert_sees("Not up to date");
    stage.click("image 966495178565");
    stage.key(Key::Enter);
    stage.assert_sees_not("Remove image 966495178565");
    stage.observe();
    stage.assert_sees_not("Not up to date");
    stage.key(Key::Enter);
    stage.assert_sees("Remove image 966495178565");
}

#[test]
fn an_incomplete_listing_calls_nothing_removable() {
    let mut stage = Stage::live();
    let mut inventory = stage.sample.inventory();
    let seen = inventory.containers.seen().clone();
    inventory.containers = Section::Failed { why: "containers: 500 server error".to_owned(), partial: seen };
    stage.observe_this(inventory);
    stage.assert_sees("The listing is incomplete");
    stage.assert_sees("containers: 500 server error");
    stage.assert_sees("image a81f6b0e9c35, node:18, use not known, Unknown: not enough is known to tell");
}

#[test]
fn a_gone_engine_and_a_lost_worker_are_said() {
    let mut stage = Stage::live();
    let broken = failure(FailureKind::ConnectionLost, "broken pipe");
    stage.tell(Event::EngineGone { generation: stage.generation, failure: broken });
    stage.assert_sees("The engine no longer answers");
    stage.assert_sees("Not answering");
    stage.observe();
    stage.assert_sees("Live");
    stage.close_channel();
    stage.assert_sees("The background part of Unmoor has stopped");
}

#[test]
fn late_answers_to_old_questions_are_dropped() {
    let mut stage = Stage::live();
    stage.key(Key::F5);
    let mut inventory = stage.sample.inventory();
    inventory.images = Section::Complete(Vec::new());
    // Still with the generation before the refresh.
    stage.observe_this(inventory);
    stage.assert_sees(ORIGIN);
}

#[test]
fn an_empty_engine_says_so() {
    let mut stage = Stage::live();
    let mut inventory = stage.sample.inventory();
    inventory.images = Section::Complete(Vec::new());
    inventory.containers = Section::Complete(Vec::new());
    stage.observe_this(inventory);
    stage.assert_sees("No images here");
}

#[test]
fn everything_is_there_in_chinese_and_in_a_small_window() {
    let mut stage = Stage::live_in(Language::Chinese, [720.0, 480.0]);
    stage.click("镜像 d94b7ce5f018，2 个名称，未使用，目前会被拒绝");
    stage.assert_sees("是什么占用着它");
    stage.key(Key::Enter);
    stage.assert_sees("逐步进行");
    stage.click("取消 2 个标签、删除 1 个镜像 · 释放 812.6 MB");
    assert_eq!(stage.started_run().1.steps.len(), 2);
    assert!(stage.sees("在这一步之后停止"));
}

#[test]
fn language_and_theme_change_at_once() {
    let mut stage = Stage::live();
    stage.click("Settings");
    stage.click("简体中文");
    stage.assert_sees("筛选");
    stage.click("设置");
    stage.click("深色");
    assert_eq!(stage.harness.ctx.theme(), eframe::egui::Theme::Dark);
}
