//! A report on its way to others: what it is about is frozen when it is asked for, then a place is chosen, and
//! the worker writes it.

use std::path::PathBuf;
use std::sync::Arc;

use super::{AppState, Connection, Dialog};
use crate::message::{Command, Destination, Export, Exported, TaskId, Unwritten};
use crate::model::ImageIx;
use crate::plan::{Chosen, Draft, StepAction};
use crate::report::rows::{image_of, images_of};
use crate::report::{Content, Format, LeftStep, LookUp, LookUps, Removal, Report};
use crate::rules::World;
use crate::words::steps::step_words;
use crate::words::{in_language, tr};

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExportOf {
    /// The selected thing, explained.
    Selection,
    /// The images that are marked, or of which something is.
    Marked,
    /// What filter and preset let through, in the order shown.
    Shown,
    Everything,
    /// The plan in review, or the one that has run with what became of it.
    Plan,
    /// Where the bytes are.
    Map,
}

/// What a person asked to export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExportWish {
    pub of: ExportOf,
    pub format: Format,
    /// Names, hosts, labels and IDs are to be replaced.
    pub anonymous: bool,
}

/// How far an export is.
#[derive(Debug, Default)]
pub enum Exporting {
    #[default]
    None,
    /// The system's dialog asks for a place, under this name.
    Choosing {
        name: String,
        export: Box<Pending>,
    },
    /// There is no such dialog: the person types the place. `is_taken`: something is there already.
    Typing {
        path: String,
        is_taken: bool,
        export: Box<Pending>,
    },
    /// `path` is `None` for the clipboard.
    Writing {
        task: TaskId,
        path: Option<PathBuf>,
        done: usize,
        of: usize,
        export: Box<Pending>,
    },
    /// `unopened` is why the system did not show it when it was asked to.
    Saved {
        path: PathBuf,
        unopened: Option<String>,
    },
    /// To be put on the clipboard.
    Ready(String),
    Copied,
    Failed(String),
}

/// A report that is not written yet.
#[derive(Debug, Clone)]
pub struct Pending {
    report: Report,
    format: Format,
    anonymous: bool,
}

impl AppState {
    /// Whether there is something of this kind to export.
    pub fn can_export(&self, of: ExportOf) -> bool {
        match of {
            ExportOf::Selection => self.details.is_some(),
            ExportOf::Marked => !self.marks.is_empty() && self.graph().is_some(),
            ExportOf::Shown => self.tree.matching() > 0,
            ExportOf::Everything | ExportOf::Map => self.graph().is_some_and(|g| !g.images().is_empty()),
            ExportOf::Plan => match &self.dialog {
                Dialog::Review(review) => !review.is_planning() && review.failed.is_none(),
                Dialog::Ended(_) => true,
                Dialog::None
                | Dialog::Running(_)
                | Dialog::Kept(_)
                | Dialog::Engines(_)
                | Dialog::Archives(_)
                | Dialog::Undo(_)
                | Dialog::History(_) => false,
            },
        }
    }

    /// Freezes a report and asks for a place.
    pub(super) fn export(&mut self, wish: ExportWish, now: i64) {
        let Some(export) = self.pending(wish, now) else { return };
        let subject = match wish.of {
            ExportOf::Selection => "explanation",
            ExportOf::Marked | ExportOf::Shown | ExportOf::Everything => "images",
            ExportOf::Plan => "removal",
            ExportOf::Map => "map",
        };
        let name = format!("unmoor-{subject}-{}.{}", day(now), wish.format.extension());
        self.exporting = Exporting::Choosing { name, export: Box::new(export) };
    }

    /// The same as Markdown for the clipboard.
    pub(super) fn copy_report(&mut self, of: ExportOf, anonymous: bool, now: i64) -> Vec<Command> {
        let wish = ExportWish { of, format: Format::Markdown, anonymous };
        let pending = self.pending(wish, now);
        pending.map(|export| self.start_export(Box::new(export), None, false)).unwrap_or_default()
    }

    fn pending(&self, ExportWish { of, format, anonymous }: ExportWish, now: i64) -> Option<Pending> {
        if matches!(self.exporting, Exporting::Writing { .. }) {
            return None;
        }
        let (world, content) =
            if of == ExportOf::Plan { self.removal()? } else { (self.world()?, self.content(of)?) };
        let host = match &self.connection {
            Connection::Live { host, .. } | Connection::Gone { host, .. } => Some(host.clone()),
            Connection::Sample { .. } | Connection::Connecting | Connection::WorkerLost => None,
        };
        let about = in_language(self.settings.language, || self.about(of));
        let look_ups = self.look_ups(&world, &content);
        let report = Report { written_at: now, host, world, about, anonymous: false, look_ups, content };
        Some(Pending { report, format, anonymous })
    }

    /// The plan in review or the one that has run, with the world it was made from.
    fn removal(&self) -> Option<(World, Content)> {
        let (world, removal) = if let Dialog::Review(review) = &self.dialog
            && !review.is_planning()
        {
            let (plan, kept) = (review.plan()?.ok()?, review.draft.as_ref().map(|draft| draft.kept.clone()));
            let plan = Arc::clone(plan);
            let left_out = review.draft.as_deref().map(left_out).unwrap_or_default();
            let kept = kept.unwrap_or_default();
            (self.world()?, Removal { kept, left_out, ..Removal::planned(plan) })
        } else if let Dialog::Ended(ended) = &self.dialog {
            let (plan, outcome) = (Arc::clone(&ended.plan), Some(ended.outcome.clone()));
            let by_hand = |action: &StepAction| LeftStep { action: action.clone(), by_hand: true };
            let mut left_out: Vec<LeftStep> = ended.left_out.iter().map(by_hand).collect();
            left_out.sort_by_cached_key(|step| step_words(&step.action));
            let saved = ended.saved.clone();
            let removal = Removal { outcome, left_out, saved, ..Removal::planned(plan) };
            (World::new(Arc::clone(&ended.graph)), removal)
        } else {
            return None;
        };
        Some((world, Content::Removal(Box::new(removal))))
    }

    /// What is known of getting the images back that a report is about.
    fn look_ups(&self, world: &World, content: &Content) -> LookUps {
        let about = match content {
            Content::Inventory { images } => images.clone(),
            Content::Explanation { target } => image_of(world, target).into_iter().collect(),
            Content::Removal(removal) => images_of(world, &removal.plan),
            Content::Map => Vec::new(),
        };
        let known = about.into_iter().filter_map(|ix| {
            let id = &world.image(ix)?.id;
            let asked = self.remotes.of(id)?;
            let names = asked.names.iter();
            let names = names.map(|(name, asked)| (name.clone(), asked.remote.clone(), asked.at)).collect();
            Some((id.clone(), LookUp { recovery: asked.recovery.clone(), names }))
        });
        known.collect()
    }

    fn content(&self, of: ExportOf) -> Option<Content> {
        let graph = self.graph()?;
        let images = match of {
            ExportOf::Selection => return Some(Content::Explanation { target: self.selection.clone()? }),
            ExportOf::Map => return Some(Content::Map),
            ExportOf::Plan => return None,
            ExportOf::Marked => self.marked_images(graph),
            ExportOf::Shown => self.tree.shown_images().collect(),
            ExportOf::Everything => (0..).map(ImageIx).take(graph.images().len()).collect(),
        };
        Some(Content::Inventory { images })
    }

    fn about(&self, of: ExportOf) -> String {
        match of {
            ExportOf::Marked => tr!("scope.marked").into_owned(),
            ExportOf::Shown if !self.tree.filter().is_empty() => {
                tr!("report.about.filter", filter = self.tree.filter().text())
            }
            ExportOf::Shown => tr!("report.about.shown").into_owned(),
            ExportOf::Everything => tr!("report.about.all").into_owned(),
            ExportOf::Selection | ExportOf::Plan | ExportOf::Map => String::new(),
        }
    }

    /// There is no dialog of the system: a field with a place in this folder.
    pub(super) fn type_export_path(&mut self, folder: &str) {
        if let Exporting::Choosing { name, export } = std::mem::take(&mut self.exporting) {
            let path = PathBuf::from(folder).join(name).display().to_string();
            self.exporting = Exporting::Typing { path, is_taken: false, export };
        }
    }

    pub(super) fn set_export_path(&mut self, new: String) {
        if let Exporting::Typing { path, is_taken, .. } = &mut self.exporting {
            *path = new;
            *is_taken = false;
        }
    }

    /// The place was chosen. `replaces`: what is there already may go.
    pub(super) fn export_to(&mut self, path: PathBuf, replaces: bool) -> Vec<Command> {
        match std::mem::take(&mut self.exporting) {
            Exporting::Choosing { export, .. } | Exporting::Typing { export, .. } => {
                self.start_export(export, Some(path), replaces)
            }
            other @ (Exporting::None
            | Exporting::Writing { .. }
            | Exporting::Saved { .. }
            | Exporting::Ready(_)
            | Exporting::Copied
            | Exporting::Failed(_)) => {
                self.exporting = other;
                Vec::new()
            }
        }
    }

    fn start_export(&mut self, pending: Box<Pending>, path: Option<PathBuf>, replaces: bool) -> Vec<Command> {
        self.last_task = TaskId(self.last_task.0 + 1);
        let task = self.last_task;
        let Pending { report, format, anonymous } = (*pending).clone();
        let to = match &path {
            Some(path) => Destination::File { path: path.clone(), replaces },
            None => Destination::Text,
        };
        let language = self.settings.language;
        self.exporting = Exporting::Writing { task, path, done: 0, of: 0, export: pending };
        vec![Command::Export { task, export: Box::new(Export { report, format, language, anonymous, to }) }]
    }

    pub(super) fn export_progress(&mut self, is: TaskId, rows: (usize, usize)) {
        if let Exporting::Writing { task, done, of, .. } = &mut self.exporting
            && *task == is
        {
            (*done, *of) = rows;
        }
    }

    pub(super) fn exported(&mut self, is: TaskId, result: Result<Exported, Unwritten>) {
        match std::mem::take(&mut self.exporting) {
            Exporting::Writing { task, path, export, .. } if task == is => {
                self.exporting = match (result, path) {
                    (Ok(Exported::File(path)), _) => Exporting::Saved { path, unopened: None },
                    (Ok(Exported::Text(text)), _) => Exporting::Ready(text),
                    (Err(Unwritten::Taken), Some(path)) => {
                        Exporting::Typing { path: path.display().to_string(), is_taken: true, export }
                    }
                    (Err(Unwritten::Taken), None) => Exporting::None,
                    (Err(Unwritten::Failed(words)), _) => Exporting::Failed(words),
                };
            }
            other @ (Exporting::None
            | Exporting::Choosing { .. }
            | Exporting::Typing { .. }
            | Exporting::Writing { .. }
            | Exporting::Saved { .. }
            | Exporting::Ready(_)
            | Exporting::Copied
            | Exporting::Failed(_)) => self.exporting = other,
        }
    }

    /// The system did not open what was saved, or show it in its folder.
    pub(super) fn export_unopened(&mut self, words: String) {
        if let Exporting::Saved { unopened, .. } = &mut self.exporting {
            *unopened = Some(words);
        }
    }

    /// Closes what stands there; what is being written goes on.
    pub(super) fn close_export(&mut self) {
        if !matches!(self.exporting, Exporting::Writing { .. }) {
            self.exporting = Exporting::None;
        }
    }
}

/// The steps of a draft that do nothing, in its order.
fn left_out(draft: &Draft) -> Vec<LeftStep> {
    let Ok(whole) = &draft.whole else { return Vec::new() };
    let steps = whole.steps.iter().zip(&draft.steps);
    let left = steps.filter_map(|(step, chosen)| match chosen {
        Chosen::Goes(_) => None,
        Chosen::LeftOut => Some(LeftStep { action: step.action.clone(), by_hand: true }),
        Chosen::Impossible(_) | Chosen::WouldTakeAlong => {
            Some(LeftStep { action: step.action.clone(), by_hand: false })
        }
    });
    left.collect()
}

/// The day in UTC, for the name of a file.
fn day(now: i64) -> String {
    crate::report::rows::utc(now).get(..10).unwrap_or_default().to_owned()
}
