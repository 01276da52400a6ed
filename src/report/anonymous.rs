//! A whole listing with other names: hosts, repositories, tags, containers, projects, labels and IDs. What is
//! worked out from it (refusals, commands, pictures) then holds no name of anybody's by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::pseudonyms::Pseudonyms;
use super::{Content, LeftStep, LookUps, Removal, Report};
use crate::model::{
    Container, ContainerId, Graph, Image, ImageMount, Inventory, Layer, Layers, Reference, Section,
};
use crate::plan::{KeepReason, Kept};
use crate::rules::policy::KEEP_LABEL;
use crate::rules::{Keep, Pin, Refusal, Target, World};

/// What a listing says in words of its own where something failed.
const FAILED: &str = "it failed";

impl Report {
    /// The same with other names throughout. An error says why a plan could not be written so; nothing is
    /// written then.
    pub fn anonymized(self) -> Result<Self, String> {
        let graph = Arc::clone(self.world.graph());
        let others = Others::of(&graph);
        let world = World::new(Arc::new(Graph::new(Arc::new(others.inventory(graph.inventory())))));
        let protection =
            self.world.protection().renamed(&|name| others.reference(name), &|keep| others.keep(keep));
        let content = match self.content {
            Content::Inventory { images } => Content::Inventory { images },
            Content::Explanation { target } => Content::Explanation { target: others.target(&target) },
            Content::Removal(removal) => Content::Removal(Box::new(others.removal(&removal)?)),
            Content::Map => Content::Map,
        };
        Ok(Self {
            host: None,
            // What was searched for names somebody's things, too.
            about: String::new(),
            anonymous: true,
            // An answer holds the names and digests of a registry, and words of its own.
            look_ups: LookUps::new(),
            world: world.protecting(Arc::new(protection)),
            content,
            ..self
        })
    }
}

/// The words to take instead.
struct Others {
    names: Pseudonyms,
    keys: BTreeMap<String, String>,
    values: BTreeMap<String, String>,
    projects: BTreeMap<String, String>,
    steps: BTreeMap<String, String>,
}

/// Numbered in order.
fn numbered<'a>(texts: impl Iterator<Item = &'a str>, kind: &str) -> BTreeMap<String, String> {
    let all: BTreeSet<&str> = texts.collect();
    let new = |(at, text): (usize, &str)| (text.to_owned(), format!("{kind}-{:03}", at + 1));
    all.into_iter().enumerate().map(new).collect()
}

fn of(words: &BTreeMap<String, String>, text: &str) -> String {
    words.get(text).cloned().unwrap_or_default()
}

impl Others {
    fn of(graph: &Graph) -> Self {
        let labels = || graph.images().iter().flat_map(|image| &image.labels);
        let layers = graph.images().iter().filter_map(|image| image.layers.known()).flatten();
        let history =
            graph.images().iter().filter_map(|image| image.history.as_ref()).flat_map(|all| all.iter());
        let steps = layers.map(|layer| layer.created_by.as_str()).chain(history.map(String::as_str));
        let projects = graph.containers().iter().filter_map(|container| container.compose_project.as_deref());
        Self {
            names: Pseudonyms::of(graph),
            keys: numbered(labels().map(|(key, _)| key.as_str()), "label"),
            values: numbered(labels().map(|(_, value)| value.as_str()), "value"),
            projects: numbered(projects, "project"),
            steps: numbered(steps.filter(|step| !step.is_empty()), "step"),
        }
    }

    fn inventory(&self, inventory: &Inventory) -> Inventory {
        Inventory {
            engine: inventory.engine.clone(),
            images: section(&inventory.images, |all| {
                all.iter().map(|image| Arc::new(self.image(image))).collect()
            }),
            containers: section(&inventory.containers, |all| {
                all.iter().map(|container| self.container(container)).collect()
            }),
            build_cache: section(&inventory.build_cache, |cache| *cache),
        }
    }

    fn image(&self, image: &Image) -> Image {
        let label = |(key, value): (&String, &String)| {
            // What protects has to go on protecting.
            if key == KEEP_LABEL {
                (key.clone(), value.clone())
            } else {
                (of(&self.keys, key), of(&self.values, value))
            }
        };
        let layer = |layer: &Layer| Layer {
            diff_id: self.names.diff_id(&layer.diff_id),
            size: layer.size,
            created_by: of(&self.steps, &layer.created_by),
        };
        Image {
            id: self.names.image_id(&image.id),
            parent: image.parent.as_ref().map(|id| self.names.image_id(id)),
            references: image.references.iter().map(|name| self.reference(name)).collect(),
            computed_digests: image.computed_digests.iter().map(|name| self.reference(name)).collect(),
            labels: image.labels.iter().map(label).collect(),
            layers: match &image.layers {
                Layers::Known(layers) => Layers::Known(layers.iter().map(layer).collect()),
                Layers::NotRead => Layers::NotRead,
                Layers::Failed(_) => Layers::Failed(FAILED.to_owned()),
            },
            history: image.history.as_ref().map(|all| all.iter().map(|step| of(&self.steps, step)).collect()),
            ..image.clone()
        }
    }

    fn container(&self, container: &Container) -> Container {
        let mount = |mount: &ImageMount| ImageMount {
            source: self.names.replaced(&mount.source),
            image: mount.image.as_ref().map(|id| self.names.image_id(id)),
        };
        Container {
            id: self.container_id(&container.id),
            name: self.names.container(&container.name),
            image: self.names.image_id(&container.image),
            image_shown: self.names.replaced(&container.image_shown),
            // The engine's sentence is about times only; who knows what another engine puts there.
            status: String::new(),
            compose_project: container.compose_project.as_ref().map(|project| of(&self.projects, project)),
            image_mounts: container.image_mounts.iter().map(mount).collect(),
            ..container.clone()
        }
    }

    fn container_id(&self, id: &ContainerId) -> ContainerId {
        self.names.container_id(id)
    }

    fn reference(&self, name: &Reference) -> Reference {
        self.names.reference(name)
    }

    fn keep(&self, keep: &Keep) -> Keep {
        match keep {
            Keep::Pinned(Pin::Image(id)) => Keep::Pinned(Pin::Image(self.names.image_id(id))),
            Keep::Pinned(Pin::Name(name)) => Keep::Pinned(Pin::Name(self.reference(name))),
            Keep::Pinned(Pin::Repository(name)) => Keep::Pinned(Pin::Repository(self.names.replaced(name))),
            // A pattern may name what no image here is called.
            Keep::Pinned(Pin::Pattern(_)) => Keep::Pinned(Pin::Pattern("*".to_owned())),
            Keep::Label => Keep::Label,
            Keep::ComposeProject(project) => Keep::ComposeProject(of(&self.projects, project)),
        }
    }

    fn target(&self, target: &Target) -> Target {
        match target {
            Target::Image(id) => Target::Image(self.names.image_id(id)),
            Target::Reference(id, name) => Target::Reference(self.names.image_id(id), self.reference(name)),
            Target::Container(id) => Target::Container(self.container_id(id)),
        }
    }

    fn removal(&self, removal: &Removal) -> Result<Removal, String> {
        Ok(Removal {
            plan: Arc::new(self.names.renamed(&*removal.plan)?),
            outcome: removal.outcome.as_ref().map(|outcome| self.names.renamed(outcome)).transpose()?,
            kept: removal.kept.iter().map(|kept| self.kept(kept)).collect(),
            left_out: removal.left_out.iter().map(|step| self.left(step)).collect::<Result<_, _>>()?,
            saved: removal.saved.clone(),
        })
    }

    fn left(&self, step: &LeftStep) -> Result<LeftStep, String> {
        Ok(LeftStep { action: self.names.renamed(&step.action)?, by_hand: step.by_hand })
    }

    fn kept(&self, kept: &Kept) -> Kept {
        let why = match &kept.why {
            KeepReason::Protected(keep) => KeepReason::Protected(self.keep(keep)),
            KeepReason::InUse(names) => {
                KeepReason::InUse(names.iter().map(|name| self.names.container(name)).collect())
            }
            KeepReason::Refused(refusal) => KeepReason::Refused(Refusal {
                messages: refusal.messages.iter().map(|message| self.names.replaced(message)).collect(),
                ..refusal.clone()
            }),
            KeepReason::Gone => KeepReason::Gone,
            KeepReason::Unknown(_) => KeepReason::Unknown(FAILED.to_owned()),
        };
        Kept { target: self.target(&kept.target), why }
    }
}

fn section<T, U>(section: &Section<T>, new: impl FnOnce(&T) -> U) -> Section<U> {
    match section {
        Section::Complete(all) => Section::Complete(new(all)),
        Section::Failed { partial, .. } => Section::Failed { why: FAILED.to_owned(), partial: new(partial) },
    }
}
