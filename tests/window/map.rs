//! The map by what it says and does.

use std::sync::Arc;

use eframe::egui::{Key, accesskit::Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use unmoor::model::Layers;
use unmoor::rules::Target;
use unmoor::state::Language;

use super::stage::Stage;

const NODE: &str = "Image a81f6b0e9c35, node:18: 1.1 GB that no other image needs. Can go now";

fn map() -> Stage {
    let mut stage = Stage::live();
    stage.click("Map");
    stage
}

fn selected(stage: &Stage) -> Option<String> {
    match stage.harness.state().state().selection.as_ref()? {
        Target::Image(id) => Some(id.short().to_owned()),
        Target::Reference(..) | Target::Container(_) => None,
    }
}

fn caption(stage: &Stage) -> Option<String> {
    stage.harness.query_by_role(Role::Status).and_then(|n| n.accesskit_node().label())
}

#[test]
fn tiles_say_what_they_hold() {
    let stage = map();
    stage.assert_sees(NODE);
    stage.assert_sees("Layers that several repositories need: 425.6 MB");
    stage.assert_sees("2 layers of image 0b2a6a13ee88, debian:12: 116.5 MB, needed by 4 images");
    stage.assert_sees("4 layers: 121.6 MB, needed by 2 images");
}

#[test]
fn a_press_on_a_tile_selects_its_image() {
    let mut stage = map();
    stage.click(NODE);
    assert_eq!(selected(&stage).as_deref(), Some("a81f6b0e9c35"));
    stage.assert_sees("The way out");
    stage.click("2 layers of image 0b2a6a13ee88");
    assert_eq!(selected(&stage).as_deref(), Some("0b2a6a13ee88"));
}

#[test]
fn the_pointer_and_the_keys_bring_up_the_sentence() {
    let mut stage = map();
    assert_eq!(caption(&stage), None);
    let at = stage.harness.get_by_label(NODE).rect().center();
    stage.harness.hover_at(at);
    stage.settle();
    assert_eq!(caption(&stage).as_deref(), Some(NODE));
    stage.harness.remove_cursor();
    stage.harness.get_by_role(Role::Canvas).focus();
    stage.settle();
    stage.key(Key::ArrowRight);
    assert_eq!(caption(&stage).as_deref(), Some(NODE), "the largest comes first");
    stage.key(Key::ArrowDown);
    let next = caption(&stage).unwrap();
    assert_ne!(next, NODE);
    stage.key(Key::ArrowUp);
    assert_eq!(caption(&stage).as_deref(), Some(NODE));
    stage.key(Key::Enter);
    assert_eq!(selected(&stage).as_deref(), Some("a81f6b0e9c35"));
}

#[test]
fn a_repository_can_be_seen_alone() {
    let mut stage = map();
    stage.click("postgres: 431.9 MB. Click to see it alone");
    stage.assert_sees("Image c3f8e1d20b47, postgres:16");
    stage.assert_sees_not(NODE);
    stage.click("All repositories");
    stage.assert_sees(NODE);
}

#[test]
fn what_is_not_drawn_is_listed() {
    let mut stage = map();
    stage.click("2 images not drawn");
    stage.assert_sees("No bytes of their own: all their layers are shared");
    stage.click("5d1cb9eeb302 intermediate");
    assert_eq!(selected(&stage).as_deref(), Some("5d1cb9eeb302"));
}

#[test]
fn an_image_of_unknown_size_is_not_drawn() {
    let mut stage = map();
    let mut inventory = stage.sample.inventory();
    for image in inventory.images.seen_mut() {
        Arc::make_mut(image).layers = Layers::NotRead;
    }
    stage.observe_this(inventory);
    stage.assert_sees("No bytes to draw yet");
    stage.click("10 images not drawn");
    stage.assert_sees("Size not known");
}

#[test]
fn it_speaks_chinese_in_a_small_window() {
    let mut stage = Stage::live_in(Language::Chinese, [720.0, 480.0]);
    stage.click("空间图");
    stage.assert_sees("镜像 a81f6b0e9c35，node:18：1.1 GB 只有它需要。");
}

#[test]
fn a_tile_can_be_marked() {
    let mut stage = map();
    stage.harness.get_by_role(Role::Canvas).focus();
    stage.settle();
    stage.key(Key::ArrowRight);
    stage.key(Key::Space);
    stage.assert_sees(&format!("{NODE}. Marked"));
    stage.key(Key::Space);
    stage.assert_sees_not(&format!("{NODE}. Marked"));
}
