//! What a plan leaves of the layers of the images it removes, and for whom.

use super::removal_plan::RemovalPlan;
use super::step::Expected;
use crate::rules::KeptLayer;

/// Layers that stay for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptLayers {
    pub count: usize,
    /// IDs of images, and of containers whose image is gone.
    pub needed_by: Vec<String>,
    /// How many further images need them.
    pub more: u32,
}

/// What a plan leaves of the removed images' layers, by what needs it.
pub fn kept_layers(plan: &RemovalPlan) -> Vec<KeptLayers> {
    let mut layers: Vec<&KeptLayer> = Vec::new();
    for step in &plan.steps {
        let Expected::Lines { kept, .. } = &step.expected else { continue };
        for layer in kept {
            // What one step still kept, a later one may free: the last word counts.
            layers.retain(|l| l.diff_id != layer.diff_id);
            layers.push(layer);
        }
    }
    let removed = plan.removed();
    let mut groups: Vec<KeptLayers> = Vec::new();
    for layer in layers {
        let stays = |id: &&String| !removed.contains(id.as_str());
        let needed_by: Vec<_> = layer.needed_by.iter().filter(stays).cloned().collect();
        if needed_by.is_empty() && layer.more == 0 {
            continue;
        }
        match groups.iter_mut().find(|g| g.needed_by == needed_by && g.more == layer.more) {
            Some(group) => group.count += 1,
            None => groups.push(KeptLayers { count: 1, needed_by, more: layer.more }),
        }
    }
    groups
}
