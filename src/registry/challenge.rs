//! What a registry wants to see before it answers: the `WWW-Authenticate` header, the tokens that are had
//! for it, and what they grant. After the distribution project's token specification.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::model::Secret;

/// A token lives this long where its answer does not say; so says the specification.
const LIFE: u64 = 60;
/// A token is not used in the last moments of its life.
const MARGIN: u64 = 10;

/// One way that a registry offers to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Challenge {
    Basic,
    Bearer { realm: String, service: Option<String>, scope: Option<String> },
}

/// The best of what is offered; a token never shows the password to the registry.
pub(super) fn challenge<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Challenge> {
    let mut basic = None;
    for header in headers {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        if scheme.eq_ignore_ascii_case("bearer") {
            let parameters = parameters(rest);
            let get = |name: &str| {
                parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone())
            };
            if let Some(realm) = get("realm") {
                return Some(Challenge::Bearer { realm, service: get("service"), scope: get("scope") });
            }
        } else if scheme.eq_ignore_ascii_case("basic") {
            basic = Some(Challenge::Basic);
        }
    }
    basic
}

/// `key="value",other=token`; a comma within quotes is a part of the value.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((key, after)) = rest.split_once('=') {
        let key = key.trim_matches([' ', ',', '\t']).to_owned();
        let (value, left) = if let Some(quoted) = after.trim_start().strip_prefix('"') {
            unquote(quoted)
        } else {
            let (value, left) = after.split_once(',').unwrap_or((after, ""));
            (value.trim().to_owned(), left)
        };
        found.push((key, value));
        rest = left;
    }
    found
}

/// Up to the closing quote, and what follows it.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, text.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

/// What a token server answers.
#[derive(Deserialize)]
struct TokenAnswer {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<u64>,
}

/// Leave to ask one registry for some things, for some time.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub secret: Secret,
    until: Instant,
}

impl Token {
    /// Reads the answer of a token server; `None` if it holds no token.
    pub fn read(body: &[u8], now: Instant) -> Option<Self> {
        let answer: TokenAnswer = serde_json::from_slice(body).ok()?;
        let usable = |token: &String| !token.is_empty();
        let secret = answer.token.filter(usable).or(answer.access_token.filter(usable))?;
        let life = answer.expires_in.unwrap_or(LIFE).max(LIFE).saturating_sub(MARGIN);
        // A life that no clock can hold is as good as a day.
        let until = now.checked_add(Duration::from_secs(life.min(86_400)))?;
        Some(Self { secret: Secret::new(secret), until })
    }

    pub fn is_fresh(&self, now: Instant) -> bool {
        now < self.until
    }

    /// What it grants on a repository, by its own words, which only the registry can verify; `None` if it
    /// does not say.
    pub fn grants(&self, repository: &str) -> Option<Vec<String>> {
        #[derive(Deserialize)]
        struct Claims {
            access: Vec<Grant>,
        }
        #[derive(Deserialize)]
        struct Grant {
            #[serde(rename = "type", default)]
            kind: String,
            #[serde(default)]
            name: String,
            #[serde(default)]
            actions: Vec<String>,
        }
        let claims = self.secret.expose().split('.').nth(1)?;
        let claims = BASE64_URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
        let claims: Claims = serde_json::from_slice(&claims).ok()?;
        let on_it = claims.access.into_iter().filter(|g| g.kind == "repository" && g.name == repository);
        Some(on_it.flat_map(|grant| grant.actions).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_may_have_commas_and_the_best_offer_is_taken() {
        let bearer = r#"Bearer realm="https://auth.example.com/token?a=1",service="r.example.com",scope="repository:team/app:pull,push""#;
        let found = challenge(["Basic realm=\"x\"", bearer].into_iter()).unwrap();
        let own = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            Challenge::Bearer {
                realm: "https://auth.example.com/token?a=1".to_owned(),
                service: own("r.example.com"),
                scope: own("repository:team/app:pull,push"),
            }
        );
        assert_eq!(challenge(["basic realm=x"].into_iter()), Some(Challenge::Basic));
    }

    #[test]
    fn what_makes_no_sense_is_no_challenge() {
        for text in
            ["", "Bearer", "Bearer realm", "Bearer service=\"x\"", "Negotiate abc", "\"", "Bearer ,,="]
        {
            assert_eq!(challenge([text].into_iter()), None, "{text:?}");
        }
    }

    #[test]
    fn a_token_tells_what_it_grants_and_how_long() {
        let claims = BASE64_URL_SAFE_NO_PAD
            .encode(r#"{"access":[{"type":"repository","name":"team/app","actions":["pull","push"]}]}"#);
        let now = Instant::now();
        let body = format!(r#"{{"access_token":"h.{claims}.s","expires_in":100}}"#);
        let token = Token::read(body.as_bytes(), now).unwrap();
        assert_eq!(token.grants("team/app").unwrap(), ["pull", "push"]);
        assert_eq!(token.grants("team/other").unwrap(), Vec::<String>::new());
        assert!(token.is_fresh(now + Duration::from_secs(89)));
        assert!(!token.is_fresh(now + Duration::from_secs(91)));
        assert!(Token::read(b"{\"token\":\"\"}", now).is_none());
        let opaque = Token::read(br#"{"token":"opaque","expires_in":18446744073709551615}"#, now).unwrap();
        assert_eq!(opaque.grants("team/app"), None);
    }
}
