//! Plans for Podman: which words are sent, and what force takes along.

#![cfg(test)]

use std::collections::BTreeMap;
use std::sync::Arc;

use unmoor::model::{
    BuildCache, Bytes, Container, ContainerId, ContainerState, EngineInfo, Graph, Image, ImageId, Inventory,
    Item, Layer, Layers, Reference, Section, StoreKind,
};
use unmoor::plan::{
    Expected, Judgement, NoWay, RemovalPlan, StepAction, StepAnswer, Way, judge, plan_removal,
};
use unmoor::rules::{Answer, Freed, Removal, Target, World, remove_image};

fn id(digit: char) -> ImageId {
    ImageId::parse(&digit.to_string().repeat(64)).unwrap()
}

fn image(digit: char, names: &[&str], layers: &str) -> Image {
    let layer = |c: char| Layer {
        diff_id: serde_json::from_str(&format!("\"sha256:{}\"", c.to_string().repeat(64))).unwrap(),
        size: Some(Bytes(900)),
        created_by: String::new(),
    };
    let mut references: Vec<_> = names.iter().map(|n| Reference::parse(n).unwrap()).collect();
    references.sort();
    Image {
        id: id(digit),
        parent: None,
        references,
        computed_digests: Vec::new(),
        created: Some(i64::from(u32::from(digit))),
        size: Some(Bytes(1000 * layers.len() as u64)),
        labels: BTreeMap::new(),
        parts: None,
        platform: None,
        layers: Layers::Known(layers.chars().map(layer).collect()),
        history: None,
        containers: None,
        read_only: false,
    }
}

fn container(digit: char, image: char, state: ContainerState) -> Container {
    Container {
        id: ContainerId::parse(&digit.to_string().repeat(64)).unwrap(),
        name: format!("c{digit}"),
        image: id(image),
        image_shown: String::new(),
        state,
        status: String::new(),
        created: None,
        compose_project: None,
        image_mounts: Vec::new(),
    }
}

fn world(version: &str, images: Vec<Image>, containers: Vec<Container>) -> World {
    World::new(Arc::new(Graph::new(Arc::new(Inventory {
        engine: EngineInfo {
            name: "Podman Engine".into(),
            version: version.into(),
            api: "1.41".into(),
            store: StoreKind::Podman,
            id: None,
        },
        images: Section::Complete(images.into_iter().map(Arc::new).collect()),
        containers: Section::Complete(containers),
        build_cache: Section::Complete(BuildCache::default()),
    }))))
}

fn plan(world: &World, way: Way) -> Result<RemovalPlan, NoWay> {
    plan_removal(world, &[Target::Image(id('a'))], way, true)
}

#[test]
fn a_name_of_docker_hub_is_sent_in_full() {
    let world =
        world("5.8.6", vec![image('a', &["same:1"], "1"), image('b', &["localhost/same:1"], "2")], vec![]);
    let name = Reference::parse("same:1").unwrap();
    let plan = plan_removal(&world, &[Target::Reference(id('a'), name)], Way::Ordered, true).unwrap();
    let [step] = plan.steps.as_slice() else { panic!("{plan:?}") };
    assert_eq!(step.action.removal().unwrap().target, "docker.io/library/same:1");
    assert!(matches!(remove_image(&world, &Removal::of("same:1")), Answer::Unknown(_)));
}

#[test]
fn names_may_come_in_any_order_and_lines_about_images_may_not() {
    let world = world("5.8.6", vec![image('a', &["b:1", "a:1"], "1")], vec![]);
    let plan = plan(&world, Way::Force).unwrap();
    let [step] = plan.steps.as_slice() else { panic!("{plan:?}") };
    let deleted = Item::Deleted("a".repeat(64));
    let name = |n: &str| Item::Untagged(format!("docker.io/library/{n}:1"));
    for lines in [[deleted.clone(), name("a"), name("b")], [deleted.clone(), name("b"), name("a")]] {
        assert_eq!(judge(step, &StepAnswer::Lines(lines.to_vec())), Judgement::AsPredicted);
    }
    let missing = StepAnswer::Lines(vec![name("a"), name("b")]);
    assert_eq!(judge(step, &missing), Judgement::Differs);
}

#[test]
fn force_takes_stopped_containers_along_and_the_plan_counts_them() {
    let stopped = container('1', 'a', ContainerState::Exited);
    let world = world("5.8.6", vec![image('a', &["a:1"], "1")], vec![stopped.clone()]);
    let forced = plan(&world, Way::Force).unwrap();
    let [step] = forced.steps.as_slice() else { panic!("{forced:?}") };
    assert!(matches!(&step.expected, Expected::Lines { containers, .. } if *containers == [stopped.id]));
    assert_eq!((forced.tally().containers, forced.tally().images), (1, 1));
    let ordered = plan(&world, Way::Ordered).unwrap();
    assert!(matches!(ordered.steps[0].action, StepAction::RemoveContainer { force: false, .. }));
    assert_eq!((ordered.tally().containers, ordered.tally().images), (1, 1));
}

#[test]
fn what_runs_is_stopped_before_force_comes_on_every_version() {
    for version in ["4.3.1", "5.4.2", "5.8.6", "6.1.1"] {
        let containers =
            vec![container('1', 'a', ContainerState::Running), container('2', 'a', ContainerState::Exited)];
        let world = world(version, vec![image('a', &["a:1"], "1")], containers);
        let plan = plan(&world, Way::Force).unwrap();
        let [stop, remove] = plan.steps.as_slice() else { panic!("{version}: {plan:?}") };
        assert!(matches!(stop.action, StepAction::StopContainer { .. }), "{version}");
        assert!(remove.action.uses_force() && remove.removes_image(), "{version}");
    }
}

#[test]
fn a_paused_container_stops_every_plan() {
    let paused = container('1', 'a', ContainerState::Paused);
    let world = world("5.8.6", vec![image('a', &["a:1"], "1")], vec![paused]);
    for way in [Way::Ordered, Way::Force] {
        let Err(NoWay::Refused(refusal)) = plan(&world, way) else { panic!("{way:?}") };
        assert!(
            refusal
                .message()
                .ends_with("is running or paused, refusing to clean up: container state improper")
        );
    }
}

#[test]
fn an_image_that_others_were_built_on_goes_without_a_line() {
    let child = Image { parent: Some(id('a')), ..image('b', &["b:1"], "12") };
    let world = world("5.8.6", vec![image('a', &[], "1"), child], vec![]);
    let plan = plan(&world, Way::Ordered).unwrap();
    let [step] = plan.steps.as_slice() else { panic!("{plan:?}") };
    let Expected::Lines { items, freed, kept, .. } = &step.expected else { panic!("{step:?}") };
    assert!(items.is_empty() && step.removes_image());
    let records = Freed::from(Bytes(100));
    assert_eq!((*freed, kept.len()), (records, 1), "its layer stays under the child");
}

#[test]
fn a_used_untagged_parent_makes_the_answer_unclear_unless_parents_are_kept() {
    let child = Image { parent: Some(id('b')), ..image('a', &["a:1"], "12") };
    let used = container('1', 'b', ContainerState::Exited);
    let world = world("5.8.6", vec![child, image('b', &[], "1")], vec![used]);
    let removal = Removal::of("docker.io/library/a:1");
    assert!(matches!(remove_image(&world, &removal), Answer::Unknown(_)));
    let kept = remove_image(&world, &Removal { prune: false, ..removal });
    assert_eq!(kept.effect().unwrap().changes.len(), 2, "the name and the image");
}

#[test]
fn versions_whose_rules_were_not_read_are_not_guessed_at() {
    let world = world("4.2.0", vec![image('a', &["a:1"], "1")], vec![]);
    assert!(matches!(remove_image(&world, &Removal::of("a:1")), Answer::Unknown(_)));
}
