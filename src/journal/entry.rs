//! One line of the journal. Fields are only ever added; a line that a newer program wrote in another way
//! carries another schema, and is left alone.

use serde::{Deserialize, Serialize};

use super::fate::Known;
use super::undo::{UndoAnswer, UndoEnded, UndoPlan};
use crate::model::{Bytes, ContainerConfig, ContainerId, EngineInfo, Image, ImageId, Reference};
use crate::plan::{Ended, RemovalPlan, StepOutcome, Undo};

/// The schema that this program writes, and the newest that it reads.
pub const SCHEMA: u32 = 1;

/// Names one run for good; also the name of its file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

/// One line, without its line break.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub schema: u32,
    pub run: RunId,
    /// Seconds since 1970.
    pub at: i64,
    #[serde(flatten)]
    pub entry: Entry,
}

/// What a line tells.
#[expect(clippy::large_enum_variant, reason = "one at a time, on its way to a file or into a run")]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Entry {
    /// Before anything was asked of the engine.
    Begun {
        engine: EngineInfo,
        host: String,
        /// The version of the program.
        program: String,
        task: Task,
    },
    /// The next thing that happens is that this step is sent.
    Sent {
        step: usize,
        #[serde(default)]
        taken: Taken,
        /// How to get back what it takes; `None` for a step that undoes another.
        #[serde(default)]
        undo: Option<Undo>,
    },
    Answered {
        step: usize,
        answer: Answer,
    },
    Ended {
        ended: End,
    },
    /// A later start found that the run has no end, and what a listing told of the step that was under way.
    Found {
        known: Vec<Known>,
    },
}

/// What a run is to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    Removal(RemovalPlan),
    Undo(UndoPlan),
}

impl Task {
    /// How many steps it has.
    pub fn len(&self) -> usize {
        match self {
            Self::Removal(plan) => plan.steps.len(),
            Self::Undo(plan) => plan.steps.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What was answered to a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Removal(StepOutcome),
    Undo(UndoAnswer),
}

/// Why a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    Removal(Ended),
    Undo(UndoEnded),
}

/// What a step takes away, as it was before.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Taken {
    /// The image that the step is about, and those that go along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImageRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<ContainerRecord>,
}

/// An image as it was when the run began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageRecord {
    pub id: ImageId,
    /// Every name that was stored for it.
    pub names: Vec<Reference>,
    /// Digest references that the engine only computes.
    #[serde(default)]
    pub digests: Vec<Reference>,
    #[serde(default)]
    pub size: Option<Bytes>,
    /// Seconds since 1970.
    #[serde(default)]
    pub created: Option<i64>,
    #[serde(default)]
    pub platform: Option<String>,
    #[serde(default)]
    pub parent: Option<ImageId>,
}

impl From<&Image> for ImageRecord {
    fn from(image: &Image) -> Self {
        Self {
            id: image.id.clone(),
            names: image.references.clone(),
            digests: image.computed_digests.clone(),
            size: image.size,
            created: image.created,
            platform: image.platform.clone(),
            parent: image.parent.clone(),
        }
    }
}

/// A container right before it was stopped or removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContainerRecord {
    pub id: ContainerId,
    pub name: String,
    pub image: ImageId,
    /// The name of its image as the engine showed it.
    pub image_shown: String,
    /// `None` where it was gone when it was asked for.
    #[serde(default)]
    pub config: Option<ContainerConfig>,
}
