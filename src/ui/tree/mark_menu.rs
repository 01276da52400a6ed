//! Marks many at once: the kinds of images that a person wants rid of together.

use egui::{Popup, ScrollArea, Ui};

use crate::model::GroupName;
use crate::state::{Action, Choice, Preset};
use crate::ui::text::{self, tr};
use crate::ui::theme::GRID;
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, icons, top_bar};

const DAYS: [u16; 4] = [7, 30, 90, 180];
const NEWEST: [u16; 4] = [1, 2, 3, 5];
/// More registries than this are a list to look through, and the tree groups by them.
const REGISTRIES: usize = 12;

pub fn show(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let name = tr!("mark.menu");
    let button = Push::icon_only(icons::MARK_MANY, &name).show(ui);
    let most = (ui.ctx().content_rect().bottom() - button.rect.bottom() - 32.0).max(120.0);
    Popup::menu(&button).width(296.0).gap(GRID).show(|ui| {
        ScrollArea::vertical().max_height(most).min_scrolled_height(most).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            lines(ui, scene, actions);
        });
    });
    button.on_hover_text(tr!("mark.menu.hint"));
}

fn lines(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let tree = &scene.state.tree;
    widgets::muted(ui, tr!("mark.title"));
    let shown = tr!("mark.shown", n = text::thousands(tree.matching()));
    if top_bar::choice(ui, scene, &shown, false) {
        actions.push(Action::MarkShown);
    }
    let mut line = |ui: &mut Ui, words: &str, choice: Choice| {
        if top_bar::choice(ui, scene, words, false) {
            actions.push(Action::MarkChoice(choice));
        }
    };
    let count = |preset| text::thousands(tree.presets().count(preset));
    line(ui, &tr!("mark.unused", n = count(Preset::Unused)), Choice::Unused);
    line(ui, &tr!("mark.dangling", n = count(Preset::Dangling)), Choice::Dangling);
    line(ui, &tr!("mark.no_compose"), Choice::NoCompose);
    numbers(ui, ("mark.older", "mark.older.n"), &DAYS, Choice::OlderThan, actions);
    numbers(ui, ("mark.newest", "mark.newest.n"), &NEWEST, Choice::AllButNewest, actions);
    let registries = tree.catalog().registries.all();
    let hosts = registries.iter().filter_map(|group| match &group.name {
        GroupName::Registry(host) => Some((host, group.images.len())),
        GroupName::Repository(_) | GroupName::Unnamed => None,
    });
    ui.add_space(GRID);
    widgets::muted(ui, tr!("mark.registry"));
    for (host, images) in hosts.take(REGISTRIES) {
        let words = tr!("mark.registry.line", host = host, images = text::count("n.images", images));
        if top_bar::choice(ui, scene, &words, false) {
            actions.push(Action::MarkChoice(Choice::Registry(host.clone())));
        }
    }
}

/// One kind with a number to choose.
fn numbers(
    ui: &mut Ui,
    (key, said): (&str, &str),
    all: &[u16],
    choice: fn(u16) -> Choice,
    actions: &mut Vec<Action>,
) {
    ui.add_space(GRID);
    widgets::muted(ui, tr!(key));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = GRID;
        ui.add_space(6.0 * GRID);
        for n in all {
            let said = tr!(said, n = n);
            if Push::new(Kind::Normal, &n.to_string()).small().named(said).show(ui).clicked() {
                actions.push(Action::MarkChoice(choice(*n)));
                ui.close();
            }
        }
    });
}
