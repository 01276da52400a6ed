//! The plan before it runs: its steps, its options, its losses, and one button that names the deed.

use egui::{Align, Layout, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use super::recovery;
use super::steps::{self, InView, Mark};
use super::{ReviewDialog, archive, is_low, list_height, without_journal, working};
use crate::plan::{Chosen, Draft, Kept, NoWay, RemovalPlan, Totals, Way, commands};
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
    let plan = review.plan();
    let title = plan_title(&review.request.targets, plan.and_then(Result::ok).map(AsRef::as_ref));
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
    if let Some(other) = review.draft.as_ref().and_then(|draft| draft.other.as_ref()) {
        way_choice(ui, scene, review.request.way, other, actions);
    }
    if review.without_journal {
        without_journal(ui, scene);
    }
    if let Some(changes) = &review.changes {
        changed(ui, scene, changes.added, &changes.dropped, actions);
    }
    match &review.draft {
        _ if review.failed.is_some() => working::failed(ui, scene, review, actions),
        None => working::body(ui, scene),
        Some(draft) => match &draft.plan {
            Ok(plan) => plan_body(ui, scene, review, (draft, plan), top, view, actions),
            Err(why) => {
                let (sentence, words) = text::no_way(why);
                widgets::label(ui, sentence);
                if let Some(words) = words {
                    widgets::code_block(ui, |ui| widgets::quoted(ui, words, colors.text));
                }
            }
        },
    }
    match review.draft.as_ref().filter(|draft| draft.plan.is_ok() && review.failed.is_none()) {
        Some(draft) if scene.state.remotes.review.is_warned => {
            let ready = can_run(scene, review);
            recovery::last_copies(ui, scene, &deed_with_archive(scene, &draft.totals), ready, actions);
        }
        Some(_) | None => buttons(ui, scene, review, actions),
    }
}

fn plan_body(
    ui: &mut Ui,
    scene: &Scene<'_>,
    review: &Review,
    (draft, plan): (&Draft, &RemovalPlan),
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
    kept(ui, scene, &draft.kept);
    recovery::show(ui, scene, actions);
    ui.add_space(GRID);
    // What is asked once more before the last copy of something goes takes more room than the buttons.
    let warning = if scene.state.remotes.review.is_warned { 64.0 } else { 0.0 };
    let taken = ui.cursor().top() - top + 192.0 + archive::height(scene) + warning;
    let marks = review.changes.as_ref().map(|c| c.new.as_slice()).unwrap_or_default();
    let height = list_height(ui, taken);
    if view.commands {
        shell_lines(ui, scene, plan, height);
    } else {
        let whole = draft.whole.as_ref().map_or(&[][..], |whole| &whole.steps);
        let archived = archived(scene);
        // The box follows the person at once, and the plan as soon as it is there.
        let wanted = |at: usize| match (whole.get(at), draft.steps.get(at)) {
            (Some(step), _) if review.is_planning() => review.wants(step),
            (_, chosen) => matches!(chosen, Some(Chosen::Goes(_))),
        };
        let ticked = steps::list(ui, scene, &mut view.list, whole, height, InView::default(), |at| {
            let new = marks.get(at).copied().unwrap_or(false);
            draft.steps.get(at).map_or(Mark::Waiting, |chosen| {
                let undo =
                    draft.undo.get(at).and_then(Option::as_ref).map(|undo| undo.with_archive(archived));
                Mark::Planned { new, wanted: wanted(at), chosen, undo }
            })
        });
        if let Some(at) = ticked {
            actions.push(Action::LeaveOut(vec![at], wanted(at)));
        }
    }
    archive::option(ui, scene, actions);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0 * GRID;
        if draft.removes_images {
            let mut keep = !review.request.prune;
            let words = tr!("review.keep_parents");
            if widgets::tick(ui, colors, &mut keep, &words)
                .on_hover_text(tr!("review.keep_parents.hint"))
                .clicked()
            {
                actions.push(Action::SetPrune(!keep));
            }
        }
        if !draft.stops.is_empty() {
            stop_first(ui, scene, review, draft, actions);
        }
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

/// As many lines as there are steps, each on one line of the screen: only those in view are laid out.
fn shell_lines(ui: &mut Ui, scene: &Scene<'_>, plan: &RemovalPlan, height: f32) {
    const LINE: f32 = 20.0;
    let area = egui::ScrollArea::both()
        .id_salt("lines")
        .max_height(height)
        .min_scrolled_height(height)
        .auto_shrink([false, true]);
    widgets::code_block(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        area.show_rows(ui, LINE, plan.steps.len(), |ui, range| {
            for step in plan.steps.get(range).unwrap_or_default() {
                let line = egui::RichText::new(commands::shell_line(&step.action));
                let line = line.font(theme::mono()).color(scene.colors.text);
                let label = egui::Label::new(line).extend().selectable(true);
                let size = vec2(ui.available_width(), LINE);
                ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| ui.add(label));
            }
        });
    });
}

/// One box for all steps that stop something.
fn stop_first(ui: &mut Ui, scene: &Scene<'_>, review: &Review, draft: &Draft, actions: &mut Vec<Action>) {
    let mut all = review.stops_first;
    let response = widgets::tick(ui, scene.colors, &mut all, &tr!("review.stop_first"));
    if response.on_hover_text(tr!("review.stop_first.hint")).clicked() {
        actions.push(Action::LeaveOut(draft.stops.clone(), !all));
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
    let height = LINE * if is_low(ui) { 2.0 } else { 4.0 };
    egui::ScrollArea::vertical().id_salt("kept").max_height(height).min_scrolled_height(height).show_rows(
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

fn way_choice(
    ui: &mut Ui,
    scene: &Scene<'_>,
    present: Way,
    other: &Result<(), NoWay>,
    actions: &mut Vec<Action>,
) {
    let colors = scene.colors;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        for (way, key) in [(Way::Ordered, "way.ordered"), (Way::Force, "way.force")] {
            let chosen = present == way;
            let enabled = chosen || other.is_ok();
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
            if !enabled && let Err(why) = other {
                let (sentence, words) = text::no_way(why);
                response.on_hover_text(format!("{sentence}\n{}", words.unwrap_or_default()));
            }
            ui.add_space(GRID);
        }
    });
    if is_low(ui) {
        return;
    }
    let key = if present == Way::Force { "way.force.hint" } else { "way.ordered.hint" };
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

fn deed_with_archive(scene: &Scene<'_>, totals: &Totals) -> String {
    if archived(scene) {
        tr!("review.archive.first", deed = text::not_capitalized(&deed(totals)))
    } else {
        deed(totals)
    }
}

fn buttons(ui: &mut Ui, scene: &Scene<'_>, review: &Review, actions: &mut Vec<Action>) {
    ui.add_space(GRID);
    let line = Stroke::new(1.0, scene.colors.line);
    let (rule, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(rule.expand(20.0).x_range(), rule.center().y, line);
    ui.add_space(GRID);
    widgets::right_row(ui, |ui| {
        let anew = review.is_planning() && review.draft.is_some();
        let draft = review.draft.as_ref().filter(|draft| draft.plan.is_ok() && review.failed.is_none());
        if anew {
            let words = tr!("review.planning");
            Push::new(Kind::Primary, &words).enabled(false).show(ui);
        } else if let Some(draft) = draft {
            confirm(ui, scene, review, draft, actions);
        }
        if Push::new(Kind::Normal, &tr!("button.cancel")).show(ui).clicked() {
            actions.push(Action::CloseDialog);
        }
        if anew {
            working::sign(ui, scene);
        } else if draft.is_some() {
            export::button(ui, scene, ExportOf::Plan, actions);
        }
    });
    export::news(ui, scene, actions);
}

fn confirm(ui: &mut Ui, scene: &Scene<'_>, review: &Review, draft: &Draft, actions: &mut Vec<Action>) {
    let full = scene.state.archive_has_no_room();
    let ready = can_run(scene, review);
    let (totals, losses) = (&draft.totals, draft.plan.as_ref().is_ok_and(|plan| !plan.losses.is_empty()));
    let kind = if totals.uses_force || losses { Kind::Danger } else { Kind::Primary };
    let response = Push::new(kind, &deed_with_archive(scene, totals)).enabled(ready).show(ui);
    if response.clicked() {
        actions.push(Action::Confirm);
    }
    let why = blocked_words(scene);
    let why = why.or_else(|| review.changes.as_ref().map(|_| tr!("review.accept_first").into_owned()));
    let nothing_left = draft.plan.as_ref().is_ok_and(|plan| plan.steps.is_empty());
    let why = why.or_else(|| nothing_left.then(|| tr!("review.nothing_left").into_owned()));
    let why = why.or_else(|| full.then(|| tr!("review.archive.full").into_owned()));
    if let Some(why) = why {
        response.on_hover_text(why);
    }
}
