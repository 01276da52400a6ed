//! Archives that go wrong: nothing is removed then, nothing half is left, and it is said what failed on which
//! image.

#![cfg(test)]
#![cfg(unix)]

mod driven_worker;
mod fake;
mod folders;
mod small_disk;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use driven_worker::Driven;
use fake::{Fake, Reply, healthy, id};
use small_disk::Small;
use unmoor::archive::{Limits, SaveStage, Wish, wanted};
use unmoor::files::Folders;
use unmoor::message::{Command, Event, JobId, RunOptions};
use unmoor::model::{Graph, ImageId};
use unmoor::plan::{Ended, RemovalPlan, Way, plan_removal};
use unmoor::registry::Places;
use unmoor::rules::{Target, World};
use unmoor::worker::archive::Place;

/// A worker with a listing.
fn window(fake: &Fake) -> (Driven, Arc<Graph>) {
    listed(Driven::open(&fake.host))
}

/// One that keeps its archives in a folder of the test.
fn window_in(fake: &Fake, data: &Path) -> (Driven, Arc<Graph>) {
    let folders = Folders { data: Some(data.to_owned()), ..Folders::default() };
    listed(Driven::with(&fake.host, tempfile::tempdir().unwrap(), folders, Places::default()))
}

fn listed(mut window: Driven) -> (Driven, Arc<Graph>) {
    let graph = window.observed(|_| true);
    (window, graph)
}

/// Removes both images, after an archive of them.
fn start(window: &Driven, graph: &Arc<Graph>) {
    let plan = plan_both(graph);
    let (images, at_most) = wanted(&plan, graph);
    assert_eq!(images.len(), 2);
    let wish = Wish { images, at_most, limits: Limits::default(), may_drop: Vec::new() };
    window.start(&plan, RunOptions { archive: Some(Box::new(wish)), ..RunOptions::default() });
}

/// What lies where archives are kept.
fn left_by(window: &Driven) -> Vec<String> {
    left(&window.folders.data.as_ref().unwrap().join("archives"))
}

fn left(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn plan_both(graph: &Arc<Graph>) -> RemovalPlan {
    let targets = ['a', 'b'].map(|digit| Target::Image(ImageId::parse(&id(digit)).unwrap()));
    plan_removal(&World::new(Arc::clone(graph)), &targets, Way::Ordered, true).unwrap()
}

/// A healthy engine whose exports are these bytes, head and all.
fn exporting(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Fake {
    Fake::start(move |request| {
        if request.starts_with("GET /images/get?names=") { answer(request) } else { healthy(request) }
    })
}

fn whole(body: &[u8]) -> Reply {
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    Reply::Broken([head.as_bytes(), body].concat())
}

/// An archive with these files, without its end if it is to be cut off.
fn tar(files: &[(&str, &[u8])], with_end: bool) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, *content).unwrap();
    }
    let mut bytes = tar.into_inner().unwrap();
    if !with_end {
        bytes.truncate(bytes.len() - 1024);
    }
    bytes
}

/// Runs, and returns why no archive could be made. Nothing was removed, and nothing is left.
fn fails(fake: &Fake) -> String {
    let (mut window, graph) = window(fake);
    start(&window, &graph);
    let (outcome, _) = window.ended();
    let Ended::NotArchived(words) = &outcome.ended else { panic!("{outcome:?}") };
    assert!(outcome.steps.is_empty());
    assert!(fake.asked("DELETE").is_empty(), "{:?}", fake.asked("DELETE"));
    assert_eq!(left_by(&window), [] as [String; 0]);
    words.clone()
}

#[test]
fn an_export_that_breaks_off_removes_nothing() {
    let broken = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    let words = fails(&exporting(|_| Reply::Broken(broken.to_vec())));
    assert!(words.contains("image aaaaaaaaaaaa"), "it says on which image: {words}");
    assert!(words.contains("save image"), "and what: {words}");
}

#[test]
fn an_engine_that_refuses_to_export_removes_nothing() {
    let refusal = r#"{"message":"no space left on the engine"}"#.to_owned();
    let words = fails(&exporting(move |_| Reply::Json(500, refusal.clone())));
    assert!(words.contains("no space left on the engine"), "{words}");
}

#[test]
fn an_export_that_ends_between_two_files_is_not_taken_for_whole() {
    let words = fails(&exporting(|_| whole(&tar(&[("manifest.json", b"[]")], false))));
    assert!(words.contains("cut off"), "{words}");
}

#[test]
fn an_export_that_ends_within_a_file_is_not_taken_for_whole() {
    let words = fails(&exporting(|_| {
        let mut bytes = tar(&[("layer.tar", &[7; 5000])], true);
        bytes.truncate(2000);
        whole(&bytes)
    }));
    assert!(words.contains("image aaaaaaaaaaaa"), "{words}");
}

#[test]
fn an_export_of_another_image_is_not_taken_for_the_one_asked_for() {
    let config: &[u8] = br#"{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}"#;
    let words = fails(&exporting(move |_| {
        let listed: &[u8] = br#"[{"Config":"c.json","RepoTags":null,"Layers":[]}]"#;
        whole(&tar(&[("c.json", config), ("manifest.json", listed)], true))
    }));
    assert!(words.contains("not the image that was asked for"), "{words}");
}

#[test]
fn an_export_with_a_path_that_leads_elsewhere_writes_nowhere_else() {
    let words = fails(&exporting(|_| {
        let mut header = tar::Header::new_gnu();
        header.set_size(4);
        header.set_mode(0o644);
        let path = b"../../../outside";
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path);
        header.set_cksum();
        let mut bytes = header.as_bytes().to_vec();
        bytes.extend_from_slice(b"oops");
        bytes.resize(bytes.len().next_multiple_of(512) + 1024, 0);
        whole(&bytes)
    }));
    assert!(words.contains("manifest.json"), "paths are only noted: {words}");
}

#[test]
fn a_save_that_is_cancelled_leaves_nothing_and_removes_nothing() {
    let fake = exporting(|_| Reply::Silence);
    let (mut window, graph) = window(&fake);
    start(&window, &graph);
    window.until(|event| {
        let Event::Saving { progress, .. } = event else { return None };
        (progress.stage == SaveStage::Waiting).then_some(())
    });
    window.send(Command::StopRun { job: JobId(1) });
    let outcome = window.ended().0;
    assert_eq!((outcome.ended, outcome.steps.len()), (Ended::Stopped, 0));
    assert!(fake.asked("DELETE").is_empty());
    assert_eq!(left_by(&window), [] as [String; 0]);
}

#[test]
fn a_full_disk_removes_nothing() {
    // Random enough that no compression helps.
    let mut state: u64 = 1;
    let noise: Vec<u8> = (0..400_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            u8::try_from(state >> 56).unwrap()
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let small = Small::mount_on(folder.path(), 64);
    let fake = exporting(move |_| whole(&tar(&[("layer.tar", &noise)], true)));
    let (mut window, graph) = window_in(&fake, folder.path());
    // Nobody knows how large they are: it is tried.
    let plan = plan_both(&graph);
    let (images, _) = wanted(&plan, &graph);
    let wish = Wish { images, at_most: None, limits: Limits::default(), may_drop: Vec::new() };
    let options = RunOptions { archive: Some(Box::new(wish)), ..RunOptions::default() };
    window.start(&plan, options);
    let outcome = window.ended().0;
    let Ended::NoRoomForArchive(words) = &outcome.ended else { panic!("{outcome:?}") };
    assert!(words.contains("aaaaaaaaaaaa") && words.contains("No space left"), "{words}");
    assert!(fake.asked("DELETE").is_empty());
    assert_eq!(left_by(&window), [] as [String; 0]);
    drop(window);
    drop(small);
}

#[test]
fn an_archive_that_cannot_fit_is_not_even_begun() {
    let folder = tempfile::tempdir().unwrap();
    let small = Small::mount_on(folder.path(), 64);
    let fake = exporting(|_| Reply::Silence);
    let (mut window, graph) = window_in(&fake, folder.path());
    start(&window, &graph);
    let outcome = window.ended().0;
    let Ended::NoRoomForArchive(words) = &outcome.ended else { panic!("{outcome:?}") };
    assert!(words.contains("are free"), "{words}");
    assert!(fake.asked("GET /images/get").is_empty(), "the engine was not asked");
    drop(window);
    drop(small);
}

#[test]
fn what_a_crash_left_behind_is_swept_away_and_what_another_process_makes_is_not() {
    let fake = exporting(|_| Reply::Silence);
    let (folder, folders) = folders::temporary_folders();
    let root = Place::of(&folders).unwrap().path().to_owned();
    for (name, lock) in [(".partial-dead", false), (".partial-alive", true), (".gone-x", false)] {
        std::fs::create_dir_all(root.join(name).join("blobs")).unwrap();
        if lock {
            std::fs::write(root.join(format!("{name}.lock")), "").unwrap();
        }
    }
    let alive = std::fs::File::open(root.join(".partial-alive.lock")).unwrap();
    alive.lock().unwrap();
    let (window, _) = listed(Driven::with(&fake.host, folder, folders, Places::default()));
    let started = Instant::now();
    loop {
        let mut left = left_by(&window);
        left.sort();
        if left == [".partial-alive", ".partial-alive.lock"] {
            break;
        }
        assert!(started.elapsed() < Duration::from_mins(1), "{left:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
