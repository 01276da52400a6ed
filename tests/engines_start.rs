//! The private engines themselves: they start, are what they claim to be, and leave nothing behind.

#![cfg(test)]

mod engines;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use engines::archive::{Image, Layer, docker_archive};
use engines::origin::{OTHER_TAG, PUSHED, TAGS, build_origin_case};
use engines::{Engine, Kind};
use serde_json::{Value, json};

#[test]
fn all_engines_start_together_within_ten_seconds() {
    // Not part of what is measured.
    for kind in Kind::ALL {
        kind.root();
    }
    let start = Instant::now();
    let engines = std::thread::scope(|scope| {
        Kind::ALL.map(|kind| scope.spawn(move || Engine::start(kind))).map(|thread| thread.join().unwrap())
    });
    assert!(start.elapsed() < Duration::from_secs(10), "it took {:?}", start.elapsed());
    for engine in &engines {
        let version = engine.get("/version").ok().body["Version"].as_str().unwrap().to_owned();
        let expected = match engine.kind {
            Kind::Docker20 => "20.10.",
            Kind::Docker28 | Kind::Docker28Containerd => "28.",
            Kind::Podman5 => "5.",
        };
        assert!(version.starts_with(expected), "{} is version {version}", engine.kind.name());
        let info = engine.get("/info").ok().body;
        let marker = json!(["driver-type", "io.containerd.snapshotter.v1"]);
        // The vfs driver has no status at all.
        let containerd = info["DriverStatus"].as_array().is_some_and(|status| status.contains(&marker));
        assert_eq!(
            containerd,
            engine.kind.has_containerd_store(),
            "{}: {}",
            engine.kind.name(),
            info["DriverStatus"]
        );
        assert_eq!(engine.images(), json!([]), "{} starts empty", engine.kind.name());
    }
    let dirs = engines.each_ref().map(|engine| engine.dir.clone());
    drop(engines);
    for dir in dirs {
        assert!(!dir.exists(), "{} is left", dir.display());
    }
}

#[test]
fn the_origin_case_has_its_shape_on_every_engine() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        let origin = build_origin_case(&engine, true);
        let images = engine.images();
        assert_eq!(images.as_array().unwrap().len(), 2, "{images}");
        let (image, other) = (by_id(&images, &origin.image), by_id(&images, &origin.other_image));
        assert_eq!(names(&image["RepoTags"]), TAGS.map(str::to_owned).into());
        assert_eq!(names(&other["RepoTags"]), [OTHER_TAG.to_owned()].into());
        let digest_references = |pushed: &[&str], digest: &str| -> BTreeSet<String> {
            pushed.iter().map(|name| format!("{}@{digest}", name.rsplit_once(':').unwrap().0)).collect()
        };
        let listed = names(&image["RepoDigests"]);
        let inspected = names(&engine.inspect_image(&origin.image)["RepoDigests"]);
        match kind {
            Kind::Docker20 | Kind::Docker28 => {
                assert_eq!(listed, digest_references(&PUSHED, &origin.digest));
                assert_eq!(inspected, listed);
            }
            // Both name a digest in every repository, pushed or not; containerd lists only one of them.
            Kind::Docker28Containerd => {
                assert_eq!(inspected, digest_references(&TAGS, &origin.digest));
                assert!(listed.len() == 1 && listed.is_subset(&inspected), "{listed:?}");
            }
            Kind::Podman5 => {
                assert_eq!(listed, digest_references(&TAGS, &origin.digest));
                assert_eq!(inspected, listed);
            }
        }
        assert_eq!(names(&other["RepoDigests"]), digest_references(&[OTHER_TAG], &origin.other_digest));
        let layers = [&origin.image, &origin.other_image]
            .map(|id| engine.inspect_image(id)["RootFS"]["Layers"].clone());
        let layers = layers.each_ref().map(|layers| layers.as_array().unwrap());
        assert_eq!(layers.map(Vec::len), [6, 6]);
        assert_eq!(layers[0][..4], layers[1][..4]);
        assert_ne!(layers[0][4], layers[1][4]);
        let containers = engine.containers();
        let states = origin.containers.unwrap().map(|id| by_id(&containers, &id)["State"].clone());
        assert_eq!(states, ["exited", "running", "created"]);
        assert!(
            containers
                .as_array()
                .unwrap()
                .iter()
                .all(|container| container["ImageID"] == origin.image.as_str())
        );
    }
}

#[test]
fn a_wiped_engine_is_empty() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        let parent = Image { layers: vec![Layer::busybox(kind)], ..Image::default() };
        let child = Image {
            layers: vec![Layer::busybox(kind), Layer::filled("child", 10)],
            tags: vec!["127.0.0.1/child:1".to_owned(), "127.0.0.1/child:2".to_owned()],
            cmd: ["/bin/busybox", "sleep", "3600"].map(str::to_owned).to_vec(),
            parent: Some(parent.id()),
            ..Image::default()
        };
        engine.load(&docker_archive(&[parent, child]));
        let container = engine.create_container("paused", "127.0.0.1/child:1", Value::Null);
        engine.start_container(&container);
        engine.commit(&container, Some("127.0.0.1/committed:1"));
        // Not checked: an ordinary user's containers cannot be paused, for want of a cgroup.
        engine.post(&format!("/containers/{container}/pause"), &Value::Null);
        engine.import(&Layer::filled("imported", 10).tar, None);
        assert!(engine.images().as_array().unwrap().len() >= 3);
        engine.wipe();
        assert_eq!((engine.images(), engine.containers()), (json!([]), json!([])), "{}", kind.name());
    }
}

#[test]
fn a_pushed_image_can_be_pulled_again_by_tag_and_by_digest() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        let origin = build_origin_case(&engine, false);
        engine.wipe();
        engine.pull(PUSHED[0]);
        assert_eq!(engine.inspect_image(PUSHED[0])["Id"], origin.image.as_str(), "{}", kind.name());
        engine.wipe();
        engine.pull(&format!("index.qiniu.com/ubuntu@{}", origin.other_pushed));
        assert!(engine.remove_image(&origin.other_image, false, false).ok().body.is_array());
    }
}

#[test]
fn a_killed_engine_leaves_nothing_behind() {
    for kind in Kind::ALL {
        let mut engine = Engine::start(kind);
        let dir = engine.dir.clone();
        build_origin_case(&engine, true);
        let namespace = namespace_of(&dir);
        // The registry, the engine and what it keeps for the running container are among them.
        assert!(processes_in(&namespace).len() >= 4);
        engine.kill();
        wait_until("the folder is gone", || !dir.exists());
        wait_until("no process is left", || processes_in(&namespace).is_empty());
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
        assert!(!mounts.contains(dir.to_str().unwrap()), "{mounts}");
    }
}

fn by_id<'a>(items: &'a Value, id: &str) -> &'a Value {
    items
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["Id"] == id)
        .unwrap_or_else(|| panic!("no {id} in {items}"))
}

fn names(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// The process namespace of the engine in `dir`, found by its first process, whose arguments name the folder.
fn namespace_of(dir: &Path) -> PathBuf {
    let init = processes().find(|process| {
        let arguments = fs::read(process.join("cmdline")).unwrap_or_default();
        let arguments = String::from_utf8_lossy(&arguments).into_owned();
        arguments.contains("init.sh") && arguments.contains(dir.to_str().unwrap())
    });
    fs::read_link(init.expect("the engine has a first process").join("ns/pid")).unwrap()
}

fn processes_in(namespace: &Path) -> Vec<PathBuf> {
    processes()
        .filter(|process| fs::read_link(process.join("ns/pid")).is_ok_and(|its| its == namespace))
        .collect()
}

fn processes() -> impl Iterator<Item = PathBuf> {
    let is_process = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().parse::<u32>().is_ok();
    fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path()).filter(is_process)
}

#[track_caller]
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
