//! What holds the image, grouped; each holder can be selected, and released by itself.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::head::review_button;
use crate::model::Graph;
use crate::plan::Way;
use crate::rules::{Holder, HolderKind, Target};
use crate::state::details::GroupKind;
use crate::state::{Action, Details, Subject};
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::tree::{image_name, status};
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, icons};

const ROW: f32 = 28.0;
/// A group with more than this many shows the rest behind a button, so that no group hides another.
const AT_ONCE: usize = 10;

pub fn show(
    ui: &mut Ui,
    scene: &Scene<'_>,
    details: &Details,
    graph: &Graph,
    all: &mut bool,
    actions: &mut Vec<Action>,
) {
    let holders = &details.plain.holders;
    let title = match details.subject {
        Subject::Image(_) => "holders.image",
        // Of a name only what its image has besides it.
        Subject::Name(..) => "holders.name",
        Subject::Container(..) => return,
    };
    let is_self = |holder: &Holder| match (&details.subject, &holder.kind) {
        (Subject::Name(_, own), HolderKind::Name(name) | HolderKind::ComputedDigest(name)) => own == name,
        _ => false,
    };
    let count = holders.iter().filter(|h| !is_self(h)).count();
    if count == 0 {
        return;
    }
    widgets::section(ui, &tr!(title), Some(count));
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut hidden = 0;
        for group in &details.groups {
            let members = group.members.iter().filter_map(|at| holders.get(*at)).filter(|h| !is_self(h));
            let mut members: Vec<_> = members.collect();
            if members.is_empty() {
                continue;
            }
            if !*all && members.len() > AT_ONCE + 2 {
                hidden += members.len() - AT_ONCE;
                members.truncate(AT_ONCE);
            }
            ui.add_space(GRID);
            widgets::muted(ui, group_words(&group.kind));
            ui.add_space(2.0);
            for holder in members {
                row(ui, scene, details, graph, holder, actions);
            }
        }
        if hidden > 0 {
            let more = text::count("n.more", hidden);
            if Push::new(Kind::Quiet, &more).icon(icons::DOWN).small().show(ui).clicked() {
                *all = true;
            }
        }
    });
}

fn group_words(kind: &GroupKind) -> String {
    match kind {
        GroupKind::Names(registry) => tr!("group.names", registry = registry),
        GroupKind::Computed => tr!("group.computed").into_owned(),
        GroupKind::Containers => tr!("group.containers").into_owned(),
        GroupKind::Mounts => tr!("group.mounts").into_owned(),
        GroupKind::Children => tr!("group.children").into_owned(),
    }
}

/// What a holder row shows.
struct Shown {
    icon: &'static str,
    name: String,
    /// Behind the name, in a quieter tone.
    note: String,
    full: String,
    target: Option<Target>,
}

fn shown(details: &Details, graph: &Graph, holder: &Holder) -> Shown {
    let image = match &details.target {
        Target::Image(id) | Target::Reference(id, _) => Some(id.clone()),
        Target::Container(_) => None,
    };
    match &holder.kind {
        HolderKind::Name(name) | HolderKind::ComputedDigest(name) => {
            let full = name.familiar();
            // The registry stands over the group.
            let short = name.full();
            let short = short.strip_prefix(name.repository().registry()).unwrap_or(&short);
            let short = short.strip_prefix('/').unwrap_or(short);
            let hub = name.repository().registry() == "docker.io";
            let icon = if name.is_digest_only() { icons::DIGEST } else { icons::TAG };
            Shown {
                icon,
                name: text::short_digests(if hub { &full } else { short }),
                note: String::new(),
                target: image.map(|id| Target::Reference(id, name.clone())),
                full,
            }
        }
        HolderKind::Container { id, name, state } | HolderKind::Mount { id, name, state } => {
            let found = graph.find_container(id).and_then(|ix| graph.container(ix));
            let note = found.map_or_else(|| text::container_state(*state).into_owned(), status);
            let mounted = matches!(holder.kind, HolderKind::Mount { .. });
            Shown {
                icon: if mounted { icons::MOUNT } else { icons::CONTAINER },
                name: name.clone(),
                full: format!("{name}\n{}\n{note}", id.as_str()),
                note,
                target: Some(Target::Container(id.clone())),
            }
        }
        HolderKind::ChildImage(id) => {
            let found = graph.find_image(id).and_then(|ix| graph.image(ix));
            Shown {
                icon: icons::CHILD,
                name: id.short().to_owned(),
                note: found.map(|i| image_name(graph, i)).unwrap_or_default(),
                full: id.to_string(),
                target: Some(Target::Image(id.clone())),
            }
        }
    }
}

fn row(
    ui: &mut Ui,
    scene: &Scene<'_>,
    details: &Details,
    graph: &Graph,
    holder: &Holder,
    actions: &mut Vec<Action>,
) {
    let colors = scene.colors;
    let Shown { icon, name, note, full, target } = shown(details, graph, holder);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let (word, ink) = match (holder.blocks, holder.force_overrides) {
        // Of a name, whether something else blocks is no question.
        (false, _) if matches!(details.subject, Subject::Name(..)) => ("".into(), colors.muted),
        (false, _) => (tr!("force.not_blocking"), colors.muted),
        (true, true) => (tr!("force.overrides"), colors.muted),
        (true, false) => (tr!("force.never"), colors.danger),
    };
    // The button at the far right, the word in a column of its own before it.
    let words = ["button.untag", "button.remove"].map(|key| tr!(key));
    let widths = words.each_ref().map(|w| widgets::width_of(ui, w, &theme::small()) + 18.0);
    let button_left = rect.right() - widths.iter().copied().fold(0.0, f32::max);
    let word_rect = Rect::from_x_y_ranges(button_left - 104.0..=button_left - 4.0, rect.y_range());
    let [untag, remove] = words;
    let names = matches!(holder.kind, HolderKind::Name(_) | HolderKind::ComputedDigest(_));
    let button = if names { untag } else { remove };
    let name_rect = Rect::from_min_max(rect.min, pos2(word_rect.left() - 4.0, rect.bottom()));
    let response =
        ui.interact(name_rect, ui.scope_id().with(("holder", &holder_key(holder))), Sense::click());
    let said =
        [name.as_str(), &note, &word].into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(", ");
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, &said));
    let lit = response.hovered() || response.has_focus();
    if lit {
        ui.painter().rect_filled(rect, theme::RADIUS, colors.hover);
    }
    widgets::paint_icon(ui, pos2(rect.left() + 10.0, rect.center().y), icon, 15.0, colors.muted);
    let left = rect.left() + 26.0;
    let room = name_rect.right() - left;
    let (short, mut elided) = widgets::elide_middle(ui, &name, &theme::body(), room);
    let name_ink = if lit { colors.accent } else { colors.text };
    let drawn =
        ui.painter().text(pos2(left, rect.center().y), Align2::LEFT_CENTER, short, theme::body(), name_ink);
    let left_over = name_rect.right() - drawn.right() - 8.0;
    if !note.is_empty() && left_over > 40.0 {
        let (short, cut) = widgets::elide_middle(ui, &note, &theme::small(), left_over);
        elided |= cut;
        let at = pos2(drawn.right() + 8.0, rect.center().y);
        ui.painter().text(at, Align2::LEFT_CENTER, short, theme::small(), colors.muted);
    }
    ui.painter().text(word_rect.right_center(), Align2::RIGHT_CENTER, word, theme::small(), ink);
    if response.clicked() {
        actions.extend(target.clone().map(Action::Select));
    }
    let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
    if elided || full != name {
        response.on_hover_text(full);
    }
    if let Some(target) = target {
        let spot = Rect::from_min_max(pos2(button_left, rect.top()), rect.max);
        let layout = egui::Layout::right_to_left(egui::Align::Center);
        ui.scope_builder(egui::UiBuilder::new().max_rect(spot).layout(layout), |ui| {
            review_button(ui, scene, &target, Way::Ordered, Kind::Link, &button, &name, actions);
        });
    }
}

fn holder_key(holder: &Holder) -> String {
    match &holder.kind {
        HolderKind::Name(name) | HolderKind::ComputedDigest(name) => name.full(),
        HolderKind::Container { id, .. } => format!("container {}", id.as_str()),
        HolderKind::Mount { id, .. } => format!("mount {}", id.as_str()),
        HolderKind::ChildImage(id) => id.to_string(),
    }
}
