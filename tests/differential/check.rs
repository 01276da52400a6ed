//! One request: what the rules say of it from the listing alone, what the engine does, and what differs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use unmoor::model::{Graph, ImageId, Inventory, Item, StoreKind};
use unmoor::rules::{Answer, Change, Doubt, Effect, Freed, Removal, World, container, relist, remove_image};

use super::case::Request;
use super::observe::Observer;
use super::podman;
use super::stage::Stage;
use super::unpredictable::{self, Facts};

/// How long the containerd store may take to collect its garbage.
const GARBAGE_COLLECTED: Duration = Duration::from_secs(30);

/// How a request compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Agreed,
    /// It differs within the bounds of these named unpredictabilities.
    Unpredictable(Vec<&'static str>),
    Missed(String),
    /// It needs something that was never made.
    LeftOut,
}

/// A row of a listing, without what passes with time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub what: String,
    /// Images: the one it was built on.
    pub parent: Option<ImageId>,
    /// Containers: the image as it is shown.
    pub shown: String,
}

pub type Rows = BTreeMap<String, Row>;

/// What the rules say, or what was seen, in the same form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// More than one if the rules leave it open.
    pub statuses: Vec<u16>,
    /// Any of these; none if words do not matter.
    pub messages: Vec<String>,
    pub items: Vec<Item>,
    pub rows: Rows,
    /// By how much what the engine counts shrinks.
    pub freed: Shrinks,
}

/// Bytes by which `LayersSize` falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shrinks {
    By(i128),
    AtLeastBy(i128),
    NotMeasured,
}

impl Shrinks {
    /// Whether what was seen is what was said.
    fn allows(self, seen: Self) -> bool {
        match (self, seen) {
            (Self::By(said), Self::By(was)) => said == was,
            (Self::AtLeastBy(said), Self::By(was)) => said <= was,
            (Self::NotMeasured, _) | (_, Self::NotMeasured | Self::AtLeastBy(_)) => true,
        }
    }
}

struct Prediction {
    outcome: Outcome,
    doubt: Option<Doubt>,
    /// The rules say that they cannot tell, and why.
    unknown: Option<String>,
    world: World,
}

/// What came of one request.
pub struct Checked {
    pub verdict: Verdict,
    /// The engine's; 0 if it was not asked.
    pub status: u16,
    /// What the engine shows afterwards.
    pub after: Arc<Graph>,
}

/// Predicts, does and compares.
pub fn check(stage: &Stage<'_>, observer: &Observer, before: &Arc<Graph>, request: &Request) -> Checked {
    let Some(request) = stage.rendered_request(request) else {
        return Checked { verdict: Verdict::LeftOut, status: 0, after: Arc::clone(before) };
    };
    let predicted = predict(before, &request);
    let hidden = unpredictable::hidden_records(stage, before);
    let strays = unpredictable::strays(stage, before);
    let measured = matches!(request, Request::Remove { .. });
    let size_before = measured.then(|| layers_size(stage));
    let answer = stage.ask(&request);
    let freed = size_before.map_or(Shrinks::NotMeasured, |size| shrunk(stage, size, predicted.outcome.freed));
    let after = observer.observe();
    let message = answer.body["message"].as_str().unwrap_or_default().to_owned();
    let mut seen = Outcome {
        statuses: vec![answer.status],
        messages: vec![message],
        items: items(&answer.body),
        rows: rows(after.inventory()),
        freed,
    };
    if stage.engine.kind.is_podman() {
        podman::in_no_order(&mut seen);
    }
    let compare = |predicted: Prediction, before: &Graph| {
        let Prediction { mut outcome, doubt, unknown, world } = predicted;
        let facts = Facts {
            before,
            world: &world,
            request: &request,
            doubt,
            unknown: unknown.as_deref(),
            hidden,
            saved: stage.leaks(),
            strays: strays.clone(),
        };
        let fitted = unpredictable::fit(&facts, &mut outcome, &seen);
        match differences(&outcome, &seen) {
            text if !text.is_empty() => Verdict::Missed(text),
            _ if fitted.is_empty() => Verdict::Agreed,
            _ => Verdict::Unpredictable(fitted),
        }
    };
    let verdict = match compare(predicted, before) {
        Verdict::Missed(text) => match unpredictable::with_true_mounts(stage, before) {
            // Whether that was the reason, the rules say themselves once they are told.
            Some(truth) => match compare(predict(&truth, &request), &truth) {
                Verdict::Missed(_) | Verdict::LeftOut => Verdict::Missed(text),
                Verdict::Agreed | Verdict::Unpredictable(_) => {
                    Verdict::Unpredictable(vec![unpredictable::MOUNT])
                }
            },
            None => Verdict::Missed(text),
        },
        verdict @ (Verdict::Agreed | Verdict::Unpredictable(_) | Verdict::LeftOut) => verdict,
    };
    Checked { verdict, status: answer.status, after }
}

fn predict(before: &Arc<Graph>, request: &Request) -> Prediction {
    let mut world = World::new(Arc::clone(before));
    let mut unknown = None;
    let (statuses, messages, effect) = match request {
        Request::Remove { target, force, noprune } => {
            let removal = Removal { target: target.clone(), force: *force, prune: !noprune };
            match remove_image(&world, &removal) {
                Answer::Done(effect) => (vec![200], Vec::new(), effect),
                // Matches no answer, and is excused on Podman only.
                Answer::Unknown(why) => {
                    unknown = Some(why.clone());
                    (Vec::new(), vec![why], nothing())
                }
                Answer::Refused(refusal) | Answer::NotFound(refusal) => {
                    (vec![refusal.status], refusal.messages, nothing())
                }
            }
        }
        Request::RemoveContainer { target, force } => match container::find(&world, target) {
            container::Found::One(ix) => match container::remove(&world, ix, target, *force) {
                Ok(changes) => (vec![204], Vec::new(), Effect::of_container(changes)),
                Err(refusal) => (vec![refusal.status], refusal.messages, nothing()),
            },
            container::Found::None => {
                let refusal = container::missing(&world, target);
                (vec![refusal.status], refusal.messages, nothing())
            }
            // The program sends full IDs only; that this is refused is all it relies on.
            container::Found::Several(_) => (vec![400, 500], Vec::new(), nothing()),
        },
        Request::Stop { container } => match container::find(&world, container) {
            container::Found::One(ix) => match container::stop_refusal(&world, ix) {
                Some(refusal) => (vec![refusal.status], refusal.messages, nothing()),
                None => (vec![204, 304], Vec::new(), Effect::of_container(container::stop(&world, ix))),
            },
            container::Found::None | container::Found::Several(_) => (vec![404], Vec::new(), nothing()),
        },
        Request::Tag { of, name } => match tagged(&world, of, name) {
            Some(change) => (vec![201], Vec::new(), Effect::of_container(vec![change])),
            None => (vec![404, 400], Vec::new(), nothing()),
        },
    };
    effect.changes.iter().for_each(|change| world.apply(change));
    let freed = match request {
        Request::Remove { .. } => shrinks(&effect, world.engine().store),
        Request::RemoveContainer { .. } | Request::Stop { .. } | Request::Tag { .. } => Shrinks::NotMeasured,
    };
    let outcome = Outcome { statuses, messages, items: effect.items, rows: rows(&relist(&world)), freed };
    let mut prediction = Prediction { outcome, doubt: effect.doubt, unknown, world };
    if prediction.world.engine().store == StoreKind::Podman {
        podman::in_no_order(&mut prediction.outcome);
    }
    prediction
}

fn tagged(world: &World, of: &str, name: &str) -> Option<Change> {
    let image = ImageId::parse(of).ok().filter(|id| world.find_image(id).is_some())?;
    Some(Change::ReferenceAdded(image, unmoor::model::Reference::parse(name).ok()?.or_latest()))
}

fn nothing() -> Effect {
    Effect { freed: Freed::default(), ..Effect::of_container(Vec::new()) }
}

/// What `LayersSize` falls by: what is freed, and on the classic store the layers that only containers keep,
/// which it stops counting with the last image (moby `daemon/images/service.go`, `LayerDiskUsage`).
fn shrinks(effect: &Effect, store: StoreKind) -> Shrinks {
    let mut sum = i128::from(effect.freed.at_least().0);
    let mut exact = effect.freed.doubt().is_none();
    if store == StoreKind::Classic {
        for layer in effect.kept.iter().filter(|l| !l.needed_by.iter().any(|id| id.starts_with("sha256:"))) {
            match layer.bytes {
                Some(bytes) => sum += i128::from(bytes.0),
                None => exact = false,
            }
        }
    }
    if exact { Shrinks::By(sum) } else { Shrinks::AtLeastBy(sum) }
}

/// By how much `LayersSize` has fallen. The containerd store counts until its garbage is collected.
fn shrunk(stage: &Stage<'_>, before: i128, predicted: Shrinks) -> Shrinks {
    let deadline = Instant::now() + GARBAGE_COLLECTED;
    loop {
        let seen = Shrinks::By(before - layers_size(stage));
        let may_change = stage.engine.kind.has_containerd_store() && Instant::now() < deadline;
        if predicted.allows(seen) || !may_change {
            return seen;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn layers_size(stage: &Stage<'_>) -> i128 {
    // 20.10 does not know the type and measures everything.
    let usage = stage.engine.get("/system/df?type=image").ok().body;
    let size = usage["LayersSize"].as_i64().unwrap_or_else(|| panic!("no LayersSize in {usage}"));
    i128::from(size)
}

fn items(body: &serde_json::Value) -> Vec<Item> {
    let lines = body.as_array().map_or(&[][..], Vec::as_slice);
    let item = |line: &serde_json::Value| match (line["Untagged"].as_str(), line["Deleted"].as_str()) {
        (Some(name), None) => Item::Untagged(name.to_owned()),
        (None, Some(id)) => Item::Deleted(id.to_owned()),
        _ => panic!("neither untagged nor deleted: {line}"),
    };
    lines.iter().map(item).collect()
}

/// What a listing shows. Digest references that are only computed follow from the names.
pub fn rows(inventory: &Inventory) -> Rows {
    let images = inventory.images.seen().iter().map(|image| {
        // The classic store forgets a parent that is gone; the containerd store's label stays.
        let what = format!("image {:?}", image.references);
        (image.id.to_string(), Row { what, parent: image.parent.clone(), shown: String::new() })
    });
    let containers = inventory.containers.seen().iter().map(|container| {
        let what =
            format!("container {} of {} {:?}", container.name, container.image.short(), container.state);
        (container.id.to_string(), Row { what, parent: None, shown: container.image_shown.clone() })
    });
    assert!(inventory.is_complete(), "{:?}", inventory.incomplete_because());
    images.chain(containers).collect()
}

/// What differs, for a person to read; empty if nothing does.
fn differences(predicted: &Outcome, seen: &Outcome) -> String {
    let mut lines = Vec::new();
    let message = &seen.messages[0];
    if !predicted.statuses.contains(&seen.statuses[0]) {
        let (said, was) = (&predicted.statuses, seen.statuses[0]);
        lines.push(format!("status: predicted {said:?} {:?}, was {was} {message:?}", predicted.messages));
    } else if !predicted.messages.is_empty() && !predicted.messages.contains(message) {
        lines.push(format!("message: predicted {:?}, was {message:?}", predicted.messages));
    }
    if predicted.items != seen.items {
        lines.push(format!("lines: predicted {:#?}, were {:#?}", predicted.items, seen.items));
    }
    for (id, row) in &predicted.rows {
        match seen.rows.get(id) {
            Some(same) if same == row => {}
            Some(other) => lines.push(format!("afterwards {id}: predicted {row:?}, was {other:?}")),
            None => lines.push(format!("afterwards {id}: predicted {row:?}, is gone")),
        }
    }
    for (id, row) in seen.rows.iter().filter(|(id, _)| !predicted.rows.contains_key(*id)) {
        lines.push(format!("afterwards {id}: predicted to be gone, is {row:?}"));
    }
    if !predicted.freed.allows(seen.freed) {
        lines.push(format!("freed: predicted {:?}, was {:?}", predicted.freed, seen.freed));
    }
    lines.join("\n")
}
