//! `unmoor log`: what the journal has of runs, whether they were run from the window or by `unmoor apply`. Only
//! files are read; no engine is asked.

use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use super::{CliError, ExplainFormat, LogArguments, one_line, write_json};
use crate::files::Folders;
use crate::journal::{
    Answer, End, FileProblem, ImageRecord, JournalRead, Known, NotRead, ProblemKind, Run, StepRecord, Task,
};
use crate::model::EngineInfo;
use crate::plan::Undo;
use crate::words::journal as words;
use crate::worker;

const SCHEMA: u32 = 1;
/// Stands for the newest run.
const LAST: &str = "last";

pub(super) fn log(arguments: &LogArguments, folders: &Folders, out: &mut dyn Write) -> Result<(), CliError> {
    let JournalRead { runs, problems, failure } = worker::read_journal(folders);
    if let Some(failure) = failure {
        return Err(CliError::Journal(one_line(&format!("the journal cannot be read: {failure}"))));
    }
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let asked: Vec<_> = filter.split_whitespace().map(str::to_lowercase).collect();
    let fits = |run: &Run| {
        let outline = &run.outline;
        let texts = || std::iter::once(&outline.run).chain(&outline.steps);
        asked.iter().all(|word| texts().any(|text| text.contains(word.as_str())))
    };
    let runs: Vec<Arc<Run>> = runs.into_iter().filter(|run| fits(run)).collect();
    let (runs, with_steps) = match &arguments.run {
        Some(wanted) => (vec![find(&runs, wanted)?], true),
        None => (runs, false),
    };
    match arguments.format {
        ExplainFormat::Json => {
            let runs = runs.iter().map(|run| RunJson::of(run, with_steps)).collect();
            let unread = problems.iter().map(UnreadJson::from).collect();
            write_json(out, &LogJson { schema: SCHEMA, runs, unread })
        }
        ExplainFormat::Text if with_steps => Ok(runs.iter().try_for_each(|run| write_run(run, out))?),
        ExplainFormat::Text => Ok(write_list(&runs, &problems, out)?),
    }
}

/// By its whole ID or the beginning of one.
fn find(runs: &[Arc<Run>], wanted: &str) -> Result<Arc<Run>, CliError> {
    let fits = |run: &&Arc<Run>| if wanted == LAST { true } else { run.id.0.starts_with(wanted) };
    let mut found = runs.iter().filter(fits);
    match (found.next(), found.next()) {
        (Some(run), None) => Ok(Arc::clone(run)),
        (Some(run), Some(_)) if wanted == LAST || run.id.0 == wanted => Ok(Arc::clone(run)),
        (Some(_), Some(_)) => {
            let count = 2 + found.count();
            let words = format!("{wanted:?} begins the IDs of {count} runs; give more of it");
            Err(CliError::NotFound(one_line(&words)))
        }
        (None, _) => {
            let words = format!("no run {wanted:?} in the journal; `unmoor log` lists what there is");
            Err(CliError::NotFound(one_line(&words)))
        }
    }
}

fn write_list(runs: &[Arc<Run>], problems: &[FileProblem], out: &mut dyn Write) -> io::Result<()> {
    if runs.is_empty() {
        writeln!(out, "no runs")?;
    }
    for run in runs {
        writeln!(out, "{}  {}  {}", run.id.0, time(run.begun), one_line(&words::title(run)))?;
        writeln!(out, "   {}", one_line(&words::ended(run)))?;
        let RunJson { engine, host, .. } = RunJson::of(run, false);
        writeln!(out, "   {} {} at {}", one_line(&engine.name), one_line(&engine.version), one_line(host))?;
    }
    for problem in problems {
        writeln!(out, "not read: {}: {}", one_line(&problem.file), one_line(&why(problem)))?;
    }
    Ok(())
}

fn write_run(run: &Run, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", run.id.0)?;
    for line in words::copied(run, None).lines() {
        writeln!(out, "{}", one_line(line))?;
    }
    if run.was_cut_off() {
        let known = run.found.as_ref().map(|(_, known)| known.as_slice());
        for line in words::cut_off(run, known) {
            writeln!(out, "{}", one_line(&line))?;
        }
    }
    Ok(())
}

fn time(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(seconds).unwrap_or_default()
}

fn why(problem: &FileProblem) -> String {
    match &problem.what {
        NotRead::File(why) => why.clone(),
        NotRead::Line(problem) => match &problem.kind {
            ProblemKind::HalfWritten => format!("line {} was never finished", problem.line),
            ProblemKind::Newer(schema) => {
                format!("line {} was written by a newer version (schema {schema})", problem.line)
            }
            ProblemKind::Foreign(why) => format!("line {} is no entry: {why}", problem.line),
        },
    }
}

#[derive(Serialize)]
struct LogJson<'a> {
    schema: u32,
    runs: Vec<RunJson<'a>>,
    unread: Vec<UnreadJson>,
}

#[derive(Serialize)]
struct UnreadJson {
    file: String,
    why: String,
}

impl From<&FileProblem> for UnreadJson {
    fn from(problem: &FileProblem) -> Self {
        Self { file: problem.file.clone(), why: why(problem) }
    }
}

#[derive(Serialize)]
struct RunJson<'a> {
    id: &'a str,
    begun: i64,
    ended: Option<i64>,
    engine: &'a EngineInfo,
    host: &'a str,
    /// The version of this program that ran it.
    program: &'a str,
    /// `removal` or `undo`.
    task: &'static str,
    /// The run that it undid.
    undoes: Option<&'a str>,
    title: String,
    /// How it ended: `under_way`, `cut_off`, or what the engine and the person made of it.
    state: &'static str,
    outcome: Option<&'a End>,
    steps_done: usize,
    steps_in_all: usize,
    can_be_undone: bool,
    /// What a later listing told of steps without an answer.
    found: Option<&'a [Known]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<StepJson<'a>>>,
}

#[derive(Serialize)]
struct StepJson<'a> {
    title: String,
    /// `null` where it was sent and nobody knows.
    done: Option<bool>,
    sent: Option<i64>,
    answered: Option<i64>,
    answer: Option<&'a Answer>,
    undo: Option<&'a Undo>,
    images: &'a [ImageRecord],
    containers: Vec<ContainerJson<'a>>,
}

/// Without how it was set up: values of an environment may be passwords.
#[derive(Serialize)]
struct ContainerJson<'a> {
    id: &'a str,
    name: &'a str,
    image: String,
    image_shown: &'a str,
}

impl<'a> RunJson<'a> {
    fn of(run: &'a Run, with_steps: bool) -> Self {
        let (task, undoes) = match &run.task {
            Task::Removal(_) => ("removal", None),
            Task::Undo(plan) => ("undo", Some(plan.of.0.as_str())),
        };
        let state = match &run.ended {
            Some(_) => "ended",
            None if run.under_way => "under_way",
            None => "cut_off",
        };
        let steps = run.steps.iter().enumerate().map(|(at, step)| StepJson::of(run, at, step));
        Self {
            id: &run.id.0,
            begun: run.begun,
            ended: run.ended.as_ref().map(|(at, _)| *at),
            engine: &run.engine,
            host: &run.host,
            program: &run.program,
            task,
            undoes,
            title: words::title(run),
            state,
            outcome: run.ended.as_ref().map(|(_, end)| end),
            steps_done: run.done(),
            steps_in_all: run.steps.len(),
            can_be_undone: run.outline.can_be_undone,
            found: run.found.as_ref().map(|(_, known)| known.as_slice()),
            steps: with_steps.then(|| steps.collect()),
        }
    }
}

impl<'a> StepJson<'a> {
    fn of(run: &Run, at: usize, step: &'a StepRecord) -> Self {
        let sent = step.sent.as_ref();
        let containers = sent.map_or(&[][..], |sent| &sent.taken.containers).iter();
        Self {
            title: words::step(run, at),
            done: step.is_done(),
            sent: sent.map(|sent| sent.at),
            answered: step.answered.as_ref().map(|(at, _)| *at),
            answer: step.answered.as_ref().map(|(_, answer)| answer),
            undo: sent.and_then(|sent| sent.undo.as_ref()),
            images: sent.map_or(&[], |sent| &sent.taken.images),
            containers: containers
                .map(|container| ContainerJson {
                    id: container.id.as_str(),
                    name: &container.name,
                    image: container.image.to_string(),
                    image_shown: &container.image_shown,
                })
                .collect(),
        }
    }
}
