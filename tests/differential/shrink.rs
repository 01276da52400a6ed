//! Makes a case that misses smaller: steps are dropped, many at a time and then one by one, as long as some
//! request still misses.

use super::case::{Case, Loaded, Make, Step};

/// Tries at most `tries` smaller cases.
pub fn shrink(mut case: Case, mut tries: usize, mut misses: impl FnMut(&Case) -> bool) -> Case {
    let mut size = usize::midpoint(case.setup.len(), case.actions.len());
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
    let mut spare: Vec<_> = with_less_loaded(&case);
    while let Some(smaller) = spare.pop()
        && tries > 0
    {
        tries -= 1;
        if misses(&smaller) {
            spare = with_less_loaded(&smaller);
            case = smaller;
        }
    }
    case
}

/// The case with one image or one name less in an archive, in every way.
fn with_less_loaded(case: &Case) -> Vec<Case> {
    let mut all = Vec::new();
    for (position, step) in case.setup.iter().enumerate() {
        let Step::Make(Make::Load { images }) = step else { continue };
        let mut add = |images: Vec<Loaded>| {
            let mut smaller = case.clone();
            smaller.setup[position] = Step::Make(Make::Load { images });
            all.push(smaller);
        };
        for (at, image) in images.iter().enumerate() {
            for name in 0..image.names.len() {
                let mut fewer = images.clone();
                fewer[at].names.remove(name);
                add(fewer);
            }
            if images.len() > 1 {
                let mut fewer = images.clone();
                fewer.remove(at);
                add(fewer);
            }
        }
    }
    all
}

fn without(case: &Case, at: usize, size: usize) -> Case {
    let keep = |first: usize, steps: &[Step]| -> Vec<Step> {
        let numbered = steps.iter().enumerate();
        let kept = numbered.filter(|(position, _)| !(at..at + size).contains(&(first + position)));
        kept.map(|(_, step)| step.clone()).collect()
    };
    Case { seed: case.seed, setup: keep(0, &case.setup), actions: keep(case.setup.len(), &case.actions) }
}
