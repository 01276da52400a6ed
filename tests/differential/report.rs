//! Counts what came of the requests to one engine, and says so.

use std::collections::BTreeMap;
use std::fmt;

use super::check::{Checked, Verdict};

/// The counts of one engine.
#[derive(Debug, Default)]
pub struct Tally {
    pub engine: String,
    pub seeds: usize,
    /// Steps of worlds, and how many of them the engine would not do.
    pub steps: usize,
    pub refused: usize,
    pub actions: usize,
    pub agreed: usize,
    pub statuses: BTreeMap<u16, usize>,
    pub unpredictable: BTreeMap<&'static str, usize>,
    pub missed: Vec<String>,
}

impl Tally {
    /// Counts a request; a miss is noted by whoever knows its place.
    pub fn count(&mut self, checked: &Checked) {
        match &checked.verdict {
            Verdict::LeftOut => return,
            Verdict::Agreed => self.agreed += 1,
            Verdict::Unpredictable(names) => {
                for name in names {
                    *self.unpredictable.entry(name).or_default() += 1;
                }
            }
            Verdict::Missed(_) => {}
        }
        self.actions += 1;
        *self.statuses.entry(checked.status).or_default() += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { engine, seeds, steps, refused, actions, agreed, statuses, unpredictable, missed } = self;
        writeln!(f, "{engine}")?;
        writeln!(f, "  {seeds} seeds, {steps} steps of setup, of which the engine refused {refused}")?;
        writeln!(f, "  {actions} actions, {agreed} agreed, {} missed; by status {statuses:?}", missed.len())?;
        for (name, count) in unpredictable {
            writeln!(f, "  {count} not predictable: {name}")?;
        }
        Ok(())
    }
}
