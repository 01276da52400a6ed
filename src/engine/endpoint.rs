//! Which addresses an endpoint stands for, and how a connection to one is opened.
//!
//! Nothing is sent here: bollard connects at the first request, so that a wrong address is told apart
//! from a silent engine by who finds out.

use std::io::ErrorKind;

use crate::model::{Endpoint, Failure, FailureKind};

const OPERATION: &str = "connect";
#[cfg(unix)]
const PLATFORM_DEFAULT: &str = "unix:///var/run/docker.sock";
#[cfg(windows)]
const PLATFORM_DEFAULT: &str = "npipe:////./pipe/docker_engine";

/// Address schemes of the Docker CLI that this program does not speak.
const NOT_YET: [&str; 3] = ["ssh://", "https://", "fd://"];

/// The addresses to try, in order. `DOCKER_HOST` is the only one if it is set, as for the Docker CLI:
/// whoever sets it does not want another engine cleaned up.
pub(super) fn addresses(endpoint: &Endpoint) -> Vec<String> {
    let from_environment = || std::env::var("DOCKER_HOST").ok().filter(|host| !host.trim().is_empty());
    match endpoint {
        Endpoint::Default => vec![from_environment().unwrap_or_else(|| PLATFORM_DEFAULT.to_owned())],
        Endpoint::Host(host) => vec![host.trim().to_owned()],
        Endpoint::Sample => Vec::new(),
    }
}

/// A client for an address.
pub(super) fn open(host: &str) -> Result<bollard::Docker, Failure> {
    check(host)?;
    bollard::Docker::connect_with_host(host)
        .map_err(|e| super::error::Trouble::from(e).during(OPERATION, host))
}

fn check(host: &str) -> Result<(), Failure> {
    let fail = |kind, message: String| {
        Err(Failure { kind, host: host.to_owned(), operation: OPERATION.to_owned(), message })
    };
    let bad = |message: &str| fail(FailureKind::BadAddress, message.to_owned());
    if let Some(scheme) = NOT_YET.iter().find(|scheme| host.starts_with(*scheme)) {
        return bad(&format!("{scheme} addresses are not supported by this version of Unmoor"));
    }
    let Some((scheme, rest)) = host.split_once("://") else {
        return bad("the address has no scheme; a socket is written unix:///path/to/docker.sock");
    };
    if rest.is_empty() {
        return bad("nothing follows the scheme of the address");
    }
    match scheme {
        "unix" if cfg!(unix) => match std::fs::metadata(rest) {
            Ok(_) => Ok(()),
            // bollard would call it missing, too, where only a folder above may not be entered.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fail(FailureKind::SocketMissing, error.to_string())
            }
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                fail(FailureKind::PermissionDenied, error.to_string())
            }
            Err(error) => bad(&error.to_string()),
        },
        "npipe" if cfg!(windows) => Ok(()),
        "tcp" | "http" => Ok(()),
        _ => bad("addresses of this kind are not supported on this platform"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_cannot_be_spoken_to_are_told_before_anything_is_sent() {
        for host in ["ssh://me@there", "https://there:2376", "/var/run/docker.sock", "unix://", "ftp://x", ""]
        {
            let failure = open(host).unwrap_err();
            assert_eq!(failure.kind, FailureKind::BadAddress, "{host}: {failure}");
            assert_eq!(failure.host, host);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_missing_socket_is_named() {
        let failure = open("unix:///nowhere/at/all.sock").unwrap_err();
        assert_eq!(failure.kind, FailureKind::SocketMissing);
        assert!(failure.to_string().contains("unix:///nowhere/at/all.sock"), "{failure}");
    }

    #[test]
    fn a_host_that_is_given_is_the_only_one_tried() {
        assert_eq!(addresses(&Endpoint::Host(" tcp://h:1 ".to_owned())), ["tcp://h:1"]);
    }
}
