//! `unmoor engines`: which engines there are, as the window lists them.

use std::io::{self, Write};

use serde::Serialize;

use super::{CliError, EnginesArguments, ExplainFormat, one_line, write_json};
use crate::model::{Candidate, EngineInfo, Failure, Probe, same_engines};

/// Schema 1.
#[derive(Serialize)]
struct Answer<'a> {
    schema: u32,
    engines: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    /// For `--host`; empty where a broken context tells none.
    address: &'a str,
    /// Other addresses of the same engine.
    also: Vec<&'a str>,
    /// How it was found.
    ways: Vec<String>,
    /// The Docker CLI uses it, as things are set.
    docker_cli: bool,
    security: &'static str,
    engine: Option<&'a EngineInfo>,
    failure: Option<String>,
}

pub(super) fn engines(
    found: &[(Candidate, Probe)],
    arguments: &EnginesArguments,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let rows = rows(found);
    match arguments.format {
        ExplainFormat::Json => write_json(out, &Answer { schema: 1, engines: rows })?,
        ExplainFormat::Text => write_rows(&rows, out)?,
    }
    Ok(())
}

fn rows(found: &[(Candidate, Probe)]) -> Vec<Row<'_>> {
    let probes: Vec<_> = found.iter().map(|(_, probe)| probe).collect();
    let same = same_engines(&probes);
    let others = |place: usize| {
        let ways = found.iter().zip(&same).filter(move |(_, same)| **same == Some(place));
        ways.map(|((candidate, _), _)| candidate)
    };
    let shown = found.iter().enumerate().filter(|(at, _)| same.get(*at).is_some_and(Option::is_none));
    shown.map(|(at, (candidate, probe))| row(candidate, probe, &others(at).collect::<Vec<_>>())).collect()
}

fn row<'a>(candidate: &'a Candidate, probe: &'a Probe, others: &[&'a Candidate]) -> Row<'a> {
    let mut ways: Vec<String> = Vec::new();
    for origin in candidate.origins.iter().chain(others.iter().flat_map(|other| &other.origins)) {
        let words = origin.to_string();
        if !ways.contains(&words) {
            ways.push(words);
        }
    }
    let (engine, failure) = match probe {
        Probe::Answers(engine) => (Some(engine), None),
        Probe::Fails(failure) => (None, Some(Failure::to_string(failure))),
        Probe::Waiting => (None, None),
    };
    let also = others.iter().map(|other| other.address.as_str()).filter(|other| *other != candidate.address);
    Row {
        address: &candidate.address,
        also: also.collect(),
        ways,
        docker_cli: candidate.is_cli_choice,
        security: candidate.security.word(),
        engine,
        failure,
    }
}

/// The engine that the Docker CLI uses has a star before it.
fn write_rows(rows: &[Row<'_>], out: &mut dyn Write) -> io::Result<()> {
    for Row { address, also, ways, docker_cli, security, engine, failure } in rows {
        let star = if *docker_cli { "*" } else { " " };
        let place = if address.is_empty() { "-" } else { address };
        writeln!(out, "{star} {}  ({}; {security})", one_line(place), one_line(&ways.join(", ")))?;
        for other in also {
            writeln!(out, "    also {}", one_line(other))?;
        }
        if let Some(EngineInfo { name, version, store, .. }) = engine {
            writeln!(out, "    {} {}, {} store", one_line(name), one_line(version), store.word())?;
        }
        if let Some(failure) = failure {
            writeln!(out, "    {}", one_line(failure))?;
        }
    }
    Ok(())
}
