//! Engines that may be there: how each was found, how it is reached, and what became of asking it.

use std::fmt;

use super::connection::{Endpoint, Failure};
use super::inventory::EngineInfo;

/// An engine that may be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// How to ask for it. Two ways to the same address may differ in their certificates.
    pub endpoint: Endpoint,
    /// As the person, a context or the system writes it; empty where a broken context tells none.
    pub address: String,
    /// Every way that leads there, the first found first.
    pub origins: Vec<Origin>,
    pub security: Security,
    /// The one that the Docker CLI uses, as things are set.
    pub is_cli_choice: bool,
    /// Why it cannot even be asked.
    pub broken: Option<Failure>,
}

/// How an engine was found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Origin {
    /// By this variable of the environment.
    Variable(&'static str),
    /// By the Docker context with this name.
    Context(String),
    /// By the name that Podman knows it under.
    PodmanConnection(String),
    /// One of Podman's files, which cannot be read: it may name engines.
    PodmanConfig(String),
    /// The CLI's own settings, which cannot be read: they may name a context.
    CliConfig(String),
    /// Where the Docker CLI looks if nothing is said.
    CliDefault,
    /// By the address itself, typed or given on the command line.
    Given,
    /// Where this product is known to put its socket; with the name of the instance where there may be several.
    Known(Product, Option<String>),
}

impl fmt::Display for Origin {
    /// English, for the command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => f.write_str(name),
            Self::Context(name) => write!(f, "context {name}"),
            Self::PodmanConnection(name) => write!(f, "Podman connection {name}"),
            Self::PodmanConfig(file) | Self::CliConfig(file) => f.write_str(file),
            Self::CliDefault => f.write_str("default address"),
            Self::Given => f.write_str("given by its address"),
            Self::Known(product, None) => f.write_str(product.name()),
            Self::Known(product, Some(instance)) => write!(f, "{} {instance}", product.name()),
        }
    }
}

/// What brings an engine along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Product {
    Docker,
    RootlessDocker,
    DockerDesktop,
    OrbStack,
    Colima,
    RancherDesktop,
    Lima,
    Podman,
    RootlessPodman,
    PodmanMachine,
}

impl Product {
    /// Its own name, which is not translated.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "Docker",
            Self::RootlessDocker => "Docker (rootless)",
            Self::DockerDesktop => "Docker Desktop",
            Self::OrbStack => "OrbStack",
            Self::Colima => "Colima",
            Self::RancherDesktop => "Rancher Desktop",
            Self::Lima => "Lima",
            Self::Podman => "Podman",
            Self::RootlessPodman => "Podman (rootless)",
            Self::PodmanMachine => "Podman machine",
        }
    }
}

/// Who can read along, and who can pretend to be the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Security {
    /// Nothing leaves this machine.
    Local,
    Ssh,
    /// TLS, with the engine's certificate verified.
    Tls,
    /// TLS with whoever answers: the context or the environment says not to verify.
    UnverifiedTls,
    /// Anybody on the way can read and change what is said.
    Unencrypted,
}

impl Security {
    pub fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Ssh => "ssh",
            Self::Tls => "tls",
            Self::UnverifiedTls => "unverified_tls",
            Self::Unencrypted => "unencrypted",
        }
    }
}

/// For each that answered by an ID that one before it has named, the place of that one: two ways to one engine.
pub fn same_engines(probes: &[&Probe]) -> Vec<Option<usize>> {
    let id = |probe: &&Probe| match probe {
        Probe::Answers(engine) => engine.id.clone(),
        Probe::Waiting | Probe::Fails(_) => None,
    };
    let ids: Vec<_> = probes.iter().map(id).collect();
    let first = |(at, own): (usize, &Option<String>)| {
        let own = own.as_ref()?;
        ids.iter().position(|other| other.as_ref() == Some(own)).filter(|first| *first != at)
    };
    ids.iter().enumerate().map(first).collect()
}

/// What became of asking an engine whether it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// Not answered yet.
    Waiting,
    Answers(EngineInfo),
    Fails(Failure),
}
