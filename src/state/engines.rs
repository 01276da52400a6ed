//! Which engines there are, as far as they were looked for, and going from one to another. What the program
//! knows of one engine is never shown under the name of another.

use super::activity::Deed;
use super::removal::Dialog;
use super::{AppState, Connection};
use crate::message::{Command, Endpoint, Failure, SearchId};
use crate::model::{Address, AddressError, Candidate, EngineInfo, Origin, Probe, Security, same_engines};

/// The engines that were found, and what each said.
#[derive(Debug, Default)]
pub struct Engines {
    search: SearchId,
    /// Asked for, and not told yet which there may be.
    looking: bool,
    found: Vec<Found>,
}

/// An engine that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub candidate: Candidate,
    pub probe: Probe,
    /// The place of the first that is the same engine, by its own ID.
    same_as: Option<usize>,
}

/// Who can stand in for an engine that does not answer.
enum StandIn {
    /// One that comes before the others has not answered.
    NotKnown,
    Is(Endpoint),
    Nobody,
}

/// The dialog that engines are chosen in.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Chooser {
    /// Another address, while it is typed.
    pub typed: String,
}

impl Chooser {
    /// What was typed, if it is an address; `None` while nothing is.
    pub fn address(&self) -> Option<Result<Address, AddressError>> {
        (!self.typed.trim().is_empty()).then(|| Address::parse(&self.typed))
    }
}

impl Engines {
    /// True until the last has answered or failed.
    pub fn is_busy(&self) -> bool {
        self.looking || self.found.iter().any(|found| found.probe == Probe::Waiting)
    }

    /// How many have answered or failed, and of how many.
    pub fn progress(&self) -> (usize, usize) {
        let done = self.found.iter().filter(|found| found.probe != Probe::Waiting).count();
        (done, self.found.len())
    }

    /// Every engine once, in the order in which the Docker CLI would prefer them.
    pub fn shown(&self) -> impl Iterator<Item = &Found> {
        self.found.iter().filter(|found| found.same_as.is_none())
    }

    /// Other ways to the same engine.
    pub fn also(&self, found: &Found) -> impl Iterator<Item = &Found> {
        let place = self.found.iter().position(|other| std::ptr::eq(other, found));
        self.found.iter().filter(move |other| place.is_some() && other.same_as == place)
    }

    /// Those that answer, each once.
    pub fn answering(&self) -> impl Iterator<Item = (&Candidate, &EngineInfo)> {
        self.shown().filter_map(|found| match &found.probe {
            Probe::Answers(engine) => Some((&found.candidate, engine)),
            Probe::Waiting | Probe::Fails(_) => None,
        })
    }

    fn begin(&mut self) -> SearchId {
        *self = Self { search: SearchId(self.search.0 + 1), looking: true, found: Vec::new() };
        self.search
    }

    fn take_candidates(&mut self, candidates: Vec<Candidate>) {
        self.looking = false;
        let found = |candidate| Found { candidate, probe: Probe::Waiting, same_as: None };
        self.found = candidates.into_iter().map(found).collect();
    }

    fn take_probe(&mut self, at: usize, probe: Probe) {
        if let Some(found) = self.found.get_mut(at) {
            found.probe = probe;
        }
        self.join_same();
    }

    /// Two that name the same ID are one engine; the CLI's own choice stays where it is, as the first.
    fn join_same(&mut self) {
        let probes: Vec<_> = self.found.iter().map(|found| &found.probe).collect();
        let same = same_engines(&probes);
        for (found, same) in self.found.iter_mut().zip(same) {
            found.same_as = same;
        }
    }

    /// The first on this machine that answers, and that needs nobody's choice.
    fn stand_in(&self) -> StandIn {
        let may = |found: &&Found| {
            let known = found.candidate.origins.iter().any(|origin| matches!(origin, Origin::Known(..)));
            known && found.candidate.security == Security::Local && !found.candidate.is_cli_choice
        };
        if self.looking {
            return StandIn::NotKnown;
        }
        for found in self.found.iter().filter(may) {
            match found.probe {
                Probe::Waiting => return StandIn::NotKnown,
                Probe::Answers(_) => return StandIn::Is(found.candidate.endpoint.clone()),
                Probe::Fails(_) => {}
            }
        }
        StandIn::Nobody
    }
}

fn id_of(probe: &Probe) -> Option<String> {
    match probe {
        Probe::Answers(engine) => engine.id.clone(),
        Probe::Waiting | Probe::Fails(_) => None,
    }
}

impl AppState {
    /// Looks for engines anew.
    pub(super) fn find_engines(&mut self) -> Vec<Command> {
        let search = self.engines.begin();
        let given = [Some(&self.wanted), self.settings.engine.as_ref()].into_iter().flatten();
        let mut given = given.filter_map(|endpoint| match endpoint {
            Endpoint::Host(host) => Some(host.clone()),
            Endpoint::Default | Endpoint::Context(_) | Endpoint::PodmanConnection(_) | Endpoint::Sample => {
                None
            }
        });
        vec![Command::FindEngines { search, given: given.next() }]
    }

    pub(super) fn choose_engine(&mut self) -> Vec<Command> {
        if !matches!(self.dialog, Dialog::None) {
            return Vec::new();
        }
        self.dialog = Dialog::Engines(Chooser::default());
        self.find_engines()
    }

    pub(super) fn leave_chooser(&mut self) {
        if matches!(self.dialog, Dialog::Engines(_)) {
            self.close_dialog();
        }
    }

    pub(super) fn set_address(&mut self, typed: String) {
        if let Dialog::Engines(chooser) = &mut self.dialog {
            chooser.typed = typed;
        }
    }

    pub(super) fn engines_found(
        &mut self,
        search: SearchId,
        candidates: Vec<Candidate>,
        now: i64,
    ) -> Vec<Command> {
        if search != self.engines.search {
            return Vec::new();
        }
        self.engines.take_candidates(candidates);
        self.stand_in(now)
    }

    pub(super) fn engine_probed(
        &mut self,
        search: SearchId,
        at: usize,
        probe: Probe,
        now: i64,
    ) -> Vec<Command> {
        if search != self.engines.search {
            return Vec::new();
        }
        self.engines.take_probe(at, probe);
        self.stand_in(now)
    }

    /// Where nobody chose the engine that does not answer, another of this machine may stand in, and that is
    /// said; if none does, the sample.
    fn stand_in(&mut self, now: i64) -> Vec<Command> {
        let Some(tried) = self.missing.take() else { return Vec::new() };
        match self.engines.stand_in() {
            StandIn::NotKnown => {
                self.missing = Some(tried);
                Vec::new()
            }
            StandIn::Is(endpoint) => {
                self.instead_of = tried;
                self.connect_to(endpoint)
            }
            StandIn::Nobody => self.sample_instead(tried, now),
        }
    }

    /// Goes to another engine. A run is never left behind.
    pub(super) fn use_engine(&mut self, endpoint: Endpoint, now: i64) -> Vec<Command> {
        if self.is_running() {
            self.activity.log(now, Deed::SwitchRefused);
            return Vec::new();
        }
        self.close_dialog();
        if self.connection == Connection::WorkerLost {
            return Vec::new();
        }
        if endpoint != Endpoint::Sample {
            // What the CLI uses is followed wherever it goes, not held on to.
            self.settings.engine = Some(endpoint.clone()).filter(|endpoint| *endpoint != Endpoint::Default);
        }
        self.wanted = endpoint;
        self.leave_engine();
        self.connect()
    }

    /// The failures of what the Docker CLI would use, where another engine stands in for it.
    pub fn instead_of(&self) -> &[Failure] {
        &self.instead_of
    }

    /// True for the engine that is spoken to.
    pub fn is_in_use(&self, found: &Found) -> bool {
        let Connection::Live { host, engine } = &self.connection else { return false };
        let same_id = id_of(&found.probe).is_some_and(|id| engine.id.as_ref() == Some(&id));
        let ways = std::iter::once(found).chain(self.engines.also(found));
        same_id || ways.into_iter().any(|way| way.candidate.address == *host)
    }
}
