//! The only place that talks to registries, over the OCI Distribution API: whether an image can be pulled
//! again, and what a registry has. Nothing here changes a registry, and nothing is asked unless somebody wants
//! to know.

mod address;
mod browse;
mod challenge;
mod helper;
mod host;
mod login;
mod look_up;
mod manifest;
mod places;
pub mod sample;
mod tls;
mod trouble;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::time::timeout;

use address::Address;
use host::Host;
use trouble::Trouble;

pub use places::Places;
pub use tls::install as install_tls;

use crate::model::{Login, Question, Reach, Remote, RemoteCatalog, RemoteFailure, RemoteTags, Repository};

/// Registries asked at a time; one that hangs does not hold up the others.
const HOSTS_AT_ONCE: usize = 16;
/// Names asked for at one registry at a time.
const NAMES_AT_ONCE: usize = 4;
/// For one name, with everything it takes.
const QUESTION: Duration = Duration::from_mins(1);
/// For a list with all that is looked into.
const BROWSE: Duration = Duration::from_mins(3);
/// What was found out about a registry, a login too, is believed for so long.
const KEPT: Duration = Duration::from_mins(5);

/// All registries. Clones share what is known of them.
#[derive(Clone)]
pub struct Registries {
    places: Arc<Places>,
    hosts: Arc<Mutex<Hosts>>,
}

type Hosts = HashMap<(Address, Reach), Arc<Host>>;

impl Registries {
    pub fn new(places: Places) -> Self {
        Self { places: Arc::new(places), hosts: Arc::default() }
    }

    /// Asks for every name; answers come as they are there, each with the place of its question.
    pub fn look_up(&self, questions: Vec<Question>, reach: &Reach) -> BoxStream<'static, (usize, Remote)> {
        let mut by_host: HashMap<Address, Vec<(usize, Question)>> = HashMap::new();
        let mut nobody = Vec::new();
        for (at, question) in questions.into_iter().enumerate() {
            if question.has_registry {
                let address = Address::of(question.reference.repository().registry());
                by_host.entry(address).or_default().push((at, question));
            } else {
                nobody.push((at, Remote::NoRegistry));
            }
        }
        let mut hosts: Vec<_> = by_host.into_iter().collect();
        hosts.sort_by(|(a, _), (b, _)| a.name().cmp(b.name()));
        let (registries, reach) = (self.clone(), reach.clone());
        let asked = stream::iter(hosts)
            .map(move |(address, questions)| registries.clone().ask_host(&address, questions, reach.clone()));
        stream::iter(nobody).chain(asked.flatten_unordered(HOSTS_AT_ONCE)).boxed()
    }

    fn ask_host(
        self,
        address: &Address,
        questions: Vec<(usize, Question)>,
        reach: Reach,
    ) -> BoxStream<'static, (usize, Remote)> {
        let host = match self.host(address, &reach) {
            Ok(host) => host,
            Err(trouble) => {
                let remote = Remote::from(trouble);
                return stream::iter(questions.into_iter().map(move |(at, _)| (at, remote.clone()))).boxed();
            }
        };
        let down: Arc<Mutex<Option<Remote>>> = Arc::default();
        let asked = stream::iter(questions).map(move |(at, question)| {
            let (registries, reach) = (self.clone(), reach.clone());
            let (host, down) = (Arc::clone(&host), Arc::clone(&down));
            async move {
                let known = down.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if let Some(remote) = known {
                    return (at, remote);
                }
                let late = Trouble::host_down("it does not answer in time");
                let asked = look_up::look_up(&host, &question);
                let remote = match timeout(QUESTION, asked).await.unwrap_or(Err(late)) {
                    Ok(remote) => remote,
                    Err(trouble) => {
                        registries.forget(&host, &reach, &trouble);
                        let whole_host = matches!(trouble, Trouble::Unreachable { whole_host: true, .. });
                        let remote = Remote::from(trouble);
                        if whole_host {
                            // Whoever does not answer is not asked again and again.
                            *down.lock().unwrap_or_else(PoisonError::into_inner) = Some(remote.clone());
                        }
                        remote
                    }
                };
                (at, remote)
            }
        });
        asked.buffer_unordered(NAMES_AT_ONCE).boxed()
    }

    /// The repositories of a registry; where it does not list them, those of `known`.
    pub async fn catalog(
        &self,
        registry: &str,
        known: Vec<String>,
        reach: &Reach,
    ) -> Result<RemoteCatalog, RemoteFailure> {
        let host = self.host(&Address::of(registry), reach)?;
        self.finish(&host, reach, BROWSE, browse::catalog(&host, known)).await
    }

    /// The tags of one of its repositories, and what is behind each.
    pub async fn tags(
        &self,
        registry: &str,
        repository: &str,
        reach: &Reach,
    ) -> Result<RemoteTags, RemoteFailure> {
        let host = self.host(&Address::of(registry), reach)?;
        self.finish(&host, reach, BROWSE, browse::tags(&host, repository)).await
    }

    async fn finish<T>(
        &self,
        host: &Host,
        reach: &Reach,
        limit: Duration,
        asked: impl Future<Output = Result<T, Trouble>>,
    ) -> Result<T, RemoteFailure> {
        let late = Trouble::host_down("it does not answer in time");
        timeout(limit, asked).await.unwrap_or(Err(late)).map_err(|trouble| {
            self.forget(host, reach, &trouble);
            trouble.into()
        })
    }

    fn host(&self, address: &Address, reach: &Reach) -> Result<Arc<Host>, Trouble> {
        if reach.elsewhere && address.is_loopback() {
            return Err(Trouble::host_down(
                "it is on the engine's own machine, which cannot be looked at from here",
            ));
        }
        let key = (address.clone(), reach.clone());
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.get(&key).filter(|host| host.since.elapsed() < KEPT) {
            return Ok(Arc::clone(host));
        }
        let host = Arc::new(Host::new(address.clone(), reach, &self.places)?);
        hosts.insert(key, Arc::clone(&host));
        Ok(host)
    }

    /// The next question starts afresh: the person may sign in, or plug something in, in between.
    fn forget(&self, host: &Host, reach: &Reach, trouble: &Trouble) {
        if !matches!(trouble, Trouble::Denied(_) | Trouble::Unreachable { whole_host: true, .. }) {
            return;
        }
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.remove(&(host.address.clone(), reach.clone()));
    }

    /// The person's login for the registry of a repository, for whoever pulls in their name.
    pub async fn login(&self, repository: &Repository) -> Option<Login> {
        let address = Address::of(repository.registry());
        login::find(&self.places, &address, repository.path()).await.login
    }
}
