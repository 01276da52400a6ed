//! One observation of an engine: what there is, all lists asked for at once.
//!
//! A list that fails is a failed section or a failure, never an empty one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::docker::{Docker, Inner, lock};
use super::error::Trouble;
use super::wire::{ContainerRow, DiskUsage, ImageRow, Row};
use super::{convert, raw};
use crate::model::{
    BuildCache, Container, Failure, Image, ImageMount, Inventory, Reference, Section, StoreKind, id,
};

/// A containerd store with 10,000 images needs more than a minute.
const LIST: Duration = Duration::from_mins(3);
/// Since this version a list tells what an image of the containerd store consists of.
const MANIFESTS: (u32, u32) = (1, 47);
/// Since this version the build cache can be asked for alone.
const BUILD_CACHE_ALONE: (u32, u32) = (1, 42);
/// The newest version known to list every record of the build cache.
const BUILD_CACHE_LISTED: (u32, u32) = (1, 44);
/// Older engines measure every volume along with it: not for every refresh, and not for long.
const DISK_USAGE: Duration = Duration::from_secs(20);
const DISK_USAGE_KEPT: Duration = Duration::from_mins(1);

impl Docker {
    /// Everything there is. Layers are those already known; the rest is [`Layers::NotRead`].
    pub async fn list(&self) -> Result<Inventory, Failure> {
        let (engine, images, containers, build_cache) =
            tokio::join!(self.info_now(), self.images(), self.containers(), self.build_cache());
        // Afterwards: whichever of them another engine answered.
        self.is_still_the_same().await?;
        Ok(Inventory {
            engine: engine?,
            images: images?,
            containers: failed_section(containers),
            build_cache,
        })
    }

    async fn images(&self) -> Result<Section<Vec<Arc<Image>>>, Failure> {
        let Inner { info, .. } = &*self.inner;
        // Not with `digests=1`: Podman answers that with nothing at all.
        let path = if info.store == StoreKind::Containerd && self.inner.api >= MANIFESTS {
            "/images/json?all=1&manifests=1"
        } else {
            "/images/json?all=1"
        };
        let rows: Vec<Row<ImageRow>> =
            raw::get(&self.client, path, LIST).await.map_err(self.failed("list images"))?;
        let mut section = convert::images(rows, info.store);
        self.fill_known(section.seen_mut());
        Ok(section.map(|images| images.into_iter().map(Arc::new).collect()))
    }

    pub(super) fn fill_known(&self, images: &mut [Image]) {
        let known = lock(&self.inner.known);
        for image in images {
            if let Some(content) = known.of(image) {
                image.learn(content.clone());
            }
        }
    }

    pub(super) async fn containers(&self) -> Result<Section<Vec<Container>>, Failure> {
        let path = "/containers/json?all=1";
        let rows: Vec<Row<ContainerRow>> =
            raw::get(&self.client, path, LIST).await.map_err(self.failed("list containers"))?;
        let mut section = convert::containers(rows);
        let mut unknown = None;
        for mount in section.seen_mut().iter_mut().flat_map(|c| &mut c.image_mounts) {
            if let Err(failure) = self.find_mounted(mount).await {
                unknown = Some(failure.to_string());
            }
        }
        Ok(match (unknown, section) {
            // Which image is mounted decides what may go: without that the list is not complete.
            (Some(why), Section::Complete(partial)) => Section::Failed { why, partial },
            (_, section) => section,
        })
    }

    /// No answer tells which image a mount by name holds. It is taken for the one that the name leads
    /// to now, which is wrong if the name was moved since; the engine itself then says so.
    async fn find_mounted(&self, mount: &mut ImageMount) -> Result<(), Failure> {
        let askable = Reference::parse(&mount.source).is_ok() || id::is_hex_prefix(&mount.source);
        if mount.image.is_some() || !askable {
            return Ok(());
        }
        let found = self.find_image(&mount.source).await;
        mount.image = found.map_err(self.failed(format!("look {} up", mount.source)))?;
        Ok(())
    }

    /// Podman has no cache beside its images.
    pub(super) async fn build_cache(&self) -> Section<BuildCache> {
        let Inner { info, api, build_cache, .. } = &*self.inner;
        if info.store == StoreKind::Podman {
            return Section::Complete(BuildCache::default());
        }
        let alone = *api >= BUILD_CACHE_ALONE;
        let kept = lock(build_cache).clone();
        if let Some((when, section)) = kept
            && !alone
            && when.elapsed() < DISK_USAGE_KEPT
        {
            return section;
        }
        let section = match self.ask_build_cache().await {
            Ok(build_cache) => Section::Complete(build_cache),
            Err(trouble) => Section::Failed {
                why: self.failed("list the build cache")(trouble).to_string(),
                partial: BuildCache::default(),
            },
        };
        *lock(build_cache) = Some((Instant::now(), section.clone()));
        section
    }

    async fn ask_build_cache(&self) -> Result<BuildCache, Trouble> {
        // Without a version the newest one answers, which counts the records and lists none.
        let Inner { info, api, oldest_api, .. } = &*self.inner;
        let (major, minor) = (*api).min(BUILD_CACHE_LISTED).max(*oldest_api);
        let path = format!("/v{major}.{minor}/system/df?type=build-cache");
        let usage: DiskUsage = raw::get(&self.client, &path, DISK_USAGE).await?;
        let records =
            usage.build_cache.ok_or_else(|| Trouble::Malformed("it lists no build cache".to_owned()))?;
        // On the containerd store the word cannot be relied on: the cache kept two layers of an image while it
        // called no record shared (28.5, an image built by BuildKit on one from a registry, then committed).
        let any = info.store == StoreKind::Containerd;
        let shared = records.iter().filter(|record| any || record.shared.unwrap_or(true)).count();
        Ok(BuildCache { shared_records: u64::try_from(shared).unwrap_or(u64::MAX) })
    }
}

fn failed_section<T: Default>(listed: Result<Section<T>, Failure>) -> Section<T> {
    listed.unwrap_or_else(|failure| Section::Failed { why: failure.to_string(), partial: T::default() })
}
