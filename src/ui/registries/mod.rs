//! What the registries have that a person has named: repositories, their tags, and which images here are the
//! same. Only read; each is asked when it is opened.

mod form;
mod row;

use egui::{Role, ScrollArea, TextEdit, Ui, WidgetInfo, vec2};

use super::text::tr;
use super::theme::{self, GRID};
use super::widgets::{self, Kind, Push};
use super::{Scene, icons, placeholder};
use crate::state::Action;
use crate::state::registries::RemoteOrder;

use form::Form;

const ROW: f32 = 30.0;
const HEAD: f32 = 26.0;
/// With less, what is said while there is nothing to show would be cut.
const ROOM_FOR_WORDS: f32 = 180.0;

#[derive(Debug, Default)]
pub struct RegistriesPanel {
    /// While a registry is named or changed.
    form: Option<Form>,
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
        let columns = row::Columns::for_width(ui.available_width());
        head(ui, scene, &columns, actions);
        let view = &scene.state.registries;
        let rows = view.rows();
        let area = ScrollArea::vertical().auto_shrink([false, false]).id_salt("registries");
        area.show_rows(ui, ROW, rows.len(), |ui, range| {
            for shown in rows.get(range).unwrap_or_default() {
                if let Some(edited) = row::show(ui, scene, &columns, shown, actions) {
                    self.form = Some(edited);
                }
            }
        });
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
                actions.push(Action::FilterRegistries(typed));
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
fn head(ui: &mut Ui, scene: &Scene<'_>, columns: &row::Columns, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEAD), egui::Sense::hover());
    ui.painter().rect_filled(rect, 0, colors.raised);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, egui::Stroke::new(1.0, colors.line));
    let order = scene.state.registries.order;
    for column in columns.all() {
        let by = match column.kind {
            row::Kind::Name => Some(RemoteOrder::Name),
            row::Kind::Size => Some(RemoteOrder::Size),
            row::Kind::Created => Some(RemoteOrder::Created),
            row::Kind::Digest | row::Kind::Access | row::Kind::Here => None,
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
            actions.push(Action::OrderRegistries(by));
        }
    }
}
