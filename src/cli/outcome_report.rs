//! `unmoor apply --report`: what became of a plan, as a file to hand on.

use std::io;
use std::path::{Path, PathBuf};

use super::report::{now, unwritten};
use super::{ApplyArguments, CliError, Observed, one_line};
use crate::files;
use crate::report::{Content, Format, LookUps, Removal, Report, write};
use crate::words::Language;

/// Where it is to be told, and how.
pub(super) struct Told {
    path: PathBuf,
    format: Format,
    language: Language,
    anonymous: bool,
}

impl Told {
    /// What would keep it from being written is found before anything is removed, as far as that can be known.
    pub(super) fn at(path: &Path, arguments: &ApplyArguments) -> Result<Self, CliError> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        let format = ending.and_then(Format::of_extension).ok_or_else(|| {
            let known = Format::ALL.map(|format| format!(".{}", format.extension())).join(", ");
            CliError::Usage(one_line(&format!("{}: its ending has to be one of {known}", path.display())))
        })?;
        let is_folder = || io::Error::new(io::ErrorKind::IsADirectory, "it is a folder");
        if path.is_dir() {
            return Err(unwritten(path, &is_folder()));
        }
        files::can_replace(path).map_err(|error| unwritten(path, &error))?;
        let language = Language::from(arguments.language);
        Ok(Self { path: path.to_owned(), format, language, anonymous: arguments.anonymize })
    }

    /// `world` is what was listed before the first step.
    pub(super) fn write(&self, observed: Observed, removal: Removal) -> Result<(), CliError> {
        let Observed { world, host } = observed;
        let content = Content::Removal(Box::new(removal));
        let (written_at, about, look_ups) = (now(), String::new(), LookUps::new());
        let report = Report { written_at, host, world, about, anonymous: false, look_ups, content };
        let report = if self.anonymous {
            report.anonymized().map_err(|why| CliError::Output(io::Error::other(one_line(&why))))?
        } else {
            report
        };
        files::replace(&self.path, |out| write(&report, self.format, self.language, &|_, _| {}, out))
            .map_err(|error| unwritten(&self.path, &error))
    }
}
