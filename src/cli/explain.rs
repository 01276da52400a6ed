//! `unmoor explain`: one target, everything that holds it, and what removing it would do.

use std::io::Write;

use super::explanation::explanation;
use super::recoverable::Recoverable;
use super::{CliError, ExplainArguments, ExplainFormat, not_found, text, write_json};
use crate::model::{Question, Remote};
use crate::rules::{Answer, Assessment, NotLocated, Removal, Target, Verdict, World, assess, locate};

pub(super) fn explain(
    world: &World,
    arguments: &ExplainArguments,
    look_up: &dyn Fn(Vec<Question>) -> Result<Vec<Remote>, CliError>,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let sent = arguments.target.clone();
    let removal = Removal { target: sent, force: arguments.force, prune: !arguments.no_prune };
    let (target, assessment, failure) = match locate(world, &arguments.target) {
        Ok(target) => {
            let assessment = assess(world, &target, &removal);
            (Some(target), assessment, None)
        }
        Err(why) => {
            let failure = not_found(&arguments.target, &why);
            let answer = match why {
                // Not a name at all: Docker says so with 400, Podman with 500.
                NotLocated::Nothing(refusal) | NotLocated::SeveralImages(_, refusal)
                    if refusal.status != 404 =>
                {
                    Answer::Refused(refusal)
                }
                NotLocated::Nothing(refusal) | NotLocated::SeveralImages(_, refusal) => {
                    Answer::NotFound(refusal)
                }
                NotLocated::SeveralContainers(_) => {
                    Answer::NotFound(crate::rules::conflict::no_such_container(&arguments.target))
                }
                NotLocated::Unknown(why) => Answer::Unknown(why),
            };
            (None, nothing_known(answer), Some(failure))
        }
    };
    let recoverable = match &target {
        Some(target) if arguments.look_up => Recoverable::ask(world, target, look_up)?,
        Some(_) | None => None,
    };
    match arguments.format {
        ExplainFormat::Json => {
            let told = explanation(world, target.as_ref(), &removal, &assessment);
            write_json(out, &told.with(recoverable))?;
        }
        ExplainFormat::Text => {
            if let Some(target) = &target {
                text::write_explanation(world, target, &removal, &assessment, out)?;
            }
            if let Some(recoverable) = &recoverable {
                recoverable.write(out)?;
            }
        }
    }
    failure.map_or(Ok(()), Err)
}

fn nothing_known(answer: Answer) -> Assessment {
    Assessment { verdict: Verdict::Unknown, answer, refusals: Vec::new(), holders: Vec::new() }
}

/// The name of a kind of target, for the first line.
pub(super) fn kind_of(target: &Target) -> &'static str {
    match target {
        Target::Image(_) => "image",
        Target::Reference(_, name) if name.digest().is_some() => "digest",
        Target::Reference(..) => "tag",
        Target::Container(_) => "container",
    }
}
