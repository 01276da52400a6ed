//! The identifiers an engine hands out, as types that cannot be mixed up.
//!
//! An image ID is the digest of the image configuration on the classic store and on Podman, and the
//! digest of the manifest or index on the containerd store; nothing here depends on which.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// How many hex digits a person is shown, as the Docker CLI does.
const SHORT: usize = 12;
const SHA256: &str = "sha256:";

/// The text is not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {kind}: {text:?}")]
pub struct IdError {
    kind: &'static str,
    text: String,
}

fn is_lower_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// True for exactly 64 lower-case hex digits.
pub fn is_full_hex(text: &str) -> bool {
    text.len() == 64 && is_lower_hex(text)
}

/// True for one or more lower-case hex digits, with or without `sha256:` in front.
pub fn is_hex_prefix(text: &str) -> bool {
    let hex = text.strip_prefix(SHA256).unwrap_or(text);
    hex.len() <= 64 && is_lower_hex(hex)
}

fn first(text: &str, count: usize) -> &str {
    text.get(..count).unwrap_or(text)
}

macro_rules! sha256_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Accepts `sha256:` followed by 64 hex digits, or the bare digits as Podman writes them.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let hex = text.strip_prefix(SHA256).unwrap_or(text);
                if is_full_hex(hex) {
                    Ok(Self(format!("{SHA256}{hex}").into()))
                } else {
                    Err(IdError { kind: $kind, text: text.to_owned() })
                }
            }

            /// `sha256:` and 64 hex digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The 64 hex digits alone.
            pub fn hex(&self) -> &str {
                self.0.strip_prefix(SHA256).unwrap_or(&self.0)
            }

            /// The first 12 hex digits.
            pub fn short(&self) -> &str {
                first(self.hex(), SHORT)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.as_ref().to_owned()
            }
        }
    };
}

sha256_id!(
    /// Names one image on one engine.
    ImageId,
    "an image ID"
);
sha256_id!(
    /// Names the uncompressed content of one layer, whatever lies beneath it.
    DiffId,
    "a layer digest"
);
sha256_id!(
    /// Names a layer together with everything beneath it: what the classic store counts and deletes.
    ChainId,
    "a chain ID"
);
sha256_id!(
    /// Names content in a registry; in a reference, what follows the `@`.
    Digest,
    "a digest"
);

impl ChainId {
    /// The chain of one more layer on top of `below` (`None`: the bottom layer), as the OCI image
    /// specification defines it.
    pub fn stack(below: Option<&Self>, layer: &DiffId) -> Self {
        match below {
            None => Self(Arc::clone(&layer.0)),
            Some(below) => {
                let sum = Sha256::digest(format!("{below} {layer}"));
                let mut text = String::with_capacity(SHA256.len() + 64);
                text.push_str(SHA256);
                for byte in sum {
                    for nibble in [byte >> 4, byte & 15] {
                        text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
                    }
                }
                Self(text.into())
            }
        }
    }
}

impl From<&ImageId> for Digest {
    /// On the containerd store the image ID is the digest a registry knows.
    fn from(id: &ImageId) -> Self {
        Self(Arc::clone(&id.0))
    }
}

/// Names one container on one engine: 64 hex digits without a prefix.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContainerId(Arc<str>);

impl ContainerId {
    /// Accepts 64 hex digits.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if is_full_hex(text) {
            Ok(Self(text.into()))
        } else {
            Err(IdError { kind: "a container ID", text: text.to_owned() })
        }
    }

    /// The 64 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 12 hex digits.
    pub fn short(&self) -> &str {
        first(&self.0, SHORT)
    }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ContainerId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse(&text)
    }
}

impl From<ContainerId> for String {
    fn from(id: ContainerId) -> Self {
        id.0.as_ref().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_id_is_read_with_and_without_its_prefix() {
        let hex = "e9d3f7300f03".to_owned() + &"0".repeat(52);
        let id = ImageId::parse(&hex).unwrap();
        assert_eq!(id, ImageId::parse(&format!("sha256:{hex}")).unwrap());
        assert_eq!(id.short(), "e9d3f7300f03");
        assert!(ImageId::parse("e9d3f7300f03").is_err(), "a short ID names nothing by itself");
        assert!(ImageId::parse(&hex.to_uppercase()).is_err());
    }

    #[test]
    fn the_chain_of_two_layers_is_the_one_of_the_specification() {
        let layer = |c: char| DiffId::parse(&c.to_string().repeat(64)).unwrap();
        let bottom = ChainId::stack(None, &layer('a'));
        assert_eq!(bottom.as_str(), layer('a').as_str());
        let top = ChainId::stack(Some(&bottom), &layer('b'));
        // sha256("sha256:aa… sha256:bb…"), computed with coreutils.
        assert_eq!(top.as_str(), EXPECTED);
    }

    const EXPECTED: &str = "sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c";
}
