//! What no listing of Podman shows, each with its bound, as in `unpredictable.rs`; and the orders that mean
//! nothing there.

use std::collections::BTreeSet;

use unmoor::model::{ContainerState, Graph, ImageId, ImageIx, Item, Reference};
use unmoor::rules::podman::are_twins;

use super::case::Request;
use super::check::{Outcome, Row, Shrinks};
use super::unpredictable::Facts;

pub const PARENT: &str = "Podman: which of several equal parents is shown";
pub const SHORT_NAME: &str = "Podman: a short name that may stand for several";
pub const PART: &str = "Podman: which containers go before force comes to one that runs";
pub const PARENT_IN_USE: &str = "Podman: an image goes, and the answer is about its parent";
pub const MOUNT_GONE: &str = "Podman: a container whose mounted image is gone";

/// Names are told in the order they were given, which is not kept here.
pub fn in_no_order(outcome: &mut Outcome) {
    let name = |item: &Item| match item {
        Item::Untagged(name) => Some(name.clone()),
        Item::Deleted(_) => None,
    };
    // Those of images come first, in an order that does mean something.
    outcome.items.sort_by_key(name);
    for message in &mut outcome.messages {
        let Some((before, rest)) = message.split_once("([") else { continue };
        let Some((list, after)) = rest.split_once("])") else { continue };
        let mut names: Vec<_> = list.split(' ').collect();
        names.sort_unstable();
        *message = format!("{before}([{}]){after}", names.join(" "));
    }
}

pub fn fit(facts: &Facts<'_>, predicted: &mut Outcome, seen: &Outcome) -> Vec<&'static str> {
    let mut used = Vec::new();
    if let Some(why) = facts.unknown {
        used.extend(within_what_is_unknown(facts, why, predicted, seen));
    }
    if mounted_image_gone(facts, predicted, seen) {
        used.push(MOUNT_GONE);
    }
    if equal_parent(facts, predicted, seen) {
        used.push(PARENT);
    }
    used
}

/// The rules name what they do not know; only that may happen.
fn within_what_is_unknown(
    facts: &Facts<'_>,
    why: &str,
    predicted: &mut Outcome,
    seen: &Outcome,
) -> Option<&'static str> {
    let Request::Remove { target, force, .. } = facts.request else { return None };
    let message = &seen.messages[0];
    let touched = touched(predicted, seen);
    let only = |images: &BTreeSet<String>| touched.iter().all(|id| images.contains(id));
    let stopped = |graph: &Graph| -> BTreeSet<String> {
        let of_those = graph.containers().iter().filter(|c| !c.state.counts_as_running());
        of_those.map(|c| c.id.to_string()).collect()
    };
    let (name, fits) = if why.starts_with("some containers of this image run") {
        let refused =
            seen.statuses == [409] && message.contains("could not be removed: cannot remove container");
        (PART, *force && refused && only(&stopped(facts.before)))
    } else if why.contains("then answer with an error, because a container uses") {
        let refused = seen.statuses == [409] && message.contains("in use by a container");
        let partly = match seen.statuses.as_slice() {
            [409] => message.contains("cannot remove container"),
            // One of those containers has an image mounted that is gone.
            [404 | 500] => message.contains("could not be removed: cleaning up container"),
            _ => false,
        };
        let mut may = family(facts.before, &by_any_name(facts.before, target));
        may.extend(stopped(facts.before));
        (PARENT_IN_USE, (refused || (*force && partly)) && only(&may))
    } else if why.starts_with("this short name may stand for")
        || why.starts_with("this is a name and the beginning of another image's ID")
    {
        let mut may = family(facts.before, &by_any_name(facts.before, target));
        if *force {
            may.extend(stopped(facts.before));
        }
        let statuses = if touched.is_empty() { vec![200, 404, 409, 500] } else { vec![200, 409] };
        (SHORT_NAME, statuses.contains(&seen.statuses[0]) && only(&may))
    } else if why.contains("has an image mounted that is gone") {
        let failed = message.contains("could not be removed: cleaning up container")
            || message.contains("could not be removed: cannot remove container");
        let refused = [404, 409, 500].contains(&seen.statuses[0]) && failed;
        let all = facts.before.containers().iter().map(|c| c.id.to_string()).collect();
        (MOUNT_GONE, *force && refused && only(&all))
    } else {
        return None;
    };
    fits.then(|| {
        predicted.clone_from(seen);
        predicted.freed = Shrinks::NotMeasured;
        name
    })
}

/// Rows that are gone or different, but for the parent they show.
fn touched(predicted: &Outcome, seen: &Outcome) -> BTreeSet<String> {
    let same = |a: &Row, b: &Row| a.what == b.what && a.shown == b.shown;
    let all = predicted.rows.keys().chain(seen.rows.keys());
    let differs = |id: &&String| match (predicted.rows.get(*id), seen.rows.get(*id)) {
        (Some(a), Some(b)) => !same(a, b),
        _ => true,
    };
    all.filter(differs).cloned().collect()
}

/// The images that a target could mean by the last part of a name, or by the beginning of an ID.
fn by_any_name(graph: &Graph, target: &str) -> Vec<ImageIx> {
    let bare = target.split('@').next().unwrap_or(target);
    let bare = match bare.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => bare,
    };
    let named =
        |name: &Reference| name.repository().full().ends_with(bare) || name.familiar().starts_with(bare);
    let all = graph.images().iter().enumerate();
    let meant = all.filter(|(_, image)| {
        image.references.iter().chain(&image.computed_digests).any(named)
            || image.id.hex().starts_with(target.trim_start_matches("sha256:"))
    });
    meant.map(|(position, _)| ImageIx(u32::try_from(position).unwrap())).collect()
}

/// These images and all their ancestors, with their twins.
fn family(graph: &Graph, images: &[ImageIx]) -> BTreeSet<String> {
    let count = u32::try_from(graph.images().len()).unwrap();
    let mut found: BTreeSet<ImageIx> = BTreeSet::new();
    let mut open = images.to_vec();
    while let Some(ix) = open.pop() {
        if !found.insert(ix) {
            continue;
        }
        let parent = graph.image(ix).and_then(|i| i.parent.as_ref()).and_then(|id| graph.find_image(id));
        if let Some(parent) = parent {
            open.extend((0..count).map(ImageIx).filter(|twin| are_twins(graph, parent, *twin)));
        }
    }
    found.into_iter().filter_map(|ix| graph.image(ix)).map(|image| image.id.to_string()).collect()
}

/// The engine unmounts an image by the name it was mounted by, whatever that leads to by now: where that
/// fails, a container goes, or stops, and the answer is an error.
fn mounted_image_gone(facts: &Facts<'_>, predicted: &mut Outcome, seen: &Outcome) -> bool {
    let has_mount = |id: &str| {
        let with = |c: &&unmoor::model::Container| c.id.as_str() == id && !c.image_mounts.is_empty();
        facts.before.containers().iter().find(with).is_some()
    };
    let about_container = matches!(facts.request, Request::RemoveContainer { .. } | Request::Stop { .. });
    let message = &seen.messages[0];
    let about_mount = message.contains("image not known") || message.contains("layer not known");
    if !about_container || seen.statuses != [500] || predicted.statuses == [500] || !about_mount {
        return false;
    }
    let all = facts.before.containers().iter();
    let names_one = all.filter(|c| has_mount(c.id.as_str()));
    let told = names_one.filter(|c| {
        message.contains(c.id.as_str()) || c.image_mounts.iter().any(|m| message.contains(&m.source))
    });
    if told.count() == 0 || !touched(predicted, seen).iter().all(|id| has_mount(id)) {
        return false;
    }
    predicted.statuses.clone_from(&seen.statuses);
    predicted.messages.clear();
    predicted.rows.clone_from(&seen.rows);
    true
}

/// Of several images with the same layers and history, the one that came first is shown as the parent.
fn equal_parent(facts: &Facts<'_>, predicted: &mut Outcome, seen: &Outcome) -> bool {
    let graph = facts.before;
    let ix = |id: &ImageId| graph.find_image(id);
    let mut used = false;
    for (id, row) in &mut predicted.rows {
        let Some(now) = seen.rows.get(id).filter(|now| now.parent != row.parent) else { continue };
        let own = ImageId::parse(id).ok().and_then(|id| graph.image(ix(&id)?));
        let before = own.and_then(|image| ix(image.parent.as_ref()?));
        let shown = now.parent.as_ref().and_then(ix);
        let equal = before.zip(shown).is_some_and(|(before, shown)| are_twins(graph, before, shown));
        if equal {
            row.parent.clone_from(&now.parent);
            used = true;
        }
    }
    used
}

#[test]
fn names_are_compared_in_no_order() {
    let mut outcome = Outcome {
        statuses: vec![500],
        messages: vec!["tags ([b a]): force".to_owned()],
        items: vec![
            Item::Deleted("z".to_owned()),
            Item::Untagged("b".to_owned()),
            Item::Untagged("a".to_owned()),
        ],
        rows: super::check::Rows::new(),
        freed: Shrinks::NotMeasured,
    };
    in_no_order(&mut outcome);
    assert_eq!(outcome.messages, ["tags ([a b]): force"]);
    let names = ["a", "b"].map(|name| Item::Untagged(name.to_owned()));
    assert_eq!(outcome.items[1..], names);
    assert_eq!(ContainerState::parse("stopped"), ContainerState::Exited);
}
