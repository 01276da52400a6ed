//! Engines that are chosen, fail and come back.

use eframe::egui::{Key, Modifiers};
use unmoor::message::{Command, Endpoint, Event, FailureKind, ListingProgress};
use unmoor::model::{Failure, Section};
use unmoor::ui::text;

use super::{NODE, live_with, origin};
use crate::engine_choice as engines;
use crate::stage::{Stage, failure};
use crate::tour::{NOW, worlds};

pub fn first_listing(stage: &mut Stage) {
    stage.connect();
    stage.tell(Event::Listing { generation: stage.generation, progress: ListingProgress::Lists });
}

pub fn reading_layers(stage: &mut Stage) {
    live_with(stage, worlds::many(600));
    let progress = ListingProgress::Layers { read: 212, of: 600 };
    stage.tell(Event::Listing { generation: stage.generation, progress });
}

pub fn empty_engine(stage: &mut Stage) {
    live_with(stage, worlds::empty());
}

pub fn sample_instead(stage: &mut Stage, tried: Vec<unmoor::message::Failure>) {
    stage.tell(Event::NoEngine { generation: stage.generation, tried, unchosen: false });
    stage.expect_connect(&Endpoint::Sample);
    let (generation, engine) = (stage.generation, stage.sample.info());
    stage.tell(Event::Connected { generation, host: String::new(), engine });
    stage.observe();
}

pub fn no_engine(stage: &mut Stage) {
    let missing = "No such file or directory (os error 2)";
    let mut tried = vec![failure(FailureKind::SocketMissing, missing)];
    for host in ["unix:///run/user/1000/docker.sock", "unix:///run/user/1000/podman/podman.sock"] {
        let host = host.to_owned();
        tried.push(unmoor::message::Failure { host, ..failure(FailureKind::SocketMissing, missing) });
    }
    sample_instead(stage, tried);
}

pub fn no_engine_but_others(stage: &mut Stage) {
    let missing = failure(FailureKind::SocketMissing, "No such file or directory (os error 2)");
    sample_instead(stage, vec![missing]);
    stage.find(engines::some());
}

pub fn stood_in_for(stage: &mut Stage) {
    let tried = vec![failure(FailureKind::SocketMissing, "No such file or directory (os error 2)")];
    stage.tell(Event::NoEngine { generation: stage.generation, tried, unchosen: true });
    stage.find(engines::some());
    stage.expect_connect(&Endpoint::Host(engines::COLIMA.to_owned()));
    let (generation, engine) = (stage.generation, engines::docker("C"));
    stage.tell(Event::Connected { generation, host: engines::COLIMA.to_owned(), engine: engine.clone() });
    let inventory = unmoor::model::Inventory { engine, ..stage.sample.inventory() };
    stage.observe_this(inventory);
}

pub fn choose_engine(stage: &mut Stage) {
    origin(stage);
    stage.harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    stage.settle();
    stage.find(engines::some());
}

pub fn choose_engine_typed(stage: &mut Stage) {
    choose_engine(stage);
    stage.type_into(&text::look_up("engines.other"), "ssh://-oProxyCommand=x");
}

pub fn permission_denied(stage: &mut Stage) {
    sample_instead(stage, vec![failure(FailureKind::PermissionDenied, "Permission denied (os error 13)")]);
}

pub fn listing_failed(stage: &mut Stage) {
    origin(stage);
    stage.key(Key::F5);
    let Command::Refresh { generation } = stage.command() else { panic!("F5 refreshes") };
    let failure = failure(FailureKind::TimedOut, "no answer within 30 s");
    stage.tell(Event::ListingFailed { generation, failure });
}

pub fn first_listing_failed(stage: &mut Stage) {
    stage.connect();
    let failure = failure(FailureKind::Status(500), "error listing images: layer store is locked");
    stage.tell(Event::ListingFailed { generation: stage.generation, failure });
}

pub fn partial(stage: &mut Stage) {
    let mut inventory = stage.sample.inventory();
    let seen = inventory.containers.seen().clone();
    inventory.containers = Section::Failed {
        why: "list containers: status 500: open /var/lib/docker/containers: input/output error".to_owned(),
        partial: seen,
    };
    live_with(stage, inventory);
    stage.click(NODE);
}

pub fn gone(stage: &mut Stage) {
    let failure = failure(FailureKind::ConnectionLost, "broken pipe (os error 32)");
    stage.tell(Event::EngineGone { generation: stage.generation, failure });
}

pub fn engine_gone(stage: &mut Stage) {
    origin(stage);
    gone(stage);
}

/// A proxy for the socket lets lists through, and no news.
pub fn events_forbidden(stage: &mut Stage) {
    origin(stage);
    let words = "403 Forbidden Request forbidden by administrative rules.";
    let operation = "watch for changes".to_owned();
    let forbidden = Some(Failure { operation, ..failure(FailureKind::Status(403), words) });
    stage.tell(Event::Unwatched { generation: stage.generation, forbidden });
}

pub fn trying_again(stage: &mut Stage) {
    engine_gone(stage);
    stage.tell(Event::TryingAgain { generation: stage.generation, seconds: 4 });
}

/// A start while the engine has not answered yet.
pub fn remembered(stage: &mut Stage) {
    let inventory = std::sync::Arc::new(stage.sample.inventory());
    let observation = unmoor::worker::observation(inventory);
    let host = "unix:///var/run/docker.sock".to_owned();
    let at = NOW - 8 * 3600;
    stage.tell(Event::Remembered { generation: stage.generation, host, at, observation });
    stage.click(NODE);
}

pub fn remembered_gone(stage: &mut Stage) {
    remembered(stage);
    let failure = failure(FailureKind::SocketMissing, "No such file or directory (os error 2)");
    stage.tell(Event::EngineGone { generation: stage.generation, failure });
    stage.tell(Event::TryingAgain { generation: stage.generation, seconds: 9 });
}

pub fn worker_lost(stage: &mut Stage) {
    origin(stage);
    stage.close_channel();
}
