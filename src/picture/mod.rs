//! The picture of what hangs on what: names, the images they point at, the layers those stand on, and the
//! other images that need the same layers.
//!
//! Three steps, none of which knows a window: `scene` decides what is drawn, and where things are counted
//! instead of drawn one by one; `layout` decides where; whoever paints only looks up.

pub mod fate;
pub mod layout;
pub mod scene;

pub use fate::Fate;
pub use layout::{Layout, Route};
pub use scene::{Bundle, Column, Edge, Kind, Members, Node, NodeIx, Relation, Scene, Subject};

/// What is drawn and where.
#[derive(Debug)]
pub struct Picture {
    pub scene: Scene,
    pub layout: Layout,
}

impl Picture {
    pub fn of(subject: &Subject<'_>) -> Self {
        let scene = Scene::of(subject);
        let layout = scene.lay_out();
        Self { scene, layout }
    }
}
