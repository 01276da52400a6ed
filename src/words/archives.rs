//! What is said of archives: how far one is, why there is none, what came back and what was checked.

use super::{count, list, short_digests, thousands, tr};
use crate::archive::{
    Compared, Given, Kept, RestoreProgress, RestoreStage, Restored, SaveProgress, SaveStage, Shelf,
};
use crate::model::{Bytes, Reference};

/// How far an archive is; `images` are to be saved.
pub fn save_progress(progress: &SaveProgress, images: usize) -> String {
    let at = thousands(progress.image + 1);
    let of = thousands(images);
    match progress.stage {
        SaveStage::Waiting => tr!("saving.waiting", at = at, of = of),
        SaveStage::Saving => match progress.of {
            Some(all) => tr!("saving.some", at = at, of = of, bytes = progress.read, all = all),
            None => tr!("saving.bytes", at = at, of = of, bytes = progress.read),
        },
        SaveStage::Checking => {
            tr!("saving.checking", bytes = progress.read, all = progress.of.unwrap_or(progress.read))
        }
    }
}

pub fn restore_progress(progress: Option<&RestoreProgress>) -> String {
    match progress {
        None => tr!("restoring.asking").into_owned(),
        Some(RestoreProgress { stage: RestoreStage::Checking, read, of }) => {
            tr!("restoring.checking", bytes = read, all = of)
        }
        Some(RestoreProgress { stage: RestoreStage::Loading, read, of }) if read < of => {
            tr!("restoring.loading", bytes = read, all = of)
        }
        Some(RestoreProgress { stage: RestoreStage::Loading, .. }) => tr!("restoring.unpacking").into_owned(),
        Some(RestoreProgress { stage: RestoreStage::Naming, .. }) => tr!("restoring.naming").into_owned(),
    }
}

/// That it is back, and what that was made sure by.
pub fn restored(restored: &Restored) -> String {
    let key = match (restored.compared, restored.was_there) {
        (Compared::SameId, true) => "restored.was_there",
        (Compared::SameId, false) => "restored.same_id",
        (Compared::Configuration, _) => "restored.configuration",
        (Compared::Layers, _) => "restored.layers",
    };
    tr!(key, id = restored.saved.short(), now = restored.now.short())
}

/// What became of its names, a line for each kind.
pub fn names_given(restored: &Restored) -> Vec<String> {
    let short = |name: &Reference| short_digests(&name.familiar());
    let has = |given: &Given| matches!(given, Given::Given | Given::Already);
    let named: Vec<_> =
        restored.names.iter().filter(|(_, given)| has(given)).map(|(name, _)| short(name)).collect();
    let mut lines = Vec::new();
    if !named.is_empty() {
        lines.push(tr!("restored.named", names = list(&named)));
    }
    for (name, given) in &restored.names {
        match given {
            Given::Given | Given::Already => {}
            Given::Taken(other) => {
                lines.push(tr!("restored.taken", name = short(name), id = other.short()));
            }
            Given::Failed(words) => lines.push(tr!("restored.failed", name = short(name), words = words)),
        }
    }
    if !restored.digests.is_empty() {
        lines.push(count("restored.digests", restored.digests.len()));
    }
    lines
}

/// What an archive that was dropped or deleted is called.
pub fn names_of(kept: &Kept) -> String {
    let images = kept.archive.as_ref().map_or(&[][..], |archive| &archive.images);
    let names: Vec<_> = images
        .iter()
        .map(|image| match image.names.first() {
            Some(name) => short_digests(&name.familiar()),
            None => image.id.short().to_owned(),
        })
        .collect();
    match names.as_slice() {
        [] => kept.id.to_string(),
        [first @ .., _, _] if first.len() > 4 => {
            let shown: Vec<_> = names.iter().take(4).cloned().collect();
            tr!("archives.and_more", names = shown.join(&tr!("list.comma")), n = names.len() - shown.len())
        }
        _ => list(&names),
    }
}

/// All of it in one line: how many, how much, where, and what is left.
pub fn shelf(shelf: &Shelf) -> String {
    let all = count("archives.count", shelf.kept.len());
    let stored = tr!("archives.in", count = all, bytes = shelf.stored(), place = shelf.place);
    match shelf.free {
        Some(free) => format!("{stored} · {}", tr!("archives.free", bytes = free)),
        None => stored,
    }
}

/// That older archives go, how many and how much.
pub fn dropped(archives: usize, bytes: Bytes) -> String {
    let key = if archives == 1 { "archives.will_drop.one" } else { "archives.will_drop.many" };
    super::fill(key, &[("n", &thousands(archives)), ("bytes", &bytes)])
}
