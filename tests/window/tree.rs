//! The tree by what it says and does: groups, presets and marks.

use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use unmoor::state::Language;

use crate::stage::Stage;

const ORIGIN: &str = "image e9d3f7300f03, 10 names, in use by 3 containers, Refused as it stands";

#[test]
fn an_image_with_names_in_several_repositories_stands_in_each() {
    let mut stage = Stage::live();
    stage.click("Group: Image");
    stage.click("Repository");
    stage.assert_sees("repository index.qiniu.com/ubuntu, 2 images");
    stage.assert_sees("repository index.qbox.me/qcos-test/msfngix, 1 image");
    stage.assert_sees("Without a name, 2 images");
    let rows = stage.names().iter().filter(|n| n.starts_with(ORIGIN)).count();
    assert_eq!(rows, 7, "one row in each of its repositories");
    stage.assert_sees("Refused as it stands, also in 6 other repositories");
    stage.click("repository index.qbox.me/qcos-test/msfngix, 1 image");
    stage.key(Key::ArrowLeft);
    let rows = stage.names().iter().filter(|n| n.starts_with(ORIGIN)).count();
    assert_eq!(rows, 6, "a closed group hides its rows");
    stage.key(Key::ArrowRight);
    stage.key(Key::ArrowRight);
    stage.assert_sees("What holds it");
    stage.key(Key::ArrowLeft);
    stage.click("Group: Repository");
    stage.click("Close all groups");
    stage.assert_sees_not(ORIGIN);
    stage.click("Group: Repository");
    stage.click("Open all groups");
    stage.assert_sees(ORIGIN);
}

#[test]
fn a_registry_shows_its_environment() {
    let mut stage = Stage::live();
    stage.click("Group: Image");
    stage.click("Registry");
    stage.assert_sees("registry index-dev.qiniu.io, 1 image, Test registry, by the name of its host");
    stage.assert_sees("registry index.qiniu.com, 2 images, Production registry");
    assert!(stage.names().iter().any(|n| n == "registry index.qbox.me, 2 images"));
    stage.assert_sees("Refused as it stands, also in 2 other registries");
}

#[test]
fn a_name_is_the_same_thing_under_every_group() {
    let mut stage = Stage::live();
    stage.select_under(ORIGIN, "tag index.qiniu.com/ubuntu:latest");
    stage.assert_sees("Only a name: the image stays");
    stage.click("Group: Image");
    stage.click("Registry");
    stage.assert_sees("Only a name: the image stays");
    let here = "repository index.qiniu.com/ubuntu, 2 images";
    stage.click("Group: Registry");
    stage.click("Repository");
    stage.assert_sees(here);
    stage.assert_sees("Only a name: the image stays");
}

#[test]
fn presets_count_and_narrow() {
    let mut stage = Stage::live();
    for words in ["All, 10", "Unused, 6", "Dangling, 1", "Many names, 3", "In use, 3", "Protected, 2"] {
        stage.assert_sees(&format!("Show: {words}"));
    }
    stage.click("Show: In use, 3");
    stage.assert_sees(ORIGIN);
    stage.assert_sees_not("image a81f6b0e9c35");
    stage.click("Show: Protected, 2");
    stage.assert_sees("image c3f8e1d20b47");
    stage.assert_sees_not(ORIGIN);
    stage.click("Show: Unused, 6");
    stage.assert_sees("image a81f6b0e9c35");
    // A step of a build is needed by what stands on it.
    stage.assert_sees_not("image 5d1cb9eeb302");
}

#[test]
fn dangling_takes_no_digest_for_rubbish() {
    let mut stage = Stage::live();
    stage.click("Show: Dangling, 1");
    stage.assert_sees("image 0b1c2d3e4f50, dangling");
    stage.assert_sees_not("image e9d3f7300f03");
    stage.assert_sees_not("image 4e7d90ab1c62");
    stage.assert_sees(
        "docker images prints 7 rows as <none>. 6 of them are not dangling but digests: 5 of images with \
         tags, 1 of images with digests only.",
    );
    stage.click("Show: All, 10");
    for name in stage.names() {
        assert!(!name.contains("<none>"), "{name}");
    }
}

#[test]
fn a_filter_narrows_groups_and_says_how_far() {
    let mut stage = Stage::live();
    stage.click("Group: Image");
    stage.click("Repository");
    stage.key(Key::Slash);
    stage.type_into_filter("16.04");
    stage.assert_sees("repository index.qiniu.com/ubuntu, 1 of 2 images");
    stage.assert_sees_not("repository postgres");
}

#[test]
fn layers_open_and_say_who_shares_them() {
    let mut stage = Stage::live();
    stage.select_under("image e9d3f7300f03", "6 layers, 4 shared with 966495178565");
    stage.key(Key::ArrowRight);
    stage.assert_sees("layer, 240.8 kB, only here, made by ADD site.conf /etc/nginx");
    stage.assert_sees("layer, 121.6 MB, shared with 966495178565, made by ADD file:ubuntu-16.04 in /");
    stage.key(Key::ArrowLeft);
    stage.assert_sees_not("layer, 240.8 kB");
}

#[test]
fn presets_and_groups_fit_a_small_window_in_chinese() {
    let mut stage = Stage::live_in(Language::Chinese, [720.0, 480.0]);
    stage.click("分组：镜像");
    stage.harness.get_by_role_and_label(Role::MenuItemRadio, "仓库").click();
    stage.settle();
    stage.assert_sees("也在另外 1 个仓库中");
    stage.assert_sees("显示：未使用，6");
}
