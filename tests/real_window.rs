//! The program as a person meets it: the real window, on a real engine, with the origin case, from the
//! first look to the last Deleted line.

#![cfg(test)]
#![cfg(feature = "inspection")]

mod engines;
mod window_driver;

use std::path::PathBuf;

use engines::Kind;
use engines::archive::Layer;
use window_driver::{Display, Window};

struct Home(PathBuf);

impl Home {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("unmoor-home-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

/// The outcome is held against the engine's own lists, not against what the window says.
fn from_launch_to_the_last_deleted_line(kind: Kind) {
    let engine = engines::lock(kind);
    let origin = engines::origin::build_origin_case(&engine, true);
    let short = &origin.image["sha256:".len()..][..12];
    // High enough for every holder: a containerd store and Podman show a digest beside each of the seven names.
    let display = Display::start(1280, 1500);
    let home = Home::new(kind.name());
    let mut window = Window::open(&display, &home.0, &["--host", &engine.host], &[]);
    window.resize(1280, 1500);

    window.wait_for("Live");
    let names = engine.inspect_image(&origin.image);
    let count = |list: &str| names[list].as_array().map_or(0, Vec::len);
    // Elsewhere a digest is no name of its own.
    let held_by = match kind {
        Kind::Docker20 | Kind::Docker28 => count("RepoTags") + count("RepoDigests"),
        Kind::Docker28Containerd | Kind::Podman5 => count("RepoTags"),
    };
    window.click(&format!("image {short}, {held_by} names, in use by 3 containers, Refused"));
    window.wait_for("What holds it");
    for holder in ["web-1", "web-2", "web-3", "ubuntu:latest", "cs-kirk/nginx:latest"] {
        window.wait_for(holder);
    }
    assert!(window.find("web-2").is_some_and(|f| f.label.contains("never by force")));

    window.click("Remove… sha256:");
    window.wait_for(&format!("Remove image {short}"));
    let deed = format!("Untag {held_by}, remove 3 containers and 1 image");
    window.click(&deed);
    window.wait_for("Done as planned");
    // The line of the engine: Docker's digests are shortened, Podman's IDs stand longer than elsewhere.
    window.wait_for(&match kind {
        Kind::Docker20 | Kind::Docker28 | Kind::Docker28Containerd => format!("sha256:{short}"),
        Kind::Podman5 => origin.image["sha256:".len()..][..20].to_owned(),
    });
    window.wait_for(&format!("Remove image {short} · 11 of 11 steps done"));

    assert_eq!(engine.get(&format!("/images/{}/json", origin.image)).status, 404);
    assert_eq!(engine.containers().as_array().unwrap().len(), 0);
    assert_eq!(
        engine.get(&format!("/images/{}/json", origin.other_image)).status,
        200,
        "the other image stays"
    );
    window.click("Done");
    window.wait_until_gone(&format!("image {short}"));
    let other = &origin.other_image["sha256:".len()..][..12];
    window.wait_for(&format!("image {other}"));
    window.click("Show activity");
    window.wait_for("Removal done: all 11 steps as planned");
}

#[test]
fn the_origin_case_goes_step_by_step_on_docker_20() {
    from_launch_to_the_last_deleted_line(Kind::Docker20);
}

#[test]
fn the_origin_case_goes_step_by_step_on_docker_28() {
    from_launch_to_the_last_deleted_line(Kind::Docker28);
}

#[test]
fn the_origin_case_goes_step_by_step_on_docker_28_containerd() {
    from_launch_to_the_last_deleted_line(Kind::Docker28Containerd);
}

#[test]
fn the_origin_case_goes_step_by_step_on_podman_5() {
    from_launch_to_the_last_deleted_line(Kind::Podman5);
}

#[test]
fn what_another_client_does_shows_without_asking() {
    let engine = engines::lock(Kind::Docker28);
    let origin = engines::origin::build_origin_case(&engine, false);
    let short = &origin.image["sha256:".len()..][..12];
    let display = Display::start(1280, 800);
    let home = Home::new("live");
    let mut window = Window::open(&display, &home.0, &["--host", &engine.host], &[]);
    window.wait_for(&format!("image {short}, 10 names, not in use"));
    engine.tag(&origin.image, "another.example/name:1");
    window.wait_for(&format!("image {short}, 11 names, not in use"));
    engine.create_container("web-9", &origin.image, serde_json::json!({}));
    window.wait_for(&format!("image {short}, 11 names, in use by 1 container"));
}

#[test]
fn another_engine_is_chosen_in_the_window_and_remembered() {
    let (docker, podman) = (engines::lock(Kind::Docker28), engines::lock(Kind::Podman5));
    let row = |id: &str| format!("image {}", &id.trim_start_matches("sha256:")[..12]);
    let on_docker = row(&docker.import(&Layer::filled("docker", 10).tar, Some("docker-only:1")));
    let on_podman = row(&podman.import(&Layer::filled("podman", 10).tar, Some("podman-only:1")));
    let home = Home::new("choice");
    let place = |below: &str, engine: &engines::Engine| {
        let path = home.0.join(below);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(engine.socket(), &path).unwrap();
        format!("unix://{}", path.display())
    };
    let (colima, rancher) =
        (place(".colima/default/docker.sock", &docker), place(".rd/docker.sock", &podman));
    let display = Display::start(1280, 800);
    let mut window = Window::open(&display, &home.0, &["--host", &colima], &[]);
    window.wait_for(&on_docker);
    window.click("Engine: Docker Engine");
    window.wait_for("Colima · default: Docker Engine 28");
    window.click("Rancher Desktop: Podman Engine");
    window.wait_for(&on_podman);
    assert!(window.find(&on_docker).is_none(), "two inventories are mixed");
    let settings = home.0.join(".config/unmoor/settings.json");
    let began = std::time::Instant::now();
    while !std::fs::read_to_string(&settings).is_ok_and(|text| text.contains(&rancher)) {
        assert!(began.elapsed() < std::time::Duration::from_mins(1), "the choice was not kept");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    drop(window);
    let mut window = Window::open(&display, &home.0, &[], &[]);
    window.wait_for(&on_podman);
}

#[test]
fn without_an_engine_the_sample_opens_and_says_what_was_tried() {
    let display = Display::start(1280, 800);
    let home = Home::new("none");
    let mut window = Window::open(&display, &home.0, &["--host", "unix:///no/such/engine.sock"], &[]);
    window.wait_for("image e9d3f7300f03, 10 names");
    let said = window.named().into_iter().any(|f| f.label.contains("/no/such/engine.sock"));
    assert!(said, "the banner names the address that was tried");
}
