//! What is wrong with what is shown, in a band under the top bar; nothing where all is well.

use egui::{Color32, Frame, Margin, Panel, Stroke, Ui, vec2};

use super::text::{self, tr};
use super::theme::{self, GRID};
use super::widgets::{self, Kind, Push};
use super::{Scene, icons};
use crate::message::Failure;
use crate::model::Probe;
use crate::state::{Action, Blocked, Connection};
use crate::words::journal as words;

/// Of engines that do not answer, where there is room; the list of all is one press away.
const ALSO_AT_MOST: usize = 3;
const ROOM: f32 = 640.0;

pub(super) fn show(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let (state, colors) = (scene.state, scene.colors);
    let danger = Tone { icon: icons::ERROR, ink: colors.danger, fill: colors.danger_soft };
    let warn = Tone { icon: icons::WARNING, ink: colors.warn, fill: colors.warn_soft };
    cut_off(ui, scene, &danger, actions);
    match &state.connection {
        Connection::WorkerLost => {
            band(ui, scene, &danger, &tr!("banner.worker_lost"), &[], |ui| {
                widgets::label(ui, tr!("banner.worker_lost.hint"));
            });
        }
        Connection::Gone { failure, .. } => {
            let title = tr!("banner.gone");
            let pressed = band(ui, scene, &danger, &title, &["banner.retry", "banner.choose"], |ui| {
                failure_lines(ui, scene, failure, true);
                as_of(ui, scene);
                trying_again(ui, scene);
            });
            retry_or_choose(pressed, actions);
        }
        Connection::Connecting if state.listing.remembered.is_some() => remembered(ui, scene),
        Connection::Sample { tried, .. } if state.listing.stale.is_none() => {
            let info = Tone { icon: icons::INFO, ink: colors.warn, fill: colors.warn_soft };
            if tried.is_empty() {
                band(ui, scene, &info, &tr!("banner.sample"), &[], |_| {});
                return;
            }
            let title = tr!("banner.no_engine");
            let pressed = band(ui, scene, &info, &title, &["banner.retry", "banner.choose"], |ui| {
                for failure in tried {
                    failure_lines(ui, scene, failure, false);
                }
                others(ui, scene, tried, actions);
            });
            retry_or_choose(pressed, actions);
        }
        Connection::Live { .. } if !state.instead_of().is_empty() && state.blocked().is_none() => {
            let title = tr!("banner.instead");
            let pressed = band(ui, scene, &warn, &title, &["banner.retry", "banner.choose"], |ui| {
                for failure in state.instead_of() {
                    failure_lines(ui, scene, failure, false);
                }
            });
            retry_or_choose(pressed, actions);
        }
        Connection::Live { .. } | Connection::Sample { .. } | Connection::Connecting => match state.blocked()
        {
            Some(Blocked::Stale(old)) => {
                let listed = state.listing.observation.is_some();
                let title = tr!(if listed { "banner.stale" } else { "banner.not_listed" });
                let pressed = band(ui, scene, &danger, &title, &["banner.again"], |ui| {
                    failure_lines(ui, scene, &old.failure, true);
                    as_of(ui, scene);
                    trying_again(ui, scene);
                });
                if pressed.is_some() {
                    actions.push(Action::Refresh);
                }
            }
            Some(Blocked::Incomplete(why)) => {
                let pressed = band(ui, scene, &warn, &tr!("banner.incomplete"), &["banner.again"], |ui| {
                    widgets::quoted(ui, why, colors.text);
                });
                if pressed.is_some() {
                    actions.push(Action::Refresh);
                }
            }
            Some(Blocked::Remembered(_)) => remembered(ui, scene),
            None => unwatched(ui, scene, &warn, actions),
            Some(
                Blocked::NotListed
                | Blocked::Outrun
                | Blocked::Running
                | Blocked::Restoring
                | Blocked::WorkerLost,
            ) => {}
        },
    }
}

/// What is shown is true, and may not be for long.
fn unwatched(ui: &mut Ui, scene: &Scene<'_>, tone: &Tone, actions: &mut Vec<Action>) {
    let Some(failure) = &scene.state.listing.unwatched else { return };
    let pressed = band(ui, scene, tone, &tr!("banner.unwatched"), &["banner.look_again"], |ui| {
        failure_lines(ui, scene, failure, true);
    });
    if pressed.is_some() {
        actions.push(Action::Refresh);
    }
}

/// What is shown is the past, and nothing is wrong with that yet.
fn remembered(ui: &mut Ui, scene: &Scene<'_>) {
    let calm = Tone { icon: icons::INFO, ink: scene.colors.text, fill: scene.colors.hover };
    band(ui, scene, &calm, &tr!("banner.remembered"), &[], |ui| as_of(ui, scene));
}

fn as_of(ui: &mut Ui, scene: &Scene<'_>) {
    if let Some(at) = scene.state.listing.remembered {
        let time = text::moment(at);
        // What is younger has no age in words.
        let words = if scene.now - at < 60 {
            tr!("banner.as_of", time = time)
        } else {
            tr!("banner.as_of_ago", time = time, age = text::age(scene.now, at))
        };
        widgets::label(ui, words);
    }
}

/// Counts down, one frame a second.
fn trying_again(ui: &mut Ui, scene: &Scene<'_>) {
    let Some(at) = scene.state.listing.again_at else { return };
    let left = at - scene.now;
    if left > 0 {
        widgets::label(ui, tr!("banner.trying_in", seconds = left));
        ui.request_repaint_after(std::time::Duration::from_secs(1));
    } else {
        widgets::label(ui, tr!("banner.trying"));
    }
}

/// Runs that nobody saw the end of, and what is known of them.
fn cut_off(ui: &mut Ui, scene: &Scene<'_>, tone: &Tone, actions: &mut Vec<Action>) {
    const RUNS: usize = 2;
    const LINES: usize = 3;
    let found = &scene.state.journal.cut_off;
    if found.is_empty() {
        return;
    }
    let title = text::count("banner.cut_off", found.len());
    let pressed = band_named(ui, scene, "cut off", tone, &title, &["banner.understood"], |ui| {
        for one in found.iter().take(RUNS) {
            let when = text::moment(one.run.begun);
            let head = format!("{} · {when} · {}", words::title(&one.run), one.run.host);
            widgets::one_line(ui, &text::short_digests(&head), theme::body(), scene.colors.text);
            for line in words::cut_off(&one.run, one.known.as_deref()).into_iter().take(LINES) {
                let short = text::short_digests(&line);
                widgets::words(ui, short, theme::body(), scene.colors.text).on_hover_text(line);
            }
        }
        if found.len() > RUNS {
            widgets::muted(ui, text::count("banner.cut_off.more", found.len() - RUNS));
        }
        if Push::new(Kind::Link, &tr!("banner.cut_off.show")).small().flush().show(ui).clicked() {
            actions.push(Action::ShowHistory);
        }
    });
    if pressed.is_some() {
        actions.push(Action::DismissCutOff);
    }
}

struct Tone {
    icon: &'static str,
    ink: Color32,
    fill: Color32,
}

fn retry_or_choose(pressed: Option<usize>, actions: &mut Vec<Action>) {
    actions.extend(pressed.map(|at| if at == 0 { Action::Retry } else { Action::ChooseEngine }));
}

/// What else was looked at: engines that answer can be used at once, and of some that do not it is said why.
fn others(ui: &mut Ui, scene: &Scene<'_>, tried: &[Failure], actions: &mut Vec<Action>) {
    let engines = &scene.state.engines;
    if engines.is_busy() {
        widgets::muted(ui, tr!("banner.looking"));
    }
    for (candidate, engine) in engines.answering() {
        let words = tr!("banner.use", engine = text::engine(engine), place = text::host(&candidate.address));
        if Push::new(Kind::Link, &words).flush().small().show(ui).clicked() {
            actions.push(Action::UseEngine(candidate.endpoint.clone()));
        }
    }
    let failed = engines.shown().filter_map(|found| match &found.probe {
        Probe::Fails(failure) if !tried.contains(failure) => Some(failure),
        Probe::Fails(_) | Probe::Answers(_) | Probe::Waiting => None,
    });
    let at_most = if ui.ctx().content_rect().height() < ROOM { 0 } else { ALSO_AT_MOST };
    let (shown, more) = failed.enumerate().partition::<Vec<_>, _>(|(at, _)| *at < at_most);
    for (_, failure) in shown {
        failure_lines(ui, scene, failure, false);
    }
    if !more.is_empty() {
        widgets::muted(ui, text::count("banner.more", more.len()));
    }
}

/// The place of the button that was pressed.
fn band(
    ui: &mut Ui,
    scene: &Scene<'_>,
    tone: &Tone,
    title: &str,
    buttons: &[&str],
    body: impl FnOnce(&mut Ui),
) -> Option<usize> {
    band_named(ui, scene, "banner", tone, title, buttons, body)
}

/// Bands that may stand together have names of their own.
fn band_named(
    ui: &mut Ui,
    scene: &Scene<'_>,
    name: &'static str,
    tone: &Tone,
    title: &str,
    buttons: &[&str],
    body: impl FnOnce(&mut Ui),
) -> Option<usize> {
    let frame = Frame::new().fill(tone.fill).inner_margin(Margin::symmetric(16, 10));
    let shown = Panel::top(name).frame(frame).resizable(false).show_separator_line(false).show(ui, |ui| {
        let mut pressed = None;
        let full = ui.max_rect();
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0 * GRID;
            widgets::icon(ui, tone.icon, 20.0, tone.ink);
            let words: Vec<_> = buttons.iter().map(|button| tr!(*button)).collect();
            let width = |words| widgets::width_of(ui, words, &theme::body()) + 6.0 * GRID;
            let widest = words.iter().map(|words| width(words)).fold(0.0, f32::max);
            let room = if words.is_empty() { 0.0 } else { widest + 6.0 * GRID };
            ui.vertical(|ui| {
                ui.set_width(ui.available_width() - room);
                ui.spacing_mut().item_spacing.y = GRID;
                ui.add_space(1.0);
                widgets::words(ui, title, theme::strong(theme::BODY), tone.ink);
                body(ui);
            });
            // One below the other: the words need the width.
            ui.with_layout(egui::Layout::top_down(egui::Align::Max), |ui| {
                ui.spacing_mut().item_spacing.y = GRID;
                for (at, words) in words.iter().enumerate() {
                    if Push::new(Kind::Normal, words).show(ui).clicked() {
                        pressed = Some(at);
                    }
                }
            });
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
