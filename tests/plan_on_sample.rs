//! The origin case on the embedded engine: what holds it, what the engine says, and both ways out,
//! carried out step by step and held against every prediction.

#![cfg(test)]

mod sample;

use std::sync::Arc;

use sample::run_step;
use unmoor::engine::sample::Sample;
use unmoor::model::{Graph, ImageId, Inventory, Item, Reference};
use unmoor::plan::{
    Expected, Judgement, Loss, NoWay, RemovalPlan, StepAction, Way, judge, plan_removal, revalidate,
};
use unmoor::rules::conflict::Cause;
use unmoor::rules::{
    Answer, HolderKind, Removal, Target, Verdict, World, assess, locate, remove_image, verdict,
};

fn world(inventory: Inventory) -> World {
    World::new(Arc::new(Graph::new(Arc::new(inventory))))
}

fn sample() -> (Sample, World) {
    let sample = Sample::new(1_700_000_000);
    let world = world(sample.inventory());
    (sample, world)
}

fn target(world: &World, text: &str) -> Target {
    locate(world, text).unwrap_or_else(|why| panic!("{text}: {why:?}"))
}

fn run(sample: &Sample, plan: &RemovalPlan) {
    for (position, step) in plan.steps.iter().enumerate() {
        let answer = run_step(sample, &step.action);
        assert_eq!(judge(step, &answer), Judgement::AsPredicted, "step {position}: {step:#?}\n{answer:#?}");
    }
}

fn nodes(world: &World) -> Vec<Target> {
    let mut nodes = Vec::new();
    for image in world.graph().images() {
        nodes.push(Target::Image(image.id.clone()));
        nodes.extend(image.references.iter().map(|r| Target::Reference(image.id.clone(), r.clone())));
    }
    nodes.extend(world.graph().containers().iter().map(|c| Target::Container(c.id.clone())));
    nodes
}

#[test]
fn the_origin_image_tells_all_its_holders_and_every_refusal_in_order() {
    let (_, world) = sample();
    let image = target(&world, "e9d3f7300f03");
    let told = assess(&world, &image, &Removal::of("e9d3f7300f03"));
    let count = |test: fn(&HolderKind) -> bool| told.holders.iter().filter(|h| test(&h.kind)).count();
    assert_eq!(count(|k| matches!(k, HolderKind::Name(n) if n.tag().is_some())), 7);
    assert_eq!(count(|k| matches!(k, HolderKind::Name(n) if n.is_digest_only())), 3);
    assert_eq!(count(|k| matches!(k, HolderKind::Container { .. })), 3);
    assert!(told.holders.iter().all(|h| h.blocks), "all of them stand in the way");
    let never: Vec<_> = told.holders.iter().filter(|h| !h.force_overrides).map(|h| &h.kind).collect();
    assert!(
        matches!(never.as_slice(), [HolderKind::Container { name, .. }] if name == "web-2"),
        "force overrides all but the running container: {never:?}"
    );
    let causes: Vec<_> = told.refusals.iter().map(|r| r.cause).collect();
    assert_eq!(causes, [Cause::Running, Cause::Names, Cause::Stopped]);
    assert_eq!(
        told.refusals[1].message(),
        "conflict: unable to delete e9d3f7300f03 (must be forced) - image is referenced in one or more \
         repositories"
    );
    assert_eq!(told.verdict, Verdict::Refused);
}

#[test]
fn the_step_by_step_way_is_never_refused_and_takes_nothing_else() {
    let (sample, world) = sample();
    let image = target(&world, "e9d3f7300f03");
    let plan = plan_removal(&world, &[image], Way::Ordered, true).unwrap();
    assert!(!plan.uses_force());
    assert_eq!(plan.losses, []);
    let before = sample.inventory();
    run(&sample, &plan);
    let after = sample.inventory();
    let gone = |id: &ImageId| !after.images.seen().iter().any(|i| i.id == *id);
    let lost: Vec<_> = before.images.seen().iter().filter(|i| gone(&i.id)).map(|i| i.id.short()).collect();
    assert_eq!(lost, ["e9d3f7300f03"]);
    let containers = |i: &Inventory| i.containers.seen().iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    let kept = containers(&after);
    assert!(
        kept.contains(&"shop-api-1".to_owned()) && !kept.iter().any(|c| c.starts_with("web-")),
        "{kept:?}"
    );
    let tally = plan.tally();
    assert_eq!((tally.names, tally.containers, tally.images, tally.stopped), (10, 3, 1, 1));
    assert_eq!(plan.freed().bytes().unwrap().0, 2_924_160 + 240_768);
}

#[test]
fn by_force_the_running_container_is_stopped_first_and_all_three_lose_their_image() {
    let (sample, world) = sample();
    let image = target(&world, "e9d3f7300f03");
    let plan = plan_removal(&world, &[image], Way::Force, true).unwrap();
    assert!(matches!(plan.steps[0].action, StepAction::StopContainer { ref name, .. } if name == "web-2"));
    assert!(matches!(plan.steps[1].action, StepAction::RemoveImage { force: true, .. }));
    assert_eq!(plan.steps.len(), 2);
    let lost: Vec<_> =
        plan.losses.iter().filter(|l| matches!(l, Loss::ContainerWithoutImage { .. })).collect();
    assert_eq!(lost.len(), 3);
    assert_eq!(plan.freed().bytes().unwrap().0, 0, "the containers keep every layer");
    run(&sample, &plan);
}

#[test]
fn the_ubuntu_image_goes_without_force_and_then_the_origin_image_has_seven_deleted_lines() {
    let (sample, world_before) = sample();
    let lines = sample.remove_image("966495178565", false, true).unwrap();
    let digest =
        "index.qiniu.com/ubuntu@sha256:14c83946c7d69370743eee1249305854a25d95f37d7d5dc0bcfd2c740140bdab";
    assert_eq!(lines[0], Item::Untagged("index.qiniu.com/ubuntu:16.04".into()));
    assert_eq!(lines[1], Item::Untagged(digest.into()));
    assert!(matches!(&lines[2], Item::Deleted(id) if id.starts_with("sha256:966495178565")));
    assert_eq!(lines.len(), 5, "the image and its two own layers");
    for container in ["web-1", "web-2", "web-3"] {
        let Target::Container(id) = target(&world_before, container) else { panic!("{container}") };
        sample.remove_container(&id, true).unwrap();
    }
    let lines = sample.remove_image("e9d3f7300f03", true, true).unwrap();
    let untagged = lines.iter().filter(|l| matches!(l, Item::Untagged(_))).count();
    assert_eq!((untagged, lines.len() - untagged), (10, 7));
    let names: Vec<_> = lines.iter().take(2).collect();
    let nginx = "index-dev.qiniu.io/cs-kirk/nginx";
    assert_eq!(names[0], &Item::Untagged(format!("{nginx}:latest")));
    assert!(matches!(names[1], Item::Untagged(n) if n.starts_with(&format!("{nginx}@sha256:c7c1"))));
}

#[test]
fn every_way_out_of_every_node_runs_as_predicted_and_removes_only_what_it_named() {
    let (_, world) = sample();
    for node in nodes(&world) {
        for way in [Way::Ordered, Way::Force] {
            let (sample, world) = self::sample();
            let plan = match plan_removal(&world, std::slice::from_ref(&node), way, true) {
                Ok(plan) => plan,
                Err(NoWay::Refused(refusal)) => {
                    assert_eq!(way, Way::Force, "an ordered way is always found: {node:?}");
                    assert!(!refusal.forceable, "{refusal:?}");
                    continue;
                }
                Err(other) => panic!("{node:?}: {other}"),
            };
            assert!(way == Way::Force || !plan.uses_force(), "{node:?}");
            let before = sample.inventory();
            run(&sample, &plan);
            only_named_things_are_gone(&before, &sample.inventory(), &plan);
            let gone = remove_image(&self::world(sample.inventory()), &Removal::of(node.as_sent()));
            if !matches!(node, Target::Container(_)) {
                assert!(matches!(gone, Answer::NotFound(_)), "{node:?} is still there: {gone:?}");
            }
        }
    }
}

fn only_named_things_are_gone(before: &Inventory, after: &Inventory, plan: &RemovalPlan) {
    let named: Vec<_> = plan.lines().collect();
    for image in before.images.seen() {
        let now = after.images.seen().iter().find(|i| i.id == image.id);
        let deleted = named.contains(&&Item::Deleted(image.id.to_string()));
        assert_eq!(now.is_none(), deleted, "image {}", image.id.short());
        for name in &image.references {
            let kept = now.is_some_and(|i| i.references.contains(name));
            let untagged = named.contains(&&Item::Untagged(name.familiar()));
            assert_eq!(!kept, untagged, "name {name}");
        }
    }
    for container in before.containers.seen() {
        let now = after.containers.seen().iter().find(|c| c.id == container.id);
        let step =
            |a: &StepAction| matches!(a, StepAction::RemoveContainer { id, .. } if *id == container.id);
        assert_eq!(now.is_none(), plan.steps.iter().any(|s| step(&s.action)), "container {}", container.name);
    }
}

#[test]
fn a_plan_is_stale_as_soon_as_another_client_changed_what_it_speaks_of() {
    let (sample, world_before) = sample();
    let image = target(&world_before, "e9d3f7300f03");
    let plan = plan_removal(&world_before, &[image], Way::Ordered, true).unwrap();
    assert_eq!(revalidate(&plan, &world(sample.inventory())), []);
    let Target::Image(id) = target(&world_before, "966495178565") else { panic!("an image") };
    sample.tag(&id, &Reference::parse("index.qiniu.com/ubuntu:latest").unwrap()).unwrap();
    assert_ne!(revalidate(&plan, &world(sample.inventory())), [], "a name moved to another image");
}

#[test]
fn a_change_elsewhere_does_not_make_a_plan_stale() {
    let (sample, world_before) = sample();
    let image = target(&world_before, "e9d3f7300f03");
    let plan = plan_removal(&world_before, &[image], Way::Ordered, true).unwrap();
    sample.remove_image("node:18", false, true).unwrap();
    assert_eq!(revalidate(&plan, &world(sample.inventory())), []);
}

#[test]
fn removing_a_base_without_force_takes_its_builds_first() {
    let (_, world) = sample();
    let base = target(&world, "debian:12");
    let Target::Reference(id, _) = base.clone() else { panic!("a name") };
    assert_eq!(verdict(&world, &base), Verdict::LastNameImageStays);
    assert_eq!(verdict(&world, &Target::Image(id.clone())), Verdict::Refused);
    assert!(matches!(
        plan_removal(&world, &[Target::Image(id.clone())], Way::Force, true),
        Err(NoWay::Refused(refusal)) if refusal.cause == Cause::Children
    ));
    let plan = plan_removal(&world, &[Target::Image(id)], Way::Ordered, true).unwrap();
    let last = plan.steps.last().unwrap();
    assert!(matches!(&last.expected, Expected::Lines { .. }) && last.removes_image());
}
