//! What became of the plan: every step, in the engine's own words.

use egui::Ui;

use super::steps::{self, InView, Mark, StepList};
use super::{archive, list_height};
use crate::journal::Run;
use crate::model::Graph;
use crate::plan::{Ended as Why, Outcome, RemovalPlan};
use crate::report::{Privacy, difference};
use crate::state::{Action, Ended, ExportOf, Wanted};
use crate::ui::details::blocked_words;
use crate::ui::history::no_undo_words;
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, export, icons};
use crate::words::steps::{difference_words, plan_title, step_words, unexpected};

pub fn show(ui: &mut Ui, scene: &Scene<'_>, ended: &Ended, list: &mut StepList, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    let Ended { plan, graph, outcome, totals, fates, journalled, .. } = ended;
    let top = ui.cursor().top();
    let (icon, ink, title) = match &outcome.ended {
        Why::Completed => (icons::CAN_GO, colors.safe, "outcome.completed"),
        Why::Stopped => (icons::STOP, colors.muted, "outcome.stopped"),
        Why::Stale(_) => (icons::WARNING, colors.warn, "outcome.stale"),
        Why::TargetMoved { .. } => (icons::WARNING, colors.warn, "outcome.moved"),
        Why::Unexpected { .. } => (icons::WARNING, colors.warn, unexpected(outcome)),
        Why::Unasked { .. } => (icons::WARNING, colors.warn, "outcome.unasked"),
        Why::WentOn { .. } => (icons::WARNING, colors.warn, "outcome.went_on"),
        Why::NotJournalled { .. } => (icons::WARNING, colors.warn, "outcome.not_journalled"),
        Why::NotListed(_) => (icons::ERROR, colors.danger, "outcome.not_listed"),
        Why::NotArchived(_) | Why::NoRoomForArchive(_) => {
            (icons::ERROR, colors.danger, "outcome.not_archived")
        }
    };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        widgets::icon(ui, icon, 24.0, ink);
        ui.vertical(|ui| {
            ui.set_width(ui.available_width());
            widgets::words(ui, tr!(title), theme::strong(theme::TITLE), colors.text);
        });
    });
    let what = plan_title(&plan.targets, Some(plan));
    let progress = text::done_of("run.progress", totals.done, plan.steps.len());
    widgets::words(ui, format!("{what} · {progress}"), theme::body(), colors.muted);
    if let Some(words) = achieved(ended) {
        widgets::words(ui, words, theme::strong(theme::BODY), colors.text);
    }
    if let Some(saved) = &ended.saved {
        widgets::words(ui, archive::saved_words(saved), theme::body(), colors.text);
    }
    reasons(ui, scene, plan, &outcome.ended);
    ui.add_space(GRID);
    let height = list_height(ui, ui.cursor().top() - top + 156.0);
    // Not where the running steps were scrolled to.
    ui.push_id("outcome", |ui| {
        let in_view = InView { present: None, surprise: totals.last_surprise };
        steps::list(ui, scene, list, &plan.steps, height, in_view, |at| {
            outcome.steps.get(at).map_or(Mark::NotReached, |step| Mark::Ended(step, fates.get(&at).copied()))
        });
    });
    ui.add_space(GRID);
    widgets::right_row(ui, |ui| {
        if Push::new(Kind::Primary, &tr!("button.done")).show(ui).clicked() {
            actions.push(Action::CloseDialog);
        }
        undo(ui, scene, journalled.as_deref(), actions);
        if matches!(outcome.ended, Why::NotJournalled { .. }) {
            let words = tr!("button.without_journal");
            let blocked = blocked_words(scene);
            let push = Push::new(Kind::Normal, &words).enabled(blocked.is_none()).show(ui);
            if push.clicked() {
                actions.push(Action::PlanWithoutJournal);
            }
            push.on_hover_text(blocked.unwrap_or_else(|| tr!("button.without_journal.hint").into_owned()));
        } else if !matches!(outcome.ended, Why::Completed) && plan_again(ui, scene) {
            actions.push(Action::PlanAgain);
        }
        export::button(ui, scene, ExportOf::Plan, actions);
        if totals.last_surprise.is_some() {
            copy_report(ui, graph, plan, || outcome.clone());
        }
    });
    export::news(ui, scene, actions);
}

/// Absent where nothing of the run can come back.
fn undo(ui: &mut Ui, scene: &Scene<'_>, run: Option<&Run>, actions: &mut Vec<Action>) {
    let Some(run) = run.filter(|run| run.outline.can_be_undone) else { return };
    let why = scene.state.no_undo(run, None).map(no_undo_words).or_else(|| blocked_words(scene));
    let push = Push::new(Kind::Normal, &tr!("button.undo")).icon(icons::UNDO).enabled(why.is_none()).show(ui);
    if push.clicked() {
        actions.push(Action::Undo(Wanted::Run(run.id.clone(), None)));
    }
    if let Some(why) = why {
        push.on_hover_text(why);
    }
}

fn plan_again(ui: &mut Ui, scene: &Scene<'_>) -> bool {
    let blocked = blocked_words(scene);
    let push = Push::new(Kind::Normal, &tr!("button.plan_again")).enabled(blocked.is_none()).show(ui);
    let clicked = push.clicked();
    if let Some(why) = blocked {
        push.on_hover_text(why);
    }
    clicked
}

/// What the engine answered, counted; what came back only where every answer was the predicted one.
fn achieved(Ended { outcome, planned, totals, .. }: &Ended) -> Option<String> {
    if totals.untagged + totals.deleted == 0 {
        return None;
    }
    let words = tr!("effects.totals", untagged = totals.untagged, deleted = totals.deleted);
    let freed = planned.freed.bytes().filter(|bytes| bytes.0 > 0);
    Some(match (&outcome.ended, freed) {
        (Why::Completed, Some(bytes)) if totals.as_predicted => {
            format!("{words} · {}", tr!("outcome.freed", bytes = bytes))
        }
        _ => words,
    })
}

/// Of a prediction that was wrong there shall be a report, and it costs nobody a name.
pub(super) fn copy_report(ui: &mut Ui, graph: &Graph, plan: &RemovalPlan, outcome: impl Fn() -> Outcome) {
    let buttons = [
        (Privacy::Anonymous, "button.copy_report", "copy_report.anonymous"),
        (Privacy::Open, "button.copy_report_open", "copy_report.open"),
    ];
    for (privacy, words, explained) in buttons {
        let pushed = Push::new(Kind::Quiet, &tr!(words)).show(ui).on_hover_text(tr!(explained));
        if pushed.clicked() {
            ui.copy_text(difference(graph, plan, &outcome(), privacy));
        }
    }
}

/// Why nothing was done, or not all of it.
fn reasons(ui: &mut Ui, scene: &Scene<'_>, plan: &RemovalPlan, why: &Why) {
    let step = |at: usize| plan.steps.get(at).map(|s| step_words(&s.action)).unwrap_or_default();
    match why {
        Why::Completed | Why::Stopped => {}
        Why::NotListed(words) | Why::NotArchived(words) => {
            widgets::code_block(ui, |ui| widgets::quoted(ui, words, scene.colors.text));
        }
        Why::NoRoomForArchive(words) => {
            widgets::code_block(ui, |ui| widgets::quoted(ui, words, scene.colors.text));
            widgets::label(ui, tr!("outcome.no_room.next"));
        }
        Why::Unasked { step: at, words } | Why::NotJournalled { step: at, words } => {
            widgets::label(ui, tr!("outcome.moved.step", n = at + 1, what = step(*at)));
            widgets::code_block(ui, |ui| widgets::quoted(ui, words, scene.colors.text));
        }
        Why::TargetMoved { step: at } => {
            widgets::label(ui, tr!("outcome.moved.step", n = at + 1, what = step(*at)));
        }
        Why::Unexpected { step: at } | Why::WentOn { step: at } => {
            widgets::label(ui, tr!("outcome.unexpected.step", n = at + 1, what = step(*at)));
        }
        Why::Stale(differences) => {
            for difference in differences.iter().take(8) {
                let what = difference.step().map(step).unwrap_or_default();
                let (words, said) = difference_words(difference, &what);
                widgets::label(ui, words);
                if let Some(said) = said {
                    widgets::quoted(ui, said, scene.colors.muted);
                }
            }
        }
    }
}
