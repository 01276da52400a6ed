//! Has the engine pull an image by its digest, and adds up what it tells of its progress.

use std::collections::HashMap;
use std::time::Duration;

use bollard::auth::DockerCredentials;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::StreamExt as _;

use super::docker::Docker;
use super::error::Trouble;
use crate::model::{Failure, Login, Reference};

/// How long an engine may say nothing at all while it pulls: unpacking a large layer takes minutes.
const SILENCE: Duration = Duration::from_mins(10);

impl Docker {
    /// Ends with the pull, or with its first error, in the registry's own words but for the login, which it may
    /// say back.
    pub async fn pull(
        &self,
        digest: &Reference,
        platform: Option<&str>,
        login: Option<&Login>,
        mut progress: impl FnMut(u64, u64) + Send,
    ) -> Result<(), Failure> {
        let failed = |trouble: Trouble| {
            let mut failure = self.failed(format!("pull {digest}"))(trouble);
            if let Some(login) = login {
                failure.message = login.hide_in(&failure.message);
            }
            failure
        };
        let mut options = CreateImageOptionsBuilder::new().from_image(&digest.full());
        if let Some(platform) = platform {
            options = options.platform(platform);
        }
        let client = self.patient(SILENCE).with_request_modifier(|mut request| {
            // bollard 0.21.1 writes the login in base64 with `+` and `/`. Engines read it with `-` and `_`, and
            // what they cannot read they take for no login at all.
            if let Some(login) = request.headers_mut().get_mut("X-Registry-Auth")
                && let Ok(text) = login.to_str()
                && let Ok(readable) = text.replace('+', "-").replace('/', "_").parse()
            {
                *login = readable;
            }
            request
        });
        let mut lines = client.create_image(Some(options.build()), None, login.map(credentials)).boxed();
        let mut layers: HashMap<String, (u64, u64)> = HashMap::new();
        loop {
            let next = tokio::time::timeout(SILENCE, lines.next()).await;
            let line = match next.map_err(|_elapsed| failed(Trouble::Late(SILENCE)))? {
                None => return Ok(()),
                Some(line) => line.map_err(|error| failed(error.into()))?,
            };
            // Unpacking is told in the same numbers; only what comes over the wire counts.
            let comes = line.status.as_deref() == Some("Downloading");
            if let (true, Some(layer), Some(detail)) = (comes, line.id, line.progress_detail) {
                let known =
                    |bytes: Option<i64>| bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0);
                layers.insert(layer, (known(detail.current), known(detail.total)));
                let (bytes, of) = layers.values().fold((0, 0), |(b, o), (bytes, of)| (b + bytes, o + of));
                progress(bytes, of);
            }
        }
    }
}

/// As the engine hands them on to the registry; it keeps none of them.
fn credentials(login: &Login) -> DockerCredentials {
    match login {
        Login::Password { user, password } => DockerCredentials {
            username: Some(user.clone()),
            password: Some(password.expose().to_owned()),
            ..DockerCredentials::default()
        },
        Login::IdentityToken(token) => DockerCredentials {
            identitytoken: Some(token.expose().to_owned()),
            ..DockerCredentials::default()
        },
    }
}
