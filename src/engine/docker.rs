//! A real engine that speaks the Docker API: Docker itself, or Podman's imitation of it.
//!
//! Reading goes through `raw` and `convert`; what changes something goes through bollard's own calls.
//! Every request has a limit of its own, and no request is ever repeated by itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bollard::query_parameters::{
    RemoveContainerOptionsBuilder, RemoveImageOptionsBuilder, StopContainerOptionsBuilder,
    TagImageOptionsBuilder,
};

use super::endpoint::{Line, Lines, Opened, SocketFile, Way};
use super::error::Trouble;
use super::recognize::{Description, Found};
use super::watch::EngineClock;
use super::wire::{ImageDetail, Info, Version};
use super::{convert, raw};
use crate::cache::Known;
use crate::model::{
    BuildCache, ContainerConfig, ContainerId, ContainerState, Endpoint, EngineInfo, Failure, FailureKind,
    Image, ImageId, Item, Reach, Reference, Section,
};

/// `/info` counts every image, which takes a containerd store seconds.
pub(super) const INFO: Duration = Duration::from_mins(1);
const INSPECT: Duration = Duration::from_secs(30);
const REMOVE: Duration = Duration::from_mins(5);
/// How long a container may take to end before it is killed; the Docker CLI's own default.
const STOP_GRACE_S: i32 = 10;
const STOP: Duration = Duration::from_secs(40);
const START: Duration = Duration::from_mins(2);
const GONE: Duration = Duration::from_secs(30);
/// How often it is looked whether another socket stands where the engine's was.
const LOOK: Duration = Duration::from_secs(2);
const GONE_POLL: Duration = Duration::from_millis(200);
/// That of Docker 20.10 and Podman 3; older ones answer in shapes never tried.
const OLDEST_API: (u32, u32) = (1, 41);
/// The newest whose description this program was written by. A newer engine answers in the same shapes as long
/// as it still speaks this one.
const NEWEST_API: (u32, u32) = (1, 53);

/// One engine. Clones share the connection and what was read once and for all.
#[derive(Clone)]
pub struct Docker {
    pub(super) inner: Arc<Inner>,
    pub(super) client: bollard::Docker,
    /// Where its requests go over one connection.
    pub(super) line: Option<Arc<Line>>,
}

pub(super) struct Inner {
    pub host: String,
    pub info: EngineInfo,
    pub description: Description,
    pub found: Mutex<Found>,
    pub api: (u32, u32),
    /// The oldest API that it still speaks.
    pub oldest_api: (u32, u32),
    /// For the first question and its answer.
    pub patience: Duration,
    pub clock: Option<EngineClock>,
    /// Where it answered, if that is a file.
    pub socket: Option<SocketFile>,
    pub lines: Option<Lines>,
    pub known: Mutex<Known>,
    pub build_cache: Mutex<Option<(Instant, Section<BuildCache>)>>,
}

/// A lock whose holder panicked still guards whole values here.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Docker {
    /// Connects to what the endpoint stands for, and to nothing else.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, Failure> {
        let wanted = endpoint.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let way = Way::to(&wanted)?;
            let socket = way.socket();
            let opened = way.open()?;
            Ok((way, opened, socket))
        });
        let (way, Opened { client, lines }, socket) = opened.await.map_err(|error| {
            Trouble::Malformed(format!("the address could not be read: {error}")).during("connect", "")
        })??;
        let (host, patience) = (way.host().to_owned(), way.patience());
        // A short question first: an engine that accepts and never answers is found out in seconds.
        let mut answered = raw::text(&client, "/_ping", patience).await;
        if answered.as_ref().is_err_and(Trouble::is_worth_another_try) {
            answered = raw::text(&client, "/_ping", patience).await;
        }
        answered.map_err(|t| t.during("connect", &host))?;
        let asked = |trouble: Trouble| trouble.during("ask for the version", &host);
        let version: Version = raw::get(&client, "/version", patience).await.map_err(asked)?;
        let info: Info =
            raw::get(&client, "/info", INFO).await.map_err(|t| t.during("ask what it is", &host))?;
        let clock = info.system_time.as_deref().and_then(EngineClock::set);
        let store = convert::store(&version, &info);
        let description = Description::of(&info, store);
        let oldest_api = version.oldest_api.as_deref().and_then(convert::api_numbers).unwrap_or_default();
        let info = convert::engine_info(version, store, info.id)
            .ok_or_else(|| asked(Trouble::Malformed("it does not name its API version".to_owned())))?;
        let api = convert::api_numbers(&info.api).unwrap_or_default();
        if api < OLDEST_API {
            let (major, minor) = OLDEST_API;
            return Err(Failure {
                kind: FailureKind::TooOld,
                operation: "connect".to_owned(),
                message: format!(
                    "{} {} speaks API {}, and {major}.{minor} is the oldest that Unmoor understands",
                    info.name, info.version, info.api
                ),
                host,
            });
        }
        if oldest_api > NEWEST_API {
            let ((oldest, minor), (major, newest)) = (oldest_api, NEWEST_API);
            return Err(Failure {
                kind: FailureKind::TooNew,
                operation: "connect".to_owned(),
                message: format!(
                    "{} {} speaks no API older than {oldest}.{minor}, and {major}.{newest} is the newest that \
                     this version of Unmoor understands",
                    info.name, info.version
                ),
                host,
            });
        }
        let inner = Inner {
            host,
            info,
            description,
            found: Mutex::default(),
            api,
            oldest_api,
            patience,
            clock,
            socket,
            lines,
            known: Mutex::default(),
            build_cache: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner), client, line: None })
    }

    /// Resolves once another engine is known to answer at its address.
    pub(super) async fn replaced(&self) {
        loop {
            tokio::time::sleep(LOOK).await;
            if self.is_the_same().is_err() {
                return;
            }
        }
    }

    pub fn host(&self) -> &str {
        &self.inner.host
    }

    /// As it named itself when the connection was made.
    pub fn info(&self) -> &EngineInfo {
        &self.inner.info
    }

    pub fn identity(&self) -> String {
        let Inner { host, info, .. } = &*self.inner;
        format!("{} {}", info.store.word(), info.id.as_ref().unwrap_or(host))
    }

    pub fn recall(&self, known: Known) {
        lock(&self.inner.known).recall(known);
    }

    pub fn learnt(&self, there: &[Arc<Image>], now: i64) -> Option<Known> {
        lock(&self.inner.known).news(there, now)
    }

    pub(super) fn failed(&self, operation: impl Into<String>) -> impl FnOnce(Trouble) -> Failure {
        let (operation, host) = (operation.into(), self.inner.host.clone());
        move |trouble| trouble.during(operation, &host)
    }

    /// What the engine says of itself now; it may have been replaced since.
    pub(super) async fn info_now(&self) -> Result<EngineInfo, Failure> {
        let info = &self.inner.info;
        let version = raw::get(&self.client, "/version", INSPECT).await;
        let info = version.and_then(|version| {
            convert::engine_info(version, info.store, info.id.clone())
                .ok_or_else(|| Trouble::Malformed("it does not name its API version".to_owned()))
        });
        info.map_err(self.failed("ask for the version"))
    }

    /// How its registries may be spoken to, as it is set up now.
    pub async fn reach(&self) -> Result<Reach, Failure> {
        let info: Info =
            raw::get(&self.client, "/info", INFO).await.map_err(self.failed("ask what it is"))?;
        Ok(convert::reach(info, &self.inner.host))
    }

    /// The image a name leads to now. Asked in full: Podman would look a short name up elsewhere too.
    pub async fn resolve(&self, name: &Reference) -> Result<Option<ImageId>, Failure> {
        self.find_image(&name.full()).await.map_err(self.failed(format!("look {name} up")))
    }

    /// `name` has to be a reference or (part of) an ID.
    pub(super) async fn find_image(&self, name: &str) -> Result<Option<ImageId>, Trouble> {
        let found = raw::get::<ImageDetail>(&self.client, &format!("/images/{name}/json"), INSPECT).await;
        match found {
            Ok(detail) => ImageId::parse(detail.id.as_deref().unwrap_or_default())
                .map(Some)
                .map_err(|e| Trouble::Malformed(e.to_string())),
            Err(Trouble::Wire(error)) if status(&error) == Some(404) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Removes an image or a name, as `target` says. The lines are the engine's own, in its order.
    pub async fn remove_image(&self, target: &str, force: bool, prune: bool) -> Result<Vec<Item>, Failure> {
        let options = RemoveImageOptionsBuilder::new().force(force).noprune(!prune).build();
        let client = self.patient(REMOVE);
        let request = client.remove_image(target, Some(options), None);
        let answered =
            limited(REMOVE, request).await.map_err(self.failed(format!("remove image {target}")))?;
        let lines = answered.into_iter().flat_map(|line| {
            [line.untagged.map(Item::Untagged), line.deleted.map(Item::Deleted)].into_iter().flatten()
        });
        Ok(lines.collect())
    }

    /// Stops a container; one that has stopped already is no failure.
    pub async fn stop_container(&self, id: &ContainerId) -> Result<(), Failure> {
        let options = StopContainerOptionsBuilder::new().t(STOP_GRACE_S).build();
        let client = self.patient(STOP);
        let request = client.stop_container(id.as_str(), Some(options));
        limited(STOP, request).await.map_err(self.failed(format!("stop container {}", id.short())))
    }

    /// Removes a container and keeps its anonymous volumes. One started with `--rm` goes by itself as
    /// soon as it stops: one that is gone, or goes within the limit, counts as removed.
    pub async fn remove_container(&self, id: &ContainerId, force: bool) -> Result<(), Failure> {
        let options = RemoveContainerOptionsBuilder::new().force(force).build();
        let client = self.patient(REMOVE);
        let request = client.remove_container(id.as_str(), Some(options));
        match limited(REMOVE, request).await {
            Err(Trouble::Wire(error)) if status(&error) == Some(404) => Ok(()),
            Err(Trouble::Wire(error))
                if status(&error) == Some(409) && error.to_string().contains("already in progress") =>
            {
                self.wait_until_gone(id).await
            }
            answered => answered.map_err(self.failed(format!("remove container {}", id.short()))),
        }
    }

    /// Starts a container; one that runs already is no failure.
    pub async fn start_container(&self, id: &ContainerId) -> Result<(), Failure> {
        let client = self.patient(START);
        let request = client.start_container(id.as_str(), None);
        limited(START, request).await.map_err(self.failed(format!("start container {}", id.short())))
    }

    /// How a container is set up, by the engine's own description; `None` if it is gone.
    pub async fn container_config(&self, id: &ContainerId) -> Result<Option<ContainerConfig>, Failure> {
        Ok(self.inspect_container(id).await?.map(ContainerConfig::of))
    }

    /// The state of a container; `None` if it is gone.
    pub async fn container_state(&self, id: &ContainerId) -> Result<Option<ContainerState>, Failure> {
        let inspected = self.inspect_container(id).await?;
        let word = |inspected: &serde_json::Value| {
            inspected.pointer("/State/Status").and_then(serde_json::Value::as_str).map(ContainerState::parse)
        };
        Ok(inspected.map(|inspected| word(&inspected).unwrap_or(ContainerState::Unknown)))
    }

    async fn inspect_container(&self, id: &ContainerId) -> Result<Option<serde_json::Value>, Failure> {
        match raw::get(&self.client, &format!("/containers/{id}/json"), INSPECT).await {
            Ok(inspected) => Ok(Some(inspected)),
            Err(Trouble::Wire(error)) if status(&error) == Some(404) => Ok(None),
            Err(trouble) => Err(self.failed(format!("inspect container {}", id.short()))(trouble)),
        }
    }

    async fn wait_until_gone(&self, id: &ContainerId) -> Result<(), Failure> {
        let path = format!("/containers/{id}/json");
        let poll = async {
            loop {
                match raw::text(&self.client, &path, INSPECT).await {
                    Ok(_still_there) => tokio::time::sleep(GONE_POLL).await,
                    Err(Trouble::Wire(error)) if status(&error) == Some(404) => return Ok(()),
                    Err(trouble) => return Err(trouble),
                }
            }
        };
        let gone = tokio::time::timeout(GONE, poll).await.unwrap_or(Err(Trouble::Late(GONE)));
        gone.map_err(self.failed(format!("wait until container {} is gone", id.short())))
    }

    /// Gives an image another name.
    pub async fn tag(&self, image: &ImageId, name: &Reference) -> Result<(), Failure> {
        let options = TagImageOptionsBuilder::new()
            .repo(name.repository().full())
            .tag(name.tag().unwrap_or("latest"))
            .build();
        let client = self.patient(INSPECT);
        let request = client.tag_image(image.as_str(), Some(options));
        limited(INSPECT, request).await.map_err(self.failed(format!("tag {name}")))
    }

    /// bollard has a limit of its own, for the head of an answer; it must not be the shorter one.
    pub(super) fn patient(&self, limit: Duration) -> bollard::Docker {
        self.client.clone().with_timeout(limit)
    }
}

/// The whole answer within a limit.
pub(super) async fn limited<T>(
    limit: Duration,
    request: impl Future<Output = Result<T, bollard::errors::Error>>,
) -> Result<T, Trouble> {
    match tokio::time::timeout(limit, request).await {
        Ok(answer) => Ok(answer?),
        Err(_elapsed) => Err(Trouble::Late(limit)),
    }
}

/// The status of an answer that is an error.
pub(super) fn status(error: &bollard::errors::Error) -> Option<u16> {
    if let bollard::errors::Error::DockerResponseServerError { status_code, .. } = error {
        Some(*status_code)
    } else {
        None
    }
}
