//! The two ways out, side by side: in order without force, and by force.

use std::sync::Arc;

use egui::Ui;

use super::head::review_button;
use crate::plan::{Loss, NoWay, RemovalPlan, Way, commands};
use crate::rules::Target;
use crate::state::{Action, Details};
use crate::ui::review::deeds;
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, icons};

/// Narrower than this, the cards stand one below the other.
const SIDE_BY_SIDE: f32 = 440.0;
/// More names than this in one sentence are counted.
const NAMED: usize = 6;

pub fn show(
    ui: &mut Ui,
    scene: &Scene<'_>,
    details: &Details,
    commands: &mut Option<Way>,
    height: &mut f32,
    actions: &mut Vec<Action>,
) {
    let one_step = details.ordered.as_ref().is_ok_and(|p| p.steps.len() == 1);
    if details.forced.is_none() && one_step {
        widgets::section(ui, &tr!("ways.one"), None);
    } else {
        widgets::section(ui, &tr!("ways.title"), None);
    }
    let target = &details.target;
    let mut open = *commands;
    match &details.forced {
        Some(forced) if ui.available_width() >= SIDE_BY_SIDE => {
            let mut tallest: f32 = 0.0;
            let last = *height;
            ui.spacing_mut().item_spacing.x = 3.0 * GRID;
            ui.columns_const(|[left, right]| {
                for (ui, way, plan) in [(left, Way::Ordered, &details.ordered), (right, Way::Force, forced)] {
                    let used = card(ui, scene, target, way, plan, last, &mut open, actions);
                    tallest = tallest.max(used);
                }
            });
            if (tallest - *height).abs() > 0.5 {
                *height = tallest;
                ui.request_repaint();
            }
        }
        forced => {
            card(ui, scene, target, Way::Ordered, &details.ordered, 0.0, &mut open, actions);
            if let Some(forced) = forced {
                card(ui, scene, target, Way::Force, forced, 0.0, &mut open, actions);
            }
        }
    }
    *commands = open;
    let shown = match open {
        Some(Way::Ordered) => details.ordered.as_ref().ok(),
        Some(Way::Force) => details.forced.as_ref().and_then(|f| f.as_ref().ok()),
        None => None,
    };
    if let Some(plan) = shown {
        command_lines(ui, scene, plan);
    }
}

/// The height its content takes by itself.
#[expect(clippy::too_many_arguments, reason = "each is one property of one card")]
fn card(
    ui: &mut Ui,
    scene: &Scene<'_>,
    target: &Target,
    way: Way,
    plan: &Result<Arc<RemovalPlan>, NoWay>,
    min_height: f32,
    open: &mut Option<Way>,
    actions: &mut Vec<Action>,
) -> f32 {
    let colors = scene.colors;
    let (icon, title) = match way {
        Way::Ordered => (icons::STEPS, tr!("way.ordered")),
        Way::Force => (icons::FORCE, tr!("way.force")),
    };
    widgets::card(ui, colors.surface, colors.line, |ui| {
        // Columns justify their text, which tears short lines apart.
        ui.set_width(ui.available_width());
        ui.with_layout(egui::Layout::top_down(egui::Align::Min), |ui| {
            let top = ui.cursor().top();
            ui.spacing_mut().item_spacing = egui::vec2(1.5 * GRID, 1.5 * GRID);
            ui.horizontal(|ui| {
                let ink = if way == Way::Force { colors.danger } else { colors.accent };
                widgets::icon(ui, icon, 18.0, ink);
                widgets::words(ui, title.as_ref(), theme::strong(theme::BODY), colors.text);
            });
            match plan {
                Ok(plan) => {
                    let force = if plan.uses_force() { tr!("way.with_force") } else { tr!("way.no_force") };
                    widgets::label(ui, format!("{} · {force}", text::count("n.steps", plan.steps.len())));
                    widgets::words(ui, deeds(&plan.tally()), theme::body(), colors.text);
                    widgets::words(ui, text::freed(plan.freed()), theme::body(), colors.muted);
                    losses(ui, scene, &plan.losses);
                }
                Err(why) => {
                    let (sentence, words) = text::no_way(why);
                    widgets::label(ui, sentence);
                    if let Some(words) = words {
                        widgets::quoted(ui, words, colors.muted);
                    }
                }
            }
            let buttons = 7.5 * GRID + 1.5 * GRID;
            let natural = ui.cursor().top() - top + if plan.is_ok() { buttons } else { 0.0 };
            ui.add_space((min_height - natural).max(0.0));
            if let Ok(plan) = plan {
                ui.add_space(GRID);
                ui.horizontal(|ui| {
                    let kind = if way == Way::Force { Kind::Normal } else { Kind::Primary };
                    review_button(ui, scene, target, way, kind, &tr!("button.review"), &title, actions);
                    let shown = *open == Some(way);
                    let words = tr!(if shown { "button.hide_commands" } else { "button.show_commands" });
                    let short = tr!("button.commands");
                    let push = Push::new(Kind::Quiet, &short)
                        .icon(icons::TERMINAL)
                        .named(format!("{words} {title}"));
                    if push.show(ui).on_hover_text(words).clicked() {
                        *open = if shown { None } else { Some(way) };
                    }
                });
                debug_assert!(!plan.steps.is_empty() || plan.targets.is_empty());
            }
            natural + GRID
        })
        .inner
    })
}

/// What suffers, one line for each kind of loss.
pub fn losses(ui: &mut Ui, scene: &Scene<'_>, losses: &[Loss]) {
    let mut containers = Vec::new();
    let mut images = Vec::new();
    for loss in losses {
        match loss {
            Loss::ContainerWithoutImage { name, .. } => containers.push(text::shortened(name)),
            Loss::ImageWithoutName { image } => images.push(image.short().to_owned()),
        }
    }
    containers.sort();
    for (key, mut names) in [("loss.containers", containers), ("loss.images", images)] {
        if names.is_empty() {
            continue;
        }
        let more = names.len().saturating_sub(NAMED);
        names.truncate(NAMED);
        if more > 0 {
            names.push(text::count("n.others", more));
        }
        let words = tr!(key, names = text::list(&names));
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 1.5 * GRID;
            widgets::icon(ui, icons::WARNING, 15.0, scene.colors.warn);
            widgets::words(ui, words, theme::small(), scene.colors.text);
        });
    }
}

fn command_lines(ui: &mut Ui, scene: &Scene<'_>, plan: &RemovalPlan) {
    let lines = commands::shell_lines(plan);
    widgets::code_block(ui, |ui| {
        ui.horizontal(|ui| {
            widgets::words(ui, tr!("commands.title"), theme::small(), scene.colors.muted);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                widgets::copy(ui, &tr!("copy.commands"), &lines.join("\n"));
            });
        });
        for line in &lines {
            widgets::quoted(ui, line, scene.colors.text);
        }
    });
}
