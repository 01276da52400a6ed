//! Which images a text is found in: one buffer with everything an image is found by, made once per
//! observation, so that a keystroke costs one pass over it.

use memchr::memmem::Finder;

use super::graph::{ContainerIx, Graph, ImageIx};

/// The searchable text of every image, in lower case.
#[derive(Debug, Default)]
pub struct SearchText {
    text: String,
    /// Where the part of each image ends.
    ends: Vec<usize>,
}

impl SearchText {
    pub fn new(graph: &Graph) -> Self {
        let mut all = Self::default();
        for (position, _) in graph.images().iter().enumerate() {
            add_image(&mut all.text, graph, ImageIx(u32::try_from(position).unwrap_or(u32::MAX)));
            all.ends.push(all.text.len());
        }
        all
    }

    /// For each image, whether every word occurs somewhere in its text. Words are in lower case and hold no
    /// white space.
    pub fn find(&self, words: &[String]) -> Vec<bool> {
        let mut found = vec![words.is_empty(); self.ends.len()];
        let Some((first, rest)) = words.split_first() else { return found };
        let finder = Finder::new(first);
        let bytes = self.text.as_bytes();
        let (mut at, mut from) = (0, 0);
        while let Some(hit) = bytes.get(from..).and_then(|rest| finder.find(rest)) {
            let hit = from + hit;
            let skipped = self.ends.get(at..).unwrap_or_default();
            // Hits are near each other in the common case, and far apart in the cheap one.
            at += if skipped.first().is_some_and(|end| *end > hit) {
                0
            } else {
                skipped.partition_point(|end| *end <= hit)
            };
            let Some(slot) = found.get_mut(at) else { break };
            *slot = self.part(at).is_some_and(|part| rest.iter().all(|word| part.contains(word.as_str())));
            from = self.ends.get(at).copied().unwrap_or(bytes.len());
        }
        found
    }

    fn part(&self, position: usize) -> Option<&str> {
        let start = position.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(start..*self.ends.get(position)?)
    }
}

fn add_image(text: &mut String, graph: &Graph, ix: ImageIx) {
    let Some(image) = graph.image(ix) else { return };
    let mut add = |part: &str| {
        // No word holds a line break, so nothing is found across two parts.
        text.push('\n');
        if part.is_ascii() {
            text.push_str(part);
            let from = text.len() - part.len();
            if let Some(added) = text.get_mut(from..) {
                added.make_ascii_lowercase();
            }
        } else {
            text.push_str(&part.to_lowercase());
        }
    };
    add(image.id.as_str());
    for name in image.references.iter().chain(&image.computed_digests) {
        add(&name.familiar());
    }
    for container in graph.users(ix).iter().chain(graph.mounted_by(ix)) {
        add(&text_of_container(graph, *container));
    }
    for (key, value) in &image.labels {
        add(&format!("{key}={value}"));
    }
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

    fn text(parts: &[&str]) -> SearchText {
        let mut all = SearchText::default();
        for part in parts {
            all.text.push('\n');
            all.text.push_str(part);
            all.ends.push(all.text.len());
        }
        all
    }

    fn find(text: &SearchText, words: &[&str]) -> Vec<usize> {
        let words: Vec<_> = words.iter().map(|w| (*w).to_owned()).collect();
        let found = text.find(&words);
        (0..found.len()).filter(|at| found[*at]).collect()
    }

    #[test]
    fn every_word_has_to_occur_in_the_same_image() {
        let all = text(&["ubuntu\n16.04", "nginx", "", "ubuntu\nnginx ubuntu", "über"]);
        assert_eq!(find(&all, &["ubuntu"]), [0, 3]);
        assert_eq!(find(&all, &["ubuntu", "nginx"]), [3]);
        assert_eq!(find(&all, &["nginxubuntu"]), [0; 0]);
        assert_eq!(find(&all, &["über"]), [4]);
        assert_eq!(find(&all, &[]), [0, 1, 2, 3, 4]);
    }
}
