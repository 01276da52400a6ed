//! `unmoor plan`: the steps that remove something, with what each is expected to do.

use std::io::Write;

use serde::Serialize;

use super::explanation::{Engine, Refused};
use super::{CliError, EngineChoice, PlanArguments, PlanFormat, not_found, one_line, text, write_json};
use crate::plan::commands::shell_lines;
use crate::plan::{NoWay, RemovalPlan, Way, plan_removal};
use crate::rules::{World, locate};

/// Schema 1.
#[derive(Serialize)]
struct PlanAnswer<'a> {
    schema: u32,
    engine: Engine,
    /// `None` if there is no such way; then `refusal` or `unknown` says why.
    plan: Option<&'a RemovalPlan>,
    refusal: Option<Refused>,
    unknown: Option<String>,
    freed_bytes: Option<u64>,
}

pub(super) fn plan(
    world: &World,
    arguments: &PlanArguments,
    engine: &EngineChoice,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let mut targets = Vec::new();
    for text in &arguments.targets {
        targets.push(locate(world, text).map_err(|why| not_found(text, &why))?);
    }
    let way = Way::from(arguments.way);
    let plan = plan_removal(world, &targets, way, !arguments.no_prune);
    match arguments.format {
        PlanFormat::Text => text::write_plan(&plan, way, out)?,
        PlanFormat::Shell => write_shell(&plan, engine, out)?,
        PlanFormat::Json => {
            let (refusal, unknown) = match &plan {
                Ok(_) => (None, None),
                Err(NoWay::Refused(refusal)) => (Some(refusal.into()), None),
                Err(other) => (None, Some(other.to_string())),
            };
            let answer = PlanAnswer {
                schema: 1,
                engine: Engine::of(world),
                freed_bytes: plan.as_ref().ok().and_then(|p| p.freed().bytes()).map(|b| b.0),
                plan: plan.as_ref().ok(),
                refusal,
                unknown,
            };
            write_json(out, &answer)?;
        }
    }
    Ok(())
}

fn quoted(word: Option<&str>) -> Option<std::borrow::Cow<'_, str>> {
    word.and_then(|word| shlex::try_quote(word).ok())
}

/// Stops at the first command that fails, as the window would.
fn write_shell(
    plan: &Result<RemovalPlan, NoWay>,
    engine: &EngineChoice,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    match plan {
        Ok(plan) => {
            // In a subshell, so that a command that fails ends the rest and not the person's own shell.
            writeln!(out, "( set -e")?;
            if let Some(host) = quoted(engine.host.as_deref()) {
                writeln!(out, "export DOCKER_HOST={host}")?;
            }
            // DOCKER_HOST would override it.
            if let Some(context) = quoted(engine.context.as_deref()) {
                writeln!(out, "unset DOCKER_HOST; export DOCKER_CONTEXT={context}")?;
            }
            for line in shell_lines(plan) {
                writeln!(out, "{line}")?;
            }
            writeln!(out, ")")?;
        }
        Err(no_way) => writeln!(out, "# not possible: {}", one_line(&no_way.to_string()))?,
    }
    Ok(())
}
