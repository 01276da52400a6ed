//! Image references: `[registry/]path[:tag][@digest]`, read as engines read them.
//!
//! The grammar is that of github.com/distribution/reference (v0.5 and v0.6, used by Docker 20.10 to
//! 29): only the first component can be a registry, and only if it holds a dot or a colon, is
//! `localhost`, or has an upper-case letter. A parser of our own, because refusals have to be
//! predicted in the engine's words for every text a person can type.

mod grammar;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::id::{Digest, is_full_hex};
use grammar::{is_path, is_registry, is_tag, parse_digest, split_registry};

const DEFAULT_REGISTRY: &str = "docker.io";
const OFFICIAL: &str = "library/";
const LATEST: &str = "latest";
/// `NameTotalLengthMax` of the grammar: registry and path together.
const NAME_MAX: usize = 255;

/// Why a text is not a reference, in the words of Docker 28.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    #[error("invalid reference format")]
    Format,
    /// Holds the path as the engine quotes it.
    #[error("invalid reference format: repository name ({0}) must be lowercase")]
    Uppercase(String),
    #[error("repository name must not be more than 255 characters")]
    TooLong,
    /// 64 hex digits are always an image ID, never a name.
    #[error("invalid repository name ({0}), cannot specify 64-byte hexadecimal strings")]
    OnlyHex(String),
    #[error("invalid checksum digest length")]
    DigestLength,
    #[error("invalid checksum digest format")]
    DigestFormat,
    #[error("unsupported digest algorithm")]
    DigestAlgorithm,
}

/// Registry and path, without tag or digest.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Repository {
    full: Arc<str>,
    /// Where the registry ends in `full`.
    registry_len: usize,
}

impl Repository {
    fn new(registry: &str, path: &str) -> Self {
        Self { full: format!("{registry}/{path}").into(), registry_len: registry.len() }
    }

    /// The whole name with its registry, also for Docker Hub: `docker.io/library/nginx`.
    pub fn full(&self) -> &str {
        &self.full
    }

    /// Host and port of the registry.
    pub fn registry(&self) -> &str {
        self.full.get(..self.registry_len).unwrap_or_default()
    }

    /// What follows the registry.
    pub fn path(&self) -> &str {
        self.full.get(self.registry_len + 1..).unwrap_or_default()
    }

    /// As a person types it: `nginx` for `docker.io/library/nginx`.
    pub fn familiar(&self) -> &str {
        if self.registry() != DEFAULT_REGISTRY {
            return &self.full;
        }
        match self.path().strip_prefix(OFFICIAL) {
            Some(name) if !name.contains('/') => name,
            _ => self.path(),
        }
    }

    /// Another registry's host that stands where the path begins, most likely pasted by mistake:
    /// `index.example.org` in `registry.example.org/index.example.org/team/app`.
    pub fn pasted_registry(&self) -> Option<&str> {
        let (first, _) = self.path().split_once('/')?;
        first.contains('.').then_some(first)
    }
}

impl fmt::Debug for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full)
    }
}

/// A name for an image. Ordered as the engine sorts names: bytewise by the full form.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reference {
    repository: Repository,
    tag: Option<Arc<str>>,
    digest: Option<Digest>,
}

impl Reference {
    /// Reads a reference; neither tag nor digest is added where there is none.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        if is_full_hex(text) {
            return Err(ReferenceError::OnlyHex(text.to_owned()));
        }
        let (registry, rest) = split_registry(text);
        let prefix = if registry == DEFAULT_REGISTRY && !rest.contains('/') { OFFICIAL } else { "" };
        // Whatever stands before the first colon counts as the path here, the name of a digest's algorithm too.
        let lowercase = rest.split(':').next().unwrap_or(rest);
        if lowercase.chars().any(char::is_uppercase) {
            return Err(ReferenceError::Uppercase(format!("{prefix}{lowercase}")));
        }
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (rest, None),
        };
        let (path, tag) = match rest.split_once(':') {
            Some((path, tag)) => (path, Some(tag)),
            None => (rest, None),
        };
        let path = format!("{prefix}{path}");
        if !is_registry(registry) || !is_path(&path) || !tag.is_none_or(is_tag) {
            return Err(ReferenceError::Format);
        }
        if registry.len() + 1 + path.len() > NAME_MAX {
            return Err(ReferenceError::TooLong);
        }
        Ok(Self {
            repository: Repository::new(registry, &path),
            tag: tag.map(Into::into),
            digest: digest.map(parse_digest).transpose()?,
        })
    }

    /// The name of a repository at a digest, without a tag.
    pub fn at_digest(repository: Repository, digest: Digest) -> Self {
        Self { repository, tag: None, digest: Some(digest) }
    }

    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// True if it names content and not a tag that can move.
    pub fn is_digest_only(&self) -> bool {
        self.tag.is_none() && self.digest.is_some()
    }

    /// With `:latest` where there is neither tag nor digest, as engines complete a name.
    #[must_use]
    pub fn or_latest(mut self) -> Self {
        if self.tag.is_none() && self.digest.is_none() {
            self.tag = Some(LATEST.into());
        }
        self
    }

    /// Without its tag.
    #[must_use]
    pub fn without_tag(mut self) -> Self {
        self.tag = None;
        self
    }

    /// The form engines store: with registry, also for Docker Hub.
    pub fn full(&self) -> String {
        self.with_name(self.repository.full())
    }

    /// The form engines print.
    pub fn familiar(&self) -> String {
        self.with_name(self.repository.familiar())
    }

    /// What follows the repository: `:tag`, `@digest` or both.
    pub fn suffix(&self) -> String {
        self.with_name("")
    }

    /// Those of [`Self::full`], without putting it together.
    fn bytes_of_full(&self) -> impl Iterator<Item = u8> + '_ {
        let tag = self.tag.iter().flat_map(|tag| [":", tag]);
        let digest = self.digest.iter().flat_map(|digest| ["@", digest.as_str()]);
        [self.repository.full()].into_iter().chain(tag).chain(digest).flat_map(str::bytes)
    }

    /// Adds what [`Self::familiar`] is to a text.
    pub fn push_familiar(&self, text: &mut String) {
        text.push_str(self.repository.familiar());
        self.push_suffix(text);
    }

    fn with_name(&self, name: &str) -> String {
        let mut text = name.to_owned();
        self.push_suffix(&mut text);
        text
    }

    fn push_suffix(&self, text: &mut String) {
        if let Some(tag) = &self.tag {
            text.push(':');
            text.push_str(tag);
        }
        if let Some(digest) = &self.digest {
            text.push('@');
            text.push_str(digest.as_str());
        }
    }
}

impl PartialOrd for Reference {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Reference {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let (own, others) = (self.repository.full(), other.repository.full());
        if own.starts_with(others) || others.starts_with(own) {
            return self.bytes_of_full().cmp(other.bytes_of_full());
        }
        own.cmp(others)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.familiar())
    }
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full())
    }
}

impl TryFrom<String> for Reference {
    type Error = ReferenceError;
    fn try_from(text: String) -> Result<Self, ReferenceError> {
        Self::parse(&text)
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.full()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "c7c1149150a8f7536bd19b70ea34748bf9dfbc93e5dee677f11362c06b12735d";

    fn parsed(text: &str) -> Reference {
        Reference::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn docker_hub_names_have_a_familiar_and_a_full_form() {
        for text in ["a", "library/a", "docker.io/a", "docker.io/library/a", "index.docker.io/library/a"] {
            assert_eq!(parsed(text).full(), "docker.io/library/a", "{text}");
            assert_eq!(parsed(text).familiar(), "a", "{text}");
        }
        assert_eq!(parsed("team/app:1").full(), "docker.io/team/app:1");
        assert_eq!(parsed("docker.io/team/app:1").familiar(), "team/app:1");
        assert_eq!(parsed("docker.io/library/a/b").familiar(), "library/a/b");
    }

    #[test]
    fn only_the_first_component_can_be_a_registry() {
        let name = parsed("index-dev.qiniu.io/index.qbox.me/qcos-test/msfngix:latest");
        assert_eq!(name.repository().registry(), "index-dev.qiniu.io");
        assert_eq!(name.repository().path(), "index.qbox.me/qcos-test/msfngix");
        assert_eq!(name.repository().pasted_registry(), Some("index.qbox.me"));
        assert_eq!(parsed("localhost/a").repository().registry(), "localhost");
        assert_eq!(parsed("local/a").repository().registry(), "docker.io");
        assert_eq!(parsed("a:5000/b").repository().registry(), "a:5000");
        assert_eq!(parsed("[::1]:5000/b").repository().registry(), "[::1]:5000");
    }

    #[test]
    fn tag_and_digest_can_stand_together_or_alone() {
        let both = parsed(&format!("a:1@sha256:{HEX}"));
        assert_eq!((both.tag(), both.digest().unwrap().hex()), (Some("1"), HEX));
        let digest = parsed(&format!("localhost:5000/a@sha256:{HEX}"));
        assert!(digest.is_digest_only());
        assert_eq!(digest.repository().registry(), "localhost:5000");
        assert_eq!(parsed("a").or_latest().familiar(), "a:latest");
        assert_eq!(digest.clone().or_latest(), digest);
    }

    #[test]
    fn refusals_are_told_apart() {
        let error = |text: &str| Reference::parse(text).unwrap_err();
        assert_eq!(error("A"), ReferenceError::Uppercase("library/A".into()));
        let upper = |text: &str| ReferenceError::Uppercase(text.into());
        assert_eq!(error(&format!("A@SHA256:{HEX}")), upper("library/A@SHA256"));
        assert_eq!(error(&format!("b.c/A:1@sha256:{HEX}")), upper("A"));
        assert_eq!(error(&format!("b.c/a@SHA256:{HEX}")), upper("a@SHA256"));
        assert_eq!(error(&format!("a:1@SHA256:{HEX}")), ReferenceError::DigestFormat);
        assert_eq!(error(&format!("a@sha256:{}", HEX.to_uppercase())), ReferenceError::DigestFormat);
        for text in
            ["", ":", "a:", "a//b", "/a", "a/", "-a", "a-", "a___b", "a..b", "a b", "--force", "a;b", "é"]
        {
            assert_eq!(error(text), ReferenceError::Format, "{text:?}");
        }
        assert_eq!(error(&format!("a:{}", "t".repeat(129))), ReferenceError::Format);
        assert_eq!(error(&"a".repeat(4096)), ReferenceError::TooLong);
        assert_eq!(error(HEX), ReferenceError::OnlyHex(HEX.into()));
        assert_eq!(error("a@sha256:abc"), ReferenceError::Format);
        assert_eq!(error(&format!("a@sha256:{}", &HEX[..40])), ReferenceError::DigestLength);
        assert!(Reference::parse("a__b/c---d.e_f").is_ok());
    }

    #[test]
    fn names_are_ordered_bytewise_by_their_full_form() {
        let mut names =
            [parsed("z.io/a:1"), parsed(&format!("b@sha256:{HEX}")), parsed("b:2"), parsed("b:1")];
        names.sort();
        let order: Vec<_> = names.iter().map(Reference::familiar).collect();
        assert_eq!(order, ["b:1", "b:2", &format!("b@sha256:{HEX}"), "z.io/a:1"]);
        let digest = format!("@sha256:{HEX}");
        let all: Vec<_> = ["b", "b-c", "b/c", "b.c", "bb", "B.io/b", "B.io/b/b", "localhost/b"]
            .iter()
            .flat_map(|name| {
                ["", ":1", ":1-c", ":2", &digest].map(|suffix| parsed(&format!("{name}{suffix}")))
            })
            .collect();
        for (one, other) in all.iter().flat_map(|one| all.iter().map(move |other| (one, other))) {
            assert_eq!(one.cmp(other), one.full().cmp(&other.full()), "{one} and {other}");
        }
    }
}
