//! A real engine behind a real ssh server: asked and changed through the person's own ssh, and what is said when
//! ssh does not get there.

#![cfg(test)]
#![cfg(unix)]

mod engines;
mod fault_proxy;
mod gate;
mod remote;

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use fault_proxy::FaultProxy;
use gate::{At, Gate, Hold};
use remote::ssh::Sshd;
use remote::{Home, run};

/// Long enough for a busy machine, and shorter than anybody who would be asked for a password.
const LIMIT: Duration = Duration::from_mins(1);

/// The folder of the Docker CLI that a person has over there.
fn with_docker(home: &Home) -> String {
    std::fs::create_dir_all(home.path("there")).unwrap();
    symlink(Kind::Docker28.root().join("usr/bin/docker"), home.path("there/docker")).unwrap();
    format!("{}:/usr/bin:/bin", home.path("there").display())
}

fn unmoor(home: &Home, sshd: &Sshd, arguments: &[&str]) -> Command {
    let mut program = home.unmoor(arguments);
    let path = std::env::var("PATH").unwrap();
    program.env("PATH", format!("{}:{path}", sshd.client().display()));
    program
}

fn explained(home: &Home, sshd: &Sshd, host: &str, image: &str) {
    let began = Instant::now();
    let (status, out, err) =
        run(unmoor(home, sshd, &["explain", "here:1", "--format", "json", "--host", host]));
    assert_eq!((status, err.as_str()), (0, ""), "{host}: {}", sshd.log());
    assert!(out.contains(image), "{host}: {out}");
    assert!(began.elapsed() < LIMIT, "{host} took {:?}", began.elapsed());
}

#[test]
fn an_engine_over_ssh_is_asked_and_changed_like_any_other() {
    let engine = engines::lock(Kind::Docker28);
    let image = engine.import(&Layer::filled("here", 10).tar, Some("here:1"));
    let home = Home::new();
    let sshd = Sshd::start(&with_docker(&home), &[("DOCKER_HOST", &engine.host)]);
    let host = format!("ssh://{}@127.0.0.1:{}", sshd.user, sshd.port);
    explained(&home, &sshd, &host, &image);
    explained(&home, &sshd, "ssh://box", &image);
    // Another socket over there than the one its CLI uses.
    let socket = format!("ssh://box{}", engine.socket().display());
    explained(&home, &sshd, &socket, &image);
    home.context("remote", r#"{"Host":"ssh://box"}"#, &[]);
    home.use_context("remote");

    let (status, plan, err) = run(unmoor(&home, &sshd, &["plan", "here:1", "--format", "json"]));
    assert_eq!((status, err.as_str()), (0, ""));
    let plan = home.write("plan.json", &plan);
    let (status, out, err) = run(unmoor(&home, &sshd, &["apply", plan.to_str().unwrap(), "--yes"]));
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("Untagged: here:1") && out.ends_with("done as planned\n"), "{out}");
    assert_eq!(engine.images().as_array().map(Vec::len), Some(0), "the image is gone over there");
}

#[test]
fn what_ssh_says_is_told_and_nothing_waits_for_a_person() {
    let home = Home::new();
    let sshd = Sshd::start("/nowhere", &[]);
    for (host, said) in [
        ("ssh://stranger", "Host key verification failed"),
        ("ssh://closed", "Permission denied (publickey)"),
        ("ssh://no-such-host.invalid", "Could not resolve hostname"),
        ("ssh://127.0.0.1:1", "Connection refused"),
        ("ssh://box", "podman"),
        ("ssh://-oProxyCommand=x", "begin with a dash"),
    ] {
        let began = Instant::now();
        let (status, out, err) = run(unmoor(&home, &sshd, &["explain", "x", "--host", host]));
        assert_eq!((status, out.as_str()), (3, ""), "{host}: {err}");
        assert!(err.contains(said), "{host}: {said:?} is not in {err}\n{}", sshd.log());
        assert_eq!(err.lines().count(), 1, "{host}: {err}");
        assert!(began.elapsed() < LIMIT, "{host} took {:?}", began.elapsed());
    }
    // Without ssh on this machine.
    let mut alone = home.unmoor(&["explain", "x", "--host", "ssh://box"]);
    alone.env("PATH", "/nowhere");
    let (status, _, err) = run(alone);
    assert_eq!(status, 3, "{err}");
    assert!(err.contains("the program cannot be started"), "{err}");
}

#[test]
fn an_engine_that_podman_knows_is_asked_by_podmans_own_command() {
    let engine = engines::lock(Kind::Podman5);
    let image = engine.import(&Layer::filled("here", 10).tar, Some("docker.io/library/here:1"));
    let image = image.trim_start_matches("sha256:");
    let home = Home::new();
    // The program of another system, with the libraries of that.
    let podman = remote::ssh::program(&Kind::Podman5.root(), "usr/bin/podman");
    let words = std::iter::once(podman.get_program()).chain(podman.get_args());
    let words: Vec<_> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
    let script = format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" "));
    let podman = home.write("there/podman", &script);
    std::fs::set_permissions(&podman, std::fs::Permissions::from_mode(0o755)).unwrap();
    let sshd = Sshd::start(&format!("{}:/usr/bin:/bin", home.path("there").display()), &[]);
    let uri = format!("ssh://{}@127.0.0.1:{}{}", sshd.user, sshd.port, engine.socket().display());
    let connections = format!(
        r#"{{"Connection":{{"Default":"box","Connections":{{"box":{{"URI":"{uri}","Identity":"{}"}}}}}}}}"#,
        sshd.identity().display()
    );
    let file = home.write("podman-connections.json", &connections);
    let mut program = unmoor(&home, &sshd, &["engines", "--format", "json"]);
    program.env("PODMAN_CONNECTIONS_CONF", &file);
    let (status, out, err) = run(program);
    assert_eq!((status, err.as_str()), (0, ""), "{}", sshd.log());
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    let found = found["engines"].as_array().unwrap().iter().find(|found| found["address"] == uri.as_str());
    assert_eq!(found.unwrap()["engine"]["store"], "podman", "{out}\n{}", sshd.log());
    explained(&home, &sshd, &uri, image);
}

#[test]
fn podman_is_asked_where_there_is_no_docker_over_there() {
    let engine = engines::lock(Kind::Docker28);
    let image = engine.import(&Layer::filled("here", 10).tar, Some("here:1"));
    let home = Home::new();
    // What Podman's own command does, which needs the libraries of its whole system.
    let docker = Kind::Docker28.root().join("usr/bin/docker");
    let script = format!(
        "#!/bin/sh\n[ \"$1 $2 $3\" = '--url unix:///run/podman.sock system' ] || exit 9\n\
         exec {} --host {} system dial-stdio\n",
        docker.display(),
        engine.host
    );
    let podman = home.write("there/podman", &script);
    std::fs::set_permissions(&podman, std::fs::Permissions::from_mode(0o755)).unwrap();
    let sshd = Sshd::start(&format!("{}:/nowhere", home.path("there").display()), &[]);
    explained(&home, &sshd, "ssh://box/run/podman.sock", &image);
    assert!(Path::new("/bin/sh").exists(), "the script ran in it");
}

/// A socket over there that leads to one engine or, through the link that it is, to another.
fn point(link: &Path, to: &Path) {
    let new = link.with_extension("new");
    symlink(to, &new).unwrap();
    std::fs::rename(&new, link).unwrap();
}

#[test]
fn another_engine_behind_the_same_login_is_never_changed_by_a_plan_of_the_former() {
    let (first, second) = (Engine::start(Kind::Docker28), Engine::start(Kind::Docker28));
    let tags = ["docker.io/library/here:1", "docker.io/library/here:2"].map(str::to_owned).to_vec();
    let archive =
        docker_archive(&[Image { layers: vec![Layer::filled("here", 10)], tags, ..Image::default() }]);
    first.load(&archive);
    second.load(&archive);
    let image = first.inspect_image("here:1")["Id"].as_str().unwrap().to_owned();
    let home = Home::new();
    let sshd = Sshd::start(&with_docker(&home), &[]);
    let (link, proxy) = (home.path("engine.sock"), FaultProxy::start(second.socket()));
    let other = Path::new(proxy.host.trim_start_matches("unix://")).to_owned();
    let hold = Hold { begins: "DELETE".to_owned(), number: 0, at: At::Opened };
    let gate = Gate::before(&first, hold);
    point(&link, Path::new(gate.host.trim_start_matches("unix://")));
    let host = format!("ssh://box{}", link.display());
    let (status, plan, err) =
        run(unmoor(&home, &sshd, &["plan", &image, "--format", "json", "--host", &host]));
    assert_eq!((status, err.as_str()), (0, ""), "{}", sshd.log());
    let plan = home.write("plan.json", &plan);
    let apply = || unmoor(&home, &sshd, &["apply", plan.to_str().unwrap(), "--yes", "--host", &host]);

    // Before the first step.
    point(&link, &other);
    let (status, _, err) = run(apply());
    assert_eq!(status, 5, "{err}");
    assert!(err.contains("it was made for another engine"), "{err}");

    // While the first step is under way.
    point(&link, Path::new(gate.host.trim_start_matches("unix://")));
    let running = std::thread::scope(|scope| {
        let running = scope.spawn(|| run(apply()));
        gate.wait();
        point(&link, &other);
        gate.open();
        running.join().unwrap()
    });
    assert!([0, 6].contains(&running.0), "{running:?}");
    assert!(running.1.contains("Untagged: here:1"), "{running:?}");
    let removals: Vec<_> = proxy.asked().into_iter().filter(|asked| asked.starts_with("DELETE")).collect();
    assert!(removals.is_empty(), "{removals:?}");
    assert_eq!(second.images()[0]["RepoTags"].as_array().map(Vec::len), Some(2));
}
