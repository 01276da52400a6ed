//! Random worlds on real engines: every request is predicted from the listing alone, then made, and the two
//! are compared. `tests/differential/README.md` has the method, the counts and what cannot be foreseen.
//!
//! `UNMOOR_SEEDS=n` runs more worlds, from `UNMOOR_FIRST_SEED` on, with up to `UNMOOR_ACTIONS` requests to
//! each; `UNMOOR_ENGINE` runs one engine only.

#![cfg(test)]

#[path = "differential/mod.rs"]
mod differential;
mod engines;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use differential::actions;
use differential::case::{Case, Regression, Step};
use differential::check::{Verdict, check};
use differential::observe::Observer;
use differential::random::Random;
use differential::report::Tally;
use differential::setup;
use differential::shrink::shrink;
use differential::stage::Stage;
use engines::{Engine, Kind};
use unmoor::model::Graph;

/// Seeds of an ordinary run: about 350 requests to each engine.
const SEEDS: u64 = 30;
/// Steps done to one world, most of them requests. More of them go on where fewer have ended.
const ACTIONS: u64 = 14;
/// Smaller cases tried for one miss.
const TRIES: usize = 80;
/// After so many misses of one engine, more of them tell nothing new.
const ENOUGH: usize = 5;

#[test]
fn random_removals_are_predicted_on_every_engine() {
    let number = |name: &str, default| match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|error| panic!("{name}={text}: {error}")),
        Err(_) => default,
    };
    let first = number("UNMOOR_FIRST_SEED", 1);
    let seeds = number("UNMOOR_SEEDS", SEEDS);
    let actions = number("UNMOOR_ACTIONS", ACTIONS);
    let only = std::env::var("UNMOOR_ENGINE").ok();
    let kinds = Kind::ALL.into_iter().filter(|kind| only.as_deref().is_none_or(|only| only == kind.name()));
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let threads: Vec<_> = kinds
            .map(|kind| scope.spawn(move || compare(&engines::lock(kind), first..first + seeds, actions)))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for tally in &tallies {
        println!("{tally}");
    }
    assert!(!tallies.is_empty(), "there is no engine {only:?}");
    for tally in &tallies {
        assert!(
            tally.missed.is_empty(),
            "{}: rules and engine disagree\n{}",
            tally.engine,
            tally.missed.join("\n")
        );
        assert!(tally.refused * 5 < tally.steps.max(5), "{tally}: worlds are hardly made");
    }
}

fn compare(engine: &Engine, seeds: std::ops::Range<u64>, actions: u64) -> Tally {
    let started = Instant::now();
    let mut observer = Observer::new(&engine.host);
    let mut tally = Tally { engine: observer.engine(), ..Tally::default() };
    for (path, regression) in regressions() {
        if let Some(miss) = replay(engine, &mut observer, &regression.case, &mut tally) {
            tally.missed.push(format!("{}: {}\n{miss}", path.display(), regression.why));
        }
    }
    for seed in seeds {
        let (case, miss) = run_seed(engine, &mut observer, seed, actions, &mut tally);
        let Some(miss) = miss else { continue };
        let mut last = miss.clone();
        let small = shrink(case, TRIES, |smaller| {
            let miss = replay(engine, &mut observer, smaller, &mut Tally::default());
            last = miss.clone().unwrap_or_else(|| last.clone());
            miss.is_some()
        });
        let path = save(engine.kind, &small, &last);
        println!("MISS {} {miss}", engine.kind.name());
        tally.missed.push(format!("{miss}made smaller, {}:\n{last}", path.display()));
        if tally.missed.len() >= ENOUGH {
            break;
        }
    }
    tally.engine = format!("{} in {:.0} s", tally.engine, started.elapsed().as_secs_f32());
    tally
}

/// Plays the world of a seed until a request misses; returns what was done, and the miss.
fn run_seed(
    engine: &Engine,
    observer: &mut Observer,
    seed: u64,
    actions: u64,
    tally: &mut Tally,
) -> (Case, Option<String>) {
    let mut random = Random::new(seed);
    let mut case = Case { seed, setup: setup::world(&mut random, engine.kind), actions: Vec::new() };
    let (mut stage, mut graph) = raise(engine, observer, &case, tally);
    for number in 0..usize::try_from(actions).unwrap() {
        if graph.images().is_empty() && graph.containers().is_empty() {
            break;
        }
        let step = actions::next(&mut random, &graph, &stage, number);
        case.actions.push(step.clone());
        let (miss, after) = perform(&mut stage, observer, &graph, &step, tally);
        graph = after;
        if let Some(miss) = miss {
            let miss = describe(&case, number, &miss);
            return (case, Some(miss));
        }
    }
    (case, None)
}

/// Plays a case as it is; returns its first miss.
fn replay(engine: &Engine, observer: &mut Observer, case: &Case, tally: &mut Tally) -> Option<String> {
    let (mut stage, mut graph) = raise(engine, observer, case, tally);
    for (number, step) in case.actions.iter().enumerate() {
        let (miss, after) = perform(&mut stage, observer, &graph, step, tally);
        graph = after;
        if let Some(miss) = miss {
            return Some(describe(case, number, &miss));
        }
    }
    None
}

/// Does a step; returns how it missed, if it did, and what the engine shows now.
fn perform(
    stage: &mut Stage<'_>,
    observer: &Observer,
    graph: &Arc<Graph>,
    step: &Step,
    tally: &mut Tally,
) -> (Option<String>, Arc<Graph>) {
    let Step::Request(request) = step else {
        stage.play(step);
        return (None, observer.observe());
    };
    let checked = check(stage, observer, graph, request);
    tally.count(&checked);
    match checked.verdict {
        Verdict::Missed(text) => (Some(text), checked.after),
        Verdict::Agreed | Verdict::Unpredictable(_) | Verdict::LeftOut => (None, checked.after),
    }
}

/// Empties the engine and makes the world of a case on it.
fn raise<'e>(
    engine: &'e Engine,
    observer: &mut Observer,
    case: &Case,
    tally: &mut Tally,
) -> (Stage<'e>, Arc<Graph>) {
    let mut stage = Stage::new(engine, case.seed);
    for step in &case.setup {
        stage.play(step);
    }
    observer.reconnect();
    tally.seeds += 1;
    tally.steps += case.setup.len();
    tally.refused += stage.refused.len();
    let graph = observer.observe();
    (stage, graph)
}

fn describe(case: &Case, number: usize, miss: &str) -> String {
    let line = |step: &Step| format!("  {}\n", serde_json::to_string(step).unwrap());
    let setup: String = case.setup.iter().map(line).collect();
    let actions: String = case.actions.iter().map(line).collect();
    format!("seed {}, action {number}\nworld:\n{setup}actions:\n{actions}{miss}\n", case.seed)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/regressions")
}

fn save(kind: Kind, case: &Case, miss: &str) -> PathBuf {
    let difference = miss.rsplit_once("\nactions:\n").map_or(miss, |(_, end)| end);
    let why = format!("not resolved yet: {}", difference.lines().last().unwrap_or_default());
    let regression = Regression { why, found_on: kind.name().to_owned(), case: case.clone() };
    let path = folder().join(format!("{}-seed-{}.json", kind.name(), case.seed));
    std::fs::write(&path, serde_json::to_string_pretty(&regression).unwrap() + "\n").unwrap();
    path
}

/// Cases that missed once, by file name.
fn regressions() -> Vec<(PathBuf, Regression)> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    paths.iter().map(|path| (path.clone(), read(path))).collect()
}
