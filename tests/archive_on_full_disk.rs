//! Archives on a disk that is too small, of images on real engines: what cannot fit is refused before the engine
//! is asked for it, and where another program takes the room meanwhile, nothing is removed, nothing half is
//! left, and the journal tells so.

#![cfg(test)]
#![cfg(target_os = "linux")]

mod applied;
mod engines;
mod folders;
mod gate;
mod small_disk;

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use applied::{files, of_program, only_run, unmoor};
use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use folders::temporary_folders;
use gate::{At, Gate, Hold};
use small_disk::Small;
use unmoor::files::Folders;
use unmoor::journal::{End, Run};
use unmoor::plan::Ended;

const NAME: &str = "index.qbox.me/large/app:1";
const OTHER: &str = "index.qbox.me/large/app:2";
const MIB: usize = 1 << 20;

/// Random enough that no compression helps.
fn noise(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        u8::try_from(state >> 56).unwrap()
    };
    std::iter::repeat_with(next).take(size).collect()
}

/// An image of six megabytes in two layers, with two names; its ID.
fn load(engine: &Engine) -> String {
    let layer = |seed: u64| Layer::new(&[(&*format!("noise-{seed}"), &*noise(seed, 3 * MIB), 0o644)]);
    engine.load(&docker_archive(&[Image {
        layers: vec![layer(1), layer(2)],
        tags: vec![NAME.to_owned(), OTHER.to_owned()],
        ..Image::default()
    }]));
    engine.inspect_image(NAME)["Id"].as_str().unwrap().to_owned()
}

fn plan(engine: &Engine, folders: &Folders, id: &str) -> PathBuf {
    let arguments = ["plan", id, "--host", &engine.host, "--format", "json"];
    let output = unmoor(folders, &arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let file = folders.config.as_ref().unwrap().parent().unwrap().join("plan.json");
    std::fs::write(&file, &output.stdout).unwrap();
    file
}

fn apply(folders: &Folders, file: &Path, host: &str) -> std::process::Child {
    let arguments = ["apply", file.to_str().unwrap(), "--yes", "--archive", "--host", host];
    unmoor(folders, &arguments).env_remove("UNMOOR_LOG").spawn().unwrap()
}

/// How a program ended, and what it said.
fn ended(program: std::process::Child) -> (Option<i32>, String) {
    let output = program.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.code(), said.concat())
}

/// Takes all that is left.
fn fill(folder: &Path) -> PathBuf {
    let path = folder.join("filler");
    let mut file = File::create(&path).unwrap();
    for size in [MIB, 4 << 10] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
    path
}

fn left(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn names(engine: &Engine, id: &str) -> Vec<String> {
    let mut names = applied::tags(&engine.inspect_image(id));
    names.sort();
    names
}

fn no_room(run: &Run) -> &str {
    let Some((_, End::Removal(Ended::NoRoomForArchive(words)))) = &run.ended else {
        panic!("{:?}", run.ended)
    };
    assert!(run.steps.iter().all(|step| step.sent.is_none()), "a step is told that was never sent: {run:?}");
    words
}

#[test]
fn an_archive_larger_than_the_disk_is_refused_before_the_engine_is_asked_for_it() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        let id = load(&engine);
        let (_kept, folders) = temporary_folders();
        let file = plan(&engine, &folders, &id);
        let archives = of_program(&folders).data.unwrap().join("archives");
        std::fs::create_dir_all(&archives).unwrap();
        let small = Small::mount_on(&archives, 4 << 10);
        let (status, said) = ended(apply(&folders, &file, &engine.host));
        assert_eq!(status, Some(8), "{}: {said}", kind.name());
        for part in
            ["nothing was done", "MB are free in", "/unmoor/archives; make room there", "without --archive"]
        {
            assert!(said.contains(part), "{}: {part:?} is not in: {said}", kind.name());
        }
        assert_eq!(names(&engine, &id), [NAME, OTHER], "{}", kind.name());
        assert_eq!(left(&archives), [] as [String; 0]);
        assert!(!of_program(&folders).data.unwrap().join("journal").exists(), "nothing was begun");
        drop(small);
    }
}

/// `folder`, below that of the program's data, is a disk that has room at first; another program takes all of it
/// while the engine is asked for the image.
fn filled_while_saving(kind: Kind, folder: &str, check: impl FnOnce(&Folders, &Path)) {
    let engine = engines::lock(kind);
    let id = load(&engine);
    let (_kept, folders) = temporary_folders();
    let file = plan(&engine, &folders, &id);
    let data = of_program(&folders).data.unwrap();
    let disk = data.join(folder);
    std::fs::create_dir_all(&disk).unwrap();
    // More than an archive must leave free.
    let small = Small::mount_on(&disk, 300 << 10);
    let hold = Hold { begins: "GET /images/get".to_owned(), number: 0, at: At::Opened };
    let gate = Gate::before(&engine, hold);
    let program = apply(&folders, &file, &gate.host);
    gate.wait();
    let filler = fill(&disk);
    gate.open();
    let (status, said) = ended(program);
    assert_eq!(status, Some(8), "{}: {said}", kind.name());
    let short = &id.trim_start_matches("sha256:")[..12];
    for part in [
        "nothing was removed: there is no room for the archive",
        &format!("image {short}"),
        "/unmoor/archives: ",
        "No space left on device",
        "make room there",
        "without --archive",
    ] {
        assert!(said.contains(part), "{}: {part:?} is not in: {said}", kind.name());
    }
    assert_eq!(names(&engine, &id), [NAME, OTHER], "{}", kind.name());
    check(&folders, &filler);

    // As the message says: with room again, the same plan does all of it.
    std::fs::remove_file(&filler).unwrap();
    let (status, said) = ended(apply(&folders, &file, &engine.host));
    assert_eq!(status, Some(0), "{}: {said}", kind.name());
    assert_eq!(engine.get(&format!("/images/{id}/json")).status, 404, "{}", kind.name());
    let arguments = ["restore", NAME, "--host", &engine.host];
    let (status, said) = ended(unmoor(&folders, &arguments).env_remove("UNMOOR_LOG").spawn().unwrap());
    assert_eq!(status, Some(0), "{}: {said}", kind.name());
    assert_eq!(names(&engine, &id), [NAME, OTHER], "{}", kind.name());
    drop(small);
}

#[test]
fn where_the_room_goes_while_an_archive_is_written_nothing_is_removed_and_nothing_half_is_left() {
    for kind in Kind::ALL {
        filled_while_saving(kind, "archives", |folders, filler| {
            assert_eq!(left(filler.parent().unwrap()), ["filler"], "{}", kind.name());
            assert!(files(folders, "running").is_empty(), "{}: it has its end", kind.name());
            let run = only_run(folders);
            let words = no_room(&run);
            assert!(words.contains("/unmoor/archives: ") && words.contains("No space left"), "{words}");
        });
    }
}

/// The journal was on the disk before, and what the archive took is free again once it is given up.
#[test]
fn a_journal_on_the_same_disk_tells_of_it_too() {
    filled_while_saving(Kind::Docker28, "", |folders, filler| {
        let data = filler.parent().unwrap();
        assert_eq!(left(&data.join("archives")), [] as [String; 0]);
        no_room(&only_run(folders));
    });
}
