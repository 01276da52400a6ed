//! What a row says, as data; how it looks is in `row`.

mod image;

use egui::Color32;

use super::layers::{layers, one_layer};
use crate::model::{Bytes, ContainerIx, Environment, Graph, GroupIx, GroupName, Hint, Reference};
use crate::rules::{Keep, Verdict};
use crate::state::{Node, Row};
use crate::ui::text::{self, status, tr};
use crate::ui::theme::Palette;
use crate::ui::{Scene, icons};
use image::image;

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
    let guessed = group.environment;
    let environment = match &group.name {
        GroupName::Repository(name) => scene.state.environment(name.registry(), guessed),
        GroupName::Registry(host) => scene.state.environment(host, guessed),
        GroupName::Unnamed => guessed,
    };
    let is_named = environment != guessed;
    let badge = environment.map(|environment| badge(environment, is_named, scene));
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

fn badge(environment: Environment, is_named: bool, scene: &Scene<'_>) -> Badge {
    let colors = scene.colors;
    let (key, hint, ink, fill) = match environment {
        Environment::Test => ("environment.test", "environment.test.hint", colors.muted, colors.hover),
        Environment::Production => {
            ("environment.production", "environment.production.hint", colors.accent, colors.accent_soft)
        }
    };
    let hint = match environment {
        Environment::Test if is_named => "environment.named_test",
        Environment::Production if is_named => "environment.named_production",
        Environment::Test | Environment::Production => hint,
    };
    Badge { word: tr!(key).into_owned(), ink, fill, hint: tr!(hint).into_owned() }
}

fn protected_because(keep: &Keep) -> String {
    tr!("keep.protected", why = text::keep_words(keep))
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
