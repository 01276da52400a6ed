//! The names of one image: grouped by registry, and counted where there are too many.

use std::collections::{BTreeMap, BTreeSet};

use super::{Bundle, Kind};
use crate::model::{Graph, Image, ImageIx, Reference, Repository};

/// Names of one repository that are still shown one by one when room is short.
const SMALL_REPOSITORY: usize = 3;
/// Rows of one registry that are shown when room is short.
const MOST_ROWS: usize = 8;
/// A digest is shown shortened.
const DIGEST_LETTERS: usize = 20;

/// The rows of one registry, without its head.
pub struct Group {
    pub registry: String,
    pub rows: Vec<Kind>,
}

/// `room` is how many names may be shown before they are counted.
pub fn groups(graph: &Graph, ix: ImageIx, room: usize, toggled: &BTreeSet<Bundle>) -> Vec<Group> {
    let Some(image) = graph.image(ix) else { return Vec::new() };
    let computed = image.computed_digests.iter().filter(|d| !image.references.contains(d));
    let all: Vec<(&Reference, bool)> =
        image.references.iter().map(|n| (n, false)).chain(computed.map(|n| (n, true))).collect();
    let mut registries: BTreeMap<&str, Vec<(&Reference, bool)>> = BTreeMap::new();
    for (name, computed) in &all {
        registries.entry(name.repository().registry()).or_default().push((name, *computed));
    }
    let scarce = all.len() > room;
    let group = |(registry, names): (&str, Vec<(&Reference, bool)>)| Group {
        registry: registry.to_owned(),
        rows: if scarce { counted(image, ix, registry, &names, toggled) } else { rows(ix, &names) },
    };
    registries.into_iter().map(group).collect()
}

fn rows(image: ImageIx, names: &[(&Reference, bool)]) -> Vec<Kind> {
    let row = |(name, computed): &(&Reference, bool)| Kind::Name {
        image,
        name: (*name).clone(),
        computed: *computed,
    };
    names.iter().map(row).collect()
}

fn counted(
    image: &Image,
    ix: ImageIx,
    registry: &str,
    names: &[(&Reference, bool)],
    toggled: &BTreeSet<Bundle>,
) -> Vec<Kind> {
    let mut repositories: BTreeMap<&str, Vec<(&Reference, bool)>> = BTreeMap::new();
    for (name, computed) in names {
        repositories.entry(name.repository().full()).or_default().push((name, *computed));
    }
    let mut shown = Vec::new();
    for (repository, names) in repositories {
        if names.len() <= SMALL_REPOSITORY {
            shown.push(rows(ix, &names));
            continue;
        }
        let bundle = Bundle::Repository(image.id.clone(), repository.to_owned());
        let open = toggled.contains(&bundle);
        let within = names.first().map(|(n, _)| n.repository().clone());
        let mut part = vec![Kind::Names { within, count: names.len(), bundle: Some(bundle), open }];
        if open {
            part.extend(rows(ix, &names));
        }
        shown.push(part);
    }
    let lines: usize = shown.iter().map(Vec::len).sum();
    let bundle = Bundle::Registry(image.id.clone(), registry.to_owned());
    let open = toggled.contains(&bundle);
    if lines <= MOST_ROWS && !open {
        return shown.concat();
    }
    let head = |count| Kind::Names { within: None, count, bundle: Some(bundle.clone()), open };
    if open {
        return std::iter::once(head(names.len())).chain(shown.concat()).collect();
    }
    // What was opened in it stays in sight.
    let mut rows = Vec::new();
    let mut left = Vec::new();
    for part in shown {
        let opened = part.first().is_some_and(|k| k.bundle().is_some_and(|(_, open)| open));
        if opened || rows.len() + part.len() < MOST_ROWS { rows.extend(part) } else { left.extend(part) }
    }
    let count = left.iter().map(|k| if let Kind::Names { count, .. } = k { *count } else { 1 }).sum();
    if count > 0 {
        rows.push(head(count));
    }
    rows
}

/// About how many letters a row of the names shows.
pub fn letters(kind: &Kind) -> usize {
    match kind {
        Kind::Name { name, .. } => {
            let tag = name.tag().map_or(0, |t| t.len() + 1);
            let digest = name.digest().map_or(0, |_| DIGEST_LETTERS);
            shown_path(name.repository()).len() + tag + digest
        }
        Kind::Names { within, .. } => within.as_ref().map_or(0, |r| shown_path(r).len()) + 14,
        Kind::Registry(name) => name.len(),
        Kind::Image(_)
        | Kind::Images { .. }
        | Kind::Container { .. }
        | Kind::Child { .. }
        | Kind::Holders { .. }
        | Kind::Layers { .. }
        | Kind::Layer { .. }
        | Kind::Other(_)
        | Kind::Others { .. } => 0,
    }
}

/// A repository where its registry is said elsewhere.
pub fn shown_path(repository: &Repository) -> &str {
    // The familiar form leaves out what nobody types for Docker Hub, and else repeats the registry.
    if repository.familiar() == repository.full() { repository.path() } else { repository.familiar() }
}
