//! In what order things are removed, what each step is expected to do, and what became of it. Pure.

pub mod bulk;
pub mod choice;
pub mod commands;
pub mod draft;
pub mod kept_layers;
pub mod lost;
pub mod outcome;
pub mod planner;
pub mod removal_plan;
pub mod revalidate;
pub mod step;
pub mod undo;

pub use bulk::{BulkPlan, KeepReason, Kept, Outlook, outlook, plan_bulk};
pub use choice::{Choice, Chosen, choose};
pub use draft::{Draft, LeftOut, PlanChanges, Request};
pub use kept_layers::{KeptLayers, kept_layers};
pub use lost::{Fate, fate};
pub use outcome::{Ended, Judgement, Outcome, OutcomeTotals, StepAnswer, StepOutcome, judge};
pub use planner::plan_removal;
pub use removal_plan::{Loss, NoWay, RemovalPlan, Tally, Totals, Way, is_there};
pub use revalidate::{Difference, revalidate, revalidate_steps, steps_to_skip};
pub use step::{Expected, PlannedStep, StepAction};
pub use undo::{Undo, undo};
