//! One file with logins, and the credential helpers that it names. They are started here and not by the crate that
//! reads the rest: on Windows each would show a console for a moment.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Write as _};
use std::process::{Command, Output, Stdio};

use docker_credential::{CredentialRetrievalError as Trouble, DockerCredential, get_credential_from_reader};
use serde::Deserialize;
use serde_json::{Map, Value};

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

/// What a file, or a helper that it names, has for a key. May wait for the person.
pub(super) fn credential(file: &[u8], key: &str) -> Result<DockerCredential, Trouble> {
    let unreadable = |_| Trouble::ConfigReadError;
    let mut config: Map<String, Value> = serde_json::from_slice(file).map_err(unreadable)?;
    let named = ["credHelpers", "credsStore"].map(|name| config.remove_entry(name)).into_iter().flatten();
    let Helpers { mut cred_helpers, creds_store } =
        serde_json::from_value(Value::Object(named.collect())).map_err(unreadable)?;
    let own = cred_helpers.as_mut().and_then(|helpers| helpers.remove(key));
    if let Some(helper) = own.filter(|name| !name.is_empty()) {
        return ask(&helper, key);
    }
    let rest = serde_json::to_vec(&config).map_err(unreadable)?;
    match (get_credential_from_reader(rest.as_slice(), key), creds_store) {
        (Err(Trouble::NoCredentialConfigured), Some(store)) => ask(&store, key),
        (found, _) => found,
    }
}

fn ask(helper: &str, key: &str) -> Result<DockerCredential, Trouble> {
    let helper = format!("docker-credential-{helper}");
    let Output { status, stdout, stderr } =
        run(&helper, key).map_err(|_not_run| Trouble::HelperCommunicationError)?;
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

fn run(helper: &str, key: &str) -> io::Result<Output> {
    let start = |ending: &&str| {
        let mut command = Command::new(format!("{helper}{ending}"));
        command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(windows)]
        std::os::windows::process::CommandExt::creation_flags(&mut command, NO_WINDOW);
        match command.spawn() {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            started => Some(started),
        }
    };
    let mut child = ENDINGS.iter().find_map(start).unwrap_or_else(|| Err(ErrorKind::NotFound.into()))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(key.as_bytes())?;
    }
    child.wait_with_output()
}
