//! A step that was not answered as predicted, as a report to hand on: the engine, the world in which the plan
//! was made, the plan, and every answer. Enough to see it again, and nothing that says whose it was.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::pseudonyms::Pseudonyms;
use crate::model::{Container, Graph, Image, ImageIx, Inventory, Layer, Layers, Section};
use crate::plan::{Expected, Outcome, RemovalPlan, StepAction};

/// Whether names and IDs are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// As they are.
    Open,
    /// Each replaced by another word, the same wherever it stands.
    Anonymous,
}

/// Images that share a layer with those of the plan are told up to this many: a base may have thousands.
const SHARERS: usize = 50;

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    unmoor: &'static str,
    plan: &'a RemovalPlan,
    outcome: &'a Outcome,
    /// What the plan was made from, as far as it has to do with it.
    world: Inventory,
}

/// The report as JSON. `graph` is that of the listing which the plan was made from.
pub fn difference(graph: &Graph, plan: &RemovalPlan, outcome: &Outcome, privacy: Privacy) -> String {
    let world = concerned(graph, plan);
    let report = Report { schema: 1, unmoor: env!("CARGO_PKG_VERSION"), plan, outcome, world };
    let mut value = serde_json::to_value(&report)
        .unwrap_or_else(|error| json!({ "unmoor": env!("CARGO_PKG_VERSION"), "failed": error.to_string() }));
    if privacy == Privacy::Anonymous {
        let names = Pseudonyms::of(&Graph::new(Arc::new(report.world)));
        names.replace(&mut value);
        forget_engine(&mut value);
    }
    pretty(&value)
}

/// Takes the engine's own ID away wherever an engine is told of.
fn forget_engine(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("api") && fields.contains_key("store") {
                fields.remove("id");
            }
            fields.values_mut().for_each(forget_engine);
        }
        Value::Array(all) => all.iter_mut().for_each(forget_engine),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|error| error.to_string())
}

/// The part of a listing that a plan has to do with: its images, what they are built on, what is built on
/// them, what shares layers with them, and the containers of all these.
fn concerned(graph: &Graph, plan: &RemovalPlan) -> Inventory {
    let mut images: BTreeSet<ImageIx> = BTreeSet::new();
    let mut open: Vec<ImageIx> = Vec::new();
    for step in &plan.steps {
        match &step.action {
            StepAction::Untag { image, .. } | StepAction::RemoveImage { image, .. } => {
                open.extend(graph.find_image(image));
            }
            StepAction::StopContainer { id, .. } | StepAction::RemoveContainer { id, .. } => {
                let container = graph.find_container(id).and_then(|ix| graph.container(ix));
                open.extend(container.and_then(|c| graph.find_image(&c.image)));
            }
        }
        if let Expected::Lines { images, .. } = &step.expected {
            open.extend(images.iter().filter_map(|id| graph.find_image(id)));
        }
    }
    while let Some(ix) = open.pop() {
        let Some(image) = graph.image(ix).filter(|_| images.insert(ix)) else { continue };
        open.extend(image.parent.as_ref().and_then(|id| graph.find_image(id)));
        open.extend(graph.children(&image.id));
    }
    let sharers = |ix: &ImageIx| {
        let base = graph.down_from(graph.top(*ix)).find(|(_, chain)| chain.images() > 1);
        base.map(|(chain, _)| graph.images_on(chain)).unwrap_or_default()
    };
    let shared: BTreeSet<_> = images.iter().flat_map(sharers).collect();
    images.extend(shared.into_iter().take(SHARERS));
    let kept_images = images.iter().filter_map(|ix| graph.image(*ix)).map(bare_image).map(Arc::new);
    let users = images.iter().flat_map(|ix| graph.users(*ix).iter().chain(graph.mounted_by(*ix)));
    let users: BTreeSet<_> = users.copied().collect();
    let kept_containers = users.iter().filter_map(|ix| graph.container(*ix)).map(bare_container);
    let inventory = graph.inventory();
    Inventory {
        engine: inventory.engine.clone(),
        images: with(&inventory.images, kept_images.collect()),
        containers: with(&inventory.containers, kept_containers.collect()),
        build_cache: inventory.build_cache.clone(),
    }
}

fn with<T>(section: &Section<Vec<T>>, kept: Vec<T>) -> Section<Vec<T>> {
    match section {
        Section::Complete(_) => Section::Complete(kept),
        Section::Failed { why, .. } => Section::Failed { why: why.clone(), partial: kept },
    }
}

/// Without what decides nothing and may say anything: labels, build steps, times.
fn bare_image(image: &Image) -> Image {
    let bare = |layer: &Layer| Layer { created_by: String::new(), ..layer.clone() };
    let layers = match &image.layers {
        Layers::Known(layers) => Layers::Known(layers.iter().map(bare).collect()),
        Layers::NotRead => Layers::NotRead,
        Layers::Failed(_) => Layers::Failed("it failed".to_owned()),
    };
    Image { labels: std::collections::BTreeMap::new(), created: None, history: None, layers, ..image.clone() }
}

fn bare_container(container: &Container) -> Container {
    Container { status: String::new(), created: None, compose_project: None, ..container.clone() }
}
