//! What `unmoor explain --look-up` says: whether the image could be had again, name by name.

use std::io::{self, Write};

use serde::Serialize;

use super::explanation::image_of;
use super::{CliError, one_line};
use crate::model::remote::{questions, recovery};
use crate::model::{Question, Recovery, Remote};
use crate::rules::{Target, World};

#[derive(Debug, Serialize)]
pub(super) struct Recoverable {
    /// `yes`, `last_copy`, `only_here` or `unknown`.
    verdict: &'static str,
    references: Vec<OneName>,
    #[serde(skip)]
    image: String,
}

#[derive(Debug, Serialize)]
struct OneName {
    reference: String,
    registry: String,
    /// As [`Remote::word`].
    status: &'static str,
    /// The digest by which it can be pulled.
    pull_by: Option<String>,
    /// Where the tag leads to instead.
    moved_to: Option<String>,
    missing_parts: Option<usize>,
    message: Option<String>,
}

impl Recoverable {
    /// `None` where the target is of no image that is listed.
    pub fn ask(
        world: &World,
        target: &Target,
        look_up: &dyn Fn(Vec<Question>) -> Result<Vec<Remote>, CliError>,
    ) -> Result<Option<Self>, CliError> {
        let store = world.engine().store;
        let image = image_of(world, target).and_then(|id| world.find_image(&id));
        let Some(image) = image.and_then(|ix| world.image(ix)) else { return Ok(None) };
        let asked = questions(image, store);
        let answers = if asked.is_empty() { Vec::new() } else { look_up(asked.clone())? };
        let told = asked.iter().map(|question| &question.reference).zip(&answers);
        let verdict = match recovery(image, store, told.clone()) {
            Recovery::Found { .. } => "yes",
            Recovery::LastCopy => "last_copy",
            Recovery::OnlyHere => "only_here",
            Recovery::NotAsked { .. } | Recovery::Asking { .. } | Recovery::Unknown { .. } => "unknown",
        };
        let references = told
            .map(|(reference, remote)| OneName {
                reference: reference.familiar(),
                registry: reference.repository().registry().to_owned(),
                status: remote.word(),
                pull_by: remote.pullable().map(ToString::to_string),
                moved_to: remote.leads_to().map(ToString::to_string),
                missing_parts: remote.missing(),
                message: remote.why_unknown().map(str::to_owned),
            })
            .collect();
        Ok(Some(Self { verdict, references, image: image.id.short().to_owned() }))
    }

    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\nCan I get {} back?", self.image)?;
        for name in &self.references {
            writeln!(out, "  {}: {}", one_line(&name.reference), one_line(&name.words()))?;
        }
        let verdict = match self.verdict {
            "yes" => "yes",
            "last_copy" => "no: every registry was asked, and none has it; this is the last copy",
            "only_here" => "no: it has no name that a registry could know it by",
            _ => "not known: no registry that answered has it, and not all could tell",
        };
        writeln!(out, "  {verdict}")
    }
}

impl OneName {
    fn words(&self) -> String {
        let short =
            |digest: &Option<String>| digest.as_deref().map_or("?", |d| d.get(7..19).unwrap_or(d)).to_owned();
        match (self.status, &self.pull_by, &self.moved_to) {
            ("present", _, _) => format!("there, as {}", short(&self.pull_by)),
            ("moved", Some(_), Some(_)) => format!(
                "the tag leads to {} there; this image is there too, by its digest {}",
                short(&self.moved_to),
                short(&self.pull_by)
            ),
            ("moved", Some(_), None) => {
                format!("the tag is gone there; the image is there by its digest {}", short(&self.pull_by))
            }
            ("moved", None, _) => {
                format!("the tag leads to {} there, and this image is gone there", short(&self.moved_to))
            }
            ("absent", _, _) => "gone there, or never was there".to_owned(),
            ("incomplete", _, _) => {
                format!("broken there: {} of its parts are missing", self.missing_parts.unwrap_or_default())
            }
            ("denied", _, _) => format!("denied: {}", self.message.as_deref().unwrap_or_default()),
            ("unreachable", _, _) => format!("no answer: {}", self.message.as_deref().unwrap_or_default()),
            ("no_registry", _, _) => "this name stands for no registry".to_owned(),
            _ => "not asked".to_owned(),
        }
    }
}
