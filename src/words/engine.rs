//! An engine: how it was found, where it is, what it says of itself, and what went wrong with it.

use super::tr;
use crate::model::{Address, AddressError, EngineInfo, FailureKind, Origin, PLATFORM_DEFAULT, StoreKind};

/// What went wrong with an engine, and what helps.
pub fn failure(kind: FailureKind) -> String {
    let key = match kind {
        FailureKind::SocketMissing => "failure.socket_missing",
        FailureKind::PermissionDenied => "failure.permission_denied",
        FailureKind::Unreachable => "failure.unreachable",
        FailureKind::BadAddress => "failure.bad_address",
        FailureKind::BadContext => "failure.bad_context",
        FailureKind::NotTrusted => "failure.not_trusted",
        FailureKind::NotLetIn => "failure.not_let_in",
        FailureKind::TimedOut => "failure.timed_out",
        FailureKind::ConnectionLost => "failure.connection_lost",
        FailureKind::Malformed => "failure.malformed",
        FailureKind::TooOld => "failure.too_old",
        FailureKind::TooNew => "failure.too_new",
        FailureKind::Status(403) => "failure.forbidden",
        FailureKind::Status(status) => return tr!("failure.status", status = status),
    };
    tr!(key).into_owned()
}

/// An engine's address in words, where it has any. There may be several engines on this machine: one that is
/// not where the Docker CLI looks by itself is told by the end of its path, or the name of its pipe.
pub fn host(address: &str) -> String {
    let own = |start| address.strip_prefix(start);
    let Some(path) = own("unix://").or_else(|| own("npipe:////./pipe/")) else {
        return address.to_owned();
    };
    if address == PLATFORM_DEFAULT {
        return tr!("host.local").into_owned();
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let end = parts.get(parts.len().saturating_sub(3)..).unwrap_or_default().join("/");
    tr!("host.local_socket", path = end)
}

/// What an engine says of itself.
pub fn engine(engine: &EngineInfo) -> String {
    format!("{} {} · {}", engine.name, engine.version, store(engine.store))
}

pub fn store(store: StoreKind) -> String {
    let key = match store {
        StoreKind::Classic => "store.classic",
        StoreKind::Containerd => "store.containerd",
        StoreKind::Podman => "store.podman",
    };
    tr!(key).into_owned()
}

/// How an engine was found.
pub fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Variable(name) => (*name).to_owned(),
        Origin::Context(name) if name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit()) => {
            // A broken one has no name but that of its folder.
            tr!("origin.context", name = format!("{}…", name.get(..12).unwrap_or_default()))
        }
        Origin::Context(name) => tr!("origin.context", name = name),
        Origin::PodmanConnection(name) => tr!("origin.podman", name = name),
        Origin::PodmanConfig(file) | Origin::CliConfig(file) => file.clone(),
        Origin::CliDefault => tr!("origin.default").into_owned(),
        Origin::Given => tr!("origin.given").into_owned(),
        Origin::Known(product, None) => product.name().to_owned(),
        Origin::Known(product, Some(instance)) => format!("{} · {instance}", product.name()),
    }
}

/// Why what was typed is no address.
pub fn address_error(error: &AddressError) -> String {
    match error {
        AddressError::Empty | AddressError::NothingAfterScheme => tr!("address.unfinished").into_owned(),
        AddressError::NoScheme => tr!("address.no_scheme").into_owned(),
        AddressError::UnknownScheme(scheme) => tr!("address.unknown_scheme", scheme = scheme),
        AddressError::OtherPlatform => tr!("address.other_platform").into_owned(),
        AddressError::NoPipe => tr!("address.no_pipe").into_owned(),
        AddressError::RelativePath => tr!("address.relative_path").into_owned(),
        AddressError::BadHost(host) => tr!("address.bad_host", host = host),
        AddressError::LeadingDash(word) => tr!("address.leading_dash", word = word),
        AddressError::BadUser(user) => tr!("address.bad_user", user = user),
        AddressError::BadPort(port) => tr!("address.bad_port", port = port),
        AddressError::Password => tr!("address.password").into_owned(),
        AddressError::PathAfterHost => tr!("address.path_after_host").into_owned(),
    }
}

/// What an address that was typed leads over.
pub fn address_kind(address: &Address) -> String {
    let key = match address {
        Address::Unix(_) => "address.socket",
        Address::Pipe(_) if address.is_local() => "address.pipe",
        Address::Pipe(_) => "address.far_pipe",
        Address::Ssh(_) => "address.ssh",
        Address::Tcp(tcp) if tcp.tls == Some(true) => "address.tls",
        Address::Tcp(_) if address.is_local() => "address.loopback",
        Address::Tcp(_) => "address.tcp",
    };
    tr!(key).into_owned()
}
