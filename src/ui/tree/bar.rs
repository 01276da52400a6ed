//! The bar above the tree: how images are grouped, and which of them are shown.

use egui::{
    Align, Align2, CursorIcon, Layout, Popup, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2,
};

use super::mark_menu;
use crate::state::{Action, Grouping, Preset};
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{self, Kind, Push, focus_ring};
use crate::ui::{Scene, icons, top_bar};

const HEIGHT: f32 = 40.0;
const GAP: f32 = 4.0;

pub fn show(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    ui.scope_builder(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(12.0, 6.0))), |ui| {
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            grouping(ui, scene, actions);
            mark_menu::show(ui, scene, actions);
            ui.add_space(GRID);
            presets(ui, scene, actions);
        });
    });
    ui.add_space(-ui.spacing().item_spacing.y);
    if scene.state.tree.preset() == Preset::Dangling {
        unnamed_rows(ui, scene);
    }
}

fn grouping(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let tree = &scene.state.tree;
    let words = tr!("grouping", name = tr!(grouping_key(tree.grouping())));
    let button = Push::new(Kind::Normal, &words).icon(icons::DOWN).small().show(ui);
    Popup::menu(&button).width(216.0).gap(GRID).show(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for grouping in Grouping::ALL {
            if top_bar::choice(ui, scene, &tr!(grouping_key(grouping)), grouping == tree.grouping()) {
                actions.push(Action::GroupBy(grouping));
            }
        }
        if tree.groups().is_some() {
            ui.add_space(GRID);
            for (key, open) in [("grouping.open", true), ("grouping.close", false)] {
                if top_bar::choice(ui, scene, &tr!(key), false) {
                    actions.push(Action::OpenGroups(open));
                }
            }
        }
    });
}

fn grouping_key(grouping: Grouping) -> &'static str {
    match grouping {
        Grouping::Image => "grouping.image",
        Grouping::Repository => "grouping.repository",
        Grouping::Registry => "grouping.registry",
    }
}

pub fn preset_key(preset: Preset) -> &'static str {
    match preset {
        Preset::All => "preset.all",
        Preset::Unused => "preset.unused",
        Preset::Dangling => "preset.dangling",
        Preset::ManyNames => "preset.many_names",
        Preset::InUse => "preset.in_use",
        Preset::Refused => "preset.refused",
        Preset::Protected => "preset.protected",
    }
}

/// A preset as it stands in the bar.
struct Chip {
    preset: Preset,
    word: String,
    count: String,
    width: f32,
}

/// As many chips as there is room for, the chosen one always among them, and the rest in a menu.
fn presets(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let tree = &scene.state.tree;
    let chips: Vec<Chip> = Preset::ALL
        .into_iter()
        .map(|preset| {
            let word = tr!(preset_key(preset)).into_owned();
            let count = text::thousands(tree.presets().count(preset));
            let letters = widgets::width_of(ui, &format!("{word} {count}"), &theme::strong(theme::SMALL));
            Chip { preset, word, count, width: letters + 5.0 * GRID }
        })
        .collect();
    let all: f32 = chips.iter().map(|chip| chip.width + GAP).sum();
    let room = ui.available_width();
    let mut left = if all <= room { room } else { room - 36.0 };
    if let Some(chosen) = chips.iter().find(|chip| chip.preset == tree.preset()) {
        left -= chosen.width + GAP;
    }
    let mut full = false;
    let (mut shown, mut hidden) = (Vec::new(), Vec::new());
    for chip in chips {
        let fits = chip.preset == tree.preset() || (!full && chip.width + GAP <= left);
        if chip.preset != tree.preset() && fits {
            left -= chip.width + GAP;
        }
        full |= !fits;
        if fits { shown.push(chip) } else { hidden.push(chip) }
    }
    for chip in &shown {
        if show_chip(ui, scene, chip) {
            actions.push(Action::SetPreset(chip.preset));
        }
    }
    if hidden.is_empty() {
        return;
    }
    let name = tr!("preset.more");
    let more = Push::icon_only(icons::MORE, &name).show(ui);
    Popup::menu(&more).width(200.0).gap(GRID).show(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for chip in &hidden {
            if top_bar::choice(ui, scene, &format!("{} {}", chip.word, chip.count), false) {
                actions.push(Action::SetPreset(chip.preset));
            }
        }
    });
    more.on_hover_text(name);
}

/// True if it was pressed.
fn show_chip(ui: &mut Ui, scene: &Scene<'_>, chip: &Chip) -> bool {
    let colors = scene.colors;
    let chosen = scene.state.tree.preset() == chip.preset;
    let (rect, response) = ui.allocate_exact_size(vec2(chip.width, 24.0), Sense::click());
    let said = tr!("preset.said", name = chip.word, n = chip.count);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, &said));
    let fill = match (chosen, response.hovered()) {
        (true, _) => colors.accent_soft,
        (false, true) => colors.hover,
        (false, false) => colors.surface,
    };
    let edge = if chosen { colors.accent_soft } else { colors.line };
    ui.painter().rect(rect, 12, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
    if response.has_focus() {
        focus_ring(ui, rect);
    }
    let (font, ink) =
        if chosen { (theme::strong(theme::SMALL), colors.accent) } else { (theme::small(), colors.text) };
    let count_ink = if chosen { colors.accent } else { colors.muted };
    let word_width = widgets::width_of(ui, &chip.word, &font) + GRID;
    let width = word_width + widgets::width_of(ui, &chip.count, &font);
    let at = rect.center() - vec2(width / 2.0, 0.0);
    ui.painter().text(at, Align2::LEFT_CENTER, &chip.word, font.clone(), ink);
    ui.painter().text(at + vec2(word_width, 0.0), Align2::LEFT_CENTER, &chip.count, font, count_ink);
    let hint = tr!(&format!("{}.hint", preset_key(chip.preset)));
    response.on_hover_text(hint).on_hover_cursor(CursorIcon::PointingHand).clicked()
}

/// The old way to remove what `docker images` shows without a tag, and what it would take.
fn unnamed_rows(ui: &mut Ui, scene: &Scene<'_>) {
    let rows = scene.state.tree.presets().unnamed_rows;
    let words = match rows.others() {
        0 if rows.dangling == 0 => return,
        0 => tr!("dangling.only").into_owned(),
        others => {
            let all = text::thousands(others + rows.dangling);
            let (tagged, only) = (text::thousands(rows.digests_of_tagged), text::thousands(rows.digest_only));
            let others = text::thousands(others);
            tr!("dangling.trap", all = all, others = others, tagged = tagged, only = only)
        }
    };
    let colors = scene.colors;
    let font = theme::small();
    let width = ui.available_width() - 48.0;
    let job = egui::text::LayoutJob::simple(words.clone(), font, colors.muted, width - 24.0);
    let galley = ui.painter().layout_job(job);
    let size = vec2(ui.available_width(), galley.size().y + 3.0 * GRID);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    let at = Rect::from_min_max(rect.min + vec2(12.0, GRID), rect.max);
    widgets::paint_icon(ui, at.min + vec2(8.0, 7.0), icons::INFO, 14.0, colors.muted);
    ui.painter().galley(at.min + vec2(24.0, 0.0), galley, colors.muted);
    ui.add_space(-ui.spacing().item_spacing.y);
}
