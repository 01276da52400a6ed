//! One registry: the only place that sends requests. It signs in where that is asked for, keeps logins to the
//! host they belong to, and gives up in time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::{
    ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LOCATION, WWW_AUTHENTICATE,
};
use reqwest::{Client, Method, StatusCode, Url};
use tokio::sync::{OnceCell, Semaphore};

use super::address::{Address, is_loopback};
use super::challenge::{Challenge, Token, challenge};
use super::login;
use super::places::Places;
use super::tls;
use super::trouble::{Errors, Trouble, client_words, one_line};
use crate::model::{Login, Reach};

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
/// How this program names itself to token servers.
const CLIENT: &str = "unmoor";

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

/// How a registry wants requests to be signed.
#[derive(Debug, Clone, Default)]
enum Signing {
    #[default]
    NotYetKnown,
    Basic,
    Bearer,
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
        let said = Errors::in_body(&answer.body).and_then(|errors| errors.words());
        let words = said.unwrap_or_else(|| otherwise.to_owned());
        let login = lock(&self.logins).get(&self.login_part(scope)).cloned();
        let words = match login.as_deref() {
            Some(login::Found { login: None, trouble: Some(trouble) }) => format!("{words} ({trouble})"),
            Some(login::Found { login: None, trouble: None }) => format!("{words} (without a login)"),
            Some(login::Found { login: Some(_), .. }) | None => words,
        };
        self.without_secrets(&words)
    }

    /// A server may send back what was sent to it.
    fn without_secrets(&self, said: &str) -> String {
        let logins = lock(&self.logins);
        let words = logins.values().filter_map(|found| found.login.as_ref());
        let words = words.fold(said.to_owned(), |words, login| login.hide_in(&words));
        let tokens = lock(&self.tokens);
        let tokens = tokens.values().map(|token| token.secret.expose()).filter(|token| !token.is_empty());
        tokens.fold(words, |words, token| words.replace(token, "…"))
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

    /// What a request is signed with by now.
    async fn signature(&self, scope: &Scope<'_>) -> Option<HeaderValue> {
        let signing = lock(&self.signing).clone();
        let value = match signing {
            Signing::NotYetKnown => return None,
            Signing::Basic => match &self.login(scope).await.login {
                Some(Login::Password { user, password }) => {
                    format!("Basic {}", basic(user, password.expose()))
                }
                Some(Login::IdentityToken(_)) | None => return None,
            },
            Signing::Bearer => {
                let tokens = lock(&self.tokens);
                let token = tokens.get(&scope.words()).filter(|token| token.is_fresh(Instant::now()))?;
                format!("Bearer {}", token.secret.expose())
            }
        };
        let mut value = HeaderValue::try_from(value).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    fn login_part(&self, scope: &Scope<'_>) -> String {
        if self.has_parts { scope.repository().to_owned() } else { String::new() }
    }

    async fn login(&self, scope: &Scope<'_>) -> Arc<login::Found> {
        let part = self.login_part(scope);
        let _one = self.asking.lock().await;
        if let Some(known) = lock(&self.logins).get(&part) {
            return Arc::clone(known);
        }
        let found = Arc::new(login::find(&self.places, &self.address, &part).await);
        lock(&self.logins).insert(part, Arc::clone(&found));
        found
    }

    async fn sign_in(&self, challenge: &Challenge, scope: &Scope<'_>) -> Result<(), Trouble> {
        match challenge {
            Challenge::Basic => {
                *lock(&self.signing) = Signing::Basic;
                let found = self.login(scope).await;
                match (&found.login, &found.trouble) {
                    (Some(Login::Password { .. }), _) => Ok(()),
                    (Some(Login::IdentityToken(_)), _) => {
                        Err(Trouble::Denied("it wants a password, and the login is a token".to_owned()))
                    }
                    (None, Some(trouble)) => {
                        Err(Trouble::Denied(format!("it wants a login, and there is none: {trouble}")))
                    }
                    (None, None) => {
                        Err(Trouble::Denied("it wants a login, and there is none for it".to_owned()))
                    }
                }
            }
            Challenge::Bearer { realm, service, scope: offered } => {
                let realm = self.realm(realm).await?;
                let wanted = scope.words();
                let asked = offered.as_deref().filter(|_| wanted.is_empty()).unwrap_or(&wanted);
                let token = self.token(realm, service.as_deref(), asked, scope).await?;
                lock(&self.tokens).insert(wanted, token);
                *lock(&self.signing) = Signing::Bearer;
                Ok(())
            }
        }
    }

    /// Where tokens are had. A login goes there, so it has to be as safe as the registry itself.
    async fn realm(&self, realm: &str) -> Result<Url, Trouble> {
        let realm = Url::parse(realm).map_err(|_no_address| {
            Trouble::Denied("it sends to a token server without an address".to_owned())
        })?;
        let host = realm.host_str().unwrap_or_default();
        let port = realm.port().map(|port| format!(":{port}")).unwrap_or_default();
        let listed = Address::of(&format!("{host}{port}")).is_listed(&self.reach);
        let both_here = is_loopback(host) && self.address.is_loopback();
        let same_plain = self.base().await?.origin() == realm.origin();
        let safe = match realm.scheme() {
            "https" => true,
            "http" => same_plain || both_here || listed,
            _ => false,
        };
        if safe {
            Ok(realm)
        } else {
            Err(Trouble::Denied(one_line(&format!(
                "it wants the login at {host}, without TLS: that is refused"
            ))))
        }
    }

    async fn token(
        &self,
        mut realm: Url,
        service: Option<&str>,
        wanted: &str,
        scope: &Scope<'_>,
    ) -> Result<Token, Trouble> {
        let found = self.login(scope).await;
        let same_host = realm.origin() == self.base().await?.origin();
        let client = if same_host { &self.client } else { &self.others };
        let request = match &found.login {
            Some(Login::IdentityToken(token)) => client.post(realm.clone()).form(&[
                ("grant_type", "refresh_token"),
                ("service", service.unwrap_or_default()),
                ("client_id", CLIENT),
                ("scope", wanted),
                ("refresh_token", token.expose()),
            ]),
            login => {
                {
                    let mut query = realm.query_pairs_mut();
                    if let Some(service) = service {
                        query.append_pair("service", service);
                    }
                    if !wanted.is_empty() {
                        query.append_pair("scope", wanted);
                    }
                    if let Some(Login::Password { user, .. }) = login {
                        query.append_pair("account", user);
                    }
                }
                let request = client.get(realm.clone());
                match login {
                    Some(Login::Password { user, password }) => {
                        request.basic_auth(user, Some(password.expose()))
                    }
                    Some(Login::IdentityToken(_)) | None => request,
                }
            }
        };
        // Not followed anywhere: a login is for the address that the registry named.
        let answer = read(request, &realm).await.map_err(|trouble| match trouble {
            Trouble::Unreachable { why, .. } => {
                Trouble::host_down(self.without_secrets(&format!("its token server: {why}")))
            }
            other @ (Trouble::Absent | Trouble::Denied(_)) => other,
        })?;
        match answer.status {
            status if status.is_success() => Token::read(&answer.body, Instant::now())
                .ok_or_else(|| Trouble::unreachable("its token server sends no token")),
            StatusCode::TOO_MANY_REQUESTS => {
                Err(Trouble::host_down("too many requests for now; it answers again later"))
            }
            status if status.is_server_error() => {
                Err(Trouble::unreachable(format!("its token server answers with status {}", status.as_u16())))
            }
            _ => Err(Trouble::Denied(self.refusal(&answer, scope, "its token server refuses the login"))),
        }
    }

    /// What the token for a scope grants on its repository, as far as there is one and it says so.
    pub fn grants(&self, scope: &Scope<'_>) -> Option<Vec<String>> {
        lock(&self.tokens).get(&scope.words())?.grants(scope.repository())
    }
}

/// What is to be done with which repository, in the words of tokens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scope<'a> {
    Pull(&'a str),
    /// Asked for only to see how much of it is granted.
    PullAndPush(&'a str),
    Catalog,
}

impl<'a> Scope<'a> {
    fn words(&self) -> String {
        match self {
            Self::Pull(path) => format!("repository:{path}:pull"),
            Self::PullAndPush(path) => format!("repository:{path}:pull,push"),
            Self::Catalog => "registry:catalog:*".to_owned(),
        }
    }

    fn repository(&self) -> &'a str {
        match *self {
            Self::Pull(path) | Self::PullAndPush(path) => path,
            Self::Catalog => "",
        }
    }
}

fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(format!("{user}:{password}"))
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
