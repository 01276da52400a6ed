//! Everything that is kept by hand, what was lifted by hand, and patterns to keep by.

use egui::{Role, ScrollArea, TextEdit, Ui, WidgetInfo, vec2};

use super::text::{self, tr};
use super::theme::{self, GRID};
use super::widgets::{self, Kind, Push};
use super::{Scene, dialog, icons};
use crate::rules::policy::Pin;
use crate::state::{Action, Dialog, KeptList};

const ROW: f32 = 30.0;
const ROWS: f32 = 9.0;

pub fn show(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let Dialog::Kept(list) = &scene.state.dialog else { return };
    let colors = scene.colors;
    let modal = dialog::show(ui, "kept list", colors, |ui| {
        widgets::words(ui, tr!("kept_list.title"), theme::strong(theme::TITLE), colors.text);
        widgets::words(ui, tr!("kept_list.hint"), theme::body(), colors.muted);
        ui.add_space(GRID);
        entries(ui, scene, actions);
        ui.add_space(GRID);
        pattern(ui, scene, list, actions);
        ui.add_space(GRID);
        widgets::right_row(ui, |ui| {
            if Push::new(Kind::Primary, &tr!("button.done")).show(ui).clicked() {
                actions.push(Action::CloseDialog);
            }
        });
    });
    if modal.should_close() {
        actions.push(Action::CloseDialog);
    }
}

fn entries(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let policy = &scene.state.settings.policy;
    let count = policy.pins.len() + policy.lifted.len();
    if count == 0 {
        widgets::words(ui, tr!("kept_list.empty"), theme::body(), scene.colors.text);
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().id_salt("kept").max_height(ROW * ROWS).auto_shrink([false, true]).show_rows(
        ui,
        ROW,
        count,
        |ui, range| {
            let pins = policy.pins.iter().map(|pin| {
                let (icon, words) = pin_words(pin);
                (icon, words, "button.unkeep", Action::Unpin(pin.clone()))
            });
            let lifted = policy.lifted.iter().map(|id| {
                let words = tr!("kept_list.lifted", id = id.short());
                (icons::IMAGE, words, "button.restore", Action::Restore(id.clone()))
            });
            for (icon, words, button, action) in pins.chain(lifted).skip(range.start).take(range.len()) {
                if entry(ui, scene, icon, &words, &tr!(button)) {
                    actions.push(action);
                }
            }
        },
    );
}

/// Returns whether its button was pressed.
fn entry(ui: &mut Ui, scene: &Scene<'_>, icon: &'static str, words: &str, button: &str) -> bool {
    let colors = scene.colors;
    let size = vec2(ui.available_width(), ROW);
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let pressed = ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        let name = format!("{button}: {words}");
        let push = Push::new(Kind::Quiet, button).small().named(name).show(ui);
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            widgets::icon(ui, icon, 17.0, colors.muted);
            widgets::one_line(ui, words, theme::body(), colors.text).on_hover_text(words);
        });
        push.clicked()
    });
    pressed.inner
}

fn pin_words(pin: &Pin) -> (&'static str, String) {
    match pin {
        Pin::Image(id) => (icons::IMAGE, tr!("kept_list.image", id = id.short())),
        Pin::Name(name) => (icons::TAG, text::short_digests(&name.familiar())),
        Pin::Repository(name) => {
            (icons::REPOSITORY, tr!("kept_list.repository", name = text::familiar(name)))
        }
        Pin::Pattern(pattern) => (icons::SEARCH, tr!("kept_list.pattern", pattern = pattern)),
    }
}

fn pattern(ui: &mut Ui, scene: &Scene<'_>, list: &KeptList, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        let words = tr!("kept_list.keep_pattern");
        let button = widgets::width_of(ui, &words, &theme::body()) + 32.0;
        let mut typed = list.pattern.clone();
        let field = TextEdit::singleline(&mut typed)
            .hint_text(tr!("kept_list.pattern_hint").into_owned())
            .margin(egui::Margin::symmetric(10, 6))
            .desired_width((ui.available_width() - button).max(120.0));
        let response = ui.add(field);
        let name = tr!("kept_list.pattern_name");
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &name));
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        if response.changed() {
            actions.push(Action::SetPattern(typed));
        }
        let some = !list.pattern.trim().is_empty();
        if Push::new(Kind::Normal, &words).enabled(some).show(ui).clicked() || (entered && some) {
            actions.push(Action::KeepPattern);
        }
    });
    let said = if list.pattern.is_empty() {
        tr!("kept_list.pattern_explained").into_owned()
    } else {
        text::count("kept_list.matches", list.matches)
    };
    widgets::words(ui, said, theme::small(), colors.muted);
}
