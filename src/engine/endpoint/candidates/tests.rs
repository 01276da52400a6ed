//! Machines as data, and the engines that may be on them.

use super::*;
use crate::engine::endpoint::surroundings::{ContextFile, TextFile};
use crate::model::Product;

/// Where engines of this machine are: the path of a socket or pipe as the system has it, and its address.
const PODMAN: (&str, &str) = if cfg!(windows) {
    (r"\\.\pipe\podman", "npipe:////./pipe/podman")
} else {
    ("/run/podman/podman.sock", "unix:///run/podman/podman.sock")
};
const NEAR: &str = if cfg!(windows) { "npipe:////./pipe/near" } else { "unix:///near.sock" };
const OTHER: &str = if cfg!(windows) { "npipe:////./pipe/other" } else { "unix:///other.sock" };

fn machine(variables: &[(&str, &str)]) -> Surroundings {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Surroundings {
        variables: variables.collect(),
        docker: Some("/home/me/.docker".into()),
        ..Surroundings::default()
    }
}

fn context_file(name: &str, text: &str, certificates: Certificates) -> ContextFile {
    let path = Path::new("/home/me/.docker/contexts/meta").join(contexts::folder_of(name)).join("meta.json");
    ContextFile { path, text: Ok(text.to_owned()), certificates }
}

fn context(name: &str, endpoint: &str) -> ContextFile {
    let text = format!(r#"{{"Name":"{name}","Metadata":{{}},"Endpoints":{{"docker":{endpoint}}}}}"#);
    context_file(name, &text, Certificates::default())
}

fn all_certificates() -> Certificates {
    Certificates { folder: "/certificates".into(), ca: true, cert: true, key: true }
}

fn known(path: &str, product: Product) -> Socket {
    Socket { path: path.into(), product, instance: None }
}

fn chosen(machine: &Surroundings) -> Result<String, Failure> {
    dial(machine, &Endpoint::Default).map(|dial| dial.host)
}

fn with_contexts(mut machine: Surroundings) -> Surroundings {
    machine.contexts = vec![
        context("far", r#"{"Host":"tcp://10.0.0.1:2376","SkipTLSVerify":true}"#),
        context("near", &format!(r#"{{"Host":"{NEAR}","SkipTLSVerify":false}}"#)),
        context("box", r#"{"Host":"ssh://me@box:2222/run/podman/podman.sock"}"#),
    ];
    machine
}

#[test]
fn the_order_of_what_decides_is_the_clis() {
    let current = |variables: &[(&str, &str)]| {
        let mut machine = with_contexts(machine(variables));
        machine.config = Some(Ok(r#"{"auths":{},"currentContext":"near"}"#.to_owned()));
        chosen(&machine)
    };
    let plain = chosen(&with_contexts(machine(&[])));
    assert_eq!(plain.as_deref(), Ok(PLATFORM_DEFAULT));
    assert_eq!(current(&[]).as_deref(), Ok(NEAR));
    assert_eq!(current(&[("DOCKER_CONTEXT", "")]).as_deref(), Ok(NEAR), "empty is not set");
    assert_eq!(current(&[("DOCKER_CONTEXT", "far")]).as_deref(), Ok("tcp://10.0.0.1:2376"));
    assert_eq!(current(&[("DOCKER_CONTEXT", "default")]).as_deref(), Ok(PLATFORM_DEFAULT));
    let both = [("DOCKER_CONTEXT", "far"), ("DOCKER_HOST", OTHER)];
    assert_eq!(current(&both).as_deref(), Ok(OTHER), "DOCKER_HOST overrides any context");
    let lone = current(&[("DOCKER_CONTEXT", "nowhere")]).unwrap_err();
    assert_eq!(lone.kind, FailureKind::BadContext);
    assert!(lone.message.contains("no Docker context \"nowhere\""), "{lone}");
}

#[test]
fn a_current_context_that_is_gone_is_no_reason_to_take_another_engine() {
    let mut machine = with_contexts(machine(&[]));
    machine.config = Some(Ok(r#"{"currentContext":"gone"}"#.to_owned()));
    machine.sockets = vec![known("/var/run/docker.sock", Product::Docker)];
    assert_eq!(chosen(&machine).unwrap_err().kind, FailureKind::BadContext);
    assert!(!is_default_unchosen(&machine));
    let all = candidates(&machine, None);
    assert!(all[0].is_cli_choice && all[0].broken.is_some(), "{all:#?}");
    assert_eq!(all.iter().filter(|candidate| candidate.is_cli_choice).count(), 1);
}

#[test]
fn an_address_that_was_given_is_listed_where_nothing_else_leads_there() {
    let mut machine = machine(&[]);
    machine.sockets = vec![known(PODMAN.0, Product::Podman)];
    let all = candidates(&machine, Some("ssh://box"));
    let last = all.last().unwrap();
    assert_eq!((last.address.as_str(), last.security), ("ssh://box", Security::Ssh));
    assert_eq!(last.origins, [Origin::Given]);
    let both = candidates(&machine, Some(PODMAN.1));
    assert_eq!(both.len(), all.len() - 1, "one engine is listed once");
    assert_eq!(both.last().unwrap().origins, [Origin::Known(Product::Podman, None), Origin::Given]);
}

fn podman_file(path: &str, text: Result<&str, &str>) -> TextFile {
    TextFile { path: path.into(), text: text.map(str::to_owned).map_err(str::to_owned) }
}

const CONNECTIONS: &str = r#"{"Connection":{"Default":"box","Connections":{
    "box":{"URI":"ssh://me@box:2222/run/user/1000/podman/podman.sock","Identity":"/home/me/.ssh/id"},
    "odd":{"URI":7},
    "podman-machine-default":{"URI":"ssh://core@127.0.0.1:40123/run/user/1000/podman/podman.sock",
        "Identity":"/home/me/.local/share/containers/podman/machine/machine","IsMachine":true},
    "posing":{"URI":"ssh://core@10.0.0.9/run/podman.sock","IsMachine":true}}},"Farm":{}}"#;
/// With the address of `old` in place of the braces.
const DESTINATIONS: &str = "[engine]\nactive_service = \"old\"\n[engine.service_destinations.old]\n\
    uri = \"{}\"\n[engine.service_destinations.box]\nuri = \"ssh://older@box\"\n";

#[test]
fn what_podman_knows_engines_by_is_known() {
    let mut machine = machine(&[("CONTAINER_CONNECTION", "box")]);
    machine.podman = vec![
        podman_file("/etc/containers/containers.conf", Ok(&DESTINATIONS.replace("{}", OTHER))),
        podman_file("/home/me/containers.conf", Ok("[engine")),
        podman_file("/unread/containers.conf", Err("may not be read")),
        podman_file("/home/me/podman-connections.json", Ok(CONNECTIONS)),
    ];
    let all = candidates(&machine, None);
    let of = |name: &str| {
        let by = Origin::PodmanConnection(name.to_owned());
        all.iter().find(|candidate| candidate.origins.contains(&by)).unwrap_or_else(|| panic!("{name}"))
    };
    assert_eq!(of("old").address, OTHER);
    assert_eq!(
        of("box").address,
        "ssh://me@box:2222/run/user/1000/podman/podman.sock",
        "the newer file counts"
    );
    assert_eq!(of("box").security, Security::Ssh);
    assert!(of("box").origins.contains(&Origin::Variable("CONTAINER_CONNECTION")));
    let login = |name: &str| dial(&machine, &Endpoint::PodmanConnection(name.to_owned())).unwrap().login;
    assert_eq!(login("box").identity.as_deref(), Some("/home/me/.ssh/id"));
    assert!(login("box").podman && !login("box").is_own_machine);
    assert!(login("podman-machine-default").is_own_machine);
    assert!(!login("posing").is_own_machine, "a machine is nowhere but here");
    assert!(of("odd").broken.as_ref().is_some_and(|failure| failure.kind == FailureKind::BadContext));
    for file in ["/home/me/containers.conf", "/unread/containers.conf"] {
        let by = Origin::PodmanConfig(file.to_owned());
        let broken = all.iter().find(|candidate| candidate.origins.contains(&by));
        assert!(broken.is_some_and(|candidate| candidate.broken.is_some()), "{all:#?}");
    }
    let missing = dial(&machine, &Endpoint::PodmanConnection("gone".to_owned())).unwrap_err();
    assert!(missing.message.contains("\"gone\"") && missing.message.contains("/unread/"), "{missing}");
}

#[test]
fn a_broken_file_spoils_only_itself() {
    let mut machine = with_contexts(machine(&[]));
    let broken = context_file("broken", r#"{"Name":"broken","Endp"#, Certificates::default());
    let foreign =
        context_file("other", r#"{"Name":"near","Endpoints":{"docker":{}}}"#, Certificates::default());
    let empty = context_file("empty", r#"{"Name":"empty"}"#, Certificates::default());
    let hostile = context("hostile", r#"{"Host":"ssh://-oProxyCommand=touch"}"#);
    let unread = ContextFile { text: Err("permission denied".to_owned()), ..context("unread", "{}") };
    machine.contexts.extend([broken, foreign, empty, hostile, unread]);
    machine.config = Some(Ok("{\"currentContext\": bro".to_owned()));
    let all = candidates(&machine, None);
    let broken: Vec<_> = all.iter().filter_map(|c| c.broken.as_ref().map(|f| f.message.as_str())).collect();
    assert_eq!(broken.len(), 6, "{broken:#?}");
    for part in
        ["not known", "EOF", "belongs to another name", "no endpoint", "begin with a dash", "permission"]
    {
        assert!(broken.iter().any(|message| message.contains(part)), "{part:?} is not among {broken:#?}");
    }
    let sound: Vec<_> = all.iter().filter(|c| c.broken.is_none()).map(|c| c.address.as_str()).collect();
    let expected =
        [PLATFORM_DEFAULT, "ssh://me@box:2222/run/podman/podman.sock", "tcp://10.0.0.1:2376", NEAR];
    assert_eq!(sound, expected);
    assert!(!is_default_unchosen(&machine), "the broken file may name a context");
    // The CLI does not find what it has read under another name.
    let near = dial(&machine, &Endpoint::Context("near".to_owned())).map(|dial| dial.host);
    assert_eq!(near.as_deref(), Ok(NEAR));
}

#[test]
fn certificates_are_taken_from_where_the_cli_takes_them() {
    let mut machine = with_contexts(machine(&[("DOCKER_TLS_VERIFY", "0")]));
    machine.certificates = all_certificates();
    let tls =
        |machine: &Surroundings, host: &str| dial(machine, &Endpoint::Host(host.to_owned())).unwrap().tls;
    let verified = Tls::On { verify: true, certificates: all_certificates(), own_ca: true };
    assert_eq!(tls(&machine, "tcp://box"), verified, "any value switches it on, as for the CLI");
    assert_eq!(tls(&machine, OTHER), Tls::Off);
    assert_eq!(tls(&machine, "http://box"), Tls::Off, "asked for without");
    assert_eq!(chosen(&machine).as_deref(), Ok("tcp://localhost:2376"));
    machine.variables = [("DOCKER_TLS".to_owned(), "1".to_owned())].into();
    assert!(matches!(tls(&machine, "tcp://box"), Tls::On { verify: false, .. }));
    machine.variables.clear();
    assert_eq!(tls(&machine, "tcp://box"), Tls::Off);
    assert!(matches!(tls(&machine, "https://box"), Tls::On { verify: true, own_ca: false, .. }));
}

#[test]
fn a_context_speaks_tls_if_it_has_certificates_or_does_without_verifying() {
    let mut machine = with_contexts(machine(&[("DOCKER_TLS_VERIFY", "1")]));
    let host = r#"{"Host":"tcp://10.0.0.2:2376","SkipTLSVerify":false}"#;
    let text = format!(r#"{{"Name":"sure","Endpoints":{{"docker":{host}}}}}"#);
    machine.contexts.push(context_file("sure", &text, all_certificates()));
    machine.contexts.push(context("plain", r#"{"Host":"tcp://10.0.0.3:2375"}"#));
    let security =
        |name: &str| dial(&machine, &Endpoint::Context(name.to_owned())).map(|dial| dial.security());
    assert_eq!(security("sure"), Ok(Security::Tls));
    assert_eq!(security("far"), Ok(Security::UnverifiedTls));
    assert_eq!(security("plain"), Ok(Security::Unencrypted), "the variables are not for contexts");
    assert_eq!(security("near"), Ok(Security::Local));
    assert_eq!(security("box"), Ok(Security::Ssh));
}

#[cfg(unix)]
#[test]
fn two_ways_to_one_socket_are_one_engine() {
    let mut machine = machine(&[("CONTAINER_HOST", "unix:///run/podman/podman.sock")]);
    machine.contexts =
        vec![context("desktop-linux", r#"{"Host":"unix:///home/me/.docker/run/docker.sock"}"#)];
    machine.config = Some(Ok(r#"{"currentContext":"desktop-linux"}"#.to_owned()));
    machine.sockets = vec![
        known("/var/run/docker.sock", Product::Docker),
        known("/home/me/.docker/run/docker.sock", Product::DockerDesktop),
        known("/run/podman/podman.sock", Product::Podman),
    ];
    machine.links = [("/var/run/docker.sock".into(), "/home/me/.docker/run/docker.sock".into())].into();
    let all = candidates(&machine, None);
    let seen: Vec<_> = all.iter().map(|c| (c.address.as_str(), c.origins.as_slice())).collect();
    let desktop = [
        Origin::Context("desktop-linux".to_owned()),
        Origin::Known(Product::Docker, None),
        Origin::Known(Product::DockerDesktop, None),
    ];
    let podman = [Origin::Variable("CONTAINER_HOST"), Origin::Known(Product::Podman, None)];
    let expected = [
        ("unix:///home/me/.docker/run/docker.sock", desktop.as_slice()),
        ("unix:///run/podman/podman.sock", podman.as_slice()),
    ];
    assert_eq!(seen, expected);
    assert_eq!(all[0].endpoint, Endpoint::Default, "what the CLI uses is followed, not fixed");
}

#[test]
fn only_an_address_that_nobody_chose_may_be_stood_in_for() {
    assert!(is_default_unchosen(&with_contexts(machine(&[]))));
    assert!(!is_default_unchosen(&machine(&[("DOCKER_HOST", "unix:///x")])));
    assert!(!is_default_unchosen(&machine(&[("DOCKER_CONTEXT", "default")])));
}
