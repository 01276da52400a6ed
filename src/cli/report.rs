//! `unmoor report`: the inventory, an explanation or a removal as a file or on standard output, to hand on.

use std::cmp::Reverse;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};

use super::{CliError, Observed, WayArgument, apply, not_found, one_line};
use crate::files;
use crate::model::search::SearchText;
use crate::model::{Graph, ImageIx};
use crate::plan::{Way, plan_removal};
use crate::report::{Content, Format, LookUps, Removal, Report, write};
use crate::rules::{Target, World, locate};
use crate::words::{Language, in_language, tr};

#[derive(Debug, Args)]
pub struct ReportArguments {
    /// What is explained, or what is to be removed, in this order.
    targets: Vec<String>,
    /// Else by the ending of FILE, else Markdown.
    #[arg(long, value_enum)]
    format: Option<FormatArgument>,
    /// Else the inventory, or with a TARGET its explanation.
    #[arg(long, value_enum)]
    subject: Option<SubjectArgument>,
    /// The file to write, whole or not at all; else standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only images in which every word occurs: in a name, an ID, a digest, a container or a label.
    #[arg(long, value_name = "WORDS")]
    filter: Option<String>,
    /// Replace hosts, names, labels and IDs by others, the same ones throughout.
    #[arg(long)]
    anonymize: bool,
    #[arg(long, value_enum, default_value_t = LanguageArgument::En)]
    language: LanguageArgument,
    /// For a removal: step by step without force, or by force where force reaches.
    #[arg(long, value_enum, default_value_t = WayArgument::Ordered)]
    way: WayArgument,
    /// For a removal: keep untagged parents.
    #[arg(long)]
    no_prune: bool,
    /// For a removal: the plan that `unmoor plan --format json` wrote, instead of targets; `-` for standard
    /// input.
    #[arg(long, value_name = "PLAN.json", conflicts_with = "targets")]
    plan: Option<PathBuf>,
    /// For a removal: plan also what is kept by hand, by a label, or by a compose project that runs.
    #[arg(long)]
    pub(super) include_protected: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatArgument {
    Html,
    Markdown,
    Csv,
    Json,
    /// The picture alone, or the map.
    Svg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SubjectArgument {
    /// Every image with its names and containers, and why it stays.
    Inventory,
    /// One thing with all that holds it, and the ways out.
    Explanation,
    /// The steps that remove the targets, with what each is expected to do.
    Removal,
    /// Where the bytes are; as SVG only.
    Map,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum LanguageArgument {
    En,
    Zh,
}

impl From<LanguageArgument> for Language {
    fn from(language: LanguageArgument) -> Self {
        match language {
            LanguageArgument::En => Self::English,
            LanguageArgument::Zh => Self::Chinese,
        }
    }
}

impl From<FormatArgument> for Format {
    fn from(format: FormatArgument) -> Self {
        match format {
            FormatArgument::Html => Self::Html,
            FormatArgument::Markdown => Self::Markdown,
            FormatArgument::Csv => Self::Csv,
            FormatArgument::Json => Self::Json,
            FormatArgument::Svg => Self::Svg,
        }
    }
}

impl ReportArguments {
    fn format(&self) -> Format {
        let ending = || self.output.as_ref()?.extension()?.to_str().and_then(Format::of_extension);
        self.format.map(Format::from).or_else(ending).unwrap_or(match self.subject {
            Some(SubjectArgument::Map) => Format::Svg,
            Some(_) | None => Format::Markdown,
        })
    }

    fn subject(&self) -> SubjectArgument {
        self.subject.unwrap_or(match (&self.plan, self.targets.is_empty()) {
            (Some(_), _) => SubjectArgument::Removal,
            (None, true) => SubjectArgument::Inventory,
            (None, false) => SubjectArgument::Explanation,
        })
    }

    /// What does not go together, before an engine is asked.
    fn check(&self) -> Result<(), CliError> {
        let wrong = |why: &str| Err(CliError::Usage(why.to_owned()));
        match (self.subject(), self.targets.len()) {
            (SubjectArgument::Map, _) if self.format() != Format::Svg => {
                wrong("the map is only written as SVG")
            }
            (SubjectArgument::Inventory | SubjectArgument::Map, 1..) => {
                wrong("an inventory takes no target; narrow it with --filter")
            }
            (SubjectArgument::Explanation, 0) => wrong("an explanation needs a target"),
            (SubjectArgument::Explanation, 2..) => wrong("an explanation takes one target"),
            (SubjectArgument::Removal, 0) if self.plan.is_none() => {
                wrong("a removal needs targets, or --plan")
            }
            (subject, _) if self.plan.is_some() && subject != SubjectArgument::Removal => {
                wrong("--plan is for --subject removal")
            }
            (subject, _) if self.filter.is_some() && subject != SubjectArgument::Inventory => {
                wrong("--filter is for --subject inventory")
            }
            _ => Ok(()),
        }
    }
}

pub(super) fn report(
    arguments: &ReportArguments,
    observed: &dyn Fn() -> Result<Observed, CliError>,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    arguments.check()?;
    let Observed { world, host } = observed()?;
    let language = Language::from(arguments.language);
    let report = Report {
        written_at: now(),
        host,
        about: in_language(language, || about(arguments)),
        anonymous: false,
        look_ups: LookUps::new(),
        content: content(arguments, &world)?,
        world,
    };
    let report = if arguments.anonymize {
        report.anonymized().map_err(|why| CliError::Output(io::Error::other(one_line(&why))))?
    } else {
        report
    };
    let format = arguments.format();
    let encode = |out: &mut dyn Write| write(&report, format, language, &|_, _| {}, out);
    if let Some(path) = &arguments.output {
        return files::replace(path, encode).map_err(|error| unwritten(path, &error));
    }
    // What is printed in small pieces is sent in large ones.
    let mut out = io::BufWriter::new(out);
    encode(&mut out)?;
    Ok(out.flush()?)
}

pub(super) fn unwritten(path: &Path, error: &io::Error) -> CliError {
    CliError::Output(io::Error::new(error.kind(), one_line(&format!("{}: {error}", path.display()))))
}

fn about(arguments: &ReportArguments) -> String {
    match (arguments.subject(), &arguments.filter) {
        (SubjectArgument::Inventory, Some(filter)) => tr!("report.about.filter", filter = filter),
        (SubjectArgument::Inventory, None) => tr!("report.about.all").into_owned(),
        (SubjectArgument::Explanation | SubjectArgument::Removal | SubjectArgument::Map, _) => String::new(),
    }
}

fn content(arguments: &ReportArguments, world: &World) -> Result<Content, CliError> {
    let find = |text: &String| locate(world, text).map_err(|why| not_found(text, &why));
    Ok(match arguments.subject() {
        SubjectArgument::Inventory => {
            Content::Inventory { images: images(world.graph(), arguments.filter.as_deref()) }
        }
        SubjectArgument::Explanation => {
            let target = arguments.targets.first().map(find).transpose()?;
            let target = target.ok_or_else(|| CliError::Usage("an explanation needs a target".to_owned()))?;
            Content::Explanation { target }
        }
        SubjectArgument::Removal => Content::Removal(Box::new(removal(arguments, world)?)),
        SubjectArgument::Map => Content::Map,
    })
}

/// The largest first.
fn images(graph: &Graph, filter: Option<&str>) -> Vec<ImageIx> {
    let words: Vec<String> = filter.unwrap_or_default().split_whitespace().map(str::to_lowercase).collect();
    let found = SearchText::new(graph).find(&words);
    let mut images: Vec<ImageIx> =
        (0..).map(ImageIx).zip(found).filter(|(_, found)| *found).map(|(ix, _)| ix).collect();
    images.sort_by_key(|ix| Reverse(graph.image(*ix).and_then(|image| image.size)));
    images
}

fn removal(arguments: &ReportArguments, world: &World) -> Result<Removal, CliError> {
    let plan = if let Some(path) = &arguments.plan {
        apply::read(path)?
    } else {
        let find = |text: &String| locate(world, text).map_err(|why| not_found(text, &why));
        let targets = arguments.targets.iter().map(find).collect::<Result<Vec<Target>, _>>()?;
        let way = Way::from(arguments.way);
        plan_removal(world, &targets, way, !arguments.no_prune)
            .map_err(|why| CliError::NotFound(one_line(&format!("there is no such plan: {why}"))))?
    };
    Ok(Removal::planned(plan))
}

/// Seconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
