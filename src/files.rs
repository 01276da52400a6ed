//! Where this person's files are, and how one is written: whole, or not at all, and for this person's eyes
//! only. Knows nothing of what stands in them.

use std::fs::{self, DirBuilder};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::app_strategy::{AppStrategy as _, AppStrategyArgs, choose_native_strategy};
use tempfile::NamedTempFile;

/// Between one try to move something and the next; together less than a person takes for a hang.
const PATIENCE: [Duration; 6] = [
    Duration::from_millis(1),
    Duration::from_millis(10),
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_millis(500),
];
/// As Windows numbers it; the standard library has no kind for it.
const SHARING_VIOLATION: i32 = 32;

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
        let (data, cache) = (folders.data_dir(), folders.cache_dir());
        // Windows may carry the usual folder for data from machine to machine: archives are too large for that,
        // and what a journal tells is only true of the machine that its engine runs on.
        let data = if cfg!(windows) { cache.with_file_name("data") } else { data };
        Self { config: Some(folders.config_dir()), data: Some(data), cache: Some(cache) }
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
    let mut beside = BufWriter::new(NamedTempFile::new_in(folder)?);
    write(&mut beside)?;
    let beside = beside.into_inner().map_err(io::IntoInnerError::into_error)?;
    // Without this a crash of the system may leave an empty file under the right name.
    beside.as_file().sync_all()?;
    put(beside, path)?;
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
    NamedTempFile::new_in(folder).map(|_| ())
}

/// A file to be locked by several processes in turn; made where it is missing. Only this person can open it.
pub fn open_lock(path: &Path) -> io::Result<fs::File> {
    create_folder(folder_of(path))?;
    let mut options = fs::OpenOptions::new();
    // Windows locks no file that is only appended to.
    options.create(true).read(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Gives a file that is complete its name; what had that name before is gone.
pub fn put(beside: NamedTempFile, path: &Path) -> io::Result<()> {
    let mut beside = Some(beside);
    with_patience(|| match beside.take().map(|file| file.persist(path)) {
        Some(Err(failed)) => {
            beside = Some(failed.file);
            Err(failed.error)
        }
        Some(Ok(_)) | None => Ok(()),
    })
}

/// Moves a folder to a name that is free.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    with_patience(|| fs::rename(from, to))
}

/// Where Windows does not let something be moved, it often does so a moment later: a virus scanner looks at what
/// is new, or another window reads what is to be replaced.
fn with_patience(mut rename: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    for wait in PATIENCE {
        match rename() {
            Err(error) if cfg!(windows) && is_in_use(&error) => std::thread::sleep(wait),
            done => return done,
        }
    }
    rename()
}

fn is_in_use(error: &io::Error) -> bool {
    error.kind() == ErrorKind::PermissionDenied || error.raw_os_error() == Some(SHARING_VIOLATION)
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
