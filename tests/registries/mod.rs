//! Registries for the tests: Debian's `docker-registry`, unpacked beside the engines and started on loopback,
//! and servers that behave as no registry should. What is put into a registry goes over an HTTP client of the
//! tests' own.

#![cfg(test)]
#![allow(dead_code, reason = "each test binary uses another part of this module")]

pub mod http;
pub mod proxy;
pub mod tokens;

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use unmoor::model::{Digest, ImageId, Question, Reach, Reference, Remote};
use unmoor::registry::{Places, Registries};

use crate::engines::Kind;
use http::{Answer, request};

/// The one login that the tests use. No text that the program writes may hold the password.
pub const USER: &str = "somebody";
pub const PASSWORD: &str = "planted-secret-7Q";
/// The same as the registry keeps it (bcrypt).
const HTPASSWD: &str = "somebody:$2b$04$xmIZhyk2YrN66.abLMICBOKLadShmFMs4YKDamaAFOtLSArqb6a9u";

const LIMIT: Duration = Duration::from_mins(1);

/// How a registry wants to be asked.
pub enum Wants {
    Nothing,
    Htpasswd,
    Token { realm: String, certificate: String },
    Tls { certificate: String, key: String, clients: Option<String> },
    TlsAndHtpasswd { certificate: String, key: String },
}

/// A running registry; it ends with the test, and its data too.
pub struct Registry {
    /// Host and port, as in the names of images.
    pub host: String,
    pub folder: tempfile::TempDir,
    process: Child,
    authorization: Option<String>,
}

impl Registry {
    pub fn start(wants: &Wants) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), wants)
    }

    /// Another way to what a registry has; only to be read.
    pub fn start_on(other: &Self, wants: &Wants) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(other.folder.path().join("data"), folder.path().join("data")).unwrap();
        Self::start_in(folder, wants)
    }

    fn start_in(folder: tempfile::TempDir, wants: &Wants) -> Self {
        let deadline = Instant::now() + LIMIT;
        loop {
            let port = free_port();
            let mut process = spawn(folder.path(), port, wants);
            let host = format!("127.0.0.1:{port}");
            // Another process may have taken the port in between: then this one ends by itself.
            while process.try_wait().unwrap().is_none() {
                if TcpStream::connect(&host).is_ok() {
                    let authorization = match wants {
                        Wants::Htpasswd | Wants::TlsAndHtpasswd { .. } => Some(basic()),
                        Wants::Nothing | Wants::Token { .. } | Wants::Tls { .. } => None,
                    };
                    return Self { host, folder, process, authorization };
                }
                assert!(Instant::now() < deadline, "a registry does not listen");
                std::thread::sleep(Duration::from_millis(10));
            }
            assert!(Instant::now() < deadline, "a registry does not start: {}", log(folder.path()));
        }
    }

    /// Signs what the tests themselves ask.
    pub fn authorize(&mut self, authorization: String) {
        self.authorization = Some(authorization);
    }

    pub fn ask(&self, method: &str, path: &str, content: &str, body: &[u8]) -> Answer {
        let mut headers = vec![("Content-Type", content)];
        headers.extend(self.authorization.as_deref().map(|value| ("Authorization", value)));
        let path = path.strip_prefix(&format!("http://{}", self.host)).unwrap_or(path);
        request(&self.host, method, path, &headers, body)
    }

    fn push_blob(&self, repository: &str, body: &[u8]) -> Value {
        let begun = self.ask("POST", &format!("/v2/{repository}/blobs/uploads/"), "text/plain", b"");
        assert_eq!(begun.status, 202, "{begun:?}");
        let digest = digest_of(body);
        let to = begun.header("location").unwrap();
        let sign = if to.contains('?') { '&' } else { '?' };
        let put = self.ask("PUT", &format!("{to}{sign}digest={digest}"), "application/octet-stream", body);
        assert_eq!(put.status, 201, "{put:?}");
        json!({"digest": digest, "size": body.len()})
    }

    /// Pushes an image of one layer; `what` makes it different from others.
    pub fn push(&self, repository: &str, tag: &str, what: &str) -> Pushed {
        let config = json!({"architecture": "amd64", "os": "linux", "created": "2026-05-01T10:00:00Z",
            "rootfs": {"type": "layers", "diff_ids": [digest_of(what.as_bytes())]}});
        let mut config = self.push_blob(repository, config.to_string().as_bytes());
        let mut layer = self.push_blob(repository, what.as_bytes());
        config["mediaType"] = "application/vnd.docker.container.image.v1+json".into();
        layer["mediaType"] = "application/vnd.docker.image.rootfs.diff.tar.gzip".into();
        let kind = "application/vnd.docker.distribution.manifest.v2+json";
        let manifest = json!({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": [layer]});
        let manifest = manifest.to_string();
        let put = self.ask("PUT", &format!("/v2/{repository}/manifests/{tag}"), kind, manifest.as_bytes());
        assert_eq!(put.status, 201, "{put:?}");
        Pushed {
            digest: digest_of(manifest.as_bytes()),
            config: config["digest"].as_str().unwrap().to_owned(),
            layer: layer["digest"].as_str().unwrap().to_owned(),
            size: manifest.len(),
        }
    }

    /// Puts images for as many platforms under one tag; returns the digest of the index.
    pub fn push_index(&self, repository: &str, tag: &str, images: &[(&str, &Pushed)]) -> String {
        let kind = "application/vnd.oci.image.index.v1+json";
        let children: Vec<_> = images
            .iter()
            .map(|(architecture, image)| {
                json!({"mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                    "digest": image.digest, "size": image.size,
                    "platform": {"os": "linux", "architecture": architecture}})
            })
            .collect();
        let index = json!({"schemaVersion": 2, "mediaType": kind, "manifests": children}).to_string();
        let put = self.ask("PUT", &format!("/v2/{repository}/manifests/{tag}"), kind, index.as_bytes());
        assert_eq!(put.status, 201, "{put:?}");
        digest_of(index.as_bytes())
    }

    /// What it wrote of its own so far: each request that it let through, with whom it took it to be from.
    pub fn log(&self) -> String {
        log(self.folder.path())
    }

    /// Loses the content behind a digest, as a broken disk would: what points at it stays.
    pub fn lose(&self, digest: &str) {
        let hex = digest.strip_prefix("sha256:").unwrap();
        let blob =
            self.folder.path().join(format!("data/docker/registry/v2/blobs/sha256/{}/{hex}", &hex[..2]));
        std::fs::remove_dir_all(&blob).unwrap_or_else(|error| panic!("{}: {error}", blob.display()));
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// What was put into a registry.
#[derive(Debug)]
pub struct Pushed {
    pub digest: String,
    pub config: String,
    pub layer: String,
    pub size: usize,
}

pub fn digest_of(bytes: &[u8]) -> String {
    let hex: Vec<_> = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{}", hex.concat())
}

pub fn basic() -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(format!("{USER}:{PASSWORD}")))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}

/// The registry is started by the loader and with the libraries it was unpacked with: this system's may be
/// older.
fn spawn(folder: &Path, port: u16, wants: &Wants) -> Child {
    let root = Kind::Docker20.root();
    let loader = find(&root.join("usr/lib64"), "ld-linux")
        .or_else(|| find(&root.join("usr/lib"), "ld-linux"))
        .expect("the packages of the engine hold a loader");
    let libraries: Vec<_> = ["usr/lib", "lib"]
        .iter()
        .flat_map(|place| std::fs::read_dir(root.join(place)).into_iter().flatten().flatten())
        .map(|entry| entry.path())
        .filter(|path| path.join("libc.so.6").exists())
        .collect();
    let libraries = std::env::join_paths(libraries).unwrap();
    let config = folder.join("config.yml");
    std::fs::write(&config, configuration(folder, port, wants)).unwrap();
    let log = std::fs::File::create(folder.join("log")).unwrap();
    Command::new(loader)
        .arg("--library-path")
        .arg(libraries)
        .arg(root.join("usr/bin/docker-registry"))
        .arg("serve")
        .arg(&config)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

fn find(folder: &Path, start: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    entries
        .flatten()
        .map(|e| e.path())
        .find(|p| p.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start)) && p.exists())
}

fn configuration(folder: &Path, port: u16, wants: &Wants) -> String {
    let place = |name: &str| folder.join(name).display().to_string();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    let mut http = json!({"addr": format!("127.0.0.1:{port}")});
    let mut all = json!({
        "version": 0.1,
        "log": {"level": "info", "accesslog": {"disabled": true}},
        "storage": {"filesystem": {"rootdirectory": place("data")}, "delete": {"enabled": true}},
    });
    if let Wants::Htpasswd | Wants::TlsAndHtpasswd { .. } = wants {
        write("htpasswd", HTPASSWD);
        all["auth"] = json!({"htpasswd": {"realm": "tests", "path": place("htpasswd")}});
    }
    if let Wants::Tls { certificate, key, .. } | Wants::TlsAndHtpasswd { certificate, key } = wants {
        write("server.crt", certificate);
        write("server.key", key);
        http["tls"] = json!({"certificate": place("server.crt"), "key": place("server.key")});
    }
    match wants {
        Wants::Nothing | Wants::Htpasswd | Wants::TlsAndHtpasswd { .. } => {}
        Wants::Token { realm, certificate } => {
            write("token.crt", certificate);
            let issuer = tokens::ISSUER;
            all["auth"] = json!({"token": {"realm": realm, "service": tokens::SERVICE, "issuer": issuer,
                "rootcertbundle": place("token.crt")}});
        }
        Wants::Tls { clients, .. } => {
            if let Some(clients) = clients {
                write("clients.crt", clients);
                http["tls"]["clientcas"] = json!([place("clients.crt")]);
            }
        }
    }
    all["http"] = http;
    // YAML takes JSON.
    all.to_string()
}

/// A folder for logins and certificates, with this file of logins.
pub fn places(config: &Value) -> (tempfile::TempDir, Places) {
    let folder = tempfile::tempdir().unwrap();
    let logins = folder.path().join("config.json");
    std::fs::write(&logins, config.to_string()).unwrap();
    let places = Places { logins: vec![logins], certificates: vec![folder.path().join("certs.d")] };
    (folder, places)
}

/// Logins with the tests' user and password for these hosts.
pub fn logins_for(hosts: &[&str]) -> Value {
    let auth = basic().strip_prefix("Basic ").unwrap().to_owned();
    let auths = hosts.iter().map(|host| ((*host).to_owned(), json!({"auth": auth})));
    json!({"auths": auths.collect::<serde_json::Map<_, _>>()})
}

pub fn no_logins() -> Value {
    json!({})
}

/// The question for a name, on an engine that calls the image by its configuration.
pub fn question(name: &str, digests: &[&str], config: &str) -> Question {
    let config = Digest::parse(config).unwrap();
    Question {
        image: ImageId::parse(config.as_str()).unwrap(),
        reference: Reference::parse(name).unwrap(),
        digests: digests.iter().map(|digest| Digest::parse(digest).unwrap()).collect(),
        config: Some(config),
        platform: Some("linux/amd64".to_owned()),
        has_registry: true,
    }
}

/// Asks with these places, everything from the beginning.
pub fn ask(places: &Places, questions: Vec<Question>) -> Vec<Remote> {
    ask_as(places, questions, &Reach::default())
}

pub fn ask_as(places: &Places, questions: Vec<Question>, reach: &Reach) -> Vec<Remote> {
    use futures_util::StreamExt as _;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut remotes = vec![Remote::NotAsked; questions.len()];
    runtime.block_on(async {
        let mut answers = Registries::new(places.clone()).look_up(questions, reach);
        while let Some((at, remote)) = answers.next().await {
            remotes[at] = remote;
        }
    });
    remotes
}
