//! What the engine says of the thing, in two aligned columns.

use egui::Ui;

use super::effects::link;
use crate::model::{ContainerIx, Graph, Image, ImageIx, Layers};
use crate::rules::Target;
use crate::state::{Action, Details, Subject};
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::tree::{image_name, status};
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, icons};

const KEYS: f32 = 96.0;
const LAYERS_AT_ONCE: usize = 8;

pub fn show(
    ui: &mut Ui,
    scene: &Scene<'_>,
    details: &Details,
    graph: &Graph,
    all_layers: &mut bool,
    actions: &mut Vec<Action>,
) {
    widgets::section(ui, &tr!("facts.title"), None);
    match &details.subject {
        Subject::Image(ix) => image(ui, scene, graph, *ix, all_layers, actions),
        Subject::Name(ix, name) => {
            text_fact(ui, scene, "fact.registry", name.repository().registry(), false);
            text_fact(ui, scene, "fact.repository", name.repository().path(), false);
            if let Some(tag) = name.tag() {
                text_fact(ui, scene, "fact.tag", tag, false);
            }
            if let Some(digest) = name.digest() {
                text_fact(ui, scene, "fact.digest", digest.as_str(), true);
            }
            image_link(ui, scene, graph, "fact.image", *ix, actions);
        }
        Subject::Container(ix, image) => container(ui, scene, graph, *ix, *image, actions),
    }
}

fn fact(ui: &mut Ui, scene: &Scene<'_>, key: &str, value: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        let word = tr!(key);
        let (rect, _) = ui.allocate_exact_size(egui::vec2(KEYS, 18.0), egui::Sense::hover());
        let at = rect.left_center();
        ui.painter().text(at, egui::Align2::LEFT_CENTER, word, theme::body(), scene.colors.muted);
        ui.vertical(|ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = GRID;
            value(ui);
        });
    });
}

pub fn text_fact(ui: &mut Ui, scene: &Scene<'_>, key: &str, value: &str, mono: bool) {
    fact(ui, scene, key, |ui| {
        let font = if mono { theme::mono() } else { theme::body() };
        let mut job =
            egui::text::LayoutJob::simple(value.to_owned(), font, scene.colors.text, ui.available_width());
        // An ID has no words to keep together.
        job.wrap.break_anywhere = mono;
        ui.add(egui::Label::new(job).selectable(true));
    });
}

fn image_link(
    ui: &mut Ui,
    scene: &Scene<'_>,
    graph: &Graph,
    key: &str,
    ix: ImageIx,
    actions: &mut Vec<Action>,
) {
    let Some(image) = graph.image(ix) else { return };
    fact(ui, scene, key, |ui| {
        if link(ui, scene, &format!("{} {}", image.id.short(), image_name(graph, image))).clicked() {
            actions.push(Action::Select(Target::Image(image.id.clone())));
        }
    });
}

fn created(ui: &mut Ui, scene: &Scene<'_>, created: Option<i64>) {
    let words = match created {
        Some(at) => tr!("fact.created.value", moment = text::moment(at), age = text::age(scene.now, at)),
        None => tr!("fact.unknown").into_owned(),
    };
    text_fact(ui, scene, "fact.created", &words, false);
}

fn image(
    ui: &mut Ui,
    scene: &Scene<'_>,
    graph: &Graph,
    ix: ImageIx,
    all_layers: &mut bool,
    actions: &mut Vec<Action>,
) {
    let Some(image) = graph.image(ix) else { return };
    text_fact(ui, scene, "fact.id", image.id.as_str(), true);
    created(ui, scene, image.created);
    let size = match image.size {
        Some(size) => format!("{size} ({})", text::exact(size)),
        None => tr!("fact.unknown").into_owned(),
    };
    text_fact(ui, scene, "fact.size", &size, false);
    if let Some(platform) = &image.platform {
        text_fact(ui, scene, "fact.platform", platform, false);
    }
    if let Some(parent) = &image.parent {
        if let Some(ix) = graph.find_image(parent) {
            image_link(ui, scene, graph, "fact.parent", ix, actions);
        } else {
            let words = tr!("fact.parent.gone", id = parent.short());
            text_fact(ui, scene, "fact.parent", &words, false);
        }
    }
    if !image.labels.is_empty() {
        fact(ui, scene, "fact.labels", |ui| {
            for (key, value) in &image.labels {
                widgets::quoted(ui, &format!("{key}={value}"), scene.colors.text);
            }
        });
    }
    fact(ui, scene, "fact.layers", |ui| layers(ui, scene, graph, ix, image, all_layers));
}

/// Top first, as they are removed.
fn layers(ui: &mut Ui, scene: &Scene<'_>, graph: &Graph, ix: ImageIx, image: &Image, all: &mut bool) {
    let colors = scene.colors;
    let Some(layers) = image.layers.known() else {
        let key = match image.layers {
            Layers::Failed(_) => "layers.failed",
            Layers::NotRead | Layers::Known(_) => "layers.not_read",
        };
        widgets::words(ui, tr!(key), theme::body(), colors.muted);
        return;
    };
    if let Some(words) = crate::ui::tree::layer_words(graph, ix) {
        widgets::words(ui, words, theme::body(), colors.text);
    }
    ui.spacing_mut().interact_size.y = 18.0;
    let shown = if *all || layers.len() <= LAYERS_AT_ONCE + 2 { layers.len() } else { LAYERS_AT_ONCE };
    let made = layers.iter().rev();
    for ((_, chain), layer) in graph.down_from(graph.top(ix)).zip(made).take(shown) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0 * GRID;
            let size = chain.size.map_or_else(|| "–".to_owned(), |s| s.to_string());
            let (rect, _) = ui.allocate_exact_size(egui::vec2(64.0, 16.0), egui::Sense::hover());
            let at = rect.right_center();
            ui.painter().text(at, egui::Align2::RIGHT_CENTER, size, theme::small(), colors.text);
            let shared = chain.images() > 1;
            let sign = if shared { icons::LAYERS } else { "" };
            let response = widgets::icon(ui, sign, 13.0, colors.muted);
            if shared {
                let others = (chain.images() as usize).saturating_sub(1);
                response.on_hover_text(text::count("layers.shared_with", others));
            }
            let by = if layer.created_by.is_empty() { layer.diff_id.short() } else { &layer.created_by };
            widgets::one_line(ui, by, egui::FontId::monospace(theme::SMALL), colors.muted);
        });
    }
    if shown < layers.len() {
        let more = text::count("n.more", layers.len() - shown);
        if Push::new(Kind::Quiet, &more).icon(icons::DOWN).small().show(ui).clicked() {
            *all = true;
        }
    }
}

fn container(
    ui: &mut Ui,
    scene: &Scene<'_>,
    graph: &Graph,
    ix: ContainerIx,
    image: Option<ImageIx>,
    actions: &mut Vec<Action>,
) {
    let Some(found) = graph.container(ix) else { return };
    text_fact(ui, scene, "fact.id", found.id.as_str(), true);
    let state = text::container_state(found.state);
    let status = status(found);
    let words = if status == state { status } else { format!("{state} · {status}") };
    text_fact(ui, scene, "fact.state", &words, false);
    match image {
        Some(ix) => image_link(ui, scene, graph, "fact.image", ix, actions),
        None => text_fact(ui, scene, "fact.image", &tr!("row.stray.note"), false),
    }
    text_fact(ui, scene, "fact.image_shown", &found.image_shown, false);
    created(ui, scene, found.created);
    if let Some(project) = &found.compose_project {
        text_fact(ui, scene, "fact.compose", project, false);
    }
    if !found.image_mounts.is_empty() {
        fact(ui, scene, "fact.mounts", |ui| {
            for mount in &found.image_mounts {
                widgets::label(ui, mount.source.as_str());
            }
        });
    }
}
