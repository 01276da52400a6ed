//! What became of a step whose answer never came: a complete listing made afterwards tells.

use serde::{Deserialize, Serialize};

use super::step::{Expected, PlannedStep, StepAction};
use crate::model::{ImageId, Item, Reference};
use crate::rules::World;

/// What a listing shows of a step that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// All that it was to take is gone.
    Done,
    /// All of it is still there.
    NotDone,
    /// Some of it is gone.
    Partly,
    /// The listing does not tell.
    Unclear,
}

/// Holds a step against the state after it. Whoever else did something meanwhile is not told apart.
pub fn fate(step: &PlannedStep, after: &World) -> Fate {
    if after.incomplete_because().is_some() {
        return Fate::Unclear;
    }
    let effects: Vec<bool> = match &step.action {
        StepAction::StopContainer { id, .. } => {
            let state = after.find_container(id).and_then(|ix| after.container(ix)).map(|(_, state)| state);
            vec![state.is_none_or(|state| !state.counts_as_running())]
        }
        StepAction::RemoveContainer { id, .. } => vec![after.find_container(id).is_none()],
        StepAction::Untag { reference, image, .. } => {
            let name_gone = leads_elsewhere(after, reference, image);
            std::iter::once(name_gone).chain(taken(step, after, image)).collect()
        }
        StepAction::RemoveImage { image, .. } => {
            std::iter::once(after.find_image(image).is_none()).chain(taken(step, after, image)).collect()
        }
    };
    match (effects.contains(&true), effects.contains(&false)) {
        (true, false) => Fate::Done,
        (false, true) => Fate::NotDone,
        (true, true) => Fate::Partly,
        (false, false) => Fate::Unclear,
    }
}

/// Of everything else that the step was to take, whether it is gone.
fn taken(step: &PlannedStep, after: &World, image: &ImageId) -> Vec<bool> {
    let Expected::Lines { items, images, containers, .. } = &step.expected else { return Vec::new() };
    let names = items.iter().filter_map(|item| match item {
        // Docker also says so of IDs and of records that have no name to see.
        Item::Untagged(text) if ImageId::parse(text).is_err() => Reference::parse(text).ok(),
        Item::Untagged(_) | Item::Deleted(_) => None,
    });
    let names = names.map(|name| leads_elsewhere(after, &name, image));
    let images = images.iter().map(|image| after.find_image(image).is_none());
    let containers = containers.iter().map(|container| after.find_container(container).is_none());
    names.chain(images).chain(containers).collect()
}

fn leads_elsewhere(after: &World, name: &Reference, image: &ImageId) -> bool {
    let holder = after.graph().find_name(name).and_then(|ix| after.graph().image(ix));
    holder.is_none_or(|holder| holder.id != *image)
}
