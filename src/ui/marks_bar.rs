//! What is marked, what removing it frees, what of it stays and why; nothing while nothing is marked.

use egui::{Align, Frame, Layout, Margin, Panel, Stroke, Ui};

use super::details::blocked_words;
use super::text::{self, tr};
use super::theme::{self, GRID};
use super::widgets::{self, Kind, Push};
use super::{Scene, icons};
use crate::plan::{KeepReason, Outlook};
use crate::state::{Action, Marks};

/// Reasons are spelt out on hover for up to this many.
const NAMED: usize = 12;

pub(super) fn show(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let marks = &scene.state.marks;
    if marks.is_empty() {
        return;
    }
    let colors = scene.colors;
    let frame = Frame::new().fill(colors.accent_soft).inner_margin(Margin::symmetric(16, 0));
    Panel::bottom("marks").exact_size(44.0).frame(frame).show_separator_line(false).show(ui, |ui| {
        let edge = Stroke::new(1.0, colors.line);
        ui.painter().hline(ui.ctx().content_rect().x_range(), ui.max_rect().top() + 0.5, edge);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0 * GRID;
            let blocked = blocked_words(scene);
            let words = tr!("marks.review");
            let review = Push::new(Kind::Primary, &words).enabled(blocked.is_none()).show(ui);
            if review.clicked() {
                actions.push(Action::ReviewMarked);
            }
            if let Some(why) = blocked {
                review.on_hover_text(why);
            }
            if Push::new(Kind::Normal, &tr!("marks.clear")).show(ui).clicked() {
                actions.push(Action::ClearMarks);
            }
            ui.add_space(2.0 * GRID);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                widgets::icon(ui, icons::MARKED, 18.0, colors.accent);
                let said = sentence(marks);
                let line = widgets::one_line(ui, &said, theme::body(), colors.text);
                let hint = marks.outlook().map(|outlook| hint(scene, outlook)).unwrap_or_default();
                if !hint.is_empty() {
                    line.on_hover_text(hint);
                }
            });
        });
    });
}

/// "Marked 3 · frees 212 MB · 1 will be kept (in use)"
fn sentence(marks: &Marks) -> String {
    let marked = tr!("marks.count", n = text::thousands(marks.len()));
    let Some(outlook) = marks.outlook() else {
        let rest = if marks.is_unknown { tr!("marks.unknown") } else { tr!("marks.summing") };
        return format!("{marked} · {rest}");
    };
    let mut parts = vec![marked, text::freed_short(outlook)];
    if !outlook.kept.is_empty() {
        let (mut protected, mut in_use, mut other) = (false, false, false);
        for kept in &outlook.kept {
            match kept.why {
                KeepReason::Protected(_) => protected = true,
                KeepReason::InUse(_) => in_use = true,
                KeepReason::Refused(_) | KeepReason::Gone | KeepReason::Unknown(_) => other = true,
            }
        }
        let words = [(protected, "marks.protected"), (in_use, "marks.in_use"), (other, "marks.cannot")];
        let words = words.into_iter().filter(|(is_so, _)| *is_so).map(|(_, key)| tr!(key).into_owned());
        let why = words.collect::<Vec<_>>().join(&tr!("list.comma"));
        let count = text::count("marks.kept", outlook.kept.len());
        parts.push(tr!("marks.kept_because", count = count, why = why));
    }
    parts.join(" · ")
}

fn hint(scene: &Scene<'_>, outlook: &Outlook) -> String {
    let mut lines: Vec<_> = outlook
        .kept
        .iter()
        .take(NAMED)
        .map(|kept| text::kept(scene.state.graph().map(AsRef::as_ref), kept))
        .collect();
    let more = outlook.kept.len().saturating_sub(NAMED);
    if more > 0 {
        lines.push(text::count("n.more", more));
    }
    if outlook.freed.doubt().is_some() {
        lines.push(text::freed(outlook.freed));
    }
    if !outlook.planned {
        lines.push(tr!("marks.summed").into_owned());
    }
    lines.join("\n")
}
