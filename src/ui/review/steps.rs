//! The numbered steps of a plan, with what each is expected to answer or has answered.

use egui::{Align2, Id, Rect, ScrollArea, Sense, Ui, UiBuilder, pos2, vec2};

use crate::model::{ContainerId, ImageId, Item};
use crate::plan::{Chosen, Expected, Fate, Judgement, PlannedStep, StepAnswer, StepOutcome, Undo};
use crate::ui::Scene;
use crate::ui::details::engine_line;
use crate::ui::heights::Heights;
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::{icons, widgets};
use crate::words::steps::{difference_words, done_words, step_words, undo_words};

/// How far a step is.
#[derive(Debug, Clone, Copy)]
pub enum Mark<'a> {
    /// Not running; `new` since the review was opened.
    Planned {
        new: bool,
        /// Whether the person wants it done.
        wanted: bool,
        chosen: &'a Chosen,
        undo: Option<&'a Undo>,
    },
    Waiting,
    Running,
    /// With what a later listing shows of it, if its answer never came.
    Ended(&'a StepOutcome, Option<Fate>),
    NotReached,
}

/// More steps than this fit into no window.
const MEASURED_AT_ONCE: usize = 200;
/// What an authorization plugin or a proxy for the socket answers.
const FORBIDDEN: u16 = 403;
/// Between two steps.
const GAP: f32 = 2.5 * GRID;

/// The list as it stands on screen.
#[derive(Debug, Default)]
pub struct StepList {
    width: f32,
    /// Gaps included.
    heights: Heights,
    /// The surprise that was brought into view, and in which list.
    brought: Option<(Id, usize)>,
}

/// What is to be in view.
#[derive(Debug, Clone, Copy, Default)]
pub struct InView {
    /// The step that is under way.
    pub present: Option<usize>,
    /// The last surprise: once, since the person may want to look at the others then.
    pub surprise: Option<usize>,
}

impl StepList {
    fn fit(&mut self, width: f32, steps: &[PlannedStep]) {
        if (self.width - width).abs() > 0.5 || self.heights.len() != steps.len() {
            *self = Self { width, heights: Heights::guessed(steps.iter().map(guess)), brought: None };
        }
    }

    fn place(&self, room: Rect, at: usize) -> Rect {
        let min = pos2(room.left(), room.top() + self.heights.top(at));
        Rect::from_min_size(min, vec2(room.width(), (self.heights.of(at) - GAP).max(0.0)))
    }
}

/// How high a step is, until it is in view.
fn guess(step: &PlannedStep) -> f32 {
    let lines = match &step.expected {
        Expected::Lines { items, .. } => items.len().max(1),
        Expected::ContainerStopped | Expected::ContainerRemoved => 1,
    };
    #[expect(clippy::cast_precision_loss, reason = "a guess")]
    let lines = lines as f32;
    24.0 + 18.0 * lines + GAP
}

/// Returns the place of a step whose box was clicked.
pub fn list<'a>(
    ui: &mut Ui,
    scene: &Scene<'_>,
    list: &mut StepList,
    steps: &[PlannedStep],
    max_height: f32,
    in_view: InView,
    mark: impl Fn(usize) -> Mark<'a>,
) -> Option<usize> {
    // At once as high as it may be: else the dialog would grow over several frames.
    let area = ScrollArea::vertical()
        .id_salt("steps")
        .max_height(max_height)
        .min_scrolled_height(max_height)
        .auto_shrink([false, true]);
    let mut ticked = None;
    area.show_viewport(ui, |ui, view| {
        // Lines of text, not rows of controls.
        ui.spacing_mut().interact_size.y = 18.0;
        let room = ui.max_rect();
        list.fit(room.width(), steps);
        let mut lay_out = |list: &mut StepList, ui: &mut Ui, at: usize| {
            let Some(step) = steps.get(at) else { return };
            let mut row = ui.new_child(UiBuilder::new().id_salt(at).max_rect(list.place(room, at)));
            if one(&mut row, scene, at, step, mark(at)) {
                ticked = Some(at);
            }
            list.heights.measured(at, row.min_rect().height() + GAP);
        };
        if steps.len() <= MEASURED_AT_ONCE {
            // A list that may fit has its true height at once: else the dialog would move under the pointer.
            for at in 0..steps.len() {
                let place = list.place(room, at).translate(-room.min.to_vec2());
                let is_in_view = place.bottom() >= view.top() && place.top() <= view.bottom();
                if is_in_view || !list.heights.is_measured(at) {
                    lay_out(list, ui, at);
                }
            }
        } else {
            let mut at = list.heights.row_at(view.top());
            while at < steps.len() && list.heights.top(at) <= view.bottom() {
                lay_out(list, ui, at);
                at += 1;
            }
        }
        if let Some(present) = in_view.present {
            let place = list.place(room, present);
            if !ui.clip_rect().contains_rect(place) {
                ui.scroll_to_rect(place, Some(egui::Align::Center));
            }
        }
        if let Some(surprise) = in_view.surprise
            && list.brought.is_none_or(|(of, last)| of != ui.scope_id() || last < surprise)
        {
            list.brought = Some((ui.scope_id(), surprise));
            ui.scroll_to_rect(list.place(room, surprise), None);
        }
        ui.allocate_space(vec2(room.width(), list.heights.top(steps.len())));
    });
    ticked
}

/// Returns whether its box was clicked.
fn one(ui: &mut Ui, scene: &Scene<'_>, at: usize, step: &PlannedStep, mark: Mark<'_>) -> bool {
    let colors = scene.colors;
    let mut ticked = false;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0 * GRID;
        let title = step_words(&step.action);
        if let Mark::Planned { chosen, wanted, .. } = mark {
            let possible = matches!(chosen, Chosen::Goes(_) | Chosen::LeftOut);
            let mut goes = possible && wanted;
            let name = tr!("step.tick", n = at + 1, what = title);
            ticked = widgets::tick_box(ui, colors, &mut goes, possible, &name).clicked();
        }
        sign(ui, scene, at, mark);
        ui.vertical(|ui| {
            ui.set_width(ui.available_width() - 4.0);
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add_space(2.0);
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 2.0 * GRID;
                let quiet = match mark {
                    Mark::NotReached => true,
                    Mark::Planned { chosen, .. } => !matches!(chosen, Chosen::Goes(_)),
                    Mark::Waiting | Mark::Running | Mark::Ended(..) => false,
                };
                let ink = if quiet { colors.muted } else { colors.text };
                widgets::words(ui, title, theme::strong(theme::BODY), ink);
                if step.action.uses_force() {
                    widgets::pill(ui, &tr!("step.force"), colors.danger, colors.danger_soft);
                }
                if let Mark::Planned { new: true, .. } = mark {
                    widgets::pill(ui, &tr!("step.new"), colors.warn, colors.warn_soft);
                }
                if let Some((key, ink, fill)) = judged(scene, mark) {
                    widgets::pill(ui, &tr!(key), ink, fill);
                }
            });
            lines(ui, scene, step, mark);
        });
    });
    ticked
}

fn judged(scene: &Scene<'_>, mark: Mark<'_>) -> Option<(&'static str, egui::Color32, egui::Color32)> {
    let colors = scene.colors;
    match mark {
        Mark::NotReached => Some(("step.not_reached", colors.muted, colors.hover)),
        Mark::Ended(outcome, _) => match outcome.judgement {
            Judgement::AsPredicted => None,
            Judgement::FewerLayers => Some(("step.fewer_layers", colors.muted, colors.hover)),
            Judgement::Differs => Some(("step.differs", colors.warn, colors.warn_soft)),
            Judgement::Failed => Some(("step.failed", colors.danger, colors.danger_soft)),
            Judgement::Skipped => Some(("step.skipped", colors.warn, colors.warn_soft)),
        },
        Mark::Planned { chosen, .. } => match chosen {
            Chosen::Goes(_) => None,
            Chosen::LeftOut => Some(("step.left_out", colors.muted, colors.hover)),
            Chosen::Impossible(_) | Chosen::WouldTakeAlong => {
                Some(("step.impossible", colors.warn, colors.warn_soft))
            }
        },
        Mark::Waiting | Mark::Running => None,
    }
}

/// The step's number, or how it went.
fn sign(ui: &mut Ui, scene: &Scene<'_>, at: usize, mark: Mark<'_>) {
    let colors = scene.colors;
    let (rect, _) = ui.allocate_exact_size(vec2(22.0, 22.0), Sense::hover());
    let (icon, ink) = match mark {
        Mark::Running => {
            widgets::busy(ui, rect.shrink(3.0), colors.accent);
            return;
        }
        Mark::Planned { .. } => {
            ui.painter().circle_filled(rect.center(), 11.0, colors.hover);
            let number = (at + 1).to_string();
            ui.painter().text(rect.center(), Align2::CENTER_CENTER, number, theme::small(), colors.text);
            return;
        }
        Mark::Waiting | Mark::NotReached => (icons::WAITING, colors.muted),
        Mark::Ended(outcome, _) => match outcome.judgement {
            Judgement::AsPredicted | Judgement::FewerLayers => (icons::CAN_GO, colors.safe),
            Judgement::Differs => (icons::WARNING, colors.warn),
            Judgement::Failed => (icons::ERROR, colors.danger),
            Judgement::Skipped => (icons::WAITING, colors.warn),
        },
    };
    widgets::paint_icon(ui, rect.center(), icon, 18.0, ink);
}

fn lines(ui: &mut Ui, scene: &Scene<'_>, step: &PlannedStep, mark: Mark<'_>) {
    let colors = scene.colors;
    let (outcome, fate) = match mark {
        Mark::Ended(outcome, fate) => (outcome, fate),
        Mark::Planned { chosen, undo, .. } => return planned(ui, scene, chosen, undo),
        Mark::Waiting | Mark::Running | Mark::NotReached => return expected(ui, scene, step),
    };
    match (&outcome.answer, outcome.judgement) {
        (StepAnswer::Lines(items), Judgement::AsPredicted | Judgement::FewerLayers) => {
            engine_lines(ui, scene, items);
        }
        (StepAnswer::Lines(items), Judgement::Differs | Judgement::Failed | Judgement::Skipped) => {
            side_by_side(ui, scene, &step.expected, items);
        }
        (StepAnswer::Done, _) => {
            widgets::words(ui, done_words(&step.action), theme::small(), colors.muted);
        }
        (StepAnswer::Refused { status, message }, _) => {
            // Not the engine's own refusal, which would be about the image.
            if *status == FORBIDDEN {
                widgets::words(ui, tr!("failure.forbidden"), theme::body(), colors.text);
            }
            widgets::quoted(ui, message, colors.danger);
        }
        (StepAnswer::NotSent(why), _) => {
            let (words, said) = difference_words(why, &step_words(&step.action));
            widgets::words(ui, words, theme::small(), colors.muted);
            if let Some(said) = said {
                widgets::quoted(ui, said, colors.muted);
            }
        }
        (StepAnswer::Lost(message), _) => {
            let (key, ink) = match fate {
                None => ("step.lost", colors.text),
                Some(Fate::Done) => ("step.lost_done", colors.safe),
                Some(Fate::NotDone) => ("step.lost_not_done", colors.warn),
                Some(Fate::Partly) => ("step.lost_partly", colors.warn),
                Some(Fate::Unclear) => ("step.lost_unclear", colors.warn),
            };
            widgets::words(ui, tr!(key), theme::body(), ink);
            widgets::quoted(ui, message, colors.danger);
        }
    }
}

/// What the step would do, and how that is undone; or why it does nothing.
fn planned(ui: &mut Ui, scene: &Scene<'_>, chosen: &Chosen, undo: Option<&Undo>) {
    let colors = scene.colors;
    match chosen {
        Chosen::Goes(step) => {
            expected(ui, scene, step);
            if let Some(undo) = undo {
                let (words, lasting) = undo_words(undo);
                let ink = if lasting { colors.warn } else { colors.muted };
                let short = text::short_digests(&words);
                let shown = widgets::words(ui, short.as_str(), theme::small(), ink);
                if short != words {
                    shown.on_hover_text(words);
                }
            }
        }
        Chosen::LeftOut => {}
        Chosen::WouldTakeAlong => {
            widgets::words(ui, tr!("step.would_take_along"), theme::small(), colors.muted);
        }
        Chosen::Impossible(why) => {
            let (sentence, said) = text::no_way(why);
            widgets::words(ui, sentence, theme::small(), colors.muted);
            if let Some(said) = said {
                widgets::quoted(ui, said, colors.muted);
            }
        }
    }
}

fn expected(ui: &mut Ui, scene: &Scene<'_>, step: &PlannedStep) {
    let colors = scene.colors;
    match &step.expected {
        Expected::ContainerStopped => {
            widgets::words(ui, tr!("step.will_stop"), theme::small(), colors.muted);
        }
        Expected::ContainerRemoved => {
            widgets::words(ui, tr!("step.will_remove_container"), theme::small(), colors.muted);
        }
        Expected::Lines { items, layers_in_doubt, images, containers, .. } => {
            engine_lines(ui, scene, items);
            // Podman takes these along and answers with no line for them.
            let reported =
                |id: &str| items.iter().any(|i| matches!(i, Item::Deleted(d) if id.ends_with(d.as_str())));
            let images = images.iter().map(ImageId::as_str).filter(|id| !reported(id));
            for id in images.chain(containers.iter().map(ContainerId::as_str)) {
                widgets::words(
                    ui,
                    tr!("step.goes_too", id = text::short_digests(id)),
                    theme::small(),
                    colors.muted,
                );
            }
            if *layers_in_doubt {
                widgets::words(ui, tr!("step.layers_in_doubt"), theme::small(), colors.muted);
            }
        }
    }
}

/// What was predicted on the left, what the engine said on the right.
fn side_by_side(ui: &mut Ui, scene: &Scene<'_>, expected: &Expected, said: &[Item]) {
    let predicted: &[Item] = match expected {
        Expected::Lines { items, .. } => items,
        Expected::ContainerStopped | Expected::ContainerRemoved => &[],
    };
    ui.columns_const(|[left, right]| {
        for (ui, key, items) in [(left, "step.predicted", predicted), (right, "step.said", said)] {
            widgets::words(ui, tr!(key), theme::small(), scene.colors.muted);
            widgets::code_block(ui, |ui| {
                if items.is_empty() {
                    widgets::words(ui, tr!("step.nothing"), theme::small(), scene.colors.muted);
                }
                engine_lines(ui, scene, items);
            });
        }
    });
}

fn engine_lines(ui: &mut Ui, scene: &Scene<'_>, items: &[Item]) {
    for item in items {
        engine_line(ui, scene, item);
    }
}
