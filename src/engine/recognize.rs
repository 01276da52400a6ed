//! Whether whoever answers at an engine's address is still that engine, by what it says of itself.
//!
//! Each request connects anew, and over a network nothing else tells where that leads. What a store is about to lose
//! goes over a connection whose other end has just said who it is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::docker::{Docker, INFO, lock};
use super::endpoint::{For, Line, SocketFile};
use super::error::Trouble;
use super::raw;
use super::wire::Info;
use crate::model::{Failure, FailureKind, StoreKind};

/// An engine that needs longer than this to describe itself (it counts its images)
const QUICK: Duration = Duration::from_millis(250);
/// is not asked for it all the time, but one part in so many.
const SHARE: u32 = 20;
/// The last answer on a connection has come: it takes no time to see whether that stands.
const STANDS: Duration = Duration::from_secs(1);
const OPERATION: &str = "go on with the engine that was there";

/// What an engine says of itself that stays while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Description {
    /// Podman makes another one up for each answer.
    id: Option<String>,
    machine: Option<String>,
    folder: Option<String>,
    driver: Option<String>,
    version: Option<String>,
}

impl Description {
    pub fn of(info: &Info, store: StoreKind) -> Self {
        Self {
            id: info.id.clone().filter(|_| store != StoreKind::Podman),
            machine: info.name.clone(),
            folder: info.docker_root_dir.clone(),
            driver: info.driver.clone(),
            version: info.server_version.clone(),
        }
    }

    /// How it differs from what another engine says, in words, for a person who has to find out which is which.
    fn unlike(&self, other: &Self) -> String {
        let Self { id, machine, folder, driver, version } = self;
        let parts = [
            ("ID", id, &other.id),
            ("machine", machine, &other.machine),
            ("folder", folder, &other.folder),
            ("storage driver", driver, &other.driver),
            ("version", version, &other.version),
        ];
        let said = |part: &Option<String>| part.clone().unwrap_or_else(|| "none".to_owned());
        let differ = parts.into_iter().filter(|(_, here, there)| here != there);
        let words =
            differ.map(|(what, here, there)| format!("its {what} is {}, not {}", said(here), said(there)));
        words.collect::<Vec<_>>().join("; ")
    }
}

/// Who was found at the address.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Another one than was there.
    other: Option<Description>,
    /// When that was asked, and how long the answer took.
    asked: Option<(Instant, Duration)>,
}

impl Docker {
    /// Whether what answers at its address is still this engine, as far as that is known without asking: by its
    /// socket, where it is a file, else by what it said last.
    pub fn is_the_same(&self) -> Result<(), Failure> {
        if self.inner.socket.as_ref().is_some_and(SocketFile::was_replaced) {
            let words = "another socket stands in its place: it was started anew, or is another engine's";
            return Err(self.gone(words.to_owned()));
        }
        match &lock(&self.inner.found).other {
            Some(other) => Err(self.replaced_by(other)),
            None => Ok(()),
        }
    }

    fn replaced_by(&self, other: &Description) -> Failure {
        let how = other.unlike(&self.inner.description);
        self.gone(format!("another engine answers there now: {how}"))
    }

    fn gone(&self, message: String) -> Failure {
        let (host, operation) = (self.inner.host.clone(), OPERATION.to_owned());
        Failure { kind: FailureKind::ConnectionLost, host, operation, message }
    }

    /// The same, and asks where no file tells; but not so often that it would be kept busy.
    pub(super) async fn is_still_the_same(&self) -> Result<(), Failure> {
        let is_due = || {
            let asked = lock(&self.inner.found).asked;
            asked.is_none_or(|(when, took)| took < QUICK || when.elapsed() >= took * SHARE)
        };
        if self.inner.socket.is_none() && is_due() {
            self.recognize().await?;
        }
        self.is_the_same()
    }

    /// This engine, over a connection that leads to it for sure: `former`, if that still stands, or a new one whose
    /// other end says that it is this one. To be asked for right before each request that changes something.
    pub(super) async fn for_sure(&self, what: For, former: Option<Self>) -> Result<Self, Failure> {
        let Some(lines) = &self.inner.lines else {
            if self.inner.socket.is_none() {
                self.recognize().await?;
            }
            return self.is_the_same().map(|()| self.clone());
        };
        if let Some(former) = former
            && former.stands().await
        {
            return Ok(former);
        }
        let limit = self.inner.patience;
        let opened = match tokio::time::timeout(limit, lines.open(what)).await {
            Ok(opened) => opened.map_err(Trouble::from),
            Err(_elapsed) => Err(Trouble::Late(limit)),
        };
        let line = opened.map_err(self.failed("connect"))?;
        let there = Self { client: line.client.clone(), line: Some(Arc::new(line)), ..self.clone() };
        there.recognize().await?;
        // There are proxies that end a connection with its first answer.
        Ok(if there.stands().await { there } else { self.clone() })
    }

    async fn stands(&self) -> bool {
        let Some(line) = &self.line else { return false };
        tokio::time::timeout(STANDS, Line::stands(line)).await.unwrap_or(false)
    }

    /// Asks over the connection that it has, or a new one. What others find out meanwhile does not count.
    async fn recognize(&self) -> Result<(), Failure> {
        let asked = Instant::now();
        let info: Info =
            raw::get(&self.client, "/info", INFO).await.map_err(self.failed("ask what it is"))?;
        let present = Description::of(&info, self.inner.info.store);
        let other = (present != self.inner.description).then_some(present);
        let told = other.as_ref().map_or(Ok(()), |other| Err(self.replaced_by(other)));
        *lock(&self.inner.found) = Found { other, asked: Some((asked, asked.elapsed())) };
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_engine_is_told_apart_by_is_said_and_nothing_else() {
        let info = |text: &str| serde_json::from_str::<Info>(text).unwrap();
        let one =
            info(r#"{"ID":"A","Name":"here","DockerRootDir":"/d","Driver":"overlay2","ServerVersion":"28"}"#);
        let two = info(r#"{"ID":"B","Name":"here","DockerRootDir":"/e","ServerVersion":"28"}"#);
        let of = |store| Description::of(&two, store).unlike(&Description::of(&one, store));
        let by_folder = "its folder is /e, not /d; its storage driver is none, not overlay2";
        assert_eq!(of(StoreKind::Classic), format!("its ID is B, not A; {by_folder}"));
        assert_eq!(of(StoreKind::Podman), by_folder);
    }
}
