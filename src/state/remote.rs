//! What registries said of the images that are here, with the time they said it. Asked only when a person wants
//! to know, or when an image is about to go.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{AppState, Dialog, ReviewLookUp};
use crate::message::{Command, LookUpId, LookedUp};
use crate::model::remote::{has_registry, questions, recovery};
use crate::model::{Graph, Image, ImageId, Question, Recovery, Reference, Remote};
use crate::plan::Draft;

/// For a removal an answer is asked for again when it is older than this.
const FRESH_SECONDS: i64 = 600;

/// How many images registries are asked about at once for a review.
const ASKED_AT_ONCE: usize = 256;
/// What is more than this takes long to free.
const MANY: usize = 200;

/// One name and what its registry said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub remote: Remote,
    /// Seconds since 1970; of the question while there is no answer.
    pub at: i64,
}

/// What was asked about one image.
#[derive(Debug)]
pub struct OfImage {
    pub names: BTreeMap<Reference, Asked>,
    pub recovery: Recovery,
}

impl OfImage {
    /// When the oldest answer was given.
    pub fn oldest(&self) -> Option<i64> {
        self.names.values().map(|asked| asked.at).min()
    }

    fn is_fresh(&self, now: i64) -> bool {
        self.names
            .values()
            .all(|asked| now - asked.at <= FRESH_SECONDS && asked.remote.why_unknown().is_none())
    }
}

/// What matters of it while a plan is in review.
#[derive(Debug, Default)]
pub struct OfReview {
    /// The images that go, the worst first.
    pub going: Vec<ImageId>,
    /// Those of them that nobody else has any more, as far as anybody can tell.
    pub last_copies: Vec<ImageId>,
    /// The person has said to go on, and was told that the last copy of something goes.
    pub is_warned: bool,
    asked: HashSet<ImageId>,
    /// Which draft and how many answers this was made of, and whether registries were asked by themselves.
    made_of: Option<MadeOf>,
}

#[derive(Debug, Clone)]
struct MadeOf {
    draft: Arc<Draft>,
    told: u64,
    by_itself: bool,
}

impl PartialEq for MadeOf {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.draft, &other.draft) && (self.told, self.by_itself) == (other.told, other.by_itself)
    }
}

/// All that was asked.
#[derive(Debug, Default)]
pub struct Remotes {
    pub review: OfReview,
    by_image: HashMap<ImageId, OfImage>,
    /// Goes up whenever more is known, or asked.
    told: u64,
    /// Answers to what was asked of another engine's images are not taken.
    last: LookUpId,
}

impl Remotes {
    pub fn of(&self, image: &ImageId) -> Option<&OfImage> {
        self.by_image.get(image)
    }
}

impl AppState {
    /// What is known of getting an image back.
    pub fn recovery(&self, image: &Image) -> Recovery {
        let none = || self.sum_up(image, &BTreeMap::new());
        self.remotes.of(&image.id).map_or_else(none, |asked| asked.recovery.clone())
    }

    fn sum_up(&self, image: &Image, names: &BTreeMap<Reference, Asked>) -> Recovery {
        let Some(graph) = self.graph() else { return Recovery::OnlyHere };
        let store = graph.inventory().engine.store;
        let asked = questions(image, store);
        let answers = asked.iter().map(|question| {
            let none = if question.has_registry { &Remote::NotAsked } else { &Remote::NoRegistry };
            (&question.reference, names.get(&question.reference).map_or(none, |asked| &asked.remote))
        });
        recovery(image, store, answers)
    }

    /// Asks about every name of an image.
    pub(super) fn look_up(&mut self, image: &ImageId, now: i64) -> Vec<Command> {
        self.ask_about(std::slice::from_ref(image), now)
    }

    /// Asks about all images that the plan in review takes.
    pub(super) fn look_up_review(&mut self, now: i64) -> Vec<Command> {
        let going = self.remotes.review.going.clone();
        self.ask_about(&going, now)
    }

    /// Follows the plan in review: which images go, and which of them nobody else has. What is not known yet is
    /// asked for, once for each image while the review is open. Nothing is done where nothing has changed.
    pub(super) fn watch_review(&mut self, now: i64) -> Vec<Command> {
        let (Dialog::Review(review), Some(graph)) = (&self.dialog, self.graph().cloned()) else {
            if self.remotes.review.made_of.is_some() {
                let before = std::mem::take(&mut self.remotes.review);
                if before.going.len() > MANY {
                    self.let_go(before);
                }
            }
            return Vec::new();
        };
        let Some(draft) = review.draft.clone() else { return Vec::new() };
        let is_changed = review.changes.is_some();
        let by_itself = self.settings.review_look_up == ReviewLookUp::ByItself;
        let made_of = MadeOf { draft: Arc::clone(&draft), told: self.remotes.told, by_itself };
        let mut commands = Vec::new();
        if self.remotes.review.made_of.as_ref() != Some(&made_of) {
            if by_itself {
                commands = self.ask_for_some(&draft.going, now);
            }
            self.rank_going(&draft, &graph);
            // With what was just asked.
            self.remotes.review.made_of = Some(MadeOf { told: self.remotes.told, ..made_of });
        }
        let review = &mut self.remotes.review;
        review.is_warned &= !review.last_copies.is_empty() && !is_changed;
        if !review.last_copies.is_empty() {
            self.propose_archive();
        }
        commands
    }

    /// Asks about images of which nothing is known, as many at once as a registry bears well; the others follow
    /// as answers come.
    fn ask_for_some(&mut self, going: &[ImageId], now: i64) -> Vec<Command> {
        let is_unknown = |image: &&ImageId| {
            !self.remotes.review.asked.contains(*image)
                && self.remotes.of(image).is_none_or(|asked| !asked.is_fresh(now))
        };
        let unknown: Vec<ImageId> = going.iter().filter(is_unknown).take(ASKED_AT_ONCE).cloned().collect();
        if unknown.is_empty() {
            return Vec::new();
        }
        self.remotes.review.asked.extend(unknown.iter().cloned());
        let commands = self.ask_about(&unknown, now);
        if commands.is_empty() { self.ask_for_some(going, now) } else { commands }
    }

    /// The worst first.
    fn rank_going(&mut self, draft: &Draft, graph: &Graph) {
        let store = graph.inventory().engine.store;
        let rank_of = |id: &ImageId| {
            if let Some(asked) = self.remotes.of(id) {
                return rank(&asked.recovery);
            }
            let image = graph.find_image(id).and_then(|ix| graph.image(ix));
            let can_be_asked = image.is_some_and(|image| has_registry(image, store));
            if can_be_asked { NOT_ASKED } else { ONLY_HERE }
        };
        let mut ranked: Vec<_> = draft.going.iter().map(|id| (rank_of(id), id)).collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        let last_copies = ranked.iter().take_while(|(rank, _)| *rank == LAST_COPY);
        let last_copies = last_copies.map(|(_, id)| (*id).clone()).collect();
        let going = ranked.into_iter().map(|(_, id)| id.clone()).collect();
        (self.remotes.review.going, self.remotes.review.last_copies) = (going, last_copies);
    }

    fn ask_about(&mut self, images: &[ImageId], now: i64) -> Vec<Command> {
        let Some(graph) = self.graph().cloned() else { return Vec::new() };
        let store = graph.inventory().engine.store;
        let mut asked: Vec<Question> = Vec::new();
        for id in images {
            let Some(image) = graph.find_image(id).and_then(|ix| graph.image(ix)) else { continue };
            let of_image = questions(image, store);
            let mut names = BTreeMap::new();
            for question in &of_image {
                let remote = if question.has_registry { Remote::Pending } else { Remote::NoRegistry };
                names.insert(question.reference.clone(), Asked { remote, at: now });
            }
            let recovery = self.sum_up(image, &names);
            self.remotes.by_image.insert(id.clone(), OfImage { names, recovery });
            self.remotes.told += 1;
            asked.extend(of_image.into_iter().filter(|question| question.has_registry));
        }
        if asked.is_empty() {
            return Vec::new();
        }
        let trusted = self.settings.trusted_registries();
        vec![Command::LookUp { lookup: self.remotes.last, questions: asked, trusted }]
    }

    pub(super) fn looked_up(&mut self, lookup: LookUpId, answers: Vec<LookedUp>, now: i64) {
        if lookup != self.remotes.last {
            return;
        }
        let mut changed = Vec::new();
        for LookedUp { image, reference, remote } in answers {
            let Some(asked) = self.remotes.by_image.get_mut(&image) else { continue };
            asked.names.insert(reference, Asked { remote, at: now });
            changed.push(image);
        }
        changed.sort_unstable();
        changed.dedup();
        self.sum_up_again(&changed);
    }

    /// After a new observation: names came and went.
    pub(super) fn keep_remotes(&mut self) {
        let mut images: Vec<ImageId> = self.remotes.by_image.keys().cloned().collect();
        images.sort_unstable();
        self.sum_up_again(&images);
    }

    /// Of another engine nothing is known, and what is on its way is about the one before.
    pub(super) fn forget_remotes(&mut self) {
        self.remotes = Remotes { last: LookUpId(self.remotes.last.0 + 1), ..Remotes::default() };
    }

    fn sum_up_again(&mut self, images: &[ImageId]) {
        self.remotes.told += 1;
        let Some(graph) = self.graph().cloned() else { return };
        for id in images {
            let image = graph.find_image(id).and_then(|ix| graph.image(ix));
            let Some((image, asked)) = image.zip(self.remotes.by_image.get(id)) else {
                self.remotes.by_image.remove(id);
                continue;
            };
            let recovery = self.sum_up(image, &asked.names);
            if let Some(asked) = self.remotes.by_image.get_mut(id) {
                asked.recovery = recovery;
            }
        }
    }
}

const LAST_COPY: u8 = 0;
const NOT_ASKED: u8 = 2;
const ONLY_HERE: u8 = 3;

/// What is worst stands first.
fn rank(recovery: &Recovery) -> u8 {
    match recovery {
        Recovery::LastCopy => LAST_COPY,
        Recovery::Unknown { .. } => 1,
        Recovery::Asking { .. } | Recovery::NotAsked { .. } => NOT_ASKED,
        Recovery::OnlyHere => ONLY_HERE,
        Recovery::Found { .. } => 4,
    }
}
