//! The engines that a person has named to Podman (`podman system connection list`), its machines among them.
//!
//! Since Podman 5 they stand in `podman-connections.json`; before, and still where somebody writes by hand, as
//! `service_destinations` in `containers.conf`. Where both have a name, the newer file counts.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::surroundings::{Surroundings, TextFile};

/// An engine with a name, or why it cannot be told which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Connection {
    pub name: String,
    pub destination: Result<Destination, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Destination {
    #[serde(alias = "URI")]
    pub uri: String,
    /// The file with the key for ssh.
    #[serde(default, alias = "Identity")]
    pub identity: Option<String>,
    #[serde(default, alias = "IsMachine")]
    pub is_machine: bool,
}

/// What the files tell: every connection, sorted by name, and the files that cannot be read, with why.
pub(super) fn all(surroundings: &Surroundings) -> (Vec<Connection>, Vec<(String, String)>) {
    let (mut found, mut broken) = (BTreeMap::new(), Vec::new());
    for file in &surroundings.podman {
        match read(file) {
            Ok(connections) => found.extend(connections),
            Err(why) => broken.push((file.path.display().to_string(), why)),
        }
    }
    let connection = |(name, destination)| Connection { name, destination };
    (found.into_iter().map(connection).collect(), broken)
}

type Found = Vec<(String, Result<Destination, String>)>;

fn read(file: &TextFile) -> Result<Found, String> {
    let text = file.text.as_ref().map_err(Clone::clone)?;
    let is_json = file.path.extension().is_some_and(|extension| extension == "json");
    if is_json { of_json(text) } else { of_toml(text) }
}

/// An entry that cannot be read leaves the others readable.
fn of_json(text: &str) -> Result<Found, String> {
    let all: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let connections = all.pointer("/Connection/Connections").and_then(serde_json::Value::as_object);
    let each = connections.into_iter().flatten().map(|(name, value)| {
        (name.clone(), Destination::deserialize(value).map_err(|error| error.to_string()))
    });
    Ok(each.collect())
}

fn of_toml(text: &str) -> Result<Found, String> {
    // Its own words span lines.
    let all: toml::Table = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let engine = all.get("engine").and_then(toml::Value::as_table);
    let connections = engine.and_then(|engine| engine.get("service_destinations")?.as_table());
    let each = connections.into_iter().flatten().map(|(name, value)| {
        (name.clone(), value.clone().try_into().map_err(|error: toml::de::Error| error.message().to_owned()))
    });
    Ok(each.collect())
}
