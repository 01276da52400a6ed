//! The registries that a person has named, and what is known of what they have: repositories when one is
//! opened, tags when a repository is. Everything shown is a flat list of rows, made when something changes.

mod acts;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{AppState, View};
use crate::message::Command;
use crate::model::{
    Digest, Environment, Graph, ImageId, Reference, RemoteCatalog, RemoteFailure, RemoteImage, RemoteTag,
    RemoteTags,
};
pub use acts::RegistryAction;

/// What a registry serves, as the person says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Serves {
    Test,
    Production,
    #[default]
    Other,
}

impl Serves {
    pub const ALL: [Self; 3] = [Self::Test, Self::Production, Self::Other];

    pub fn environment(self) -> Option<Environment> {
        match self {
            Self::Test => Some(Environment::Test),
            Self::Production => Some(Environment::Production),
            Self::Other => None,
        }
    }
}

impl From<Option<Environment>> for Serves {
    fn from(environment: Option<Environment>) -> Self {
        match environment {
            Some(Environment::Test) => Self::Test,
            Some(Environment::Production) => Self::Production,
            None => Self::Other,
        }
    }
}

/// A registry that the person has named; kept in the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedRegistry {
    /// Host and port, as in the names of images.
    pub host: String,
    #[serde(default)]
    pub serves: Serves,
    /// It may be spoken to without TLS, though neither on loopback nor listed by the engine.
    #[serde(default)]
    pub without_tls: bool,
}

/// What was asked for, and what came.
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Fetched<T> {
    #[default]
    NotAsked,
    Pending,
    Failed(RemoteFailure),
    /// With the time it came, in seconds since 1970.
    There(T, i64),
}

impl<T> Fetched<T> {
    fn from(result: Result<T, RemoteFailure>, now: i64) -> Self {
        result.map_or_else(Self::Failed, |value| Self::There(value, now))
    }

    pub fn there(&self) -> Option<&T> {
        if let Self::There(value, _) = self { Some(value) } else { None }
    }

    fn is_wanted(&self) -> bool {
        matches!(self, Self::NotAsked | Self::Failed(_))
    }
}

#[derive(Debug, Default)]
pub struct Stock {
    pub open: bool,
    pub catalog: Fetched<RemoteCatalog>,
    /// Those that were ever opened.
    pub repositories: BTreeMap<String, Opened>,
}

/// A repository of a registry.
#[derive(Debug, Default)]
pub struct Opened {
    pub open: bool,
    pub tags: Fetched<RemoteTags>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RemoteOrder {
    #[default]
    Name,
    /// The largest first.
    Size,
    /// The newest first.
    Created,
}

/// One line of the view.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RemoteRow {
    Registry(String),
    /// What there is to say instead of repositories, or before them.
    AboutRegistry(String),
    Repository(String, String),
    AboutRepository(String, String),
    /// The tag at this place of the repository's tags.
    Tag(String, String, usize),
}

/// Everything the view shows.
#[derive(Debug, Default)]
pub struct RegistriesView {
    stocks: BTreeMap<String, Stock>,
    pub filter: String,
    pub order: RemoteOrder,
    rows: Vec<RemoteRow>,
    cursor: Option<RemoteRow>,
    /// Where it stands among `rows`.
    cursor_row: Option<usize>,
    reveals: u64,
    /// Local images by all digests that a registry may know them by.
    local: HashMap<Digest, Vec<ImageId>>,
    /// What `local` was made of.
    graph: Option<Arc<Graph>>,
}

impl RegistriesView {
    pub fn rows(&self) -> &[RemoteRow] {
        &self.rows
    }

    pub fn stock(&self, registry: &str) -> Option<&Stock> {
        self.stocks.get(registry)
    }

    pub fn repository(&self, registry: &str, path: &str) -> Option<&Opened> {
        self.stock(registry)?.repositories.get(path)
    }

    pub fn tag(&self, registry: &str, path: &str, at: usize) -> Option<(&RemoteTags, &RemoteTag)> {
        let tags = self.repository(registry, path)?.tags.there()?;
        Some((tags, tags.tags.get(at)?))
    }

    /// The images here that are what a tag leads to.
    pub fn local_images(&self, image: &RemoteImage) -> Vec<&ImageId> {
        let digests = std::iter::once(&image.digest).chain(&image.configs).chain(&image.children);
        let mut found: Vec<&ImageId> =
            digests.filter_map(|digest| self.local.get(digest)).flatten().collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn index(&mut self, graph: Option<&Arc<Graph>>) {
        let same = match (&self.graph, graph) {
            (Some(old), Some(new)) => Arc::ptr_eq(old, new),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if same {
            return;
        }
        self.graph = graph.cloned();
        self.local.clear();
        for image in graph.iter().flat_map(|graph| graph.images()) {
            let names = image.references.iter().chain(&image.computed_digests);
            let digests = names.filter_map(Reference::digest).cloned();
            for digest in digests.chain([Digest::from(&image.id)]) {
                let images = self.local.entry(digest).or_default();
                if !images.contains(&image.id) {
                    images.push(image.id.clone());
                }
            }
        }
    }

    fn lay_out(&mut self, named: &[NamedRegistry]) {
        let filter = self.filter.trim().to_lowercase();
        let mut rows = Vec::new();
        for NamedRegistry { host, .. } in named {
            rows.push(RemoteRow::Registry(host.clone()));
            let Some(stock) = self.stocks.get(host).filter(|stock| stock.open) else { continue };
            let Some(catalog) = stock.catalog.there() else {
                rows.push(RemoteRow::AboutRegistry(host.clone()));
                continue;
            };
            if catalog.not_listed.is_some() || catalog.cut || catalog.repositories.is_empty() {
                rows.push(RemoteRow::AboutRegistry(host.clone()));
            }
            for path in &catalog.repositories {
                let opened = stock.repositories.get(path).filter(|opened| opened.open);
                let tags = opened.and_then(|opened| opened.tags.there());
                let shown = tags.map(|tags| self.shown(tags, host, path, &filter)).unwrap_or_default();
                let is_named = format!("{host}/{path}").to_lowercase().contains(&filter);
                if !is_named && shown.is_empty() {
                    continue;
                }
                rows.push(RemoteRow::Repository(host.clone(), path.clone()));
                if opened.is_some() && tags.is_none_or(|tags| tags.tags.is_empty() || tags.more > 0) {
                    rows.push(RemoteRow::AboutRepository(host.clone(), path.clone()));
                }
                rows.extend(shown.into_iter().map(|at| RemoteRow::Tag(host.clone(), path.clone(), at)));
            }
        }
        self.rows = rows;
        self.find_cursor();
    }

    /// The places of the tags that the filter lets through, in order.
    fn shown(&self, tags: &RemoteTags, host: &str, path: &str, filter: &str) -> Vec<usize> {
        let digest =
            |tag: &RemoteTag| tag.image.as_ref().map_or("", |image| image.digest.as_str()).to_owned();
        let fits = |tag: &RemoteTag| {
            filter.is_empty()
                || format!("{host}/{path}:{}", tag.name).to_lowercase().contains(filter)
                || digest(tag).contains(filter)
        };
        let mut shown: Vec<(usize, &RemoteTag)> =
            tags.tags.iter().enumerate().filter(|(_, tag)| fits(tag)).collect();
        let size = |tag: &RemoteTag| tag.image.as_ref().ok().and_then(|image| image.size);
        let created = |tag: &RemoteTag| tag.image.as_ref().ok().and_then(|image| image.created);
        match self.order {
            RemoteOrder::Name => {}
            RemoteOrder::Size => shown.sort_by_key(|(_, tag)| std::cmp::Reverse(size(tag))),
            RemoteOrder::Created => shown.sort_by_key(|(_, tag)| std::cmp::Reverse(created(tag))),
        }
        shown.into_iter().map(|(at, _)| at).collect()
    }
}

/// Host and port out of what a person typed or pasted; `None` where that is no registry.
pub fn host_in(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let text = text.trim_end_matches('/').trim_end_matches("/v2").to_lowercase();
    let host = match text.as_str() {
        "registry-1.docker.io" | "hub.docker.com" | "index.docker.io" | "index.docker.io/v1" => "docker.io",
        other => other,
    };
    let name = Reference::parse(&format!("{host}/a")).ok()?;
    (name.repository().registry() == host).then(|| host.to_owned())
}

impl AppState {
    /// What a registry serves: as the person has said, or else as its name tells.
    pub fn environment(&self, host: &str, guessed: Option<Environment>) -> Option<Environment> {
        let named = self.settings.registries.iter().find(|named| named.host == host);
        named.map_or(guessed, |named| named.serves.environment())
    }

    /// Makes what the view shows, while it is shown.
    pub(super) fn lay_out_registries(&mut self) {
        if self.left.view != View::Registries {
            return;
        }
        let graph = self.graph().cloned();
        self.registries.index(graph.as_ref());
        self.registries.lay_out(&self.settings.registries);
    }

    /// Names a registry, or says something else of one that is named already.
    fn name_registry(&mut self, named: NamedRegistry) -> Vec<Command> {
        let host = named.host.clone();
        match self.settings.registries.iter_mut().find(|old| old.host == host) {
            Some(old) => *old = named,
            None => self.settings.registries.push(named),
        }
        self.settings.registries.sort_by(|a, b| a.host.cmp(&b.host));
        self.registries.stocks.insert(host.clone(), Stock::default());
        self.open_registry(&host)
    }

    fn forget_registry(&mut self, host: &str) {
        self.settings.registries.retain(|named| named.host != host);
        self.registries.stocks.remove(host);
    }

    /// Opens or closes a registry; what it has is asked for the first time it is opened.
    fn open_registry(&mut self, host: &str) -> Vec<Command> {
        let stock = self.registries.stocks.entry(host.to_owned()).or_default();
        stock.open = !stock.open;
        if stock.open && stock.catalog.is_wanted() { self.list_registry(host) } else { Vec::new() }
    }

    /// Asks a registry again, and forgets what it said before.
    fn list_registry(&mut self, host: &str) -> Vec<Command> {
        let trusted = self.settings.trusted_registries();
        let known = self.known_repositories(host);
        let stock = self.registries.stocks.entry(host.to_owned()).or_default();
        stock.open = true;
        stock.catalog = Fetched::Pending;
        stock.repositories.clear();
        vec![Command::ListRegistry { registry: host.to_owned(), known, trusted }]
    }

    /// The repositories of a registry that images here are named for.
    fn known_repositories(&self, host: &str) -> Vec<String> {
        let images = self.graph().map(|graph| graph.images()).unwrap_or_default();
        let names = images.iter().flat_map(|image| image.references.iter().chain(&image.computed_digests));
        let repositories = names.map(Reference::repository).filter(|name| name.registry() == host);
        let mut known: Vec<String> = repositories.map(|name| name.path().to_owned()).collect();
        known.sort_unstable();
        known.dedup();
        known
    }

    fn open_repository(&mut self, host: &str, path: &str) -> Vec<Command> {
        let Some(stock) = self.registries.stocks.get_mut(host) else { return Vec::new() };
        let opened = stock.repositories.entry(path.to_owned()).or_default();
        opened.open = !opened.open;
        if opened.open && opened.tags.is_wanted() { self.list_tags(host, path) } else { Vec::new() }
    }

    /// Asks for the tags of a repository again.
    fn list_tags(&mut self, host: &str, path: &str) -> Vec<Command> {
        let trusted = self.settings.trusted_registries();
        let Some(stock) = self.registries.stocks.get_mut(host) else { return Vec::new() };
        let opened = stock.repositories.entry(path.to_owned()).or_default();
        opened.open = true;
        opened.tags = Fetched::Pending;
        vec![Command::ListTags { registry: host.to_owned(), repository: path.to_owned(), trusted }]
    }

    pub(super) fn registry_listed(
        &mut self,
        host: &str,
        catalog: Result<RemoteCatalog, RemoteFailure>,
        now: i64,
    ) {
        if let Some(stock) = self.registries.stocks.get_mut(host).filter(|s| s.catalog == Fetched::Pending) {
            stock.catalog = Fetched::from(catalog, now);
        }
    }

    pub(super) fn tags_listed(
        &mut self,
        host: &str,
        path: &str,
        tags: Result<RemoteTags, RemoteFailure>,
        now: i64,
    ) {
        let stock = self.registries.stocks.get_mut(host);
        let opened = stock.and_then(|stock| stock.repositories.get_mut(path));
        if let Some(opened) = opened.filter(|opened| opened.tags == Fetched::Pending) {
            opened.tags = Fetched::from(tags, now);
        }
    }

    /// Another engine trusts other registries, and its loopback is another.
    pub(super) fn close_registries(&mut self) {
        self.registries.stocks.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_read_from_what_people_paste() {
        for (typed, host) in [
            ("https://index-dev.qiniu.io/", "index-dev.qiniu.io"),
            (" localhost:5000 ", "localhost:5000"),
            ("http://127.0.0.1:5000/v2/", "127.0.0.1:5000"),
            ("https://index.docker.io/v1/", "docker.io"),
            ("Quay.io", "quay.io"),
        ] {
            assert_eq!(host_in(typed).as_deref(), Some(host), "{typed}");
        }
        for typed in ["", "nginx", "quay.io/team", "a b.io", "https://", "user@quay.io"] {
            assert_eq!(host_in(typed), None, "{typed}");
        }
    }
}
