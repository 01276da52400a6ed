//! The head of the left side: tree, picture, map or registries, and what the one shown is about.

use egui::{Align, Key, Layout, Modifiers, Popup, Role, Sense, Ui, WidgetInfo, vec2};

use super::text::tr;
use super::theme::{self, GRID};
use super::widgets::{self, Kind, Push, focus_ring};
use super::{Scene, icons};
use crate::model::ImageIx;
use crate::state::{Action, Scope, View};

pub const HEIGHT: f32 = 44.0;

pub fn show(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, egui::Stroke::new(1.0, scene.colors.line));
    ui.scope_builder(egui::UiBuilder::new().max_rect(rect.shrink2(vec2(12.0, 6.0))), |ui| {
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for view in View::ALL {
                segment(ui, scene, view, actions);
            }
            if scene.state.left.view == View::Picture {
                ui.add_space(3.0 * GRID);
                scope_menu(ui, scene, actions);
            }
        });
    });
    ui.add_space(-ui.spacing().item_spacing.y);
}

/// Keys that switch wherever the focus is.
pub fn shortcuts(ui: &Ui, actions: &mut Vec<Action>) {
    for (key, view) in [Key::Num1, Key::Num2, Key::Num3, Key::Num4].into_iter().zip(View::ALL) {
        if ui.input_mut(|i| i.consume_key(Modifiers::COMMAND, key)) {
            actions.push(Action::Show(view));
        }
    }
}

fn segment(ui: &mut Ui, scene: &Scene<'_>, view: View, actions: &mut Vec<Action>) {
    let (icon, key) = match view {
        View::Tree => (icons::TREE, "view.tree"),
        View::Picture => (icons::PICTURE, "view.picture"),
        View::Map => (icons::MAP, "view.map"),
        View::Registries => (icons::REGISTRY, "view.registries"),
    };
    let colors = scene.colors;
    let chosen = scene.state.left.view == view;
    let word = tr!(key);
    let font = if chosen { theme::strong(theme::BODY) } else { theme::body() };
    let galley = ui.painter().layout_no_wrap(word.to_string(), font, colors.text);
    let size = vec2(galley.size().x + 44.0, 30.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, chosen, word.as_ref()));
    let ink = if chosen { colors.accent } else { colors.muted };
    if chosen {
        ui.painter().rect_filled(rect, theme::RADIUS, colors.accent_soft);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, theme::RADIUS, colors.hover);
    }
    if response.has_focus() {
        focus_ring(ui, rect);
    }
    widgets::paint_icon(ui, rect.left_center() + vec2(17.0, 0.0), icon, 17.0, ink);
    let at = rect.left_center() + vec2(32.0, -galley.size().y / 2.0);
    ui.painter().galley_with_override_text_color(at, galley, ink);
    let hint = tr!(&format!("{key}.hint"));
    if response.on_hover_text(hint).on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
        actions.push(Action::Show(view));
    }
}

/// What the picture is about.
fn scope_menu(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let state = scene.state;
    let selected = state.details.as_ref().and_then(|d| d.subject.image());
    let word = match &state.left.scope {
        Scope::Selection if selected.is_some() => tr!("scope.selection").into_owned(),
        Scope::Selection if state.selected_group().is_some() => tr!("scope.group").into_owned(),
        Scope::Selection | Scope::All => tr!("scope.all").into_owned(),
        Scope::Marked => tr!("scope.marked").into_owned(),
        Scope::Repository(name) => name.clone(),
    };
    let room = ui.available_width() - 44.0;
    let (shown, cut) = widgets::elide_middle(ui, &word, &theme::body(), room.max(40.0));
    let named = tr!("scope.name", scope = word);
    let button = Push::new(Kind::Normal, &shown).icon(icons::DOWN).named(named).show(ui);
    Popup::menu(&button).width(280.0).gap(GRID).show(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        let scope = &state.left.scope;
        let mut line = |word: &str, wanted: Scope| {
            if super::top_bar::choice(ui, scene, word, *scope == wanted) {
                actions.push(Action::SetScope(wanted));
            }
        };
        line(&tr!("scope.selection"), Scope::Selection);
        line(&tr!("scope.all"), Scope::All);
        if !state.marks.is_empty() || state.left.scope == Scope::Marked {
            line(&tr!("scope.marked"), Scope::Marked);
        }
        for (name, familiar) in repositories(scene, selected) {
            line(&familiar, Scope::Repository(name));
        }
    });
    if cut {
        button.on_hover_text(word);
    }
}

/// The repositories of an image, with registry and as they are typed.
fn repositories(scene: &Scene<'_>, image: Option<ImageIx>) -> Vec<(String, String)> {
    const MOST: usize = 12;
    let image = image.and_then(|ix| scene.state.graph()?.image(ix));
    let names = image.map_or(&[][..], |i| i.references.as_slice());
    let mut found: Vec<_> = names
        .iter()
        .map(|n| (n.repository().full().to_owned(), n.repository().familiar().to_owned()))
        .collect();
    found.dedup();
    found.truncate(MOST);
    found
}
