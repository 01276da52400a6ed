//! What a plan would do to each thing in the picture. Only what the plan predicts for certain counts: a
//! layer that may stay is not shown as freed.

use std::collections::{HashMap, HashSet};

use crate::model::{ChainIx, ContainerId, DiffId, Graph, ImageId, ImageIx, Reference};
use crate::plan::{Expected, RemovalPlan, StepAction};

/// The end of a plan, looked up by thing.
#[derive(Debug, Default)]
pub struct Fate {
    names: HashSet<(ImageId, Reference)>,
    containers: HashSet<ContainerId>,
    images: HashSet<ImageId>,
    /// Layers of removed images that stay for others.
    kept: HashSet<DiffId>,
    /// How many removed images stand on a layer; empty where it is not known what comes back.
    standing: HashMap<ChainIx, u32>,
}

impl Fate {
    pub fn of(graph: &Graph, plan: &RemovalPlan) -> Self {
        let mut fate = Self::default();
        let removed = plan.removed();
        for step in &plan.steps {
            match &step.action {
                StepAction::Untag { reference, image, .. } => {
                    fate.names.insert((image.clone(), reference.clone()));
                }
                StepAction::RemoveContainer { id, .. } => {
                    fate.containers.insert(id.clone());
                }
                StepAction::StopContainer { .. } | StepAction::RemoveImage { .. } => {}
            }
            if let Expected::Lines { images, containers, kept, .. } = &step.expected {
                fate.images.extend(images.iter().cloned());
                fate.containers.extend(containers.iter().cloned());
                // Where not all are named, other images need it too, and whether those go is counted below.
                let stays = |id: &String| !removed.contains(id.as_str());
                let needed = kept.iter().filter(|layer| layer.needed_by.iter().any(stays));
                fate.kept.extend(needed.map(|layer| layer.diff_id.clone()));
            }
        }
        if plan.freed().unpacked.exact().is_some() {
            let mut removed: Vec<ImageIx> =
                fate.images.iter().filter_map(|id| graph.find_image(id)).collect();
            removed.sort_unstable();
            for image in removed {
                for (chain, _) in graph.down_from(graph.top(image)) {
                    *fate.standing.entry(chain).or_default() += 1;
                }
            }
        }
        fate
    }

    /// Whether the name goes, by itself or with its image.
    pub fn untags(&self, image: &ImageId, name: &Reference) -> bool {
        self.images.contains(image) || self.names.contains(&(image.clone(), name.clone()))
    }

    pub fn removes_image(&self, image: &ImageId) -> bool {
        self.images.contains(image)
    }

    pub fn removes_container(&self, container: &ContainerId) -> bool {
        self.containers.contains(container)
    }

    /// Whether the bytes of a layer come back.
    pub fn frees(&self, graph: &Graph, chain: ChainIx) -> bool {
        let Some(layer) = graph.chain(chain) else { return false };
        let standing = self.standing.get(&chain).copied().unwrap_or(0);
        standing > 0 && standing == layer.images() && !self.kept.contains(&layer.diff_id)
    }
}
