//! Handing things on from the window: what is asked for, where to, and what is said then.

use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use unmoor::message::{Command, Destination, Event, Export, Exported, TaskId, Unwritten};
use unmoor::report::{Content, Format, write};
use unmoor::state::Language;

use crate::stage::Stage;

const ORIGIN: &str = "e9d3f7300f03";

fn asked(stage: &mut Stage) -> (TaskId, Export) {
    let command = stage.command();
    let Command::Export { task, export } = command else { panic!("{command:?} exports nothing") };
    (task, *export)
}

fn export(stage: &mut Stage, format: &str) {
    stage.click("Export a report");
    stage.click(format);
}

fn text(export: &Export) -> String {
    let mut out = Vec::new();
    write(&export.report, export.format, export.language, &|_, _| {}, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn where_the_system_has_no_dialog_a_field_takes_the_place() {
    let mut stage = Stage::live();
    export(&mut stage, "Web page (HTML)…");
    stage.assert_sees("Save the report");
    let field = stage.harness.get_by_role_and_label(Role::TextInput, "File");
    let proposed = field.value().unwrap();
    assert!(proposed.contains("unmoor-images-20") && proposed.contains(".html"), "{proposed}");
    stage.type_into("File", "x");
    stage.click("Save");
    let (task, asked) = asked(&mut stage);
    let Destination::File { path, replaces } = asked.to else { panic!("{:?}", asked.to) };
    assert!(path.display().to_string().contains('x') && !replaces, "nothing is replaced unasked");
    assert_eq!((asked.format, asked.anonymous), (Format::Html, false));
    assert!(matches!(&asked.report.content, Content::Inventory { images } if images.len() == 10));
    stage.assert_sees("Writing the report…");
    stage.tell(Event::ExportProgress { task, done: 5, of: 10 });
    stage.assert_sees("Writing the report: 5 of 10 rows");
    stage.tell(Event::Exported { task, result: Ok(Exported::File(path.clone())) });
    stage.assert_sees(&format!("Saved {}", path.display()));
    stage.assert_sees("Open");
    stage.assert_sees("Show in folder");
    stage.click("Open");
    stage.assert_sees(&format!("Saved {}", path.display()));
    stage.click("Dismiss");
    stage.assert_sees_not("Saved");
}

#[test]
fn enter_saves_what_the_field_proposes() {
    let mut stage = Stage::live();
    export(&mut stage, "Table (CSV)…");
    stage.key(Key::Enter);
    let (_, asked) = asked(&mut stage);
    let Destination::File { path, replaces: false } = asked.to else { panic!("{:?}", asked.to) };
    assert!(path.is_absolute() && path.extension().is_some_and(|ending| ending == "csv"), "{path:?}");
}

#[test]
fn a_file_that_is_there_is_replaced_only_when_told() {
    let mut stage = Stage::live();
    export(&mut stage, "Table (CSV)…");
    stage.click("Save");
    let (task, _) = asked(&mut stage);
    stage.tell(Event::Exported { task, result: Err(Unwritten::Taken) });
    stage.assert_sees("There is a file of this name already.");
    stage.click("Replace it");
    let (task, again) = asked(&mut stage);
    assert!(matches!(again.to, Destination::File { replaces: true, .. }));
    let words = "/nowhere/x.csv: No space left on device".to_owned();
    stage.tell(Event::Exported { task, result: Err(Unwritten::Failed(words)) });
    stage.assert_sees("Not written: /nowhere/x.csv: No space left on device");
}

#[test]
fn what_is_exported_follows_the_filter_the_marks_and_the_selection() {
    let mut stage = Stage::live();
    stage.key(Key::Slash);
    stage.type_into_filter("node");
    export(&mut stage, "Data (JSON)…");
    stage.click("Save");
    let (task, shown) = asked(&mut stage);
    let told = text(&shown);
    assert!(told.contains("node:18") && !told.contains("postgres"), "{told}");
    assert!(text(&shown).contains("images with “node”"));
    stage.tell(Event::Exported { task, result: Err(Unwritten::Failed("full".to_owned())) });
    stage.key(Key::Escape);
    stage.click(ORIGIN);
    stage.click("Export a report");
    stage.click("The selected thing, explained");
    stage.click("Text for a ticket (Markdown)…");
    stage.click("Save");
    let (_, selected) = asked(&mut stage);
    assert!(matches!(selected.report.content, Content::Explanation { .. }));
    assert!(text(&selected).starts_with("# Image: `e9d3f7300f03`"));
}

#[test]
fn markdown_is_copied_under_other_names_where_asked() {
    use eframe::egui::OutputCommand;
    let mut stage = Stage::live();
    stage.click("Export a report");
    stage.click("Replace names");
    stage.click("Copy as Markdown");
    let (task, asked) = asked(&mut stage);
    assert_eq!((asked.to, asked.format, asked.anonymous), (Destination::Text, Format::Markdown, true));
    let result = Ok(Exported::Text("# Images".to_owned()));
    // A step at a time: what is copied is told in one frame only.
    stage.shove(Event::Exported { task, result });
    let mut copied = None;
    for _ in 0..6 {
        stage.harness.step();
        for command in &stage.harness.output().platform_output.commands {
            if let OutputCommand::CopyText(text) = command {
                copied = Some(text.clone());
            }
        }
    }
    assert_eq!(copied.as_deref(), Some("# Images"));
    stage.assert_sees("Copied as Markdown");
}

#[test]
fn a_plan_and_its_outcome_can_be_handed_on() {
    let mut stage = Stage::live();
    stage.click("a81f6b0e9c35");
    stage.click("Remove…");
    stage.click("Export…");
    stage.click("Web page (HTML)…");
    stage.click("Save");
    let (task, plan) = asked(&mut stage);
    assert!(matches!(&plan.report.content, Content::Removal(removal) if removal.outcome.is_none()));
    let path = std::path::PathBuf::from("/tmp/plan.html");
    stage.tell(Event::Exported { task, result: Ok(Exported::File(path)) });
    stage.assert_sees("Saved /tmp/plan.html");
    stage.click("Untag 1, remove 1 image");
    let (job, plan) = stage.started_run();
    stage.play(job, &plan);
    stage.assert_sees("Done as planned");
    stage.click("Export…");
    stage.click("Data (JSON)…");
    stage.click("Save");
    let (_, ended) = asked(&mut stage);
    assert!(text(&ended).contains("\"code\": \"completed\""));
}

#[test]
fn it_speaks_chinese_in_a_small_window() {
    let mut stage = Stage::live_in(Language::Chinese, [720.0, 480.0]);
    stage.click("导出报告");
    stage.click("网页（HTML）…");
    stage.assert_sees("保存报告");
    stage.click("取消");
    stage.assert_sees_not("保存报告");
    assert!(!stage.has_command());
}
