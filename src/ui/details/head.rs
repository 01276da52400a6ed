//! What the selected thing is, and whether it can go.

use egui::{Align, Layout, Ui};

use super::blocked_words;
use crate::model::{ContainerIx, Graph, ImageId, ImageIx};
use crate::plan::Way;
use crate::rules::{Answer, HolderKind, Target, Verdict};
use crate::state::{Action, Details, ExportOf, Subject};
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::tree::{hint_words, image_name, verdict_sign};
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, export, icons};

/// Kind, full name and the button that removes it.
pub fn show(ui: &mut Ui, scene: &Scene<'_>, details: &Details, graph: &Graph, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    let (icon, kind, title, copy_name) = match (&details.subject, &details.target) {
        (Subject::Image(_), Target::Image(id)) => (icons::IMAGE, "kind.image", id.to_string(), "copy.id"),
        (Subject::Name(_, name), _) if name.is_digest_only() => {
            (icons::DIGEST, "kind.digest", name.familiar(), "copy.name")
        }
        (Subject::Name(_, name), _) => (icons::TAG, "kind.tag", name.familiar(), "copy.name"),
        (Subject::Container(ix, _), _) => {
            (icons::CONTAINER, "kind.container", container_name(graph, *ix), "copy.name")
        }
        (Subject::Image(_), Target::Reference(..) | Target::Container(_)) => return,
    };
    let button = tr!(button_key(&details.target));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 1.5 * GRID;
        widgets::icon(ui, icon, 18.0, colors.muted);
        widgets::words(ui, tr!(kind), theme::body(), colors.muted);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            review_button(ui, scene, &details.target, Way::Ordered, Kind::Primary, &button, &title, actions);
            export::icon(ui, scene, ExportOf::Selection, actions);
        });
    });
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GRID;
        let room = ui.available_width() - 28.0;
        ui.vertical(|ui| {
            ui.set_max_width(room);
            // Level with the button beside it.
            ui.add_space(3.0);
            ui.spacing_mut().interact_size.y = 18.0;
            if let (Subject::Image(ix), Target::Image(id)) = (&details.subject, &details.target) {
                image_title(ui, scene, graph, *ix, id);
            } else {
                let rich = egui::RichText::new(&title).font(theme::strong(theme::LEAD)).color(colors.text);
                ui.add(egui::Label::new(rich).wrap().selectable(true));
            }
        });
        widgets::copy(ui, &tr!(copy_name), &title);
    });
    hints(ui, scene, details, graph);
}

/// Likely slips in what the thing is called.
fn hints(ui: &mut Ui, scene: &Scene<'_>, details: &Details, graph: &Graph) {
    let all = &scene.state.tree.catalog().hints;
    let (of_image, of_name) = match &details.subject {
        Subject::Image(ix) => (all.image(*ix), &[][..]),
        Subject::Name(ix, name) => {
            let at = graph.image(*ix).and_then(|image| image.references.iter().position(|n| n == name));
            let at = at.and_then(|at| u32::try_from(at).ok());
            (None, at.map_or(&[][..], |at| all.name(*ix, at)))
        }
        Subject::Container(..) => (None, &[][..]),
    };
    for hint in of_image.into_iter().chain(of_name) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 1.5 * GRID;
            widgets::icon(ui, icons::HINT, 15.0, scene.colors.muted);
            widgets::words(ui, hint_words(graph, hint), theme::small(), scene.colors.muted);
        });
    }
}

/// The short ID as everywhere, and what it is called; the whole ID stands among the facts.
fn image_title(ui: &mut Ui, scene: &Scene<'_>, graph: &Graph, ix: ImageIx, id: &ImageId) {
    let colors = scene.colors;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        let short =
            egui::RichText::new(id.short()).font(egui::FontId::monospace(theme::LEAD)).color(colors.text);
        ui.add(egui::Label::new(short).selectable(true)).on_hover_text(id.as_str());
        let name = graph.image(ix).map(|i| image_name(graph, i)).unwrap_or_default();
        let font = theme::strong(theme::LEAD);
        let (shown, elided) = widgets::elide_middle(ui, &name, &font, ui.available_width());
        let response = widgets::words(ui, shown, font, colors.text);
        if elided {
            response.on_hover_text(name);
        }
    });
}

fn container_name(graph: &Graph, ix: ContainerIx) -> String {
    graph.container(ix).map(|c| c.name.clone()).unwrap_or_default()
}

pub fn button_key(target: &Target) -> &'static str {
    match target {
        Target::Image(_) => "button.remove",
        Target::Reference(..) => "button.untag",
        Target::Container(_) => "button.remove_container",
    }
}

/// A button that opens the review; while nothing can be removed it says why.
#[expect(clippy::too_many_arguments, reason = "each is one property of one button")]
pub fn review_button(
    ui: &mut Ui,
    scene: &Scene<'_>,
    target: &Target,
    way: Way,
    kind: Kind,
    words: &str,
    what: &str,
    actions: &mut Vec<Action>,
) {
    let blocked = blocked_words(scene);
    let mut push = Push::new(kind, words).enabled(blocked.is_none());
    push = push.named(format!("{words} {what}"));
    if kind == Kind::Link {
        push = push.small();
    }
    let response = push.show(ui);
    if response.clicked() {
        actions.push(Action::Review(target.clone(), way));
    }
    if let Some(why) = blocked {
        response.on_hover_text(why);
    }
}

/// The verdict in one line, and the engine's predicted words under it.
pub fn verdict(ui: &mut Ui, scene: &Scene<'_>, details: &Details) {
    let colors = scene.colors;
    let verdict = details.plain.verdict;
    let (icon, ink, key) = verdict_sign(verdict, colors);
    let fill = match verdict {
        Verdict::Removable => colors.safe_soft,
        Verdict::Refused | Verdict::LastName | Verdict::LastNameImageStays => colors.warn_soft,
        Verdict::OnlyName => colors.accent_soft,
        Verdict::Unknown => colors.raised,
    };
    let frame = egui::Frame::new().fill(fill).corner_radius(8).inner_margin(egui::Margin::symmetric(12, 10));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 1.5 * GRID;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 1.5 * GRID;
            widgets::icon(ui, icon, 18.0, ink);
            widgets::words(ui, tr!(key), theme::strong(theme::BODY), ink);
        });
        match &details.plain.answer {
            Answer::Refused(refusal) | Answer::NotFound(refusal) => {
                widgets::quoted(ui, refusal.message(), colors.text);
            }
            Answer::Unknown(why) => {
                widgets::quoted(ui, why, colors.text);
            }
            Answer::Done(_) => still_held(ui, scene, details),
        }
        for refusal in details.plain.refusals.iter().skip(1) {
            widgets::muted(ui, tr!("verdict.and_then"));
            widgets::quoted(ui, refusal.message(), colors.muted);
        }
    });
}

/// Of a name that is not the last: what keeps the image.
fn still_held(ui: &mut Ui, scene: &Scene<'_>, details: &Details) {
    let (Verdict::OnlyName, Target::Reference(id, own)) = (details.plain.verdict, &details.target) else {
        return;
    };
    let (mut names, mut containers) = (0, 0);
    for holder in &details.plain.holders {
        match &holder.kind {
            HolderKind::Name(name) if name != own => names += 1,
            HolderKind::Container { .. } | HolderKind::Mount { .. } => containers += 1,
            HolderKind::Name(_) | HolderKind::ComputedDigest(_) | HolderKind::ChildImage(_) => {}
        }
    }
    let counts = [("n.names", names), ("n.containers", containers)];
    let parts: Vec<_> =
        counts.into_iter().filter(|(_, n)| *n > 0).map(|(key, n)| text::count(key, n)).collect();
    if !parts.is_empty() {
        let words = tr!("verdict.still_held", id = id.short(), what = text::list(&parts));
        widgets::words(ui, words, theme::body(), scene.colors.text);
    }
}
