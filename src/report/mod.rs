//! What is written for others to read: rows built once, and one file per format, each to any writer. The
//! time, the engine's address and the language come in as values; nothing here depends on a window.

mod anonymous;
mod csv;
pub mod difference;
mod escape;
mod html;
pub mod json;
mod map;
mod markdown;
pub mod pseudonyms;
pub mod rows;
pub mod svg;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;

use crate::archive::Saved;
use crate::model::{ImageIx, Item};
use crate::picture::{Picture, Subject};
use crate::plan::{Kept, Outcome, RemovalPlan, StepAction, Way, plan_removal};
use crate::rules::{Target, World};
use crate::words::{Language, in_language, tr};

pub use difference::{Privacy, difference};
pub use rows::{LookUp, LookUps};

/// With more images, a picture is worked out for too long, and would show no more.
const PICTURED: usize = 5_000;

/// Everything that a report is made from. Cheap to hand on: the listing is shared.
#[derive(Debug, Clone)]
pub struct Report {
    /// Seconds since 1970.
    pub written_at: i64,
    /// The engine's address; `None` for the built-in sample, and where names are replaced.
    pub host: Option<String>,
    pub world: World,
    /// What of the engine it is about, in the words of the report's language.
    pub about: String,
    /// Names, hosts, labels and IDs are replaced already.
    pub anonymous: bool,
    /// What registries said of its images, if they were asked.
    pub look_ups: LookUps,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub enum Content {
    /// Images, in this order.
    Inventory {
        images: Vec<ImageIx>,
    },
    /// One thing, with all that holds it.
    Explanation {
        target: Target,
    },
    Removal(Box<Removal>),
    /// Where the bytes are; only to be drawn.
    Map,
}

/// A plan, and if it ran, what became of it. The report's world is the one it was made from.
#[derive(Debug, Clone)]
pub struct Removal {
    pub plan: Arc<RemovalPlan>,
    pub outcome: Option<Outcome>,
    /// What was asked for and stays.
    pub kept: Vec<Kept>,
    /// Steps that are no part of it, because somebody did not want them.
    pub left_out: Vec<LeftStep>,
    /// What was archived before it ran.
    pub saved: Option<Saved>,
}

impl Removal {
    /// A plan as it was made, before it runs.
    pub fn planned(plan: impl Into<Arc<RemovalPlan>>) -> Self {
        Self { plan: plan.into(), outcome: None, kept: Vec::new(), left_out: Vec::new(), saved: None }
    }
}

/// A step that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftStep {
    pub action: StepAction,
    /// False for what only cannot go without such a step.
    pub by_hand: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Html,
    Markdown,
    Csv,
    Json,
    /// The picture alone.
    Svg,
}

impl Format {
    pub const ALL: [Self; 5] = [Self::Html, Self::Markdown, Self::Csv, Self::Json, Self::Svg];

    /// What the names of such files end with.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Markdown => "md",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Svg => "svg",
        }
    }

    /// The format of a file with this name.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension.to_ascii_lowercase().as_str() {
            "html" | "htm" => Some(Self::Html),
            "md" | "markdown" => Some(Self::Markdown),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "svg" => Some(Self::Svg),
            _ => None,
        }
    }
}

/// Writes a report. `progress` is told how many rows are done, and of how many.
pub fn write(
    report: &Report,
    format: Format,
    language: Language,
    progress: &dyn Fn(usize, usize),
    out: &mut dyn Write,
) -> io::Result<()> {
    in_language(language, || match format {
        Format::Json => json::write(report, language, progress, out),
        Format::Csv => csv::write(report, progress, out),
        Format::Markdown => markdown::write(report, language, progress, out),
        Format::Html => html::write(report, language, progress, out),
        Format::Svg => drawing(report, out),
    })
}

/// The picture alone, or the map.
fn drawing(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let world = &report.world;
    let toggled = BTreeSet::new();
    let draw = |images: &[ImageIx], plan: Option<&RemovalPlan>, out: &mut dyn Write| {
        if images.len() > PICTURED {
            return Err(io::Error::other(tr!("report.too_many", n = PICTURED)));
        }
        let picture = Picture::of(&Subject { world, images, plan, toggled: &toggled });
        svg::document(&picture, &svg::captions(world, &picture), out)
    };
    match &report.content {
        Content::Inventory { images } => draw(images, None, out),
        Content::Explanation { target } => {
            let image = rows::image_of(world, target).ok_or_else(gone)?;
            let plan = plan_removal(world, std::slice::from_ref(target), Way::Ordered, true).ok();
            draw(&[image], plan.as_ref(), out)
        }
        Content::Removal(removal) => draw(&rows::images_of(world, &removal.plan), Some(&removal.plan), out),
        Content::Map => map::document(world, out),
    }
}

/// What is explained is not there.
fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, tr!("no_way.gone"))
}

fn only_drawn() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, tr!("report.only_drawn"))
}

/// A line of the engine's.
fn item_words(item: &Item) -> String {
    match item {
        Item::Untagged(name) => format!("Untagged: {name}"),
        Item::Deleted(id) => format!("Deleted: {id}"),
    }
}
