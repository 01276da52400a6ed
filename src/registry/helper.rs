//! One file with logins, and the credential helpers that it names. They are started here and not by the crate that
//! reads the rest: on Windows each would show a console for a moment.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::process::{Output, Stdio};

use docker_credential::{CredentialRetrievalError as Trouble, DockerCredential, get_credential_from_reader};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// How a helper's file may end; a script (as Google's) is only found by its whole name.
const ENDINGS: &[&str] = if cfg!(windows) { &["", ".cmd"] } else { &[""] };
/// No console pops up for it.
#[cfg(windows)]
const NO_WINDOW: u32 = 0x0800_0000;
/// In place of a user: what follows is a token.
const TOKEN: &str = "<token>";

/// What a file with logins says of helpers: the end of the name of each.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Helpers {
    /// By host.
    cred_helpers: Option<BTreeMap<String, String>>,
    /// For all that nothing else in the file is for.
    creds_store: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Kept {
    username: String,
    secret: String,
}

/// What a file, or a helper that it names, has for a key. May wait for the person; a helper ends with whoever waits.
pub(super) async fn credential(file: &[u8], key: &str) -> Result<DockerCredential, Trouble> {
    let unreadable = |_| Trouble::ConfigReadError;
    let mut config: Map<String, Value> = serde_json::from_slice(file).map_err(unreadable)?;
    let named = ["credHelpers", "credsStore"].map(|name| config.remove_entry(name)).into_iter().flatten();
    let Helpers { mut cred_helpers, creds_store } =
        serde_json::from_value(Value::Object(named.collect())).map_err(unreadable)?;
    let own = cred_helpers.as_mut().and_then(|helpers| helpers.remove(key));
    let is_named = |name: &String| !name.is_empty();
    if let Some(helper) = own.filter(is_named) {
        return ask(&helper, key).await;
    }
    let rest = serde_json::to_vec(&config).map_err(unreadable)?;
    match (get_credential_from_reader(rest.as_slice(), key), creds_store.filter(is_named)) {
        (Err(Trouble::NoCredentialConfigured), Some(store)) => ask(&store, key).await,
        (found, _) => found,
    }
}

async fn ask(helper: &str, key: &str) -> Result<DockerCredential, Trouble> {
    let helper = format!("docker-credential-{helper}");
    let Output { status, stdout, stderr } =
        run(&helper, key).await.map_err(|_not_run| Trouble::HelperCommunicationError)?;
    if !status.success() {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        return Err(Trouble::HelperFailure { helper, stdout: text(&stdout), stderr: text(&stderr) });
    }
    let Kept { username, secret } =
        serde_json::from_slice(&stdout).map_err(|_not_its_form| Trouble::MalformedHelperResponse)?;
    Ok(if username == TOKEN {
        DockerCredential::IdentityToken(secret)
    } else {
        DockerCredential::UsernamePassword(username, secret)
    })
}

async fn run(helper: &str, key: &str) -> io::Result<Output> {
    let start = |ending: &&str| {
        let mut command = Command::new(format!("{helper}{ending}"));
        command.arg("get").kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(windows)]
        command.creation_flags(NO_WINDOW);
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            started => Some(started),
        }
    };
    let mut child = ENDINGS.iter().find_map(start).unwrap_or_else(|| Err(ErrorKind::NotFound.into()))?;
    if let Some(mut stdin) = child.stdin.take() {
        match stdin.write_all(key.as_bytes()).await {
            // It may know what to say without.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    child.wait_with_output().await
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::time::Duration;

    use super::*;

    async fn until(holds: impl Fn() -> bool) {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test]
    async fn a_helper_that_does_not_read_what_it_is_asked_is_heard() {
        // More than fits into a pipe.
        let said = run("true", &"r.example.com".repeat(100_000)).await.unwrap();
        assert!(said.status.success());
    }

    #[tokio::test]
    async fn a_helper_without_a_name_is_none() {
        for file in [r#"{"credsStore":""}"#, r#"{"credHelpers":{"r.example.com":""},"credsStore":""}"#] {
            let found = credential(file.as_bytes(), "r.example.com").await;
            assert!(matches!(found, Err(Trouble::NoCredentialConfigured)), "{found:?}");
        }
    }

    #[tokio::test]
    async fn a_helper_that_nobody_waits_for_any_more_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let (helper, noted) = (folder.path().join("helper"), folder.path().join("id"));
        let script =
            format!("#!/bin/sh\necho $$ >'{0}.new'\nmv '{0}.new' '{0}'\nexec sleep 3600\n", noted.display());
        std::fs::write(&helper, script).unwrap();
        std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
        tokio::select! {
            said = run(helper.to_str().unwrap(), "r.example.com") => panic!("{said:?}"),
            () = until(|| noted.exists()) => {}
        }
        let id = std::fs::read_to_string(&noted).unwrap();
        let process = Path::new("/proc").join(id.trim());
        // Not there as a zombie either.
        let ended = tokio::time::timeout(Duration::from_mins(1), until(|| !process.exists())).await;
        assert!(ended.is_ok(), "{:?}", std::fs::read_to_string(process.join("status")));
    }
}
