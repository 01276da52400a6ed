//! Engines that may be there: how each was found, how it is reached, and what became of asking it.

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
    /// The CLI's own settings, which cannot be read: they may name a context.
    CliConfig(String),
    /// Where the Docker CLI looks if nothing is said.
    CliDefault,
    /// Where this product is known to put its socket; with the name of the instance where there may be several.
    Known(Product, Option<String>),
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
    pub fn is_doubtful(self) -> bool {
        matches!(self, Self::UnverifiedTls | Self::Unencrypted)
    }
}

/// What became of asking an engine whether it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// Not answered yet.
    Waiting,
    Answers(EngineInfo),
    Fails(Failure),
}
