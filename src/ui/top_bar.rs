//! Which engine this is and how it fares, the filter, and the few things that are always at hand.

use egui::{Align, Key, Layout, Popup, Role, TextEdit, Ui, WidgetInfo, vec2};

use super::export::ExportMenu;
use super::text::{self, tr};
use super::theme::{self, GRID};
use super::widgets::{self, Push};
use super::{Scene, icons};
use crate::state::{
    Action, ArchiveAction, Connection, Dialog, Language, Motion, ReviewLookUp, ThemeChoice, Wanted,
};

#[derive(Debug, Default)]
pub struct TopBar {
    filter: Option<egui::Id>,
    export: ExportMenu,
}

impl TopBar {
    pub(super) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
        let colors = scene.colors;
        ui.set_height(48.0);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0 * GRID;
            widgets::icon(ui, icons::ANCHOR, 20.0, colors.accent);
            ui.add_space(-GRID);
            widgets::words(ui, "Unmoor", theme::strong(theme::LEAD), colors.text);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = GRID;
                settings_menu(ui, scene, actions);
                refresh(ui, scene, actions);
                self.export.ui(ui, scene, actions);
                ui.add_space(2.0 * GRID);
                let width = (ui.available_width() * 0.48).clamp(200.0, 420.0);
                self.filter_field(ui, scene, actions, width);
                ui.add_space(2.0 * GRID);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| engine(ui, scene, actions));
            });
        });
    }

    fn filter_field(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>, width: f32) {
        let mut typed = scene.state.tree.filter().text().to_owned();
        let hint = tr!("filter.hint");
        let (rect, _) = ui.allocate_exact_size(vec2(width, 30.0), egui::Sense::hover());
        let field = TextEdit::singleline(&mut typed)
            .hint_text(hint.to_string())
            .align(egui::Align2::LEFT_CENTER)
            .margin(egui::Margin { left: 30, right: 28, top: 4, bottom: 4 })
            .min_size(rect.size())
            .desired_width(width);
        let response = ui.put(rect, field);
        let name = tr!("filter.name");
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &name));
        self.filter = Some(response.id);
        let center = egui::pos2(rect.left() + 17.0, rect.center().y);
        widgets::paint_icon(ui, center, icons::SEARCH, 16.0, scene.colors.muted);
        if response.changed() {
            actions.push(Action::SetFilter(typed));
        } else if !scene.state.tree.filter().text().is_empty() {
            let spot = egui::Rect::from_center_size(
                egui::pos2(rect.right() - 16.0, rect.center().y),
                vec2(24.0, 24.0),
            );
            // It stands in the field, and takes no room of its own beside it.
            let mut within = ui.new_child(egui::UiBuilder::new().max_rect(spot));
            let clear = Push::icon_only(icons::CLOSE, &tr!("filter.clear")).show(&mut within);
            if clear.on_hover_text(tr!("filter.clear")).clicked() {
                actions.push(Action::SetFilter(String::new()));
            }
        }
    }

    /// Keys that work wherever the focus is.
    pub(super) fn shortcuts(&mut self, ui: &Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
        if ui.input(|i| i.key_pressed(Key::F5)) {
            actions.push(Action::Refresh);
        }
        if ui.input_mut(|i| i.consume_key(egui::Modifiers::COMMAND, Key::E)) {
            actions.push(Action::ChooseEngine);
        }
        if ui.input_mut(|i| i.consume_key(egui::Modifiers::COMMAND, Key::N)) {
            actions.push(Action::OpenWindow(scene.state.wanted.clone()));
        }
        // While something is typed, it undoes the typing.
        if !ui.egui_wants_keyboard_input()
            && ui.input_mut(|i| i.consume_key(egui::Modifiers::COMMAND, Key::Z))
        {
            actions.push(Action::Undo(Wanted::Last));
        }
        let Some(filter) = self.filter else { return };
        let in_filter = ui.memory(|m| m.has_focus(filter));
        if !ui.egui_wants_keyboard_input()
            && ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Slash))
        {
            ui.memory_mut(|m| m.request_focus(filter));
        }
        let clearing = in_filter || !scene.state.tree.filter().is_empty();
        if clearing && ui.input(|i| i.key_pressed(Key::Escape)) {
            actions.push(Action::SetFilter(String::new()));
            ui.memory_mut(|m| m.surrender_focus(filter));
        }
    }
}

/// The engine and a dot that says how it fares, never by colour alone. Pressed, it shows the others.
fn engine(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let (state, colors) = (scene.state, scene.colors);
    let (color, word) = match &state.connection {
        Connection::Connecting => (colors.muted, "engine.connecting"),
        Connection::WorkerLost | Connection::Gone { .. } => (colors.danger, "engine.gone"),
        _ if state.listing.stale.is_some() => (colors.danger, "engine.stale"),
        _ if state.listing.outrun || state.listing.remembered.is_some() => (colors.muted, "engine.stale"),
        Connection::Sample { .. } => (colors.warn, "engine.sample"),
        Connection::Live { .. } => (colors.safe, "engine.live"),
    };
    let word = tr!(word);
    let info = state.connection.engine();
    let host = match &state.connection {
        Connection::Live { host, .. } | Connection::Gone { host, .. } => host.as_str(),
        Connection::Connecting | Connection::Sample { .. } | Connection::WorkerLost => "",
    };
    let place = if host.is_empty() { tr!("host.built_in").into_owned() } else { text::host(host) };
    let line =
        info.map(|info| format!("{} {} · {place} · {}", info.name, info.version, text::store(info.store)));
    let ground = ui.painter().add(egui::Shape::Noop);
    let room = ui.available_rect_before_wrap();
    let shown = ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 1.5 * GRID;
        ui.set_max_width(room.width() - 24.0);
        ui.add_space(2.0 * GRID);
        if let Some(key) = state.engine_key().filter(|_| !state.connection.is_sample()) {
            let (bar, _) = ui.allocate_exact_size(vec2(4.0, 18.0), egui::Sense::hover());
            ui.painter().rect_filled(bar, 2, theme::hue(colors, key.id.as_deref().unwrap_or(&key.host)));
        }
        let (dot, _) = ui.allocate_exact_size(vec2(8.0, 8.0), egui::Sense::hover());
        ui.painter().circle_filled(dot.center(), 4.0, color);
        widgets::words(ui, word.as_ref(), theme::strong(theme::BODY), color);
        if let Some(line) = &line {
            widgets::one_line(ui, line, theme::body(), colors.muted);
        }
    });
    let end = (shown.response.rect.right() + 24.0).min(room.right());
    let rect =
        egui::Rect::from_x_y_ranges(room.left()..=end, room.center().y - 15.0..=room.center().y + 15.0);
    let enabled = state.connection != Connection::WorkerLost && matches!(state.dialog, Dialog::None);
    let sense = if enabled { egui::Sense::click() } else { egui::Sense::hover() };
    let response = ui.interact(rect, ui.scope_id().with("engine"), sense);
    let spoken = tr!("engine.choose", engine = line.as_deref().unwrap_or(&word));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, &spoken));
    if enabled && (response.hovered() || response.has_focus()) {
        ui.painter().set(ground, egui::epaint::RectShape::filled(rect, theme::RADIUS, colors.hover));
    }
    if response.has_focus() {
        widgets::focus_ring(ui, rect.shrink(1.0));
    }
    widgets::paint_icon(ui, egui::pos2(end - 12.0, rect.center().y), icons::DOWN, 16.0, colors.muted);
    if response.clicked() {
        actions.push(Action::ChooseEngine);
    }
    let mut hover: Vec<String> = line.into_iter().collect();
    hover.extend((!host.is_empty()).then(|| host.to_owned()));
    hover.extend(info.map(|info| tr!("engine.api", version = info.api)));
    hover.push(tr!("engine.choose_hint").into_owned());
    response.on_hover_text(hover.join("\n"));
}

fn refresh(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    if scene.state.listing.is_busy() {
        let (rect, response) = ui.allocate_exact_size(vec2(24.0, 24.0), egui::Sense::hover());
        widgets::busy(ui, rect.shrink(4.0), scene.colors.muted);
        response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, tr!("refresh.busy")));
        response.on_hover_text(tr!("refresh.busy"));
        return;
    }
    let name = tr!("refresh.name");
    let gone = scene.state.connection == Connection::WorkerLost;
    let button = Push::icon_only(icons::REFRESH, &name).enabled(!gone);
    if button.show(ui).on_hover_text(format!("{name} (F5)")).clicked() {
        actions.push(Action::Refresh);
    }
}

fn settings_menu(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let name = tr!("settings.name");
    let button = Push::icon_only(icons::SETTINGS, &name).show(ui);
    // Below the button, and never beyond the lower edge of a small window.
    let height = ui.ctx().content_rect().bottom() - button.rect.bottom() - 8.0 * GRID;
    Popup::menu(&button).width(208.0).gap(GRID).show(|ui| {
        let area = egui::ScrollArea::vertical().max_height(height).min_scrolled_height(height);
        area.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            all_settings(ui, scene, actions);
        });
    });
    button.on_hover_text(name);
}

fn all_settings(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let settings = &scene.state.settings;
    // What opens comes first: the rest may be out of sight in a small window.
    if widgets::menu_line(ui, icons::LOCK, &tr!("kept_list.open"), true).clicked() {
        actions.push(Action::ShowKept);
    }
    if widgets::menu_line(ui, icons::ARCHIVE, &tr!("archives.open"), true).clicked() {
        actions.push(Action::Archive(ArchiveAction::ShowList));
    }
    if widgets::menu_line(ui, icons::NEW_WINDOW, &tr!("window.new"), true).clicked() {
        actions.push(Action::OpenWindow(scene.state.wanted.clone()));
    }
    ui.add_space(2.0 * GRID);
    widgets::muted(ui, tr!("settings.language"));
    for language in Language::ALL {
        if choice(ui, scene, language.own_name(), language == settings.language) {
            actions.push(Action::SetLanguage(language));
        }
    }
    ui.add_space(2.0 * GRID);
    widgets::muted(ui, tr!("settings.theme"));
    for theme in ThemeChoice::ALL {
        let word = tr!(match theme {
            ThemeChoice::System => "theme.system",
            ThemeChoice::Light => "theme.light",
            ThemeChoice::Dark => "theme.dark",
        });
        if choice(ui, scene, &word, theme == settings.theme) {
            actions.push(Action::SetTheme(theme));
        }
    }
    ui.add_space(2.0 * GRID);
    widgets::muted(ui, tr!("settings.motion"));
    for motion in Motion::ALL {
        let word = tr!(match motion {
            Motion::System => "motion.system",
            Motion::Full => "motion.full",
            Motion::Reduced => "motion.reduced",
        });
        if choice(ui, scene, &word, motion == settings.motion) {
            actions.push(Action::SetMotion(motion));
        }
    }
    ui.add_space(2.0 * GRID);
    widgets::muted(ui, tr!("settings.columns"));
    super::tree::choose_columns(ui, scene, actions);
    ui.add_space(2.0 * GRID);
    widgets::muted(ui, tr!("settings.look_up"));
    for (look_up, key) in
        [(ReviewLookUp::ByItself, "look_up.by_itself"), (ReviewLookUp::OnRequest, "look_up.on_request")]
    {
        if choice(ui, scene, &tr!(key), look_up == settings.review_look_up) {
            actions.push(Action::SetReviewLookUp(look_up));
        }
    }
    ui.add_space(2.0 * GRID);
    widgets::muted(ui, tr!("settings.fonts"));
    // A menu justifies what stands in it, which tears sentences apart.
    ui.with_layout(Layout::top_down(Align::Min), |ui| {
        widgets::muted(ui, tr!("fonts.built_in"));
        let rare = if theme::draws_rare_characters(ui) { "fonts.rare" } else { "fonts.rare_missing" };
        widgets::muted(ui, tr!(rare));
    });
}

/// One line of a menu, ticked if it is chosen.
pub(super) fn choice(ui: &mut Ui, scene: &Scene<'_>, word: &str, chosen: bool) -> bool {
    let colors = scene.colors;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), egui::Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::MenuItemRadio, true, chosen, word));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, theme::RADIUS, colors.hover);
    }
    if response.has_focus() {
        widgets::focus_ring(ui, rect.shrink(2.0));
    }
    if chosen {
        widgets::paint_icon(ui, rect.left_center() + vec2(14.0, 0.0), icons::CHECK, 16.0, colors.accent);
    }
    let at = rect.left_center() + vec2(32.0, 0.0);
    ui.painter().text(at, egui::Align2::LEFT_CENTER, word, theme::body(), colors.text);
    response.clicked()
}
