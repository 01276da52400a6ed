//! Facts as seen in one observation of one engine: no verdicts, no I/O, no clock.

pub mod answer;
pub mod bytes;
pub mod catalog;
pub mod connection;
pub mod container;
pub mod environment;
pub mod graph;
pub mod groups;
pub mod hints;
pub mod id;
pub mod image;
pub mod inventory;
pub mod kinds;
pub mod login;
pub mod reference;
pub mod remote;
pub mod remote_registry;
pub mod search;

pub use answer::Item;
pub use bytes::Bytes;
pub use catalog::Catalog;
pub use connection::{Endpoint, Failure, FailureKind};
pub use container::{Container, ContainerState, ImageMount};
pub use environment::Environment;
pub use graph::{Chain, ChainIx, ContainerIx, Graph, ImageIx};
pub use groups::{Group, GroupIx, GroupName, Groups};
pub use hints::{Hint, Hints};
pub use id::{ChainId, ContainerId, DiffId, Digest, IdError, ImageId};
pub use image::{Image, Layer, Layers, SizeParts};
pub use inventory::{BuildCache, EngineInfo, Inventory, Section, StoreKind};
pub use login::{Login, Secret};
pub use reference::{Reference, ReferenceError, Repository};
pub use remote::{Question, Reach, Recovery, Remote};
pub use remote_registry::{Access, RemoteCatalog, RemoteFailure, RemoteImage, RemoteTag, RemoteTags};
