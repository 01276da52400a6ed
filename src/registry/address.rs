//! Where a registry is, and how it may be spoken to: over TLS, unless it is on this machine or the engine or
//! the person has named it.

use std::net::IpAddr;

use crate::model::Reach;

const DOCKER_HUB: &str = "docker.io";
/// Where the API of Docker Hub is.
const DOCKER_HUB_API: &str = "registry-1.docker.io";
/// What logins for Docker Hub have always been kept under.
const DOCKER_HUB_LOGIN: &str = "https://index.docker.io/v1/";

/// One registry, by the host and port in the names of its images.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Address {
    name: String,
}

impl Address {
    pub fn of(name: &str) -> Self {
        Self { name: name.to_ascii_lowercase() }
    }

    /// As it stands in names.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Host and port of its API.
    pub fn api(&self) -> &str {
        if self.is_docker_hub() { DOCKER_HUB_API } else { &self.name }
    }

    /// What its login is kept under.
    pub fn login_key(&self) -> &str {
        if self.is_docker_hub() { DOCKER_HUB_LOGIN } else { &self.name }
    }

    pub fn is_docker_hub(&self) -> bool {
        self.name == DOCKER_HUB
    }

    pub fn is_loopback(&self) -> bool {
        is_loopback(host_of(&self.name))
    }

    /// True if the engine or the person trusts it without a certificate. An entry means one port, as Docker's
    /// `insecure-registries` does: where another port is meant too, a login would go there in clear. Podman reads
    /// an entry without a port as any port; there, less is trusted than the engine would.
    pub fn is_listed(&self, reach: &Reach) -> bool {
        let host = host_of(&self.name);
        let named = |entry: &String| {
            let entry = entry.trim_end_matches('/');
            let entry = entry.split_once("://").map_or(entry, |(_, rest)| rest);
            entry.eq_ignore_ascii_case(&self.name)
        };
        let within = |net: &String| host.parse().is_ok_and(|address| contains(net, address));
        reach.insecure.iter().any(named) || reach.insecure_nets.iter().any(within)
    }

    /// Whether it may be spoken to without TLS.
    pub fn may_be_plain(&self, reach: &Reach) -> bool {
        self.is_loopback() || self.is_listed(reach)
    }
}

/// Without the port, and without the brackets of an IPv6 address.
pub(super) fn host_of(name: &str) -> &str {
    if let Some(rest) = name.strip_prefix('[') {
        return rest.split_once(']').map_or(rest, |(host, _)| host);
    }
    name.split_once(':').map_or(name, |(host, _)| host)
}

pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// `net` is written as `10.0.0.0/8`.
fn contains(net: &str, address: IpAddr) -> bool {
    let Some((base, length)) = net.split_once('/') else { return false };
    let (Ok(base), Ok(length)) = (base.parse::<IpAddr>(), length.parse::<u32>()) else { return false };
    match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) if length <= 32 => {
            let shift = 32 - length;
            u32::from(base).checked_shr(shift) == u32::from(address).checked_shr(shift)
        }
        (IpAddr::V6(base), IpAddr::V6(address)) if length <= 128 => {
            let shift = 128 - length;
            u128::from(base).checked_shr(shift) == u128::from(address).checked_shr(shift)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(names: &[&str], nets: &[&str]) -> Reach {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Reach { insecure: own(names), insecure_nets: own(nets), elsewhere: false }
    }

    #[test]
    fn only_loopback_and_what_is_listed_may_do_without_tls() {
        let reach = listed(&["r.example.com:5000", "plain.example.com"], &["10.1.0.0/16", "0.0.0.0/33"]);
        let may = |name: &str| Address::of(name).may_be_plain(&reach);
        for name in [
            "localhost",
            "localhost:5000",
            "127.8.9.10:5000",
            "[::1]:5000",
            "r.example.com:5000",
            "plain.example.com",
            "10.1.2.3:5000",
            "R.example.com:5000",
        ] {
            assert!(may(name), "{name}");
        }
        for name in [
            "r.example.com",
            "plain.example.com:81",
            "10.2.0.1",
            "localhost.example.com",
            "docker.io",
            "127.0.0.1.example.com",
        ] {
            assert!(!may(name), "{name}");
        }
    }

    #[test]
    fn docker_hub_has_other_addresses_than_its_name() {
        let hub = Address::of("docker.io");
        assert_eq!((hub.api(), hub.login_key()), (DOCKER_HUB_API, DOCKER_HUB_LOGIN));
        let other = Address::of("quay.io");
        assert_eq!((other.api(), other.login_key()), ("quay.io", "quay.io"));
    }
}
