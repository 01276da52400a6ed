//! What a listing tells of a step that was sent and whose answer never came. A name that is gone may have been
//! taken by someone else: what is told is what is seen, never more.

use serde::{Deserialize, Serialize};

use super::entry::Task;
use super::run::Run;
use super::undo::UndoAction;
use crate::model::ImageId;
use crate::plan::{self, PlannedStep, StepAction};
use crate::rules::World;

/// What is known of one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    pub step: usize,
    pub fate: Fate,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Things are as the step was to leave them.
    Done,
    /// Things are as they were before it.
    NotDone,
    /// Some of what it was to take is gone.
    Partly,
    /// The name leads to another image by now.
    Elsewhere(ImageId),
    /// The listing does not allow to tell; says why.
    Unknown(String),
}

/// What this listing of the run's engine tells of its steps without an answer.
pub fn known(run: &Run, world: &World) -> Vec<Known> {
    run.unanswered().map(|step| Known { step, fate: fate(run, step, world) }).collect()
}

fn fate(run: &Run, step: usize, world: &World) -> Fate {
    if let Some(why) = world.incomplete_because() {
        return Fate::Unknown(why.to_owned());
    }
    let done = match &run.task {
        Task::Removal(plan) => {
            return plan
                .steps
                .get(step)
                .map_or_else(|| Fate::Unknown(String::new()), |s| of_removal(s, world));
        }
        Task::Undo(plan) => match plan.steps.get(step).map(|step| &step.action) {
            Some(UndoAction::Tag { image, reference }) => return name(world, reference, image),
            Some(UndoAction::Start { id, .. }) => runs(world, id),
            Some(UndoAction::Pull { image, .. } | UndoAction::Restore { image, .. }) => {
                world.find_image(image).is_some()
            }
            None => return Fate::Unknown(String::new()),
        },
    };
    if done { Fate::Done } else { Fate::NotDone }
}

/// As an outcome tells it, and where the name went if somebody has taken it since.
fn of_removal(step: &PlannedStep, world: &World) -> Fate {
    if let StepAction::Untag { reference, image, .. } = &step.action
        && let elsewhere @ Fate::Elsewhere(_) = name(world, reference, image)
    {
        return elsewhere;
    }
    match plan::fate(step, world) {
        plan::Fate::Done => Fate::Done,
        plan::Fate::NotDone => Fate::NotDone,
        plan::Fate::Partly => Fate::Partly,
        plan::Fate::Unclear => Fate::Unknown(String::new()),
    }
}

fn runs(world: &World, id: &crate::model::ContainerId) -> bool {
    let container = world.find_container(id).and_then(|ix| world.container(ix));
    container.is_some_and(|(_, state)| state.counts_as_running())
}

/// Of a step that was to leave the name on the image.
fn name(world: &World, name: &crate::model::Reference, image: &ImageId) -> Fate {
    let leads_to = world.find_name(name).and_then(|ix| world.image(ix)).map(|image| &image.id);
    match leads_to {
        Some(now) if now != image => Fate::Elsewhere(now.clone()),
        Some(_) => Fate::Done,
        None => Fate::NotDone,
    }
}
