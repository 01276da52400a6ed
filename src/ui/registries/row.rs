//! One line of the registries: a registry, a repository, or what there is to say instead.

use egui::{Align2, Layout, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::columns::{Columns, Kind};
use super::form::{Form, serves_key};
use super::tag;
use crate::model::Access;
use crate::state::Action;
use crate::state::registries::{Fetched, NamedRegistry, RegistryAction, RemoteRow, Serves};
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{self, Kind as Look, Push};
use crate::ui::{Scene, icons, rows};
use crate::words::remote::remote_failure;

/// Where a row stands this frame.
#[derive(Debug, Clone, Copy)]
pub struct Spot<'a> {
    pub row: &'a RemoteRow,
    pub rect: Rect,
    /// The cursor is here.
    pub here: bool,
    /// And keys go to it.
    pub focused: bool,
}

impl Spot<'_> {
    /// The whole of the row, to be clicked and read aloud.
    pub fn interact(&self, ui: &Ui, scene: &Scene<'_>, name: &str) -> Response {
        let response = ui.interact(self.rect, ui.scope_id().with(self.row), Sense::CLICK);
        response.widget_info(|| WidgetInfo::labeled(Role::TreeItem, true, name));
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_selected(self.here));
        rows::ground(ui, scene.colors, self.rect, self.here, self.focused, response.hovered());
        response
    }
}

/// What came of painting a row.
#[derive(Debug, Default)]
pub struct Painted {
    /// The row itself, where it is more than words.
    pub response: Option<Response>,
    /// The person wants to change what is said of a registry.
    pub edited: Option<Form>,
}

pub fn show(
    ui: &mut Ui,
    scene: &Scene<'_>,
    columns: &Columns,
    spot: Spot<'_>,
    actions: &mut Vec<Action>,
) -> Painted {
    let response = match spot.row {
        RemoteRow::Registry(host) => return registry(ui, scene, spot, host, actions),
        RemoteRow::AboutRegistry(host) => about_registry(ui, scene, spot, host, actions),
        RemoteRow::Repository(host, path) => Some(repository(ui, scene, columns, spot, host, path)),
        RemoteRow::AboutRepository(host, path) => about_repository(ui, scene, spot, host, path, actions),
        RemoteRow::Tag(host, path, at) => tag::show(ui, scene, columns, spot, (host, path, *at)),
    };
    Painted { response, edited: None }
}

/// The row itself with its arrow, which says whether it is open; and where its words begin.
fn opener(ui: &Ui, scene: &Scene<'_>, spot: Spot<'_>, depth: f32, open: bool, name: &str) -> (Response, f32) {
    let response = spot.interact(ui, scene, name);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_expanded(open));
    let left = spot.rect.left() + 12.0 + depth * 20.0;
    widgets::opener(ui, pos2(left + 8.0, spot.rect.center().y), open, response.hovered());
    (response.on_hover_cursor(egui::CursorIcon::PointingHand), left + 22.0)
}

fn registry(
    ui: &mut Ui,
    scene: &Scene<'_>,
    spot: Spot<'_>,
    host: &str,
    actions: &mut Vec<Action>,
) -> Painted {
    let colors = scene.colors;
    let state = scene.state;
    let rect = spot.rect;
    let Some(named) = state.settings.registries.iter().find(|named| named.host == host) else {
        return Painted::default();
    };
    let stock = state.registries.stock(host);
    let open = stock.is_some_and(|stock| stock.open);
    let catalog = stock.map(|stock| &stock.catalog);
    let said = match catalog {
        Some(Fetched::There(catalog, _)) => text::count("n.repositories", catalog.repositories.len()),
        // What stands below an open one is not said twice.
        Some(Fetched::Pending) if !open => tr!("remote.pending").into_owned(),
        Some(Fetched::Failed(failure)) if !open => remote_failure(failure),
        Some(Fetched::Pending | Fetched::Failed(_) | Fetched::NotAsked) | None => String::new(),
    };
    let word = tr!(serves_key(named.serves));
    let parts = [host, word.as_ref(), said.as_str()];
    let name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    let (response, left) = opener(ui, scene, spot, 0.0, open, &name);
    widgets::paint_icon(ui, pos2(left + 8.0, rect.center().y), icons::REGISTRY, 17.0, colors.muted);
    let room = Rect::from_min_max(pos2(left + 24.0, rect.top()), pos2(rect.right() - 76.0, rect.bottom()));
    let builder = egui::UiBuilder::new().max_rect(room).layout(Layout::left_to_right(egui::Align::Center));
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        widgets::words(ui, host, theme::strong(theme::BODY), colors.text);
        let (ink, fill) = match named.serves {
            Serves::Production => (colors.accent, colors.accent_soft),
            Serves::Test => (colors.muted, colors.hover),
            Serves::Other => (colors.muted, colors.raised),
        };
        widgets::pill(ui, &word, ink, fill);
        let ink = if matches!(catalog, Some(Fetched::Failed(_))) { colors.warn } else { colors.muted };
        widgets::one_line(ui, &said, theme::small(), ink);
    });
    let edited = buttons(ui, rect, named, actions);
    Painted { response: Some(response), edited }
}

fn buttons(ui: &mut Ui, rect: Rect, named: &NamedRegistry, actions: &mut Vec<Action>) -> Option<Form> {
    let spot =
        Rect::from_min_max(pos2(rect.right() - 76.0, rect.top()), pos2(rect.right() - 8.0, rect.bottom()));
    let builder = egui::UiBuilder::new().max_rect(spot).layout(Layout::right_to_left(egui::Align::Center));
    let mut form = None;
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let more = tr!("registries.more", host = named.host);
        let button = Push::icon_only(icons::MORE, &more).show(ui);
        egui::Popup::menu(&button).width(220.0).gap(GRID).show(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            if widgets::menu_line(ui, icons::SETTINGS, &tr!("registries.change"), true).clicked() {
                form = Some(Form::of(named));
                ui.close();
            }
            if widgets::menu_line(ui, icons::DELETE, &tr!("registries.forget"), true).clicked() {
                actions.push(Action::Registry(RegistryAction::Forget(named.host.clone())));
                ui.close();
            }
        });
        let again = tr!("registries.again", host = named.host);
        if Push::icon_only(icons::REFRESH, &again).show(ui).on_hover_text(again.as_str()).clicked() {
            actions.push(Action::Registry(RegistryAction::List(named.host.clone())));
        }
    });
    form
}

/// Something said, not of a row's own kind.
struct Said {
    words: String,
    ink: egui::Color32,
    busy: bool,
}

/// A line of words, with a button to ask again where that may help.
fn said(
    ui: &mut Ui,
    scene: &Scene<'_>,
    spot: Spot<'_>,
    depth: f32,
    Said { words, ink, busy }: &Said,
    again: RegistryAction,
    actions: &mut Vec<Action>,
) -> Response {
    let response = spot.interact(ui, scene, words);
    let rect = spot.rect;
    let (ink, busy) = (*ink, *busy);
    let left = rect.left() + 12.0 + depth * 20.0;
    let room = Rect::from_min_max(pos2(left, rect.top()), pos2(rect.right() - 12.0, rect.bottom()));
    let builder = egui::UiBuilder::new().max_rect(room).layout(Layout::left_to_right(egui::Align::Center));
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        if busy {
            let (spot, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
            widgets::busy(ui, spot, ink);
        }
        let ask = tr!("recovery.again");
        let button = widgets::width_of(ui, &ask, &theme::small()) + 32.0;
        ui.scope(|ui| {
            ui.set_max_width((ui.available_width() - button).max(80.0));
            widgets::one_line(ui, words, theme::body(), ink);
        });
        if !busy && Push::new(Look::Link, &ask).small().show(ui).clicked() {
            actions.push(Action::Registry(again));
        }
    });
    response
}

fn about_registry(
    ui: &mut Ui,
    scene: &Scene<'_>,
    spot: Spot<'_>,
    host: &str,
    actions: &mut Vec<Action>,
) -> Option<Response> {
    let colors = scene.colors;
    let stock = scene.state.registries.stock(host)?;
    let (words, ink, busy) = match &stock.catalog {
        Fetched::Pending | Fetched::NotAsked => (tr!("remote.pending").into_owned(), colors.muted, true),
        Fetched::Failed(failure) => (remote_failure(failure), colors.warn, false),
        Fetched::There(catalog, _) => {
            let words = match &catalog.not_listed {
                Some(why) => tr!("registries.known_here", why = why),
                None if catalog.cut => tr!("registries.cut").into_owned(),
                None => tr!("registries.empty").into_owned(),
            };
            (words, colors.muted, false)
        }
    };
    let again = RegistryAction::List(host.to_owned());
    Some(said(ui, scene, spot, 1.0, &Said { words, ink, busy }, again, actions))
}

fn repository(
    ui: &mut Ui,
    scene: &Scene<'_>,
    columns: &Columns,
    spot: Spot<'_>,
    host: &str,
    path: &str,
) -> Response {
    let colors = scene.colors;
    let rect = spot.rect;
    let opened = scene.state.registries.repository(host, path);
    let open = opened.is_some_and(|opened| opened.open);
    let tags = opened.and_then(|opened| opened.tags.there());
    let count = tags.map(|tags| text::count("n.tags", tags.tags.len() + tags.more));
    let access = tags.and_then(|tags| tags.access).map(access_words);
    let said = [Some(path.to_owned()), count.clone(), access.clone()];
    let name = said.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let (response, left) = opener(ui, scene, spot, 1.0, open, &name);
    widgets::paint_icon(ui, pos2(left + 8.0, rect.center().y), icons::REPOSITORY, 16.0, colors.muted);
    let right = columns.find(Kind::Name, rect).map_or(rect.right(), |name| name.right());
    let end = words_at(ui, left + 24.0, right, rect, path, theme::body(), colors.text, Some(&response));
    if let Some(count) = count {
        words_at(ui, end + 8.0, right, rect, &count, theme::small(), colors.muted, None);
    }
    if let (Some(spot), Some(access)) = (columns.find(Kind::Access, rect), access) {
        ui.painter().text(spot.left_center(), Align2::LEFT_CENTER, access, theme::small(), colors.muted);
    }
    response
}

/// Words cut in their middle to the room there is; returns where they end.
#[expect(clippy::too_many_arguments, reason = "a place, a text and its look")]
pub fn words_at(
    ui: &Ui,
    left: f32,
    right: f32,
    row: Rect,
    words: &str,
    font: egui::FontId,
    ink: egui::Color32,
    hover: Option<&Response>,
) -> f32 {
    if right - left < 24.0 {
        return left;
    }
    let (short, cut) = widgets::elide_middle(ui, words, &font, right - left);
    let at = pos2(left, row.center().y);
    let drawn = ui.painter().text(at, Align2::LEFT_CENTER, short, font, ink);
    if let Some(response) = hover.filter(|_| cut) {
        response.clone().on_hover_text(words);
    }
    drawn.right()
}

fn access_words(access: Access) -> String {
    match access {
        Access::Read => "READ",
        Access::ReadWrite => "READ/WRITE",
    }
    .to_owned()
}

fn about_repository(
    ui: &mut Ui,
    scene: &Scene<'_>,
    spot: Spot<'_>,
    host: &str,
    path: &str,
    actions: &mut Vec<Action>,
) -> Option<Response> {
    let colors = scene.colors;
    let opened = scene.state.registries.repository(host, path)?;
    let (words, ink, busy) = match &opened.tags {
        Fetched::Pending | Fetched::NotAsked => (tr!("remote.pending").into_owned(), colors.muted, true),
        Fetched::Failed(failure) => (remote_failure(failure), colors.warn, false),
        Fetched::There(tags, _) if tags.more > 0 => (text::count("n.more", tags.more), colors.muted, false),
        Fetched::There(..) => (tr!("registries.no_tags").into_owned(), colors.muted, false),
    };
    let again = RegistryAction::ListTags(host.to_owned(), path.to_owned());
    Some(said(ui, scene, spot, 2.0, &Said { words, ink, busy }, again, actions))
}
