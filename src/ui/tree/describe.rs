//! What a row says, as data; how it looks is in `row`.

use egui::Color32;

use crate::message::ImageSummary;
use crate::model::{Bytes, Container, ContainerIx, Graph, Image, ImageIx, Reference};
use crate::rules::Verdict;
use crate::state::Node;
use crate::ui::text::{self, tr};
use crate::ui::theme::Palette;
use crate::ui::{Scene, icons};

/// How a part of a row's name is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    Strong,
    Muted,
    Mono,
}

/// Everything a row says.
#[derive(Debug)]
pub struct Row {
    pub icon: &'static str,
    pub tint: Color32,
    /// In order; the one at `elastic` is shortened where room is short.
    pub parts: Vec<(String, Style)>,
    pub elastic: usize,
    pub hover: Option<String>,
    /// A gentle remark, behind a warning sign.
    pub remark: Option<String>,
    pub numbers: Option<Numbers>,
    /// Read out loud.
    pub sentence: String,
}

/// What an image row shows in its columns.
#[derive(Debug)]
pub struct Numbers {
    pub own: Option<Bytes>,
    pub size: Option<Bytes>,
    pub created: Option<i64>,
    pub used: usize,
    pub verdict: Verdict,
}

/// The sign, colour and words of a verdict. Never a colour alone.
pub fn verdict_sign(verdict: Verdict, colors: &Palette) -> (&'static str, Color32, &'static str) {
    match verdict {
        Verdict::Removable => (icons::CAN_GO, colors.safe, "verdict.removable"),
        Verdict::Refused => (icons::HELD, colors.warn, "verdict.refused"),
        Verdict::OnlyName => (icons::NAME_ONLY, colors.accent, "verdict.only_name"),
        Verdict::LastName => (icons::WARNING, colors.warn, "verdict.last_name"),
        Verdict::LastNameImageStays => (icons::WARNING, colors.warn, "verdict.last_name_image_stays"),
        Verdict::Unknown => (icons::UNKNOWN, colors.muted, "verdict.unknown"),
    }
}

pub fn describe(scene: &Scene<'_>, graph: &Graph, node: Node) -> Option<Row> {
    let colors = scene.colors;
    match node {
        Node::Image(ix) => image(scene, graph, ix, false),
        Node::Child(_, ix) => image(scene, graph, ix, true),
        Node::Name(ix, _) => {
            let name = node.reference(graph)?;
            let last = graph.image(ix)?.references.len() == 1;
            Some(reference(name, last, colors))
        }
        Node::ComputedDigest(..) => {
            let name = node.reference(graph)?;
            let mut row = reference(name, false, colors);
            row.parts.push((tr!("row.computed").into_owned(), Style::Muted));
            Some(row)
        }
        Node::Container(_, ix) => container(graph, ix, "row.container", icons::CONTAINER, colors),
        Node::Mount(_, ix) => container(graph, ix, "row.mount", icons::MOUNT, colors),
        Node::Stray(ix) => {
            let mut row = container(graph, ix, "row.stray", icons::CONTAINER, colors)?;
            row.parts.push((tr!("row.stray.note").into_owned(), Style::Muted));
            Some(row)
        }
        Node::Layers(ix) => layers(graph, ix, colors),
    }
}

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
        (names, _) => text::count("n.names", names.len()),
    }
}

fn same_repository(names: &[Reference]) -> bool {
    names.windows(2).all(|pair| matches!(pair, [a, b] if a.repository() == b.repository()))
}

fn image(scene: &Scene<'_>, graph: &Graph, ix: ImageIx, child: bool) -> Option<Row> {
    let colors = scene.colors;
    let image = graph.image(ix)?;
    let summary = scene.state.summary(ix).unwrap_or(ImageSummary { verdict: Verdict::Unknown, own: None });
    let used = graph.users(ix).len() + graph.mounted_by(ix).len();
    let name = image_name(graph, image);
    let tags = image.references.iter().filter(|n| !n.is_digest_only()).count();
    let unnamed = tags == 0;
    let single = !unnamed && (tags == 1 && same_repository(&image.references));
    let mut parts = vec![(image.id.short().to_owned(), Style::Mono)];
    parts.push((name.clone(), if unnamed || !single { Style::Strong } else { Style::Plain }));
    let elastic = if single { 1 } else { 2 };
    if unnamed {
        let repository = image.references.first().map(|n| n.repository().familiar().to_owned());
        parts.push((repository.unwrap_or_default(), Style::Muted));
    } else if !single {
        let names: Vec<_> = image.references.iter().map(|n| n.repository().familiar()).collect();
        parts.push((names.first().map(|n| (*n).to_owned()).unwrap_or_default(), Style::Muted));
    }
    if child {
        parts.insert(0, (tr!("row.child").into_owned(), Style::Muted));
    }
    let names: Vec<_> = image.references.iter().take(24).map(Reference::familiar).collect();
    let more = image.references.len().saturating_sub(names.len());
    let mut hover = names.join("\n");
    if more > 0 {
        hover.push('\n');
        hover.push_str(&text::count("n.more", more));
    }
    let word = tr!(verdict_sign(summary.verdict, colors).2);
    let use_words = match used {
        0 if !graph.inventory().containers.is_complete() => tr!("row.use_unknown").into_owned(),
        0 => tr!("row.unused").into_owned(),
        _ => text::count("row.used_by", used),
    };
    let key = if child { "row.child.sentence" } else { "row.image.sentence" };
    Some(Row {
        icon: if child { icons::CHILD } else { icons::IMAGE },
        tint: colors.muted,
        elastic: elastic + usize::from(child),
        parts,
        // One name stands in the row already.
        hover: (image.references.len() > 1).then_some(hover),
        remark: None,
        numbers: Some(Numbers {
            own: summary.own,
            size: image.size,
            created: image.created,
            used,
            verdict: summary.verdict,
        }),
        sentence: tr!(key, id = image.id.short(), name = name, used = use_words, verdict = word),
    })
}

fn reference(name: &Reference, last: bool, colors: &Palette) -> Row {
    let digest = name.is_digest_only();
    let short = text::short_digests(&name.familiar());
    let key = match (digest, last) {
        (true, _) => "row.digest.sentence",
        (false, false) => "row.tag.sentence",
        (false, true) => "row.last_tag.sentence",
    };
    Row {
        icon: if digest { icons::DIGEST } else { icons::TAG },
        tint: if digest { colors.muted } else { colors.accent },
        sentence: tr!(key, name = short),
        hover: (short != name.familiar()).then(|| name.familiar()),
        parts: vec![(short, Style::Plain)],
        elastic: 0,
        remark: pasted(name),
        numbers: None,
    }
}

/// A registry's host in the middle of a name is most likely a slip.
pub fn pasted(name: &Reference) -> Option<String> {
    let host = name.repository().pasted_registry()?;
    Some(tr!("remark.pasted", host = host, registry = name.repository().registry()))
}

fn container(graph: &Graph, ix: ContainerIx, key: &str, icon: &'static str, colors: &Palette) -> Option<Row> {
    let found = graph.container(ix)?;
    let state = text::container_state(found.state);
    let mut parts = vec![(found.name.clone(), Style::Strong), (status(found), Style::Muted)];
    if let Some(project) = &found.compose_project {
        parts.push((tr!("row.compose", project = project), Style::Muted));
    }
    let sentence = tr!(&format!("{key}.sentence"), name = found.name, state = state);
    let tint = if found.state.counts_as_running() { colors.safe } else { colors.muted };
    let hover = Some(format!("{}\n{}", found.id.as_str(), found.image_shown));
    Some(Row { icon, tint, parts, elastic: 0, hover, remark: None, numbers: None, sentence })
}

/// The engine's sentence where there is one; it tells the state and since when.
pub fn status(container: &Container) -> String {
    if container.status.is_empty() {
        text::container_state(container.state).into_owned()
    } else {
        container.status.clone()
    }
}

fn layers(graph: &Graph, ix: ImageIx, colors: &Palette) -> Option<Row> {
    let words = layer_words(graph, ix)?;
    Some(Row {
        icon: icons::LAYERS,
        tint: colors.muted,
        sentence: words.clone(),
        parts: vec![(words, Style::Muted)],
        elastic: 0,
        hover: None,
        remark: None,
        numbers: None,
    })
}

/// "6 layers, 4 shared with 966495178565"
pub fn layer_words(graph: &Graph, ix: ImageIx) -> Option<String> {
    let count = graph.image(ix)?.layers.known()?.len();
    let all = text::count("n.layers", count);
    let top = graph.top(ix);
    let shared: Vec<_> = graph.down_from(top).filter(|(_, chain)| chain.images() > 1).collect();
    let Some((first, chain)) = shared.first() else {
        return Some(tr!("layers.none_shared", layers = all));
    };
    let others = (chain.images() as usize).saturating_sub(1);
    // Naming them costs a walk over all of them, which is only worth it for a few.
    let with = if others <= 2 {
        let ids = graph.images_on(*first).into_iter().filter(|other| *other != ix);
        let ids = ids.filter_map(|other| graph.image(other)).map(|i| i.id.short().to_owned());
        text::list(&ids.collect::<Vec<_>>())
    } else {
        text::count("n.images", others)
    };
    Some(tr!("layers.shared", layers = all, n = shared.len(), with = with))
}
