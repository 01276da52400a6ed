//! What is worked out away from the window's thread: everything of an inventory before it is shown, and
//! later what takes long.

use std::sync::Arc;

use crate::map::Tiles;
use crate::message::{ImageSummary, Observation, Work, Worked};
use crate::model::{Catalog, Graph, ImageIx, Inventory};
use crate::plan::outlook;
use crate::rules::freed::own_bytes;
use crate::rules::policy::kept_by_themselves;
use crate::rules::{Target, World, verdict};

/// Builds the graph and the catalog, and judges every image. Takes a while for many images: not on a
/// thread that has to answer.
pub fn observation(inventory: Arc<Inventory>) -> Observation {
    observation_after(inventory, None)
}

/// The same, taking over from the observation before what has not changed since.
pub fn observation_after(inventory: Arc<Inventory>, before: Option<&Observation>) -> Observation {
    let graph = Arc::new(Graph::after(inventory, before.map(|before| &*before.graph)));
    let same = before.map(|before| graph.same(&before.graph)).unwrap_or_default();
    let world = World::new(Arc::clone(&graph));
    let summaries = graph.images().iter().enumerate().map(|(position, image)| ImageSummary {
        verdict: verdict(&world, &Target::Image(image.id.clone())),
        own: u32::try_from(position).ok().and_then(|ix| own_bytes(&graph, ImageIx(ix))),
    });
    let summaries = Arc::new(summaries.collect());
    let catalog = Catalog::after(&graph, before.map(|before| (&*before.graph, &*before.catalog)));
    let tiles = match before.filter(|_| same.layers && same.names) {
        Some(before) => Arc::clone(&before.tiles),
        None => Arc::new(Tiles::of(&graph)),
    };
    let kept = kept_by_themselves(&graph).into();
    Observation { graph, summaries, catalog: Arc::new(catalog), tiles, kept }
}

/// Works out what the window asked for.
pub fn work_out(work: Work) -> Worked {
    match work {
        Work::Outlook { world, marked } => {
            let targets = marked.targets(world.graph());
            Worked::Outlook(outlook(&world, &targets, &|_| None))
        }
        Work::Draft(to_draft) => Worked::Draft(to_draft.draft()),
    }
}
