//! What the ordered way would do: the engine's lines in its order, what stays, and what comes back.

use egui::Ui;

use crate::model::{Graph, ImageId, Item};
use crate::rules::Target;
use crate::state::details::KeptLayers;
use crate::state::{Action, Details};
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::tree::image_name;
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, icons};

const AT_ONCE: usize = 12;

pub fn show(
    ui: &mut Ui,
    scene: &Scene<'_>,
    details: &Details,
    graph: &Graph,
    all: &mut bool,
    actions: &mut Vec<Action>,
) {
    let Ok(plan) = &details.ordered else { return };
    let colors = scene.colors;
    let lines: Vec<&Item> = plan.lines().collect();
    if lines.is_empty() {
        return;
    }
    widgets::section(ui, &tr!("effects.title"), None);
    if details.forced.is_some() {
        widgets::muted(ui, tr!("effects.ordered"));
    }
    let untagged = lines.iter().filter(|i| matches!(i, Item::Untagged(_))).count();
    let totals = tr!("effects.totals", untagged = untagged, deleted = lines.len() - untagged);
    widgets::words(ui, format!("{totals} · {}", text::freed(plan.freed())), theme::body(), colors.text);
    for kept in &details.kept {
        kept_line(ui, scene, graph, kept, actions);
    }
    let shown = if *all || lines.len() <= AT_ONCE + 2 { lines.len() } else { AT_ONCE };
    widgets::code_block(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.spacing_mut().interact_size.y = 18.0;
        for item in lines.iter().take(shown) {
            engine_line(ui, scene, item);
        }
    });
    if shown < lines.len() {
        let more = text::count("n.more", lines.len() - shown);
        if Push::new(Kind::Quiet, &more).icon(icons::DOWN).small().show(ui).clicked() {
            *all = true;
        }
    }
}

/// A line as the engine prints it, its digests shortened.
pub fn engine_line(ui: &mut Ui, scene: &Scene<'_>, item: &Item) {
    let colors = scene.colors;
    let (word, what, ink) = match item {
        Item::Untagged(name) => ("Untagged:", name, colors.text),
        Item::Deleted(id) => ("Deleted: ", id, colors.danger),
    };
    let short = text::short_digests(what);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        ui.label(egui::RichText::new(word).font(theme::mono()).color(colors.muted));
        let width = ui.available_width();
        let (fitting, _) = widgets::elide_middle(ui, &short, &theme::mono(), width);
        let response = ui.label(egui::RichText::new(&fitting).font(theme::mono()).color(ink));
        if fitting != *what {
            response.on_hover_text(what);
        }
    });
}

fn kept_line(ui: &mut Ui, scene: &Scene<'_>, graph: &Graph, kept: &KeptLayers, actions: &mut Vec<Action>) {
    const NAMED: usize = 3;
    // Each on a line of its own: an ID at the end of a line and its name on the next read as two things.
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.spacing_mut().interact_size.y = 18.0;
        ui.label(
            egui::RichText::new(text::count("kept.layers", kept.count))
                .font(theme::body())
                .color(scene.colors.muted),
        );
        for id in kept.needed_by.iter().take(NAMED) {
            let image = ImageId::parse(id).ok();
            let found = image.as_ref().and_then(|id| graph.image(graph.find_image(id)?));
            let (Some(id), Some(found)) = (image, found) else {
                ui.label(egui::RichText::new(id.get(..12).unwrap_or(id)).font(theme::mono()));
                continue;
            };
            let words = format!("{} {}", id.short(), image_name(graph, found));
            let (shown, cut) = widgets::elide_middle(ui, &words, &theme::body(), ui.available_width());
            let line = link(ui, scene, &shown);
            if line.clicked() {
                actions.push(Action::Select(Target::Image(id)));
            }
            if cut {
                line.on_hover_text(words);
            }
        }
        let more = kept.needed_by.len().saturating_sub(NAMED) + kept.more as usize;
        if more > 0 {
            ui.label(egui::RichText::new(text::count("n.more", more)).color(scene.colors.muted));
        }
    });
}

/// Words that select what they name.
pub fn link(ui: &mut Ui, scene: &Scene<'_>, words: &str) -> egui::Response {
    let rich = egui::RichText::new(words).font(theme::body()).color(scene.colors.accent);
    let response = ui.add(egui::Label::new(rich).sense(egui::Sense::click()));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Link, true, words));
    if response.has_focus() {
        widgets::focus_ring(ui, response.rect);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}
