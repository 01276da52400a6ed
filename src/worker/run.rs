//! Runs a plan: lists again, makes sure that the plan is still true, then sends one request after the
//! other and holds each answer against its prediction. The first surprise ends the run.
//!
//! A request is never aborted and never repeated.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::listing;
use super::outbox::Outbox;
use crate::engine::Engine;
use crate::message::{Event, JobId};
use crate::model::{Failure, FailureKind, Graph, ImageId, Reference};
use crate::plan::{
    Difference, Ended, Expected, Judgement, Outcome, PlannedStep, RemovalPlan, StepAction, StepAnswer,
    StepOutcome, judge, revalidate_rest,
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
    /// Set once a person wants it to end.
    pub stop: Arc<AtomicBool>,
    pub outbox: Outbox,
}

impl Run {
    /// Runs the plan to its end, and tells it.
    pub async fn run(self) {
        let mut steps = Vec::new();
        let started = Instant::now();
        let ended = match self.differences(0).await {
            Err(failure) => Ended::NotListed(failure.to_string()),
            Ok(differences) if !differences.is_empty() => Ended::Stale(differences),
            Ok(_) => {
                let listing_is_quick = started.elapsed() < QUICK;
                self.steps(&mut steps, listing_is_quick).await
            }
        };
        let outcome = Outcome { steps, ended };
        self.outbox.send(Event::RunEnded { job: self.job, outcome }).await;
    }

    /// What is not as the plan says of its steps from `first` on.
    async fn differences(&self, first: usize) -> Result<Vec<Difference>, Failure> {
        let inventory = Arc::new(listing::list(&self.engine, knew_all_layers(&self.plan)).await?);
        let plan = self.plan.clone();
        let compared = tokio::task::spawn_blocking(move || {
            revalidate_rest(&plan, first, &World::new(Arc::new(Graph::new(inventory))))
        });
        compared.await.map_err(|error| Failure {
            kind: FailureKind::Malformed,
            host: self.engine.host().to_owned(),
            operation: "hold the plan against a new listing".to_owned(),
            message: error.to_string(),
        })
    }

    async fn steps(&self, done: &mut Vec<StepOutcome>, listing_is_quick: bool) -> Ended {
        let job = self.job;
        for (step, planned) in self.plan.steps.iter().enumerate() {
            if self.stop.load(Ordering::Acquire) {
                return Ended::Stopped;
            }
            // Another client may have done something since the step before; the first step was listed for.
            let list_again = listing_is_quick && step > 0 && planned.action.removal().is_some();
            let changed = match self.leads_elsewhere(&planned.action).await {
                Ok(false) if list_again => self.differences(step).await.map(|found| !found.is_empty()),
                known => known,
            };
            let answer = match changed {
                Ok(true) => return Ended::TargetMoved { step },
                Ok(false) => {
                    self.outbox.send(Event::StepStarted { job, step }).await;
                    self.send(planned).await
                }
                Err(failure) => answer_of(failure),
            };
            let judgement = judge(planned, &answer);
            let outcome = StepOutcome { answer, judgement };
            done.push(outcome.clone());
            self.outbox.send(Event::StepEnded { job, step, outcome }).await;
            match judgement {
                Judgement::AsPredicted | Judgement::FewerLayers => {}
                Judgement::Differs | Judgement::Failed => return Ended::Unexpected { step },
            }
        }
        Ended::Completed
    }

    /// Whether a step's name leads to another image than planned: asked right before it is sent,
    /// because a name can be moved by anyone at any time.
    async fn leads_elsewhere(&self, action: &StepAction) -> Result<bool, Failure> {
        let named: Option<(&Reference, &ImageId)> = match action {
            StepAction::Untag { reference, image, .. } => Some((reference, image)),
            StepAction::RemoveImage { .. }
            | StepAction::StopContainer { .. }
            | StepAction::RemoveContainer { .. } => None,
        };
        match named {
            Some((name, image)) => Ok(self.engine.resolve(name).await?.as_ref() != Some(image)),
            None => Ok(false),
        }
    }

    /// Exactly one request.
    async fn send(&self, planned: &PlannedStep) -> StepAnswer {
        let engine = &self.engine;
        let answered = match &planned.action {
            StepAction::StopContainer { id, .. } => {
                engine.stop_container(id).await.map(|()| StepAnswer::Done)
            }
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
}

/// An answer with an error status is an answer; anything else leaves open what was done.
fn answer_of(failure: Failure) -> StepAnswer {
    match failure.kind {
        FailureKind::Status(status) => StepAnswer::Refused { status, message: failure.message },
        FailureKind::SocketMissing
        | FailureKind::PermissionDenied
        | FailureKind::Unreachable
        | FailureKind::BadAddress
        | FailureKind::TimedOut
        | FailureKind::ConnectionLost
        | FailureKind::Malformed
        | FailureKind::TooOld => StepAnswer::Lost(failure.to_string()),
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
