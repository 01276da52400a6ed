//! A token server as registries send to: it knows one user and one identity token, and signs what it grants.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, KeyPair, SigningKey as _};
use serde_json::json;

use super::http::{Asked, Reply, Server, form};
use super::{PASSWORD, USER, basic};

pub const ISSUER: &str = "token server of the tests";
pub const SERVICE: &str = "registry of the tests";
/// What the tests' user has instead of a password.
pub const IDENTITY: &str = "planted-identity-token-9Z";

pub struct TokenServer {
    pub server: Server,
    pub certificate: String,
    key: Arc<KeyPair>,
    chain: String,
}

impl TokenServer {
    /// `grants` says what the user may do with a repository: `pull`, `push` or both.
    pub fn start(grants: impl Fn(&str) -> Vec<&'static str> + Send + Sync + 'static) -> Self {
        let key = Arc::new(KeyPair::generate().unwrap());
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&*key).unwrap();
        let chain = BASE64_STANDARD.encode(certificate.der());
        let (signing, in_header) = (Arc::clone(&key), chain.clone());
        let server = Server::start(move |asked| answer(asked, &signing, &in_header, &grants));
        Self { server, certificate: certificate.pem(), key, chain }
    }

    pub fn realm(&self) -> String {
        format!("http://{}/token", self.server.host)
    }

    /// A token for the tests' own requests.
    pub fn bearer(&self, repository: &str) -> String {
        format!("Bearer {}", sign(&self.key, &self.chain, repository, &["pull", "push"]))
    }
}

fn answer(asked: &Asked, key: &KeyPair, chain: &str, grants: &dyn Fn(&str) -> Vec<&'static str>) -> Reply {
    let (known, scope) = if asked.method == "GET" {
        let login = asked.header("authorization");
        // Containerd leaves the account out.
        let known = login == Some(&basic()) && asked.query("account").is_none_or(|account| account == USER);
        if let Some(login) = login.filter(|_| !known) {
            // What a careless server may well do.
            let words = format!("no such login: {login} {PASSWORD}");
            return Reply::new(401, json!({"errors": [{"code": "DENIED", "message": words}]}).to_string());
        }
        (known, asked.query("scope"))
    } else {
        let token = form(&asked.body, "refresh_token");
        let kind = form(&asked.body, "grant_type");
        if token.as_deref() != Some(IDENTITY) || kind.as_deref() != Some("refresh_token") {
            return Reply::new(401, "{}");
        }
        (true, form(&asked.body, "scope"))
    };
    let scope = scope.unwrap_or_default();
    let mut parts = scope.split(':');
    let (kind, name, wanted) =
        (parts.next(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let granted: Vec<_> = match kind {
        Some("registry") if known => vec!["*"],
        Some("repository") if known => {
            grants(name).into_iter().filter(|action| wanted.split(',').any(|w| w == *action)).collect()
        }
        _ => Vec::new(),
    };
    let token = sign_as(key, chain, kind.unwrap_or("repository"), name, &granted);
    let body = if asked.method == "GET" { json!({"token": token}) } else { json!({"access_token": token}) };
    Reply::new(200, body.to_string())
}

fn sign(key: &KeyPair, chain: &str, repository: &str, actions: &[&str]) -> String {
    sign_as(key, chain, "repository", repository, actions)
}

/// A JSON web token under ES256.
fn sign_as(key: &KeyPair, chain: &str, kind: &str, name: &str, actions: &[&str]) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let header = json!({"typ": "JWT", "alg": "ES256", "x5c": [chain]});
    let claims = json!({
        "iss": ISSUER, "sub": USER, "aud": SERVICE, "jti": "1",
        "nbf": now - 60, "iat": now - 60, "exp": now + 3_600,
        "access": [{"type": kind, "name": name, "actions": actions}],
    });
    let part = |value: &serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = plain(&key.sign(signed.as_bytes()).unwrap());
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

/// The two numbers of a signature, each of 32 bytes, from their DER form.
fn plain(der: &[u8]) -> Vec<u8> {
    let mut rest = &der[2..];
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let length = usize::from(rest[1]);
        let number = &rest[2..2 + length];
        let significant: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
        numbers.extend(std::iter::repeat_n(0, 32 - significant.len()));
        numbers.extend(significant);
        rest = &rest[2 + length..];
    }
    numbers
}
