//! What a person looks things up by: search text, groups and names in order. Made once per observation,
//! away from the window's thread, because each of it reads every name.

use std::cmp::Reverse;

use super::environment::Environments;
use super::graph::{Graph, ImageIx};
use super::groups::Groups;
use super::hints::Hints;
use super::kinds::Kinds;
use super::search::SearchText;

#[derive(Debug, Default)]
pub struct Catalog {
    pub search: SearchText,
    pub repositories: Groups,
    pub registries: Groups,
    pub hints: Hints,
    pub kinds: Kinds,
    pub orders: Orders,
}

/// All images in several orders; equals stand as in the inventory.
#[derive(Debug, Default)]
pub struct Orders {
    /// By their first name; those without any come last.
    pub by_name: Vec<ImageIx>,
    /// The smallest first, and before it those of unknown size.
    pub by_size: Vec<ImageIx>,
    /// The newest first, and last those of unknown age.
    pub by_age: Vec<ImageIx>,
    /// By how many containers use them, the unused first.
    pub by_use: Vec<ImageIx>,
}

impl Orders {
    fn new(graph: &Graph) -> Self {
        let image = |ix: &ImageIx| graph.image(*ix);
        Self {
            by_name: sorted(graph, |ix| {
                let first = image(ix).and_then(|image| image.references.first());
                first.map_or_else(|| (true, String::new()), |name| (false, name.familiar()))
            }),
            by_size: sorted(graph, |ix| image(ix).and_then(|image| image.size)),
            by_age: sorted(graph, |ix| Reverse(image(ix).and_then(|image| image.created))),
            by_use: sorted(graph, |ix| graph.users(*ix).len() + graph.mounted_by(*ix).len()),
        }
    }
}

fn sorted<K: Ord>(graph: &Graph, key: impl Fn(&ImageIx) -> K) -> Vec<ImageIx> {
    let mut all: Vec<_> = (0..).map(ImageIx).take(graph.images().len()).collect();
    all.sort_by_cached_key(key);
    all
}

impl Catalog {
    pub fn new(graph: &Graph) -> Self {
        let names = graph.images().iter().flat_map(|image| &image.references);
        let mut hosts: Vec<_> = names.map(|name| name.repository().registry()).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let environments = Environments::of(hosts);
        Self {
            search: SearchText::new(graph),
            repositories: Groups::by_repository(graph, &environments),
            registries: Groups::by_registry(graph, &environments),
            hints: Hints::new(graph, &environments),
            kinds: Kinds::new(graph),
            orders: Orders::new(graph),
        }
    }
}
