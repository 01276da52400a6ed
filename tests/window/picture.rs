//! The picture by what it says and does.

use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2, accesskit::Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use unmoor::rules::Target;
use unmoor::state::{Language, View};

use super::ORIGIN;
use super::stage::Stage;

const TAG: &str = "Tag index.qiniu.com/ubuntu:latest points at image e9d3f7300f03";
const OTHER: &str = "Image 966495178565, index.qiniu.com/ubuntu:16.04, needs some of the same layers";

fn picture_of_origin() -> Stage {
    let mut stage = Stage::live();
    stage.click(ORIGIN);
    stage.click("Picture");
    stage
}

fn selected(stage: &Stage) -> String {
    match &stage.harness.state().state().selection {
        Some(Target::Image(id)) => id.short().to_owned(),
        Some(Target::Reference(_, name)) => name.familiar(),
        Some(Target::Container(id)) => id.as_str().to_owned(),
        None => String::new(),
    }
}

/// What the line below the picture says.
fn caption(stage: &Stage) -> Option<String> {
    stage.harness.query_by_role(Role::Status).and_then(|n| n.accesskit_node().label())
}

#[test]
fn every_relation_is_a_sentence() {
    let stage = picture_of_origin();
    stage.assert_sees(&format!(
        "{TAG}; because of it the engine refuses to remove the image, unless by force"
    ));
    stage.assert_sees("Container web-2 (Up 5 hours) was created from image e9d3f7300f03; because of it the engine refuses to remove the image, even by force. The plan removes it");
    stage.assert_sees("2 layers, 3.2 MB: needed by this image alone");
    stage.assert_sees("4 layers, 121.6 MB: needed by 2 images");
    stage.assert_sees(
        "Layer 6, 240.8 kB: needed by this image alone. Made by: ADD site.conf /etc/nginx. The plan frees it",
    );
    stage.assert_sees(OTHER);
}

#[test]
fn a_press_selects_and_the_details_follow() {
    let mut stage = picture_of_origin();
    stage.click(TAG);
    assert_eq!(selected(&stage), "index.qiniu.com/ubuntu:latest");
    stage.assert_sees("Only a name: the image stays");
    // The way out for the name alone leaves the others.
    stage.assert_sees("Tag index-dev.qiniu.io/cs-kirk/nginx:latest points at image e9d3f7300f03; because of it the engine refuses to remove the image, unless by force");
    assert!(!stage.names().iter().any(|n| n.starts_with("Container web-2") && n.contains("plan")));
    stage.click(OTHER);
    assert_eq!(selected(&stage), "966495178565");
    stage.assert_sees("Image 966495178565, index.qiniu.com/ubuntu:16.04: Can go now");
    stage.assert_sees("Image e9d3f7300f03, 10 names, needs some of the same layers");
    stage.click("Tree");
    stage.assert_sees("image 966495178565, index.qiniu.com/ubuntu:16.04");
}

#[test]
fn layers_close_and_open_again() {
    let mut stage = picture_of_origin();
    stage.assert_sees("Layer 1, 121.6 MB");
    stage.click("4 layers, 121.6 MB");
    stage.assert_sees_not("Layer 1, 121.6 MB");
    stage.assert_sees("Layer 6, 240.8 kB");
    stage.click("4 layers, 121.6 MB");
    stage.assert_sees("Layer 1, 121.6 MB");
}

#[test]
fn the_pointer_brings_up_the_sentence() {
    let mut stage = picture_of_origin();
    assert_eq!(caption(&stage), None);
    let at =
        stage.harness.get_all_by(|n| n.label().is_some_and(|l| l.starts_with(TAG))).next().unwrap().rect();
    stage.harness.hover_at(at.center());
    stage.settle();
    assert!(caption(&stage).unwrap().starts_with(TAG));
}

#[test]
fn the_keyboard_reaches_every_node() {
    let mut stage = picture_of_origin();
    // The switch was pressed last; the picture takes the keys once nothing else has them.
    stage.harness.get_by_role(Role::Canvas).focus();
    stage.settle();
    stage.key(Key::ArrowRight);
    assert!(caption(&stage).unwrap().starts_with("Image e9d3f7300f03, 10 names"));
    stage.key(Key::ArrowDown);
    assert!(caption(&stage).unwrap().starts_with("Container web-1"));
    stage.key(Key::ArrowRight);
    assert!(caption(&stage).unwrap().starts_with("Layer "));
    stage.key(Key::ArrowRight);
    let said = caption(&stage).unwrap();
    assert!(said.starts_with("Image 966495178565"), "{said}");
    stage.key(Key::Enter);
    assert_eq!(selected(&stage), "966495178565");
}

#[test]
fn wheel_drag_and_keys_move_the_picture() {
    let mut stage = picture_of_origin();
    let place = |stage: &Stage| {
        let name = stage.harness.get_all_by(|n| n.label().is_some_and(|l| l.starts_with(TAG))).next();
        name.unwrap().rect()
    };
    let before = place(&stage);
    stage.harness.get_by_role(Role::Canvas).focus();
    stage.settle();
    stage.key(Key::Minus);
    assert!(place(&stage).width() < before.width() * 0.9);
    stage.key(Key::Num0);
    let fit = place(&stage);
    let canvas = stage.harness.get_by_role(Role::Canvas).rect();
    let start = Pos2::new(canvas.center().x, canvas.bottom() - 20.0);
    let button = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    stage.harness.event(Event::PointerMoved(start));
    stage.harness.event(button(start, true));
    stage.settle();
    let end = start - eframe::egui::vec2(60.0, 30.0);
    stage.harness.event(Event::PointerMoved(end));
    stage.settle();
    stage.harness.event(button(end, false));
    stage.settle();
    let moved = place(&stage);
    assert!((moved.right() - (fit.right() - 60.0)).abs() < 8.0, "{fit:?} {moved:?}");
    stage.click("Show all ( 0 )");
    assert!((place(&stage).left() - fit.left()).abs() < 0.5);
}

#[test]
fn it_is_about_the_selection_a_repository_or_all() {
    let mut stage = picture_of_origin();
    stage.assert_sees_not("node:18");
    stage.click("Picture of: Selected image");
    stage.click("All images");
    stage.assert_sees("Tag node:18 points at image a81f6b0e9c35");
    stage.click("Picture of: All images");
    stage.harness.get_by_role_and_label(Role::MenuItemRadio, "index.qiniu.com/ubuntu").click();
    stage.settle();
    stage.assert_sees_not("Tag node:18");
    stage.assert_sees("Image 966495178565, index.qiniu.com/ubuntu:16.04: Can go now");
    stage.assert_sees(TAG);
}

#[test]
fn an_open_review_decides_what_is_marked() {
    let mut stage = picture_of_origin();
    stage.click("Untag… ubuntu:latest");
    stage.assert_sees("Untag index.qiniu.com/ubuntu:latest");
    let marked: Vec<String> = stage.names().into_iter().filter(|n| n.contains("The plan removes")).collect();
    assert_eq!(marked.len(), 1, "{marked:#?}");
    assert!(marked[0].starts_with(TAG));
}

#[test]
fn it_follows_what_the_engine_shows_next() {
    let mut stage = picture_of_origin();
    let web_1 = super::container(&stage.sample, "web-1");
    stage.sample.remove_container(&web_1, false).unwrap();
    stage.assert_sees("Container web-1");
    stage.observe();
    stage.assert_sees_not("Container web-1");
    stage.assert_sees("Container web-2");
}

#[test]
fn it_speaks_chinese_in_a_small_window() {
    let mut stage = Stage::live_in(Language::Chinese, [720.0, 480.0]);
    stage.click("关系图");
    assert_eq!(stage.harness.state().state().left.view, View::Picture);
    stage.assert_sees("镜像 0b2a6a13ee88，debian:12：");
    stage.click("标签 debian:12 指向镜像 0b2a6a13ee88");
    assert_eq!(selected(&stage), "debian:12");
}

#[test]
fn it_can_be_copied_as_svg() {
    use eframe::egui::OutputCommand;
    let mut stage = picture_of_origin();
    stage.harness.get_by_label("Copy as SVG").click();
    let mut copied = None;
    for _ in 0..4 {
        stage.harness.step();
        for command in &stage.harness.output().platform_output.commands {
            if let OutputCommand::CopyText(text) = command {
                copied = Some(text.clone());
            }
        }
    }
    let svg = copied.unwrap();
    assert!(svg.starts_with("<?xml") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.contains("qcos-test/msfngix:latest") && svg.contains("<title>Container web-2"));
    assert_eq!(svg.matches("<g>").count(), svg.matches("</g>").count());
}

#[test]
fn typing_a_filter_leads_to_the_rows_it_lets_through() {
    let mut stage = picture_of_origin();
    stage.key(Key::Slash);
    stage.harness.get_by_role_and_label(Role::TextInput, "Filter").type_text("node");
    stage.settle();
    stage.assert_sees("image a81f6b0e9c35, node:18");
}

#[test]
fn a_marked_set_can_be_drawn() {
    let mut stage = picture_of_origin();
    stage.harness.get_by_role(Role::Canvas).focus();
    stage.settle();
    stage.key(Key::ArrowRight);
    stage.key(Key::Space);
    assert_eq!(stage.harness.state().state().marks.len(), 1);
    assert!(stage.names().iter().any(|n| n.starts_with("Image e9d3f7300f03") && n.ends_with("Marked")));
    stage.click(OTHER);
    stage.click("Picture of: Selected image");
    stage.click("Marked images");
    stage.assert_sees(TAG);
}

#[test]
fn a_selected_group_is_drawn() {
    let mut stage = Stage::live();
    stage.click("Group: Image");
    stage.click("Repository");
    stage.click("repository index.qiniu.com/ubuntu, 2 images");
    stage.click("Picture");
    stage.assert_sees("Picture of: Selected group");
    stage.assert_sees(TAG);
    stage.assert_sees("Image 966495178565, index.qiniu.com/ubuntu:16.04: Can go now");
    stage.assert_sees_not("node:18");
}
