//! Docker's classic store (graph drivers): how it deletes, step by step.
//!
//! Follows moby `daemon/images/image_delete.go` as of v20.10.24 and v28.5.2, which differ only in
//! image mounts. Checked against both on random deletions.

use super::conflict::{self, Refusal};
use super::effect::{Effect, Recorder};
use super::removal::Removal;
use super::resolve::Resolved;
use super::world::World;
use crate::model::{Container, Image, ImageIx, Reference};

/// Follows a removal of something that was found.
pub fn remove(world: &World, resolved: &Resolved, removal: &Removal) -> Result<Effect, Refusal> {
    if let Some(refusal) = refusals(world, resolved, removal).into_iter().next() {
        return Err(refusal);
    }
    let mut run = Recorder::new(world);
    match &resolved.name {
        Some(name) => by_name(&mut run, resolved.image, name, removal),
        None => finish(&mut run, resolved.image, removal.force, removal.prune),
    }
    Ok(run.finish())
}

/// Whether all names may go along with the ID: one name, or digests of one repository with at most one
/// tag of the same (`isSingleReference`).
pub fn is_single(names: &[Reference]) -> bool {
    match names {
        [] => false,
        [_] => true,
        [first, rest @ ..] => {
            let tags = names.iter().filter(|n| n.digest().is_none()).count();
            tags <= 1 && tags < names.len() && rest.iter().all(|n| n.repository() == first.repository())
        }
    }
}

fn by_name(run: &mut Recorder, ix: ImageIx, name: &Reference, removal: &Removal) {
    run.untag(ix, name, line_for(&removal.target, name));
    if name.digest().is_none() {
        // The repository as it was asked for, not as it is stored: under `docker.io/registry.example/app`
        // the tag of `registry.example/app` is found, but not its digests (seen on 20.10 and 28.5).
        let asked = Reference::parse(&removal.target).unwrap_or_else(|_| name.clone());
        let same = |n: &&Reference| n.repository() == asked.repository();
        let left: Vec<_> = run.world.references(ix).iter().filter(same).cloned().collect();
        if left.iter().all(|n| n.digest().is_some()) {
            for digest in left {
                run.untag(ix, &digest, digest.familiar());
            }
        }
    }
    if run.world.references(ix).is_empty() {
        // The person got what they asked for, the name is gone; what holds the image back is no error.
        finish(run, ix, removal.force, removal.prune);
    }
}

/// The name as it was given, completed: a tag beside a digest is reported although it stays.
fn line_for(target: &str, name: &Reference) -> String {
    Reference::parse(target).map_or_else(|_| name.familiar(), |given| given.or_latest().familiar())
}

/// Deletes an image unless something holds it back: its names, itself, its freed layers, and then its
/// untagged parents.
fn finish(run: &mut Recorder, ix: ImageIx, force: bool, prune: bool) {
    let single = is_single(run.world.references(ix));
    if holding(&run.world, ix, single).iter().any(|r| !(force && r.forceable)) {
        return;
    }
    let parent = run.world.image(ix).and_then(|i| i.parent.clone());
    for name in run.world.references(ix).to_vec() {
        run.untag(ix, &name, name.familiar());
    }
    run.delete_image(ix);
    run.report_freed_layers(ix);
    if prune && let Some(parent) = parent.and_then(|id| run.world.find_image(&id)) {
        // A parent goes only if nothing at all refers to it, names of its own included.
        if run.world.references(parent).is_empty() {
            finish(run, parent, false, true);
        }
    }
}

/// Every refusal that the request runs into, in the order the engine checks; the first is its answer.
pub fn refusals(world: &World, resolved: &Resolved, removal: &Removal) -> Vec<Refusal> {
    let Some(image) = world.image(resolved.image) else { return Vec::new() };
    let single = is_single(world.references(resolved.image));
    if resolved.name.is_some() {
        let users = users_and_mounts(world, resolved.image);
        return if removal.force || !single || users.is_empty() {
            Vec::new()
        } else {
            vec![conflict::name_in_use_classic(&removal.target, image, &users)]
        };
    }
    let mut found = holding(world, resolved.image, single);
    found.retain(|r| !(removal.force && r.forceable));
    found
}

/// Everything that holds an image back, in the engine's order (`checkImageDeleteConflict`).
/// `names_may_go`: its names go along with it.
fn holding(world: &World, ix: ImageIx, names_may_go: bool) -> Vec<Refusal> {
    let Some(image) = world.image(ix) else { return Vec::new() };
    let mut found = Vec::new();
    if world.children(&image.id).next().is_some() {
        found.push(conflict::children(image));
    }
    found.extend(running(world, ix, image));
    if !names_may_go && !world.references(ix).is_empty() {
        found.push(conflict::several_names(world.engine(), image));
    }
    found.extend(stopped(world, ix, image));
    found
}

/// The refusal for containers that run from an image; both stores know it.
pub(super) fn running(world: &World, ix: ImageIx, image: &Image) -> Option<Refusal> {
    let running = users(world, ix, true);
    (!running.is_empty()).then(|| conflict::running(image, &running))
}

/// The refusal for stopped containers created from an image; both stores know it.
pub(super) fn stopped(world: &World, ix: ImageIx, image: &Image) -> Option<Refusal> {
    let stopped = users(world, ix, false);
    (!stopped.is_empty()).then(|| conflict::stopped(image, &stopped))
}

fn users(world: &World, ix: ImageIx, running: bool) -> Vec<&Container> {
    world.users(ix).filter(|(_, state)| state.counts_as_running() == running).map(|(c, _)| c).collect()
}

/// Containers in any state that were created from an image or have it mounted. Mounts count only
/// here, when its last name is to go (Docker 28).
pub(super) fn users_and_mounts(world: &World, ix: ImageIx) -> Vec<&Container> {
    let mut all: Vec<_> = world.users(ix).chain(world.mounted_by(ix)).map(|(c, _)| c).collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all.dedup_by(|a, b| a.id == b.id);
    all
}
