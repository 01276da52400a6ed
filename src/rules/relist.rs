//! The inventory that a new listing would show: how predictions become the next observation.

use std::sync::Arc;

use super::podman;
use super::resolve::look_up;
use super::world::World;
use crate::model::{Container, ContainerIx, Image, ImageIx, Inventory, StoreKind};

/// Lists a world as its engine would.
pub fn relist(world: &World) -> Inventory {
    let mut inventory = Inventory::clone(world.graph().inventory());
    let mut position = 0;
    inventory.images.seen_mut().retain_mut(|image| {
        let ix = ImageIx(position);
        position += 1;
        if image.references != world.references(ix) {
            Arc::make_mut(image).references = world.references(ix).to_vec();
        }
        if world.engine().store == StoreKind::Podman {
            forget_what_is_computed(world, ix, Arc::make_mut(image));
        }
        world.image(ix).is_some()
    });
    let mut position = 0;
    inventory.containers.seen_mut().retain_mut(|container| {
        let now = world.container(ContainerIx(position));
        position += 1;
        let Some((_, state)) = now else { return false };
        if container.state != state {
            container.state = state;
            container.status.clear();
        }
        // Podman keeps showing the name a container was created with.
        if world.engine().store != StoreKind::Podman {
            show_image_id_where_the_name_moved(world, container);
        }
        true
    });
    inventory
}

/// Podman works parents and digest references out anew for each listing, from the images and names
/// that there are.
fn forget_what_is_computed(world: &World, ix: ImageIx, image: &mut Image) {
    let parent = podman::parent(world, ix).flatten().and_then(|parent| world.image(parent));
    image.parent = parent.map(|parent| parent.id.clone());
    let names = &image.references;
    image.computed_digests.retain(|d| names.iter().any(|n| n.repository() == d.repository()));
}

/// Docker lists a container with its image ID once the text it was created with no longer leads to
/// that image (seen on 20.10 and 28.5).
fn show_image_id_where_the_name_moved(world: &World, container: &mut Container) {
    let leads_to = look_up(world, &container.image_shown).and_then(|ix| world.image(ix)).map(|i| &i.id);
    if leads_to != Some(&container.image) {
        container.image_shown = container.image.to_string();
    }
}
