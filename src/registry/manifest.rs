//! Manifests and indexes as registries keep them (OCI and Docker, version 2), as far as they are needed to
//! tell one image from another and to add up its bytes.

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::model::Digest;

/// What is asked for, and all that is understood.
pub(super) const ACCEPT: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// More parts than any image has.
const PARTS: usize = 1_000;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    schema_version: u32,
    config: Option<Part>,
    layers: Option<Vec<Part>>,
    manifests: Option<Vec<Child>>,
}

/// Something that a manifest points at.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Part {
    pub digest: Digest,
    #[serde(default)]
    pub size: u64,
    /// Foreign layers are not kept by the registry.
    #[serde(default)]
    urls: Vec<String>,
}

impl Part {
    pub fn is_elsewhere(&self) -> bool {
        !self.urls.is_empty()
    }
}

/// A manifest in an index.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Child {
    pub digest: Digest,
    platform: Option<Platform>,
}

#[derive(Debug, Clone, Deserialize)]
struct Platform {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    variant: Option<String>,
}

impl Child {
    /// `os/architecture[/variant]`; `None` for what is no image, as attestations.
    pub fn platform(&self) -> Option<String> {
        let platform = self.platform.as_ref()?;
        if platform.os == "unknown" || platform.os.is_empty() {
            return None;
        }
        let Platform { os, architecture, variant } = platform;
        Some(match variant {
            Some(variant) => format!("{os}/{architecture}/{variant}"),
            None => format!("{os}/{architecture}"),
        })
    }
}

/// One image, or several for as many platforms.
#[derive(Debug, Clone)]
pub(super) enum Manifest {
    Image { config: Part, layers: Vec<Part> },
    Index(Vec<Child>),
}

impl Manifest {
    /// Reads a body; the error says why it is none.
    pub fn read(body: &[u8]) -> Result<Self, String> {
        let wire: Wire =
            serde_json::from_slice(body).map_err(|error| format!("it sends no manifest: {error}"))?;
        if wire.schema_version != 2 {
            return Err(format!("it sends a manifest of version {}, which is too old", wire.schema_version));
        }
        let parts = wire.layers.as_ref().map_or(0, Vec::len) + wire.manifests.as_ref().map_or(0, Vec::len);
        if parts > PARTS {
            return Err(format!("it sends a manifest of {parts} parts, more than any image has"));
        }
        match (wire.manifests, wire.config) {
            (Some(children), None) => Ok(Self::Index(children)),
            (None, Some(config)) => Ok(Self::Image { config, layers: wire.layers.unwrap_or_default() }),
            (Some(_), Some(_)) | (None, None) => {
                Err("it sends something that is neither a manifest nor an index".to_owned())
            }
        }
    }

    /// Those children that are for a platform, or all of them that are images where none is.
    pub fn children_for(&self, platform: Option<&str>) -> Vec<&Child> {
        let Self::Index(children) = self else { return Vec::new() };
        let images = || children.iter().filter(|child| child.platform().is_some());
        let fits = |child: &&Child| {
            platform.is_some_and(|wanted| {
                child.platform().is_some_and(|p| p == wanted || p.starts_with(&format!("{wanted}/")))
            })
        };
        let fitting: Vec<_> = images().filter(fits).collect();
        if fitting.is_empty() { images().collect() } else { fitting }
    }
}

/// The digest that content has by what it is.
pub(super) fn digest_of(body: &[u8]) -> Option<Digest> {
    let hex: Vec<String> = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    Digest::parse(&hex.concat()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_bytes() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest_of(b"").unwrap().hex(), empty);
    }

    #[test]
    fn what_is_no_manifest_is_told_apart() {
        for body in
            ["", "<html>", "{}", "[]", r#"{"schemaVersion":2}"#, r#"{"schemaVersion":1,"fsLayers":[]}"#]
        {
            assert!(Manifest::read(body.as_bytes()).is_err(), "{body}");
        }
        let short = r#"{"schemaVersion":2,"config":{"digest":"sha256:abc","size":1}}"#;
        assert!(Manifest::read(short.as_bytes()).is_err(), "not a digest");
    }

    #[test]
    fn attestations_are_no_platform() {
        let hex = |c: &str| format!("sha256:{}", c.repeat(64));
        let body = format!(
            r#"{{"schemaVersion":2,"manifests":[
                {{"digest":"{}","platform":{{"os":"linux","architecture":"arm64","variant":"v8"}}}},
                {{"digest":"{}","platform":{{"os":"unknown","architecture":"unknown"}}}},
                {{"digest":"{}","platform":{{"os":"linux","architecture":"amd64"}}}}]}}"#,
            hex("a"),
            hex("b"),
            hex("c")
        );
        let index = Manifest::read(body.as_bytes()).unwrap();
        let found = |platform| {
            let children = index.children_for(platform);
            children.iter().filter_map(|child| child.platform()).collect::<Vec<_>>()
        };
        assert_eq!(found(Some("linux/arm64")), ["linux/arm64/v8"]);
        assert_eq!(found(None), ["linux/arm64/v8", "linux/amd64"]);
    }
}
