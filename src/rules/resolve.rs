//! What a target names: an image by its ID, or one of its references.
//!
//! Podman looks up in a way of its own (`podman/lookup.rs`). The two Docker stores look a short ID
//! and a name up in different orders; see moby
//! `daemon/images/image.go` (`GetImage`) and `daemon/containerd/image.go` (`resolveImage`).

use super::conflict::{self, Refusal};
use super::podman;
use super::world::World;
use crate::model::id::{is_full_hex, is_hex_prefix};
use crate::model::{Digest, ImageId, ImageIx, Reference, StoreKind};

/// What a target leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    Found(Resolved),
    NotFound(Refusal),
    Invalid(Refusal),
    /// The rules of this engine are not known; says so.
    Unknown(String),
}

/// An image, and how it was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    pub image: ImageIx,
    /// The reference that was meant, as stored or completed with `latest`; `None` for an ID.
    pub name: Option<Reference>,
    /// The name stands for a record of its own (containerd store); always true for a classic name.
    pub stored: bool,
}

/// Containerd looks IDs up by at least this many digits.
const CONTAINERD_PREFIX_MIN: usize = 4;

/// Finds what a target names, as the engine would.
pub fn resolve(world: &World, target: &str) -> Resolution {
    if world.engine().store == StoreKind::Podman {
        return podman::lookup(world, target);
    }
    if target.trim().is_empty() {
        return Resolution::Invalid(conflict::blank());
    }
    let hex = target.strip_prefix("sha256:").unwrap_or(target);
    if is_full_hex(hex) {
        let found = ImageId::parse(hex).ok().and_then(|id| world.find_image(&id));
        return match found {
            Some(image) => Resolution::Found(Resolved { image, name: None, stored: false }),
            None => Resolution::NotFound(conflict::no_such_image(&format!("sha256:{hex}"))),
        };
    }
    let name = match Reference::parse(target) {
        Ok(name) => name.or_latest(),
        Err(error) => return Resolution::Invalid(conflict::invalid(world.engine(), &error)),
    };
    if world.engine().store == StoreKind::Containerd {
        containerd(world, target, name)
    } else {
        classic(world, target, name)
    }
}

/// The image that a text leads to where an engine only looks, as for its list of containers. There the
/// containerd store takes a name before an ID that begins so, and finds no image without a name by a
/// repository and its digest (seen on 28.5); a removal differs in both.
pub fn look_up(world: &World, text: &str) -> Option<ImageIx> {
    let found = match resolve(world, text) {
        Resolution::Found(found) => Some(found),
        Resolution::NotFound(_) | Resolution::Invalid(_) | Resolution::Unknown(_) => None,
    };
    if world.engine().store != StoreKind::Containerd {
        return found.map(|found| found.image);
    }
    let name = Reference::parse(text).ok().map(Reference::or_latest);
    name.as_ref().and_then(|name| world.find_name(name)).or_else(|| {
        let by_digest = name.is_some_and(|name| name.digest().is_some());
        found.map(|found| found.image).filter(|ix| !by_digest || !world.references(*ix).is_empty())
    })
}

/// True if the text is a prefix of the image's ID, with or without `sha256:`. Engines then treat even
/// a name as the ID (`isImageIDPrefix` in moby).
pub fn is_id_form(id: &ImageId, target: &str) -> bool {
    id.as_str().starts_with(target) || id.hex().starts_with(target)
}

fn found(image: ImageIx, name: Reference, stored: bool) -> Resolution {
    Resolution::Found(Resolved { image, name: Some(name), stored })
}

/// A name first, then an unambiguous prefix of any length. A tag beside a digest is ignored.
fn classic(world: &World, target: &str, name: Reference) -> Resolution {
    // The table of names is kept under their familiar form (moby `reference/store.go`, `Get`), in which
    // `docker.io/registry.example/app` is the same as `registry.example/app` (seen on 20.10 and 28.5).
    let name = Reference::parse(&name.familiar()).unwrap_or(name);
    let stored = if name.digest().is_some() { name.clone().without_tag() } else { name.clone() };
    if let Some(image) = world.find_name(&stored) {
        let id_form = world.image(image).is_some_and(|i| is_id_form(&i.id, target));
        let name = (!id_form).then_some(stored);
        return Resolution::Found(Resolved { image, name, stored: true });
    }
    match prefix_matches(world, target, 1).as_slice() {
        [image] => Resolution::Found(Resolved { image: *image, name: None, stored: false }),
        _ => Resolution::NotFound(conflict::no_such_image(&name.familiar())),
    }
}

/// A name and a prefix together; if they lead to different images, neither is taken.
fn containerd(world: &World, target: &str, name: Reference) -> Resolution {
    let by_name = world.find_name(&name);
    if let Some(digest) = name.digest() {
        return match by_name.or_else(|| by_digest(world, &name, digest)) {
            Some(image) => found(image, name, by_name.is_some()),
            None => Resolution::NotFound(conflict::no_such_image(&name.familiar())),
        };
    }
    let by_prefix = prefix_matches(world, target, CONTAINERD_PREFIX_MIN);
    match (by_name, by_prefix.as_slice()) {
        (Some(image), []) => found(image, name, true),
        (Some(image), [same]) if image == *same => {
            Resolution::Found(Resolved { image, name: None, stored: true })
        }
        (None, [image]) => Resolution::Found(Resolved { image: *image, name: None, stored: false }),
        (None, []) => Resolution::NotFound(conflict::no_such_image(&name.familiar())),
        _ => Resolution::NotFound(conflict::ambiguous()),
    }
}

fn prefix_matches(world: &World, target: &str, min: usize) -> Vec<ImageIx> {
    let hex = target.strip_prefix("sha256:").unwrap_or(target);
    if hex.len() < min || !is_hex_prefix(target) { Vec::new() } else { world.images_with_prefix(hex) }
}

/// Containerd: `repository@digest` without a record of its own leads to the image with that digest if
/// any of its records is of that repository; with a tag, of that repository and tag, or of the bare
/// digest where the repository has no other tag on it. The record of an image without a name counts as
/// one of any repository (seen on 28.5).
fn by_digest(world: &World, name: &Reference, digest: &Digest) -> Option<ImageIx> {
    let image = world.find_image(&ImageId::parse(digest.as_str()).ok()?)?;
    let records = world.references(image);
    let same: Vec<_> = super::containerd::same_name(Some(name), records);
    (records.is_empty() || !same.is_empty()).then_some(image)
}
