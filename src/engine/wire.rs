//! The parts of the Docker API's answers that this program reads, as lenient as the engines differ.
//!
//! Field names and sentinels are the API's. Everything may be missing; what that means is decided in
//! `convert` alone.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};

/// One row of a list: read, or why it could not be read.
#[derive(Debug)]
pub(super) struct Row<T>(pub Result<T, String>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Row<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Self(T::deserialize(value).map_err(|e| e.to_string())))
    }
}

/// A row of `GET /images/json`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ImageRow {
    pub id: Option<String>,
    pub parent_id: Option<String>,
    pub repo_tags: Option<Vec<String>>,
    pub repo_digests: Option<Vec<String>>,
    pub created: Option<i64>,
    pub size: Option<i64>,
    pub labels: Option<BTreeMap<String, String>>,
    pub containers: Option<i64>,
    /// Only Podman says it, and only where it is so.
    #[serde(rename = "ReadOnly")]
    pub read_only: Option<bool>,
    /// Only the containerd store has them, and only if asked to.
    pub manifests: Option<Vec<ManifestRow>>,
}

/// What an image of the containerd store consists of: one row for each platform, and for what is said
/// about them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ManifestRow {
    pub available: Option<bool>,
    pub kind: Option<String>,
    pub size: Option<ManifestTotal>,
    pub image_data: Option<ManifestImage>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ManifestTotal {
    pub total: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ManifestImage {
    pub size: Option<ManifestSize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ManifestSize {
    pub unpacked: Option<i64>,
}

/// A row of `GET /containers/json`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ContainerRow {
    pub id: Option<String>,
    pub names: Option<Vec<String>>,
    pub image: Option<String>,
    #[serde(rename = "ImageID")]
    pub image_id: Option<String>,
    pub created: Option<i64>,
    pub state: Option<String>,
    pub status: Option<String>,
    pub labels: Option<BTreeMap<String, String>>,
    pub mounts: Option<Vec<Mount>>,
}

/// A mount as a container list tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Mount {
    #[serde(rename = "Type")]
    pub kind: Option<String>,
    /// Of an image mount: the image as it was typed. Podman says it in `Source` instead.
    pub name: Option<String>,
    pub source: Option<String>,
}

/// `GET /images/{name}/json`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ImageDetail {
    pub id: Option<String>,
    pub parent: Option<String>,
    pub repo_tags: Option<Vec<String>>,
    pub repo_digests: Option<Vec<String>>,
    /// As RFC 3339 has it.
    pub created: Option<String>,
    /// On the containerd store the compressed content of one platform, and not what a list says.
    pub size: Option<i64>,
    pub config: Option<ImageConfig>,
    /// Only the containerd store has them, and only if asked to.
    pub manifests: Option<Vec<ManifestRow>>,
    pub os: Option<String>,
    pub architecture: Option<String>,
    pub variant: Option<String>,
    #[serde(rename = "RootFS")]
    pub root_fs: Option<RootFs>,
    /// Only in Podman's own answer: the steps as the image's configuration has them, oldest first.
    pub history: Option<Vec<serde_json::Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ImageConfig {
    pub labels: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RootFs {
    #[serde(rename = "Type")]
    pub kind: Option<String>,
    pub layers: Option<Vec<String>>,
}

/// A row of `GET /images/{name}/history`; the newest comes first.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct HistoryRow {
    pub created_by: Option<String>,
    pub size: Option<i64>,
}

/// `GET /version`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Version {
    #[serde(rename = "Version")]
    pub release: Option<String>,
    #[serde(rename = "ApiVersion")]
    pub api: Option<String>,
    #[serde(rename = "MinAPIVersion")]
    pub oldest_api: Option<String>,
    pub components: Option<Vec<Component>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Component {
    pub name: Option<String>,
}

/// `GET /info`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Info {
    #[serde(rename = "ID")]
    pub id: Option<String>,
    /// Of the machine that it runs on.
    pub name: Option<String>,
    pub docker_root_dir: Option<String>,
    pub server_version: Option<String>,
    pub driver: Option<String>,
    pub driver_status: Option<Vec<Vec<String>>>,
    /// What its clock shows, as RFC 3339 has it.
    pub system_time: Option<String>,
    pub registry_config: Option<RegistryConfig>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct RegistryConfig {
    pub index_configs: Option<HashMap<String, IndexConfig>>,
    #[serde(rename = "InsecureRegistryCIDRs")]
    pub insecure_nets: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct IndexConfig {
    pub secure: Option<bool>,
}

/// `GET /system/df`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct DiskUsage {
    /// `None` where the engine does not speak of it in this shape; a null list is an empty one (20.10).
    #[serde(deserialize_with = "present")]
    pub build_cache: Option<Vec<BuildCacheRow>>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<BuildCacheRow>>, D::Error> {
    Ok(Some(Option::deserialize(deserializer)?.unwrap_or_default()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct BuildCacheRow {
    pub shared: Option<bool>,
}

/// A line of `GET /events`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct EventLine {
    #[serde(rename = "Type")]
    pub kind: Option<String>,
    pub action: Option<String>,
    pub actor: Option<Actor>,
    /// Nanoseconds since 1970, by the engine's clock.
    #[serde(rename = "timeNano")]
    pub time: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Actor {
    #[serde(rename = "ID")]
    pub id: Option<String>,
    pub attributes: Option<Attributes>,
}

/// An image's labels stand among them, and replace what is called the same.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Attributes {
    /// Of a commit: what it made.
    #[serde(rename = "imageID")]
    pub image_id: Option<String>,
    /// Of a tag: the name that was given.
    pub name: Option<String>,
}
