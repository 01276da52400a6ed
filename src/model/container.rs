//! One container as an engine listed it.

use serde::{Deserialize, Serialize};

use super::id::{ContainerId, ImageId};

/// A container and the image it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    pub id: ContainerId,
    /// Without the leading slash of the API.
    pub name: String,
    /// The image it was created from. Never changes, wherever the name it was created with now points.
    pub image: ImageId,
    /// What the engine shows as its image: the name used at creation, or the image ID once that name
    /// no longer leads there.
    pub image_shown: String,
    pub state: ContainerState,
    /// The engine's own sentence, such as "Exited (0) 3 days ago".
    #[serde(default)]
    pub status: String,
    /// Seconds since 1970.
    #[serde(default)]
    pub created: Option<i64>,
    /// The compose project it belongs to, by its label.
    #[serde(default)]
    pub compose_project: Option<String>,
    /// Images mounted into it (`--mount type=image`, Docker 28 and later).
    #[serde(default)]
    pub image_mounts: Vec<ImageMount>,
}

/// An image mounted into a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageMount {
    /// As it was typed.
    pub source: String,
    /// What it resolved to; `None` where the engine does not say.
    pub image: Option<ImageId>,
}

/// The states of the Docker API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContainerState {
    Created,
    Running,
    Paused,
    Restarting,
    Removing,
    Exited,
    Dead,
    /// A word this program does not know; treated as running, so that nothing is lost by a guess.
    Unknown,
}

impl ContainerState {
    /// Reads the API's word. Podman also says `stopped`, for a moment: exited, but not tidied up yet.
    pub fn parse(word: &str) -> Self {
        match word {
            "created" => Self::Created,
            "running" => Self::Running,
            "paused" => Self::Paused,
            "restarting" => Self::Restarting,
            "removing" => Self::Removing,
            "exited" | "stopped" => Self::Exited,
            "dead" => Self::Dead,
            _ => Self::Unknown,
        }
    }

    /// The API's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Removing => "removing",
            Self::Exited => "exited",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the engine counts it as running when an image is removed: paused and restarting
    /// containers too (`Container.IsRunning` in moby; seen on 20.10 and 28.5).
    pub fn counts_as_running(self) -> bool {
        match self {
            Self::Running | Self::Paused | Self::Restarting | Self::Unknown => true,
            Self::Created | Self::Removing | Self::Exited | Self::Dead => false,
        }
    }

    /// Whether it still holds the layers of its image: a container whose removal failed has let them
    /// go already (seen on 20.10 and 28.5, classic store).
    pub fn holds_layers(self) -> bool {
        !matches!(self, Self::Dead | Self::Removing)
    }
}
