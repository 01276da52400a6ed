//! What a person wants kept, and what follows from it: no plan touches what is protected.
//!
//! A pinned name keeps its image too: with the image the name would go. A pinned image keeps its names.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use super::world::Change;
use crate::model::{ContainerIx, Graph, GroupName, Groups, ImageId, ImageIx, Reference, Repository};

/// An image with this label is kept, unless its value is one of the words for no.
pub const KEEP_LABEL: &str = "unmoor.keep";
const NO: [&str; 4] = ["", "0", "no", "false"];

/// Everything that a person has decided about keeping.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    pub pins: BTreeSet<Pin>,
    /// Images that their label or compose project does not protect any more: lifted by hand.
    pub lifted: BTreeSet<ImageId>,
}

/// One thing to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pin {
    Image(ImageId),
    Name(Reference),
    /// A repository in full, with its registry: `docker.io/library/nginx`.
    Repository(String),
    /// Names that match, in full or as Docker shows them; `*` stands for any text, `?` for one character.
    Pattern(String),
}

/// Why something is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    Pinned(Pin),
    /// By [`KEEP_LABEL`].
    Label,
    /// A container of this compose project runs on it.
    ComposeProject(String),
}

/// How many names a pattern would keep, as [`Pin::Pattern`] reads it; linear in names.
pub fn count_matching(graph: &Graph, pattern: &str) -> usize {
    let pattern = NamePattern::new(pattern);
    let names = graph.images().iter().flat_map(|image| &image.references);
    names.filter(|name| pattern.matches(name)).count()
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pinned(Pin::Image(_) | Pin::Name(_)) => f.write_str("you keep it"),
            Self::Pinned(Pin::Repository(name)) => write!(f, "you keep everything in {name}"),
            Self::Pinned(Pin::Pattern(pattern)) => write!(f, "you keep names like {pattern}"),
            Self::Label => write!(f, "its label {KEEP_LABEL} asks to keep it"),
            Self::ComposeProject(project) => write!(f, "compose project {project} runs on it"),
        }
    }
}

/// What a policy protects in one observation.
#[derive(Debug, Clone, Default)]
pub struct Protection {
    /// Images with all their names.
    images: HashMap<ImageIx, Keep>,
    /// Single names, each with its image.
    names: HashMap<ImageIx, Vec<(Reference, Keep)>>,
}

impl Protection {
    /// Works out what is protected; linear in images.
    pub fn new(graph: &Graph, policy: &Policy) -> Self {
        let all = (0..).map(ImageIx).zip(graph.images()).map(|(ix, _)| ix);
        Self::among(graph, policy, &kept_by_themselves(graph), || all)
    }

    /// The same where [`kept_by_themselves`] and the repositories are known already; linear in the names of the
    /// repositories that the policy may mean.
    pub fn of(
        graph: &Graph,
        policy: &Policy,
        by_themselves: &[(ImageIx, Keep)],
        repositories: &Groups,
    ) -> Self {
        Self::among(graph, policy, by_themselves, || NamePins::new(policy).may_mean(repositories))
    }

    fn among<I: IntoIterator<Item = ImageIx>>(
        graph: &Graph,
        policy: &Policy,
        by_themselves: &[(ImageIx, Keep)],
        may_be_named: impl FnOnce() -> I,
    ) -> Self {
        let mut protection = Self::default();
        let lifted = |ix| graph.image(ix).is_some_and(|image| policy.lifted.contains(&image.id));
        let kept = by_themselves.iter().filter(|(ix, _)| policy.lifted.is_empty() || !lifted(*ix));
        protection.images.extend(kept.cloned());
        for pin in &policy.pins {
            if let Pin::Image(id) = pin
                && let Some(ix) = graph.find_image(id)
            {
                protection.images.insert(ix, Keep::Pinned(pin.clone()));
            }
        }
        if policy.pins.iter().all(|pin| matches!(pin, Pin::Image(_))) {
            return protection;
        }
        let named = NamePins::new(policy);
        for ix in may_be_named() {
            let Some(image) = graph.image(ix) else { continue };
            let kept = image.references.iter().filter_map(|name| {
                let pin = named.find(name)?;
                Some((name.clone(), Keep::Pinned(pin.clone())))
            });
            let kept: Vec<_> = kept.collect();
            if !kept.is_empty() {
                protection.names.insert(ix, kept);
            }
        }
        protection
    }

    /// All images that are kept, in any order; one may come twice.
    pub fn images(&self) -> impl Iterator<Item = ImageIx> {
        self.images.keys().chain(self.names.keys()).copied()
    }

    /// Why an image is kept: for itself, or for one of its names.
    pub fn image(&self, ix: ImageIx) -> Option<&Keep> {
        self.images.get(&ix).or_else(|| self.names.get(&ix)?.first().map(|(_, keep)| keep))
    }

    /// Why a name of an image is kept: for itself, or with the whole image.
    pub fn name(&self, ix: ImageIx, name: &Reference) -> Option<&Keep> {
        let single = self.names.get(&ix).and_then(|names| names.iter().find(|(kept, _)| kept == name));
        single.map(|(_, keep)| keep).or_else(|| self.images.get(&ix))
    }

    /// The same in a listing with other names, in which every image stands where it stood.
    #[must_use]
    pub fn renamed(&self, reference: &dyn Fn(&Reference) -> Reference, keep: &dyn Fn(&Keep) -> Keep) -> Self {
        let names =
            |names: &Vec<(Reference, Keep)>| names.iter().map(|(n, k)| (reference(n), keep(k))).collect();
        Self {
            images: self.images.iter().map(|(ix, why)| (*ix, keep(why))).collect(),
            names: self.names.iter().map(|(ix, all)| (*ix, names(all))).collect(),
        }
    }

    /// Why a change must not be made.
    pub fn forbids(&self, graph: &Graph, change: &Change) -> Option<&Keep> {
        match change {
            Change::ImageRemoved(id) => self.image(graph.find_image(id)?),
            Change::ReferenceRemoved(id, name) => self.name(graph.find_image(id)?, name),
            Change::ReferenceAdded(..) | Change::ContainerStopped(_) | Change::ContainerRemoved(_) => None,
        }
    }

    /// How many images are kept.
    pub fn count(&self) -> usize {
        self.images.len() + self.names.keys().filter(|ix| !self.images.contains_key(ix)).count()
    }
}

/// The images that are kept though nobody asked for it in the window. Linear in them, so not for the window's
/// thread.
pub fn kept_by_themselves(graph: &Graph) -> Vec<(ImageIx, Keep)> {
    let all = (0..).map(ImageIx).take(graph.images().len());
    all.filter_map(|ix| Some((ix, by_itself(graph, ix)?))).collect()
}

/// Protection by a label, or by a compose project that runs.
fn by_itself(graph: &Graph, ix: ImageIx) -> Option<Keep> {
    let image = graph.image(ix)?;
    if image.labels.get(KEEP_LABEL).is_some_and(|value| !NO.contains(&value.to_ascii_lowercase().as_str())) {
        return Some(Keep::Label);
    }
    let project = |container: &ContainerIx| {
        let container = graph.container(*container)?;
        container.compose_project.clone().filter(|_| container.state.counts_as_running())
    };
    let users = graph.users(ix).iter().chain(graph.mounted_by(ix));
    users.filter_map(project).min().map(Keep::ComposeProject)
}

/// The pins that names are held against, ready for hundreds of thousands of them.
struct NamePins<'p> {
    names: HashMap<&'p Reference, &'p Pin>,
    repositories: HashMap<&'p str, &'p Pin>,
    patterns: Vec<(NamePattern<'p>, &'p Pin)>,
}

impl<'p> NamePins<'p> {
    fn new(policy: &'p Policy) -> Self {
        let mut all = Self { names: HashMap::new(), repositories: HashMap::new(), patterns: Vec::new() };
        for pin in &policy.pins {
            match pin {
                Pin::Image(_) => {}
                Pin::Name(name) => drop(all.names.insert(name, pin)),
                Pin::Repository(name) => drop(all.repositories.insert(name, pin)),
                Pin::Pattern(text) => all.patterns.push((NamePattern::new(text), pin)),
            }
        }
        all
    }

    /// All images that have a name in a repository in which a pin may find one.
    fn may_mean(&self, repositories: &Groups) -> BTreeSet<ImageIx> {
        let of_names: HashSet<_> = self.names.keys().map(|name| name.repository()).collect();
        let may = |repository: &Repository| {
            of_names.contains(repository)
                || self.repositories.contains_key(repository.full())
                || self.patterns.iter().any(|(pattern, _)| pattern.may_match_in(repository))
        };
        let groups = repositories.all().iter().filter(|group| match &group.name {
            GroupName::Repository(repository) => may(repository),
            GroupName::Registry(_) => true,
            GroupName::Unnamed => false,
        });
        groups.flat_map(|group| &group.images).copied().collect()
    }

    fn find(&self, name: &Reference) -> Option<&'p Pin> {
        let exactly = || if self.names.is_empty() { None } else { self.names.get(name) };
        let repository = || {
            if self.repositories.is_empty() { None } else { self.repositories.get(name.repository().full()) }
        };
        let found = exactly().or_else(repository).copied();
        found.or_else(|| {
            let mut matching = self.patterns.iter().filter(|(pattern, _)| pattern.matches(name));
            matching.next().map(|(_, pin)| *pin)
        })
    }
}

/// A pattern, ready to be held against many names.
struct NamePattern<'p> {
    glob: WildMatch,
    /// What it begins with, up to the first sign that stands for others.
    literal: &'p str,
}

impl<'p> NamePattern<'p> {
    fn new(text: &'p str) -> Self {
        Self { glob: WildMatch::new(text), literal: text.split(['*', '?']).next().unwrap_or_default() }
    }

    /// Whether it matches a name in full, or as Docker shows it. A name is only put together where its repository
    /// does not tell already.
    fn matches(&self, name: &Reference) -> bool {
        let repository = name.repository();
        let (familiar, full) = (repository.familiar(), repository.full());
        (self.begins_like(full) && self.glob.matches(&name.full()))
            || (familiar != full && self.begins_like(familiar) && self.glob.matches(&name.familiar()))
    }

    fn may_match_in(&self, repository: &Repository) -> bool {
        self.begins_like(repository.familiar()) || self.begins_like(repository.full())
    }

    /// Whether names that begin with a form of their repository may match.
    fn begins_like(&self, repository: &str) -> bool {
        repository.starts_with(self.literal) || self.literal.starts_with(repository)
    }
}
