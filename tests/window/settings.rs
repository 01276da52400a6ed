//! Settings that outlive the session.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use unmoor::state::Language;

use crate::stage::Stage;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("unmoor-window-{name}-{}", std::process::id())))
    }

    fn file(&self) -> PathBuf {
        self.0.join("settings.json")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.0.exists() {
            std::fs::remove_dir_all(&self.0).unwrap();
        }
    }
}

fn keep(stage: &mut Stage, folder: &Folder, broken: Option<&str>) {
    let ctx = stage.harness.ctx.clone();
    stage.harness.state_mut().keep_settings_in(folder.file(), broken.map(str::to_owned), &ctx);
    stage.settle();
}

#[test]
fn a_choice_reaches_the_file() {
    let folder = Folder::new("choice");
    let mut stage = Stage::live();
    keep(&mut stage, &folder, None);
    stage.click("Group: Image");
    stage.click("Registry");
    stage.click("Sort by: Own");
    stage.click("Settings");
    stage.click("简体中文");
    assert_eq!(stage.harness.state().state().settings.language, Language::Chinese);
    let deadline = Instant::now() + Duration::from_secs(20);
    let text = loop {
        let text = std::fs::read_to_string(folder.file()).unwrap_or_default();
        if text.contains("chinese") {
            break text;
        }
        assert!(Instant::now() < deadline, "the file holds {text:?}");
        stage.harness.step();
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(text.contains("\"grouping\": \"registry\""), "{text}");
    assert!(text.contains("\"column\": \"own\""), "{text}");
}

#[test]
fn nothing_moves_where_the_person_or_the_system_wants_it_so() {
    let mut stage = Stage::live();
    let moves = |stage: &Stage| stage.harness.ctx.global_style().animation_time > 0.0;
    let ctx = stage.harness.ctx.clone();
    stage.harness.state_mut().keep_calm(true, &ctx);
    for (choice, expected) in [
        ("Show movement", true),
        ("As the system wants it", false),
        ("Show movement", true),
        ("No movement", false),
    ] {
        stage.click("Settings");
        stage.click(choice);
        assert_eq!(moves(&stage), expected, "{choice}");
    }
}

#[test]
fn a_broken_file_is_told_once() {
    let folder = Folder::new("broken");
    let mut stage = Stage::live();
    keep(&mut stage, &folder, Some("expected value at line 1 column 1"));
    stage.assert_sees("The settings could not be read, and start anew");
    stage.assert_sees("expected value at line 1 column 1");
    stage.click("Show activity");
    let told = stage.names().iter().filter(|name| name.contains("could not be read")).count();
    assert_eq!(told, 1);
}
