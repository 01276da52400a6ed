//! What is taken over from the observation before is what would be worked out anew, whatever changed in between.

#![cfg(test)]

#[path = "plan_safety/worlds.rs"]
#[expect(dead_code, reason = "only the random worlds are of use here")]
mod worlds;

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use unmoor::engine::sample::Sample;
use unmoor::message::Observation;
use unmoor::model::{Bytes, ChainIx, Image, Inventory, Layers, Section, SizeParts};
use unmoor::worker::{observation, observation_after};
use worlds::{Plot, STORES, larger};

/// Of which of two worlds each part of a third is, and what else is different in it.
#[derive(Debug, Clone)]
struct Mix {
    from_second: [bool; 6],
    oddities: Vec<(Oddity, usize)>,
}

#[derive(Debug, Clone, Copy)]
enum Oddity {
    Unread,
    Older,
    Larger,
    OfTwoPlatforms,
    Labelled,
    Incomplete,
    WithContainersRenamed,
    InAProject,
}

const ODDITIES: [Oddity; 8] = [
    Oddity::Unread,
    Oddity::Older,
    Oddity::Larger,
    Oddity::OfTwoPlatforms,
    Oddity::Labelled,
    Oddity::Incomplete,
    Oddity::WithContainersRenamed,
    Oddity::InAProject,
];

fn mix() -> impl Strategy<Value = Mix> {
    let oddity = (prop::sample::select(&ODDITIES[..]), 0..7_usize);
    (any::<[bool; 6]>(), prop::collection::vec(oddity, 0..2))
        .prop_map(|(from_second, oddities)| Mix { from_second, oddities })
}

impl Mix {
    /// Nothing but the number of images must be of the same world as anything else.
    fn of(&self, first: &Plot, second: &Plot, engine: usize) -> Inventory {
        let [images, names, digests, parents, containers, shared] =
            self.from_second.map(|second_one| if second_one { second } else { first });
        let count = images.images;
        let mut parents = parents.parents.clone();
        parents.resize(count, None);
        let plot = Plot {
            store: STORES[engine].0,
            images: count,
            names: names.names.iter().map(|image| image.filter(|image| *image < count)).collect(),
            digests: digests.digests.iter().copied().filter(|image| *image < count).collect(),
            parents,
            containers: containers.containers.clone(),
            mounts: containers.mounts.clone(),
            shared: shared.shared,
            keep_label: shared.keep_label,
        };
        let mut inventory = plot.inventory(engine);
        for (oddity, at) in &self.oddities {
            oddity.befall(&mut inventory, *at);
        }
        inventory
    }
}

impl Oddity {
    fn befall(self, inventory: &mut Inventory, at: usize) {
        let images = inventory.images.seen_mut();
        let at = at % images.len();
        let image = Arc::make_mut(&mut images[at]);
        match self {
            Self::Unread => image.layers = Layers::NotRead,
            Self::Older => image.created = Some(1_600_000_000),
            Self::Larger => image.size = Some(Bytes(77_777)),
            Self::OfTwoPlatforms => {
                image.parts = Some(SizeParts { content: Bytes(5), unpacked: Bytes(0), platforms: 2 });
            }
            Self::Labelled => drop(image.labels.insert("Word".to_owned(), "Übrig".to_owned())),
            Self::Incomplete => {
                let partial = images.clone();
                inventory.images = Section::Failed { why: "half of it".to_owned(), partial };
            }
            Self::WithContainersRenamed => {
                inventory.containers.seen_mut().iter_mut().for_each(|c| c.name.push_str("-Renamed"));
            }
            Self::InAProject => {
                let all = inventory.containers.seen_mut().iter_mut();
                all.for_each(|container| container.compose_project = Some("shop".to_owned()));
            }
        }
    }
}

/// As an update leaves it: what is the same image stays the same piece of memory.
fn shared(before: &Inventory, mut now: Inventory) -> Inventory {
    for image in now.images.seen_mut() {
        let same = |other: &&Arc<Image>| *other == image;
        if let Some(other) = before.images.seen().iter().find(same) {
            *image = Arc::clone(other);
        }
    }
    now
}

fn assert_same(taken_over: &Observation, anew: &Observation) {
    assert_eq!(taken_over.graph, anew.graph);
    assert_eq!(taken_over.summaries, anew.summaries);
    assert_eq!(taken_over.catalog, anew.catalog);
    assert_eq!(taken_over.tiles, anew.tiles);
    assert_eq!(taken_over.kept, anew.kept);
}

#[test]
fn what_does_not_depend_on_containers_is_shared_when_only_they_change() {
    let before = observation(Arc::new(Sample::new(0).inventory()));
    let mut inventory = Inventory::clone(before.graph.inventory());
    inventory.containers.seen_mut().pop();
    let after = observation_after(Arc::new(inventory), Some(&before));
    let hints = |observation: &Observation| Arc::clone(&observation.catalog.hints);
    assert!(Arc::ptr_eq(&before.tiles, &after.tiles));
    assert!(Arc::ptr_eq(&hints(&before), &hints(&after)));
    assert_ne!(before.graph, after.graph);
}

/// Both alike, so that a layer that was asked for before is known to both.
fn ask_for_layers(observation: &Observation) -> Vec<String> {
    let graph = &observation.graph;
    let all = (0..u32::try_from(graph.chain_count()).unwrap()).map(ChainIx);
    all.map(|ix| graph.chain_id(ix).unwrap().to_string()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, rng_seed: RngSeed::Fixed(20_261_127), ..ProptestConfig::default() })]

    #[test]
    fn what_is_taken_over_is_what_would_be_worked_out_anew(
        (first, engine) in larger(),
        (second, _) in larger(),
        mixes in prop::collection::vec(mix(), 2..5),
        keeps_pieces in any::<bool>(),
    ) {
        let mut before: Option<Observation> = None;
        for mix in mixes {
            let mut inventory = mix.of(&first, &second, engine);
            if let Some(before) = before.as_ref().filter(|_| keeps_pieces) {
                inventory = shared(before.graph.inventory(), inventory);
            }
            let inventory = Arc::new(inventory);
            let anew = observation(Arc::clone(&inventory));
            let taken_over = observation_after(inventory, before.as_ref());
            assert_eq!(ask_for_layers(&taken_over), ask_for_layers(&anew));
            assert_same(&taken_over, &anew);
            before = Some(taken_over);
        }
    }
}
