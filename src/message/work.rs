//! What takes too long for the window's thread, and what came out of it. A plan that is quickly made is made where it
//! is wanted, in the same way.

use std::sync::Arc;

use crate::archive::{Wanted, wanted};
use crate::model::Bytes;
use crate::plan::bulk::Marked;
use crate::plan::{Draft, Outlook, PlanChanges, Request};
use crate::rules::World;

/// Something to be worked out of what is known already; no engine is asked.
#[derive(Debug)]
pub enum Work {
    /// What removing all of this comes to.
    Outlook {
        world: World,
        marked: Marked,
    },
    Draft(ToDraft),
}

/// What came out of a [`Work`].
#[derive(Debug)]
pub enum Worked {
    Outlook(Outlook),
    Draft(Drafted),
}

/// A plan to be made for a review.
#[derive(Debug)]
pub struct ToDraft {
    pub world: World,
    pub request: Request,
    /// A draft made in the very same world: where only other steps are to be left out, the rest of it holds.
    pub before: Option<Arc<Draft>>,
    /// The draft on screen, if it is to be told what became different.
    pub shown: Option<Arc<Draft>>,
}

/// The plan, and what the review says about it.
#[derive(Debug, Clone)]
pub struct Drafted {
    pub draft: Arc<Draft>,
    pub changes: Option<PlanChanges>,
    /// What an archive made first would hold.
    pub to_archive: Arc<[Wanted]>,
    /// How large that is at most, before compression; `None` while it is not known.
    pub archive_at_most: Option<Bytes>,
}

impl ToDraft {
    /// Makes the plan. Of thousands of things that takes longer than a frame may.
    pub fn draft(self) -> Drafted {
        let Self { world, request, before, shown } = self;
        let draft = match before.filter(|before| before.request.differs_only_in_choice(&request)) {
            Some(before) => before.again(&world, request),
            None => Draft::new(&world, request),
        };
        let changes = shown.and_then(|shown| draft.changes_since(&shown));
        let (to_archive, archive_at_most) =
            draft.plan.as_ref().map(|plan| wanted(plan, world.graph())).unwrap_or_default();
        Drafted { draft: Arc::new(draft), changes, to_archive: to_archive.into(), archive_at_most }
    }
}
