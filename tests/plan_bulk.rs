//! Many things removed at once on the embedded engine: what goes, what stays and why, and that what is
//! summed up for thousands is what a plan comes to.

#![cfg(test)]

mod crowd;
mod sample;

use std::sync::Arc;

use crowd::crowded;
use unmoor::engine::sample::Sample;
use unmoor::model::{Catalog, Graph, ImageId, ImageIx, Reference};
use unmoor::plan::{
    BulkPlan, Expected, Judgement, KeepReason, StepAction, Way, judge, outlook, plan_bulk, revalidate_steps,
};
use unmoor::rules::effect::NAMED_AT_MOST;
use unmoor::rules::freed::freed_together;
use unmoor::rules::policy::{count_matching, kept_by_themselves};
use unmoor::rules::{Keep, Pin, Policy, Protection, Target, World, locate};
use wildmatch::WildMatch;

const ALL: [&str; 10] = [
    "0b1c2d3e4f50",
    "0b2a6a13ee88",
    "4e7d90ab1c62",
    "5d1cb9eeb302",
    "7f40c2d1aa96",
    "966495178565",
    "a81f6b0e9c35",
    "c3f8e1d20b47",
    "d94b7ce5f018",
    "e9d3f7300f03",
];

fn world(sample: &Sample) -> World {
    World::new(Arc::new(Graph::new(Arc::new(sample.inventory()))))
}

fn target(world: &World, text: &str) -> Target {
    locate(world, text).unwrap_or_else(|why| panic!("{text}: {why:?}"))
}

fn nothing_kept(_: &Target) -> Option<KeepReason> {
    None
}

fn plan(world: &World, names: &[&str]) -> BulkPlan {
    let targets: Vec<_> = names.iter().map(|name| target(world, name)).collect();
    plan_bulk(world, &targets, Way::Ordered, true, &nothing_kept)
}

#[test]
fn what_runs_stays_unless_it_is_named_itself() {
    let world = world(&Sample::new(0));
    let BulkPlan { plan: kept_running, kept } = plan(&world, &["c3f8e1d20b47", "a81f6b0e9c35"]);
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].why, KeepReason::InUse(vec!["shop-db-1".to_owned()]));
    assert_eq!(kept_running.targets, [target(&world, "a81f6b0e9c35")]);
    let BulkPlan { plan: both, kept } = plan(&world, &["c3f8e1d20b47", "shop-db-1"]);
    assert!(kept.is_empty(), "{kept:?}");
    assert!(matches!(both.steps[0].action, StepAction::StopContainer { .. }), "containers go first");
}

#[test]
fn a_base_stays_with_what_runs_on_top_of_it() {
    let world = world(&Sample::new(0));
    let found = plan(&world, &["0b2a6a13ee88"]);
    assert!(found.plan.steps.is_empty(), "nothing of a kept thing is begun: {:?}", found.plan.steps);
    assert_eq!(found.kept[0].why, KeepReason::InUse(vec!["shop-api-1".to_owned()]));
}

#[test]
fn what_is_kept_from_outside_is_not_taken_along_either() {
    let world = world(&Sample::new(0));
    let dangling = target(&world, "0b1c2d3e4f50");
    let pinned = Reference::parse("node:18").unwrap();
    let keep = |target: &Target| {
        let is_pinned = matches!(target, Target::Reference(_, name) if *name == pinned);
        (is_pinned || *target == dangling)
            .then(|| KeepReason::Protected(Keep::Pinned(Pin::Pattern("node:*".to_owned()))))
    };
    let targets = [dangling.clone(), target(&world, "a81f6b0e9c35"), target(&world, "966495178565")];
    for way in [Way::Ordered, Way::Force] {
        let BulkPlan { plan, kept } = plan_bulk(&world, &targets, way, true, &keep);
        assert_eq!(plan.targets, [target(&world, "966495178565")], "{way:?}");
        assert_eq!(kept.len(), 2, "{way:?}");
        assert!(kept.iter().all(|k| matches!(k.why, KeepReason::Protected(_))), "{way:?}: {kept:?}");
    }
}

/// Either form of a name held against a pattern, without any short cut.
fn is_like(name: &Reference, pattern: &str) -> bool {
    let pattern = WildMatch::new(pattern);
    pattern.matches(&name.full()) || pattern.matches(&name.familiar())
}

/// The window looks only at repositories that a pin may mean; nothing may slip through there.
#[test]
fn the_same_is_kept_whether_all_names_are_looked_at_or_some_repositories() {
    let world = world(&Sample::new(0));
    let graph = world.graph();
    let repositories = Catalog::new(graph).repositories;
    let kept = kept_by_themselves(graph);
    let names: Vec<_> = graph.images().iter().flat_map(|image| &image.references).collect();
    let mut pins = vec![Pin::Image(graph.images()[0].id.clone())];
    for name in &names {
        let (familiar, full) = (name.familiar(), name.full());
        let middle = familiar.chars().skip(2).collect::<String>();
        pins.push(Pin::Name((*name).clone()));
        pins.push(Pin::Repository(name.repository().full().to_owned()));
        for pattern in [&familiar, &full, &format!("*{middle}"), &format!("?{}", &familiar[1..])] {
            pins.push(Pin::Pattern(pattern.clone()));
        }
        for length in 0..familiar.len() {
            pins.push(Pin::Pattern(format!("{}*", &familiar[..length])));
        }
    }
    let mut found = 0;
    for pin in pins {
        if let Pin::Pattern(pattern) = &pin {
            let like = names.iter().filter(|name| is_like(name, pattern));
            assert_eq!(count_matching(graph, pattern), like.count(), "{pin:?}");
        }
        let policy = Policy { pins: [pin.clone()].into(), ..Policy::default() };
        let all = Protection::new(graph, &policy);
        let some = Protection::of(graph, &policy, &kept, &repositories);
        for (ix, image) in (0..).map(ImageIx).zip(graph.images()) {
            assert_eq!(some.image(ix), all.image(ix), "{pin:?}");
            for name in &image.references {
                assert_eq!(some.name(ix, name), all.name(ix, name), "{pin:?}");
                let is_pinned = all.name(ix, name) == Some(&Keep::Pinned(pin.clone()));
                if let Pin::Pattern(pattern) = &pin {
                    assert_eq!(is_pinned, is_like(name, pattern), "{pin:?}: {name}");
                }
                found += usize::from(is_pinned);
            }
        }
    }
    assert!(found > names.len() * 6, "{found}");
}

#[test]
fn an_ordered_plan_of_everything_never_forces_and_goes_through() {
    let sample = Sample::new(0);
    let world = world(&sample);
    let BulkPlan { plan, kept } = plan(&world, &ALL);
    assert!(!plan.uses_force());
    assert!(plan.steps.iter().all(|step| !matches!(step.action, StepAction::StopContainer { .. })));
    for step in &plan.steps {
        let done = match &step.action {
            StepAction::RemoveContainer { id, force, .. } => sample.remove_container(id, *force),
            StepAction::StopContainer { .. } => panic!("nothing that runs is stopped"),
            StepAction::Untag { .. } | StepAction::RemoveImage { .. } => {
                let removal = step.action.removal().unwrap();
                sample.remove_image(&removal.target, removal.force, removal.prune).map(|lines| {
                    let Expected::Lines { items, .. } = &step.expected else { panic!("{step:?}") };
                    assert_eq!(lines, *items);
                })
            }
        };
        done.unwrap_or_else(|refusal| panic!("{step:?}: {refusal:?}"));
    }
    let left = sample.inventory();
    assert_eq!(left.images.seen().len(), kept.len(), "what was not kept is gone");
}

#[test]
fn a_union_summed_up_is_what_the_plan_frees() {
    let world = world(&Sample::new(0));
    // Every set of the images that nothing running needs, and no child is left behind.
    let free = ["0b1c2d3e4f50", "4e7d90ab1c62", "966495178565", "a81f6b0e9c35", "d94b7ce5f018"];
    for bits in 1..1_u32 << free.len() {
        let names: Vec<_> = free.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0).collect();
        let names: Vec<_> = names.into_iter().map(|(_, name)| *name).collect();
        let planned = plan(&world, &names).plan.freed();
        let images: Vec<_> = names
            .iter()
            .map(|name| match target(&world, name) {
                Target::Image(id) => world.find_image(&id).unwrap(),
                Target::Reference(..) | Target::Container(_) => panic!("{name} is no image"),
            })
            .collect();
        assert_eq!(freed_together(&world, &images), planned, "{names:?}");
    }
}

#[test]
fn the_outlook_of_many_is_summed_up_and_says_so() {
    let world = world(&Sample::new(0));
    let one = target(&world, "a81f6b0e9c35");
    let few = outlook(&world, std::slice::from_ref(&one), &nothing_kept);
    assert!(few.planned);
    let busy = target(&world, "c3f8e1d20b47");
    // More targets than are planned: names that are long gone among them do not change the sum.
    let mut many: Vec<_> = (0..200)
        .map(|n| {
            let name = Reference::parse(&format!("gone.example/{n}:1")).unwrap();
            let Target::Image(id) = &one else { panic!() };
            Target::Reference(id.clone(), name)
        })
        .collect();
    many.extend([one, busy.clone()]);
    let found = outlook(&world, &many, &nothing_kept);
    assert!(!found.planned);
    assert_eq!(found.freed, few.freed);
    assert_eq!(found.kept.len(), 1);
    assert_eq!(found.kept[0].target, busy);
}

#[test]
fn of_many_images_on_a_kept_layer_some_are_named_and_the_others_counted() {
    let found = world(&Sample::with(crowded(40)));
    let one = Target::Image(
        found
            .find_name(&Reference::parse("crowd.example/app:3").unwrap())
            .map_or_else(|| panic!("it is there"), |ix| found.image(ix).unwrap().id.clone()),
    );
    let plan = plan_bulk(&found, &[one], Way::Ordered, true, &nothing_kept).plan;
    let Some(Expected::Lines { kept, .. }) = plan.steps.last().map(|step| &step.expected) else { panic!() };
    assert!(!kept.is_empty());
    let graph = found.graph();
    for layer in kept {
        let on_it = graph.images().iter().filter(|image| {
            image.layers.known().is_some_and(|all| all.iter().any(|l| l.diff_id == layer.diff_id))
        });
        let others = on_it.count() - 1;
        assert_eq!(layer.needed_by.len(), others.min(NAMED_AT_MOST));
        assert_eq!(layer.more as usize, others.saturating_sub(NAMED_AT_MOST));
        assert!(layer.needed_by.iter().all(|id| found.find_image(&ImageId::parse(id).unwrap()).is_some()));
    }
}

#[test]
fn a_plan_over_a_crowded_base_holds_after_each_of_its_steps() {
    let sample = Sample::with(crowded(40));
    let start = world(&sample);
    let crowd: Vec<_> = start.graph().images().iter().map(|image| Target::Image(image.id.clone())).collect();
    let BulkPlan { plan, .. } = plan_bulk(&start, &crowd, Way::Ordered, true, &nothing_kept);
    assert!(plan.steps.len() > 40);
    let rest = |from: usize| (from..plan.steps.len()).collect::<Vec<_>>();
    for (at, step) in plan.steps.iter().enumerate() {
        let differences = revalidate_steps(&plan, &rest(at), &world(&sample));
        assert!(differences.is_empty(), "before step {at}: {differences:#?}");
        let answer = sample::run_step(&sample, &step.action);
        assert_eq!(judge(step, &answer), Judgement::AsPredicted, "step {at}: {answer:?}");
    }
}
