//! The one door through which an engine's answers become model types.
//!
//! The API's sentinels (`-1`, `""`, `"<none>:<none>"`, null lists) become "unknown" or "absent" here. A
//! row that cannot be understood is never dropped in silence: it makes its section fail, because an
//! image or container nobody sees may hold any other.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::wire::{ContainerRow, ImageDetail, ImageRow, Info, ManifestRow, Row, Version};
use crate::model::{
    Bytes, Container, ContainerId, ContainerState, Digest, EngineInfo, Image, ImageId, ImageMount, Layers,
    Reach, Reference, Section, SizeParts, StoreKind,
};

const COMPOSE_PROJECT: &str = "com.docker.compose.project";
const CONTAINERD_DRIVER: [&str; 2] = ["driver-type", "io.containerd.snapshotter.v1"];
/// What a row is called that does not even tell its ID.
const NO_ID: &str = "a row without an ID";

/// Which engine answered. `None` where it does not name its API version, which no Docker API lacks.
pub(super) fn engine_info(version: Version, store: StoreKind, id: Option<String>) -> Option<EngineInfo> {
    let api = version.api.filter(|api| api_numbers(api).is_some())?;
    let component = version.components.unwrap_or_default().into_iter().next().and_then(|c| c.name);
    let name = match component.as_deref() {
        // Docker's own component has only this word for a name.
        None | Some("" | "Engine") => "Docker Engine".to_owned(),
        Some(name) => name.to_owned(),
    };
    // Podman makes another one up for each answer.
    let id = id.filter(|id| !id.is_empty() && store != StoreKind::Podman);
    Some(EngineInfo { name, version: version.release.unwrap_or_default(), api, store, id })
}

/// How the engine keeps images, from its own description of itself.
pub(super) fn store(version: &Version, info: &Info) -> StoreKind {
    let named_podman = |name: &str| name.starts_with("Podman");
    let mut components = version.components.iter().flatten().filter_map(|c| c.name.as_deref());
    let mut driver = info.driver_status.iter().flatten();
    if components.any(named_podman) {
        StoreKind::Podman
    } else if driver.any(|pair| pair.iter().map(String::as_str).eq(CONTAINERD_DRIVER)) {
        StoreKind::Containerd
    } else {
        StoreKind::Classic
    }
}

/// Which registries the engine trusts without a certificate, by its own settings.
pub(super) fn reach(info: Info, host: &str) -> Reach {
    let config = info.registry_config.unwrap_or_default();
    let named = config.index_configs.unwrap_or_default().into_iter();
    let mut insecure: Vec<String> =
        named.filter(|(_, index)| index.secure == Some(false)).map(|(name, _)| name).collect();
    insecure.sort_unstable();
    Reach {
        insecure,
        insecure_nets: config.insecure_nets.unwrap_or_default(),
        elsewhere: !is_on_this_machine(host),
    }
}

/// A socket is here; behind an address only loopback is.
fn is_on_this_machine(host: &str) -> bool {
    let Some((scheme, rest)) = host.split_once("://") else { return false };
    let name = rest.split(['/', ':']).next().unwrap_or_default();
    match scheme {
        "unix" | "npipe" => true,
        "tcp" | "http" | "https" => {
            name == "localhost" || name.starts_with("127.") || rest.starts_with("[::1]")
        }
        _ => false,
    }
}

/// Major and minor number of an API version such as `1.41`.
pub(super) fn api_numbers(api: &str) -> Option<(u32, u32)> {
    let (major, minor) = api.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The images, sorted by ID.
pub(super) fn images(rows: Vec<Row<ImageRow>>, store: StoreKind) -> Section<Vec<Image>> {
    let mut problems = Problems::of("image", rows.len());
    let mut all: Vec<Image> = rows.into_iter().filter_map(|row| image(row, store, &mut problems)).collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    for twice in duplicates(&all, |image| &image.id) {
        problems.add(twice, &"it is listed twice");
    }
    problems.close(all)
}

/// An image by its detail, as a list would have it; `None` where only a list can tell. Not for Podman, which
/// counts containers in its list alone.
pub(super) fn image_of(detail: ImageDetail, store: StoreKind) -> Option<Image> {
    let ImageDetail {
        id, parent, repo_tags, repo_digests, created, size, config, manifests, root_fs, ..
    } = detail;
    let size = match store {
        StoreKind::Classic => size,
        StoreKind::Containerd => {
            // Without any content a list says less of an image than its detail does.
            root_fs.and_then(|root| root.layers)?;
            let available = manifests.as_ref()?.iter().filter(|row| row.available == Some(true));
            Some(available.map(|row| row.size.as_ref()?.total).sum::<Option<i64>>()?)
        }
        StoreKind::Podman => return None,
    };
    let created = match created.as_deref() {
        None | Some("") => None,
        Some(text) => Some(text.parse::<jiff::Timestamp>().ok()?.as_second()),
    };
    let row = ImageRow {
        id,
        parent_id: parent,
        repo_tags,
        repo_digests,
        created,
        size,
        labels: config.and_then(|config| config.labels),
        containers: None,
        read_only: None,
        manifests,
    };
    match images(vec![Row(Ok(row))], store) {
        Section::Complete(mut image) => image.pop(),
        Section::Failed { .. } => None,
    }
}

/// The containers, sorted by ID. Mounted images are told by what was typed; an ID only where an ID
/// was typed.
pub(super) fn containers(rows: Vec<Row<ContainerRow>>) -> Section<Vec<Container>> {
    let mut problems = Problems::of("container", rows.len());
    let mut all: Vec<Container> = rows.into_iter().filter_map(|row| container(row, &mut problems)).collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    for twice in duplicates(&all, |container| &container.id) {
        problems.add(twice, &"it is listed twice");
    }
    problems.close(all)
}

fn image(row: Row<ImageRow>, store: StoreKind, problems: &mut Problems) -> Option<Image> {
    let row = match row.0 {
        Ok(row) => row,
        Err(why) => {
            problems.add(&NO_ID, &why);
            return None;
        }
    };
    let ImageRow {
        id,
        parent_id,
        repo_tags,
        repo_digests,
        created,
        size,
        labels,
        containers,
        read_only,
        manifests,
    } = row;
    let size = size.and_then(Bytes::from_wire);
    let id = match ImageId::parse(id.as_deref().unwrap_or_default()) {
        Ok(id) => id,
        Err(error) => {
            problems.add(&NO_ID, &error);
            return None;
        }
    };
    let parent = match parent_id.as_deref() {
        None | Some("") => None,
        Some(text) => ImageId::parse(text).map_err(|e| problems.add(&id, &e)).ok(),
    };
    let mut names = |texts: Option<Vec<String>>| -> Vec<Reference> {
        let named = texts.unwrap_or_default().into_iter().filter(|text| !text.contains("<none>"));
        let parsed = named.filter_map(|text| {
            Reference::parse(&text).map_err(|e| problems.add(&id, &format!("its name {text:?}: {e}"))).ok()
        });
        let mut parsed: Vec<_> = parsed.collect();
        parsed.sort();
        parsed.dedup();
        parsed
    };
    let (references, computed_digests) = match store {
        StoreKind::Classic => {
            let mut stored = names(repo_tags);
            stored.extend(names(repo_digests));
            stored.sort();
            (stored, Vec::new())
        }
        // The list shows one of the digests only; each repository with a name has one.
        StoreKind::Containerd => {
            let stored = names(repo_tags);
            let computed = computed(&id, &stored);
            (stored, computed)
        }
        StoreKind::Podman => {
            let stored = names(repo_tags);
            let mut computed = names(repo_digests);
            computed.retain(|digest| !stored.contains(digest));
            (stored, computed)
        }
    };
    Some(Image {
        id,
        parent,
        references,
        computed_digests,
        created: known_time(created),
        size,
        parts: size.zip(manifests).and_then(|(size, manifests)| parts(size, &manifests)),
        labels: labels.unwrap_or_default(),
        platform: None,
        layers: Layers::NotRead,
        history: None,
        // Docker counts those that it lists, and on the containerd store some of other images along with them.
        containers: containers
            .filter(|_| store == StoreKind::Podman)
            .and_then(|count| u64::try_from(count).ok()),
        read_only: read_only.unwrap_or(false),
    })
}

/// What of an image's size is unpacked, and what is not; `None` if the rows do not say it.
fn parts(size: Bytes, manifests: &[ManifestRow]) -> Option<SizeParts> {
    let present = || manifests.iter().filter(|row| row.available == Some(true));
    let images = || present().filter(|row| row.kind.as_deref() == Some("image"));
    let unpacked = |row: &ManifestRow| Bytes::from_wire(row.image_data.as_ref()?.size.as_ref()?.unpacked?);
    let unpacked: Bytes = images().map(unpacked).sum::<Option<_>>()?;
    let platforms = u32::try_from(images().count()).ok().filter(|count| *count > 0)?;
    Some(SizeParts { content: size.minus(unpacked)?, unpacked, platforms })
}

/// On the containerd store `repository@<image ID>` leads to an image from each repository it has a
/// name in.
fn computed(id: &ImageId, stored: &[Reference]) -> Vec<Reference> {
    let digests = stored.iter().map(|name| Reference::at_digest(name.repository().clone(), Digest::from(id)));
    let mut computed: Vec<_> = digests.filter(|digest| !stored.contains(digest)).collect();
    computed.sort();
    computed.dedup();
    computed
}

fn container(row: Row<ContainerRow>, problems: &mut Problems) -> Option<Container> {
    let row = match row.0 {
        Ok(row) => row,
        Err(why) => {
            problems.add(&NO_ID, &why);
            return None;
        }
    };
    let ContainerRow { id, names, image, image_id, created, state, status, labels, mounts } = row;
    let id = match ContainerId::parse(id.as_deref().unwrap_or_default()) {
        Ok(id) => id,
        Err(error) => {
            problems.add(&NO_ID, &error);
            return None;
        }
    };
    let image_id = match ImageId::parse(image_id.as_deref().unwrap_or_default()) {
        Ok(image) => image,
        Err(error) => {
            problems.add(&id, &format!("its image: {error}"));
            return None;
        }
    };
    let mounts = mounts.unwrap_or_default().into_iter().filter(|m| m.kind.as_deref() == Some("image"));
    Some(Container {
        name: own_name(&names.unwrap_or_default(), &id),
        image: image_id,
        image_shown: image.unwrap_or_default(),
        state: ContainerState::parse(&state.unwrap_or_default()),
        status: status.unwrap_or_default(),
        created: known_time(created),
        compose_project: labels.and_then(|mut l: BTreeMap<_, _>| l.remove(COMPOSE_PROJECT)),
        image_mounts: mounts.map(|m| image_mount(m.name.or(m.source).unwrap_or_default())).collect(),
        id,
    })
}

/// The engine tells a mounted image as it was typed, never what that led to (28.5, both stores).
fn image_mount(source: String) -> ImageMount {
    ImageMount { image: ImageId::parse(&source).ok(), source }
}

/// A container has one name of its own; links show it under others' names too, as `/other/alias`.
fn own_name(names: &[String], id: &ContainerId) -> String {
    let bare = || names.iter().map(|name| name.strip_prefix('/').unwrap_or(name));
    let own = bare().find(|name| !name.is_empty() && !name.contains('/'));
    own.or_else(|| bare().find(|name| !name.is_empty())).unwrap_or(id.short()).to_owned()
}

/// Zero stands for a date that was never set, and so does the year 1.
fn known_time(seconds: Option<i64>) -> Option<i64> {
    seconds.filter(|s| *s > 0)
}

fn duplicates<T, K: PartialEq>(sorted: &[T], key: impl Fn(&T) -> &K) -> Vec<&K> {
    let pairs = sorted.iter().zip(sorted.iter().skip(1));
    pairs.filter(|(a, b)| key(a) == key(b)).map(|(a, _)| key(a)).collect()
}

/// Counts what could not be read, and keeps the first reason.
struct Problems {
    kind: &'static str,
    rows: usize,
    count: usize,
    first: Option<String>,
}

impl Problems {
    fn of(kind: &'static str, rows: usize) -> Self {
        Self { kind, rows, count: 0, first: None }
    }

    fn add(&mut self, what: &dyn Display, why: &dyn Display) {
        self.count += 1;
        self.first.get_or_insert_with(|| format!("{what}: {why}"));
    }

    fn close<T>(self, seen: T) -> Section<T> {
        let Self { kind, rows, count, first } = self;
        match first {
            None => Section::Complete(seen),
            Some(first) => Section::Failed {
                why: format!("{count} of {rows} {kind} rows could not be read in full; {first}"),
                partial: seen,
            },
        }
    }
}

#[cfg(test)]
mod tests;
