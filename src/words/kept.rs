//! What stays and why, and what a removal frees.

use std::borrow::Cow;

use super::{list, short_digests, tr};
use crate::model::{Bytes, Graph, Reference};
use crate::plan::{KeepReason, Kept, NoWay, Outlook};
use crate::rules::{Doubt, Freed, Keep, Pin, Target};

pub fn freed(freed: Freed) -> String {
    match (freed.doubt(), freed.at_least()) {
        (None, Bytes(0)) => tr!("freed.nothing").into_owned(),
        (None, bytes) => tr!("freed.bytes", bytes = bytes),
        (Some(doubt), Bytes(0)) => tr!("freed.unknown", why = doubt_words(doubt)),
        (Some(doubt), bytes) => tr!("freed.at_least", bytes = bytes, why = doubt_words(doubt)),
    }
}

fn doubt_words(doubt: Doubt) -> Cow<'static, str> {
    tr!(match doubt {
        Doubt::LayersNotRead => "doubt.layers_not_read",
        Doubt::ContainerWithoutImage => "doubt.container_without_image",
        Doubt::BuildCache => "doubt.build_cache",
        Doubt::LayerSizes => "doubt.layer_sizes",
        Doubt::WritableLayer => "doubt.writable_layer",
        Doubt::SharedContent => "doubt.shared_content",
        Doubt::OtherPlatforms => "doubt.other_platforms",
        Doubt::LayerKeeper => "doubt.layer_keeper",
    })
}

/// What a set of marks frees, in a few words.
pub fn freed_short(outlook: &Outlook) -> String {
    let bytes = outlook.freed.at_least();
    match (outlook.freed.doubt(), bytes, outlook.planned) {
        (None, Bytes(0), _) => tr!("freed.nothing").into_owned(),
        (None, bytes, true) => tr!("freed.bytes", bytes = bytes),
        (None, bytes, false) => tr!("marks.frees_about", bytes = bytes),
        (Some(_), Bytes(0), _) => tr!("marks.frees_unknown").into_owned(),
        (Some(_), bytes, _) => tr!("marks.frees_at_least", bytes = bytes),
    }
}

/// Why there is no plan: our sentence, and the engine's words if it has any.
pub fn no_way(why: &NoWay) -> (Cow<'static, str>, Option<&str>) {
    match why {
        NoWay::Refused(refusal) => (tr!("no_way.refused"), Some(refusal.message())),
        NoWay::Gone => (tr!("no_way.gone"), None),
        NoWay::Unknown(words) => (tr!("no_way.unknown"), Some(words)),
        NoWay::Protected { what, keep } => {
            (tr!("no_way.protected", what = what, why = keep_words(keep)).into(), None)
        }
    }
}

/// Why something is kept, as the end of a sentence.
pub fn keep_words(keep: &Keep) -> String {
    match keep {
        Keep::Pinned(Pin::Image(_) | Pin::Name(_)) => tr!("keep.pinned").into_owned(),
        Keep::Pinned(Pin::Repository(name)) => tr!("keep.repository", name = familiar(name)),
        Keep::Pinned(Pin::Pattern(pattern)) => tr!("keep.pattern", pattern = pattern),
        Keep::Label => tr!("keep.label").into_owned(),
        Keep::ComposeProject(project) => tr!("keep.compose", project = project),
    }
}

/// A repository that is stored in full, as a person types it.
pub fn familiar(repository: &str) -> String {
    let read = Reference::parse(repository);
    read.map_or_else(|_| repository.to_owned(), |name| name.repository().familiar().to_owned())
}

/// Why something that was marked stays, in one word or in a few.
pub fn keep_reason(why: &KeepReason) -> String {
    match why {
        KeepReason::Protected(keep) => keep_words(keep),
        KeepReason::InUse(names) => tr!("kept.in_use", names = list(names)),
        KeepReason::Refused(refusal) => tr!("kept.refused", words = refusal.message()),
        KeepReason::Gone => tr!("no_way.gone").into_owned(),
        KeepReason::Unknown(words) => tr!("kept.unknown", words = words),
    }
}

/// Something that stays, and why.
pub fn kept(graph: Option<&Graph>, kept: &Kept) -> String {
    tr!("kept.line", what = target(graph, &kept.target), why = keep_reason(&kept.why))
}

/// A thing in a phrase.
pub fn target(graph: Option<&Graph>, target: &Target) -> String {
    match target {
        Target::Image(id) => tr!("kept.image", id = id.short()),
        Target::Reference(_, name) => short_digests(&name.familiar()),
        Target::Container(id) => {
            let found = graph.and_then(|graph| graph.container(graph.find_container(id)?));
            let name = found.map_or_else(|| id.short().to_owned(), |container| container.name.clone());
            tr!("kept.container", name = name)
        }
    }
}
