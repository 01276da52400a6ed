//! Docker's containerd store: how it deletes, step by step.
//!
//! Follows moby `daemon/containerd/image_delete.go` as of v28.5.2 (the same in 29.7). An image is
//! nothing but its records; the digest references it shows are mostly computed, not stored.

use super::classic::{running, stopped, users_and_mounts};
use super::conflict::{self, Refusal};
use super::effect::{Effect, Recorder};
use super::removal::Removal;
use super::resolve::{Resolved, is_id_form};
use super::world::World;
use crate::model::{ImageId, ImageIx, Reference};

/// The soft refusals that this request still honours.
#[derive(Clone, Copy)]
struct Soft {
    several_names: bool,
    stopped: bool,
}

/// Follows a removal of something that was found.
pub fn remove(world: &World, resolved: &Resolved, removal: &Removal) -> Result<Effect, Refusal> {
    if let Some(refusal) = refusals(world, resolved, removal).into_iter().next() {
        return Err(refusal);
    }
    let mut run = Recorder::new(world);
    let ix = resolved.image;
    match course(world, resolved, removal) {
        Course::Untag(names) => untag(&mut run, ix, &names),
        // With its last record the image would be lost to garbage collection under the container, so
        // the store keeps it as a dangling one. Other records of the repository stay.
        Course::NameInUse(name) => untag(&mut run, ix, &[name]),
        Course::DeleteAll(soft) => delete_all(&mut run, ix, soft, removal.prune),
    }
    Ok(run.finish())
}

/// What a request comes down to once it is known what it names.
enum Course {
    /// Only these records go; nothing is checked.
    Untag(Vec<Reference>),
    /// Its only name, or all of them, while a container uses the image.
    NameInUse(Reference),
    DeleteAll(Soft),
}

fn course(world: &World, resolved: &Resolved, removal: &Removal) -> Course {
    let ix = resolved.image;
    let all = world.references(ix);
    let mut soft = Soft { several_names: !removal.force, stopped: !removal.force };
    let id_form = world.image(ix).is_some_and(|i| is_id_form(&i.id, &removal.target));
    if !resolved.stored {
        let same = same_name(resolved.name.as_ref(), all);
        if same.len() == all.len() {
            soft.several_names = false;
        } else if resolved.name.is_some() {
            return Course::Untag(same);
        }
        return Course::DeleteAll(soft);
    }
    let Some(name) = resolved.name.as_ref().filter(|_| !id_form) else { return Course::DeleteAll(soft) };
    let same = same_name(Some(name), all);
    if same.len() != all.len() {
        return Course::Untag(same);
    }
    if all.len() > 1 {
        soft.several_names = false;
    }
    if users_and_mounts(world, ix).is_empty() {
        Course::DeleteAll(soft)
    } else {
        Course::NameInUse(name.clone())
    }
}

/// Every refusal that the request runs into, in the order the engine checks; the first is its answer.
pub fn refusals(world: &World, resolved: &Resolved, removal: &Removal) -> Vec<Refusal> {
    let ix = resolved.image;
    let Some(image) = world.image(ix) else { return Vec::new() };
    match course(world, resolved, removal) {
        Course::Untag(_) => Vec::new(),
        Course::NameInUse(_) if removal.force => Vec::new(),
        Course::NameInUse(name) => {
            vec![conflict::name_in_use_containerd(&name, image, &users_and_mounts(world, ix))]
        }
        Course::DeleteAll(soft) => {
            let mut found: Vec<_> = running(world, ix, image).into_iter().collect();
            found.extend(soft.stopped.then(|| stopped(world, ix, image)).flatten());
            if soft.several_names && world.references(ix).len() > 1 {
                found.push(conflict::several_names(world.engine(), image));
            }
            found
        }
    }
}

/// The records that go along with a name: those of its repository and, where it has a tag, of that tag;
/// bare digests too where no other tag of the repository is left. Without a name, the first record's
/// repository and tag decide.
pub fn same_name(name: Option<&Reference>, records: &[Reference]) -> Vec<Reference> {
    let Some(name) = name.or(records.first()) else { return Vec::new() };
    let in_repository = || records.iter().filter(|r| r.repository() == name.repository());
    let Some(tag) = name.tag() else { return in_repository().cloned().collect() };
    let other_tags = in_repository().any(|r| r.tag().is_some_and(|t| t != tag));
    in_repository().filter(|r| r.tag() == Some(tag) || (r.tag().is_none() && !other_tags)).cloned().collect()
}

fn untag(run: &mut Recorder, ix: ImageIx, names: &[Reference]) {
    for name in names {
        run.untag(ix, name, name.familiar());
    }
}

fn delete_all(run: &mut Recorder, ix: ImageIx, soft: Soft, prune: bool) {
    let world = &run.world;
    let Some(image) = world.image(ix) else { return };
    let id = image.id.clone();
    let names = world.references(ix).to_vec();
    let parents = if prune { parents_to_prune(world, ix) } else { Vec::new() };
    let kept_for_children = names.len() == 1 && soft.several_names && world.children(&id).next().is_some();
    untag(run, ix, &names);
    if kept_for_children {
        // A dangling record takes the name's place, and yet the engine reports the image as deleted.
        run.report_deleted(id.as_str());
    } else {
        run.delete_image(ix);
    }
    for parent in parents {
        let dangling = run.world.references(parent).is_empty();
        let used = run.world.users(parent).next().is_some();
        // `> 1` is the engine's own slip: it looks at the records of the image, not of the parent.
        if !dangling || used || names.len() > 1 {
            break;
        }
        run.delete_image(parent);
    }
}

/// The ancestors, nearest first; none at all if one of them is missing.
fn parents_to_prune(world: &World, ix: ImageIx) -> Vec<ImageIx> {
    let parent_of = |ix: ImageIx| -> Option<&ImageId> { world.image(ix)?.parent.as_ref() };
    let mut parents: Vec<ImageIx> = Vec::new();
    let mut next = parent_of(ix);
    while let Some(id) = next {
        match world.find_image(id) {
            Some(parent) if !parents.contains(&parent) => parents.push(parent),
            _ => return Vec::new(),
        }
        next = parents.last().and_then(|p| parent_of(*p));
    }
    parents
}
