//! What is marked for removal, by what survives another listing: image IDs, names, container IDs. What
//! a set comes to is worked out when it changes, never while painting.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::tree::{Grouping, Node, Row};
use super::{AppState, Move};
use crate::message::{Command, TaskId, Work};
use crate::model::{ContainerIx, Graph, ImageIx};
use crate::plan::bulk::{KeepReason, Marked as MarkedThings, Outlook, PLANNED_AT_MOST, outlook};
use crate::rules::Target;

mod choose;
mod set;
mod touched;

pub use choose::Choice;
use choose::Chosen;
use set::ImageSet;

#[derive(Debug, Default)]
pub struct Marks {
    /// Images, by their places in `graph`.
    images: ImageSet,
    /// Names and containers.
    others: BTreeSet<Target>,
    graph: Option<Arc<Graph>>,
    /// The same as rows of the present observation, for painting.
    rows: MarkedRows,
    /// Where a range begins: the row that was marked last.
    anchor: Option<Row>,
    outlook: Option<Outlook>,
    /// The outlook is to be worked out by the worker, which was not asked yet.
    unweighed: bool,
    /// What the worker is working out; it is asked for one outlook at a time.
    asked: Option<TaskId>,
    /// It could not work out what is marked now.
    pub is_unknown: bool,
}

#[derive(Debug, Default)]
struct MarkedRows {
    names: HashSet<(ImageIx, u32)>,
    containers: HashSet<ContainerIx>,
    /// For each group, how many of its images are marked.
    in_groups: Vec<usize>,
}

/// How much of what a row stands for is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marked {
    Not,
    Partly,
    Wholly,
}

impl Marks {
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn len(&self) -> usize {
        self.images.len() + self.others.len()
    }

    /// Everything marked, in order: images, names, containers.
    pub fn targets(&self) -> Vec<Target> {
        self.graph.as_ref().map(|graph| self.things().targets(graph)).unwrap_or_default()
    }

    fn things(&self) -> MarkedThings {
        MarkedThings { images: self.images.iter().collect(), others: self.others.iter().cloned().collect() }
    }

    pub fn contains(&self, target: &Target) -> bool {
        match target {
            Target::Image(id) => {
                let ix = self.graph.as_ref().and_then(|graph| graph.find_image(id));
                ix.is_some_and(|ix| self.images.contains(ix))
            }
            Target::Reference(..) | Target::Container(_) => self.others.contains(target),
        }
    }

    /// What removing all of it comes to; `None` while nothing is marked, and where much is marked until it is
    /// worked out.
    pub fn outlook(&self) -> Option<&Outlook> {
        self.outlook.as_ref()
    }

    fn has(&self, node: Node) -> bool {
        match node {
            Node::Image(ix) => self.images.contains(ix),
            Node::Name(ix, at) => self.rows.names.contains(&(ix, at)),
            Node::Container(_, ix) | Node::Mount(_, ix) | Node::Stray(ix) => {
                self.rows.containers.contains(&ix)
            }
            Node::Group(_)
            | Node::ComputedDigest(..)
            | Node::Child(..)
            | Node::Layers(_)
            | Node::Layer(..) => false,
        }
    }
}

/// Whether a row can be marked. A child image is marked where it stands itself, and a digest that is only
/// computed cannot be removed.
pub fn can_be_marked(node: Node) -> bool {
    match node {
        Node::Group(_)
        | Node::Image(_)
        | Node::Name(..)
        | Node::Container(..)
        | Node::Mount(..)
        | Node::Stray(_) => true,
        Node::ComputedDigest(..) | Node::Child(..) | Node::Layers(_) | Node::Layer(..) => false,
    }
}

impl AppState {
    pub fn marked(&self, row: Row) -> Marked {
        if let Node::Group(ix) = row.node {
            let marked = self.marks.rows.in_groups.get(ix.0 as usize).copied().unwrap_or(0);
            let all = self.tree.groups().and_then(|g| g.get(ix)).map_or(0, |g| g.images.len());
            match marked {
                0 => Marked::Not,
                some if some == all => Marked::Wholly,
                _ => Marked::Partly,
            }
        } else if self.marks.has(row.node) {
            Marked::Wholly
        } else {
            Marked::Not
        }
    }

    pub(super) fn mark(&mut self, targets: impl IntoIterator<Item = Target>) {
        for target in targets {
            self.set_mark(target, true);
        }
        self.marks_changed();
    }

    pub(super) fn unmark(&mut self, targets: impl IntoIterator<Item = Target>) {
        for target in targets {
            self.set_mark(target, false);
        }
        self.marks_changed();
    }

    fn set_mark(&mut self, target: Target, marked: bool) {
        if let Target::Image(id) = &target {
            if let Some(ix) = self.marks.graph.as_ref().and_then(|graph| graph.find_image(id)) {
                self.set_image_mark(ix, marked);
            }
        } else if marked {
            self.place_mark(&target, true);
            self.marks.others.insert(target);
        } else if self.marks.others.remove(&target) {
            self.place_mark(&target, false);
        }
    }

    fn set_image_mark(&mut self, ix: ImageIx, marked: bool) {
        if !self.marks.images.set(ix, marked) {
            return;
        }
        for group in self.tree.groups().map_or(&[][..], |groups| groups.of(ix)) {
            if let Some(count) = self.marks.rows.in_groups.get_mut(group.0 as usize) {
                *count = if marked { *count + 1 } else { count.saturating_sub(1) };
            }
        }
    }

    fn mark_images(&mut self, images: impl IntoIterator<Item = ImageIx>, marked: bool) {
        for ix in images {
            self.set_image_mark(ix, marked);
        }
        self.marks_changed();
    }

    pub(super) fn clear_marks(&mut self) {
        (self.marks.images, self.marks.others) = Default::default();
        self.marks.anchor = None;
        self.place_marks();
        self.marks_changed();
    }

    /// Marks a row, or takes its mark away if it has one.
    pub(super) fn toggle_mark(&mut self, row: Row) {
        self.marks.anchor = Some(row);
        let images = self.images_of(row);
        if !images.is_empty() {
            let all = images.iter().all(|ix| self.marks.images.contains(*ix));
            return self.mark_images(images, !all);
        }
        let Some(target) = self.target_of(row) else { return };
        if self.marks.contains(&target) { self.unmark([target]) } else { self.mark([target]) }
    }

    /// Marks everything from the row that was marked last to this one, as shown. A range with images in it
    /// marks those; one inside an image marks what stands there.
    pub(super) fn mark_to(&mut self, row: Row) {
        let anchor = self.marks.anchor.or_else(|| self.tree.cursor()).unwrap_or(row);
        let place = |wanted: Row| self.tree.rows().iter().position(|row| *row == wanted);
        let Some(end) = place(row) else { return };
        let start = place(anchor).unwrap_or(end);
        let range = self.tree.rows().get(start.min(end)..=start.max(end)).unwrap_or_default();
        let is_image = |row: &Row| matches!(row.node, Node::Image(_));
        let only_images = range.iter().any(is_image);
        let rows = range.iter().filter(|row| is_image(row) || !only_images);
        let rows = rows.filter(|row| !matches!(row.node, Node::Group(_)));
        if only_images {
            let images: Vec<_> = rows.filter_map(|row| row.node.image()).collect();
            self.mark_images(images, true);
        } else {
            let targets: Vec<_> = rows.filter_map(|row| self.target_of(*row)).collect();
            self.mark(targets);
        }
        self.marks.anchor = Some(anchor);
    }

    /// Moves the cursor, and marks everything up to it.
    pub(super) fn extend_marks(&mut self, step: Move) {
        self.marks.anchor = self.marks.anchor.or_else(|| self.tree.cursor());
        self.move_cursor(step);
        if let Some(row) = self.tree.cursor() {
            self.mark_to(row);
        }
    }

    /// Every image that filter and preset let through.
    pub(super) fn mark_shown(&mut self) {
        let shown: Vec<_> = self.tree.shown_images().collect();
        self.mark_images(shown, true);
    }

    /// Marks a kind of images; `now` is in seconds since 1970.
    pub(super) fn mark_choice(&mut self, choice: &Choice, now: i64) {
        match self.chosen(choice, now) {
            Chosen::Images(images) => self.mark_images(images, true),
            Chosen::Targets(targets) => self.mark(targets),
        }
    }

    /// After another listing: what is gone is not marked any more.
    pub(super) fn keep_marks(&mut self) {
        let (new, old) = (self.graph().cloned(), self.marks.graph.take());
        self.marks.graph.clone_from(&new);
        let Some(graph) = new else { return self.clear_marks() };
        self.marks.anchor = None;
        if old.as_ref().is_some_and(|old| Arc::ptr_eq(old, &graph)) {
            return self.marks_changed();
        }
        let images = std::mem::take(&mut self.marks.images);
        self.marks.images = old.map(|old| images.in_newer(&old, &graph)).unwrap_or_default();
        self.marks.others.retain(|target| match target {
            Target::Image(_) => false,
            Target::Reference(id, name) => {
                let image = graph.find_image(id).and_then(|ix| graph.image(ix));
                image.is_some_and(|image| image.references.contains(name))
            }
            Target::Container(id) => graph.find_container(id).is_some(),
        });
        self.place_marks();
        self.marks_changed();
    }

    /// Why a thing stays whatever is marked, beyond what the world protects: nothing so far.
    pub(super) fn keep_reason(_target: &Target) -> Option<KeepReason> {
        None
    }

    /// What a few marks come to is told at once; of many it is asked of the worker.
    fn marks_changed(&mut self) {
        let many = self.marks.len() > PLANNED_AT_MOST;
        (self.marks.unweighed, self.marks.is_unknown) = (many, false);
        let outlook = match self.world() {
            Some(world) if !many && !self.marks.is_empty() => {
                Some(outlook(&world, &self.marks.targets(), &Self::keep_reason))
            }
            Some(_) | None => None,
        };
        let before = std::mem::replace(&mut self.marks.outlook, outlook);
        if let Some(before) = before.filter(|before| before.kept.len() > PLANNED_AT_MOST) {
            self.let_go(before);
        }
    }

    /// Asks for the outlook of many marks, once the worker is done with the one before.
    pub(super) fn weigh_marks(&mut self) -> Option<Command> {
        if !self.marks.unweighed || self.marks.asked.is_some() {
            return None;
        }
        let world = self.world()?;
        self.marks.unweighed = false;
        self.last_task = TaskId(self.last_task.0 + 1);
        let task = self.last_task;
        self.marks.asked = Some(task);
        let marked = self.marks.things();
        Some(Command::WorkOut { task, work: Box::new(Work::Outlook { world, marked }) })
    }

    /// Takes the answer over, unless other things are marked by now.
    pub(super) fn marks_weighed(&mut self, task: TaskId, outlook: Outlook) {
        if self.marks.asked != Some(task) {
            return;
        }
        self.marks.asked = None;
        if self.marks.len() > PLANNED_AT_MOST && !self.marks.unweighed {
            self.marks.outlook = Some(outlook);
        }
    }

    pub(super) fn marks_not_weighed(&mut self, task: TaskId) {
        if self.marks.asked.take_if(|asked| *asked == task).is_some() {
            self.marks.is_unknown = self.marks.len() > PLANNED_AT_MOST && !self.marks.unweighed;
        }
    }

    pub(super) fn group_by(&mut self, grouping: Grouping) {
        self.tree.group_by(grouping);
        self.settings.grouping = grouping;
        self.marks.anchor = None;
        self.place_marks();
    }

    /// Finds the rows of all that is marked, after another listing or in other groups.
    fn place_marks(&mut self) {
        let groups = self.tree.groups().map_or(0, |groups| groups.all().len());
        self.marks.rows = MarkedRows { in_groups: vec![0; groups], ..MarkedRows::default() };
        for ix in self.marks.images.iter() {
            for group in self.tree.groups().map_or(&[][..], |groups| groups.of(ix)) {
                if let Some(count) = self.marks.rows.in_groups.get_mut(group.0 as usize) {
                    *count += 1;
                }
            }
        }
        let others = std::mem::take(&mut self.marks.others);
        for target in &others {
            self.place_mark(target, true);
        }
        self.marks.others = others;
    }

    /// Notes at its row that a name or a container is marked, or is not any more.
    fn place_mark(&mut self, target: &Target, marked: bool) {
        let Some(graph) = self.listing.observation.as_ref().map(|o| &o.graph) else { return };
        let rows = &mut self.marks.rows;
        match target {
            Target::Image(_) => {}
            Target::Container(id) => {
                if let Some(ix) = graph.find_container(id) {
                    set(&mut rows.containers, ix, marked);
                }
            }
            Target::Reference(id, name) => {
                let place = graph.find_image(id).and_then(|ix| {
                    let at = graph.image(ix)?.references.iter().position(|n| n == name)?;
                    Some((ix, u32::try_from(at).ok()?))
                });
                if let Some(place) = place {
                    set(&mut rows.names, place, marked);
                }
            }
        }
    }
}

fn set<T: Eq + std::hash::Hash>(all: &mut HashSet<T>, one: T, marked: bool) {
    if marked {
        all.insert(one);
    } else {
        all.remove(&one);
    }
}
