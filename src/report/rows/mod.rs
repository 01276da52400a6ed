//! The rows that every format is made of: built once, here, from what is known of an engine. A format only
//! decides how they look.
//!
//! Rows are plain text and numbers and hold the words in the person's language; their form is the published
//! one of the JSON (`assets/report.schema.json`). The rows of an inventory and of a plan come one by one, so
//! that ten thousand of them need no more memory than one.

mod explanation;
mod image;
mod images;
mod recovery;
mod removal;
mod step;

pub use explanation::{ExplanationRow, HolderRow, KeptLayersRow, LayerRow, RefusalRow, WayRow};
pub use image::{ContainerRow, ImageRow, Images, NameRow, Totals, Why, image_row};
pub use images::{image_of, images_of};
pub use recovery::{LookUp, LookUps, RecoveryRow, RemoteRow};
pub use removal::{ArchiveRow, EndRow, RemovalRow, StaysRow};
pub use step::{FreedRow, ResultRow, StepRow, Steps};

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Report;
use crate::model::EngineInfo;
use crate::words::{Language, locale};

/// Goes up only when a field changes its meaning or goes; new ones may come at any time.
pub const SCHEMA: u32 = 1;

/// What stands above every report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The program that wrote it, and its version.
    pub written_by: String,
    /// In UTC, as RFC 3339 has it.
    pub written_at: String,
    /// `en` or `zh-CN`: what words are in.
    pub language: Cow<'static, str>,
    /// The engine's address; `None` for the built-in sample, and where names are replaced.
    pub host: Option<String>,
    pub engine: EngineInfo,
    /// Whether names, hosts, labels and IDs are replaced by others.
    pub anonymous: bool,
    /// What of the engine it is about, in words.
    pub about: String,
    /// Why the listing it was made from is not the whole truth, if it is not.
    pub incomplete_because: Option<String>,
}

impl Head {
    pub fn of(report: &Report, language: Language) -> Self {
        let inventory = report.world.graph().inventory();
        Self {
            written_by: format!("Unmoor {}", env!("CARGO_PKG_VERSION")),
            written_at: utc(report.written_at),
            language: locale(language).into(),
            host: report.host.clone(),
            engine: inventory.engine.clone(),
            anonymous: report.anonymous,
            about: report.about.clone(),
            incomplete_because: inventory.incomplete_because().map(str::to_owned),
        }
    }
}

/// Seconds since 1970 as RFC 3339 has it.
pub fn utc(time: i64) -> String {
    jiff::Timestamp::from_second(time).map(|time| time.to_string()).unwrap_or_default()
}

/// The same for a person to read: whoever gets a report may be in another zone than whoever wrote it, so the
/// zone is always named.
pub fn utc_words(rfc_3339: &str) -> String {
    rfc_3339.replace('T', " ").replace('Z', " UTC")
}
