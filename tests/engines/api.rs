//! What the tests ask of an engine, over HTTP/1.1 on its socket and nothing but the standard library, so that
//! a mistake in the client under test cannot hide itself. Requests carry no API version: each engine answers
//! in its newest.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Engine;

/// No request of a test takes this long; a stuck engine shall fail the test, not hang it.
const TIMEOUT: Duration = Duration::from_mins(2);

/// An engine's answer to one request.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// `Null` where the text is no JSON value: when it is empty or a stream of several.
    pub body: Value,
    pub text: String,
}

impl Answer {
    /// This answer, if it reports success.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(
            (200..300).contains(&self.status) || self.status == 304,
            "answer {}: {}",
            self.status,
            self.text
        );
        self
    }

    /// The values of a stream that reports progress, one a line; fails where one of them is an error.
    #[track_caller]
    fn progress(self) -> Vec<Value> {
        let answer = self.ok();
        let lines = serde_json::Deserializer::from_str(&answer.text).into_iter();
        let values: Vec<Value> = lines.collect::<Result<_, _>>().unwrap();
        for value in &values {
            assert!(value.get("error").is_none(), "the engine reports {value} in {}", answer.text);
        }
        values
    }
}

impl Engine {
    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], &[])
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.request("DELETE", path, &[], &[])
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        if body.is_null() {
            return self.request("POST", path, &[], &[]);
        }
        self.request("POST", path, &["Content-Type: application/json"], body.to_string().as_bytes())
    }

    /// Sends one request and reads the answer to its end. `path` goes out as it is: encode its parts.
    pub fn request(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
        let mut stream = self.way().connect();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n");
        for header in headers {
            write!(head, "{header}\r\n").unwrap();
        }
        write!(head, "Content-Length: {}\r\n\r\n", body.len()).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        // An engine that fails need not read all of it before it says so and hangs up.
        let sent = stream.write_all(body);
        let mut answer = Vec::new();
        if let Err(error) = sent.and(stream.read_to_end(&mut answer).map(drop)) {
            if answer.is_empty() {
                drop(stream.read_to_end(&mut answer));
            }
            assert!(!answer.is_empty(), "{method} {path}: {error}");
        }
        parse(&answer)
    }

    /// Makes an image of one layer from a tar; returns its id.
    pub fn import(&self, tar: &[u8], repo_tag: Option<&str>) -> String {
        let (repo, tag) = split_tag(repo_tag.unwrap_or_default());
        let path = format!("/images/create?fromSrc=-&repo={}&tag={}", query_part(repo), query_part(tag));
        let lines = self.request("POST", &path, &["Content-Type: application/x-tar"], tar).progress();
        lines.last().unwrap()["status"].as_str().unwrap().to_owned()
    }

    /// Loads an archive of images, as `archive::docker_archive` writes them.
    pub fn load(&self, tar: &[u8]) {
        self.request("POST", "/images/load?quiet=1", &["Content-Type: application/x-tar"], tar).progress();
    }

    pub fn tag(&self, source: &str, reference: &str) {
        let (repo, tag) = split_tag(reference);
        let query = format!("repo={}&tag={}", query_part(repo), query_part(tag));
        self.post(&format!("/images/{}/tag?{query}", path_part(source)), &Value::Null).ok();
    }

    /// Pushes; returns the digest that the registry knows the image by now. Podman compresses the layers
    /// first, and goes on showing the digest they had before.
    pub fn push(&self, reference: &str) -> String {
        // Engines insist on credentials, be they empty.
        self.push_as(reference, &json!({}))
    }

    /// The same with a login, as the API wants it: `username` and `password`, for example.
    pub fn push_as(&self, reference: &str, login: &Value) -> String {
        let (repo, tag) = split_tag(reference);
        let path = format!("/images/{}/push?tag={}", path_part(repo), query_part(tag));
        let lines = self.request("POST", &path, &[&login_header(login)], &[]).progress();
        pushed_digest(&lines).unwrap_or_else(|| panic!("{reference} was pushed without a digest: {lines:?}"))
    }

    /// Pulls `repository:tag` or `repository@digest`.
    pub fn pull(&self, reference: &str) {
        let path = format!("/images/create?fromImage={}", query_part(reference));
        self.post(&path, &Value::Null).progress();
    }

    /// The same with a login.
    pub fn pull_as(&self, reference: &str, login: &Value) {
        let path = format!("/images/create?fromImage={}", query_part(reference));
        self.request("POST", &path, &[&login_header(login)], &[]).progress();
    }

    /// Creates a container without a network, which ends as soon as it is asked to; `extra` adds to the
    /// request or replaces parts of it.
    pub fn create_container(&self, name: &str, image: &str, extra: Value) -> String {
        let mut body = json!({
            "Image": image,
            "StopSignal": "SIGKILL",
            "HostConfig": { "NetworkMode": "none" },
        });
        merge(&mut body, extra);
        let answer = self.post(&format!("/containers/create?name={}", query_part(name)), &body).ok();
        answer.body["Id"].as_str().unwrap().to_owned()
    }

    pub fn start_container(&self, container: &str) {
        self.container_action(container, "start");
    }

    /// Kills the container at once: nothing in the tests needs to end in order.
    pub fn stop_container(&self, container: &str) {
        self.container_action(container, "stop?t=0");
        self.wait_until_exited(container);
    }

    pub fn pause_container(&self, container: &str) {
        self.container_action(container, "pause");
    }

    /// Waits until the container has exited.
    pub fn wait_container(&self, container: &str) {
        self.container_action(container, "wait");
        self.wait_until_exited(container);
    }

    /// Podman answers while its monitor still cleans up: for that moment the container is "stopped".
    fn wait_until_exited(&self, container: &str) {
        let deadline = Instant::now() + TIMEOUT;
        let path = format!("/containers/{}/json", path_part(container));
        let listed = |id: &str| {
            let all = self.containers();
            let state = all.as_array().unwrap().iter().find(|c| c["Id"] == id).map(|c| c["State"].clone());
            state.is_some_and(|state| state == "stopped")
        };
        let id = self.get(&path).body["Id"].as_str().unwrap_or_default().to_owned();
        while listed(&id) {
            assert!(Instant::now() < deadline, "container {container} stays stopped and does not exit");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn container_action(&self, container: &str, action: &str) {
        self.post(&format!("/containers/{}/{action}", path_part(container)), &Value::Null).ok();
    }

    /// Removes a container, running or not, and its anonymous volumes.
    pub fn remove_container(&self, container: &str) {
        self.delete(&format!("/containers/{}?force=1&v=1", path_part(container))).ok();
    }

    /// Makes an image of a container; returns its id.
    pub fn commit(&self, container: &str, repo_tag: Option<&str>) -> String {
        let (repo, tag) = split_tag(repo_tag.unwrap_or_default());
        let query =
            format!("container={}&repo={}&tag={}", query_part(container), query_part(repo), query_part(tag));
        let answer = self.post(&format!("/commit?{query}"), &json!({})).ok();
        answer.body["Id"].as_str().unwrap().to_owned()
    }

    pub fn remove_image(&self, target: &str, force: bool, noprune: bool) -> Answer {
        let query = format!("force={}&noprune={}", u8::from(force), u8::from(noprune));
        self.delete(&format!("/images/{}?{query}", path_part(target)))
    }

    /// All images, those without a name that others were built on included.
    pub fn images(&self) -> Value {
        self.get("/images/json?all=1").ok().body
    }

    pub fn inspect_image(&self, target: &str) -> Value {
        self.get(&format!("/images/{}/json", path_part(target))).ok().body
    }

    pub fn containers(&self) -> Value {
        self.get("/containers/json?all=1").ok().body
    }

    /// Removes every container and every image.
    pub fn wipe(&self) {
        for container in self.containers().as_array().unwrap() {
            let id = container["Id"].as_str().unwrap();
            // A paused process takes no signal, and older engines refuse to try.
            if container["State"] == "paused" {
                self.container_action(id, "unpause");
            }
            let answer = self.delete(&format!("/containers/{id}?force=1&v=1"));
            // One whose mounted image is gone goes too, and Podman complains of the image.
            assert!(answer.status < 300 || self.kind.is_podman(), "{}", answer.text);
        }
        assert_eq!(self.containers(), json!([]), "containers that stay");
        // A parent goes only after its children, and removing a child may take the parent along.
        let mut left = usize::MAX;
        loop {
            let images = self.images();
            let images = images.as_array().unwrap();
            if images.is_empty() {
                return;
            }
            let answers: Vec<_> = images
                .iter()
                .map(|image| self.remove_image(image["Id"].as_str().unwrap(), true, false))
                .collect();
            assert!(images.len() < left, "images that stay: {answers:?}");
            left = images.len();
        }
    }
}

/// Encodes what stands between two slashes of a path, or several such parts with their slashes.
pub fn path_part(text: &str) -> String {
    encode(text, b"-._~/:@")
}

/// Encodes a value in the query of a path.
pub fn query_part(text: &str) -> String {
    encode(text, b"-._~")
}

fn encode(text: &str, kept: &[u8]) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").unwrap();
        }
        encoded
    })
}

/// The digest that the end of a push reports: `1: digest: sha256:… size: 579`.
pub fn pushed_digest(lines: &[Value]) -> Option<String> {
    let digest = |line: &Value| {
        let (_, after) = line["status"].as_str()?.split_once(": digest: ")?;
        after.split(' ').next().map(str::to_owned)
    };
    lines.iter().rev().find_map(digest)
}

fn login_header(login: &Value) -> String {
    use base64::Engine as _;
    format!("X-Registry-Auth: {}", base64::prelude::BASE64_URL_SAFE.encode(login.to_string()))
}

/// A colon before the last slash belongs to a registry's port.
fn split_tag(reference: &str) -> (&str, &str) {
    match reference.rsplit_once(':') {
        Some((repo, tag)) if !tag.contains('/') => (repo, tag),
        Some(_) | None => (reference, ""),
    }
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, Value::Null) if !into.is_null() => {}
        (into, from) => *into = from,
    }
}

fn parse(answer: &[u8]) -> Answer {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
    let head = std::str::from_utf8(&answer[..end]).unwrap().to_ascii_lowercase();
    let rest = &answer[end + 4..];
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body = if head.contains("\r\ntransfer-encoding: chunked") { unchunk(rest) } else { rest.to_vec() };
    if let Some((_, length)) = head.split_once("\r\ncontent-length: ") {
        let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
        assert_eq!(body.len(), length, "an answer was cut short");
    }
    // A saved image is an archive, and no text.
    let text = String::from_utf8_lossy(&body).into_owned();
    Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::Null), text }
}

fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n").expect("an answer was cut short");
        let size = std::str::from_utf8(&rest[..line]).unwrap().split(';').next().unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return body;
        }
        let start = line + 2;
        body.extend_from_slice(&rest[start..start + size]);
        rest = &rest[start + size + 2..];
    }
}
