//! Which images a text is found in: one buffer with everything an image is found by, made once per
//! observation, and for each image which letters occur in it at all. The letters alone answer for a word of one
//! letter, which nearly everything has, and spare the others most of the buffer.

use std::sync::Arc;

use memchr::memmem::Finder;

use super::graph::{ContainerIx, Graph, ImageIx};
use super::image::Image;

/// The searchable text of every image, in lower case.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SearchText {
    text: String,
    /// Where the part of each image ends, and what occurs in it.
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    /// What is said of the image itself ends here; what follows is said of its containers.
    own_end: usize,
    end: usize,
    own_letters: Letters,
    /// Of all of it.
    letters: Letters,
}

/// Which bytes occur in a text. Exact for ASCII from `!` on; all others share the bits below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Letters(u128);

impl Letters {
    fn of(text: &str) -> Self {
        // In two halves: one shift of 128 bits takes several instructions, and this sees every byte there is.
        let halves = text.bytes().fold([0_u64; 2], |[low, high], byte| {
            let bit = Self::bit(byte);
            let is_high = u64::from(bit >> 6);
            [low | (1 ^ is_high) << (bit & 63), high | is_high << (bit & 63)]
        });
        let [low, high] = halves.map(u128::from);
        Self(low | high << 64)
    }

    fn bit(byte: u8) -> u8 {
        if byte > b' ' && byte < 128 { byte } else { byte & 31 }
    }

    /// Whether this says all there is to say about where a word occurs.
    fn tells(word: &str) -> bool {
        matches!(word.as_bytes(), [byte] if *byte > b' ')
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn has_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl SearchText {
    pub fn new(graph: &Graph) -> Self {
        Self::after(graph, None)
    }

    /// The same, taking over what is said of images that are shared with the graph before.
    pub fn after(graph: &Graph, before: Option<(&Graph, &Self)>) -> Self {
        let mut all = Self::default();
        for (ix, image) in (0..).map(ImageIx).zip(graph.images()) {
            let known = before.and_then(|(before, text)| {
                let stood_here = before.images().get(ix.0 as usize).filter(|other| Arc::ptr_eq(other, image));
                let at = if stood_here.is_some() { ix } else { before.find_image(&image.id)? };
                let is_same =
                    before.images().get(at.0 as usize).is_some_and(|other| Arc::ptr_eq(other, image));
                is_same.then(|| text.own_part(at))?
            });
            let own_letters = match known {
                Some((text, letters)) => {
                    all.text.push_str(text);
                    letters
                }
                None => all.add(|text| add_image(text, image)),
            };
            let own_end = all.text.len();
            let of_containers = all.add(|text| add_containers(text, graph, ix));
            let letters = own_letters.and(of_containers);
            all.parts.push(Part { own_end, end: all.text.len(), own_letters, letters });
        }
        all
    }

    /// What is said of an image itself.
    fn own_part(&self, ix: ImageIx) -> Option<(&str, Letters)> {
        let at = ix.0 as usize;
        let start = at.checked_sub(1).map_or(Some(0), |before| Some(self.parts.get(before)?.end))?;
        let Part { own_end, own_letters, .. } = *self.parts.get(at)?;
        Some((self.text.get(start..own_end)?, own_letters))
    }

    /// Adds to the text, in lower case; returns which letters came.
    fn add(&mut self, put: impl FnOnce(&mut String)) -> Letters {
        let start = self.text.len();
        put(&mut self.text);
        match self.text.get_mut(start..) {
            Some(added) if added.is_ascii() => added.make_ascii_lowercase(),
            Some(added) => {
                let lower = added.to_lowercase();
                self.text.truncate(start);
                self.text.push_str(&lower);
            }
            None => {}
        }
        self.text.get(start..).map(Letters::of).unwrap_or_default()
    }

    /// For each image, whether every word occurs somewhere in its text. Words are in lower case and hold no
    /// white space.
    pub fn find(&self, words: &[String]) -> Vec<bool> {
        self.search(words, |_| true)
    }

    /// The same where only those that are `among` these can be found.
    pub fn find_among(&self, words: &[String], among: &[bool]) -> Vec<bool> {
        self.search(words, |at| among.get(at).copied().unwrap_or(true))
    }

    fn search(&self, words: &[String], may_be: impl Fn(usize) -> bool) -> Vec<bool> {
        let needed = Letters(words.iter().fold(0, |bits, word| bits | Letters::of(word).0));
        // The longest first: it rules out most.
        let mut rest: Vec<_> = words.iter().filter(|word| !Letters::tells(word)).collect();
        rest.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let finders: Vec<_> = rest.into_iter().map(Finder::new).collect();
        let bytes = self.text.as_bytes();
        let mut start = 0;
        let found = self.parts.iter().enumerate().map(|(at, part)| {
            let text = start..part.end;
            start = part.end;
            part.letters.has_all(needed)
                && may_be(at)
                && (finders.is_empty()
                    || bytes.get(text).is_some_and(|text| finders.iter().all(|f| f.find(text).is_some())))
        });
        found.collect()
    }
}

fn add_image(text: &mut String, image: &Image) {
    // No word holds a line break, so nothing is found across two parts.
    text.push('\n');
    text.push_str(image.id.as_str());
    for name in image.references.iter().chain(&image.computed_digests) {
        text.push('\n');
        name.push_familiar(text);
    }
    for (key, value) in &image.labels {
        for part in ["\n", key, "=", value] {
            text.push_str(part);
        }
    }
}

fn add_containers(text: &mut String, graph: &Graph, ix: ImageIx) {
    for container in graph.users(ix).iter().chain(graph.mounted_by(ix)) {
        text.push('\n');
        text.push_str(&text_of_container(graph, *container));
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
            let letters = all.add(|text| {
                text.push('\n');
                text.push_str(part);
            });
            let end = all.text.len();
            all.parts.push(Part { own_end: end, end, own_letters: letters, letters });
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

    /// However a word is looked for, it is found where it occurs and nowhere else.
    #[test]
    fn whatever_way_a_word_takes_it_is_found_where_it_occurs() {
        let parts = ["a:1", "b_2\n[x]", "中文", "文\nab", "é", "\u{1}", "z~", ""];
        let all = text(&parts);
        let mut words: Vec<String> = (1..=255_u8).map(|b| char::from(b).to_string()).collect();
        words.extend(["ab", "中", "文", "中文", "文中", "ü", "1", "2\u{1}", "b_2", "x]"].map(str::to_owned));
        for word in words.iter().filter(|word| !word.contains(char::is_whitespace)) {
            let expected: Vec<_> = (0..parts.len()).filter(|at| parts[*at].contains(word.as_str())).collect();
            assert_eq!(find(&all, &[word]), expected, "{word:?}");
        }
    }

    #[test]
    fn among_some_only_those_are_found() {
        let all = text(&["ab", "ab", "abc", "c"]);
        let among = [false, true, true, true];
        assert_eq!(all.find_among(&["ab".to_owned()], &among), [false, true, true, false]);
        assert_eq!(all.find_among(&["c".to_owned()], &among), [false, false, true, true]);
    }
}
