//! What things are called where there is room for one name, and what is said of them in a word.

use std::borrow::Cow;

use super::{container_state, count, tr};
use crate::model::{Container, Graph, Image, Reference};
use crate::rules::Verdict;

/// What an image is called where there is room for one name. Without a name it is dangling only if nothing
/// was built on it: a step of a build goes with the builds that stand on it.
pub fn image_name(graph: &Graph, image: &Image) -> String {
    let tags = image.references.iter().filter(|n| !n.is_digest_only()).count();
    match (image.references.as_slice(), tags) {
        ([], _) if !graph.children(&image.id).is_empty() => tr!("image.intermediate").into_owned(),
        ([], _) => tr!("image.dangling").into_owned(),
        ([one], 1) => one.familiar(),
        (_, 0) => tr!("image.digest_only").into_owned(),
        (names, 1) if same_repository(names) => {
            names.iter().find(|n| !n.is_digest_only()).map(Reference::familiar).unwrap_or_default()
        }
        (names, _) => count("n.names", names.len()),
    }
}

pub fn same_repository(names: &[Reference]) -> bool {
    names.windows(2).all(|pair| matches!(pair, [a, b] if a.repository() == b.repository()))
}

/// The engine's sentence where there is one; it tells the state and since when.
pub fn status(container: &Container) -> String {
    if container.status.is_empty() {
        container_state(container.state).into_owned()
    } else {
        container.status.clone()
    }
}

/// What is said of a verdict.
pub fn verdict(verdict: Verdict) -> Cow<'static, str> {
    tr!(verdict_key(verdict))
}

pub fn verdict_key(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Removable => "verdict.removable",
        Verdict::Refused => "verdict.refused",
        Verdict::OnlyName => "verdict.only_name",
        Verdict::LastName => "verdict.last_name",
        Verdict::LastNameImageStays => "verdict.last_name_image_stays",
        Verdict::Unknown => "verdict.unknown",
    }
}
