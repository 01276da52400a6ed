//! What a target names on Podman.
//!
//! Follows libimage `LookupImage` (containers/common v0.50 to v0.67) as called by
//! `pkg/api/handlers/utils/images.go` (`NormalizeToDockerHub`). A name without a registry is tried at the
//! alias that registries.conf has for it, at `localhost`, at the registries configured for a search, at
//! Docker Hub, then as the beginning of an ID, and last at any registry at all. The configuration is not
//! part of a listing: where more than one stored name would do, nothing is said.
//!
//! Names of manifest lists are in no listing. One of them that is as short as what is asked for comes
//! first; asked for in full, a listed name is safe.

use super::words;
use crate::model::id::{is_full_hex, is_hex_prefix};
use crate::model::{Digest, ImageId, ImageIx, Reference, ReferenceError};
use crate::rules::resolve::{Resolution, Resolved};
use crate::rules::world::World;

/// The oldest version whose sources were read.
const KNOWN_SINCE: (u32, u32) = (4, 3);
/// Before this a digest led to any image that has it, whatever its names.
const DIGEST_NEEDS_NAME_SINCE: (u32, u32) = (4, 6);
/// Words that make `word:rest` the place of an image and not a name (containers/image `alltransports`).
/// `docker:dind` is a name all the same, because that transport needs two slashes.
const TRANSPORTS: [&str; 9] = [
    "atomic",
    "containers-storage",
    "dir",
    "docker-archive",
    "docker-daemon",
    "oci",
    "oci-archive",
    "ostree",
    "sif",
];
const LONGEST_NAME: usize = 255;

/// Finds what a target names.
pub fn lookup(world: &World, target: &str) -> Resolution {
    if let Some(why) = beyond_us(world, target) {
        return Resolution::Unknown(why.to_owned());
    }
    let hex = target.strip_prefix("sha256:").unwrap_or(target);
    if is_full_hex(hex) {
        return by_full_id(world, target, hex);
    }
    let name = match read(world, target) {
        Ok(name) => name,
        Err(resolution) => return resolution,
    };
    if hex.len() < target.len() {
        return Resolution::Invalid(words::short_digest(target));
    }
    // Beside a digest Podman drops the tag.
    let name = if name.digest().is_some() { name.without_tag() } else { name };
    let not_found = Resolution::NotFound(words::no_such_image(target, &name.full()));
    let name = name.or_latest();
    match (name.digest(), bare(target)) {
        (Some(digest), _) if world.engine().release() < DIGEST_NEEDS_NAME_SINCE => {
            any_with_digest(world, &name, digest, not_found)
        }
        (Some(digest), bare) => by_digest(world, &name, digest, bare, not_found),
        (None, Some(bare)) => by_short_name(world, target, &name, bare, not_found),
        (None, None) => world.find_name(&name).map_or(not_found, |image| found(world, target, image, &name)),
    }
}

fn beyond_us(world: &World, target: &str) -> Option<&'static str> {
    if world.engine().release() < KNOWN_SINCE {
        return Some("the rules of Podman before 4.3 are not known");
    }
    if target.split_once(':').is_some_and(|(word, _)| TRANSPORTS.contains(&word)) {
        return Some("Podman reads this as the place of an image, not as a name");
    }
    let odd = |part: &str| matches!(part, "" | "." | "..");
    let mut parts = target.split('/');
    if target.contains('/')
        && (parts.next().is_some_and(odd) || parts.any(|p| odd(p) && !target.ends_with('/')))
    {
        return Some("Podman's server would rewrite this path");
    }
    None
}

fn by_full_id(world: &World, target: &str, hex: &str) -> Resolution {
    if let Some(image) = ImageId::parse(hex).ok().and_then(|id| world.find_image(&id)) {
        return by_id(image);
    }
    if target == hex {
        let why = ReferenceError::OnlyHex(hex.to_owned()).to_string();
        return Resolution::NotFound(words::not_for_hub(target, &why));
    }
    Resolution::NotFound(words::no_such_image(target, &format!("docker.io/library/{target}")))
}

fn by_id(image: ImageIx) -> Resolution {
    Resolution::Found(Resolved { image, name: None, stored: false })
}

/// A name was found, unless the text also begins the image's own ID: then it is taken for that.
fn found(world: &World, target: &str, image: ImageIx, name: &Reference) -> Resolution {
    if world.image(image).is_some_and(|i| i.id.hex().starts_with(target)) {
        return by_id(image);
    }
    let stored = world.references(image).contains(name);
    Resolution::Found(Resolved { image, name: Some(name.clone()), stored })
}

fn unclear(names: &[(ImageIx, Reference)]) -> Resolution {
    let names: Vec<_> = names.iter().map(|(_, name)| name.full()).collect();
    Resolution::Unknown(format!(
        "this short name may stand for {}; which one, the engine's registries.conf decides",
        names.join(" or ")
    ))
}

/// Reads a name as containers/image does.
fn read(world: &World, target: &str) -> Result<Reference, Resolution> {
    let unreadable = |why: &str| Err(Resolution::Invalid(words::unreadable(world.engine(), target, why)));
    let not_for_hub = |why: &str| Err(Resolution::Invalid(words::not_for_hub(target, why)));
    if target.is_empty() {
        return unreadable("repository name must have at least one component");
    }
    if target.starts_with('[') {
        return unreadable("invalid reference format");
    }
    let error = match Reference::parse(target) {
        // A registry has a dot or a colon, or is `localhost`: here capitals do not make one.
        Ok(_) if bare(target).is_some_and(|b| b.chars().any(char::is_uppercase)) => {
            return not_for_hub("invalid reference format: repository name must be lowercase");
        }
        Ok(name) => return Ok(name),
        // Only Docker takes the algorithm of a digest for a part of the name; here it is no algorithm.
        Err(ReferenceError::Uppercase(_)) if !without_suffix(target).chars().any(char::is_uppercase) => {
            match Reference::parse(&target.to_lowercase()) {
                Ok(_) | Err(ReferenceError::DigestLength | ReferenceError::DigestAlgorithm) => {
                    ReferenceError::DigestFormat
                }
                Err(error) => error,
            }
        }
        Err(error) => error,
    };
    let error = match error {
        // Whether capitals are to blame is whether the text would do without them.
        ReferenceError::Format | ReferenceError::Uppercase(_) => {
            let lower = Reference::parse(&target.to_lowercase());
            if matches!(lower, Err(ReferenceError::Format | ReferenceError::Uppercase(_))) {
                ReferenceError::Format
            } else {
                ReferenceError::Uppercase(String::new())
            }
        }
        ReferenceError::TooLong if without_suffix(target).len() <= LONGEST_NAME => {
            return not_for_hub(&words::of_grammar(&error));
        }
        ReferenceError::DigestAlgorithm if target.contains("@sha512:") || target.contains("@sha384:") => {
            return Err(Resolution::Unknown("only sha256 digests are known here".to_owned()));
        }
        ReferenceError::TooLong
        | ReferenceError::OnlyHex(_)
        | ReferenceError::DigestLength
        | ReferenceError::DigestFormat
        | ReferenceError::DigestAlgorithm => error,
    };
    unreadable(&words::of_grammar(&error))
}

/// The name without tag and digest.
fn without_suffix(target: &str) -> &str {
    let name = target.split_once('@').map_or(target, |(name, _)| name);
    match name.rsplit_once(':') {
        Some((before, after)) if !after.contains('/') => before,
        _ => name,
    }
}

/// The name without tag and digest, if it has no registry.
fn bare(target: &str) -> Option<&str> {
    let name = without_suffix(target);
    match name.split_once('/') {
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => None,
        _ => Some(name),
    }
}

/// Every stored name that ends in this one.
fn ending_in<'a>(world: &'a World, bare: &'a str) -> impl Iterator<Item = (ImageIx, &'a Reference)> {
    let ends = move |name: &Reference| {
        let before = name.repository().full().strip_suffix(bare);
        before.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    };
    all_names(world).filter(move |(_, name)| ends(name))
}

fn all_names(world: &World) -> impl Iterator<Item = (ImageIx, &Reference)> {
    let count = u32::try_from(world.graph().images().len()).unwrap_or(u32::MAX);
    (0..count).map(ImageIx).flat_map(|ix| world.references(ix).iter().map(move |name| (ix, name)))
}

fn by_short_name(
    world: &World,
    target: &str,
    at_hub: &Reference,
    bare: &str,
    not_found: Resolution,
) -> Resolution {
    let tagged = |(_, name): &(ImageIx, &Reference)| name.digest().is_none() && name.tag() == at_hub.tag();
    let names: Vec<_> = ending_in(world, bare).filter(tagged).map(|(ix, name)| (ix, name.clone())).collect();
    let begun = if is_hex_prefix(target) { world.images_with_prefix(target) } else { Vec::new() };
    match (names.as_slice(), begun.as_slice()) {
        ([], [image]) => by_id(*image),
        ([], _) => not_found,
        ([(image, name)], begun) => {
            let local = name.repository().registry() == "localhost" && name.repository().path() == bare;
            let before_ids = local || name == at_hub;
            match begun {
                // Whether a registry is searched before IDs are, is configured.
                [other] if other != image && !before_ids => {
                    Resolution::Unknown("this is a name and the beginning of another image's ID".to_owned())
                }
                _ => found(world, target, *image, name),
            }
        }
        (several, _) => unclear(several),
    }
}

/// A digest leads to an image that has it, if a name of the image is of the same repository.
fn by_digest(
    world: &World,
    name: &Reference,
    digest: &Digest,
    bare: Option<&str>,
    not_found: Resolution,
) -> Resolution {
    if bare.is_none()
        && let Some(image) = world.find_name(name)
    {
        return Resolution::Found(Resolved { image, name: Some(name.clone()), stored: true });
    }
    let in_repository: Vec<_> = match bare {
        Some(bare) => ending_in(world, bare).collect(),
        None => all_names(world).filter(|(_, n)| n.repository() == name.repository()).collect(),
    };
    let mut matching: Vec<_> = in_repository
        .into_iter()
        .map(|(ix, n)| (ix, Reference::at_digest(n.repository().clone(), digest.clone())))
        .filter(|(ix, canonical)| has_digest(world, *ix, canonical))
        .collect();
    matching.sort();
    matching.dedup();
    match matching.as_slice() {
        [] => not_found,
        [(image, canonical)] => {
            let stored = world.references(*image).contains(canonical);
            Resolution::Found(Resolved { image: *image, name: Some(canonical.clone()), stored })
        }
        several => unclear(several),
    }
}

fn has_digest(world: &World, ix: ImageIx, canonical: &Reference) -> bool {
    let computed = world.image(ix).is_some_and(|i| i.computed_digests.contains(canonical));
    computed || world.references(ix).contains(canonical)
}

/// Before 4.6: the name itself, or any image with that digest. A digest of an image without names is
/// in no listing.
fn any_with_digest(world: &World, name: &Reference, digest: &Digest, not_found: Resolution) -> Resolution {
    let count = u32::try_from(world.graph().images().len()).unwrap_or(u32::MAX);
    let has = |ix: &ImageIx| {
        let Some(image) = world.image(*ix) else { return false };
        let mut all = world.references(*ix).iter().chain(&image.computed_digests);
        all.any(|n| n.digest() == Some(digest))
    };
    let matching: Vec<_> = (0..count).map(ImageIx).filter(has).collect();
    let nameless = |ix: ImageIx| world.image(ix).is_some() && world.references(ix).is_empty();
    match matching.as_slice() {
        [] if (0..count).map(ImageIx).any(nameless) => {
            Resolution::Unknown("this digest may be that of an image without a name".to_owned())
        }
        [] => not_found,
        [image] => {
            let stored = world.references(*image).contains(name);
            Resolution::Found(Resolved { image: *image, name: Some(name.clone()), stored })
        }
        _ => Resolution::Unknown("several images have this digest".to_owned()),
    }
}
