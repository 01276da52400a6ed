//! A person's login for a registry, from the files and credential helpers of Docker and Podman. A helper is
//! another program that may wait for a hand on a key, so it gets a limit, and is ended then.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use docker_credential::{CredentialRetrievalError, DockerCredential};

use super::address::Address;
use super::helper;
use super::places::Places;
use crate::model::{Login, Secret};

const LIMIT: Duration = Duration::from_secs(20);
/// How helpers say that they have no login for a host.
const NONE_KEPT: &str = "credentials not found";

/// What the files and helpers gave.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub login: Option<Login>,
    /// Why a login could not be read, if one is configured; without anything that a helper printed.
    pub trouble: Option<String>,
}

/// Looks for the login of a registry; of the repository `path` in particular, which Podman may have one for.
pub(super) async fn find(places: &Places, address: &Address, path: &str) -> Found {
    match tokio::time::timeout(LIMIT, search(&places.logins, &keys(address, path))).await {
        Ok(found) => found,
        Err(_elapsed) => {
            let why = "the credential helper does not answer".to_owned();
            Found { login: None, trouble: Some(why) }
        }
    }
}

/// Whether some file speaks of a part of this registry, which only Podman knows.
pub(super) fn are_kept_in_parts(places: &Places, address: &Address) -> bool {
    let start = format!("\"{}/", address.name());
    places.logins.iter().filter_map(|path| std::fs::read(path).ok()).any(|file| mentions(&file, &start))
}

/// What a login may be kept under, the most particular first.
fn keys(address: &Address, path: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut rest = path;
    while !rest.is_empty() && !address.is_docker_hub() {
        keys.push(format!("{}/{rest}", address.name()));
        rest = rest.rsplit_once('/').map_or("", |(above, _)| above);
    }
    keys.push(address.login_key().to_owned());
    keys
}

async fn search(files: &[PathBuf], keys: &[String]) -> Found {
    let mut trouble = None;
    for path in files {
        let file = match read(path).await {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => {
                trouble.get_or_insert(format!("{}: {error}", path.display()));
                continue;
            }
        };
        for (at, key) in keys.iter().enumerate() {
            // A helper knows hosts only; asked for each part of a path, it would ask the person each time.
            let is_host = at + 1 == keys.len();
            if !is_host && !mentions(&file, key) {
                continue;
            }
            match helper::credential(&file, key).await {
                Ok(DockerCredential::UsernamePassword(user, password)) if user.is_empty() => {
                    // How some tools write a token that is sent as it is.
                    if !password.is_empty() {
                        return found(Login::IdentityToken(Secret::new(password)));
                    }
                }
                Ok(DockerCredential::UsernamePassword(user, password)) => {
                    return found(Login::Password { user, password: Secret::new(password) });
                }
                Ok(DockerCredential::IdentityToken(token)) => {
                    return found(Login::IdentityToken(Secret::new(token)));
                }
                Err(error) => {
                    if let Some(why) = words(&error) {
                        trouble.get_or_insert(format!("{}: {why}", path.display()));
                    }
                }
            }
        }
    }
    Found { login: None, trouble }
}

/// A home may be on a server that does not answer.
async fn read(path: &Path) -> io::Result<Vec<u8>> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || std::fs::read(path)).await.map_err(io::Error::other)?
}

fn mentions(file: &[u8], key: &str) -> bool {
    memchr::memmem::find(file, key.as_bytes()).is_some()
}

fn found(login: Login) -> Found {
    Found { login: Some(login), trouble: None }
}

/// `None` where there simply is no login. What a helper printed is left out: it may be a secret.
fn words(error: &CredentialRetrievalError) -> Option<String> {
    use CredentialRetrievalError as E;
    match error {
        E::NoCredentialConfigured | E::ConfigNotFound => None,
        E::HelperFailure { stdout, stderr, .. }
            if stdout.contains(NONE_KEPT) || stderr.contains(NONE_KEPT) =>
        {
            None
        }
        E::HelperFailure { helper, .. } => Some(format!("the credential helper {helper} failed")),
        E::HelperCommunicationError => Some("the credential helper cannot be run".to_owned()),
        E::MalformedHelperResponse => {
            Some("the credential helper answers in a form that is not its own".to_owned())
        }
        E::CredentialDecodingError => Some("a login in it cannot be read".to_owned()),
        E::CredentialMismatchError => Some("a login in it contradicts itself".to_owned()),
        E::ConfigReadError => Some("it is not a file with logins".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::address::Address;

    fn file(text: &str) -> (tempfile::TempDir, Places) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        std::fs::write(&path, text).unwrap();
        (folder, Places { logins: vec![path], certificates: Vec::new() })
    }

    fn found_in(text: &str, host: &str, path: &str) -> Found {
        let (_folder, places) = file(text);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(search(&places.logins, &keys(&Address::of(host), path)))
    }

    #[test]
    fn a_login_is_found_by_its_host_and_docker_hub_by_its_old_address() {
        let text = r#"{"auths":{"https://index.docker.io/v1/":{"auth":"bWU6c2VjcmV0"},
            "r.example.com:5000":{"auth":"eW91OnNlY3JldA=="}}}"#;
        let user = |host: &str| match found_in(text, host, "team/app").login {
            Some(Login::Password { user, .. }) => Some(user),
            Some(Login::IdentityToken(_)) | None => None,
        };
        assert_eq!(user("docker.io").as_deref(), Some("me"));
        assert_eq!(user("r.example.com:5000").as_deref(), Some("you"));
        assert_eq!(user("r.example.com"), None, "another port is another registry");
    }

    #[test]
    fn podman_may_keep_a_login_for_a_part_of_a_registry() {
        let text = r#"{"auths":{"quay.io/team":{"auth":"bWU6c2VjcmV0"}}}"#;
        assert!(found_in(text, "quay.io", "team/app").login.is_some());
        assert!(found_in(text, "quay.io", "other/app").login.is_none());
    }

    #[test]
    fn a_helper_that_is_missing_is_told_and_not_taken_for_no_login() {
        let text = r#"{"credsStore":"no-such-helper-of-unmoor"}"#;
        let found = found_in(text, "quay.io", "a");
        assert_eq!(found.login, None);
        assert!(found.trouble.unwrap().contains("cannot be run"));
    }

    #[test]
    fn a_broken_file_is_named() {
        let found = found_in("{", "quay.io", "a");
        assert!(found.trouble.unwrap().contains("config.json"));
    }
}
