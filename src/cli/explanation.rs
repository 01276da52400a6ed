//! The JSON of `unmoor explain`, schema 1. Its fields are documented in the README and only ever added
//! to.

use std::sync::Arc;

use serde::Serialize;

use super::recoverable::Recoverable;
use crate::model::{ImageId, Item, Reference};
use crate::plan::commands::release_line;
use crate::rules::{
    Answer, Assessment, Change, Doubt, Freed, Holder, HolderKind, KeptLayer, Refusal, Removal, Target, World,
};

#[derive(Debug, Serialize)]
pub(super) struct Explanation {
    schema: u32,
    engine: Engine,
    target: String,
    force: bool,
    resolved: Option<Resolved>,
    pub outcome: &'static str,
    refusal: Option<Refused>,
    /// Why the outcome is unknown, in words.
    unknown: Option<String>,
    holders: Vec<Held>,
    untagged: Vec<String>,
    deleted: Vec<String>,
    freed_bytes: Option<u64>,
    freed: Option<FreedParts>,
    kept_layers: Vec<Kept>,
    /// Only if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    recoverable: Option<Recoverable>,
}

impl Explanation {
    /// With what the registries said.
    pub fn with(self, recoverable: Option<Recoverable>) -> Self {
        Self { recoverable, ..self }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Engine {
    name: String,
    version: String,
    api: String,
    store: &'static str,
}

impl Engine {
    pub(super) fn of(world: &World) -> Self {
        let engine = world.engine();
        Self {
            name: engine.name.clone(),
            version: engine.version.clone(),
            api: engine.api.clone(),
            store: engine.store.word(),
        }
    }
}

/// Each `null` where it cannot be told.
#[derive(Debug, Serialize)]
pub(super) struct FreedParts {
    unpacked_bytes: Option<u64>,
    content_bytes: Option<u64>,
    at_least_bytes: u64,
    unknown_because: Option<Doubt>,
}

impl From<Freed> for FreedParts {
    fn from(freed: Freed) -> Self {
        Self {
            unpacked_bytes: freed.unpacked.exact().map(|b| b.0),
            content_bytes: freed.content.exact().map(|b| b.0),
            at_least_bytes: freed.at_least().0,
            unknown_because: freed.doubt(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Resolved {
    kind: &'static str,
    image_id: Option<String>,
    reference: Option<String>,
    container_id: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Refused {
    status: u16,
    messages: Vec<String>,
    forceable: bool,
}

impl From<&Refusal> for Refused {
    fn from(refusal: &Refusal) -> Self {
        Self { status: refusal.status, messages: refusal.messages.clone(), forceable: refusal.forceable }
    }
}

#[derive(Debug, Serialize)]
struct Held {
    kind: &'static str,
    name: String,
    id: String,
    state: Option<&'static str>,
    force_overrides: bool,
    blocks: bool,
    release: String,
}

#[derive(Debug, Serialize)]
struct Kept {
    diff_id: String,
    bytes: Option<u64>,
    needed_by: Arc<[String]>,
    more: u32,
}

impl From<&KeptLayer> for Kept {
    fn from(layer: &KeptLayer) -> Self {
        Self {
            diff_id: layer.diff_id.to_string(),
            bytes: layer.bytes.map(|b| b.0),
            needed_by: Arc::clone(&layer.needed_by),
            more: layer.more,
        }
    }
}

/// `target` is `None` where nothing was found.
pub(super) fn explanation(
    world: &World,
    target: Option<&Target>,
    removal: &Removal,
    assessment: &Assessment,
) -> Explanation {
    let image = target.and_then(|t| image_of(world, t));
    let mut lines = (Vec::new(), Vec::new());
    let (mut freed, mut kept) = (Some(Freed::default()), Vec::new());
    let mut unknown = None;
    let refusal = match &assessment.answer {
        Answer::Done(effect) => {
            for item in &effect.items {
                match item {
                    Item::Untagged(name) => lines.0.push(name.clone()),
                    Item::Deleted(id) => lines.1.push(id.clone()),
                }
            }
            freed = Some(effect.freed);
            kept = effect.kept.iter().map(Kept::from).collect();
            None
        }
        Answer::Refused(refusal) => Some(refusal.into()),
        Answer::NotFound(_) => None,
        Answer::Unknown(why) => {
            freed = None;
            unknown = Some(why.clone());
            None
        }
    };
    Explanation {
        schema: 1,
        engine: Engine::of(world),
        target: removal.target.clone(),
        force: removal.force,
        resolved: target.map(|t| resolved(t, image.as_ref())),
        outcome: outcome(&assessment.answer, image.as_ref(), target),
        refusal,
        unknown,
        holders: assessment.holders.iter().map(|h| held(world, image.as_ref(), h)).collect(),
        untagged: lines.0,
        deleted: lines.1,
        freed_bytes: freed.and_then(Freed::bytes).map(|b| b.0),
        freed: freed.map(FreedParts::from),
        kept_layers: kept,
        recoverable: None,
    }
}

pub(super) fn image_of(world: &World, target: &Target) -> Option<ImageId> {
    match target {
        Target::Image(id) | Target::Reference(id, _) => Some(id.clone()),
        Target::Container(id) => {
            world.container(world.find_container(id)?).map(|(container, _)| container.image.clone())
        }
    }
}

fn resolved(target: &Target, image: Option<&ImageId>) -> Resolved {
    let (kind, reference, container) = match target {
        Target::Image(_) => ("image", None, None),
        Target::Reference(_, name) if name.digest().is_some() => ("digest", Some(name.familiar()), None),
        Target::Reference(_, name) => ("tag", Some(name.familiar()), None),
        Target::Container(id) => ("container", None, Some(id.to_string())),
    };
    Resolved { kind, image_id: image.map(ImageId::to_string), reference, container_id: container }
}

/// One word for what becomes of the target. An image that only loses its names, although the engine
/// reports it as deleted, is untagged.
pub(super) fn outcome(answer: &Answer, image: Option<&ImageId>, target: Option<&Target>) -> &'static str {
    match answer {
        Answer::Done(_) if matches!(target, Some(Target::Container(_))) => "removes",
        Answer::Done(effect) => {
            let gone = |c: &Change| matches!(c, Change::ImageRemoved(id) if Some(id) == image);
            if effect.changes.iter().any(gone) { "removes" } else { "untags" }
        }
        Answer::Refused(_) => "refused",
        Answer::NotFound(_) => "not_found",
        Answer::Unknown(_) => "unknown",
    }
}

fn held(world: &World, image: Option<&ImageId>, holder: &Holder) -> Held {
    let image = image.map(ImageId::to_string).unwrap_or_default();
    let (kind, name, id, state) = match &holder.kind {
        HolderKind::Name(name) if name.tag().is_some() => ("tag", name.familiar(), image, None),
        HolderKind::Name(name) | HolderKind::ComputedDigest(name) => ("digest", name.familiar(), image, None),
        HolderKind::Container { id, name, state } => {
            ("container", name.clone(), id.to_string(), Some(state.word()))
        }
        HolderKind::Mount { id, name, state } => ("mount", name.clone(), id.to_string(), Some(state.word())),
        HolderKind::ChildImage(id) => {
            let name = world.find_image(id).and_then(|ix| world.references(ix).first());
            let name = name.map_or_else(|| id.short().to_owned(), Reference::familiar);
            ("child_image", name, id.to_string(), None)
        }
    };
    Held {
        kind,
        name,
        id,
        state,
        force_overrides: holder.force_overrides,
        blocks: holder.blocks,
        release: release_line(holder),
    }
}
