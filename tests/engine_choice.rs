//! Which engine a command speaks to, on real engines: what is found where, that two ways to one engine are one,
//! that a plan runs on no other engine than its own, and that nothing is opened but the way there.

#![cfg(test)]
#![cfg(target_os = "linux")]

mod engines;
mod fake;
mod remote;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use engines::Kind;
use engines::archive::Layer;
use fake::{Fake, Reply, healthy};
use remote::{Home, run};
use serde_json::Value;

fn found(home: &Home, variables: &[(&str, &str)]) -> Vec<Value> {
    let mut program = home.unmoor(&["engines", "--format", "json"]);
    program.envs(variables.iter().copied());
    let (status, out, err) = run(program);
    assert_eq!((status, err.as_str()), (0, ""));
    let mut answer: Value = serde_json::from_str(&out).unwrap();
    // This machine may have a socket of its own at the usual place; it is not this test's business.
    let all = answer["engines"].as_array_mut().unwrap();
    all.retain(|row| {
        !["/var/run/docker.sock", "/run/podman/podman.sock"]
            .iter()
            .any(|own| row["address"].as_str().unwrap().ends_with(own))
    });
    std::mem::take(all)
}

fn socket_in(home: &Home, below: &str, engine: &engines::Engine) -> String {
    let place = home.path(below);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    symlink(engine.socket(), &place).unwrap();
    format!("unix://{}", place.display())
}

#[test]
fn real_engines_are_found_where_products_put_them_and_two_ways_to_one_are_one() {
    let (docker, podman) = (engines::shared(Kind::Docker28), engines::shared(Kind::Podman5));
    let home = Home::new();
    let colima = socket_in(&home, ".colima/default/docker.sock", docker);
    let runtime = home.path("runtime");
    let rootless = socket_in(&home, "runtime/podman/podman.sock", podman);
    home.context("lab", &format!(r#"{{"Host":"{}"}}"#, docker.host), &[]);
    home.context("gone", r#"{"Host":"unix:///no/such.sock"}"#, &[]);
    home.write(".docker/contexts/meta/00/meta.json", r#"{"Name":"#);
    home.use_context("lab");
    let all = found(&home, &[("XDG_RUNTIME_DIR", runtime.to_str().unwrap())]);

    let first = &all[0];
    assert_eq!(first["address"], docker.host.as_str(), "{all:#?}");
    assert_eq!(first["docker_cli"], true);
    assert_eq!(first["engine"]["name"], "Docker Engine");
    assert_eq!(first["engine"]["store"], "classic");
    assert!(first["engine"]["id"].is_string(), "Docker tells its own ID: {first}");
    assert_eq!(first["ways"], serde_json::json!(["context lab", "Colima default"]), "not {colima} again");

    let by_address = |address: &str| all.iter().find(|row| row["address"] == address).unwrap();
    let second = by_address(&rootless);
    assert_eq!(second["engine"]["store"], "podman", "{second}");
    assert_eq!(second["ways"], serde_json::json!(["Podman (rootless)"]));
    assert!(second["engine"]["id"].is_null(), "Podman makes one up each time: {second}");
    assert!(by_address("unix:///no/such.sock")["failure"].as_str().unwrap().contains("No such file"));
    let broken = by_address("");
    assert!(broken["failure"].as_str().unwrap().contains("meta.json"), "{broken}");
    assert_eq!(all.iter().filter(|row| row["docker_cli"] == true).count(), 1);
}

#[test]
fn a_report_names_the_engine_that_answered_however_it_was_chosen() {
    let docker = engines::shared(Kind::Docker28);
    let home = Home::new();
    home.context("lab", &format!(r#"{{"Host":"{}"}}"#, docker.host), &[]);
    let host = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut program = home.unmoor(&[&["report", "--format", "json"], arguments].concat());
        program.envs(variables.iter().copied());
        let (status, out, err) = run(program);
        assert_eq!((status, err.as_str()), (0, ""));
        serde_json::from_str::<Value>(&out).unwrap()["report"]["host"].clone()
    };
    let elsewhere = [("DOCKER_HOST", "unix:///no/such.sock")];
    assert_eq!(host(&["--context", "lab"], &elsewhere), docker.host.as_str());
    home.use_context("lab");
    assert_eq!(host(&[], &[]), docker.host.as_str());
    assert_eq!(host(&["--sample"], &elsewhere), Value::Null);
}

#[test]
fn engines_that_never_answer_keep_nobody_waiting_for_long() {
    let docker = engines::shared(Kind::Docker28);
    let home = Home::new();
    let silent: Vec<_> = (0..8).map(|_| Fake::start(|_| Reply::Silence)).collect();
    for (number, fake) in silent.iter().enumerate() {
        home.context(&format!("silent-{number}"), &format!(r#"{{"Host":"{}"}}"#, fake.host), &[]);
    }
    home.context("sound", &format!(r#"{{"Host":"{}"}}"#, docker.host), &[]);
    let began = Instant::now();
    let all = found(&home, &[("DOCKER_CONTEXT", "silent-3")]);
    let took = began.elapsed();
    let failed = |row: &&Value| row["failure"].as_str().is_some_and(|why| why.contains("no answer"));
    assert_eq!(all.iter().filter(failed).count(), silent.len(), "{all:#?}");
    assert_eq!(all.iter().filter(|row| row["engine"]["id"].is_string()).count(), 1);
    assert!(took < Duration::from_secs(30), "one after the other would take 40 s: {took:?}");
}

/// The same engine over a path that no link tells, only its own ID.
#[test]
fn an_engine_behind_another_address_is_known_by_its_id() {
    let docker = engines::shared(Kind::Docker28);
    let home = Home::new();
    let authority = remote::tls::Authority::new();
    let place =
        remote::tls::in_front_of(docker.socket(), &authority, &authority.sign(remote::tls::Purpose::Server));
    let client = authority.sign(remote::tls::Purpose::Client);
    let host = format!(r#"{{"Host":"tcp://{place}"}}"#);
    let files = [("ca.pem", &*authority.pem), ("cert.pem", &client.cert), ("key.pem", &client.key)];
    home.context("encrypted", &host, &files);
    let all = found(&home, &[("DOCKER_HOST", &docker.host)]);
    assert_eq!(all.len(), 1, "{all:#?}");
    assert_eq!(all[0]["also"], serde_json::json!([format!("tcp://{place}")]));
    assert_eq!(all[0]["ways"], serde_json::json!(["DOCKER_HOST", "context encrypted"]));
}

#[test]
fn a_plan_runs_on_no_other_engine_than_its_own() {
    let engine = engines::lock(Kind::Docker28);
    engine.import(&Layer::filled("here", 10).tar, Some("here:1"));
    let home = Home::new();
    let at = |arguments: &[&str]| run(home.unmoor(&[arguments, &["--host", &engine.host]].concat()));
    let (status, plan, err) = at(&["plan", "here:1", "--format", "json"]);
    assert_eq!((status, err.as_str()), (0, ""));
    let mut file: Value = serde_json::from_str(&plan).unwrap();
    let own = file["plan"]["engine"]["id"].as_str().unwrap().to_owned();
    file["plan"]["engine"]["id"] = "ANOTHER".into();
    let other = home.write("other.json", &file.to_string());
    let (status, out, err) = at(&["apply", other.to_str().unwrap(), "--yes"]);
    assert_eq!((status, out.as_str()), (5, ""), "{err}");
    assert!(err.contains("made for another engine: for ANOTHER") && err.contains(&own), "{err}");
    assert_eq!(engine.images().as_array().map(Vec::len), Some(1), "nothing was done");

    // As plans were written before engines were told apart by their IDs.
    file["plan"]["engine"].as_object_mut().unwrap().remove("id");
    let older = home.write("older.json", &file.to_string());
    let (status, out, err) = at(&["apply", older.to_str().unwrap(), "--yes"]);
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    assert_eq!(engine.images().as_array().map(Vec::len), Some(0));
}

/// Sockets and processes of the program while an engine keeps it waiting.
#[test]
fn it_listens_nowhere_starts_nothing_and_speaks_to_the_engine_alone() {
    let engine =
        Fake::start(
            |request| {
                if request.contains("/images/json") { Reply::Silence } else { healthy(request) }
            },
        );
    let home = Home::new();
    let mut program = home.unmoor(&["explain", "x", "--host", &engine.host]);
    let child = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut child = Ends(child);
    let began = Instant::now();
    while engine.asked("GET /images/json").is_empty() {
        assert!(began.elapsed() < Duration::from_mins(1), "the engine was not asked");
        std::thread::sleep(Duration::from_millis(10));
    }
    let process = format!("/proc/{}", child.0.id());
    let children =
        fs::read_to_string(format!("{process}/task/{}/children", child.0.id())).unwrap_or_default();
    assert_eq!(children, "", "no other program takes part");
    let own: BTreeSet<String> = fs::read_dir(format!("{process}/fd"))
        .unwrap()
        .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    assert!(!own.is_empty(), "it speaks to the engine");
    for (table, inode) in [("tcp", 9), ("tcp6", 9), ("udp", 9), ("udp6", 9)] {
        let text = fs::read_to_string(format!("{process}/net/{table}")).unwrap_or_default();
        for line in text.lines().skip(1) {
            let fields: Vec<_> = line.split_whitespace().collect();
            assert!(!own.contains(fields[inode]), "a socket of {table}: {line}");
        }
    }
    // The flags of a socket that listens; the sixth field is the state.
    for line in fs::read_to_string(format!("{process}/net/unix")).unwrap().lines().skip(1) {
        let fields: Vec<_> = line.split_whitespace().collect();
        assert!(!own.contains(fields[6]) || fields[3] != "00010000", "it listens: {line}");
    }
    child.0.kill().unwrap();
    child.0.wait().unwrap();
}

struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        // It has ended already where the test went well.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
