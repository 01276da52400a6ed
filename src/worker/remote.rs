//! Asking registries: those of the engine that is connected, or the made-up ones of the sample, which never
//! lead to a real one.

use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::outbox::Outbox;
use crate::engine::Engine;
use crate::message::{Event, LookUpId, LookedUp};
use crate::model::{Endpoint, Failure, Question, Reach, Remote, RemoteFailure};
use crate::registry::{Places, Registries, sample};

/// One errand to registries: for which engine, and for whom.
pub(super) struct Asking {
    /// `None` while there is none: then nobody but the person trusts a registry without TLS.
    pub engine: Option<Engine>,
    pub registries: Registries,
    /// The hosts that the person lets be spoken to without TLS, beside those the engine does.
    pub trusted: Vec<String>,
    pub outbox: Outbox,
}

/// So many answers are told together, where they come that fast.
const TOGETHER: usize = 64;

impl Asking {
    /// Asks about every name of some images, and tells the answers as they come.
    pub async fn look_up(self, lookup: LookUpId, questions: Vec<Question>) {
        let answers = look_up(self.engine.as_ref(), &self.registries, questions.clone(), &self.trusted).await;
        let mut answers = answers.ready_chunks(TOGETHER);
        while let Some(ready) = answers.next().await {
            let told = ready.into_iter().filter_map(|(at, remote)| {
                let Question { image, reference, .. } = questions.get(at)?.clone();
                Some(LookedUp { image, reference, remote })
            });
            self.outbox.send(Event::LookedUp { lookup, answers: told.collect() }).await;
        }
    }

    pub async fn list_registry(self, registry: String, known: Vec<String>) {
        let catalog = match &self.engine {
            Some(Engine::Sample(_)) => sample::catalog(&registry),
            _ => match reach(self.engine.as_ref(), &self.trusted).await {
                Ok(reach) => self.registries.catalog(&registry, known, &reach).await,
                Err(failure) => Err(failure),
            },
        };
        self.outbox.send(Event::RegistryListed { registry, catalog }).await;
    }

    pub async fn list_tags(self, registry: String, repository: String) {
        let tags = match &self.engine {
            Some(Engine::Sample(_)) => sample::tags(&registry, &repository),
            _ => match reach(self.engine.as_ref(), &self.trusted).await {
                Ok(reach) => self.registries.tags(&registry, &repository, &reach).await,
                Err(failure) => Err(failure),
            },
        };
        self.outbox.send(Event::TagsListed { registry, repository, tags }).await;
    }
}

/// Whom the engine and the person trust without TLS.
async fn reach(engine: Option<&Engine>, trusted: &[String]) -> Result<Reach, RemoteFailure> {
    let mut reach = match engine {
        Some(engine) => {
            engine.reach().await.map_err(|failure| RemoteFailure::Unreachable(failure.to_string()))?
        }
        None => Reach::default(),
    };
    reach.insecure.extend(trusted.iter().cloned());
    Ok(reach)
}

async fn look_up(
    engine: Option<&Engine>,
    registries: &Registries,
    questions: Vec<Question>,
    trusted: &[String],
) -> BoxStream<'static, (usize, Remote)> {
    if let Some(Engine::Sample(_)) = engine {
        let answers: Vec<_> = questions.iter().map(sample::look_up).enumerate().collect();
        return stream::iter(answers).boxed();
    }
    match reach(engine, trusted).await {
        Ok(reach) => registries.look_up(questions, &reach),
        Err(failure) => {
            let why = Remote::from(failure);
            let answers: Vec<_> = (0..questions.len()).map(|at| (at, why.clone())).collect();
            stream::iter(answers).boxed()
        }
    }
}

/// Asks from one end to the other, without a window: the answers in the order of the questions.
pub async fn look_up_all(
    endpoint: &Endpoint,
    questions: Vec<Question>,
    trusted: &[String],
) -> Result<Vec<Remote>, Vec<Failure>> {
    let engine = Engine::connect(endpoint).await?;
    let mut remotes = vec![Remote::NotAsked; questions.len()];
    let registries = Registries::new(Places::of_this_person());
    let mut answers = look_up(Some(&engine), &registries, questions, trusted).await;
    while let Some((at, remote)) = answers.next().await {
        if let Some(slot) = remotes.get_mut(at) {
            *slot = remote;
        }
    }
    Ok(remotes)
}
