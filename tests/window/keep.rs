//! What a person keeps: shown, respected by every plan, and lifted only by hand.

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;

use crate::stage::Stage;

const ORIGIN: &str = "image e9d3f7300f03, 10 names, in use by 3 containers, Refused as it stands";
const PINNED: &str = "Protected: you keep it";

#[test]
fn a_kept_image_is_planned_by_no_way_until_it_is_let_go() {
    let mut stage = Stage::live();
    stage.click(ORIGIN);
    stage.click("Keep this image");
    stage.assert_sees(PINNED);
    assert!(
        stage.names().iter().any(|name| name.ends_with("is protected: you keep it")),
        "the ways out say so: {:?}",
        stage.names()
    );
    stage.select_under(ORIGIN, "tag index.qiniu.com/ubuntu:latest");
    stage.assert_sees(PINNED);
    stage.click("Keep no longer");
    stage.assert_sees_not(PINNED);
    stage.assert_sees("Only a name: the image stays");
}

#[test]
fn a_kept_name_keeps_its_image_and_leaves_the_other_names() {
    let mut stage = Stage::live();
    stage.select_under(ORIGIN, "tag index.qiniu.com/ubuntu:latest");
    stage.click("Keep this name");
    stage.assert_sees(PINNED);
    stage.click(ORIGIN);
    stage.assert_sees(PINNED);
    stage.select_under(ORIGIN, "tag index-dev.qiniu.io/cs-kirk/nginx:latest");
    stage.assert_sees("Keep this name");
    stage.assert_sees("tag index.qiniu.com/ubuntu:latest, Protected: you keep it");
}

#[test]
fn a_kept_repository_counts_in_the_preset() {
    let mut stage = Stage::live();
    stage.select_under(ORIGIN, "tag index.qiniu.com/ubuntu:latest");
    let protected = |stage: &Stage| {
        let names = stage.names();
        let found = names.iter().find(|name| name.starts_with("Show: Protected"));
        found.unwrap_or_else(|| panic!("no preset: {names:?}")).clone()
    };
    let before = protected(&stage);
    stage.click("Keep everything in index.qiniu.com/ubuntu");
    stage.assert_sees("Protected: you keep everything in index.qiniu.com/ubuntu");
    assert_ne!(before, protected(&stage), "one more is protected");
}

#[test]
fn names_are_kept_by_a_pattern_and_all_that_is_kept_is_listed() {
    let mut stage = Stage::live();
    let open = |stage: &mut Stage| {
        stage.click("Settings");
        stage.click("What is kept…");
    };
    open(&mut stage);
    stage.assert_sees("Nothing is kept by hand.");
    stage.click("Pattern of names to keep");
    stage
        .harness
        .get_by_role_and_label(Role::TextInput, "Pattern of names to keep")
        .type_text("*/ubuntu:latest");
    stage.settle();
    stage.assert_sees("Matches 1 name now");
    stage.click("Keep these names");
    stage.assert_sees("Keep no longer: names like */ubuntu:latest");
    stage.click("Done");
    stage.click(ORIGIN);
    stage.assert_sees("Protected: you keep names like */ubuntu:latest");
    open(&mut stage);
    stage.click("Keep no longer: names like */ubuntu:latest");
    stage.assert_sees("Nothing is kept by hand.");
    stage.click("Done");
    stage.assert_sees_not("Protected: you keep");
}
