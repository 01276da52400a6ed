//! A step carried out on the embedded engine, with the answer that the worker would hand on.

use unmoor::engine::sample::Sample;
use unmoor::plan::{StepAction, StepAnswer};
use unmoor::rules::Removal;

pub fn run_step(sample: &Sample, action: &StepAction) -> StepAnswer {
    let answered = match action {
        StepAction::StopContainer { id, .. } => sample.stop_container(id).map(|()| StepAnswer::Done),
        StepAction::RemoveContainer { id, force, .. } => {
            sample.remove_container(id, *force).map(|()| StepAnswer::Done)
        }
        StepAction::Untag { .. } | StepAction::RemoveImage { .. } => {
            let Removal { target, force, prune } = action.removal().unwrap();
            sample.remove_image(&target, force, prune).map(StepAnswer::Lines)
        }
    };
    answered.unwrap_or_else(|r| StepAnswer::Refused { status: r.status, message: r.message().to_owned() })
}
