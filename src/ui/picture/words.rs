//! What a node of the picture says: the words on it, and the sentence that tells the relation.

use crate::model::{ChainIx, Graph, Image, ImageIx, Reference, Repository};
use crate::picture::scene::shown_path;
use crate::picture::{Kind, Members, Node};
use crate::rules::Verdict;
use crate::state::AppState;
use crate::ui::icons;
use crate::ui::text::{self, tr};
use crate::ui::tree::{image_name, status};

/// A node in words.
#[derive(Debug, Clone, Default)]
pub struct Words {
    pub icon: &'static str,
    pub main: String,
    /// Smaller, beside or below it.
    pub beside: String,
    /// An ID below it, set in the monospaced font.
    pub code: String,
    /// Shown while the pointer is on the node, and read out loud.
    pub sentence: String,
}

pub fn describe(state: &AppState, graph: &Graph, node: &Node) -> Words {
    let mut words = plain(state, graph, node);
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

fn opens(what: &str, open: bool) -> String {
    let key = if open { "picture.click_closes" } else { "picture.click_opens" };
    tr!(key, what = what)
}

fn plain(state: &AppState, graph: &Graph, node: &Node) -> Words {
    match &node.kind {
        Kind::Registry(name) => {
            Words { main: name.clone(), sentence: tr!("picture.registry", name = name), ..Words::default() }
        }
        Kind::Name { image, name: shown, computed } => name(graph, *image, shown, *computed),
        Kind::Names { within, count, bundle, open } => {
            names(within.as_ref(), *count, bundle.is_some(), *open)
        }
        Kind::Image(ix) | Kind::Other(ix) => image(state, graph, *ix, matches!(node.kind, Kind::Other(_))),
        Kind::Images { of, count, open, .. } => images(of, *count, *open),
        Kind::Container { image, container, mount } => {
            let Some(found) = graph.container(*container) else { return Words::default() };
            let key = if *mount { "picture.mount" } else { "picture.container" };
            Words {
                icon: if *mount { icons::MOUNT } else { icons::CONTAINER },
                main: found.name.clone(),
                beside: text::container_state(found.state).into_owned(),
                sentence: tr!(key, name = found.name, state = status(found), id = id(graph, *image)),
                ..Words::default()
            }
        }
        Kind::Child { parent, image } => {
            let (child, name) = (id(graph, *image), called(graph, *image));
            Words {
                icon: icons::CHILD,
                main: child.clone(),
                sentence: tr!("picture.child", child = child, name = name, id = id(graph, *parent)),
                ..Words::default()
            }
        }
        Kind::Holders { image, count, open, .. } => {
            let main = if *open { text::count("n.holders", *count) } else { text::count("n.more", *count) };
            let said =
                tr!("picture.holders", holders = text::count("n.holders", *count), id = id(graph, *image));
            Words { icon: icons::CONTAINER, main, sentence: opens(&said, *open), ..Words::default() }
        }
        Kind::Layers { count, bytes, images, open, .. } => {
            let layers = text::count("n.layers", *count);
            let size = bytes.map_or_else(|| tr!("picture.size_unknown").into_owned(), |b| b.to_string());
            let by = text::count("picture.needed_by", *images as usize);
            let said = tr!("picture.layers", layers = layers, size = size, by = by);
            Words {
                icon: icons::LAYERS,
                main: layers,
                beside: bytes.map(|b| b.to_string()).unwrap_or_default(),
                sentence: opens(&said, *open),
                ..Words::default()
            }
        }
        Kind::Layer { chain, image, position } => layer(graph, *chain, *image, *position),
        Kind::Others { count, open, .. } => {
            let main = if *open { text::count("n.others", *count) } else { text::count("n.more", *count) };
            let said = text::count("picture.others", *count);
            Words { icon: icons::IMAGE, main, sentence: opens(&said, *open), ..Words::default() }
        }
    }
}

fn name(graph: &Graph, image: ImageIx, name: &Reference, computed: bool) -> Words {
    let main = text::short_digests(&format!("{}{}", shown_path(name.repository()), name.suffix()));
    let full = text::short_digests(&name.familiar());
    let key = match (computed, name.is_digest_only()) {
        (true, _) => "picture.computed",
        (false, true) => "picture.digest",
        (false, false) => "picture.tag",
    };
    Words {
        icon: if name.is_digest_only() { icons::DIGEST } else { icons::TAG },
        main,
        sentence: tr!(key, name = full, id = id(graph, image)),
        ..Words::default()
    }
}

fn names(within: Option<&Repository>, count: usize, bundled: bool, open: bool) -> Words {
    let names = text::count("n.names", count);
    let (main, beside, said) = match within {
        Some(within) => {
            let said = tr!("picture.names_in", names = names, within = within.familiar());
            (shown_path(within).to_owned(), names, said)
        }
        None if bundled && !open => {
            (text::count("n.more", count), String::new(), tr!("picture.names_more", names = names))
        }
        None => (names.clone(), String::new(), names),
    };
    let sentence = if bundled { opens(&said, open) } else { said };
    Words { icon: icons::TAG, main, beside, sentence, ..Words::default() }
}

fn images(of: &Members, count: usize, open: bool) -> Words {
    let images = text::count("n.images", count);
    let (main, full) = match of {
        Members::Repository(name) => (shown_path(name).to_owned(), name.familiar().to_owned()),
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
    Words {
        icon: icons::IMAGE,
        beside: if open { String::new() } else { images },
        main,
        sentence: opens(&said, open),
        ..Words::default()
    }
}

fn layer(graph: &Graph, chain: ChainIx, image: ImageIx, position: usize) -> Words {
    let layer = graph.image(image).and_then(|i| i.layers.known()).and_then(|l| l.get(position));
    let by = graph.chain(chain).map_or(0, crate::model::graph::Chain::images);
    let size = layer.and_then(|l| l.size);
    let step = layer.map(|l| l.created_by.as_str()).filter(|s| !s.is_empty());
    let main = step.map_or_else(
        || graph.chain(chain).map(|c| c.diff_id.short().to_owned()).unwrap_or_default(),
        str::to_owned,
    );
    let said = size.map_or_else(|| tr!("picture.size_unknown").into_owned(), |b| b.to_string());
    Words {
        beside: size.map(|b| b.to_string()).unwrap_or_default(),
        sentence: tr!(
            "picture.layer",
            n = position + 1,
            step = main,
            size = said,
            by = text::count("picture.needed_by", by as usize)
        ),
        main,
        ..Words::default()
    }
}

fn image(state: &AppState, graph: &Graph, ix: ImageIx, other: bool) -> Words {
    let Some(image) = graph.image(ix) else { return Words::default() };
    let name = image_name(graph, image);
    let verdict = state.summary(ix).map_or(Verdict::Unknown, |s| s.verdict);
    let word = tr!(crate::ui::tree::verdict_sign(verdict, &crate::ui::theme::LIGHT).2);
    let key = if other { "picture.other" } else { "picture.image" };
    let mut sentence = tr!(key, id = image.id.short(), name = name, verdict = word);
    if image.layers.known().is_none() {
        sentence = tr!("picture.layers_unread", what = sentence);
    }
    Words {
        icon: icons::IMAGE,
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
