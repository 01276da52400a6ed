//! A repository or a registry that the cursor of the tree stands on: what it comes to.

use egui::{Margin, Ui};

use super::facts::text_fact;
use crate::model::{Environment, Group, GroupName};
use crate::state::{Action, Choice};
use crate::ui::text::{self, tr};
use crate::ui::theme::{self, GRID};
use crate::ui::tree::group_name;
use crate::ui::widgets::{self, Kind, Push};
use crate::ui::{Scene, icons};

pub fn show(ui: &mut Ui, scene: &Scene<'_>, group: &Group, actions: &mut Vec<Action>) {
    let colors = scene.colors;
    let margin = Margin { left: 16, right: 16, top: 12, bottom: 24 };
    egui::Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 2.0 * GRID;
        let (icon, kind) = match group.name {
            GroupName::Repository(_) => (icons::REPOSITORY, "fact.repository"),
            GroupName::Registry(_) => (icons::REGISTRY, "fact.registry"),
            GroupName::Unnamed => (icons::IMAGE, "group.images"),
        };
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 1.5 * GRID;
            widgets::icon(ui, icon, 18.0, colors.muted);
            widgets::words(ui, tr!(kind), theme::body(), colors.muted);
        });
        widgets::words(ui, group_name(&group.name), theme::strong(theme::LEAD), colors.text);
        let host = match &group.name {
            GroupName::Repository(name) => name.registry(),
            GroupName::Registry(host) => host.as_str(),
            GroupName::Unnamed => "",
        };
        let environment = scene.state.environment(host, group.environment);
        if let Some(environment) = environment {
            widgets::muted(ui, environment_words(environment, environment_is_named(scene, host)));
        }
        facts(ui, scene, group);
        ui.add_space(GRID);
        ui.horizontal_wrapped(|ui| {
            let words = tr!("menu.mark_unused.short");
            if Push::new(Kind::Normal, &words).icon(icons::MARK_MANY).show(ui).clicked() {
                actions.push(Action::MarkChoice(Choice::UnusedIn(group.name.clone())));
            }
        });
    });
}

fn environment_is_named(scene: &Scene<'_>, host: &str) -> bool {
    scene.state.settings.registries.iter().any(|named| named.host == host)
}

fn environment_words(environment: Environment, is_named: bool) -> String {
    tr!(match (environment, is_named) {
        (Environment::Test, true) => "environment.named_test",
        (Environment::Production, true) => "environment.named_production",
        (Environment::Test, false) => "environment.test.hint",
        (Environment::Production, false) => "environment.production.hint",
    })
    .into_owned()
}

fn facts(ui: &mut Ui, scene: &Scene<'_>, group: &Group) {
    let bytes = |bytes: Option<crate::model::Bytes>| match bytes {
        Some(bytes) => format!("{bytes} ({})", text::exact(bytes)),
        None => tr!("fact.unknown").into_owned(),
    };
    text_fact(ui, scene, "group.images", &text::thousands(group.images.len()), false);
    text_fact(ui, scene, "group.used", &text::thousands(group.used), false);
    text_fact(ui, scene, "fact.size", &bytes(group.size), false);
    text_fact(ui, scene, "column.own", &bytes(group.own), false);
    widgets::muted(ui, tr!("group.own.hint"));
}
