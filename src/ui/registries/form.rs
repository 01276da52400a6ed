//! Naming a registry, or saying something else of one: its host, what it serves, and whether it may be spoken
//! to without TLS.

use egui::{Role, TextEdit, Ui, WidgetInfo, vec2};

use crate::model::{Environment, GroupName};
use crate::state::Action;
use crate::state::registries::{NamedRegistry, RegistryAction, Serves, host_in};
use crate::ui::Scene;
use crate::ui::text::tr;
use crate::ui::theme::{self, GRID};
use crate::ui::widgets::{self, Kind, Push};

/// So many registries that images here are named for are offered.
const OFFERED: usize = 6;

#[derive(Debug, Default)]
pub struct Form {
    host: String,
    serves: Serves,
    without_tls: bool,
    /// It is named already: only what is said of it changes.
    is_named: bool,
}

impl Form {
    pub fn of(named: &NamedRegistry) -> Self {
        let NamedRegistry { host, serves, without_tls } = named.clone();
        Self { host, serves, without_tls, is_named: true }
    }

    /// Returns whether it is done with.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        can_cancel: bool,
        actions: &mut Vec<Action>,
    ) -> bool {
        let colors = scene.colors;
        let mut done = false;
        widgets::card(ui, colors.raised, colors.line, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0 * GRID;
            let title = if self.is_named { "registries.change" } else { "registries.add" };
            widgets::words(ui, tr!(title), theme::strong(theme::BODY), colors.text);
            let mut entered = false;
            if self.is_named {
                widgets::quoted(ui, &self.host, colors.text);
            } else {
                entered = self.host_field(ui);
                self.offers(ui, scene);
            }
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = vec2(GRID, GRID);
                widgets::muted(ui, tr!("registries.serves"));
                for serves in Serves::ALL {
                    let chosen = self.serves == serves;
                    let kind = if chosen { Kind::Primary } else { Kind::Normal };
                    let word = tr!(serves_key(serves));
                    let response = Push::new(kind, &word).small().show(ui);
                    response
                        .widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, word.as_ref()));
                    if response.clicked() {
                        self.serves = serves;
                    }
                }
            });
            let words = tr!("registries.without_tls");
            widgets::tick(ui, colors, &mut self.without_tls, &words)
                .on_hover_text(tr!("registries.without_tls.hint"));
            widgets::right_row(ui, |ui| {
                let host = host_in(&self.host);
                let words = tr!(if self.is_named { "button.done" } else { "registries.add.confirm" });
                let push = Push::new(Kind::Primary, &words).enabled(host.is_some()).show(ui);
                if host.is_none() && !self.host.is_empty() {
                    push.clone().on_hover_text(tr!("registries.no_host"));
                }
                if let Some(host) = host
                    && (push.clicked() || entered)
                {
                    let (serves, without_tls) = (self.serves, self.without_tls);
                    let named = NamedRegistry { host, serves, without_tls };
                    actions.push(Action::Registry(RegistryAction::Name(named)));
                    done = true;
                }
                if can_cancel && Push::new(Kind::Normal, &tr!("button.cancel")).show(ui).clicked() {
                    done = true;
                }
            });
        });
        done
    }

    /// Returns whether Enter was pressed in it.
    fn host_field(&mut self, ui: &mut Ui) -> bool {
        let field = TextEdit::singleline(&mut self.host)
            .hint_text(tr!("registries.host.hint").into_owned())
            .margin(egui::Margin::symmetric(10, 6))
            .desired_width(ui.available_width().min(420.0));
        let response = ui.add(field);
        let name = tr!("registries.host");
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, name.as_ref()));
        response.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter))
    }

    /// Registries that images here are named for.
    fn offers(&mut self, ui: &mut Ui, scene: &Scene<'_>) {
        let known = |host: &str| scene.state.settings.registries.iter().any(|named| named.host == host);
        let groups = scene.state.tree.catalog().registries.all().iter();
        let offered: Vec<(String, Option<Environment>)> = groups
            .filter_map(|group| match &group.name {
                GroupName::Registry(host) if !known(host) => Some((host.clone(), group.environment)),
                GroupName::Registry(_) | GroupName::Repository(_) | GroupName::Unnamed => None,
            })
            .take(OFFERED)
            .collect();
        if offered.is_empty() {
            return;
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(GRID, GRID);
            widgets::muted(ui, tr!("registries.offered"));
            for (host, environment) in offered {
                if Push::new(Kind::Link, &host).small().show(ui).clicked() {
                    self.serves = environment.into();
                    self.host = host;
                }
            }
        });
    }
}

pub fn serves_key(serves: Serves) -> &'static str {
    match serves {
        Serves::Test => "environment.test",
        Serves::Production => "environment.production",
        Serves::Other => "environment.other",
    }
}
