//! Marks many at once by what they have in common. Where something is not known, nothing is marked for it.

use std::sync::Arc;

use crate::model::kinds::is_intermediate;
use crate::model::{GroupName, Image, ImageIx};
use crate::rules::Target;
use crate::state::tree::Preset;
use crate::state::{AppState, Tree};

const DAY: i64 = 86_400;

/// What to mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    Unused,
    Dangling,
    /// Images made more than this many days ago.
    OlderThan(u16),
    /// In each repository all but this many of the newest. An image that is among the newest of any of its
    /// repositories is left out.
    AllButNewest(u16),
    /// Every name in the registry with this host; the whole image where it has no other name.
    Registry(String),
    /// Of the images in a group, those that no container needs.
    UnusedIn(GroupName),
    /// Images that no container of a compose project uses.
    NoCompose,
}

/// What was found.
#[derive(Debug)]
pub(super) enum Chosen {
    Images(Vec<ImageIx>),
    Targets(Vec<Target>),
}

impl AppState {
    /// What a choice comes to on the present listing.
    pub(super) fn chosen(&self, choice: &Choice, now: i64) -> Chosen {
        let Some(graph) = self.graph() else { return Chosen::Images(Vec::new()) };
        let images = || (0..).map(ImageIx).zip(graph.images());
        let of_preset = |preset| {
            let presets = self.tree.presets();
            (0..).map(ImageIx).take(graph.images().len()).filter(|ix| presets.has(*ix, preset)).collect()
        };
        Chosen::Images(match choice {
            Choice::Unused => of_preset(Preset::Unused),
            Choice::Dangling => of_preset(Preset::Dangling),
            Choice::OlderThan(days) => {
                let before = now - i64::from(*days) * DAY;
                let old = |image: &Image| image.created.is_some_and(|made| made < before);
                let found = images().filter(|(_, i)| old(i) && !is_intermediate(graph, i));
                found.map(|(ix, _)| ix).collect()
            }
            Choice::AllButNewest(count) => outdated(&self.tree, graph.images(), usize::from(*count)),
            Choice::Registry(host) => {
                let group = GroupName::Registry(host.clone());
                let all = graph.images().iter().flat_map(|image| names_in(&group, image));
                return Chosen::Targets(all.collect());
            }
            Choice::UnusedIn(group) => {
                let is_in = |image: &Image| match group {
                    GroupName::Unnamed => image.references.is_empty(),
                    GroupName::Repository(_) | GroupName::Registry(_) => {
                        image.references.iter().any(|name| group.holds(name))
                    }
                };
                let unused = |ix| self.tree.presets().has(ix, Preset::Unused);
                images().filter(|(ix, image)| unused(*ix) && is_in(image)).map(|(ix, _)| ix).collect()
            }
            Choice::NoCompose => {
                if !graph.inventory().containers.is_complete() {
                    return Chosen::Images(Vec::new());
                }
                let in_project = |ix| {
                    let users = graph.users(ix).iter().chain(graph.mounted_by(ix));
                    users.filter_map(|c| graph.container(*c)).any(|c| c.compose_project.is_some())
                };
                let found = images().filter(|(ix, image)| !in_project(*ix) && !is_intermediate(graph, image));
                found.map(|(ix, _)| ix).collect()
            }
        })
    }
}

/// The images that are not among the newest of any repository they stand in.
fn outdated(tree: &Tree, images: &[Arc<Image>], count: usize) -> Vec<ImageIx> {
    let repositories = &tree.catalog().repositories;
    let made = |ix: &ImageIx| images.get(ix.0 as usize).and_then(|image| image.created);
    let mut stays = vec![false; images.len()];
    for group in repositories.all() {
        let mut known: Vec<_> = group.images.iter().filter_map(|ix| Some((made(ix)?, *ix))).collect();
        known.sort_unstable_by_key(|(made, ix)| (std::cmp::Reverse(*made), *ix));
        // One whose age is not known may be the newest.
        let unknown = group.images.iter().filter(|ix| made(ix).is_none()).copied();
        for ix in known.into_iter().take(count).map(|(_, ix)| ix).chain(unknown) {
            if let Some(slot) = stays.get_mut(ix.0 as usize) {
                *slot = true;
            }
        }
    }
    let named = |(_, image): &(ImageIx, &Arc<Image>)| !image.references.is_empty();
    let all = (0..).map(ImageIx).zip(images).filter(named).map(|(ix, _)| ix);
    all.filter(|ix| !stays.get(ix.0 as usize).copied().unwrap_or(true)).collect()
}

fn names_in(group: &GroupName, image: &Image) -> Vec<Target> {
    let held = image.references.iter().filter(|name| group.holds(name));
    let names: Vec<_> = held.map(|name| Target::Reference(image.id.clone(), name.clone())).collect();
    if !names.is_empty() && names.len() == image.references.len() {
        return vec![Target::Image(image.id.clone())];
    }
    names
}
