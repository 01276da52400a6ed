//! What engines that stand in for each other have, and what is seen of them.

#![cfg(test)]
#![cfg(unix)]

use std::time::Duration;

use unmoor::model::ImageId;
use unmoor::state::{AppState, Dialog};

use crate::engines::Engine;
use crate::engines::archive::{Image, Layer, docker_archive};

pub const NAMES: [&str; 2] = ["docker.io/library/goes:1", "docker.io/library/goes:2"];
pub const LIMIT: Duration = Duration::from_mins(1);

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// One image with two names, and others that only this engine has; the ID of the first.
pub fn load(engine: &Engine, own: usize) -> ImageId {
    let image = |layer: &str, tags: Vec<String>| Image {
        layers: vec![Layer::filled(layer, 700)],
        tags,
        ..Image::default()
    };
    let mut images = vec![image("goes", NAMES.map(str::to_owned).to_vec())];
    images.extend((0..own).map(|n| image(&format!("own {n}"), vec![format!("docker.io/library/own{n}:1")])));
    engine.load(&docker_archive(&images));
    ImageId::parse(engine.inspect_image(NAMES[0])["Id"].as_str().unwrap()).unwrap()
}

pub fn is_there(engine: &Engine, name: &str) -> bool {
    engine.get(&format!("/images/{name}/json")).status == 200
}

pub fn images(state: &AppState) -> usize {
    state.graph().map_or(0, |graph| graph.images().len())
}

pub fn is_paused(state: &AppState) -> bool {
    matches!(&state.dialog, Dialog::Running(run) if run.paused.is_some())
}
