//! In the review: for each image that goes, whether it can be had again; and the question that is asked once
//! more before the last copy of something goes.

use egui::{ScrollArea, Ui, vec2};

use super::is_low;
use crate::model::ImageId;
use crate::state::archives::ArchiveAction;
use crate::state::remote::OfImage;
use crate::state::{Action, ReviewLookUp};
use crate::ui::details::recovery::{asked_ago, sign};
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::tree::image_name;
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, icons};
use crate::words::remote::{Tone, recovery};

const LINE: f32 = 22.0;
const LINES: f32 = 3.0;
const LOW_LINES: f32 = 2.0;

/// One line for each image that goes, the lost ones first.
pub fn show(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let going = &scene.state.remotes.review.going;
    if going.is_empty() {
        return;
    }
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing = vec2(1.5 * GRID, 0.0);
        ui.spacing_mut().interact_size.y = LINE;
        if let [one] = going.as_slice() {
            ui.horizontal(|ui| {
                title(ui, scene);
                image(ui, scene, one, false, actions);
            });
            return;
        }
        ui.horizontal(|ui| {
            title(ui, scene);
            look_up(ui, scene, actions);
        });
        let height = LINE * if is_low(ui) { LOW_LINES } else { LINES };
        let area = ScrollArea::vertical().id_salt("recovery").max_height(height).min_scrolled_height(height);
        area.auto_shrink([false, true]).show_rows(ui, LINE, going.len(), |ui, range| {
            for id in going.get(range).unwrap_or_default() {
                ui.horizontal(|ui| image(ui, scene, id, true, actions));
            }
        });
    });
}

fn title(ui: &mut Ui, scene: &Scene<'_>) {
    widgets::words(ui, tr!("recovery.title"), theme::strong(theme::BODY), scene.colors.text);
}

/// Where nobody is asked by itself, the person can.
fn look_up(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    if scene.state.settings.review_look_up == ReviewLookUp::ByItself {
        return;
    }
    if Push::new(Kind::Link, &tr!("recovery.look_up")).small().show(ui).clicked() {
        actions.push(Action::LookUpReview);
    }
}

fn image(ui: &mut Ui, scene: &Scene<'_>, id: &ImageId, named: bool, actions: &mut Vec<Action>) {
    let Some(graph) = scene.state.graph() else { return };
    let Some(image) = graph.find_image(id).and_then(|ix| graph.image(ix)) else { return };
    let told = scene.state.recovery(image);
    let (tone, words) = recovery(&told);
    let (icon, ink) = sign(scene, tone);
    widgets::icon(ui, icon, 15.0, ink);
    let line = if named { format!("{} {}: {words}", id.short(), image_name(graph, image)) } else { words };
    let color = if tone == Tone::Open { scene.colors.muted } else { scene.colors.text };
    let age = scene.state.remotes.of(id).and_then(OfImage::oldest).map(|at| asked_ago(scene, at));
    ui.scope(|ui| {
        let button = if named { 0.0 } else { 72.0 };
        ui.set_max_width((ui.available_width() - button).max(80.0));
        let response = widgets::one_line(ui, &line, theme::body(), color);
        if let Some(age) = age {
            response.on_hover_text(age);
        }
    });
    if !named {
        look_up(ui, scene, actions);
    }
}

/// The second question, in the place of the buttons: which images nobody else has any more.
pub fn last_copies(ui: &mut Ui, scene: &Scene<'_>, deed: &str, ready: bool, actions: &mut Vec<Action>) {
    const NAMED: usize = 4;
    let images = &scene.state.remotes.review.last_copies;
    let colors = scene.colors;
    let frame = egui::Frame::new()
        .fill(colors.danger_soft)
        .corner_radius(8)
        .inner_margin(egui::Margin::symmetric(12, 10));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = GRID;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 1.5 * GRID;
            widgets::icon(ui, icons::WARNING, 18.0, colors.danger);
            let title = text::count("last_copy.title", images.len());
            widgets::words(ui, title, theme::strong(theme::BODY), colors.danger);
        });
        for id in images.iter().take(NAMED) {
            let graph = scene.state.graph();
            let found = graph.and_then(|graph| Some((graph, graph.image(graph.find_image(id)?)?)));
            let name = found.map(|(graph, image)| image_name(graph, image)).unwrap_or_default();
            widgets::one_line(ui, &format!("{} {name}", id.short()), theme::body(), colors.text);
        }
        if images.len() > NAMED {
            widgets::muted(ui, text::count("n.more", images.len() - NAMED));
        }
        let archives = &scene.state.archives;
        let saved = archives.offer.is_some() && archives.save_first;
        widgets::label(ui, tr!(if saved { "last_copy.archived" } else { "last_copy.lost" }));
        if archives.offer.is_some()
            && !saved
            && widgets::tick(ui, colors, &mut false, &tr!("review.archive")).clicked()
        {
            actions.push(Action::Archive(ArchiveAction::SaveFirst(true)));
        }
        ui.add_space(GRID);
        widgets::right_row(ui, |ui| {
            let words = if saved { deed.to_owned() } else { tr!("last_copy.confirm", deed = deed) };
            if Push::new(Kind::Danger, &words).enabled(ready).show(ui).clicked() {
                actions.push(Action::ConfirmLastCopies);
            }
            if Push::new(Kind::Normal, &tr!("last_copy.back")).show(ui).clicked() {
                actions.push(Action::ReconsiderLastCopies);
            }
        });
    });
}
