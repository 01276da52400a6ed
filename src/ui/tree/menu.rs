//! The menu of a row: by the right mouse button, or by the menu key.

use egui::{Key, Modifiers, Popup, Response, SetOpenCommand, Ui, vec2};

use crate::model::{Graph, GroupName, Reference};
use crate::plan::Way;
use crate::plan::commands::request_line;
use crate::rules::{Pin, Target};
use crate::state::{Action, Choice, Marked, Node, Row, can_be_marked};
use crate::ui::details::{blocked_words, button_key, keep_choices};
use crate::ui::text::tr;
use crate::ui::theme::GRID;
use crate::ui::{Scene, icons, widgets};

/// True if the menu key was pressed; Shift+F10 stands in for it, as everywhere.
pub fn is_asked_for(ui: &Ui) -> bool {
    ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Menu) || i.consume_key(Modifiers::SHIFT, Key::F10))
}

/// `by_key` opens it now.
pub fn show(
    ui: &Ui,
    scene: &Scene<'_>,
    row: Row,
    response: &Response,
    by_key: bool,
    actions: &mut Vec<Action>,
) {
    let flag = response.id.with("menu by key");
    let mut popup = Popup::context_menu(response);
    if by_key {
        ui.data_mut(|d| d.insert_temp(flag, true));
        popup = popup.open_memory(Some(SetOpenCommand::Bool(true)));
    } else if response.secondary_clicked() {
        ui.data_mut(|d| d.insert_temp(flag, false));
    }
    if ui.data(|d| d.get_temp(flag)).unwrap_or(false) {
        popup = popup.at_position(response.rect.left_bottom() + vec2(64.0, 0.0));
    }
    popup.width(264.0).show(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        if let Some(graph) = scene.state.graph() {
            lines(ui, scene, graph, row, actions);
        }
    });
}

fn lines(ui: &mut Ui, scene: &Scene<'_>, graph: &Graph, row: Row, actions: &mut Vec<Action>) {
    for (key, what) in copies(scene, graph, row) {
        if widgets::menu_line(ui, icons::COPY, &tr!(key), true).clicked() {
            ui.copy_text(what);
        }
    }
    if let Some(target) = row.node.target(graph).filter(|_| is_thing(row.node)) {
        ui.separator();
        let blocked = blocked_words(scene);
        let words = tr!(button_key(&target));
        let line = widgets::menu_line(ui, icons::DELETE, &words, blocked.is_none());
        if line.clicked() {
            actions.push(Action::SelectRow(row));
            actions.push(Action::Review(target, Way::Ordered));
        }
        if let Some(why) = blocked {
            line.on_hover_text(why);
        }
    }
    marks(ui, scene, graph, row, actions);
    keeping(ui, scene, graph, row, actions);
    ui.add_space(GRID);
    let words = tr!(if matches!(row.node, Node::Group(_)) { "menu.show_group" } else { "menu.show" });
    if widgets::menu_line(ui, icons::INFO, &words, true).clicked() {
        actions.push(Action::SelectRow(row));
    }
}

fn marks(ui: &mut Ui, scene: &Scene<'_>, graph: &Graph, row: Row, actions: &mut Vec<Action>) {
    if can_be_marked(row.node) {
        let key = if scene.state.marked(row) == Marked::Wholly { "menu.unmark" } else { "menu.mark" };
        if widgets::menu_line(ui, icons::MARKED, &tr!(key), true).clicked() {
            actions.push(Action::ToggleMark(row));
        }
    }
    if let Some(repository) = repository(scene, graph, row) {
        let words = tr!("menu.mark_unused", repository = repository.repository().familiar());
        let line = widgets::menu_line(ui, icons::MARK_MANY, &tr!("menu.mark_unused.short"), true);
        if line.clicked() {
            let name = GroupName::Repository(repository.repository().clone());
            actions.push(Action::MarkChoice(Choice::UnusedIn(name)));
        }
        line.on_hover_text(words);
    }
}

/// What can be decided about keeping it; a repository by its group or by a name in it.
fn keeping(ui: &mut Ui, scene: &Scene<'_>, graph: &Graph, row: Row, actions: &mut Vec<Action>) {
    let choices = if matches!(row.node, Node::Group(_)) {
        repository(scene, graph, row).map(keep_repository).into_iter().collect()
    } else {
        let target = row.node.target(graph).filter(|_| is_thing(row.node));
        target.map(|target| keep_choices(scene, &target)).unwrap_or_default()
    };
    for (words, action) in choices {
        // A repository's name would be cut here, and stands in the row.
        let short = matches!(&action, Action::Keep(Pin::Repository(_)));
        let line = if short { tr!("menu.keep_repository").into_owned() } else { words.clone() };
        let line = widgets::menu_line(ui, icons::LOCK, &line, true);
        if line.clicked() {
            actions.push(action);
        }
        if short {
            line.on_hover_text(words);
        }
    }
}

fn keep_repository(name: &Reference) -> (String, Action) {
    let repository = name.repository();
    let words = tr!("button.keep_repository", name = repository.familiar());
    (words, Action::Keep(Pin::Repository(repository.full().to_owned())))
}

/// Layers are no things of their own to the engine, and a digest that is only computed cannot be removed.
fn is_thing(node: Node) -> bool {
    match node {
        Node::Image(_)
        | Node::Name(..)
        | Node::Container(..)
        | Node::Mount(..)
        | Node::Child(..)
        | Node::Stray(_) => true,
        Node::Group(_) | Node::ComputedDigest(..) | Node::Layers(_) | Node::Layer(..) => false,
    }
}

/// A name in the repository that a row is about, if it is about one.
fn repository<'g>(scene: &Scene<'_>, graph: &'g Graph, row: Row) -> Option<&'g Reference> {
    let of_group = |ix| {
        let group = scene.state.tree.groups()?.get(ix)?;
        let image = graph.image(*group.images.first()?)?;
        matches!(group.name, GroupName::Repository(_))
            .then(|| image.references.iter().find(|name| group.name.holds(name)))
            .flatten()
    };
    match row.node {
        Node::Group(ix) => of_group(ix),
        Node::Name(..) => row.node.reference(graph),
        Node::Image(ix) => row.group.and_then(of_group).or_else(|| {
            let names = &graph.image(ix)?.references;
            let first = names.first()?;
            names.iter().all(|name| name.repository() == first.repository()).then_some(first)
        }),
        Node::ComputedDigest(..)
        | Node::Container(..)
        | Node::Mount(..)
        | Node::Child(..)
        | Node::Layers(_)
        | Node::Layer(..)
        | Node::Stray(_) => None,
    }
}

/// What of a row can be copied, each under its words.
fn copies(scene: &Scene<'_>, graph: &Graph, row: Row) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    if let Node::Group(ix) = row.node {
        match scene.state.tree.group_name(ix) {
            Some(GroupName::Repository(repository)) => {
                all.push(("copy.name", repository.familiar().to_owned()));
            }
            Some(GroupName::Registry(host)) => all.push(("copy.name", host.clone())),
            Some(GroupName::Unnamed) | None => {}
        }
        return all;
    }
    if let Node::Layer(_, layer) = row.node {
        all.extend(graph.chain(layer).map(|chain| ("copy.diff_id", chain.diff_id.as_str().to_owned())));
        return all;
    }
    let Some(target) = row.node.target(graph) else { return all };
    match &target {
        Target::Image(id) => {
            all.push(("copy.id", id.to_string()));
            let image = graph.find_image(id).and_then(|ix| graph.image(ix));
            let names = image.map_or(&[][..], |image| &image.references);
            let tag = names.iter().find(|name| name.tag().is_some());
            all.extend(tag.map(|name| ("copy.name", name.familiar())));
            let digest = names.iter().find_map(Reference::digest);
            all.extend(digest.map(|digest| ("copy.digest", digest.as_str().to_owned())));
        }
        Target::Reference(id, name) => {
            all.push(("copy.name", name.familiar()));
            all.extend(name.digest().map(|digest| ("copy.digest", digest.as_str().to_owned())));
            all.push(("copy.image_id", id.to_string()));
        }
        Target::Container(id) => {
            let found = graph.find_container(id).and_then(|ix| graph.container(ix));
            all.extend(found.map(|container| ("copy.name", container.name.clone())));
            all.push(("copy.id", id.to_string()));
        }
    }
    if is_thing(row.node) {
        all.push(("copy.command", request_line(&target, graph.inventory().engine.store)));
    }
    all
}
