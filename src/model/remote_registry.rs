//! What a registry has, as far as this person may see it: repositories, their tags, and what is behind them.

use super::bytes::Bytes;
use super::id::Digest;
use super::remote::Remote;

/// What a person may do with a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    Read,
    ReadWrite,
}

/// Why a registry does not show something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RemoteFailure {
    Absent,
    Denied(String),
    Unreachable(String),
}

impl From<RemoteFailure> for Remote {
    fn from(failure: RemoteFailure) -> Self {
        match failure {
            RemoteFailure::Absent => Self::Absent,
            RemoteFailure::Denied(why) => Self::Denied(why),
            RemoteFailure::Unreachable(why) => Self::Unreachable(why),
        }
    }
}

/// The repositories of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteCatalog {
    /// Sorted.
    pub repositories: Vec<String>,
    /// Why the registry does not list them itself: then these are only the ones known here.
    pub not_listed: Option<String>,
    /// There are more than are listed.
    pub cut: bool,
}

/// The tags of one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteTags {
    pub tags: Vec<RemoteTag>,
    /// `None` where the registry does not say.
    pub access: Option<Access>,
    /// So many more tags are there.
    pub more: usize,
}

/// One tag, and what is behind it; an error says why that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteTag {
    pub name: String,
    pub image: Result<RemoteImage, RemoteFailure>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteImage {
    pub digest: Digest,
    /// Digests of the configurations, one for each platform: what most engines call the image by.
    pub configs: Vec<Digest>,
    /// Digests of the manifests, one for each platform, if there are several.
    pub children: Vec<Digest>,
    /// Compressed, with the configuration; of all platforms together, what they share once.
    pub size: Option<Bytes>,
    /// `os/architecture[/variant]`, if there are several.
    pub platforms: Vec<String>,
    /// Seconds since 1970, of the newest platform.
    pub created: Option<i64>,
}
