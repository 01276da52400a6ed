//! Which image was built on which, as Podman works it out.
//!
//! Podman keeps no parents: an image is the child of another if its layers begin with the other's and its
//! history is the other's and one step more (libimage `oci.go`, `areParentAndChild`). Of several such
//! parents, twins with the same layers and the same history, a listing names the one that came into the
//! store first (`layer_tree.go`, `parent`), and each of them has the child. Where histories were not read,
//! images with the same layers and the same age may or may not be twins.

use crate::model::{Graph, Image, ImageIx};
use crate::rules::world::World;

/// Chains of parents longer than this are not followed: no build has so many steps.
const LONGEST_FAMILY: usize = 1_000;

/// Whether some image was built on this one; `None` if that cannot be told.
pub fn has_children(world: &World, ix: ImageIx) -> Option<bool> {
    let graph = world.graph();
    let image = graph.image(ix)?;
    let child_of = |parent: &Image| world.children(&parent.id).any(|child| child != ix);
    if child_of(image) {
        return Some(true);
    }
    let mut unclear = false;
    for (twin, kinship) in twins(graph, ix) {
        if graph.image(twin).is_some_and(child_of) {
            match kinship {
                Kinship::Twin => return Some(true),
                Kinship::Unclear => unclear = true,
            }
        }
    }
    (!unclear).then_some(false)
}

/// The image that this one, gone or not, was built on, and that is still there. `None` if that cannot be
/// told, `Some(None)` if there is none.
pub fn parent(world: &World, ix: ImageIx) -> Option<Option<ImageIx>> {
    let graph = world.graph();
    let Some(parent) = graph.image(ix).and_then(|i| i.parent.as_ref()).and_then(|id| graph.find_image(id))
    else {
        return Some(None);
    };
    if world.image(parent).is_some() {
        return Some(Some(parent));
    }
    // With its parent gone, the parent's twin takes the place.
    let left: Vec<_> =
        twins(graph, parent).filter(|(twin, _)| *twin != ix && world.image(*twin).is_some()).collect();
    match left.as_slice() {
        [] => Some(None),
        [(twin, Kinship::Twin)] => Some(Some(*twin)),
        _ => None,
    }
}

/// Whether two images have the same layers and history, as far as they were read: Podman cannot tell which of
/// them another was built on, and shows the one that came first.
pub fn are_twins(graph: &Graph, one: ImageIx, other: ImageIx) -> bool {
    one == other || kinship(graph, one, other).is_some()
}

/// How certain it is that two images have the same layers and history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kinship {
    Twin,
    /// Not all of it was read.
    Unclear,
}

/// Images, gone or not, that have, or may have, the same layers and history as this one.
fn twins(graph: &Graph, ix: ImageIx) -> impl Iterator<Item = (ImageIx, Kinship)> + '_ {
    let candidates: Vec<ImageIx> = match graph.top(ix) {
        Some(top) => [graph.images_topped_by(top), graph.images_with_unread_layers()].concat(),
        // It has no layers, or they are not known.
        None => (0..u32::try_from(graph.images().len()).unwrap_or(u32::MAX)).map(ImageIx).collect(),
    };
    candidates.into_iter().filter(move |other| *other != ix).filter_map(move |other| {
        let kinship = kinship(graph, ix, other)?;
        Some((other, kinship))
    })
}

fn kinship(graph: &Graph, one: ImageIx, other: ImageIx) -> Option<Kinship> {
    let layers = |ix| graph.image(ix).is_some_and(|i| i.layers.known().is_some());
    if layers(one) && layers(other) && graph.top(one) != graph.top(other) {
        return None;
    }
    let history = |ix| graph.image(ix).and_then(|i| i.history.as_ref());
    if let (Some(one), Some(other)) = (history(one), history(other)) {
        return (one == other).then_some(Kinship::Twin);
    }
    let may_be = same_age(graph, one, other) && !descends(graph, one, other) && !descends(graph, other, one);
    may_be.then_some(Kinship::Unclear)
}

fn same_age(graph: &Graph, one: ImageIx, other: ImageIx) -> bool {
    let created = |ix| graph.image(ix).and_then(|i| i.created);
    match (created(one), created(other)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}

fn descends(graph: &Graph, young: ImageIx, old: ImageIx) -> bool {
    let parent = |ix: &ImageIx| graph.image(*ix)?.parent.as_ref().and_then(|id| graph.find_image(id));
    std::iter::successors(Some(young), parent).take(LONGEST_FAMILY).any(|ix| ix == old)
}
