//! A bus of the test's own, with a desktop on it that does as it is told.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use zbus::zvariant::{ObjectPath, OwnedFd};
use zbus::{connection, interface};

use super::*;

/// Nothing but what a test puts there: no desktop of this machine is started by a question.
const CONFIGURATION: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy>
</busconfig>"#;

struct Bus {
    daemon: Child,
    address: String,
    _configuration: tempfile::NamedTempFile,
}

impl Bus {
    fn start() -> Self {
        let configuration = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(configuration.path(), CONFIGURATION).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", configuration.path().display()))
            .args(["--nofork", "--nopidfile", "--print-address"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("dbus-daemon starts; `make test` installs it");
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { daemon, address: address.trim().to_owned(), _configuration: configuration }
    }

    fn client(&self) -> Connection {
        zbus::block_on(connection::Builder::address(self.address.as_str()).unwrap().build()).unwrap()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.daemon.kill().unwrap();
        self.daemon.wait().unwrap();
    }
}

/// What the desktop answers once it has taken a question; nothing where it only takes it.
#[derive(Clone)]
struct Desktop {
    answer: Option<(u32, Vec<&'static str>)>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Desktop {
    fn on(bus: &Bus, answer: Option<(u32, Vec<&'static str>)>) -> (Connection, Arc<Mutex<Vec<String>>>) {
        let asked = Arc::default();
        let desktop = Self { answer, asked: Arc::clone(&asked) };
        let served = connection::Builder::address(bus.address.as_str())
            .and_then(|builder| builder.name(DESKTOP))
            .and_then(|builder| builder.serve_at(PLACE, Chooser(desktop.clone())))
            .and_then(|builder| builder.serve_at(PLACE, Opener(desktop)))
            .unwrap();
        (zbus::block_on(served.build()).unwrap(), asked)
    }

    async fn take(
        &self,
        words: String,
        options: &HashMap<String, OwnedValue>,
        header: &zbus::message::Header<'_>,
        connection: &Connection,
    ) -> OwnedObjectPath {
        self.asked.lock().unwrap().push(words);
        let sender = header.sender().unwrap().trim_start_matches(':').replace('.', "_");
        let token = <&str>::try_from(&options["handle_token"]).unwrap();
        let handle = ObjectPath::try_from(format!("{PLACE}/request/{sender}/{token}")).unwrap();
        if let Some((code, places)) = &self.answer {
            let results = HashMap::from([("uris", Value::from(places.clone()))]);
            // It answers before the question has returned: the quickest that a desktop can be.
            let answer = (*code, results);
            connection
                .emit_signal(header.sender().cloned(), &handle, REQUEST, "Response", &answer)
                .await
                .unwrap();
        }
        handle.into()
    }
}

struct Chooser(Desktop);

#[interface(name = "org.freedesktop.portal.FileChooser")]
impl Chooser {
    async fn save_file(
        &self,
        parent: &str,
        title: &str,
        options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: zbus::message::Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        let name = <&str>::try_from(&options["current_name"]).unwrap();
        self.0.take(format!("save {name} for {parent}: {title}"), &options, &header, connection).await
    }
}

struct Opener(Desktop);

#[interface(name = "org.freedesktop.portal.OpenURI")]
impl Opener {
    async fn open_file(
        &self,
        parent: &str,
        file: OwnedFd,
        options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: zbus::message::Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        self.0.take(format!("open{parent} {}", read(file)), &options, &header, connection).await
    }

    async fn open_directory(
        &self,
        parent: &str,
        file: OwnedFd,
        options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: zbus::message::Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        self.0.take(format!("open{parent} the folder of {}", read(file)), &options, &header, connection).await
    }
}

fn read(file: OwnedFd) -> String {
    let mut text = String::new();
    File::from(std::os::fd::OwnedFd::from(file)).read_to_string(&mut text).unwrap();
    text
}

struct Files(Arc<Mutex<Vec<String>>>);

#[interface(name = "org.freedesktop.FileManager1")]
impl Files {
    fn show_items(&self, uris: Vec<String>, startup: &str) {
        assert_eq!(startup, "");
        self.0.lock().unwrap().extend(uris.into_iter().map(|uri| format!("show {uri}")));
    }
}

/// What came of a question for a place, and whether the desktop had taken it.
fn chosen(bus: &Bus) -> (Result<Option<PathBuf>, Trouble>, bool) {
    let taken = Arc::new(AtomicBool::new(false));
    let words = |text: &str| text.to_owned();
    let question =
        choose(bus.client(), words("x11:2a"), words("Save the report"), words("a.html"), Arc::clone(&taken));
    (zbus::block_on(question), taken.load(Ordering::Acquire))
}

#[test]
fn a_place_is_asked_for_and_read_as_it_is_called() {
    let bus = Bus::start();
    let (_desktop, asked) = Desktop::on(&bus, Some((0, vec!["file:///home/me/%E9%95%9C%20%25.html"])));
    let (place, taken) = chosen(&bus);
    assert_eq!(place.unwrap().as_deref(), Some(Path::new("/home/me/镜 %.html")));
    assert!(taken);
    assert_eq!(*asked.lock().unwrap(), ["save a.html for x11:2a: Save the report"]);
}

#[test]
fn cancelled_is_not_the_same_as_failed() {
    let bus = Bus::start();
    let desktop = Desktop::on(&bus, Some((1, Vec::new())));
    assert!(matches!(chosen(&bus), (Ok(None), true)));
    drop(desktop);
    let _desktop = Desktop::on(&bus, Some((2, Vec::new())));
    assert!(matches!(chosen(&bus), (Err(Trouble::Refused), true)));
}

#[test]
fn without_a_desktop_the_answer_comes_by_itself() {
    let bus = Bus::start();
    let (none, taken) = chosen(&bus);
    assert!(matches!(none, Err(Trouble::Bus(_))) && !taken, "{none:?}");
    let file = tempfile::NamedTempFile::new().unwrap();
    let client = bus.client();
    assert!(zbus::block_on(open(&client, file.path())).is_err());
    assert!(zbus::block_on(show(&client, file.path())).is_err());
}

#[test]
fn a_desktop_that_goes_away_is_not_waited_for() {
    let bus = Bus::start();
    let (desktop, asked) = Desktop::on(&bus, None);
    let watch = std::thread::Builder::new().name("desktop".to_owned()).spawn(move || {
        while asked.lock().unwrap().is_empty() {
            std::thread::yield_now();
        }
        zbus::block_on(desktop.close()).unwrap();
    });
    let watch = watch.unwrap();
    let (gone, _) = chosen(&bus);
    assert!(matches!(gone, Err(Trouble::Gone | Trouble::Bus(_))), "{gone:?}");
    watch.join().unwrap();
}

#[test]
fn a_file_is_opened_and_shown_by_the_desktop() {
    let bus = Bus::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a report.html");
    std::fs::write(&path, "all of it").unwrap();
    let (_desktop, asked) = Desktop::on(&bus, Some((0, Vec::new())));
    let client = bus.client();
    zbus::block_on(open(&client, &path)).unwrap();
    zbus::block_on(show(&client, &path)).unwrap();
    assert_eq!(*asked.lock().unwrap(), ["open all of it", "open the folder of all of it"]);
    let files = connection::Builder::address(bus.address.as_str())
        .and_then(|builder| builder.name(FILE_MANAGER))
        .and_then(|builder| builder.serve_at(FILE_MANAGER_PLACE, Files(Arc::clone(&asked))))
        .unwrap();
    let _files = zbus::block_on(files.build()).unwrap();
    zbus::block_on(show(&client, &path)).unwrap();
    let shown = format!("show file://{}/a%20report.html", folder.path().display());
    assert_eq!(asked.lock().unwrap().last(), Some(&shown));
    // What is not there any more cannot be opened.
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(zbus::block_on(open(&client, &path)), Err(Trouble::File(_))));
}
