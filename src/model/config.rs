//! How a container was set up, as its engine told it: kept so that one like it can be created by hand.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The engine's own description, without what is empty. Its environment may hold passwords.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContainerConfig(Value);

impl ContainerConfig {
    /// Of an answer to `GET /containers/{id}/json`, only what says how the container was set up.
    pub fn of(mut inspected: Value) -> Self {
        let mut kept = serde_json::Map::new();
        for key in ["Name", "Image", "ImageName", "Created", "Path", "Args", "Config", "HostConfig", "Mounts"]
        {
            if let Some(value) = inspected.get_mut(key).map(Value::take).and_then(pruned) {
                kept.insert(key.to_owned(), value);
            }
        }
        if let Some(networks) = inspected.pointer_mut("/NetworkSettings/Networks").map(Value::take)
            && let Some(networks) = pruned(networks)
        {
            kept.insert("Networks".to_owned(), networks);
        }
        Self(Value::Object(kept))
    }

    /// A part of it, by its JSON pointer.
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer)
    }
}

/// Nothing of it: it goes to logs.
impl fmt::Debug for ContainerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContainerConfig")
    }
}

/// Without nulls, empty texts, empty lists, zeros and what was not switched on.
fn pruned(value: Value) -> Option<Value> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Number(number) if number.as_f64() == Some(0.0) => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(items) => (!items.is_empty()).then_some(Value::Array(items)),
        Value::Object(fields) => {
            // A key may say something without a value: an exposed port, a volume.
            let kept: serde_json::Map<_, _> = fields
                .into_iter()
                .filter_map(|(key, value)| {
                    let is_key_alone =
                        key.contains('/') && value.as_object().is_some_and(serde_json::Map::is_empty);
                    let kept = if is_key_alone { Some(value) } else { pruned(value) };
                    Some((key, kept?))
                })
                .collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        other @ (Value::Bool(true) | Value::Number(_) | Value::String(_)) => Some(other),
    }
}
