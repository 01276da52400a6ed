//! What is archived without being asked for, and how long archives are kept.

use egui::{Popup, Ui};

use crate::archive::Limits;
use crate::model::Bytes;
use crate::state::Action;
use crate::state::archives::{ArchiveAction, ArchiveList};
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, icons, text, top_bar};
use crate::words::archives as words;
use crate::words::tr;

/// What one can keep at most, in gigabytes, and for how many days.
const GIGABYTES: [u64; 6] = [5, 10, 20, 50, 100, 500];
const DAYS: [u32; 5] = [7, 30, 90, 180, 365];

/// What is kept from now on, and for how long.
pub fn show(ui: &mut Ui, scene: &Scene<'_>, list: &ArchiveList, actions: &mut Vec<Action>) {
    let settings = scene.state.settings.archives;
    let mut always = settings.save_first;
    if widgets::tick(ui, scene.colors, &mut always, &tr!("archives.always")).clicked() {
        actions.push(Action::Archive(ArchiveAction::AlwaysSaveFirst(always)));
    }
    let Limits { bytes, days } = settings.limits;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        let said = bytes.map_or_else(|| tr!("archives.no_limit").into_owned(), |bytes| bytes.to_string());
        let at_most = tr!("archives.at_most", bytes = said);
        let button = Push::new(Kind::Normal, &at_most).icon(icons::DOWN).small().show(ui);
        Popup::menu(&button).width(200.0).gap(GRID).show(|ui| {
            let choices = GIGABYTES.map(|size| Some(Bytes(size * 1_000_000_000)));
            for choice in choices.into_iter().chain([None]) {
                let word =
                    choice.map_or_else(|| tr!("archives.no_limit").into_owned(), |bytes| bytes.to_string());
                if top_bar::choice(ui, scene, &word, choice == bytes) {
                    set(actions, Limits { bytes: choice, days });
                }
            }
        });
        let word = |days: Option<u32>| match days {
            Some(days) => text::count("archives.days", days as usize),
            None => tr!("archives.no_limit").into_owned(),
        };
        let for_days = tr!("archives.for_days", days = word(days));
        let button = Push::new(Kind::Normal, &for_days).icon(icons::DOWN).small().show(ui);
        Popup::menu(&button).width(200.0).gap(GRID).show(|ui| {
            for choice in DAYS.map(Some).into_iter().chain([None]) {
                if top_bar::choice(ui, scene, &word(choice), choice == days) {
                    set(actions, Limits { bytes, days: choice });
                }
            }
        });
    });
    let said = match list.would_drop {
        (0, _) => tr!("archives.limits.hint").into_owned(),
        (gone, bytes) => words::dropped(gone, bytes),
    };
    widgets::words(ui, said, theme::small(), scene.colors.muted);
}

fn set(actions: &mut Vec<Action>, limits: Limits) {
    actions.push(Action::Archive(ArchiveAction::SetLimits(limits)));
}
