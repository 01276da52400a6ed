//! The worker on every real engine: what it lists is what is there, and what it runs is what was
//! planned.

#![cfg(test)]

mod driven_worker;
mod engines;
mod folders;

use std::sync::Arc;

use driven_worker::Driven;
use engines::Kind;
use engines::archive::{Image, Layer, docker_archive};
use engines::origin::{TAGS, build_origin_case};
use serde_json::json;
use unmoor::message::RunOptions;
use unmoor::model::{ContainerState, Graph, ImageId, Reference, StoreKind};
use unmoor::plan::{Ended, Judgement, Outcome, RemovalPlan, Way, plan_removal};
use unmoor::rules::{Target, World};

fn run(window: &mut Driven, plan: &RemovalPlan) -> Outcome {
    window.start(plan, RunOptions::default());
    window.ended().0
}

fn plan(graph: &Arc<Graph>, target: Target) -> RemovalPlan {
    plan_removal(&World::new(Arc::clone(graph)), &[target], Way::Ordered, true).unwrap()
}

#[test]
fn the_origin_case_is_listed_as_it_is_and_removed_as_planned() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        let origin = build_origin_case(&engine, true);
        let mut window = Driven::open(&engine.host);
        let graph = window.observed(|_| true);
        let recognized = match kind {
            Kind::Docker20 | Kind::Docker28 => (StoreKind::Classic, "Docker Engine"),
            Kind::Docker28Containerd => (StoreKind::Containerd, "Docker Engine"),
            Kind::Podman5 => (StoreKind::Podman, "Podman Engine"),
        };
        assert_eq!((graph.inventory().engine.store, graph.inventory().engine.name.as_str()), recognized);

        let id = ImageId::parse(&origin.image).unwrap();
        let image = graph.find_image(&id).and_then(|ix| graph.image(ix)).unwrap();
        let tags: Vec<_> =
            image.references.iter().filter(|r| r.tag().is_some()).map(Reference::familiar).collect();
        assert_eq!(tags, TAGS, "{}", kind.name());
        assert_eq!(image.platform.as_deref(), Some("linux/amd64"));
        let layers = image.layers.known().unwrap();
        assert_eq!(layers.len(), 6);
        assert!(layers.iter().all(|layer| layer.size.is_some_and(|size| size.0 > 0)), "{layers:?}");
        let states: Vec<_> = origin
            .containers
            .unwrap()
            .iter()
            .map(|id| {
                let container = graph.containers().iter().find(|c| c.id.as_str() == id).unwrap();
                assert_eq!(container.image.as_str(), origin.image);
                container.state
            })
            .collect();
        assert_eq!(states, [ContainerState::Exited, ContainerState::Running, ContainerState::Created]);

        let plan = plan(&graph, Target::Image(id.clone()));
        let outcome = run(&mut window, &plan);
        assert_eq!(outcome.ended, Ended::Completed, "{}: {outcome:#?}", kind.name());
        assert_eq!(outcome.steps.len(), plan.steps.len());
        assert!(outcome.steps.iter().all(|step| step.judgement == Judgement::AsPredicted), "{outcome:#?}");
        let after = window.observed(|_| true);
        assert_eq!((after.images().len(), after.containers().len()), (1, 0), "{}", kind.name());
        assert_eq!(engine.images().as_array().unwrap().len(), 1, "and the engine says so too");
    }
}

#[test]
fn the_forced_way_goes_as_planned_and_leaves_the_containers_it_said() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        let origin = build_origin_case(&engine, true);
        let mut window = Driven::open(&engine.host);
        let graph = window.observed(|_| true);
        let target = Target::Image(ImageId::parse(&origin.image).unwrap());
        let plan = plan_removal(&World::new(Arc::clone(&graph)), &[target], Way::Force, true).unwrap();
        // Only Podman removes the containers of an image by force; elsewhere they lose it.
        let left = if kind.is_podman() { 0 } else { 3 };
        assert_eq!((plan.steps.len(), plan.losses.len()), (2, left), "{}: stop one, then force", kind.name());
        let outcome = run(&mut window, &plan);
        assert_eq!(outcome.ended, Ended::Completed, "{}: {outcome:#?}", kind.name());
        assert!(outcome.steps.iter().all(|step| step.judgement == Judgement::AsPredicted), "{outcome:#?}");
        assert_eq!(engine.get(&format!("/images/{}/json", origin.image)).status, 404, "{}", kind.name());
        let left = if kind.is_podman() { 0 } else { 3 };
        assert_eq!(
            engine.containers().as_array().unwrap().len(),
            left,
            "{}: only Podman's go along",
            kind.name()
        );
    }
}

#[test]
fn a_plan_that_another_client_made_stale_removes_nothing() {
    // In full: Podman gives what an archive calls only `a` to `localhost`.
    const A: &str = "docker.io/library/a:1";
    const B: &str = "docker.io/library/b:1";
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        let image = |name: &str, tag: &str| Image {
            layers: vec![Layer::filled(name, 4_000)],
            tags: vec![tag.to_owned()],
            ..Image::default()
        };
        engine.load(&docker_archive(&[image("a", A), image("b", B)]));
        let mut window = Driven::open(&engine.host);
        let graph = window.observed(|_| true);
        let name = Reference::parse(A).unwrap();
        let image = graph.find_name(&name).and_then(|ix| graph.image(ix)).unwrap().id.clone();
        let plan = plan(&graph, Target::Reference(image, name));
        // Moves the name, so that the very same request would now do something else.
        engine.tag(B, A);
        let outcome = run(&mut window, &plan);
        assert!(matches!(outcome.ended, Ended::Stale(_)), "{}: {outcome:?}", kind.name());
        assert!(outcome.steps.is_empty());
        let after = window.refreshed();
        assert!([A, B].iter().all(|n| after.find_name(&Reference::parse(n).unwrap()).is_some()));
        assert_eq!(engine.images().as_array().unwrap().len(), 2, "{}", kind.name());
    }
}

#[test]
fn what_another_client_does_is_seen_by_itself() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        let image = Image {
            layers: vec![Layer::busybox(kind)],
            tags: vec!["docker.io/library/a:1".to_owned()],
            ..Image::default()
        };
        engine.load(&docker_archive(&[image]));
        let mut window = Driven::open(&engine.host);
        window.observed(|graph| graph.images().len() == 1);
        engine.tag("a:1", "a:2");
        let graph = window.observed(|graph| graph.find_name(&Reference::parse("a:2").unwrap()).is_some());
        assert_eq!(graph.containers().len(), 0);
        let container =
            engine.create_container("one", "a:2", json!({ "Cmd": ["/bin/busybox", "sleep", "60"] }));
        window.observed(|graph| graph.containers().iter().any(|c| c.state == ContainerState::Created));
        engine.start_container(&container);
        window.observed(|graph| graph.containers().iter().any(|c| c.state == ContainerState::Running));
        engine.remove_container(&container);
        window.observed(|graph| graph.containers().is_empty());
    }
}

#[test]
fn an_image_that_is_only_mounted_is_seen_to_be_held() {
    for kind in [Kind::Docker28, Kind::Docker28Containerd, Kind::Podman5] {
        let engine = engines::lock(kind);
        let image = |layer: Layer, tag: &str| Image {
            layers: vec![layer],
            tags: vec![tag.to_owned()],
            ..Image::default()
        };
        engine.load(&docker_archive(&[
            image(Layer::busybox(kind), "box:1"),
            image(Layer::filled("data", 4_000), "data:1"),
        ]));
        let id = engine.inspect_image("data:1")["Id"].as_str().unwrap().to_owned();
        for (name, source) in [("by-name", "data:1"), ("by-id", id.as_str())] {
            let mount = json!({ "Type": "image", "Source": source, "Target": "/mnt" });
            engine.create_container(
                name,
                "box:1",
                json!({ "Cmd": ["x"], "HostConfig": { "Mounts": [mount], "NetworkMode": "none" } }),
            );
        }
        let mut window = Driven::open(&engine.host);
        let graph = window.observed(|_| true);
        let held = graph.find_image(&ImageId::parse(&id).unwrap()).unwrap();
        assert_eq!(graph.mounted_by(held).len(), 2, "{}: {:?}", kind.name(), graph.containers());
    }
}
