//! What a listing tells of a step whose answer never came, on the sample.

#![cfg(test)]

use std::sync::Arc;

use unmoor::engine::sample::Sample;
use unmoor::model::{Graph, Inventory, Section};
use unmoor::plan::{Fate, Way, fate, plan_removal};
use unmoor::rules::{Target, World};

fn world(inventory: Inventory) -> World {
    World::new(Arc::new(Graph::new(Arc::new(inventory))))
}

#[test]
fn each_step_of_the_sample_is_told_by_what_is_left() {
    let before = world(Sample::new(0).inventory());
    let graph = Arc::clone(before.graph());
    let image = graph.images().iter().max_by_key(|image| image.references.len()).unwrap();
    let plan = plan_removal(&before, &[Target::Image(image.id.clone())], Way::Ordered, true).unwrap();
    let mut now = before.clone();
    for step in &plan.steps {
        assert_eq!(fate(step, &now), Fate::NotDone, "{step:?}");
        for change in step.action.predict(&now).unwrap().1 {
            now.apply(&change);
        }
        now = world(unmoor::rules::relist::relist(&now));
        assert_eq!(fate(step, &now), Fate::Done, "{step:?}");
    }
    assert!(plan.steps.len() > 2);
}

#[test]
fn half_a_listing_tells_nothing() {
    let mut inventory = Sample::new(0).inventory();
    let before = world(inventory.clone());
    let target = Target::Image(before.graph().images()[0].id.clone());
    let plan = plan_removal(&before, &[target], Way::Ordered, true).unwrap();
    let why = "cut off".to_owned();
    inventory.containers = Section::Failed { why, partial: Vec::new() };
    assert!(plan.steps.iter().all(|step| fate(step, &world(inventory.clone())) == Fate::Unclear));
}
