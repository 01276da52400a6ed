//! Everything about the selected thing: whether it can go, what holds it, the ways out, what happens
//! then, and the facts. Each section is absent where it has nothing to say.

mod effects;
mod facts;
mod group;
mod head;
mod holders;
mod keep;
pub mod recovery;
mod ways;

pub use effects::engine_line;
pub use head::button_key;
pub use keep::choices as keep_choices;
pub use ways::losses;

use egui::{Margin, ScrollArea, Ui};

use super::text::tr;
use super::theme::GRID;
use super::{Scene, icons, placeholder};
use crate::model::{Graph, Group};
use crate::plan::Way;
use crate::rules::Target;
use crate::state::{Action, Blocked, Details, Node};

#[derive(Debug, Default)]
pub struct DetailsPanel {
    /// What the fields below are about; they start anew with another selection.
    about: Option<Target>,
    /// Whose commands are shown.
    commands: Option<Way>,
    all_holders: bool,
    all_lines: bool,
    all_layers: bool,
    recovery: recovery::Names,
    /// The height of the higher of two cards side by side, from the last frame.
    card_height: f32,
}

impl DetailsPanel {
    pub(super) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
        // A panel is as big as what is in it; this one keeps the size that the person gave it.
        ui.expand_to_include_rect(ui.max_rect());
        let (Some(details), Some(graph)) = (&scene.state.details, scene.state.graph()) else {
            if let Some(group) = group_at_cursor(scene) {
                ScrollArea::vertical().id_salt("group").auto_shrink([false, false]).show(ui, |ui| {
                    group::show(ui, scene, group, actions);
                });
                return;
            }
            let title = tr!("details.nothing");
            placeholder::message(ui, scene, icons::IMAGE, &title, &tr!("details.nothing.hint"));
            return;
        };
        if self.about.as_ref() != Some(&details.target) {
            *self = Self { about: Some(details.target.clone()), ..Self::default() };
        }
        // Another selection starts at its top, and its widgets are other widgets.
        let area = ScrollArea::vertical().id_salt(("details", &details.target)).auto_shrink([false, false]);
        area.show(ui, |ui| {
            egui::Frame::new().inner_margin(Margin { left: 16, right: 16, top: 12, bottom: 24 }).show(
                ui,
                |ui| {
                    ui.set_width(ui.available_width());
                    ui.spacing_mut().item_spacing.y = 2.0 * GRID;
                    self.sections(ui, scene, details, graph, actions);
                },
            );
        });
    }

    fn sections(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        details: &Details,
        graph: &Graph,
        actions: &mut Vec<Action>,
    ) {
        head::show(ui, scene, details, graph, actions);
        head::verdict(ui, scene, details);
        keep::show(ui, scene, details, actions);
        // What holds the image is the answer for an image, and only background for one of its names.
        let is_name = matches!(details.target, Target::Reference(..));
        if !is_name {
            holders::show(ui, scene, details, graph, &mut self.all_holders, actions);
        }
        ways::show(ui, scene, details, &mut self.commands, &mut self.card_height, actions);
        effects::show(ui, scene, details, graph, &mut self.all_lines, actions);
        if let Some(image) = details.subject.image().and_then(|ix| graph.image(ix)) {
            recovery::show(ui, scene, details, image, &mut self.recovery, actions);
        }
        if is_name {
            holders::show(ui, scene, details, graph, &mut self.all_holders, actions);
        }
        facts::show(ui, scene, details, graph, &mut self.all_layers, actions);
    }
}

fn group_at_cursor<'a>(scene: &Scene<'a>) -> Option<&'a Group> {
    let tree = &scene.state.tree;
    match tree.cursor()?.node {
        Node::Group(ix) => tree.groups()?.get(ix),
        Node::Image(_)
        | Node::Name(..)
        | Node::ComputedDigest(..)
        | Node::Container(..)
        | Node::Mount(..)
        | Node::Child(..)
        | Node::Layers(_)
        | Node::Layer(..)
        | Node::Stray(_) => None,
    }
}

/// Why a removal button does nothing, in one sentence.
pub(super) fn blocked_words(scene: &Scene<'_>) -> Option<String> {
    let key = match scene.state.blocked()? {
        Blocked::NotListed => "blocked.not_listed",
        Blocked::Stale(_) => "blocked.stale",
        Blocked::Remembered(_) => "blocked.remembered",
        Blocked::Incomplete(_) => "blocked.incomplete",
        Blocked::Outrun => "blocked.outrun",
        Blocked::Running => "blocked.running",
        Blocked::Restoring => "blocked.restoring",
        Blocked::WorkerLost => "banner.worker_lost",
    };
    Some(tr!(key).into_owned())
}
