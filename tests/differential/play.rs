//! Does one step on the engine, over the test's own HTTP client. A step that the engine refuses is noted and
//! left at that: dropping steps from a case may take away what later ones stand on.

use std::fmt::Write as _;

use serde_json::{Value, json};

use unmoor::model::Reference;

use super::case::{Loaded, Make, Request, State, Step};
use super::stage::Stage;
use crate::engines::Kind;
use crate::engines::api::{Answer, path_part, pushed_digest, query_part};
use crate::engines::archive::{Image, Layer, docker_archive};

const TAR: [&str; 1] = ["Content-Type: application/x-tar"];
const SLEEP: [&str; 3] = ["/bin/busybox", "sleep", "3600"];

impl Stage<'_> {
    /// Does a step of the setup. Returns whether it was done.
    pub fn play(&mut self, step: &Step) -> bool {
        let done = match step {
            Step::Make(step) => self.rendered(step).is_some_and(|step| self.make(&step).is_some()),
            Step::Request(request) => {
                self.rendered_request(request).is_some_and(|request| self.ask(&request).status < 400)
            }
        };
        if !done {
            self.refused.push(serde_json::to_string(step).unwrap());
        }
        done
    }

    fn make(&mut self, step: &Make) -> Option<()> {
        match step {
            Make::Import { image, layer, name } => {
                let tar = self.layer(*layer).tar;
                let (repo, tag) = split(name.as_deref().unwrap_or_default());
                let path =
                    format!("/images/create?fromSrc=-&repo={}&tag={}", query_part(repo), query_part(tag));
                let lines = progress(&self.engine.request("POST", &path, &TAR, &tar))?;
                self.made(*image, lines.last()?["status"].as_str()?);
            }
            Make::Load { images } => {
                self.load(images)?;
                for loaded in images {
                    self.named_by_load(&loaded.names);
                }
            }
            Make::LoadIndex { image, layers, names } => {
                let layers: Vec<_> = layers.iter().map(|number| self.layer(*number)).collect();
                let (tar, id) = super::oci::archive(&layers, names);
                if self.engine.kind != Kind::Docker28Containerd {
                    return None;
                }
                progress(&self.engine.request("POST", "/images/load?quiet=1", &TAR, &tar))?;
                self.made(*image, &id);
                self.named_by_load(names);
            }
            Make::Commit { image, of, file, name } => self.commit(*image, of, *file, name.as_deref())?,
            Make::Build { image, from, lines, name, buildkit } => {
                self.build(*image, from.as_deref(), lines, name.as_deref(), *buildkit)?;
            }
            Make::Save { names } => {
                let query: Vec<_> = names.iter().map(|name| format!("names={}", query_part(name))).collect();
                self.saved = true;
                self.engine.get(&format!("/images/get?{}", query.join("&")));
            }
            Make::Push { name } => self.push(name)?,
            Make::Pull { name } => {
                let path = format!("/images/create?fromImage={}", query_part(name));
                progress(&self.engine.post(&path, &Value::Null))?;
                self.named_by_load(std::slice::from_ref(name));
            }
            Make::Create { container, of, state, mount } => {
                self.create(container, of, *state, mount.as_deref())?;
            }
        }
        Some(())
    }

    /// Sends a request; its places must be filled in.
    pub fn ask(&self, request: &Request) -> Answer {
        match request {
            Request::Tag { of, name } => {
                // A short one may be taken for another name of Podman's.
                let full = Reference::parse(name).map(|name| name.or_latest().full());
                let name = match &full {
                    Ok(full) if self.engine.kind.is_podman() => full,
                    Ok(_) | Err(_) => name,
                };
                let (repo, tag) = split(name);
                let query = format!("repo={}&tag={}", query_part(repo), query_part(tag));
                self.engine.post(&format!("/images/{}/tag?{query}", path_part(of)), &Value::Null)
            }
            Request::Remove { target, force, noprune } => self.engine.remove_image(target, *force, *noprune),
            Request::RemoveContainer { target, force } => {
                self.engine.delete(&format!("/containers/{}?force={}", path_part(target), u8::from(*force)))
            }
            Request::Stop { container } => {
                self.engine.post(&format!("/containers/{}/stop?t=0", path_part(container)), &Value::Null)
            }
        }
    }

    fn load(&mut self, images: &[Loaded]) -> Option<()> {
        let image = |loaded: &Loaded| Image {
            layers: loaded.layers.iter().map(|number| self.layer(*number)).collect(),
            tags: loaded.names.clone(),
            cmd: SLEEP.map(str::to_owned).to_vec(),
            // Two numbers are two images, be their layers the same.
            labels: [("image".to_owned(), loaded.image.to_string())].into(),
            history: None,
            parent: loaded.parent.as_ref().map(|hex| format!("sha256:{hex}")),
        };
        let all: Vec<_> = images.iter().map(image).collect();
        let before = self.ids();
        progress(&self.engine.request("POST", "/images/load?quiet=1", &TAR, &docker_archive(&all)))?;
        // On the containerd store the id is a digest of what the engine writes itself.
        let mut new: Vec<String> = self.ids().into_iter().filter(|id| !before.contains(id)).collect();
        for (position, (loaded, image)) in images.iter().zip(&all).enumerate() {
            // A name that comes twice is the later image's.
            let later =
                |name: &&String| images[position + 1..].iter().any(|later| later.names.contains(name));
            let id = if !self.engine.kind.has_containerd_store() {
                Some(image.id())
            } else if let Some(name) = loaded.names.iter().find(|name| !later(name)) {
                self.id_of(name)
            } else {
                new.iter().find(|id| self.number_of(id) == Some(loaded.image)).cloned()
            };
            // One that lost all its names to the others may be gone.
            let Some(id) = id else { continue };
            new.retain(|other| *other != id);
            self.made(loaded.image, &id);
        }
        Some(())
    }

    fn commit(&mut self, image: u8, of: &str, file: Option<u32>, name: Option<&str>) -> Option<()> {
        let body = json!({ "Image": of, "Cmd": SLEEP, "HostConfig": { "NetworkMode": "none" } });
        let container = text(&self.engine.post("/containers/create", &body), "Id")?;
        if let Some(number) = file {
            let path = format!("/containers/{container}/archive?path=/");
            self.engine.request("PUT", &path, &TAR, &self.layer(number).tar);
        }
        let (repo, tag) = split(name.unwrap_or_default());
        let query = format!("container={container}&repo={}&tag={}", query_part(repo), query_part(tag));
        let id = text(&self.engine.post(&format!("/commit?{query}"), &json!({})), "Id");
        self.engine.delete(&format!("/containers/{container}?force=1"));
        self.made(image, &id?);
        Some(())
    }

    fn build(
        &mut self,
        image: u8,
        from: Option<&str>,
        lines: &[String],
        name: Option<&str>,
        buildkit: bool,
    ) -> Option<()> {
        let mut dockerfile = format!("FROM {}\n", from.unwrap_or("scratch"));
        let mut files = Vec::new();
        for line in lines {
            writeln!(dockerfile, "{line}").unwrap();
            if let Some(number) = line.strip_prefix("COPY l").and_then(|l| l.split(' ').next()) {
                let number: usize = number.parse().unwrap();
                let content = format!("{} {number}\n", self.seed).into_bytes();
                files.push((format!("l{number}"), content.repeat(number)));
            }
        }
        files.push(("Dockerfile".to_owned(), dockerfile.into_bytes()));
        let files: Vec<_> =
            files.iter().map(|(path, content)| (path.as_str(), content.as_slice(), 0o644)).collect();
        let version = if buildkit { 2 } else { 1 };
        let tag = name.map_or_else(String::new, |name| format!("&t={}", query_part(name)));
        let path = format!("/build?version={version}&networkmode=none{tag}");
        let lines = progress(&self.engine.request("POST", &path, &TAR, &Layer::new(&files).tar))?;
        let id = lines.iter().rev().find_map(|line| line["aux"]["ID"].as_str())?.to_owned();
        self.made(image, &id);
        if let Some(name) = name.filter(|_| buildkit) {
            self.named_by_load(&[name.to_owned()]);
        }
        Some(())
    }

    fn push(&mut self, name: &str) -> Option<()> {
        let (repo, tag) = split(name);
        let path = format!("/images/{}/push?tag={}", path_part(repo), query_part(tag));
        let lines = progress(&self.engine.request("POST", &path, &["X-Registry-Auth: e30="], &[]))?;
        self.pushed.insert(name.to_owned());
        let image = self.engine.get(&format!("/images/{}/json", path_part(name))).body;
        if self.engine.kind.is_podman() {
            // The registry has the layers compressed, under another digest than the one shown.
            self.has_digest(image["Id"].as_str()?, &pushed_digest(&lines)?);
            return Some(());
        }
        let digest = image["RepoDigests"].as_array()?.iter().find_map(|entry| {
            let (of, digest) = entry.as_str()?.split_once('@')?;
            (of == repo).then_some(digest)
        })?;
        self.has_digest(image["Id"].as_str()?, digest);
        Some(())
    }

    fn create(&mut self, name: &str, of: &str, state: State, mount: Option<&str>) -> Option<()> {
        let cmd = if state == State::Exited { json!(["/bin/busybox", "true"]) } else { json!(SLEEP) };
        let mut body = json!({
            "Image": of,
            "Cmd": cmd,
            // A busy shell would not end by itself, and Podman waits for it.
            "StopSignal": "SIGKILL",
            "HostConfig": { "NetworkMode": "none" },
        });
        let mut mounted = None;
        if let Some(source) = mount {
            if self.engine.kind == Kind::Docker20 {
                return None;
            }
            mounted = Some(self.id_of(source)?);
            body["HostConfig"]["Mounts"] = json!([{ "Type": "image", "Source": source, "Target": "/mnt" }]);
        }
        let id = text(&self.engine.post(&format!("/containers/create?name={name}"), &body), "Id")?;
        self.container_made(name, &id);
        self.mounted.extend(mounted.map(|image| (id.clone(), image)));
        let actions: &[&str] = match state {
            State::Created => &[],
            State::Running => &["start"],
            State::Paused => &["start", "pause"],
            State::Exited => &["start", "wait"],
        };
        for action in actions {
            let answer = self.engine.post(&format!("/containers/{id}/{action}"), &Value::Null);
            if answer.status >= 400 {
                return None;
            }
        }
        Some(())
    }

    fn ids(&self) -> Vec<String> {
        let images = self.engine.images();
        images.as_array().unwrap().iter().filter_map(|image| Some(image["Id"].as_str()?.to_owned())).collect()
    }

    fn id_of(&self, name: &str) -> Option<String> {
        text(&self.engine.get(&format!("/images/{}/json", path_part(name))), "Id")
    }

    fn named_by_load(&mut self, names: &[String]) {
        let images: Vec<_> = names.iter().filter_map(|name| self.id_of(name)).collect();
        self.named_by_load.extend(images);
    }

    /// The number that a loaded image carries in its label.
    fn number_of(&self, id: &str) -> Option<u8> {
        let image = self.engine.get(&format!("/images/{id}/json"));
        image.body["Config"]["Labels"]["image"].as_str()?.parse().ok()
    }
}

/// The values of a stream that reports progress; `None` if one of them is an error.
fn progress(answer: &Answer) -> Option<Vec<Value>> {
    if answer.status >= 400 {
        return None;
    }
    let lines: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&answer.text).into_iter().collect();
    lines.ok().filter(|lines| lines.iter().all(|line| line.get("error").is_none()))
}

/// A field of an answer; `None` if the request was refused.
fn text(answer: &Answer, key: &str) -> Option<String> {
    (answer.status < 400).then(|| answer.body[key].as_str().map(str::to_owned))?
}

/// A colon before the last slash belongs to a registry's port.
fn split(reference: &str) -> (&str, &str) {
    match reference.rsplit_once(':') {
        Some((repo, tag)) if !tag.contains('/') => (repo, tag),
        Some(_) | None => (reference, ""),
    }
}
