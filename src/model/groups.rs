//! Images by repository or by registry. An image with names in several of them stands in each.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _};

use super::bytes::Bytes;
use super::environment::{Environment, Environments};
use super::graph::{ChainIx, Graph, ImageIx};
use super::inventory::StoreKind;
use super::reference::{Reference, Repository};

/// A row of [`Groups::all`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupIx(pub u32);

/// What the images of a group have in common. Ordered as shown: by name, and the nameless last.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GroupName {
    Repository(Repository),
    /// Holds the host.
    Registry(String),
    /// Images without a name.
    Unnamed,
}

impl GroupName {
    /// Whether a name belongs to the group.
    pub fn holds(&self, name: &Reference) -> bool {
        match self {
            Self::Repository(repository) => name.repository() == repository,
            Self::Registry(host) => name.repository().registry() == host,
            Self::Unnamed => false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub name: GroupName,
    /// In the inventory's order, each once.
    pub images: Vec<ImageIx>,
    /// Of a registry, or of a repository's registry.
    pub environment: Option<Environment>,
    /// All layers of its images, a shared one once; `None` where some size is not known.
    pub size: Option<Bytes>,
    /// The layers that no image outside of it needs.
    pub own: Option<Bytes>,
    /// Containers that use one of its images.
    pub used: usize,
}

/// The groups of one inventory, sorted by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    all: Vec<Group>,
    /// The groups of each image: `members` between one start and the next.
    starts: Arc<[usize]>,
    members: Arc<[GroupIx]>,
}

impl Groups {
    pub fn by_repository(graph: &Graph, environments: &Environments) -> Self {
        let name = |repository: &Repository| GroupName::Repository(repository.clone());
        Self::by(graph, Reference::repository, name, |r| environments.get(r.registry()))
    }

    pub fn by_registry(graph: &Graph, environments: &Environments) -> Self {
        let name = |host: &str| GroupName::Registry(host.to_owned());
        Self::by(graph, |name| name.repository().registry(), name, |host| environments.get(host))
    }

    /// Linear in the names and layers, so not for the window's thread.
    fn by<'g, K: Eq + std::hash::Hash + Ord + ?Sized + 'g>(
        graph: &'g Graph,
        key_of: impl Fn(&'g Reference) -> &'g K,
        name_of: impl Fn(&K) -> GroupName,
        environment_of: impl Fn(&K) -> Option<Environment>,
    ) -> Self {
        let mut by_key: HashMap<&K, Vec<ImageIx>> = HashMap::new();
        let mut unnamed = Vec::new();
        for (ix, image) in (0..).map(ImageIx).zip(graph.images()) {
            if image.references.is_empty() {
                unnamed.push(ix);
            }
            for name in &image.references {
                let group = by_key.entry(key_of(name)).or_default();
                if group.last() != Some(&ix) {
                    group.push(ix);
                }
            }
        }
        let mut found: Vec<_> = by_key.into_iter().collect();
        found.sort_unstable_by_key(|(key, _)| *key);
        let mut layers = LayerCount::new(graph);
        let mut group = |name, images: Vec<ImageIx>, environment| {
            let (size, own) = layers.measure(&images);
            Group { name, environment, size, own, used: used(graph, &images), images }
        };
        let mut all: Vec<_> =
            found.into_iter().map(|(key, images)| group(name_of(key), images, environment_of(key))).collect();
        if !unnamed.is_empty() {
            all.push(group(GroupName::Unnamed, unnamed, None));
        }
        Self::index(all, graph.images().len())
    }

    /// The same groups where only containers have changed.
    #[must_use]
    pub fn used_in(&self, graph: &Graph) -> Self {
        let group = |group: &Group| Group { used: used(graph, &group.images), ..group.clone() };
        Self { all: self.all.iter().map(group).collect(), ..self.clone() }
    }

    fn index(all: Vec<Group>, images: usize) -> Self {
        let mut pairs: Vec<(ImageIx, GroupIx)> = all
            .iter()
            .zip((0..).map(GroupIx))
            .flat_map(|(group, ix)| group.images.iter().map(move |image| (*image, ix)))
            .collect();
        pairs.sort_unstable();
        let starts = (0..).map(ImageIx).take(images + 1);
        let starts = starts.map(|image| pairs.partition_point(|(before, _)| *before < image)).collect();
        Self { all, starts, members: pairs.into_iter().map(|(_, group)| group).collect() }
    }

    pub fn all(&self) -> &[Group] {
        &self.all
    }

    pub fn get(&self, ix: GroupIx) -> Option<&Group> {
        self.all.get(ix.0 as usize)
    }

    pub fn find(&self, name: &GroupName) -> Option<GroupIx> {
        let at = self.all.binary_search_by(|group| group.name.cmp(name)).ok()?;
        u32::try_from(at).ok().map(GroupIx)
    }

    /// The groups that an image stands in.
    pub fn of(&self, image: ImageIx) -> &[GroupIx] {
        let at = image.0 as usize;
        let range = self.starts.get(at).zip(self.starts.get(at + 1));
        range.and_then(|(start, end)| self.members.get(*start..*end)).unwrap_or_default()
    }
}

/// How many containers use these images.
fn used(graph: &Graph, images: &[ImageIx]) -> usize {
    images.iter().map(|ix| graph.users(*ix).len() + graph.mounted_by(*ix).len()).sum()
}

/// Counts the layers of one set of images after the other.
struct LayerCount<'a> {
    graph: &'a Graph,
    /// For each layer: the set it was last seen in, and how many images of that set stand on it.
    seen: Vec<(u32, u32)>,
    set: u32,
}

impl<'a> LayerCount<'a> {
    fn new(graph: &'a Graph) -> Self {
        Self { graph, seen: vec![(0, 0); graph.chain_count()], set: 0 }
    }

    /// The bytes of all layers of these images, and of those that no other image needs.
    fn measure(&mut self, images: &[ImageIx]) -> (Option<Bytes>, Option<Bytes>) {
        let inventory = self.graph.inventory();
        // On the containerd store an image is more than its layers, and unread layers may be any.
        let untold = inventory.engine.store == StoreKind::Containerd
            || !inventory.images.is_complete()
            || !self.graph.images_with_unread_layers().is_empty();
        if untold {
            return (None, None);
        }
        self.set += 1;
        let (mut size, mut own) = (Some(Bytes(0)), Some(Bytes(0)));
        for image in images {
            for (ChainIx(at), chain) in self.graph.down_from(self.graph.top(*image)) {
                let Some((set, count)) = self.seen.get_mut(at as usize) else { continue };
                if *set != self.set {
                    (*set, *count) = (self.set, 0);
                    size = size.zip(chain.size).map(|(sum, more)| sum + more);
                }
                *count += 1;
                if *count == chain.images() {
                    own = own.zip(chain.size).map(|(sum, more)| sum + more);
                }
            }
        }
        (size, own)
    }
}
