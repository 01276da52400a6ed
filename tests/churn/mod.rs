//! Another client that does something to an engine, at random but the same for the same seed; and what a new
//! listing shows after it.

#![cfg(test)]
#![allow(dead_code, reason = "each test binary uses another part of this module")]

#[path = "../differential/random.rs"]
pub mod random;

use serde_json::{Value, json};
use unmoor::model::{Container, Endpoint, Image, Inventory, Layers};

use crate::engines::Engine;
use crate::engines::api::{Answer, path_part, query_part};
use crate::engines::archive::{self, Layer, docker_archive};
use random::Random;

const TAR: [&str; 1] = ["Content-Type: application/x-tar"];
/// One host of the registry beside each engine, and one that nothing is pushed to.
const REPOSITORIES: [&str; 4] = [
    "docker.io/library/app",
    "docker.io/library/base",
    "index.qiniu.com/churn/app",
    "index.qiniu.com/churn/x",
];
const TAGS: [&str; 3] = ["1", "2", "latest"];
/// More than this is removed again.
const MOST_IMAGES: usize = 14;

pub struct Churn<'e> {
    engine: &'e Engine,
    random: Random,
    seed: u64,
    /// Numbers what is made.
    next: usize,
    pushed: Vec<(String, Option<String>)>,
}

impl<'e> Churn<'e> {
    pub fn new(engine: &'e Engine, seed: u64) -> Self {
        Self { engine, random: Random::new(seed), seed, next: 0, pushed: Vec::new() }
    }

    /// Something to begin with: a runnable image that is never removed on purpose, and a few more.
    pub fn begin(&mut self) {
        let box_image = archive::Image {
            layers: vec![Layer::busybox(self.engine.kind)],
            tags: vec!["docker.io/library/box:1".to_owned()],
            cmd: ["/bin/busybox", "sleep", "3600"].map(str::to_owned).to_vec(),
            ..archive::Image::default()
        };
        self.engine.load(&docker_archive(&[box_image]));
        for _ in 0..3 {
            self.load();
        }
    }

    /// Does one thing, and says what; whether the engine was willing is its own affair.
    pub fn act(&mut self) -> String {
        let images = self.images();
        if images.len() > MOST_IMAGES {
            return self.remove_image(&images, true);
        }
        match self.random.weighted(&[18, 16, 8, 12, 6, 6, 10, 6, 4, 4, 6, 5, 7, 2]) {
            0 => self.tag(&images),
            1 => self.untag(&images),
            2 => self.remove_image(&images, false),
            3 => self.load(),
            4 => self.import(),
            5 => self.commit(),
            6 => self.create(&images),
            7 => self.start_or_stop(),
            8 => self.build(false, &images),
            9 if self.engine.kind.is_podman() => self.build(false, &images),
            9 => self.build(true, &images),
            10 => self.remove_container(),
            11 => self.push(&images),
            12 => self.pull(),
            _ => self.prune(),
        }
    }

    fn images(&self) -> Vec<Value> {
        self.engine.images().as_array().cloned().unwrap_or_default()
    }

    fn containers(&self) -> Vec<String> {
        let all = self.engine.containers();
        all.as_array().unwrap().iter().filter_map(|c| c["Id"].as_str().map(str::to_owned)).collect()
    }

    fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    fn name(&mut self) -> String {
        let repository = *self.random.pick(&REPOSITORIES);
        format!("{repository}:{}", self.random.pick(&TAGS))
    }

    fn any_image(&mut self, images: &[Value]) -> Option<String> {
        let others: Vec<_> =
            images.iter().filter(|image| !names(image).iter().any(|n| n.contains("box:1"))).collect();
        (!others.is_empty()).then(|| self.random.pick(&others)["Id"].as_str().unwrap().to_owned())
    }

    fn any_name(&mut self, images: &[Value]) -> Option<String> {
        let all: Vec<_> = images.iter().flat_map(names).filter(|name| !name.contains("box:1")).collect();
        (!all.is_empty()).then(|| self.random.pick(&all).clone())
    }

    fn tag(&mut self, images: &[Value]) -> String {
        let Some(image) = self.any_image(images) else { return "nothing to tag".to_owned() };
        let name = self.name();
        let (repository, tag) = name.rsplit_once(':').unwrap();
        let query = format!("repo={}&tag={tag}", query_part(repository));
        let answer = self.engine.post(&format!("/images/{image}/tag?{query}"), &Value::Null);
        said(&format!("tag {image} {name}"), &answer)
    }

    fn untag(&mut self, images: &[Value]) -> String {
        let Some(name) = self.any_name(images) else { return "nothing to untag".to_owned() };
        let force = self.random.chance(20);
        said(
            &format!("untag {name}, force {force}"),
            &self.engine.remove_image(&name, force, self.random.chance(20)),
        )
    }

    fn remove_image(&mut self, images: &[Value], force: bool) -> String {
        let Some(image) = self.any_image(images) else { return "nothing to remove".to_owned() };
        let force = force || self.random.chance(30);
        said(&format!("remove {image}, force {force}"), &self.engine.remove_image(&image, force, false))
    }

    fn layer(&mut self) -> Layer {
        let number = self.number();
        Layer::filled(&format!("churn/{}/{number}", self.seed), 200 + 31 * number)
    }

    /// One to three images, the later ones on top of the first.
    fn load(&mut self) -> String {
        let base = self.layer();
        let count = self.random.between(1, 3);
        let mut all: Vec<archive::Image> = Vec::new();
        for position in 0..count {
            let own = if position > 0 { vec![self.layer()] } else { Vec::new() };
            let names = self.random.below(3);
            let parent = all.first().filter(|_| self.random.chance(50)).map(archive::Image::id);
            all.push(archive::Image {
                layers: [vec![base.clone()], own].concat(),
                tags: (0..names).map(|_| self.name()).collect(),
                labels: [("churn".to_owned(), position.to_string())].into(),
                parent,
                ..archive::Image::default()
            });
        }
        let tags: Vec<_> = all.iter().map(|image| image.tags.join(" ")).collect();
        let answer = self.engine.request("POST", "/images/load?quiet=1", &TAR, &docker_archive(&all));
        said(&format!("load {tags:?}"), &answer)
    }

    fn import(&mut self) -> String {
        let layer = self.layer();
        // Podman says nothing of an import without a name.
        let query = if self.engine.kind.is_podman() || self.random.chance(60) {
            let name = self.name();
            let (repository, tag) = name.rsplit_once(':').unwrap();
            format!("&repo={}&tag={tag}", query_part(repository))
        } else {
            String::new()
        };
        let answer =
            self.engine.request("POST", &format!("/images/create?fromSrc=-{query}"), &TAR, &layer.tar);
        said(&format!("import {query}"), &answer)
    }

    fn commit(&mut self) -> String {
        let containers = self.containers();
        if containers.is_empty() {
            return "nothing to commit".to_owned();
        }
        let container = self.random.pick(&containers).clone();
        let query = if self.random.chance(60) {
            let name = self.name();
            let (repository, tag) = name.rsplit_once(':').unwrap();
            format!("&repo={}&tag={tag}", query_part(repository))
        } else {
            String::new()
        };
        let answer = self.engine.post(&format!("/commit?container={container}{query}"), &json!({}));
        said(&format!("commit {query}"), &answer)
    }

    fn create(&mut self, images: &[Value]) -> String {
        if self.containers().len() > 5 {
            return self.remove_container();
        }
        let of = match self.random.below(3) {
            0 => self.any_name(images),
            1 => self.any_image(images),
            _ => None,
        };
        let of = of.unwrap_or_else(|| "docker.io/library/box:1".to_owned());
        let number = self.number();
        let body = json!({
            "Image": of, "Cmd": ["/bin/busybox", "sleep", "3600"], "StopSignal": "SIGKILL",
            "HostConfig": { "NetworkMode": "none" },
        });
        let answer = self.engine.post(&format!("/containers/create?name=churn{number}"), &body);
        said(&format!("create of {of}"), &answer)
    }

    fn start_or_stop(&mut self) -> String {
        let containers = self.containers();
        if containers.is_empty() {
            return "no container".to_owned();
        }
        let container = self.random.pick(&containers).clone();
        let action = *self.random.pick(&["start", "stop?t=0", "start", "pause", "unpause"]);
        let answer = self.engine.post(&format!("/containers/{container}/{action}"), &Value::Null);
        said(&format!("{action} {}", &container[..12]), &answer)
    }

    fn remove_container(&mut self) -> String {
        let containers = self.containers();
        if containers.is_empty() {
            return "no container".to_owned();
        }
        let container = self.random.pick(&containers).clone();
        let answer = self.engine.delete(&format!("/containers/{container}?force=1&v=1"));
        said(&format!("remove container {}", &container[..12]), &answer)
    }

    fn build(&mut self, buildkit: bool, images: &[Value]) -> String {
        let from = self.any_name(images).filter(|_| !buildkit).unwrap_or_else(|| "scratch".to_owned());
        let number = self.number();
        let dockerfile = format!("FROM {from}\nCOPY f /f\nLABEL churn={number}\n");
        let file = format!("{} {number}\n", self.seed).repeat(number);
        let context =
            Layer::new(&[("f", file.as_bytes(), 0o644), ("Dockerfile", dockerfile.as_bytes(), 0o644)]);
        let name = self.name();
        // Untagged builds by BuildKit come without any event on 20.10.
        let tag = if buildkit || self.random.chance(60) {
            format!("&t={}", query_part(&name))
        } else {
            String::new()
        };
        let path = format!("/build?version={}&networkmode=none{tag}", if buildkit { 2 } else { 1 });
        let answer = self.engine.request("POST", &path, &TAR, &context.tar);
        said(&format!("build from {from}, buildkit {buildkit}, {tag}"), &answer)
    }

    fn push(&mut self, images: &[Value]) -> String {
        let names: Vec<_> = images
            .iter()
            .flat_map(names)
            .filter(|name| name.contains("qiniu") && !name.contains('@'))
            .collect();
        if names.is_empty() {
            return "nothing to push".to_owned();
        }
        let name = self.random.pick(&names).clone();
        let (repository, tag) = name.rsplit_once(':').unwrap();
        let path = format!("/images/{}/push?tag={tag}", path_part(repository));
        let answer = self.engine.request("POST", &path, &["X-Registry-Auth: e30="], &[]);
        let lines: Vec<Value> =
            serde_json::Deserializer::from_str(&answer.text).into_iter().flatten().collect();
        let digest =
            crate::engines::api::pushed_digest(&lines).map(|digest| format!("{repository}@{digest}"));
        self.pushed.push((name.clone(), digest));
        said(&format!("push {name}"), &answer)
    }

    fn pull(&mut self) -> String {
        if self.pushed.is_empty() {
            return "nothing to pull".to_owned();
        }
        let (name, digest) = self.random.pick(&self.pushed).clone();
        let name = digest.filter(|_| self.random.chance(40)).unwrap_or(name);
        let answer =
            self.engine.post(&format!("/images/create?fromImage={}", query_part(&name)), &Value::Null);
        said(&format!("pull {name}"), &answer)
    }

    fn prune(&mut self) -> String {
        said("prune", &self.engine.post("/images/prune", &Value::Null))
    }
}

fn names(image: &Value) -> Vec<String> {
    let listed = image["RepoTags"].as_array().cloned().unwrap_or_default();
    listed
        .iter()
        .filter_map(Value::as_str)
        .filter(|name| !name.contains("<none>"))
        .map(str::to_owned)
        .collect()
}

fn said(what: &str, answer: &Answer) -> String {
    let words: String = answer.text.chars().take(120).collect();
    format!("{what}: {} {words}", answer.status)
}

/// A whole new listing over a connection of its own.
pub fn fresh(engine: &Engine) -> Inventory {
    fresh_at(&engine.host)
}

/// The same for whoever knows only its address.
pub fn fresh_at(host: &str) -> Inventory {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let endpoint = Endpoint::Host(host.to_owned());
    let listed = async {
        let connected = unmoor::engine::Engine::connect(&endpoint).await;
        connected.unwrap_or_else(|tried| panic!("{tried:?}")).list().await
    };
    runtime.block_on(listed).unwrap_or_else(|failure| panic!("{failure}"))
}

/// The first thing that is not as in a new listing. Layers are read later and never change; what a container
/// says of how long it has run changes with the time.
pub fn difference(new: &Inventory, seen: &Inventory) -> Option<String> {
    let images = |inventory: &Inventory| -> Vec<Image> {
        let bare =
            |image: &Image| Image { layers: Layers::NotRead, platform: None, history: None, ..image.clone() };
        inventory.images.seen().iter().map(|image| bare(image)).collect()
    };
    let containers = |inventory: &Inventory| -> Vec<Container> {
        let bare = |container: &Container| Container { status: String::new(), ..container.clone() };
        inventory.containers.seen().iter().map(bare).collect()
    };
    first_apart(&images(new), &images(seen), |image| image.id.to_string())
        .or_else(|| first_apart(&containers(new), &containers(seen), |container| container.id.to_string()))
        .or_else(|| (!seen.is_complete()).then(|| format!("{:?}", seen.incomplete_because())))
        .or_else(|| {
            // An older engine measures every volume along with it, so that is asked once in a minute.
            let apart = new.build_cache != seen.build_cache && new.engine.api != "1.41";
            apart.then(|| format!("{:?} but {:?}", new.build_cache, seen.build_cache))
        })
}

fn first_apart<T: PartialEq + std::fmt::Debug>(
    new: &[T],
    seen: &[T],
    id: fn(&T) -> String,
) -> Option<String> {
    for item in new {
        match seen.iter().find(|other| id(other) == id(item)) {
            None => return Some(format!("not seen: {item:#?}")),
            Some(other) if other != item => return Some(format!("is: {item:#?}\nseen as: {other:#?}")),
            Some(_) => {}
        }
    }
    let more = seen.iter().find(|other| !new.iter().any(|item| id(item) == id(other)));
    more.map(|other| format!("seen and not there: {other:#?}"))
}
