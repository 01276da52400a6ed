//! How a run is undone, as things are now: the last step first, each by one request. What does not come back
//! is said beside it. Every step is checked once more right before it is sent; the image that was taken is told
//! by its ID, never by a name.
//!
//! A source of images beside names and registries needs an action of its own here, and a place in
//! `Planner::bring_back`.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::entry::{Answer, ImageRecord, RunId, Task};
use super::run::{Run, StepRecord};
use crate::archive::ArchiveId;
use crate::model::{ContainerId, EngineInfo, ImageId, Item, Reference};
use crate::plan::{RemovalPlan, StepAction, StepAnswer, Undo};
use crate::rules::World;

/// What is to be done, frozen: the dialog shows this value, and the worker runs this value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoPlan {
    pub of: RunId,
    /// The engine that it was planned on; `None` in a journal that did not tell yet.
    #[serde(default)]
    pub engine: Option<EngineInfo>,
    pub steps: Vec<UndoStep>,
    /// What does not come back.
    pub left: Vec<Left>,
}

/// One request, and the step that it undoes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoStep {
    pub undoes: usize,
    pub action: UndoAction,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum UndoAction {
    /// Gives an image its name again.
    Tag { image: ImageId, reference: Reference },
    /// Brings an image back from its archive; it has to be this very image.
    Restore { archive: ArchiveId, image: ImageId },
    /// Starts a container again.
    Start { id: ContainerId, name: String },
    /// Asks registries, one after the other, for what they gave out under these digests; it has to be this very
    /// image.
    Pull {
        digests: Vec<Reference>,
        image: ImageId,
        platform: Option<String>,
        /// False where the engine makes digests up, so that no registry may ever have had it.
        sure: bool,
    },
}

/// Something that a step took and that does not come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    pub step: usize,
    pub why: WhyLeft,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyLeft {
    /// Someone gave the name to another image.
    NameTaken { reference: Reference, now: ImageId },
    /// No engine lets a digest be given by hand; pulling it does.
    Digest { reference: Reference },
    /// No registry ever told a digest of it.
    Image { image: ImageId },
    /// It went along without a name or a digest of its own; what was built on it has its layers.
    Parent { image: ImageId },
    /// What a container wrote is in no other place; how it was set up is in the journal.
    Container { id: ContainerId, name: String },
}

/// What became of a step that undoes another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndoAnswer {
    Done,
    /// Things were that way already; nothing was sent.
    AlreadySo,
    /// Nothing was sent.
    Hindered(Hindrance),
    /// The engine's or the registry's words; a pull has no status.
    Refused {
        status: Option<u16>,
        message: String,
    },
    /// Whether it was done, only a listing can tell.
    Lost(String),
    /// It came back as another image than the one that went; that one was not named.
    OtherImage(ImageId),
}

impl UndoAnswer {
    /// `None` where nobody knows.
    pub fn is_done(&self) -> Option<bool> {
        match self {
            Self::Done | Self::AlreadySo => Some(true),
            Self::Hindered(_) | Self::Refused { .. } | Self::OtherImage(_) => Some(false),
            Self::Lost(_) => None,
        }
    }
}

/// Why a step was not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hindrance {
    ImageGone,
    NameTaken(ImageId),
    ContainerGone,
    /// The engine could not be asked; its words.
    Unasked(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndoEnded {
    /// Every step was tried.
    Completed,
    Stopped,
    /// Before the first step: another engine answers than the one that it was planned on.
    OtherEngine,
    /// Before a step: it could not be written to the journal, which says why.
    NotJournalled {
        step: usize,
        words: String,
    },
    /// Before the first step; says why.
    NotBegun(String),
}

/// Which archive holds an image, if one does.
pub type Archived<'a> = &'a dyn Fn(&ImageId) -> Option<ArchiveId>;

/// Undoes a run, or one step of it, in this world. Nothing of it if the run was itself an undoing.
pub fn undo_plan(run: &Run, only: Option<usize>, world: &World, archived: Archived<'_>) -> UndoPlan {
    let mut planner = Planner {
        world,
        archived,
        back: HashSet::new(),
        named: HashSet::new(),
        steps: Vec::new(),
        left: Vec::new(),
    };
    if let Task::Removal(plan) = &run.task {
        let wanted = |step: usize| only.is_none_or(|only| only == step);
        for (at, record) in run.steps.iter().enumerate().rev().filter(|(at, _)| wanted(*at)) {
            planner.undo(run, plan, at, record);
        }
    }
    let Planner { steps, left, .. } = planner;
    UndoPlan { of: run.id.clone(), engine: Some(world.engine().clone()), steps, left }
}

/// Whether something of a run may come back, by what is written of it: no engine is asked.
pub fn can_be_undone(run: &Run, only: Option<usize>) -> bool {
    let Task::Removal(plan) = &run.task else { return false };
    let gone: HashSet<&str> = run.steps.iter().flat_map(deleted).collect();
    let removed = |id: &ContainerId| {
        plan.steps.iter().zip(&run.steps).any(|(planned, record)| {
            matches!(&planned.action, StepAction::RemoveContainer { id: other, .. } if other == id)
                && record.is_done() != Some(false)
        })
    };
    let steps = plan.steps.iter().zip(&run.steps).enumerate();
    steps.filter(|(at, _)| only.is_none_or(|only| only == *at)).any(|(_, (planned, record))| {
        if record.is_done() == Some(false) {
            return false;
        }
        match &planned.action {
            StepAction::StopContainer { id, .. } => !removed(id),
            StepAction::RemoveContainer { .. } => false,
            StepAction::Untag { image, .. } | StepAction::RemoveImage { image, .. } => {
                record.sent.as_ref().is_some_and(|sent| sent.undo == Some(Undo::Restore))
                    || !gone.contains(image.as_str())
                    || record_of(run, image).is_some_and(|record| !to_pull(record).is_empty())
            }
        }
    })
}

/// The IDs in the engine's own answer.
fn deleted(record: &StepRecord) -> Vec<&str> {
    lines(record)
        .iter()
        .filter_map(|item| if let Item::Deleted(id) = item { Some(&**id) } else { None })
        .collect()
}

fn lines(record: &StepRecord) -> &[Item] {
    match &record.answered {
        Some((_, Answer::Removal(outcome))) => match &outcome.answer {
            StepAnswer::Lines(items) => items,
            StepAnswer::Done | StepAnswer::Refused { .. } | StepAnswer::Lost(_) | StepAnswer::NotSent(_) => {
                &[]
            }
        },
        Some((_, Answer::Undo(_))) | None => &[],
    }
}

/// What is written of an image, by the first step that concerns it: then it had all its names.
fn record_of<'a>(run: &'a Run, image: &ImageId) -> Option<&'a ImageRecord> {
    let taken = run.steps.iter().filter_map(|step| step.sent.as_ref()).flat_map(|sent| &sent.taken.images);
    taken.into_iter().find(|record| record.id == *image)
}

/// What registries may give it out under; what was stored comes first.
fn to_pull(record: &ImageRecord) -> Vec<&Reference> {
    let stored = record.names.iter().filter(|name| name.digest().is_some());
    let known = stored.chain(&record.digests);
    // Podman puts names without a registry there, and no registry has that name.
    known.filter(|name| name.repository().registry() != "localhost").collect()
}

struct Planner<'a> {
    world: &'a World,
    archived: Archived<'a>,
    /// Images that an earlier step brings back.
    back: HashSet<ImageId>,
    named: HashSet<Reference>,
    steps: Vec<UndoStep>,
    left: Vec<Left>,
}

impl Planner<'_> {
    fn undo(&mut self, run: &Run, plan: &RemovalPlan, at: usize, record: &StepRecord) {
        let Some(planned) = plan.steps.get(at) else { return };
        if record.is_done() == Some(false) {
            return;
        }
        match &planned.action {
            StepAction::StopContainer { id, name } => self.start(at, id, name),
            StepAction::RemoveContainer { id, name, .. } => self.lose_container(at, id, name),
            StepAction::Untag { image, reference, .. } => {
                self.name_again(run, at, record, image, Some(reference));
            }
            StepAction::RemoveImage { image, .. } => self.name_again(run, at, record, image, None),
        }
        let taken = record.sent.iter().flat_map(|sent| &sent.taken.containers);
        if planned.action.removal().is_some() {
            for container in taken {
                self.lose_container(at, &container.id, &container.name);
            }
        }
    }

    fn start(&mut self, at: usize, id: &ContainerId, name: &str) {
        match self.world.find_container(id).and_then(|ix| self.world.container(ix)) {
            Some((_, state)) if state.counts_as_running() => {}
            Some(_) => self.push(at, UndoAction::Start { id: id.clone(), name: name.to_owned() }),
            None => self.lose_container(at, id, name),
        }
    }

    fn lose_container(&mut self, at: usize, id: &ContainerId, name: &str) {
        let known = |left: &Left| matches!(&left.why, WhyLeft::Container { id: other, .. } if other == id);
        if self.world.find_container(id).is_none() && !self.left.iter().any(known) {
            self.leave(at, WhyLeft::Container { id: id.clone(), name: name.to_owned() });
        }
    }

    /// Gives an image the names again that a step took, and brings the image back before.
    fn name_again(
        &mut self,
        run: &Run,
        at: usize,
        record: &StepRecord,
        image: &ImageId,
        asked: Option<&Reference>,
    ) {
        let known = record_of(run, image);
        let gone = deleted(record);
        let also = record.sent.iter().flat_map(|sent| &sent.taken.images);
        for parent in also.filter(|other| other.id != *image && gone.contains(&other.id.as_str())) {
            let is_back = self.world.find_image(&parent.id).is_some() || self.back.contains(&parent.id);
            if !is_back && !self.restore(at, &parent.id) {
                self.leave(at, WhyLeft::Parent { image: parent.id.clone() });
            }
        }
        if !self.bring_back(at, image, known) {
            return;
        }
        let mut names: Vec<Reference> = asked.into_iter().cloned().collect();
        let reported = lines(record).iter().filter_map(|item| match item {
            Item::Untagged(name) => Reference::parse(name).ok(),
            Item::Deleted(_) => None,
        });
        // Some engines report digests as well that were never stored.
        let stored = |name: &Reference| known.is_none_or(|known| known.names.contains(name));
        names.extend(reported.filter(stored));
        if record.is_done().is_none() && asked.is_none() {
            names.extend(known.iter().flat_map(|known| known.names.iter().cloned()));
        }
        for name in names {
            self.name_once(at, image, &name, asked == Some(&name));
        }
    }

    fn name_once(&mut self, at: usize, image: &ImageId, name: &Reference, asked: bool) {
        if !self.named.insert(name.clone()) {
            return;
        }
        let leads_to = self.world.find_name(name).and_then(|ix| self.world.image(ix)).map(|image| &image.id);
        match leads_to {
            Some(now) if now == image => {}
            Some(now) => {
                self.leave(at, WhyLeft::NameTaken { reference: name.clone(), now: now.clone() });
            }
            None if name.digest().is_none() => {
                self.push(at, UndoAction::Tag { image: image.clone(), reference: name.clone() });
            }
            // It comes along with the image where that is pulled by it.
            None if self.pulls(name) => {}
            None if asked => {
                let action = UndoAction::Pull {
                    digests: vec![name.clone()],
                    image: image.clone(),
                    platform: None,
                    sure: true,
                };
                self.push(at, action);
            }
            None => self.leave(at, WhyLeft::Digest { reference: name.clone() }),
        }
    }

    fn pulls(&self, name: &Reference) -> bool {
        self.steps.iter().any(|step| match &step.action {
            UndoAction::Pull { digests, .. } => digests.first() == Some(name),
            UndoAction::Tag { .. } | UndoAction::Restore { .. } | UndoAction::Start { .. } => false,
        })
    }

    /// Whether the image is there, or will be.
    fn bring_back(&mut self, at: usize, image: &ImageId, known: Option<&ImageRecord>) -> bool {
        if self.world.find_image(image).is_some() || self.back.contains(image) {
            return true;
        }
        // Nearer than any registry, and checked when it was made.
        if self.restore(at, image) {
            return true;
        }
        if let Some((record, digests)) = known.map(|known| (known, to_pull(known)))
            && let Some(first) = digests.first()
        {
            self.back.insert(image.clone());
            let action = UndoAction::Pull {
                sure: record.names.contains(first),
                digests: digests.iter().copied().cloned().collect(),
                image: image.clone(),
                platform: record.platform.clone(),
            };
            self.push(at, action);
            return true;
        }
        let why = WhyLeft::Image { image: image.clone() };
        if !self.left.iter().any(|left| left.why == why) {
            self.leave(at, why);
        }
        false
    }

    /// Whether an archive has the image.
    fn restore(&mut self, at: usize, image: &ImageId) -> bool {
        let Some(archive) = (self.archived)(image) else { return false };
        self.back.insert(image.clone());
        self.push(at, UndoAction::Restore { archive, image: image.clone() });
        true
    }

    fn push(&mut self, at: usize, action: UndoAction) {
        self.steps.push(UndoStep { undoes: at, action });
    }

    fn leave(&mut self, at: usize, why: WhyLeft) {
        self.left.push(Left { step: at, why });
    }
}
