//! One registry: the only place that sends requests. It signs in where that is asked for, keeps logins to the
//! host they belong to, and gives up in time.

mod signing;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::{
    ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LOCATION, WWW_AUTHENTICATE,
};
use reqwest::{Client, Method, StatusCode, Url};
use tokio::sync::{OnceCell, Semaphore};

use super::address::Address;
use super::challenge::{Token, challenge};
use super::login;
use super::places::Places;
use super::tls;
use super::trouble::{Errors, Trouble, client_words, one_line};
use crate::model::Reach;

pub(super) use signing::Scope;
use signing::Signing;

/// Until there is a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Until an answer is there, with its body.
const REQUEST: Duration = Duration::from_secs(15);
/// Requests to one registry at a time.
const AT_ONCE: usize = 4;
const REDIRECTS: usize = 5;
/// No registry keeps a larger manifest, and no page of a list is larger.
const LARGEST: usize = 8 * 1024 * 1024;
const API_VERSION: &str = "docker-distribution-api-version";
pub(super) const CONTENT_DIGEST: &str = "docker-content-digest";

/// What was answered, whatever the status.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// What was asked in the end, after redirects; links in lists are relative to it.
    pub url: Url,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

pub(super) struct Host {
    pub address: Address,
    client: Client,
    /// For everyone else: without the certificate that is meant for this host.
    others: Client,
    reach: Reach,
    places: Places,
    /// `https://…/` or `http://…/`, found out with the first request; or why it cannot be.
    base: OnceCell<Result<Url, Trouble>>,
    gate: Semaphore,
    /// By what [`Self::login_part`] says.
    logins: Mutex<HashMap<String, Arc<login::Found>>>,
    /// One helper at a time: each may ask the person.
    asking: tokio::sync::Mutex<()>,
    /// Some login is kept for a part of this registry only.
    has_parts: bool,
    signing: Mutex<Signing>,
    /// By scope.
    tokens: Mutex<HashMap<String, Token>>,
    pub since: Instant,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Host {
    pub fn new(address: Address, reach: &Reach, places: &Places) -> Result<Self, Trouble> {
        tls::install();
        let builder = || {
            let builder = Client::builder()
                .user_agent(concat!("unmoor/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .connect_timeout(CONNECT)
                .timeout(REQUEST);
            // Nobody means a proxy by what is on this machine.
            if address.is_loopback() { builder.no_proxy() } else { builder }
        };
        let failed = |error| Trouble::host_down(client_words(error));
        let mut own = tls::with_certificates(builder(), &address, places)?;
        if address.is_listed(reach) {
            own = own.tls_danger_accept_invalid_certs(true);
        }
        let client = own.build().map_err(failed)?;
        let others = builder().build().map_err(failed)?;
        let has_parts = login::are_kept_in_parts(places, &address);
        Ok(Self {
            address,
            client,
            others,
            reach: reach.clone(),
            places: places.clone(),
            base: OnceCell::new(),
            gate: Semaphore::new(AT_ONCE),
            logins: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
            has_parts,
            signing: Mutex::default(),
            tokens: Mutex::default(),
            since: Instant::now(),
        })
    }

    /// Asks for a path below `/v2/`. `scope` names what a token has to grant; `path` is the repository in it.
    pub async fn ask(&self, method: Method, path: &str, scope: &Scope<'_>) -> Result<Answer, Trouble> {
        let base = self.base().await?;
        let url =
            base.join(&format!("v2/{path}")).map_err(|error| Trouble::unreachable(error.to_string()))?;
        self.ask_url(method, url, scope).await
    }

    /// The same for an address that the registry itself named; on another host it is not followed.
    pub async fn ask_url(&self, method: Method, url: Url, scope: &Scope<'_>) -> Result<Answer, Trouble> {
        if url.origin() != self.base().await?.origin() {
            return Err(Trouble::unreachable("it sends on to another host"));
        }
        let permit = self.gate.acquire().await;
        let _permit = permit.map_err(|_closed| Trouble::unreachable("it is not asked any more"))?;
        let signed = self.signature(scope).await;
        let answer = self.send(method.clone(), url.clone(), signed.as_ref()).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return self.judge(answer, scope);
        }
        let offered = answer.headers.get_all(WWW_AUTHENTICATE);
        let Some(challenge) = challenge(offered.iter().filter_map(|value| value.to_str().ok())) else {
            return Err(Trouble::Denied(self.refusal(
                &answer,
                scope,
                "it wants a login that it does not describe",
            )));
        };
        self.sign_in(&challenge, scope).await?;
        let signed = self.signature(scope).await;
        let answer = self.send(method, url, signed.as_ref()).await?;
        self.judge(answer, scope)
    }

    /// What no further look at the answer can change.
    fn judge(&self, answer: Answer, scope: &Scope<'_>) -> Result<Answer, Trouble> {
        match answer.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(Trouble::Denied(self.refusal(&answer, scope, "access is denied")))
            }
            StatusCode::TOO_MANY_REQUESTS => {
                Err(Trouble::host_down("too many requests for now; it answers again later"))
            }
            status if status.is_server_error() => {
                let words = self.refusal(&answer, scope, "it has trouble of its own");
                Err(Trouble::unreachable(format!("status {}: {words}", status.as_u16())))
            }
            _ => Ok(answer),
        }
    }

    /// The registry's words, or else ours, and what was the matter with the login.
    fn refusal(&self, answer: &Answer, scope: &Scope<'_>, otherwise: &str) -> String {
        let words = self.said(answer).unwrap_or_else(|| otherwise.to_owned());
        let login = lock(&self.logins).get(&self.login_part(scope)).cloned();
        match login.as_deref() {
            Some(login::Found { login: None, trouble: Some(trouble) }) => format!("{words} ({trouble})"),
            Some(login::Found { login: None, trouble: None }) => format!("{words} (without a login)"),
            Some(login::Found { login: Some(_), .. }) | None => words,
        }
    }

    /// What the registry says in an answer that is an error, without what it was told.
    pub fn said(&self, answer: &Answer) -> Option<String> {
        let errors = Errors::in_body(&answer.body)?;
        Some(one_line(&self.without_secrets(errors.words()?)))
    }

    /// A server may send back what was sent to it.
    fn without_secrets(&self, said: &str) -> String {
        let logins = lock(&self.logins);
        let words = logins.values().filter_map(|found| found.login.as_ref());
        let words = words.fold(said.to_owned(), |words, login| login.hide_in(&words));
        let tokens = lock(&self.tokens);
        tokens.values().fold(words, |words, token| token.secret.hide_in(&words))
    }

    /// Finds out whether it speaks TLS; plain HTTP is tried only where that is allowed. Once for all questions:
    /// a host that does not answer would make each of them wait.
    async fn base(&self) -> Result<&Url, Trouble> {
        self.base.get_or_init(|| self.find_base()).await.as_ref().map_err(Clone::clone)
    }

    async fn find_base(&self) -> Result<Url, Trouble> {
        let at = |scheme: &str, path: &str| {
            Url::parse(&format!("{scheme}://{}/{path}", self.address.api()))
                .map_err(|error| Trouble::host_down(format!("its address cannot be used: {error}")))
        };
        let secure = at("https", "")?;
        if !self.address.may_be_plain(&self.reach) {
            return Ok(secure);
        }
        let error = match self.client.get(at("https", "v2/")?).send().await {
            Ok(_answers) => return Ok(secure),
            Err(error) => error,
        };
        if error.is_timeout() || tls::is_spoken(&error) {
            return Err(Trouble::host_down(client_words(error)));
        }
        match self.client.get(at("http", "v2/")?).send().await {
            Ok(_answers) => at("http", ""),
            Err(plain) if plain.is_connect() => Err(Trouble::host_down(client_words(error))),
            Err(plain) => Err(Trouble::host_down(client_words(plain))),
        }
    }

    /// Sends one request, and follows redirects; away from its own host nothing of a login goes along.
    async fn send(
        &self,
        method: Method,
        url: Url,
        signature: Option<&HeaderValue>,
    ) -> Result<Answer, Trouble> {
        let home = url.origin();
        let mut url = url;
        for _ in 0..=REDIRECTS {
            let at_home = url.origin() == home;
            let client = if at_home { &self.client } else { &self.others };
            let mut request = client.request(method.clone(), url.clone());
            request = request.header(ACCEPT, super::manifest::ACCEPT);
            if let Some(signature) = signature.filter(|_| at_home) {
                request = request.header(AUTHORIZATION, signature);
            }
            let answer = read(request, &url).await?;
            let redirected = answer.status.is_redirection() && method != Method::HEAD;
            let Some(to) = answer.header(LOCATION.as_str()).filter(|_| redirected) else {
                return Ok(answer);
            };
            let to = url.join(to).map_err(|_no_address| Trouble::unreachable("it sends on to no address"))?;
            let stays_safe = to.scheme() == "https" || (url.scheme() == "http" && to.scheme() == "http");
            if !stays_safe {
                return Err(Trouble::unreachable("it sends on to an address without TLS"));
            }
            url = to;
        }
        Err(Trouble::unreachable("it sends on in circles"))
    }
}

async fn read(request: reqwest::RequestBuilder, url: &Url) -> Result<Answer, Trouble> {
    let failed = |error: reqwest::Error| {
        let whole_host = error.is_connect() || error.is_timeout();
        Trouble::Unreachable { why: client_words(error), whole_host }
    };
    let mut response = request.send().await.map_err(failed)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(failed)? {
        body.extend_from_slice(&part);
        if body.len() > LARGEST {
            return Err(Trouble::unreachable("its answer has no end"));
        }
    }
    Ok(Answer { status, headers, body, url: url.clone() })
}

/// True for an answer that only a registry gives.
pub(super) fn is_from_a_registry(answer: &Answer) -> bool {
    answer.headers.contains_key(HeaderName::from_static(API_VERSION))
}
