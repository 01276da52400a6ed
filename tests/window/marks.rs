//! Marks by what they say and do: boxes, keys, kinds, the bar and the review of many.

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use unmoor::plan::StepAction;
use unmoor::state::Language;

use crate::stage::{Stage, container};

const ORIGIN: &str = "image e9d3f7300f03, 10 names";
const UBUNTU: &str = "image 966495178565";
const NODE: &str = "image a81f6b0e9c35";

#[test]
fn a_box_marks_and_the_bar_says_what_comes_of_it() {
    let mut stage = Stage::live();
    stage.assert_sees_not("Marked");
    stage.click(&format!("Mark: {NODE}"));
    stage.assert_sees("Marked 1 · frees 1.1 GB");
    stage.click(&format!("Mark: {NODE}"));
    stage.assert_sees_not("Marked 1");
}

#[test]
fn a_shared_layer_counts_once_and_what_runs_stays() {
    let mut stage = Stage::live();
    // The two newest builds share everything but their last layer; one is in use.
    stage.click("Mark: image 0b1c2d3e4f50");
    stage.assert_sees("Marked 1 · frees 41.0 MB");
    stage.click("Mark: image 7f40c2d1aa96");
    stage.assert_sees("Marked 2 · frees 41.0 MB · 1 will be kept (protected)");
    let shop = container(&stage.sample, "shop-api-1");
    stage.sample.remove_container(&shop, true).unwrap();
    stage.observe();
    stage.assert_sees("Marked 2 · frees 269.7 MB");
    stage.click("Clear");
    stage.assert_sees_not("Marked 2");
}

#[test]
fn space_and_shift_mark_as_the_cursor_goes() {
    let mut stage = Stage::live();
    stage.click(NODE);
    stage.key(Key::Space);
    stage.assert_sees("Marked 1");
    stage.harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    stage.settle();
    stage.harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    stage.settle();
    stage.assert_sees("Marked 3");
    stage.key(Key::Space);
    stage.assert_sees("Marked 2");
    stage.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    stage.settle();
    stage.assert_sees("Marked 10");
}

fn click_with(stage: &mut Stage, row: &str, modifiers: Modifiers) {
    stage.assert_sees(row);
    let rows = stage.harness.get_all_by(|n| n.label().is_some_and(|label| label.starts_with(row)));
    rows.last().unwrap().click_modifiers(modifiers);
    stage.settle();
}

#[test]
fn a_click_with_ctrl_marks_one_and_with_shift_all_up_to_it() {
    let mut stage = Stage::live();
    click_with(&mut stage, NODE, Modifiers::COMMAND);
    stage.assert_sees("Marked 1");
    click_with(&mut stage, "image c3f8e1d20b47", Modifiers::SHIFT);
    stage.assert_sees("Marked 3");
    click_with(&mut stage, "image d94b7ce5f018", Modifiers::COMMAND);
    stage.assert_sees("Marked 2");
    click_with(&mut stage, UBUNTU, Modifiers::COMMAND);
    stage.assert_sees("Marked 3");
    // Up from there: the range counts from what was marked last.
    click_with(&mut stage, ORIGIN, Modifiers::SHIFT);
    stage.assert_sees("Marked 4");
}

#[test]
fn what_a_preset_shows_is_marked_and_no_more() {
    let mut stage = Stage::live();
    stage.click("Show: Dangling, 1");
    stage.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    stage.settle();
    stage.assert_sees("Marked 1 · frees 41.0 MB");
}

#[test]
fn kinds_are_marked_from_the_menu() {
    let mut stage = Stage::live();
    let mut marks = |choice: &str, expected: &str| {
        stage.click("Mark many");
        stage.click(choice);
        stage.assert_sees(expected);
        stage.click("Clear");
    };
    marks("Unused (6)", "Marked 6");
    marks("Dangling (1)", "Marked 1 ·");
    marks("Older than 90 days", "Marked 3");
    // Three repositories hold only the newest; the others of the origin's ubuntu are older.
    marks("All but the newest 1 of each repository", "Marked 1 ·");
    marks("What no compose project uses", "Marked 7");
    // Three of the origin's ten names, and the whole of the image that has no other name.
    marks("index-dev.qiniu.io · 1 image", "Marked 4");
}

#[test]
fn marked_names_and_containers_are_planned_together() {
    let mut stage = Stage::live();
    stage.select_under(ORIGIN, "tag index.qiniu.com/ubuntu:latest");
    stage.key(Key::Space);
    stage.click("Mark: container web-1");
    stage.assert_sees("Marked 2");
    stage.click("Review removal…");
    stage.assert_sees("Remove 2 things");
    stage.click("Untag 2, remove 1 container");
    let (_, plan) = stage.started_run();
    assert!(matches!(plan.steps[0].action, StepAction::RemoveContainer { .. }));
    assert!(matches!(plan.steps[1].action, StepAction::Untag { .. }));
}

#[test]
fn many_are_reviewed_and_removed_and_what_stays_is_named() {
    let mut stage = Stage::live();
    for image in [UBUNTU, ORIGIN, NODE, "image c3f8e1d20b47"] {
        stage.click(&format!("Mark: {image}"));
    }
    stage.assert_sees("Marked 4 · frees 1.1 GB · 2 will be kept (protected, in use)");
    stage.click("Review removal…");
    stage.assert_sees("2 stay");
    stage.assert_sees("Image e9d3f7300f03: in use by web-2");
    stage.assert_sees("Image c3f8e1d20b47: compose project shop runs on it");
    stage.click("Untag 3, remove 2 images · frees 1.1 GB");
    let (job, plan) = stage.started_run();
    stage.play(job, &plan);
    stage.assert_sees("Done as planned");
    stage.click("Done");
    stage.assert_sees_not(UBUNTU);
    // What is gone is not marked any more.
    stage.assert_sees("Marked 2");
}

#[test]
fn a_group_marks_its_images() {
    let mut stage = Stage::live();
    stage.click("Group: Image");
    stage.click("Repository");
    stage.click("Mark: repository index.qiniu.com/ubuntu");
    stage.assert_sees("Marked 2");
    stage.click("Group: Repository");
    stage.click("Image");
    stage.assert_sees("Marked 2");
}

#[test]
fn the_bar_fits_a_small_window_in_chinese() {
    let mut stage = Stage::live_in(Language::Chinese, [720.0, 480.0]);
    stage.click("标记：镜像 a81f6b0e9c35");
    stage.assert_sees("已标记 1 项 · 释放 1.1 GB");
    stage.click("查看删除计划…");
    stage.assert_sees("取消 1 个标签、删除 1 个镜像");
}

#[test]
fn all_of_a_long_review_is_within_the_smallest_window() {
    const SMALLEST: [f32; 2] = [720.0, 480.0];
    let mut stage = Stage::live_in(Language::English, SMALLEST);
    stage.key(Key::Home);
    stage.key(Key::Space);
    for _ in 0..6 {
        stage.harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
        stage.settle();
    }
    stage.click("Review removal…");
    stage.assert_sees("4 stay");
    for words in ["Remove 7 things", "Close", "Show commands", "Cancel", "Untag 3, remove 3 images"] {
        let shown = stage.harness.get_all_by(|n| n.label().or(n.value()).is_some_and(|l| l.contains(words)));
        let rect = shown.last().unwrap().rect();
        let inside = rect.top() >= 0.0 && rect.bottom() <= SMALLEST[1];
        assert!(inside, "{words} stands at {rect:?}, outside of the window");
    }
}
