//! The plan before it runs: its steps, its options, its losses, and one button that names the deed.

use egui::{Align, Layout, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use super::recovery;
use super::steps::{self, Mark};
use super::{ReviewDialog, archive, list_height, without_journal};
use crate::plan::{Chosen, Kept, RemovalPlan, StepAction, Way, commands};
use crate::state::{Action, ExportOf, Review};
use crate::ui::details::{blocked_words, losses};
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, export, icons};
use crate::words::steps::{deed, plan_title, step_words};

pub fn show(
    ui: &mut Ui,
    scene: &Scene<'_>,
    review: &Review,
    view: &mut ReviewDialog,
    actions: &mut Vec<Action>,
) {
    let colors = scene.colors;
    let top = ui.cursor().top();
    let title = plan_title(&review.targets, review.plan.as_ref().ok());
    ui.horizontal_top(|ui| {
        let room = ui.available_width() - 36.0;
        ui.vertical(|ui| {
            ui.set_width(room);
            widgets::words(ui, title, theme::strong(theme::TITLE), colors.text);
        });
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            if Push::icon_only(icons::CLOSE, &tr!("button.close")).show(ui).clicked() {
                actions.push(Action::CloseDialog);
            }
        });
    });
    if let Some(other) = &review.other {
        way_choice(ui, scene, review, other.is_ok(), actions);
    }
    if review.without_journal {
        without_journal(ui, scene);
    }
    if let Some(changes) = &review.changes {
        changed(ui, scene, changes.new.iter().filter(|n| **n).count(), &changes.dropped, actions);
    }
    match &review.plan {
        Ok(plan) => plan_body(ui, scene, review, plan, top, view, actions),
        Err(why) => {
            let (sentence, words) = text::no_way(why);
            widgets::label(ui, sentence);
            if let Some(words) = words {
                widgets::code_block(ui, |ui| widgets::quoted(ui, words, colors.text));
            }
        }
    }
    match &review.plan {
        Ok(plan) if scene.state.remotes.review.is_warned => {
            let ready = can_run(scene, review);
            recovery::last_copies(ui, scene, &deed_with_archive(scene, plan), ready, actions);
        }
        Ok(_) | Err(_) => buttons(ui, scene, review, actions),
    }
}

fn plan_body(
    ui: &mut Ui,
    scene: &Scene<'_>,
    review: &Review,
    plan: &RemovalPlan,
    top: f32,
    view: &mut ReviewDialog,
    actions: &mut Vec<Action>,
) {
    let colors = scene.colors;
    if !plan.losses.is_empty() {
        let frame = egui::Frame::new()
            .fill(colors.warn_soft)
            .corner_radius(8)
            .inner_margin(egui::Margin::symmetric(12, 8));
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = GRID;
            widgets::words(ui, tr!("review.losses"), theme::strong(theme::BODY), colors.warn);
            losses(ui, scene, &plan.losses);
        });
    }
    kept(ui, scene, &review.kept);
    recovery::show(ui, scene, actions);
    ui.add_space(GRID);
    let taken = ui.cursor().top() - top + 236.0 + archive::height(scene);
    let marks = review.changes.as_ref().map(|c| c.new.as_slice()).unwrap_or_default();
    let height = list_height(ui, taken);
    if view.commands {
        let lines = commands::shell_lines(plan);
        egui::ScrollArea::vertical()
            .id_salt("lines")
            .max_height(height)
            .min_scrolled_height(height)
            .auto_shrink([false, true])
            .show(ui, |ui| {
                widgets::code_block(ui, |ui| {
                    for line in &lines {
                        widgets::quoted(ui, line, colors.text);
                    }
                });
            });
    } else {
        let whole = review.whole.as_ref().map_or(&[][..], |whole| &whole.steps);
        let archived = archived(scene);
        let ticked = steps::list(ui, scene, &mut view.heights, whole, height, |at| {
            let new = marks.get(at).copied().unwrap_or(false);
            review.steps.get(at).map_or(Mark::Waiting, |chosen| {
                let undo = match chosen {
                    Chosen::Goes(step) => review.undo(&step.action).map(|undo| undo.with_archive(archived)),
                    Chosen::LeftOut | Chosen::Impossible(_) | Chosen::WouldTakeAlong => None,
                };
                Mark::Planned { new, chosen, undo }
            })
        });
        if let Some(at) = ticked {
            let goes = !matches!(review.steps.get(at), Some(Chosen::LeftOut));
            actions.push(Action::LeaveOut(vec![at], goes));
        }
    }
    archive::option(ui, scene, actions);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0 * GRID;
        if review.whole.as_ref().is_ok_and(prunes) {
            let mut keep = !review.prune;
            let words = tr!("review.keep_parents");
            if widgets::tick(ui, colors, &mut keep, &words)
                .on_hover_text(tr!("review.keep_parents.hint"))
                .clicked()
            {
                actions.push(Action::SetPrune(!keep));
            }
        }
        stop_first(ui, scene, review, actions);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let words = tr!(if view.commands { "button.show_steps" } else { "button.show_commands" });
            if Push::new(Kind::Quiet, &words).icon(icons::TERMINAL).small().show(ui).clicked() {
                view.commands = !view.commands;
            }
            if view.commands {
                widgets::copy(ui, &tr!("copy.commands"), &commands::shell_lines(plan).join("\n"));
            }
        });
    });
}

/// One box for all steps that stop something.
fn stop_first(ui: &mut Ui, scene: &Scene<'_>, review: &Review, actions: &mut Vec<Action>) {
    let whole = review.whole.as_ref().map_or(&[][..], |whole| &whole.steps);
    let stops: Vec<usize> = (0..whole.len())
        .filter(|at| {
            whole.get(*at).is_some_and(|step| matches!(step.action, StepAction::StopContainer { .. }))
        })
        .collect();
    if stops.is_empty() {
        return;
    }
    let mut all = !stops.iter().any(|at| matches!(review.steps.get(*at), Some(Chosen::LeftOut)));
    let response = widgets::tick(ui, scene.colors, &mut all, &tr!("review.stop_first"));
    if response.on_hover_text(tr!("review.stop_first.hint")).clicked() {
        actions.push(Action::LeaveOut(stops, !all));
    }
}

/// What was marked and stays, each with its reason.
fn kept(ui: &mut Ui, scene: &Scene<'_>, kept: &[Kept]) {
    const LINE: f32 = 20.0;
    if kept.is_empty() {
        return;
    }
    let colors = scene.colors;
    widgets::words(ui, text::count("kept.title", kept.len()), theme::strong(theme::BODY), colors.text);
    egui::ScrollArea::vertical().id_salt("kept").max_height(4.0 * LINE).show_rows(
        ui,
        LINE,
        kept.len(),
        |ui, range| {
            for one in kept.get(range).unwrap_or_default() {
                let words = text::kept(scene.state.graph().map(AsRef::as_ref), one);
                widgets::one_line(ui, &words, theme::body(), colors.muted);
            }
        },
    );
}

/// Whether some step removes an image, so that its parents could go along.
fn prunes(plan: &RemovalPlan) -> bool {
    plan.steps.iter().any(crate::plan::PlannedStep::removes_image)
}

fn way_choice(
    ui: &mut Ui,
    scene: &Scene<'_>,
    review: &Review,
    other_possible: bool,
    actions: &mut Vec<Action>,
) {
    let colors = scene.colors;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for (way, key) in [(Way::Ordered, "way.ordered"), (Way::Force, "way.force")] {
            let chosen = review.way == way;
            let enabled = chosen || other_possible;
            let word = tr!(key);
            let ink = match (chosen, enabled) {
                (true, _) => colors.text,
                (false, true) => colors.muted,
                (false, false) => colors.muted.gamma_multiply(0.75),
            };
            let font = if chosen { theme::strong(theme::BODY) } else { theme::body() };
            let width = widgets::width_of(ui, &word, &theme::strong(theme::BODY)) + 32.0;
            let (rect, response) = ui.allocate_exact_size(
                vec2(width, 30.0),
                if enabled { Sense::click() } else { Sense::hover() },
            );
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, enabled, chosen, &word));
            let fill = if chosen { colors.accent_soft } else { colors.surface };
            let edge = if chosen { colors.accent } else { colors.line };
            ui.painter().rect(rect, theme::RADIUS, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
            ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, word, font, ink);
            if response.has_focus() {
                widgets::focus_ring(ui, rect);
            }
            if response.clicked() && !chosen {
                actions.push(Action::SetWay(way));
            }
            if !enabled && let Some(Err(why)) = &review.other {
                let (sentence, words) = text::no_way(why);
                response.on_hover_text(format!("{sentence}\n{}", words.unwrap_or_default()));
            }
            ui.add_space(GRID);
        }
    });
    let key = if review.way == Way::Force { "way.force.hint" } else { "way.ordered.hint" };
    widgets::words(ui, tr!(key), theme::body(), colors.muted);
}

/// The engine changed while the plan was being read.
fn changed(
    ui: &mut Ui,
    scene: &Scene<'_>,
    new: usize,
    dropped: &[crate::plan::PlannedStep],
    actions: &mut Vec<Action>,
) {
    let colors = scene.colors;
    let frame = egui::Frame::new()
        .fill(colors.warn_soft)
        .corner_radius(8)
        .inner_margin(egui::Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = GRID;
        ui.horizontal(|ui| {
            widgets::words(ui, tr!("review.changed"), theme::strong(theme::BODY), colors.warn);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if Push::new(Kind::Normal, &tr!("review.accept")).small().show(ui).clicked() {
                    actions.push(Action::AcceptChanges);
                }
            });
        });
        if new > 0 {
            widgets::label(ui, text::count("review.new_steps", new));
        }
        if !dropped.is_empty() {
            let names: Vec<_> = dropped.iter().take(6).map(|s| step_words(&s.action)).collect();
            widgets::label(ui, tr!("review.dropped_steps", steps = names.join(" · ")));
        }
    });
}

/// Whether an archive comes first.
fn archived(scene: &Scene<'_>) -> bool {
    scene.state.archives.save_first && scene.state.archives.offer.is_some()
}

fn can_run(scene: &Scene<'_>, review: &Review) -> bool {
    blocked_words(scene).is_none() && review.ready().is_some() && !scene.state.archive_has_no_room()
}

fn deed_with_archive(scene: &Scene<'_>, plan: &RemovalPlan) -> String {
    if archived(scene) {
        tr!("review.archive.first", deed = text::not_capitalized(&deed(plan)))
    } else {
        deed(plan)
    }
}

fn buttons(ui: &mut Ui, scene: &Scene<'_>, review: &Review, actions: &mut Vec<Action>) {
    ui.add_space(GRID);
    let line = Stroke::new(1.0, scene.colors.line);
    let (rule, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(rule.expand(20.0).x_range(), rule.center().y, line);
    ui.add_space(GRID);
    widgets::right_row(ui, |ui| {
        let blocked = blocked_words(scene);
        if let Ok(plan) = &review.plan {
            let full = scene.state.archive_has_no_room();
            let ready = can_run(scene, review);
            let kind =
                if plan.uses_force() || !plan.losses.is_empty() { Kind::Danger } else { Kind::Primary };
            let response = Push::new(kind, &deed_with_archive(scene, plan)).enabled(ready).show(ui);
            if response.clicked() {
                actions.push(Action::Confirm);
            }
            let why =
                blocked.or_else(|| review.changes.as_ref().map(|_| tr!("review.accept_first").into_owned()));
            let why = why.or_else(|| plan.steps.is_empty().then(|| tr!("review.nothing_left").into_owned()));
            let why = why.or_else(|| full.then(|| tr!("review.archive.full").into_owned()));
            if let Some(why) = why {
                response.on_hover_text(why);
            }
        }
        if Push::new(Kind::Normal, &tr!("button.cancel")).show(ui).clicked() {
            actions.push(Action::CloseDialog);
        }
        if review.plan.is_ok() {
            export::button(ui, scene, ExportOf::Plan, actions);
        }
    });
    export::news(ui, scene, actions);
}
