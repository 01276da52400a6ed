//! The menu of a row, the columns, and the hints on names.

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use unmoor::state::Column;

use crate::stage::Stage;

const NODE: &str = "image a81f6b0e9c35";

fn open_menu(stage: &mut Stage, row: &str) {
    stage.assert_sees(row);
    let found = stage.harness.get_all_by(|n| n.label().is_some_and(|l| l.contains(row))).next().unwrap();
    found.click_secondary();
    stage.settle();
}

/// What was copied by a line of an open menu.
fn copied(stage: &mut Stage, line: &str) -> String {
    let found = stage.harness.get_all_by(|n| n.label().is_some_and(|l| l == line)).next();
    found.unwrap_or_else(|| panic!("no {line:?}")).click();
    for _ in 0..4 {
        stage.harness.step();
        for command in &stage.harness.output().platform_output.commands {
            if let eframe::egui::OutputCommand::CopyText(text) = command {
                return text.clone();
            }
        }
    }
    panic!("nothing was copied by {line:?}");
}

#[test]
fn a_row_copies_what_it_is_about() {
    let mut stage = Stage::live();
    open_menu(&mut stage, NODE);
    assert!(copied(&mut stage, "Copy ID").starts_with("sha256:a81f6b0e9c35"));
    open_menu(&mut stage, NODE);
    assert_eq!(copied(&mut stage, "Copy name"), "node:18");
    open_menu(&mut stage, "image 966495178565");
    assert!(copied(&mut stage, "Copy digest").starts_with("sha256:14c83946c7d6"));
    stage.select_under("image e9d3f7300f03", "tag index.qiniu.com/ubuntu:latest");
    open_menu(&mut stage, "tag index.qiniu.com/ubuntu:latest");
    assert_eq!(copied(&mut stage, "Copy docker command"), "docker rmi index.qiniu.com/ubuntu:latest");
}

#[test]
fn a_row_is_untagged_or_removed_from_its_menu() {
    let mut stage = Stage::live();
    stage.click("image e9d3f7300f03");
    stage.key(Key::ArrowRight);
    open_menu(&mut stage, "container web-1");
    stage.harness.get_by_label("Remove container…").click();
    stage.settle();
    stage.click("Remove 1 container");
    assert_eq!(stage.started_run().1.steps.len(), 1);
}

#[test]
fn the_menu_key_opens_the_menu_of_the_cursor() {
    let mut stage = Stage::live();
    stage.click(NODE);
    stage.harness.key_press_modifiers(Modifiers::SHIFT, Key::F10);
    stage.settle();
    stage.click("Mark all unused here");
    stage.assert_sees("Marked 1 · frees 1.1 GB");
}

#[test]
fn a_group_says_what_it_comes_to_and_marks_what_is_unused_in_it() {
    let mut stage = Stage::live();
    stage.click("Group: Image");
    stage.click("Registry");
    stage.click("registry index.qiniu.com, 2 images");
    stage.assert_sees("Production registry");
    stage.assert_sees("128.0 MB (127,964,928 bytes)");
    stage.click("Mark all unused here");
    // The other one is in use.
    stage.assert_sees("Marked 1 · frees 3.2 MB");
}

#[test]
fn a_row_is_kept_and_let_go_from_its_menu() {
    let mut stage = Stage::live();
    open_menu(&mut stage, NODE);
    stage.click("Keep this image");
    stage.assert_sees("image a81f6b0e9c35, node:18, not in use, Can go now, Protected: you keep it");
    open_menu(&mut stage, NODE);
    stage.click("Keep no longer");
    stage.assert_sees_not("Protected: you keep it");
    stage.click("Group: Image");
    stage.click("Repository");
    open_menu(&mut stage, "repository node");
    stage.click("Keep the whole repository");
    stage.assert_sees("Protected: you keep everything in node");
}

#[test]
fn columns_can_be_hidden_and_come_back() {
    let mut stage = Stage::live();
    stage.assert_sees("Sort by: Age");
    stage.click("Settings");
    stage.harness.get_by_label("Age").click();
    stage.settle();
    stage.assert_sees_not("Sort by: Age");
    assert!(stage.harness.state().state().settings.hidden_columns.hides(Column::Age));
    stage.click("Settings");
    stage.harness.get_by_label("Age").click();
    stage.settle();
    stage.assert_sees("Sort by: Age");
}

#[test]
fn likely_slips_are_pointed_out_at_the_row_and_in_the_details() {
    let mut stage = Stage::live();
    let environments = "names in a test registry (index-dev.qiniu.io) and in a production registry";
    stage.click("image e9d3f7300f03");
    let seen = stage.names().iter().filter(|name| name.contains(environments)).count();
    assert_eq!(seen, 2, "at the row and in the details");
    stage.key(Key::ArrowRight);
    stage.click("tag index.qbox.me/qcos-test/msfngix:latest");
    stage.assert_sees("The same image has this name in index.qiniu.com too: only the registry differs.");
    stage.click("tag index-dev.qiniu.io/index.qbox.me/qcos-test/msfngix:latest");
    stage.assert_sees("“index.qbox.me” is only a part of the path here");
}

#[test]
fn a_label_that_the_filter_found_is_shown() {
    let mut stage = Stage::live();
    stage.key(Key::Slash);
    stage.type_into_filter("team=shop");
    stage.assert_sees("image 7f40c2d1aa96");
    stage.assert_sees("image 0b1c2d3e4f50");
    stage.assert_sees_not(NODE);
}
