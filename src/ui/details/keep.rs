//! Whether the selected thing is kept, by whose word, and how to change that.

use egui::Ui;

use crate::rules::policy::{Keep, Pin};
use crate::rules::{Policy, Target};
use crate::state::{Action, Details};
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, icons};

pub fn show(ui: &mut Ui, scene: &Scene<'_>, details: &Details, actions: &mut Vec<Action>) {
    match scene.state.kept_because(&details.target) {
        Some(keep) => kept(ui, scene, details, keep, actions),
        None => offers(ui, offered(&details.target, &scene.state.settings.policy), actions),
    }
}

fn kept(ui: &mut Ui, scene: &Scene<'_>, details: &Details, keep: &Keep, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    let frame = egui::Frame::new()
        .fill(colors.accent_soft)
        .corner_radius(8)
        .inner_margin(egui::Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 1.5 * GRID;
            widgets::icon(ui, icons::LOCK, 18.0, colors.accent);
            let words = tr!("keep.protected", why = text::keep_words(keep));
            widgets::words(ui, words, theme::strong(theme::BODY), colors.text);
        });
        if let Some((key, action)) = lifting(keep, &details.target) {
            ui.horizontal(|ui| {
                if Push::new(Kind::Link, &tr!(key)).small().flush().show(ui).clicked() {
                    actions.push(action);
                }
            });
        }
    });
}

/// What lifts a protection by hand.
fn lifting(keep: &Keep, target: &Target) -> Option<(&'static str, Action)> {
    match (keep, target) {
        (Keep::Pinned(pin), _) => Some(("button.unkeep", Action::Unpin(pin.clone()))),
        (Keep::Label | Keep::ComposeProject(_), Target::Image(id) | Target::Reference(id, _)) => {
            Some(("button.lift", Action::Lift(id.clone())))
        }
        (Keep::Label | Keep::ComposeProject(_), Target::Container(_)) => None,
    }
}

/// What a person can decide about keeping a thing now: lift what protects it, or keep it.
pub fn choices(scene: &Scene<'_>, target: &Target) -> Vec<(String, Action)> {
    match scene.state.kept_because(target) {
        Some(keep) => {
            let lifted = lifting(keep, target);
            lifted.map(|(key, action)| (tr!(key).into_owned(), action)).into_iter().collect()
        }
        None => offered(target, &scene.state.settings.policy),
    }
}

fn offered(target: &Target, policy: &Policy) -> Vec<(String, Action)> {
    let mut offered: Vec<(String, Action)> = Vec::new();
    match target {
        Target::Image(id) => {
            if policy.lifted.contains(id) {
                offered.push((tr!("button.restore").into_owned(), Action::Restore(id.clone())));
            }
            offered.push((tr!("button.keep_image").into_owned(), Action::Keep(Pin::Image(id.clone()))));
        }
        Target::Reference(_, name) => {
            offered.push((tr!("button.keep_name").into_owned(), Action::Keep(Pin::Name(name.clone()))));
            let repository = name.repository();
            offered.push((
                tr!("button.keep_repository", name = repository.familiar()),
                Action::Keep(Pin::Repository(repository.full().to_owned())),
            ));
        }
        Target::Container(_) => {}
    }
    offered
}

/// Small and last: most things are not to be kept.
fn offers(ui: &mut Ui, offered: Vec<(String, Action)>, actions: &mut Vec<Action>) {
    if offered.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        // Flush, so that one that comes to stand on a line of its own begins where the others do.
        ui.spacing_mut().item_spacing.x = 6.0 * GRID;
        for (words, action) in offered {
            if Push::new(Kind::Link, &words).small().flush().show(ui).clicked() {
                actions.push(action);
            }
        }
    });
}
