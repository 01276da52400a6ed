//! What a row says, as data; how it looks is in `row`.

use egui::Color32;

use super::layers::{layers, one_layer};
use crate::message::ImageSummary;
use crate::model::{
    Bytes, ContainerIx, Environment, Graph, GroupIx, GroupName, Hint, Image, ImageIx, Reference,
};
use crate::rules::{Keep, Verdict};
use crate::state::{Grouping, Node, Row};
use crate::ui::text::{self, image_name, same_repository, status, tr};
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
pub struct Words {
    pub icon: &'static str,
    pub tint: Color32,
    /// In order; the one at `elastic` is shortened where room is short.
    pub parts: Vec<(String, Style)>,
    pub elastic: usize,
    /// A word in a pill behind the parts.
    pub badge: Option<Badge>,
    pub hover: Option<String>,
    /// A gentle remark, behind a warning sign.
    pub remark: Option<String>,
    pub numbers: Option<Numbers>,
    /// Read out loud.
    pub sentence: String,
}

/// A word in a pill, and what it means.
#[derive(Debug)]
pub struct Badge {
    pub word: String,
    pub ink: Color32,
    pub fill: Color32,
    pub hint: String,
}

/// What a row of an image or a group shows in its columns.
#[derive(Debug)]
pub struct Numbers {
    pub own: Option<Bytes>,
    pub size: Option<Bytes>,
    pub created: Option<i64>,
    pub used: usize,
    /// `None` for a group.
    pub verdict: Option<Verdict>,
    /// Why it is protected, in a sentence; `None` if it is not.
    pub protected: Option<String>,
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

pub fn describe(scene: &Scene<'_>, graph: &Graph, row: Row) -> Option<Words> {
    let colors = scene.colors;
    let node = row.node;
    match node {
        Node::Group(ix) => group(scene, ix),
        Node::Image(ix) => image(scene, graph, ix, row.group, false),
        Node::Child(_, ix) => image(scene, graph, ix, None, true),
        Node::Name(ix, at) => {
            let name = node.reference(graph)?;
            let last = graph.image(ix)?.references.len() == 1;
            let hints = scene.state.tree.catalog().hints.name(ix, at);
            let mut words = Words { remark: remark(graph, hints), ..reference(name, last, colors) };
            if let Some(keep) = scene.state.protection().name(ix, name) {
                let hint = protected_because(keep);
                words.sentence = format!("{}{}{hint}", words.sentence, tr!("list.comma"));
                let word = tr!("row.protected").into_owned();
                words.badge = Some(Badge { word, ink: colors.accent, fill: colors.accent_soft, hint });
            }
            Some(words)
        }
        Node::ComputedDigest(..) => {
            let name = node.reference(graph)?;
            let mut words = reference(name, false, colors);
            words.parts.push((tr!("row.computed").into_owned(), Style::Muted));
            Some(words)
        }
        Node::Container(_, ix) => container(graph, ix, "row.container", icons::CONTAINER, colors),
        Node::Mount(_, ix) => container(graph, ix, "row.mount", icons::MOUNT, colors),
        Node::Stray(ix) => {
            let mut words = container(graph, ix, "row.stray", icons::CONTAINER, colors)?;
            words.parts.push((tr!("row.stray.note").into_owned(), Style::Muted));
            Some(words)
        }
        Node::Layers(ix) => layers(graph, ix, colors),
        Node::Layer(ix, layer) => one_layer(graph, ix, layer, colors),
    }
}

/// What a group is called.
pub fn group_name(name: &GroupName) -> String {
    match name {
        GroupName::Repository(repository) => repository.familiar().to_owned(),
        GroupName::Registry(host) => host.clone(),
        GroupName::Unnamed => tr!("group.unnamed").into_owned(),
    }
}

fn group(scene: &Scene<'_>, ix: GroupIx) -> Option<Words> {
    let colors = scene.colors;
    let tree = &scene.state.tree;
    let group = tree.groups()?.get(ix)?;
    let (shown, all) = (tree.shown_in(ix), group.images.len());
    let images = if shown == all {
        text::count("n.images", all)
    } else {
        tr!("group.part", shown = text::thousands(shown), all = text::count("n.images", all))
    };
    let name = group_name(&group.name);
    let badge = group.environment.map(|environment| badge(environment, scene));
    let (icon, key) = match group.name {
        GroupName::Repository(_) => (icons::REPOSITORY, "group.repository.sentence"),
        GroupName::Registry(_) => (icons::REGISTRY, "group.registry.sentence"),
        GroupName::Unnamed => (icons::IMAGE, "group.unnamed.sentence"),
    };
    let mut sentence = tr!(key, name = name, images = images);
    if let Some(badge) = &badge {
        sentence.push_str(&tr!("list.comma"));
        sentence.push_str(&badge.hint);
    }
    // Sums of a whole group would be wrong beside a part of it.
    let whole = shown == all;
    let numbers = whole.then_some(Numbers {
        own: group.own,
        size: group.size,
        created: None,
        used: group.used,
        verdict: None,
        protected: None,
    });
    Some(Words {
        icon,
        tint: colors.muted,
        parts: vec![(name.clone(), Style::Strong), (images, Style::Muted)],
        elastic: 0,
        badge,
        hover: None,
        remark: None,
        numbers,
        sentence,
    })
}

fn badge(environment: Environment, scene: &Scene<'_>) -> Badge {
    let colors = scene.colors;
    let (key, hint, ink, fill) = match environment {
        Environment::Test => ("environment.test", "environment.test.hint", colors.muted, colors.hover),
        Environment::Production => {
            ("environment.production", "environment.production.hint", colors.accent, colors.accent_soft)
        }
    };
    Badge { word: tr!(key).into_owned(), ink, fill, hint: tr!(hint).into_owned() }
}

fn image(
    scene: &Scene<'_>,
    graph: &Graph,
    ix: ImageIx,
    group: Option<GroupIx>,
    child: bool,
) -> Option<Words> {
    let colors = scene.colors;
    let image = graph.image(ix)?;
    let summary = scene.state.summary(ix).unwrap_or(ImageSummary { verdict: Verdict::Unknown, own: None });
    let used = graph.users(ix).len() + graph.mounted_by(ix).len();
    let name = image_name(graph, image);
    let mut parts = vec![(image.id.short().to_owned(), Style::Mono)];
    let here = group.and_then(|group| names_here(scene, image, group));
    let mut elastic = parts.len();
    if let Some(here) = here {
        parts.push((here, Style::Plain));
    } else {
        parts.extend(names(image, &name));
        elastic = parts.len() - 1;
    }
    let elsewhere = group.and_then(|_| elsewhere(scene, ix));
    parts.extend(elsewhere.iter().map(|(short, _)| (short.clone(), Style::Muted)));
    if child {
        parts.insert(0, (tr!("row.child").into_owned(), Style::Muted));
    }
    parts.extend(label_found(scene, graph, ix).map(|label| (label, Style::Muted)));
    let hint = scene.state.tree.catalog().hints.image(ix);
    let word = tr!(verdict_sign(summary.verdict, colors).2);
    let use_words = match used {
        0 if !graph.inventory().containers.is_complete() => tr!("row.use_unknown").into_owned(),
        0 => tr!("row.unused").into_owned(),
        _ => text::count("row.used_by", used),
    };
    let key = if child { "row.child.sentence" } else { "row.image.sentence" };
    let mut sentence = tr!(key, id = image.id.short(), name = name, used = use_words, verdict = word);
    if let Some((_, full)) = elsewhere {
        sentence.push_str(&tr!("list.comma"));
        sentence.push_str(&full);
    }
    let protected = scene.state.protection().image(ix).map(protected_because);
    if let Some(why) = &protected {
        sentence.push_str(&tr!("list.comma"));
        sentence.push_str(why);
    }
    Some(Words {
        icon: if child { icons::CHILD } else { icons::IMAGE },
        tint: colors.muted,
        elastic: elastic + usize::from(child),
        parts,
        badge: None,
        // One name stands in the row already.
        hover: (image.references.len() > 1).then(|| all_names(image)),
        remark: hint.map(|hint| hint_words(graph, hint)),
        numbers: Some(Numbers {
            own: summary.own,
            size: image.size,
            created: image.created,
            used,
            verdict: Some(summary.verdict),
            protected,
        }),
        sentence,
    })
}

fn protected_because(keep: &Keep) -> String {
    tr!("keep.protected", why = text::keep_words(keep))
}

/// The label that the filter found, where nothing else of the image shows why it is here.
fn label_found(scene: &Scene<'_>, graph: &Graph, ix: ImageIx) -> Option<String> {
    let filter = scene.state.tree.filter();
    if filter.is_empty() {
        return None;
    }
    let mut labels = graph.image(ix)?.labels.iter().map(|(key, value)| format!("{key}={value}"));
    labels.find(|label| filter.any_in(label))
}

/// What an image is called, and where that is a number, one of its repositories.
fn names(image: &Image, name: &str) -> Vec<(String, Style)> {
    let tags = image.references.iter().filter(|n| !n.is_digest_only()).count();
    if tags == 1 && same_repository(&image.references) {
        return vec![(name.to_owned(), Style::Plain)];
    }
    let first = image.references.first().map(|n| n.repository().familiar().to_owned());
    vec![(name.to_owned(), Style::Strong), (first.unwrap_or_default(), Style::Muted)]
}

/// The first names of an image, one a line.
fn all_names(image: &Image) -> String {
    let names: Vec<_> = image.references.iter().take(24).map(Reference::familiar).collect();
    let more = image.references.len().saturating_sub(names.len());
    let mut all = names.join("\n");
    if more > 0 {
        all.push('\n');
        all.push_str(&text::count("n.more", more));
    }
    all
}

/// The image's names that belong to a group, without what the group says already.
fn names_here(scene: &Scene<'_>, image: &Image, group: GroupIx) -> Option<String> {
    let group = scene.state.tree.group_name(group)?;
    let here: Vec<_> = image.references.iter().filter(|name| group.holds(name)).collect();
    let tags: Vec<_> = here.iter().filter(|name| !name.is_digest_only()).collect();
    let shown: Vec<String> = match (group, tags.as_slice()) {
        (GroupName::Unnamed, _) => return None,
        (_, []) => vec![tr!("image.digest_only").into_owned()],
        (GroupName::Repository(_), tags) => {
            tags.iter().filter_map(|name| name.tag()).map(|tag| format!(":{tag}")).collect()
        }
        (GroupName::Registry(_), tags) => {
            let shown = |name: &&&Reference| {
                let (full, host) = (name.familiar(), name.repository().registry());
                full.strip_prefix(host).map_or(full.clone(), |rest| rest.trim_start_matches('/').to_owned())
            };
            tags.iter().map(shown).collect()
        }
    };
    let (first, rest) = shown.split_first()?;
    match rest.len() {
        0 => Some(first.clone()),
        1..=3 => Some(shown.join(", ")),
        more => Some(format!("{first}, {}", text::count("n.more", more))),
    }
}

/// In how many other groups an image stands: in a word or two, and in full.
fn elsewhere(scene: &Scene<'_>, ix: ImageIx) -> Option<(String, String)> {
    let tree = &scene.state.tree;
    let others = tree.groups()?.of(ix).len().saturating_sub(1);
    let (short, full) = match tree.grouping() {
        Grouping::Image => return None,
        Grouping::Repository => ("row.more.repositories", "row.also.repositories"),
        Grouping::Registry => ("row.more.registries", "row.also.registries"),
    };
    (others > 0).then(|| (text::count(short, others), text::count(full, others)))
}

fn reference(name: &Reference, last: bool, colors: &Palette) -> Words {
    let digest = name.is_digest_only();
    let short = text::short_digests(&name.familiar());
    let key = match (digest, last) {
        (true, _) => "row.digest.sentence",
        (false, false) => "row.tag.sentence",
        (false, true) => "row.last_tag.sentence",
    };
    Words {
        icon: if digest { icons::DIGEST } else { icons::TAG },
        tint: if digest { colors.muted } else { colors.accent },
        sentence: tr!(key, name = short),
        hover: (short != name.familiar()).then(|| name.familiar()),
        parts: vec![(short, Style::Plain)],
        elastic: 0,
        badge: None,
        remark: None,
        numbers: None,
    }
}

/// What a hint says.
pub fn hint_words(graph: &Graph, hint: &Hint) -> String {
    match hint {
        Hint::PastedHost { host, registry } => tr!("hint.pasted", host = host, registry = registry),
        Hint::TwoEnvironments { test, production } => {
            tr!("hint.environments", test = test, production = production)
        }
        Hint::AlsoIn { registries } => tr!("hint.also_in", registries = some(registries)),
        Hint::OtherImage { registry, image } => {
            let id = graph.image(*image).map(|image| image.id.short()).unwrap_or_default();
            tr!("hint.other_image", registry = registry, id = id)
        }
        Hint::OneLetter { repository } => tr!("hint.one_letter", repository = repository),
    }
}

/// The first few of a list, and how many more there are.
fn some(all: &[String]) -> String {
    const NAMED: usize = 4;
    let mut named: Vec<_> = all.iter().take(NAMED).cloned().collect();
    if all.len() > NAMED {
        named.push(text::count("n.others", all.len() - NAMED));
    }
    text::list(&named)
}

fn remark(graph: &Graph, hints: &[Hint]) -> Option<String> {
    let lines: Vec<_> = hints.iter().map(|hint| hint_words(graph, hint)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn container(
    graph: &Graph,
    ix: ContainerIx,
    key: &str,
    icon: &'static str,
    colors: &Palette,
) -> Option<Words> {
    let found = graph.container(ix)?;
    let state = text::container_state(found.state);
    let mut parts = vec![(found.name.clone(), Style::Strong), (status(found), Style::Muted)];
    if let Some(project) = &found.compose_project {
        parts.push((tr!("row.compose", project = project), Style::Muted));
    }
    let sentence = tr!(&format!("{key}.sentence"), name = found.name, state = state);
    let tint = if found.state.counts_as_running() { colors.safe } else { colors.muted };
    let hover = Some(format!("{}\n{}", found.id.as_str(), found.image_shown));
    Some(Words { icon, tint, parts, elastic: 0, badge: None, hover, remark: None, numbers: None, sentence })
}
