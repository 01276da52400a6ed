//! Which engines are there, and what each says when it is asked. Asking reads what an engine says of itself and
//! nothing else.

use std::time::Duration;

use super::docker::Docker;
use super::endpoint;
use crate::model::{Candidate, Endpoint, Failure, FailureKind, Probe};

/// For all that is asked, beside a login over ssh. An engine with very many images takes longer to count them:
/// it is there all the same, and can be used.
const LIMIT: Duration = Duration::from_secs(12);
const OVER_SSH: Duration = Duration::from_secs(30);

/// Every engine that may be there, in the order in which the Docker CLI would prefer them.
/// `given` is an address of the person's own.
pub async fn candidates(given: Option<String>) -> Vec<Candidate> {
    let found = tokio::task::spawn_blocking(move || endpoint::candidates(given.as_deref())).await;
    found.unwrap_or_else(|error| {
        tracing::error!("no engine was looked for: {error}");
        Vec::new()
    })
}

/// Whether nobody has chosen what this stands for, so that another engine may stand in if that is said.
pub async fn is_unchosen(endpoint: &Endpoint) -> bool {
    if *endpoint != Endpoint::Default {
        return false;
    }
    // Doubt means that it was.
    tokio::task::spawn_blocking(endpoint::is_default_unchosen).await.unwrap_or(false)
}

/// Asks an engine what it is.
pub async fn probe(candidate: &Candidate) -> Probe {
    if let Some(failure) = &candidate.broken {
        return Probe::Fails(failure.clone());
    }
    let limit = if candidate.security == crate::model::Security::Ssh { OVER_SSH } else { LIMIT };
    match tokio::time::timeout(limit, Docker::connect(&candidate.endpoint)).await {
        Ok(Ok(engine)) => Probe::Answers(engine.info().clone()),
        Ok(Err(failure)) => Probe::Fails(failure),
        Err(_elapsed) => Probe::Fails(Failure {
            kind: FailureKind::TimedOut,
            host: candidate.address.clone(),
            operation: "ask what it is".to_owned(),
            message: format!("no complete answer within {} s", limit.as_secs()),
        }),
    }
}
