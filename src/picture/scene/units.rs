//! Which images stand alone in the picture, which are counted together, and in which order: along the
//! tree of layers, so that images on the same layers are neighbours, the newest first. Names play no part
//! in it: adding one moves nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Bundle, Members};
use crate::model::{ChainIx, Graph, ImageIx};

/// Up to this many images stand alone.
pub const MOST_ALONE: usize = 24;
/// Bundles beyond this many are counted together, until that is opened.
const MOST_UNITS: usize = 32;
/// What an open bundle shows one by one.
const MOST_OPEN: usize = 200;

/// One or several images that are drawn as one node.
#[derive(Debug, PartialEq, Eq)]
pub struct Unit {
    pub images: Vec<ImageIx>,
    /// `None` for an image that stands alone.
    pub bundle: Option<Together>,
}

/// Why images are drawn as one.
#[derive(Debug, PartialEq, Eq)]
pub struct Together {
    pub bundle: Bundle,
    pub of: Members,
    /// They stand alone right after this unit, which only serves to close them again.
    pub open: bool,
}

type PathKey = Vec<(Reverse<i64>, ChainIx)>;

pub fn units(graph: &Graph, images: &[ImageIx], toggled: &BTreeSet<Bundle>) -> Vec<Unit> {
    let images = in_order(graph, images);
    if images.len() <= MOST_ALONE {
        return images.into_iter().map(alone).collect();
    }
    let mut groups: Vec<Group> = Vec::new();
    let mut known: BTreeMap<(Option<ChainIx>, String), usize> = BTreeMap::new();
    for ix in images {
        let root = graph.down_from(graph.top(ix)).last().map(|(chain, _)| chain);
        let name = graph.image(ix).and_then(|i| i.references.first());
        let of = name.map_or(Members::Unnamed, |n| Members::Repository(n.repository().clone()));
        let repository = name.map(|n| n.repository().full().to_owned()).unwrap_or_default();
        let at = *known.entry((root, repository.clone())).or_insert_with(|| {
            let root = root.and_then(|chain| graph.chain_id(chain)).cloned();
            groups.push((Bundle::Images(root, repository.clone()), of, Vec::new()));
            groups.len() - 1
        });
        if let Some((_, _, members)) = groups.get_mut(at) {
            members.push(ix);
        }
    }
    let room = if toggled.contains(&Bundle::MoreImages) { MOST_OPEN } else { MOST_UNITS };
    let (groups, more) = largest(groups, room);
    let mut units = Vec::new();
    for (bundle, of, members) in groups {
        let open = toggled.contains(&bundle);
        if let ([one], false) = (members.as_slice(), open) {
            units.push(alone(*one));
            continue;
        }
        let together = |open| Some(Together { bundle, of, open });
        if open {
            let shown = members.iter().take(MOST_OPEN).copied().map(alone);
            let rest = members.iter().skip(MOST_OPEN).copied().collect();
            units.push(Unit { images: rest, bundle: together(true) });
            units.extend(shown);
        } else {
            units.push(Unit { images: members, bundle: together(false) });
        }
    }
    if !more.is_empty() {
        let together = Together { bundle: Bundle::MoreImages, of: Members::Rest, open: false };
        units.push(Unit { images: more, bundle: Some(together) });
    }
    units
}

fn alone(ix: ImageIx) -> Unit {
    Unit { images: vec![ix], bundle: None }
}

type Group = (Bundle, Members, Vec<ImageIx>);

/// The largest groups in their order, and the images of the others.
fn largest(groups: Vec<Group>, room: usize) -> (Vec<Group>, Vec<ImageIx>) {
    if groups.len() <= room {
        return (groups, Vec::new());
    }
    let mut by_size: Vec<usize> = (0..groups.len()).collect();
    by_size.sort_by_key(|at| (Reverse(groups.get(*at).map_or(0, |g| g.2.len())), *at));
    let kept: BTreeSet<usize> = by_size.into_iter().take(room).collect();
    let (mut shown, mut more) = (Vec::new(), Vec::new());
    for (at, group) in groups.into_iter().enumerate() {
        if kept.contains(&at) { shown.push(group) } else { more.extend(group.2) }
    }
    (shown, more)
}

fn in_order(graph: &Graph, images: &[ImageIx]) -> Vec<ImageIx> {
    let created = |ix: ImageIx| graph.image(ix).and_then(|i| i.created).unwrap_or(i64::MIN);
    let mut newest: HashMap<ChainIx, i64> = HashMap::new();
    for ix in images {
        for (chain, _) in graph.down_from(graph.top(*ix)) {
            let slot = newest.entry(chain).or_insert(i64::MIN);
            *slot = (*slot).max(created(*ix));
        }
    }
    let key = |ix: ImageIx| -> PathKey {
        let step = |(chain, _)| (Reverse(newest.get(&chain).copied().unwrap_or(i64::MIN)), chain);
        let mut path: PathKey = graph.down_from(graph.top(ix)).map(step).collect();
        path.reverse();
        path
    };
    let mut keyed: Vec<_> = images.iter().map(|ix| (key(*ix), Reverse(created(*ix)), *ix)).collect();
    keyed.sort();
    keyed.dedup_by_key(|(_, _, ix)| *ix);
    keyed.into_iter().map(|(_, _, ix)| ix).collect()
}
