//! Runs a plan: lists again, makes sure that the plan is still true, then sends one request after the
//! other and holds each answer against its prediction. A surprise pauses the run until a person has it
//! stopped or go on.
//!
//! A request is never aborted and never repeated.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::archive::{Place, archive_first};
use super::journal::{Begun, Journal, RunJournal};
use super::listing;
use super::outbox::Outbox;
use crate::engine::Engine;
use crate::journal::{Answer, ContainerRecord, End, Entry, ImageRecord, Taken, Task};
use crate::message::{Event, JobId, RunOptions};
use crate::model::{Failure, FailureKind, Graph, ImageId, Reference};
use crate::plan::{
    Difference, Ended, Expected, Judgement, Outcome, PlannedStep, RemovalPlan, StepAction, StepAnswer,
    StepOutcome, Undo, judge, revalidate_steps, steps_to_skip, undo,
};
use crate::rules::{Doubt, World};

/// An engine that lists within this is listed again before every step that removes something. A store that
/// needs longer is only asked where each name leads: a plan of ten steps must not take minutes.
const QUICK: Duration = Duration::from_secs(2);

/// One run of one plan.
pub(super) struct Run {
    pub engine: Engine,
    pub job: JobId,
    pub plan: RemovalPlan,
    pub options: RunOptions,
    /// Where archives are kept, if the system says so.
    pub place: Option<Place>,
    pub journal: Journal,
    pub wish: watch::Receiver<Wish>,
    pub outbox: Outbox,
}

/// What the person wants of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Run,
    /// After the pause with this number.
    GoOn(u32),
    /// Final.
    Stop,
}

/// What there was before the first step.
struct Before {
    graph: Arc<Graph>,
    undo: HashMap<StepAction, Undo>,
}

/// The steps that are left out since a pause, each with the reason.
type Skipped = BTreeMap<usize, Difference>;

impl Run {
    /// Runs the plan to its end, and tells it.
    pub async fn run(mut self) {
        let (engine, host) = (self.engine.info(), self.engine.host().to_owned());
        let begun = Begun { engine, host, task: Task::Removal(self.plan.clone()) };
        let mut steps = Vec::new();
        let ended = match self.journal.begin(begun, self.is_written()).await {
            Err(words) => Ended::NotJournalled { step: 0, words },
            Ok(mut log) => {
                let ended = self.run_written(&mut log, &mut steps).await;
                let (run, unwritten) = log.end(End::Removal(ended.clone())).await;
                self.outbox.send(Event::Journalled { run: Arc::new(run.outlined()), unwritten }).await;
                ended
            }
        };
        let outcome = Outcome { steps, ended };
        self.outbox.send(Event::RunEnded { job: self.job, outcome }).await;
    }

    /// Saves what is to be archived before anything is removed.
    async fn archive_first(&mut self) -> Result<(), Ended> {
        let Some(wish) = self.options.archive.take() else { return Ok(()) };
        let mut stop = self.wish.clone();
        let stopped = async move {
            // Without anybody who could wish for anything else, it ends too.
            drop(stop.wait_for(|wish| *wish == Wish::Stop).await);
        };
        let (engine, outbox) = (&self.engine, &self.outbox);
        archive_first(engine, self.place.as_ref(), self.job, *wish, outbox, stopped).await?;
        // That took its time, and the plan may not be true any more.
        let all = (0..self.plan.steps.len()).collect();
        match self.compare(all, revalidate_steps).await {
            Err(failure) => Err(Ended::NotListed(failure.to_string())),
            Ok(differences) if !differences.is_empty() => Err(Ended::Stale(differences)),
            Ok(_) => Ok(()),
        }
    }

    /// What happened to the sample is gone with it.
    fn is_written(&self) -> bool {
        !self.options.without_journal && !matches!(self.engine, Engine::Sample(_))
    }

    async fn run_written(&mut self, log: &mut RunJournal, steps: &mut Vec<StepOutcome>) -> Ended {
        let started = Instant::now();
        let all = (0..self.plan.steps.len()).collect();
        match self.list_and_compare(all, revalidate_steps).await {
            Err(failure) => Ended::NotListed(failure.to_string()),
            Ok((differences, _)) if !differences.is_empty() => Ended::Stale(differences),
            Ok((_, graph)) => {
                let listing_is_quick = started.elapsed() < QUICK;
                let archived = self.options.archive.is_some();
                let undo = undo(&self.plan, &graph).into_iter();
                let undo = undo.map(|(action, undo)| (action, undo.with_archive(archived).clone())).collect();
                let before = Before { graph, undo };
                match self.archive_first().await {
                    Ok(()) => self.steps(log, &before, steps, listing_is_quick).await,
                    Err(ended) => ended,
                }
            }
        }
    }

    /// What is not as the plan says of some steps, by a new listing.
    async fn compare(
        &self,
        steps: Vec<usize>,
        compare: fn(&RemovalPlan, &[usize], &World) -> Vec<Difference>,
    ) -> Result<Vec<Difference>, Failure> {
        Ok(self.list_and_compare(steps, compare).await?.0)
    }

    /// The same, with the listing.
    async fn list_and_compare(
        &self,
        steps: Vec<usize>,
        compare: fn(&RemovalPlan, &[usize], &World) -> Vec<Difference>,
    ) -> Result<(Vec<Difference>, Arc<Graph>), Failure> {
        let inventory = Arc::new(listing::list(&self.engine, knew_all_layers(&self.plan)).await?);
        let plan = self.plan.clone();
        let compared = tokio::task::spawn_blocking(move || {
            let graph = Arc::new(Graph::new(inventory));
            (compare(&plan, &steps, &World::new(Arc::clone(&graph))), graph)
        });
        compared.await.map_err(|error| Failure {
            kind: FailureKind::Malformed,
            host: self.engine.host().to_owned(),
            operation: "hold the plan against a new listing".to_owned(),
            message: error.to_string(),
        })
    }

    fn rest(&self, first: usize, skipped: &Skipped) -> Vec<usize> {
        (first..self.plan.steps.len()).filter(|step| !skipped.contains_key(step)).collect()
    }

    fn is_stopped(&self) -> bool {
        *self.wish.borrow() == Wish::Stop
    }

    async fn steps(
        &mut self,
        log: &mut RunJournal,
        before: &Before,
        done: &mut Vec<StepOutcome>,
        listing_is_quick: bool,
    ) -> Ended {
        let job = self.job;
        let mut skipped = Skipped::new();
        let mut surprise = None;
        let mut pauses = 0;
        // A listing that was just compared need not be made again.
        let mut compared = true;
        // Where the last step went, and what is asked before the next goes too.
        let mut sure = None;
        let mut step = 0;
        while let Some(planned) = self.plan.steps.get(step).cloned() {
            if self.is_stopped() {
                return surprise.map_or(Ended::Stopped, |step| Ended::Unexpected { step });
            }
            if let Some(why) = skipped.get(&step) {
                let answer = StepAnswer::NotSent(Box::new(why.clone()));
                let outcome = StepOutcome { answer, judgement: Judgement::Skipped };
                self.step_ended(log, done, step, outcome).await;
                step += 1;
                continue;
            }
            // Another client may have done something since the step before.
            let list_again = listing_is_quick && !compared && planned.action.removal().is_some();
            compared = false;
            let changed = if list_again {
                let rest = self.rest(step, &skipped);
                self.compare(rest, revalidate_steps).await.map(|found| !found.is_empty())
            } else {
                Ok(false)
            };
            let asked = match changed {
                Ok(true) => return Ended::TargetMoved { step },
                Ok(false) => self.ask(&planned, &before.graph, sure.take()).await,
                Err(failure) => Err(failure),
            };
            let (taken, engine) = match asked {
                Ok(Some(asked)) => asked,
                Ok(None) => return Ended::TargetMoved { step },
                Err(failure) => {
                    let words = failure.to_string();
                    let rest = self.rest(step, &skipped);
                    let Some(found) = self.pause(step, Some(failure), rest, &mut pauses).await else {
                        return Ended::Unasked { step, words };
                    };
                    skipped.extend(found);
                    compared = true;
                    continue;
                }
            };
            let undo = before.undo.get(&planned.action).cloned();
            if let Err(words) = log.announce(Entry::Sent { step, taken, undo }).await {
                return Ended::NotJournalled { step, words };
            }
            self.outbox.send(Event::StepStarted { job, step }).await;
            let answer = send(&engine, &planned).await;
            sure = Some(engine);
            let judgement = judge(&planned, &answer);
            self.step_ended(log, done, step, StepOutcome { answer, judgement }).await;
            if judgement.is_surprise() {
                let rest = self.rest(step + 1, &skipped);
                let Some(found) = self.pause(step, None, rest, &mut pauses).await else {
                    return Ended::Unexpected { step };
                };
                skipped.extend(found);
                surprise = surprise.or(Some(step));
                compared = true;
            }
            step += 1;
        }
        surprise.map_or(Ended::Completed, |step| Ended::WentOn { step })
    }

    async fn step_ended(
        &self,
        log: &mut RunJournal,
        done: &mut Vec<StepOutcome>,
        step: usize,
        outcome: StepOutcome,
    ) {
        log.record(Entry::Answered { step, answer: Answer::Removal(outcome.clone()) }).await;
        done.push(outcome.clone());
        self.outbox.send(Event::StepEnded { job: self.job, step, outcome }).await;
    }

    /// What a step takes, and the engine that it goes to: the one that was asked. `None` if the step's name leads to
    /// another image by now. A plan of one engine must not go on with another that took its place.
    async fn ask(
        &self,
        planned: &PlannedStep,
        before: &Graph,
        former: Option<Engine>,
    ) -> Result<Option<(Taken, Engine)>, Failure> {
        let engine = self.engine.for_sure(former).await?;
        if leads_elsewhere(&engine, &planned.action).await? {
            return Ok(None);
        }
        let taken = taken(&engine, planned, before).await?;
        // The other side may have ended the connection with the last answer.
        Ok(Some((taken, self.engine.for_sure(Some(engine)).await?)))
    }

    /// Waits for the person. Returns which of the steps in `rest` to leave out, or `None` if it ends here.
    /// With `unasked` the step was not sent, because the engine could not be asked.
    async fn pause(
        &mut self,
        step: usize,
        unasked: Option<Failure>,
        rest: Vec<usize>,
        pauses: &mut u32,
    ) -> Option<Skipped> {
        if rest.is_empty() {
            return None;
        }
        let job = self.job;
        let sent = unasked.is_none();
        let mut failure = unasked;
        loop {
            *pauses += 1;
            let pause = *pauses;
            self.outbox.send(Event::RunPaused { job, pause, step, sent, failure: failure.take() }).await;
            let wish = self.wish.wait_for(|wish| matches!(wish, Wish::Stop) || *wish == Wish::GoOn(pause));
            match wish.await.map(|wish| *wish) {
                Ok(Wish::GoOn(_)) => {}
                Ok(Wish::Stop | Wish::Run) | Err(_) => return None,
            }
            match self.compare(rest.clone(), steps_to_skip).await {
                Err(failed) => failure = Some(failed),
                Ok(found) => {
                    let of_all = found.iter().find(|difference| difference.step().is_none()).cloned();
                    return Some(match of_all {
                        Some(why) => rest.into_iter().map(|step| (step, why.clone())).collect(),
                        None => found.into_iter().filter_map(|d| Some((d.step()?, d))).collect(),
                    });
                }
            }
        }
    }
}

/// Whether a step's name leads to another image than planned: asked right before it is sent, because a name can be
/// moved by anyone at any time.
async fn leads_elsewhere(engine: &Engine, action: &StepAction) -> Result<bool, Failure> {
    let named: Option<(&Reference, &ImageId)> = match action {
        StepAction::Untag { reference, image, .. } => Some((reference, image)),
        StepAction::RemoveImage { .. }
        | StepAction::StopContainer { .. }
        | StepAction::RemoveContainer { .. } => None,
    };
    match named {
        Some((name, image)) => Ok(engine.resolve(name).await?.as_ref() != Some(image)),
        None => Ok(false),
    }
}

/// What a step takes, for the journal. How a container is set up is asked for right before it goes.
async fn taken(engine: &Engine, planned: &PlannedStep, before: &Graph) -> Result<Taken, Failure> {
    let (mut images, mut containers) = (Vec::new(), Vec::new());
    match &planned.action {
        StepAction::StopContainer { id, .. } | StepAction::RemoveContainer { id, .. } => {
            containers.push(id);
        }
        StepAction::Untag { image, .. } | StepAction::RemoveImage { image, .. } => images.push(image),
    }
    if let Expected::Lines { images: gone, containers: along, .. } = &planned.expected {
        images.extend(gone.iter().filter(|id| !images.contains(id)).collect::<Vec<_>>());
        containers.extend(along);
    }
    let image = |id: &ImageId| before.image(before.find_image(id)?).map(ImageRecord::from);
    let mut taken = Taken { images: images.into_iter().filter_map(image).collect(), containers: Vec::new() };
    for id in containers {
        let Some(container) = before.find_container(id).and_then(|ix| before.container(ix)) else {
            continue;
        };
        taken.containers.push(ContainerRecord {
            id: id.clone(),
            name: container.name.clone(),
            image: container.image.clone(),
            image_shown: container.image_shown.clone(),
            config: engine.container_config(id).await?,
        });
    }
    Ok(taken)
}

/// Exactly one request.
async fn send(engine: &Engine, planned: &PlannedStep) -> StepAnswer {
    let answered = match &planned.action {
        StepAction::StopContainer { id, .. } => engine.stop_container(id).await.map(|()| StepAnswer::Done),
        StepAction::RemoveContainer { id, force, .. } => {
            engine.remove_container(id, *force).await.map(|()| StepAnswer::Done)
        }
        action @ (StepAction::Untag { .. } | StepAction::RemoveImage { .. }) => match action.removal() {
            Some(removal) => engine
                .remove_image(&removal.target, removal.force, removal.prune)
                .await
                .map(StepAnswer::Lines),
            None => Ok(StepAnswer::Lost("this step names no image".to_owned())),
        },
    };
    answered.unwrap_or_else(answer_of)
}

/// An answer with an error status is an answer; anything else leaves open what was done.
pub(super) fn answer_of(failure: Failure) -> StepAnswer {
    match failure.kind {
        FailureKind::Status(status) => StepAnswer::Refused { status, message: failure.message },
        FailureKind::SocketMissing
        | FailureKind::PermissionDenied
        | FailureKind::Unreachable
        | FailureKind::BadAddress
        | FailureKind::BadContext
        | FailureKind::NotTrusted
        | FailureKind::NotLetIn
        | FailureKind::TimedOut
        | FailureKind::ConnectionLost
        | FailureKind::Malformed
        | FailureKind::TooOld
        | FailureKind::TooNew => StepAnswer::Lost(failure.to_string()),
    }
}

/// Whether the plan was made with every layer known. If not, reading them now would change the
/// predictions, though nothing changed on the engine.
fn knew_all_layers(plan: &RemovalPlan) -> bool {
    !plan.steps.iter().any(|step| match &step.expected {
        Expected::Lines { freed, .. } => freed.doubt() == Some(Doubt::LayersNotRead),
        Expected::ContainerStopped | Expected::ContainerRemoved => false,
    })
}
