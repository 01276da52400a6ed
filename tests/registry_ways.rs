//! The way to a registry: through proxies, to Docker Hub by the names it has elsewhere, over TLS with a private
//! authority, and without TLS where the engine or the person says so. Nothing of it leaves this machine.

#![cfg(test)]

mod authority;
mod carried;
mod engines;
mod fake;
mod registries;

use std::path::Path;
use std::process::Command;

use authority::Authority;
use carried::Carried;
use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use registries::proxy::Proxy;
use registries::{PASSWORD, Pushed, Registry, Wants, basic, logins_for, no_logins};
use serde_json::{Value, json};

/// A home with logins and, for the window, registries that are spoken to without TLS.
fn home(logins: &Value, without_tls: &[&str]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let write = |path: &str, value: &Value| {
        let path = home.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, value.to_string()).unwrap();
    };
    write(".docker/config.json", logins);
    let named: Vec<_> = without_tls.iter().map(|host| json!({"host": host, "without_tls": true})).collect();
    write(".config/unmoor/settings.json", &json!({"registries": named}));
    home
}

/// An engine with one image under this name.
fn engine_with(name: &str, image: &Pushed) -> fake::Fake {
    let repository = name.rsplit_once(':').unwrap().0;
    let digest = format!("{repository}@{}", image.digest);
    let row = json!([{"Id": image.config, "RepoTags": [name], "RepoDigests": [digest],
        "Size": 5, "Created": 1}]);
    fake::Fake::start(move |request| {
        if request.contains("/images/json") {
            fake::Reply::ok(row.to_string())
        } else {
            fake::healthy(request)
        }
    })
}

fn look_up(host: &str, image: &str, home: &Path, environment: &[(&str, &str)]) -> Value {
    let mut program = Command::new(env!("CARGO_BIN_EXE_unmoor"));
    program.args(["explain", "--look-up", "--format", "json", "--host", host, image]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        program.env_remove(name).env_remove(name.to_lowercase());
    }
    for name in ["XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "REGISTRY_AUTH_FILE", "DOCKER_CONFIG"] {
        program.env_remove(name);
    }
    program.env("HOME", home).env("UNMOOR_LOG", "trace").envs(environment.iter().copied());
    let output = program.output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let secret = basic();
    for secret in [PASSWORD, secret.strip_prefix("Basic ").unwrap()] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
    let told: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    told["recoverable"].clone()
}

#[test]
fn a_proxy_is_asked_for_what_is_not_on_this_machine_and_the_settings_say_who_needs_no_tls() {
    const HOST: &str = "registry.unmoor.test:5000";
    let registry = Registry::start(&Wants::Nothing);
    let pushed = registry.push("team/app", "1", "something");
    let engine = engine_with(&format!("{HOST}/team/app:1"), &pushed);
    for names in [["HTTP_PROXY", "HTTPS_PROXY"], ["http_proxy", "https_proxy"]] {
        let proxy = Proxy::to(&registry.host);
        let environment = names.map(|name| (name, &*proxy.address));
        let strict = home(&no_logins(), &[]);
        let told = look_up(&engine.host, &pushed.config, strict.path(), &environment);
        assert_eq!(told["verdict"], "unknown", "{told}");
        let asked = proxy.asked();
        assert!(!asked.is_empty(), "nobody asked the proxy");
        assert!(asked.iter().all(|line| line == &format!("CONNECT {HOST}")), "{asked:?}");
        let trusting = home(&no_logins(), &[HOST]);
        let told = look_up(&engine.host, &pushed.config, trusting.path(), &environment);
        assert_eq!(told["verdict"], "yes", "{told}");
        let plain = format!("GET http://{HOST}/v2/");
        assert!(proxy.asked().iter().any(|line| line.starts_with(&plain)), "{:?}", proxy.asked());
    }
}

#[test]
fn whom_no_proxy_names_is_asked_without_one() {
    let registry = Registry::start(&Wants::Nothing);
    let pushed = registry.push("team/app", "1", "something");
    // This machine by an address that is no loopback.
    let port = registry.host.rsplit_once(':').unwrap().1;
    let host = format!("0.0.0.0:{port}");
    let engine = engine_with(&format!("{host}/team/app:1"), &pushed);
    let home = home(&no_logins(), &[&host]);
    let proxy = Proxy::to(&registry.host);
    let both = [("HTTP_PROXY", &*proxy.address), ("HTTPS_PROXY", &*proxy.address)];
    let around = [both[0], both[1], ("NO_PROXY", "example.com,0.0.0.0")];
    let told = look_up(&engine.host, &pushed.config, home.path(), &around);
    assert_eq!(told["verdict"], "yes", "{told}");
    assert_eq!(proxy.asked(), [] as [String; 0]);
    let told = look_up(&engine.host, &pushed.config, home.path(), &both);
    assert_eq!(told["verdict"], "yes", "{told}");
    assert!(!proxy.asked().is_empty());
}

#[test]
fn docker_hub_is_asked_where_its_api_is_with_the_login_that_is_kept_under_its_old_address() {
    let plain = Registry::start(&Wants::Nothing);
    let pushed = plain.push("library/app", "1", "something");
    let authority = Authority::new();
    let (certificate, key) = authority.certify("registry-1.docker.io");
    // The same images, behind TLS and a password.
    let hub = Registry::start_on(&plain, &Wants::TlsAndHtpasswd { certificate, key });
    let proxy = Proxy::to(&hub.host);
    let environment = [("HTTPS_PROXY", &*proxy.address), ("HTTP_PROXY", &*proxy.address)];
    let engine = engine_with("app:1", &pushed);
    let logins = logins_for(&["https://index.docker.io/v1/"]);
    let person = home(&logins, &[]);
    let told = look_up(&engine.host, &pushed.config, person.path(), &environment);
    assert_eq!(told["references"][0]["status"], "unreachable", "nobody vouches for it: {told}");
    for (home, verdict, status) in
        [(&person, "yes", "present"), (&home(&logins_for(&["docker.io"]), &[]), "unknown", "denied")]
    {
        let folder = home.path().join(".docker/certs.d/docker.io");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("ca.crt"), authority.certificate.pem()).unwrap();
        let told = look_up(&engine.host, &pushed.config, home.path(), &environment);
        assert_eq!((&told["verdict"], &told["references"][0]["status"]), (&verdict.into(), &status.into()));
        assert_eq!(told["references"][0]["registry"], "docker.io", "{told}");
    }
    let asked = proxy.asked();
    assert!(asked.iter().all(|line| line == "CONNECT registry-1.docker.io:443"), "{asked:?}");
}

#[test]
fn whom_the_engine_lists_as_insecure_is_asked_without_tls() {
    for kind in Kind::ALL {
        let registry = Registry::start(&Wants::Nothing);
        let port = registry.host.rsplit_once(':').unwrap().1;
        // No loopback by its name: nobody may do without TLS there unless somebody says so.
        let host = format!("0.0.0.0:{port}");
        let name = format!("{host}/team/app:1");
        let trusting = Engine::start_trusting(kind, &[&host]);
        let _reached = Carried::to(&trusting, &registry.host);
        let image = Image {
            layers: vec![Layer::filled("something", 3_000)],
            tags: vec![name.clone()],
            ..Image::default()
        };
        trusting.load(&docker_archive(std::slice::from_ref(&image)));
        trusting.push(&name);
        let home = home(&no_logins(), &[]);
        let told = look_up(&trusting.host, &name, home.path(), &[]);
        assert_eq!(told["verdict"], "yes", "{}: {told}", kind.name());
        let strict = engines::lock(kind);
        strict.load(&docker_archive(&[image]));
        let told = look_up(&strict.host, &name, home.path(), &[]);
        assert_eq!(told["references"][0]["status"], "unreachable", "{}: {told}", kind.name());
    }
}
