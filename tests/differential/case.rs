//! A world and what is done to it, as plain data: small enough to read, and good for every engine.
//!
//! Ids differ from run to run, so texts hold places for them: `{3}` is the id of the image made as number
//! 3, `{3^1}` that of its parent, `{d3}` the digest a registry knows it by, `{c1}` the id of container c1, each
//! 64 digits without `sha256:`; `{3:5}` is the first five digits. A step with a place for something that was
//! never made is left out, so that steps can be dropped at will.

use serde::{Deserialize, Serialize};

/// One world and the requests made to it, in order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Case {
    /// Makes layers of this case differ from those of any other.
    pub seed: u64,
    pub setup: Vec<Step>,
    pub actions: Vec<Step>,
}

/// A miss that was found once, kept for good.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Regression {
    /// What disagreed, and how it was resolved.
    pub why: String,
    pub found_on: String,
    #[serde(flatten)]
    pub case: Case,
}

/// One image of an archive. Layer 0 is busybox, with which containers can run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Loaded {
    pub image: u8,
    pub layers: Vec<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Created,
    Running,
    Paused,
    Exited,
}

/// One step of a case.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Step {
    Request(Request),
    Make(Make),
}

/// What the rules predict; compared wherever it stands among the actions.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Request {
    Tag { of: String, name: String },
    Remove { target: String, force: bool, noprune: bool },
    RemoveContainer { target: String, force: bool },
    Stop { container: String },
}

/// What makes a world, and is only done.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Make {
    Import {
        image: u8,
        layer: u32,
        name: Option<String>,
    },
    Load {
        images: Vec<Loaded>,
    },
    /// An archive with one index of two platforms; containerd store only.
    LoadIndex {
        image: u8,
        layers: Vec<u32>,
        names: Vec<String>,
    },
    /// A container is created, given a file (or not), committed and removed.
    Commit {
        image: u8,
        of: String,
        file: Option<u32>,
        name: Option<String>,
    },
    Build {
        image: u8,
        from: Option<String>,
        lines: Vec<String>,
        name: Option<String>,
        buildkit: bool,
    },
    Save {
        names: Vec<String>,
    },
    Push {
        name: String,
    },
    Pull {
        name: String,
    },
    Create {
        container: String,
        of: String,
        state: State,
        mount: Option<String>,
    },
}
