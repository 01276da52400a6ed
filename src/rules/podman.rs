//! Podman behind the Docker-compatible API: how it deletes, step by step.
//!
//! Follows libimage `image.go` (`removeRecursive`) and `layer_tree.go` (containers/common v0.50 to v0.67),
//! called by Podman `pkg/api/handlers/compat/images_remove.go`, v4.3.1 to v5.8.2. Checked against 4.3.1,
//! 5.4.2, 5.8.6 and 6.1.1.
//!
//! Containers of unfinished builds, and volumes made from an image, hold it like a container; a listing
//! counts them, but does not show them. What it does not tell at all, and no rule here can foresee: other
//! containers that need one which force would remove; manifest lists, whose members are not pruned since
//! 5.5.

mod family;
mod lookup;
pub(super) mod words;

pub use family::{are_twins, parent};
pub use lookup::lookup;

use super::conflict::{Cause, Refusal};
use super::effect::Recorder;
use super::removal::{Answer, Removal};
use super::resolve::{Resolution, Resolved};
use super::world::World;
use crate::model::{Container, ContainerId, ContainerState, ImageIx, Reference};

/// Before this, force killed running containers (`DisableForceRemoveContainers` came with 5.6.0).
const SPARES_RUNNING_SINCE: (u32, u32) = (5, 6);
/// Before this, `noprune` was read and ignored.
const NOPRUNE_SINCE: (u32, u32) = (4, 6);

const TAKES_A_POD: &str = "a container of this image belongs to a pod; force removes the pod with all its \
                           containers, and which those are, the listing does not tell";
const STATE_NOT_KNOWN: &str = "a container of this image is in a state that is not known here";
const PART_OF_THE_CONTAINERS: &str = "some containers of this image run and some do not; force would remove an \
                                      unknown number of them before the engine refuses";
const UNLISTED: &str = "something that is not listed holds this image: a container of an unfinished build, or a \
                        volume made from the image";
const READ_ONLY: &str = "this image lies in a store that can only be read";
const PARENT_IN_USE: &str = "the engine would remove the image and then answer with an error, because a \
                             container uses its untagged parent; it is removed without an error if untagged \
                             parents are kept";
const MOUNT_GONE: &str = "a container of this image has an image mounted that is gone; force would remove an unknown \
                          number of containers before the engine fails on it";
const TWINS: &str = "another image has the same layers and the same age; which of the two an image was built on, \
                     the listing does not tell";

/// Follows a removal of something that was found.
pub fn remove(world: &World, resolved: &Resolved, removal: &Removal) -> Answer {
    let ix = resolved.image;
    match course(world, resolved, removal) {
        Course::Refuse(refusal) => Answer::Refused(refusal),
        Course::Untag(name) => {
            let mut run = Recorder::new(world);
            run.untag(ix, &name, name.full());
            Answer::Done(run.finish())
        }
        Course::Delete => match delete(world, ix, removal) {
            Ok(run) => Answer::Done(run.finish()),
            Err(Stop::Refused(refusals)) => refusals
                .into_iter()
                .next()
                .map_or_else(|| Answer::Unknown(STATE_NOT_KNOWN.to_owned()), Answer::Refused),
            Err(Stop::Unclear(why)) => Answer::Unknown(why.to_owned()),
        },
    }
}

/// Whether a removal of something that was found takes place, without all that comes of it; `None` if that cannot be
/// told.
pub fn takes_place(world: &World, resolved: &Resolved, removal: &Removal) -> Option<bool> {
    match course(world, resolved, removal) {
        Course::Refuse(_) => Some(false),
        Course::Untag(_) => Some(true),
        Course::Delete => match delete(world, resolved.image, removal) {
            Ok(_done) => Some(true),
            Err(Stop::Refused(refusals)) => (!refusals.is_empty()).then_some(false),
            Err(Stop::Unclear(_)) => None,
        },
    }
}

/// Every refusal that the request runs into, in the order the engine checks; the first is its answer.
pub fn refusals(world: &World, resolved: &Resolved, removal: &Removal) -> Vec<Refusal> {
    let mut found = Vec::new();
    match course(world, resolved, removal) {
        Course::Untag(_) => return found,
        Course::Refuse(refusal) if refusal.cause != Cause::Names => return vec![refusal],
        Course::Refuse(refusal) => found.push(refusal),
        Course::Delete => {}
    }
    match containers_in_the_way(world, resolved.image, removal) {
        Containers::Refuse(refusals) => found.extend(refusals),
        Containers::Part(refusal) => found.push(refusal),
        Containers::Taken(_) | Containers::Unclear(_) => {}
    }
    found
}

/// Why a container cannot be removed by itself, if it cannot.
pub fn container_refusal(container: &Container, state: ContainerState, force: bool) -> Option<Refusal> {
    if let Some(pod) = pod_of_infra(container) {
        return Some(words::container_of_pod(container, pod));
    }
    (state.counts_as_running() && !force).then(|| words::container_alive(container, state))
}

/// What a request comes down to once it is known what it names.
enum Course {
    /// Only this name goes; nothing is checked.
    Untag(Reference),
    Refuse(Refusal),
    Delete,
}

fn course(world: &World, resolved: &Resolved, removal: &Removal) -> Course {
    let names = world.references(resolved.image);
    let Some(image) = world.image(resolved.image) else { return Course::Delete };
    match &resolved.name {
        // The only name stands for the image, whatever it was found by: a digest, too.
        _ if names.len() == 1 => Course::Delete,
        Some(name) if names.contains(name) => Course::Untag(name.clone()),
        Some(name) => Course::Refuse(words::not_a_name(name)),
        None if names.len() > 1 && !removal.force => Course::Refuse(words::several_names(image, names)),
        None => Course::Delete,
    }
}

/// Why a deletion does not take place, or cannot be followed.
enum Stop {
    Refused(Vec<Refusal>),
    Unclear(&'static str),
}

/// Deletes an image, then its parents as long as they are untagged and nothing else was built on them.
fn delete(world: &World, ix: ImageIx, removal: &Removal) -> Result<Recorder, Stop> {
    let mut run = Recorder::new(world);
    let names = world.references(ix).to_vec();
    release(&mut run, ix, removal)?;
    let mut last = ix;
    delete_one(&mut run, ix)?;
    if removal.prune || world.engine().release() < NOPRUNE_SINCE {
        while let Some(parent) = family::parent(&run.world, last).ok_or(Stop::Unclear(TWINS))? {
            if !run.world.references(parent).is_empty() || has_children(&run.world, parent)? {
                break;
            }
            // The image is gone by now, and yet the engine answers with the error alone.
            release(&mut run, parent, removal).map_err(|stop| match stop {
                Stop::Refused(_) | Stop::Unclear(PART_OF_THE_CONTAINERS | MOUNT_GONE) => {
                    Stop::Unclear(PARENT_IN_USE)
                }
                Stop::Unclear(why) => Stop::Unclear(why),
            })?;
            delete_one(&mut run, parent)?;
            last = parent;
        }
    }
    for name in names {
        run.report_untagged(name.full());
    }
    Ok(run)
}

/// Removes an image, and reports it only if none was built on it: else its layers stay.
fn delete_one(run: &mut Recorder, ix: ImageIx) -> Result<(), Stop> {
    let reported = !has_children(&run.world, ix)?;
    let Some(hex) = run.world.image(ix).map(|i| i.id.hex().to_owned()) else { return Ok(()) };
    if reported {
        run.report_deleted(&hex);
    }
    for name in run.world.references(ix).to_vec() {
        run.drop_name(ix, &name);
    }
    run.drop_image(ix);
    Ok(())
}

fn has_children(world: &World, ix: ImageIx) -> Result<bool, Stop> {
    family::has_children(world, ix).ok_or(Stop::Unclear(TWINS))
}

/// Removes the containers of an image if the request is by force.
fn release(run: &mut Recorder, ix: ImageIx, removal: &Removal) -> Result<(), Stop> {
    match containers_in_the_way(&run.world, ix, removal) {
        Containers::Taken(taken) => {
            for id in taken {
                run.remove_container(id);
            }
            Ok(())
        }
        Containers::Refuse(refusals) => Err(Stop::Refused(refusals)),
        Containers::Part(_) => Err(Stop::Unclear(PART_OF_THE_CONTAINERS)),
        Containers::Unclear(why) => Err(Stop::Unclear(why)),
    }
}

/// What becomes of the containers of an image that is to be deleted.
enum Containers {
    /// Force removes all of them; there may be none.
    Taken(Vec<ContainerId>),
    Refuse(Vec<Refusal>),
    /// Force removes some, until it comes to one that runs.
    Part(Refusal),
    Unclear(&'static str),
}

fn containers_in_the_way(world: &World, ix: ImageIx, removal: &Removal) -> Containers {
    if world.image(ix).is_some_and(|i| i.read_only) {
        return Containers::Unclear(READ_ONLY);
    }
    if holds_unlisted(world, ix) {
        return Containers::Unclear(UNLISTED);
    }
    let users: Vec<_> = world.users(ix).collect();
    let Some(image) = world.image(ix).filter(|_| !users.is_empty()) else {
        return Containers::Taken(Vec::new());
    };
    let (running, stopped): (Vec<_>, Vec<_>) = users.iter().partition(|(_, state)| state.counts_as_running());
    let spares_running = world.engine().release() >= SPARES_RUNNING_SINCE;
    if !removal.force {
        return Containers::Refuse(in_use(&removal.target, &running, &stopped, spares_running));
    }
    if users.iter().any(|(container, _)| pod_of_infra(container).is_some()) {
        return Containers::Unclear(TAKES_A_POD);
    }
    if users.iter().any(|(_, state)| *state == ContainerState::Unknown) {
        return Containers::Unclear(STATE_NOT_KNOWN);
    }
    if users.iter().any(|(container, _)| lost_a_mount(world, container)) {
        return Containers::Unclear(MOUNT_GONE);
    }
    if !spares_running || running.is_empty() {
        return Containers::Taken(users.iter().map(|(container, _)| container.id.clone()).collect());
    }
    let refusal = words::runs(&removal.target, image, &running);
    if stopped.is_empty() { Containers::Refuse(vec![refusal]) } else { Containers::Part(refusal) }
}

/// Whether it has an image mounted by a text that leads nowhere any more. Removing it, the engine looks the
/// image up to unmount it, and answers with an error, although the container goes (libpod `cleanup`).
fn lost_a_mount(world: &World, container: &Container) -> bool {
    let leads_nowhere =
        |source: &str| matches!(lookup(world, source), Resolution::NotFound(_) | Resolution::Invalid(_));
    container.image_mounts.iter().any(|mount| leads_nowhere(&mount.source))
}

fn holds_unlisted(world: &World, ix: ImageIx) -> bool {
    let listed = u64::try_from(world.graph().users(ix).len()).unwrap_or(u64::MAX);
    world.image(ix).and_then(|i| i.containers).is_some_and(|counted| counted > listed)
}

/// One refusal for those that run, which force does not lift since 5.6, and one for the others.
fn in_use(
    sent: &str,
    running: &[(&Container, ContainerState)],
    stopped: &[(&Container, ContainerState)],
    spares_running: bool,
) -> Vec<Refusal> {
    let running: Vec<_> = running.iter().map(|(container, _)| *container).collect();
    let stopped: Vec<_> = stopped.iter().map(|(container, _)| *container).collect();
    let mut found = Vec::new();
    if !running.is_empty() {
        let all = [running, stopped.clone()].concat();
        let refusal = words::in_use(sent, &all, Cause::Running);
        found.push(Refusal { forceable: !spares_running, ..refusal });
    }
    if !stopped.is_empty() {
        found.push(Refusal { forceable: true, ..words::in_use(sent, &stopped, Cause::Stopped) });
    }
    found
}

/// The beginning of a pod's ID, if this is its infra container: 12 digits and `-infra` unless it was
/// given a name of its own, which a listing does not tell from any other.
fn pod_of_infra(container: &Container) -> Option<&str> {
    let pod = container.name.strip_suffix("-infra")?;
    (pod.len() == 12 && crate::model::id::is_hex_prefix(pod)).then_some(pod)
}
