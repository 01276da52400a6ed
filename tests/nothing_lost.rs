//! The afternoon this program was made for, in the real window: an image whose registry has lost it is told to be
//! the last copy, is archived, goes, and comes back. And a window that is killed while it removes.

#![cfg(test)]
#![cfg(feature = "inspection")]

mod carried;
mod engines;
mod gate;
mod registries;
mod window_driver;

use std::path::Path;
use std::time::{Duration, Instant};

use carried::Carried;
use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use gate::{At, Gate, Hold};
use registries::{PASSWORD, Registry, USER, Wants, basic, logins_for};
use serde_json::json;
use window_driver::{Display, Window, said};

fn home_with(logins: &serde_json::Value) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".docker")).unwrap();
    std::fs::write(home.path().join(".docker/config.json"), logins.to_string()).unwrap();
    home
}

fn load(engine: &Engine, tags: &[&str]) -> String {
    let tags: Vec<_> = tags.iter().map(|tag| (*tag).to_owned()).collect();
    let first = tags[0].clone();
    engine.load(&docker_archive(&[Image {
        layers: vec![Layer::busybox(engine.kind)],
        tags,
        ..Image::default()
    }]));
    engine.inspect_image(&first)["Id"].as_str().unwrap().to_owned()
}

/// The tags of an image by its ID, sorted; none where it is not there.
fn tags(engine: &Engine, id: &str) -> Vec<String> {
    let answer = engine.get(&format!("/images/{id}/json"));
    let mut tags: Vec<_> = answer.body["RepoTags"].as_array().into_iter().flatten().collect();
    tags.sort_by_key(|tag| tag.as_str());
    tags.into_iter().map(|tag| tag.as_str().unwrap().to_owned()).collect()
}

/// How the names of the files in a folder end.
fn kinds(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter_map(|path| Some(path.extension()?.to_str()?.to_owned())).collect()
}

/// No file below a folder holds one of these.
fn assert_none_below(folder: &Path, secrets: &[&str]) -> usize {
    let mut searched = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with(".docker") {
                searched += assert_none_below(&path, secrets);
            }
        } else if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            for secret in secrets {
                let found = memchr::memmem::find(&bytes, secret.as_bytes()).is_some();
                assert!(!found, "{secret} in {}", path.display());
            }
            searched += 1;
        }
    }
    searched
}

fn an_afternoon(kind: Kind) {
    let registry = Registry::start(&Wants::Htpasswd);
    let engine = Engine::start_trusting(kind, &[&registry.host]);
    let _reached = Carried::to(&engine, &registry.host);
    let login = json!({"username": USER, "password": PASSWORD});
    let names = ["test/app:1", "prod/app:1"].map(|tail| format!("{}/{tail}", registry.host));
    load(&engine, &names.each_ref().map(String::as_str));
    let digests = names.each_ref().map(|name| engine.push_as(name, &login));
    // As a person has it who pulled it: with the digests that the registry tells.
    for name in &names {
        engine.remove_image(name, false, false).ok();
    }
    for name in &names {
        engine.pull_as(name, &login);
    }
    let id = engine.inspect_image(&names[0])["Id"].as_str().unwrap().to_owned();
    let had = tags(&engine, &id);
    assert_eq!(had.len(), 2);
    let short = &id.strip_prefix("sha256:").unwrap()[..12];
    let at = format!("/v2/test/app/manifests/{}", digests[0]);
    let manifest = registry.ask("GET", &at, "text/plain", b"").json();
    let layer = manifest["layers"][0]["digest"].as_str().unwrap().to_owned();

    let home = home_with(&logins_for(&[&registry.host]));
    let display = Display::start(1280, 1200);
    let trace = [("UNMOOR_LOG", "trace")];
    let mut window = Window::open(&display, home.path(), &["--host", &engine.host], &trace);
    window.resize(1280, 1200);
    window.wait_for("Live");
    window.click(&format!("image {short}"));
    window.wait_for("No registry has been asked yet");
    window.click("Look up");
    window.wait_for("Yes: still on");

    // A part first, then all that leads to it.
    registry.lose(&layer);
    window.click("Look up again");
    window.wait_for("No: this is the last copy anyone can find");
    window.click("What was said of");
    window.wait_for("Broken there: 1 of its parts is missing");
    registry.lose(&digests[0]);
    window.click("Look up again");
    window.wait_for("Gone there");
    window.wait_until_gone("Broken there");

    window.click("Remove… sha256:");
    window.wait_for(&format!("Remove image {short}"));
    window.wait_for("No other copy of it is known: an archive is proposed.");
    window.click("Archive, then untag");
    window.wait_for("This removes the last copy anyone can find");
    window.wait_for("It is saved in an archive before it goes");
    assert_eq!(tags(&engine, &id), had, "nothing goes before the second answer");
    window.click("Archive, then untag");
    window.wait_for("Done as planned");
    assert_eq!(engine.get(&format!("/images/{id}/json")).status, 404);
    window.click("Done");
    window.wait_until_gone(&format!("image {short}"));

    window.click("Settings");
    window.click("Archives…");
    window.click(&format!("Restore image {short}"));
    window.wait_for(&format!("Image {short} is back, with the ID it had"));
    assert_eq!(tags(&engine, &id), had, "the same image under the same names");
    drop(window);
    let searched = assert_none_below(home.path(), &[PASSWORD, basic().strip_prefix("Basic ").unwrap()]);
    assert!(searched > 5, "only {searched} files were searched");
    assert!(said(home.path()).contains("TRACE"), "the log is on");
}

#[test]
fn what_its_registry_lost_is_told_archived_removed_and_brought_back_on_docker_28() {
    an_afternoon(Kind::Docker28);
}

#[test]
fn what_its_registry_lost_is_told_archived_removed_and_brought_back_on_a_containerd_store() {
    an_afternoon(Kind::Docker28Containerd);
}

#[test]
fn what_its_registry_lost_is_told_archived_removed_and_brought_back_on_podman() {
    an_afternoon(Kind::Podman5);
}

/// Where the login of a person is kept.
#[derive(Clone, Copy, PartialEq)]
enum Kept {
    InFile,
    ByHelper,
}

/// A program that has the login, and writes down whom it was asked for.
fn helper(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let answer = json!({"ServerURL": "", "Username": USER, "Secret": PASSWORD});
    let asked = folder.join("asked");
    let script = format!("#!/bin/sh\ncat >>'{}'\necho '{answer}'\n", asked.display());
    let path = folder.join("docker-credential-kept");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// How many layers and configurations a registry gave to somebody whose login it knows, by its log. That is an
/// engine: this program asks for manifests only.
fn let_in(log: &str) -> usize {
    let words = ["\"authorized request\"", "http.request.method=GET", "/v2/test/app/blobs/"];
    log.lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
}

fn pulled_back(kind: Kind, kept: Kept) {
    let registry = Registry::start(&Wants::Htpasswd);
    let engine = Engine::start_trusting(kind, &[&registry.host]);
    let _reached = Carried::to(&engine, &registry.host);
    let login = json!({"username": USER, "password": PASSWORD});
    let name = format!("{}/test/app:1", registry.host);
    load(&engine, &[&name]);
    engine.push_as(&name, &login);
    engine.remove_image(&name, false, false).ok();
    engine.pull_as(&name, &login);
    engine.tag(&name, "index.qbox.me/test/app:1");
    let id = engine.inspect_image(&name)["Id"].as_str().unwrap().to_owned();
    let (short, had) = (&id.strip_prefix("sha256:").unwrap()[..12], tags(&engine, &id));
    assert_eq!(had.len(), 2);

    let helpers = tempfile::tempdir().unwrap();
    helper(helpers.path());
    let path = format!("{}:{}", helpers.path().display(), std::env::var("PATH").unwrap());
    let home = home_with(&json!({}));
    let config = home.path().join(".docker/config.json");
    let display = Display::start(1280, 1000);
    let environment = [("UNMOOR_LOG", "trace"), ("PATH", path.as_str())];
    let mut window = Window::open(&display, home.path(), &["--host", &engine.host], &environment);
    window.wait_for("Live");
    window.click(&format!("image {short}"));
    window.click("Remove… sha256:");
    window.wait_for(&format!("Remove image {short}"));
    window.click("Untag ");
    window.wait_for("Done as planned");
    assert_eq!(engine.get(&format!("/images/{id}/json")).status, 404);
    window.click("Done");

    // To somebody without a login the registry gives nothing.
    let before = registry.log();
    window.click("Undo the last run");
    window.click("Undo in ");
    window.wait_for("Not everything could be undone");
    assert_eq!(let_in(&registry.log()[before.len()..]), 0);
    assert_eq!(engine.get(&format!("/images/{id}/json")).status, 404);
    window.click("Done");

    // What is kept meanwhile is read when it is needed.
    let logins = match kept {
        Kept::InFile => logins_for(&[&registry.host]),
        Kept::ByHelper => json!({"credHelpers": {&registry.host: "kept"}}),
    };
    std::fs::write(&config, logins.to_string()).unwrap();
    let before = registry.log();
    window.click("Undo the last run");
    window.click("Undo in ");
    window.wait_for("3 of 3 steps done");
    let mut has = tags(&engine, &id);
    // A containerd store gives what was pulled by its digest that for a tag, too.
    has.retain(|tag| !tag.contains('@'));
    assert_eq!(has, had, "the same image under the same names");
    assert!(let_in(&registry.log()[before.len()..]) > 0, "the engine was given the login");
    let asked = std::fs::read_to_string(helpers.path().join("asked")).unwrap_or_default();
    assert_eq!(asked.contains(&registry.host), kept == Kept::ByHelper, "{asked}");
    assert!(said(home.path()).contains("TRACE"), "the log is on");
    drop(window);
    let searched = assert_none_below(home.path(), &[PASSWORD, basic().strip_prefix("Basic ").unwrap()]);
    assert!(searched > 3, "only {searched} files were searched");
}

#[test]
fn what_its_registry_still_has_is_pulled_back_with_the_login_in_the_docker_config() {
    for kind in [Kind::Docker28, Kind::Docker28Containerd, Kind::Podman5] {
        pulled_back(kind, Kept::InFile);
    }
}

#[test]
fn what_its_registry_still_has_is_pulled_back_with_the_login_of_a_credential_helper() {
    for kind in [Kind::Docker28, Kind::Podman5] {
        pulled_back(kind, Kept::ByHelper);
    }
}

/// A window that ends in the middle of its second request of three, and the next one.
fn killed(kind: Kind, at: At) {
    const NAMES: [&str; 3] =
        ["index.qbox.me/crash/app:1", "index.qbox.me/crash/app:2", "index.qbox.me/crash/app:3"];
    let engine = engines::lock(kind);
    let id = load(&engine, &NAMES);
    let short = &id.strip_prefix("sha256:").unwrap()[..12];
    let home = home_with(&json!({}));
    let display = Display::start(1280, 1000);
    let gate = Gate::before(&engine, Hold { begins: "DELETE ".to_owned(), number: 1, at });
    let mut window = Window::open(&display, home.path(), &["--host", &gate.host], &[]);
    window.wait_for("Live");
    window.click(&format!("image {short}"));
    window.click("Remove… sha256:");
    window.click("Untag ");
    gate.wait();
    window.kill();
    let left = if at == At::Request { &NAMES[1..] } else { &NAMES[2..] };
    assert_eq!(tags(&engine, &id), left);

    // By another way to the same engine, which tells that it is the same; Podman cannot tell it.
    let again = if kind.is_podman() { &gate.host } else { &engine.host };
    let mut window = Window::open(&display, home.path(), &["--host", again], &[]);
    window.wait_for("A run was cut off: its end was never written");
    window.wait_for("1 of 3 steps were done for certain.");
    let seen = if at == At::Request { "it was not done" } else { "it was done" };
    window.wait_for(&format!(
        "Step 2 (Untag {}) was sent, and its answer never came. The listing shows that {seen}.",
        NAMES[1]
    ));
    window.click("Show in the journal");
    window.wait_for("Cut off after 1 of 3 steps");
    window.click("Close");
    window.click("Undo the last run");
    window.click("Undo in ");
    window.wait_for("Undone");
    assert_eq!(tags(&engine, &id), NAMES);
    window.click("Done");
    window.click("Understood");
    window.wait_until_gone("A run was cut off");
    let journal = home.path().join(".local/share/unmoor/journal");
    let limit = Instant::now() + Duration::from_mins(1);
    while kinds(&journal).iter().any(|kind| kind == "running") {
        assert!(Instant::now() < limit, "what was understood is not written down");
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(window);
    // It is not told again.
    let mut window = Window::open(&display, home.path(), &["--host", again], &[]);
    window.wait_for("Live");
    assert!(window.find("A run was cut off").is_none());
}

#[test]
fn a_window_that_is_killed_before_a_step_reached_the_engine_tells_so_at_the_next_start() {
    for kind in Kind::ALL {
        killed(kind, At::Request);
    }
}

#[test]
fn a_window_that_is_killed_before_an_answer_came_tells_so_at_the_next_start() {
    for kind in Kind::ALL {
        killed(kind, At::Answer);
    }
}
