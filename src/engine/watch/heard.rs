//! Whether news still come. A stream that says nothing may be that of an engine where nothing happens, of a
//! connection that died without a word, or one that something in between holds back.
//!
//! So the engine is asked now and then what it told lately, which it remembers (Docker its last 256 events, Podman
//! those in its log): what it told and was not heard was held back, and an answer that does not come tells that
//! the connection is dead. Times are the engine's own throughout, since its clock need not be right.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::super::docker::Docker;
use super::super::error::Trouble;
use super::super::raw;
use super::super::wire::EventLine;
use super::PATH;
use crate::model::Failure;

/// How often it is asked: four times a minute. With the time that an answer may take, a dead connection is found
/// out within half a minute.
const PERIOD: Duration = Duration::from_secs(15);
/// How long an answer is waited for. Over ssh there may be a login before it.
const PATIENCE: Duration = Duration::from_secs(10);
const PATIENCE_AT_MOST: Duration = Duration::from_secs(15);
/// Podman leaves out what is in its log, now and then, unless it is asked for this much of the future as well. The
/// answer takes so long, then.
const AHEAD: Duration = Duration::from_secs(1);
/// An event that is older than this has been heard, if it is to be.
const GRACE: Duration = Duration::from_secs(2);
/// Docker remembers fewer. Where so many are told in the time between two questions, listing everything once more
/// is no harm.
const MOST: usize = 1024;
const OPERATION: &str = "ask whether it is still there";

/// What an engine's clock shows.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct EngineClock {
    at: Instant,
    /// Nanoseconds since 1970.
    showed: i64,
}

impl EngineClock {
    /// By what the engine said just now of its time.
    pub fn set(said: &str) -> Option<Self> {
        let showed = said.parse::<jiff::Timestamp>().ok()?.as_nanosecond();
        Some(Self { at: Instant::now(), showed: i64::try_from(showed).ok()? })
    }

    fn now(&self) -> i64 {
        self.showed.saturating_add(nanoseconds(self.at.elapsed()))
    }

    /// It cannot be earlier than an event was told.
    fn is_at_least(&mut self, time: i64) {
        if time > self.now() {
            *self = Self { at: Instant::now(), showed: time };
        }
    }
}

fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

/// What was heard of an engine since it was asked last.
#[derive(Debug)]
pub(super) struct Heard {
    /// `None` where the engine does not tell its time: then only the connection can be found dead.
    clock: Option<EngineClock>,
    /// Events from then on are looked for,
    since: i64,
    /// and these were heard.
    times: BTreeSet<i64>,
}

/// A question, and when what was told; `None` if the engine is there and does not tell.
pub(super) type Answered = Result<Option<(Question, Vec<i64>)>, Failure>;

/// A question about what was told in some time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    since: i64,
    /// What was told after this may still be on its way.
    until: i64,
}

impl Heard {
    pub fn new(clock: Option<EngineClock>) -> Self {
        Self { clock, since: clock.map_or(0, |clock| clock.now()), times: BTreeSet::new() }
    }

    pub fn hear(&mut self, time: i64) {
        if let Some(clock) = &mut self.clock {
            clock.is_at_least(time);
            self.times.insert(time);
        }
        if self.times.len() > MOST {
            self.times.pop_first();
        }
    }

    /// What is to be asked now, if the engine's time is known.
    fn question(&self) -> Option<Question> {
        let until = self.clock?.now().saturating_sub(nanoseconds(GRACE));
        Some(Question { since: self.since, until: until.max(self.since) })
    }

    /// Whether something was told and not heard.
    pub fn missed(&mut self, Question { since, until }: Question, told: &[i64]) -> bool {
        let missed = told.iter().any(|time| (since..until).contains(time) && !self.times.contains(time));
        self.times = self.times.split_off(&until);
        self.since = until;
        missed
    }

    /// Waits until it is time to ask, and asks.
    pub fn ask_later(&self, engine: &Docker) -> impl Future<Output = Answered> + Send + use<> {
        let (engine, clock) = (engine.clone(), self.clock);
        let asks = Self { clock, since: self.since, times: BTreeSet::new() };
        async move {
            tokio::time::sleep(PERIOD).await;
            // Where news come all the time, nobody else looks.
            engine.is_the_same()?;
            let mut answered = ask(&engine, &asks).await;
            // An answer may be lost for many a reason; that none comes is reason enough.
            if answered.as_ref().is_err_and(|trouble| !trouble.is_silence()) {
                answered = ask(&engine, &asks).await;
            }
            let answered = answered.map_err(engine.failed(OPERATION))?;
            // What failed of it is no answer to whether it is there; that has just been answered.
            if let Err(failure) = engine.is_still_the_same().await {
                tracing::debug!("{failure}");
            }
            engine.is_the_same().map(|()| answered)
        }
    }
}

/// Asks again and again, and returns how that failed in the end.
pub(super) async fn asked_in_vain(engine: &Docker) -> Failure {
    let knows_no_time = Heard::new(None);
    loop {
        if let Err(failure) = knows_no_time.ask_later(engine).await {
            return failure;
        }
    }
}

/// `None` if it is there and does not tell.
async fn ask(engine: &Docker, heard: &Heard) -> Result<Option<(Question, Vec<i64>)>, Trouble> {
    let limit = AHEAD + engine.inner.patience.clamp(PATIENCE, PATIENCE_AT_MOST);
    let client = &engine.client;
    let Some(question) = heard.question() else {
        return raw::text(client, "/_ping", limit).await.map(|_| None).or_else(if_it_answered);
    };
    let until = question.until.saturating_add(nanoseconds(GRACE + AHEAD));
    let path = format!("{PATH}&since={}&until={}", seconds(question.since), seconds(until));
    let answer = match raw::text(client, &path, limit).await {
        Ok(answer) => answer,
        Err(trouble) => return if_it_answered(trouble),
    };
    // What cannot be read tells nothing, but that somebody is there: heard, it was taken for anything at once.
    let time = |line: &[u8]| serde_json::from_slice::<EventLine>(line).ok()?.time;
    Ok(Some((question, answer.split(|byte| *byte == b'\n').filter_map(time).collect())))
}

/// Whoever says no is there.
fn if_it_answered(trouble: Trouble) -> Result<Option<(Question, Vec<i64>)>, Trouble> {
    match trouble {
        Trouble::Wire(bollard::errors::Error::DockerResponseServerError { .. }) | Trouble::Malformed(_) => {
            Ok(None)
        }
        Trouble::Wire(_) | Trouble::Late(_) => Err(trouble),
    }
}

/// As engines read it.
fn seconds(time: i64) -> String {
    format!("{}.{:09}", time.div_euclid(1_000_000_000), time.rem_euclid(1_000_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn heard(times: &[i64]) -> (Heard, Question) {
        let mut heard = Heard::new(EngineClock::set("2026-11-27T05:15:47.365178317+08:00"));
        let since = heard.since;
        for time in times {
            heard.hear(since + time);
        }
        (heard, Question { since, until: since + 10 * SECOND })
    }

    #[test]
    fn what_was_told_and_not_heard_was_missed() {
        let (mut all, question) = heard(&[SECOND, 2 * SECOND]);
        let told = |times: &[i64]| times.iter().map(|time| question.since + time).collect::<Vec<_>>();
        assert!(!all.missed(question, &told(&[SECOND, 2 * SECOND])));
        let (mut some, _) = heard(&[SECOND]);
        assert!(some.missed(question, &told(&[SECOND, 2 * SECOND])));
        let (mut more, _) = heard(&[SECOND, 2 * SECOND]);
        assert!(!more.missed(question, &told(&[])), "it forgets");
    }

    #[test]
    fn what_may_still_be_on_its_way_is_asked_for_once_more() {
        let (mut heard, question) = heard(&[SECOND]);
        let late = question.until + SECOND;
        assert!(!heard.missed(question, &[question.since + SECOND, late]));
        let next = Question { since: question.until, until: late + SECOND };
        assert!(heard.missed(next, &[late]));
    }

    #[test]
    fn times_are_the_engines() {
        let clock = EngineClock::set("2026-11-27T05:15:47.365178317+08:00").unwrap();
        assert_eq!(clock.showed, 1_795_727_747_365_178_317);
        assert_eq!(seconds(clock.showed), "1795727747.365178317");
        assert!(EngineClock::set("yesterday").is_none());
        let mut heard = Heard::new(Some(clock));
        heard.hear(clock.showed + 3_600 * SECOND);
        let until = heard.question().unwrap().until;
        assert!(until > clock.showed + 3_590 * SECOND, "its clock was set while it was watched");
        assert!(Heard::new(None).question().is_none());
    }
}
