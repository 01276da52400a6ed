//! What the person prefers; kept from one session to the next.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::registries::NamedRegistry;
use super::tree::{Column, Grouping, Sort};
use crate::archive::Limits;
use crate::model::Endpoint;
use crate::rules::Policy;
pub use crate::words::Language;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    #[default]
    System,
    Light,
    Dark,
}

impl ThemeChoice {
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];
}

/// Whether things move where movement only shows what led to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Motion {
    /// As the system says it wants it.
    #[default]
    System,
    Full,
    Reduced,
}

impl Motion {
    pub const ALL: [Self; 3] = [Self::System, Self::Full, Self::Reduced];

    /// Whether nothing may move; `by_system` is what the system asks for.
    pub fn is_reduced(self, by_system: bool) -> bool {
        match self {
            Self::System => by_system,
            Self::Full => false,
            Self::Reduced => true,
        }
    }
}

/// The columns of the tree that the person does not want to see. Name and verdict are always there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Column>", into = "Vec<Column>")]
pub struct HiddenColumns(u8);

impl HiddenColumns {
    /// The columns that can be hidden, in the order shown.
    pub const CHOICE: [Column; 4] = [Column::Own, Column::Size, Column::Age, Column::Used];

    fn bit(column: Column) -> u8 {
        if Self::CHOICE.contains(&column) { 1 << (column as u8) } else { 0 }
    }

    pub fn hides(self, column: Column) -> bool {
        self.0 & Self::bit(column) != 0
    }

    pub(super) fn set(&mut self, column: Column, hidden: bool) {
        if hidden { self.0 |= Self::bit(column) } else { self.0 &= !Self::bit(column) }
    }
}

impl From<Vec<Column>> for HiddenColumns {
    fn from(columns: Vec<Column>) -> Self {
        Self(columns.into_iter().fold(0, |bits, column| bits | Self::bit(column)))
    }
}

impl From<HiddenColumns> for Vec<Column> {
    fn from(hidden: HiddenColumns) -> Self {
        HiddenColumns::CHOICE.into_iter().filter(|column| hidden.hides(*column)).collect()
    }
}

/// Where the window was, in points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    pub width: u32,
    pub height: u32,
    /// The upper left corner; `None` where the system does not tell it (Wayland).
    pub position: Option<(i32, i32)>,
    #[serde(default)]
    pub maximized: bool,
}

/// What the person wants of archives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ArchiveSettings {
    /// Before every removal, unless the person says otherwise.
    pub save_first: bool,
    pub limits: Limits,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub language: Language,
    pub theme: ThemeChoice,
    pub motion: Motion,
    pub grouping: Grouping,
    pub sort: Sort,
    pub hidden_columns: HiddenColumns,
    pub archives: ArchiveSettings,
    /// `None` before the first window.
    pub window: Option<Placement>,
    /// The engine that was chosen last; `None` for the one that the Docker CLI uses.
    pub engine: Option<Endpoint>,
    /// What the person has decided to keep.
    pub policy: Arc<Policy>,
    /// In the order of their hosts.
    pub registries: Vec<NamedRegistry>,
    pub review_look_up: ReviewLookUp,
}

/// Whether registries are asked about what a reviewed removal takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewLookUp {
    #[default]
    ByItself,
    OnRequest,
}

impl Settings {
    /// The hosts that may be spoken to without TLS by the person's word.
    pub fn trusted_registries(&self) -> Vec<String> {
        let trusted = self.registries.iter().filter(|named| named.without_tls);
        trusted.map(|named| named.host.clone()).collect()
    }
}
