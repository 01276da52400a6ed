//! How long archives are kept: which the person's limits let go once a new one is there.

use serde::{Deserialize, Serialize};

use super::{ArchiveId, Kept};
use crate::model::Bytes;

const DAY: i64 = 86_400;

/// What the archives of this person may take, and how old they may get. `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    pub bytes: Option<Bytes>,
    pub days: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: Some(Bytes(20_000_000_000)), days: Some(90) }
    }
}

/// Which archives go once one of `coming` bytes is there, oldest first: those past the age limit, and then as
/// many of the oldest as the budget asks for. The new one itself always stays.
pub fn to_drop(kept: &[Kept], coming: Bytes, now: i64, limits: &Limits) -> Vec<ArchiveId> {
    let mut oldest_first: Vec<&Kept> = kept.iter().collect();
    oldest_first.sort_by_key(|kept| (kept.created(), kept.id.clone()));
    let mut taken: u64 = oldest_first.iter().map(|kept| kept.stored.0).sum();
    let mut gone = Vec::new();
    for kept in oldest_first {
        let too_old = limits.days.is_some_and(|days| now - kept.created() > i64::from(days) * DAY);
        let too_much = limits.bytes.is_some_and(|budget| taken.saturating_add(coming.0) > budget.0);
        if too_old || too_much {
            taken = taken.saturating_sub(kept.stored.0);
            gone.push(kept.id.clone());
        }
    }
    gone
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ImageId;

    const NOW: i64 = 1_767_225_600;

    /// Archives of these ages in days and sizes, named by their place.
    fn kept(all: &[(i64, u64)]) -> Vec<Kept> {
        let image = ImageId::parse(&"ab".repeat(32)).unwrap();
        let one = |(age, size): &(i64, u64)| Kept {
            id: ArchiveId::new(NOW - age * DAY, &image, 1),
            stored: Bytes(*size),
            archive: Err("not read here".to_owned()),
        };
        all.iter().map(one).collect()
    }

    fn dropped(all: &[(i64, u64)], coming: u64, bytes: Option<u64>, days: Option<u32>) -> Vec<i64> {
        let kept = kept(all);
        let gone = to_drop(&kept, Bytes(coming), NOW, &Limits { bytes: bytes.map(Bytes), days });
        let age = |id: &ArchiveId| (NOW - kept.iter().find(|kept| kept.id == *id).unwrap().created()) / DAY;
        gone.iter().map(age).collect()
    }

    #[test]
    fn nothing_goes_while_everything_is_within_the_limits() {
        assert!(dropped(&[(1, 10), (30, 10)], 10, Some(30), Some(30)).is_empty());
        assert!(dropped(&[(1, 10), (3000, 10)], u64::MAX, None, None).is_empty());
    }

    #[test]
    fn the_oldest_go_first_and_no_more_than_needed() {
        assert_eq!(dropped(&[(1, 10), (3, 10), (2, 10)], 10, Some(30), None), [3]);
        assert_eq!(dropped(&[(1, 10), (3, 10), (2, 10)], 25, Some(30), None), [3, 2, 1]);
    }

    #[test]
    fn what_is_too_old_goes_whatever_room_there_is() {
        assert_eq!(dropped(&[(1, 10), (91, 10), (90, 10)], 10, None, Some(90)), [91]);
    }

    #[test]
    fn what_goes_for_its_age_makes_room() {
        assert_eq!(dropped(&[(100, 20), (50, 10)], 20, Some(30), Some(90)), [100]);
    }
}
