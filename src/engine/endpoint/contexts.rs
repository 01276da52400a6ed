//! The Docker CLI's own files: which context is the current one, and what a context says.
//!
//! Facts from the CLI of 28.5 and 20.10: a context stands in a folder named by the SHA-256 of its name; "default"
//! is none of them; a broken `config.json` counts as an empty one.

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::surroundings::{Certificates, ContextFile, Surroundings};

/// The name that stands for "no context".
pub(super) const DEFAULT: &str = "default";

/// A context that can be used, or why it cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Context {
    /// What it calls itself; the name of its folder where that cannot be read.
    pub name: String,
    pub endpoint: Result<ContextEndpoint, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContextEndpoint {
    pub host: String,
    /// Whoever answers is taken for the engine.
    pub skip_verify: bool,
    pub certificates: Certificates,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigFile {
    #[serde(default)]
    current_context: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MetaFile {
    name: String,
    #[serde(default)]
    endpoints: Endpoints,
}

#[derive(Deserialize, Default)]
struct Endpoints {
    docker: Option<DockerEndpoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DockerEndpoint {
    host: Option<String>,
    #[serde(default, rename = "SkipTLSVerify")]
    skip_tls_verify: bool,
}

/// The current context; an error says why the CLI's file does not tell. `None` where it tells none.
pub(super) fn current(surroundings: &Surroundings) -> Result<Option<String>, String> {
    let text = match &surroundings.config {
        None => return Ok(None),
        Some(text) => text.as_ref().map_err(Clone::clone)?,
    };
    let config: ConfigFile = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(Some(config.current_context).filter(|name| !name.is_empty()))
}

/// Every context there is, sorted by name.
pub(super) fn all(surroundings: &Surroundings) -> Vec<Context> {
    let mut all: Vec<_> = surroundings.contexts.iter().map(read).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn read(file: &ContextFile) -> Context {
    let folder = file.path.parent().and_then(|folder| folder.file_name());
    let folder = folder.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let broken = |why: String| Context { name: folder.clone(), endpoint: Err(why) };
    let said = |why: &dyn std::fmt::Display| format!("{}: {why}", file.path.display());
    let meta = match &file.text {
        Ok(text) => serde_json::from_str::<MetaFile>(text).map_err(|error| said(&error)),
        Err(why) => Err(said(why)),
    };
    let MetaFile { name, endpoints } = match meta {
        Ok(meta) => meta,
        Err(why) => return broken(why),
    };
    // The CLI looks a context up by the folder alone: under this name it would find another, or none.
    if folder != folder_of(&name) {
        return broken(said(&format!(
            "the context calls itself {name:?}, and the folder belongs to another name"
        )));
    }
    let endpoint = match endpoints.docker {
        None => Err(said(&"it has no endpoint for Docker")),
        Some(DockerEndpoint { host, skip_tls_verify }) => Ok(ContextEndpoint {
            host: host
                .filter(|host| !host.is_empty())
                .unwrap_or_else(|| crate::model::PLATFORM_DEFAULT.to_owned()),
            skip_verify: skip_tls_verify,
            certificates: file.certificates.clone(),
        }),
    };
    Context { name, endpoint }
}

/// The folder that a context stands in.
pub(super) fn folder_of(name: &str) -> String {
    let digest = Sha256::digest(name.as_bytes());
    let nibbles = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.filter_map(|nibble| char::from_digit(nibble.into(), 16)).collect()
}
