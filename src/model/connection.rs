//! How an engine is addressed, and how speaking to one can fail.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The address shown for the built-in engine.
pub const SAMPLE_HOST: &str = "sample";

/// Which engine to speak to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// The one that the Docker CLI would use: by `DOCKER_HOST`, else by `DOCKER_CONTEXT` or the current
    /// context, else the platform's default socket.
    Default,
    /// A URL as the Docker CLI takes it: `unix://`, `npipe://`, `tcp://`, `ssh://`; also `http://`, `https://`.
    Host(String),
    /// The Docker context with this name.
    Context(String),
    /// The engine that Podman knows under this name (`podman system connection list`).
    PodmanConnection(String),
    /// The built-in inventory; nothing real is touched.
    Sample,
}

/// Something failed, in a form that can be told in any language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Failure {
    pub kind: FailureKind,
    /// The engine's address.
    pub host: String,
    /// What was asked of it, such as "list images"; English, for the detail line.
    pub operation: String,
    /// The engine's or the system's own words.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// There is no such socket.
    SocketMissing,
    /// The socket may not be opened by this user.
    PermissionDenied,
    /// Nothing listens, or the host does not exist.
    Unreachable,
    /// The address is not one, or of a kind that is not supported.
    BadAddress,
    /// The Docker context does not exist or cannot be read, or its certificates cannot.
    BadContext,
    /// The other side does not prove who it is: its certificate or host key is not trusted.
    NotTrusted,
    /// The other side does not let this person in: without the right certificate or key.
    NotLetIn,
    /// It accepted, and then did not answer in time.
    TimedOut,
    /// The connection broke.
    ConnectionLost,
    /// It answered something that is not the Docker API.
    Malformed,
    /// It speaks an API older than this program can use.
    TooOld,
    /// It speaks no API that this program knows any more.
    TooNew,
    /// It answered with an error status.
    Status(u16),
}

impl fmt::Display for Failure {
    /// English, for logs, the command line and detail lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, host, operation, message } = self;
        write!(f, "cannot {operation}: ")?;
        if let FailureKind::Status(status) = kind {
            write!(f, "status {status}: ")?;
        }
        write!(f, "{message} ({host})")
    }
}
