//! Where the tiles stand: a squarified treemap of groups, and one of tiles in each. What would be too small
//! to see is gathered into one tile per group, and groups too small to see into one of their own.

use super::tiles::Group;
use crate::model::Bytes;
use crate::plane::Area;

/// Smaller tiles cannot be pointed at.
const SMALLEST_TILE: f64 = 120.0;
const SMALLEST_GROUP: f64 = 900.0;
/// Around the tiles of a group.
const RIM: f32 = 3.0;
pub const HEAD: f32 = 22.0;
/// A group gets a head where there is room for a word.
const HEAD_FROM: (f32, f32) = (72.0, 56.0);

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    pub groups: Vec<GroupArea>,
    pub tiles: Vec<TileArea>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupArea {
    /// A position in the groups.
    pub group: usize,
    pub area: Area,
    /// Where its name stands, if there is room.
    pub head: Option<Area>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TileArea {
    pub what: What,
    pub area: Area,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Positions in the groups and in the group's tiles.
    Tile { group: usize, tile: usize },
    /// The smallest of a group, from this position on.
    Smaller { group: usize, from: usize, bytes: Bytes },
    /// Groups too small to be drawn: how many, and what they hold.
    SmallerGroups { groups: usize, tiles: usize, bytes: Bytes },
}

struct Item<T> {
    what: T,
    bytes: u64,
    area: Area,
}

/// Lays out the chosen groups (positions in `groups`, largest first) in a room of this size.
pub fn lay_out(groups: &[Group], chosen: &[usize], room: Area) -> Layout {
    let mut layout = Layout::default();
    let known = || chosen.iter().filter_map(|at| groups.get(*at).map(|g| (*at, g)));
    let total: u64 = known().map(|(_, g)| g.bytes.0).fold(0, u64::saturating_add);
    if total == 0 || room.size() < 1.0 {
        return layout;
    }
    let seen = seen(known().map(|(_, g)| g.bytes.0), total, room, SMALLEST_GROUP);
    let mut items: Vec<Item<Option<usize>>> = known()
        .take(seen)
        .map(|(at, g)| Item { what: Some(at), bytes: g.bytes.0, area: Area::default() })
        .collect();
    let smaller = || known().skip(seen).map(|(_, g)| g);
    let bytes: u64 = smaller().map(|g| g.bytes.0).fold(0, u64::saturating_add);
    if bytes > 0 {
        items.push(Item { what: None, bytes, area: Area::default() });
    }
    squarify(room, &mut items);
    for Item { what, area, .. } in items {
        match what.and_then(|at| groups.get(at).map(|group| (at, group))) {
            Some((at, group)) => fill(&mut layout, at, group, area),
            None => layout.tiles.push(TileArea {
                what: What::SmallerGroups {
                    groups: smaller().count(),
                    tiles: smaller().map(|g| g.tiles.len()).sum(),
                    bytes: Bytes(bytes),
                },
                area: area.shrunk(RIM),
            }),
        }
    }
    layout
}

/// How many of these sizes, which come largest first, are large enough to be seen.
fn seen(sizes: impl Iterator<Item = u64>, total: u64, room: Area, smallest: f64) -> usize {
    #[expect(clippy::cast_precision_loss, reason = "sizes on a screen need no last digit")]
    let share = |bytes: u64| bytes as f64 / total as f64 * f64::from(room.size());
    sizes.take_while(|bytes| share(*bytes) >= smallest).count()
}

fn fill(layout: &mut Layout, at: usize, group: &Group, area: Area) {
    let inner = area.shrunk(RIM);
    let headed = inner.width >= HEAD_FROM.0 && inner.height >= HEAD_FROM.1;
    let head = headed.then_some(Area { height: HEAD, ..inner });
    let room = match head {
        Some(head) => Area { y: head.bottom(), height: inner.height - HEAD, ..inner },
        None => inner,
    };
    layout.groups.push(GroupArea { group: at, area, head });
    let seen = seen(group.tiles.iter().map(|t| t.bytes.0), group.bytes.0, room, SMALLEST_TILE);
    // One left over is drawn as what it is.
    let seen = if seen + 1 >= group.tiles.len() { group.tiles.len() } else { seen };
    let tile = |tile| What::Tile { group: at, tile };
    let mut items: Vec<Item<What>> = group
        .tiles
        .iter()
        .take(seen)
        .enumerate()
        .map(|(position, t)| Item { what: tile(position), bytes: t.bytes.0, area: Area::default() })
        .collect();
    let bytes: u64 = group.tiles.iter().skip(seen).map(|t| t.bytes.0).sum();
    if bytes > 0 {
        let what = What::Smaller { group: at, from: seen, bytes: Bytes(bytes) };
        items.push(Item { what, bytes, area: Area::default() });
    }
    squarify(room, &mut items);
    layout.tiles.extend(items.into_iter().map(|item| TileArea { what: item.what, area: item.area }));
}

/// Divides a room by bytes, which are more than none. Largest first gives the best shapes.
fn squarify<T>(room: Area, items: &mut [Item<T>]) {
    items.sort_by_key(|item| std::cmp::Reverse(item.bytes));
    let rect = streemap::Rect {
        x: f64::from(room.x),
        y: f64::from(room.y),
        w: f64::from(room.width),
        h: f64::from(room.height),
    };
    #[expect(clippy::cast_precision_loss, reason = "sizes on a screen need no last digit")]
    let size = |item: &Item<T>| item.bytes as f64;
    streemap::squarify(rect, items, size, |item, place: streemap::Rect<f64>| {
        #[expect(clippy::cast_possible_truncation, reason = "places on a screen")]
        let [x, y, width, height] = [place.x, place.y, place.w, place.h].map(|n| n as f32);
        // Rounding must not lead out of the room.
        item.area = Area::new(x, y, width.max(0.0), height.max(0.0)).within(room);
    });
}

#[cfg(test)]
mod tests;
