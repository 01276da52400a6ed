//! Archives on every real engine: what was removed comes back as the same image with the same names, and
//! whatever goes wrong while it is saved, nothing is removed and nothing half is left.

#![cfg(test)]

mod engines;
#[path = "differential/oci.rs"]
mod oci;

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use serde_json::json;
use unmoor::archive::{Archive, ArchiveId, Compared, Given, Limits, NotSaved, Restored, Saved, Wanted, Wish};
use unmoor::engine;
use unmoor::files::Folders;
use unmoor::model::{Endpoint, ImageId, Reference};
use unmoor::worker::archive::{NotRestored, Place, Watcher, restore, save};

const NOW: i64 = 1_767_225_600;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Archives in a folder of their own, and an engine to fill them from.
struct Shop {
    runtime: tokio::runtime::Runtime,
    engine: engine::Engine,
    place: Place,
    folder: tempfile::TempDir,
}

impl Shop {
    fn open(engine: &Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::in_folder(engine, folder)
    }

    fn in_folder(engine: &Engine, folder: tempfile::TempDir) -> Self {
        let runtime = runtime();
        let endpoint = Endpoint::Host(engine.host.clone());
        let engine = runtime.block_on(engine::Engine::connect(&endpoint)).unwrap();
        let folders = Folders { data: Some(folder.path().to_owned()), ..Folders::default() };
        Self { runtime, engine, place: Place::of(&folders).unwrap(), folder }
    }

    /// As the engine lists them now.
    fn wish(&self, images: &[&str]) -> Wish {
        let inventory = self.runtime.block_on(self.engine.list()).unwrap();
        let wanted = images.iter().map(|id| {
            let image = inventory.images.seen().iter().find(|image| image.id.as_str() == *id).unwrap();
            let is_tag = |name: &&Reference| name.tag().is_some() && name.digest().is_none();
            Wanted {
                id: image.id.clone(),
                names: image.references.iter().filter(is_tag).cloned().collect(),
                digests: image.computed_digests.clone(),
                size: image.size,
            }
        });
        let limits = Limits { bytes: None, days: None };
        Wish { images: wanted.collect(), at_most: None, limits, may_drop: Vec::new() }
    }

    fn save(&self, images: &[&str]) -> Result<Saved, NotSaved> {
        let wish = self.wish(images);
        self.runtime.block_on(save(
            &self.engine,
            &self.place,
            &wish,
            NOW,
            Arc::new(|_| ()),
            pin!(std::future::pending()),
        ))
    }

    fn restore(&self, archive: &ArchiveId, image: &str) -> Result<Restored, NotRestored> {
        self.restore_while(archive, image, || true)
    }

    fn restore_while(
        &self,
        archive: &ArchiveId,
        image: &str,
        wanted: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Result<Restored, NotRestored> {
        let (image, watcher) = (ImageId::parse(image).unwrap(), Watcher::new(|_| (), wanted));
        self.runtime.block_on(restore(&self.engine, &self.place, archive, &image, watcher))
    }

    fn record(&self, id: &ArchiveId) -> Archive {
        self.place.record(id).unwrap()
    }

    /// Everything below the folder of the archives.
    fn files(&self) -> Vec<String> {
        files(&self.folder.path().join("archives"))
    }
}

fn files(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn names(engine: &Engine, id: &str) -> Vec<String> {
    let tags = engine.inspect_image(id)["RepoTags"].as_array().cloned().unwrap_or_default();
    let mut names: Vec<_> =
        tags.iter().map(|tag| Reference::parse(tag.as_str().unwrap()).unwrap().full()).collect();
    names.sort();
    names
}

fn id_of(engine: &Engine, name: &str) -> String {
    let id = engine.inspect_image(name)["Id"].as_str().unwrap().to_owned();
    ImageId::parse(&id).unwrap().to_string()
}

fn busybox(kind: Kind, name: &str, tags: &[&str]) -> Image {
    Image {
        layers: vec![Layer::busybox(kind), Layer::filled(name, 40_000)],
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        cmd: vec!["/bin/busybox".to_owned(), "true".to_owned()],
        ..Image::default()
    }
}

fn remove(engine: &Engine, id: &str) {
    engine.remove_image(id, true, true).ok();
    assert_eq!(engine.get(&format!("/images/{id}/json")).status, 404);
}

#[test]
fn a_removed_image_comes_back_with_its_id_and_names_and_its_containers_start_again() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        let tags = ["docker.io/library/app:1", "registry.example.com/team/app:stable"];
        engine.load(&docker_archive(&[busybox(kind, "app", &tags)]));
        let id = id_of(&engine, "app:1");
        let before = names(&engine, &id);
        assert_eq!(before, tags, "{}", kind.name());
        let shop = Shop::open(&engine);
        let saved = shop.save(&[&id]).unwrap();
        assert!(saved.stored.0 > 1000, "{saved:?}");
        assert_eq!(shop.files(), [saved.id.as_str()], "nothing beside it");
        remove(&engine, &id);

        let restored = shop.restore(&saved.id, &id).unwrap();
        assert_eq!((restored.now.as_str(), restored.compared), (id.as_str(), Compared::SameId));
        assert!(restored.has_all_names() && !restored.was_there, "{restored:?}");
        assert_eq!(names(&engine, &id), before, "{}", kind.name());
        let container = engine.create_container("again", "app:1", json!({}));
        engine.start_container(&container);
        engine.wait_container(&container);
        let state = engine.get(&format!("/containers/{container}/json")).ok().body["State"].clone();
        assert_eq!(state["ExitCode"], 0, "{}: {state}", kind.name());

        let again = shop.restore(&saved.id, &id).unwrap();
        assert!(again.was_there, "nothing had to be loaded");
        assert!(again.names.iter().all(|(_, given)| *given == Given::Already), "{again:?}");
    }
}

#[test]
fn a_restore_that_is_cancelled_brings_nothing_or_all() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        let tags = ["docker.io/library/app:1", "docker.io/library/app:2"];
        engine.load(&docker_archive(&[busybox(kind, "app", &tags)]));
        let id = id_of(&engine, "app:1");
        let shop = Shop::open(&engine);
        let saved = shop.save(&[&id]).unwrap();
        remove(&engine, &id);
        let mut cancelled = 0;
        for power in 0.. {
            let asked = AtomicU32::new(0);
            let most = 2_u32.pow(power);
            match shop.restore_while(&saved.id, &id, move || asked.fetch_add(1, Ordering::Relaxed) < most) {
                Err(NotRestored::Cancelled) => {
                    cancelled += 1;
                    assert_eq!(engine.images(), json!([]), "{}, after {most}", kind.name());
                }
                Ok(restored) => {
                    assert!(restored.has_all_names());
                    assert_eq!(names(&engine, &id), tags, "{}, after {most}", kind.name());
                    break;
                }
                Err(other) => panic!("{}, after {most}: {other}", kind.name()),
            }
        }
        assert!(cancelled > 2, "{}: {cancelled}", kind.name());
        assert_eq!(shop.files(), [saved.id.as_str()], "the archive is as it was");
    }
}

#[test]
fn layers_that_images_of_one_removal_share_lie_on_the_disk_once() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        let image = |name: &str| busybox(kind, name, &[&format!("docker.io/library/{name}:1")]);
        engine.load(&docker_archive(&[image("one"), image("two")]));
        let [one, two] = ["one:1", "two:1"].map(|name| id_of(&engine, name));
        let shop = Shop::open(&engine);
        let alone = shop.save(&[&one]).unwrap();
        let both = shop.save(&[&one, &two]).unwrap();
        let record = shop.record(&both.id);
        let layers: Vec<_> =
            record.images.iter().map(|i| i.platforms[0].content.clone().unwrap().layers).collect();
        assert_eq!(layers[0][0], layers[1][0], "they share their base");
        assert!(
            both.stored.0 < alone.stored.0 + alone.stored.0 / 4,
            "{}: {} alone and {} together",
            kind.name(),
            alone.stored,
            both.stored
        );
        for id in [&one, &two] {
            remove(&engine, id);
        }
        for id in [&one, &two] {
            assert_eq!(shop.restore(&both.id, id).unwrap().compared, Compared::SameId);
        }
        assert_eq!(names(&engine, &one), ["docker.io/library/one:1"]);
    }
}

#[test]
fn an_image_without_a_name_comes_back_without_one() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        engine.load(&docker_archive(&[busybox(kind, "nameless", &[])]));
        let id = engine.images()[0]["Id"].as_str().unwrap().to_owned();
        let id = ImageId::parse(&id).unwrap().to_string();
        let shop = Shop::open(&engine);
        let saved = shop.save(&[&id]).unwrap();
        remove(&engine, &id);
        let restored = shop.restore(&saved.id, &id).unwrap();
        assert_eq!((restored.now.as_str(), restored.names.len()), (id.as_str(), 0));
        assert!(names(&engine, &id).is_empty());
    }
}

#[test]
fn a_name_that_another_image_has_by_now_is_left_there() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        let image = |name: &str, tags: &[&str]| busybox(kind, name, tags);
        let (mine, free) = ("docker.io/library/app:1", "docker.io/library/app:2");
        engine.load(&docker_archive(&[
            image("old", &[mine, free]),
            image("new", &["docker.io/library/new:1"]),
        ]));
        let [old, new] = ["app:1", "new:1"].map(|name| id_of(&engine, name));
        let shop = Shop::open(&engine);
        let saved = shop.save(&[&old]).unwrap();
        remove(&engine, &old);
        engine.tag("new:1", mine);
        let restored = shop.restore(&saved.id, &old).unwrap();
        let given: Vec<_> = restored.names.iter().map(|(name, given)| (name.full(), given.clone())).collect();
        let taken = Given::Taken(ImageId::parse(&new).unwrap());
        assert_eq!(given, [(mine.to_owned(), taken), (free.to_owned(), Given::Given)], "{}", kind.name());
        assert_eq!(id_of(&engine, mine), new, "{}", kind.name());
    }
}

#[test]
fn an_index_of_two_platforms_comes_back_whole_and_one_the_engine_has_in_part_with_that_part() {
    let kind = Kind::Docker28Containerd;
    let engine = engines::lock(kind);
    let name = "index.qiniu.com/two-platforms:1".to_owned();
    let (archive, index) = oci::archive(&[Layer::busybox(kind)], std::slice::from_ref(&name));
    engine.load(&archive);
    let shop = Shop::open(&engine);
    let saved = shop.save(&[&index]).unwrap();
    let platforms = |saved: &Saved| -> Vec<bool> {
        let record = shop.record(&saved.id);
        record.images[0].platforms.iter().map(|platform| platform.content.is_some()).collect()
    };
    assert_eq!(platforms(&saved), [true, true]);
    engine.push(&name);
    remove(&engine, &index);
    let restored = shop.restore(&saved.id, &index).unwrap();
    assert_eq!((restored.now.as_str(), restored.compared), (index.as_str(), Compared::SameId));
    assert_eq!(names(&engine, &index), [name.as_str()]);

    // A pull fetches this machine's platform, and the index names the other one all the same.
    engine.wipe();
    engine.pull(&name);
    assert_eq!(id_of(&engine, &name), index);
    let in_part = shop.save(&[&index]).unwrap();
    assert_eq!(platforms(&in_part), [true, false]);
    remove(&engine, &index);
    let restored = shop.restore(&in_part.id, &index).unwrap();
    assert_eq!((restored.now.as_str(), restored.has_all_names()), (index.as_str(), true));
    let container = engine.create_container("again", &name, json!({ "Cmd": ["/bin/busybox", "true"] }));
    engine.start_container(&container);
}

#[test]
fn on_another_store_the_id_may_differ_and_what_was_compared_is_told() {
    let [classic, containerd, podman] =
        [Kind::Docker28, Kind::Docker28Containerd, Kind::Podman5].map(engines::lock);
    let tags = ["docker.io/library/app:1"];
    for engine in [&classic, &containerd] {
        engine.load(&docker_archive(&[busybox(Kind::Docker28, "app", &tags)]));
    }
    let (here, there) = (id_of(&classic, "app:1"), id_of(&containerd, "app:1"));
    assert_ne!(here, there);
    let (from_classic, from_containerd) = (Shop::open(&classic), Shop::open(&containerd));
    let saved = from_classic.save(&[&here]).unwrap();
    let saved_there = from_containerd.save(&[&there]).unwrap();
    for engine in [&classic, &containerd] {
        engine.wipe();
    }
    // The archives stay where they are; only the engine is another.
    let on = |engine: &Engine, shop: &Shop, archive: &ArchiveId, image: &str| {
        let endpoint = Endpoint::Host(engine.host.clone());
        let image = ImageId::parse(image).unwrap();
        shop.runtime.block_on(async {
            let engine = engine::Engine::connect(&endpoint).await.unwrap();
            restore(&engine, &shop.place, archive, &image, Watcher::new(|_| (), || true)).await.unwrap()
        })
    };
    let restored = on(&containerd, &from_classic, &saved.id, &here);
    assert_eq!(restored.compared, Compared::Layers);
    assert_eq!(names(&containerd, restored.now.as_str()), tags);
    let restored = on(&classic, &from_containerd, &saved_there.id, &there);
    assert_eq!((restored.now.as_str(), restored.compared), (here.as_str(), Compared::Configuration));
    assert_eq!(names(&classic, &here), tags);
    let restored = on(&podman, &from_classic, &saved.id, &here);
    assert_eq!((restored.now.as_str(), restored.compared), (here.as_str(), Compared::SameId));
}

#[test]
fn a_damaged_archive_is_found_out_before_anything_is_sent_and_stays_as_it_is() {
    let engine = engines::lock(Kind::Docker28);
    engine.load(&docker_archive(&[busybox(Kind::Docker28, "app", &["docker.io/library/app:1"])]));
    let id = id_of(&engine, "app:1");
    let shop = Shop::open(&engine);
    let saved = shop.save(&[&id]).unwrap();
    remove(&engine, &id);
    let folder = shop.place.folder(&saved.id).join("blobs");
    let largest = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let largest = largest.max_by_key(|path| path.metadata().unwrap().len()).unwrap();
    let mut bytes = std::fs::read(&largest).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&largest, &bytes).unwrap();
    let error = shop.restore(&saved.id, &id).unwrap_err();
    assert!(matches!(error, NotRestored::Damaged(_)), "{error}");
    assert_eq!(engine.get(&format!("/images/{id}/json")).status, 404, "nothing was sent");
    assert_eq!(std::fs::read(&largest).unwrap(), bytes);
    // Mended, it is of use again.
    bytes[middle] ^= 1;
    std::fs::write(&largest, &bytes).unwrap();
    assert!(shop.restore(&saved.id, &id).unwrap().has_all_names());
}

#[test]
fn older_archives_go_only_once_the_new_one_is_there_and_only_those_that_were_named() {
    let engine = engines::lock(Kind::Docker28);
    engine.load(&docker_archive(&[busybox(Kind::Docker28, "app", &["docker.io/library/app:1"])]));
    let id = id_of(&engine, "app:1");
    let shop = Shop::open(&engine);
    let [first, second] = [(); 2].map(|()| shop.save(&[&id]).unwrap().id);
    let save = |wish: &Wish| {
        let never = pin!(std::future::pending());
        shop.runtime.block_on(save(&shop.engine, &shop.place, wish, NOW + 1, Arc::new(|_| ()), never))
    };
    let limits = Limits { bytes: Some(unmoor::model::Bytes(1)), days: None };
    let mut wish = Wish { limits, may_drop: vec![first.clone()], ..shop.wish(&[&id]) };
    let too_large = Wish { at_most: Some(unmoor::model::Bytes(u64::MAX)), ..wish.clone() };
    assert!(matches!(save(&too_large), Err(NotSaved::TooLarge { .. })));
    assert_eq!(shop.files().len(), 2, "nothing goes for an archive that is not there");
    let saved = save(&wish).unwrap();
    assert_eq!(saved.dropped.iter().map(|(id, _)| id).collect::<Vec<_>>(), [&first]);
    let mut left = shop.files();
    left.sort();
    assert_eq!(left, [second.as_str(), saved.id.as_str()]);
    wish.may_drop.clear();
    assert!(save(&wish).unwrap().dropped.is_empty());
}

/// The program with its files in this folder.
fn unmoor(engine: &Engine, home: &Path, arguments: &[&str]) -> std::process::Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_unmoor"))
        .args(arguments)
        .args(["--host", &engine.host])
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("APPDATA", home.join("config"))
        .env("LOCALAPPDATA", home.join("data"))
        .output()
        .unwrap()
}

fn said(output: &std::process::Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    format!("{}{error}", String::from_utf8_lossy(&output.stdout))
}

#[test]
fn the_command_line_archives_before_it_removes_and_restores_by_name() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        engine.load(&docker_archive(&[busybox(kind, "app", &["docker.io/library/app:1"])]));
        let id = id_of(&engine, "app:1");
        let home = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| unmoor(&engine, home.path(), arguments);
        assert!(said(&run(&["restore"])).contains("no archives in"));
        let plan = run(&["plan", &id, "--format", "json"]);
        let path = home.path().join("plan.json");
        std::fs::write(&path, &plan.stdout).unwrap();
        let applied = run(&["apply", path.to_str().unwrap(), "--yes", "--archive"]);
        assert_eq!(applied.status.code(), Some(0), "{}", said(&applied));
        assert!(said(&applied).contains("archived 1 images as "), "{}", said(&applied));
        assert_eq!(engine.get(&format!("/images/{id}/json")).status, 404);

        let listed = run(&["restore", "--format", "json"]);
        let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
        assert_eq!(listed["archives"][0]["images"][0]["id"], id.as_str(), "{listed}");
        let unknown = run(&["restore", "nothing-like-it"]);
        assert_eq!(unknown.status.code(), Some(4), "{}", said(&unknown));
        let restored = run(&["restore", "app:1"]);
        assert_eq!(restored.status.code(), Some(0), "{}", said(&restored));
        assert!(said(&restored).contains("is back with the ID it had"), "{}", said(&restored));
        assert_eq!(names(&engine, &id), ["docker.io/library/app:1"], "{}", kind.name());
        let again = run(&["restore", &id[7..19]]);
        assert!(said(&again).contains("was still there"), "{}", said(&again));
    }
}
