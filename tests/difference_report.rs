//! The report of a difference: it tells enough to see the difference again, and without names if so wanted.

#![cfg(test)]

use std::sync::Arc;

use serde_json::Value;
use unmoor::engine::sample::Sample;
use unmoor::model::{Graph, Inventory, Item};
use unmoor::plan::{
    Ended, Judgement, Outcome, RemovalPlan, StepAnswer, StepOutcome, Way, plan_removal, revalidate,
};
use unmoor::report::{Privacy, difference};
use unmoor::rules::{World, locate};

/// A plan of the sample in which the third step was answered with a line too few.
fn differing() -> (Arc<Graph>, RemovalPlan, Outcome) {
    let graph = Arc::new(Graph::new(Arc::new(Sample::new(1_700_000_000).inventory())));
    let world = World::new(Arc::clone(&graph));
    let target = locate(&world, "e9d3f7300f03").unwrap();
    let plan = plan_removal(&world, &[target], Way::Ordered, true).unwrap();
    let as_said = |_| StepOutcome { answer: StepAnswer::Done, judgement: Judgement::AsPredicted };
    let mut steps: Vec<_> = (0..2).map(as_said).collect();
    steps.push(StepOutcome {
        answer: StepAnswer::Lines(vec![Item::Untagged("index.qiniu.com/ubuntu:latest".to_owned())]),
        judgement: Judgement::Differs,
    });
    (graph, plan, Outcome { steps, ended: Ended::Unexpected { step: 2 } })
}

fn parsed(text: &str) -> (Value, RemovalPlan, Inventory) {
    let value: Value = serde_json::from_str(text).unwrap();
    let plan = serde_json::from_value(value["plan"].clone()).unwrap();
    let world = serde_json::from_value(value["world"].clone()).unwrap();
    (value, plan, world)
}

/// Every text of an inventory that says whose it is.
fn telling(inventory: &Inventory) -> Vec<String> {
    let mut told = Vec::new();
    for image in inventory.images.seen() {
        told.extend([image.id.hex().to_owned(), image.id.short().to_owned()]);
        for name in &image.references {
            told.push(name.repository().familiar().to_owned());
            if !["docker.io", "localhost"].contains(&name.repository().registry()) {
                told.push(name.repository().registry().to_owned());
            }
            told.extend(name.digest().map(|digest| digest.as_str().to_owned()));
        }
        told.extend(image.layers.known().unwrap_or_default().iter().map(|layer| layer.diff_id.to_string()));
    }
    for container in inventory.containers.seen() {
        told.extend([container.id.to_string(), container.id.short().to_owned(), container.name.clone()]);
    }
    told
}

#[test]
fn with_names_replaced_nothing_tells_whose_it_was() {
    let (graph, plan, outcome) = differing();
    let open = difference(&graph, &plan, &outcome, Privacy::Open);
    let closed = difference(&graph, &plan, &outcome, Privacy::Anonymous);
    let told = telling(&parsed(&open).2);
    assert!(told.len() > 30, "{told:?}");
    for text in told {
        assert!(open.contains(&text), "{text} is nowhere");
        assert!(!closed.contains(&text), "{text} is told in {closed}");
    }
    assert!(!open.contains("build step") && !open.contains("/bin/sh"), "build steps may hold secrets");
    let (value, ..) = parsed(&closed);
    assert_eq!(value["plan"]["engine"]["version"], "1.12.6");
    assert_eq!(value["outcome"]["steps"].as_array().unwrap().len(), 3);
}

#[test]
fn the_world_of_a_report_gives_the_same_plan_again() {
    let (graph, plan, outcome) = differing();
    for privacy in [Privacy::Open, Privacy::Anonymous] {
        let (_, told, inventory) = parsed(&difference(&graph, &plan, &outcome, privacy));
        assert_eq!(told.steps.len(), plan.steps.len());
        let world = World::new(Arc::new(Graph::new(Arc::new(inventory))));
        assert_eq!(revalidate(&told, &world), [], "{privacy:?}");
        let again = plan_removal(&world, &told.targets, told.way, told.prune).unwrap();
        assert_eq!(again.steps.len(), told.steps.len(), "{privacy:?}");
    }
}

#[test]
fn only_what_the_plan_has_to_do_with_is_told() {
    let (graph, plan, outcome) = differing();
    let (_, _, inventory) = parsed(&difference(&graph, &plan, &outcome, Privacy::Open));
    assert!(inventory.images.seen().len() < graph.images().len());
    assert_eq!(
        inventory.containers.seen().iter().filter(|c| plan.removed().contains(c.id.as_str())).count(),
        3
    );
}
