//! What is docked to an image: containers created from it, containers that mount it, images built on it.

use std::collections::{BTreeSet, HashMap};

use super::{Bundle, Kind, Subject};
use crate::model::{ContainerId, ContainerIx, Graph, ImageId, ImageIx, Reference};
use crate::rules::{HolderKind, Removal, Target, assess};

/// How each holder of an image stands to its removal by ID: whether it blocks, and whether force goes over
/// it.
#[derive(Default)]
pub struct Judged {
    names: HashMap<Reference, (bool, bool)>,
    containers: HashMap<ContainerId, (bool, bool)>,
    children: HashMap<ImageId, (bool, bool)>,
}

impl Judged {
    pub fn of(subject: &Subject<'_>, ix: ImageIx) -> Self {
        let mut judged = Self::default();
        let world = subject.world;
        let Some(image) = world.graph().image(ix) else { return judged };
        let target = Target::Image(image.id.clone());
        let removal = Removal::of(target.as_sent_to(world.engine().store));
        for holder in assess(world, &target, &removal).holders {
            let stands = (holder.blocks, holder.force_overrides);
            match holder.kind {
                HolderKind::Name(name) | HolderKind::ComputedDigest(name) => {
                    judged.names.insert(name, stands);
                }
                HolderKind::Container { id, .. } | HolderKind::Mount { id, .. } => {
                    // A container may do both; what blocks counts.
                    let known = judged.containers.entry(id).or_insert(stands);
                    *known = (known.0 || stands.0, known.1 && stands.1);
                }
                HolderKind::ChildImage(id) => {
                    judged.children.insert(id, stands);
                }
            }
        }
        judged
    }

    /// Whether it blocks, and whether force goes over it.
    pub fn stands(&self, graph: &Graph, kind: &Kind) -> (bool, bool) {
        let found = match kind {
            Kind::Name { name, .. } => self.names.get(name),
            Kind::Container { container, .. } => {
                graph.container(*container).and_then(|c| self.containers.get(&c.id))
            }
            Kind::Child { image, .. } => graph.image(*image).and_then(|i| self.children.get(&i.id)),
            Kind::Names { .. }
            | Kind::Registry(_)
            | Kind::Image(_)
            | Kind::Images { .. }
            | Kind::Holders { .. }
            | Kind::Layers { .. }
            | Kind::Layer { .. }
            | Kind::Other(_)
            | Kind::Others { .. } => None,
        };
        found.copied().unwrap_or_default()
    }

    /// Whether any name blocks.
    pub fn names_block(&self) -> bool {
        self.names.values().any(|(blocks, _)| *blocks)
    }
}

/// The rows docked to an image; `room` is how many are shown before the others are counted.
pub fn rows(graph: &Graph, ix: ImageIx, room: usize, toggled: &BTreeSet<Bundle>) -> Vec<Kind> {
    let Some(image) = graph.image(ix) else { return Vec::new() };
    let by_name = |all: &[ContainerIx]| {
        let mut all = all.to_vec();
        all.sort_by_key(|c| graph.container(*c).map(|c| &c.name));
        all
    };
    let container = |mount| move |container| Kind::Container { image: ix, container, mount };
    let mut rows: Vec<Kind> = by_name(graph.users(ix)).into_iter().map(container(false)).collect();
    rows.extend(by_name(graph.mounted_by(ix)).into_iter().map(container(true)));
    rows.extend(graph.children(&image.id).iter().map(|child| Kind::Child { parent: ix, image: *child }));
    if rows.len() <= room + 1 {
        return rows;
    }
    let bundle = Bundle::Holders(image.id.clone());
    let open = toggled.contains(&bundle);
    let count = if open { rows.len() } else { rows.len() - room };
    let head = Kind::Holders { image: ix, count, bundle, open };
    if open {
        rows.insert(0, head);
    } else {
        rows.truncate(room);
        rows.push(head);
    }
    rows
}
