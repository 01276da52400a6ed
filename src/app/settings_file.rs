//! The file that keeps what a person prefers. Read once before the window opens, and written by a thread of
//! its own: whole, beside the old one, and then put in its place, so that it is never half written.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::files::{self, Folders};
use crate::state::Settings;

/// While a window is dragged, its place changes with every frame: only where it comes to rest is kept.
const REST: Duration = Duration::from_millis(400);
/// Changes on their way to the file; a newer one waits in the window when there is no room.
const WAITING: usize = 8;

/// Where the settings of this person are, if the system says where such things go.
pub fn place() -> Option<PathBuf> {
    Some(Folders::of_this_person().config?.join("settings.json"))
}

/// What the file holds; `None` where there is none yet. An error says why it cannot be used.
pub fn read(path: &Path) -> Result<Option<Settings>, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    serde_json::from_str(&text).map(Some).map_err(|error| error.to_string())
}

fn write(path: &Path, settings: &Settings) -> io::Result<()> {
    files::replace(path, |out| {
        out.write_all(serde_json::to_string_pretty(settings)?.as_bytes())?;
        out.write_all(b"\n")
    })
}

/// Writes settings in the background; what is on its way is written before it is dropped.
#[derive(Debug)]
pub struct SettingsFile {
    path: PathBuf,
    /// `None` only while it is being dropped.
    changes: Option<SyncSender<Box<Settings>>>,
    failures: Receiver<String>,
    thread: Option<JoinHandle<()>>,
    /// The last that was handed on, or read.
    saved: Settings,
}

impl SettingsFile {
    /// `present` is what the file holds, or would hold. `wake` is called when something went wrong.
    pub fn start(path: PathBuf, present: Settings, wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        let (changes, incoming) = sync_channel(WAITING);
        let (outgoing, failures) = sync_channel(1);
        let target = path.clone();
        let thread = std::thread::Builder::new().name("unmoor-settings".to_owned()).spawn(move || {
            keep_writing(&target, &incoming, |words| {
                // One failure that nobody has looked at yet is enough.
                if outgoing.try_send(words).is_ok() {
                    wake();
                }
            });
        })?;
        Ok(Self { path, changes: Some(changes), failures, thread: Some(thread), saved: present })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Hands on what has changed; called again and again, so that a full channel only means later.
    pub fn keep(&mut self, settings: &Settings) {
        if *settings == self.saved {
            return;
        }
        match self.changes.as_ref().map(|changes| changes.try_send(Box::new(settings.clone()))) {
            Some(Err(TrySendError::Full(_))) => {}
            // A thread that has ended has told why.
            Some(Ok(()) | Err(TrySendError::Disconnected(_))) | None => self.saved = settings.clone(),
        }
    }

    /// Why the file could not be written, if that has happened since the last call.
    pub fn failure(&self) -> Option<String> {
        self.failures.try_recv().ok()
    }
}

impl Drop for SettingsFile {
    fn drop(&mut self) {
        self.changes = None;
        if let Some(thread) = self.thread.take() {
            // A panic in there has been printed, and nothing is left to be saved.
            drop(thread.join());
        }
    }
}

fn keep_writing(path: &Path, changes: &Receiver<Box<Settings>>, fail: impl Fn(String)) {
    while let Ok(mut latest) = changes.recv() {
        let mut is_open = true;
        loop {
            match changes.recv_timeout(REST) {
                Ok(newer) => latest = newer,
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => {
                    is_open = false;
                    break;
                }
            }
        }
        if let Err(error) = write(path, &latest) {
            fail(error.to_string());
        }
        if !is_open {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::rules::{Pin, Policy};
    use crate::state::{Grouping, Language};

    /// A folder that is gone when the test ends.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("unmoor-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn file(&self) -> PathBuf {
            self.0.join("deeper/settings.json")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    fn chinese() -> Settings {
        let pins =
            [Pin::Pattern("*/app:*".to_owned()), Pin::Repository("docker.io/library/nginx".to_owned())];
        Settings {
            language: Language::Chinese,
            grouping: Grouping::Registry,
            policy: Arc::new(Policy { pins: pins.into(), ..Policy::default() }),
            ..Settings::default()
        }
    }

    #[test]
    fn what_was_kept_last_is_read_back() {
        let folder = Folder::new("kept");
        assert_eq!(read(&folder.file()), Ok(None));
        let mut file = SettingsFile::start(folder.file(), Settings::default(), || {}).unwrap();
        file.keep(&Settings::default());
        file.keep(&Settings { language: Language::Chinese, ..Settings::default() });
        file.keep(&chinese());
        drop(file);
        assert_eq!(read(&folder.file()), Ok(Some(chinese())));
        let left: Vec<_> = fs::read_dir(folder.file().parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }

    #[test]
    fn a_broken_file_stays_until_something_changes() {
        let folder = Folder::new("broken");
        let path = folder.file();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        for broken in ["", "{\"language\": \"engl", "{\"language\": \"klingon\"}", "\u{0}\u{0}"] {
            fs::write(&path, broken).unwrap();
            assert!(read(&path).is_err(), "{broken:?}");
            let mut file = SettingsFile::start(path.clone(), Settings::default(), || {}).unwrap();
            file.keep(&Settings::default());
            drop(file);
            assert_eq!(fs::read_to_string(&path).unwrap(), broken, "nothing has changed");
        }
        let mut file = SettingsFile::start(path.clone(), Settings::default(), || {}).unwrap();
        file.keep(&chinese());
        drop(file);
        assert_eq!(read(&path), Ok(Some(chinese())));
    }

    #[test]
    fn an_older_file_without_some_settings_is_read() {
        let folder = Folder::new("older");
        fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
        fs::write(folder.file(), "{\"language\": \"chinese\", \"from the future\": 1}").unwrap();
        let expected = Settings { language: Language::Chinese, ..Settings::default() };
        assert_eq!(read(&folder.file()), Ok(Some(expected)));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_told() {
        let folder = Folder::new("denied");
        let in_the_way = folder.0.join("deeper");
        fs::write(&in_the_way, "a file where a folder has to be").unwrap();
        let mut file = SettingsFile::start(folder.file(), Settings::default(), || {}).unwrap();
        file.keep(&chinese());
        let words = file.failures.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(!words.is_empty());
    }
}
