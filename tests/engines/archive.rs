//! Writes image archives in memory, in the form of `docker save` (format: moby, `image/spec/spec.md`, "Combined
//! image JSON + filesystem changeset format"). The same images always give the same bytes, hence the same ids.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::Kind;

/// One layer: an uncompressed tar of what it adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    pub tar: Vec<u8>,
    /// `sha256:` and the digest of the tar, as image configurations list it.
    pub diff_id: String,
}

impl Layer {
    /// A layer of files, each with its path, content and mode.
    pub fn new(files: &[(&str, &[u8], u32)]) -> Self {
        let mut tar = Tar::default();
        for (path, content, mode) in files {
            tar.file(path, content, *mode);
        }
        let tar = tar.finish();
        let diff_id = format!("sha256:{}", sha256(&tar));
        Self { tar, diff_id }
    }

    /// A layer of one file of `size` bytes that no other layer has.
    pub fn filled(name: &str, size: usize) -> Self {
        let content: Vec<u8> = name.bytes().cycle().take(size).collect();
        Self::new(&[(name, &content, 0o644)])
    }

    /// What a container needs to run: `/bin/busybox`, for commands such as `/bin/busybox sleep 3600`.
    pub fn busybox(kind: Kind) -> Self {
        let path = kind.root().join("usr/bin/busybox");
        let content = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::new(&[("bin/busybox", &content, 0o755)])
    }
}

/// One image to be loaded.
#[derive(Clone, Debug, Default)]
pub struct Image {
    /// From the lowest to the topmost.
    pub layers: Vec<Layer>,
    /// Fully qualified references.
    pub tags: Vec<String>,
    pub cmd: Vec<String>,
    pub labels: BTreeMap<String, String>,
    /// Entries of the configuration's `history`; by default one for each layer.
    pub history: Option<Vec<Value>>,
    /// The id of the image this one was built on; only the classic store keeps it.
    pub parent: Option<String>,
}

impl Image {
    /// The id in the classic store, `sha256:` and the digest of the configuration.
    pub fn id(&self) -> String {
        format!("sha256:{}", sha256(&self.config()))
    }

    fn config(&self) -> Vec<u8> {
        const CREATED: &str = "2016-05-20T08:00:00Z";
        let diff_ids: Vec<_> = self.layers.iter().map(|layer| &layer.diff_id).collect();
        let steps = || {
            (1..=self.layers.len())
                .map(|step| json!({ "created": CREATED, "created_by": format!("step {step}") }))
        };
        let history = self.history.clone().unwrap_or_else(|| steps().collect());
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        let config = json!({
            "architecture": architecture,
            "os": "linux",
            "created": CREATED,
            "config": { "Cmd": self.cmd, "Labels": self.labels },
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
            "history": history,
        });
        config.to_string().into_bytes()
    }
}

/// An archive for `POST /images/load`; layers that images share are in it once.
pub fn docker_archive(images: &[Image]) -> Vec<u8> {
    let mut tar = Tar::default();
    let mut written = BTreeSet::new();
    let mut manifest = Vec::new();
    for image in images {
        let mut layers = Vec::new();
        for layer in &image.layers {
            let path = format!("{}/layer.tar", layer.diff_id.trim_start_matches("sha256:"));
            if written.insert(path.clone()) {
                tar.file(&path, &layer.tar, 0o644);
            }
            layers.push(path);
        }
        let config = image.config();
        let path = format!("{}.json", sha256(&config));
        if written.insert(path.clone()) {
            tar.file(&path, &config, 0o644);
        }
        let mut entry = json!({ "Config": path, "RepoTags": image.tags, "Layers": layers });
        if let Some(parent) = &image.parent {
            entry["Parent"] = json!(parent);
        }
        manifest.push(entry);
    }
    tar.file("manifest.json", Value::from(manifest).to_string().as_bytes(), 0o644);
    tar.finish()
}

/// A ustar archive in the making; every time stamp and owner is zero.
#[derive(Debug, Default)]
struct Tar {
    bytes: Vec<u8>,
    directories: BTreeSet<String>,
}

impl Tar {
    const BLOCK: usize = 512;

    fn file(&mut self, path: &str, content: &[u8], mode: u32) {
        // Without an entry of its own, a directory's mode is up to the engine.
        for (end, _) in path.match_indices('/') {
            let directory = &path[..=end];
            if self.directories.insert(directory.to_owned()) {
                self.header(directory, 0, 0o755, b'5');
            }
        }
        self.header(path, content.len(), mode, b'0');
        self.bytes.extend_from_slice(content);
        self.bytes.resize(self.bytes.len().next_multiple_of(Self::BLOCK), 0);
    }

    fn header(&mut self, path: &str, size: usize, mode: u32, kind: u8) {
        assert!(path.len() <= 100, "a ustar header has no room for the path {path}");
        let mut block = [0; Self::BLOCK];
        let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
        put(0, path);
        put(100, &format!("{mode:07o}"));
        put(108, "0000000");
        put(116, "0000000");
        put(124, &format!("{size:011o}"));
        put(136, "00000000000");
        // The check sum is made as if its own field held blanks.
        put(148, "        ");
        put(257, "ustar\x0000");
        block[156] = kind;
        let sum: u32 = block.iter().copied().map(u32::from).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.bytes.extend_from_slice(&block);
    }

    fn finish(mut self) -> Vec<u8> {
        self.bytes.resize(self.bytes.len() + 2 * Self::BLOCK, 0);
        self.bytes
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut digest, byte| {
        write!(digest, "{byte:02x}").unwrap();
        digest
    })
}
