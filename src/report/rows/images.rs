//! Which images a report's picture is about.

use std::collections::BTreeSet;

use crate::model::{ContainerId, ImageIx};
use crate::plan::{Expected, RemovalPlan, StepAction};
use crate::rules::{Target, World};

/// The image that a thing is, points at, or was created from.
pub fn image_of(world: &World, target: &Target) -> Option<ImageIx> {
    match target {
        Target::Image(id) | Target::Reference(id, _) => world.find_image(id),
        Target::Container(id) => image_of_container(world, id),
    }
}

fn image_of_container(world: &World, id: &ContainerId) -> Option<ImageIx> {
    let graph = world.graph();
    graph.find_image(&graph.container(graph.find_container(id)?)?.image)
}

/// The images that a plan touches.
pub fn images_of(world: &World, plan: &RemovalPlan) -> Vec<ImageIx> {
    let graph = world.graph();
    let mut found = BTreeSet::new();
    for step in &plan.steps {
        match &step.action {
            StepAction::Untag { image, .. } | StepAction::RemoveImage { image, .. } => {
                found.extend(graph.find_image(image));
            }
            StepAction::StopContainer { id, .. } | StepAction::RemoveContainer { id, .. } => {
                found.extend(image_of_container(world, id));
            }
        }
        if let Expected::Lines { images, .. } = &step.expected {
            found.extend(images.iter().filter_map(|id| graph.find_image(id)));
        }
    }
    found.into_iter().collect()
}
