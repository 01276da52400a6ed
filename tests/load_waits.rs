//! An engine on another machine whose disk is slow takes nothing of a load for a while: it is waited for.

#![cfg(test)]
#![cfg(unix)]

mod driven_worker;
mod engines;
mod folders;
mod forward;

use std::sync::Arc;
use std::time::Duration;

use driven_worker::Driven;
use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use forward::Forward;
use unmoor::archive::{Limits, Wish, wanted};
use unmoor::message::{Command, Event, JobId, RunOptions};
use unmoor::model::ImageId;
use unmoor::plan::{Ended, Way, plan_removal};
use unmoor::rules::{Target, World};

const NAME: &str = "docker.io/library/goes:1";
/// Longer than a request of a step is waited for that nobody takes.
const STALL: Duration = Duration::from_secs(70);
/// More than what the system takes on the way.
const SIZE: usize = 64 << 20;

#[test]
fn a_load_that_is_not_taken_for_a_while_is_waited_for() {
    let engine = Engine::start(Kind::Docker28);
    let layers = vec![Layer::filled("goes", SIZE)];
    engine.load(&docker_archive(&[Image { layers, tags: vec![NAME.to_owned()], ..Image::default() }]));
    let goes = ImageId::parse(engine.inspect_image(NAME)["Id"].as_str().unwrap()).unwrap();
    let forward = Forward::to(engine.socket());
    let mut window = Driven::open(&forward.host);
    window.until(|event| matches!(event, Event::Connected { .. }).then_some(()));
    let graph = window.refreshed();
    let world = World::new(Arc::clone(&graph));
    let plan = plan_removal(&world, &[Target::Image(goes.clone())], Way::Ordered, true).unwrap();
    let (images, at_most) = wanted(&plan, &graph);
    let wish = Wish { images, at_most, limits: Limits::default(), may_drop: Vec::new() };
    window.start(&plan, RunOptions { archive: Some(Box::new(wish)), ..RunOptions::default() });
    assert_eq!(window.ended().0.ended, Ended::Completed);
    let archive = window.archives().newest_of(&goes).expect("it was archived").id.clone();
    forward.stall_loads();
    window.send(Command::RestoreArchived { job: JobId(9), archive, image: goes });
    std::thread::sleep(STALL);
    forward.take_loads();
    let restored = window.until(|event| {
        let Event::RestoreEnded { result, .. } = event else { return None };
        Some(result.clone())
    });
    assert!(restored.is_ok_and(|restored| !restored.was_there));
}
