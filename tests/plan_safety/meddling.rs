//! Another client does something before each step: the plan is stale, or the step does what was shown.

use unmoor::engine::sample::Sample;
use unmoor::model::{Inventory, Reference};
use unmoor::plan::{RemovalPlan, revalidate_steps};

use crate::sample::run_step;
use crate::worlds::{NAMES, Plot, image_id};
use crate::{check_step, world};

/// What another client may do in between.
#[derive(Clone, Debug)]
enum Meddling {
    Tag(usize, &'static str),
    Untag(&'static str),
    RemoveImage(usize),
    RemoveContainer(usize),
}

impl Meddling {
    fn all(plot: &Plot) -> Vec<Self> {
        let images = 0..plot.images;
        let tags =
            images.clone().flat_map(|image| NAMES.iter().take(4).map(move |name| Self::Tag(image, name)));
        tags.chain(NAMES.iter().take(4).map(|name| Self::Untag(name)))
            .chain(images.map(Self::RemoveImage))
            .chain((0..plot.containers.len()).map(Self::RemoveContainer))
            .collect()
    }

    /// Refused or not: another client's answer is not ours.
    fn happen(&self, sample: &Sample) {
        match self {
            Self::Tag(image, name) => {
                drop(sample.tag(&image_id(*image), &Reference::parse(name).unwrap()));
            }
            Self::Untag(name) => drop(sample.remove_image(name, false, true)),
            Self::RemoveImage(image) => drop(sample.remove_image(image_id(*image).as_str(), true, true)),
            Self::RemoveContainer(number) => {
                let inventory = sample.inventory();
                let container = inventory.containers.seen().iter().find(|c| c.name == format!("c{number}"));
                if let Some(container) = container {
                    drop(sample.remove_container(&container.id, true));
                }
            }
        }
    }
}

/// Before each step another client does something. Either the plan is found to be stale, and nothing is
/// sent; or the step does what was shown.
pub fn check_meddling(inventory: &Inventory, plan: &RemovalPlan, plot: &Plot, about: &str) {
    for meddling in Meddling::all(plot) {
        for first in 0..plan.steps.len() {
            let sample = Sample::with(inventory.clone());
            for step in &plan.steps[..first] {
                run_step(&sample, &step.action);
            }
            meddling.happen(&sample);
            let before = sample.inventory();
            let rest: Vec<usize> = (first..plan.steps.len()).collect();
            if !revalidate_steps(plan, &rest, &world(&before)).is_empty() {
                continue;
            }
            let step = &plan.steps[first];
            let answer = run_step(&sample, &step.action);
            let about = format!("{about}\nbefore step {first}: {meddling:?}");
            check_step(step, &before, &sample.inventory(), &answer, &about);
        }
    }
}
