//! Is a frozen plan still true? Asked with a fresh listing right before its first step.

use serde::{Deserialize, Serialize};

use super::outcome::only_layers_missing;
use super::removal_plan::RemovalPlan;
use super::step::{Expected, Foreseen, StepAction, StepProblem};
use crate::model::EngineInfo;
use crate::rules::{Change, World};

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

impl Difference {
    /// The step it is about; `None` where it is about all of them.
    pub fn step(&self) -> Option<usize> {
        match self {
            Self::StepDiffers { step, .. } | Self::StepRefused { step, .. } | Self::StepGone { step } => {
                Some(*step)
            }
            Self::Engine { .. } | Self::Unknown { .. } => None,
        }
    }
}

/// Every difference between the plan's predictions and those of today; empty if it still holds.
pub fn revalidate(plan: &RemovalPlan, world: &World) -> Vec<Difference> {
    let all: Vec<usize> = (0..plan.steps.len()).collect();
    revalidate_steps(plan, &all, world)
}

/// The same for some steps only, in a world in which those of the others that ran have run.
pub fn revalidate_steps(plan: &RemovalPlan, steps: &[usize], world: &World) -> Vec<Difference> {
    compare(plan, steps, world, true)
}

/// Which of `steps` do not hold any more when those that do not hold are left out, each with why. A
/// difference that is about no step means that none can run.
pub fn steps_to_skip(plan: &RemovalPlan, steps: &[usize], world: &World) -> Vec<Difference> {
    compare(plan, steps, world, false)
}

/// `go_on` tells whether a step that would do something else is taken as done before the next is looked at.
fn compare(plan: &RemovalPlan, steps: &[usize], world: &World, go_on: bool) -> Vec<Difference> {
    if !plan.engine.may_be(world.engine()) {
        return vec![Difference::Engine { planned: plan.engine.clone(), now: world.engine().clone() }];
    }
    let mut world = world.clone();
    let mut differences = Vec::new();
    let planned = steps.iter().filter_map(|step| Some((*step, plan.steps.get(*step)?)));
    for (step, planned) in planned {
        match planned.action.foresee(&world) {
            Ok(Foreseen { expected: now, changes, after }) => {
                let holds = still_holds(&planned.expected, &now) && !kills(&planned.action, &changes, &world);
                if holds || go_on {
                    world = after;
                }
                if !holds {
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

/// Whether a step would take a container along that runs. A plan stops it first, and the answer is the same
/// (Podman before 5.6): only the state tells whether that was done.
fn kills(action: &StepAction, changes: &[Change], world: &World) -> bool {
    changes.iter().any(|change| match change {
        Change::ContainerRemoved(id) => {
            let container = world.find_container(id).and_then(|ix| world.container(ix));
            let named = matches!(action, StepAction::RemoveContainer { id: named, .. } if named == id);
            !named && container.is_some_and(|(_, state)| state.counts_as_running())
        }
        Change::ImageRemoved(_)
        | Change::ReferenceRemoved(..)
        | Change::ReferenceAdded(..)
        | Change::ContainerStopped(_) => false,
    })
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
