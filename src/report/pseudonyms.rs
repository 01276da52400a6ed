//! Other words for everything in an inventory that tells whose it is: registries, repositories, tags,
//! container names and IDs. The same thing gets the same word everywhere, so that a world stays what it was.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::model::{ChainId, ContainerId, DiffId, Graph, ImageId, Reference};

/// What everybody has, and stays.
const COMMON_REGISTRIES: [&str; 2] = ["docker.io", "localhost"];
const COMMON_TAGS: [&str; 1] = ["latest"];
const COMMON_PARTS: [&str; 1] = ["library"];
/// How much of an ID is shown where it is shortened.
const SHORT: usize = 12;

/// What to write instead of what.
#[derive(Debug, Default)]
pub struct Pseudonyms {
    /// Names and IDs, in every form in which they are written.
    words: HashMap<String, String>,
    containers: BTreeMap<String, String>,
}

impl Pseudonyms {
    /// For all that a graph holds. What is sorted stays sorted: engines list names in their order.
    pub fn of(graph: &Graph) -> Self {
        let mut all = Self::default();
        let names = names(graph);
        all.ids(graph, &names);
        let texts = |part: fn(&Reference) -> Vec<&str>| names.iter().flat_map(part).collect::<BTreeSet<_>>();
        let registries = ranked(&texts(|n| vec![n.repository().registry()]), "registry", &COMMON_REGISTRIES);
        let parts = ranked(&texts(|n| n.repository().path().split('/').collect()), "app", &COMMON_PARTS);
        let tags = ranked(&texts(|n| n.tag().into_iter().collect()), "tag", &COMMON_TAGS);
        for name in &names {
            all.name(name, &registries, &parts, &tags);
        }
        let containers = graph.containers().iter().map(|container| container.name.as_str()).collect();
        all.containers = ranked(&containers, "container", &[]);
        all
    }

    fn ids(&mut self, graph: &Graph, names: &BTreeSet<Reference>) {
        let mut ids = BTreeSet::new();
        for image in graph.images() {
            ids.insert(image.id.hex());
            ids.extend(image.parent.as_ref().map(ImageId::hex));
            let layers = image.layers.known().unwrap_or_default();
            ids.extend(layers.iter().map(|layer| layer.diff_id.hex()));
        }
        for container in graph.containers() {
            ids.extend([container.id.as_str(), container.image.hex()]);
        }
        let digests = names.iter().filter_map(Reference::digest);
        ids.extend(digests.map(|digest| digest.as_str().trim_start_matches("sha256:")));
        for (number, hex) in ids.into_iter().enumerate() {
            let short = format!("{:0SHORT$x}", number + 1);
            self.id(hex, format!("{short}{}", "0".repeat(hex.len().saturating_sub(SHORT))));
        }
        // What a layer is called in an answer follows from those beneath it.
        for image in graph.images() {
            let mut below: Option<(ChainId, ChainId)> = None;
            for layer in image.layers.known().unwrap_or_default() {
                let Some(Ok(new)) = self.words.get(layer.diff_id.hex()).map(|new| DiffId::parse(new)) else {
                    break;
                };
                let old_chain = ChainId::stack(below.as_ref().map(|(old, _)| old), &layer.diff_id);
                let new_chain = ChainId::stack(below.as_ref().map(|(_, new)| new), &new);
                if !self.words.contains_key(old_chain.hex()) {
                    self.id(old_chain.hex(), new_chain.hex().to_owned());
                }
                below = Some((old_chain, new_chain));
            }
        }
    }

    /// An ID in full and shortened.
    fn id(&mut self, hex: &str, new: String) {
        if let (Some(shown), Some(short)) = (hex.get(..SHORT), new.get(..SHORT)) {
            self.words.insert(shown.to_owned(), short.to_owned());
        }
        self.words.insert(hex.to_owned(), new);
    }

    fn name(&mut self, name: &Reference, registries: &Words, parts: &Words, tags: &Words) {
        let of = |words: &Words, text: &str| words.get(text).cloned().unwrap_or_else(|| text.to_owned());
        let repository = name.repository();
        let mut registry = of(registries, repository.registry());
        if registry != repository.registry() {
            registry.push_str(".example");
        }
        let path: Vec<_> = repository.path().split('/').map(|part| of(parts, part)).collect();
        let new = format!("{registry}/{}", path.join("/"));
        let shown =
            Reference::parse(&new).map_or_else(|_| new.clone(), |n| n.repository().familiar().to_owned());
        let tag = name.tag().map(|tag| format!(":{tag}")).unwrap_or_default();
        let new_tag = name.tag().map(|tag| format!(":{}", of(tags, tag))).unwrap_or_default();
        self.words.insert(format!("{}{tag}", repository.full()), format!("{new}{new_tag}"));
        self.words.insert(format!("{}{tag}", repository.familiar()), format!("{shown}{new_tag}"));
    }

    /// Replaces the texts in a value; the keys of its objects stay.
    pub fn replace(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.replaced(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.replace(value)),
            Value::Object(fields) => {
                for (key, value) in fields.iter_mut() {
                    let container =
                        value.as_str().filter(|_| key == "name").and_then(|n| self.containers.get(n));
                    match container {
                        Some(new) => *value = Value::String(new.clone()),
                        None => self.replace(value),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A value with other words in its texts.
    pub fn renamed<T: Serialize + DeserializeOwned>(&self, value: &T) -> Result<T, String> {
        let mut json = serde_json::to_value(value).map_err(|error| error.to_string())?;
        self.replace(&mut json);
        serde_json::from_value(json).map_err(|error| error.to_string())
    }

    pub fn image_id(&self, id: &ImageId) -> ImageId {
        self.known(id.hex()).and_then(|new| ImageId::parse(&new).ok()).unwrap_or_else(|| id.clone())
    }

    pub fn diff_id(&self, id: &DiffId) -> DiffId {
        self.known(id.hex()).and_then(|new| DiffId::parse(&new).ok()).unwrap_or_else(|| id.clone())
    }

    pub fn container_id(&self, id: &ContainerId) -> ContainerId {
        self.known(id.as_str()).and_then(|new| ContainerId::parse(&new).ok()).unwrap_or_else(|| id.clone())
    }

    fn known(&self, hex: &str) -> Option<String> {
        self.words.get(hex).cloned()
    }

    /// A container's name; one that is not listed is told by no name at all.
    pub fn container(&self, name: &str) -> String {
        self.containers.get(name).cloned().unwrap_or_else(|| "container".to_owned())
    }

    pub fn reference(&self, name: &Reference) -> Reference {
        let repository = name.repository().full();
        let tag = name.tag().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest =
            name.digest().map(|digest| format!("@{}", self.word(digest.as_str()))).unwrap_or_default();
        let new = self
            .words
            .get(&format!("{repository}{tag}"))
            .and_then(|new| Reference::parse(&format!("{new}{digest}")).ok());
        new.or_else(|| self.short_reference(name)).unwrap_or_else(|| name.clone())
    }

    /// For a name of so many parts that longer words make it too long.
    fn short_reference(&self, name: &Reference) -> Option<Reference> {
        let at = self.words.keys().filter(|word| word.as_str() < name.repository().full()).count();
        let tag = name.tag().map(|_| format!(":tag-{at}")).unwrap_or_default();
        let digest =
            name.digest().map(|digest| format!("@{}", self.word(digest.as_str()))).unwrap_or_default();
        Reference::parse(&format!("registry.example/app-{at}{tag}{digest}")).ok()
    }

    /// Known words one by one, whatever stands between them.
    pub fn replaced(&self, text: &str) -> String {
        let belongs = |c: char| c.is_ascii_alphanumeric() || "._:/@-+".contains(c);
        let mut new = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let word_ends = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(word_ends);
            let bare = word.trim_end_matches(['.', ':']);
            new.push_str(&self.word(bare));
            new.push_str(word.get(bare.len()..).unwrap_or_default());
            let gap_ends = after.find(belongs).unwrap_or(after.len());
            let (gap, next) = after.split_at(gap_ends);
            new.push_str(gap);
            rest = next;
        }
        new
    }

    fn word(&self, word: &str) -> String {
        if let Some(new) = self.words.get(word) {
            return new.clone();
        }
        let known = |hex: &str| self.words.get(hex).cloned();
        if let Some((name, hex)) = word.split_once("sha256:")
            && let Some(hex) = known(hex)
        {
            let name = name.strip_suffix('@').map(|name| format!("{}@", self.word(name)));
            return format!("{}sha256:{hex}", name.unwrap_or_default());
        }
        // In the engine's sentences containers stand with their name too.
        self.containers.get(word).cloned().unwrap_or_else(|| word.to_owned())
    }
}

type Words = BTreeMap<String, String>;

/// Every name that stands anywhere.
fn names(graph: &Graph) -> BTreeSet<Reference> {
    let of_images =
        graph.images().iter().flat_map(|image| image.references.iter().chain(&image.computed_digests));
    let mut names: BTreeSet<_> = of_images.cloned().collect();
    for container in graph.containers() {
        let mounted = container.image_mounts.iter().map(|mount| &mount.source);
        names.extend(
            std::iter::once(&container.image_shown)
                .chain(mounted)
                .filter_map(|shown| Reference::parse(shown).ok()),
        );
    }
    names
}

/// Numbered words in the same order; those in common stay, and the others stand on the same side of them.
fn ranked(texts: &BTreeSet<&str>, kind: &str, common: &[&str]) -> Words {
    const SIDES: [&str; 3] = ["a-", "e-", "z-"];
    let new = |(number, text): (usize, &&str)| {
        let side = common.iter().filter(|stays| *text > **stays).count();
        let side = if common.is_empty() { "" } else { SIDES.get(side).copied().unwrap_or_default() };
        ((*text).to_owned(), format!("{side}{kind}-{:03}", number + 1))
    };
    let others = texts.iter().filter(|text| !common.contains(text));
    others.enumerate().map(new).collect()
}
