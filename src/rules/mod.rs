//! What the engine would do. Pure: a [`World`] and a request in, the engine's answer out.
//!
//! Written once and used three times: to explain, to predict, and to be the sample engine. Each store
//! has one file that follows its deletion step by step; the words of refusals stand in [`conflict`].

pub mod assess;
pub mod classic;
pub mod conflict;
pub mod container;
pub mod containerd;
pub mod effect;
pub mod freed;
pub mod podman;
pub mod policy;
pub mod relist;
pub mod removal;
pub mod resolve;
pub mod world;

pub use assess::{
    Assessment, Holder, HolderKind, NotLocated, Target, Verdict, assess, locate, plain_refusals, verdict,
};
pub use conflict::Refusal;
pub use effect::{Effect, KeptLayer};
pub use freed::{Amount, Doubt, Freed};
pub use policy::{Keep, Pin, Policy, Protection};
pub use relist::relist;
pub use removal::{Answer, Removal, remove_image};
pub use resolve::{Resolution, resolve};
pub use world::{Change, World};
