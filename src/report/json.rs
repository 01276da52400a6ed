//! Reports as JSON, by the schema in `assets/report.schema.json`. What is written is read back as the same.
//!
//! Characters that a terminal obeys or that reorder text are escaped, which means the same.

use std::io::{self, Write};

use serde::ser::SerializeSeq as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter};

use super::escape::is_invisible_mark;
use super::rows::{ExplanationRow, Head, ImageRow, Images, RemovalRow, SCHEMA, StepRow, Steps, Totals};
use super::{Content, Report};
use crate::plan::RemovalPlan;
use crate::words::Language;

/// A whole report in memory, as it is read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "subject", rename_all = "snake_case")]
pub enum Document {
    Inventory {
        schema: u32,
        report: Head,
        totals: Totals,
        images: Vec<ImageRow>,
    },
    Explanation {
        schema: u32,
        report: Head,
        explanation: Box<ExplanationRow>,
    },
    Removal {
        schema: u32,
        report: Head,
        /// As `unmoor apply` takes it; only of a plan that has not run, with its names as they are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plan: Option<Box<RemovalPlan>>,
        removal: Box<RemovalRow>,
        steps: Vec<StepRow>,
    },
}

/// The same while it is written: what may be long comes one by one.
#[derive(Serialize)]
#[serde(tag = "subject", rename_all = "snake_case")]
enum Written<'a> {
    Inventory {
        schema: u32,
        report: Head,
        totals: &'a Totals,
        images: OneByOne<'a, ImageRow>,
    },
    Explanation {
        schema: u32,
        report: Head,
        explanation: Box<ExplanationRow>,
    },
    Removal {
        schema: u32,
        report: Head,
        #[serde(skip_serializing_if = "Option::is_none")]
        plan: Option<&'a RemovalPlan>,
        removal: Box<RemovalRow>,
        steps: OneByOne<'a, StepRow>,
    },
}

/// Rows, made only when they are written.
struct OneByOne<'a, T>(&'a dyn Fn(Take<'_, T>));

type Take<'a, T> = &'a mut dyn FnMut(T);

impl<T: Serialize> Serialize for OneByOne<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut failed = None;
        (self.0)(&mut |row| {
            if failed.is_none() {
                failed = list.serialize_element(&row).err();
            }
        });
        failed.map_or_else(|| list.end(), Err)
    }
}

pub(super) fn write(
    report: &Report,
    language: Language,
    progress: &dyn Fn(usize, usize),
    out: &mut dyn Write,
) -> io::Result<()> {
    let schema = SCHEMA;
    let head = Head::of(report, language);
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Safe(PrettyFormatter::new()));
    match &report.content {
        Content::Inventory { images } => {
            let images = Images::of(report, images, progress);
            let each = |take: Take<'_, ImageRow>| images.rows().for_each(take);
            let (totals, images) = (&images.totals, OneByOne(&each));
            Written::Inventory { schema, report: head, totals, images }.serialize(&mut serializer)?;
        }
        Content::Explanation { target } => {
            let explanation = ExplanationRow::of(report, target).ok_or_else(super::gone)?;
            let explanation = Box::new(explanation);
            Written::Explanation { schema, report: head, explanation }.serialize(&mut serializer)?;
        }
        Content::Map => return Err(super::only_drawn()),
        Content::Removal(removal) => {
            let before = report.world.graph();
            let steps = Steps::of(&removal.plan, removal.outcome.as_ref(), before);
            let each = |take: Take<'_, StepRow>| steps.rows().for_each(take);
            let plan = (removal.outcome.is_none() && !report.anonymous).then_some(&*removal.plan);
            let removal = Box::new(RemovalRow::of(report, removal));
            Written::Removal { schema, report: head, plan, removal, steps: OneByOne(&each) }
                .serialize(&mut serializer)?;
        }
    }
    writeln!(out)
}

/// Indented, with treacherous letters escaped.
struct Safe(PrettyFormatter<'static>);

impl Formatter for Safe {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c.is_control() || is_invisible_mark(c)) {
            let (before, after) = rest.split_at(at);
            out.write_all(before.as_bytes())?;
            let mut letters = after.chars();
            let mut units = [0; 2];
            for unit in letters.next().map(|c| c.encode_utf16(&mut units).to_vec()).unwrap_or_default() {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = letters.as_str();
        }
        out.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, out: &mut W, escape: CharEscape) -> io::Result<()> {
        self.0.write_char_escape(out, escape)
    }
}
