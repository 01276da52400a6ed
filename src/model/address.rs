//! The address of an engine, taken apart. Read as the Docker CLI reads it (28.5 was asked), so that the same
//! words lead to the same engine; what is no address is told while it is typed. Asks nobody.

use std::fmt;

/// Where an engine can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Address {
    /// The path of a socket.
    Unix(String),
    /// The path of a named pipe, as Windows writes it with forward slashes: `//./pipe/NAME`, or the name of
    /// another machine in place of the dot.
    Pipe(String),
    Tcp(Tcp),
    Ssh(Ssh),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tcp {
    /// A name, or an IP address; one of version 6 without its brackets.
    pub host: String,
    /// `None` where the usual one is meant, which depends on whether TLS is spoken.
    pub port: Option<u16>,
    /// `https://` asks for TLS by itself, `http://` for none; `tcp://` leaves it to what else is set.
    pub tls: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ssh {
    pub user: Option<String>,
    /// A name that the person's ssh configuration may know, or an IP address.
    pub host: String,
    pub port: Option<u16>,
    /// The engine's socket over there; `None` for the one that the CLI over there uses.
    pub socket: Option<String>,
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("there is no address")]
    Empty,
    #[error("the address has no scheme; a socket is written unix:///path/to/docker.sock")]
    NoScheme,
    #[error("nothing follows the scheme of the address")]
    NothingAfterScheme,
    #[error("{0}:// is no kind of address that Unmoor speaks; these are: {SPOKEN}")]
    UnknownScheme(String),
    #[error("addresses of this kind are not supported on this platform")]
    OtherPlatform,
    #[error("the path of a socket begins with a slash: unix:///path/to/docker.sock")]
    RelativePath,
    #[error("the path of a named pipe is written npipe:////./pipe/docker_engine")]
    NoPipe,
    #[error("{0:?} is not the name of a host")]
    BadHost(String),
    /// It would be taken for an option of the ssh program.
    #[error("a host or user must not begin with a dash: {0:?}")]
    LeadingDash(String),
    #[error("{0:?} is not the name of a user")]
    BadUser(String),
    #[error("{0:?} is not a port")]
    BadPort(String),
    #[error("a password does not belong into an address: ssh asks the agent, or takes a key")]
    Password,
    #[error("nothing may follow the host and port of an address")]
    PathAfterHost,
}

/// What can stand before `://`.
const SPOKEN: &str = "unix, npipe, tcp, http, https, ssh";
const PLAIN_PORT: u16 = 2375;
const TLS_PORT: u16 = 2376;
const LOOPBACK: &str = "localhost";

/// The address the Docker CLI uses where nothing says another.
pub const PLATFORM_DEFAULT: &str =
    if cfg!(windows) { "npipe:////./pipe/docker_engine" } else { "unix:///var/run/docker.sock" };

/// What was meant as an address, as it may be shown: nobody needs to see a password that somebody put into it.
pub fn without_password(text: &str) -> String {
    let (scheme, rest) = parts(text).map_or((None, text), |(scheme, rest)| (Some(scheme), rest));
    let scheme = scheme.map(|scheme| format!("{scheme}://")).unwrap_or_default();
    // It may have a slash in it.
    match rest.rsplit_once('@').and_then(|(login, host)| Some((login.split_once(':')?.0, host))) {
        Some((user, host)) => format!("{scheme}{user}:…@{host}"),
        None => text.to_owned(),
    }
}

/// Scheme and rest. What has a colon or an at sign in it is the beginning of a login, and no scheme.
fn parts(text: &str) -> Option<(&str, &str)> {
    text.split_once("://").filter(|(scheme, _)| !scheme.contains([':', '@']))
}

impl Address {
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        let (scheme, rest) = match parts(text) {
            Some(parts) => parts,
            // The CLI takes a bare host and port for tcp; a bare path would be one of a host without a name.
            None if text.contains('/') || text.contains('\\') || !text.contains(':') => {
                return Err(AddressError::NoScheme);
            }
            None => ("tcp", text),
        };
        match scheme {
            "unix" | "npipe" if rest.is_empty() => Err(AddressError::NothingAfterScheme),
            "unix" if !cfg!(unix) => Err(AddressError::OtherPlatform),
            "npipe" if !cfg!(windows) => Err(AddressError::OtherPlatform),
            "unix" if !rest.starts_with('/') => Err(AddressError::RelativePath),
            "unix" => Ok(Self::Unix(rest.to_owned())),
            "npipe" => Self::pipe(&rest.replace('\\', "/")),
            "tcp" => Tcp::parse(rest, None).map(Self::Tcp),
            "http" => Tcp::parse(rest, Some(false)).map(Self::Tcp),
            "https" => Tcp::parse(rest, Some(true)).map(Self::Tcp),
            "ssh" => Ssh::parse(rest).map(Self::Ssh),
            other => Err(AddressError::UnknownScheme(other.to_owned())),
        }
    }

    /// No other path: a file that is there would be written to.
    fn pipe(path: &str) -> Result<Self, AddressError> {
        let parts = path.strip_prefix("//").map(|path| path.splitn(3, '/').collect::<Vec<_>>());
        let is_pipe = matches!(parts.as_deref(), Some([machine, kind, name])
            if !machine.is_empty() && kind.eq_ignore_ascii_case("pipe") && !name.is_empty());
        if is_pipe { Ok(Self::Pipe(path.to_owned())) } else { Err(AddressError::NoPipe) }
    }

    /// True where nothing leaves this machine.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Pipe(path) => path.starts_with("//./"),
            Self::Tcp(tcp) => tcp.is_loopback(),
            Self::Ssh(_) => false,
        }
    }
}

impl Tcp {
    fn parse(rest: &str, tls: Option<bool>) -> Result<Self, AddressError> {
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) {
            return Err(AddressError::Password);
        }
        if rest.contains(['/', '?', '#']) {
            return Err(AddressError::PathAfterHost);
        }
        if rest.contains('@') {
            return Err(AddressError::BadHost(rest.to_owned()));
        }
        let (host, port) = host_and_port(rest)?;
        let host = if host.is_empty() { LOOPBACK.to_owned() } else { host };
        Ok(Self { host, port, tls })
    }

    pub fn port(&self, tls: bool) -> u16 {
        self.port.unwrap_or(if tls { TLS_PORT } else { PLAIN_PORT })
    }

    /// Host and port as they stand in a URL.
    pub fn authority(&self, tls: bool) -> String {
        let port = self.port(tls);
        if self.host.contains(':') {
            format!("[{}]:{port}", self.host)
        } else {
            format!("{}:{port}", self.host)
        }
    }

    fn is_loopback(&self) -> bool {
        let numeric = self.host.parse::<core::net::IpAddr>();
        self.host.eq_ignore_ascii_case(LOOPBACK) || numeric.is_ok_and(|ip| ip.is_loopback())
    }
}

impl Ssh {
    fn parse(rest: &str) -> Result<Self, AddressError> {
        let (authority, path) = rest.split_once('/').map_or((rest, ""), |(host, path)| (host, path));
        if authority.is_empty() {
            return Err(AddressError::NothingAfterScheme);
        }
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        if let Some(user) = user {
            if user.contains(':') {
                return Err(AddressError::Password);
            }
            no_leading_dash(user)?;
            if user.is_empty() || !user.chars().all(|c| c.is_alphanumeric() || "._-+@\\$".contains(c)) {
                return Err(AddressError::BadUser(user.to_owned()));
            }
        }
        // With a slash in a password, its beginning would be told as a bad port.
        let is_login = authority.contains(':') && path.contains('@');
        let (host, port) =
            host_and_port(host).map_err(|why| if is_login { AddressError::Password } else { why })?;
        if host.is_empty() {
            return Err(AddressError::NothingAfterScheme);
        }
        if path.contains(['?', '#']) || path.chars().any(char::is_control) {
            return Err(AddressError::PathAfterHost);
        }
        let socket = (!path.is_empty()).then(|| format!("/{path}"));
        Ok(Self { user: user.map(str::to_owned), host, port, socket })
    }
}

fn no_leading_dash(text: &str) -> Result<(), AddressError> {
    if text.starts_with('-') { Err(AddressError::LeadingDash(text.to_owned())) } else { Ok(()) }
}

/// `host`, `host:port`, `[::1]` or `[::1]:port`. The host may be empty.
fn host_and_port(text: &str) -> Result<(String, Option<u16>), AddressError> {
    let bad_host = || AddressError::BadHost(text.to_owned());
    let (host, port) = if let Some(inner) = text.strip_prefix('[') {
        let (host, rest) = inner.split_once(']').ok_or_else(bad_host)?;
        let is_ip = host.split('%').next().is_some_and(|ip| ip.parse::<core::net::Ipv6Addr>().is_ok());
        if !is_ip || host.contains(['/', ' ']) {
            return Err(bad_host());
        }
        match rest.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if rest.is_empty() => (host, None),
            None => return Err(bad_host()),
        }
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    no_leading_dash(host)?;
    // A shell may see the name, by way of a ProxyCommand in the person's ssh configuration.
    if !host.chars().all(|c| c.is_alphanumeric() || "._-:%".contains(c)) {
        return Err(bad_host());
    }
    let port = port.map(|port| match port.parse::<u16>() {
        Ok(number) if number > 0 && port.chars().all(|c| c.is_ascii_digit()) => Ok(number),
        Ok(_) | Err(_) => Err(AddressError::BadPort(port.to_owned())),
    });
    Ok((host.to_owned(), port.transpose()?))
}

impl fmt::Display for Address {
    /// As the CLI would take it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = |host: &str| if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        match self {
            Self::Unix(path) => write!(f, "unix://{path}"),
            Self::Pipe(path) => write!(f, "npipe://{path}"),
            Self::Tcp(tcp) => {
                let scheme = match tcp.tls {
                    None => "tcp",
                    Some(false) => "http",
                    Some(true) => "https",
                };
                write!(f, "{scheme}://{}", host(&tcp.host))?;
                tcp.port.map_or(Ok(()), |port| write!(f, ":{port}"))
            }
            Self::Ssh(ssh) => {
                f.write_str("ssh://")?;
                if let Some(user) = &ssh.user {
                    write!(f, "{user}@")?;
                }
                f.write_str(&host(&ssh.host))?;
                if let Some(port) = ssh.port {
                    write!(f, ":{port}")?;
                }
                f.write_str(ssh.socket.as_deref().unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> AddressError {
        Address::parse(text).unwrap_err()
    }

    #[cfg(unix)]
    #[test]
    fn what_the_cli_takes_is_taken_and_written_the_same_way() {
        for text in [
            "unix:///var/run/docker.sock",
            "tcp://10.0.0.1:2376",
            "tcp://box",
            "tcp://[::1]:2375",
            "http://127.0.0.1:2375",
            "https://box:2376",
            "ssh://box",
            "ssh://me@box:2222",
            "ssh://me@[fe80::1%eth0]:2222/run/podman/podman.sock",
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Address::parse(" 127.0.0.1:1 ").unwrap().to_string(), "tcp://127.0.0.1:1");
        assert_eq!(Address::parse("ssh://box/").unwrap().to_string(), "ssh://box");
        assert_eq!(Address::parse("tcp://").unwrap().to_string(), "tcp://localhost");
    }

    #[test]
    fn nothing_that_ssh_or_a_shell_would_obey_is_a_host_or_a_user() {
        for host in ["-oProxyCommand=x", "-l", "me@-oProxyCommand=x", "-me@box"] {
            let why = refused(&format!("ssh://{host}"));
            assert!(matches!(why, AddressError::LeadingDash(_)), "{host}: {why}");
        }
        for host in ["a b", "a;b", "a`b`", "$(a)", "a&b", "a|b", "a\nb", "'a'", "a\u{0}b", "a,b"] {
            let why = refused(&format!("ssh://{host}"));
            assert!(matches!(why, AddressError::BadHost(_)), "{host}: {why}");
        }
        assert!(matches!(refused("ssh://a b@box"), AddressError::BadUser(_)));
        for text in [
            "ssh://me:secret@box",
            "ssh://me:sec/ret@box",
            "ssh://m e:sec/ret@box",
            "ssh://me@there:sec/ret@box",
            "tcp://me:secret@box:2375",
            "http://me:sec/ret@box",
            "me:secret@box",
        ] {
            assert_eq!(refused(text), AddressError::Password, "{text}");
            let shown = without_password(text);
            assert!(shown.contains(":…@box") && !shown.contains("ret"), "{shown}");
        }
        let odd = "me:sec://ret@box";
        assert_eq!((refused(odd), &*without_password(odd)), (AddressError::NoScheme, "me:…@box"));
        assert!(Address::parse("ssh://me@box:22/run/user@1/x.sock").is_ok());
        for text in ["tcp://[::1]:2375", "ssh://me@box:22/run/x.sock", "box:2375", "unix:///run/x.sock"] {
            assert_eq!(without_password(text), text);
        }
        assert_eq!(refused("ssh://"), AddressError::NothingAfterScheme);
    }

    #[test]
    fn what_is_no_address_is_told_apart() {
        assert_eq!(refused("  "), AddressError::Empty);
        assert_eq!(refused("docker"), AddressError::NoScheme);
        assert_eq!(refused("/var/run/docker.sock"), AddressError::NoScheme);
        assert_eq!(refused("ftp://x"), AddressError::UnknownScheme("ftp".to_owned()));
        assert_eq!(refused("tcp://box:port"), AddressError::BadPort("port".to_owned()));
        assert_eq!(refused("tcp://box:0"), AddressError::BadPort("0".to_owned()));
        assert_eq!(refused("tcp://box:99999"), AddressError::BadPort("99999".to_owned()));
        assert_eq!(refused("tcp://box:2375/prefix"), AddressError::PathAfterHost);
        assert!(matches!(refused("tcp://[::1"), AddressError::BadHost(_)));
        if cfg!(unix) {
            assert_eq!(refused("unix://"), AddressError::NothingAfterScheme);
            assert_eq!(refused("unix://docker.sock"), AddressError::RelativePath);
            assert_eq!(refused("npipe:////./pipe/docker_engine"), AddressError::OtherPlatform);
        }
        if cfg!(windows) {
            assert_eq!(refused("unix:///var/run/docker.sock"), AddressError::OtherPlatform);
            for path in
                ["", "C:/Users/me/notes.txt", "//./C:/notes.txt", "//./pipe/", "//./pipe", "///pipe/x"]
            {
                let why = refused(&format!("npipe://{path}"));
                assert!(
                    matches!(why, AddressError::NoPipe | AddressError::NothingAfterScheme),
                    "{path}: {why}"
                );
            }
            let address = Address::parse(PLATFORM_DEFAULT).unwrap();
            assert_eq!((address.to_string().as_str(), address.is_local()), (PLATFORM_DEFAULT, true));
            assert_eq!(Address::parse(r"npipe://\\.\pipe\docker_engine"), Ok(address));
            assert!(!Address::parse("npipe:////box/pipe/docker_engine").unwrap().is_local());
        }
    }

    #[test]
    fn only_the_loopback_is_local() {
        let local = |text: &str| Address::parse(text).unwrap().is_local();
        assert!(local("tcp://127.1.2.3:2375") && local("tcp://[::1]:1") && local("tcp://LOCALHOST"));
        assert!(
            !local("tcp://10.0.0.1:2375") && !local("tcp://localhost.example") && !local("ssh://localhost")
        );
    }

    #[test]
    fn the_usual_port_depends_on_tls() {
        let Address::Tcp(tcp) = Address::parse("tcp://[::1]").unwrap() else { panic!("not tcp") };
        assert_eq!((tcp.authority(false), tcp.authority(true)), ("[::1]:2375".into(), "[::1]:2376".into()));
    }
}
