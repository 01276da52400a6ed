//! Brings a listing up to date with what events were about, and asks for nothing else: a list of 1,000 images
//! takes a containerd store five seconds, one image some milliseconds.
//!
//! An event only says where to look; what is there is asked. What events leave out is found by what hangs on
//! what: the image that lost a name to another, the parents that a build made without a word (Docker 20.10),
//! the children of what is gone (the classic store forgets their parent, Podman finds them another), those
//! that Podman takes for children of what is new. The result has to be what a new listing would say; where
//! that is not certain, there is none. Changes that come without any event (an untagged build by BuildKit on
//! 20.10, the removal of single platforms) are left to the next listing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};

use super::docker::{Docker, status};
use super::error::Trouble;
use super::watch::Touched;
use super::wire::{ImageDetail, ImageRow, Row};
use super::{Unread, convert, raw};
use crate::model::{Container, Failure, Image, ImageId, Inventory, Layers, Reference, Section, StoreKind};

const LOOK: Duration = Duration::from_secs(30);
/// Since this version an image of the containerd store tells what it consists of.
const MANIFESTS: (u32, u32) = (1, 48);
const AT_ONCE: usize = 4;
/// A label of this name stands in an event in place of the name that was given.
const NAME: &str = "name";
/// Beyond this many images a list is not much dearer.
const MOST: usize = 96;

/// What was found of the images looked at; `None` for one that is gone.
type Found = BTreeMap<ImageId, Option<Image>>;

/// Why there is no update.
enum NoUpdate {
    /// Only a list can tell.
    Unclear,
    Failed(Failure),
}

impl From<Failure> for NoUpdate {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Docker {
    /// `None` where only a new listing can tell.
    pub async fn update(&self, before: &Inventory, touched: &Touched) -> Result<Option<Inventory>, Failure> {
        match self.try_update(before, touched).await {
            Ok(inventory) => Ok(Some(inventory)),
            Err(NoUpdate::Unclear) => Ok(None),
            Err(NoUpdate::Failed(failure)) => Err(failure),
        }
    }

    async fn try_update(&self, before: &Inventory, touched: &Touched) -> Result<Inventory, NoUpdate> {
        if !before.is_complete() {
            return Err(NoUpdate::Unclear);
        }
        let images_touched = !touched.images.is_empty() || !touched.names.is_empty();
        let build_cache =
            async { if touched.build_cache { self.build_cache().await } else { before.build_cache.clone() } };
        let first = Ask { images: touched.images.clone(), names: touched.names.clone() };
        let looks = async {
            let mut looks = Looks::new(self, before, touched);
            if images_touched {
                looks.follow(first).await?;
            }
            Ok::<_, NoUpdate>(looks)
        };
        // A container shows the name it was made with only as long as that leads to its image.
        let (looks, containers, build_cache) = tokio::join!(looks, self.containers(), build_cache);
        let mut looks = looks?;
        let containers = containers?;
        if !containers.is_complete() {
            return Err(NoUpdate::Unclear);
        }
        looks.follow_containers(before.containers.seen(), containers.seen()).await?;
        let images = Section::Complete(looks.applied()?);
        self.is_still_the_same().await?;
        Ok(Inventory { engine: before.engine.clone(), images, containers, build_cache })
    }

    /// Whatever is called this; `None` if nothing is. `likely` are the names that it may have, as far as can be
    /// said before.
    async fn look(&self, called: &str, likely: &BTreeSet<Reference>) -> Result<Option<Image>, NoUpdate> {
        let looked = match self.inner.info.store {
            StoreKind::Classic => self.detail(called).await.map(|detail| match detail {
                Some(detail) => {
                    convert::image_of(detail, StoreKind::Classic).map(Some).ok_or(NoUpdate::Unclear)
                }
                None => Ok(None),
            }),
            StoreKind::Containerd => self.look_on_containerd(called, likely).await,
            StoreKind::Podman => self.look_on_podman(called).await,
        };
        looked.map_err(self.failed(format!("look at image {called}")))?
    }

    /// An image by its detail; `None` if there is none.
    async fn detail(&self, called: &str) -> Result<Option<ImageDetail>, Trouble> {
        let with = if self.inner.info.store == StoreKind::Containerd { "?manifests=1" } else { "" };
        match raw::get(&self.client, &format!("/images/{called}/json{with}"), LOOK).await {
            Ok(detail) => Ok(Some(detail)),
            Err(Trouble::Wire(error)) if status(&error) == Some(404) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Each name has a record with a parent of its own, and a list need not show that of the same record as an
    /// image's detail does. Either takes as long as the other with many images, so both are asked for at once.
    async fn look_on_containerd(
        &self,
        called: &str,
        likely: &BTreeSet<Reference>,
    ) -> Result<Result<Option<Image>, NoUpdate>, Trouble> {
        // One that is gone ends both.
        let detail = async { self.detail(called).await.map_err(Some)?.ok_or(None) };
        let listed =
            async { Ok(if likely.is_empty() { Ok(Vec::new()) } else { self.list_named(likely).await }) };
        let (detail, listed) = match tokio::try_join!(detail, listed) {
            Ok(both) => both,
            Err(Some(trouble)) => return Err(trouble),
            Err(None) => return Ok(Ok(None)),
        };
        let Some(image) = convert::image_of(detail, StoreKind::Containerd) else {
            return Ok(Err(NoUpdate::Unclear));
        };
        if image.references.is_empty() {
            return Ok(Ok(Some(image)));
        }
        let names: BTreeSet<_> = image.references.iter().cloned().collect();
        // A list narrowed to names shows no others.
        let listed = if names.is_subset(likely) { listed? } else { self.list_named(&names).await? };
        let same = |found: &Image| found.id == image.id && found.references == image.references;
        Ok(listed.into_iter().find(same).map(Some).ok_or(NoUpdate::Unclear))
    }

    /// The images that have some of these names.
    async fn list_named(&self, names: &BTreeSet<Reference>) -> Result<Vec<Image>, Trouble> {
        let names: Vec<_> = names.iter().map(Reference::familiar).collect();
        let filter = serde_json::json!({ "reference": names }).to_string();
        self.few(&format!("/images/json?all=1&manifests=1&filters={}", raw::in_query(&filter))).await
    }

    /// A list that is narrowed to few.
    async fn few(&self, path: &str) -> Result<Vec<Image>, Trouble> {
        let rows: Vec<Row<ImageRow>> = raw::get(&self.client, path, LOOK).await?;
        match convert::images(rows, self.inner.info.store) {
            Section::Complete(images) => Ok(images),
            Section::Failed { why, .. } => Err(Trouble::Malformed(why)),
        }
    }

    /// Its list can be narrowed to one image, and says everything of it, also which containers it counts.
    async fn look_on_podman(&self, called: &str) -> Result<Result<Option<Image>, NoUpdate>, Trouble> {
        // Events of Podman name images by their ID.
        let Ok(id) = ImageId::parse(called) else { return Ok(Err(NoUpdate::Unclear)) };
        let filter = serde_json::json!({ "id": [id.hex()] }).to_string();
        let path = format!("/images/json?all=1&filters={}", raw::in_query(&filter));
        Ok(Ok(self.few(&path).await?.into_iter().find(|image| image.id == id)))
    }
}

#[derive(Default)]
struct Ask {
    images: BTreeSet<ImageId>,
    names: BTreeSet<Reference>,
}

struct Looks<'a> {
    engine: &'a Docker,
    store: StoreKind,
    before: &'a [Arc<Image>],
    /// Images that were given names, and which.
    named: &'a BTreeSet<(ImageId, Option<Reference>)>,
    found: Found,
}

impl<'a> Looks<'a> {
    fn new(engine: &'a Docker, before: &'a Inventory, touched: &'a Touched) -> Self {
        let store = engine.inner.info.store;
        Self { engine, store, before: before.images.seen(), named: &touched.named, found: Found::new() }
    }

    fn was(&self, id: &ImageId) -> Option<&'a Arc<Image>> {
        let position = self.before.binary_search_by(|image| image.id.cmp(id)).ok()?;
        self.before.get(position)
    }

    /// Looks at these, and at whatever may have changed with them.
    async fn follow(&mut self, mut ask: Ask) -> Result<(), NoUpdate> {
        if self.store == StoreKind::Containerd && self.engine.inner.api < MANIFESTS {
            return Err(NoUpdate::Unclear);
        }
        while !ask.images.is_empty() || !ask.names.is_empty() {
            if self.found.len() + ask.images.len() + ask.names.len() > MOST {
                return Err(NoUpdate::Unclear);
            }
            let seen = self.look_at(&ask).await?;
            let mut next = self.holders(&ask.names);
            for (id, image) in seen {
                match &image {
                    Some(image) => self.follow_present(image, &mut next).await?,
                    None => self.follow_gone(&id, &mut next)?,
                }
                self.found.insert(id, image);
            }
            next.retain(|id| !self.found.contains_key(id));
            ask = Ask { images: next, names: BTreeSet::new() };
        }
        Ok(())
    }

    async fn look_at(&self, ask: &Ask) -> Result<Found, NoUpdate> {
        let by_id = ask.images.iter().map(|id| (Some(id.clone()), id.to_string(), self.likely_names(id)));
        let by_name = ask.names.iter().map(|name| (None, name.full(), BTreeSet::from([name.clone()])));
        let all: Vec<_> = by_id.chain(by_name).collect();
        let looks = all.into_iter().map(|(id, called, likely)| async move {
            let image = self.engine.look(&called, &likely).await?;
            // By another ID than it was asked for: a list would show both, or neither.
            match (id, image) {
                (Some(id), Some(image)) if image.id != id => Err(NoUpdate::Unclear),
                (Some(id), image) => Ok(Some((id, image))),
                (None, Some(image)) => Ok(Some((image.id.clone(), Some(image)))),
                (None, None) => Ok(None),
            }
        });
        let looks: Vec<_> = stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
        let found: Result<Vec<_>, NoUpdate> = looks.into_iter().collect();
        Ok(found?.into_iter().flatten().collect())
    }

    /// The names that an image had, and those that it was given since.
    fn likely_names(&self, id: &ImageId) -> BTreeSet<Reference> {
        let had = self.was(id).into_iter().flat_map(|image| &image.references);
        let given = self.names_given(id).flatten();
        had.chain(given).cloned().collect()
    }

    /// The names that an image was given; `None` for one that was not told.
    fn names_given(&self, id: &ImageId) -> impl Iterator<Item = Option<&'a Reference>> {
        let of_it = self.named.range((id.clone(), None)..).take_while(move |(named, _)| named == id);
        of_it.map(|(_, name)| name.as_ref())
    }

    /// The images that had these names.
    fn holders(&self, names: &BTreeSet<Reference>) -> BTreeSet<ImageId> {
        if names.is_empty() {
            return BTreeSet::new();
        }
        let holds = |image: &&Arc<Image>| image.references.iter().any(|name| names.contains(name));
        self.before.iter().filter(holds).map(|image| image.id.clone()).collect()
    }

    async fn follow_present(&self, image: &Image, next: &mut BTreeSet<ImageId>) -> Result<(), NoUpdate> {
        let was = self.was(&image.id);
        let had = |name: &Reference| was.is_some_and(|was| was.references.contains(name));
        // Whoever lost a name to it gets no event of its own.
        let gained: BTreeSet<_> = image.references.iter().filter(|name| !had(name)).cloned().collect();
        next.extend(self.holders(&gained).into_iter().filter(|holder| *holder != image.id));
        self.follow_named(image, !gained.is_empty(), next)?;
        if let Some(parent) = &image.parent
            && was.is_none_or(|was| was.parent.as_ref() != Some(parent))
            && self.was(parent).is_none()
        {
            next.insert(parent.clone());
        }
        if was.is_none() && self.store == StoreKind::Podman {
            next.extend(self.children_on_podman(image).await?);
        }
        Ok(())
    }

    /// A name that was given, and taken away again before it was looked at, may have been another's before.
    fn follow_named(
        &self,
        image: &Image,
        gained: bool,
        next: &mut BTreeSet<ImageId>,
    ) -> Result<(), NoUpdate> {
        for name in self.names_given(&image.id) {
            match name.filter(|_| !image.labels.contains_key(NAME)) {
                Some(name) if image.references.contains(name) => {}
                Some(name) => {
                    let holders = self.holders(&BTreeSet::from([name.clone()]));
                    if holders.is_empty() {
                        return Err(NoUpdate::Unclear);
                    }
                    next.extend(holders);
                }
                None if gained => {}
                None => return Err(NoUpdate::Unclear),
            }
        }
        Ok(())
    }

    /// What came and went before it was looked at may have taken a name from another, and nobody tells which.
    fn follow_gone(&self, id: &ImageId, next: &mut BTreeSet<ImageId>) -> Result<(), NoUpdate> {
        let is_named = self.named.iter().any(|(named, _)| named == id);
        if self.was(id).is_none() || is_named {
            return Err(NoUpdate::Unclear);
        }
        let is_child = |image: &&Arc<Image>| image.parent.as_ref() == Some(id);
        if self.store != StoreKind::Containerd {
            next.extend(self.before.iter().filter(is_child).map(|image| image.id.clone()));
        }
        Ok(())
    }

    /// The images that Podman would say were built on one that is new: it goes by layers and history
    /// (`rules::podman`).
    async fn children_on_podman(&self, image: &Image) -> Result<Vec<ImageId>, NoUpdate> {
        let unread = Unread { image: image.id.clone(), unpacked: None, parts: image.parts };
        let read = self.engine.read_layers(vec![unread]).next().await.ok_or(NoUpdate::Unclear)?;
        let (Layers::Known(layers), Some(history)) = (read.layers, read.history) else {
            return Err(NoUpdate::Unclear);
        };
        let mut children = Vec::new();
        for other in self.before {
            let (Layers::Known(its), Some(story)) = (&other.layers, &other.history) else {
                return Err(NoUpdate::Unclear);
            };
            let same = |(a, b): (&crate::model::Layer, &crate::model::Layer)| a.diff_id == b.diff_id;
            let on_top = its.len() >= layers.len() && its.iter().zip(layers.iter()).all(same);
            if on_top && story.len() == history.len() + 1 && story.starts_with(&history) {
                children.push(other.id.clone());
            }
        }
        Ok(children)
    }

    /// Podman counts containers in its list of images; a containerd store unpacks an image for its first
    /// container, if it was not before, and counts that in its size.
    async fn follow_containers(&mut self, before: &[Container], now: &[Container]) -> Result<(), NoUpdate> {
        if self.store == StoreKind::Classic {
            return Ok(());
        }
        let of = |all: &'_ [Container]| -> BTreeSet<(ImageId, String)> {
            all.iter().map(|c| (c.image.clone(), c.id.to_string())).collect()
        };
        let (before, now) = (of(before), of(now));
        let mut ask: BTreeSet<ImageId> = now.difference(&before).map(|(image, _)| image.clone()).collect();
        if self.store == StoreKind::Podman {
            ask.extend(before.difference(&now).map(|(image, _)| image.clone()));
            // Counted at another moment than the containers were listed.
            let listed = |image: &Image| {
                now.range((image.id.clone(), String::new())..).take_while(|(id, _)| *id == image.id).count()
            };
            let miscounted = |image: &&Arc<Image>| image.containers != u64::try_from(listed(image)).ok();
            ask.extend(self.before.iter().filter(miscounted).map(|image| image.id.clone()));
        }
        // What was looked at while the containers were listed is looked at once more.
        for id in &ask {
            self.found.remove(id);
        }
        self.follow(Ask { images: ask, names: BTreeSet::new() }).await
    }

    /// The images as they are now.
    fn applied(self) -> Result<Vec<Arc<Image>>, NoUpdate> {
        let Self { engine, before, ref found, .. } = self;
        let unchanged = || before.iter().filter(|image| !found.contains_key(&image.id));
        let mut seen: Vec<Image> = found.values().flatten().cloned().collect();
        // Looked at one after the other, while a name moved on.
        let mut names = BTreeSet::new();
        let mut all = seen.iter().flat_map(|image| &image.references);
        let is_twice = !all.all(|name| names.insert(name));
        let is_held = |image: &Arc<Image>| image.references.iter().any(|name| names.contains(name));
        if is_twice || unchanged().any(is_held) {
            return Err(NoUpdate::Unclear);
        }
        engine.fill_known(&mut seen);
        let shared = |image: Image| match self.was(&image.id) {
            Some(was) if **was == image => Arc::clone(was),
            Some(_) | None => Arc::new(image),
        };
        let mut images: Vec<_> = unchanged().cloned().chain(seen.into_iter().map(shared)).collect();
        images.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(images)
    }
}
