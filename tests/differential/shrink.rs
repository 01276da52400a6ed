//! Makes a case that misses smaller: steps are dropped, many at a time and then one by one, as long as some
//! request still misses.

use super::case::{Case, Step};

/// Tries at most `tries` smaller cases.
pub fn shrink(mut case: Case, mut tries: usize, mut misses: impl FnMut(&Case) -> bool) -> Case {
    let mut size = (case.setup.len() + case.actions.len()) / 2;
    while size > 0 && tries > 0 {
        let mut at = 0;
        while at < case.setup.len() + case.actions.len() && tries > 0 {
            let smaller = without(&case, at, size);
            tries -= 1;
            if misses(&smaller) {
                case = smaller;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    case
}

fn without(case: &Case, at: usize, size: usize) -> Case {
    let keep = |first: usize, steps: &[Step]| -> Vec<Step> {
        let numbered = steps.iter().enumerate();
        let kept = numbered.filter(|(position, _)| !(at..at + size).contains(&(first + position)));
        kept.map(|(_, step)| step.clone()).collect()
    };
    Case {
        seed: case.seed,
        setup: keep(0, &case.setup),
        actions: keep(case.setup.len(), &case.actions),
    }
}
