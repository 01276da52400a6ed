//! Which images a text is found in: one buffer with everything an image is found by, made once per
//! observation, and for each image which letters occur in it at all. The letters alone answer for a word of one
//! letter, which nearly everything has, and spare the others most of the buffer.

use memchr::memmem::Finder;

use super::graph::{ContainerIx, Graph, ImageIx};

/// The searchable text of every image, in lower case.
#[derive(Debug, Default)]
pub struct SearchText {
    text: String,
    /// Where the part of each image ends, and what occurs in it.
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy)]
struct Part {
    end: usize,
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

    fn has_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl SearchText {
    pub fn new(graph: &Graph) -> Self {
        let mut all = Self::default();
        for (position, _) in graph.images().iter().enumerate() {
            add_image(&mut all.text, graph, ImageIx(u32::try_from(position).unwrap_or(u32::MAX)));
            all.end_part();
        }
        all
    }

    fn end_part(&mut self) {
        let start = self.parts.last().map_or(0, |before| before.end);
        let letters = self.text.get(start..).map(Letters::of).unwrap_or_default();
        self.parts.push(Part { end: self.text.len(), letters });
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

fn add_image(text: &mut String, graph: &Graph, ix: ImageIx) {
    let Some(image) = graph.image(ix) else { return };
    let start = text.len();
    // No word holds a line break, so nothing is found across two parts.
    text.push('\n');
    text.push_str(image.id.as_str());
    for name in image.references.iter().chain(&image.computed_digests) {
        text.push('\n');
        name.push_familiar(text);
    }
    for container in graph.users(ix).iter().chain(graph.mounted_by(ix)) {
        text.push('\n');
        text.push_str(&text_of_container(graph, *container));
    }
    for (key, value) in &image.labels {
        for part in ["\n", key, "=", value] {
            text.push_str(part);
        }
    }
    match text.get_mut(start..) {
        Some(added) if added.is_ascii() => added.make_ascii_lowercase(),
        Some(added) => {
            let lower = added.to_lowercase();
            text.truncate(start);
            text.push_str(&lower);
        }
        None => {}
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
            all.end_part();
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
