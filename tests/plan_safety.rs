//! What must hold of every plan, whatever the world: it removes what it named and nothing else, keeps what
//! is to be kept, and another client's doing in between makes no step do anything but what was shown.
//!
//! The engine is the embedded one, which follows the same rules; whether the rules are right, real engines
//! decide (`differential.rs`).

#![cfg(test)]

#[path = "plan_safety/meddling.rs"]
mod meddling;
mod sample;
#[path = "plan_safety/worlds.rs"]
mod worlds;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use meddling::check_meddling;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use sample::run_step;
use unmoor::engine::sample::Sample;
use unmoor::model::{Graph, ImageId, Inventory, Item, Layers, Reference, Section, StoreKind};
use unmoor::plan::{
    Difference, Expected, Judgement, NoWay, PlannedStep, RemovalPlan, StepAction, StepAnswer, Way, choose,
    judge, plan_removal, steps_to_skip,
};
use unmoor::rules::{Pin, Policy, Protection, Removal, Target, World, assess, relist, verdict};
use worlds::{NAMES, Plot, STORES, all_small, image_id, larger};

/// Everything that can be removed, each as one word.
type Things = BTreeSet<String>;

fn world(inventory: &Inventory) -> World {
    World::new(Arc::new(Graph::new(Arc::new(inventory.clone()))))
}

fn things(inventory: &Inventory) -> Things {
    let mut things = Things::new();
    for image in inventory.images.seen() {
        things.insert(image.id.to_string());
        things.extend(image.references.iter().map(|name| format!("{} of {}", name.full(), image.id.short())));
    }
    things.extend(inventory.containers.seen().iter().map(|container| container.id.to_string()));
    things
}

fn running(inventory: &Inventory) -> BTreeSet<String> {
    let all = inventory.containers.seen().iter();
    all.filter(|c| c.state.counts_as_running()).map(|c| c.id.to_string()).collect()
}

/// What a step says on the screen that it takes away: its lines and what else it names.
fn named_by(step: &PlannedStep) -> Things {
    let mut named = Things::new();
    if let StepAction::RemoveContainer { id, .. } = &step.action {
        named.insert(id.to_string());
    }
    if let Expected::Lines { items, images, containers, .. } = &step.expected {
        named.extend(images.iter().map(ToString::to_string));
        named.extend(containers.iter().map(ToString::to_string));
        for item in items {
            if let Item::Untagged(name) = item {
                named.insert(Reference::parse(name).map_or_else(|_| name.clone(), |name| name.full()));
            }
        }
    }
    named
}

/// Whether something that is gone was named: by itself, or a name by its line or with its image.
fn was_named(gone: &str, named: &Things, images: &Things) -> bool {
    match gone.split_once(" of ") {
        Some((name, short)) => named.contains(name) || images.iter().any(|id| id.contains(short)),
        None => named.contains(gone),
    }
}

/// Checks one step that was carried out: its answer, and that it took away what it named.
fn check_step(step: &PlannedStep, before: &Inventory, after: &Inventory, answer: &StepAnswer, about: &str) {
    assert_eq!(judge(step, answer), Judgement::AsPredicted, "{about}\n{step:#?}\n{answer:#?}");
    let named = named_by(step);
    let (before, left) = (things(before), things(after));
    let images = named.iter().filter(|id| id.starts_with("sha256:")).cloned().collect();
    for gone in before.difference(&left) {
        assert!(was_named(gone, &named, &images), "{about}\n{gone} went unnamed with {step:#?}");
    }
    for thing in &named {
        assert!(!left.contains(thing), "{about}\n{thing} was to go with {step:#?}");
    }
    let added: Vec<_> = left.difference(&before).collect();
    assert!(added.is_empty(), "{about}\n{added:?} came up with {step:#?}");
}

/// Runs a plan to its end, and looks at the state after every step.
fn check_plan(inventory: &Inventory, plan: &RemovalPlan, about: &str) {
    assert!(!plan.steps.is_empty(), "{about}: a plan without a step");
    if plan.way == Way::Ordered {
        assert!(!plan.uses_force(), "{about}: {plan:#?}");
    }
    let sample = Sample::with(inventory.clone());
    let mut predicted = world(inventory);
    for step in &plan.steps {
        let before = sample.inventory();
        let answer = run_step(&sample, &step.action);
        let after = sample.inventory();
        check_step(step, &before, &after, &answer, about);
        for change in step.action.predict(&predicted).unwrap().1 {
            predicted.apply(&change);
        }
        // To stop here leaves exactly what the steps so far say.
        assert_eq!(things(&relist(&predicted)), things(&after), "{about}");
        assert_eq!(running(&relist(&predicted)), running(&after), "{about}");
    }
    let gone: Things = plan.steps.iter().flat_map(named_by).collect();
    let left = sample.inventory();
    for target in &plan.targets {
        let there = match target {
            Target::Image(id) => things(&left).contains(id.as_str()),
            Target::Container(id) => things(&left).contains(id.as_str()),
            Target::Reference(id, name) => {
                things(&left).contains(&format!("{} of {}", name.full(), id.short()))
            }
        };
        assert!(!there, "{about}: {target:?} is still there");
    }
    if plan.way == Way::Ordered {
        for container in left.containers.seen() {
            assert!(!gone.contains(container.image.as_str()), "{about}: {} lost its image", container.name);
        }
    }
}

/// Leaves out one step after the other: what that step was to take away stays, and nothing goes that the
/// whole plan did not name.
fn check_choices(inventory: &Inventory, plan: &RemovalPlan, about: &str) {
    let before = things(inventory);
    let whole: Things = plan.steps.iter().flat_map(named_by).collect();
    let images = whole.iter().filter(|id| id.starts_with("sha256:")).cloned().collect();
    for (at, left_out) in plan.steps.iter().enumerate() {
        let about = format!("{about}\nwithout step {at}: {left_out:#?}");
        let chosen = choose(&world(inventory), plan, &BTreeSet::from([at])).plan;
        let sample = Sample::with(inventory.clone());
        for step in &chosen.steps {
            let before = sample.inventory();
            let answer = run_step(&sample, &step.action);
            check_step(step, &before, &sample.inventory(), &answer, &about);
        }
        let after = sample.inventory();
        for gone in before.difference(&things(&after)) {
            assert!(was_named(gone, &whole, &images), "{about}\n{gone} went unnamed");
        }
        match &left_out.action {
            StepAction::StopContainer { id, .. } => {
                assert!(running(&after).contains(id.as_str()), "{about}");
            }
            StepAction::RemoveContainer { .. }
            | StepAction::Untag { .. }
            | StepAction::RemoveImage { .. } => {
                let named = named_by(left_out);
                for thing in before.iter().filter(|thing| was_named(thing, &named, &Things::new())) {
                    assert!(things(&after).contains(thing), "{about}\n{thing} is gone");
                }
            }
        }
    }
}

/// The engine does not do one step, and the person lets it go on with what still holds: still nothing goes
/// that was not named, and nothing that runs.
fn check_going_on(inventory: &Inventory, plan: &RemovalPlan, about: &str) {
    for failed in 0..plan.steps.len() {
        let about = format!("{about}\nstep {failed} was not done: {:#?}", plan.steps[failed]);
        let sample = Sample::with(inventory.clone());
        for step in &plan.steps[..failed] {
            run_step(&sample, &step.action);
        }
        let rest: Vec<usize> = (failed + 1..plan.steps.len()).collect();
        let skipped = steps_to_skip(plan, &rest, &world(&sample.inventory()));
        // What is about no step means that none can be told, and none is sent.
        let steps: Option<Vec<usize>> = skipped.iter().map(Difference::step).collect();
        let Some(skipped) = steps else { continue };
        for at in rest.into_iter().filter(|at| !skipped.contains(at)) {
            let step = &plan.steps[at];
            let before = sample.inventory();
            let answer = run_step(&sample, &step.action);
            let after = sample.inventory();
            check_step(step, &before, &after, &answer, &about);
            if !matches!(step.action, StepAction::RemoveContainer { .. }) {
                let gone: Vec<_> = running(&before).difference(&things(&after)).cloned().collect();
                assert!(gone.is_empty(), "{about}\n{gone:?} ran, and went with {step:#?}");
            }
        }
    }
}

fn targets(inventory: &Inventory) -> Vec<Target> {
    let mut targets = Vec::new();
    for image in inventory.images.seen() {
        targets.push(Target::Image(image.id.clone()));
        targets.extend(image.references.iter().map(|r| Target::Reference(image.id.clone(), r.clone())));
    }
    targets.extend(inventory.containers.seen().iter().map(|c| Target::Container(c.id.clone())));
    targets
}

/// How many plans and refusals a test has seen: a test over nothing proves nothing.
#[derive(Default)]
struct Seen {
    plans: AtomicUsize,
    refused: AtomicUsize,
}

/// What is tried with a plan beyond running it: each multiplies the work.
struct Beyond {
    choices: bool,
    meddling: bool,
}

fn check_world(plot: &Plot, engine: usize, beyond: &Beyond, seen: &Seen) {
    let inventory = plot.inventory(engine);
    let observed = world(&inventory);
    for target in targets(&inventory) {
        for (way, prune) in [(Way::Ordered, true), (Way::Ordered, false), (Way::Force, true)] {
            let about = format!("{plot:?}\n{} {target:?} {way:?} prune {prune}", STORES[engine].2);
            match plan_removal(&observed, std::slice::from_ref(&target), way, prune) {
                Ok(plan) => {
                    seen.plans.fetch_add(1, Ordering::Relaxed);
                    check_plan(&inventory, &plan, &about);
                    if beyond.choices {
                        check_choices(&inventory, &plan, &about);
                        check_going_on(&inventory, &plan, &about);
                    }
                    if beyond.meddling {
                        check_meddling(&inventory, &plan, plot, &about);
                    }
                }
                Err(NoWay::Refused(_)) => {
                    seen.refused.fetch_add(1, Ordering::Relaxed);
                }
                // Podman would do half of it and report an error: no plan is made on that.
                Err(NoWay::Unknown(_)) if plot.store == StoreKind::Podman => {
                    seen.refused.fetch_add(1, Ordering::Relaxed);
                }
                Err(why) => panic!("{about}\n{why:?}"),
            }
        }
    }
}

#[test]
fn every_plan_of_every_small_world_does_what_it_named() {
    let seen = Seen::default();
    std::thread::scope(|scope| {
        for (engine, (store, ..)) in STORES.iter().enumerate() {
            let seen = &seen;
            scope.spawn(move || {
                for (number, plot) in all_small(*store).iter().enumerate() {
                    let beyond = Beyond { choices: number % 11 == engine, meddling: number % 101 == engine };
                    check_world(plot, engine, &beyond, seen);
                }
            });
        }
    });
    let (plans, refused) = (seen.plans.into_inner(), seen.refused.into_inner());
    println!("{plans} plans, {refused} refused");
    assert!(plans > 20_000 && refused < plans / 4, "{plans} plans, {refused} refused");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, rng_seed: RngSeed::Fixed(20_261_124), ..ProptestConfig::default() })]

    #[test]
    fn every_plan_of_larger_worlds_does_what_it_named((plot, engine) in larger()) {
        check_world(&plot, engine, &Beyond { choices: true, meddling: plot.images < 4 }, &Seen::default());
    }

    /// A list asks for the verdict on each image, by a way that is shorter.
    #[test]
    fn the_verdict_on_an_image_is_that_of_its_whole_assessment(
        (plot, engine) in larger(),
        unread in prop::option::of(0..7_usize),
    ) {
        let mut inventory = plot.inventory(engine);
        if let Some(image) = unread.and_then(|at| inventory.images.seen_mut().get_mut(at)) {
            Arc::make_mut(image).layers = Layers::NotRead;
        }
        let world = world(&inventory);
        for image in world.graph().images() {
            let target = Target::Image(image.id.clone());
            let removal = Removal::of(target.as_sent_to(plot.store));
            assert_eq!(verdict(&world, &target), assess(&world, &target, &removal).verdict, "{target:?}");
        }
    }

    /// Whatever is protected or pinned, by whatever way, is there after every plan that is made.
    #[test]
    fn no_plan_takes_what_is_protected(
        (plot, engine) in larger(),
        pinned_image in 0..7_usize,
        pinned_name in select(NAMES.to_vec()),
        pattern in select(vec!["*/b:*", "a:?", "r.example/*", "zzz"]),
    ) {
        let inventory = plot.inventory(engine);
        let observed = world(&inventory);
        let policy = Policy {
            pins: [
                Pin::Image(image_id(pinned_image)),
                Pin::Name(Reference::parse(pinned_name).unwrap()),
                Pin::Pattern(pattern.to_owned()),
            ].into(),
            ..Policy::default()
        };
        let protection = Arc::new(Protection::new(observed.graph(), &policy));
        let matches = |name: &Reference| match pattern {
            "*/b:*" => name.full().contains("/b:"),
            "a:?" => name.familiar().starts_with("a:"),
            "r.example/*" => name.full().starts_with("r.example/"),
            _ => false,
        };
        let is_kept = |name: &Reference| name.familiar() == pinned_name || matches(name);
        let kept_images: BTreeSet<ImageId> = inventory.images.seen().iter().filter(|image| {
            image.id == image_id(pinned_image)
                || image.labels.contains_key("unmoor.keep")
                || image.references.iter().any(is_kept)
        }).map(|image| image.id.clone()).collect();
        let observed = observed.protecting(protection);
        for target in targets(&inventory) {
            for way in [Way::Ordered, Way::Force] {
                let Ok(plan) = plan_removal(&observed, std::slice::from_ref(&target), way, true) else { continue };
                let sample = Sample::with(inventory.clone());
                for step in &plan.steps {
                    run_step(&sample, &step.action);
                }
                let left = sample.inventory();
                for id in &kept_images {
                    let image = left.images.seen().iter().find(|image| image.id == *id);
                    prop_assert!(image.is_some(), "{plot:?}\n{id} went with {plan:#?}");
                    let before = inventory.images.seen().iter().find(|image| image.id == *id).unwrap();
                    let whole = *id == image_id(pinned_image) || before.labels.contains_key("unmoor.keep");
                    for name in before.references.iter().filter(|name| whole || is_kept(name)) {
                        prop_assert!(image.unwrap().references.contains(name), "{plot:?}\n{name} went with {plan:#?}");
                    }
                }
            }
        }
    }

    /// What could not be listed in full is never planned on.
    #[test]
    fn no_plan_is_made_on_an_incomplete_listing((plot, engine) in larger(), images in any::<bool>()) {
        let mut inventory = plot.inventory(engine);
        let why = "it broke off".to_owned();
        if images {
            let partial = inventory.images.seen().clone();
            inventory.images = Section::Failed { why, partial };
        } else {
            let partial = inventory.containers.seen().clone();
            inventory.containers = Section::Failed { why, partial };
        }
        let observed = world(&inventory);
        for target in targets(&inventory) {
            for way in [Way::Ordered, Way::Force] {
                let plan = plan_removal(&observed, std::slice::from_ref(&target), way, true);
                prop_assert!(matches!(plan, Err(NoWay::Unknown(_))), "{plan:?}");
            }
        }
    }
}
