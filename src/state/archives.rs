//! Archives as the window knows them: what is kept, what the removal in review would save first, and a restore
//! under way. They are written and read by the worker alone.

use std::sync::Arc;

use super::AppState;
use super::activity::Deed;
use super::connection::Connection;
use super::removal::{Blocked, Dialog};
use crate::archive::{
    ArchiveId, Fit, Limits, RestoreProgress, Restored, SaveProgress, Saved, Shelf, Wanted, Wish, fit, to_drop,
};
use crate::message::{Command, JobId};
use crate::model::{Bytes, ImageId};

#[derive(Debug, Default)]
pub struct Archives {
    /// What is kept; `None` until it was read.
    pub shelf: Option<Arc<Shelf>>,
    /// Why it could not be read.
    pub unread: Option<String>,
    /// Whether the removal in review saves its images first.
    pub save_first: bool,
    /// It was proposed, since no other copy is known.
    pub proposed: bool,
    /// What that comes to; `None` where no image goes, or where the engine has none to give out.
    pub offer: Option<Offer>,
    pub restoring: Option<Restoring>,
    review: InReview,
}

/// Whether a removal is in review, and the person has said whether to save its images first.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum InReview {
    #[default]
    Nothing,
    Undecided,
    Decided,
}

/// What the removal in review would save first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    images: Arc<[Wanted]>,
    /// What it takes at most, before compression; `None` while that is not known.
    pub at_most: Option<Bytes>,
    limits: Limits,
    /// Older archives that go for it.
    pub may_drop: Vec<ArchiveId>,
    pub fit: Fit,
    /// Of the older archives that go for it.
    pub drop_bytes: Bytes,
}

/// An image on its way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restoring {
    pub job: JobId,
    pub archive: ArchiveId,
    pub image: ImageId,
    pub progress: Option<RestoreProgress>,
    /// The person does not want it any more.
    pub cancelled: bool,
}

/// The list of archives, while it is open.
#[derive(Debug, Default)]
pub struct ArchiveList {
    /// The archive that is about to be deleted, if the person says so once more.
    pub asking: Option<ArchiveId>,
    /// What became of the last restore.
    pub ended: Option<(ImageId, Result<Restored, String>)>,
    /// How many archives the limits let go already, and how much that is.
    pub would_drop: (usize, Bytes),
    /// What stands in the list, by the places in the shelf.
    pub lines: Vec<Line>,
}

/// One line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    Archive(usize),
    /// Of an archive, one of its images.
    Image(usize, usize),
    /// Its record cannot be used.
    Broken(usize),
    /// Whether to delete it.
    Ask(usize),
}

/// What a person can do about archives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveAction {
    ShowList,
    /// Whether the removal in review saves its images first.
    SaveFirst(bool),
    /// The same for every removal from now on.
    AlwaysSaveFirst(bool),
    SetLimits(Limits),
    Restore(ArchiveId, ImageId),
    CancelRestore,
    /// Asks whether to delete it.
    AskToDelete(ArchiveId),
    DoNotDelete,
    Delete(ArchiveId),
}

/// What happened to an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveDeed {
    Saved {
        images: usize,
        bytes: Bytes,
    },
    /// An older one went, as was said before.
    Dropped(ArchiveId, Bytes),
    NotDropped(ArchiveId, String),
    Deleted(ArchiveId),
    NotDeleted(ArchiveId, String),
    Restored {
        image: ImageId,
        all_names: bool,
    },
    NotRestored {
        image: ImageId,
        words: String,
    },
    Unread(String),
}

impl Archives {
    /// Finds the newest archive of an image, by what was read last.
    pub fn lookup(&self) -> impl Fn(&ImageId) -> Option<ArchiveId> + use<> {
        let stock = self.shelf.clone();
        move |image| stock.as_ref()?.newest_of(image).map(|archive| archive.id.clone())
    }
}

impl AppState {
    pub(super) fn act_on_archives(&mut self, action: ArchiveAction, now: i64) -> Vec<Command> {
        match action {
            ArchiveAction::ShowList => {
                if matches!(self.dialog, Dialog::None | Dialog::History(_)) {
                    self.dialog = Dialog::Archives(Box::default());
                    self.lay_out_archives(now);
                    return vec![Command::ReadArchives];
                }
            }
            ArchiveAction::SaveFirst(save) => {
                (self.archives.save_first, self.archives.review) = (save, InReview::Decided);
            }
            ArchiveAction::AlwaysSaveFirst(always) => self.settings.archives.save_first = always,
            ArchiveAction::SetLimits(limits) => {
                self.settings.archives.limits = limits;
                self.lay_out_archives(now);
            }
            ArchiveAction::Restore(archive, image) => return self.restore_archived(archive, image),
            ArchiveAction::CancelRestore => {
                let restoring = self.archives.restoring.as_mut().filter(|restoring| !restoring.cancelled);
                return restoring.map_or_else(Vec::new, |restoring| {
                    restoring.cancelled = true;
                    vec![Command::StopRun { job: restoring.job }]
                });
            }
            ArchiveAction::AskToDelete(archive) => self.ask_to_delete(Some(archive), now),
            ArchiveAction::DoNotDelete => self.ask_to_delete(None, now),
            ArchiveAction::Delete(archive) => {
                self.ask_to_delete(None, now);
                return vec![Command::DeleteArchive { archive }];
            }
        }
        Vec::new()
    }

    /// Nobody else is known to hold what the removal in review takes. The person may still say no.
    pub fn propose_archive(&mut self) {
        if self.archives.review == InReview::Undecided {
            (self.archives.save_first, self.archives.proposed) = (true, true);
        }
    }

    /// What is to be saved before the plan in review runs.
    pub(super) fn archive_wish(&self) -> Option<Wish> {
        let offer = self.archives.offer.as_ref().filter(|_| self.archives.save_first);
        offer.map(|Offer { images, at_most, limits, may_drop, .. }| Wish {
            images: images.to_vec(),
            at_most: *at_most,
            limits: *limits,
            may_drop: may_drop.clone(),
        })
    }

    /// Whether the archive that is wanted cannot be made for want of room.
    pub fn archive_has_no_room(&self) -> bool {
        let too_large = |offer: &Offer| matches!(offer.fit, Fit::TooLarge { .. });
        self.archives.save_first && self.archives.offer.as_ref().is_some_and(too_large)
    }

    /// What an archive of the removal in review comes to now.
    pub(super) fn weigh_archive(&mut self, now: i64) -> Vec<Command> {
        let Dialog::Review(review) = &self.dialog else {
            (self.archives.review, self.archives.offer) = (InReview::Nothing, None);
            return Vec::new();
        };
        let limits = self.settings.archives.limits;
        let is_real = matches!(self.connection, Connection::Live { .. });
        let (images, at_most) = review.to_archive.clone();
        let saved = (is_real && !images.is_empty()).then_some(images);
        let stock = self.archives.shelf.as_deref();
        self.archives.offer = saved.map(|images| {
            let kept = stock.map_or(&[][..], |stock| &stock.kept);
            let may_drop = to_drop(kept, at_most.unwrap_or_default(), now, &limits);
            let drop_bytes =
                kept.iter().filter(|kept| may_drop.contains(&kept.id)).map(|kept| kept.stored).sum();
            let fit = fit(at_most, stock.and_then(|stock| stock.free));
            Offer { images, at_most, limits, may_drop, fit, drop_bytes }
        });
        if self.archives.review != InReview::Nothing {
            return Vec::new();
        }
        self.archives.save_first = self.settings.archives.save_first;
        (self.archives.review, self.archives.proposed) = (InReview::Undecided, false);
        vec![Command::ReadArchives]
    }

    /// Why nothing can be restored at the moment, if nothing can.
    pub fn restore_blocked(&self) -> Option<Blocked<'_>> {
        if self.is_running() {
            return Some(Blocked::Running);
        }
        match self.connection {
            Connection::Live { .. } => None,
            Connection::WorkerLost => Some(Blocked::WorkerLost),
            Connection::Connecting | Connection::Sample { .. } | Connection::Gone { .. } => {
                Some(Blocked::NotListed)
            }
        }
    }

    fn restore_archived(&mut self, archive: ArchiveId, image: ImageId) -> Vec<Command> {
        if self.restore_blocked().is_some() {
            return Vec::new();
        }
        self.last_job = JobId(self.last_job.0 + 1);
        let job = self.last_job;
        if let Dialog::Archives(list) = &mut self.dialog {
            list.ended = None;
        }
        let (of, wanted) = (archive.clone(), image.clone());
        self.archives.restoring = Some(Restoring { job, archive, image, progress: None, cancelled: false });
        vec![Command::RestoreArchived { job, archive: of, image: wanted }]
    }

    fn ask_to_delete(&mut self, archive: Option<ArchiveId>, now: i64) {
        if let Dialog::Archives(list) = &mut self.dialog {
            list.asking = archive;
        }
        self.lay_out_archives(now);
    }

    fn lay_out_archives(&mut self, now: i64) {
        let limits = self.settings.archives.limits;
        let Dialog::Archives(list) = &mut self.dialog else { return };
        let kept = self.archives.shelf.as_ref().map_or(&[][..], |stock| &stock.kept);
        let gone = to_drop(kept, Bytes(0), now, &limits);
        let bytes = kept.iter().filter(|kept| gone.contains(&kept.id)).map(|kept| kept.stored).sum();
        list.would_drop = (gone.len(), bytes);
        list.lines.clear();
        for (at, one) in kept.iter().enumerate() {
            list.lines.push(Line::Archive(at));
            if list.asking.as_ref() == Some(&one.id) {
                list.lines.push(Line::Ask(at));
            }
            match &one.archive {
                Ok(archive) => {
                    list.lines.extend((0..archive.images.len()).map(|image| Line::Image(at, image)));
                }
                Err(_) => list.lines.push(Line::Broken(at)),
            }
        }
    }

    pub(super) fn archives_read(&mut self, read: Result<Arc<Shelf>, String>, now: i64) {
        match read {
            Ok(stock) => (self.archives.shelf, self.archives.unread) = (Some(stock), None),
            Err(words) => {
                if self.archives.unread.as_ref() != Some(&words) {
                    self.activity.log(now, Deed::Archive(ArchiveDeed::Unread(words.clone())));
                }
                (self.archives.shelf, self.archives.unread) = (None, Some(words));
            }
        }
        self.lay_out_archives(now);
        self.replan_undo();
    }

    pub(super) fn saving(&mut self, job: JobId, progress: SaveProgress) {
        if let Some(run) = self.run(job) {
            run.saving = run.saving.is_some().then_some(progress);
        }
    }

    pub(super) fn saved(&mut self, job: JobId, saved: Saved, now: i64) -> Vec<Command> {
        let deed = ArchiveDeed::Saved { images: saved.images, bytes: saved.stored };
        self.activity.log(now, Deed::Archive(deed));
        for (id, dropped) in &saved.dropped {
            let deed = match dropped {
                Ok(bytes) => ArchiveDeed::Dropped(id.clone(), *bytes),
                Err(words) => ArchiveDeed::NotDropped(id.clone(), words.clone()),
            };
            self.activity.log(now, Deed::Archive(deed));
        }
        if let Some(run) = self.run(job) {
            (run.saving, run.saved) = (None, Some(saved));
        }
        vec![Command::ReadArchives]
    }

    pub(super) fn restoring(&mut self, job: JobId, progress: RestoreProgress) {
        if let Some(restoring) = self.archives.restoring.as_mut().filter(|restoring| restoring.job == job) {
            restoring.progress = Some(progress);
        }
    }

    pub(super) fn restore_ended(&mut self, job: JobId, result: Result<Restored, String>, now: i64) {
        let Some(restoring) = self.archives.restoring.take_if(|restoring| restoring.job == job) else {
            return;
        };
        let image = restoring.image;
        let deed = match &result {
            Ok(restored) => {
                ArchiveDeed::Restored { image: image.clone(), all_names: restored.has_all_names() }
            }
            Err(words) => ArchiveDeed::NotRestored { image: image.clone(), words: words.clone() },
        };
        self.activity.log(now, Deed::Archive(deed));
        if let Dialog::Archives(list) = &mut self.dialog {
            list.ended = Some((image, result));
        }
    }

    pub(super) fn archive_deleted(
        &mut self,
        archive: ArchiveId,
        result: Result<(), String>,
        now: i64,
    ) -> Vec<Command> {
        let deed = match result {
            Ok(()) => ArchiveDeed::Deleted(archive),
            Err(words) => ArchiveDeed::NotDeleted(archive, words),
        };
        self.activity.log(now, Deed::Archive(deed));
        vec![Command::ReadArchives]
    }
}
