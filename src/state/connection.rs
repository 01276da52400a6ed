//! Which engine is spoken to, and what became of it.

use super::activity::Deed;
use super::{AppState, EngineKey};
use crate::message::{Command, Endpoint, Failure, Generation};
use crate::model::EngineInfo;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// Nothing has answered yet.
    Connecting,
    Live {
        host: String,
        engine: EngineInfo,
    },
    /// The built-in engine. `tried` says which real ones did not answer; empty if the sample was asked
    /// for.
    Sample {
        tried: Vec<Failure>,
        engine: Option<EngineInfo>,
    },
    /// It answered before, and does not any more.
    Gone {
        host: String,
        engine: EngineInfo,
        failure: Failure,
    },
    /// The program's own background part has ended; only a restart helps.
    WorkerLost,
}

impl Connection {
    /// The engine that answered last.
    pub fn engine(&self) -> Option<&EngineInfo> {
        match self {
            Self::Live { engine, .. } | Self::Gone { engine, .. } => Some(engine),
            Self::Sample { engine, .. } => engine.as_ref(),
            Self::Connecting | Self::WorkerLost => None,
        }
    }

    /// True for the sample where a real engine was asked for: that it answers is no news, and must not be
    /// read as a success.
    pub fn stands_in(&self) -> bool {
        matches!(self, Self::Sample { tried, .. } if !tried.is_empty())
    }

    pub fn is_sample(&self) -> bool {
        matches!(self, Self::Sample { .. })
    }
}

impl AppState {
    /// Asks for the wanted engine under a new generation.
    pub(super) fn connect(&mut self) -> Vec<Command> {
        self.connection = Connection::Connecting;
        self.connect_to(self.wanted.clone())
    }

    /// Looks for the wanted engine once more, because the person asked for it.
    pub(super) fn retry(&mut self, now: i64) -> Vec<Command> {
        self.activity.log(now, Deed::Retried);
        self.instead_of.clear();
        let commands = self.connect();
        self.listing.asked = true;
        commands
    }

    pub(super) fn connect_to(&mut self, endpoint: Endpoint) -> Vec<Command> {
        let generation = self.next_generation();
        self.listing.waiting = true;
        self.listing.progress = None;
        vec![Command::Connect { generation, endpoint }]
    }

    pub(super) fn next_generation(&mut self) -> Generation {
        self.generation = Generation(self.generation.0 + 1);
        self.generation
    }

    /// False for an answer to a question that nobody asks any more.
    pub(super) fn is_current(&self, generation: Generation) -> bool {
        generation == self.generation
    }

    pub(super) fn connected(&mut self, host: String, engine: EngineInfo, now: i64) {
        let asked_for_sample = self.wanted == Endpoint::Sample;
        let deed = Deed::Connected {
            engine: engine.name.clone(),
            version: engine.version.clone(),
            host: host.clone(),
        };
        let key = EngineKey::new(&engine, &host);
        let shown = self.graph().map(|g| &g.inventory().engine);
        let is_other = self.present.as_ref().is_some_and(|present| *present != key);
        if is_other || shown.is_some_and(|shown| !shown.may_be(&engine)) {
            // Rows of one engine must never stand under the name of another.
            let instead_of = std::mem::take(&mut self.instead_of);
            self.leave_engine();
            self.instead_of = instead_of;
        }
        if self.present.is_none() {
            self.enter_engine(key);
        }
        self.listing.unwatched = None;
        self.connection = match std::mem::replace(&mut self.connection, Connection::Connecting) {
            Connection::Sample { tried, .. } => Connection::Sample { tried, engine: Some(engine) },
            _ if asked_for_sample => Connection::Sample { tried: Vec::new(), engine: Some(engine) },
            Connection::Connecting
            | Connection::Live { .. }
            | Connection::Gone { .. }
            | Connection::WorkerLost => Connection::Live { host, engine },
        };
        if !self.connection.stands_in() {
            self.activity.log(now, deed);
        }
    }

    /// Looks for others. One that nobody chose may be stood in for by one that is found.
    pub(super) fn no_engine(&mut self, tried: Vec<Failure>, unchosen: bool, now: i64) -> Vec<Command> {
        if unchosen {
            self.missing = Some(tried);
            return self.find_engines();
        }
        let mut commands = self.sample_instead(tried, now);
        commands.extend(self.find_engines());
        commands
    }

    /// Falls back to the sample, so that there is something to look at and to try.
    pub(super) fn sample_instead(&mut self, tried: Vec<Failure>, now: i64) -> Vec<Command> {
        self.connection = Connection::Sample { tried, engine: None };
        self.listing.asked = false;
        self.activity.log(now, Deed::SampleInstead);
        self.connect_to(Endpoint::Sample)
    }

    pub(super) fn engine_gone(&mut self, failure: Failure, now: i64) {
        self.activity.log(now, Deed::EngineGone(failure.clone()));
        self.listing.fail(failure.clone());
        let (host, engine) = match std::mem::replace(&mut self.connection, Connection::Connecting) {
            Connection::Live { host, engine } | Connection::Gone { host, engine, .. } => (host, engine),
            // It has not answered yet, and what it showed last is shown.
            Connection::Connecting => match self.graph() {
                Some(graph) => (failure.host.clone(), graph.inventory().engine.clone()),
                None => return,
            },
            other @ (Connection::Sample { .. } | Connection::WorkerLost) => {
                self.connection = other;
                return;
            }
        };
        self.connection = Connection::Gone { host, engine, failure };
    }

    /// A listing came through: an engine that was gone is back.
    pub(super) fn engine_answers(&mut self) {
        if let Connection::Gone { host, engine, .. } = &self.connection {
            self.connection = Connection::Live { host: host.clone(), engine: engine.clone() };
        }
    }
}
