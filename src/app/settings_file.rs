//! The file that keeps what a person prefers. Read once before the window opens, and written by a thread of
//! its own: whole, beside the old one, and then put in its place, so that it is never half written. Several
//! windows share it: each writes what was changed in it into what the others have written, and looks now and then
//! at what they have.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::files::{self, Folders};
use crate::state::Settings;

/// While a window is dragged, its place changes with every frame: only where it comes to rest is kept.
const REST: Duration = Duration::from_millis(400);
/// How often it is looked whether another window has changed something.
const LOOK: Duration = Duration::from_secs(3);
/// Nobody has to hear more than this at once.
const NEWS: usize = 4;
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

/// Writes what has changed since `before`, and nothing else: what another window, or a newer version, has written
/// stays. Returns what the file holds now.
fn write(path: &Path, before: &Settings, ours: &Settings) -> io::Result<Settings> {
    let lock = files::open_lock(&path.with_extension("lock"))?;
    // Until it is dropped. Where files cannot be locked, two writers at the very same moment are not told apart.
    if let Err(error) = lock.lock() {
        tracing::warn!("{}: {error}", path.display());
    }
    // A file that cannot be used has been told of, and gives way.
    let theirs = read(path).ok().flatten();
    let merged = theirs.map_or_else(|| ours.clone(), |theirs| Settings::merged(before, ours, &theirs));
    let mut all = match fs::read(path).ok().and_then(|text| serde_json::from_slice(&text).ok()) {
        Some(Value::Object(all)) => all,
        Some(_) | None => serde_json::Map::new(),
    };
    if let Value::Object(known) = serde_json::to_value(&merged)? {
        all.extend(known);
    }
    files::replace(path, |out| {
        serde_json::to_writer_pretty(&mut *out, &all)?;
        out.write_all(b"\n")
    })?;
    Ok(merged)
}

/// What the thread has to tell.
#[derive(Debug)]
pub enum News {
    /// The file could not be written; why.
    Failed(String),
    /// Others have changed it: what it held for this window until then, and what it holds now.
    Others(Box<Settings>, Box<Settings>),
}

/// Writes settings in the background; what is on its way is written before it is dropped.
#[derive(Debug)]
pub struct SettingsFile {
    path: PathBuf,
    /// `None` only while it is being dropped.
    changes: Option<SyncSender<Box<Settings>>>,
    news: Receiver<News>,
    thread: Option<JoinHandle<()>>,
    /// The last that was handed on, or read.
    saved: Settings,
}

impl SettingsFile {
    /// `present` is what the file holds, or would hold. `wake` is called when something went wrong.
    pub fn start(path: PathBuf, present: Settings, wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        let (changes, incoming) = sync_channel(WAITING);
        let (outgoing, news) = sync_channel(NEWS);
        let mut keeper = Keeper { path: path.clone(), told: present.clone(), seen: None };
        let thread = std::thread::Builder::new().name("unmoor-settings".to_owned()).spawn(move || {
            keeper.keep_writing(&incoming, |news| {
                // Some that nobody has looked at yet are enough.
                if outgoing.try_send(news).is_ok() {
                    wake();
                }
            });
        })?;
        Ok(Self { path, changes: Some(changes), news, thread: Some(thread), saved: present })
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

    /// What has happened since the last call.
    pub fn news(&self) -> Option<News> {
        self.news.try_recv().ok()
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

/// The thread's side of it.
struct Keeper {
    path: PathBuf,
    /// What the window has handed on last: what differs from it now was changed by others.
    told: Settings,
    /// When the file was changed, as far as was looked. `None` after a write of ours: another may have followed it
    /// in the same moment.
    seen: Option<SystemTime>,
}

impl Keeper {
    fn keep_writing(&mut self, changes: &Receiver<Box<Settings>>, tell: impl Fn(News)) {
        let mut is_open = true;
        while is_open {
            let mut latest = match changes.recv_timeout(LOOK) {
                Ok(latest) => latest,
                Err(RecvTimeoutError::Timeout) => {
                    self.look(&tell);
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
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
            match write(&self.path, &self.told, &latest) {
                Ok(now) => {
                    self.seen = None;
                    self.told = *latest;
                    self.tell_others(now, &tell);
                }
                Err(error) => tell(News::Failed(error.to_string())),
            }
        }
    }

    /// Whether another window has written meanwhile.
    fn look(&mut self, tell: &impl Fn(News)) {
        let changed = fs::metadata(&self.path).and_then(|file| file.modified()).ok();
        if changed == self.seen {
            return;
        }
        self.seen = changed;
        // Whoever broke it will be told.
        if let Ok(Some(now)) = read(&self.path) {
            self.tell_others(now, tell);
        }
    }

    fn tell_others(&self, now: Settings, tell: &impl Fn(News)) {
        if now != self.told {
            tell(News::Others(Box::new(self.told.clone()), Box::new(now)));
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
        let left = fs::read_dir(folder.file().parent().unwrap()).unwrap();
        let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["settings.json", "settings.lock"]);
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
        let news = file.news.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(matches!(&news, News::Failed(words) if !words.is_empty()), "{news:?}");
    }

    fn keeping(patterns: &[&str]) -> Settings {
        let pins = patterns.iter().map(|pattern| Pin::Pattern((*pattern).to_owned())).collect();
        Settings { policy: Arc::new(Policy { pins, ..Policy::default() }), ..Settings::default() }
    }

    #[test]
    fn what_two_windows_change_is_all_kept_and_each_hears_of_the_other() {
        let folder = Folder::new("two");
        let start = || SettingsFile::start(folder.file(), Settings::default(), || {}).unwrap();
        let (mut one, mut other) = (start(), start());
        one.keep(&keeping(&["one"]));
        let news = other.news.recv_timeout(Duration::from_mins(1)).unwrap();
        assert!(matches!(&news, News::Others(_, now) if **now == keeping(&["one"])), "{news:?}");
        // One that has not heard of it yet.
        other.keep(&keeping(&["other"]));
        let news = other.news.recv_timeout(Duration::from_mins(1)).unwrap();
        let both = keeping(&["one", "other"]);
        assert!(matches!(&news, News::Others(_, now) if **now == both), "{news:?}");
        drop((one, other));
        assert_eq!(read(&folder.file()), Ok(Some(both)));
    }

    #[test]
    fn what_another_window_writes_in_the_same_moment_is_heard_of() {
        let folder = Folder::new("moment");
        let path = folder.file();
        let mut keeper = Keeper { path: path.clone(), told: Settings::default(), seen: None };
        let (changes, incoming) = sync_channel(1);
        changes.send(Box::new(keeping(&["one"]))).unwrap();
        drop(changes);
        keeper.keep_writing(&incoming, |news| panic!("{news:?}"));
        let moment = fs::metadata(&path).unwrap().modified().unwrap();
        write(&path, &Settings::default(), &keeping(&["other"])).unwrap();
        fs::File::options().append(true).open(&path).unwrap().set_modified(moment).unwrap();
        let heard = std::cell::RefCell::new(Vec::new());
        keeper.look(&|news| heard.borrow_mut().push(news));
        let both = keeping(&["one", "other"]);
        assert!(matches!(&heard.borrow()[..], [News::Others(_, now)] if **now == both), "{heard:?}");
    }

    #[test]
    fn many_windows_that_write_at_once_lose_nothing() {
        let folder = Folder::new("many");
        let names: Vec<_> = (0..8).map(|n| format!("pattern-{n}")).collect();
        std::thread::scope(|scope| {
            for name in &names {
                let path = folder.file();
                scope.spawn(move || {
                    let mut file = SettingsFile::start(path, Settings::default(), || {}).unwrap();
                    file.keep(&keeping(&[name]));
                });
            }
        });
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        assert_eq!(read(&folder.file()), Ok(Some(keeping(&names))));
    }

    #[test]
    fn what_a_newer_version_keeps_in_the_file_stays_in_it() {
        let folder = Folder::new("newer");
        fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
        fs::write(folder.file(), "{\"from the future\": 1}").unwrap();
        let mut file = SettingsFile::start(folder.file(), Settings::default(), || {}).unwrap();
        file.keep(&chinese());
        drop(file);
        assert_eq!(read(&folder.file()), Ok(Some(chinese())));
        assert!(fs::read_to_string(folder.file()).unwrap().contains("\"from the future\": 1"));
    }
}
