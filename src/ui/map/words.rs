//! What tiles and groups of the map say, with the verdicts on screen.

use super::image_of;
use crate::map::{Tiles, What};
use crate::model::{Graph, ImageIx};
use crate::rules::Verdict;
use crate::ui::Scene;
use crate::ui::text::{self, tr};
pub use crate::words::map::{group, name, place};

pub fn verdict_of(scene: &Scene<'_>, ix: ImageIx) -> Verdict {
    scene.state.summary(ix).map_or(Verdict::Unknown, |s| s.verdict)
}

pub fn sentence(scene: &Scene<'_>, graph: &Graph, tiles: &Tiles, what: What) -> String {
    let sentence = crate::words::map::sentence(&|ix| verdict_of(scene, ix), graph, tiles, what);
    match image_of(tiles, what).and_then(|ix| scene.state.protection().image(ix)) {
        Some(keep) => {
            let why = tr!("keep.protected", why = text::keep_words(keep));
            format!("{sentence}{}{why}", tr!("list.comma"))
        }
        None => sentence,
    }
}
