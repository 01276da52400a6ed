//! What can be asked for on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::report::{LanguageArgument, ReportArguments};
use crate::message::Endpoint;
use crate::plan::Way;

/// See what holds every image on a container engine, and remove it exactly as planned.
#[derive(Debug, Parser)]
#[command(name = "unmoor", version, about, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    pub engine: EngineChoice,
    /// How a window opens one more: its engine and place, as `app::Beside` has them in JSON.
    #[arg(long, hide = true, value_name = "JSON")]
    pub beside: Option<String>,
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
    pub(super) host: Option<String>,
    /// The Docker context to use; `docker context ls` lists them.
    #[arg(long, short, global = true, value_name = "NAME", conflicts_with = "host")]
    pub(super) context: Option<String>,
    /// Use the built-in sample inventory; no engine is asked.
    #[arg(long, global = true, conflicts_with_all = ["host", "context"])]
    pub(super) sample: bool,
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
    Report(ReportArguments),
}

#[derive(Debug, Args)]
pub struct EnginesArguments {
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub(super) format: ExplainFormat,
}

#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// An image ID or a prefix of one, a name, a tag or digest reference, or a container.
    pub(super) target: String,
    /// Explain the removal with force.
    #[arg(long, short)]
    pub(super) force: bool,
    /// Explain the removal that keeps untagged parents.
    #[arg(long)]
    pub(super) no_prune: bool,
    /// Ask the registries whether the image could be pulled again.
    #[arg(long)]
    pub(super) look_up: bool,
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub(super) format: ExplainFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ExplainFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub struct PlanArguments {
    /// What to remove, in this order.
    #[arg(required = true)]
    pub(super) targets: Vec<String>,
    /// Step by step without force, or by force where force reaches.
    #[arg(long, value_enum, default_value_t = WayArgument::Ordered)]
    pub(super) way: WayArgument,
    /// Keep untagged parents.
    #[arg(long)]
    pub(super) no_prune: bool,
    /// Plan also what is kept: by hand in the window, by the label unmoor.keep, or by a compose project that
    /// runs.
    #[arg(long)]
    pub(super) include_protected: bool,
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub(super) format: PlanFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum WayArgument {
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
pub(super) enum PlanFormat {
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
    pub(super) plan: PathBuf,
    /// Run it without asking.
    #[arg(long, short)]
    pub(super) yes: bool,
    /// Remove also what is kept by now.
    #[arg(long)]
    pub(super) include_protected: bool,
    /// Run it though nothing of it is written to the journal: then it cannot be undone from there.
    #[arg(long)]
    pub(super) without_journal: bool,
    /// Archive the images that go first; nothing is removed before that is safely there. unmoor restore brings
    /// them back.
    #[arg(long)]
    pub(super) archive: bool,
    /// Write what became of it to this file, whole or not at all, in the format of its ending; also where a step
    /// failed.
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
    /// The language of that report.
    #[arg(long, value_enum, default_value_t = LanguageArgument::En, requires = "report")]
    pub(super) language: LanguageArgument,
    /// Replace hosts, names, labels and IDs in that report by others, the same ones throughout.
    #[arg(long, requires = "report")]
    pub(super) anonymize: bool,
}

#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// An archive, an image ID or a prefix of one, or a name that an image had; without it the archives are
    /// listed.
    pub(super) target: Option<String>,
    #[arg(long, value_enum, default_value_t = RestoreFormat::Text)]
    pub(super) format: RestoreFormat,
}

#[derive(Debug, Args)]
pub struct LogArguments {
    /// The ID of a run or the beginning of one, or `last`; without it all runs are listed.
    pub(super) run: Option<String>,
    /// Only runs that all of these words are found in: names and IDs of what they took, engine, address.
    #[arg(long, value_name = "WORDS")]
    pub(super) filter: Option<String>,
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub(super) format: ExplainFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum RestoreFormat {
    Text,
    Json,
}
