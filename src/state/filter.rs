//! What was typed to search with: every word has to occur somewhere in an image's ID, names, digests,
//! containers or labels, in any case of letters.

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

    /// In lower case.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// True if whatever this lets through, the other one lets through too.
    pub fn narrows(&self, other: &Self) -> bool {
        other.words.iter().all(|wider| self.words.iter().any(|word| word.contains(wider.as_str())))
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

    #[test]
    fn more_letters_and_more_words_narrow() {
        let narrows =
            |new: &str, old: &str| Filter::new(new.to_owned()).narrows(&Filter::new(old.to_owned()));
        assert!(narrows("shop", "sho") && narrows("shop 1", "shop") && narrows("x", "") && narrows("", ""));
        assert!(narrows("1 shop", "shop") && narrows("ashop", "shop sh"));
        assert!(!narrows("sho", "shop") && !narrows("", "s") && !narrows("shop", "shop 1"));
    }
}
