use std::collections::HashMap;
use std::fmt::Write as _;

use sha2::Digest as _;

use super::*;

/// An export in the making: paths and the content that stands there.
#[derive(Default)]
struct Made {
    entries: Vec<Entry>,
    content: HashMap<Digest, Vec<u8>>,
}

fn digest(content: &[u8]) -> Digest {
    let hex = sha2::Sha256::digest(content).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    Digest::parse(&hex).unwrap()
}

impl Made {
    fn file(&mut self, path: &str, content: &[u8]) -> Digest {
        let blob = digest(content);
        self.content.insert(blob.clone(), content.to_vec());
        let kind = EntryKind::File { blob: blob.clone(), size: content.len() as u64 };
        self.entries.push(Entry { path: path.to_owned(), mode: 0o644, kind });
        blob
    }

    fn blob(&mut self, content: &[u8]) -> Digest {
        self.file(&in_layout(&digest(content)), content)
    }

    fn without(mut self, path: &str) -> Self {
        self.entries.retain(|entry| entry.path != path);
        self
    }

    fn check(&self, image: &Digest, store: StoreKind) -> Result<Vec<Platform>, Flaw> {
        let image = ImageId::parse(image.as_str()).unwrap();
        let mut read = |blob: &Digest| self.content.get(blob).cloned().ok_or("no content".to_owned());
        check(&image, store, &self.entries, &mut read)
    }
}

fn config(architecture: &str, layers: &[&[u8]]) -> Vec<u8> {
    let diff_ids: Vec<_> = layers.iter().map(|layer| digest(layer).to_string()).collect();
    let rootfs = serde_json::json!({ "type": "layers", "diff_ids": diff_ids });
    serde_json::json!({ "os": "linux", "architecture": architecture, "rootfs": rootfs })
        .to_string()
        .into_bytes()
}

/// As Podman writes it: layers beside the configuration, and links to them.
fn podman(layers: &[&[u8]]) -> (Made, Digest) {
    let mut made = Made::default();
    let config = config("amd64", layers);
    let id = made.file(&format!("{}.json", digest(&config).hex()), &config);
    let mut paths = Vec::new();
    for (at, layer) in layers.iter().enumerate() {
        let path = format!("{}.tar", digest(layer).hex());
        made.file(&path, layer);
        let link = EntryKind::Symlink { to: format!("../{path}") };
        made.entries.push(Entry { path: format!("{at}/layer.tar"), mode: 0, kind: link });
        paths.push(format!("{at}/layer.tar"));
    }
    let listed =
        serde_json::json!([{ "Config": format!("{}.json", id.hex()), "RepoTags": [], "Layers": paths }]);
    made.file("manifest.json", listed.to_string().as_bytes());
    (made, id)
}

#[test]
fn an_export_is_followed_from_the_configuration_through_links_to_every_layer() {
    let (made, id) = podman(&[b"base", b"top"]);
    let platforms = made.check(&id, StoreKind::Podman).unwrap();
    let [platform] = platforms.as_slice() else { panic!("{platforms:?}") };
    assert_eq!(platform.name, "linux/amd64");
    let content = platform.content.as_ref().unwrap();
    assert_eq!((content.config.clone(), content.layers.len()), (id, 2));
}

#[test]
fn an_image_without_layers_is_whole() {
    let (made, id) = podman(&[]);
    assert_eq!(made.check(&id, StoreKind::Classic).unwrap().len(), 1);
}

#[test]
fn a_layer_that_is_missing_or_another_is_a_flaw() {
    let (made, id) = podman(&[b"base"]);
    let path = format!("{}.tar", digest(b"base").hex());
    let missing = made.without(&path);
    assert_eq!(missing.check(&id, StoreKind::Podman), Err(Flaw::Missing("0/layer.tar".to_owned())));
    let (mut other, id) = podman(&[b"base"]);
    other.entries.retain(|entry| entry.path != path);
    other.file(&path, b"something else");
    assert!(matches!(other.check(&id, StoreKind::Podman), Err(Flaw::Digest { .. })));
}

#[test]
fn another_image_is_not_taken_for_the_one_asked_for() {
    let (made, id) = podman(&[b"base"]);
    assert_eq!(made.check(&digest(b"x"), StoreKind::Classic), Err(Flaw::OtherImage(id.to_string())));
}

/// Two platforms, of which the engine has what `with` says.
fn index(with: [bool; 2]) -> (Made, Digest) {
    let mut made = Made::default();
    let mut rows = Vec::new();
    for (architecture, is_there) in ["amd64", "arm64"].into_iter().zip(with) {
        let config = config(architecture, &[architecture.as_bytes()]);
        let descriptor = |content: &[u8]| serde_json::json!({ "digest": digest(content).to_string() });
        let manifest = serde_json::json!({
            "config": descriptor(&config), "layers": [descriptor(architecture.as_bytes())],
        });
        let manifest = manifest.to_string().into_bytes();
        let mut row = descriptor(&manifest);
        row["platform"] = serde_json::json!({ "os": "linux", "architecture": architecture });
        rows.push(row);
        if is_there {
            made.blob(architecture.as_bytes());
            made.blob(&config);
            made.blob(&manifest);
        }
    }
    let index = serde_json::json!({ "manifests": rows }).to_string();
    let id = made.blob(index.as_bytes());
    let top = serde_json::json!({ "manifests": [{ "digest": id.to_string() }] });
    made.file("index.json", top.to_string().as_bytes());
    (made, id)
}

#[test]
fn an_index_is_whole_with_what_the_engine_has_of_it() {
    let names = |made: &Made, id: &Digest| -> Vec<_> {
        let platforms = made.check(id, StoreKind::Containerd).unwrap();
        platforms.into_iter().map(|p| (p.name, p.content.is_some())).collect()
    };
    let (amd, arm) = ("linux/amd64".to_owned(), "linux/arm64".to_owned());
    let (made, id) = index([true, true]);
    assert_eq!(names(&made, &id), [(amd.clone(), true), (arm.clone(), true)]);
    let (made, id) = index([true, false]);
    assert_eq!(names(&made, &id), [(amd, true), (arm, false)]);
    let (made, id) = index([false, false]);
    assert_eq!(made.check(&id, StoreKind::Containerd), Err(Flaw::NoPlatform));
}

#[test]
fn links_that_lead_in_a_circle_end() {
    let mut made = Made::default();
    for (path, to) in [("manifest.json", "b"), ("b", "manifest.json")] {
        let kind = EntryKind::Symlink { to: to.to_owned() };
        made.entries.push(Entry { path: path.to_owned(), mode: 0, kind });
    }
    let missing = Err(Flaw::Missing("manifest.json".to_owned()));
    assert_eq!(made.check(&digest(b"x"), StoreKind::Classic), missing);
}
