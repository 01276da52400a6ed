//! The layers below the pictured images, gathered by who needs them: a segment is what the same pictured
//! images and as many others need, a stack is all segments that the same pictured images need.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::units::Unit;
use crate::model::{Bytes, ChainIx, Graph, ImageIx};

/// A layer, and where an image has it: its position from the bottom.
#[derive(Debug, Clone, Copy)]
pub struct Layer {
    pub chain: ChainIx,
    pub image: ImageIx,
    pub position: usize,
}

#[derive(Debug)]
pub struct Segment {
    /// Top first.
    pub layers: Vec<Layer>,
    /// How many images stand on it, in the picture or not.
    pub images: u32,
    /// Images outside the picture whose highest layer in the picture is here, newest first.
    pub others: Vec<ImageIx>,
}

#[derive(Debug)]
pub struct Stack {
    /// Positions in the units, ascending.
    pub owners: Vec<usize>,
    /// What fewest need comes first.
    pub segments: Vec<Segment>,
    /// How many stacks stand on it, one upon the other.
    pub rank: usize,
}

/// A segment: positions in the stacks, and in the stack's segments.
pub type At = (usize, usize);

#[derive(Debug, Default)]
pub struct Stacks {
    pub all: Vec<Stack>,
    /// For each unit, where its images have their topmost layers.
    pub tops: Vec<BTreeSet<At>>,
    /// From a segment to the one in another stack that it stands on.
    pub stands: BTreeSet<(At, At)>,
}

#[derive(Default)]
struct Need {
    owners: Vec<usize>,
    pictured: u32,
}

pub fn stacks(graph: &Graph, units: &[Unit]) -> Stacks {
    let mut order: Vec<Layer> = Vec::new();
    let mut needs: HashMap<ChainIx, Need> = HashMap::new();
    for (unit, image) in units.iter().enumerate().flat_map(|(at, u)| u.images.iter().map(move |ix| (at, *ix)))
    {
        let path: Vec<ChainIx> = graph.down_from(graph.top(image)).map(|(ix, _)| ix).collect();
        let height = path.len();
        for (down, chain) in path.into_iter().enumerate() {
            let need = needs.entry(chain).or_insert_with(|| {
                order.push(Layer { chain, image, position: height - 1 - down });
                Need::default()
            });
            need.pictured += 1;
            if need.owners.last() != Some(&unit) {
                need.owners.push(unit);
            }
        }
    }
    let (mut stacks, at) = gather(graph, units, &order, &needs);
    let mut found = Stacks { tops: vec![BTreeSet::new(); units.len()], ..Stacks::default() };
    for (unit, tops) in units.iter().zip(&mut found.tops) {
        let top = |ix: &ImageIx| at.get(&graph.top(*ix)?).copied();
        tops.extend(unit.images.iter().filter_map(top));
    }
    for layer in &order {
        let below = graph.chain(layer.chain).and_then(|c| c.below);
        if let (Some(above), Some(below)) = (at.get(&layer.chain), below.and_then(|b| at.get(&b)))
            && above.0 != below.0
        {
            found.stands.insert((*above, *below));
        }
    }
    rank(&mut stacks, &found.stands);
    find_others(graph, units, &mut stacks);
    found.all = stacks;
    found
}

/// Sorts layers into segments, and tells for each layer where it is.
fn gather(
    graph: &Graph,
    units: &[Unit],
    order: &[Layer],
    needs: &HashMap<ChainIx, Need>,
) -> (Vec<Stack>, HashMap<ChainIx, At>) {
    let mut by_owners: HashMap<&[usize], usize> = HashMap::new();
    let mut stacks: Vec<Stack> = Vec::new();
    // For each stack, its segments by how many others need them.
    let mut parts: Vec<Vec<(u32, Segment)>> = Vec::new();
    for layer in order {
        let (Some(need), Some(chain)) = (needs.get(&layer.chain), graph.chain(layer.chain)) else { continue };
        let stack = *by_owners.entry(&need.owners).or_insert_with(|| {
            stacks.push(Stack { owners: need.owners.clone(), segments: Vec::new(), rank: 0 });
            parts.push(Vec::new());
            stacks.len() - 1
        });
        let outside = chain.images().saturating_sub(need.pictured);
        let members: usize = need.owners.iter().filter_map(|u| units.get(*u)).map(|u| u.images.len()).sum();
        let Some(segments) = parts.get_mut(stack) else { continue };
        let slot = segments.iter().position(|(o, _)| *o == outside).unwrap_or_else(|| {
            let images = u32::try_from(members).unwrap_or(u32::MAX).saturating_add(outside);
            segments.push((outside, Segment { layers: Vec::new(), images, others: Vec::new() }));
            segments.len() - 1
        });
        if let Some((_, segment)) = segments.get_mut(slot) {
            segment.layers.push(*layer);
        }
    }
    for (stack, mut segments) in stacks.iter_mut().zip(parts) {
        segments.sort_by_key(|(outside, _)| *outside);
        stack.segments = segments.into_iter().map(|(_, segment)| segment).collect();
    }
    let mut at = HashMap::with_capacity(order.len());
    for (position, stack) in stacks.iter().enumerate() {
        for (part, segment) in stack.segments.iter().enumerate() {
            at.extend(segment.layers.iter().map(|layer| (layer.chain, (position, part))));
        }
    }
    (stacks, at)
}

/// A stack stands on ones that strictly more images need: in the order of how many do, everything above is
/// ranked before.
fn rank(stacks: &mut [Stack], stands: &BTreeSet<(At, At)>) {
    let mut below: HashMap<usize, BTreeSet<usize>> = HashMap::new();
    for ((above, _), (beneath, _)) in stands {
        below.entry(*above).or_default().insert(*beneath);
    }
    let mut order: Vec<usize> = (0..stacks.len()).collect();
    order.sort_by_key(|at| stacks.get(*at).map_or(0, |s| s.owners.len()));
    for at in order {
        let rank = stacks.get(at).map_or(0, |s| s.rank);
        for beneath in below.get(&at).into_iter().flatten() {
            if let Some(stack) = stacks.get_mut(*beneath) {
                stack.rank = stack.rank.max(rank + 1);
            }
        }
    }
}

fn find_others(graph: &Graph, units: &[Unit], stacks: &mut [Stack]) {
    let mut seen: HashSet<ImageIx> = units.iter().flat_map(|u| u.images.iter().copied()).collect();
    let mut order: Vec<usize> = (0..stacks.len()).collect();
    order.sort_by_key(|at| stacks.get(*at).map_or(0, |s| s.owners.len()));
    for at in order {
        for segment in stacks.get_mut(at).into_iter().flat_map(|s| &mut s.segments) {
            let here: HashSet<ChainIx> = segment.layers.iter().map(|l| l.chain).collect();
            // Whoever stands on a layer stands on those beneath it.
            let lowest = segment.layers.iter().filter(|layer| {
                !graph.chain(layer.chain).and_then(|c| c.below).is_some_and(|below| here.contains(&below))
            });
            let standing: Vec<ImageIx> = lowest.flat_map(|layer| graph.images_on(layer.chain)).collect();
            segment.others = standing.into_iter().filter(|ix| seen.insert(*ix)).collect();
            segment.others.sort_by_key(|ix| {
                let created = graph.image(*ix).and_then(|i| i.created);
                (std::cmp::Reverse(created), *ix)
            });
        }
    }
}

/// Of all layers together.
pub fn bytes(graph: &Graph, layers: &[Layer]) -> Option<Bytes> {
    let in_a_row = layers
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if graph.chain(a.chain).is_some_and(|c| c.below == Some(b.chain))));
    if in_a_row {
        let last = graph.chain(layers.last()?.chain)?;
        return graph.bytes_above(layers.first()?.chain, last.below);
    }
    layers.iter().map(|l| graph.chain(l.chain)?.size).sum()
}
