//! The case this program was made for, on every real engine: each node is explained by the program, and
//! then the engine is asked for real, on a state made afresh whenever the last request changed it.

#![cfg(test)]

mod engines;

use std::process::Command;
use std::sync::Arc;

use engines::{Engine, Kind};
use serde_json::Value;
use unmoor::message::Endpoint;
use unmoor::model::{Graph, Inventory};
use unmoor::rules::{Answer, Removal, World, container, relist, remove_image};

/// What the program answers, as another program would read it.
fn explain(engine: &Engine, target: &str, force: bool) -> (i32, Value, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unmoor"));
    command.args(["explain", "--format", "json", "--host", &engine.host]);
    command.args(force.then_some("--force")).args(["--", target]);
    let output = command.output().expect("the program runs");
    let json = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap_or(-1), json, String::from_utf8_lossy(&output.stderr).into_owned())
}

fn observe(engine: &Engine) -> Arc<Graph> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let endpoint = Endpoint::Host(engine.host.clone());
    runtime
        .block_on(unmoor::worker::observe(&endpoint))
        .unwrap_or_else(|tried| panic!("{}: {tried:?}", engine.host))
        .0
}

/// What a listing shows, but for what passes with time.
fn shape(inventory: &Inventory) -> Vec<String> {
    let images =
        inventory.images.seen().iter().map(|i| format!("{} {:?} {:?}", i.id, i.references, i.parent));
    let containers = inventory.containers.seen().iter();
    let containers = containers.map(|c| format!("{} {} {:?} {}", c.id, c.image, c.state, c.image_shown));
    let mut all: Vec<_> = images.chain(containers).collect();
    all.sort();
    all
}

fn lines(answer: &Value, key: &str) -> Vec<String> {
    let items = answer.as_array().map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(|i| i[key].as_str()).map(str::to_owned).collect()
}

/// The words of a message in no order.
fn words(message: &str) -> Vec<&str> {
    let mut words: Vec<_> = message.split([' ', '[', ']']).collect();
    words.sort_unstable();
    words
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().unwrap_or(&Vec::new()).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Everything that can be named in the case, in every form.
fn targets(engine: &Engine, graph: &Graph) -> Vec<String> {
    let image = graph.images().iter().max_by_key(|i| i.references.len()).expect("the origin image");
    let mut all = vec![image.id.short().to_owned(), image.id.to_string(), image.id.hex().to_owned()];
    all.extend(
        image.references.iter().chain(&image.computed_digests).map(unmoor::model::Reference::familiar),
    );
    let (digest, tag) = (
        image.references.iter().chain(&image.computed_digests).find(|r| r.digest().is_some()),
        image.references.iter().find(|r| r.tag().is_some()),
    );
    if let (Some(digest), Some(tag)) = (digest.and_then(|d| d.digest()), tag) {
        all.push(format!("{tag}@{digest}"));
    }
    all.push("index.qiniu.com/ubuntu".into());
    all.push("index.qiniu.com/ubuntu:16.04".into());
    all.push("no.such/name:1".into());
    all.push("Upper/Case".into());
    all.push("0123456789ab".into());
    // An ID to Docker, and no name at all to Podman.
    all.push(format!("sha256:{}", image.id.short()));
    assert!(all.len() > 15, "{}: {all:?}", engine.host);
    all
}

fn build(kind: Kind) -> engines::EngineGuard {
    let engine = engines::lock(kind);
    engines::origin::build_origin_case(&engine, true);
    engine
}

/// Asks the program, then the engine, and holds every field of the one against the other.
fn check(engine: &Engine, target: &str, force: bool) -> bool {
    let place = format!("{} {target:?} force={force}", engine.kind.name());
    let before = observe(engine);
    let (status, told, error) = explain(engine, target, force);
    let answer = engine.remove_image(target, force, false);
    let message = answer.body["message"].as_str().unwrap_or_default();
    let outcome = told["outcome"].as_str().unwrap_or_default();
    match (outcome, answer.status) {
        ("removes" | "untags", 200) => {
            assert_eq!(status, 0, "{place}");
            assert_eq!(strings(&told["untagged"]), lines(&answer.body, "Untagged"), "{place}");
            assert_eq!(strings(&told["deleted"]), lines(&answer.body, "Deleted"), "{place}");
        }
        ("refused", refused) => {
            assert_eq!(told["refusal"]["status"], refused, "{place}: {message}");
            let worded = strings(&told["refusal"]["messages"]);
            // Podman prints names in the order they were given, which no listing promises to keep.
            let any_order = engine.kind.is_podman();
            let said = |m: &String| m == message || (any_order && words(m) == words(message));
            assert!(worded.iter().any(said), "{place}: {message} {told:#}");
        }
        ("not_found", 404) => {
            assert_eq!(status, 4, "{place}");
            assert!(error.contains(message), "{place}: {message:?} is not in {error:?}");
        }
        // Force removes containers here until it comes to one that runs; in which order, no listing tells.
        ("unknown", 409) if engine.kind.is_podman() && force => {
            assert!(message.contains("cannot remove container"), "{place}: {message}");
            assert!(strings(&told["untagged"]).is_empty() && strings(&told["deleted"]).is_empty(), "{place}");
            let images = |graph: &Graph| -> Vec<_> {
                graph.images().iter().map(|image| (image.id.clone(), image.references.clone())).collect()
            };
            assert_eq!(images(&before), images(&observe(engine)), "{place}");
            return true;
        }
        _ => panic!("{place}: told {told:#} {error}, was {} {:#}", answer.status, answer.body),
    }
    let mut world = World::new(before);
    let removal = Removal { target: target.to_owned(), force, prune: true };
    if let Answer::Done(effect) = remove_image(&world, &removal) {
        effect.changes.iter().for_each(|c| world.apply(c));
    }
    assert_eq!(shape(&relist(&world)), shape(observe(engine).inventory()), "{place}: afterwards");
    answer.status == 200
}

fn every_node_is_predicted(kind: Kind) {
    let mut engine = build(kind);
    let all = targets(&engine, &observe(&engine));
    for target in all {
        for force in [false, true] {
            if check(&engine, &target, force) {
                drop(engine);
                engine = build(kind);
            }
        }
    }
}

#[test]
fn every_node_is_predicted_on_docker_20() {
    every_node_is_predicted(Kind::Docker20);
}

#[test]
fn every_node_is_predicted_on_docker_28() {
    every_node_is_predicted(Kind::Docker28);
}

#[test]
fn every_node_is_predicted_on_docker_28_containerd() {
    every_node_is_predicted(Kind::Docker28Containerd);
}

#[test]
fn every_node_is_predicted_on_podman_5() {
    every_node_is_predicted(Kind::Podman5);
}

#[test]
fn containers_are_explained_as_the_engines_answer() {
    for kind in Kind::ALL {
        let engine = build(kind);
        for (name, force) in [("web-2", false), ("web-1", false), ("web-2", true), ("web-3", true)] {
            let world = World::new(observe(&engine));
            let container::Found::One(_) = container::find(&world, name) else { panic!("{name}") };
            let (status, told, _) = explain(&engine, name, force);
            assert_eq!((status, told["resolved"]["kind"].as_str()), (0, Some("container")), "{told:#}");
            let answer = engine.delete(&format!("/containers/{name}?force={}", u8::from(force)));
            match told["outcome"].as_str() {
                Some("removes") => assert_eq!(answer.status, 204, "{name} {}", answer.text),
                Some("refused") => {
                    assert_eq!(told["refusal"]["status"], answer.status, "{name}");
                    let message = answer.body["message"].as_str().unwrap().to_owned();
                    assert!(strings(&told["refusal"]["messages"]).contains(&message), "{message} {told:#}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
