//! What comes back from an archive: which of them is meant, which ID the image has to have where it is loaded,
//! and which of its names it gets again.

use super::{Archive, ArchiveId, Kept, SavedImage};
use crate::model::{DiffId, ImageId, Reference, StoreKind};

/// How it was made sure that what was loaded is what was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// It has the ID it had, which is a digest of all that it is.
    SameId,
    /// The ID here is another: it is the digest of the configuration, and that is the one saved. It lists the
    /// layers by their digests.
    Configuration,
    /// The ID here is another, of a manifest that the engine made itself. The layers are the ones saved; the
    /// engine does not show its configuration in a form that could be compared.
    Layers,
}

/// Whether a name can be given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// It led nowhere, and leads to the image again.
    Given,
    /// It led to the image already.
    Already,
    /// It leads to this other image, and was left there.
    Taken(ImageId),
    /// The engine would not; its words.
    Failed(String),
}

/// What became of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub archive: ArchiveId,
    /// The ID it had where it was saved.
    pub saved: ImageId,
    /// The ID it has now.
    pub now: ImageId,
    pub compared: Compared,
    /// Nothing had to be loaded: the engine still had it.
    pub was_there: bool,
    pub names: Vec<(Reference, Given)>,
    /// Digest references of the image. No engine lets one be given by hand.
    pub digests: Vec<Reference>,
}

impl Restored {
    /// Whether it has every tag it had.
    pub fn has_all_names(&self) -> bool {
        self.names.iter().all(|(_, given)| matches!(given, Given::Given | Given::Already))
    }
}

/// The IDs that a saved image can have on a store, with what that proves; without any, only the layers can be
/// compared. A manifest that Docker 28 wrote around its export is not what the image had as an ID before.
pub fn expected(image: &SavedImage, from: StoreKind, to: StoreKind) -> Vec<(ImageId, Compared)> {
    let by_configuration = |store| matches!(store, StoreKind::Classic | StoreKind::Podman);
    if by_configuration(from) == by_configuration(to) {
        return vec![(image.id.clone(), Compared::SameId)];
    }
    if !by_configuration(to) {
        return Vec::new();
    }
    let contents = image.platforms.iter().filter_map(|platform| platform.content.as_ref());
    let ids = contents.filter_map(|content| ImageId::parse(content.config.as_str()).ok());
    ids.map(|id| (id, Compared::Configuration)).collect()
}

/// Whether these are the layers of one of the platforms saved.
pub fn has_layers(image: &SavedImage, layers: &[DiffId]) -> bool {
    let mut contents = image.platforms.iter().filter_map(|platform| platform.content.as_ref());
    contents.any(|content| content.layers == layers)
}

/// The ID in what an engine says at the end of a load: `Loaded image ID: sha256:…` (Docker) or
/// `Loaded image: sha256:…` (Podman). `None` if it names none, or several.
pub fn loaded_id(lines: &[String]) -> Option<ImageId> {
    let words = lines.iter().filter(|line| line.contains("Loaded image")).flat_map(|line| {
        line.split(|c: char| c.is_whitespace() || c == ',').filter_map(|word| word.strip_prefix("sha256:"))
    });
    let mut ids: Vec<_> = words.filter_map(|hex| ImageId::parse(hex).ok()).collect();
    ids.dedup();
    match ids.as_slice() {
        [only] => Some(only.clone()),
        [] | [_, ..] => None,
    }
}

/// What to do about a name that leads to `now` before anything is done.
pub fn give_back(image: &ImageId, now: Option<&ImageId>) -> Option<Given> {
    match now {
        None => None,
        Some(now) if now == image => Some(Given::Already),
        Some(other) => Some(Given::Taken(other.clone())),
    }
}

/// The tags of an image that can be given by hand.
pub fn tags(image: &SavedImage) -> impl Iterator<Item = &Reference> {
    image.names.iter().filter(|name| name.tag().is_some() && name.digest().is_none())
}

/// Why no archive is the one that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotFound {
    Nothing,
    /// The text fits images that are not the same.
    Several(Vec<(ArchiveId, ImageId)>),
    /// The archive is there, and its record cannot be used.
    Broken(ArchiveId, String),
}

/// Finds what a text names: an archive, the beginning of an image ID, or a name that an image had. Of several
/// archives of one image the newest is meant. All images of an archive that is named come along.
pub fn find(kept: &[Kept], text: &str) -> Result<(ArchiveId, Vec<ImageId>), NotFound> {
    if let Some(named) = kept.iter().find(|kept| kept.id.as_str() == text) {
        return match &named.archive {
            Ok(archive) => {
                Ok((named.id.clone(), archive.images.iter().map(|image| image.id.clone()).collect()))
            }
            Err(why) => Err(NotFound::Broken(named.id.clone(), why.clone())),
        };
    }
    let name = Reference::parse(text).ok().map(Reference::or_latest);
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    let mut newest_first: Vec<&Archive> = kept.iter().filter_map(|kept| kept.archive.as_ref().ok()).collect();
    newest_first.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
    let all = |fits: &dyn Fn(&SavedImage) -> bool| {
        let mut found: Vec<(ArchiveId, ImageId)> = Vec::new();
        for archive in &newest_first {
            for image in archive.images.iter().filter(|image| fits(image)) {
                if !found.iter().any(|(_, id)| *id == image.id) {
                    found.push((archive.id.clone(), image.id.clone()));
                }
            }
        }
        found
    };
    let by_id = all(&|image| !hex.is_empty() && image.id.hex().starts_with(hex));
    let found = if by_id.is_empty() {
        let has = |image: &SavedImage| {
            name.as_ref().is_some_and(|name| image.names.contains(name) || image.digests.contains(name))
        };
        // A name moves from image to image: the one that had it last is meant.
        all(&has).into_iter().take(1).collect()
    } else {
        by_id
    };
    match found.as_slice() {
        [] => Err(NotFound::Nothing),
        [(archive, image)] => Ok((archive.clone(), vec![image.clone()])),
        [_, ..] => Err(NotFound::Several(found)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> ImageId {
        ImageId::parse(&digit.to_string().repeat(64)).unwrap()
    }

    fn image(digit: char, names: &[&str]) -> SavedImage {
        SavedImage {
            id: id(digit),
            names: names.iter().map(|name| Reference::parse(name).unwrap()).collect(),
            digests: Vec::new(),
            size: None,
            platforms: Vec::new(),
            entries: Vec::new(),
        }
    }

    fn kept(created: i64, images: Vec<SavedImage>) -> Kept {
        let first = images.first().unwrap().id.clone();
        let archive = Archive {
            schema: super::super::SCHEMA,
            id: ArchiveId::new(created, &first, 1),
            created,
            engine: crate::model::EngineInfo {
                name: "Docker Engine".to_owned(),
                version: "28.5.2".to_owned(),
                api: "1.51".to_owned(),
                store: StoreKind::Classic,
                id: None,
            },
            host: "unix:///x.sock".to_owned(),
            images,
        };
        Kept { id: archive.id.clone(), stored: crate::model::Bytes(1), archive: Ok(archive) }
    }

    #[test]
    fn the_newest_archive_of_an_image_is_meant_and_a_name_means_who_had_it_last() {
        let all = [
            kept(100, vec![image('a', &["app:1"]), image('b', &["b"])]),
            kept(200, vec![image('a', &[])]),
            kept(300, vec![image('c', &["app:1"])]),
        ];
        let newest = (all[1].id.clone(), vec![id('a')]);
        assert_eq!(find(&all, "aaaa"), Ok(newest.clone()));
        assert_eq!(find(&all, &format!("sha256:{}", "a".repeat(64))), Ok(newest));
        assert_eq!(find(&all, "app:1"), Ok((all[2].id.clone(), vec![id('c')])));
        assert_eq!(find(&all, all[0].id.as_str()), Ok((all[0].id.clone(), vec![id('a'), id('b')])));
        assert_eq!(find(&all, "nothing"), Err(NotFound::Nothing));
        assert_eq!(find(&all, ""), Err(NotFound::Nothing));
    }

    #[test]
    fn the_beginning_of_several_ids_means_none_of_them() {
        let mut other = image('a', &[]);
        other.id = ImageId::parse(&format!("aa{}", "b".repeat(62))).unwrap();
        let all = [kept(100, vec![image('a', &[]), other])];
        assert!(matches!(find(&all, "aa"), Err(NotFound::Several(found)) if found.len() == 2));
    }

    #[test]
    fn the_end_of_a_load_says_what_was_loaded() {
        let hex = "a".repeat(64);
        assert_eq!(loaded_id(&[format!("Loaded image ID: sha256:{hex}\n")]), Some(id('a')));
        assert_eq!(loaded_id(&[format!("Loaded image: sha256:{hex}")]), Some(id('a')));
        assert_eq!(loaded_id(&["Loaded image: docker.io/library/a:1".to_owned()]), None);
        let two = format!("Loaded image ID: sha256:{hex}\nLoaded image ID: sha256:{}", "b".repeat(64));
        assert_eq!(loaded_id(&[two]), None);
    }
}
