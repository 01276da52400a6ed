//! The same core without a window: `unmoor explain` and `unmoor plan`, which never change anything, and
//! `unmoor apply`, which runs a plan.
//!
//! Answers go to standard output, errors to standard error in one line; the exit status tells which.

mod apply;
mod archive_first;
mod engines;
mod explain;
mod explanation;
mod log;
mod outcome_report;
mod plan;
mod recoverable;
mod report;
mod restore;
mod text;

use std::io::{self, Write};
use std::sync::Arc;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::archive::Limits;
use crate::files::Folders;
use crate::message::Endpoint;
use crate::model::{Failure, FailureKind, Question};
use crate::plan::Way;
use crate::rules::{NotLocated, Policy, Protection, Refusal, World};
use crate::worker;

/// See what holds every image on a container engine, and remove it exactly as planned.
#[derive(Debug, Parser)]
#[command(name = "unmoor", version, about, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    pub engine: EngineChoice,
    /// Without one of these the window opens.
    #[command(subcommand)]
    pub command: Option<Subcommands>,
}

/// Which engine is asked.
#[derive(Debug, Clone, Args)]
pub struct EngineChoice {
    /// The engine's address, such as `unix:///var/run/docker.sock`, `tcp://10.0.0.1:2376` or `ssh://me@box`; else
    /// the engine that the Docker CLI would use: by `DOCKER_HOST`, `DOCKER_CONTEXT`, the current context, or the
    /// default socket.
    #[arg(long, global = true, value_name = "URL")]
    host: Option<String>,
    /// The Docker context to use; `docker context ls` lists them.
    #[arg(long, short, global = true, value_name = "NAME", conflicts_with = "host")]
    context: Option<String>,
    /// Use the built-in sample inventory; no engine is asked.
    #[arg(long, global = true, conflicts_with_all = ["host", "context"])]
    sample: bool,
}

impl EngineChoice {
    pub fn endpoint(&self) -> Endpoint {
        match (&self.host, &self.context) {
            _ if self.sample => Endpoint::Sample,
            (Some(host), _) => Endpoint::Host(host.clone()),
            (None, Some(name)) => Endpoint::Context(name.clone()),
            (None, None) => Endpoint::Default,
        }
    }
}

impl EngineChoice {
    /// What a report says of where the engine is; `None` for the sample.
    fn address(&self) -> Option<String> {
        let named = || self.host.clone().or_else(|| std::env::var("DOCKER_HOST").ok());
        (!self.sample).then(|| named().unwrap_or_else(|| "default socket".to_owned()))
    }
}

#[derive(Debug, Subcommand)]
pub enum Subcommands {
    /// Say everything that holds an image, name or container, and what removing it would do.
    Explain(ExplainArguments),
    /// Work out the steps that remove something, with what each is expected to do.
    Plan(PlanArguments),
    /// List every engine that can be found, with what each answers, or why it does not.
    Engines(EnginesArguments),
    /// Run a plan written by `unmoor plan --format json`, if it is still true.
    Apply(ApplyArguments),
    /// List the archives that were kept before removals, or bring an image back from one.
    Restore(RestoreArguments),
    /// Say what was removed and undone: all runs of the journal, or one of them step by step.
    Log(LogArguments),
    /// Write a report to hand on: the inventory, an explanation, or a removal.
    Report(report::ReportArguments),
}

#[derive(Debug, Args)]
pub struct EnginesArguments {
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    format: ExplainFormat,
}

#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// An image ID or a prefix of one, a name, a tag or digest reference, or a container.
    target: String,
    /// Explain the removal with force.
    #[arg(long, short)]
    force: bool,
    /// Explain the removal that keeps untagged parents.
    #[arg(long)]
    no_prune: bool,
    /// Ask the registries whether the image could be pulled again.
    #[arg(long)]
    look_up: bool,
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    format: ExplainFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ExplainFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub struct PlanArguments {
    /// What to remove, in this order.
    #[arg(required = true)]
    targets: Vec<String>,
    /// Step by step without force, or by force where force reaches.
    #[arg(long, value_enum, default_value_t = WayArgument::Ordered)]
    way: WayArgument,
    /// Keep untagged parents.
    #[arg(long)]
    no_prune: bool,
    /// Plan also what is kept: by hand in the window, by the label unmoor.keep, or by a compose project that
    /// runs.
    #[arg(long)]
    include_protected: bool,
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    format: PlanFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum WayArgument {
    Ordered,
    Force,
}

impl From<WayArgument> for Way {
    fn from(way: WayArgument) -> Self {
        match way {
            WayArgument::Ordered => Self::Ordered,
            WayArgument::Force => Self::Force,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PlanFormat {
    Text,
    Json,
    /// Docker commands to paste into a POSIX shell.
    Shell,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct ApplyArguments {
    /// The plan; `-` for standard input, together with --yes.
    #[arg(value_name = "PLAN.json")]
    plan: std::path::PathBuf,
    /// Run it without asking.
    #[arg(long, short)]
    yes: bool,
    /// Remove also what is kept by now.
    #[arg(long)]
    include_protected: bool,
    /// Run it though nothing of it is written to the journal: then it cannot be undone from there.
    #[arg(long)]
    without_journal: bool,
    /// Archive the images that go first; nothing is removed before that is safely there. unmoor restore brings
    /// them back.
    #[arg(long)]
    archive: bool,
    /// Write what became of it to this file, whole or not at all, in the format of its ending; also where a step
    /// failed.
    #[arg(long, value_name = "FILE")]
    report: Option<std::path::PathBuf>,
    /// The language of that report.
    #[arg(long, value_enum, default_value_t = report::LanguageArgument::En, requires = "report")]
    language: report::LanguageArgument,
    /// Replace hosts, names, labels and IDs in that report by others, the same ones throughout.
    #[arg(long, requires = "report")]
    anonymize: bool,
}

#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// An archive, an image ID or a prefix of one, or a name that an image had; without it the archives are
    /// listed.
    target: Option<String>,
    #[arg(long, value_enum, default_value_t = RestoreFormat::Text)]
    format: RestoreFormat,
}

#[derive(Debug, Args)]
pub struct LogArguments {
    /// The ID of a run or the beginning of one, or `last`; without it all runs are listed.
    run: Option<String>,
    /// Only runs that all of these words are found in: names and IDs of what they took, engine, address.
    #[arg(long, value_name = "WORDS")]
    filter: Option<String>,
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    format: ExplainFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RestoreFormat {
    Text,
    Json,
}

/// Why a command gives no answer.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error("{0}")]
    EngineNotReached(String),
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    Usage(String),
    /// The person said no.
    #[error("{0}")]
    Declined(String),
    /// The plan is not true any more; nothing, or nothing further, was done.
    #[error("{0}")]
    Stale(String),
    /// A step's answer was not the predicted one, or it failed.
    #[error("{0}")]
    Unexpected(String),
    /// An archive could not be made, read or restored.
    #[error("{0}")]
    Archive(String),
    /// A step was not sent, since it could not be written down before.
    #[error("{0}")]
    NotJournalled(String),
    /// The journal could not be read.
    #[error("{0}")]
    Journal(String),
    #[error("cannot write the answer: {0}")]
    Output(#[from] io::Error),
}

impl CliError {
    /// The exit status; 2 is also clap's for wrong usage.
    pub fn status(&self) -> u8 {
        match self {
            Self::Output(_) | Self::Declined(_) => 1,
            Self::Usage(_) => 2,
            Self::EngineNotReached(_) => 3,
            Self::NotFound(_) => 4,
            Self::Stale(_) => 5,
            Self::Unexpected(_) => 6,
            Self::Archive(_) => 8,
            Self::NotJournalled(_) | Self::Journal(_) => 7,
        }
    }
}

/// What commands need of the person's settings.
#[derive(Debug)]
pub struct Preferences {
    /// What the person keeps, or why that is not known.
    pub policy: Result<Policy, String>,
    /// How long archives are kept.
    pub limits: Limits,
    /// The hosts that registries may be asked at without TLS, beside those that the engine lists.
    pub trusted: Vec<String>,
}

/// Runs a command to its end. Blocks; there is no window to keep alive. What has to outlive the program is kept
/// in `folders`.
pub fn run(
    command: &Subcommands,
    engine: &EngineChoice,
    preferences: &Preferences,
    folders: &Folders,
    runtime: &tokio::runtime::Runtime,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let Preferences { policy, limits, trusted } = preferences;
    let observed = || -> Result<World, CliError> {
        let graph = runtime.block_on(worker::observe(&engine.endpoint()));
        Ok(World::new(graph.map_err(|tried| unreachable_engine(&tried))?))
    };
    let protected = |included: bool| -> Result<World, CliError> {
        if included {
            return observed();
        }
        let policy = policy.as_ref().map_err(|why| CliError::Usage(unknown_policy(why)))?;
        let world = observed()?;
        let protection = Protection::new(world.graph(), policy);
        Ok(world.protecting(Arc::new(protection)))
    };
    match command {
        Subcommands::Engines(arguments) => {
            engines::engines(&runtime.block_on(worker::find_engines()), arguments, out)
        }
        Subcommands::Explain(arguments) => {
            let look_up = |questions: Vec<Question>| {
                let endpoint = engine.endpoint();
                let answers = worker::look_up_all(&endpoint, questions, trusted);
                runtime.block_on(answers).map_err(|tried| unreachable_engine(&tried))
            };
            explain::explain(&protected(policy.is_err())?, arguments, &look_up, out)
        }
        Subcommands::Plan(arguments) => {
            let world = protected(arguments.include_protected)?;
            plan::plan(&world, arguments, engine, out)
        }
        Subcommands::Report(arguments) => {
            let included = arguments.include_protected || policy.is_err();
            report::report(arguments, &|| protected(included), engine.address(), out)
        }
        Subcommands::Apply(arguments) => {
            let world = || protected(arguments.include_protected);
            apply::apply(arguments, engine, folders, *limits, &world, runtime, out)
        }
        Subcommands::Log(arguments) => log::log(arguments, folders, out),
        Subcommands::Restore(arguments) => {
            restore::restore(arguments, &engine.endpoint(), folders, runtime, out)
        }
    }
}

/// Doubt means keep.
fn unknown_policy(why: &str) -> String {
    one_line(&format!(
        "what is kept is not known: {why}; mend or remove that file, or give --include-protected"
    ))
}

/// Everything that was tried, in one line, and what can be done.
fn unreachable_engine(tried: &[Failure]) -> CliError {
    let said: Vec<_> = tried.iter().map(Failure::to_string).collect();
    let next = tried.last().map_or("", |f| what_next(f.kind));
    CliError::EngineNotReached(one_line(&format!("{}{next}", said.join("; "))))
}

/// What a person can do about it, to follow the engine's own words.
fn what_next(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::SocketMissing | FailureKind::Unreachable => {
            "; start the engine, name another with --host (`unmoor engines` lists them), or try --sample"
        }
        FailureKind::PermissionDenied => {
            "; join the group that owns the socket (often docker), use a rootless engine, or run as its owner"
        }
        FailureKind::BadAddress => {
            "; an address looks like unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host"
        }
        FailureKind::BadContext => {
            "; `docker context ls` shows the contexts there are; name another with --context or --host"
        }
        FailureKind::NotTrusted => {
            "; if it is the right engine, mend its certificate or the authority it is checked with, or for ssh \
             log in by hand once and look at its key"
        }
        FailureKind::NotLetIn => {
            "; the engine wants a certificate, or ssh a key, that it was not given: look at the context's \
             certificates, at DOCKER_CERT_PATH, or at ssh-agent"
        }
        FailureKind::TimedOut => "; the engine may be stuck: restart it, or name another with --host",
        FailureKind::Malformed => "; is this the address of a container engine?",
        FailureKind::TooOld => "; update the engine, or name another with --host",
        FailureKind::TooNew => "; look for a newer Unmoor, or name another engine with --host",
        FailureKind::Status(403) => {
            "; does something stand before the engine, such as a proxy for its socket, and forbid this?"
        }
        FailureKind::ConnectionLost | FailureKind::Status(_) => "; the engine's own log may say more",
    }
}

fn not_found(text: &str, why: &NotLocated) -> CliError {
    let said = |refusal: &Refusal| format!("the engine would say: {}", refusal.message());
    CliError::NotFound(one_line(&match why {
        NotLocated::Nothing(refusal) => format!("no image or container {text:?}; {}", said(refusal)),
        NotLocated::SeveralImages(count, refusal) => {
            format!("{text:?} begins the IDs of {count} images; give more of it; {}", said(refusal))
        }
        NotLocated::SeveralContainers(count) => {
            format!("{text:?} begins the IDs of {count} containers; give more of it")
        }
        NotLocated::Unknown(why) => format!("what {text:?} names cannot be told: {why}"),
    }))
}

/// Text from outside for a terminal: control characters, which could move the cursor or colour what
/// follows, are shown and not sent.
fn one_line(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_bidi_control(c) {
            safe.extend(c.escape_default());
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Marks that reorder the text around them.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// JSON lets some characters stand that a terminal obeys; they are escaped, which means the same.
fn write_json(out: &mut dyn Write, value: &impl serde::Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
    let mut rest = text.as_str();
    // Outside of strings there are none but line breaks.
    let obeyed = |c: char| (c.is_control() && c != '\n') || is_bidi_control(c);
    while let Some(at) = rest.find(obeyed) {
        let (before, after) = rest.split_at(at);
        out.write_all(before.as_bytes())?;
        let mut letters = after.chars();
        if let Some(c) = letters.next() {
            write!(out, "\\u{:04x}", u32::from(c))?;
        }
        rest = letters.as_str();
    }
    Ok(writeln!(out, "{rest}")?)
}
