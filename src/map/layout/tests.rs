use proptest::prelude::*;

use super::*;
use crate::map::{Place, Tile, TileKind};
use crate::model::ImageIx;

fn group(at: usize, mut sizes: Vec<u64>) -> Group {
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let tile = |(n, bytes): (u32, &u64)| Tile { kind: TileKind::Image(ImageIx(n)), bytes: Bytes(*bytes) };
    let tiles: Vec<Tile> = (0..).zip(&sizes).map(tile).collect();
    let place = if at == 0 { Place::Shared } else { Place::Unnamed };
    Group { place, bytes: Bytes(sizes.iter().sum()), tiles }
}

fn groups() -> impl Strategy<Value = Vec<Group>> {
    let sizes = prop::collection::vec(1..4_000_000_000_u64, 1..40);
    prop::collection::vec(sizes, 1..20).prop_map(|all| {
        let mut groups: Vec<Group> = all.into_iter().enumerate().map(|(at, s)| group(at, s)).collect();
        groups.sort_by_key(|g| std::cmp::Reverse(g.bytes));
        groups
    })
}

fn all(groups: &[Group]) -> Vec<usize> {
    (0..groups.len()).collect()
}

fn room() -> Area {
    Area::new(10.0, 20.0, 742.0, 560.0)
}

proptest! {
    #[test]
    fn tiles_stay_in_their_group_and_apart(groups in groups()) {
        let layout = lay_out(&groups, &all(&groups), room());
        for (at, a) in layout.tiles.iter().enumerate() {
            prop_assert!(a.area.x >= room().x - 0.01 && a.area.right() <= room().right() + 0.01);
            prop_assert!(a.area.y >= room().y - 0.01 && a.area.bottom() <= room().bottom() + 0.01);
            for b in &layout.tiles[at + 1..] {
                prop_assert!(!a.area.overlaps(&b.area, 0.05), "{a:?} {b:?}");
            }
            for group in &layout.groups {
                let own = match a.what {
                    What::Tile { group, .. } | What::Smaller { group, .. } => Some(group),
                    What::SmallerGroups { .. } => None,
                };
                prop_assert_eq!(a.area.overlaps(&group.area, 0.05), own == Some(group.group));
            }
        }
    }

    #[test]
    fn every_byte_is_drawn_once(groups in groups()) {
        let layout = lay_out(&groups, &all(&groups), room());
        let bytes: u64 = layout.tiles.iter().map(|t| match t.what {
            What::Tile { group, tile } => groups[group].tiles[tile].bytes.0,
            What::Smaller { bytes, .. } | What::SmallerGroups { bytes, .. } => bytes.0,
        }).sum();
        prop_assert_eq!(bytes, groups.iter().map(|g| g.bytes.0).sum::<u64>());
    }

    #[test]
    fn area_is_bytes(groups in groups()) {
        let layout = lay_out(&groups, &all(&groups), room());
        let total: u64 = groups.iter().map(|g| g.bytes.0).sum();
        #[expect(clippy::cast_precision_loss, reason = "a share needs no last digit")]
        let share = |part: u64, of: u64| part as f64 / of as f64;
        for area in &layout.groups {
            let wanted = share(groups[area.group].bytes.0, total) * f64::from(room().size());
            let drawn = f64::from(area.area.size());
            prop_assert!((drawn - wanted).abs() < wanted * 0.01 + 1.0, "{drawn} for {wanted}");
            let mut tiles: Vec<(u64, f64)> = Vec::new();
            for tile in &layout.tiles {
                if let What::Tile { group, tile: at } = tile.what
                    && group == area.group
                {
                    tiles.push((groups[group].tiles[at].bytes.0, f64::from(tile.area.size())));
                }
            }
            for pair in tiles.windows(2) {
                // Bytes of one tile at the scale of its neighbour.
                let wanted = pair[0].1 * share(pair[1].0, pair[0].0);
                prop_assert!((pair[1].1 - wanted).abs() < wanted * 0.02 + 1.0);
            }
        }
    }
}

#[test]
fn what_cannot_be_seen_is_counted_in_one_tile() {
    let mut sizes = vec![1_u64; 50_000];
    sizes.push(100_000);
    let groups = [group(0, sizes)];
    let layout = lay_out(&groups, &[0], room());
    assert_eq!(layout.tiles.len(), 2);
    assert!(
        layout.tiles.iter().any(|t| { t.what == What::Smaller { group: 0, from: 1, bytes: Bytes(50_000) } })
    );
}

#[test]
fn a_hundred_thousand_groups_make_few_tiles() {
    let groups: Vec<Group> = (0..100_000_u64).map(|n| group(1, vec![1_000_000 / (n + 1)])).collect();
    let layout = lay_out(&groups, &all(&groups), room());
    assert!(layout.tiles.len() < 500, "{}", layout.tiles.len());
    let mut counted = None;
    for tile in &layout.tiles {
        if let What::SmallerGroups { groups, .. } = tile.what {
            counted = Some(groups);
        }
    }
    assert_eq!(counted, Some(100_000 - (layout.tiles.len() - 1)));
}

#[test]
fn nothing_and_no_room_make_no_tiles() {
    assert_eq!(lay_out(&[], &[], room()), Layout::default());
    let groups = [group(0, vec![5])];
    assert_eq!(lay_out(&groups, &[0], Area::default()), Layout::default());
    assert_eq!(lay_out(&groups, &[9], room()), Layout::default());
}
