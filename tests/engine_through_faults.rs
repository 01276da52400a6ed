//! A session of a person (connect, look, follow another client, review, remove, look again) with a real engine
//! behind a proxy that breaks one request of it, each request in turn and in every way: nothing untrue is shown,
//! nothing is removed that was not in the plan or twice, and it goes on without a restart.
//!
//! On one engine every request is broken in every way, on the others some; `UNMOOR_FAULTS=all` breaks all of
//! them everywhere.

#![cfg(test)]
#![cfg(unix)]

mod churn;
mod engines;
mod fault_proxy;
mod folders;
mod person;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use churn::random::Random;
use churn::{difference, fresh};
use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use fault_proxy::{Fault, FaultProxy};
use folders::temporary_folders;
use person::Person;
use serde_json::json;
use unmoor::model::{Endpoint, ImageId, Inventory, Reference};
use unmoor::plan::{Fate, StepAction, StepAnswer, Way};
use unmoor::rules::Target;
use unmoor::state::{Action, AppState, Dialog};

/// Nothing that breaks at once takes longer.
const LIMIT: Duration = Duration::from_mins(1);
/// Longer than any answer is waited for.
const PATIENCE: Duration = Duration::from_mins(7);
const GOES: [&str; 2] = ["docker.io/library/goes:1", "docker.io/library/goes:2"];
const STAYS: &str = "docker.io/library/stays:1";
const MOVED: &str = "docker.io/library/moved:1";

/// One image with two names and a container, which is to go; one that stays.
struct World {
    goes: ImageId,
    container: String,
    /// Every image and name that may be shown.
    images: BTreeSet<ImageId>,
}

fn world(engine: &Engine) -> World {
    engine.wipe();
    let image = |layer: &str, tags: &[&str]| Image {
        layers: vec![Layer::filled("base", 700), Layer::filled(layer, 900)],
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..Image::default()
    };
    engine.load(&docker_archive(&[image("goes", &GOES), image("stays", &[STAYS])]));
    let id = |name: &str| ImageId::parse(engine.inspect_image(name)["Id"].as_str().unwrap()).unwrap();
    let container = engine.create_container("holds", GOES[0], json!({ "Cmd": ["x"] }));
    World { goes: id(GOES[0]), container, images: [id(GOES[0]), id(STAYS)].into() }
}

fn leads_to(state: &AppState, name: &str) -> Option<ImageId> {
    let graph = state.graph()?;
    graph
        .find_name(&Reference::parse(name).unwrap())
        .and_then(|ix| graph.image(ix))
        .map(|image| image.id.clone())
}

/// Plays the session; `what` says what is broken.
fn session(
    engine: &Engine,
    proxy: &FaultProxy,
    runtime: &tokio::runtime::Runtime,
    what: &str,
    limit: Duration,
) {
    let World { goes, container, images } = world(engine);
    let (_kept, folders) = temporary_folders();
    let possible = images.clone();
    let said = what.to_owned();
    let look = move |inventory: &Inventory| {
        let seen: BTreeSet<_> = inventory.images.seen().iter().map(|image| image.id.clone()).collect();
        assert!(seen.is_subset(&possible), "{said}: an image that never was: {seen:?}");
        assert!(seen.len() + 1 >= possible.len(), "{said}: the image that stays is not shown: {seen:?}");
        assert!(inventory.containers.seen().len() <= 1, "{said}");
    };
    let mut person = Person::start(runtime, Endpoint::Host(proxy.host.clone()), folders, look);
    let fail = |person: &Person, at: &str| -> ! {
        panic!(
            "{what}: {at}\nconnection {:?}\nblocked {:?}\nprogress {:?}\nasked {:#?}",
            person.state.connection,
            person.state.blocked(),
            person.state.listing.progress,
            proxy.asked()
        )
    };
    person.wait(limit, Person::is_up_to_date).unwrap_or_else(|| fail(&person, "it was not listed"));
    engine.tag(STAYS, MOVED);
    let followed =
        person.wait(limit, |state| Person::is_up_to_date(state) && leads_to(state, MOVED).is_some());
    followed.unwrap_or_else(|| fail(&person, "another client was not followed"));
    person.act(Action::Select(Target::Image(goes.clone())));
    assert!(person.state.details.is_some(), "{what}");
    // The event stream may break at any moment: then the review waits until it is back.
    let mut tries = 0;
    let ended = loop {
        person.wait(limit, Person::is_up_to_date).unwrap_or_else(|| fail(&person, "it did not come back"));
        person.act(Action::Review(Target::Image(goes.clone()), Way::Ordered));
        person.act(Action::Confirm);
        if !person.state.is_running() {
            tries += 1;
            if tries > 20 {
                fail(&person, "nothing could be confirmed");
            }
            continue;
        }
        let mut pauses = 0;
        loop {
            let stands = |state: &AppState| {
                if let Dialog::Running(run) = &state.dialog {
                    run.paused.is_some()
                } else {
                    matches!(state.dialog, Dialog::Ended(_))
                }
            };
            person.wait(limit, stands).unwrap_or_else(|| fail(&person, "the run did not end"));
            if matches!(person.state.dialog, Dialog::Ended(_)) {
                break;
            }
            pauses += 1;
            person.act(if pauses > 3 { Action::StopRun } else { Action::GoOn });
        }
        person.wait(limit, Person::is_up_to_date).unwrap_or_else(|| fail(&person, "it was not listed again"));
        let Dialog::Ended(ended) = &person.state.dialog else { fail(&person, "the outcome is gone") };
        for (at, step) in ended.outcome.steps.iter().enumerate() {
            if matches!(step.answer, StepAnswer::Lost(_)) {
                let action = &ended.plan.steps[at].action;
                let fate = ended.fates.get(&at).copied();
                assert_eq!(fate, Some(fate_by_engine(engine, action)), "{what}: {action:?}");
            }
        }
        break ended.outcome.clone();
    };
    person.act(Action::CloseDialog);
    assert_eq!(leads_to(&person.state, STAYS).as_ref(), images.iter().find(|id| **id != goes), "{what}");
    // The engine itself is asked: nothing but what was planned is gone.
    for name in [STAYS, MOVED] {
        assert_eq!(engine.get(&format!("/images/{name}/json")).status, 200, "{what}: {name} is gone");
    }
    let removals: Vec<_> = proxy.asked().into_iter().filter(|asked| asked.starts_with("DELETE")).collect();
    let once: BTreeSet<_> = removals.iter().collect();
    assert_eq!(once.len(), removals.len(), "{what}: a removal was sent twice: {removals:?}");
    for removal in &removals {
        let is_planned = removal.contains(&container)
            || removal.contains(goes.hex())
            || GOES.iter().any(|name| removal.contains(name.trim_start_matches("docker.io/library/")));
        assert!(is_planned, "{what}: {removal} was not planned");
    }
    let seen = person.wait(limit, |state| {
        state.graph().is_some_and(|graph| difference(&fresh(engine), graph.inventory()).is_none())
    });
    if seen.is_none() {
        let apart = difference(&fresh(engine), person.state.graph().unwrap().inventory());
        fail(&person, &format!("what is shown is not what is there: {apart:?}\n{ended:?}"));
    }
    person.leave();
}

fn fate_by_engine(engine: &Engine, action: &StepAction) -> Fate {
    let gone = match action {
        StepAction::StopContainer { id, .. } | StepAction::RemoveContainer { id, .. } => {
            engine.get(&format!("/containers/{id}/json")).status == 404
        }
        StepAction::Untag { reference, .. } => {
            engine.get(&format!("/images/{}/json", reference.full())).status == 404
        }
        StepAction::RemoveImage { image, .. } => engine.get(&format!("/images/{image}/json")).status == 404,
    };
    if gone { Fate::Done } else { Fate::NotDone }
}

/// Sessions on an engine of its own, each taking the next of the faults until none is left.
fn play(kind: Kind, faults: &[(usize, Fault)], next: &AtomicUsize) {
    let engine = Engine::start(kind);
    let proxy = FaultProxy::start(engine.socket());
    let runtime = runtime();
    while let Some((at, fault)) = faults.get(next.fetch_add(1, Ordering::Relaxed)) {
        let (at, fault) = (*at, *fault);
        proxy.break_as(move |_, number| (number == at).then_some(fault));
        session(&engine, &proxy, &runtime, &format!("{}, request {at}: {fault:?}", kind.name()), LIMIT);
    }
}

/// How many requests a session takes that nothing breaks.
fn requests(kind: Kind) -> usize {
    let engine = Engine::start(kind);
    let proxy = FaultProxy::start(engine.socket());
    let runtime = runtime();
    session(&engine, &proxy, &runtime, &format!("{}, nothing broken", kind.name()), LIMIT);
    proxy.asked().len()
}

fn through_faults(kind: Kind, sample: Option<usize>) {
    let count = requests(kind);
    let mut faults: Vec<_> =
        (0..count).flat_map(|at| Fault::QUICK.into_iter().map(move |fault| (at, fault))).collect();
    if let Some(sample) = sample.filter(|_| !is_all()) {
        let seed = std::env::var("UNMOOR_SEED").ok().map_or(7, |seed| seed.parse().unwrap());
        let mut random = Random::new(seed);
        faults = (0..sample).map(|_| *random.pick(&faults)).collect();
    }
    let next = AtomicUsize::new(0);
    let at_once = if sample.is_some() { 1 } else { 4 };
    std::thread::scope(|scope| {
        let players: Vec<_> = (0..at_once).map(|_| scope.spawn(|| play(kind, &faults, &next))).collect();
        for player in players {
            if let Err(panic) = player.join() {
                // The others need not find out more.
                next.store(usize::MAX / 2, Ordering::Relaxed);
                std::panic::resume_unwind(panic);
            }
        }
    });
    eprintln!("{}: a session of {count} requests, {} faults", kind.name(), faults.len());
}

#[test]
fn every_fault_at_every_request_of_a_session_on_the_classic_store() {
    through_faults(Kind::Docker28, None);
}

#[test]
fn some_faults_on_the_containerd_store() {
    through_faults(Kind::Docker28Containerd, Some(10));
}

#[test]
fn some_faults_on_podman() {
    through_faults(Kind::Podman5, Some(10));
}

#[test]
fn some_faults_on_an_old_engine() {
    through_faults(Kind::Docker20, Some(10));
}

/// Whether an answer to this may never come, as far as a test can wait for that.
fn may_hang(request: &str) -> bool {
    is_all() || request.ends_with("/_ping") || request.ends_with("/history")
}

fn is_all() -> bool {
    std::env::var("UNMOOR_FAULTS").as_deref() == Ok("all")
}

#[test]
fn an_answer_that_never_comes_holds_nothing_up_for_good() {
    let kinds = Kind::ALL.into_iter().filter(|kind| is_all() || *kind == Kind::Docker28);
    kinds.for_each(hang);
}

fn hang(kind: Kind) {
    let asked = {
        let engine = Engine::start(kind);
        let proxy = FaultProxy::start(engine.socket());
        let runtime = runtime();
        session(&engine, &proxy, &runtime, "nothing broken", LIMIT);
        proxy.asked()
    };
    let mut hanging: Vec<_> = (0..asked.len()).filter(|at| may_hang(&asked[*at])).collect();
    if !is_all() {
        hanging.truncate(3);
    }
    assert!(hanging.len() > 1, "{asked:#?}");
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..hanging.len().min(6) {
            scope.spawn(|| {
                let engine = Engine::start(kind);
                let proxy = FaultProxy::start(engine.socket());
                let runtime = runtime();
                while let Some(at) = hanging.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
                    proxy.break_as(move |_, number| (number == at).then_some(Fault::Hang));
                    let what = format!("{}, request {at} hangs: {}", kind.name(), asked[at]);
                    let started = std::time::Instant::now();
                    session(&engine, &proxy, &runtime, &what, PATIENCE);
                    eprintln!("{what}: {} s", started.elapsed().as_secs());
                }
            });
        }
    });
    eprintln!("{}: a session of {} requests, {} of them hung", kind.name(), asked.len(), hanging.len());
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// The engine itself is killed while it removes, and started again by its own system.
#[test]
fn an_engine_that_dies_while_it_removes_comes_back_and_the_outcome_says_what_was_done() {
    // Podman 5, killed while it removes a container, may never list its containers again: its database knows one
    // that its storage does not. It then stays "incomplete" with removal off, and there is no coming back to hold.
    for kind in Kind::ALL.into_iter().filter(|kind| !kind.is_podman()) {
        let engine = std::sync::Arc::new(Engine::start(kind));
        let proxy = FaultProxy::start(engine.socket());
        for (removal, after) in [(0, Duration::ZERO), (1, Duration::from_millis(4))] {
            let (dies, removals) = (std::sync::Arc::clone(&engine), AtomicUsize::new(0));
            proxy.break_as(move |request, _| {
                if request.starts_with("DELETE") && removals.fetch_add(1, Ordering::Relaxed) == removal {
                    let dies = std::sync::Arc::clone(&dies);
                    let die = move || {
                        std::thread::sleep(after);
                        dies.die();
                    };
                    std::thread::Builder::new().name("the-end".to_owned()).spawn(die).unwrap();
                }
                None
            });
            let what = format!("{}, dies at removal {removal}", kind.name());
            session(&engine, &proxy, &runtime(), &what, LIMIT * 2);
        }
    }
}
