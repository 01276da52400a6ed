//! Where this person's files are, and how one is written: whole, or not at all, and for this person's eyes
//! only. Knows nothing of what stands in them.

use std::fs::{self, DirBuilder};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use etcetera::app_strategy::{AppStrategy as _, AppStrategyArgs, choose_native_strategy};

/// The folders that the platform has for programs. They need not exist yet. `None` where the system does not
/// say where such things go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folders {
    /// What the person prefers.
    pub config: Option<PathBuf>,
    /// What must not be lost: the journal, the archives.
    pub data: Option<PathBuf>,
    /// What can be asked again.
    pub cache: Option<PathBuf>,
}

impl Folders {
    /// Those of whoever runs the program.
    pub fn of_this_person() -> Self {
        let names = AppStrategyArgs {
            top_level_domain: String::new(),
            author: String::new(),
            app_name: "unmoor".to_owned(),
        };
        let Ok(folders) = choose_native_strategy(names) else { return Self::default() };
        Self {
            config: Some(folders.config_dir()),
            data: Some(folders.data_dir()),
            cache: Some(folders.cache_dir()),
        }
    }
}

/// Where a person's own files are put at first; empty where nobody knows, which means here.
pub fn home() -> String {
    etcetera::home_dir().map(|home| home.display().to_string()).unwrap_or_default()
}

/// Makes a folder and those above it, for this person only where they are new.
pub fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a file beside its place and puts it there once it is complete and on the disk: what was there before
/// stays until then, and nothing half written is left when something fails. Only this person can read it.
pub fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let folder = folder_of(path);
    create_folder(folder)?;
    let mut beside = BufWriter::new(tempfile::NamedTempFile::new_in(folder)?);
    write(&mut beside)?;
    let beside = beside.into_inner().map_err(io::IntoInnerError::into_error)?;
    // Without this a crash of the system may leave an empty file under the right name.
    beside.as_file().sync_all()?;
    beside.persist(path).map_err(|failed| failed.error)?;
    // The name itself is on the disk only with its folder; where folders cannot be opened (Windows) it is so
    // by itself.
    if let Ok(folder) = fs::File::open(folder) {
        folder.sync_all()?;
    }
    Ok(())
}

/// Whether a file can be written there now, as [`replace`] does it; makes the folder where it is missing.
pub fn can_replace(path: &Path) -> io::Result<()> {
    let folder = folder_of(path);
    create_folder(folder)?;
    tempfile::NamedTempFile::new_in(folder).map(|_| ())
}

/// A file to be locked by several processes in turn; made where it is missing. Only this person can open it.
pub fn open_lock(path: &Path) -> io::Result<fs::File> {
    create_folder(folder_of(path))?;
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_stays_when_writing_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deeper/file");
        replace(&path, |out| out.write_all(b"first")).unwrap();
        let failed = replace(&path, |out| {
            out.write_all(b"sec")?;
            Err(io::Error::other("the disk is full"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "the disk is full");
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
        let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deeper/file");
        replace(&path, |out| out.write_all(b"mine")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        let lock = folder.path().join("deeper/lock");
        open_lock(&lock).unwrap();
        assert_eq!(mode(&lock), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }
}
