//! Every designed state of the window, and how a person gets there. Words are looked up, so that the way is
//! the same in each language.

mod engines;
mod exports;
mod journal;
mod pictures;
mod reviews;
mod runs;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use unmoor::ui::text;

use super::worlds;
use crate::stage::Stage;

/// A name for its file, and the way there from a window that has just asked for an engine.
pub type State = (&'static str, fn(&mut Stage));

const ORIGIN: &str = "e9d3f7300f03";
const NODE: &str = "a81f6b0e9c35";

pub const STATES: &[State] = &[
    ("origin", origin),
    ("origin-open", origin_open),
    ("tag", |stage| under_origin(stage, "index.qiniu.com/ubuntu:latest")),
    ("pasted-host", |stage| under_origin(stage, "index.qbox.me/qcos-test/msfngix:latest")),
    ("digest", |stage| under_origin(stage, "index.qiniu.com/ubuntu@sha256:c7c1149150a8…")),
    ("container", |stage| under_origin(stage, "web-2")),
    ("layers", layers),
    ("removable", |stage| select(stage, NODE)),
    ("by-repository", |stage| group(stage, "grouping.repository")),
    ("by-registry", |stage| group(stage, "grouping.registry")),
    ("preset-unused", |stage| preset(stage, "preset.unused")),
    ("preset-dangling", |stage| preset(stage, "preset.dangling")),
    ("preset-many-names", |stage| preset(stage, "preset.many_names")),
    ("preset-in-use", |stage| preset(stage, "preset.in_use")),
    ("preset-refused", |stage| preset(stage, "preset.refused")),
    ("preset-protected", |stage| preset(stage, "preset.protected")),
    ("preset-none", preset_none),
    ("filter", |stage| filter(stage, "ubuntu")),
    ("filter-nothing", |stage| filter(stage, "zookeeper")),
    ("marks", marks),
    ("mark-menu", mark_menu),
    ("settings", settings),
    ("row-menu", row_menu),
    ("export-menu", exports::export_menu),
    ("export-place", exports::export_place),
    ("export-writing", exports::export_writing),
    ("export-saved", exports::export_saved),
    ("export-failed", exports::export_failed),
    ("kept", kept),
    ("kept-list", kept_list),
    ("review-ordered", reviews::review_ordered),
    ("review-force", reviews::review_force),
    ("review-marked", reviews::review_marked),
    ("review-planning", reviews::review_planning),
    ("review-planning-again", reviews::review_planning_again),
    ("review-failed", reviews::review_failed),
    ("review-changed", reviews::review_changed),
    ("review-commands", reviews::review_commands),
    ("running", runs::running),
    ("stopping", runs::stopping),
    ("engines", engines::choose_engine),
    ("engines-typed", engines::choose_engine_typed),
    ("no-engine-but-others", engines::no_engine_but_others),
    ("stood-in-for", engines::stood_in_for),
    ("done", runs::done),
    ("difference", runs::difference),
    ("failed", runs::failed),
    ("forbidden", runs::forbidden),
    ("stopped", runs::stopped),
    ("activity", runs::activity),
    ("undo", runs::undo),
    ("undo-left", runs::undo_left),
    ("undoing", runs::undoing),
    ("undo-partly", runs::undo_partly),
    ("undone", runs::undone),
    ("not-journalled", journal::not_journalled),
    ("without-journal", journal::without_journal),
    ("cut-off", journal::cut_off),
    ("journal", journal::journal),
    ("journal-step", journal::journal_step),
    ("journal-container", journal::journal_container),
    ("journal-empty", journal::journal_empty),
    ("picture", |stage| pictures::picture(stage, worlds::one_image(), "alpine:3.22")),
    ("picture-origin", pictures::picture_origin),
    ("picture-names", |stage| pictures::picture(stage, worlds::many_names(), "200")),
    ("picture-images", |stage| pictures::picture_all(stage)),
    ("picture-marked", pictures::picture_marked),
    ("recovery", reviews::recovery),
    ("recovery-last", |stage| reviews::asked(stage, NODE)),
    ("recovery-asking", reviews::recovery_asking),
    ("review-last-copy", reviews::review_last_copy),
    ("review-last-copy-asked", reviews::review_last_copy_asked),
    ("registries-none", reviews::registries_none),
    ("registries", reviews::registries),
    ("map", pictures::map),
    ("map-many", pictures::map_many),
    ("one-image", one_image),
    ("many-images", many_images),
    ("hostile", hostile),
    ("connecting", |_| {}),
    ("first-listing", engines::first_listing),
    ("reading-layers", engines::reading_layers),
    ("empty-engine", engines::empty_engine),
    ("no-engine", engines::no_engine),
    ("permission-denied", engines::permission_denied),
    ("listing-failed", engines::listing_failed),
    ("first-listing-failed", engines::first_listing_failed),
    ("partial", engines::partial),
    ("engine-gone", engines::engine_gone),
    ("events-forbidden", engines::events_forbidden),
    ("trying-again", engines::trying_again),
    ("remembered", engines::remembered),
    ("remembered-gone", engines::remembered_gone),
    ("gone-while-running", runs::gone_while_running),
    ("lost-and-found", runs::lost_and_found),
    ("worker-lost", engines::worker_lost),
];

/// The words for a key, in the language of the window.
pub fn word(key: &str) -> String {
    text::look_up(key).into_owned()
}

pub fn press(stage: &mut Stage, key: &str) {
    stage.click(&word(key));
}

pub fn live(stage: &mut Stage) {
    stage.connect();
    stage.observe();
}

fn live_with(stage: &mut Stage, inventory: unmoor::model::Inventory) {
    stage.connect();
    stage.observe_this(inventory);
}

pub fn select(stage: &mut Stage, row: &str) {
    live(stage);
    stage.click(row);
}

fn origin(stage: &mut Stage) {
    select(stage, ORIGIN);
}

fn origin_open(stage: &mut Stage) {
    origin(stage);
    stage.key(Key::ArrowRight);
}

fn under_origin(stage: &mut Stage, row: &str) {
    origin_open(stage);
    // In a small window it stands further down than is shown.
    for _ in 0..20 {
        if stage.is_selected(row) {
            return;
        }
        stage.key(Key::ArrowDown);
    }
    panic!("no {row} under the image");
}

fn layers(stage: &mut Stage) {
    origin_open(stage);
    // The last of the rows under the image: the layers, which open in turn.
    for _ in 0..14 {
        stage.key(Key::ArrowDown);
    }
    stage.key(Key::ArrowRight);
}

fn group(stage: &mut Stage, by: &str) {
    live(stage);
    let words = word("grouping").replace("%{name}", &word("grouping.image"));
    stage.click(&words);
    let by = word(by);
    stage.harness.get_by_role_and_label(Role::MenuItemRadio, &by).click();
    stage.settle();
    // In a small window the later groups are out of sight.
    match ["index.qiniu.com", "docker.io"].into_iter().find(|name| stage.sees(name)) {
        Some(seen) => stage.click(seen),
        None => stage.key(Key::Home),
    }
    stage.key(Key::ArrowRight);
}

fn preset(stage: &mut Stage, key: &str) {
    live(stage);
    press_preset(stage, key);
}

fn press_preset(stage: &mut Stage, key: &str) {
    let said = word("preset.said");
    let said = said.replace("%{name}", &word(key));
    let said = said.split("%{n}").next().unwrap_or_default().to_owned();
    if stage.sees(&said) {
        stage.click(&said);
    } else {
        // In a narrow window the last kinds are in a menu.
        press(stage, "preset.more");
        press(stage, key);
    }
}

fn preset_none(stage: &mut Stage) {
    live_with(stage, worlds::one_image());
    press_preset(stage, "preset.dangling");
}

fn filter(stage: &mut Stage, words: &str) {
    live(stage);
    stage.key(Key::Slash);
    stage.type_into(&word("filter.name"), words);
}

fn marks(stage: &mut Stage) {
    live(stage);
    // From the largest down to the origin.
    stage.key(Key::Home);
    stage.key(Key::Space);
    for _ in 0..6 {
        stage.harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
        stage.settle();
    }
}

fn mark_menu(stage: &mut Stage) {
    live(stage);
    press(stage, "mark.menu");
}

fn settings(stage: &mut Stage) {
    live(stage);
    press(stage, "settings.name");
}

fn row_menu(stage: &mut Stage) {
    origin(stage);
    stage.harness.key_press_modifiers(Modifiers::SHIFT, Key::F10);
    stage.settle();
}

fn kept(stage: &mut Stage) {
    origin(stage);
    press(stage, "button.keep_image");
}

fn kept_list(stage: &mut Stage) {
    kept(stage);
    press(stage, "settings.name");
    press(stage, "kept_list.open");
}

fn one_image(stage: &mut Stage) {
    live_with(stage, worlds::one_image());
    stage.click("alpine:3.22");
}

fn many_images(stage: &mut Stage) {
    live_with(stage, worlds::many(20_000));
    for key in [Key::ArrowDown, Key::PageDown, Key::PageDown, Key::ArrowRight] {
        stage.key(key);
    }
}

fn hostile(stage: &mut Stage) {
    live_with(stage, worlds::hostile());
    stage.key(Key::ArrowDown);
    stage.key(Key::ArrowRight);
}
