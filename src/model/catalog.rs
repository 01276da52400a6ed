//! What a person looks things up by: search text, groups and names in order. Made once per observation,
//! away from the window's thread, because each of it reads every name.

use std::cmp::Reverse;
use std::sync::Arc;

use super::environment::Environments;
use super::graph::{Graph, ImageIx, Same};
use super::groups::Groups;
use super::hints::Hints;
use super::kinds::Kinds;
use super::search::SearchText;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    pub search: SearchText,
    pub repositories: Groups,
    pub registries: Groups,
    pub hints: Arc<Hints>,
    pub kinds: Kinds,
    pub orders: Orders,
}

/// All images in several orders; equals stand as in the inventory.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Orders {
    /// By their first name; those without any come last.
    pub by_name: Arc<[ImageIx]>,
    /// The smallest first, and before it those of unknown size.
    pub by_size: Arc<[ImageIx]>,
    /// The newest first, and last those of unknown age.
    pub by_age: Arc<[ImageIx]>,
    /// By how many containers use them, the unused first.
    pub by_use: Arc<[ImageIx]>,
}

impl Orders {
    fn after(graph: &Graph, before: Option<&Self>, same: Same) -> Self {
        let image = |ix: &ImageIx| graph.image(*ix);
        let of = |is_same| before.filter(|_| is_same);
        let by_name = || {
            sorted(graph, |ix| {
                let first = image(ix).and_then(|image| image.references.first());
                first.map_or_else(|| (true, String::new()), |name| (false, name.familiar()))
            })
        };
        let by_size = || sorted(graph, |ix| image(ix).and_then(|image| image.size));
        let by_age = || sorted(graph, |ix| Reverse(image(ix).and_then(|image| image.created)));
        Self {
            by_name: of(same.names).map_or_else(by_name, |orders| Arc::clone(&orders.by_name)),
            by_size: of(same.layers).map_or_else(by_size, |orders| Arc::clone(&orders.by_size)),
            by_age: of(same.places).map_or_else(by_age, |orders| Arc::clone(&orders.by_age)),
            by_use: sorted(graph, |ix| graph.users(*ix).len() + graph.mounted_by(*ix).len()),
        }
    }
}

fn environments(graph: &Graph) -> Environments {
    let names = graph.images().iter().flat_map(|image| &image.references);
    let mut hosts: Vec<_> = names.map(|name| name.repository().registry()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    Environments::of(hosts)
}

fn sorted<K: Ord>(graph: &Graph, key: impl Fn(&ImageIx) -> K) -> Arc<[ImageIx]> {
    let mut all: Vec<_> = (0..).map(ImageIx).take(graph.images().len()).collect();
    all.sort_by_cached_key(key);
    all.into()
}

impl Catalog {
    pub fn new(graph: &Graph) -> Self {
        Self::after(graph, None)
    }

    /// The same, taking over what has not changed since the graph before.
    pub fn after(graph: &Graph, before: Option<(&Graph, &Self)>) -> Self {
        let same = before.map(|(before, _)| graph.same(before)).unwrap_or_default();
        let unmoved = before.filter(|_| same.names && same.layers);
        let (repositories, registries, hints) = if let Some((_, before)) = unmoved {
            (before.repositories.used_in(graph), before.registries.used_in(graph), Arc::clone(&before.hints))
        } else {
            let found = environments(graph);
            let groups = (Groups::by_repository(graph, &found), Groups::by_registry(graph, &found));
            (groups.0, groups.1, Arc::new(Hints::new(graph, &found)))
        };
        Self {
            search: SearchText::after(graph, before.map(|(graph, catalog)| (graph, &catalog.search))),
            repositories,
            registries,
            hints,
            kinds: Kinds::new(graph),
            orders: Orders::after(graph, before.map(|(_, catalog)| &catalog.orders), same),
        }
    }
}
