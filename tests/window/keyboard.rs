//! Every control has a name and is reached by Tab alone.

use std::collections::BTreeSet;

use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::NodeT as _;

use crate::stage::Stage;

/// More presses than there are controls on any screen.
const PRESSES: usize = 120;

/// What can be pressed or typed into, by name. Rows and what is drawn are walked by arrows instead, and a row's
/// own box is ticked by Space.
fn controls(stage: &Stage) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for node in stage.harness.root().children_recursive() {
        let node = node.accesskit_node();
        let is_control = matches!(
            node.role(),
            Role::Button
                | Role::CheckBox
                | Role::RadioButton
                | Role::TextInput
                | Role::MenuItem
                | Role::ComboBox
                | Role::Link
        );
        if !is_control || node.is_disabled() {
            continue;
        }
        let label = node.label().unwrap_or_default();
        assert!(!label.is_empty(), "a {:?} without a name", node.role());
        if !label.starts_with("Mark: ") {
            found.insert(label);
        }
    }
    found
}

fn focused(stage: &Stage) -> Option<String> {
    let mut nodes = stage.harness.root().children_recursive();
    nodes.find(|node| node.accesskit_node().is_focused())?.accesskit_node().label()
}

/// `behind` are those of a window that a dialog or menu lies over.
#[track_caller]
fn assert_all_reached(stage: &mut Stage, behind: &BTreeSet<String>) {
    let mut missing = &controls(stage) - behind;
    assert!(!missing.is_empty());
    for _ in 0..PRESSES {
        stage.harness.key_press(Key::Tab);
        stage.harness.run_steps(2);
        if let Some(label) = focused(stage) {
            missing.remove(&label);
        }
        if missing.is_empty() {
            return;
        }
    }
    panic!("Tab does not come to {missing:#?}");
}

#[test]
fn every_control_of_the_window_is_reached_by_tab() {
    let mut stage = Stage::live();
    stage.click("image e9d3f7300f03");
    let none = BTreeSet::new();
    for view in ["Tree", "Picture", "Map", "Registries"] {
        stage.click(view);
        assert_all_reached(&mut stage, &none);
    }
}

#[test]
fn every_control_of_a_dialog_is_reached_by_tab() {
    let mut stage = Stage::live();
    stage.click("image e9d3f7300f03");
    // What registries are asked for a review, the details behind it tell too.
    stage.key(Key::Enter);
    stage.key(Key::Escape);
    let behind = controls(&stage);
    stage.key(Key::Enter);
    assert_all_reached(&mut stage, &behind);
    stage.click("Cancel");
    stage.click("Settings");
    assert_all_reached(&mut stage, &behind);
}
