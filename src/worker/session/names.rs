//! Names that may lead elsewhere by the time that they are looked at, and what follows from that for what is told
//! soon after.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::Changed;

/// What happened while a name was looked up has been told by then.
const HOLDS: Duration = Duration::from_secs(2);

/// What a change tells of names.
#[derive(Clone, Copy)]
pub(super) struct Names {
    /// One was told without the ID of its image.
    alone: bool,
    /// An image was given some that no event told.
    untold: bool,
}

impl Names {
    pub fn of(what: &Changed) -> Self {
        match what {
            Changed::Only(touched) => {
                Self { alone: touched.is_by_name(), untold: touched.gives_untold_names() }
            }
            Changed::Everything => Self { alone: false, untold: false },
        }
    }
}

/// When either was last told, or looked at.
#[derive(Default)]
pub(super) struct Lately {
    alone: Option<Instant>,
    untold: Option<Instant>,
}

impl Lately {
    pub fn hold(&mut self, names: Names) {
        let now = Instant::now();
        self.alone = if names.alone { Some(now) } else { self.alone };
        self.untold = if names.untold { Some(now) } else { self.untold };
    }

    /// What was pulled is looked up by its name, and another image that changes soon after may have taken that first.
    /// Of names that nobody told, one that is taken away before somebody looks is not seen, nor that it was another
    /// image's before. Then everything has to be listed.
    pub fn unless_missed(&mut self, what: Changed) -> Changed {
        let Changed::Only(touched) = &what else { return what };
        let holds = |since: Option<Instant>| since.is_some_and(|then| then.elapsed() < HOLDS);
        let may_be_missed =
            (holds(self.alone) && touched.is_of_images()) || (holds(self.untold) && touched.taken);
        self.hold(Names::of(&what));
        if may_be_missed { Changed::Everything } else { what }
    }
}
