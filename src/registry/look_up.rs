//! One name of an image: does its registry still have that image?
//!
//! A digest is asked for by itself; a tag is followed first, and then what it leads to is compared. Content
//! counts only if it has the digest it was asked for by, and a manifest only if its parts are there too: a
//! registry that lost them still lists it.

use futures_util::StreamExt as _;
use futures_util::stream;
use reqwest::{Method, StatusCode};

use super::host::{Answer, CONTENT_DIGEST, Host, Scope, is_from_a_registry};
use super::manifest::{Manifest, Part, digest_of};
use super::trouble::{Errors, Trouble};
use crate::model::{Digest, Question, Remote};

/// Parts of an image that are looked for at a time.
const PARTS_AT_ONCE: usize = 4;
/// Of an index for many platforms, so many are looked into where none is known to be the right one.
const CHILDREN: usize = 4;

/// Something that a registry has under a name or digest.
#[derive(Debug)]
pub(super) struct Found {
    pub digest: Digest,
    /// `None` where it was only asked whether it is there.
    pub manifest: Option<Manifest>,
}

/// What becomes of one question; an error says why it has no answer.
pub(super) async fn look_up(host: &Host, question: &Question) -> Result<Remote, Trouble> {
    let path = question.reference.repository().path();
    if let Some(digest) = question.reference.digest() {
        return by_digest(host, path, digest, question).await;
    }
    let tag = question.reference.tag().unwrap_or("latest");
    let to = match find(host, path, tag).await {
        Ok(found) => {
            if is_same(host, path, &found, question).await? {
                return complete(host, path, found, question).await;
            }
            Some(found.digest)
        }
        Err(Trouble::Absent) => None,
        Err(trouble) => return Err(trouble),
    };
    let mut damaged = None;
    for digest in &question.digests {
        let told = by_digest(host, path, digest, question).await?;
        if let Remote::Present { digest } = told {
            return Ok(Remote::Moved { to, still: Some(digest) });
        }
        damaged = damaged.or(told.missing());
    }
    Ok(match (to, damaged) {
        (to @ Some(_), _) => Remote::Moved { to, still: None },
        (None, Some(missing)) => Remote::Incomplete { missing },
        (None, None) => Remote::Absent,
    })
}

async fn by_digest(host: &Host, path: &str, digest: &Digest, question: &Question) -> Result<Remote, Trouble> {
    match find(host, path, digest.as_str()).await {
        Ok(found) => complete(host, path, found, question).await,
        Err(Trouble::Absent) => Ok(Remote::Absent),
        Err(trouble) => Err(trouble),
    }
}

/// What the registry has under a tag or digest, read and checked.
pub(super) async fn find(host: &Host, path: &str, name: &str) -> Result<Found, Trouble> {
    let scope = Scope::Pull(path);
    let wanted = Digest::parse(name).ok();
    let at = format!("{path}/manifests/{name}");
    // Docker Hub counts whatever is read against what a person may pull in a day; a glance is free.
    if host.address.is_docker_hub() {
        let answer = host.ask(Method::HEAD, &at, &scope).await?;
        let digest = answer.header(CONTENT_DIGEST).and_then(|digest| Digest::parse(digest).ok());
        if answer.status.is_success()
            && let Some(digest) = digest
            && wanted.as_ref().is_none_or(|wanted| *wanted == digest)
        {
            return Ok(Found { digest, manifest: None });
        }
    }
    let answer = host.ask(Method::GET, &at, &scope).await?;
    read(host, &answer, wanted.as_ref())
}

fn read(host: &Host, answer: &Answer, wanted: Option<&Digest>) -> Result<Found, Trouble> {
    check_status(host, answer)?;
    let digest = digest_of(&answer.body)
        .ok_or_else(|| Trouble::unreachable("what it sends has no digest that can be told"))?;
    let claimed = answer.header(CONTENT_DIGEST).map(Digest::parse);
    if let Some(wanted) = wanted.filter(|wanted| **wanted != digest) {
        return Err(Trouble::unreachable(format!(
            "asked for {}, it sends something else ({}): it is not to be believed",
            wanted.short(),
            digest.short()
        )));
    }
    if claimed.is_some_and(|claimed| claimed.as_ref() != Ok(&digest)) {
        return Err(Trouble::unreachable(format!(
            "it names another digest than what it sends has ({}): it is not to be believed",
            digest.short()
        )));
    }
    let manifest = Manifest::read(&answer.body).map_err(Trouble::unreachable)?;
    Ok(Found { digest, manifest: Some(manifest) })
}

/// Absent is only what a registry, in its own form, says to be absent.
pub(super) fn check_status(host: &Host, answer: &Answer) -> Result<(), Trouble> {
    if answer.status.is_success() {
        return Ok(());
    }
    let errors = Errors::in_body(&answer.body);
    if answer.status == StatusCode::NOT_FOUND {
        let told = errors.as_ref().is_some_and(Errors::tell_absence);
        if told || (answer.body.is_empty() && is_from_a_registry(answer)) {
            return Err(Trouble::Absent);
        }
        return Err(Trouble::unreachable("what answers there is not a registry (status 404)"));
    }
    let words = host.said(answer).unwrap_or_default();
    let status = answer.status.as_u16();
    Err(Trouble::unreachable(format!("status {status} {words}").trim_end().to_owned()))
}

/// Whether what a tag leads to is the image that is here: by its digest, or by its configuration.
async fn is_same(host: &Host, path: &str, found: &Found, question: &Question) -> Result<bool, Trouble> {
    if question.digests.contains(&found.digest) {
        return Ok(true);
    }
    let is_config = |config: &Part| question.config.as_ref() == Some(&config.digest);
    let manifest = match &found.manifest {
        Some(manifest) => manifest,
        // It was only glanced at; what it is can be told by reading it, which is worth it if nothing else tells.
        None if question.digests.is_empty() && question.config.is_some() => {
            let answer = host
                .ask(Method::GET, &format!("{path}/manifests/{}", found.digest), &Scope::Pull(path))
                .await?;
            let read = read(host, &answer, Some(&found.digest))?;
            return Box::pin(is_same(host, path, &read, question)).await;
        }
        None => return Ok(false),
    };
    match manifest {
        Manifest::Image { config, .. } => Ok(is_config(config)),
        Manifest::Index(_) => {
            for child in manifest.children_for(question.platform.as_deref()).into_iter().take(CHILDREN) {
                if question.digests.contains(&child.digest) {
                    return Ok(true);
                }
                if question.config.is_none() {
                    continue;
                }
                match find(host, path, child.digest.as_str()).await {
                    Ok(Found { manifest: Some(Manifest::Image { config, .. }), .. })
                        if is_config(&config) =>
                    {
                        return Ok(true);
                    }
                    Ok(_) | Err(Trouble::Absent) => {}
                    Err(trouble) => return Err(trouble),
                }
            }
            Ok(false)
        }
    }
}

/// Whether all that a pull would need is there.
async fn complete(host: &Host, path: &str, found: Found, question: &Question) -> Result<Remote, Trouble> {
    let Found { digest, manifest } = found;
    let missing = match &manifest {
        None => 0,
        Some(Manifest::Image { config, layers }) => missing(host, path, config, layers).await?,
        Some(index @ Manifest::Index(_)) => {
            let children = index.children_for(question.platform.as_deref());
            let mut fewest = None;
            for child in children.into_iter().take(CHILDREN) {
                let lacks = match find(host, path, child.digest.as_str()).await {
                    Ok(Found { manifest: Some(Manifest::Image { config, layers }), .. }) => {
                        missing(host, path, &config, &layers).await?
                    }
                    Ok(_) => 0,
                    Err(Trouble::Absent) => 1,
                    Err(trouble) => return Err(trouble),
                };
                if lacks == 0 {
                    fewest = Some(0);
                    break;
                }
                fewest = Some(fewest.map_or(lacks, |least: usize| least.min(lacks)));
            }
            fewest.unwrap_or(0)
        }
    };
    Ok(if missing == 0 { Remote::Present { digest } } else { Remote::Incomplete { missing } })
}

/// How many of these parts the registry has not.
async fn missing(host: &Host, path: &str, config: &Part, layers: &[Part]) -> Result<usize, Trouble> {
    let parts = std::iter::once(config).chain(layers).filter(|part| !part.is_elsewhere());
    let mut digests: Vec<Digest> = parts.map(|part| part.digest.clone()).collect();
    digests.sort_unstable();
    digests.dedup();
    let asked = stream::iter(digests).map(|digest| async move { has_blob(host, path, &digest).await });
    let answers: Vec<Result<bool, Trouble>> = asked.buffer_unordered(PARTS_AT_ONCE).collect().await;
    let mut missing = 0;
    for answer in answers {
        missing += usize::from(!answer?);
    }
    Ok(missing)
}

async fn has_blob(host: &Host, path: &str, digest: &Digest) -> Result<bool, Trouble> {
    let answer = host.ask(Method::HEAD, &format!("{path}/blobs/{digest}"), &Scope::Pull(path)).await?;
    match answer.status {
        // What is sent on to some storage was found before.
        status if status.is_success() || status.is_redirection() => Ok(true),
        StatusCode::NOT_FOUND => Ok(false),
        status => Err(Trouble::unreachable(format!("status {} for a part of it", status.as_u16()))),
    }
}
