//! What stopping and removing a container does.

use super::conflict::{self, Refusal};
use super::podman;
use super::world::{Change, World};
use crate::model::{ContainerIx, ContainerState, StoreKind};

/// A container found by what a person typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    One(ContainerIx),
    None,
    /// The text begins the IDs of several containers.
    Several(Vec<ContainerIx>),
}

/// Looks a container up as engines do: full ID, then name, then an unambiguous prefix of the ID.
pub fn find(world: &World, target: &str) -> Found {
    let all = world.graph().containers();
    let here = |position: usize| {
        let ix = ContainerIx(u32::try_from(position).unwrap_or(u32::MAX));
        world.container(ix).map(|_| ix)
    };
    let name = target.strip_prefix('/').unwrap_or(target);
    if name.is_empty() {
        return Found::None;
    }
    let position = |test: &dyn Fn(usize) -> bool| (0..all.len()).filter(|p| test(*p)).find_map(here);
    let exact = position(&|p| all.get(p).is_some_and(|c| c.id.as_str() == target))
        .or_else(|| position(&|p| all.get(p).is_some_and(|c| c.name == name)));
    if let Some(ix) = exact {
        return Found::One(ix);
    }
    let begun: Vec<_> = all
        .iter()
        .enumerate()
        .filter(|(_, c)| c.id.as_str().starts_with(target))
        .filter_map(|(p, _)| here(p))
        .collect();
    match begun.as_slice() {
        [] => Found::None,
        [one] => Found::One(*one),
        _ => Found::Several(begun),
    }
}

/// What `DELETE /containers/{sent}` without its volumes does.
pub fn remove(world: &World, ix: ContainerIx, sent: &str, force: bool) -> Result<Vec<Change>, Refusal> {
    let Some((container, state)) = world.container(ix) else {
        return Err(missing(world, sent));
    };
    if world.engine().store == StoreKind::Podman {
        return match podman::container_refusal(container, state, force) {
            Some(refusal) => Err(refusal),
            None => Ok(vec![Change::ContainerRemoved(container.id.clone())]),
        };
    }
    if state == ContainerState::Removing {
        return Err(conflict::container_going(sent));
    }
    if state.counts_as_running() && !force {
        return Err(conflict::container_alive(world.engine(), container, state, sent));
    }
    Ok(vec![Change::ContainerRemoved(container.id.clone())])
}

/// There is no such container.
pub fn missing(world: &World, sent: &str) -> Refusal {
    match world.engine().store {
        StoreKind::Classic | StoreKind::Containerd => conflict::no_such_container(sent),
        StoreKind::Podman => podman::words::no_such_container(sent),
    }
}

/// Why it cannot be stopped, if it cannot.
pub fn stop_refusal(world: &World, ix: ContainerIx) -> Option<Refusal> {
    let (container, state) = world.container(ix)?;
    let refused = world.engine().store == StoreKind::Podman && state == ContainerState::Paused;
    refused.then(|| podman::words::paused(container))
}

/// What stopping it does; stopping one that does not run does nothing.
pub fn stop(world: &World, ix: ContainerIx) -> Vec<Change> {
    match world.container(ix) {
        Some((container, state)) if state.counts_as_running() => {
            vec![Change::ContainerStopped(container.id.clone())]
        }
        _ => Vec::new(),
    }
}
