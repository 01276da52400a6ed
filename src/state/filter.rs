//! Which images match what was typed: every word has to occur somewhere in the image's ID, names,
//! digests, containers or labels, in any case of letters.

use crate::model::{ContainerIx, Graph, ImageIx};

/// What was typed, ready to search with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
    words: Vec<String>,
}

impl Filter {
    pub fn new(text: String) -> Self {
        let words = text.split_whitespace().map(str::to_lowercase).collect();
        Self { text, words }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// True if every word occurs; `lower` is in lower case already.
    fn all_in(&self, lower: &str) -> bool {
        self.words.iter().all(|w| lower.contains(w.as_str()))
    }

    /// True if any word occurs.
    pub fn any_in(&self, text: &str) -> bool {
        let lower = text.to_lowercase();
        self.words.iter().any(|w| lower.contains(w.as_str()))
    }

    /// Where words occur in a text, as byte ranges in order, without overlaps.
    pub fn matches(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        // Lower case of ASCII alone keeps byte positions; names of images are ASCII.
        let lower = text.to_ascii_lowercase();
        let mut found: Vec<_> = self
            .words
            .iter()
            .flat_map(|w| lower.match_indices(w.as_str()).map(|(at, w)| at..at + w.len()))
            .collect();
        found.sort_by_key(|r| (r.start, std::cmp::Reverse(r.end)));
        let mut end = 0;
        found.retain(|r| {
            let free = r.start >= end;
            if free {
                end = r.end;
            }
            free
        });
        found
    }
}

/// The searchable text of every image; made on the first search of an observation.
#[derive(Debug, Default)]
pub struct Index {
    texts: Vec<String>,
}

impl Index {
    pub fn new(graph: &Graph) -> Self {
        let count = u32::try_from(graph.images().len()).unwrap_or(u32::MAX);
        Self { texts: (0..count).map(|at| text_of(graph, ImageIx(at))).collect() }
    }

    pub fn matches(&self, ix: ImageIx, filter: &Filter) -> bool {
        self.texts.get(ix.0 as usize).is_some_and(|text| filter.all_in(text))
    }
}

fn text_of(graph: &Graph, ix: ImageIx) -> String {
    let Some(image) = graph.image(ix) else { return String::new() };
    let mut text = image.id.to_string();
    let mut add = |part: &str| {
        text.push('\n');
        text.push_str(part);
    };
    for name in image.references.iter().chain(&image.computed_digests) {
        add(&name.familiar());
    }
    for container in graph.users(ix).iter().chain(graph.mounted_by(ix)) {
        add(&text_of_container(graph, *container));
    }
    for (key, value) in &image.labels {
        add(&format!("{key}={value}"));
    }
    text.make_ascii_lowercase();
    text
}

/// What a container is found by.
pub fn text_of_container(graph: &Graph, ix: ContainerIx) -> String {
    let Some(container) = graph.container(ix) else { return String::new() };
    let project = container.compose_project.as_deref().unwrap_or_default();
    format!("{}\n{}\n{project}", container.name, container.id.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_are_found_in_any_case_and_do_not_overlap() {
        let filter = Filter::new("Ub unt  ub".to_owned());
        assert_eq!(filter.matches("index/ubuntu:UB"), vec![6..8, 8..11, 13..15]);
        assert!(filter.any_in("UBX"));
        assert!(Filter::new("  ".to_owned()).is_empty());
    }
}
