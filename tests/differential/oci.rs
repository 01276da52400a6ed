//! Writes an image of two platforms as an OCI layout, which the containerd store loads as one image: the
//! index is its id. The second platform is never this machine's, so its layers are not unpacked.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::engines::archive::Layer;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// The archive, and the digest of its index.
pub fn archive(layers: &[Layer], names: &[String]) -> (Vec<u8>, String) {
    let mut blobs = Blobs::default();
    let other = Layer::filled("etc/other-platform", 700);
    let here = match std::env::consts::ARCH {
        "aarch64" => ["arm64", "amd64"],
        _ => ["amd64", "arm64"],
    };
    let stacks = [layers.to_vec(), layers.iter().cloned().chain([other]).collect()];
    let manifests: Vec<Value> = here
        .iter()
        .zip(&stacks)
        .map(|(architecture, layers)| {
            let mut manifest = blobs.manifest(layers, architecture);
            manifest["platform"] = json!({ "os": "linux", "architecture": architecture });
            manifest
        })
        .collect();
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests });
    let index = blobs.add(INDEX, index.to_string().as_bytes());
    let digest = index["digest"].as_str().unwrap().to_owned();
    let with_name = |name: &String| {
        let mut entry = index.clone();
        entry["annotations"] = json!({ "io.containerd.image.name": name });
        entry
    };
    let mut entries: Vec<_> = names.iter().map(with_name).collect();
    if entries.is_empty() {
        entries.push(index.clone());
    }
    let top = json!({ "schemaVersion": 2, "manifests": entries }).to_string().into_bytes();
    let mut files = blobs.files;
    files.push(("index.json".to_owned(), top));
    files.push(("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()));
    let files: Vec<_> =
        files.iter().map(|(path, content)| (path.as_str(), content.as_slice(), 0o644)).collect();
    (Layer::new(&files).tar, digest)
}

#[derive(Default)]
struct Blobs {
    files: Vec<(String, Vec<u8>)>,
}

impl Blobs {
    /// Adds content once; returns its descriptor.
    fn add(&mut self, media_type: &str, content: &[u8]) -> Value {
        let mut hex = String::new();
        for byte in Sha256::digest(content) {
            write!(hex, "{byte:02x}").unwrap();
        }
        let path = format!("blobs/sha256/{hex}");
        if !self.files.iter().any(|(there, _)| *there == path) {
            self.files.push((path, content.to_vec()));
        }
        json!({ "mediaType": media_type, "digest": format!("sha256:{hex}"), "size": content.len() })
    }

    fn manifest(&mut self, layers: &[Layer], architecture: &str) -> Value {
        let diff_ids: Vec<_> = layers.iter().map(|layer| &layer.diff_id).collect();
        let config = json!({
            "architecture": architecture,
            "os": "linux",
            "config": { "Cmd": ["/bin/busybox", "sleep", "3600"] },
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        });
        let config = self.add(CONFIG, config.to_string().as_bytes());
        let layers: Vec<_> = layers.iter().map(|layer| self.add(LAYER, &layer.tar)).collect();
        let manifest =
            json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers });
        self.add(MANIFEST, manifest.to_string().as_bytes())
    }
}
