//! Where everything in the picture stands: pure geometry over blocks of rows in columns, and links that
//! only lead from left to right.
//!
//! Two things hold by construction. Blocks of one column never overlap, as each is placed below the one
//! before it. No link runs through a foreign block: between two columns it is a curve that stays in the
//! gap between them, and across a column it runs in a lane of its own that takes part in the layout like
//! a block. The order within a column is given and never changed, so that a small change of the input
//! moves things apart or together, and nothing past another.

use crate::plane::{Area, Point};

/// Between two columns: room for the curves.
pub const GAP: f32 = 40.0;
const LANE: f32 = 6.0;
/// Between blocks that belong to the same thing, and to different ones.
const NEAR: f32 = 10.0;
const FAR: f32 = 20.0;
/// Room at the ends of a row that links keep free.
const RIM: f32 = 6.0;
/// Rounds of pulling linked blocks together; more change nothing that can be seen.
const ROUNDS: usize = 10;
/// How much more a lane is pulled by another lane than by a block: links should run straight.
const STRAIGHT: f32 = 4.0;

/// A block of rows, to be placed.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    pub column: usize,
    /// Blocks of one column stand in this order, and equal ones in the order they are given.
    pub order: u32,
    /// Heights, top first.
    pub rows: Vec<f32>,
}

/// A row of a block: positions in the shapes, and in the shape's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Port {
    pub block: usize,
    pub row: usize,
}

/// From a row to one in a column further right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    pub from: Port,
    pub to: Port,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    pub blocks: Vec<Area>,
    /// For each block, its rows.
    pub rows: Vec<Vec<Area>>,
    /// For each link; empty for one that does not lead to the right.
    pub routes: Vec<Route>,
    pub columns: Vec<Area>,
    pub bounds: Area,
}

/// Knots in pairs: from the first of a pair to the second leads a curve, from there to the next pair a
/// level line across a column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Route {
    pub knots: Vec<Point>,
}

impl Route {
    /// The cubic curves: start, two control points, end.
    pub fn curves(&self) -> impl Iterator<Item = [Point; 4]> + '_ {
        self.knots.as_chunks::<2>().0.iter().map(|[a, b]| {
            let middle = f32::midpoint(a.x, b.x);
            [*a, Point { x: middle, y: a.y }, Point { x: middle, y: b.y }, *b]
        })
    }

    /// The level lines between the curves.
    pub fn lines(&self) -> impl Iterator<Item = [Point; 2]> + '_ {
        self.knots.get(1..).unwrap_or_default().as_chunks::<2>().0.iter().copied()
    }
}

/// Something that takes up room in a column: a block, or the lane of a link.
struct Entry {
    column: usize,
    order: u32,
    height: f32,
    top: f32,
}

/// Two neighbours on the way of a link: entries, and how far below their tops it leaves and arrives.
struct Hop {
    from: (usize, f32),
    to: (usize, f32),
}

/// Places blocks; `widths` are those of the columns.
pub fn lay_out(shapes: &[Shape], links: &[Link], widths: &[f32]) -> Layout {
    let mut entries: Vec<Entry> = shapes.iter().map(entry_of).collect();
    let ways: Vec<Vec<Hop>> = links.iter().map(|link| way(link, shapes, &mut entries)).collect();
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); widths.len()];
    for (position, entry) in entries.iter().enumerate() {
        if let Some(column) = columns.get_mut(entry.column) {
            column.push(position);
        }
    }
    for column in &mut columns {
        column.sort_by_key(|e| entries.get(*e).map(|entry| (entry.order, *e)));
    }
    place(&mut entries, shapes.len(), &columns, &ways);
    measure(shapes, links, &entries, &ways, widths)
}

fn entry_of(shape: &Shape) -> Entry {
    Entry { column: shape.column, order: shape.order, height: shape.rows.iter().sum(), top: 0.0 }
}

/// How far below its block's top a row has its middle.
fn middle_of(shapes: &[Shape], port: Port) -> Option<f32> {
    let rows = &shapes.get(port.block)?.rows;
    let height = rows.get(port.row)?;
    Some(rows.iter().take(port.row).sum::<f32>() + height / 2.0)
}

/// The hops of a link, with a new lane in every column that it crosses.
fn way(link: &Link, shapes: &[Shape], entries: &mut Vec<Entry>) -> Vec<Hop> {
    let column = |port: Port| shapes.get(port.block).map(|s| s.column);
    let (Some(start), Some(end)) = (column(link.from), column(link.to)) else { return Vec::new() };
    let (Some(out), Some(arrival)) = (middle_of(shapes, link.from), middle_of(shapes, link.to)) else {
        return Vec::new();
    };
    if start >= end {
        return Vec::new();
    }
    let order = shapes.get(link.from.block).map_or(0, |s| s.order);
    let mut hops = Vec::new();
    let mut from = (link.from.block, out);
    for crossed in start + 1..end {
        let lane = entries.len();
        entries.push(Entry { column: crossed, order, height: LANE, top: 0.0 });
        hops.push(Hop { from, to: (lane, LANE / 2.0) });
        from = (lane, LANE / 2.0);
    }
    hops.push(Hop { from, to: (link.to.block, arrival) });
    hops
}

fn place(entries: &mut [Entry], blocks: usize, columns: &[Vec<usize>], ways: &[Vec<Hop>]) {
    let mut neighbours: Vec<Vec<(usize, f32, f32)>> = vec![Vec::new(); entries.len()];
    for hop in ways.iter().flatten() {
        let shift = hop.from.1 - hop.to.1;
        let weight = if hop.from.0 >= blocks && hop.to.0 >= blocks { STRAIGHT } else { 1.0 };
        if let Some(list) = neighbours.get_mut(hop.to.0) {
            list.push((hop.from.0, shift, weight));
        }
        if let Some(list) = neighbours.get_mut(hop.from.0) {
            list.push((hop.to.0, -shift, weight));
        }
    }
    for column in columns {
        settle(entries, column, &vec![(0.0, 1.0); column.len()]);
    }
    for round in 0..ROUNDS {
        let pull = |at: usize, entries: &[Entry]| -> (f32, f32) {
            let Some(entry) = entries.get(at) else { return (0.0, 0.0) };
            // The first pass only follows what is placed already.
            let placed = |other: &Entry| round > 0 || other.column < entry.column;
            let wanted = neighbours.get(at).into_iter().flatten().filter_map(|(other, shift, weight)| {
                entries.get(*other).filter(|o| placed(o)).map(|o| ((o.top + shift) * weight, *weight))
            });
            let (sum, weight) = wanted.fold((0.0, 0.0), |sum, (y, w)| (sum.0 + y, sum.1 + w));
            if weight > 0.0 { (sum / weight, 1.0) } else { (entry.top, 0.05) }
        };
        let mut pass = |column: &Vec<usize>| {
            let wanted: Vec<_> = column.iter().map(|at| pull(*at, entries)).collect();
            settle(entries, column, &wanted);
        };
        if round % 2 == 0 { columns.iter().for_each(&mut pass) } else { columns.iter().rev().for_each(pass) }
    }
}

/// Gives every entry of a column the place closest to the wanted one (and its weight) that keeps the
/// order and the distances: the least squares under these bounds, by pooling neighbours that would
/// overlap.
fn settle(entries: &mut [Entry], column: &[usize], wanted: &[(f32, f32)]) {
    struct Pool {
        sum: f32,
        weight: f32,
        members: usize,
    }
    let mut offsets = Vec::with_capacity(column.len());
    let mut offset = 0.0;
    let mut before: Option<u32> = None;
    for at in column {
        let Some(entry) = entries.get(*at) else { return };
        offset += before.map_or(0.0, |order| if order == entry.order { NEAR } else { FAR });
        offsets.push(offset);
        offset += entry.height;
        before = Some(entry.order);
    }
    let mut pools: Vec<Pool> = Vec::new();
    for ((top, weight), offset) in wanted.iter().zip(&offsets) {
        pools.push(Pool { sum: (top - offset) * weight, weight: *weight, members: 1 });
        while let [.., above, last] = pools.as_slice()
            && above.sum * last.weight > last.sum * above.weight
        {
            let (sum, weight, members) = (last.sum, last.weight, last.members);
            pools.pop();
            if let Some(above) = pools.last_mut() {
                above.sum += sum;
                above.weight += weight;
                above.members += members;
            }
        }
    }
    let places = pools.iter().flat_map(|p| std::iter::repeat_n(p.sum / p.weight.max(1e-6), p.members));
    for ((at, place), offset) in column.iter().zip(places).zip(&offsets) {
        if let Some(entry) = entries.get_mut(*at) {
            entry.top = place + offset;
        }
    }
}

fn measure(shapes: &[Shape], links: &[Link], entries: &[Entry], ways: &[Vec<Hop>], widths: &[f32]) -> Layout {
    let highest = entries.iter().map(|e| e.top).fold(f32::INFINITY, f32::min);
    let highest = if highest.is_finite() { highest } else { 0.0 };
    let mut left = 0.0;
    let mut columns: Vec<Area> = Vec::with_capacity(widths.len());
    for width in widths {
        columns.push(Area::new(left, 0.0, *width, 0.0));
        left += width + GAP;
    }
    let column = |at: usize| columns.get(at).copied().unwrap_or_default();
    let mut layout = Layout::default();
    for (shape, entry) in shapes.iter().zip(entries) {
        let place = column(shape.column);
        let mut y = entry.top - highest;
        layout.blocks.push(Area::new(place.x, y, place.width, entry.height));
        let rows = shape.rows.iter().map(|height| {
            let row = Area::new(place.x, y, place.width, *height);
            y += height;
            row
        });
        layout.rows.push(rows.collect());
    }
    let out = spread(links, &layout, |l| (l.from, l.to));
    let arrive = spread(links, &layout, |l| (l.to, l.from));
    for ((hops, out), arrival) in ways.iter().zip(out).zip(arrive) {
        let mut knots = Vec::with_capacity(2 * hops.len());
        for (position, hop) in hops.iter().enumerate() {
            let level = |(at, below): (usize, f32)| entries.get(at).map_or(0.0, |e| e.top + below - highest);
            let at = |end: (usize, f32)| entries.get(end.0).map_or(0, |e| e.column);
            let start = if position == 0 { out } else { level(hop.from) };
            let end = if position + 1 == hops.len() { arrival } else { level(hop.to) };
            knots.push(Point { x: column(at(hop.from)).right(), y: start });
            knots.push(Point { x: column(at(hop.to)).x, y: end });
        }
        layout.routes.push(Route { knots });
    }
    let bottom = entries.iter().map(|e| e.top + e.height - highest).fold(0.0, f32::max);
    for area in &mut columns {
        area.height = bottom;
    }
    layout.bounds = Area::new(0.0, 0.0, (left - GAP).max(0.0), bottom);
    layout.columns = columns;
    layout
}

/// Where each link meets a row: links that share one are spread over its height in the order of where
/// they come from, so that they do not cross just before it.
fn spread(links: &[Link], layout: &Layout, ends: impl Fn(&Link) -> (Port, Port)) -> Vec<f32> {
    let row = |port: Port| -> Area {
        layout.rows.get(port.block).and_then(|rows| rows.get(port.row)).copied().unwrap_or_default()
    };
    let mut sorted: Vec<(Port, f32, usize)> = links
        .iter()
        .enumerate()
        .map(|(position, link)| {
            let (here, there) = ends(link);
            (here, row(there).middle().y, position)
        })
        .collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut levels = vec![0.0; links.len()];
    for group in sorted.chunk_by(|a, b| a.0 == b.0) {
        let Some((port, ..)) = group.first() else { continue };
        let area = row(*port);
        #[expect(clippy::cast_precision_loss, reason = "a count of links at one row")]
        let step = ((area.height - 2.0 * RIM) / group.len() as f32).clamp(0.0, 12.0);
        #[expect(clippy::cast_precision_loss, reason = "a count of links at one row")]
        let first = area.middle().y - step * (group.len() as f32 - 1.0) / 2.0;
        let mut level = first;
        for (_, _, position) in group {
            if let Some(slot) = levels.get_mut(*position) {
                *slot = level;
            }
            level += step;
        }
    }
    levels
}

#[cfg(test)]
mod tests;
