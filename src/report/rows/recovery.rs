//! Whether an image could be had again, as far as registries were asked, and how old that answer is.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::utc;
use crate::model::{Graph, ImageId, Recovery, Reference, Remote};
use crate::words::remote::{recovery, remote};
use crate::words::{self, tr};

/// What was asked about one image, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookUp {
    pub recovery: Recovery,
    /// Each with the time of its answer, in seconds since 1970.
    pub names: Vec<(Reference, Remote, i64)>,
}

/// By the image; of many, nobody was asked.
pub type LookUps = BTreeMap<ImageId, LookUp>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryRow {
    pub image: String,
    pub called: String,
    /// `yes`, `last_copy`, `only_here` or `unknown`.
    pub verdict: Cow<'static, str>,
    pub words: String,
    /// When the oldest answer was given.
    pub asked_at: Option<String>,
    /// The same in words, as of the report.
    pub asked: Option<String>,
    pub references: Vec<RemoteRow>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteRow {
    pub reference: String,
    /// `present`, `moved`, `absent`, `incomplete`, `denied`, `unreachable`, `no_registry`, `not_asked` or
    /// `pending`.
    pub status: Cow<'static, str>,
    pub words: String,
    pub asked_at: String,
}

impl RecoveryRow {
    /// `None` where nobody was asked about the image. `now` is the time of the report.
    pub fn of(asked: &LookUps, graph: &Graph, image: &ImageId, now: i64) -> Option<Self> {
        let LookUp { recovery: found, names } = asked.get(image)?;
        let verdict = match found {
            Recovery::Found { .. } => "yes",
            Recovery::LastCopy => "last_copy",
            Recovery::OnlyHere => "only_here",
            Recovery::NotAsked { .. } | Recovery::Asking { .. } | Recovery::Unknown { .. } => "unknown",
        };
        let oldest = names.iter().map(|(_, _, at)| *at).min();
        let ago = |at: i64| {
            if now - at < 60 {
                tr!("recovery.asked_now").into_owned()
            } else {
                tr!("recovery.asked", age = words::age(now, at))
            }
        };
        let row = |(name, answer, at): &(Reference, Remote, i64)| RemoteRow {
            reference: name.familiar(),
            status: answer.word().into(),
            words: remote(answer).1,
            asked_at: utc(*at),
        };
        let listed = graph.find_image(image).and_then(|ix| graph.image(ix));
        Some(Self {
            image: image.to_string(),
            called: listed.map_or_else(|| image.short().to_owned(), |image| words::image_name(graph, image)),
            verdict: verdict.into(),
            words: recovery(found).1,
            asked_at: oldest.map(utc),
            asked: oldest.map(ago),
            references: names.iter().map(row).collect(),
        })
    }

    /// The sentence with the age of the answer.
    pub fn sentence(&self) -> String {
        match &self.asked {
            Some(asked) => format!("{} ({asked})", self.words),
            None => self.words.clone(),
        }
    }
}
