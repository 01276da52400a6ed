//! What the program believes of registries: good ones, ones that want a login, and ones that hang, lie, send
//! elsewhere or have lost their data.

#![cfg(test)]

mod authority;
mod engines;
mod registries;

use std::time::{Duration, Instant};

use serde_json::json;
use unmoor::model::{Reach, Remote};

use authority::Authority;
use registries::http::{self, Reply, Server};
use registries::tokens::{IDENTITY, TokenServer};
use registries::{
    PASSWORD, Registry, Wants, ask, ask_as, basic, digest_of, logins_for, no_logins, places, question,
};

const OTHER: &str = "sha256:c7c1149150a8f7536bd19b70ea34748bf9dfbc93e5dee677f11362c06b12735d";

fn present(digest: &str) -> Remote {
    Remote::Present { digest: unmoor::model::Digest::parse(digest).unwrap() }
}

fn digest(text: &str) -> unmoor::model::Digest {
    unmoor::model::Digest::parse(text).unwrap()
}

fn denied(remote: &Remote) -> &str {
    if let Remote::Denied(why) = remote { why } else { panic!("not denied: {remote:?}") }
}

fn unreachable(remote: &Remote) -> &str {
    if let Remote::Unreachable(why) = remote { why } else { panic!("not unreachable: {remote:?}") }
}

#[test]
fn a_registry_tells_what_it_has_what_moved_and_what_is_gone() {
    let registry = Registry::start(&Wants::Nothing);
    let host = &registry.host;
    let old = registry.push("team/app", "1", "the first build");
    let new = registry.push("team/app", "1", "the second build");
    let (_folder, places) = places(&no_logins());
    let name = |tail: &str| format!("{host}/{tail}");
    let known = [old.digest.as_str()];
    let told = ask(
        &places,
        vec![
            question(&name("team/app:1"), &[&new.digest], &new.config),
            question(&name(&format!("team/app@{}", old.digest)), &known, &old.config),
            question(&name("team/app:1"), &known, &old.config),
            question(&name("team/app:gone"), &known, &old.config),
            question(&name("team/app:1"), &[OTHER], OTHER),
            question(&name(&format!("team/app@{OTHER}")), &[OTHER], OTHER),
            question(&name("nobody/nothing:1"), &[OTHER], OTHER),
            // Without any digest: known by its configuration alone.
            question(&name("team/app:1"), &[], &new.config),
        ],
    );
    let moved =
        |still: Option<&str>| Remote::Moved { to: Some(digest(&new.digest)), still: still.map(digest) };
    assert_eq!(told[0], present(&new.digest));
    assert_eq!(told[1], present(&old.digest));
    assert_eq!(told[2], moved(Some(&old.digest)));
    assert_eq!(told[3], Remote::Moved { to: None, still: Some(digest(&old.digest)) });
    assert_eq!(told[4], moved(None));
    assert_eq!(told[5], Remote::Absent);
    assert_eq!(told[6], Remote::Absent);
    assert_eq!(told[7], present(&new.digest));
}

#[test]
fn an_index_counts_by_the_platform_that_is_here() {
    let registry = Registry::start(&Wants::Nothing);
    let here = registry.push("team/app", "amd64", "for this machine");
    let there = registry.push("team/app", "arm64", "for another");
    let index = registry.push_index("team/app", "1", &[("amd64", &here), ("arm64", &there)]);
    let (_folder, places) = places(&no_logins());
    let name = format!("{}/team/app:1", registry.host);
    let asked = || vec![question(&name, &[&index], &here.config), question(&name, &[], &here.config)];
    assert_eq!(ask(&places, asked()), [present(&index), present(&index)]);
    registry.lose(&there.layer);
    assert_eq!(ask(&places, asked())[0], present(&index), "another platform's layer");
    registry.lose(&here.layer);
    assert_eq!(ask(&places, asked())[0], Remote::Incomplete { missing: 1 });
}

#[test]
fn a_registry_that_has_lost_its_data_does_not_have_the_image() {
    let registry = Registry::start(&Wants::Nothing);
    let pushed = registry.push("team/app", "1", "something");
    let (_folder, places) = places(&no_logins());
    let by_tag = format!("{}/team/app:1", registry.host);
    let by_digest = format!("{}/team/app@{}", registry.host, pushed.digest);
    let asked = || {
        vec![
            question(&by_tag, &[&pushed.digest], &pushed.config),
            question(&by_digest, &[&pushed.digest], &pushed.config),
        ]
    };
    assert_eq!(ask(&places, asked()), [present(&pushed.digest), present(&pushed.digest)]);
    registry.lose(&pushed.layer);
    let broken = Remote::Incomplete { missing: 1 };
    assert_eq!(ask(&places, asked()), [broken.clone(), broken], "the manifest alone is no image");
    registry.lose(&pushed.digest);
    let told = ask(&places, asked());
    assert!(told.iter().all(Remote::is_gone), "{told:?}");
}

#[test]
fn a_password_is_sent_where_it_is_wanted_and_its_lack_is_told() {
    let registry = Registry::start(&Wants::Htpasswd);
    let pushed = registry.push("team/app", "1", "something");
    let asked =
        || vec![question(&format!("{}/team/app:1", registry.host), &[&pushed.digest], &pushed.config)];
    let (_folder, known) = places(&logins_for(&[&registry.host]));
    assert_eq!(ask(&known, asked()), [present(&pushed.digest)]);
    let (_folder, unknown) = places(&no_logins());
    assert!(denied(&ask(&unknown, asked())[0]).contains("there is none for it"));
    let wrong = json!({"auths": {&registry.host: {"auth": "bWU6d3Jvbmc="}}});
    let (_folder, wrong) = places(&wrong);
    let told = ask(&wrong, asked());
    assert!(!denied(&told[0]).contains("wrong"), "{told:?}");
}

#[test]
fn tokens_are_had_for_passwords_and_for_identity_tokens() {
    let tokens = TokenServer::start(|_| vec!["pull"]);
    let wants = Wants::Token { realm: tokens.realm(), certificate: tokens.certificate.clone() };
    let mut registry = Registry::start(&wants);
    registry.authorize(tokens.bearer("team/app"));
    let pushed = registry.push("team/app", "1", "something");
    let host = registry.host.clone();
    let asked = || vec![question(&format!("{host}/team/app:1"), &[&pushed.digest], &pushed.config)];
    let (_folder, password) = places(&logins_for(&[&host]));
    assert_eq!(ask(&password, asked()), [present(&pushed.digest)]);
    let (_folder, identity) = places(&json!({"auths": {&host: {"identitytoken": IDENTITY}}}));
    assert_eq!(ask(&identity, asked()), [present(&pushed.digest)]);
    let (_folder, nobody) = places(&no_logins());
    denied(&ask(&nobody, asked())[0]);
    let before = tokens.server.asked().len();
    let many: Vec<_> = (0..20).flat_map(|_| asked()).collect();
    assert!(ask(&password, many).iter().all(|told| *told == present(&pushed.digest)));
    let for_many = tokens.server.asked().len() - before;
    let account = |asked: &http::Asked| asked.query("account");
    assert!(tokens.server.asked().iter().any(|asked| account(asked).as_deref() == Some(registries::USER)));
    assert!(for_many <= 5, "{for_many} tokens for twenty questions about one repository");
}

#[test]
fn a_helper_gives_the_login_and_what_it_prints_is_not_repeated() {
    use std::os::unix::fs::PermissionsExt as _;
    let registry = Registry::start(&Wants::Htpasswd);
    let pushed = registry.push("team/app", "1", "something");
    let folder = tempfile::tempdir().unwrap();
    let helper = |name: &str, script: &str| {
        let path = folder.path().join(format!("docker-credential-{name}"));
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let login = json!({"ServerURL": "x", "Username": registries::USER, "Secret": PASSWORD});
    helper("good", &format!("cat >/dev/null; echo '{login}'"));
    helper("bad", &format!("cat >/dev/null; echo '{PASSWORD}'; echo '{PASSWORD}' >&2; exit 1"));
    let explain = |helper: &str| {
        let config = folder.path().join(helper);
        std::fs::create_dir_all(&config).unwrap();
        std::fs::write(config.join("config.json"), json!({"credsStore": helper}).to_string()).unwrap();
        let engine = engine_with(&registry.host, &pushed.config, Some(&pushed.digest));
        let path = std::env::join_paths(
            std::iter::once(folder.path().to_owned())
                .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        let mut program = explain(&engine.host, &pushed.config, &config);
        let output = program.env("PATH", path.unwrap()).output().unwrap();
        assert!(!said(&output).contains(PASSWORD), "{}", said(&output));
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    assert_eq!(explain("good")["recoverable"]["verdict"], "yes");
    let told = explain("bad");
    assert_eq!(told["recoverable"]["verdict"], "unknown");
    assert!(told.to_string().contains("docker-credential-bad failed"), "{told}");
}

#[test]
fn a_private_authority_is_trusted_where_its_folder_says_so() {
    let authority = Authority::new();
    let (certificate, key) = authority.certify("127.0.0.1");
    let clients = Some(authority.certificate.pem());
    let registry = Registry::start(&Wants::Tls { certificate, key, clients });
    let host = &registry.host;
    let asked = || vec![question(&format!("{host}/team/app:1"), &[OTHER], OTHER)];
    let (folder, places) = places(&no_logins());
    assert!(unreachable(&ask(&places, asked())[0]).contains("certificate"), "nobody vouches for it");
    let certificates = folder.path().join("certs.d").join(host);
    std::fs::create_dir_all(&certificates).unwrap();
    std::fs::write(certificates.join("ca.crt"), authority.certificate.pem()).unwrap();
    // It wants to see a certificate itself.
    unreachable(&ask(&places, asked())[0]);
    let (certificate, key) = authority.certify("somebody");
    std::fs::write(certificates.join("client.cert"), certificate).unwrap();
    std::fs::write(certificates.join("client.key"), key).unwrap();
    assert_eq!(ask(&places, asked()), [Remote::Absent]);
    std::fs::write(certificates.join("ca.crt"), "no certificate").unwrap();
    assert!(unreachable(&ask(&places, asked())[0]).contains("ca.crt"));
}

#[test]
fn a_registry_that_hangs_does_not_hold_up_another() {
    let silent = Server::start(|_| Reply::Silence);
    let registry = Registry::start(&Wants::Nothing);
    let pushed = registry.push("team/app", "1", "something");
    let (_folder, places) = places(&no_logins());
    let mut asked: Vec<_> =
        (0..40).map(|n| question(&format!("{}/team/app:{n}", silent.host), &[OTHER], OTHER)).collect();
    asked.push(question(&format!("{}/team/app:1", registry.host), &[&pushed.digest], &pushed.config));
    let started = Instant::now();
    let told = ask(&places, asked);
    assert!(started.elapsed() < Duration::from_mins(2), "one limit for all names, not one for each");
    assert_eq!(told[40], present(&pushed.digest));
    assert!(told[..40].iter().all(|remote| unreachable(remote).contains("in time")), "{told:?}");
    assert!(silent.asked().len() < 10, "who does not answer is not asked again and again");
}

#[test]
fn what_has_another_digest_than_it_was_asked_for_by_is_not_believed() {
    let manifest =
        json!({"schemaVersion": 2, "config": {"digest": OTHER, "size": 1}, "layers": []}).to_string();
    let real = digest_of(manifest.as_bytes());
    let liar = Server::start(move |_| Reply::new(200, manifest.clone()).with("Docker-Content-Digest", OTHER));
    let (_folder, places) = places(&no_logins());
    let told = ask(
        &places,
        vec![
            question(&format!("{}/team/app@{OTHER}", liar.host), &[OTHER], OTHER),
            question(&format!("{}/team/app:1", liar.host), &[&real], OTHER),
        ],
    );
    for remote in &told {
        assert!(unreachable(remote).contains("not to be believed"), "{remote:?}");
    }
}

#[test]
fn what_is_no_answer_of_a_registry_is_neither_there_nor_gone() {
    let answers = |reply: fn() -> Reply, why: &str| {
        let server = Server::start(move |_| reply());
        let (_folder, places) = places(&no_logins());
        for name in ["team/app:1".to_owned(), format!("team/app@{OTHER}")] {
            let told = ask(&places, vec![question(&format!("{}/{name}", server.host), &[OTHER], OTHER)]);
            assert!(unreachable(&told[0]).contains(why), "{told:?}");
        }
    };
    answers(|| Reply::new(404, "<html>not found</html>"), "not a registry");
    answers(|| Reply::new(404, ""), "not a registry");
    answers(|| Reply::new(500, "oops"), "status 500");
    answers(|| Reply::new(429, "{}").with("Retry-After", "60"), "too many requests for now");
    answers(|| Reply::new(200, "<html>hello</html>"), "");
    answers(|| Reply::new(200, vec![b'x'; 9 * 1024 * 1024]), "no end");
    answers(|| Reply::new(400, r#"{"errors":[{"code":"ODD","message":"a\u0007b"}]}"#), "status 400 a b");
}

#[test]
fn a_login_is_not_carried_to_another_host() {
    let stranger = Server::start(|_| Reply::unknown());
    let to = stranger.host.clone();
    let registry = Server::start(move |asked| match asked.header("authorization") {
        None => Reply::challenge("Basic realm=\"x\""),
        Some(_) => Reply::new(307, "").with("Location", &format!("http://{to}{}", asked.path)),
    });
    let (_folder, places) = places(&logins_for(&[&registry.host]));
    let told = ask(&places, vec![question(&format!("{}/team/app:1", registry.host), &[OTHER], OTHER)]);
    assert_eq!(told, [Remote::Absent], "the storage behind it answers for it");
    assert!(registry.asked().iter().any(|asked| asked.header("authorization") == Some(&basic())));
    let carried: Vec<_> = stranger.asked();
    assert!(!carried.is_empty(), "it was sent on");
    assert!(carried.iter().all(|asked| asked.header("authorization").is_none()), "{carried:?}");
}

#[test]
fn a_login_is_not_given_to_a_token_server_without_tls() {
    let registry =
        Server::start(|_| Reply::challenge("Bearer realm=\"http://tokens.example.com/token\",service=\"x\""));
    let (_folder, places) = places(&logins_for(&[&registry.host]));
    let told = ask(&places, vec![question(&format!("{}/team/app:1", registry.host), &[OTHER], OTHER)]);
    assert!(denied(&told[0]).contains("without TLS"), "{told:?}");
}

#[test]
fn a_registry_that_says_a_secret_back_is_not_quoted() {
    let registry = Server::start(|asked| match asked.header("authorization") {
        None => Reply::challenge("Basic realm=\"x\""),
        Some(login) => {
            let words = format!("who is {login} with {PASSWORD}?");
            Reply::new(403, json!({"errors": [{"code": "DENIED", "message": words}]}).to_string())
        }
    });
    let (_folder, places) = places(&logins_for(&[&registry.host]));
    let told = ask(&places, vec![question(&format!("{}/team/app:1", registry.host), &[OTHER], OTHER)]);
    let why = denied(&told[0]);
    let encoded = basic();
    assert!(why.contains("who is"), "{why}");
    assert!(!why.contains(PASSWORD) && !why.contains(encoded.strip_prefix("Basic ").unwrap()), "{why}");
}

#[test]
fn the_loopback_of_another_machine_is_not_this_one() {
    let registry = Registry::start(&Wants::Nothing);
    let (_folder, places) = places(&no_logins());
    let reach = Reach { elsewhere: true, ..Reach::default() };
    let asked = vec![question(&format!("{}/team/app:1", registry.host), &[OTHER], OTHER)];
    let told = ask_as(&places, asked, &reach);
    assert!(unreachable(&told[0]).contains("engine's own machine"), "{told:?}");
}

#[test]
fn no_login_is_found_in_anything_the_program_writes() {
    let tokens = TokenServer::start(|_| vec!["pull"]);
    let wants = Wants::Token { realm: tokens.realm(), certificate: tokens.certificate.clone() };
    let with_tokens = Registry::start(&wants);
    let with_password = Registry::start(&Wants::Htpasswd);
    let image = digest_of(b"an image");
    for (host, login) in [
        (&with_tokens.host, logins_for(&[&with_tokens.host])),
        (&with_tokens.host, json!({"auths": {&with_tokens.host: {"identitytoken": IDENTITY}}})),
        // Refused: whoever repeats it has to keep it for themselves.
        (&with_tokens.host, json!({"auths": {&with_tokens.host: {"username": "me", "password": PASSWORD}}})),
        (&with_password.host, logins_for(&[&with_password.host])),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.json"), login.to_string()).unwrap();
        let engine = engine_with(host, &image, Some(OTHER));
        let output =
            explain(&engine.host, &image, folder.path()).env("UNMOOR_LOG", "trace").output().unwrap();
        let text = said(&output);
        assert!(text.contains("recoverable"), "{text}");
        assert!(text.contains("TRACE"), "the log is on: {text}");
        let encoded = basic();
        for secret in [PASSWORD, IDENTITY, encoded.strip_prefix("Basic ").unwrap(), "Bearer ey"] {
            assert!(!text.contains(secret), "{secret} in: {text}");
        }
    }
}

/// Everything that a run of the program printed.
fn said(output: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn explain(engine: &str, image: &str, docker_config: &std::path::Path) -> std::process::Command {
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_unmoor"));
    program
        .args(["explain", "--look-up", "--format", "json", "--host", engine, image])
        .env("DOCKER_CONFIG", docker_config)
        .env("HOME", docker_config)
        .env_remove("XDG_RUNTIME_DIR")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("REGISTRY_AUTH_FILE");
    program
}

/// An engine with one image from this registry.
fn engine_with(host: &str, image: &str, digest: Option<&str>) -> fake::Fake {
    let tag = format!("{host}/team/app:1");
    let digests: Vec<_> = digest.iter().map(|digest| format!("{host}/team/app@{digest}")).collect();
    let row = json!([{"Id": image, "RepoTags": [tag], "RepoDigests": digests, "Size": 5, "Created": 1}]);
    fake::Fake::start(move |request| {
        if request.contains("/images/json") {
            fake::Reply::ok(row.to_string())
        } else {
            fake::healthy(request)
        }
    })
}

mod fake;
