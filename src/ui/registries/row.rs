//! One line of the registries: a registry, a repository, a tag, or what there is to say instead.

use egui::{Align2, Layout, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::ROW;
use super::form::{Form, serves_key};
use crate::model::{Access, RemoteImage, RemoteTag};
use crate::rules::Target;
use crate::state::Action;
use crate::state::registries::{Fetched, NamedRegistry, RemoteRow, Serves};
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::tree::image_name;
use crate::ui::widgets::{self, Kind as Look, Push};
use crate::ui::{Scene, icons};
use crate::words::remote::remote_failure;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Name,
    Digest,
    Access,
    Size,
    Created,
    Here,
}

impl Kind {
    pub fn key(self) -> &'static str {
        match self {
            Self::Name => "column.name",
            Self::Digest => "registries.column.digest",
            Self::Access => "registries.column.access",
            Self::Size => "registries.column.size",
            Self::Created => "registries.column.created",
            Self::Here => "registries.column.here",
        }
    }

    pub fn is_number(self) -> bool {
        matches!(self, Self::Size | Self::Created)
    }

    fn width(self) -> f32 {
        match self {
            Self::Name => 0.0,
            Self::Digest => 104.0,
            Self::Access => 92.0,
            Self::Size => 76.0,
            Self::Created => 64.0,
            Self::Here => 148.0,
        }
    }
}

/// A column, by its distance from the left.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub kind: Kind,
    left: f32,
    width: f32,
}

impl Column {
    pub fn within(&self, row: Rect) -> Rect {
        Rect::from_min_size(pos2(row.left() + self.left, row.top()), vec2(self.width, row.height()))
    }
}

/// Where the columns stand; those that there is no room for are left out, the least needed first.
#[derive(Debug)]
pub struct Columns(Vec<Column>);

impl Columns {
    pub fn for_width(width: f32) -> Self {
        const NAME_AT_LEAST: f32 = 200.0;
        const MARGIN: f32 = 12.0;
        let mut kinds = vec![Kind::Digest, Kind::Access, Kind::Size, Kind::Created, Kind::Here];
        let taken = |kinds: &[Kind]| kinds.iter().map(|kind| kind.width() + MARGIN).sum::<f32>();
        for spare in [Kind::Created, Kind::Digest, Kind::Access] {
            if width - taken(&kinds) - 2.0 * MARGIN < NAME_AT_LEAST {
                kinds.retain(|kind| *kind != spare);
            }
        }
        let name = (width - taken(&kinds) - 2.0 * MARGIN).max(80.0);
        let mut columns = vec![Column { kind: Kind::Name, left: MARGIN, width: name }];
        let mut left = MARGIN + name + MARGIN;
        for kind in kinds {
            columns.push(Column { kind, left, width: kind.width() });
            left += kind.width() + MARGIN;
        }
        Self(columns)
    }

    pub fn all(&self) -> &[Column] {
        &self.0
    }

    fn find(&self, kind: Kind, row: Rect) -> Option<Rect> {
        self.0.iter().find(|column| column.kind == kind).map(|column| column.within(row))
    }
}

/// Paints a row; returns a form if the person wants to change what is said of a registry.
pub fn show(
    ui: &mut Ui,
    scene: &Scene<'_>,
    columns: &Columns,
    row: &RemoteRow,
    actions: &mut Vec<Action>,
) -> Option<Form> {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    match row {
        RemoteRow::Registry(host) => return registry(ui, scene, rect, host, actions),
        RemoteRow::AboutRegistry(host) => about_registry(ui, scene, rect, host, actions),
        RemoteRow::Repository(host, path) => repository(ui, scene, columns, rect, host, path, actions),
        RemoteRow::AboutRepository(host, path) => about_repository(ui, scene, rect, host, path, actions),
        RemoteRow::Tag(host, path, at) => tag(ui, scene, columns, rect, host, path, *at, actions),
    }
    None
}

/// The part of a row that opens and closes; the arrow says which.
fn opener(ui: &Ui, scene: &Scene<'_>, rect: Rect, depth: f32, open: bool, name: &str) -> (Response, f32) {
    let colors = scene.colors;
    let response = ui.interact(rect, ui.scope_id().with(("registry row", name)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::TreeItem, true, name));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_expanded(open));
    if response.hovered() {
        ui.painter().rect_filled(rect, 0, colors.hover);
    }
    if response.has_focus() {
        widgets::focus_ring(ui, rect.shrink(2.0));
    }
    let left = rect.left() + 12.0 + depth * 20.0;
    widgets::opener(ui, pos2(left + 8.0, rect.center().y), open, response.hovered());
    (response.on_hover_cursor(egui::CursorIcon::PointingHand), left + 22.0)
}

fn registry(
    ui: &mut Ui,
    scene: &Scene<'_>,
    rect: Rect,
    host: &str,
    actions: &mut Vec<Action>,
) -> Option<Form> {
    let colors = scene.colors;
    let state = scene.state;
    let named = state.settings.registries.iter().find(|named| named.host == host)?;
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
    let (response, left) = opener(ui, scene, rect, 0.0, open, &name);
    if response.clicked() {
        actions.push(Action::OpenRegistry(host.to_owned()));
    }
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
    buttons(ui, rect, named, actions)
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
                actions.push(Action::ForgetRegistry(named.host.clone()));
                ui.close();
            }
        });
        let again = tr!("registries.again", host = named.host);
        if Push::icon_only(icons::REFRESH, &again).show(ui).on_hover_text(again.as_str()).clicked() {
            actions.push(Action::ListRegistry(named.host.clone()));
        }
    });
    form
}

/// A line of words, with a way to ask again where that may help.
fn said(
    ui: &mut Ui,
    rect: Rect,
    depth: f32,
    words: &str,
    ink: egui::Color32,
    busy: bool,
) -> Option<Response> {
    let left = rect.left() + 12.0 + depth * 20.0;
    let room = Rect::from_min_max(pos2(left, rect.top()), pos2(rect.right() - 12.0, rect.bottom()));
    let builder = egui::UiBuilder::new().max_rect(room).layout(Layout::left_to_right(egui::Align::Center));
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.x = 2.0 * GRID;
        if busy {
            let (spot, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
            widgets::busy(ui, spot, ink);
        }
        let again = tr!("recovery.again");
        let button = widgets::width_of(ui, &again, &theme::small()) + 32.0;
        ui.scope(|ui| {
            ui.set_max_width((ui.available_width() - button).max(80.0));
            widgets::one_line(ui, words, theme::body(), ink);
        });
        (!busy).then(|| Push::new(Look::Link, &again).small().show(ui))
    })
    .inner
}

fn about_registry(ui: &mut Ui, scene: &Scene<'_>, rect: Rect, host: &str, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    let Some(stock) = scene.state.registries.stock(host) else { return };
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
    if said(ui, rect, 1.0, &words, ink, busy).is_some_and(|response| response.clicked()) {
        actions.push(Action::ListRegistry(host.to_owned()));
    }
}

fn repository(
    ui: &mut Ui,
    scene: &Scene<'_>,
    columns: &Columns,
    rect: Rect,
    host: &str,
    path: &str,
    actions: &mut Vec<Action>,
) {
    let colors = scene.colors;
    let opened = scene.state.registries.repository(host, path);
    let open = opened.is_some_and(|opened| opened.open);
    let tags = opened.and_then(|opened| opened.tags.there());
    let count = tags.map(|tags| text::count("n.tags", tags.tags.len() + tags.more));
    let access = tags.and_then(|tags| tags.access).map(access_words);
    let said = [Some(path.to_owned()), count.clone(), access.clone()];
    let name = said.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let (response, left) = opener(ui, scene, rect, 1.0, open, &name);
    if response.clicked() {
        actions.push(Action::OpenRepository(host.to_owned(), path.to_owned()));
    }
    widgets::paint_icon(ui, pos2(left + 8.0, rect.center().y), icons::REPOSITORY, 16.0, colors.muted);
    let right = columns.find(Kind::Name, rect).map_or(rect.right(), |name| name.right());
    let end = words_at(ui, left + 24.0, right, rect, path, theme::body(), colors.text, Some(response));
    if let Some(count) = count {
        words_at(ui, end + 8.0, right, rect, &count, theme::small(), colors.muted, None);
    }
    if let (Some(spot), Some(access)) = (columns.find(Kind::Access, rect), access) {
        ui.painter().text(spot.left_center(), Align2::LEFT_CENTER, access, theme::small(), colors.muted);
    }
}

/// Words cut in their middle to the room there is; returns where they end.
#[expect(clippy::too_many_arguments, reason = "a place, a text and its look")]
fn words_at(
    ui: &Ui,
    left: f32,
    right: f32,
    row: Rect,
    words: &str,
    font: egui::FontId,
    ink: egui::Color32,
    hover: Option<Response>,
) -> f32 {
    if right - left < 24.0 {
        return left;
    }
    let (short, cut) = widgets::elide_middle(ui, words, &font, right - left);
    let at = pos2(left, row.center().y);
    let drawn = ui.painter().text(at, Align2::LEFT_CENTER, short, font, ink);
    if let Some(response) = hover.filter(|_| cut) {
        response.on_hover_text(words);
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
    rect: Rect,
    host: &str,
    path: &str,
    actions: &mut Vec<Action>,
) {
    let colors = scene.colors;
    let Some(opened) = scene.state.registries.repository(host, path) else { return };
    let (words, ink, busy) = match &opened.tags {
        Fetched::Pending | Fetched::NotAsked => (tr!("remote.pending").into_owned(), colors.muted, true),
        Fetched::Failed(failure) => (remote_failure(failure), colors.warn, false),
        Fetched::There(tags, _) if tags.more > 0 => (text::count("n.more", tags.more), colors.muted, false),
        Fetched::There(..) => (tr!("registries.no_tags").into_owned(), colors.muted, false),
    };
    if said(ui, rect, 2.0, &words, ink, busy).is_some_and(|response| response.clicked()) {
        actions.push(Action::ListTags(host.to_owned(), path.to_owned()));
    }
}

#[expect(clippy::too_many_arguments, reason = "a place and what stands there")]
fn tag(
    ui: &mut Ui,
    scene: &Scene<'_>,
    columns: &Columns,
    rect: Rect,
    host: &str,
    path: &str,
    at: usize,
    actions: &mut Vec<Action>,
) {
    let colors = scene.colors;
    let Some((_, tag)) = scene.state.registries.tag(host, path, at) else { return };
    let local =
        tag.image.as_ref().map(|image| scene.state.registries.local_images(image)).unwrap_or_default();
    let local: Vec<_> = local.into_iter().cloned().collect();
    let sentence = sentence(scene, tag, local.len());
    let id = ui.scope_id().with(("tag row", host, path, &tag.name));
    let response = ui.interact(rect, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::TreeItem, true, &sentence));
    if response.hovered() {
        ui.painter().rect_filled(rect, 0, colors.hover);
    }
    if response.has_focus() {
        widgets::focus_ring(ui, rect.shrink(2.0));
    }
    let first = local.first().cloned();
    if response.clicked()
        && let Some(image) = &first
    {
        actions.push(Action::Select(Target::Image(image.clone())));
    }
    let left = rect.left() + 12.0 + 3.0 * 20.0;
    widgets::paint_icon(ui, pos2(left + 8.0, rect.center().y), icons::TAG, 15.0, colors.muted);
    let right = columns.find(Kind::Name, rect).map_or(rect.right(), |name| name.right());
    let end = words_at(ui, left + 22.0, right, rect, &tag.name, theme::body(), colors.text, None);
    let image = match &tag.image {
        Ok(image) => image,
        Err(failure) => {
            let words = remote_failure(failure);
            let right = rect.right() - 12.0;
            words_at(ui, end + 12.0, right, rect, &words, theme::small(), colors.warn, Some(response));
            return;
        }
    };
    let put = |kind: Kind, words: &str, font: egui::FontId, ink: egui::Color32| {
        if let Some(spot) = columns.find(kind, rect) {
            let (at, align) = if kind.is_number() {
                (spot.right_center(), Align2::RIGHT_CENTER)
            } else {
                (spot.left_center(), Align2::LEFT_CENTER)
            };
            ui.painter().with_clip_rect(spot).text(at, align, words, font, ink);
        }
    };
    put(Kind::Digest, image.digest.short(), theme::mono(), colors.muted);
    let size = image.size.map_or_else(|| "–".to_owned(), |size| size.to_string());
    put(Kind::Size, &size, theme::body(), colors.text);
    let created = image.created.map_or_else(|| "–".to_owned(), |at| text::age(scene.now, at));
    put(Kind::Created, &created, theme::body(), colors.muted);
    if let Some(id) = &first {
        let words = match local.len() {
            1 => id.short().to_owned(),
            several => tr!("registries.here.more", id = id.short(), n = several - 1),
        };
        put(Kind::Here, &words, theme::mono(), colors.accent);
    }
    response.on_hover_text(hover(scene, host, path, tag, image, &local));
}

/// The row in words.
fn sentence(scene: &Scene<'_>, tag: &RemoteTag, here: usize) -> String {
    let image = match &tag.image {
        Ok(image) => image,
        Err(failure) => return format!("{}{}{}", tag.name, tr!("list.comma"), remote_failure(failure)),
    };
    let parts = [
        Some(tag.name.clone()),
        Some(image.digest.short().to_owned()),
        image.size.map(|size| size.to_string()),
        image.created.map(|at| text::age(scene.now, at)),
        Some(if here > 0 { tr!("registries.is_here") } else { tr!("registries.is_not_here") }.into_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(&tr!("list.comma"))
}

fn hover(
    scene: &Scene<'_>,
    host: &str,
    path: &str,
    tag: &RemoteTag,
    image: &RemoteImage,
    local: &[crate::model::ImageId],
) -> String {
    let mut lines = vec![format!("{host}/{path}:{}", tag.name), image.digest.to_string()];
    if let Some(size) = image.size {
        lines.push(if image.platforms.is_empty() {
            tr!("registries.compressed", bytes = size)
        } else {
            tr!("registries.compressed_all", bytes = size, platforms = image.platforms.join(", "))
        });
    }
    lines.extend(image.created.map(text::moment));
    let graph = scene.state.graph();
    for id in local {
        let found = graph.and_then(|graph| Some((graph, graph.image(graph.find_image(id)?)?)));
        let name = found.map(|(graph, image)| image_name(graph, image)).unwrap_or_default();
        lines.push(tr!("registries.here_is", image = format!("{} {name}", id.short())));
    }
    lines.join("\n")
}
