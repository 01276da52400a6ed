//! What a node of the picture says: the words on it, and the sentence that tells the relation.

use super::names::{image_name, status};
use super::{container_state, count as counted, short_digests, tr};
use crate::model::{ChainIx, Graph, Image, ImageIx, Reference, Repository};
use crate::picture::scene::shown_path;
use crate::picture::{Kind, Members, Node};
use crate::rules::Verdict;

/// A node in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caption {
    pub main: String,
    /// Smaller, beside or below it.
    pub beside: String,
    /// An ID below it, set in the monospaced font.
    pub code: String,
    /// Shown while the pointer is on the node, and read out loud.
    pub sentence: String,
}

/// For whom it is described.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// What is known of the verdict on an image.
    pub verdict: &'a dyn Fn(ImageIx) -> Verdict,
    /// Bundles open at a click.
    pub can_click: bool,
}

pub fn describe(reader: Reader<'_>, graph: &Graph, node: &Node) -> Caption {
    let mut words = plain(reader, graph, node);
    if node.blocks {
        let key = if node.force_overrides { "picture.blocks" } else { "picture.blocks_always" };
        words.sentence = tr!(key, what = words.sentence);
    }
    if node.goes {
        let key = if matches!(node.kind, Kind::Layers { .. } | Kind::Layer { .. }) {
            "picture.frees"
        } else {
            "picture.removes"
        };
        words.sentence = tr!(key, what = words.sentence);
    }
    words
}

fn id(graph: &Graph, ix: ImageIx) -> String {
    graph.image(ix).map(|i| i.id.short().to_owned()).unwrap_or_default()
}

fn called(graph: &Graph, ix: ImageIx) -> String {
    graph.image(ix).map(|i| image_name(graph, i)).unwrap_or_default()
}

fn opens(reader: Reader<'_>, what: &str, open: bool) -> String {
    if !reader.can_click {
        return what.to_owned();
    }
    let key = if open { "picture.click_closes" } else { "picture.click_opens" };
    tr!(key, what = what)
}

fn plain(reader: Reader<'_>, graph: &Graph, node: &Node) -> Caption {
    match &node.kind {
        Kind::Registry(name) => Caption {
            main: name.clone(),
            sentence: tr!("picture.registry", name = name),
            ..Caption::default()
        },
        Kind::Name { image, name: shown, computed } => name(graph, *image, shown, *computed),
        Kind::Names { within, count, bundle, open } => {
            names(reader, within.as_ref(), *count, bundle.is_some(), *open)
        }
        Kind::Image(ix) | Kind::Other(ix) => image(reader, graph, *ix, matches!(node.kind, Kind::Other(_))),
        Kind::Images { of, count, open, .. } => images(reader, of, *count, *open),
        Kind::Container { image, container, mount } => {
            let Some(found) = graph.container(*container) else { return Caption::default() };
            let key = if *mount { "picture.mount" } else { "picture.container" };
            Caption {
                main: found.name.clone(),
                beside: container_state(found.state).into_owned(),
                sentence: tr!(key, name = found.name, state = status(found), id = id(graph, *image)),
                ..Caption::default()
            }
        }
        Kind::Child { parent, image } => {
            let (child, name) = (id(graph, *image), called(graph, *image));
            Caption {
                main: child.clone(),
                sentence: tr!("picture.child", child = child, name = name, id = id(graph, *parent)),
                ..Caption::default()
            }
        }
        Kind::Holders { image, count, open, .. } => {
            let main = if *open { counted("n.holders", *count) } else { counted("n.more", *count) };
            let said = tr!("picture.holders", holders = counted("n.holders", *count), id = id(graph, *image));
            Caption { main, sentence: opens(reader, &said, *open), ..Caption::default() }
        }
        Kind::Layers { count, bytes, images, open, .. } => {
            let layers = counted("n.layers", *count);
            let size = bytes.map_or_else(|| tr!("picture.size_unknown").into_owned(), |b| b.to_string());
            let by = counted("picture.needed_by", *images as usize);
            let said = tr!("picture.layers", layers = layers, size = size, by = by);
            Caption {
                main: layers,
                beside: bytes.map(|b| b.to_string()).unwrap_or_default(),
                sentence: opens(reader, &said, *open),
                ..Caption::default()
            }
        }
        Kind::Layer { chain, image, position } => layer(graph, *chain, *image, *position),
        Kind::Others { count, open, .. } => {
            let main = if *open { counted("n.others", *count) } else { counted("n.more", *count) };
            let said = counted("picture.others", *count);
            Caption { main, sentence: opens(reader, &said, *open), ..Caption::default() }
        }
    }
}

fn name(graph: &Graph, image: ImageIx, name: &Reference, computed: bool) -> Caption {
    let main = short_digests(&format!("{}{}", shown_path(name.repository()), name.suffix()));
    let full = short_digests(&name.familiar());
    let key = match (computed, name.is_digest_only()) {
        (true, _) => "picture.computed",
        (false, true) => "picture.digest",
        (false, false) => "picture.tag",
    };
    Caption { main, sentence: tr!(key, name = full, id = id(graph, image)), ..Caption::default() }
}

fn names(
    reader: Reader<'_>,
    within: Option<&Repository>,
    count: usize,
    bundled: bool,
    open: bool,
) -> Caption {
    let names = counted("n.names", count);
    let (main, beside, said) = match within {
        Some(within) => {
            let said = tr!("picture.names_in", names = names, within = within.familiar());
            (shown_path(within).to_owned(), names, said)
        }
        None if bundled && !open => {
            (counted("n.more", count), String::new(), tr!("picture.names_more", names = names))
        }
        None => (names.clone(), String::new(), names),
    };
    let sentence = if bundled { opens(reader, &said, open) } else { said };
    Caption { main, beside, sentence, ..Caption::default() }
}

fn images(reader: Reader<'_>, of: &Members, count: usize, open: bool) -> Caption {
    let images = counted("n.images", count);
    // Several registries may have a repository of that path.
    let mut registry = String::new();
    let (main, full) = match of {
        Members::Repository(name) => {
            let path = shown_path(name);
            if path != name.familiar() {
                name.registry().clone_into(&mut registry);
            }
            (path.to_owned(), name.familiar().to_owned())
        }
        Members::Unnamed => {
            let unnamed = tr!("picture.unnamed").into_owned();
            (unnamed.clone(), unnamed)
        }
        Members::Rest => {
            let rest = tr!("picture.more_images").into_owned();
            (rest.clone(), rest)
        }
    };
    let said = if open {
        tr!("picture.images_open", name = full)
    } else {
        tr!("picture.images", images = images, name = full)
    };
    Caption {
        beside: if open { String::new() } else { images },
        code: if open { String::new() } else { registry },
        main,
        sentence: opens(reader, &said, open),
    }
}

fn layer(graph: &Graph, chain: ChainIx, image: ImageIx, position: usize) -> Caption {
    let layer = graph.image(image).and_then(|i| i.layers.known()).and_then(|l| l.get(position));
    let by = graph.chain(chain).map_or(0, crate::model::graph::Chain::images);
    let size = layer.and_then(|l| l.size);
    let step = layer.map(|l| l.created_by.as_str()).filter(|s| !s.is_empty());
    let main = step.map_or_else(
        || graph.chain(chain).map(|c| c.diff_id.short().to_owned()).unwrap_or_default(),
        str::to_owned,
    );
    let said = size.map_or_else(|| tr!("picture.size_unknown").into_owned(), |b| b.to_string());
    Caption {
        beside: size.map(|b| b.to_string()).unwrap_or_default(),
        sentence: tr!(
            "picture.layer",
            n = position + 1,
            step = main,
            size = said,
            by = counted("picture.needed_by", by as usize)
        ),
        main,
        ..Caption::default()
    }
}

fn image(reader: Reader<'_>, graph: &Graph, ix: ImageIx, other: bool) -> Caption {
    let Some(image) = graph.image(ix) else { return Caption::default() };
    let name = image_name(graph, image);
    let word = super::verdict((reader.verdict)(ix));
    let key = if other { "picture.other" } else { "picture.image" };
    let mut sentence = tr!(key, id = image.id.short(), name = name, verdict = word);
    if image.layers.known().is_none() {
        sentence = tr!("picture.layers_unread", what = sentence);
    }
    Caption {
        beside: image.size.map(|b| b.to_string()).unwrap_or_default(),
        code: image.id.short().to_owned(),
        sentence,
        main: without_registry(image, name),
    }
}

/// A name without its registry, which stands at the name itself.
fn without_registry(image: &Image, name: String) -> String {
    let own = image.references.iter().find(|n| n.familiar() == name);
    own.map_or(name, |n| format!("{}{}", shown_path(n.repository()), n.suffix()))
}
