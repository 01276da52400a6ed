//! What a person sees. Panels read the state and return what the person asked for; they keep only what
//! nobody else has to know: scroll positions, and text while it is typed.

mod activity;
mod archives;
mod banner;
mod details;
mod dialog;
mod engines;
mod export;
mod heights;
mod history;
pub mod icons;
mod kept_list;
mod map;
mod marks_bar;
mod picture;
mod placeholder;
mod registries;
mod review;
mod rows;
pub mod theme;
pub mod title;
mod top_bar;
mod tree;
mod undo_dialog;
mod view_switch;
mod widgets;

use egui::{CentralPanel, Frame, Margin, Panel, Stroke, Ui};

use crate::state::{Action, AppState, Dialog, Exporting, View};
use theme::Palette;

pub use crate::words as text;

/// Narrower than this, the details stand below the tree instead of beside it.
const SIDE_BY_SIDE: f32 = 900.0;

/// What the left side keeps above the details: its bars and a few rows.
const LEFT_AT_LEAST: f32 = 204.0;
/// The same for picture and map, which are of no use in a strip.
const DRAWING_AT_LEAST: f32 = 264.0;

/// What every panel reads.
struct Scene<'a> {
    state: &'a AppState,
    /// Seconds since 1970.
    now: i64,
    colors: &'static Palette,
}

/// The whole window.
#[derive(Debug, Default)]
pub struct Window {
    top_bar: top_bar::TopBar,
    tree: tree::TreePanel,
    picture: picture::PicturePanel,
    map: map::MapPanel,
    registries: registries::RegistriesPanel,
    details: details::DetailsPanel,
    activity: activity::ActivityPanel,
    review: review::ReviewDialog,
    engines: engines::EnginesDialog,
}

impl Window {
    /// Paints the state; `now` is in seconds since 1970.
    #[must_use = "actions are what the person asked for"]
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, now: i64) -> Vec<Action> {
        let Self { top_bar, tree, picture, map, registries, details, activity, review, engines } = self;
        text::speak(state.settings.language);
        let scene = &Scene { state, now, colors: theme::palette(ui) };
        let mut actions = Vec::new();
        let line = Stroke::new(1.0, scene.colors.line);
        ui.painter().rect_filled(ui.max_rect(), 0, scene.colors.ground);
        let bar = Frame::new().fill(scene.colors.ground).inner_margin(Margin::symmetric(16, 0));
        Panel::top("top").exact_size(48.0).frame(bar).show_separator_line(false).show(ui, |ui| {
            top_bar.ui(ui, scene, &mut actions);
            ui.painter().hline(ui.ctx().content_rect().x_range(), ui.max_rect().bottom() - 0.5, line);
        });
        banner::show(ui, scene, &mut actions);
        activity.ui(ui, scene, &mut actions);
        marks_bar::show(ui, scene, &mut actions);
        export::bar(ui, scene, &mut actions);
        let plain = Frame::new().fill(scene.colors.surface);
        let has_rows = state.graph().is_some_and(|g| !g.images().is_empty() || !g.containers().is_empty());
        let mut left = |ui: &mut Ui, actions: &mut Vec<Action>| {
            view_switch::show(ui, scene, actions);
            // What is said while there is nothing to show is the same in every view.
            let any = state.graph().is_some_and(|g| !g.images().is_empty());
            match state.left.view {
                View::Picture if any => picture.ui(ui, scene, actions),
                View::Map if any => map.ui(ui, scene, actions),
                View::Registries => registries.ui(ui, scene, actions),
                View::Tree | View::Picture | View::Map => tree.ui(ui, scene, actions),
            }
        };
        if !has_rows {
            CentralPanel::no_frame().frame(plain).show(ui, |ui| left(ui, &mut actions));
        } else if ui.available_width() >= SIDE_BY_SIDE {
            let width = ui.available_width();
            Panel::right("details")
                .frame(plain)
                .default_size((width * 0.4).max(400.0))
                .size_range(360.0..=(width - 480.0))
                .show(ui, |ui| details.ui(ui, scene, &mut actions));
            CentralPanel::no_frame().frame(plain).show(ui, |ui| left(ui, &mut actions));
        } else if state.details.is_none() && state.tree.cursor().is_none() {
            // Nothing to say of anything: the room is better used for what there is.
            CentralPanel::no_frame().frame(plain).show(ui, |ui| left(ui, &mut actions));
        } else {
            let height = ui.available_height();
            let left_at_least = if state.left.view == View::Tree { LEFT_AT_LEAST } else { DRAWING_AT_LEAST };
            let most = (height - left_at_least).max(96.0);
            Panel::bottom("details below")
                .frame(plain)
                .resizable(true)
                .default_size((height * 0.5).min(most))
                .size_range(96.0..=most)
                .show(ui, |ui| details.ui(ui, scene, &mut actions));
            CentralPanel::no_frame().frame(plain).show(ui, |ui| left(ui, &mut actions));
        }
        review.ui(ui, scene, &mut actions);
        export::dialog(ui, scene, &mut actions);
        kept_list::show(ui, scene, &mut actions);
        engines.ui(ui, scene, &mut actions);
        archives::show(ui, scene, &mut actions);
        undo_dialog::show(ui, scene, &mut actions);
        history::show(ui, scene, &mut actions);
        let typing = matches!(state.exporting, Exporting::Typing { .. });
        if matches!(state.dialog, Dialog::None) && !typing {
            top_bar.shortcuts(ui, scene, &mut actions);
            view_switch::shortcuts(ui, &mut actions);
        }
        actions
    }
}
