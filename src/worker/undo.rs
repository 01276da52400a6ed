//! Undoes what a run did: for each step one request, sent only if it still does what the plan says. A step that
//! cannot be done does not keep the others from it: each is checked by itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::archive::{Place, Watcher, restore_nameless};
use super::journal::{Begun, Journal, RunJournal};
use super::outbox::Outbox;
use super::run::{Wish, answer_of};
use crate::archive::{ArchiveId, RestoreProgress};
use crate::engine::Engine;
use crate::journal::{
    Answer, End, Entry, Hindrance, Taken, Task, UndoAction, UndoAnswer, UndoEnded, UndoPlan,
};
use crate::message::{Event, JobId, RunOptions};
use crate::model::{Failure, ImageId, Reference};
use crate::plan::StepAnswer;
use crate::registry::Registries;

/// How often the progress of a pull is told.
const PROGRESS: Duration = Duration::from_millis(100);

/// One undoing.
pub(super) struct Undoing {
    pub engine: Engine,
    pub job: JobId,
    pub plan: UndoPlan,
    pub options: RunOptions,
    pub journal: Journal,
    /// Where archives are kept, if the system says so.
    pub place: Option<Place>,
    /// Tells the person's logins, for what is pulled in their name.
    pub registries: Registries,
    pub wish: watch::Receiver<Wish>,
    pub outbox: Outbox,
}

impl Undoing {
    /// Undoes it to its end, and tells it.
    pub async fn run(self) {
        let (engine, host) = (self.engine.info(), self.engine.host().to_owned());
        if self.plan.engine.as_ref().is_some_and(|planned| !planned.may_be(&engine)) {
            let ended = UndoEnded::OtherEngine;
            return self.outbox.send(Event::UndoEnded { job: self.job, ended }).await;
        }
        let begun = Begun { engine, host, task: Task::Undo(self.plan.clone()) };
        let written = !self.options.without_journal && !matches!(self.engine, Engine::Sample(_));
        let ended = match self.journal.begin(begun, written).await {
            Err(words) => UndoEnded::NotJournalled { step: 0, words },
            Ok(mut log) => {
                let ended = self.steps(&mut log).await;
                let (run, unwritten) = log.end(End::Undo(ended.clone())).await;
                self.outbox.send(Event::Journalled { run: Arc::new(run.outlined()), unwritten }).await;
                ended
            }
        };
        self.outbox.send(Event::UndoEnded { job: self.job, ended }).await;
    }

    async fn steps(&self, log: &mut RunJournal) -> UndoEnded {
        let job = self.job;
        let mut sure = None;
        for (step, planned) in self.plan.steps.iter().enumerate() {
            if *self.wish.borrow() == Wish::Stop {
                return UndoEnded::Stopped;
            }
            self.outbox.send(Event::UndoStepStarted { job, step }).await;
            let answer = match self.ask(&planned.action, sure.take()).await {
                Err(failure) => UndoAnswer::Hindered(Hindrance::Unasked(failure.to_string())),
                Ok((engine, Some(known))) => {
                    sure = Some(engine);
                    known
                }
                Ok((engine, None)) => {
                    let entry = Entry::Sent { step, taken: Taken::default(), undo: None };
                    if let Err(words) = log.announce(entry).await {
                        return UndoEnded::NotJournalled { step, words };
                    }
                    let answer = self.send(&engine, step, &planned.action).await;
                    sure = Some(engine);
                    answer
                }
            };
            log.record(Entry::Answered { step, answer: Answer::Undo(answer.clone()) }).await;
            self.outbox.send(Event::UndoStepEnded { job, step, answer }).await;
        }
        UndoEnded::Completed
    }

    /// Where a step goes, and what there is to say without sending it: by the same engine.
    async fn ask(
        &self,
        action: &UndoAction,
        former: Option<Engine>,
    ) -> Result<(Engine, Option<UndoAnswer>), Failure> {
        let engine = self.engine.for_sure(former).await?;
        let known = check(&engine, action).await?;
        // The other side may have ended the connection with the last answer.
        Ok((self.engine.for_sure(Some(engine)).await?, known))
    }

    /// One request, or for a pull one after the other until one brings the image; and a look at what came of
    /// it.
    async fn send(&self, engine: &Engine, step: usize, action: &UndoAction) -> UndoAnswer {
        let answered = match action {
            UndoAction::Tag { image, reference } => match engine.tag(image, reference).await {
                Ok(()) => return self.leads_to(engine, reference, image).await,
                Err(failure) => failure,
            },
            UndoAction::Restore { archive, image } => return self.restore(step, archive, image).await,
            UndoAction::Start { id, .. } => match engine.start_container(id).await {
                Ok(()) => return UndoAnswer::Done,
                Err(failure) => failure,
            },
            UndoAction::Pull { digests, image, platform, .. } => {
                let mut words = Vec::new();
                for digest in digests {
                    match self.pull(engine, step, digest, platform.as_deref()).await {
                        Ok(()) => return self.leads_to(engine, digest, image).await,
                        Err(failure) => words.push(format!("{digest}: {}", failure.message)),
                    }
                    if *self.wish.borrow() == Wish::Stop {
                        break;
                    }
                }
                return UndoAnswer::Refused { status: None, message: words.join("; ") };
            }
        };
        match answer_of(answered) {
            StepAnswer::Refused { status, message } => UndoAnswer::Refused { status: Some(status), message },
            StepAnswer::Lost(words) => UndoAnswer::Lost(words),
            StepAnswer::Done | StepAnswer::Lines(_) | StepAnswer::NotSent(_) => UndoAnswer::Done,
        }
    }

    async fn leads_to(&self, engine: &Engine, name: &Reference, image: &ImageId) -> UndoAnswer {
        let now = match self.engine.for_sure(Some(engine.clone())).await {
            Ok(engine) => engine.resolve(name).await,
            Err(failure) => Err(failure),
        };
        match now {
            Ok(Some(now)) if now == *image => UndoAnswer::Done,
            Ok(Some(now)) => UndoAnswer::OtherImage(now),
            Ok(None) => UndoAnswer::Lost(format!("{name} is not there though no error was told")),
            Err(failure) => UndoAnswer::Lost(failure.to_string()),
        }
    }

    /// Its names are given back by steps of their own.
    async fn restore(&self, step: usize, archive: &ArchiveId, image: &ImageId) -> UndoAnswer {
        let refused = |message: String| UndoAnswer::Refused { status: None, message };
        let Some(place) = &self.place else {
            return refused("the system does not say where archives could be kept".to_owned());
        };
        let (job, outbox) = (self.job, self.outbox.clone());
        let tell = move |progress: RestoreProgress| {
            let (bytes, of) = (progress.read.0, progress.of.0);
            outbox.hint(Event::UndoProgress { job, step, bytes, of });
        };
        let wish = self.wish.clone();
        let watcher = Watcher::new(tell, move || *wish.borrow() != Wish::Stop);
        match restore_nameless(&self.engine, place, archive, image, watcher).await {
            Ok(restored) if restored.now == *image => UndoAnswer::Done,
            Ok(restored) => UndoAnswer::OtherImage(restored.now),
            Err(why) => refused(why.to_string()),
        }
    }

    async fn pull(
        &self,
        engine: &Engine,
        step: usize,
        digest: &Reference,
        platform: Option<&str>,
    ) -> Result<(), Failure> {
        let (job, outbox) = (self.job, self.outbox.clone());
        let mut told: Option<Instant> = None;
        let progress = move |bytes, of| {
            if told.is_none_or(|told| told.elapsed() >= PROGRESS) {
                told = Some(Instant::now());
                outbox.hint(Event::UndoProgress { job, step, bytes, of });
            }
        };
        let login = self.registries.login(digest.repository()).await;
        engine.pull(digest, platform, login.as_ref(), progress).await
    }
}

/// What there is to say without sending it.
async fn check(engine: &Engine, action: &UndoAction) -> Result<Option<UndoAnswer>, Failure> {
    match action {
        UndoAction::Tag { image, reference } => check_tag(engine, image, reference).await,
        UndoAction::Start { id, .. } => engine.container_state(id).await.map(|state| match state {
            None => Some(UndoAnswer::Hindered(Hindrance::ContainerGone)),
            Some(state) => state.counts_as_running().then_some(UndoAnswer::AlreadySo),
        }),
        UndoAction::Pull { digests, image, .. } => check_pull(engine, digests, image).await,
        UndoAction::Restore { image, .. } => {
            engine.has_image(image).await.map(|there| there.then_some(UndoAnswer::AlreadySo))
        }
    }
}

/// An image that is there needs only the digest itself.
async fn check_pull(
    engine: &Engine,
    digests: &[Reference],
    image: &ImageId,
) -> Result<Option<UndoAnswer>, Failure> {
    let Some(first) = digests.first() else { return Ok(Some(UndoAnswer::AlreadySo)) };
    Ok(match engine.resolve(first).await? {
        Some(now) if now == *image => Some(UndoAnswer::AlreadySo),
        Some(now) => Some(UndoAnswer::Hindered(Hindrance::NameTaken(now))),
        None => None,
    })
}

async fn check_tag(
    engine: &Engine,
    image: &ImageId,
    name: &Reference,
) -> Result<Option<UndoAnswer>, Failure> {
    if !engine.has_image(image).await? {
        return Ok(Some(UndoAnswer::Hindered(Hindrance::ImageGone)));
    }
    Ok(match engine.resolve(name).await? {
        Some(now) if now == *image => Some(UndoAnswer::AlreadySo),
        Some(now) => Some(UndoAnswer::Hindered(Hindrance::NameTaken(now))),
        None => None,
    })
}
