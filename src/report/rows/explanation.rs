//! One thing: whether it can go, everything that holds it, the ways out, and what happens then.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::image::{ContainerRow, ImageRow, container_row, image_row, verdict_code};
use super::removal::{losses, way_words};
use super::step::{FreedRow, StepRow, Steps};
use crate::model::{Graph, ImageId, ImageIx, Item};
use crate::plan::commands::release_line;
use crate::plan::{KeptLayers, NoWay, RemovalPlan, Way, kept_layers, plan_removal};
use crate::report::Report;
use crate::rules::{Holder, HolderKind, Refusal, Removal, Target, assess, verdict};
use crate::words::{self, tr};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplanationRow {
    /// `image`, `tag`, `digest` or `container`.
    pub kind: Cow<'static, str>,
    pub kind_words: String,
    /// The name or ID of what is explained.
    pub title: String,
    /// The image it is, points at, or was created from; `None` where that is not listed any more.
    pub image: Option<ImageRow>,
    /// Where a container is explained.
    pub container: Option<ContainerRow>,
    pub verdict: Cow<'static, str>,
    pub verdict_words: String,
    /// What the engine would answer to a plain request, in its order.
    pub refusals: Vec<RefusalRow>,
    /// The lines the engine would answer to a plain request; empty if it would refuse.
    pub expected: Vec<Item>,
    pub freed: Option<FreedRow>,
    pub holders: Vec<HolderRow>,
    pub ways: Vec<WayRow>,
    /// What the way without force leaves of the layers, and for whom.
    pub kept_layers: Vec<KeptLayersRow>,
    /// Bottom first; `None` while they are not known.
    pub layers: Option<Vec<LayerRow>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalRow {
    pub status: u16,
    /// Every wording the engine may choose.
    pub messages: Vec<String>,
    /// Whether force goes through it.
    pub forceable: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolderRow {
    /// `tag`, `digest`, `container`, `mount` or `child_image`.
    pub kind: Cow<'static, str>,
    pub kind_words: String,
    pub name: String,
    /// Of a container or a child image.
    pub id: Option<String>,
    /// Of a container, the API's word.
    pub state: Option<Cow<'static, str>>,
    /// Of a container, or what a child image is called.
    pub note: Option<String>,
    pub blocks: bool,
    pub force_overrides: bool,
    /// Whether it blocks and force helps, in words.
    pub words: String,
    /// The command that releases it.
    pub release: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayRow {
    pub way: Way,
    pub words: String,
    /// Why there is none; then there are no steps.
    pub impossible_because: Option<String>,
    pub uses_force: bool,
    pub steps: Vec<StepRow>,
    pub losses: Vec<String>,
    pub freed: Option<FreedRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptLayersRow {
    pub layers: usize,
    /// Images by ID and name, and containers by ID.
    pub needed_by: Vec<String>,
    /// How many further images need them.
    pub more: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerRow {
    pub diff_id: String,
    pub size_bytes: Option<u64>,
    pub created_by: String,
    /// How many other images need it.
    pub shared_with: u32,
}

impl ExplanationRow {
    /// `None` if there is no such thing.
    pub fn of(report: &Report, target: &Target) -> Option<Self> {
        let world = &report.world;
        let graph = world.graph();
        let removal = Removal::of(target.as_sent_to(world.engine().store));
        let assessment = assess(world, target, &removal);
        let effect = assessment.answer.effect();
        let (kind, title, image, container) = subject(graph, target)?;
        let by = |way| plan_removal(world, std::slice::from_ref(target), way, true);
        let (ordered, forced) = (by(Way::Ordered), by(Way::Force));
        let forced_differs = match (&ordered, &forced) {
            (Ok(ordered), Ok(forced)) => ordered.steps != forced.steps,
            (Err(ordered), Err(forced)) => ordered != forced,
            (Ok(_), Err(_)) | (Err(_), Ok(_)) => true,
        };
        let kept = ordered.as_ref().map(kept_layers).unwrap_or_default();
        let mut ways = vec![way_row(&ordered, Way::Ordered, graph)];
        ways.extend(forced_differs.then(|| way_row(&forced, Way::Force, graph)));
        let of_image = |ix: ImageIx| {
            let image = graph.image(ix)?;
            image_row(report, ix, verdict(world, &Target::Image(image.id.clone())))
        };
        Some(Self {
            kind: kind.0.into(),
            kind_words: tr!(kind.1).into_owned(),
            title,
            image: image.and_then(of_image),
            container,
            verdict: verdict_code(assessment.verdict).into(),
            verdict_words: words::verdict(assessment.verdict).into_owned(),
            refusals: assessment.refusals.iter().map(refusal).collect(),
            expected: effect.map(|effect| effect.items.clone()).unwrap_or_default(),
            freed: effect.map(|effect| effect.freed.into()),
            holders: assessment.holders.iter().map(|holder| held(graph, holder)).collect(),
            ways,
            kept_layers: kept.iter().map(|kept| kept_row(graph, kept)).collect(),
            layers: image.and_then(|ix| layers(graph, ix)),
        })
    }
}

type Kind = (&'static str, &'static str);

fn subject(graph: &Graph, target: &Target) -> Option<(Kind, String, Option<ImageIx>, Option<ContainerRow>)> {
    Some(match target {
        Target::Image(id) => {
            (("image", "kind.image"), id.short().to_owned(), Some(graph.find_image(id)?), None)
        }
        Target::Reference(id, name) => {
            let kind = if name.is_digest_only() { ("digest", "kind.digest") } else { ("tag", "kind.tag") };
            (kind, name.familiar(), Some(graph.find_image(id)?), None)
        }
        Target::Container(id) => {
            let container = graph.container(graph.find_container(id)?)?;
            let image = graph.find_image(&container.image);
            (
                ("container", "kind.container"),
                container.name.clone(),
                image,
                Some(container_row(container, false)),
            )
        }
    })
}

fn refusal(refusal: &Refusal) -> RefusalRow {
    let Refusal { status, messages, forceable, .. } = refusal;
    RefusalRow { status: *status, messages: messages.clone(), forceable: *forceable }
}

fn held(graph: &Graph, holder: &Holder) -> HolderRow {
    let note_of = |id| graph.find_container(id).and_then(|ix| graph.container(ix)).map(words::status);
    let (kind, name, id, state, note) = match &holder.kind {
        HolderKind::Name(name) if name.tag().is_some() => {
            (("tag", "kind.tag"), name.familiar(), None, None, None)
        }
        HolderKind::Name(name) => (("digest", "kind.digest"), name.familiar(), None, None, None),
        HolderKind::ComputedDigest(name) => {
            (("digest", "kind.digest"), name.familiar(), None, None, Some(tr!("row.computed").into_owned()))
        }
        HolderKind::Container { id, name, state } => {
            (("container", "kind.container"), name.clone(), Some(id.to_string()), Some(*state), note_of(id))
        }
        HolderKind::Mount { id, name, state } => {
            (("mount", "report.mount"), name.clone(), Some(id.to_string()), Some(*state), note_of(id))
        }
        HolderKind::ChildImage(id) => {
            let child = graph.find_image(id).and_then(|ix| graph.image(ix));
            let note = child.map(|child| words::image_name(graph, child));
            (("child_image", "row.child"), id.short().to_owned(), Some(id.to_string()), None, note)
        }
    };
    let words = tr!(match (holder.blocks, holder.force_overrides) {
        (false, _) => "force.not_blocking",
        (true, true) => "force.overrides",
        (true, false) => "force.never",
    });
    HolderRow {
        kind: kind.0.into(),
        kind_words: tr!(kind.1).into_owned(),
        name,
        id,
        state: state.map(|state| state.word().into()),
        note,
        blocks: holder.blocks,
        force_overrides: holder.force_overrides,
        words: words.into_owned(),
        release: release_line(holder),
    }
}

fn way_row(plan: &Result<RemovalPlan, NoWay>, way: Way, before: &Graph) -> WayRow {
    match plan {
        Ok(plan) => WayRow {
            way,
            words: way_words(plan).into_owned(),
            impossible_because: None,
            uses_force: plan.uses_force(),
            steps: Steps::of(plan, None, before).rows().collect(),
            losses: losses(&plan.losses),
            freed: Some(plan.freed().into()),
        },
        Err(why) => {
            let (sentence, said) = words::no_way(why);
            let because = said.map_or(sentence.to_string(), |said| format!("{sentence} {said}"));
            WayRow {
                way,
                words: tr!(if way == Way::Force { "way.force" } else { "way.ordered" }).into_owned(),
                impossible_because: Some(because),
                uses_force: way == Way::Force,
                steps: Vec::new(),
                losses: Vec::new(),
                freed: None,
            }
        }
    }
}

fn kept_row(graph: &Graph, kept: &KeptLayers) -> KeptLayersRow {
    let called = |id: &String| {
        let image = ImageId::parse(id).ok().and_then(|id| graph.image(graph.find_image(&id)?));
        image.map_or_else(
            || id.get(..12).unwrap_or(id).to_owned(),
            |image| format!("{} {}", image.id.short(), words::image_name(graph, image)),
        )
    };
    KeptLayersRow {
        layers: kept.count,
        needed_by: kept.needed_by.iter().map(called).collect(),
        more: kept.more,
    }
}

fn layers(graph: &Graph, ix: ImageIx) -> Option<Vec<LayerRow>> {
    let layers = graph.image(ix)?.layers.known()?;
    let mut shared: Vec<u32> = graph.down_from(graph.top(ix)).map(|(_, chain)| chain.images()).collect();
    shared.reverse();
    let row = |(layer, images): (&crate::model::Layer, &u32)| LayerRow {
        diff_id: layer.diff_id.to_string(),
        size_bytes: layer.size.map(|bytes| bytes.0),
        created_by: layer.created_by.clone(),
        shared_with: images.saturating_sub(1),
    };
    Some(layers.iter().zip(&shared).map(row).collect())
}
