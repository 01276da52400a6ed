//! Choosing an engine: what is listed and why, what is typed, and that nothing of one engine is shown under the
//! name of another.

use eframe::egui::{Key, Modifiers};
use unmoor::message::{Endpoint, Event, Failure, FailureKind};
use unmoor::model::{Candidate, EngineInfo, Inventory, Origin, Probe, Product, Security, StoreKind};
use unmoor::state::Language;

use crate::stage::{Stage, failure};

pub const PODMAN: &str = "unix:///run/user/1000/podman/podman.sock";
pub const COLIMA: &str = "unix:///home/me/.colima/default/docker.sock";
const DEFAULT: &str = "unix:///var/run/docker.sock";

pub fn podman() -> EngineInfo {
    EngineInfo {
        name: "Podman Engine".to_owned(),
        version: "5.8.2".to_owned(),
        api: "1.44".to_owned(),
        store: StoreKind::Podman,
        id: None,
    }
}

pub fn docker(id: &str) -> EngineInfo {
    EngineInfo {
        name: "Docker Engine".to_owned(),
        version: "28.5.2".to_owned(),
        api: "1.51".to_owned(),
        store: StoreKind::Classic,
        id: Some(id.to_owned()),
    }
}

fn candidate(address: &str, origins: &[Origin], security: Security) -> Candidate {
    Candidate {
        endpoint: Endpoint::Host(address.to_owned()),
        address: address.to_owned(),
        origins: origins.to_vec(),
        security,
        is_cli_choice: false,
        broken: None,
    }
}

fn cli_choice() -> Candidate {
    let origins = [Origin::CliDefault, Origin::Known(Product::Docker, None)];
    Candidate {
        endpoint: Endpoint::Default,
        is_cli_choice: true,
        ..candidate(DEFAULT, &origins, Security::Local)
    }
}

fn at(host: &str, kind: FailureKind, message: &str) -> Probe {
    Probe::Fails(Failure { host: host.to_owned(), ..failure(kind, message) })
}

/// A laptop with a bit of everything.
pub fn some() -> Vec<(Candidate, Probe)> {
    let context = |name: &str| Origin::Context(name.to_owned());
    let colima = [Origin::Known(Product::Colima, Some("default".to_owned())), context("colima")];
    let far = "tcp://10.0.0.7:2375";
    let server = "ssh://me@build.example.com";
    let strict = "tcp://10.0.0.8:2376";
    vec![
        (cli_choice(), at(DEFAULT, FailureKind::SocketMissing, "No such file or directory (os error 2)")),
        (candidate(COLIMA, &colima, Security::Local), Probe::Answers(docker("C"))),
        (candidate(far, &[context("lab")], Security::Unencrypted), Probe::Waiting),
        (
            candidate(server, &[context("build-server")], Security::Ssh),
            at(server, FailureKind::NotTrusted, "ssh: Host key verification failed."),
        ),
        (
            candidate(strict, &[context("strict")], Security::UnverifiedTls),
            at(strict, FailureKind::NotLetIn, "TLS: received fatal alert: CertificateRequired"),
        ),
        (
            candidate(
                "unix:///run/podman/podman.sock",
                &[Origin::Known(Product::Podman, None)],
                Security::Local,
            ),
            at(
                "unix:///run/podman/podman.sock",
                FailureKind::PermissionDenied,
                "Permission denied (os error 13)",
            ),
        ),
        (
            candidate(PODMAN, &[Origin::Known(Product::RootlessPodman, None)], Security::Local),
            Probe::Answers(podman()),
        ),
    ]
}

fn open(stage: &mut Stage) {
    stage.harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    stage.settle();
}

/// Connects to an engine with the sample's images.
fn answer(stage: &mut Stage, host: &str, engine: &EngineInfo) {
    let generation = stage.generation;
    stage.tell(Event::Connected { generation, host: host.to_owned(), engine: engine.clone() });
    let inventory = Inventory { engine: engine.clone(), ..stage.sample.inventory() };
    stage.observe_this(inventory);
}

#[test]
fn every_engine_found_is_listed_with_what_it_is_or_why_it_does_not_answer() {
    let mut stage = Stage::live();
    stage.click("Choose another");
    stage.assert_sees("Built-in sample");
    stage.find(some());
    for words in [
        "Docker: There is no such socket",
        "Colima · default: Docker Engine 28.5.2 · classic store",
        "context lab: Asking…",
        "unencrypted",
        "context build-server: It does not prove",
        "ssh: Host key verification failed.",
        "not verified",
        "context strict: It does not let you in",
        "Join the group docker",
        "Podman (rootless): Podman Engine 5.8.2 · Podman store",
        "6 of 7 have answered or failed",
        "Docker CLI",
    ] {
        stage.assert_sees(words);
    }
    stage.key(Key::Escape);
    stage.assert_sees_not("Built-in sample");
}

#[test]
fn what_is_typed_is_checked_while_it_is_typed() {
    let mut stage = Stage::live();
    open(&mut stage);
    stage.type_into("Other address", "tcp://box:port");
    stage.assert_sees("port is not a port");
    stage.key(Key::Enter);
    assert!(!stage.has_command(), "it is no address");
    stage.key(Key::Escape);
    open(&mut stage);
    stage.type_into("Other address", "ssh://-oProxyCommand=x");
    stage.assert_sees("ssh would take it for an option");
    stage.key(Key::Escape);
    open(&mut stage);
    stage.type_into("Other address", " ssh://me@box ");
    stage.assert_sees("Through ssh");
    stage.key(Key::Enter);
    stage.expect_connect(&Endpoint::Host("ssh://me@box".to_owned()));
}

#[test]
fn two_ways_to_one_engine_are_shown_once() {
    let mut stage = Stage::live();
    open(&mut stage);
    let colima = [Origin::Known(Product::Colima, Some("default".to_owned()))];
    let same = [Origin::Context("colima".to_owned())];
    stage.find(vec![
        (candidate(COLIMA, &colima, Security::Local), Probe::Answers(docker("C"))),
        (candidate("tcp://127.0.0.1:2375", &same, Security::Local), Probe::Answers(docker("C"))),
        (
            candidate(PODMAN, &[Origin::Variable("CONTAINER_HOST")], Security::Local),
            Probe::Answers(docker("D")),
        ),
    ]);
    let rows: Vec<_> = stage.names().into_iter().filter(|name| name.contains(": Docker Engine")).collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    stage.assert_sees("tcp://127.0.0.1:2375");
    stage.assert_sees("context colima");
}

#[test]
fn marks_open_rows_and_the_filter_wait_for_the_engine_they_belong_to() {
    let mut stage = Stage::open(Language::English, [1280.0, 1600.0]);
    answer(&mut stage, COLIMA, &docker("C"));
    stage.click("image a81f6b0e9c35");
    stage.key(Key::Space);
    stage.key(Key::ArrowRight);
    stage.type_into_filter("node");
    stage.assert_sees("Marked 1");

    open(&mut stage);
    stage.find(some());
    stage.click("Podman (rootless): Podman Engine");
    stage.assert_sees_not("image a81f6b0e9c35");
    stage.expect_connect(&Endpoint::Host(PODMAN.to_owned()));
    answer(&mut stage, PODMAN, &podman());
    stage.assert_sees("image a81f6b0e9c35");
    stage.assert_sees("Podman Engine 5.8.2 · this machine, 1000/podman/podman.sock");
    let title = unmoor::ui::title::of(stage.harness.state().state());
    assert_eq!(title, "Podman Engine 5.8.2 · this machine, 1000/podman/podman.sock — Unmoor");
    stage.assert_sees_not("Marked 1");
    assert!(stage.harness.state().state().tree.filter().is_empty());

    open(&mut stage);
    stage.find(some());
    stage.click("Colima · default: Docker Engine");
    stage.expect_connect(&Endpoint::Host(COLIMA.to_owned()));
    let (generation, engine) = (stage.generation, docker("C"));
    stage.tell(Event::Connected { generation, host: COLIMA.to_owned(), engine });
    stage.assert_sees_not("image a81f6b0e9c35");
    stage.observe_this(Inventory { engine: docker("C"), ..stage.sample.inventory() });
    stage.assert_sees("Marked 1");
    let now = stage.harness.state().state();
    assert_eq!(now.tree.filter().text(), "node");
    assert!(now.selection.is_some());
    assert!(now.tree.rows().len() > 1, "the image is open again");

    // Another engine at the same place is another engine.
    let generation = stage.generation;
    stage.tell(Event::Connected { generation, host: COLIMA.to_owned(), engine: docker("E") });
    stage.assert_sees_not("image a81f6b0e9c35");
    stage.observe_this(Inventory { engine: docker("E"), ..stage.sample.inventory() });
    stage.assert_sees_not("Marked 1");
}

#[test]
fn the_choice_is_kept_and_the_cli_is_followed_by_not_keeping_one() {
    let mut stage = Stage::live();
    open(&mut stage);
    stage.find(some());
    stage.click("Podman (rootless): Podman Engine");
    stage.expect_connect(&Endpoint::Host(PODMAN.to_owned()));
    assert_eq!(stage.harness.state().state().settings.engine, Some(Endpoint::Host(PODMAN.to_owned())));
    answer(&mut stage, PODMAN, &podman());
    open(&mut stage);
    stage.find(vec![(cli_choice(), Probe::Answers(docker("D")))]);
    stage.click("Docker: Docker Engine");
    stage.expect_connect(&Endpoint::Default);
    assert_eq!(stage.harness.state().state().settings.engine, None);
}

#[test]
fn another_engine_stands_in_only_where_nobody_chose_and_that_is_said() {
    let mut stage = Stage::open(Language::English, [1280.0, 1600.0]);
    let tried = vec![failure(FailureKind::SocketMissing, "no such file")];
    stage.tell(Event::NoEngine { generation: stage.generation, tried: tried.clone(), unchosen: true });
    assert!(!stage.has_command(), "others are looked for first");
    stage.find(some());
    stage.expect_connect(&Endpoint::Host(COLIMA.to_owned()));
    answer(&mut stage, COLIMA, &docker("C"));
    stage.assert_sees("The engine that the Docker CLI would use does not answer");
    stage.assert_sees(DEFAULT);
    stage.click("Retry");
    stage.expect_connect(&Endpoint::Default);

    // What somebody chose is never replaced: the others are offered.
    stage.tell(Event::NoEngine { generation: stage.generation, tried, unchosen: false });
    stage.expect_connect(&Endpoint::Sample);
    stage.find(some());
    assert!(!stage.has_command());
    stage.assert_sees("No container engine answered");
    stage.click("Use Podman Engine 5.8.2");
    stage.expect_connect(&Endpoint::Host(PODMAN.to_owned()));
}

#[test]
fn a_late_answer_of_an_older_search_is_dropped() {
    let mut stage = Stage::live();
    open(&mut stage);
    let old = stage.search();
    stage.key(Key::Escape);
    open(&mut stage);
    stage.tell(Event::EnginesFound { search: old, candidates: vec![cli_choice()] });
    stage.assert_sees_not("Docker: Asking");
    stage.find(vec![(cli_choice(), Probe::Waiting)]);
    stage.tell(Event::EngineProbed { search: old, at: 0, probe: Probe::Answers(docker("D")) });
    stage.assert_sees("Docker: Asking");
}

#[test]
fn the_engine_stays_while_a_plan_runs() {
    let mut stage = Stage::live();
    stage.click("image a81f6b0e9c35");
    stage.key(Key::Enter);
    stage.click("Untag 1, remove 1 image · frees 1.1 GB");
    stage.started_run();
    open(&mut stage);
    stage.assert_sees_not("Built-in sample");
    assert!(!stage.has_command());
}
