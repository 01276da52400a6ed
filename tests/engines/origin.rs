//! The case this program was made for, on a real engine: one image under seven names of two registries of one
//! company, three of them pushed, and a second image that shares its lower layers. The digest references come
//! from real pushes to the registry beside the engine.

use serde_json::json;

use super::Engine;
use super::archive::{Image, Layer, docker_archive};

/// The names of the first image, in the order of the listing that started it all.
pub const TAGS: [&str; 7] = [
    "index-dev.qiniu.io/cs-kirk/nginx:latest",
    "index-dev.qiniu.io/index.qbox.me/qcos-test/msfngix:latest",
    "index-dev.qiniu.io/index.qiniu.com/qcos-test/msfngix:latest",
    "index.qbox.me/qcos-test/msfngix:latest",
    "index.qiniu.com/index.qbox.me/qcos-test/msfngix:latest",
    "index.qiniu.com/qcos-test/msfngix:latest",
    "index.qiniu.com/ubuntu:latest",
];

/// Those of them that were pushed, which gives the image a digest reference for each.
pub const PUSHED: [&str; 3] = [
    "index-dev.qiniu.io/cs-kirk/nginx:latest",
    "index.qiniu.com/qcos-test/msfngix:latest",
    "index.qiniu.com/ubuntu:latest",
];

/// The one name of the second image, pushed too.
pub const OTHER_TAG: &str = "index.qiniu.com/ubuntu:16.04";

/// What was built, under the ids this engine gave.
#[derive(Clone, Debug)]
pub struct Origin {
    pub image: String,
    /// `sha256:…`, the same in all three repositories.
    pub digest: String,
    pub other_image: String,
    pub other_digest: String,
    /// The digest of the second image in the registry; on Podman another than the one it shows.
    pub other_pushed: String,
    /// Containers of the first image: exited, running, created.
    pub containers: Option<[String; 3]>,
}

/// Builds the case on an empty engine.
pub fn build_origin_case(engine: &Engine, with_containers: bool) -> Origin {
    let mut shared = vec![Layer::busybox(engine.kind)];
    shared.extend(["etc/base-1", "etc/base-2", "etc/base-3"].map(|name| Layer::filled(name, 40_000)));
    let image = |own: [&str; 2], tags: &[&str]| Image {
        layers: shared.iter().cloned().chain(own.map(|name| Layer::filled(name, 90_000))).collect(),
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        cmd: ["/bin/busybox", "sleep", "3600"].map(str::to_owned).to_vec(),
        ..Image::default()
    };
    engine.load(&docker_archive(&[
        image(["srv/nginx", "srv/page"], &TAGS),
        image(["srv/tools", "srv/notes"], &[OTHER_TAG]),
    ]));
    for reference in PUSHED {
        engine.push(reference);
    }
    let other_pushed = engine.push(OTHER_TAG);
    let containers = with_containers.then(|| {
        let create = |name, extra| engine.create_container(name, TAGS[5], extra);
        let exited = create("web-1", json!({ "Cmd": ["/bin/busybox", "true"] }));
        engine.start_container(&exited);
        engine.wait_container(&exited);
        let running = create("web-2", json!({}));
        engine.start_container(&running);
        [exited, running, create("web-3", json!({}))]
    });
    let (image, digest) = id_and_digest(engine, PUSHED[2]);
    let (other_image, other_digest) = id_and_digest(engine, OTHER_TAG);
    Origin { image, digest, other_image, other_digest, other_pushed, containers }
}

fn id_and_digest(engine: &Engine, reference: &str) -> (String, String) {
    let image = engine.inspect_image(reference);
    let (repository, _) = reference.rsplit_once(':').unwrap();
    let digest = image["RepoDigests"].as_array().unwrap().iter().find_map(|entry| {
        let (of, digest) = entry.as_str()?.split_once('@')?;
        (of == repository).then(|| digest.to_owned())
    });
    let digest = digest.unwrap_or_else(|| panic!("{reference} has no digest reference: {image}"));
    (image["Id"].as_str().unwrap().to_owned(), digest)
}
