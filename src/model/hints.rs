//! Likely slips in names, to be pointed out and never to be acted on: another registry's host pasted into a
//! path, one image in test and in production, names that differ only by their registry, or by one letter.

use std::collections::BTreeMap;
use std::hash::BuildHasher as _;

use foldhash::{HashMap, HashMapExt as _};

use super::environment::{Environment, Environments};
use super::graph::{Graph, ImageIx};
use super::image::Image;
use super::reference::{Reference, Repository};

/// With more repositories than this, nobody reads hints about single letters, and finding them takes long.
const COMPARED_AT_MOST: usize = 20_000;
/// Shorter names are too often alike by chance.
const SHORTEST: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Hint {
    /// The host of another registry stands where the path begins.
    PastedHost { host: String, registry: String },
    /// The image has names in a test and in a production registry.
    TwoEnvironments { test: String, production: String },
    /// The same image has this name in other registries too.
    AlsoIn { registries: Vec<String> },
    /// Another registry has this very name for another image.
    OtherImage { registry: String, image: ImageIx },
    /// Another repository of the registry is written with one letter more, less or different.
    OneLetter { repository: String },
}

/// All hints of one inventory.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Hints {
    of_images: HashMap<ImageIx, Hint>,
    /// Names by the position among the image's references.
    of_names: HashMap<(ImageIx, u32), Vec<Hint>>,
}

impl Hints {
    /// Linear in the names, so not for the window's thread.
    pub fn new(graph: &Graph, environments: &Environments) -> Self {
        let mut hints = Self::default();
        let letters = one_letter_apart(graph);
        let same = SameNames::of(graph);
        for (ix, image) in (0..).map(ImageIx).zip(graph.images()) {
            hints.of_images.extend(two_environments(image, environments).map(|hint| (ix, hint)));
            for (at, name) in (0..).zip(&image.references) {
                let mut found: Vec<_> = pasted_host(name).into_iter().collect();
                found.extend(same.hints(ix, name));
                let apart = letters.get(name.repository().full());
                found.extend(apart.map(|other| Hint::OneLetter { repository: other.clone() }));
                if !found.is_empty() {
                    hints.of_names.insert((ix, at), found);
                }
            }
        }
        hints
    }

    /// About the image as a whole.
    pub fn image(&self, ix: ImageIx) -> Option<&Hint> {
        self.of_images.get(&ix)
    }

    /// About the name at this position among the image's references.
    pub fn name(&self, ix: ImageIx, at: u32) -> &[Hint] {
        self.of_names.get(&(ix, at)).map_or(&[], Vec::as_slice)
    }
}

pub fn pasted_host(name: &Reference) -> Option<Hint> {
    let host = name.repository().pasted_registry()?.to_owned();
    Some(Hint::PastedHost { host, registry: name.repository().registry().to_owned() })
}

fn two_environments(image: &Image, environments: &Environments) -> Option<Hint> {
    let find = |wanted| {
        let mut hosts = image.references.iter().map(|name| name.repository().registry());
        hosts.find(|host| environments.get(host) == Some(wanted)).map(str::to_owned)
    };
    Some(Hint::TwoEnvironments { test: find(Environment::Test)?, production: find(Environment::Production)? })
}

/// Tags that stand in several registries, by path and tag: in which, and for which image.
struct SameNames<'a> {
    by_path: HashMap<(&'a str, &'a str), Vec<(&'a str, ImageIx)>>,
}

impl<'a> SameNames<'a> {
    fn of(graph: &'a Graph) -> Self {
        let images = || (0..).map(ImageIx).zip(graph.images());
        let tags = || {
            let names = images().flat_map(|(ix, image)| image.references.iter().map(move |name| (ix, name)));
            names.filter_map(|(ix, name)| {
                let repository = name.repository();
                Some(((repository.path(), name.tag()?), repository.registry(), ix))
            })
        };
        let names = graph.images().iter().map(|image| image.references.len()).sum();
        let mut first_in: HashMap<_, &str> = HashMap::with_capacity(names);
        let mut by_path: HashMap<_, Vec<_>> = HashMap::new();
        for (tag, registry, _) in tags() {
            if *first_in.entry(tag).or_insert(registry) != registry {
                by_path.entry(tag).or_default();
            }
        }
        for (tag, registry, ix) in tags() {
            if let Some(found) = by_path.get_mut(&tag) {
                found.push((registry, ix));
            }
        }
        Self { by_path }
    }

    fn hints(&self, ix: ImageIx, name: &Reference) -> Vec<Hint> {
        let (path, registry) = (name.repository().path(), name.repository().registry());
        let all = name.tag().and_then(|tag| self.by_path.get(&(path, tag)));
        let others = || all.into_iter().flatten().filter(|(host, _)| *host != registry);
        let mut same: Vec<_> =
            others().filter(|(_, image)| *image == ix).map(|(host, _)| (*host).to_owned()).collect();
        same.sort_unstable();
        let mut hints = Vec::new();
        if !same.is_empty() {
            hints.push(Hint::AlsoIn { registries: same });
        }
        let other = others().filter(|(_, image)| *image != ix).min();
        hints.extend(
            other.map(|(host, image)| Hint::OtherImage { registry: (*host).to_owned(), image: *image }),
        );
        hints
    }
}

/// For each repository with such a neighbour, the neighbour as a person types it.
fn one_letter_apart(graph: &Graph) -> HashMap<&str, String> {
    let names = graph.images().iter().flat_map(|image| &image.references);
    let mut all: Vec<&Repository> = names.map(Reference::repository).collect();
    all.sort_unstable();
    all.dedup();
    if all.len() > COMPARED_AT_MOST {
        return HashMap::new();
    }
    // Two names that differ by one letter are the same once the right letter is left out of one or both.
    // Of the rest its hash is enough: whether two are alike is looked at once more.
    let hasher = foldhash::fast::RandomState::default();
    let mut rests: Vec<(u64, usize)> = Vec::new();
    for (position, repository) in all.iter().enumerate() {
        let full = repository.full();
        rests.push((hasher.hash_one(full), position));
        // Only letters count: of ten thousand names that differ in their numbers, each would be held against hundreds.
        let path = full.bytes().enumerate().skip(repository.registry().len() + 1);
        let places = path.filter(|(_, byte)| byte.is_ascii_alphabetic()).map(|(at, _)| at);
        rests.extend(places.map(|at| (hasher.hash_one(without(full, at).as_str()), position)));
    }
    rests.sort_unstable();
    rests.dedup();
    let mut neighbours: BTreeMap<usize, usize> = BTreeMap::new();
    for together in rests.chunk_by(|(one, _), (other, _)| one == other).filter(|some| some.len() > 1) {
        for (_, a) in together {
            for (_, b) in together.iter().filter(|(_, b)| b != a) {
                let (Some(one), Some(other)) = (all.get(*a), all.get(*b)) else { continue };
                if differ_by_a_letter(one, other) {
                    // The first by name.
                    neighbours.entry(*a).and_modify(|first| *first = *b.min(first)).or_insert(*b);
                }
            }
        }
    }
    let text = |(a, b): (&usize, &usize)| Some((all.get(*a)?.full(), all.get(*b)?.familiar().to_owned()));
    neighbours.iter().filter_map(text).collect()
}

fn without(text: &str, at: usize) -> String {
    let (before, after) = text.split_at(at);
    let mut rest = before.to_owned();
    rest.extend(after.chars().skip(1));
    rest
}

/// Digits count up and separators part words: only letters are mistyped.
fn differ_by_a_letter(a: &Repository, b: &Repository) -> bool {
    if a.registry() != b.registry() || a == b {
        return false;
    }
    let last = |name: &Repository| name.path().rsplit('/').next().map_or(0, str::len);
    if last(a).min(last(b)) < SHORTEST {
        return false;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.path().chars().collect(), b.path().chars().collect());
    let same = |(x, y): &(&char, &char)| x == y;
    let head = a.iter().zip(&b).take_while(same).count();
    let room = a.len().min(b.len()) - head;
    let tail = a.iter().rev().zip(b.iter().rev()).take(room).take_while(same).count();
    let left = |name: &[char]| name.get(head..name.len() - tail).unwrap_or_default().to_vec();
    match (left(&a).as_slice(), left(&b).as_slice()) {
        ([x], [y]) => x.is_ascii_alphabetic() && y.is_ascii_alphabetic(),
        ([one], []) | ([], [one]) => one.is_ascii_alphabetic(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::model::{BuildCache, EngineInfo, ImageId, Inventory, Layers, Section, StoreKind};

    fn graph(images: &[&[&str]]) -> Graph {
        let image = |(at, names): (usize, &&[&str])| Image {
            id: ImageId::parse(&format!("{at:064x}")).unwrap(),
            parent: None,
            references: names.iter().map(|name| Reference::parse(name).unwrap()).collect(),
            computed_digests: Vec::new(),
            created: None,
            size: None,
            parts: None,
            labels: BTreeMap::new(),
            history: None,
            platform: None,
            layers: Layers::NotRead,
            containers: None,
            read_only: false,
        };
        let engine = EngineInfo {
            name: "Docker Engine".to_owned(),
            version: "28.5.2".to_owned(),
            api: "1.51".to_owned(),
            store: StoreKind::Classic,
            id: None,
        };
        Graph::new(Arc::new(Inventory {
            engine,
            images: Section::Complete(images.iter().enumerate().map(image).map(Arc::new).collect()),
            containers: Section::Complete(Vec::new()),
            build_cache: Section::Complete(BuildCache::default()),
        }))
    }

    fn hints(images: &[&[&str]]) -> Hints {
        let graph = graph(images);
        let names = graph.images().iter().flat_map(|image| &image.references);
        let environments = Environments::of(names.map(|name| name.repository().registry()));
        Hints::new(&graph, &environments)
    }

    #[test]
    fn a_host_in_a_path_is_pointed_out() {
        let found = hints(&[&["index-dev.qiniu.io/index.qbox.me/team/app:1"]]);
        let host = "index.qbox.me".to_owned();
        let registry = "index-dev.qiniu.io".to_owned();
        assert_eq!(found.name(ImageIx(0), 0), [Hint::PastedHost { host, registry }]);
    }

    #[test]
    fn one_image_in_test_and_production_is_pointed_out_at_the_image() {
        let found = hints(&[&["index-dev.qiniu.io/a/shop:1", "index.qiniu.com/b/other:1"]]);
        let (test, production) = ("index-dev.qiniu.io".to_owned(), "index.qiniu.com".to_owned());
        assert_eq!(found.image(ImageIx(0)), Some(&Hint::TwoEnvironments { test, production }));
        let apart = hints(&[&["index-dev.qiniu.io/a/shop:1"], &["index.qiniu.com/b/other:1"]]);
        assert_eq!(apart.image(ImageIx(0)), None);
    }

    #[test]
    fn a_name_in_another_registry_is_the_same_image_or_another() {
        let same = hints(&[&["a.example/team/app:1", "b.example/team/app:1", "b.example/team/app:2"]]);
        let registries = vec!["b.example".to_owned()];
        assert_eq!(same.name(ImageIx(0), 0), [Hint::AlsoIn { registries }]);
        assert!(same.name(ImageIx(0), 2).is_empty(), "another tag is another name");
        let other = hints(&[&["a.example/team/app:1"], &["b.example/team/app:1"]]);
        let registry = "b.example".to_owned();
        assert_eq!(other.name(ImageIx(0), 0), [Hint::OtherImage { registry, image: ImageIx(1) }]);
    }

    #[test]
    fn names_one_letter_apart_are_pointed_out_and_counters_are_not() {
        let apart = |a: &str, b: &str| !hints(&[&[a], &[b]]).name(ImageIx(0), 0).is_empty();
        assert!(apart("r.example/qcos/msfngix:1", "r.example/qcos/msfnginx:1"), "a letter less");
        assert!(apart("r.example/qcos/nginx:1", "r.example/qcos/nginy:2"), "another letter");
        assert!(!apart("r.example/qcos/web1:1", "r.example/qcos/web2:1"), "a number");
        assert!(!apart("r.example/qcos/web:1", "r.example/qcos/wet:1"), "too short");
        assert!(!apart("r.example/qcos/nginx:1", "s.example/qcos/nginy:1"), "another registry");
        assert!(!apart("r.example/qcos/nginx:1", "r.example/qcos/ngix-y:1"), "two letters");
        assert!(!apart("r.example/ab/cdef:1", "r.example/abc/def:1"), "a separator moved");
    }
}
