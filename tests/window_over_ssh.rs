//! The real window on an engine behind a real ssh server: what it shows, what it does, and how it takes the end of
//! every connection.

#![cfg(test)]
#![cfg(target_os = "linux")]
#![cfg(feature = "inspection")]

mod engines;
mod remote;
mod window_driver;

use std::os::unix::fs::symlink;

use engines::Kind;
use engines::archive::{Image, Layer, docker_archive};
use remote::Home;
use remote::ssh::Sshd;
use window_driver::{Display, Window};

#[test]
fn the_window_shows_follows_and_changes_an_engine_over_ssh_and_survives_the_connection() {
    let engine = engines::lock(Kind::Docker28);
    let image = |name: &str| Image {
        layers: vec![Layer::filled(name, 700)],
        tags: vec![format!("docker.io/library/{name}:1")],
        ..Image::default()
    };
    engine.load(&docker_archive(&[image("goes"), image("stays")]));
    let home = Home::new();
    home.write("there/.keep", "");
    symlink(Kind::Docker28.root().join("usr/bin/docker"), home.path("there/docker")).unwrap();
    let there = format!("{}:/usr/bin:/bin", home.path("there").display());
    let sshd = Sshd::start(&there, &[("DOCKER_HOST", &engine.host)]);
    let path = format!("{}:{}", sshd.client().display(), std::env::var("PATH").unwrap());
    let display = Display::start(1280, 900);
    let mut window = Window::open(&display, &home.path(""), &["--host", "ssh://box"], &[("PATH", &path)]);
    window.wait_for("Live");
    let id = engine.inspect_image("goes:1")["Id"].as_str().unwrap()["sha256:".len()..][..12].to_owned();
    window.wait_for(&format!("image {id}, goes:1"));
    keep_picture(&mut window, "live");

    engine.tag("docker.io/library/goes:1", "docker.io/library/goes:2");
    window.wait_for(&format!("image {id}, 2 names"));

    // Whoever is logged in is thrown out; the server goes on.
    sshd.hang_up();
    window.wait_for("The engine no longer answers");
    keep_picture(&mut window, "gone");
    window.wait_for("Live");
    window.wait_until_gone("The engine no longer answers");

    window.click(&format!("image {id}"));
    window.click("Remove… sha256:");
    window.wait_for(&format!("Remove image {id}"));
    window.click("Untag 2");
    window.wait_for("Done as planned");
    assert_eq!(engine.get("/images/goes:1/json").status, 404);
    assert_eq!(engine.get("/images/stays:1/json").status, 200);
    window.click("Done");

    // And now nothing is closed: the other side only says nothing any more.
    sshd.signal("STOP");
    window.wait_for("The engine no longer answers");
    engine.tag("docker.io/library/stays:1", "docker.io/library/stays:2");
    sshd.signal("CONT");
    let stays = engine.inspect_image("stays:1")["Id"].as_str().unwrap()["sha256:".len()..][..12].to_owned();
    window.wait_for(&format!("image {stays}, 2 names"));
    window.wait_for("Live");

    // The picker lists it as what it is.
    window.click("Engine: ");
    window.wait_for("Engines");
    window.wait_for("ssh://box");
    keep_picture(&mut window, "picker");
}

/// For somebody to look at, if asked for.
fn keep_picture(window: &mut Window, name: &str) {
    if let Some(folder) = std::env::var_os("UNMOOR_PICTURES") {
        let path = std::path::Path::new(&folder).join(format!("ssh-{name}.png"));
        std::fs::write(path, window.screenshot()).unwrap();
    }
}
