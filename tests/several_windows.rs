//! A window beside another, each for its own real engine: what runs in one is not left behind for the other, and
//! closing one leaves the other as it is.

#![cfg(test)]
#![cfg(feature = "inspection")]
#![cfg(target_os = "linux")]

mod engines;
mod gate;
mod window_driver;

use std::time::{Duration, Instant};

use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use gate::{At, Gate, Hold};
use serde_json::Value;
use window_driver::desktop::Desktop;
use window_driver::{Display, Window};

/// Of an image that is loaded under this name; twelve digits, as they stand in the tree.
fn load(engine: &Engine, name: &str) -> String {
    engine.load(&docker_archive(&[Image {
        layers: vec![Layer::filled(name.rsplit_once('/').unwrap().1, 300_000)],
        tags: vec![name.to_owned()],
        ..Image::default()
    }]));
    let id = engine.inspect_image(name)["Id"].as_str().unwrap().to_owned();
    id.trim_start_matches("sha256:")[..12].to_owned()
}

/// Waits until these are the windows, each told by the beginning of its title.
fn wait_for_windows(desktop: &Desktop, wanted: &[&str]) {
    let limit = Instant::now() + Duration::from_mins(1);
    loop {
        let titles = desktop.titles();
        let is_there = |wanted: &&str| titles.iter().any(|title| title.starts_with(wanted));
        if titles.len() == wanted.len() && wanted.iter().all(is_there) {
            return;
        }
        assert!(Instant::now() < limit, "{wanted:?} are not the windows: {titles:?}");
        std::thread::sleep(Duration::from_millis(30));
    }
}

#[test]
fn a_window_for_each_engine_goes_on_without_the_others() {
    let (docker, podman) = (engines::lock(Kind::Docker28), engines::lock(Kind::Podman5));
    let on_docker = load(&docker, "registry.example/on-docker/one:1");
    let hold = Hold { begins: "DELETE /".to_owned(), number: 0, at: At::Opened };
    let gate = Gate::before(&docker, hold);
    let home = tempfile::tempdir().unwrap();
    let display = Display::start(1360, 1040);
    let desktop = Desktop::of(&display);
    let variables = [("CONTAINER_HOST", podman.host.as_str())];
    let mut window = Window::open(&display, home.path(), &["--host", &gate.host], &variables);
    window.resize(1280, 1000);
    window.wait_for(&format!("image {on_docker}"));

    window.click("Engine: ");
    window.click("Open CONTAINER_HOST in a window of its own");
    wait_for_windows(&desktop, &["Docker Engine", "Podman Engine"]);

    // What runs in a window is never left behind, though there is another.
    window.click(&format!("image {on_docker}"));
    window.click("Remove… sha256:");
    window.click("Untag 1, remove 1 image");
    gate.wait();
    desktop.close("Docker Engine");
    window.wait_for("The window closes when this run has ended.");
    wait_for_windows(&desktop, &["Docker Engine", "Podman Engine"]);
    gate.open();
    wait_for_windows(&desktop, &["Podman Engine"]);
    assert_eq!(docker.images(), Value::Array(Vec::new()));

    assert!(window.wait_for_end().success());
    desktop.close("Podman Engine");
    wait_for_windows(&desktop, &[]);
}
