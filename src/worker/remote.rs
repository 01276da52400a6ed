//! Asking registries: those of the engine that is connected, or the made-up ones of the sample, which never
//! lead to a real one.

use futures_util::stream::{self, BoxStream, StreamExt as _};

use crate::engine::Engine;
use crate::model::{Endpoint, Failure, Question, Remote};
use crate::registry::{Places, Registries, sample};

/// Asks about every name; the answers come with the places of their questions. `trusted` are the hosts that the
/// person lets be spoken to without a certificate, beside those the engine does.
pub(super) async fn look_up(
    engine: &Engine,
    registries: &Registries,
    questions: Vec<Question>,
    trusted: &[String],
) -> BoxStream<'static, (usize, Remote)> {
    if let Engine::Sample(_) = engine {
        let answers: Vec<_> = questions.iter().map(sample::look_up).enumerate().collect();
        return stream::iter(answers).boxed();
    }
    match engine.reach().await {
        Ok(mut reach) => {
            reach.insecure.extend(trusted.iter().cloned());
            registries.look_up(questions, &reach)
        }
        Err(failure) => {
            let why = Remote::Unreachable(failure.to_string());
            let answers: Vec<_> = (0..questions.len()).map(|at| (at, why.clone())).collect();
            stream::iter(answers).boxed()
        }
    }
}

/// The same from one end to the other, without a window: the answers in the order of the questions.
pub async fn look_up_all(
    endpoint: &Endpoint,
    questions: Vec<Question>,
    trusted: &[String],
) -> Result<Vec<Remote>, Vec<Failure>> {
    let engine = Engine::connect(endpoint).await?;
    let mut remotes = vec![Remote::NotAsked; questions.len()];
    let registries = Registries::new(Places::of_this_person());
    let mut answers = look_up(&engine, &registries, questions, trusted).await;
    while let Some((at, remote)) = answers.next().await {
        if let Some(slot) = remotes.get_mut(at) {
            *slot = remote;
        }
    }
    Ok(remotes)
}
