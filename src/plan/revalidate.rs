//! Is a frozen plan still true? Asked with a fresh listing right before its first step.

use serde::{Deserialize, Serialize};

use super::outcome::only_layers_missing;
use super::removal_plan::RemovalPlan;
use super::step::{Expected, StepProblem};
use crate::model::EngineInfo;
use crate::rules::World;

/// One thing that is not as it was when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// Another engine answers, or it was changed underneath.
    Engine { planned: EngineInfo, now: EngineInfo },
    /// The step at this position (from 0) would do something else now.
    StepDiffers { step: usize, planned: Expected, now: Expected },
    /// The step would be refused; holds the engine's words.
    StepRefused { step: usize, message: String },
    /// What the step names is gone, or a name points elsewhere.
    StepGone { step: usize },
    /// The listing does not allow to tell; says why.
    Unknown { why: String },
}

/// Every difference between the plan's predictions and those of today; empty if it still holds.
pub fn revalidate(plan: &RemovalPlan, world: &World) -> Vec<Difference> {
    revalidate_rest(plan, 0, world)
}

/// The same for the steps from `first` on, in a world in which those before it were done.
pub fn revalidate_rest(plan: &RemovalPlan, first: usize, world: &World) -> Vec<Difference> {
    if plan.engine != *world.engine() {
        return vec![Difference::Engine { planned: plan.engine.clone(), now: world.engine().clone() }];
    }
    let mut world = world.clone();
    let mut differences = Vec::new();
    for (step, planned) in plan.steps.iter().enumerate().skip(first) {
        match planned.action.predict(&world) {
            Ok((now, changes)) => {
                for change in &changes {
                    world.apply(change);
                }
                if !still_holds(&planned.expected, &now) {
                    differences.push(Difference::StepDiffers {
                        step,
                        planned: planned.expected.clone(),
                        now,
                    });
                }
            }
            Err(StepProblem::Refused(refusal)) => {
                differences.push(Difference::StepRefused { step, message: refusal.message().to_owned() });
            }
            Err(StepProblem::Gone) => differences.push(Difference::StepGone { step }),
            Err(StepProblem::Unknown(why)) => {
                differences.push(Difference::Unknown { why });
                break;
            }
        }
    }
    differences
}

/// Whether a prediction stands beside the one made now. Steps of the plan itself can leave a container
/// without its image; then a listing does not tell any more which layers the container holds, and the plan,
/// made while it did, still does.
fn still_holds(planned: &Expected, now: &Expected) -> bool {
    if planned == now {
        return true;
    }
    match (planned, now) {
        (
            Expected::Lines { items, images, containers, untagged_in_any_order, .. },
            Expected::Lines {
                items: items_now,
                images: images_now,
                containers: containers_now,
                untagged_in_any_order: any_order_now,
                layers_in_doubt: true,
                ..
            },
        ) => {
            (images, containers, untagged_in_any_order) == (images_now, containers_now, any_order_now)
                && only_layers_missing(items_now, items, images)
        }
        _ => false,
    }
}
