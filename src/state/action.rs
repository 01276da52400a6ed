//! What a person can ask for. Panels return these; only [`AppState::update`](super::AppState::update)
//! acts on them.

use std::path::PathBuf;

use super::archives::ArchiveAction;
use super::export::{ExportOf, ExportWish};
use super::history::HistoryChange;
use super::marks::Choice;
use super::registries::RegistryAction;
use super::settings::{Language, Motion, Placement, ReviewLookUp, ThemeChoice};
use super::tree::{Column, Grouping, Preset, Row};
use super::undo::Wanted;
use super::view::{Scope, View};
use crate::model::{Endpoint, ImageId};
use crate::picture::Bundle;
use crate::plan::Way;
use crate::rules::{Pin, Target};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// List the engine again.
    Refresh,
    /// Look for the wanted engine again.
    Retry,
    /// Opens the list of engines, and looks for them.
    ChooseEngine,
    /// Looks for engines once more.
    FindEngines,
    /// The address being typed there.
    SetAddress(String),
    /// Goes to another engine.
    UseEngine(Endpoint),
    /// Opens a window for an engine beside this one.
    OpenWindow(Endpoint),
    /// It did not open; the words.
    WindowUnopened(String),
    SetFilter(String),
    SetPreset(Preset),
    SortBy(Column),
    GroupBy(Grouping),
    /// Opens or closes all groups of the tree.
    OpenGroups(bool),
    /// Selects a thing wherever it stands and brings its row into view.
    Select(Target),
    SelectRow(Row),
    ToggleOpen(Row),
    MoveCursor(Move),
    Show(View),
    SetScope(Scope),
    /// Opens or closes what the picture draws as one.
    ToggleBundle(Bundle),
    Mark(Target),
    Unmark(Target),
    /// Marks a thing, or takes its mark away.
    ToggleMarkOf(Target),
    /// Marks what a row stands for, or takes that mark away.
    ToggleMark(Row),
    /// Marks everything from the row marked last to this one.
    MarkTo(Row),
    /// Moves the cursor, and marks everything from the row marked last to there.
    ExtendMarks(Move),
    /// Marks every image that filter and preset let through.
    MarkShown,
    MarkChoice(Choice),
    ClearMarks,
    /// Opens the removal review of all that is marked.
    ReviewMarked,
    /// Opens the removal review.
    Review(Target, Way),
    SetWay(Way),
    SetPrune(bool),
    /// Leaves out steps of the plan in review, by their places in it, or takes them in again.
    LeaveOut(Vec<usize>, bool),
    /// The person has seen that the plan in review was made anew.
    AcceptChanges,
    Confirm,
    /// After the warning that something goes that nobody else has.
    ConfirmLastCopies,
    /// Back from that warning to the plan.
    ReconsiderLastCopies,
    /// Asks the registries about every name of an image.
    LookUp(ImageId),
    /// The same for all images that the plan in review takes.
    LookUpReview,
    SetReviewLookUp(ReviewLookUp),
    Registry(RegistryAction),
    StopRun,
    /// After a pause, with what still holds.
    GoOn,
    /// Freezes a report and asks where to.
    Export(ExportWish),
    /// Puts a report on the clipboard as Markdown; with `true` under other names.
    CopyReport(ExportOf, bool),
    /// There is no dialog of the system for that: a field for the place, in this folder at first.
    TypeExportPath(String),
    SetExportPath(String),
    /// The place is chosen; `true` if what is there already may go.
    ExportTo(PathBuf, bool),
    /// The report is on the clipboard now.
    ExportCopied,
    /// Opens what was saved, or its folder; nothing of it concerns the state.
    OpenExported(PathBuf),
    /// Shows it in its folder.
    ShowExported(PathBuf),
    /// What was saved did not open; the words.
    ExportUnopened(String),
    /// Closes what an export says or asks.
    CloseExport,
    /// Opens the list of all that is kept by hand.
    ShowKept,
    /// The pattern being typed there.
    SetPattern(String),
    /// Keeps what that pattern matches.
    KeepPattern,
    /// Keeps something from now on.
    Keep(Pin),
    /// Takes that back.
    Unpin(Pin),
    /// Lets go of an image that its label or a compose project protects.
    Lift(ImageId),
    /// Takes that back.
    Restore(ImageId),
    Archive(ArchiveAction),
    /// Opens the review of what a run was to remove, as things are now.
    PlanAgain,
    /// The same, to be run though nothing of it is written to the journal.
    PlanWithoutJournal,
    /// Opens the review of what undoes a run.
    Undo(Wanted),
    /// The undoing in review is to go on though nothing of it is written to the journal.
    UndoWithoutJournal,
    /// Opens the list of all that the journal holds.
    ShowHistory,
    ChangeHistory(HistoryChange),
    /// The person has read what is known of runs that were cut off.
    DismissCutOff,
    /// Closes the review or the outcome; a run cannot be closed.
    CloseDialog,
    /// The person closed the window: at once, or after the run.
    CloseWindow,
    /// The person wants to stay after all.
    StayOpen,
    SetLanguage(Language),
    SetTheme(ThemeChoice),
    SetMotion(Motion),
    /// Shows a column of the tree, or hides it.
    ShowColumn(Column, bool),
    /// The window has this size and place now.
    Placed(Placement),
    /// The file with the settings cannot be used: where it is, and why.
    SettingsUnread(String, String),
    /// The settings could not be saved: where to, and why.
    SettingsUnsaved(String, String),
    /// Another window has saved settings: what this one had told before, and what the file holds now.
    SettingsOfOthers(Box<super::Settings>, Box<super::Settings>),
    /// The worker has ended and takes no commands any more.
    WorkerLost,
}

/// Where the cursor of the tree goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    Up,
    Down,
    /// By this many rows.
    PageUp(usize),
    PageDown(usize),
    First,
    Last,
    /// Closes what is open, else goes to the parent.
    Left,
    /// Opens what is closed, else goes to the first child.
    Right,
}
