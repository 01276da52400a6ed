//! What a person looks things up by: search text, groups and names in order. Made once per observation,
//! away from the window's thread, because each of it reads every name.

use super::environment::Environments;
use super::graph::{Graph, ImageIx};
use super::groups::Groups;
use super::hints::Hints;
use super::search::SearchText;

#[derive(Debug, Default)]
pub struct Catalog {
    pub search: SearchText,
    pub repositories: Groups,
    pub registries: Groups,
    pub hints: Hints,
    /// All images by their first name; those without any come last.
    pub by_name: Vec<ImageIx>,
}

impl Catalog {
    pub fn new(graph: &Graph) -> Self {
        let names = graph.images().iter().flat_map(|image| &image.references);
        let mut hosts: Vec<_> = names.map(|name| name.repository().registry()).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let environments = Environments::of(hosts);
        let mut by_name: Vec<_> = (0..).map(ImageIx).take(graph.images().len()).collect();
        by_name.sort_by_cached_key(|ix| {
            let first = graph.image(*ix).and_then(|image| image.references.first());
            first.map_or_else(|| (true, String::new()), |name| (false, name.familiar()))
        });
        Self {
            search: SearchText::new(graph),
            repositories: Groups::by_repository(graph, &environments),
            registries: Groups::by_registry(graph, &environments),
            hints: Hints::new(graph, &environments),
            by_name,
        }
    }
}
