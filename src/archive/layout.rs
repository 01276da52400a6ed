//! Whether an export is whole, and really the image it was asked for.
//!
//! Seen on Docker 20.10 and 28.5 (both stores) and Podman 5.8, each asked for one image by its ID: all write
//! `manifest.json` with the configuration and the layers; Docker 28 lays an OCI image layout around it, Podman
//! and Docker 20 use paths of their own. On the classic store and on Podman the image's ID is the digest of
//! the configuration, which lists the digests of the layers; on the containerd store it is that of a manifest
//! or index, which lists the digests of everything else. So whoever follows the digests from the ID has
//! checked every byte that makes the image. An index may name platforms that the engine itself never had.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Content, Entry, EntryKind, Platform};
use crate::model::{DiffId, Digest, ImageId, StoreKind};

/// Indexes can hold indexes; nobody nests them deeper.
const DEEPEST: u32 = 4;
/// Links are followed this far.
const LINKS: u32 = 8;

/// Why an export cannot be taken for the image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("the export has no {0}")]
    Missing(String),
    #[error("{0} of the export cannot be read: {1}")]
    Unreadable(String, String),
    #[error("the export holds {0}, and not the image that was asked for")]
    OtherImage(String),
    #[error("{path} has the digest {found}, and not {promised}")]
    Digest { path: String, promised: String, found: String },
    #[error("the export lists {listed} layers, and the image's configuration {configured}")]
    Layers { listed: usize, configured: usize },
    #[error("no platform of the image is complete in the export")]
    NoPlatform,
}

/// Reads content that is JSON, and small.
type Read<'a> = &'a mut dyn FnMut(&Digest) -> Result<Vec<u8>, String>;

/// Follows an export from the image's ID to its last layer. `entries` carry the digests that their content
/// really has; returns what the export holds.
pub fn check(
    image: &ImageId,
    store: StoreKind,
    entries: &[Entry],
    read: Read<'_>,
) -> Result<Vec<Platform>, Flaw> {
    let mut export = Export { paths: paths(entries), read };
    match store {
        StoreKind::Classic | StoreKind::Podman => export.by_configuration(image),
        StoreKind::Containerd => export.by_manifest(image),
    }
}

fn paths(entries: &[Entry]) -> HashMap<&str, &EntryKind> {
    entries.iter().map(|entry| (plain(&entry.path), &entry.kind)).collect()
}

fn plain(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path).trim_end_matches('/')
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    config: String,
    layers: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Configuration {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    variant: String,
    rootfs: Option<RootFs>,
}

#[derive(Deserialize)]
struct RootFs {
    diff_ids: Option<Vec<DiffId>>,
}

/// A manifest or an index: which, its fields tell.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: Digest,
    platform: Option<OfPlatform>,
}

#[derive(Deserialize)]
struct OfPlatform {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    variant: String,
}

fn platform_name(os: &str, architecture: &str, variant: &str) -> String {
    let parts: Vec<_> = [os, architecture, variant].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

impl Configuration {
    fn into_platform(self, config: Digest) -> Platform {
        let name = platform_name(&self.os, &self.architecture, &self.variant);
        let layers = self.rootfs.and_then(|root| root.diff_ids).unwrap_or_default();
        Platform { name, content: Some(Content { config, layers }) }
    }
}

struct Export<'a> {
    paths: HashMap<&'a str, &'a EntryKind>,
    read: Read<'a>,
}

impl Export<'_> {
    fn by_configuration(&mut self, image: &ImageId) -> Result<Vec<Platform>, Flaw> {
        let listed: Vec<Listed> = self.json_at("manifest.json")?;
        let [listed] = listed.as_slice() else {
            return Err(Flaw::OtherImage(format!("{} images", listed.len())));
        };
        let config = self.blob(&listed.config)?;
        if config.hex() != image.hex() {
            return Err(Flaw::OtherImage(config.to_string()));
        }
        let configuration: Configuration = self.json(&listed.config, &config)?;
        let platform = configuration.into_platform(config);
        let layers = platform.content.as_ref().map_or(&[][..], |content| &content.layers);
        let paths = listed.layers.as_deref().unwrap_or_default();
        if paths.len() != layers.len() {
            return Err(Flaw::Layers { listed: paths.len(), configured: layers.len() });
        }
        for (path, promised) in paths.iter().zip(layers) {
            let found = self.blob(path)?;
            if found.hex() != promised.hex() {
                let (promised, found) = (promised.to_string(), found.to_string());
                return Err(Flaw::Digest { path: path.clone(), promised, found });
            }
        }
        Ok(vec![platform])
    }

    fn by_manifest(&mut self, image: &ImageId) -> Result<Vec<Platform>, Flaw> {
        let top: Manifest = self.json_at("index.json")?;
        let digests: Vec<_> = top.manifests.iter().flatten().map(|row| row.digest.clone()).collect();
        let Some(root) = digests.iter().find(|digest| digest.hex() == image.hex()) else {
            let held: Vec<_> = digests.iter().map(Digest::as_str).collect();
            return Err(Flaw::OtherImage(held.join(", ")));
        };
        let mut platforms = Vec::new();
        self.platforms(root, None, DEEPEST, &mut platforms)?;
        if platforms.iter().any(|platform| platform.content.is_some()) {
            Ok(platforms)
        } else {
            Err(Flaw::NoPlatform)
        }
    }

    /// What one manifest, or everything in an index, comes to. `named` is what an index says of it.
    fn platforms(
        &mut self,
        digest: &Digest,
        named: Option<&OfPlatform>,
        deeper: u32,
        found: &mut Vec<Platform>,
    ) -> Result<(), Flaw> {
        let path = in_layout(digest);
        let manifest: Manifest = self.promised(digest)?;
        if let Some(rows) = manifest.manifests {
            let Some(deeper) = deeper.checked_sub(1) else {
                return Err(Flaw::Unreadable(path, "indexes are nested too deeply".to_owned()));
            };
            for row in &rows {
                let name = row
                    .platform
                    .as_ref()
                    .map_or_else(String::new, |p| platform_name(&p.os, &p.architecture, &p.variant));
                match self.platforms(&row.digest, row.platform.as_ref(), deeper, found) {
                    Ok(()) => {}
                    // The engine never had it, or not all of it. What it has of a platform is whole, or of no use.
                    Err(Flaw::Missing(_)) => found.push(Platform { name, content: None }),
                    Err(flaw) => return Err(flaw),
                }
            }
            return Ok(());
        }
        let Some(config) = manifest.config else {
            return Err(Flaw::Unreadable(path, "it is neither a manifest nor an index".to_owned()));
        };
        let layers = manifest.layers.unwrap_or_default();
        for layer in &layers {
            self.check_promise(&layer.digest)?;
        }
        let configuration: Configuration = self.promised(&config.digest)?;
        // What is only said about an image (attestations) is no platform, and comes along all the same.
        if named.is_some_and(|named| named.os == "unknown") {
            return Ok(());
        }
        found.push(configuration.into_platform(config.digest));
        Ok(())
    }

    /// Content that an OCI image layout has under its digest.
    fn promised<T: DeserializeOwned>(&mut self, digest: &Digest) -> Result<T, Flaw> {
        self.check_promise(digest)?;
        self.json(&in_layout(digest), digest)
    }

    fn check_promise(&self, digest: &Digest) -> Result<(), Flaw> {
        let path = in_layout(digest);
        let found = self.blob(&path)?;
        if found == *digest {
            return Ok(());
        }
        Err(Flaw::Digest { path, promised: digest.to_string(), found: found.to_string() })
    }

    fn json_at<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Flaw> {
        let blob = self.blob(path)?;
        self.json(path, &blob)
    }

    fn json<T: DeserializeOwned>(&mut self, path: &str, blob: &Digest) -> Result<T, Flaw> {
        let unreadable = |why: String| Flaw::Unreadable(path.to_owned(), why);
        let text = (self.read)(blob).map_err(unreadable)?;
        serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))
    }

    /// The content that stands under a path, or that the link there leads to.
    fn blob(&self, path: &str) -> Result<Digest, Flaw> {
        let mut at = plain(path).to_owned();
        for _ in 0..LINKS {
            at = match self.paths.get(at.as_str()) {
                Some(EntryKind::File { blob, .. }) => return Ok(blob.clone()),
                Some(EntryKind::Symlink { to }) => beside(&at, to),
                Some(EntryKind::Hardlink { to }) => plain(to).to_owned(),
                Some(EntryKind::Folder) | None => break,
            };
        }
        Err(Flaw::Missing(path.to_owned()))
    }
}

fn in_layout(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

/// Where a link that lies at `path` leads.
fn beside(path: &str, to: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in to.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests;
