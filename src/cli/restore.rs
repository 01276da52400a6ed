//! `unmoor restore`: lists the archives that were kept before removals, or brings an image back from one.

use std::io::{self, Write};

use serde::Serialize;

use super::{CliError, RestoreArguments, RestoreFormat, one_line, unreachable_engine, write_json};
use crate::archive::{ArchiveId, Compared, Given, Kept, NotFound, Restored, Shelf, find};
use crate::engine::Engine;
use crate::files::Folders;
use crate::model::{Endpoint, ImageId};
use crate::worker::archive::{NotRestored, Place, Watcher, restore as bring_back};

const SCHEMA: u32 = 1;

pub(super) fn restore(
    arguments: &RestoreArguments,
    endpoint: &Endpoint,
    folders: &Folders,
    runtime: &tokio::runtime::Runtime,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let place = Place::of(folders).ok_or_else(|| {
        CliError::Archive("the system does not say where archives could be kept".to_owned())
    })?;
    let shelf = place.shelf().map_err(|error| {
        CliError::Archive(one_line(&format!("cannot list {}: {error}", place.path().display())))
    })?;
    let Some(target) = &arguments.target else { return list(&shelf, arguments.format, out) };
    let (archive, images) = find(&shelf.kept, target).map_err(|why| not_found(target, &why))?;
    let engine = runtime.block_on(Engine::connect(endpoint)).map_err(|tried| unreachable_engine(&tried))?;
    let mut all = Vec::new();
    for image in &images {
        let nobody = Watcher::new(|_| (), || true);
        let restored = runtime.block_on(bring_back(&engine, &place, &archive, image, nobody));
        all.push(restored.map_err(|why| not_restored(&archive, image, &why))?);
    }
    match arguments.format {
        RestoreFormat::Text => Ok(all.iter().try_for_each(|restored| write_restored(restored, out))?),
        RestoreFormat::Json => write_json(out, &RestoredJson::all(&all)),
    }
}

fn not_found(target: &str, why: &NotFound) -> CliError {
    CliError::NotFound(one_line(&match why {
        NotFound::Nothing => format!("no archive holds {target:?}; unmoor restore lists what there is"),
        NotFound::Several(found) => {
            let all: Vec<_> = found.iter().map(|(archive, image)| format!("{image} in {archive}")).collect();
            format!("{target:?} begins the IDs of several images: {}", all.join(", "))
        }
        NotFound::Broken(archive, words) => format!("archive {archive} cannot be used: {words}"),
    }))
}

fn not_restored(archive: &ArchiveId, image: &ImageId, why: &NotRestored) -> CliError {
    CliError::Archive(one_line(&format!(
        "image {} was not restored from {archive}: {why}; the archive is as it was",
        image.short()
    )))
}

fn list(shelf: &Shelf, format: RestoreFormat, out: &mut dyn Write) -> Result<(), CliError> {
    match format {
        RestoreFormat::Text => Ok(write_list(shelf, out)?),
        RestoreFormat::Json => write_json(out, &ShelfJson::from(shelf)),
    }
}

fn write_list(shelf: &Shelf, out: &mut dyn Write) -> io::Result<()> {
    if shelf.kept.is_empty() {
        return writeln!(out, "no archives in {}", one_line(&shelf.place));
    }
    for kept in &shelf.kept {
        let time = jiff::Timestamp::from_second(kept.created()).unwrap_or_default();
        match &kept.archive {
            Ok(archive) => {
                let engine = one_line(&format!("{} {}", archive.engine.name, archive.engine.version));
                writeln!(out, "{}  {time}  {}  {engine}", kept.id, kept.stored)?;
                for image in &archive.images {
                    let names: Vec<_> = image.names.iter().map(ToString::to_string).collect();
                    let names = if names.is_empty() { "without a name".to_owned() } else { names.join(", ") };
                    writeln!(out, "   {}  {}", image.id.short(), one_line(&names))?;
                }
            }
            Err(why) => {
                writeln!(out, "{}  {time}  {}", kept.id, kept.stored)?;
                writeln!(out, "   cannot be used: {}", one_line(why))?;
            }
        }
    }
    writeln!(out, "{} in all in {}", shelf.stored(), one_line(&shelf.place))
}

/// What was checked, and no more.
fn compared_words(restored: &Restored) -> String {
    let Restored { saved, now, compared, was_there, .. } = restored;
    let how = if *was_there { "was still there" } else { "is back" };
    match compared {
        Compared::SameId => format!("image {} {how} with the ID it had: {now}", saved.short()),
        Compared::Configuration => format!(
            "image {} {how} as {now}: this store has other IDs; it is the digest of the configuration that was \
             saved, which lists the layers",
            saved.short()
        ),
        Compared::Layers => format!(
            "image {} {how} as {now}: this store has other IDs; its layers were compared with those saved, its \
             configuration was not",
            saved.short()
        ),
    }
}

fn write_restored(restored: &Restored, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", compared_words(restored))?;
    for (name, given) in &restored.names {
        let words = match given {
            Given::Given => format!("named {name}"),
            Given::Already => format!("has its name {name} already"),
            Given::Taken(other) => format!("not named {name}: image {} has that name by now", other.short()),
            Given::Failed(words) => format!("not named {name}: {words}"),
        };
        writeln!(out, "   {}", one_line(&words))?;
    }
    for digest in &restored.digests {
        let words = format!("{digest} is not given back: no engine lets a digest be given by hand");
        writeln!(out, "   {}", one_line(&words))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct ShelfJson<'a> {
    schema: u32,
    folder: &'a str,
    free_bytes: Option<u64>,
    archives: Vec<ArchiveJson<'a>>,
}

#[derive(Serialize)]
struct ArchiveJson<'a> {
    id: &'a ArchiveId,
    /// Seconds since 1970.
    created: i64,
    stored_bytes: u64,
    engine: Option<&'a crate::model::EngineInfo>,
    host: Option<&'a str>,
    images: Vec<ImageJson<'a>>,
    error: Option<&'a str>,
}

#[derive(Serialize)]
struct ImageJson<'a> {
    id: &'a ImageId,
    names: Vec<String>,
    digests: Vec<String>,
    platforms: Vec<&'a str>,
}

impl<'a> From<&'a Shelf> for ShelfJson<'a> {
    fn from(shelf: &'a Shelf) -> Self {
        Self {
            schema: SCHEMA,
            folder: &shelf.place,
            free_bytes: shelf.free.map(|bytes| bytes.0),
            archives: shelf.kept.iter().map(ArchiveJson::from).collect(),
        }
    }
}

impl<'a> From<&'a Kept> for ArchiveJson<'a> {
    fn from(kept: &'a Kept) -> Self {
        let archive = kept.archive.as_ref().ok();
        let images = archive.map_or(&[][..], |archive| &archive.images);
        let image = |image: &'a crate::archive::SavedImage| {
            let whole = image.platforms.iter().filter(|platform| platform.content.is_some());
            ImageJson {
                id: &image.id,
                names: image.names.iter().map(ToString::to_string).collect(),
                digests: image.digests.iter().map(ToString::to_string).collect(),
                platforms: whole.map(|platform| platform.name.as_str()).collect(),
            }
        };
        Self {
            id: &kept.id,
            created: kept.created(),
            stored_bytes: kept.stored.0,
            engine: archive.map(|archive| &archive.engine),
            host: archive.map(|archive| archive.host.as_str()),
            images: images.iter().map(image).collect(),
            error: kept.archive.as_ref().err().map(String::as_str),
        }
    }
}

#[derive(Serialize)]
struct RestoredJson<'a> {
    schema: u32,
    restored: Vec<OneRestored<'a>>,
}

#[derive(Serialize)]
struct OneRestored<'a> {
    archive: &'a ArchiveId,
    saved_id: &'a ImageId,
    image_id: &'a ImageId,
    /// `same_id`, `configuration` or `layers`.
    compared: &'static str,
    loaded: bool,
    named: Vec<String>,
    /// Names that were not given back, each with the image that has it, or why else.
    not_named: Vec<NotNamed<'a>>,
    digests_not_given_back: Vec<String>,
}

#[derive(Serialize)]
struct NotNamed<'a> {
    name: String,
    taken_by: Option<&'a ImageId>,
    error: Option<&'a str>,
}

impl<'a> RestoredJson<'a> {
    fn all(all: &'a [Restored]) -> Self {
        Self { schema: SCHEMA, restored: all.iter().map(OneRestored::from).collect() }
    }
}

impl<'a> From<&'a Restored> for OneRestored<'a> {
    fn from(restored: &'a Restored) -> Self {
        let has = |given: &Given| matches!(given, Given::Given | Given::Already);
        let named = restored.names.iter().filter(|(_, given)| has(given));
        let not_named = restored.names.iter().filter_map(|(name, given)| {
            let (taken_by, error) = match given {
                Given::Given | Given::Already => return None,
                Given::Taken(other) => (Some(other), None),
                Given::Failed(words) => (None, Some(words.as_str())),
            };
            Some(NotNamed { name: name.to_string(), taken_by, error })
        });
        Self {
            archive: &restored.archive,
            saved_id: &restored.saved,
            image_id: &restored.now,
            compared: match restored.compared {
                Compared::SameId => "same_id",
                Compared::Configuration => "configuration",
                Compared::Layers => "layers",
            },
            loaded: !restored.was_there,
            named: named.map(|(name, _)| name.to_string()).collect(),
            not_named: not_named.collect(),
            digests_not_given_back: restored.digests.iter().map(ToString::to_string).collect(),
        }
    }
}
