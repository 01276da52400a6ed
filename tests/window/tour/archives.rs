//! The states around archives: the option in a review, saving, the list, and what comes back.

use eframe::egui::Key;
use unmoor::archive::{
    Compared, Given, Kept, RestoreProgress, RestoreStage, Restored, SaveProgress, SaveStage, Saved,
};
use unmoor::message::{Command, Event, JobId};
use unmoor::model::{Bytes, ImageId, Reference};
use unmoor::plan::{Ended, Outcome, RemovalPlan};

use super::NOW;
use super::states::{State, live, press, select, word};
use crate::archives::kept;
use crate::stage::Stage;

const NODE: &str = "a81f6b0e9c35";

pub const STATES: &[State] = &[
    ("review-archive", review_archive),
    ("review-archive-no-room", no_room),
    ("archive-saving", saving),
    ("archive-checking", checking),
    ("archive-failed", failed),
    ("archive-done", done),
    ("archives", list),
    ("archives-empty", empty),
    ("archives-asking", asking),
    ("archives-restoring", restoring),
    ("archives-restored", restored),
    ("archives-not-restored", not_restored),
];

fn fill(stage: &mut Stage) {
    let long =
        "registry.example.com/platform/continuous-integration/browser-tests/chromium-headless:feature-1842";
    let mut all = vec![
        kept(stage, NOW, 2, 'c', "registry.example.com/shop/api:1.3", 41_287_680),
        kept(stage, NOW, 9, 'd', long, 312_646_400),
        kept(stage, NOW, 40, 'b', "postgres:15", 138_000_000),
        kept(stage, NOW, 110, 'f', "node:16", 358_720_256),
    ];
    if let Ok(archive) = &mut all[0].archive {
        let mut second = archive.images[0].clone();
        second.id = ImageId::parse(&"9e".repeat(32)).unwrap();
        second.names.clear();
        archive.images.push(second);
    }
    let broken = "its record cannot be read: expected value at line 1 column 1".to_owned();
    let last =
        Kept { id: kept(stage, NOW, 61, '1', "x", 1).id, stored: Bytes(12_000_000), archive: Err(broken) };
    all.insert(3, last);
    stage.archived(|shelf| shelf.kept = all);
}

fn review(stage: &mut Stage) {
    select(stage, NODE);
    stage.key(Key::Enter);
}

fn review_archive(stage: &mut Stage) {
    fill(stage);
    review(stage);
    press(stage, "review.archive");
}

fn no_room(stage: &mut Stage) {
    stage.archived(|shelf| shelf.free = Some(Bytes(380_000_000)));
    review(stage);
    press(stage, "review.archive");
}

fn start(stage: &mut Stage) -> (JobId, RemovalPlan) {
    review_archive(stage);
    let words = word("review.archive.first");
    let first = words.split('%').next().unwrap().to_owned();
    stage.click(&first);
    stage.started_run()
}

fn told(stage: &mut Stage, at: SaveStage, read: u64, of: u64) {
    let (job, _) = start(stage);
    let progress = SaveProgress { stage: at, image: 0, read: Bytes(read), of: Some(Bytes(of)) };
    stage.tell(Event::Saving { job, progress });
}

fn saving(stage: &mut Stage) {
    told(stage, SaveStage::Saving, 412_000_000, 1_094_713_344);
}

fn checking(stage: &mut Stage) {
    told(stage, SaveStage::Checking, 900_000_000, 1_094_713_344);
}

fn failed(stage: &mut Stage) {
    let (job, _) = start(stage);
    let words = "image a81f6b0e9c35: cannot save image a81f6b0e9c35: error reading a body from connection: unexpected \
                 EOF during chunk size line (unix:///var/run/docker.sock)";
    let ended = Ended::NotArchived(words.to_owned());
    stage.tell(Event::RunEnded { job, outcome: Outcome { steps: Vec::new(), ended } });
}

fn done(stage: &mut Stage) {
    let (job, plan) = start(stage);
    let id = kept(stage, NOW, 0, 'a', "node:18", 1).id;
    let dropped = vec![(kept(stage, NOW, 110, 'f', "node:16", 1).id, Ok(Bytes(358_720_256)))];
    stage.tell(Event::Saved { job, saved: Saved { id, images: 1, stored: Bytes(401_000_000), dropped } });
    stage.play(job, &plan);
}

fn list(stage: &mut Stage) {
    fill(stage);
    live(stage);
    press(stage, "settings.name");
    press(stage, "archives.open");
}

fn empty(stage: &mut Stage) {
    live(stage);
    press(stage, "settings.name");
    press(stage, "archives.open");
}

fn asking(stage: &mut Stage) {
    list(stage);
    let name = word("archives.delete.name");
    let said =
        name.split(['%', '}']).max_by_key(|part| part.chars().filter(|c| !c.is_ascii_graphic()).count());
    stage.click(said.unwrap().trim());
}

fn begin(stage: &mut Stage) -> (JobId, unmoor::archive::ArchiveId, ImageId) {
    list(stage);
    press(stage, "archives.restore");
    let Command::RestoreArchived { job, archive, image } = stage.command() else { panic!("no restore") };
    (job, archive, image)
}

fn restoring(stage: &mut Stage) {
    let (job, ..) = begin(stage);
    let (read, of) = (Bytes(61_000_000), Bytes(124_800_000));
    stage
        .tell(Event::Restoring { job, progress: RestoreProgress { stage: RestoreStage::Loading, read, of } });
}

fn restored(stage: &mut Stage) {
    let (job, archive, image) = begin(stage);
    let name = |text: &str| Reference::parse(text).unwrap();
    let other = ImageId::parse(&"7f".repeat(32)).unwrap();
    let digest = format!("registry.example.com/shop/api@sha256:{}", "ab".repeat(32));
    let names = vec![
        (name("registry.example.com/shop/api:1.3"), Given::Given),
        (name("registry.example.com/shop/api:latest"), Given::Taken(other)),
    ];
    let (saved, now, digests) = (image.clone(), image, vec![name(&digest)]);
    let compared = Compared::SameId;
    let result = Ok(Restored { archive, saved, now, compared, was_there: false, names, digests });
    stage.tell(Event::RestoreEnded { job, result });
}

fn not_restored(stage: &mut Stage) {
    let (job, ..) = begin(stage);
    let words = "the archive is damaged: sha256:23799f4c2023a0edd3fa6ad4f0ea10eafb9ad1f5cff7c90ef14784afaba8c226 of \
                 30720 bytes reads back as sha256:0d98c09c16793cbc7aa955b72e1c07e9b21cad8dde1bd784f57ab26c23dfc27d of \
                 30720 bytes";
    stage.tell(Event::RestoreEnded { job, result: Err(words.to_owned()) });
}
