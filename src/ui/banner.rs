//! What is wrong with what is shown, in a band under the top bar; nothing where all is well.

use egui::{Color32, Frame, Margin, Panel, Stroke, Ui, vec2};

use super::text::{self, tr};
use super::theme::{self, GRID};
use super::widgets::{self, Kind, Push};
use super::{Scene, icons};
use crate::message::Failure;
use crate::state::{Action, Blocked, Connection};

pub(super) fn show(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let (state, colors) = (scene.state, scene.colors);
    let danger = Tone { icon: icons::ERROR, ink: colors.danger, fill: colors.danger_soft };
    let warn = Tone { icon: icons::WARNING, ink: colors.warn, fill: colors.warn_soft };
    match &state.connection {
        Connection::WorkerLost => {
            band(ui, scene, &danger, &tr!("banner.worker_lost"), None, |ui| {
                widgets::label(ui, tr!("banner.worker_lost.hint"));
            });
        }
        Connection::Gone { failure, .. } => {
            let title = tr!("banner.gone");
            if band(ui, scene, &danger, &title, Some("banner.retry"), |ui| {
                failure_lines(ui, scene, failure, true);
            }) {
                actions.push(Action::Retry);
            }
        }
        Connection::Sample { tried, .. } if state.listing.stale.is_none() => {
            let info = Tone { icon: icons::INFO, ink: colors.warn, fill: colors.warn_soft };
            if tried.is_empty() {
                band(ui, scene, &info, &tr!("banner.sample"), None, |_| {});
                return;
            }
            let title = tr!("banner.no_engine");
            if band(ui, scene, &info, &title, Some("banner.retry"), |ui| {
                for failure in tried {
                    failure_lines(ui, scene, failure, false);
                }
            }) {
                actions.push(Action::Retry);
            }
        }
        Connection::Live { .. } | Connection::Sample { .. } | Connection::Connecting => match state.blocked()
        {
            Some(Blocked::Stale(old)) => {
                let listed = state.listing.observation.is_some();
                let title = tr!(if listed { "banner.stale" } else { "banner.not_listed" });
                if band(ui, scene, &danger, &title, Some("banner.again"), |ui| {
                    failure_lines(ui, scene, &old.failure, true);
                }) {
                    actions.push(Action::Refresh);
                }
            }
            Some(Blocked::Incomplete(why)) => {
                if band(ui, scene, &warn, &tr!("banner.incomplete"), Some("banner.again"), |ui| {
                    widgets::quoted(ui, why, colors.text);
                }) {
                    actions.push(Action::Refresh);
                }
            }
            Some(Blocked::NotListed | Blocked::Outrun | Blocked::Running | Blocked::WorkerLost) | None => {}
        },
    }
}

struct Tone {
    icon: &'static str,
    ink: Color32,
    fill: Color32,
}

/// True if its button was pressed.
fn band(
    ui: &mut Ui,
    scene: &Scene<'_>,
    tone: &Tone,
    title: &str,
    button: Option<&str>,
    body: impl FnOnce(&mut Ui),
) -> bool {
    let frame = Frame::new().fill(tone.fill).inner_margin(Margin::symmetric(16, 10));
    let shown =
        Panel::top("banner").frame(frame).resizable(false).show_separator_line(false).show(ui, |ui| {
            let mut pressed = false;
            let full = ui.max_rect();
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0 * GRID;
                widgets::icon(ui, tone.icon, 20.0, tone.ink);
                let words = button.map(|b| tr!(b));
                let room = words.as_ref().map_or(0.0, |w| widgets::width_of(ui, w, &theme::body()) + 48.0);
                ui.vertical(|ui| {
                    ui.set_width(ui.available_width() - room);
                    ui.spacing_mut().item_spacing.y = GRID;
                    ui.add_space(1.0);
                    widgets::words(ui, title, theme::strong(theme::BODY), tone.ink);
                    body(ui);
                });
                if let Some(words) = words {
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
                        pressed = Push::new(Kind::Normal, &words).show(ui).clicked();
                    });
                }
            });
            let edge = Stroke::new(1.0, scene.colors.line);
            ui.painter().hline(full.expand(16.0).x_range(), ui.min_rect().bottom() + 9.5, edge);
            pressed
        });
    shown.inner
}

/// Who was asked, what helps, and the engine's own words.
fn failure_lines(ui: &mut Ui, scene: &Scene<'_>, failure: &Failure, with_operation: bool) {
    let colors = scene.colors;
    let words = match (with_operation, failure.operation.is_empty()) {
        (true, false) => format!("{}: {}", failure.operation, failure.message),
        _ => failure.message.clone(),
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(2.0 * GRID, 2.0);
        ui.spacing_mut().interact_size.y = 18.0;
        if !failure.host.is_empty() {
            ui.label(egui::RichText::new(&failure.host).font(theme::mono()).color(colors.text));
        }
        ui.label(egui::RichText::new(text::failure(failure.kind)).font(theme::body()).color(colors.text));
        if !words.is_empty() {
            let rich = egui::RichText::new(&words).font(theme::mono()).color(colors.muted);
            ui.add(egui::Label::new(rich).selectable(true));
        }
    });
}
