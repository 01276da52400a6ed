//! For as long as one likes (`make soak MINUTES=30 ENGINE=podman-5`): another client makes, names and removes
//! things at random, and at every quiet point what is shown is what a new listing shows. Memory and open files
//! stay as they are, and the processor has nothing to do when nothing happens.
//!
//! The program is a process of its own, so that its memory is not the other client's too: this test, started
//! once more with the address of the engine, and told over its standard input when to compare.

#![cfg(test)]
#![cfg(target_os = "linux")]

mod churn;
mod engines;
mod folders;
mod person;

use std::alloc::System;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use churn::{Churn, difference, fresh_at};
use engines::{Engine, Kind};
use folders::temporary_folders;
use person::Person;
use serde::{Deserialize, Serialize};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use unmoor::model::Endpoint;

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Between two quiet points.
const ACTIONS: usize = 12;
const IDLE: Duration = Duration::from_secs(10);
const TEST: &str = "what_is_shown_is_what_is_there_for_as_long_as_it_runs";
/// Set for the process that is the program.
const PROGRAM: &str = "UNMOOR_SOAK_HOST";
/// Stands before what that process answers, since the test harness writes to the same place.
const ANSWER: &str = "answer: ";
/// More than what is kept for later (what was read of images that are gone, a listing not yet on the disk)
/// comes to, and less than a leak in a quarter of an hour.
const MORE: u64 = 2 << 20;

fn asked(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What a process has and has taken.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Use {
    /// Allocated and not freed.
    heap: u64,
    /// Without what is mapped from files: the program's own code is read in as it runs.
    resident_kb: u64,
    files: usize,
    cpu_ms: u64,
    /// Listings shown so far.
    shown: usize,
}

fn used(shown: usize) -> Use {
    let heap = HEAP.stats();
    let heap =
        i128::try_from(heap.bytes_allocated).unwrap() - i128::try_from(heap.bytes_deallocated).unwrap();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    let resident_kb = line.split_whitespace().next().unwrap().parse().unwrap();
    let files = std::fs::read_dir("/proc/self/fd").unwrap().count();
    // The name may hold blanks; what follows it does not. Ticks are hundredths of a second.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<u64> =
        stat.rsplit(')').next().unwrap().split_whitespace().map(|f| f.parse().unwrap_or(0)).collect();
    let cpu_ms = (fields[11] + fields[12]) * 10;
    Use { heap: u64::try_from(heap).unwrap(), resident_kb, files, cpu_ms, shown }
}

/// Does what it is told until nobody is left to tell it anything.
fn program(host: &str) {
    let (tell, told) = mpsc::channel();
    let listen = move || std::io::stdin().lines().map_while(Result::ok).try_for_each(|line| tell.send(line));
    std::thread::Builder::new().name("told".to_owned()).spawn(listen).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (_kept, folders) = temporary_folders();
    let mut person = Person::start(&runtime, Endpoint::Host(host.to_owned()), folders, |_| {});
    person.wait(Duration::from_mins(1), Person::is_up_to_date).expect("it was listed");
    loop {
        person.take_in();
        match told.recv_timeout(Duration::from_millis(3)) {
            Ok(compare) if compare == "compare" => {
                let apart = apart(&mut person, host);
                assert!(apart.is_none(), "{apart:?}");
            }
            // The worker is left alone: this loop would be most of what is measured.
            Ok(_) => std::thread::sleep(IDLE),
            Err(mpsc::RecvTimeoutError::Timeout) => continue,
            Err(mpsc::RecvTimeoutError::Disconnected) => return person.leave(),
        }
        println!("\n{ANSWER}{}", serde_json::to_string(&used(person.listed)).unwrap());
    }
}

fn apart(person: &mut Person, host: &str) -> Option<String> {
    let expected = fresh_at(host);
    let same = person.wait(Duration::from_secs(30), |state| {
        state.graph().is_some_and(|graph| difference(&expected, graph.inventory()).is_none())
    });
    match same {
        Some(()) => None,
        // Podman may still have been at it.
        None => difference(&fresh_at(host), person.state.graph().unwrap().inventory()),
    }
}

/// The process that is the program.
struct Program {
    process: Child,
    tell: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Program {
    fn start(host: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", TEST, "--ignored", "--nocapture"]).env(PROGRAM, host);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (tell, answers) = (process.stdin.take(), BufReader::new(process.stdout.take().unwrap()));
        Self { process, tell, answers }
    }

    /// `None` if it ended, whose reason it has said on standard error.
    fn ask(&mut self, what: &str) -> Option<Use> {
        writeln!(self.tell.as_mut()?, "{what}").ok()?;
        loop {
            let mut line = String::new();
            if self.answers.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(answer) = line.strip_prefix(ANSWER) {
                return Some(serde_json::from_str(answer).unwrap());
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // The end of its standard input is what it waits for.
        self.tell = None;
        drop(std::io::copy(&mut self.answers, &mut std::io::sink()));
        self.process.wait().unwrap();
    }
}

#[test]
#[ignore = "takes as long as it is asked to"]
fn what_is_shown_is_what_is_there_for_as_long_as_it_runs() {
    if let Some(host) = asked(PROGRAM) {
        return program(&host);
    }
    let minutes: u64 = asked("UNMOOR_SOAK_MINUTES").map_or(1, |minutes| minutes.parse().unwrap());
    let seed = asked("UNMOOR_SEED").map_or(1, |seed| seed.parse().unwrap());
    let name = asked("UNMOOR_ENGINE").unwrap_or_else(|| "docker-28".to_owned());
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name).expect("a kind of engine");
    let engine = Engine::start(kind);
    let mut churn = Churn::new(&engine, seed);
    churn.begin();
    let mut program = Program::start(&engine.host);

    let (started, length) = (Instant::now(), Duration::from_secs(60 * minutes));
    let (mut actions, mut slowest) = (0, Duration::ZERO);
    // The least of each eighth: what is shown at a moment, and what is about to be freed, comes on top.
    let mut eighths: Vec<Use> = Vec::new();
    while started.elapsed() < length {
        let did: Vec<_> = (0..ACTIONS).map(|_| churn.act()).collect();
        actions += ACTIONS;
        let begun = Instant::now();
        let Some(now) = program.ask("compare") else {
            panic!("seed {seed}, after {actions} actions: {did:#?}");
        };
        slowest = slowest.max(begun.elapsed());
        let eighth = usize::try_from(started.elapsed().as_millis() * 8 / length.as_millis()).unwrap().min(7);
        match eighths.get_mut(eighth) {
            Some(least) if least.heap <= now.heap => {}
            Some(least) => *least = now,
            None => {
                eprintln!(
                    "{} actions, heap {} kB, resident {} kB, {} files",
                    actions,
                    now.heap >> 10,
                    now.resident_kb,
                    now.files
                );
                eighths.push(now);
            }
        }
    }
    let (early, late) = (eighths[eighths.len() / 4], eighths[eighths.len() - 1]);
    eprintln!(
        "{name}: {actions} actions, {} listings shown, slowest {} ms\nheap in each eighth: {:?} kB\n\
         resident {} kB and {} files after a quarter, {} kB and {} files at the end",
        late.shown,
        slowest.as_millis(),
        eighths.iter().map(|one| one.heap >> 10).collect::<Vec<_>>(),
        early.resident_kb,
        early.files,
        late.resident_kb,
        late.files
    );
    assert!(late.heap < early.heap + MORE, "memory grows");
    assert!(late.files < early.files + 10, "files are left open");

    // Whatever the last actions set off has ended after the first.
    let before = program.ask("rest").unwrap().cpu_ms;
    let idle = program.ask("rest").unwrap().cpu_ms - before;
    eprintln!("idle: {idle} ms of the processor in {} s", IDLE.as_secs());
    drop(program);
    assert!(idle <= 50, "{idle} ms of the processor while nothing happens");
}
