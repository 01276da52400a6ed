//! What a run took comes back: the same names on the same image, by its ID, on every engine.

#![cfg(test)]

mod carried;
mod driven_worker;
mod engines;
mod folders;
mod registries;

use std::collections::BTreeSet;
use std::sync::Arc;

use carried::Carried;
use driven_worker::Driven;
use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use registries::tokens::{IDENTITY, TokenServer};
use registries::{PASSWORD, Registry, USER, Wants, logins_for, places};
use serde_json::json;
use unmoor::archive::{Limits, Wish, wanted};
use unmoor::journal::{Answer, Hindrance, Run, Task, UndoAction, UndoAnswer, UndoPlan, WhyLeft, undo_plan};
use unmoor::message::{Event, RunOptions};
use unmoor::model::{Graph, ImageId, Reference};
use unmoor::plan::{Ended, RemovalPlan, Way, plan_removal};
use unmoor::rules::{Target, World};

const TAGS: [&str; 3] = ["index.qbox.me/team/app:1", "index.qbox.me/team/app:2", "other.example.com/app:1"];

/// Connected, with a first listing.
fn window(engine: &Engine) -> (Driven, Arc<Graph>) {
    listed(Driven::open(&engine.host))
}

fn listed(mut window: Driven) -> (Driven, Arc<Graph>) {
    window.until(|event| matches!(event, Event::Connected { .. }).then_some(()));
    let graph = window.refreshed();
    (window, graph)
}

/// Runs a plan to its end; what the journal has of it.
fn run(window: &mut Driven, plan: &RemovalPlan) -> Arc<Run> {
    run_with(window, plan, RunOptions::default())
}

fn run_with(window: &mut Driven, plan: &RemovalPlan, options: RunOptions) -> Arc<Run> {
    window.start(plan, options);
    let (outcome, run) = window.ended();
    assert_eq!(outcome.ended, Ended::Completed, "{outcome:#?}");
    run.expect("a run is journalled before it is told to have ended")
}

fn load(engine: &Engine, tags: &[&str]) {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    let layers = vec![Layer::busybox(engine.kind)];
    engine.load(&docker_archive(&[Image { layers, tags, ..Image::default() }]));
}

fn id_of(graph: &Graph, tag: &str) -> ImageId {
    let reference = Reference::parse(tag).unwrap();
    let image = graph.images().iter().find(|image| image.references.contains(&reference));
    image.unwrap_or_else(|| panic!("no {tag}")).id.clone()
}

fn names(graph: &Graph, id: &ImageId) -> BTreeSet<String> {
    let image = graph.find_image(id).and_then(|ix| graph.image(ix));
    image.into_iter().flat_map(|image| &image.references).map(Reference::full).collect()
}

fn plan(graph: &Arc<Graph>, target: Target) -> RemovalPlan {
    plan_removal(&World::new(Arc::clone(graph)), &[target], Way::Ordered, true).unwrap()
}

fn undo_of(run: &Run, graph: &Arc<Graph>) -> UndoPlan {
    undo_plan(run, None, &World::new(Arc::clone(graph)), &|_| None)
}

#[test]
fn an_image_that_was_archived_first_comes_back_from_there_with_all_its_names() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        load(&engine, &TAGS);
        let (mut window, before) = window(&engine);
        let id = id_of(&before, TAGS[0]);
        let plan = plan(&before, Target::Image(id.clone()));
        let (images, at_most) = wanted(&plan, &before);
        let wish = Wish { images, at_most, limits: Limits::default(), may_drop: Vec::new() };
        let options = RunOptions { archive: Some(Box::new(wish)), ..RunOptions::default() };
        let run = run_with(&mut window, &plan, options);
        assert!(run.outline.can_be_undone, "{}", kind.name());
        let without = window.refreshed();
        assert_eq!(without.find_image(&id), None, "{}", kind.name());
        let shelf = window.archives();
        let archived = |image: &ImageId| shelf.newest_of(image).map(|archive| archive.id.clone());
        let undo = undo_plan(&run, None, &World::new(Arc::clone(&without)), &archived);
        assert!(
            matches!(&undo.steps[0].action, UndoAction::Restore { image, .. } if *image == id),
            "{undo:?}"
        );
        let answers = window.undo(&undo);
        assert!(answers.iter().all(|answer| *answer == UndoAnswer::Done), "{}: {answers:?}", kind.name());
        let after = window.refreshed();
        let tags = |graph: &Graph| {
            let mut all = names(graph, &id);
            all.retain(|name| !name.contains('@'));
            all
        };
        assert_eq!(tags(&after), tags(&before), "{}", kind.name());
    }
}

#[test]
fn a_name_that_was_taken_is_given_to_the_same_image_again() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        load(&engine, &TAGS);
        let (mut window, before) = window(&engine);
        let id = id_of(&before, TAGS[0]);
        let name = Reference::parse(TAGS[1]).unwrap();
        let run = run(&mut window, &plan(&before, Target::Reference(id.clone(), name.clone())));
        assert!(run.outline.can_be_undone, "{}", kind.name());
        let without = window.refreshed();
        assert!(!names(&without, &id).contains(&name.full()), "{}", kind.name());
        let undo = undo_of(&run, &without);
        let tag = UndoAction::Tag { image: id.clone(), reference: name.clone() };
        assert_eq!(undo.steps.iter().map(|step| &step.action).collect::<Vec<_>>(), [&tag], "{}", kind.name());
        assert_eq!(undo.left, [], "{}", kind.name());
        assert_eq!(window.undo(&undo), [UndoAnswer::Done], "{}", kind.name());
        let after = window.refreshed();
        assert_eq!(names(&after, &id), names(&before, &id), "{}", kind.name());
        // A second time there is nothing left to do.
        assert_eq!(window.undo(&undo), [UndoAnswer::AlreadySo], "{}", kind.name());
        assert!(undo_of(&run, &after).steps.is_empty(), "{}", kind.name());
        // The name is taken by another image: nothing is moved.
        engine.remove_image(TAGS[1], false, false).ok();
        let other = docker_archive(&[Image {
            layers: vec![Layer::filled("other", 2_000)],
            tags: vec![TAGS[1].to_owned()],
            ..Image::default()
        }]);
        engine.load(&other);
        let taken = window.refreshed();
        let now = id_of(&taken, TAGS[1]);
        assert_ne!(now, id);
        let answers = window.undo(&undo);
        assert_eq!(answers, [UndoAnswer::Hindered(Hindrance::NameTaken(now.clone()))], "{}", kind.name());
        let refused = undo_of(&run, &taken);
        assert!(refused.steps.is_empty(), "{}: {refused:?}", kind.name());
        assert!(matches!(&refused.left[0].why, WhyLeft::NameTaken { now: n, .. } if *n == now));
        assert_eq!(names(&window.refreshed(), &now).len(), 1, "{}", kind.name());
        let read = window.journal();
        assert_eq!((read.failure, read.problems), (None, Vec::new()));
        let undone: Vec<_> = read.runs.iter().filter(|run| matches!(run.task, Task::Undo(_))).collect();
        assert_eq!((read.runs.len(), undone.len()), (4, 3), "{}: undoing is journalled, too", kind.name());
        let Some((_, Answer::Undo(answer))) = &undone[2].steps[0].answered else { panic!() };
        assert_eq!(*answer, UndoAnswer::Done);
    }
}

#[test]
fn a_container_that_was_stopped_runs_again() {
    for kind in [Kind::Docker28, Kind::Podman5] {
        let engine = engines::lock(kind);
        load(&engine, &TAGS[..1]);
        let sleep = json!({ "Cmd": ["/bin/busybox", "sleep", "600"] });
        let container = engine.create_container("sleeper", TAGS[0], sleep);
        engine.start_container(&container);
        let (mut window, graph) = window(&engine);
        // Stopping and removing: the removal is left out.
        let id = unmoor::model::ContainerId::parse(&container).unwrap();
        let mut plan = plan(&graph, Target::Container(id.clone()));
        plan.steps.truncate(1);
        let run = run(&mut window, &plan);
        let stopped = window.refreshed();
        let undo = undo_of(&run, &stopped);
        assert_eq!(undo.steps.len(), 1, "{undo:?}");
        assert_eq!(window.undo(&undo), [UndoAnswer::Done], "{}", kind.name());
        let again = window.refreshed();
        let state = again.find_container(&id).and_then(|ix| again.container(ix)).unwrap().state;
        assert!(state.counts_as_running(), "{}: {state:?}", kind.name());
        engine.stop_container(&container);
    }
}

#[test]
fn an_image_that_a_registry_still_holds_is_pulled_and_named_as_before() {
    for kind in Kind::ALL {
        let engine = engines::lock(kind);
        let first = "index.qiniu.com/team/app:1";
        load(&engine, &[first]);
        engine.push(first);
        // As a person has it who pulled it: with the digest that the registry tells.
        engine.remove_image(first, false, false).ok();
        engine.pull(first);
        engine.tag(first, TAGS[0]);
        engine.tag(first, TAGS[2]);
        let (mut window, before) = window(&engine);
        let id = id_of(&before, first);
        let run = run(&mut window, &plan(&before, Target::Image(id.clone())));
        let gone = window.refreshed();
        assert!(gone.find_image(&id).is_none(), "{}", kind.name());
        let undo = undo_of(&run, &gone);
        let UndoAction::Pull { digests, image, .. } = &undo.steps[0].action else { panic!("{undo:?}") };
        let from = digests.iter().find(|digest| digest.repository().registry() == "index.qiniu.com");
        let digest = from.unwrap_or_else(|| panic!("{}: {digests:?}", kind.name()));
        assert_eq!((digest.repository().full(), image), ("index.qiniu.com/team/app", &id), "{}", kind.name());
        let answers = window.undo(&undo);
        assert!(answers.iter().all(|a| *a == UndoAnswer::Done), "{}: {answers:?}", kind.name());
        let after = window.refreshed();
        let (had, has) = (names(&before, &id), names(&after, &id));
        assert!(has.is_superset(&had), "{}: {had:?} and now {has:?}", kind.name());
        let more: Vec<_> = has.difference(&had).collect();
        assert!(more.iter().all(|name| name.contains('@')), "{}: {more:?}", kind.name());
        let tags = |names: &BTreeSet<String>| names.iter().filter(|name| !name.contains('@')).count();
        assert_eq!(tags(&has), 3, "{}: {has:?}", kind.name());
    }
}

#[test]
fn what_no_registry_has_is_said_not_to_come_back() {
    let engine = engines::lock(Kind::Docker28);
    load(&engine, &TAGS[..1]);
    engine.create_container("gone", TAGS[0], json!({ "Cmd": ["/bin/busybox", "true"] }));
    let (mut window, before) = window(&engine);
    let id = id_of(&before, TAGS[0]);
    let run = run(&mut window, &plan(&before, Target::Image(id.clone())));
    assert!(!run.outline.can_be_undone);
    let undo = undo_of(&run, &window.refreshed());
    assert_eq!(undo.steps, []);
    assert!(undo.left.iter().any(|left| left.why == WhyLeft::Image { image: id.clone() }), "{undo:?}");
    let lost = |why: &WhyLeft| matches!(why, WhyLeft::Container { name, .. } if name == "gone");
    assert!(undo.left.iter().any(|left| lost(&left.why)), "{undo:?}");
}

/// A registry that wants a login, and what a person may have for it.
struct Behind {
    registry: Registry,
    logins: Vec<serde_json::Value>,
    tokens: Option<TokenServer>,
}

fn behind_password() -> Behind {
    let registry = Registry::start(&Wants::Htpasswd);
    Behind { logins: vec![logins_for(&[&registry.host])], registry, tokens: None }
}

fn behind_tokens() -> Behind {
    let tokens = TokenServer::start(|_| vec!["pull", "push"]);
    let wants = Wants::Token { realm: tokens.realm(), certificate: tokens.certificate.clone() };
    let registry = Registry::start(&wants);
    let identity = json!({"auths": {&registry.host: {"identitytoken": IDENTITY}}});
    Behind { logins: vec![logins_for(&[&registry.host]), identity], registry, tokens: Some(tokens) }
}

#[test]
fn an_image_is_pulled_with_the_login_of_the_person_where_a_registry_wants_one() {
    let login = json!({"username": USER, "password": PASSWORD});
    for kind in [Kind::Docker28, Kind::Docker28Containerd, Kind::Podman5] {
        let both = [behind_password(), behind_tokens()];
        let hosts: Vec<_> = both.iter().map(|behind| behind.registry.host.as_str()).collect();
        let engine = Engine::start_trusting(kind, &hosts);
        let servers = both.iter().filter_map(|behind| behind.tokens.as_ref());
        let realms = servers.map(|tokens| tokens.server.host.as_str());
        let _reached: Vec<_> =
            hosts.iter().copied().chain(realms).map(|host| Carried::to(&engine, host)).collect();
        for Behind { registry, logins, .. } in &both {
            let name = format!("{}/team/app:1", registry.host);
            load(&engine, &[&name]);
            engine.push_as(&name, &login);
            engine.remove_image(&name, false, false).ok();
            engine.pull_as(&name, &login);
            engine.tag(&name, TAGS[0]);
            let (mut stranger, before) = window(&engine);
            let id = id_of(&before, &name);
            let run = run(&mut stranger, &plan(&before, Target::Image(id.clone())));
            let undo = undo_of(&run, &stranger.refreshed());
            let answers = stranger.undo(&undo);
            assert!(matches!(&answers[0], UndoAnswer::Refused { .. }), "{}: {answers:?}", kind.name());
            assert!(stranger.refreshed().find_image(&id).is_none(), "{}", kind.name());
            for login in logins {
                let (_folder, places) = places(login);
                let (kept, folders) = folders::temporary_folders();
                let (mut person, _) = listed(Driven::with(&engine.host, kept, folders, places));
                let answers = person.undo(&undo);
                assert!(answers.iter().all(|a| *a == UndoAnswer::Done), "{}: {answers:?}", kind.name());
                let back = person.refreshed();
                let has = names(&back, &id);
                assert!(has.is_superset(&names(&before, &id)), "{}: {has:?}", kind.name());
                // For whoever comes next.
                let again = plan(&back, Target::Image(id.clone()));
                person.start(&again, RunOptions::default());
                assert_eq!(person.ended().0.ended, Ended::Completed);
            }
        }
    }
}
