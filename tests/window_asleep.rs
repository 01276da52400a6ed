//! The real window, stopped for as long as a machine that sleeps: what changed meanwhile nobody told, and the
//! connections that it had are dead without a word.

#![cfg(test)]
#![cfg(target_os = "linux")]
#![cfg(feature = "inspection")]

mod engines;
mod forward;
mod window_driver;

use std::process::Command;
use std::time::Duration;

use engines::Kind;
use engines::archive::{Image, Layer, docker_archive};
use forward::Forward;
use window_driver::{Display, Window, said};

/// Longer than any wait of a busy machine is taken for.
const ASLEEP: Duration = Duration::from_secs(20);

fn signal(window: &Window, signal: &str) {
    let status = Command::new("kill").arg(format!("-{signal}")).arg(window.pid().to_string()).status();
    assert!(status.unwrap().success());
}

#[test]
fn a_window_that_wakes_up_shows_what_is_there_now_and_removes_by_that() {
    let engine = engines::lock(Kind::Docker28);
    let image = |name: &str| Image {
        layers: vec![Layer::filled(name, 700)],
        tags: vec![format!("docker.io/library/{name}:1")],
        ..Image::default()
    };
    engine.load(&docker_archive(&[image("goes"), image("leaves"), image("stays")]));
    let short =
        |name: &str| engine.inspect_image(name)["Id"].as_str().unwrap()["sha256:".len()..][..12].to_owned();
    let (goes, leaves) = (short("goes:1"), short("leaves:1"));
    let forward = Forward::to(engine.socket());
    let home = tempfile::tempdir().unwrap();
    let display = Display::start(1280, 900);
    let log = [("UNMOOR_LOG", "info")];
    let mut window = Window::open(&display, home.path(), &["--host", &forward.host], &log);
    window.wait_for("Live");
    window.wait_for(&format!("image {leaves}, leaves:1"));

    signal(&window, "STOP");
    forward.lose_connections();
    engine.remove_image("leaves:1", false, false);
    engine.tag("docker.io/library/goes:1", "docker.io/library/goes:2");
    std::thread::sleep(ASLEEP);
    signal(&window, "CONT");

    window.wait_for(&format!("image {goes}, 2 names"));
    window.wait_until_gone(&format!("image {leaves}"));
    window.wait_for("Live");
    assert!(said(home.path()).contains("this machine slept"), "{}", said(home.path()));

    window.click(&format!("image {goes}"));
    window.click("Remove… sha256:");
    window.wait_for(&format!("Remove image {goes}"));
    window.click("Untag 2");
    window.wait_for("Done as planned");
    assert_eq!(engine.get("/images/goes:1/json").status, 404);
    assert_eq!(engine.get("/images/stays:1/json").status, 200);
}
