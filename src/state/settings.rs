//! What the person prefers; kept from one session to the next.

use std::collections::{BTreeMap, BTreeSet};
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
    /// What becomes of settings that two windows change: ours as far as we changed them since `before`, and
    /// theirs else. What both add to a list is in it, and what one takes out is out.
    #[must_use]
    pub fn merged(before: &Self, ours: &Self, theirs: &Self) -> Self {
        let registries = {
            let all = [&before.registries, &ours.registries, &theirs.registries];
            let [before, ours, theirs] = all.map(|all| by_host(all));
            let hosts: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
            let pick = |host| three_ways(&before.get(host), &ours.get(host), &theirs.get(host));
            hosts.into_iter().filter_map(|host| pick(host).map(|named| (*named).clone())).collect()
        };
        macro_rules! pick {
            ($($field:ident),+) => {
                Self {
                    policy: Arc::new(Policy {
                        pins: both(&before.policy.pins, &ours.policy.pins, &theirs.policy.pins),
                        lifted: both(&before.policy.lifted, &ours.policy.lifted, &theirs.policy.lifted),
                    }),
                    registries,
                    $($field: three_ways(&before.$field, &ours.$field, &theirs.$field)),+
                }
            };
        }
        pick!(
            language,
            theme,
            motion,
            grouping,
            sort,
            hidden_columns,
            archives,
            window,
            engine,
            review_look_up
        )
    }

    /// The hosts that may be spoken to without TLS by the person's word.
    pub fn trusted_registries(&self) -> Vec<String> {
        let trusted = self.registries.iter().filter(|named| named.without_tls);
        trusted.map(|named| named.host.clone()).collect()
    }
}

fn three_ways<T: Clone + PartialEq>(before: &T, ours: &T, theirs: &T) -> T {
    if ours == before { theirs.clone() } else { ours.clone() }
}

/// What either has, without what either has taken out.
fn both<T: Clone + Ord>(before: &BTreeSet<T>, ours: &BTreeSet<T>, theirs: &BTreeSet<T>) -> BTreeSet<T> {
    let kept = |one: &T| !before.contains(one) || (ours.contains(one) && theirs.contains(one));
    ours.union(theirs).filter(|one| kept(one)).cloned().collect()
}

fn by_host(registries: &[NamedRegistry]) -> BTreeMap<&str, &NamedRegistry> {
    registries.iter().map(|named| (&*named.host, named)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Pin;
    use crate::state::Serves;

    fn with(pins: &[&str], hosts: &[(&str, bool)]) -> Settings {
        let pins = pins.iter().map(|pin| Pin::Pattern((*pin).to_owned())).collect();
        let named = |&(host, without_tls): &(&str, bool)| NamedRegistry {
            host: host.to_owned(),
            serves: Serves::default(),
            without_tls,
        };
        Settings {
            policy: Arc::new(Policy { pins, ..Policy::default() }),
            registries: hosts.iter().map(named).collect(),
            ..Settings::default()
        }
    }

    #[test]
    fn what_two_windows_change_is_kept_of_both() {
        let before = with(&["a", "b"], &[("r.one", false), ("r.two", false)]);
        let mut ours = with(&["a", "b", "ours"], &[("r.one", true), ("r.ours", false), ("r.two", false)]);
        ours.theme = ThemeChoice::Dark;
        let mut theirs = with(&["b", "theirs"], &[("r.one", false), ("r.theirs", false)]);
        theirs.language = Language::Chinese;
        let mut expected =
            with(&["b", "ours", "theirs"], &[("r.one", true), ("r.ours", false), ("r.theirs", false)]);
        (expected.theme, expected.language) = (ThemeChoice::Dark, Language::Chinese);
        assert_eq!(Settings::merged(&before, &ours, &theirs), expected);
        assert_eq!(Settings::merged(&before, &before, &theirs), theirs);
        assert_eq!(Settings::merged(&before, &ours, &before), ours);
    }
}
