//! What the left side shows: the tree, the picture, the map or the registries. The tiles of the map come with the listing;
//! the picture is worked out when what it shows has changed, and only while it is shown.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{AppState, Dialog, Node};
use crate::map::Tiles;
use crate::model::{Graph, Image, ImageIx};
use crate::picture::{Bundle, Picture, Subject};
use crate::plan::RemovalPlan;
use crate::rules::{Target, World};

/// With more images, a picture of all is worked out for too long, and would show no more.
pub const ALL_AT_MOST: usize = 5_000;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum View {
    #[default]
    Tree,
    Picture,
    Map,
    Registries,
}

impl View {
    pub const ALL: [Self; 4] = [Self::Tree, Self::Picture, Self::Map, Self::Registries];
}

/// What the picture is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Scope {
    /// The selected image, or those of the selected group; all images while nothing is selected.
    #[default]
    Selection,
    /// The images that are marked, or of which something is.
    Marked,
    /// Every image with a name in this repository, which is named with its registry.
    Repository(String),
    All,
}

/// What the left side shows.
#[derive(Debug, Default)]
pub struct LeftSide {
    pub view: View,
    pub scope: Scope,
    toggled: BTreeSet<Bundle>,
    picture: Option<Drawn>,
    /// The last revisions given out.
    last: (u64, u64),
}

/// A picture, and what it was made from.
#[derive(Debug)]
struct Drawn {
    source: Source,
    picture: Picture,
    revision: u64,
    /// Goes up only when the picture is about other images.
    subject: u64,
}

#[derive(Debug)]
struct Source {
    graph: Arc<Graph>,
    scope: Scope,
    selected: Option<ImageIx>,
    /// Those of the marks, or of the selected group; empty unless the picture is about them. Not more than a
    /// picture shows.
    several: Vec<ImageIx>,
    toggled: BTreeSet<Bundle>,
    plan: Option<Arc<RemovalPlan>>,
}

impl Source {
    fn is(&self, other: &Self) -> bool {
        self.same_subject(other)
            && self.several == other.several
            && self.toggled == other.toggled
            && match (&self.plan, &other.plan) {
                (Some(one), Some(other)) => Arc::ptr_eq(one, other) || one == other,
                (one, other) => one.is_none() && other.is_none(),
            }
    }

    fn same_subject(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.graph, &other.graph) && self.scope == other.scope && self.selected == other.selected
    }

    /// The same things in another observation.
    fn same_in_newer(&self, newer: &Self) -> bool {
        let id = |source: &Self| source.selected.and_then(|ix| source.graph.image(ix)).map(|i| i.id.clone());
        self.scope == newer.scope && id(self) == id(newer)
    }
}

impl LeftSide {
    /// The picture, while it is shown and there is something to draw.
    pub fn picture(&self) -> Option<&Picture> {
        self.picture.as_ref().map(|d| &d.picture)
    }

    /// Goes up with every new picture, and with every other subject.
    pub fn revisions(&self) -> (u64, u64) {
        self.picture.as_ref().map_or((0, 0), |d| (d.revision, d.subject))
    }

    pub(super) fn toggle(&mut self, bundle: Bundle) {
        if !self.toggled.remove(&bundle) {
            self.toggled.insert(bundle);
        }
    }
}

impl AppState {
    pub(super) fn show(&mut self, view: View) {
        self.left.view = view;
    }

    /// What a filter lets through are rows, so that typing one leads to the tree.
    pub(super) fn filter(&mut self, text: String) {
        if !text.is_empty() {
            self.left.view = View::Tree;
        }
        self.tree.set_filter(text);
    }

    pub(super) fn set_scope(&mut self, scope: Scope) {
        self.left.scope = scope;
    }

    /// Draws anew what is shown, if what it shows has changed.
    pub(super) fn draw(&mut self) {
        if self.left.view != View::Picture {
            self.left.picture = None;
            return;
        }
        let Some(graph) = self.graph().cloned() else {
            self.left.picture = None;
            return;
        };
        let source = Source {
            several: match self.left.scope {
                Scope::Marked => self.marks.some_images_touched(&graph, ALL_AT_MOST),
                Scope::Selection => {
                    let group = self.selected_group().unwrap_or_default();
                    group.iter().copied().take(ALL_AT_MOST).collect()
                }
                Scope::Repository(_) | Scope::All => Vec::new(),
            },
            selected: self.details.as_ref().and_then(|d| d.subject.image()),
            scope: self.left.scope.clone(),
            toggled: self.left.toggled.clone(),
            plan: self.plan_in_sight().cloned(),
            graph,
        };
        let (revision, subject) = match &self.left.picture {
            Some(old) if old.source.is(&source) => return,
            Some(old) => {
                let same = old.source.same_subject(&source) || old.source.same_in_newer(&source);
                (old.revision + 1, old.subject + u64::from(!same))
            }
            None => (self.left.last.0 + 1, self.left.last.1 + 1),
        };
        self.left.last = (revision, subject);
        let images = images_of(&source);
        let world = World::new(Arc::clone(&source.graph));
        let shown = Subject {
            world: &world,
            images: &images,
            plan: source.plan.as_deref(),
            toggled: &source.toggled,
        };
        let picture = Picture::of(&shown);
        self.left.picture = Some(Drawn { source, picture, revision, subject });
    }

    /// The tiles of the map, and the graph that they were made from.
    pub fn map(&self) -> Option<(&Arc<Graph>, &Tiles)> {
        self.listing.observation.as_ref().map(|o| (&o.graph, &*o.tiles))
    }

    pub(super) fn toggle_mark_of(&mut self, target: Target) {
        if self.marks.contains(&target) { self.unmark([target]) } else { self.mark([target]) }
    }

    /// The images of the group whose row is selected.
    pub fn selected_group(&self) -> Option<&[ImageIx]> {
        let Some(Node::Group(ix)) = self.tree.cursor().map(|row| row.node) else { return None };
        self.tree.groups().and_then(|groups| groups.get(ix)).map(|group| group.images.as_slice())
    }

    /// The images that are marked, or of which a name or a container is.
    pub(super) fn marked_images(&self, graph: &Graph) -> Vec<ImageIx> {
        self.marks.images_touched(graph)
    }

    /// The plan that is about to run, or else the ordered way for the selection.
    fn plan_in_sight(&self) -> Option<&Arc<RemovalPlan>> {
        match &self.dialog {
            Dialog::Review(review) => review.plan()?.ok(),
            Dialog::Running(run) => Some(&run.plan),
            Dialog::None
            | Dialog::Ended(_)
            | Dialog::Kept(_)
            | Dialog::Engines(_)
            | Dialog::Archives(_)
            | Dialog::Undo(_)
            | Dialog::History(_) => self.details.as_ref()?.ordered.as_ref().ok(),
        }
    }
}

/// The images a picture is about; none where there are too many.
fn images_of(source: &Source) -> Vec<ImageIx> {
    let graph = &source.graph;
    let all = || (0..).map(ImageIx).zip(graph.images());
    match (&source.scope, source.selected) {
        (Scope::Selection, Some(ix)) => vec![ix],
        (Scope::Selection, None) if !source.several.is_empty() => {
            source.several.iter().copied().take(ALL_AT_MOST).collect()
        }
        (Scope::Selection, None) | (Scope::All, _) if graph.images().len() > ALL_AT_MOST => Vec::new(),
        (Scope::Selection, None) | (Scope::All, _) => all().map(|(ix, _)| ix).collect(),
        (Scope::Marked, _) => source.several.iter().copied().take(ALL_AT_MOST).collect(),
        (Scope::Repository(name), _) => {
            let within = |(_, image): &(ImageIx, &Arc<Image>)| {
                image.references.iter().any(|n| n.repository().full() == name)
            };
            all().filter(within).map(|(ix, _)| ix).take(ALL_AT_MOST).collect()
        }
    }
}
