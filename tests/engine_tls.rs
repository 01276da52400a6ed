//! A real engine behind TLS, as a Docker context or the environment leads to it: who is trusted, who is let
//! in, and what is said of those who are not.

#![cfg(test)]

mod engines;
mod remote;

use engines::Kind;
use engines::archive::Layer;
use remote::tls::{Authority, Purpose, Signed, in_front_of};
use remote::{Home, run};

/// How a context reaches it.
fn endpoint(place: &str, skip_verify: bool) -> String {
    format!(r#"{{"Host":"tcp://{place}","SkipTLSVerify":{skip_verify}}}"#)
}

fn files<'a>(ca: &'a Authority, client: &'a Signed) -> [(&'static str, &'a str); 3] {
    [("ca.pem", &ca.pem), ("cert.pem", &client.cert), ("key.pem", &client.key)]
}

#[test]
fn an_engine_behind_tls_is_trusted_or_not_and_the_reason_is_told() {
    let engine = engines::lock(Kind::Docker28);
    let image = engine.import(&Layer::filled("here", 10).tar, Some("here:1"));
    let (own, other) = (Authority::new(), Authority::new());
    let place = |purpose| in_front_of(engine.socket(), &own, &own.sign(purpose)).to_string();
    let (sound, expired, elsewhere) =
        (place(Purpose::Server), place(Purpose::ExpiredServer), place(Purpose::ServerElsewhere));
    let (client, stranger) = (own.sign(Purpose::Client), other.sign(Purpose::Client));

    let home = Home::new();
    home.context("sure", &endpoint(&sound, false), &files(&own, &client));
    home.context("wrong-ca", &endpoint(&sound, false), &files(&other, &client));
    home.context("no-ca", &endpoint(&sound, false), &files(&own, &client)[1..]);
    home.context("expired", &endpoint(&expired, false), &files(&own, &client));
    home.context("elsewhere", &endpoint(&elsewhere, false), &files(&own, &client));
    home.context("anybody", &endpoint(&elsewhere, true), &files(&other, &client)[1..]);
    home.context("no-client", &endpoint(&sound, false), &files(&own, &client)[..1]);
    home.context("stranger", &endpoint(&sound, false), &files(&own, &stranger));
    home.context("half", &endpoint(&sound, false), &files(&own, &client)[..2]);
    home.context("garbage", &endpoint(&sound, false), &[("ca.pem", "no certificate")]);
    home.context("plain", &endpoint(&sound, false), &[]);
    let explain =
        |context: &str| run(home.unmoor(&["explain", "here:1", "--format", "json", "--context", context]));

    for context in ["sure", "anybody"] {
        let (status, out, err) = explain(context);
        assert_eq!((status, err.as_str()), (0, ""), "{context}");
        assert!(out.contains(&image), "{context}: {out}");
    }
    for (context, said) in [
        ("wrong-ca", "UnknownIssuer"),
        // Of a system that trusts nobody, it is told that it does not.
        ("no-ca", "authority"),
        ("expired", "expired"),
        ("elsewhere", "not valid for name"),
        ("no-client", "CertificateRequired"),
        ("stranger", "look at the context's certificates"),
        ("half", "key.pem"),
        ("garbage", "ca.pem"),
        ("plain", "cannot connect"),
        ("nowhere", "no Docker context \"nowhere\""),
    ] {
        let (status, out, err) = explain(context);
        assert_eq!((status, out.as_str()), (3, ""), "{context}: {err}");
        assert!(err.contains(said), "{context}: {said:?} is not in {err}");
        assert_eq!(err.lines().count(), 1, "{context}: {err}");
    }
}

#[test]
fn the_variables_lead_to_the_same_engine_as_the_docker_cli() {
    let engine = engines::lock(Kind::Docker28);
    let image = engine.import(&Layer::filled("here", 10).tar, Some("here:1"));
    let own = Authority::new();
    let place = in_front_of(engine.socket(), &own, &own.sign(Purpose::Server)).to_string();
    let client = own.sign(Purpose::Client);
    let home = Home::new();
    for (file, pem) in files(&own, &client) {
        home.write(&format!("certificates/{file}"), pem);
    }
    let host = format!("tcp://{place}");
    let certificates = home.path("certificates");
    let variables = [("DOCKER_HOST", host.as_str()), ("DOCKER_TLS_VERIFY", "1")];

    let mut unmoor = home.unmoor(&["explain", "here:1", "--format", "json"]);
    let (status, out, err) = run({
        unmoor.envs(variables).env("DOCKER_CERT_PATH", &certificates);
        unmoor
    });
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.contains(&image), "{out}");

    // What is removed goes over a connection of its own, and over TLS like all else.
    let change = |arguments: &[&str]| {
        let mut unmoor = home.unmoor(arguments);
        unmoor.envs(variables).env("DOCKER_CERT_PATH", &certificates);
        run(unmoor)
    };
    let (status, plan, err) = change(&["plan", "here:1", "--format", "json"]);
    assert_eq!((status, err.as_str()), (0, ""));
    let plan = home.write("plan.json", &plan);
    let (status, out, err) = change(&["apply", plan.to_str().unwrap(), "--yes"]);
    assert_eq!((status, err.as_str()), (0, ""), "{out}");
    assert_eq!(engine.images().as_array().map(Vec::len), Some(0), "{out}");

    // Without the certificates neither is let in, and nobody falls back to speaking plainly.
    let mut unmoor = home.unmoor(&["explain", "here:1"]);
    let (status, _, err) = run({
        unmoor.envs(variables);
        unmoor
    });
    assert_eq!(status, 3, "{err}");
    assert!(err.contains(".docker/ca.pem"), "{err}");
}

/// The precedence of the address, asked of the CLI itself.
#[test]
fn the_docker_cli_chooses_the_same_engine() {
    let cli = Kind::Docker28.root().join("usr/bin/docker");
    let home = Home::new();
    home.context("one", r#"{"Host":"unix:///one.sock"}"#, &[]);
    home.context("two", r#"{"Host":"tcp://127.0.0.1:1"}"#, &[]);
    let mut compared = 0;
    for current in [None, Some("one"), Some("gone"), Some("default")] {
        home.use_context(current.unwrap_or_default());
        for context in [None, Some("two"), Some("default"), Some("")] {
            for host in [None, Some("unix:///three.sock"), Some("")] {
                let variables = [("DOCKER_CONTEXT", context), ("DOCKER_HOST", host)];
                let variables = variables.into_iter().filter_map(|(name, value)| Some((name, value?)));
                let mut docker = std::process::Command::new(&cli);
                home.settle(&mut docker);
                docker.arg("version").envs(variables.clone());
                let (_, _, theirs) = run(docker);
                let mut unmoor = home.unmoor(&["explain", "x"]);
                unmoor.envs(variables.clone());
                let (_, _, ours) = run(unmoor);
                let places = [
                    "unix:///one.sock",
                    "127.0.0.1:1",
                    "unix:///three.sock",
                    "/var/run/docker.sock",
                    "\"gone\"",
                ];
                let named = |said: &str| places.iter().find(|place| said.contains(**place)).copied();
                let set: Vec<_> = variables.collect();
                assert_eq!(named(&ours), named(&theirs), "{current:?} {set:?}:\n{ours}\n{theirs}");
                assert!(named(&ours).is_some(), "{current:?} {set:?}: {ours}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 48);
}
