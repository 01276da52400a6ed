//! The only place that talks to an engine: a real one over its API, or the built-in sample.
//!
//! Whoever holds an [`Engine`] cannot tell which it is. No type of the client library leaves this
//! folder, and a failure always says what was asked of whom, in the engine's own words.

mod convert;
mod docker;
mod endpoint;
mod error;
mod layers;
mod list;
mod pull;
mod raw;
mod read;
mod recognize;
pub mod sample;
pub mod search;
mod transfer;
mod update;
mod watch;
mod wire;

use std::io;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::stream::{self, BoxStream, StreamExt as _};

use endpoint::For;

use crate::cache::Known;
use crate::model::{
    Bytes, ContainerConfig, ContainerId, ContainerState, Endpoint, EngineInfo, Failure, FailureKind, Image,
    ImageId, Inventory, Item, Layers, Login, Reach, Reference, SAMPLE_HOST, SizeParts, StoreKind,
};
use crate::rules::Refusal;

pub use docker::Docker;
pub use sample::Sample;
pub use watch::{Changed, Touched};

/// As an engine answers that cannot reach a registry.
const SAMPLE_HAS_NO_REGISTRY: u16 = 500;

/// An engine that answered. Clones share one connection.
#[derive(Clone)]
pub enum Engine {
    Docker(Docker),
    Sample(Sample),
}

/// An image whose layers are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    pub image: ImageId,
    /// Bytes of all its layers together, where the listing tells.
    pub unpacked: Option<Bytes>,
    /// As [`Image::parts`] has it: where that changes, other layers may be shown.
    pub parts: Option<SizeParts>,
}

impl Unread {
    /// `None` if they are known.
    pub fn of(image: &Image, store: StoreKind) -> Option<Self> {
        match image.layers {
            Layers::Known(_) => None,
            Layers::NotRead | Layers::Failed(_) => {
                Some(Self { image: image.id.clone(), unpacked: image.unpacked(store), parts: image.parts })
            }
        }
    }

    /// Every image of the inventory whose layers are not known. Those that could not be read are tried
    /// `again`, or left alone.
    pub fn in_inventory(inventory: &Inventory, again: bool) -> Vec<Self> {
        let store = inventory.engine.store;
        let wanted =
            inventory.images.seen().iter().filter(|i| again || !matches!(i.layers, Layers::Failed(_)));
        wanted.filter_map(|image| Self::of(image, store)).collect()
    }
}

/// What became of an [`Unread`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayersRead {
    pub image: ImageId,
    pub layers: Layers,
    pub platform: Option<String>,
    pub history: Option<Arc<[String]>>,
}

impl Engine {
    /// Connects to what the endpoint stands for, or says how that failed.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, Vec<Failure>> {
        match endpoint {
            Endpoint::Sample => Ok(Self::Sample(Sample::new(now()))),
            Endpoint::Default | Endpoint::Host(_) | Endpoint::Context(_) | Endpoint::PodmanConnection(_) => {
                let docker = Docker::connect(endpoint).await.map_err(|failure| vec![failure])?;
                Ok(Self::Docker(docker))
            }
        }
    }

    /// The address that an endpoint stands for now. Looks into files: not on a thread that has to answer.
    pub fn address(endpoint: &Endpoint) -> Option<String> {
        match endpoint {
            Endpoint::Sample => None,
            Endpoint::Default | Endpoint::Host(_) | Endpoint::Context(_) | Endpoint::PodmanConnection(_) => {
                endpoint::Way::to(endpoint).ok().map(|way| way.host().to_owned())
            }
        }
    }

    /// The same engine, over a connection that leads to it for sure: `former`, if that still stands, or a new one
    /// whose other end says who it is. To be asked for right before each request that changes something.
    pub async fn for_sure(&self, former: Option<Self>) -> Result<Self, Failure> {
        self.for_sure_over(For::Steps, former).await
    }

    /// The same for [`Self::load`]: an engine that takes nothing for a while, as its disk is slow, is waited for.
    pub async fn for_sure_to_load(&self, former: Option<Self>) -> Result<Self, Failure> {
        self.for_sure_over(For::Loads, former).await
    }

    async fn for_sure_over(&self, what: For, former: Option<Self>) -> Result<Self, Failure> {
        match self {
            Self::Docker(docker) => {
                let former = match former {
                    Some(Self::Docker(former)) => Some(former),
                    Some(Self::Sample(_)) | None => None,
                };
                docker.for_sure(what, former).await.map(Self::Docker)
            }
            Self::Sample(_) => Ok(self.clone()),
        }
    }

    /// What tells this engine from every other, also from one that answers at the same address later. Podman
    /// has no name of its own that lasts; there it is the address. `None` for the sample.
    pub fn identity(&self) -> Option<String> {
        match self {
            Self::Docker(docker) => Some(docker.identity()),
            Self::Sample(_) => None,
        }
    }

    /// Takes in what it said of images before.
    pub fn recall(&self, known: Known) {
        if let Self::Docker(docker) = self {
            docker.recall(known);
        }
    }

    /// What it has said of images, if there is more of it than when this was asked last; the images of the
    /// present listing are `there`.
    pub fn learnt(&self, there: &[Arc<Image>], now: i64) -> Option<Known> {
        match self {
            Self::Docker(docker) => docker.learnt(there, now),
            Self::Sample(_) => None,
        }
    }

    /// The address that answered.
    pub fn host(&self) -> &str {
        match self {
            Self::Docker(docker) => docker.host(),
            Self::Sample(_) => SAMPLE_HOST,
        }
    }

    /// What the engine said of itself when the connection was made.
    pub fn info(&self) -> EngineInfo {
        match self {
            Self::Docker(docker) => docker.info().clone(),
            Self::Sample(sample) => sample.info(),
        }
    }

    /// How its registries may be spoken to.
    pub async fn reach(&self) -> Result<Reach, Failure> {
        match self {
            Self::Docker(docker) => docker.reach().await,
            Self::Sample(_) => Ok(Reach::default()),
        }
    }

    /// Everything there is; layers only as far as they were read before. `Err` if there is nothing
    /// worth showing; what failed in part is said in the sections.
    pub async fn list(&self) -> Result<Inventory, Failure> {
        match self {
            Self::Docker(docker) => docker.list().await,
            Self::Sample(sample) => Ok(sample.inventory()),
        }
    }

    /// An earlier listing brought up to date with what changed, at a cost that does not grow with what
    /// there is. `None` where only a new listing can tell.
    pub async fn update(&self, before: &Inventory, touched: &Touched) -> Result<Option<Inventory>, Failure> {
        match self {
            Self::Docker(docker) => docker.update(before, touched).await,
            Self::Sample(sample) => Ok(Some(sample.inventory())),
        }
    }

    /// Reads layers, one answer per image, in no order. Dropping the stream stops reading; what was
    /// read stays known.
    pub fn read_layers(&self, unread: Vec<Unread>) -> BoxStream<'static, LayersRead> {
        match self {
            Self::Docker(docker) => docker.read_layers(unread),
            Self::Sample(_) => stream::empty().boxed(),
        }
    }

    /// The image that a name leads to at this moment; `None` if it leads nowhere.
    pub async fn resolve(&self, name: &Reference) -> Result<Option<ImageId>, Failure> {
        match self {
            Self::Docker(docker) => docker.resolve(name).await,
            Self::Sample(sample) => {
                let inventory = sample.inventory();
                let mut images = inventory.images.seen().iter();
                Ok(images.find(|image| image.references.contains(name)).map(|image| image.id.clone()))
            }
        }
    }

    /// One removal request, exactly as given. A refusal is [`FailureKind::Status`].
    pub async fn remove_image(&self, target: &str, force: bool, prune: bool) -> Result<Vec<Item>, Failure> {
        match self {
            Self::Docker(docker) => docker.remove_image(target, force, prune).await,
            Self::Sample(sample) => sample
                .remove_image(target, force, prune)
                .map_err(|refusal| refused(&refusal, format!("remove image {target}"))),
        }
    }

    /// Stops a container, which is given ten seconds to end by itself.
    pub async fn stop_container(&self, id: &ContainerId) -> Result<(), Failure> {
        match self {
            Self::Docker(docker) => docker.stop_container(id).await,
            Self::Sample(sample) => sample
                .stop_container(id)
                .map_err(|refusal| refused(&refusal, format!("stop container {}", id.short()))),
        }
    }

    /// Removes a container; one that is gone already counts as removed.
    pub async fn remove_container(&self, id: &ContainerId, force: bool) -> Result<(), Failure> {
        match self {
            Self::Docker(docker) => docker.remove_container(id, force).await,
            Self::Sample(sample) => sample
                .remove_container(id, force)
                .map_err(|refusal| refused(&refusal, format!("remove container {}", id.short()))),
        }
    }

    /// Starts a container; one that runs already is no failure.
    pub async fn start_container(&self, id: &ContainerId) -> Result<(), Failure> {
        match self {
            Self::Docker(docker) => docker.start_container(id).await,
            Self::Sample(sample) => sample
                .start_container(id)
                .map_err(|refusal| refused(&refusal, format!("start container {}", id.short()))),
        }
    }

    /// How a container is set up; `None` if it is gone.
    pub async fn container_config(&self, id: &ContainerId) -> Result<Option<ContainerConfig>, Failure> {
        match self {
            Self::Docker(docker) => docker.container_config(id).await,
            Self::Sample(sample) => Ok(sample.container_config(id)),
        }
    }

    /// The state of a container; `None` if it is gone.
    pub async fn container_state(&self, id: &ContainerId) -> Result<Option<ContainerState>, Failure> {
        match self {
            Self::Docker(docker) => docker.container_state(id).await,
            Self::Sample(sample) => {
                let inventory = sample.inventory();
                Ok(inventory.containers.seen().iter().find(|c| c.id == *id).map(|c| c.state))
            }
        }
    }

    /// Has the engine pull what a registry has under a digest, signed in if there is a `login`. Tells how far it is, in bytes that came and
    /// bytes that are known to come.
    pub async fn pull(
        &self,
        digest: &Reference,
        platform: Option<&str>,
        login: Option<&Login>,
        progress: impl FnMut(u64, u64) + Send,
    ) -> Result<(), Failure> {
        match self {
            Self::Docker(docker) => docker.pull(digest, platform, login, progress).await,
            Self::Sample(_) => Err(Failure {
                kind: FailureKind::Status(SAMPLE_HAS_NO_REGISTRY),
                host: SAMPLE_HOST.to_owned(),
                operation: format!("pull {digest}"),
                message: "the sample reaches no registry".to_owned(),
            }),
        }
    }

    /// Gives an image another name.
    pub async fn tag(&self, image: &ImageId, name: &Reference) -> Result<(), Failure> {
        match self {
            Self::Docker(docker) => docker.tag(image, name).await,
            Self::Sample(sample) => {
                sample.tag(image, name).map_err(|refusal| refused(&refusal, format!("tag {name}")))
            }
        }
    }

    /// The archive of one image as the engine gives it out. Dropping the stream cancels it.
    pub fn export(&self, image: &ImageId) -> BoxStream<'static, Result<Vec<u8>, Failure>> {
        match self {
            Self::Docker(docker) => docker.export(image),
            Self::Sample(_) => {
                let none = without_content(format!("save image {}", image.short()));
                stream::once(async move { Err(none) }).boxed()
            }
        }
    }

    /// Loads such an archive; `what` names it in a failure. Returns the engine's words.
    pub async fn load(
        &self,
        what: &str,
        archive: BoxStream<'static, io::Result<Vec<u8>>>,
    ) -> Result<Vec<String>, Failure> {
        match self {
            Self::Docker(docker) => docker.load(what, archive).await,
            Self::Sample(_) => Err(without_content(format!("load {what}"))),
        }
    }

    /// Whether an image is there at this moment.
    pub async fn has_image(&self, image: &ImageId) -> Result<bool, Failure> {
        match self {
            Self::Docker(docker) => docker.has_image(image).await,
            Self::Sample(sample) => Ok(sample.inventory().images.seen().iter().any(|i| i.id == *image)),
        }
    }

    /// Hints that something changed, until the first failure.
    pub fn watch(&self) -> BoxStream<'static, Result<Changed, Failure>> {
        match self {
            Self::Docker(docker) => docker.watch(),
            Self::Sample(_) => stream::pending().boxed(),
        }
    }

    /// Resolves once it is not there any more, where it does not let itself be watched.
    pub async fn lost(&self) -> Failure {
        match self {
            Self::Docker(docker) => docker.lost().await,
            Self::Sample(_) => std::future::pending().await,
        }
    }
}

fn refused(refusal: &Refusal, operation: String) -> Failure {
    Failure {
        kind: FailureKind::Status(refusal.status),
        host: SAMPLE_HOST.to_owned(),
        operation,
        message: refusal.message().to_owned(),
    }
}

fn without_content(operation: String) -> Failure {
    Failure {
        kind: FailureKind::Status(501),
        host: SAMPLE_HOST.to_owned(),
        operation,
        message: "the sample only has a list of images, and nothing in them".to_owned(),
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
