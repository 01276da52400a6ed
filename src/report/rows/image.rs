//! An image with everything that points at it, whether it can go, and why it stays.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{RecoveryRow, utc};
use crate::model::{Bytes, ChainIx, Container, ContainerIx, Graph, Image, ImageIx, Reference, StoreKind};
use crate::report::Report;
use crate::rules::conflict::Cause;
use crate::rules::freed::own_bytes;
use crate::rules::{Refusal, Target, Verdict, World, plain_refusals, verdict};
use crate::words::{self, tr};

/// More names than this are counted in a sentence.
const NAMED: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageRow {
    pub id: String,
    /// What it is called where there is room for one name.
    pub called: String,
    pub names: Vec<NameRow>,
    pub containers: Vec<ContainerRow>,
    /// IDs of the images built on it.
    pub children: Vec<String>,
    pub created: Option<String>,
    pub platform: Option<String>,
    pub labels: BTreeMap<String, String>,
    pub size_bytes: Option<u64>,
    /// What it alone needs.
    pub own_bytes: Option<u64>,
    /// What others need too.
    pub shared_bytes: Option<u64>,
    /// `removable`, `refused` or `unknown`: for removing it by its ID, without force.
    pub verdict: Cow<'static, str>,
    pub verdict_words: String,
    /// Empty if nothing keeps it.
    pub why_kept: Vec<Why>,
    /// The engine's predicted words, if it would refuse.
    pub engine_says: Option<String>,
    /// Whether it could be had again; `None` where nobody was asked.
    #[serde(default)]
    pub recovery: Option<RecoveryRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameRow {
    /// In full, with its registry.
    pub reference: String,
    /// As engines print it.
    pub shown: String,
    pub registry: String,
    pub repository: String,
    pub tag: Option<String>,
    pub digest: Option<String>,
    /// False for a digest that the engine only computes.
    pub stored: bool,
    /// Why no plan takes it away.
    pub protected_because: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerRow {
    pub id: String,
    pub name: String,
    /// The API's word.
    pub state: Cow<'static, str>,
    /// The engine's sentence, such as "Exited (0) 3 days ago".
    pub status: String,
    pub compose_project: Option<String>,
    /// True if it was not created from the image, but has it mounted.
    pub mounts: bool,
}

/// One reason why an image stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// `protected`, `running_containers`, `stopped_containers`, `child_images`, `names`, `refused`,
    /// `incomplete_listing`.
    pub code: Cow<'static, str>,
    pub words: String,
}

/// What a set of images comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub images: usize,
    pub names: usize,
    /// Each once.
    pub containers: usize,
    pub removable: usize,
    pub refused: usize,
    pub unknown: usize,
    pub protected: usize,
    /// All their layers, a shared one once; `None` where that is not known.
    pub size_bytes: Option<u64>,
}

/// The images of an inventory, in order. Their verdicts are worked out once.
pub struct Images<'a> {
    report: &'a Report,
    chosen: &'a [ImageIx],
    verdicts: Vec<Verdict>,
    /// Told how many rows are done, and of how many.
    progress: &'a dyn Fn(usize, usize),
    pub totals: Totals,
}

impl<'a> Images<'a> {
    pub fn of(report: &'a Report, images: &'a [ImageIx], progress: &'a dyn Fn(usize, usize)) -> Self {
        let world = &report.world;
        let of = |ix: &ImageIx| {
            let image = world.image(*ix);
            image.map_or(Verdict::Unknown, |image| verdict(world, &Target::Image(image.id.clone())))
        };
        let verdicts: Vec<Verdict> = images.iter().map(of).collect();
        let totals = totals(world, images, &verdicts);
        Self { report, chosen: images, verdicts, progress, totals }
    }

    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// What is said where there is no row; an incomplete listing never tells that there is no image.
    pub fn why_empty(&self) -> Cow<'static, str> {
        match (self.report.world.incomplete_because(), self.report.world.graph().images().is_empty()) {
            (Some(_), _) => tr!("report.empty.incomplete"),
            (None, true) => tr!("report.empty.engine"),
            (None, false) => tr!("report.empty.chosen"),
        }
    }

    pub fn rows(&self) -> impl Iterator<Item = ImageRow> + '_ {
        self.chosen.iter().zip(&self.verdicts).enumerate().filter_map(|(at, (ix, verdict))| {
            (self.progress)(at, self.chosen.len());
            image_row(self.report, *ix, *verdict)
        })
    }
}

fn totals(world: &World, images: &[ImageIx], verdicts: &[Verdict]) -> Totals {
    let graph = world.graph();
    let mut containers: HashSet<ContainerIx> = HashSet::new();
    let mut layers: HashSet<ChainIx> = HashSet::new();
    let mut totals = Totals { images: images.len(), ..Totals::default() };
    // On the containerd store an image is more than its layers, and unread layers may be any.
    let told = world.engine().store != StoreKind::Containerd && graph.images_with_unread_layers().is_empty();
    let mut size = told.then_some(Bytes(0));
    for (ix, verdict) in images.iter().zip(verdicts) {
        totals.names += world.references(*ix).len();
        containers.extend(graph.users(*ix).iter().chain(graph.mounted_by(*ix)));
        totals.protected += usize::from(world.protection().image(*ix).is_some());
        match verdict {
            Verdict::Removable => totals.removable += 1,
            Verdict::Unknown => totals.unknown += 1,
            Verdict::Refused | Verdict::OnlyName | Verdict::LastName | Verdict::LastNameImageStays => {
                totals.refused += 1;
            }
        }
        // Beneath a layer that was met, all were met.
        for (_, chain) in graph.down_from(graph.top(*ix)).take_while(|(chain, _)| layers.insert(*chain)) {
            size = size.zip(chain.size).map(|(sum, more)| sum + more);
        }
    }
    totals.containers = containers.len();
    totals.size_bytes = size.map(|bytes| bytes.0);
    totals
}

/// `None` if the image is gone.
pub fn image_row(report: &Report, ix: ImageIx, verdict: Verdict) -> Option<ImageRow> {
    let world = &report.world;
    let (graph, image) = (world.graph(), world.image(ix)?);
    let refusals = if verdict == Verdict::Refused { plain_refusals(world, &image.id) } else { Vec::new() };
    let own = own_bytes(graph, ix);
    let shared = image.size.zip(own).and_then(|(size, own)| size.minus(own));
    Some(ImageRow {
        id: image.id.to_string(),
        called: words::image_name(graph, image),
        names: names(world, ix, image),
        containers: containers(graph, ix),
        children: graph
            .children(&image.id)
            .iter()
            .filter_map(|ix| Some(graph.image(*ix)?.id.to_string()))
            .collect(),
        created: image.created.map(utc),
        platform: image.platform.clone(),
        labels: image.labels.clone(),
        size_bytes: image.size.map(|b| b.0),
        own_bytes: own.map(|b| b.0),
        shared_bytes: shared.map(|b| b.0),
        verdict: verdict_code(verdict).into(),
        verdict_words: words::verdict(verdict).into_owned(),
        why_kept: why_kept(world, ix, verdict, &refusals),
        engine_says: refusals.first().map(|refusal| refusal.message().to_owned()),
        recovery: RecoveryRow::of(&report.look_ups, graph, &image.id, report.written_at),
    })
}

pub fn verdict_code(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Removable => "removable",
        Verdict::Refused => "refused",
        Verdict::OnlyName => "only_name",
        Verdict::LastName => "last_name",
        Verdict::LastNameImageStays => "last_name_image_stays",
        Verdict::Unknown => "unknown",
    }
}

fn names(world: &World, ix: ImageIx, image: &Image) -> Vec<NameRow> {
    let stored = world.references(ix);
    let row = |name: &Reference, stored: bool| NameRow {
        reference: name.full(),
        shown: name.familiar(),
        registry: name.repository().registry().to_owned(),
        repository: name.repository().path().to_owned(),
        tag: name.tag().map(str::to_owned),
        digest: name.digest().map(|digest| digest.as_str().to_owned()),
        stored,
        protected_because: world.protection().name(ix, name).map(words::keep_words),
    };
    let computed = image.computed_digests.iter().filter(|name| !stored.contains(name));
    stored.iter().map(|name| row(name, true)).chain(computed.map(|name| row(name, false))).collect()
}

fn containers(graph: &Graph, ix: ImageIx) -> Vec<ContainerRow> {
    let found = |all: &[ContainerIx], mounts: bool| {
        let mut found: Vec<_> =
            all.iter().filter_map(|ix| graph.container(*ix)).map(|c| container_row(c, mounts)).collect();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    };
    let mut all = found(graph.users(ix), false);
    all.extend(found(graph.mounted_by(ix), true));
    all
}

pub fn container_row(container: &Container, mounts: bool) -> ContainerRow {
    ContainerRow {
        id: container.id.to_string(),
        name: container.name.clone(),
        state: container.state.word().into(),
        status: words::status(container),
        compose_project: container.compose_project.clone(),
        mounts,
    }
}

fn why_kept(world: &World, ix: ImageIx, verdict: Verdict, refusals: &[Refusal]) -> Vec<Why> {
    let mut why = Vec::new();
    let mut push = |code: &'static str, words: String| why.push(Why { code: code.into(), words });
    if let Some(keep) = world.protection().image(ix) {
        push("protected", tr!("keep.protected", why = words::keep_words(keep)));
    }
    if let Some(because) = world.incomplete_because() {
        push("incomplete_listing", tr!("why.incomplete", words = because));
        return why;
    }
    let by = |running: bool| {
        let users = world.users(ix).chain(world.mounted_by(ix));
        let mut names: Vec<String> = users
            .filter(|(_, state)| state.counts_as_running() == running)
            .map(|(container, _)| container.name.clone())
            .collect();
        names.sort_unstable();
        names
    };
    let running = by(true);
    if !running.is_empty() {
        push("running_containers", counted("why.running", &running));
    }
    for refusal in refusals {
        match refusal.cause {
            Cause::Stopped | Cause::NameInUse => {
                let stopped = by(false);
                if !stopped.is_empty() {
                    push("stopped_containers", counted("why.stopped", &stopped));
                }
            }
            Cause::Children => {
                let children = world.image(ix).map_or(0, |image| world.children(&image.id).count());
                push("child_images", words::count("why.children", children));
            }
            Cause::Names => push("names", words::count("why.names", world.references(ix).len())),
            Cause::Running if !running.is_empty() => {}
            Cause::Running | Cause::ContainerState | Cause::Target => {
                push("refused", tr!("kept.refused", words = refusal.message()));
            }
        }
    }
    if why.is_empty() && verdict == Verdict::Refused {
        why.push(Why { code: "refused".into(), words: words::verdict(verdict).into_owned() });
    }
    why
}

/// A sentence with the first few of some names.
fn counted(key: &str, names: &[String]) -> String {
    let mut shown: Vec<String> = names.iter().take(NAMED).map(|name| words::shortened(name)).collect();
    if names.len() > NAMED {
        shown.push(words::count("n.others", names.len() - NAMED));
    }
    let form = if names.len() == 1 { "one" } else { "many" };
    words::fill(&format!("{key}.{form}"), &[("n", &names.len()), ("names", &words::list(&shown))])
}
