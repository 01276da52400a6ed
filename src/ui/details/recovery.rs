//! Can I get it back? What the registries of an image's names say, in one line, and name by name on demand.
//! Nobody is asked before the person presses the button.

use egui::{Align, Layout, Ui};

use crate::model::{Image, Recovery, Reference};
use crate::state::remote::Asked;
use crate::state::{Action, Details, Subject};
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, icons};
use crate::words::remote::{Tone, recovery, remote};

/// More names than this are counted.
const AT_ONCE: usize = 20;

/// Whether the answers are listed name by name.
#[derive(Debug, Default)]
pub struct Names {
    open: bool,
}

pub fn show(
    ui: &mut Ui,
    scene: &Scene<'_>,
    details: &Details,
    image: &Image,
    Names { open }: &mut Names,
    actions: &mut Vec<Action>,
) {
    if matches!(details.subject, Subject::Container(..)) {
        return;
    }
    let told = scene.state.recovery(image);
    let asked = scene.state.remotes.of(&image.id);
    widgets::section(ui, &tr!("recovery.title"), None);
    line(ui, scene, &told);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        let is_asking = matches!(told, Recovery::Asking { .. });
        let ask = match told {
            Recovery::OnlyHere => None,
            Recovery::NotAsked { .. } => Some(tr!("recovery.look_up")),
            Recovery::Asking { .. }
            | Recovery::Found { .. }
            | Recovery::LastCopy
            | Recovery::Unknown { .. } => Some(tr!("recovery.again")),
        };
        if let Some(words) = ask {
            let push = Push::new(Kind::Normal, &words).icon(icons::REGISTRY).small().enabled(!is_asking);
            if push.show(ui).on_hover_text(tr!("recovery.look_up.hint")).clicked() {
                actions.push(Action::LookUp(image.id.clone()));
            }
        }
        if let Some(asked) = asked {
            let words = text::count("n.names", asked.names.len());
            let icon = if *open { icons::UP } else { icons::DOWN };
            let named = tr!("recovery.names", names = words);
            if Push::new(Kind::Quiet, &words).icon(icon).small().named(named).show(ui).clicked() {
                *open = !*open;
            }
            if let Some(at) = asked.oldest() {
                widgets::muted(ui, asked_ago(scene, at)).on_hover_text(text::moment(at));
            }
        }
    });
    let Some(asked) = asked.filter(|_| *open) else { return };
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.spacing_mut().interact_size.y = 18.0;
        for (name, asked) in asked.names.iter().take(AT_ONCE) {
            row(ui, scene, name, asked);
            ui.add_space(GRID);
        }
        let more = asked.names.len().saturating_sub(AT_ONCE);
        if more > 0 {
            widgets::muted(ui, text::count("n.more", more));
        }
    });
}

/// The answer in a line with its sign.
pub fn line(ui: &mut Ui, scene: &Scene<'_>, told: &Recovery) {
    let (tone, words) = recovery(told);
    let colors = scene.colors;
    let (icon, ink) = sign(scene, tone);
    ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
        ui.spacing_mut().item_spacing.x = 1.5 * GRID;
        widgets::icon(ui, icon, 18.0, ink);
        let font = if tone == Tone::Open { theme::body() } else { theme::strong(theme::BODY) };
        let ink = if tone == Tone::Open { colors.muted } else { colors.text };
        widgets::words(ui, words, font, ink);
    });
}

/// The sign of an answer and its colour, which is never alone.
pub fn sign(scene: &Scene<'_>, tone: Tone) -> (&'static str, egui::Color32) {
    let colors = scene.colors;
    match tone {
        Tone::Good => (icons::CAN_GO, colors.safe),
        Tone::Lost => (icons::WARNING, colors.danger),
        Tone::Doubt => (icons::UNKNOWN, colors.warn),
        Tone::Open => (icons::REGISTRY, colors.muted),
    }
}

/// How old an answer is.
pub fn asked_ago(scene: &Scene<'_>, at: i64) -> String {
    if scene.now - at < 60 {
        return tr!("recovery.asked_now").into_owned();
    }
    tr!("recovery.asked", age = text::age(scene.now, at))
}

fn row(ui: &mut Ui, scene: &Scene<'_>, name: &Reference, asked: &Asked) {
    let (tone, words) = remote(&asked.remote);
    let (icon, ink) = sign(scene, tone);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 1.5 * GRID;
        widgets::icon(ui, icon, 15.0, ink);
        let full = name.familiar();
        let short = text::short_digests(&full);
        let (shown, cut) = widgets::elide_middle(ui, &short, &theme::body(), ui.available_width());
        let label = widgets::label(ui, shown);
        if cut || short != full {
            label.on_hover_text(full);
        }
    });
    ui.horizontal(|ui| {
        ui.add_space(15.0 + 1.5 * GRID);
        let ink = if tone == Tone::Open { scene.colors.muted } else { scene.colors.text };
        widgets::words(ui, words, theme::small(), ink).on_hover_text(asked_ago(scene, asked.at));
    });
}
