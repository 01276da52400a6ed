//! What no listing shows and so no rule can foresee: a closed list. Each entry may change a prediction only
//! within its own bound; what then still differs is a miss. `README.md` says the same in words.

use std::collections::BTreeSet;
use std::sync::Arc;

use unmoor::model::{Graph, Image, ImageId, Item, StoreKind};
use unmoor::rules::resolve::look_up;
use unmoor::rules::{Doubt, World};

use super::case::Request;
use super::check::{Outcome, Shrinks};
use super::podman;
use super::stage::Stage;

pub const CACHE: &str = "layer lines: the build cache may hold a layer";
pub const LOST_IMAGE: &str = "layer lines: a container's image is gone, its layers are not known";
pub const SAVED: &str = "layer lines: saving images together leaked a layer";
pub const HIDDEN: &str = "a hidden dangling record on the containerd store";
pub const LABEL: &str = "records of one image that differ in their parent label";
pub const SHOWN: &str = "a container shows the name again that it was created with";
pub const MOUNT: &str = "an image mount by a name that has moved";

/// What is known beside the two outcomes.
pub struct Facts<'a> {
    pub before: &'a Graph,
    /// As predicted.
    pub world: &'a World,
    pub request: &'a Request,
    pub doubt: Option<Doubt>,
    /// The rules say that they cannot tell, and why.
    pub unknown: Option<&'a str>,
    /// Records exist that no list shows.
    pub hidden: bool,
    pub saved: bool,
    /// Images of which records may differ in their parent label, those parents and their ancestors.
    pub strays: BTreeSet<ImageId>,
}

/// Moves the prediction towards what was seen as far as the bounds allow; returns what was made use of.
pub fn fit(facts: &Facts<'_>, predicted: &mut Outcome, seen: &Outcome) -> Vec<&'static str> {
    let mut used = Vec::new();
    let cause = match facts.doubt {
        Some(Doubt::BuildCache) => Some(CACHE),
        Some(Doubt::ContainerWithoutImage) => Some(LOST_IMAGE),
        _ if facts.saved => Some(SAVED),
        _ => None,
    };
    if let Some(cause) = cause
        && predicted.items != seen.items
        && fewer_layers(facts.before, &predicted.items, &seen.items)
    {
        predicted.items.clone_from(&seen.items);
        used.push(cause);
    }
    let stay = predicted.rows.len();
    if facts.hidden && hidden_record(facts, predicted, seen) {
        used.push(HIDDEN);
    }
    if stray_label(&facts.strays, predicted, seen) {
        used.push(LABEL);
    }
    if predicted.rows.len() != stay {
        // What other images free was not predicted.
        predicted.freed = Shrinks::NotMeasured;
    }
    if shown_again(facts, predicted, seen) {
        used.push(SHOWN);
    }
    if facts.world.engine().store == StoreKind::Podman {
        used.extend(podman::fit(facts, predicted, seen));
    }
    used
}

/// The same lines but for layers, and of each image's layers a first part.
fn fewer_layers(before: &Graph, predicted: &[Item], seen: &[Item]) -> bool {
    let is_layer = |item: &Item| match item {
        Item::Deleted(id) => ImageId::parse(id).is_ok_and(|id| before.find_image(&id).is_none()),
        Item::Untagged(_) => false,
    };
    let mut left = seen;
    let mut rest = predicted;
    while let [next, after @ ..] = rest {
        match left {
            [same, seen_after @ ..] if same == next => (rest, left) = (after, seen_after),
            // The rest of this image's layers is missing.
            _ if is_layer(next) => rest = &rest[rest.iter().take_while(|item| is_layer(item)).count()..],
            _ => return false,
        }
    }
    left.is_empty()
}

/// Whether the containerd store holds more image records than its list shows.
pub fn hidden_records(stage: &Stage<'_>, before: &Graph) -> bool {
    if !stage.engine.kind.has_containerd_store() {
        return false;
    }
    let shown: usize = before.images().iter().map(|image| image.references.len().max(1)).sum();
    let records = stage.engine.get("/info").ok().body["Images"].as_u64().unwrap();
    records > u64::try_from(shown).unwrap()
}

/// A dangling record beside an image's names makes four differences: it is reported when it goes along,
/// parents are not pruned, no dangling copy is left for children, and a digest that no name of the image
/// matches leads to it alone.
fn hidden_record(facts: &Facts<'_>, predicted: &mut Outcome, seen: &Outcome) -> bool {
    let mut used = false;
    let extra = |item: &&Item| matches!(item, Item::Untagged(name) if name.starts_with("moby-dangling@"));
    if predicted.statuses == [404]
        && seen.statuses == [200]
        && matches!(seen.items.as_slice(), [only] if extra(&only))
    {
        predicted.statuses.clone_from(&seen.statuses);
        predicted.messages.clear();
        predicted.items.clone_from(&seen.items);
        return true;
    }
    if seen.items.iter().filter(extra).count() == 1 && !predicted.items.iter().any(|item| extra(&item)) {
        let position = seen.items.iter().position(|item| extra(&item)).unwrap();
        if position <= predicted.items.len() {
            predicted.items.insert(position, seen.items[position].clone());
            used = true;
        }
    }
    let deleted = |item: &Item| matches!(item, Item::Deleted(_));
    let first = predicted.items.iter().position(deleted);
    if let Some(first) = first
        && predicted.items.len() > first + 1
        && seen.items == predicted.items[..=first]
    {
        for item in predicted.items.split_off(first + 1) {
            let Item::Deleted(parent) = item else { continue };
            let Some(row) = super::check::rows(facts.before.inventory()).remove(&parent) else { continue };
            predicted.rows.insert(parent, row);
        }
        used = true;
    }
    if let Some(Item::Deleted(id)) = first.and_then(|first| predicted.items.get(first))
        && predicted.rows.contains_key(id)
        && !seen.rows.contains_key(id)
    {
        predicted.rows.remove(id);
        used = true;
    }
    used
}

/// A list takes the parent label of one record of an image. A record that a load has moved here keeps the
/// label of the image it left, and one that was pulled has none (28.5).
pub fn strays(stage: &Stage<'_>, before: &Graph) -> BTreeSet<ImageId> {
    let mut found = BTreeSet::new();
    if !stage.engine.kind.has_containerd_store() {
        return found;
    }
    let loaded = |image: &&Arc<Image>| stage.named_by_load.contains(image.id.as_str());
    for image in before.images().iter().filter(loaded) {
        // Inspecting tells the label if any record has one.
        let told = stage.engine.get(&format!("/images/{}/json", image.id)).body;
        let label = ImageId::parse(told["Parent"].as_str().unwrap_or_default()).ok();
        if label == image.parent && (label.is_none() || image.references.len() < 2) {
            continue;
        }
        found.insert(image.id.clone());
        let mut next = label.or_else(|| image.parent.clone());
        while let Some(id) = next.filter(|id| found.insert(id.clone())) {
            next = before.find_image(&id).and_then(|ix| before.image(ix)?.parent.clone());
        }
    }
    found
}

/// With such labels it may be those images, and no others, that are reported or not, stay or go, and show
/// another parent.
fn stray_label(strays: &BTreeSet<ImageId>, predicted: &mut Outcome, seen: &Outcome) -> bool {
    let mut used = false;
    let is_stray = |id: &str| ImageId::parse(id).is_ok_and(|id| strays.contains(&id));
    let about_others = |items: &[Item]| -> Vec<Item> {
        let other = |item: &&Item| !matches!(item, Item::Deleted(id) if is_stray(id));
        items.iter().filter(other).cloned().collect()
    };
    if predicted.items != seen.items && about_others(&predicted.items) == about_others(&seen.items) {
        predicted.items.clone_from(&seen.items);
        used = true;
    }
    for id in strays.iter().map(ToString::to_string) {
        if predicted.rows.get(&id) != seen.rows.get(&id) {
            predicted.rows.remove(&id);
            predicted.rows.extend(seen.rows.get(&id).map(|row| (id, row.clone())));
            used = true;
        }
    }
    used
}

/// A listing shows the text a container was created with only while that leads to its image; once it does
/// not, the text is not known, and it comes back when it leads there again.
fn shown_again(facts: &Facts<'_>, predicted: &mut Outcome, seen: &Outcome) -> bool {
    let mut used = false;
    for container in facts.before.containers() {
        let id = container.id.to_string();
        let (Some(row), Some(now)) = (predicted.rows.get_mut(&id), seen.rows.get(&id)) else { continue };
        if row.shown == now.shown || row.shown != container.image.to_string() {
            continue;
        }
        let leads_to = look_up(facts.world, &now.shown).and_then(|ix| facts.world.image(ix));
        if leads_to.is_some_and(|image| image.id == container.image) {
            row.shown.clone_from(&now.shown);
            used = true;
        }
    }
    used
}

/// The listing with the images that containers really have mounted; `None` if it tells them already.
pub fn with_true_mounts(stage: &Stage<'_>, before: &Graph) -> Option<Arc<Graph>> {
    let mut inventory = before.inventory().as_ref().clone();
    let mut differs = false;
    for container in inventory.containers.seen_mut() {
        let truth = stage.mounted.get(container.id.as_str()).map(|id| ImageId::parse(id).unwrap());
        for mount in &mut container.image_mounts {
            differs |= mount.image != truth;
            mount.image.clone_from(&truth);
        }
    }
    differs.then(|| Arc::new(Graph::new(Arc::new(inventory))))
}
