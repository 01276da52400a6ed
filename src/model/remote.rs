//! What a registry says of an image that is here: whether it can be had from there again.
//!
//! Unknown is its own answer: what was not asked, could not be reached or is not shown to this person is
//! neither there nor gone.

use super::id::{Digest, ImageId};
use super::image::Image;
use super::inventory::StoreKind;
use super::reference::{Reference, Repository};

/// How many digests of one image a registry is asked for under one name.
const DIGESTS: usize = 4;
/// What Podman puts in front of names that lead nowhere.
const LOCALHOST: &str = "localhost";

/// Who may be spoken to how, as the engine and the person say.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Reach {
    /// Hosts (with their port, where one is named) that may be spoken to without TLS, or under a certificate
    /// that nobody vouches for.
    pub insecure: Vec<String>,
    /// The same for addresses, as `10.0.0.0/8`.
    pub insecure_nets: Vec<String>,
    /// The engine runs on another machine: its loopback is not the one of this program.
    pub elsewhere: bool,
}

/// One name of an image to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub image: ImageId,
    pub reference: Reference,
    /// What a registry may know the image by, the likeliest first.
    pub digests: Vec<Digest>,
    /// The digest of its configuration, where the engine calls it by that: tells the same image under another
    /// manifest.
    pub config: Option<Digest>,
    pub platform: Option<String>,
    /// False for a name that stands for no registry.
    pub has_registry: bool,
}

/// What a registry answered about one name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Remote {
    #[default]
    NotAsked,
    /// Asked, and not answered yet.
    Pending,
    /// It can be pulled by this digest, and by the tag where one was asked for.
    Present { digest: Digest },
    /// The tag leads to something else there, or is gone (`None`). By the digest `still` the image can be
    /// pulled all the same.
    Moved { to: Option<Digest>, still: Option<Digest> },
    /// It is not there.
    Absent,
    /// Its manifest is there, and this many of its parts are not: it cannot be pulled.
    Incomplete { missing: usize },
    /// Not for this person, or not without a login; some registries say so of what they do not have, too.
    Denied(String),
    /// No answer that can be believed; holds why.
    Unreachable(String),
    /// The name stands for no registry (`localhost/` of Podman).
    NoRegistry,
}

impl Remote {
    /// The digest by which the image can be pulled.
    pub fn pullable(&self) -> Option<&Digest> {
        match self {
            Self::Present { digest } => Some(digest),
            Self::Moved { still, .. } => still.as_ref(),
            Self::NotAsked
            | Self::Pending
            | Self::Absent
            | Self::Incomplete { .. }
            | Self::Denied(_)
            | Self::Unreachable(_)
            | Self::NoRegistry => None,
        }
    }

    /// True if the registry has told that the image cannot be had from it.
    pub fn is_gone(&self) -> bool {
        match self {
            Self::Absent | Self::Incomplete { .. } | Self::Moved { still: None, .. } => true,
            Self::NotAsked
            | Self::Pending
            | Self::Present { .. }
            | Self::Moved { still: Some(_), .. }
            | Self::Denied(_)
            | Self::Unreachable(_)
            | Self::NoRegistry => false,
        }
    }

    /// Where the tag leads to instead.
    pub fn leads_to(&self) -> Option<&Digest> {
        if let Self::Moved { to, .. } = self { to.as_ref() } else { None }
    }

    /// How many parts of it the registry has not.
    pub fn missing(&self) -> Option<usize> {
        if let Self::Incomplete { missing } = self { Some(*missing) } else { None }
    }

    /// Why there is no answer, in the words of whoever gave none.
    pub fn why_unknown(&self) -> Option<&str> {
        if let Self::Denied(why) | Self::Unreachable(why) = self { Some(why) } else { None }
    }

    /// One word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NotAsked => "not_asked",
            Self::Pending => "pending",
            Self::Present { .. } => "present",
            Self::Moved { .. } => "moved",
            Self::Absent => "absent",
            Self::Incomplete { .. } => "incomplete",
            Self::Denied(_) => "denied",
            Self::Unreachable(_) => "unreachable",
            Self::NoRegistry => "no_registry",
        }
    }
}

/// What all names of an image together say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovery {
    /// It has no name that a registry could be asked about: what is here was made here, or lost its names.
    OnlyHere,
    /// Nobody was asked. `was_remote` is false where no digest tells that it ever came from or went to a
    /// registry.
    NotAsked {
        was_remote: bool,
    },
    Asking {
        answered: usize,
        of: usize,
    },
    /// It can be pulled from here.
    Found {
        repository: Repository,
        digest: Digest,
        by_tag: bool,
    },
    /// Every registry that its names lead to was asked, and none has it.
    LastCopy,
    /// None that answered has it, and so many could not tell.
    Unknown {
        unknown: usize,
        gone: usize,
    },
}

fn leads_to_one(name: &Reference, store: StoreKind) -> bool {
    store != StoreKind::Podman || name.repository().registry() != LOCALHOST
}

/// Whether there is a registry to ask about an image.
pub fn has_registry(image: &Image, store: StoreKind) -> bool {
    image.references.iter().chain(&image.computed_digests).any(|name| leads_to_one(name, store))
}

/// The questions about every name of an image.
pub fn questions(image: &Image, store: StoreKind) -> Vec<Question> {
    let all = || image.references.iter().chain(&image.computed_digests);
    let config = match store {
        StoreKind::Classic | StoreKind::Podman => Some(Digest::from(&image.id)),
        StoreKind::Containerd => None,
    };
    let own = (store == StoreKind::Containerd).then(|| Digest::from(&image.id));
    let mut asked: Vec<Question> = Vec::new();
    for reference in all() {
        if asked.iter().any(|question| question.reference == *reference) {
            continue;
        }
        let mut digests: Vec<Digest> = reference.digest().cloned().into_iter().collect();
        if digests.is_empty() {
            let of_repository = all().filter(|other| other.repository() == reference.repository());
            for digest in of_repository.chain(all()).filter_map(Reference::digest).chain(&own) {
                if !digests.contains(digest) && digests.len() < DIGESTS {
                    digests.push(digest.clone());
                }
            }
        }
        asked.push(Question {
            image: image.id.clone(),
            reference: reference.clone(),
            digests,
            config: config.clone(),
            platform: image.platform.clone(),
            has_registry: leads_to_one(reference, store),
        });
    }
    asked
}

/// Sums up the answers to [`questions`]. An image that is somewhere is found, whatever others say; gone is
/// only what nobody has and everybody told.
pub fn recovery<'a>(
    image: &Image,
    store: StoreKind,
    answers: impl Iterator<Item = (&'a Reference, &'a Remote)>,
) -> Recovery {
    let (mut asked, mut open, mut gone, mut unknown, mut names) = (0, 0, 0, 0, 0);
    for (reference, remote) in answers {
        if let Some(digest) = remote.pullable() {
            let by_tag = reference.tag().is_some() && matches!(remote, Remote::Present { .. });
            let repository = reference.repository().clone();
            return Recovery::Found { repository, digest: digest.clone(), by_tag };
        }
        match remote {
            Remote::NoRegistry => continue,
            Remote::NotAsked => {}
            Remote::Pending => {
                asked += 1;
                open += 1;
            }
            Remote::Denied(_) | Remote::Unreachable(_) => {
                asked += 1;
                unknown += 1;
            }
            Remote::Present { .. } | Remote::Moved { .. } | Remote::Absent | Remote::Incomplete { .. } => {
                asked += 1;
                gone += 1;
            }
        }
        names += 1;
    }
    if names == 0 {
        return Recovery::OnlyHere;
    }
    if open > 0 {
        return Recovery::Asking { answered: asked - open, of: names };
    }
    if asked == 0 {
        // Only the classic store shows a digest just for what was pushed or pulled.
        let was_remote =
            store != StoreKind::Classic || image.references.iter().any(|name| name.digest().is_some());
        return Recovery::NotAsked { was_remote };
    }
    // A name nobody asked about could lead to it.
    let unknown = unknown + (names - asked);
    if unknown > 0 { Recovery::Unknown { unknown, gone } } else { Recovery::LastCopy }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "c7c1149150a8f7536bd19b70ea34748bf9dfbc93e5dee677f11362c06b12735d";

    fn image(names: &[&str]) -> Image {
        let parsed = names.iter().map(|name| Reference::parse(name).unwrap()).collect();
        Image {
            id: ImageId::parse(&"e9".repeat(32)).unwrap(),
            parent: None,
            references: parsed,
            computed_digests: Vec::new(),
            created: None,
            size: None,
            parts: None,
            labels: std::collections::BTreeMap::new(),
            platform: None,
            layers: crate::model::Layers::NotRead,
            history: None,
            containers: None,
            read_only: false,
        }
    }

    fn summed_up(image: &Image, answers: &[Remote]) -> Recovery {
        recovery(image, StoreKind::Classic, image.references.iter().zip(answers))
    }

    fn unreachable() -> Remote {
        Remote::Unreachable("it hangs".to_owned())
    }

    #[test]
    fn a_tag_is_asked_for_by_every_digest_of_its_image_and_a_digest_by_itself() {
        let digest = format!("b.io/other@sha256:{HEX}");
        let image = image(&["a.io/app:1", &digest]);
        let asked = questions(&image, StoreKind::Classic);
        assert_eq!(asked.len(), 2);
        assert_eq!(asked[0].digests.iter().map(Digest::hex).collect::<Vec<_>>(), [HEX]);
        assert_eq!(asked[0].config.as_ref().unwrap().hex(), image.id.hex());
        let on_containerd = questions(&image, StoreKind::Containerd);
        assert_eq!(on_containerd[0].config, None);
        assert_eq!(on_containerd[0].digests.len(), 2, "the image ID is a digest there");
    }

    #[test]
    fn only_podman_has_names_without_a_registry() {
        let image = image(&["localhost/app:1"]);
        assert!(!questions(&image, StoreKind::Podman)[0].has_registry);
        assert!(questions(&image, StoreKind::Classic)[0].has_registry);
    }

    #[test]
    fn it_is_the_last_copy_only_when_everybody_answered_and_nobody_has_it() {
        let image = image(&["a.io/app:1", "b.io/app:1"]);
        let moved = Remote::Moved { to: None, still: None };
        assert_eq!(summed_up(&image, &[Remote::Absent, moved]), Recovery::LastCopy);
        let damaged = Remote::Incomplete { missing: 2 };
        assert_eq!(summed_up(&image, &[Remote::Absent, damaged]), Recovery::LastCopy);
        for unsure in [unreachable(), Remote::Denied("no".to_owned()), Remote::NotAsked] {
            let told = summed_up(&image, &[Remote::Absent, unsure]);
            assert_eq!(told, Recovery::Unknown { unknown: 1, gone: 1 });
        }
        let told = summed_up(&image, &[Remote::Absent, Remote::Pending]);
        assert_eq!(told, Recovery::Asking { answered: 1, of: 2 });
    }

    #[test]
    fn one_registry_that_has_it_is_enough() {
        let image = image(&["a.io/app:1", "b.io/app:1"]);
        let digest = Digest::parse(HEX).unwrap();
        let still = Remote::Moved { to: None, still: Some(digest.clone()) };
        for there in [Remote::Present { digest }, still] {
            let told = summed_up(&image, &[unreachable(), there]);
            assert!(matches!(told, Recovery::Found { repository, .. } if repository.full() == "b.io/app"));
        }
    }

    #[test]
    fn an_image_without_names_cannot_be_asked_for() {
        assert_eq!(summed_up(&image(&[]), &[]), Recovery::OnlyHere);
        let untouched = image(&["a.io/app:1"]);
        let told = summed_up(&untouched, &[Remote::NotAsked]);
        assert_eq!(told, Recovery::NotAsked { was_remote: false });
    }
}
