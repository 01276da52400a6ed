//! What a row of an image says: its ID, its names or how many there are, and where else it stands.

use super::{Numbers, Style, Words, hint_words, protected_because, verdict_sign};
use crate::message::ImageSummary;
use crate::model::{Graph, GroupIx, GroupName, Image, ImageIx, Reference};
use crate::rules::Verdict;
use crate::state::Grouping;
use crate::ui::text::{self, image_name, same_repository, tr};
use crate::ui::{Scene, icons};

pub(super) fn image(
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
