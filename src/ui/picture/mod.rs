//! The picture: what is looked at, pointed at and pressed. What is drawn comes from the state, where it is
//! drawn from its layout; only what is in sight costs anything.

mod camera;
mod export;
mod node;
mod paint;
mod words;

use egui::{EventFilter, Key, Modifiers, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use super::text::tr;
use super::widgets::{Push, focus_ring};
use super::{Scene, icons, placeholder, theme};
use crate::picture::{Column, Kind, Node, NodeIx, Picture};
use crate::rules::Target;
use crate::state::{Action, Dialog, Language};
use camera::Camera;
use words::Words;

const CAPTION: f32 = 44.0;
const ZOOM_STEP: f32 = 1.25;
const PAN_STEP: f32 = 48.0;

#[derive(Debug, Default)]
pub struct PicturePanel {
    camera: Camera,
    /// Of the picture on screen: its revision and subject, and the language it speaks.
    shown: Option<((u64, u64), Language)>,
    room: egui::Vec2,
    /// The person has moved the picture since it was opened.
    moved: bool,
    /// The picture is about a single image.
    sole: bool,
    words: Vec<Words>,
    curves: paint::Curves,
    texts: node::Texts,
    /// Where the keyboard is.
    cursor: Option<NodeIx>,
}

impl PicturePanel {
    pub(super) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
        let all = ui.available_rect_before_wrap();
        ui.painter().rect_filled(all, 0, scene.colors.ground);
        let Some(picture) = scene.state.left.picture().filter(|p| !p.scene.nodes.is_empty()) else {
            let (title, hint) = (tr!("picture.empty"), tr!("picture.empty.hint"));
            placeholder::message(ui, scene, icons::PICTURE, &title, &hint);
            return;
        };
        let (room, caption) = all.split_top_bottom_at_y(all.bottom() - CAPTION);
        self.keep_up(scene, picture, room.size());
        let before = self.camera;
        let whole = ui.interact(room, ui.scope_id().with("picture"), Sense::click_and_drag());
        let name = tr!("picture.name");
        whole.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, &name));
        self.move_camera(ui, room, &whole, picture);
        let hovered = self.nodes(ui, scene, room, picture, actions);
        if !matches!(scene.state.dialog, Dialog::None) {
            self.cursor = None;
        } else if whole.has_focus() || ui.memory(egui::Memory::focused).is_none() {
            self.keys(ui, scene, room, picture, actions);
        }
        if whole.has_focus() {
            let arrows =
                EventFilter { vertical_arrows: true, horizontal_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|m| m.set_focus_lock_filter(whole.id, arrows));
            if self.cursor.is_none() {
                focus_ring(ui, room.shrink(3.0));
            }
        }
        let lit = hovered.or(self.cursor);
        let stage = paint::Stage {
            scene,
            picture,
            camera: self.camera,
            room,
            lit,
            cursor: self.cursor,
            sole: self.sole,
            words: &self.words,
            curves: &self.curves,
        };
        let mut painter = ui.painter().with_clip_rect(room);
        if scene.state.listing.stale.is_some() {
            painter.multiply_opacity(0.62);
        }
        paint::picture(&painter, &stage, &mut self.texts);
        self.zoom_buttons(ui, room, picture);
        self.moved |= self.camera != before;
        self.caption(ui, scene, caption, lit);
    }

    /// Takes over a new picture: its words, its curves, and where to look if it is about something else.
    fn keep_up(&mut self, scene: &Scene<'_>, picture: &Picture, room: egui::Vec2) {
        let now = (scene.state.left.revisions(), scene.state.settings.language);
        let before = self.shown.replace(now);
        if before != self.shown {
            if let Some(graph) = scene.state.graph() {
                let describe = |node| words::describe(scene.state, graph, node);
                self.words = picture.scene.nodes.iter().map(describe).collect();
            }
            let images = picture.scene.nodes.iter().filter(|n| matches!(n.kind, Kind::Image(_)));
            self.sole = images.count() == 1;
            self.curves = paint::Curves::of(&picture.layout);
            self.texts = node::Texts::default();
            self.cursor = self.cursor.filter(|ix| ix.0 < picture.scene.nodes.len());
        }
        let other_subject = before.is_none_or(|((_, subject), _)| subject != now.0.1);
        if other_subject {
            self.cursor = None;
            self.moved = false;
        }
        // Where the person has looked, they go on looking.
        if other_subject || (self.room != room && !self.moved) {
            let image = picture.scene.nodes.iter().position(|n| matches!(n.kind, Kind::Image(_)));
            let anchor = image.map(NodeIx).and_then(|ix| area_of(picture, ix));
            self.camera = Camera::opening(paint::bounds(picture), anchor, room);
        }
        self.room = room;
    }

    fn move_camera(&mut self, ui: &Ui, room: Rect, whole: &egui::Response, picture: &Picture) {
        if whole.dragged() {
            self.camera.shift += whole.drag_delta();
        }
        if whole.double_clicked() {
            self.camera = Camera::fitting(paint::bounds(picture), room.size());
        } else if whole.clicked_by(egui::PointerButton::Primary) {
            whole.request_focus();
            self.cursor = None;
        }
        let pointer = ui.input(|i| i.pointer.hover_pos()).filter(|at| room.contains(*at));
        if let Some(at) = pointer.filter(|_| ui.rect_contains_pointer(room)) {
            let (wheel, pinch) = ui.input(|i| (i.smooth_scroll_delta(), i.zoom_delta()));
            let factor = pinch * (wheel.y / 240.0).exp();
            if (factor - 1.0).abs() > 1e-4 {
                self.camera = self.camera.zoomed(factor, at - room.min);
            }
            self.camera.shift.x += wheel.x;
        }
    }

    /// Makes every node in sight one that can be pointed at, pressed and read; the one pointed at.
    fn nodes(
        &mut self,
        ui: &Ui,
        scene: &Scene<'_>,
        room: Rect,
        picture: &Picture,
        actions: &mut Vec<Action>,
    ) -> Option<NodeIx> {
        let mut hovered = None;
        let shown = self.camera.shown(room);
        for (block, area) in picture.scene.blocks.iter().zip(&picture.layout.blocks) {
            if !shown.overlaps(area, 0.0) {
                continue;
            }
            for at in block.nodes.clone() {
                let (Some(node), Some(words)) = (picture.scene.nodes.get(at), self.words.get(at)) else {
                    continue;
                };
                let Some(area) = area_of(picture, NodeIx(at)).filter(|a| shown.overlaps(a, 0.0)) else {
                    continue;
                };
                let rect = self.camera.rect(room, area).intersect(room);
                let response = ui.interact(rect, ui.scope_id().with(("node", at)), Sense::CLICK);
                let selected = is_selected(scene, node);
                response.widget_info(|| {
                    let sentence = if is_marked(scene, node) {
                        tr!("view.marked", what = words.sentence)
                    } else {
                        words.sentence.clone()
                    };
                    WidgetInfo::selected(Role::TreeItem, true, selected, sentence)
                });
                if response.hovered() && !matches!(node.kind, Kind::Registry(_)) {
                    hovered = Some(NodeIx(at));
                    if deed(scene, node).is_some() {
                        ui.set_cursor_icon(egui::CursorIcon::PointingHand);
                    }
                }
                if response.clicked() {
                    let marks = ui.input(|i| i.modifiers.command);
                    actions.extend(if marks { mark(scene, node) } else { deed(scene, node) });
                }
            }
        }
        hovered
    }

    fn keys(&mut self, ui: &Ui, scene: &Scene<'_>, room: Rect, picture: &Picture, actions: &mut Vec<Action>) {
        let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        let middle = room.size() / 2.0;
        if pressed(Key::Plus) || pressed(Key::Equals) {
            self.camera = self.camera.zoomed(ZOOM_STEP, middle);
        }
        if pressed(Key::Minus) {
            self.camera = self.camera.zoomed(1.0 / ZOOM_STEP, middle);
        }
        if pressed(Key::Num0) {
            self.camera = Camera::fitting(paint::bounds(picture), room.size());
        }
        for (key, x, y) in [
            (Key::ArrowLeft, -1.0, 0.0),
            (Key::ArrowRight, 1.0, 0.0),
            (Key::ArrowUp, 0.0, -1.0),
            (Key::ArrowDown, 0.0, 1.0),
        ] {
            if ui.input_mut(|i| i.consume_key(Modifiers::SHIFT, key)) {
                self.camera.shift -= vec2(x, y) * PAN_STEP;
            } else if pressed(key)
                && let Some(next) = neighbour(picture, self.cursor, x, y)
            {
                self.cursor = Some(next);
                if let Some(area) = area_of(picture, next) {
                    self.camera = self.camera.showing(area, room.size());
                }
            }
        }
        let node = self.cursor.and_then(|ix| picture.scene.node(ix));
        if pressed(Key::Enter) {
            actions.extend(node.and_then(|node| deed(scene, node)));
        }
        if pressed(Key::Space) {
            actions.extend(node.and_then(|node| mark(scene, node)));
        }
        if self.cursor.is_some() && pressed(Key::Escape) {
            self.cursor = None;
        }
    }

    fn zoom_buttons(&mut self, ui: &mut Ui, room: Rect, picture: &Picture) {
        let size = vec2(24.0 * 4.0 + 12.0, 24.0);
        let spot = Rect::from_min_size(room.right_top() + vec2(-size.x - 8.0, 8.0), size);
        if room.width() < 240.0 || room.height() < 60.0 {
            return;
        }
        let middle = room.size() / 2.0;
        ui.painter().rect_filled(spot.expand(2.0), theme::RADIUS, theme::palette(ui).surface);
        ui.scope_builder(egui::UiBuilder::new().max_rect(spot), |ui| {
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                let button = |ui: &mut Ui, icon, name: &str| {
                    Push::icon_only(icon, name).show(ui).on_hover_text(name).clicked()
                };
                if button(ui, icons::COPY, &tr!("picture.copy_svg")) {
                    let svg = export::svg(picture, &self.words, theme::palette(ui));
                    ui.copy_text(svg);
                }
                if button(ui, icons::ZOOM_OUT, &tr!("picture.zoom_out")) {
                    self.camera = self.camera.zoomed(1.0 / ZOOM_STEP, middle);
                }
                if button(ui, icons::ZOOM_IN, &tr!("picture.zoom_in")) {
                    self.camera = self.camera.zoomed(ZOOM_STEP, middle);
                }
                if button(ui, icons::FIT, &tr!("picture.fit")) {
                    self.camera = Camera::fitting(paint::bounds(picture), room.size());
                }
            });
        });
    }

    /// The sentence of what is pointed at, or what the signs mean.
    fn caption(&self, ui: &Ui, scene: &Scene<'_>, rect: Rect, lit: Option<NodeIx>) {
        let colors = scene.colors;
        ui.painter().rect_filled(rect, 0, colors.surface);
        ui.painter().hline(rect.x_range(), rect.top() + 0.5, egui::Stroke::new(1.0, colors.line));
        let inner = rect.shrink2(vec2(16.0, 4.0));
        if let Some(words) = lit.and_then(|ix| self.words.get(ix.0)) {
            let said = ui.interact(rect, ui.scope_id().with("caption"), Sense::hover());
            said.widget_info(|| WidgetInfo::labeled(Role::Status, true, &words.sentence));
            let mut job = egui::text::LayoutJob::simple(
                words.sentence.clone(),
                theme::body(),
                colors.text,
                inner.width(),
            );
            job.wrap.max_rows = 2;
            let galley = ui.painter().layout_job(job);
            let at = egui::pos2(inner.left(), inner.center().y - galley.size().y / 2.0);
            ui.painter().galley(at, galley, colors.text);
            return;
        }
        paint::legend(&ui.painter().with_clip_rect(rect), colors, inner);
    }
}

fn area_of(picture: &Picture, ix: NodeIx) -> Option<crate::plane::Area> {
    let port = picture.scene.node(ix)?.port;
    picture.layout.rows.get(port.block)?.get(port.row).copied()
}

/// What a press on a node does.
fn deed(scene: &Scene<'_>, node: &Node) -> Option<Action> {
    if let Some((bundle, _)) = node.kind.bundle() {
        return Some(Action::ToggleBundle(bundle.clone()));
    }
    target(scene, node).map(Action::Select)
}

fn target(scene: &Scene<'_>, node: &Node) -> Option<Target> {
    let graph = scene.state.graph()?;
    let id = |ix| graph.image(ix).map(|i| i.id.clone());
    match &node.kind {
        Kind::Name { image, name, .. } => Some(Target::Reference(id(*image)?, name.clone())),
        Kind::Image(ix) | Kind::Other(ix) | Kind::Child { image: ix, .. } => id(*ix).map(Target::Image),
        Kind::Container { container, .. } => {
            graph.container(*container).map(|c| Target::Container(c.id.clone()))
        }
        Kind::Registry(_)
        | Kind::Names { .. }
        | Kind::Images { .. }
        | Kind::Holders { .. }
        | Kind::Layers { .. }
        | Kind::Layer { .. }
        | Kind::Others { .. } => None,
    }
}

/// Marks a node for removal, or takes its mark away.
fn mark(scene: &Scene<'_>, node: &Node) -> Option<Action> {
    // What is only computed cannot be removed.
    let computed = matches!(node.kind, Kind::Name { computed: true, .. });
    target(scene, node).filter(|_| !computed).map(Action::ToggleMarkOf)
}

fn is_marked(scene: &Scene<'_>, node: &Node) -> bool {
    let marks = &scene.state.marks;
    !marks.is_empty() && target(scene, node).is_some_and(|target| marks.contains(&target))
}

fn is_selected(scene: &Scene<'_>, node: &Node) -> bool {
    scene.state.selection.is_some() && target(scene, node) == scene.state.selection
}

/// Where an arrow key leads: up and down within a column, left and right to what is nearest in the next.
fn neighbour(picture: &Picture, from: Option<NodeIx>, x: f32, y: f32) -> Option<NodeIx> {
    let steps = (0..picture.scene.nodes.len())
        .map(NodeIx)
        .filter(|ix| picture.scene.node(*ix).is_some_and(|n| !matches!(n.kind, Kind::Registry(_))));
    let Some((from, here)) = from.and_then(|ix| Some((ix, area_of(picture, ix)?))) else {
        let image = |ix: &NodeIx| {
            let column = picture.scene.node(*ix).and_then(|n| picture.scene.column_of(n));
            column == Some(Column::Images)
        };
        return steps.clone().find(image).or_else(|| steps.clone().next());
    };
    let (middle, column) = (here.middle(), here.x);
    let far = |ix: &NodeIx| -> Option<(f32, f32)> {
        let area = area_of(picture, *ix)?;
        let (dx, dy) = ((area.x - column) * x, (area.middle().y - middle.y) * y);
        if x == 0.0 {
            let same = (area.x - column).abs() < 1.0;
            (same && dy > 0.5).then_some((dy, 0.0))
        } else {
            (dx > 1.0).then_some((dx, (area.middle().y - middle.y).abs()))
        }
    };
    let measured = steps.filter(|ix| *ix != from).filter_map(|ix| Some((far(&ix)?, ix)));
    measured.min_by(|(a, _), (b, _)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))).map(|(_, ix)| ix)
}
