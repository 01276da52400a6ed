//! The map: what is pointed at and pressed. Tiles come from the state, where they stand is worked out when
//! they or the room change; a frame paints what was prepared.

mod paint;
mod words;

use std::sync::{Arc, Weak};

use egui::{EventFilter, Key, Modifiers, Popup, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use super::text::{self, tr};
use super::theme::{self, GRID};
use super::widgets::{self, Kind as ButtonKind, Push, focus_ring};
use super::{Scene, icons, placeholder};
use crate::map::{Layout, TileKind, Tiles, What, lay_out};
use crate::model::{Graph, ImageIx};
use crate::plane::{Area, Point};
use crate::rules::{Policy, Target};
use crate::state::{Action, Dialog, Language, Marked, Node, Row, Settings};

const CAPTION: f32 = 44.0;
const EDGE: f32 = 6.0;
/// A list of what is not drawn shows this many.
const LISTED: usize = 40;

#[derive(Debug, Default)]
pub struct MapPanel {
    made: Option<Made>,
    /// Only these groups are shown; of the graph that the positions are of.
    inside: Option<Vec<usize>>,
    /// Where the keyboard is: a position in the layout's tiles.
    cursor: Option<usize>,
}

/// A layout with all that is painted of it, and what it was made from.
#[derive(Debug)]
struct Made {
    /// Not kept alive: the worker frees what is not shown any more.
    graph: Weak<Graph>,
    room: Rect,
    inside: Option<Vec<usize>>,
    language: Language,
    dark: bool,
    /// A lock is drawn on what it keeps.
    policy: Arc<Policy>,
    layout: Layout,
    paint: paint::Prepared,
}

impl MapPanel {
    pub(super) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
        let all = ui.available_rect_before_wrap();
        ui.painter().rect_filled(all, 0, scene.colors.ground);
        let Some((graph, tiles)) = scene.state.map() else { return };
        let (room, caption) = all.split_top_bottom_at_y(all.bottom() - CAPTION);
        let room = self.trail(ui, graph, tiles, room).shrink(EDGE);
        if tiles.groups.is_empty() {
            let (title, hint) = (tr!("map.empty"), tr!("map.empty.hint"));
            let message = egui::UiBuilder::new().max_rect(room);
            ui.scope_builder(message, |ui| placeholder::message(ui, scene, icons::MAP, &title, &hint));
            Self::caption(ui, scene, graph, tiles, caption, None, actions);
            return;
        }
        self.keep_up(ui, scene, graph, tiles, room);
        let Self { made: Some(made), inside, cursor } = self else { return };
        let whole = ui.interact(room, ui.scope_id().with("map"), Sense::click());
        let name = tr!("map.name");
        whole.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &name));
        // Named tiles lie over the whole, so that it is not hovered itself there.
        let at = ui.input(|i| i.pointer.hover_pos()).filter(|_| ui.rect_contains_pointer(room));
        let hovered = at.and_then(|at| tile_at(&made.layout, Point { x: at.x, y: at.y }));
        if hovered.is_some() {
            ui.set_cursor_icon(egui::CursorIcon::PointingHand);
        }
        let focused_head = named_tiles(ui, scene, graph, tiles, made, actions, inside);
        if whole.clicked_by(egui::PointerButton::Primary) {
            whole.request_focus();
            *cursor = None;
            if let Some(what) = hovered.and_then(|at| made.layout.tiles.get(at)) {
                press(ui, graph, tiles, what.what, inside, actions);
            }
        }
        let in_dialog = !matches!(scene.state.dialog, Dialog::None);
        if !in_dialog && (whole.has_focus() || ui.memory(egui::Memory::focused).is_none()) {
            keys(ui, graph, tiles, &made.layout, cursor, inside, actions);
        }
        if whole.has_focus() {
            let arrows =
                EventFilter { vertical_arrows: true, horizontal_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|m| m.set_focus_lock_filter(whole.id, arrows));
            if cursor.is_none() {
                focus_ring(ui, room.shrink(1.0));
            }
        }
        let mut painter = ui.painter().with_clip_rect(room);
        if scene.state.listing.stale.is_some() {
            painter.multiply_opacity(0.62);
        }
        let selected = scene.state.details.as_ref().and_then(|d| d.subject.image());
        let is_selected = |what: What| image_of(tiles, what).is_some() && image_of(tiles, what) == selected;
        paint::map(&painter, scene, &made.paint, &made.layout, hovered, *cursor, is_selected);
        if let Some(head) = focused_head {
            focus_ring(ui, head.shrink(2.0));
        }
        if !scene.state.marks.is_empty() {
            for tile in made.layout.tiles.iter().filter(|t| is_marked(scene, tiles, t.what)) {
                let corner = paint::rect(tile.area).right_top() + vec2(-10.0, 10.0);
                widgets::mark_sign(&painter, corner, 7.0, scene.colors);
            }
        }
        let lit = hovered.or(*cursor).and_then(|at| made.layout.tiles.get(at)).map(|t| t.what);
        let sentence = lit.map(|what| words::sentence(scene, graph, tiles, what));
        Self::caption(ui, scene, graph, tiles, caption, sentence, actions);
    }

    /// The way back to all groups, where only some are shown; the room that is left.
    fn trail(&mut self, ui: &mut Ui, graph: &Graph, tiles: &Tiles, room: Rect) -> Rect {
        let fits = self.made.as_ref().is_some_and(|m| std::ptr::eq(m.graph.as_ptr(), graph));
        if !fits {
            self.inside = None;
        }
        let Some(inside) = &self.inside else { return room };
        let word = match inside.as_slice() {
            [one] => tiles.groups.get(*one).map(|g| words::place(&g.place)).unwrap_or_default(),
            several => text::count("map.groups", several.len()),
        };
        let (bar, rest) = room.split_top_bottom_at_y(room.top() + 36.0);
        let mut back = false;
        let within = egui::UiBuilder::new().max_rect(bar.shrink2(vec2(8.0, 4.0)));
        ui.scope_builder(within, |ui| {
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let name = tr!("map.back");
                back = Push::new(ButtonKind::Quiet, &name).icon(icons::BACK).small().show(ui).clicked();
                let color = theme::palette(ui).text;
                widgets::one_line(ui, &word, theme::strong(theme::BODY), color);
            });
        });
        if back {
            self.inside = None;
        }
        rest
    }

    fn keep_up(&mut self, ui: &Ui, scene: &Scene<'_>, graph: &Arc<Graph>, tiles: &Tiles, room: Rect) {
        let Settings { language, policy, .. } = &scene.state.settings;
        let language = *language;
        let dark = ui.visuals().dark_mode;
        let up_to_date = self.made.as_ref().is_some_and(|m| {
            std::ptr::eq(m.graph.as_ptr(), Arc::as_ptr(graph))
                && m.room == room
                && m.inside == self.inside
                && m.language == language
                && m.dark == dark
                && Arc::ptr_eq(&m.policy, policy)
        });
        if up_to_date {
            return;
        }
        // The same thing stays pointed at, wherever it stands now.
        let before = self.made.as_ref().filter(|m| std::ptr::eq(m.graph.as_ptr(), Arc::as_ptr(graph)));
        let kept = before.and_then(|m| m.layout.tiles.get(self.cursor?)).map(|t| t.what);
        let chosen: Vec<usize> = match &self.inside {
            Some(inside) => inside.clone(),
            None => (0..tiles.groups.len()).collect(),
        };
        let area = Area::new(room.left(), room.top(), room.width(), room.height());
        let layout = lay_out(&tiles.groups, &chosen, area);
        self.cursor = kept.and_then(|what| layout.tiles.iter().position(|t| t.what == what));
        let paint = paint::Prepared::new(ui, scene, graph, tiles, &layout);
        let (graph, inside, policy) = (Arc::downgrade(graph), self.inside.clone(), Arc::clone(policy));
        self.made = Some(Made { graph, room, inside, language, dark, policy, layout, paint });
    }

    /// The sentence of what is pointed at, or what the colours mean; and what is not drawn.
    fn caption(
        ui: &mut Ui,
        scene: &Scene<'_>,
        graph: &Graph,
        tiles: &Tiles,
        rect: Rect,
        sentence: Option<String>,
        actions: &mut Vec<Action>,
    ) {
        let colors = scene.colors;
        ui.painter().rect_filled(rect, 0, colors.surface);
        ui.painter().hline(rect.x_range(), rect.top() + 0.5, egui::Stroke::new(1.0, colors.line));
        let inner = rect.shrink2(vec2(16.0, 4.0));
        let mut left = inner;
        let undrawn = tiles.unknown.len() + tiles.without_own.len();
        if undrawn > 0 {
            ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let words = text::count("map.not_drawn", undrawn);
                    let button = Push::new(ButtonKind::Normal, &words).icon(icons::UP).small().show(ui);
                    left.max.x = button.rect.left() - 3.0 * GRID;
                    Popup::menu(&button).width(320.0).show(|ui| not_drawn(ui, scene, graph, tiles, actions));
                });
            });
        }
        let Some(sentence) = sentence else {
            paint::legend(&ui.painter().with_clip_rect(left), colors, left);
            return;
        };
        let said = ui.interact(left, ui.scope_id().with("caption"), Sense::hover());
        said.widget_info(|| WidgetInfo::labeled(Role::Status, true, &sentence));
        let mut job = egui::text::LayoutJob::simple(sentence, theme::body(), colors.text, left.width());
        job.wrap.max_rows = 2;
        let galley = ui.painter().layout_job(job);
        let at = egui::pos2(left.left(), left.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, colors.text);
    }
}

/// Lists the images that have no tile, and why.
fn not_drawn(ui: &mut Ui, scene: &Scene<'_>, graph: &Graph, tiles: &Tiles, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.y = 2.0;
    egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
        for (key, images) in [("map.unknown", &tiles.unknown), ("map.without_own", &tiles.without_own)] {
            if images.is_empty() {
                continue;
            }
            widgets::muted(ui, tr!(key));
            for ix in images.iter().take(LISTED) {
                let Some(image) = graph.image(*ix) else { continue };
                let word = format!("{} {}", image.id.short(), super::tree::image_name(graph, image));
                if super::top_bar::choice(ui, scene, &word, false) {
                    actions.push(Action::Select(Target::Image(image.id.clone())));
                }
            }
            if images.len() > LISTED {
                widgets::muted(ui, text::count("n.more", images.len() - LISTED));
            }
            ui.add_space(GRID);
        }
    });
}

/// The tiles that are large enough for words are there for screen readers, too. Returns where the focus is, if
/// it is on the head of a group.
fn named_tiles(
    ui: &Ui,
    scene: &Scene<'_>,
    graph: &Graph,
    tiles: &Tiles,
    made: &Made,
    actions: &mut Vec<Action>,
    inside: &mut Option<Vec<usize>>,
) -> Option<Rect> {
    for at in made.paint.named() {
        let Some(tile) = made.layout.tiles.get(at) else { continue };
        let response = ui.interact(paint::rect(tile.area), ui.scope_id().with(("tile", at)), Sense::CLICK);
        response.widget_info(|| {
            let mut sentence = words::sentence(scene, graph, tiles, tile.what);
            if is_marked(scene, tiles, tile.what) {
                sentence = tr!("view.marked", what = sentence);
            }
            WidgetInfo::labeled(Role::ListItem, true, sentence)
        });
        if response.clicked() {
            press(ui, graph, tiles, tile.what, inside, actions);
        }
    }
    let mut focused = None;
    for group in &made.layout.groups {
        let Some(head) = group.head else { continue };
        let head = paint::rect(head);
        let response = ui.interact(head, ui.scope_id().with(("group", group.group)), Sense::click());
        response.widget_info(|| {
            let sentence = tiles.groups.get(group.group).map(words::group).unwrap_or_default();
            WidgetInfo::labeled(Role::Button, true, sentence)
        });
        if response.has_focus() {
            focused = Some(head);
        }
        if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() && inside.is_none() {
            *inside = Some(vec![group.group]);
        }
    }
    focused
}

fn is_marked(scene: &Scene<'_>, tiles: &Tiles, what: What) -> bool {
    let image = image_of(tiles, what);
    image.is_some_and(|ix| scene.state.marked(Row::top(Node::Image(ix))) == Marked::Wholly)
}

fn tile_at(layout: &Layout, point: Point) -> Option<usize> {
    layout.tiles.iter().position(|t| t.area.contains(point))
}

/// The image that a tile stands for.
fn image_of(tiles: &Tiles, what: What) -> Option<ImageIx> {
    let What::Tile { group, tile } = what else { return None };
    match tiles.groups.get(group)?.tiles.get(tile)?.kind {
        TileKind::Image(ix) => Some(ix),
        TileKind::Shared { named, .. } => named,
    }
}

/// Marks an image for removal, or takes its mark away.
fn mark(graph: &Graph, tiles: &Tiles, what: What) -> Option<Action> {
    let image = image_of(tiles, what).and_then(|ix| graph.image(ix))?;
    Some(Action::ToggleMarkOf(Target::Image(image.id.clone())))
}

fn press(
    ui: &Ui,
    graph: &Graph,
    tiles: &Tiles,
    what: What,
    inside: &mut Option<Vec<usize>>,
    actions: &mut Vec<Action>,
) {
    match what {
        What::Tile { .. } if ui.input(|i| i.modifiers.command) => actions.extend(mark(graph, tiles, what)),
        What::Tile { .. } => {
            let image = image_of(tiles, what).and_then(|ix| graph.image(ix));
            actions.extend(image.map(|i| Action::Select(Target::Image(i.id.clone()))));
        }
        What::Smaller { group, .. } => *inside = Some(vec![group]),
        What::SmallerGroups { groups, .. } => {
            // The smallest come last.
            let shown = inside.clone().unwrap_or_else(|| (0..tiles.groups.len()).collect());
            let from = shown.len().saturating_sub(groups);
            *inside = shown.get(from..).map(<[usize]>::to_vec);
        }
    }
}

fn keys(
    ui: &Ui,
    graph: &Graph,
    tiles: &Tiles,
    layout: &Layout,
    cursor: &mut Option<usize>,
    inside: &mut Option<Vec<usize>>,
    actions: &mut Vec<Action>,
) {
    let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
    for (key, x, y) in [
        (Key::ArrowLeft, -1.0, 0.0),
        (Key::ArrowRight, 1.0, 0.0),
        (Key::ArrowUp, 0.0, -1.0),
        (Key::ArrowDown, 0.0, 1.0),
    ] {
        if pressed(key) {
            *cursor = neighbour(layout, *cursor, x, y).or(*cursor);
        }
    }
    if pressed(Key::Enter)
        && let Some(tile) = cursor.and_then(|at| layout.tiles.get(at))
    {
        press(ui, graph, tiles, tile.what, inside, actions);
    }
    if pressed(Key::Space)
        && let Some(tile) = cursor.and_then(|at| layout.tiles.get(at))
    {
        actions.extend(mark(graph, tiles, tile.what));
    }
    let backs_out = cursor.is_some() || inside.is_some();
    if backs_out && pressed(Key::Escape) && cursor.take().is_none() {
        *inside = None;
    }
}

/// The nearest tile in a direction; the first one if none is the present one.
fn neighbour(layout: &Layout, from: Option<usize>, x: f32, y: f32) -> Option<usize> {
    let Some(here) = from.and_then(|at| layout.tiles.get(at)) else {
        return (!layout.tiles.is_empty()).then_some(0);
    };
    let (here, middle) = (here.area, here.area.middle());
    // How far off its side, and how far past the middle of the present tile.
    let past = |low: f32, high: f32, at: f32| (low - at).max(at - high).max(0.0);
    let far = |area: &Area| {
        let (along, across) = if x == 0.0 {
            let along = if y > 0.0 { area.y - here.bottom() } else { here.y - area.bottom() };
            (along, past(area.x, area.right(), middle.x))
        } else {
            let along = if x > 0.0 { area.x - here.right() } else { here.x - area.right() };
            (along, past(area.y, area.bottom(), middle.y))
        };
        (along > -1.0).then_some(along + 3.0 * across)
    };
    let measured = layout.tiles.iter().enumerate().filter_map(|(at, t)| Some((far(&t.area)?, at)));
    measured.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, at)| at)
}
