//! What tiles and groups of the map say, with the verdicts on screen.

use crate::map::{Tiles, What};
use crate::model::{Graph, ImageIx};
use crate::rules::Verdict;
use crate::ui::Scene;
pub use crate::words::map::{group, name, place};

pub fn verdict_of(scene: &Scene<'_>, ix: ImageIx) -> Verdict {
    scene.state.summary(ix).map_or(Verdict::Unknown, |s| s.verdict)
}

pub fn sentence(scene: &Scene<'_>, graph: &Graph, tiles: &Tiles, what: What) -> String {
    crate::words::map::sentence(&|ix| verdict_of(scene, ix), graph, tiles, what)
}
