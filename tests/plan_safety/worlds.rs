//! Small worlds as plain numbers, so that all of them can be counted through, and larger ones drawn.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use unmoor::model::{
    BuildCache, Bytes, Container, ContainerId, ContainerState, DiffId, Digest, EngineInfo, Image, ImageId,
    ImageMount, Inventory, Layer, Layers, Reference, Section, StoreKind,
};

/// What a world is made of. Images are numbered from 0.
#[derive(Clone, Debug)]
pub struct Plot {
    pub store: StoreKind,
    pub images: usize,
    /// For each of [`NAMES`], the image it points at.
    pub names: Vec<Option<usize>>,
    /// Images with a digest reference in the first repository.
    pub digests: Vec<usize>,
    /// For each image, the one that it was built on, of a smaller number.
    pub parents: Vec<Option<usize>>,
    pub containers: Vec<(usize, ContainerState)>,
    /// Container and image mounted into it.
    pub mounts: Vec<(usize, usize)>,
    /// All images have the lowest layer in common.
    pub shared: bool,
    pub keep_label: Option<usize>,
}

pub const NAMES: [&str; 5] = ["a:1", "a:2", "r.example/b:1", "a:3", "r.example/c:1"];

pub const STORES: [(StoreKind, &str, &str); 4] = [
    (StoreKind::Classic, "Docker Engine", "28.5.2"),
    (StoreKind::Containerd, "Docker Engine", "28.5.2"),
    (StoreKind::Podman, "Podman Engine", "5.4.2"),
    (StoreKind::Podman, "Podman Engine", "5.8.6"),
];

pub fn hex(kind: char, number: usize) -> String {
    format!("{kind}{number:063x}")
}

pub fn image_id(number: usize) -> ImageId {
    ImageId::parse(&hex('e', number + 1)).unwrap()
}

fn container_id(number: usize) -> ContainerId {
    ContainerId::parse(&hex('c', number + 1)).unwrap()
}

fn layer(number: usize, size: u64) -> Layer {
    let diff_id = DiffId::parse(&format!("sha256:{}", hex('d', number))).unwrap();
    Layer { diff_id, size: Some(Bytes(size)), created_by: String::new() }
}

impl Plot {
    /// The listing of this world by the engine at this position of [`STORES`].
    pub fn inventory(&self, engine: usize) -> Inventory {
        let (_, name, version) = STORES[engine];
        let mut images: Vec<_> = (0..self.images).map(|number| self.image(number)).collect();
        images.sort_by(|a, b| a.id.cmp(&b.id));
        let containers = self.containers.iter().enumerate().map(|(number, (image, state))| {
            let of = |(_, mounted): &(usize, usize)| ImageMount {
                source: image_id(*mounted).to_string(),
                image: Some(image_id(*mounted)),
            };
            Container {
                id: container_id(number),
                name: format!("c{number}"),
                image: image_id(*image),
                image_shown: image_id(*image).to_string(),
                state: *state,
                status: String::new(),
                created: None,
                compose_project: None,
                image_mounts: self.mounts.iter().filter(|(user, _)| *user == number).map(of).collect(),
            }
        });
        Inventory {
            engine: EngineInfo {
                name: name.to_owned(),
                version: version.to_owned(),
                api: "1.51".to_owned(),
                store: self.store,
                id: None,
            },
            images: Section::Complete(images.into_iter().map(Arc::new).collect()),
            containers: Section::Complete(containers.collect()),
            build_cache: Section::Complete(BuildCache::default()),
        }
    }

    fn image(&self, number: usize) -> Image {
        let id = image_id(number);
        let parse = |text: &str| Reference::parse(text).unwrap();
        let mut references: Vec<_> = NAMES
            .iter()
            .zip(&self.names)
            .filter(|(_, image)| **image == Some(number))
            .map(|(name, _)| parse(name))
            .collect();
        if self.digests.contains(&number) {
            references.push(Reference::at_digest(parse("a").repository().clone(), Digest::from(&id)));
        }
        references.sort();
        let mut computed_digests = Vec::new();
        if self.store != StoreKind::Classic {
            let of = |name: &Reference| Reference::at_digest(name.repository().clone(), Digest::from(&id));
            computed_digests = references.iter().map(of).filter(|d| !references.contains(d)).collect();
            computed_digests.sort();
            computed_digests.dedup();
        }
        let parent = self.parents.get(number).copied().flatten();
        let mut layers = match parent {
            Some(parent) => self.image(parent).layers.known().unwrap().to_vec(),
            None if self.shared => vec![layer(0, 1000)],
            None => Vec::new(),
        };
        layers.push(layer(number + 1, 10 << number));
        let labels = (self.keep_label == Some(number))
            .then(|| BTreeMap::from([("unmoor.keep".to_owned(), "yes".to_owned())]));
        Image {
            parent: parent.map(image_id),
            references,
            computed_digests,
            created: Some(1_700_000_000),
            size: Some(layers.iter().filter_map(|layer| layer.size).sum()),
            parts: None,
            labels: labels.unwrap_or_default(),
            platform: None,
            layers: Layers::Known(Arc::from(layers)),
            history: None,
            containers: None,
            read_only: false,
            id,
        }
    }
}

/// Every world of one or two images with up to three names, a digest, a parent and two containers.
pub fn all_small(store: StoreKind) -> Vec<Plot> {
    let mut plots = Vec::new();
    for images in 1..=2 {
        let places = |count: usize| -> Vec<Vec<Option<usize>>> {
            let options: Vec<_> = std::iter::once(None).chain((0..images).map(Some)).collect();
            (0..count).fold(vec![Vec::new()], |worlds, _| {
                let with = |world: &Vec<_>| {
                    let world = world.clone();
                    options
                        .iter()
                        .map(move |place| [world.clone(), vec![*place]].concat())
                        .collect::<Vec<_>>()
                };
                worlds.iter().flat_map(with).collect()
            })
        };
        let states = [ContainerState::Exited, ContainerState::Running, ContainerState::Created];
        for names in places(3) {
            for digest in places(1) {
                for parent in [None, Some(0)].into_iter().take(images) {
                    for user in places(1) {
                        for state in states.into_iter().take(if user[0].is_some() { 2 } else { 1 }) {
                            for second in [None, Some(states[0]), Some(states[2])] {
                                let first = user[0].map(|image| (image, state));
                                let second = second.map(|state| (0, state));
                                plots.push(Plot {
                                    store,
                                    images,
                                    names: names.clone(),
                                    digests: digest[0].into_iter().collect(),
                                    parents: vec![None, parent],
                                    containers: first.into_iter().chain(second).collect(),
                                    mounts: Vec::new(),
                                    shared: true,
                                    keep_label: None,
                                });
                            }
                        }
                    }
                }
            }
        }
    }
    plots
}

prop_compose! {
    /// With the position of its engine in [`STORES`].
    pub fn larger()(
        images in 2..7_usize,
        engine in 0..STORES.len(),
    )(
        names in prop::collection::vec(prop::option::of(0..images), NAMES.len()),
        digests in subsequence((0..images).collect::<Vec<_>>(), 0..=images.min(2)),
        parents in prop::collection::vec(prop::option::weighted(0.4, 0..images), images),
        containers in prop::collection::vec((0..images, select(vec![
            ContainerState::Created, ContainerState::Running, ContainerState::Paused, ContainerState::Exited,
            ContainerState::Dead,
        ])), 0..4),
        mounts in prop::collection::vec((0..4_usize, 0..images), 0..2),
        keep_label in prop::option::of(0..images),
        shared in any::<bool>(),
        images in Just(images),
        engine in Just(engine),
    ) -> (Plot, usize) {
        let parents = parents.into_iter().enumerate().map(|(n, parent)| parent.filter(|p| *p < n)).collect();
        let mut containers: Vec<(usize, ContainerState)> = containers;
        containers.sort_by_key(|(image, _)| *image);
        let store = STORES[engine].0;
        (Plot { store, images, names, digests, parents, containers, mounts, shared, keep_label }, engine)
    }
}
