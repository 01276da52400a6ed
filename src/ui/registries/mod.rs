//! What the registries have that a person has named: repositories, their tags, and which images here are the
//! same. Only read; each is asked when it is opened.

mod columns;
mod form;
mod row;
mod tag;

use egui::{Role, ScrollArea, TextEdit, Ui, WidgetInfo, vec2};

use super::rows::{self, Scrolled};
use super::text::tr;
use super::theme::{self, GRID};
use super::widgets::{self, Kind, Push};
use super::{Scene, icons, placeholder};
use crate::state::Action;
use crate::state::registries::{RegistryAction, RemoteOrder, RemoteRow};

use columns::Columns;
use form::Form;
use row::Spot;

const ROW: f32 = 30.0;
const HEAD: f32 = 26.0;
/// With less, what is said while there is nothing to show would be cut.
const ROOM_FOR_WORDS: f32 = 180.0;

#[derive(Debug, Default)]
pub struct RegistriesPanel {
    /// While a registry is named or changed.
    form: Option<Form>,
    scrolled: Scrolled,
}

impl RegistriesPanel {
    pub(super) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
        let none = scene.state.settings.registries.is_empty();
        if none && self.form.is_none() {
            self.form = Some(Form::default());
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        // The head of the left side ends a little below where it says.
        let margin = egui::Margin { left: 12, right: 12, top: 14, bottom: 8 };
        if let Some(form) = &mut self.form {
            let done =
                egui::Frame::new().inner_margin(margin).show(ui, |ui| form.ui(ui, scene, !none, actions));
            if done.inner {
                self.form = None;
            }
            if none {
                if ui.available_height() < ROOM_FOR_WORDS {
                    return;
                }
                let (title, hint) = (tr!("registries.none"), tr!("registries.none.hint"));
                placeholder::message(ui, scene, icons::REGISTRY, &title, &hint);
                return;
            }
        } else {
            egui::Frame::new().inner_margin(margin).show(ui, |ui| self.bar(ui, scene, actions));
        }
        let columns = Columns::for_width(ui.available_width());
        head(ui, scene, &columns, actions);
        self.rows(ui, scene, &columns, actions);
    }

    fn rows(&mut self, ui: &mut Ui, scene: &Scene<'_>, columns: &Columns, actions: &mut Vec<Action>) {
        let view = &scene.state.registries;
        let room = ui.available_rect_before_wrap();
        let whole = ui.interact(room, ui.scope_id().with("rows"), egui::Sense::focusable_noninteractive());
        let name = tr!("registries.rows");
        whole.widget_info(|| WidgetInfo::labeled(Role::Tree, true, &name));
        rows::keep_arrows(ui, &whole);
        if rows::takes_keys(ui, scene, &whole) {
            let moves = rows::moves(ui, self.scrolled.page(ROW));
            actions.extend(moves.into_iter().map(|step| Action::Registry(RegistryAction::MoveCursor(step))));
            let used = ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, egui::Key::Enter));
            if used && view.cursor_row().is_some() {
                actions.push(Action::Registry(RegistryAction::Use));
            }
        }
        let area = ScrollArea::vertical().auto_shrink([false, false]).id_salt("registries");
        let area = self.scrolled.follow(area, room.height(), view.reveals(), view.cursor_row(), ROW);
        let focused = whole.has_focus();
        let mut cursor_id = None;
        let output = area.show_rows(ui, ROW, view.rows().len(), |ui, range| {
            for row in view.rows().get(range).unwrap_or_default() {
                let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), egui::Sense::hover());
                let here = view.cursor() == Some(row);
                let spot = Spot { row, rect, here, focused: here && focused };
                let painted = row::show(ui, scene, columns, spot, actions);
                if painted.edited.is_some() {
                    self.form = painted.edited;
                }
                let Some(response) = painted.response else { continue };
                if here {
                    cursor_id = Some(response.id);
                }
                if response.clicked() {
                    whole.request_focus();
                    actions.push(Action::Registry(RegistryAction::Point(row.clone())));
                    if matches!(row, RemoteRow::Registry(_) | RemoteRow::Repository(..)) {
                        actions.push(Action::Registry(RegistryAction::Use));
                    }
                }
            }
        });
        self.scrolled.note(&output);
        if focused && view.cursor_row().is_none() {
            widgets::focus_ring(ui, room.shrink(3.0));
        }
        // Arrows move the cursor, and the focus stays with the list: this says where it is.
        if let Some(id) = cursor_id {
            ui.ctx().accesskit_node_builder(whole.id, |node| node.set_active_descendant(id.accesskit_id()));
        }
    }

    fn bar(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0 * GRID;
            let words = tr!("registries.add");
            let room = ui.available_width() - widgets::width_of(ui, &words, &theme::body()) - 64.0;
            let mut typed = scene.state.registries.filter.clone();
            let field = TextEdit::singleline(&mut typed)
                .hint_text(tr!("registries.filter").into_owned())
                .margin(egui::Margin::symmetric(10, 6))
                .desired_width(room.clamp(120.0, 420.0));
            let response = ui.add(field);
            let name = tr!("registries.filter");
            response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, name.as_ref()));
            if response.changed() {
                actions.push(Action::Registry(RegistryAction::Filter(typed)));
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if Push::new(Kind::Normal, &words).icon(icons::REGISTRY).show(ui).clicked() {
                    self.form = Some(Form::default());
                }
            });
        });
    }
}

/// The names of the columns; those that can be ordered by are buttons.
fn head(ui: &mut Ui, scene: &Scene<'_>, columns: &Columns, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), egui::Sense::hover());
    ui.painter().rect_filled(rect, 0, colors.raised);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, egui::Stroke::new(1.0, colors.line));
    let order = scene.state.registries.order;
    for column in columns.all() {
        let by = match column.kind {
            columns::Kind::Name => Some(RemoteOrder::Name),
            columns::Kind::Size => Some(RemoteOrder::Size),
            columns::Kind::Created => Some(RemoteOrder::Created),
            columns::Kind::Digest | columns::Kind::Access | columns::Kind::Here => None,
        };
        let word = tr!(column.kind.key());
        let spot = column.within(rect);
        let chosen = by == Some(order);
        let ink = if chosen { colors.text } else { colors.muted };
        let font = if chosen { theme::strong(theme::SMALL) } else { theme::small() };
        let at = if column.kind.is_number() { spot.right_center() } else { spot.left_center() };
        let align =
            if column.kind.is_number() { egui::Align2::RIGHT_CENTER } else { egui::Align2::LEFT_CENTER };
        ui.painter().with_clip_rect(spot).text(at, align, &word, font, ink);
        let Some(by) = by else { continue };
        let response =
            ui.interact(spot, ui.scope_id().with(("order", column.kind.key())), egui::Sense::click());
        let name = tr!("registries.order", column = word);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
        if response.has_focus() {
            widgets::focus_ring(ui, spot.shrink(2.0));
        }
        if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
            actions.push(Action::Registry(RegistryAction::Order(by)));
        }
    }
}
