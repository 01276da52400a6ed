//! `unmoor apply`: runs a plan written by `unmoor plan --format json`, through the same worker as the
//! window: it lists again, refuses a plan that is no longer true, and stops at the first answer that is
//! not the predicted one.

use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::sync::Arc;

use serde::Deserialize;

use super::outcome_report::Told;
use super::{
    ApplyArguments, CliError, EngineChoice, Observed, archive_first, one_line, text, unreachable_engine,
};
use crate::archive::{Limits, Saved};
use crate::files::Folders;
use crate::message::{Command, Event, Generation, JobId, RunOptions};
use crate::model::{Endpoint, EngineInfo, Item};
use crate::plan::commands::shell_line;
use crate::plan::{Difference, Ended, Judgement, Outcome, RemovalPlan, StepAnswer, StepOutcome};
use crate::report::Removal;
use crate::rules::World;
use crate::worker::Worker;

/// What `unmoor plan --format json` writes, as far as it is needed here.
#[derive(Deserialize)]
struct PlanFile {
    schema: u32,
    plan: Option<RemovalPlan>,
}

/// The only schema there is.
const SCHEMA: u32 = 1;

pub(super) fn apply(
    arguments: &ApplyArguments,
    engine: &EngineChoice,
    folders: &Folders,
    limits: Limits,
    observed: &dyn Fn() -> Result<Observed, CliError>,
    runtime: &tokio::runtime::Runtime,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let plan = read(&arguments.plan)?;
    let told = arguments.report.as_deref().map(|path| Told::at(path, arguments)).transpose()?;
    let needed = arguments.archive || told.is_some() || !arguments.include_protected;
    let observed = if needed { Some(observed()?) } else { None };
    if let Some(observed) = observed.as_ref().filter(|_| !arguments.include_protected) {
        refuse_protected(&plan, &observed.world)?;
    }
    let archive = match observed.as_ref().filter(|_| arguments.archive) {
        Some(observed) => archive_first::wish(&plan, observed.world.graph(), folders, limits, out)?,
        None => None,
    };
    let options = RunOptions { archive: archive.map(Box::new), without_journal: arguments.without_journal };
    if !arguments.yes {
        confirmed(&plan, out)?;
    }
    let ran = run(plan.clone(), engine.endpoint(), folders.clone(), options, out);
    let (outcome, saved) = runtime.block_on(ran)?;
    let verdict = verdict(&plan, &outcome);
    let (Some(told), Some(observed)) = (told, observed) else { return verdict };
    let removal = Removal { outcome: Some(outcome), saved, ..Removal::planned(plan) };
    match (told.write(observed, removal), verdict) {
        (Err(unwritten), Err(verdict)) => {
            // What became of the images matters more.
            writeln!(out, "{unwritten}")?;
            Err(verdict)
        }
        (written, verdict) => verdict.and(written),
    }
}

pub(super) fn read(path: &std::path::Path) -> Result<RemovalPlan, CliError> {
    let bad = |why: String| CliError::Usage(one_line(&format!("{}: {why}", path.display())));
    let text =
        if path.as_os_str() == "-" { io::read_to_string(io::stdin()) } else { std::fs::read_to_string(path) };
    let text = text.map_err(|e| bad(e.to_string()))?;
    let file: PlanFile = serde_json::from_str(&text).map_err(|e| bad(format!("not a plan: {e}")))?;
    if file.schema != SCHEMA {
        return Err(bad(format!("this plan has schema {}, and only {SCHEMA} is understood", file.schema)));
    }
    file.plan.ok_or_else(|| bad("it holds no plan: there was no such way when it was made".to_owned()))
}

/// What was free to go when the plan was made may be kept by now.
fn refuse_protected(plan: &RemovalPlan, world: &World) -> Result<(), CliError> {
    let mut after = world.clone();
    for step in &plan.steps {
        // A step that cannot be predicted is refused before the run, with the differences.
        let Ok((_, changes)) = step.action.predict(&after) else { continue };
        for change in &changes {
            if let Some(keep) = world.protection().forbids(world.graph(), change) {
                return Err(CliError::Stale(one_line(&format!(
                    "nothing was done: \"{}\" would remove what is protected: {keep}; give --include-protected to \
                     remove it all the same",
                    shell_line(&step.action)
                ))));
            }
            after.apply(change);
        }
    }
    Ok(())
}

/// Shows the plan and asks; without a terminal there is nobody to ask.
fn confirmed(plan: &RemovalPlan, out: &mut dyn Write) -> Result<(), CliError> {
    if !io::stdin().is_terminal() {
        return Err(CliError::Usage(
            "nobody to ask: give --yes to run the plan without a terminal".to_owned(),
        ));
    }
    text::write_plan(&Ok(plan.clone()), plan.way, out)?;
    write!(out, "Run these {} steps? [y/N] ", plan.steps.len())?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(CliError::Declined("nothing was done".to_owned()))
    }
}

async fn run(
    plan: RemovalPlan,
    endpoint: Endpoint,
    folders: Folders,
    options: RunOptions,
    out: &mut dyn Write,
) -> Result<(Outcome, Option<Saved>), CliError> {
    let (commands, mut events) = Worker::start(Arc::new(|| {}), &tokio::runtime::Handle::current(), folders);
    let generation = Generation(1);
    let gone = |_| CliError::EngineNotReached("the background ended by itself".to_owned());
    commands.send(Command::Connect { generation, endpoint }).await.map_err(gone)?;
    let steps = plan.steps.clone();
    let mut to_send = Some(Arc::new(plan));
    let mut written: io::Result<()> = Ok(());
    let mut saved = None;
    while let Some(event) = events.recv().await {
        match event {
            Event::Connected { .. } => {
                if let Some(plan) = to_send.take() {
                    commands
                        .send(Command::Run { job: JobId(1), plan, options: options.clone() })
                        .await
                        .map_err(gone)?;
                }
            }
            Event::Saved { saved: made, .. } => {
                written = written.and_then(|()| archive_first::write_saved(&made, out));
                saved = Some(made);
            }
            Event::NoEngine { tried, .. } => return Err(unreachable_engine(&tried)),
            Event::StepEnded { step, outcome, .. } => {
                // A run goes on though nobody reads: a request in flight must not be cut off.
                written = written.and_then(|()| {
                    if let Some(planned) = steps.get(step) {
                        writeln!(out, "{}. {}", step + 1, one_line(&shell_line(&planned.action)))?;
                    }
                    write_answer(&outcome, out)
                });
            }
            // Nobody is there to look at both sides.
            Event::RunPaused { job, .. } => commands.send(Command::StopRun { job }).await.map_err(gone)?,
            Event::Journalled { unwritten, .. } => {
                written = written.and_then(|()| match unwritten {
                    Some(words) => writeln!(out, "not all of this is in the journal: {}", one_line(&words)),
                    None => Ok(()),
                });
            }
            Event::RunEnded { outcome, .. } => {
                if outcome.ended == Ended::Completed {
                    written?;
                    writeln!(out, "done as planned")?;
                }
                return Ok((outcome, saved));
            }
            Event::Listing { .. }
            | Event::Observed { .. }
            | Event::Remembered { .. }
            | Event::Forgotten { .. }
            | Event::TryingAgain { .. }
            | Event::ListingFailed { .. }
            | Event::EngineGone { .. }
            | Event::Slept { .. }
            | Event::Unwatched { .. }
            | Event::StepStarted { .. }
            | Event::EnginesFound { .. }
            | Event::EngineProbed { .. }
            | Event::Saving { .. }
            | Event::Archives(_)
            | Event::Restoring { .. }
            | Event::RestoreEnded { .. }
            | Event::ArchiveDeleted { .. }
            | Event::UndoStepStarted { .. }
            | Event::UndoProgress { .. }
            | Event::UndoStepEnded { .. }
            | Event::UndoEnded { .. }
            | Event::JournalRead(_)
            | Event::CutOff(_)
            | Event::JournalFailed(_)
            | Event::WorkedOut { .. }
            | Event::NotWorkedOut { .. }
            | Event::ExportProgress { .. }
            | Event::Exported { .. }
            | Event::LookedUp { .. }
            | Event::RegistryListed { .. }
            | Event::TagsListed { .. } => {}
        }
    }
    Err(CliError::EngineNotReached("the background ended by itself".to_owned()))
}

/// The engine's real lines.
fn write_answer(outcome: &StepOutcome, out: &mut dyn Write) -> io::Result<()> {
    match &outcome.answer {
        StepAnswer::Done => {}
        StepAnswer::Lines(items) => {
            for item in items {
                match item {
                    Item::Untagged(name) => writeln!(out, "   Untagged: {}", one_line(name))?,
                    Item::Deleted(id) => writeln!(out, "   Deleted: {}", one_line(id))?,
                }
            }
        }
        StepAnswer::Refused { status, message } => {
            writeln!(out, "   refused with {status}: {}", one_line(message))?;
        }
        StepAnswer::Lost(why) => writeln!(out, "   no answer: {}", one_line(why))?,
        StepAnswer::NotSent(why) => writeln!(out, "   not sent: {}", one_line(&difference(why)))?,
    }
    match outcome.judgement {
        Judgement::FewerLayers => writeln!(out, "   fewer layers went than could have, as the plan said"),
        Judgement::Differs => writeln!(out, "   this is not what was predicted"),
        Judgement::AsPredicted | Judgement::Failed | Judgement::Skipped => Ok(()),
    }
}

fn verdict(plan: &RemovalPlan, outcome: &Outcome) -> Result<(), CliError> {
    let steps = plan.steps.len();
    match &outcome.ended {
        Ended::Completed => Ok(()),
        Ended::Stale(differences) => {
            let said: Vec<_> = differences.iter().map(difference).collect();
            Err(CliError::Stale(one_line(&format!("the plan is no longer true: {}", said.join("; ")))))
        }
        Ended::TargetMoved { step } => Err(CliError::Stale(format!(
            "stopped before step {} of {steps}: what the plan names was changed meanwhile",
            step + 1
        ))),
        Ended::Unexpected { step } | Ended::WentOn { step } => {
            let why = match outcome.steps.get(*step).map(|step| &step.answer) {
                Some(StepAnswer::Lost(_)) => {
                    "no answer came, and only a new listing can tell whether it was done"
                }
                Some(StepAnswer::Refused { .. }) => "the engine refused it",
                Some(StepAnswer::Done | StepAnswer::Lines(_) | StepAnswer::NotSent(_)) | None => {
                    "the engine's answer is not the predicted one"
                }
            };
            Err(CliError::Unexpected(format!("stopped after step {} of {steps}: {why}", step + 1)))
        }
        Ended::Unasked { step, words } => Err(CliError::EngineNotReached(one_line(&format!(
            "stopped before step {} of {steps}: {words}",
            step + 1
        )))),
        Ended::NotArchived(why) => Err(CliError::Archive(one_line(&format!(
            "nothing was removed: the archive could not be made: {why}"
        )))),
        Ended::NoRoomForArchive(why) => Err(CliError::Archive(one_line(&format!(
            "nothing was removed: there is no room for the archive: {why}; {}",
            archive_first::MAKE_ROOM
        )))),
        Ended::NotJournalled { step, words } => Err(CliError::NotJournalled(one_line(&format!(
            "stopped before step {} of {steps}: it cannot be written to the journal: {words}; make room or mend \
             that folder, or give --without-journal",
            step + 1
        )))),
        Ended::Stopped => Err(CliError::Unexpected("stopped".to_owned())),
        Ended::NotListed(why) => Err(CliError::EngineNotReached(one_line(why))),
    }
}

fn difference(difference: &Difference) -> String {
    match difference {
        Difference::Engine { planned, now }
            if EngineInfo { id: now.id.clone(), ..planned.clone() } == *now =>
        {
            let id = |engine: &EngineInfo| engine.id.clone().unwrap_or_default();
            format!("it was made for another engine: for {}, and {} answers", id(planned), id(now))
        }
        Difference::Engine { planned, now } => format!(
            "it was made for {} {} ({}), and {} {} ({}) answers",
            planned.name,
            planned.version,
            planned.store.word(),
            now.name,
            now.version,
            now.store.word()
        ),
        Difference::StepDiffers { step, .. } => format!("step {} would do something else now", step + 1),
        Difference::StepRefused { step, message } => format!("step {} would be refused: {message}", step + 1),
        Difference::StepGone { step } => format!("what step {} names is gone or moved", step + 1),
        Difference::Unknown { why } => why.clone(),
    }
}
