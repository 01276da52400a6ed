//! What the program knows, and its only owner. Knows no window, no runtime and no clock: actions and
//! events come in with the time they came at, commands for the worker go out.
//!
//! Everything that panels show is worked out here when something changes, never while painting.

pub mod action;
pub mod activity;
pub mod archives;
pub mod connection;
pub mod details;
pub mod engines;
pub mod export;
pub mod filter;
pub mod history;
pub mod journal;
pub mod listing;
pub mod marks;
pub mod protect;
pub mod registries;
pub mod remote;
pub mod removal;
pub mod review;
pub mod selection;
pub mod settings;
pub mod shelf;
pub mod tree;
pub mod undo;
mod update;
pub mod view;

use std::any::Any;
use std::sync::Arc;

pub use action::{Action, Move};
pub use activity::{Activity, Deed, Entry};
pub use archives::{ArchiveAction, ArchiveDeed, ArchiveList, Archives};
pub use connection::Connection;
pub use details::{Details, HolderGroup, Subject};
pub use engines::{Chooser, Engines, Found};
pub use export::{ExportOf, ExportWish, Exporting};
pub use history::{History, HistoryChange, HistoryRow, Only};
pub use journal::{CutOff, Journal, Reading};
pub use listing::{Listing, Stale};
pub use marks::{Choice, Marked, Marks, can_be_marked};
pub use protect::KeptList;
pub use registries::{NamedRegistry, RegistriesView, Serves};
pub use remote::Remotes;
pub use removal::{Blocked, Dialog, Ended, Pause, Run, StepState};
pub use review::Review;
pub use settings::{HiddenColumns, Language, Motion, Placement, ReviewLookUp, Settings, ThemeChoice};
pub use shelf::EngineKey;
pub use tree::{Column, Grouping, Node, Preset, Row, Sort, Tree};
pub use undo::{NoUndo, Undo, UndoPhase, UndoState, Wanted};
pub use view::{LeftSide, Scope, View};

use crate::message::{Command, Endpoint, Failure, Generation, JobId, TaskId};
use crate::model::{Graph, ImageIx};
use crate::rules::{Protection, Target, World};

/// Everything the window can show.
#[derive(Debug)]
pub struct AppState {
    /// What the person asked for; the sample stands in for it where nothing answers.
    pub wanted: Endpoint,
    pub connection: Connection,
    pub engines: Engines,
    pub listing: Listing,
    pub tree: Tree,
    pub marks: Marks,
    pub left: LeftSide,
    pub selection: Option<Target>,
    /// Of the selection, on the present observation.
    pub details: Option<Details>,
    pub dialog: Dialog,
    /// A report on its way to others.
    pub exporting: Exporting,
    pub activity: Activity,
    pub archives: Archives,
    /// What registries said of the images here.
    pub remotes: Remotes,
    /// What they have themselves, as far as it was asked for.
    pub registries: RegistriesView,
    pub journal: Journal,
    pub settings: Settings,
    /// What follows from it for the present observation.
    protection: Arc<Protection>,
    /// The window is to close as soon as nothing runs any more.
    pub closing: bool,
    generation: Generation,
    last_job: JobId,
    last_task: TaskId,
    drafting: review::Drafting,
    /// What was shown before and takes long to free, until the worker takes it.
    outdated: Vec<Box<dyn Any + Send>>,
    /// The engine that was connected to last.
    present: Option<EngineKey>,
    /// What belongs to the others.
    shelves: Vec<(EngineKey, shelf::Shelf)>,
    /// What belongs to the present engine and waits for its listing.
    restoring: Option<shelf::Shelf>,
    /// Why what the Docker CLI would use does not answer, while another engine is looked for.
    missing: Option<Vec<Failure>>,
    /// The same, once another stands in for it.
    instead_of: Vec<Failure>,
}

impl AppState {
    /// A program that has just started, and the commands that set it going.
    pub fn start(wanted: Endpoint, settings: Settings) -> (Self, Vec<Command>) {
        let mut state = Self {
            wanted,
            connection: Connection::Connecting,
            engines: Engines::default(),
            listing: Listing::default(),
            tree: Tree::new(settings.grouping, settings.sort),
            marks: Marks::default(),
            left: LeftSide::default(),
            selection: None,
            details: None,
            dialog: Dialog::None,
            exporting: Exporting::None,
            activity: Activity::default(),
            archives: Archives::default(),
            remotes: Remotes::default(),
            registries: RegistriesView::default(),
            journal: Journal::default(),
            settings,
            protection: Arc::default(),
            closing: false,
            generation: Generation::default(),
            last_job: JobId::default(),
            last_task: TaskId::default(),
            drafting: review::Drafting::default(),
            outdated: Vec::new(),
            present: None,
            shelves: Vec::new(),
            restoring: None,
            missing: None,
            instead_of: Vec::new(),
        };
        let mut commands = state.connect();
        // What can be undone depends on it.
        commands.push(Command::ReadArchives);
        (state, commands)
    }

    /// The relations of the present observation.
    pub fn graph(&self) -> Option<&Arc<Graph>> {
        self.listing.observation.as_ref().map(|o| &o.graph)
    }

    /// The observed state, to ask the rules about.
    pub fn world(&self) -> Option<World> {
        let world = World::new(Arc::clone(self.graph()?));
        Some(world.protecting(Arc::clone(&self.protection)))
    }

    /// Leaves something to the worker to be freed.
    fn let_go(&mut self, outdated: impl Any + Send) {
        self.outdated.push(Box::new(outdated));
    }

    /// What the worker worked out for one image.
    pub fn summary(&self, ix: ImageIx) -> Option<crate::message::ImageSummary> {
        self.listing.observation.as_ref()?.summaries.get(ix.0 as usize).copied()
    }

    /// Whether something changes the engine: a removal, or a restore.
    pub fn is_running(&self) -> bool {
        matches!(self.dialog, Dialog::Running(_)) || self.archives.restoring.is_some() || self.is_undoing()
    }
}
