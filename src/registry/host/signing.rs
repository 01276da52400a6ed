//! Signing in to a registry: which login is sent where, and the tokens that are had for it.

use std::sync::Arc;
use std::time::Instant;

use reqwest::header::HeaderValue;
use reqwest::{StatusCode, Url};

use super::{Host, lock, read};
use crate::model::Login;
use crate::registry::address::{Address, is_loopback};
use crate::registry::challenge::{Challenge, Token};
use crate::registry::login;
use crate::registry::trouble::{Trouble, one_line};

/// How this program names itself to token servers.
const CLIENT: &str = "unmoor";

/// How a registry wants requests to be signed.
#[derive(Debug, Clone, Default)]
pub(super) enum Signing {
    #[default]
    NotYetKnown,
    Basic,
    Bearer,
}

/// What is to be done with which repository, in the words of tokens.
#[derive(Debug, Clone, Copy)]
pub(in crate::registry) enum Scope<'a> {
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

impl Host {
    /// What a request is signed with by now.
    pub(super) async fn signature(&self, scope: &Scope<'_>) -> Option<HeaderValue> {
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

    pub(super) fn login_part(&self, scope: &Scope<'_>) -> String {
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

    pub(super) async fn sign_in(&self, challenge: &Challenge, scope: &Scope<'_>) -> Result<(), Trouble> {
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
    pub(in crate::registry) fn grants(&self, scope: &Scope<'_>) -> Option<Vec<String>> {
        lock(&self.tokens).get(&scope.words())?.grants(scope.repository())
    }
}

fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(format!("{user}:{password}"))
}
