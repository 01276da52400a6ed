//! The embedded engine: a small inventory that follows the same rules as a real one.
//!
//! Its heart is the case this program was made for, with the original names, digests and short IDs: one
//! image with ten names from three registries. The rest of every ID is made up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::{
    BuildCache, Bytes, Container, ContainerConfig, ContainerId, ContainerState, DiffId, EngineInfo, Graph,
    Image, ImageId, Inventory, Item, Layer, Layers, Reference, Section, StoreKind,
};
use crate::rules::{Answer, Change, Refusal, Removal, World, container, relist, remove_image};

mod made_up;

use made_up::{Made, container_id, digest, image_id, layer};

/// A removal that no rule could answer would be a fault of the sample itself.
const NO_ANSWER: u16 = 500;

/// An engine in memory. Clones share one state.
#[derive(Debug, Clone)]
pub struct Sample {
    /// All that was done since it began: a listing would forget which layers a container holds whose image
    /// is gone.
    world: Arc<Mutex<World>>,
}

impl Sample {
    /// The inventory as of `now` (seconds since 1970): ages are told relative to it.
    pub fn new(now: i64) -> Self {
        Self::with(inventory(now))
    }

    /// An engine that starts out with any other inventory.
    pub fn with(inventory: Inventory) -> Self {
        let world = World::new(Arc::new(Graph::new(Arc::new(inventory))));
        Self { world: Arc::new(Mutex::new(world)) }
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn info(&self) -> EngineInfo {
        self.lock().engine().clone()
    }

    pub fn inventory(&self) -> Inventory {
        relist(&self.lock())
    }

    /// Makes the changes that a request decides on, unless it is refused.
    fn act<T>(
        &self,
        request: impl FnOnce(&World) -> Result<(T, Vec<Change>), Refusal>,
    ) -> Result<T, Refusal> {
        let mut world = self.lock();
        let (answer, changes) = request(&world)?;
        for change in &changes {
            world.apply(change);
        }
        Ok(answer)
    }

    pub fn remove_image(&self, target: &str, force: bool, prune: bool) -> Result<Vec<Item>, Refusal> {
        let removal = Removal { target: target.to_owned(), force, prune };
        self.act(|world| match remove_image(world, &removal) {
            Answer::Done(effect) => Ok((effect.items, effect.changes)),
            Answer::Refused(refusal) | Answer::NotFound(refusal) => Err(refusal),
            Answer::Unknown(why) => Err(Refusal::by_engine(NO_ANSWER, why)),
        })
    }

    pub fn stop_container(&self, id: &ContainerId) -> Result<(), Refusal> {
        self.act(|world| match world.find_container(id) {
            Some(ix) => Ok(((), container::stop(world, ix))),
            None => Err(crate::rules::conflict::no_such_container(id.as_str())),
        })
    }

    pub fn remove_container(&self, id: &ContainerId, force: bool) -> Result<(), Refusal> {
        self.act(|world| match world.find_container(id) {
            Some(ix) => container::remove(world, ix, id.as_str(), force).map(|changes| ((), changes)),
            None => Err(crate::rules::conflict::no_such_container(id.as_str())),
        })
    }

    pub fn start_container(&self, id: &ContainerId) -> Result<(), Refusal> {
        let mut world = self.lock();
        let ix = world.find_container(id);
        let ix = ix.ok_or_else(|| crate::rules::conflict::no_such_container(id.as_str()))?;
        world.start_container(ix);
        Ok(())
    }

    /// What `docker create` needs to know; the sample's containers were created with no more than that.
    pub fn container_config(&self, id: &ContainerId) -> Option<ContainerConfig> {
        let world = self.lock();
        let (container, _) = world.container(world.find_container(id)?)?;
        let image = &container.image_shown;
        Some(ContainerConfig::of(serde_json::json!({ "Config": { "Image": image } })))
    }

    pub fn tag(&self, image: &ImageId, name: &Reference) -> Result<(), Refusal> {
        self.act(|world| match world.find_image(image) {
            Some(_) => {
                let name = name.clone().or_latest();
                Ok(((), vec![Change::ReferenceAdded(image.clone(), name)]))
            }
            None => Err(crate::rules::conflict::no_such_image(image.as_str())),
        })
    }
}

const DAY: i64 = 86_400;

fn inventory(now: i64) -> Inventory {
    let mut images = origin(now);
    images.extend(shop(now));
    images.extend(others(now));
    images.sort_by(|a, b| a.id.cmp(&b.id));
    let mut containers = containers(now);
    containers.sort_by(|a, b| a.id.cmp(&b.id));
    Inventory {
        engine: EngineInfo {
            name: "Sample engine".to_owned(),
            // Of the same age as the case it shows: its refusals are worded as they were then.
            version: "1.12.6".to_owned(),
            api: "1.24".to_owned(),
            store: StoreKind::Classic,
            id: None,
        },
        images: Section::Complete(images.into_iter().map(Arc::new).collect()),
        containers: Section::Complete(containers),
        build_cache: Section::Complete(BuildCache::default()),
    }
}

const ORIGIN: &str = "e9d3f7300f03";
const UBUNTU: &str = "966495178565";

/// The two images of the case: four layers in common, two of their own each.
fn origin(now: i64) -> Vec<Image> {
    let base = [
        layer("ADD file:ubuntu-16.04 in /", 121_608_448),
        layer("RUN set -xe && echo '#!/bin/sh' > /usr/sbin/policy-rc.d", 14_848),
        layer("RUN rm -rf /var/lib/apt/lists/*", 8_704),
        layer("RUN sed -i 's/^#\\s*\\(deb.*universe\\)$/\\1/g' /etc/apt/sources.list", 3_072),
    ];
    let with = |own: [Layer; 2]| base.iter().cloned().chain(own).collect::<Vec<_>>();
    let pushed = "c7c1149150a8f7536bd19b70ea34748bf9dfbc93e5dee677f11362c06b12735d";
    let ubuntu = "14c83946c7d69370743eee1249305854a25d95f37d7d5dc0bcfd2c740140bdab";
    vec![
        Made::new(image_id(ORIGIN), now - 182 * DAY)
            .layers(with([
                layer("RUN apt-get install -y nginx", 2_924_160),
                layer("ADD site.conf /etc/nginx", 240_768),
            ]))
            .tag("index-dev.qiniu.io/cs-kirk/nginx:latest")
            .tag("index-dev.qiniu.io/index.qbox.me/qcos-test/msfngix:latest")
            .tag("index-dev.qiniu.io/index.qiniu.com/qcos-test/msfngix:latest")
            .tag("index.qbox.me/qcos-test/msfngix:latest")
            .tag("index.qiniu.com/index.qbox.me/qcos-test/msfngix:latest")
            .tag("index.qiniu.com/qcos-test/msfngix:latest")
            .tag("index.qiniu.com/ubuntu:latest")
            .digest("index-dev.qiniu.io/cs-kirk/nginx", pushed)
            .digest("index.qiniu.com/qcos-test/msfngix", pushed)
            .digest("index.qiniu.com/ubuntu", pushed)
            .done(),
        Made::new(image_id(UBUNTU), now - 183 * DAY)
            .layers(with([layer("RUN apt-get update", 3_102_720), layer("CMD [\"/bin/bash\"]", 62_208)]))
            .tag("index.qiniu.com/ubuntu:16.04")
            .digest("index.qiniu.com/ubuntu", ubuntu)
            .done(),
    ]
}

/// A project built by the classic builder: a base with a name, a step in between without one, two
/// builds on top, the older of which lost its names to the newer.
fn shop(now: i64) -> Vec<Image> {
    let base = vec![layer("ADD rootfs.tar.xz /", 116_490_240), layer("CMD [\"bash\"]", 0)];
    let step: Vec<_> =
        base.iter().cloned().chain([layer("RUN apt-get install -y python3", 187_432_960)]).collect();
    let build = |what: &str, size| step.iter().cloned().chain([layer(what, size)]).collect::<Vec<_>>();
    let (base_id, step_id) = (image_id("0b2a6a13ee88"), image_id("5d1cb9eeb302"));
    vec![
        Made::new(base_id.clone(), now - 40 * DAY).layers(base.clone()).tag("debian:12").done(),
        Made::new(step_id.clone(), now - 21 * DAY).layers(step.clone()).parent(&base_id).done(),
        Made::new(image_id("7f40c2d1aa96"), now - 2 * DAY)
            .layers(build("COPY . /srv (build 1842)", 41_287_680))
            .parent(&step_id)
            .tag("registry.example.com/shop/api:1.4")
            .tag("registry.example.com/shop/api:latest")
            .label("com.example.team", "shop")
            .done(),
        Made::new(image_id("0b1c2d3e4f50"), now - 9 * DAY)
            .layers(build("COPY . /srv (build 1817)", 40_960_512))
            .parent(&step_id)
            .label("com.example.team", "shop")
            .done(),
    ]
}

fn others(now: i64) -> Vec<Image> {
    let alone = |what: &str, size| vec![layer(what, size)];
    let branch = "registry.example.com/platform/continuous-integration/browser-tests/chromium-headless\
                  :feature-checkout-one-page-rewrite-with-address-autocomplete-build-20260914-1";
    vec![
        Made::new(image_id("c3f8e1d20b47"), now - 12 * DAY)
            .layers(alone("ADD postgres.tar /", 431_882_240))
            .tag("postgres:16")
            .digest("postgres", digest("postgres:16").hex())
            .done(),
        Made::new(image_id("a81f6b0e9c35"), now - 310 * DAY)
            .layers(alone("ADD node.tar /", 1_094_713_344))
            .tag("node:18")
            .done(),
        Made::new(image_id("4e7d90ab1c62"), now - 75 * DAY)
            .layers(alone("ADD backup.tar /", 58_720_256))
            .digest("index.qbox.me/tools/backup", digest("backup").hex())
            .done(),
        Made::new(image_id("d94b7ce5f018"), now - 61 * DAY)
            .layers(alone("ADD chromium.tar /", 812_646_400))
            .tag(branch)
            .tag("localhost:5000/scratch/browser:dev")
            .done(),
    ]
}

fn containers(now: i64) -> Vec<Container> {
    use ContainerState::{Created, Exited, Running};
    let ubuntu = "index.qiniu.com/ubuntu:latest";
    let nginx = "index-dev.qiniu.io/cs-kirk/nginx:latest";
    let api = "registry.example.com/shop/api:1.4";
    [
        ("web-1", ORIGIN, ubuntu, Exited, "Exited (0) 3 days ago", 20, None),
        ("web-2", ORIGIN, nginx, Running, "Up 5 hours", 6, None),
        ("web-3", ORIGIN, nginx, Created, "Created", 1, None),
        ("shop-api-1", "7f40c2d1aa96", api, Running, "Up 2 days", 2, Some("shop")),
        ("shop-db-1", "c3f8e1d20b47", "postgres:16", Running, "Up 11 days", 11, Some("shop")),
    ]
    .map(|(name, image, shown, state, status, days, project)| Container {
        id: container_id(name),
        name: name.to_owned(),
        image: image_id(image),
        image_shown: shown.to_owned(),
        state,
        status: status.to_owned(),
        created: Some(now - days * DAY),
        compose_project: project.map(str::to_owned),
        image_mounts: Vec::new(),
    })
    .into()
}
