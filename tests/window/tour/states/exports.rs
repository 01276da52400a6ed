//! Handing a report on.

use unmoor::message::{Command, Event, Exported, TaskId, Unwritten};

use super::{ORIGIN, press, select};
use crate::stage::Stage;

pub fn export_menu(stage: &mut Stage) {
    select(stage, ORIGIN);
    press(stage, "export.name");
}

pub fn export_place(stage: &mut Stage) {
    export_menu(stage);
    press(stage, "export.html");
}

pub fn exporting(stage: &mut Stage) -> TaskId {
    export_place(stage);
    press(stage, "export.save");
    let command = stage.command();
    let Command::Export { task, .. } = command else { panic!("{command:?} exports nothing") };
    task
}

pub fn export_writing(stage: &mut Stage) {
    let task = exporting(stage);
    stage.tell(Event::ExportProgress { task, done: 4_213, of: 10_000 });
}

pub fn export_saved(stage: &mut Stage) {
    let task = exporting(stage);
    let path = std::path::PathBuf::from("/home/alice/reports/unmoor-images-2026-11-20.html");
    stage.tell(Event::Exported { task, result: Ok(Exported::File(path)) });
}

pub fn export_failed(stage: &mut Stage) {
    let task = exporting(stage);
    let words = "/home/alice/reports/unmoor-images-2026-11-20.html: No space left on device (os error 28)";
    stage.tell(Event::Exported { task, result: Err(Unwritten::Failed(words.to_owned())) });
}
