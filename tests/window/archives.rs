//! Archives: keeping one before a removal, and the list of all that are kept.

use eframe::egui::Key;
use unmoor::archive::{
    Archive, ArchiveId, Compared, Given, Kept, Limits, Restored, SaveProgress, SaveStage, Saved, SavedImage,
};
use unmoor::message::{Command, Event};
use unmoor::model::{Bytes, ImageId, Reference};
use unmoor::plan::{Ended, Outcome};

use crate::stage::{Stage, now};

const NODE: &str = "a81f6b0e9c35";
const DAY: i64 = 86_400;

fn image(digit: char) -> ImageId {
    ImageId::parse(&digit.to_string().repeat(64)).unwrap()
}

fn reference(name: &str) -> Reference {
    Reference::parse(name).unwrap()
}

/// An archive of some days ago, with one image of this name.
pub fn kept(stage: &Stage, now: i64, days: i64, digit: char, name: &str, bytes: u64) -> Kept {
    let id = ArchiveId::new(now - days * DAY, &image(digit), 1);
    let archive = Archive {
        schema: 1,
        id: id.clone(),
        created: now - days * DAY,
        engine: stage.sample.info(),
        host: "unix:///var/run/docker.sock".to_owned(),
        images: vec![SavedImage {
            id: image(digit),
            names: vec![reference(name)],
            digests: Vec::new(),
            size: Some(Bytes(bytes * 3)),
            platforms: Vec::new(),
            entries: Vec::new(),
        }],
    };
    Kept { id, stored: Bytes(bytes), archive: Ok(archive) }
}

fn with_archives() -> Stage {
    let mut stage = Stage::live();
    let all = [
        kept(&stage, now(), 2, 'c', "shop/api:1.3", 41_000_000),
        kept(&stage, now(), 100, 'd', "shop/api:1.1", 38_000_000),
    ];
    stage.archived(|shelf| shelf.kept = all.into());
    stage
}

fn review(stage: &mut Stage) {
    stage.click(NODE);
    stage.click("Remove…");
}

fn list(stage: &mut Stage) {
    stage.click("Settings");
    stage.click("Archives…");
}

#[test]
fn the_images_of_a_removal_are_saved_first_if_the_person_says_so() {
    let mut stage = Stage::live();
    review(&mut stage);
    stage.assert_sees("up to about 1.1 GB, 45.2 GB free");
    stage.assert_sees("no registry is known to have it");
    stage.click("Keep an archive of images first");
    stage.assert_sees("restore it from the archive");
    stage.click("Archive, then ");
    let Command::Run { job, options, .. } = stage.command() else { panic!("it does not run") };
    let wish = options.archive.expect("an archive is wanted");
    assert_eq!(wish.images.len(), 1);
    assert_eq!(wish.images[0].id.short(), NODE);
    assert_eq!(wish.images[0].names, [reference("node:18")]);

    let read = Bytes(120_000_000);
    let progress = SaveProgress { stage: SaveStage::Saving, image: 0, read, of: wish.images[0].size };
    stage.tell(Event::Saving { job, progress });
    stage.assert_sees("Image 1 of 1: saved 120.0 MB of about 1.1 GB");
    stage.click("Cancel, and remove nothing");
    assert!(matches!(stage.command(), Command::StopRun { .. }));
    let outcome = Outcome { steps: Vec::new(), ended: Ended::Stopped };
    stage.tell(Event::RunEnded { job, outcome });
    stage.assert_sees("Stopped as you asked");
}

#[test]
fn a_removal_whose_archive_failed_says_why_and_that_nothing_was_removed() {
    let mut stage = Stage::live();
    review(&mut stage);
    stage.click("Keep an archive of images first");
    stage.click("Archive, then ");
    let (job, _) = stage.started_run();
    let words = "image a81f6b0e9c35: No space left on device".to_owned();
    let outcome = Outcome { steps: Vec::new(), ended: Ended::NotArchived(words) };
    stage.tell(Event::RunEnded { job, outcome });
    stage.assert_sees("Nothing was removed: the archive could not be made");
    stage.assert_sees("No space left on device");
}

#[test]
fn what_an_archive_pushes_out_is_named_before_and_after() {
    let mut stage = with_archives();
    review(&mut stage);
    stage.assert_sees_not("The oldest");
    stage.click("Keep an archive of images first");
    stage.assert_sees("The oldest archive, 38.0 MB, goes once the next one is there");
    stage.click("Archive, then ");
    let Command::Run { job, plan, options } = stage.command() else { panic!("it does not run") };
    let dropped = options.archive.unwrap().may_drop;
    assert_eq!(dropped.len(), 1, "{dropped:?}");
    let id = ArchiveId::new(now(), &image('a'), 1);
    let gone = vec![(dropped[0].clone(), Ok(Bytes(38_000_000)))];
    stage.tell(Event::Saved {
        job,
        saved: Saved { id, images: 1, stored: Bytes(400_000_000), dropped: gone },
    });
    stage.play(job, &plan);
    stage.assert_sees("1 image kept in an archive of 400.0 MB");
    stage.assert_sees("the oldest archive was dropped for it (38.0 MB)");
    stage.click("Done");
    stage.click("Show activity");
    stage.assert_sees("Dropped the archive");
}

#[test]
fn an_archive_that_does_not_fit_holds_the_removal_back() {
    let mut stage = Stage::live();
    stage.archived(|shelf| shelf.free = Some(Bytes(1_000_000)));
    review(&mut stage);
    stage.click("Keep an archive of images first");
    stage.assert_sees("No room for the archive");
    stage.click("Archive, then ");
    assert!(!stage.has_command());
    stage.click("Keep an archive of images first");
    stage.click("Untag 1");
    assert!(matches!(stage.command(), Command::Run { .. }));
}

#[test]
fn an_image_comes_back_from_the_list_and_the_names_that_are_not_are_told() {
    let mut stage = with_archives();
    list(&mut stage);
    stage.assert_sees("2 archives, 79.0 MB in /home/me");
    stage.click("Restore image cccccccccccc, shop/api:1.3");
    let Command::RestoreArchived { job, archive, image: wanted } = stage.command() else {
        panic!("nothing is restored")
    };
    assert_eq!(wanted, image('c'));
    stage.assert_sees("Restoring image cccccccccccc");
    stage.key(Key::Escape);
    stage.assert_sees("Restoring image cccccccccccc");
    stage.click("Cancel the restore");
    assert!(matches!(stage.command(), Command::StopRun { job: stopped } if stopped == job));
    stage.assert_sees("Cancelling…");
    // It was too late for that.
    let restored = Restored {
        archive,
        saved: image('c'),
        now: image('c'),
        compared: Compared::SameId,
        was_there: false,
        names: vec![
            (reference("shop/api:1.3"), Given::Given),
            (reference("shop/api:latest"), Given::Taken(image('e'))),
        ],
        digests: Vec::new(),
    };
    stage.tell(Event::RestoreEnded { job, result: Ok(restored) });
    stage.assert_sees("Image cccccccccccc is back, with the ID it had");
    stage.assert_sees("Named shop/api:1.3");
    stage.assert_sees("Not named shop/api:latest: image eeeeeeeeeeee has that name by now");
}

#[test]
fn an_archive_is_deleted_only_after_a_question_that_names_it() {
    let mut stage = with_archives();
    list(&mut stage);
    stage.click("Delete the archive of shop/api:1.1");
    stage.assert_sees("Delete the archive of shop/api:1.1 for good?");
    assert!(!stage.has_command());
    stage.click("Keep it");
    stage.assert_sees_not("for good?");
    stage.click("Delete the archive of shop/api:1.1");
    stage.click("Delete it");
    let Command::DeleteArchive { archive } = stage.command() else { panic!("nothing is deleted") };
    stage.archived(|shelf| shelf.kept.retain(|kept| kept.id != archive));
    stage.tell(Event::ArchiveDeleted { archive, result: Ok(()) });
    stage.settle();
    stage.assert_sees("1 archive, 41.0 MB");
}

#[test]
fn what_the_limits_let_go_is_said_when_they_are_set() {
    let mut stage = with_archives();
    list(&mut stage);
    stage.assert_sees("The oldest archive, 38.0 MB, goes");
    stage.click("No older than: 90 days");
    stage.click("180 days");
    stage.assert_sees("What is beyond these goes");
    let limits = stage.harness.state().state().settings.archives.limits;
    assert_eq!(limits, Limits { days: Some(180), ..Limits::default() });
}

#[test]
fn the_default_of_the_person_is_ticked_in_every_review() {
    let mut stage = Stage::live();
    list(&mut stage);
    stage.click("Keep an archive of images before every removal");
    stage.click("Done");
    review(&mut stage);
    stage.assert_sees("Archive, then ");
}
