//! The plan before it runs, and what registries say of what it takes.

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use unmoor::message::{Command, Event};
use unmoor::registry::sample;
use unmoor::ui::text;

use super::{NODE, ORIGIN, live, live_with, marks, origin, press, select, word};
use crate::stage::Stage;
use crate::tour::worlds;

pub fn review_ordered(stage: &mut Stage) {
    origin(stage);
    stage.key(Key::Enter);
}

pub fn review_force(stage: &mut Stage) {
    review_ordered(stage);
    let force = word("way.force");
    stage.harness.get_by_role_and_label(Role::RadioButton, &force).click();
    stage.settle();
}

pub fn review_marked(stage: &mut Stage) {
    marks(stage);
    press(stage, "marks.review");
}

/// More than is planned at once.
pub fn review_planning(stage: &mut Stage) {
    live_with(stage, worlds::many(600));
    stage.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    stage.settle();
    stage.keep_busy();
    press(stage, "marks.review");
}

pub fn review_planning_again(stage: &mut Stage) {
    review_planning(stage);
    stage.work();
    press(stage, "way.force");
}

pub fn review_failed(stage: &mut Stage) {
    live_with(stage, worlds::many(600));
    stage.keep_busy();
    stage.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    stage.settle();
    stage.fail_to_work("task 11 panicked with message \"index out of bounds\"");
    press(stage, "marks.review");
    stage.fail_to_work("task 12 panicked with message \"index out of bounds\"");
}

pub fn review_changed(stage: &mut Stage) {
    review_ordered(stage);
    let web_1 = crate::stage::container(&stage.sample, "web-1");
    stage.sample.remove_container(&web_1, false).unwrap();
    let image = stage.world().find_name(&crate::stage::reference("index.qiniu.com/ubuntu:latest")).unwrap();
    let id = stage.world().image(image).unwrap().id.clone();
    stage.sample.tag(&id, &crate::stage::reference("registry.example.com/edge/nginx:hotfix")).unwrap();
    stage.observe();
}

pub fn review_commands(stage: &mut Stage) {
    review_ordered(stage);
    stage.harness.get_by_label(&word("button.show_commands")).click();
    stage.settle();
}

pub fn ask(stage: &mut Stage, image: &str) {
    select(stage, image);
    let words = word("recovery.look_up");
    stage.harness.get_by_label(&words).scroll_to_me();
    stage.settle();
    stage.click(&words);
}

/// What the registries of the sample say of an image.
pub fn asked(stage: &mut Stage, image: &str) {
    ask(stage, image);
    stage.answer(sample::look_up);
}

pub fn recovery(stage: &mut Stage) {
    asked(stage, ORIGIN);
    let names = text::fill("recovery.names", &[("names", &text::count("n.names", 10))]);
    stage.click(&names);
}

pub fn recovery_asking(stage: &mut Stage) {
    ask(stage, ORIGIN);
}

pub fn review_last_copy(stage: &mut Stage) {
    select(stage, NODE);
    stage.key(Key::Enter);
    stage.answer(sample::look_up);
}

pub fn review_last_copy_asked(stage: &mut Stage) {
    review_last_copy(stage);
    stage.click("1.1 GB");
}

pub fn registries_none(stage: &mut Stage) {
    live(stage);
    press(stage, "view.registries");
}

/// Two registries of the sample, one of them open, and one that answers nothing.
pub fn registries(stage: &mut Stage) {
    registries_none(stage);
    for (host, serves) in [
        ("index-dev.qiniu.io", "environment.test"),
        ("index.qiniu.com", "environment.production"),
        ("index.qbox.me", "environment.other"),
    ] {
        if !stage.sees(&word("registries.host")) {
            press(stage, "registries.add");
        }
        stage.write_into(&word("registries.host"), host);
        let serves = word(serves);
        stage.harness.get_by_role_and_label(Role::RadioButton, &serves).click();
        stage.settle();
        press(stage, "registries.add.confirm");
        let Command::ListRegistry { registry, .. } = stage.command() else { panic!("it is listed") };
        let catalog = sample::catalog(&registry);
        stage.tell(Event::RegistryListed { registry, catalog });
    }
    stage.click("cs-kirk/nginx");
    let Command::ListTags { registry, repository, .. } = stage.command() else { panic!("it is listed") };
    let tags = sample::tags(&registry, &repository);
    stage.tell(Event::TagsListed { registry, repository, tags });
}
