//! Which engines there are, what each says or why it does not answer, and going to another.

use egui::{Align, Id, Layout, Rect, Role, ScrollArea, Sense, Shape, TextEdit, Ui, WidgetInfo, pos2, vec2};

use super::text::{self, tr};
use super::theme::{self, GRID};
use super::widgets::{self, Kind, Push};
use super::{Scene, dialog, icons};
use crate::message::Endpoint;
use crate::model::{Candidate, Origin, Probe, Security};
use crate::state::{Action, Chooser, Dialog, Found};

/// Left of the words of a row.
const SIGN: f32 = 32.0;
/// Right of them, for a button.
const BESIDE: f32 = 36.0;
/// What stands around the list: title, field, buttons and margins.
const AROUND: f32 = 288.0;
const LIST_AT_LEAST: f32 = 120.0;
const LIST_AT_MOST: f32 = 640.0;

#[derive(Debug, Default)]
pub struct EnginesDialog {
    /// The focus goes to the first engine when the dialog opens, and then wherever the person leads it.
    was_open: bool,
}

impl EnginesDialog {
    pub(super) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
        let Dialog::Engines(chooser) = &scene.state.dialog else {
            self.was_open = false;
            return;
        };
        let has_rows = scene.state.engines.shown().next().is_some();
        let takes_focus = has_rows && !self.was_open;
        self.was_open |= has_rows;
        let colors = scene.colors;
        let height = (ui.ctx().content_rect().height() - AROUND).clamp(LIST_AT_LEAST, LIST_AT_MOST);
        let modal = dialog::show(ui, "engines", colors, |ui| {
            head(ui, scene, actions);
            let area =
                ScrollArea::vertical().id_salt("engines").max_height(height).auto_shrink([false, true]);
            area.show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = GRID;
                for (at, found) in scene.state.engines.shown().enumerate() {
                    row(ui, scene, found, at, takes_focus, actions);
                }
                sample_row(ui, scene, actions);
            });
            ui.add_space(GRID);
            other_address(ui, scene, chooser, actions);
            widgets::right_row(ui, |ui| {
                if Push::new(Kind::Normal, &tr!("button.close")).show(ui).clicked() {
                    actions.push(Action::CloseDialog);
                }
            });
        });
        if modal.should_close() {
            actions.push(Action::CloseDialog);
        }
    }
}

fn head(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    ui.horizontal(|ui| {
        widgets::words(ui, tr!("engines.title"), theme::strong(theme::TITLE), colors.text);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if scene.state.engines.is_busy() {
                let (rect, _) = ui.allocate_exact_size(vec2(16.0, 16.0), Sense::hover());
                widgets::busy(ui, rect, colors.muted);
                let (done, of) = scene.state.engines.progress();
                widgets::muted(ui, tr!("engines.asking", done = done, of = of));
            } else if Push::new(Kind::Quiet, &tr!("engines.again"))
                .icon(icons::REFRESH)
                .small()
                .show(ui)
                .clicked()
            {
                actions.push(Action::FindEngines);
            }
        });
    });
    widgets::words(ui, tr!("engines.hint"), theme::body(), colors.muted);
}

/// What an engine is called here.
fn title(candidate: &Candidate) -> String {
    let known = candidate.origins.iter().find(|origin| matches!(origin, Origin::Known(..)));
    let named = candidate
        .origins
        .iter()
        .find(|origin| matches!(origin, Origin::Context(_) | Origin::PodmanConnection(_)));
    known.or(named).or(candidate.origins.first()).map(text::origin).unwrap_or_default()
}

/// How else it is found.
fn ways(found: &Found, also: &[&Found]) -> String {
    let title = title(&found.candidate);
    let mut all: Vec<String> = Vec::new();
    let candidates = std::iter::once(&found.candidate).chain(also.iter().map(|other| &other.candidate));
    for words in candidates.flat_map(|candidate| &candidate.origins).map(text::origin) {
        if words != title && !all.contains(&words) {
            all.push(words);
        }
    }
    all.join(" · ")
}

fn row(
    ui: &mut Ui,
    scene: &Scene<'_>,
    found: &Found,
    at: usize,
    takes_focus: bool,
    actions: &mut Vec<Action>,
) {
    let colors = scene.colors;
    let candidate = &found.candidate;
    let also: Vec<&Found> = scene.state.engines.also(found).collect();
    let in_use = scene.state.is_in_use(found);
    let answers = matches!(found.probe, Probe::Answers(_));
    let ground = ui.painter().add(Shape::Noop);
    let top = ui.cursor().min;
    let width = ui.available_width();
    let name = title(candidate);
    let said = match &found.probe {
        Probe::Waiting => tr!("engines.waiting").into_owned(),
        Probe::Answers(engine) => text::engine(engine),
        Probe::Fails(failure) => text::failure(failure.kind),
    };
    let inner = ui.scope_builder(
        egui::UiBuilder::new()
            .max_rect(Rect::from_min_size(top + vec2(SIGN, 6.0), vec2(width - SIGN - BESIDE, 600.0))),
        |ui| {
            ui.spacing_mut().item_spacing = vec2(1.5 * GRID, 2.0);
            ui.spacing_mut().interact_size.y = 18.0;
            ui.horizontal_wrapped(|ui| {
                ui.label(egui::RichText::new(&name).font(theme::strong(theme::BODY)).color(colors.text));
                if !matches!(found.probe, Probe::Fails(_)) {
                    ui.label(egui::RichText::new(&said).font(theme::body()).color(colors.muted));
                }
                pills(ui, scene, candidate);
            });
            if !candidate.address.is_empty() {
                address(ui, scene, &candidate.address);
            }
            for other in also.iter().filter(|other| other.candidate.address != candidate.address) {
                address(ui, scene, &other.candidate.address);
            }
            let ways = ways(found, &also);
            if !ways.is_empty() {
                widgets::muted(ui, ways);
            }
            if let Probe::Fails(failure) = &found.probe {
                widgets::words(ui, &said, theme::body(), colors.danger);
                widgets::quoted(ui, &failure.message, colors.muted);
            }
        },
    );
    let rect = Rect::from_min_max(top, pos2(top.x + width, inner.response.rect.bottom() + 6.0));
    ui.advance_cursor_after_rect(rect);
    let spoken = format!("{name}: {said} {}", candidate.address);
    let response = press(
        ui,
        scene,
        rect,
        ui.scope_id().with(("engine", at)),
        answers && !in_use,
        in_use,
        &spoken,
        ground,
    );
    sign(ui, scene, rect, &found.probe, in_use);
    if takes_focus && at == 0 {
        response.request_focus();
    }
    if response.clicked() && answers && !in_use {
        actions.push(Action::UseEngine(candidate.endpoint.clone()));
    }
    if answers && new_window(ui, rect, &name) {
        actions.push(Action::OpenWindow(candidate.endpoint.clone()));
    }
}

/// Whether a window is wanted for the engine of this row. Painted after the row, which would take the click.
fn new_window(ui: &mut Ui, row: Rect, engine: &str) -> bool {
    let spot = Rect::from_center_size(row.right_top() + vec2(-BESIDE / 2.0, 15.0), vec2(24.0, 24.0));
    let mut within = ui.new_child(egui::UiBuilder::new().max_rect(spot).id_salt(("window of", engine)));
    let name = tr!("engines.new_window", engine = engine);
    let button = Push::icon_only(icons::NEW_WINDOW, &name).show(&mut within);
    button.on_hover_text(tr!("engines.new_window.hint")).clicked()
}

/// The whole row as one thing to press.
#[expect(clippy::too_many_arguments, reason = "one row, drawn in two places")]
fn press(
    ui: &Ui,
    scene: &Scene<'_>,
    rect: Rect,
    id: Id,
    enabled: bool,
    chosen: bool,
    name: &str,
    ground: egui::layers::ShapeIdx,
) -> egui::Response {
    let colors = scene.colors;
    // One that cannot be chosen is still read out, and its words can still be copied.
    let sense = if enabled { Sense::click() } else { Sense::focusable_noninteractive() };
    let response = ui.interact(rect, id, sense);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, enabled, chosen, name));
    let fill = if chosen {
        colors.accent_soft
    } else if enabled && (response.hovered() || response.has_focus()) {
        colors.hover
    } else {
        colors.surface
    };
    ui.painter().set(ground, egui::epaint::RectShape::filled(rect, theme::RADIUS, fill));
    if response.has_focus() {
        widgets::focus_ring(ui, rect.shrink(2.0));
    }
    if enabled { response.on_hover_cursor(egui::CursorIcon::PointingHand) } else { response }
}

fn sign(ui: &Ui, scene: &Scene<'_>, rect: Rect, probe: &Probe, in_use: bool) {
    let colors = scene.colors;
    let at = rect.left_top() + vec2(SIGN / 2.0, 15.0);
    match probe {
        Probe::Waiting => widgets::busy(ui, Rect::from_center_size(at, vec2(14.0, 14.0)), colors.muted),
        Probe::Answers(_) if in_use => widgets::paint_icon(ui, at, icons::CHECK, 18.0, colors.accent),
        Probe::Answers(_) => widgets::paint_icon(ui, at, icons::CAN_GO, 16.0, colors.safe),
        Probe::Fails(_) => widgets::paint_icon(ui, at, icons::DISCONNECTED, 16.0, colors.danger),
    }
}

fn address(ui: &mut Ui, scene: &Scene<'_>, address: &str) {
    let (shown, elided) = widgets::elide_middle(ui, address, &theme::mono(), ui.available_width());
    let response = ui.label(egui::RichText::new(shown).font(theme::mono()).color(scene.colors.muted));
    if elided {
        response.on_hover_text(address);
    }
}

fn pills(ui: &mut Ui, scene: &Scene<'_>, candidate: &Candidate) {
    let colors = scene.colors;
    if candidate.is_cli_choice {
        widgets::pill(ui, &tr!("engines.cli"), colors.accent, colors.raised)
            .on_hover_text(tr!("engines.cli.hint"));
    }
    let doubt = match candidate.security {
        Security::Unencrypted => "security.unencrypted",
        Security::UnverifiedTls => "security.unverified",
        Security::Local | Security::Ssh | Security::Tls => return,
    };
    let hint = format!("{doubt}.hint");
    widgets::pill(ui, &tr!(doubt), colors.warn, colors.warn_soft).on_hover_text(tr!(&hint));
}

fn sample_row(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    let in_use = scene.state.connection.is_sample();
    let ground = ui.painter().add(Shape::Noop);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
    let name = tr!("engines.sample");
    let response =
        press(ui, scene, rect, ui.scope_id().with("sample engine"), !in_use, in_use, &name, ground);
    let icon = if in_use { icons::CHECK } else { icons::INFO };
    let ink = if in_use { colors.accent } else { colors.muted };
    widgets::paint_icon(ui, rect.left_center() + vec2(SIGN / 2.0, 0.0), icon, 16.0, ink);
    let at = rect.left_center() + vec2(SIGN, 0.0);
    ui.painter().text(at, egui::Align2::LEFT_CENTER, &name, theme::body(), colors.text);
    if response.clicked() && !in_use {
        actions.push(Action::UseEngine(Endpoint::Sample));
    }
    if new_window(ui, rect, &name) {
        actions.push(Action::OpenWindow(Endpoint::Sample));
    }
}

fn other_address(ui: &mut Ui, scene: &Scene<'_>, chooser: &Chooser, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    let parsed = chooser.address();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        let words = tr!("engines.use");
        let button = widgets::width_of(ui, &words, &theme::body()) + 32.0;
        let mut typed = chooser.typed.clone();
        let field = TextEdit::singleline(&mut typed)
            .hint_text(tr!("engines.other").into_owned())
            .margin(egui::Margin::symmetric(10, 6))
            .desired_width((ui.available_width() - button).max(120.0));
        let response = ui.add(field);
        let name = tr!("engines.other");
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &name));
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        if response.changed() {
            actions.push(Action::SetAddress(typed));
        }
        let sound = matches!(parsed, Some(Ok(_)));
        if Push::new(Kind::Primary, &words).enabled(sound).show(ui).clicked() || (entered && sound) {
            actions.push(Action::UseEngine(Endpoint::Host(chooser.typed.trim().to_owned())));
        }
    });
    let (said, ink) = match &parsed {
        None => (tr!("engines.examples").into_owned(), colors.muted),
        Some(Err(error)) => (text::address_error(error), colors.danger),
        Some(Ok(address)) => (text::address_kind(address), colors.muted),
    };
    widgets::words(ui, said, theme::small(), ink);
}
