//! `unmoor apply --archive`: what is saved before the first step, and what that takes, said before it is asked
//! whether to begin.

use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{CliError, one_line};
use crate::archive::{Fit, Limits, Saved, Wish, fit, to_drop, wanted};
use crate::files::Folders;
use crate::model::{Bytes, Graph};
use crate::plan::RemovalPlan;
use crate::worker::archive::Place;

/// What to do where there is no room.
pub(super) const MAKE_ROOM: &str = "make room there (Archives… in the window deletes what is kept), or go without \
                                    --archive";

/// What the archive of a plan is to hold; `None` where the plan takes no image. Says what it takes.
pub(super) fn wish(
    plan: &RemovalPlan,
    graph: &Graph,
    folders: &Folders,
    limits: Limits,
    out: &mut dyn Write,
) -> Result<Option<Wish>, CliError> {
    let (images, at_most) = wanted(plan, graph);
    if images.is_empty() {
        writeln!(out, "no image goes, so there is nothing to archive")?;
        return Ok(None);
    }
    let place = Place::of(folders).ok_or_else(|| {
        CliError::Archive("the system does not say where archives could be kept".to_owned())
    })?;
    let shelf = place.shelf().map_err(|error| {
        CliError::Archive(one_line(&format!("cannot list {}: {error}", place.path().display())))
    })?;
    if let Fit::TooLarge { at_most, free } = fit(at_most, shelf.free) {
        return Err(CliError::Archive(one_line(&format!(
            "nothing was done: the archive may take up to {at_most}, and {free} are free in {}; {MAKE_ROOM}",
            shelf.place
        ))));
    }
    let size =
        at_most.map_or_else(|| "of unknown size".to_owned(), |bytes| format!("of up to about {bytes}"));
    writeln!(out, "first archives {} images, {size}, in {}", images.len(), one_line(&shelf.place))?;
    let may_drop = to_drop(&shelf.kept, at_most.unwrap_or_default(), now(), &limits);
    for gone in &may_drop {
        let bytes = shelf.kept.iter().find(|kept| kept.id == *gone).map_or(Bytes(0), |kept| kept.stored);
        writeln!(out, "then drops the archive {gone}, {bytes}, which is beyond the limits")?;
    }
    Ok(Some(Wish { images, at_most, limits, may_drop }))
}

pub(super) fn write_saved(saved: &Saved, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "archived {} images as {}, {}", saved.images, saved.id, saved.stored)?;
    for (id, dropped) in &saved.dropped {
        match dropped {
            Ok(bytes) => writeln!(out, "dropped the archive {id}, {bytes}")?,
            Err(why) => writeln!(out, "the archive {id} could not be dropped: {}", one_line(why))?,
        }
    }
    Ok(())
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
