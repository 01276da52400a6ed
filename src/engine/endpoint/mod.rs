//! Which engines are there, and how a connection to one is opened.
//!
//! Nothing is sent when one is opened: the first request connects, so that a wrong address is told apart from a
//! silent engine by who finds out. What leaves this machine goes over transports of its own: bollard's trusts
//! every authority of the system beside the person's own, and drops what ssh says when it fails.

mod candidates;
mod contexts;
mod line;
mod podman;
mod socket;
mod ssh;
mod surroundings;
mod tls;

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use bollard::BollardRequest;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::TokioExecutor;

use candidates::{Dial, OPERATION, Tls};
use surroundings::Surroundings;

use crate::model::{Address, Candidate, Endpoint, Failure, FailureKind, Tcp};

pub(super) use line::{For, Line, Lines};
pub(super) use socket::SocketFile;
pub(super) use ssh::Ended as SshEnded;

/// How long the first question may take. Over ssh there is a login before it.
const LOCAL: Duration = Duration::from_secs(5);
const REMOTE: Duration = Duration::from_secs(10);
const OVER_SSH: Duration = Duration::from_secs(30);
/// As long as ssh takes to find it out (`ssh::OPTIONS`).
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVE_EVERY: Duration = Duration::from_secs(10);
const KEEPALIVE_TRIES: u32 = 3;
/// bollard's own limit, which each request replaces by its own.
const UNUSED: u64 = 120;

/// A way to an engine that can be gone.
#[derive(Debug, Clone)]
pub(super) struct Way {
    dial: Dial,
}

/// A way that was opened.
pub(super) struct Opened {
    pub client: bollard::Docker,
    /// `None` where the way leads to one of this machine's own sockets or pipes.
    pub lines: Option<Lines>,
}

/// Every engine that may be there, in the order that the Docker CLI would prefer them. Reads files; blocks.
pub(super) fn candidates(given: Option<&str>) -> Vec<Candidate> {
    candidates::candidates(&Surroundings::read(), given)
}

/// Whether [`Endpoint::Default`] stands for an address that nobody has chosen. Reads files; blocks.
pub(super) fn is_default_unchosen() -> bool {
    candidates::is_default_unchosen(&Surroundings::read())
}

impl Way {
    /// How an endpoint is reached. Reads files; blocks.
    pub fn to(endpoint: &Endpoint) -> Result<Self, Failure> {
        Ok(Self { dial: candidates::dial(&Surroundings::read(), endpoint)? })
    }

    /// The address, as it is shown.
    pub fn host(&self) -> &str {
        &self.dial.host
    }

    /// For the first question and its answer.
    pub fn patience(&self) -> Duration {
        match &self.dial.address {
            Address::Ssh(_) => OVER_SSH,
            Address::Tcp(_) if !self.dial.address.is_local() => REMOTE,
            Address::Unix(_) | Address::Pipe(_) | Address::Tcp(_) => LOCAL,
        }
    }

    /// The socket that it leads to now, where it is one of this machine's files. Blocks.
    pub fn socket(&self) -> Option<SocketFile> {
        match &self.dial.address {
            Address::Unix(path) => SocketFile::at(Path::new(path)),
            Address::Pipe(_) | Address::Tcp(_) | Address::Ssh(_) => None,
        }
    }

    /// A client for it. Reads certificates; blocks.
    pub fn open(&self) -> Result<Opened, Failure> {
        let Dial { host, address, tls, login } = &self.dial;
        let fail = |kind, message: String| Failure {
            kind,
            host: host.clone(),
            operation: OPERATION.to_owned(),
            message,
        };
        let at_home = |client| Opened { client, lines: None };
        let opened = match address {
            Address::Unix(path) => {
                check_socket(path).map_err(|(kind, message)| fail(kind, message))?;
                bollard::Docker::connect_with_host(&address.to_string()).map(at_home)
            }
            Address::Pipe(_) => bollard::Docker::connect_with_host(&address.to_string()).map(at_home),
            Address::Tcp(tcp) => match tls {
                // Never by bollard's own choice, which looks at variables that contexts do without.
                Tls::Off => over(connector, format!("http://{}", tcp.authority(false))),
                Tls::On { verify, certificates, own_ca } => {
                    let config = tls::config(*verify, certificates, *own_ca)
                        .map_err(|why| fail(FailureKind::BadContext, why))?;
                    over_tls(tcp, &config)
                }
            },
            Address::Ssh(ssh) => ssh::over_ssh(ssh, login),
        };
        opened.map_err(|error| super::error::Trouble::from(error).during(OPERATION, host))
    }
}

/// Whose connections find out that the other side is gone though nobody said so: news may not come for days, and
/// a host that lost its power, or a network that was left, says nothing.
#[cfg_attr(
    not(any(target_os = "android", target_os = "linux")),
    expect(unused_variables, reason = "only there can it be said")
)]
fn connector(what: For) -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_keepalive(Some(KEEPALIVE));
    connector.set_keepalive_interval(Some(KEEPALIVE_EVERY));
    connector.set_keepalive_retries(Some(KEEPALIVE_TRIES));
    // A request that nobody takes is not waited for any longer either: it may be one that has minutes to be answered.
    // That ends a connection too whose other side is there and takes nothing, as an engine does in a load while its
    // disk is slow: nothing but the system's own limit tells there that it is gone (some 15 minutes).
    #[cfg(any(target_os = "android", target_os = "linux"))]
    connector.set_tcp_user_timeout(match what {
        For::Steps => Some(KEEPALIVE + KEEPALIVE_EVERY * KEEPALIVE_TRIES),
        For::Loads => None,
    });
    connector
}

fn over_tls(tcp: &Tcp, config: &rustls::ClientConfig) -> Result<Opened, bollard::errors::Error> {
    let encrypted = |what| {
        let mut connector = connector(what);
        connector.enforce_http(false);
        hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(config.clone())
            .https_only()
            .enable_http1()
            .wrap_connector(connector)
    };
    over(encrypted, format!("https://{}", tcp.authority(true)))
}

fn over<C>(connector: impl Fn(For) -> C, place: String) -> Result<Opened, bollard::errors::Error>
where
    C: Connect + line::Connects,
{
    let lines = Lines::over(&connector, &place);
    // A connection for each request, as bollard has it elsewhere: engines end idle ones when they like.
    let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector(For::Steps));
    let transport = move |request: BollardRequest| {
        let answer = client.request(request);
        async move { answer.await.map_err(bollard::errors::Error::from) }
    };
    let client = bollard::Docker::connect_with_custom_transport(
        transport,
        Some(place),
        UNUSED,
        bollard::API_DEFAULT_VERSION,
    )?;
    Ok(Opened { client, lines: Some(lines) })
}

/// bollard would call a socket missing, too, where only a folder above may not be entered.
fn check_socket(path: &str) -> Result<(), (FailureKind, String)> {
    let Err(error) = std::fs::metadata(path) else { return Ok(()) };
    let kind = if error.kind() == ErrorKind::NotFound {
        FailureKind::SocketMissing
    } else if error.kind() == ErrorKind::PermissionDenied {
        FailureKind::PermissionDenied
    } else {
        FailureKind::BadAddress
    };
    Err((kind, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(host: &str) -> Failure {
        let way = Way::to(&Endpoint::Host(host.to_owned()));
        way.and_then(|way| way.open().map(drop)).unwrap_err()
    }

    #[test]
    fn addresses_that_cannot_be_spoken_to_are_told_before_anything_is_sent() {
        for host in ["ssh://-oProxyCommand=x", "/var/run/docker.sock", "unix://", "ftp://x", "fd://", ""] {
            let failure = failure(host);
            assert_eq!(failure.kind, FailureKind::BadAddress, "{host}: {failure}");
            assert_eq!(failure.host, host);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_missing_socket_is_named() {
        let failure = failure("unix:///nowhere/at/all.sock");
        assert_eq!(failure.kind, FailureKind::SocketMissing);
        assert!(failure.to_string().contains("unix:///nowhere/at/all.sock"), "{failure}");
    }
}
