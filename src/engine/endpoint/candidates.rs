//! Which engines may be there, and which of them the Docker CLI would use: decided from what was read, and
//! from nothing else.
//!
//! The order is that of the CLI (28.5 and 20.10 were asked): a host that is given, `DOCKER_HOST`,
//! `DOCKER_CONTEXT`, the current context, the platform's default. A host that is given or set makes the CLI
//! leave contexts alone, and takes certificates from `DOCKER_CERT_PATH`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::contexts::{self, Context, ContextEndpoint};
use super::podman::{self, Connection, Destination};
use super::surroundings::{Certificates, Socket, Surroundings};
use crate::model::{Address, Candidate, Endpoint, Failure, FailureKind, Origin, PLATFORM_DEFAULT, Security};

pub(super) const OPERATION: &str = "connect";
const HOST: &str = "DOCKER_HOST";
const CONTEXT: &str = "DOCKER_CONTEXT";
const PODMAN_HOST: &str = "CONTAINER_HOST";
const PODMAN_CONNECTION: &str = "CONTAINER_CONNECTION";
/// What the CLI uses where `DOCKER_TLS_VERIFY` is all that is set.
const TLS_DEFAULT: &str = "tcp://localhost:2376";

/// All that is needed to open a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dial {
    /// As it is shown.
    pub host: String,
    pub address: Address,
    pub tls: Tls,
    pub login: SshLogin,
}

/// What the person's own ssh configuration need not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SshLogin {
    /// The file with the key.
    pub identity: Option<String>,
    /// A virtual machine on this one, whose host key nobody ever looks at, as Podman has it.
    pub is_own_machine: bool,
    /// Podman's own command is over there, and no other.
    pub podman: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tls {
    Off,
    On {
        verify: bool,
        certificates: Certificates,
        /// Only what these authorities sign is trusted; without, what the system trusts.
        own_ca: bool,
    },
}

impl Dial {
    pub fn security(&self) -> Security {
        match (&self.address, &self.tls) {
            (Address::Ssh(_), _) => Security::Ssh,
            (Address::Pipe(_), _) if !self.address.is_local() => Security::Unencrypted,
            (Address::Unix(_) | Address::Pipe(_), _) => Security::Local,
            (Address::Tcp(_), Tls::On { verify: true, .. }) => Security::Tls,
            (Address::Tcp(_), Tls::On { verify: false, .. }) => Security::UnverifiedTls,
            (Address::Tcp(_), Tls::Off) if self.address.is_local() => Security::Local,
            (Address::Tcp(_), Tls::Off) => Security::Unencrypted,
        }
    }
}

/// What the Docker CLI would use.
struct CliChoice {
    origin: Origin,
    endpoint: Endpoint,
}

fn cli_choice(surroundings: &Surroundings) -> CliChoice {
    let host = |origin, host: &str| CliChoice { origin, endpoint: Endpoint::Host(host.to_owned()) };
    if let Some(set) = surroundings.variable(HOST) {
        return host(Origin::Variable(HOST), set);
    }
    let by_variable = surroundings.variable(CONTEXT).map(|name| (name.to_owned(), Origin::Variable(CONTEXT)));
    let current =
        || contexts::current(surroundings).ok().flatten().map(|name| (name.clone(), Origin::Context(name)));
    match by_variable.or_else(current) {
        Some((name, origin)) if name != contexts::DEFAULT => {
            CliChoice { origin, endpoint: Endpoint::Context(name) }
        }
        Some(_) | None if tls_by_environment(surroundings) => host(Origin::CliDefault, TLS_DEFAULT),
        Some(_) | None => host(Origin::CliDefault, PLATFORM_DEFAULT),
    }
}

/// Whether the address of the default endpoint is one that nobody has chosen.
pub(super) fn is_default_unchosen(surroundings: &Surroundings) -> bool {
    let is_known = contexts::current(surroundings).is_ok() && surroundings.variable(CONTEXT).is_none();
    is_known && cli_choice(surroundings).origin == Origin::CliDefault
}

/// How to reach what an endpoint stands for.
pub(super) fn dial(surroundings: &Surroundings, endpoint: &Endpoint) -> Result<Dial, Failure> {
    match endpoint {
        Endpoint::Default => dial(surroundings, &cli_choice(surroundings).endpoint),
        Endpoint::Host(host) => dial_host(surroundings, host),
        // The default one knows no more than the variables.
        Endpoint::Context(name) if name == contexts::DEFAULT => {
            let host = surroundings.variable(HOST).unwrap_or(PLATFORM_DEFAULT);
            dial_host(surroundings, host)
        }
        Endpoint::Context(name) => {
            let found = contexts::all(surroundings).into_iter().find(|context| context.name == *name);
            found.map_or_else(|| dial_missing_context(surroundings, name), dial_context)
        }
        Endpoint::PodmanConnection(name) => {
            let (all, broken) = podman::all(surroundings);
            let found = all.into_iter().find(|connection| connection.name == *name);
            found.map_or_else(
                || {
                    let files = broken.into_iter().map(|(file, why)| format!("; {file}: {why}"));
                    let why = format!("Podman knows no connection {name:?}{}", files.collect::<String>());
                    Err(bad(FailureKind::BadContext, name, &why))
                },
                |connection| dial_connection(surroundings, connection),
            )
        }
        Endpoint::Sample => Err(bad(FailureKind::BadAddress, "sample", "the sample has no address")),
    }
}

fn dial_host(surroundings: &Surroundings, host: &str) -> Result<Dial, Failure> {
    let host = host.trim();
    let address =
        Address::parse(host).map_err(|error| bad(FailureKind::BadAddress, host, &error.to_string()))?;
    let set = tls_by_environment(surroundings);
    let asked = if let Address::Tcp(tcp) = &address { tcp.tls.unwrap_or(set) } else { false };
    let tls = if asked {
        let certificates = surroundings.certificates.clone();
        let own_ca = set || (surroundings.variable("DOCKER_CERT_PATH").is_some() && certificates.ca);
        let verify = !set || surroundings.variable("DOCKER_TLS_VERIFY").is_some();
        Tls::On { verify, certificates, own_ca }
    } else {
        Tls::Off
    };
    Ok(Dial { host: host.to_owned(), address, tls, login: SshLogin::default() })
}

fn tls_by_environment(surroundings: &Surroundings) -> bool {
    ["DOCKER_TLS", "DOCKER_TLS_VERIFY"].iter().any(|name| surroundings.variable(name).is_some())
}

fn dial_context(context: Context) -> Result<Dial, Failure> {
    let ContextEndpoint { host, skip_verify, certificates } =
        context.endpoint.map_err(|why| bad(FailureKind::BadContext, &context.name, &why))?;
    let address =
        Address::parse(&host).map_err(|error| bad(FailureKind::BadAddress, &host, &error.to_string()))?;
    let tls = match &address {
        Address::Tcp(tcp) if tcp.tls.unwrap_or(skip_verify || certificates.any()) => {
            Tls::On { verify: !skip_verify, own_ca: certificates.ca, certificates }
        }
        Address::Tcp(_) | Address::Unix(_) | Address::Pipe(_) | Address::Ssh(_) => Tls::Off,
    };
    Ok(Dial { host, address, tls, login: SshLogin::default() })
}

fn dial_connection(surroundings: &Surroundings, connection: Connection) -> Result<Dial, Failure> {
    let Destination { uri, identity, is_machine } =
        connection.destination.map_err(|why| bad(FailureKind::BadContext, &connection.name, &why))?;
    let mut dial = dial_host(surroundings, &uri)?;
    if let Address::Ssh(ssh) = &dial.address {
        let is_here = matches!(ssh.host.as_str(), "localhost" | "127.0.0.1" | "::1");
        let identity = identity.filter(|file| !file.is_empty());
        dial.login = SshLogin { identity, is_own_machine: is_machine && is_here, podman: true };
    }
    Ok(dial)
}

fn dial_missing_context(surroundings: &Surroundings, name: &str) -> Result<Dial, Failure> {
    let folder = contexts::folder_of(name);
    // One whose file cannot be read is known by its folder alone.
    let broken = contexts::all(surroundings).into_iter().find(|context| context.name == folder);
    if let Some(Err(why)) = broken.map(|context| context.endpoint) {
        return Err(bad(FailureKind::BadContext, name, &why));
    }
    let place = surroundings.docker.clone().unwrap_or_default().join("contexts/meta").join(folder);
    let why = format!("there is no Docker context {name:?}: no {}", place.join("meta.json").display());
    Err(bad(FailureKind::BadContext, name, &why))
}

fn bad(kind: FailureKind, host: &str, message: &str) -> Failure {
    Failure {
        kind,
        host: crate::model::address::without_password(host),
        operation: OPERATION.to_owned(),
        message: message.to_owned(),
    }
}

/// Every engine that may be there: what the CLI would use first, then what is named, then what is known, and at
/// last the address that the person has given, if nothing else leads there.
pub(super) fn candidates(surroundings: &Surroundings, given: Option<&str>) -> Vec<Candidate> {
    let mut all = Gathered { surroundings, found: Vec::new(), places: BTreeMap::new() };
    let CliChoice { origin, endpoint } = cli_choice(surroundings);
    all.add(origin, dial(surroundings, &endpoint), Endpoint::Default, true);
    if let Endpoint::Context(name) = endpoint {
        // By whichever variable it was chosen, the context has a name that the person knows.
        all.add_origin(0, Origin::Context(name));
    }
    if let Err(why) = contexts::current(surroundings) {
        let file = surroundings.docker.clone().unwrap_or_default().join("config.json").display().to_string();
        let why = format!("which context is the current one is not known: {why}");
        let broken = Err(bad(FailureKind::BadContext, &file, &why));
        all.add(Origin::CliConfig(file), broken, Endpoint::Default, false);
    }
    for context in contexts::all(surroundings) {
        let endpoint = Endpoint::Context(context.name.clone());
        all.add(Origin::Context(context.name.clone()), dial(surroundings, &endpoint), endpoint, false);
    }
    if let Some(host) = surroundings.variable(PODMAN_HOST) {
        let endpoint = Endpoint::Host(host.trim().to_owned());
        all.add(Origin::Variable(PODMAN_HOST), dial(surroundings, &endpoint), endpoint, false);
    }
    let (connections, unread) = podman::all(surroundings);
    for Connection { name, .. } in connections {
        let endpoint = Endpoint::PodmanConnection(name.clone());
        let dialled = dial(surroundings, &endpoint);
        if surroundings.variable(PODMAN_CONNECTION) == Some(&name) {
            all.add(Origin::Variable(PODMAN_CONNECTION), dialled.clone(), endpoint.clone(), false);
        }
        all.add(Origin::PodmanConnection(name), dialled, endpoint, false);
    }
    for (file, why) in unread {
        let broken = Err(bad(FailureKind::BadContext, &file, &why));
        all.add(Origin::PodmanConfig(file), broken, Endpoint::Default, false);
    }
    for Socket { path, product, instance } in &surroundings.sockets {
        let endpoint = Endpoint::Host(address_of(path));
        let origin = Origin::Known(*product, instance.clone());
        all.add(origin, dial(surroundings, &endpoint), endpoint, false);
    }
    if let Some(host) = given {
        let endpoint = Endpoint::Host(host.to_owned());
        all.add(Origin::Given, dial(surroundings, &endpoint), endpoint, false);
    }
    all.found
}

/// The sockets that variables and contexts name, for the links in their paths to be followed.
pub(super) fn named_sockets(surroundings: &Surroundings) -> Vec<PathBuf> {
    let contexts =
        contexts::all(surroundings).into_iter().filter_map(|context| Some(context.endpoint.ok()?.host));
    let variables =
        [HOST, PODMAN_HOST].iter().filter_map(|name| surroundings.variable(name).map(str::to_owned));
    let podman =
        podman::all(surroundings).0.into_iter().filter_map(|found| Some(found.destination.ok()?.uri));
    let hosts = contexts.chain(podman).chain(variables).chain([PLATFORM_DEFAULT.to_owned()]);
    let path = |host: String| match Address::parse(&host) {
        Ok(Address::Unix(path)) => Some(PathBuf::from(path)),
        Ok(Address::Pipe(_) | Address::Tcp(_) | Address::Ssh(_)) | Err(_) => None,
    };
    hosts.filter_map(path).collect()
}

fn address_of(path: &Path) -> String {
    let path = path.to_string_lossy();
    if cfg!(windows) { format!("npipe://{}", path.replace('\\', "/")) } else { format!("unix://{path}") }
}

/// What leads to the same place, with the same certificates, is one engine.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct PlaceKey {
    end: String,
    security: String,
}

struct Gathered<'a> {
    surroundings: &'a Surroundings,
    found: Vec<Candidate>,
    places: BTreeMap<PlaceKey, usize>,
}

impl Gathered<'_> {
    fn add(&mut self, origin: Origin, dial: Result<Dial, Failure>, endpoint: Endpoint, is_cli_choice: bool) {
        let key = match &dial {
            Ok(dial) => PlaceKey {
                end: self.end_of(&dial.address),
                security: format!("{:?} {:?}", dial.tls, dial.login),
            },
            // A broken one is the same only if it is broken in the same way.
            Err(failure) => PlaceKey { end: String::new(), security: failure.to_string() },
        };
        if let Some(at) = self.places.get(&key).copied() {
            return self.add_origin(at, origin);
        }
        self.places.insert(key, self.found.len());
        let (address, security, broken) = match dial {
            Ok(dial) => (dial.host.clone(), dial.security(), None),
            Err(failure) => (String::new(), Security::Local, Some(failure)),
        };
        self.found.push(Candidate {
            endpoint,
            address,
            origins: vec![origin],
            security,
            is_cli_choice,
            broken,
        });
    }

    fn add_origin(&mut self, at: usize, origin: Origin) {
        if let Some(candidate) = self.found.get_mut(at)
            && !candidate.origins.contains(&origin)
        {
            candidate.origins.push(origin);
        }
    }

    fn end_of(&self, address: &Address) -> String {
        match address {
            Address::Unix(path) => {
                let end = self.surroundings.links.get(Path::new(path));
                end.map_or_else(|| path.clone(), |end| end.to_string_lossy().into_owned())
            }
            Address::Pipe(path) => path.to_lowercase(),
            Address::Tcp(_) | Address::Ssh(_) => address.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
