//! For as long as one likes (`make soak MINUTES=30 ENGINE=podman-5`): another client makes, names and removes
//! things at random, and at every quiet point what is shown is what a new listing shows. Memory and open files
//! stay as they are, and the processor has nothing to do when nothing happens.

#![cfg(test)]
#![cfg(target_os = "linux")]

mod churn;
mod engines;
mod folders;
mod person;

use std::time::{Duration, Instant};

use churn::{Churn, difference, fresh};
use engines::{Engine, Kind};
use folders::temporary_folders;
use person::Person;
use unmoor::model::Endpoint;

/// Between two quiet points.
const ACTIONS: usize = 12;
const IDLE: Duration = Duration::from_secs(10);

fn asked(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Of this process, which is the program and the other client.
struct Use {
    memory_kb: u64,
    files: usize,
    cpu_ms: u64,
}

fn used() -> Use {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let memory_kb = line.split_whitespace().next().unwrap().parse().unwrap();
    let files = std::fs::read_dir("/proc/self/fd").unwrap().count();
    // The name may hold blanks; what follows it does not. Ticks are hundredths of a second.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<u64> =
        stat.rsplit(')').next().unwrap().split_whitespace().map(|f| f.parse().unwrap_or(0)).collect();
    Use { memory_kb, files, cpu_ms: (fields[11] + fields[12]) * 10 }
}

#[test]
#[ignore = "takes as long as it is asked to"]
fn what_is_shown_is_what_is_there_for_as_long_as_it_runs() {
    let minutes: u64 = asked("UNMOOR_SOAK_MINUTES").map_or(1, |minutes| minutes.parse().unwrap());
    let seed = asked("UNMOOR_SEED").map_or(1, |seed| seed.parse().unwrap());
    let name = asked("UNMOOR_ENGINE").unwrap_or_else(|| "docker-28".to_owned());
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name).expect("a kind of engine");
    let engine = Engine::start(kind);
    let mut churn = Churn::new(&engine, seed);
    churn.begin();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (_kept, folders) = temporary_folders();
    let mut person = Person::start(&runtime, Endpoint::Host(engine.host.clone()), folders, |_| {});
    person.wait(Duration::from_mins(1), Person::is_up_to_date).expect("it was listed");

    let started = Instant::now();
    let (mut actions, mut quiet, mut slowest) = (0, 0, Duration::ZERO);
    let mut early: Option<Use> = None;
    while started.elapsed() < Duration::from_secs(60 * minutes) {
        let mut did = Vec::new();
        for _ in 0..ACTIONS {
            did.push(churn.act());
            person.take_in();
        }
        actions += ACTIONS;
        let begun = Instant::now();
        let expected = fresh(&engine);
        let same = person.wait(Duration::from_secs(30), |state| {
            state.graph().is_some_and(|graph| difference(&expected, graph.inventory()).is_none())
        });
        if same.is_none() {
            // Podman may still have been at it.
            let apart = difference(&fresh(&engine), person.state.graph().unwrap().inventory());
            assert!(apart.is_none(), "seed {seed}, after {actions} actions: {apart:?}\n{did:#?}");
        }
        slowest = slowest.max(begun.elapsed());
        quiet += 1;
        if early.is_none() && started.elapsed() > Duration::from_secs(15 * minutes) {
            early = Some(used());
        }
    }
    let late = used();
    eprintln!(
        "{name}: {actions} actions, {quiet} quiet points, {} listings shown, slowest {} ms",
        person.listed,
        slowest.as_millis()
    );
    if let Some(early) = early {
        eprintln!(
            "memory {} kB and {} files after a quarter, {} kB and {} files at the end",
            early.memory_kb, early.files, late.memory_kb, late.files
        );
        assert!(late.memory_kb < early.memory_kb + early.memory_kb / 4 + 16_000, "memory grows");
        assert!(late.files < early.files + 10, "files are left open");
    }

    // Whatever the last actions set off has ended.
    std::thread::sleep(Duration::from_secs(8));
    person.take_in();
    let before = used().cpu_ms;
    std::thread::sleep(IDLE);
    let idle = used().cpu_ms - before;
    eprintln!("idle: {idle} ms of the processor in {} s", IDLE.as_secs());
    assert!(idle <= 50, "{idle} ms of the processor while nothing happens");
    person.leave();
}
