//! Handing things on: the menu, the field for a place where the system has no dialog, and what became of it.

use egui::{
    Align, Frame, Layout, Margin, Panel, Popup, PopupCloseBehavior, Role, Stroke, TextEdit, Ui, WidgetInfo,
};

use super::text::{self, tr};
use super::theme::{self, GRID};
use super::widgets::{self, Kind, Push};
use super::{Scene, dialog, icons};
use crate::report::Format;
use crate::state::{Action, Dialog, ExportOf, ExportWish, Exporting};

/// What was chosen in the menu last.
#[derive(Debug, Default)]
pub struct ExportMenu {
    /// `None` until the person chooses: what fits best then.
    of: Option<ExportOf>,
    anonymous: bool,
}

const FORMATS: [(Format, &str); 5] = [
    (Format::Html, "export.html"),
    (Format::Markdown, "export.markdown"),
    (Format::Csv, "export.csv"),
    (Format::Json, "export.json"),
    (Format::Svg, "export.svg"),
];

impl ExportMenu {
    /// The button in the top bar with its menu.
    pub(super) fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
        let name = tr!("export.name");
        let any = scene.state.can_export(ExportOf::Everything);
        let button = Push::icon_only(icons::EXPORT, &name).enabled(any).show(ui);
        let button = button.on_hover_text(&*name);
        if !any {
            return;
        }
        let height = ui.ctx().content_rect().bottom() - button.rect.bottom() - 8.0 * GRID;
        Popup::menu(&button)
            .width(264.0)
            .gap(GRID)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .show(|ui| {
                let area = egui::ScrollArea::vertical().max_height(height);
                area.show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 2.0;
                    self.subjects(ui, scene);
                    ui.add_space(GRID);
                    let of = self.chosen(scene);
                    formats(ui, scene, of, &mut self.anonymous, actions);
                });
            });
    }

    fn chosen(&self, scene: &Scene<'_>) -> ExportOf {
        let fits = |of: &ExportOf| scene.state.can_export(*of);
        self.of.filter(fits).unwrap_or_else(|| {
            let filtered = !scene.state.tree.filter().is_empty();
            if filtered && fits(&ExportOf::Shown) { ExportOf::Shown } else { ExportOf::Everything }
        })
    }

    fn subjects(&mut self, ui: &mut Ui, scene: &Scene<'_>) {
        let state = scene.state;
        let n = |key: &str, n: usize| text::fill(key, &[("n", &text::thousands(n))]);
        let all = state.graph().map_or(0, |graph| graph.images().len());
        let choices = [
            (ExportOf::Everything, n("export.everything", all)),
            (ExportOf::Shown, n("export.shown", state.tree.matching())),
            (ExportOf::Marked, n("export.marked", state.marks.len())),
            (ExportOf::Selection, tr!("export.selection").into_owned()),
            (ExportOf::Map, tr!("export.map").into_owned()),
        ];
        widgets::muted(ui, tr!("export.what"));
        let chosen = self.chosen(scene);
        for (of, word) in choices {
            if state.can_export(of) && super::top_bar::choice(ui, scene, &word, of == chosen) {
                self.of = Some(of);
            }
        }
    }
}

/// A button that exports one thing, in a dialog.
pub(super) fn button(ui: &mut Ui, scene: &Scene<'_>, of: ExportOf, actions: &mut Vec<Action>) {
    let words = tr!("export.button");
    let push = Push::new(Kind::Normal, &words).enabled(scene.state.can_export(of));
    let button = push.show(ui).on_hover_text(tr!("export.button.hint"));
    menu_of(scene, of, &button, actions);
}

/// The same as a sign beside what it exports.
pub(super) fn icon(ui: &mut Ui, scene: &Scene<'_>, of: ExportOf, actions: &mut Vec<Action>) {
    let words = tr!("export.this");
    let push = Push::icon_only(icons::EXPORT, &words).enabled(scene.state.can_export(of));
    let button = push.show(ui).on_hover_text(&*words);
    menu_of(scene, of, &button, actions);
}

fn menu_of(scene: &Scene<'_>, of: ExportOf, button: &egui::Response, actions: &mut Vec<Action>) {
    let memory = button.id.with("anonymous");
    Popup::menu(button).width(264.0).gap(GRID).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(
        |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let mut anonymous = ui.data(|data| data.get_temp(memory)).unwrap_or(false);
            formats(ui, scene, of, &mut anonymous, actions);
            ui.data_mut(|data| data.insert_temp(memory, anonymous));
        },
    );
}

/// The formats of one thing; a press asks for a place.
fn formats(ui: &mut Ui, scene: &Scene<'_>, of: ExportOf, anonymous: &mut bool, actions: &mut Vec<Action>) {
    widgets::muted(ui, tr!("export.as"));
    for (format, key) in FORMATS {
        // The map is only drawn.
        if of == ExportOf::Map && format != Format::Svg {
            continue;
        }
        let key = if of == ExportOf::Map { "export.map_svg" } else { key };
        let icon = if format == Format::Svg { icons::PICTURE } else { icons::EXPORT };
        if widgets::menu_line(ui, icon, &tr!(key), true).clicked() {
            actions.push(Action::Export(ExportWish { of, format, anonymous: *anonymous }));
            ui.close();
        }
    }
    if of != ExportOf::Map
        && widgets::menu_line(ui, icons::COPY, &tr!("export.copy_markdown"), true).clicked()
    {
        actions.push(Action::CopyReport(of, *anonymous));
        ui.close();
    }
    ui.add_space(GRID);
    widgets::tick(ui, scene.colors, anonymous, &tr!("export.anonymous"))
        .on_hover_text(tr!("export.anonymous.hint"));
}

/// What became of the last export, at the foot of the window.
pub(super) fn bar(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    if !has_news(scene) || !matches!(scene.state.dialog, Dialog::None) {
        return;
    }
    let frame = Frame::new().fill(scene.colors.accent_soft).inner_margin(Margin::symmetric(16, 0));
    Panel::bottom("export").exact_size(40.0).frame(frame).show_separator_line(false).show(ui, |ui| {
        let line = Stroke::new(1.0, scene.colors.line);
        ui.painter().hline(ui.ctx().content_rect().x_range(), ui.max_rect().top() + 0.5, line);
        // In the middle of the bar.
        ui.add_space(5.0);
        news(ui, scene, actions);
    });
}

fn has_news(scene: &Scene<'_>) -> bool {
    !matches!(
        scene.state.exporting,
        Exporting::None | Exporting::Choosing { .. } | Exporting::Typing { .. } | Exporting::Ready(_)
    )
}

/// One row of it; nothing while there is nothing to say.
pub(super) fn news(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    if !has_news(scene) {
        return;
    }
    let colors = scene.colors;
    let (icon, ink, words) = match &scene.state.exporting {
        Exporting::Writing { done, of, .. } if *of > 0 => {
            (icons::BUSY, colors.muted, text::done_of("export.writing_rows", *done, *of))
        }
        Exporting::Writing { .. } => (icons::BUSY, colors.muted, tr!("export.writing").into_owned()),
        Exporting::Saved { path, unopened: None } => {
            (icons::CAN_GO, colors.safe, tr!("export.saved", path = path.display()))
        }
        Exporting::Saved { path, unopened: Some(why) } => {
            (icons::WARNING, colors.warn, tr!("export.unopened", path = path.display(), why = why))
        }
        Exporting::Copied => (icons::CAN_GO, colors.safe, tr!("export.copied").into_owned()),
        Exporting::Failed(words) => (icons::ERROR, colors.danger, tr!("export.failed", words = words)),
        Exporting::None | Exporting::Choosing { .. } | Exporting::Typing { .. } | Exporting::Ready(_) => {
            return;
        }
    };
    let saved =
        if let Exporting::Saved { path, .. } = &scene.state.exporting { Some(path.clone()) } else { None };
    widgets::right_row(ui, |ui| {
        ui.spacing_mut().item_spacing.x = GRID;
        if !matches!(scene.state.exporting, Exporting::Writing { .. })
            && Push::icon_only(icons::CLOSE, &tr!("export.dismiss")).show(ui).clicked()
        {
            actions.push(Action::CloseExport);
        }
        if let Some(path) = saved {
            if Push::new(Kind::Link, &tr!("export.copy_path")).small().show(ui).clicked() {
                ui.copy_text(path.display().to_string());
            }
            if Push::new(Kind::Link, &tr!("export.show_in_folder")).small().show(ui).clicked() {
                actions.push(Action::ShowExported(path.clone()));
            }
            if Push::new(Kind::Link, &tr!("export.open")).small().show(ui).clicked() {
                actions.push(Action::OpenExported(path));
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0 * GRID;
            widgets::icon(ui, icon, 16.0, ink);
            let said = widgets::one_line(ui, &words, theme::body(), colors.text);
            said.widget_info(|| WidgetInfo::labeled(Role::Status, true, &words));
        });
    });
}

/// The field for a place, where the system has no dialog for it.
pub(super) fn dialog(ui: &mut Ui, scene: &Scene<'_>, actions: &mut Vec<Action>) {
    let Exporting::Typing { path, is_taken, .. } = &scene.state.exporting else { return };
    let colors = scene.colors;
    let modal = dialog::show(ui, "export path", colors, |ui| {
        widgets::words(ui, tr!("export.place"), theme::strong(theme::TITLE), colors.text);
        widgets::muted(ui, tr!("export.place.hint"));
        let mut typed = path.clone();
        let field = TextEdit::singleline(&mut typed)
            .font(theme::mono())
            .margin(Margin::symmetric(10, 6))
            .desired_width(f32::INFINITY);
        let response = ui.add(field);
        let name = tr!("export.path");
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &name));
        // Before the focus comes back, or it never was lost.
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        if ui.memory(|memory| memory.focused().is_none()) {
            response.request_focus();
        }
        if response.changed() {
            actions.push(Action::SetExportPath(typed.clone()));
        }
        if *is_taken {
            widgets::words(ui, tr!("export.taken"), theme::body(), colors.warn);
        }
        ui.add_space(GRID);
        widgets::right_row(ui, |ui| {
            let (kind, key) =
                if *is_taken { (Kind::Danger, "export.replace") } else { (Kind::Primary, "export.save") };
            let usable = !typed.trim().is_empty();
            if Push::new(kind, &tr!(key)).enabled(usable).show(ui).clicked()
                || (entered && usable && !is_taken)
            {
                actions.push(Action::ExportTo(typed.trim().into(), *is_taken));
            }
            if Push::new(Kind::Normal, &tr!("button.cancel")).show(ui).clicked() {
                actions.push(Action::CloseExport);
            }
        });
    });
    if modal.should_close() {
        actions.push(Action::CloseExport);
    }
}
