//! The same core without a window: `unmoor explain` and `unmoor plan`, which never change anything, and
//! `unmoor apply`, which runs a plan.
//!
//! Answers go to standard output, errors to standard error in one line; the exit status tells which.

mod apply;
mod archive_first;
mod arguments;
mod engines;
mod error;
mod explain;
mod explanation;
mod log;
mod outcome_report;
mod plan;
mod recoverable;
mod report;
mod restore;
mod terminal;
mod text;

use std::io::Write;
use std::sync::Arc;

use crate::archive::Limits;
use crate::files::Folders;
use crate::model::Question;
use crate::rules::{Policy, Protection, World};
use crate::worker;

use arguments::{
    ApplyArguments, EnginesArguments, ExplainArguments, ExplainFormat, LogArguments, PlanArguments,
    PlanFormat, RestoreArguments, RestoreFormat, WayArgument,
};
pub use arguments::{Arguments, EngineChoice, Subcommands};
pub use error::CliError;
use error::{not_found, unknown_policy, unreachable_engine};
use terminal::{one_line, write_json};

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

/// What an engine listed.
struct Observed {
    world: World,
    /// Where the engine answered; `None` for the sample.
    host: Option<String>,
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
    let observed = || -> Result<Observed, CliError> {
        let observed = runtime.block_on(worker::observe(&engine.endpoint()));
        let (graph, host) = observed.map_err(|tried| unreachable_engine(&tried))?;
        Ok(Observed { world: World::new(graph), host: (!engine.sample).then_some(host) })
    };
    let protected = |included: bool| -> Result<Observed, CliError> {
        if included {
            return observed();
        }
        let policy = policy.as_ref().map_err(|why| CliError::Usage(unknown_policy(why)))?;
        let Observed { world, host } = observed()?;
        let protection = Protection::new(world.graph(), policy);
        Ok(Observed { world: world.protecting(Arc::new(protection)), host })
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
            explain::explain(&protected(policy.is_err())?.world, arguments, &look_up, out)
        }
        Subcommands::Plan(arguments) => {
            let Observed { world, .. } = protected(arguments.include_protected)?;
            plan::plan(&world, arguments, engine, out)
        }
        Subcommands::Report(arguments) => {
            let included = arguments.include_protected || policy.is_err();
            report::report(arguments, &|| protected(included), out)
        }
        Subcommands::Apply(arguments) => {
            let observed = || protected(arguments.include_protected);
            apply::apply(arguments, engine, folders, *limits, &observed, runtime, out)
        }
        Subcommands::Log(arguments) => log::log(arguments, folders, out),
        Subcommands::Restore(arguments) => {
            restore::restore(arguments, &engine.endpoint(), folders, runtime, out)
        }
    }
}
