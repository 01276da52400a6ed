//! What this machine tells of engines: variables, the Docker CLI's files, and sockets where products are known
//! to put them. Only read here; what follows from it is decided in `candidates`, apart from any machine.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::candidates;
use crate::model::Product;

/// Everything that decides which engines may be there.
#[derive(Debug, Clone, Default)]
pub(super) struct Surroundings {
    /// Those of [`VARIABLES`] that are set.
    pub variables: BTreeMap<String, String>,
    /// Where the Docker CLI keeps its files; `None` without a home.
    pub docker: Option<PathBuf>,
    /// The text of its `config.json`; `None` where there is none.
    pub config: Option<Result<String, String>>,
    /// In the order of the names of their folders.
    pub contexts: Vec<ContextFile>,
    /// The files that Podman keeps engines in, the one that counts most last.
    pub podman: Vec<TextFile>,
    /// Where `DOCKER_CERT_PATH` leads, or else the folder of the CLI itself.
    pub certificates: Certificates,
    /// Sockets that are there, in the order of [`Surroundings::places`].
    pub sockets: Vec<Socket>,
    /// Where a path leads once all links in it are followed, for those that lead elsewhere.
    pub links: BTreeMap<PathBuf, PathBuf>,
}

/// A file that is there, or why it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextFile {
    pub path: PathBuf,
    pub text: Result<String, String>,
}

/// The description of one context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContextFile {
    /// Of the `meta.json`.
    pub path: PathBuf,
    pub text: Result<String, String>,
    pub certificates: Certificates,
}

/// Those files of a folder that are there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Certificates {
    pub folder: PathBuf,
    pub ca: bool,
    pub cert: bool,
    pub key: bool,
}

impl Certificates {
    pub const CA: &str = "ca.pem";
    pub const CERT: &str = "cert.pem";
    pub const KEY: &str = "key.pem";

    fn in_folder(folder: PathBuf) -> Self {
        // One that may not be read is there: TLS without it would be another thing than what is wanted.
        let has =
            |name| !matches!(fs::metadata(folder.join(name)), Err(e) if e.kind() == ErrorKind::NotFound);
        let (ca, cert, key) = (has(Self::CA), has(Self::CERT), has(Self::KEY));
        Self { folder, ca, cert, key }
    }

    pub fn any(&self) -> bool {
        self.ca || self.cert || self.key
    }
}

/// A socket, or a named pipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Socket {
    pub path: PathBuf,
    pub product: Product,
    /// Which of several.
    pub instance: Option<String>,
}

const VARIABLES: [&str; 22] = [
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_TLS",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "CONTAINER_HOST",
    "CONTAINER_CONNECTION",
    "CONTAINERS_CONF",
    "CONTAINERS_CONF_OVERRIDE",
    "PODMAN_CONNECTIONS_CONF",
    "APPDATA",
    "ProgramData",
    "HOME",
    "USERPROFILE",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "TMPDIR",
    "COLIMA_HOME",
    "LIMA_HOME",
    "UID",
];

/// More contexts than anybody has.
const CONTEXTS: usize = 500;
/// Larger files are none of the Docker CLI's.
const LARGEST: u64 = 4 << 20;

impl Surroundings {
    /// As they are now. Blocks, if only for as long as the file system does.
    pub fn read() -> Self {
        let set = |name: &&str| Some(((*name).to_owned(), std::env::var(name).ok()?));
        let mut variables: BTreeMap<_, _> = VARIABLES.iter().filter_map(set).collect();
        if let Some(id) = user_id() {
            variables.insert("UID".to_owned(), id);
        }
        let mut all = Self { variables, ..Self::default() };
        all.docker = all.path("DOCKER_CONFIG").or_else(|| Some(all.home()?.join(".docker")));
        if let Some(docker) = &all.docker {
            all.config = optional(&docker.join("config.json"));
            all.contexts = contexts(docker);
        }
        let podman = all.podman_files().into_iter();
        all.podman = podman.filter_map(|path| Some(TextFile { text: optional(&path)?, path })).collect();
        let certificates = all.path("DOCKER_CERT_PATH").or_else(|| all.docker.clone());
        all.certificates = certificates.map(Certificates::in_folder).unwrap_or_default();
        all.sockets = all.places().into_iter().flat_map(found_at).collect();
        let known = all.sockets.iter().map(|socket| socket.path.clone());
        all.links = known.chain(candidates::named_sockets(&all)).filter_map(|path| link(&path)).collect();
        all
    }

    /// A variable that is set to something.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        self.variable(name).map(PathBuf::from)
    }

    pub fn home(&self) -> Option<PathBuf> {
        self.path(if cfg!(windows) { "USERPROFILE" } else { "HOME" })
    }

    /// Where Podman looks for its settings, as far as they name engines; later files count more.
    fn podman_files(&self) -> Vec<PathBuf> {
        let config = if cfg!(windows) {
            self.path("APPDATA")
        } else {
            self.path("XDG_CONFIG_HOME").or_else(|| Some(self.home()?.join(".config")))
        };
        let own = config.map(|config| config.join("containers"));
        let system = if cfg!(windows) {
            self.path("ProgramData").map(|data| data.join("containers")).into_iter().collect()
        } else {
            vec![PathBuf::from("/usr/share/containers"), PathBuf::from("/etc/containers")]
        };
        let usual = system.into_iter().chain(own.clone()).map(|folder| folder.join("containers.conf"));
        let only = self.path("CONTAINERS_CONF").map(|only| vec![only]);
        let settings = only.unwrap_or_else(|| usual.collect());
        let connections =
            self.path("PODMAN_CONNECTIONS_CONF").or_else(|| Some(own?.join("podman-connections.json")));
        settings.into_iter().chain(self.path("CONTAINERS_CONF_OVERRIDE")).chain(connections).collect()
    }

    /// Where products put their sockets; a `*` stands for the name of an instance.
    fn places(&self) -> Vec<Place> {
        let mut all = Vec::new();
        if cfg!(windows) {
            let pipes = [
                ("docker_engine", Product::Docker),
                ("dockerDesktopLinuxEngine", Product::DockerDesktop),
                // Of Docker Desktop before it had named that one.
                ("docker_engine_linux", Product::DockerDesktop),
                ("podman-machine-default", Product::PodmanMachine),
            ];
            all.extend(pipes.map(|(pipe, product)| Place::new(Path::new(r"\\.\pipe"), pipe, product)));
            return all;
        }
        let mut add = |folder: Option<PathBuf>, below: &str, product| {
            all.extend(folder.map(|folder| Place::new(&folder, below, product)));
        };
        let home = self.home();
        let at_home = |below: &str| home.as_ref().map(|home| home.join(below));
        let of_user = || Some(PathBuf::from("/run/user").join(self.variable("UID")?));
        let runtime = self.path("XDG_RUNTIME_DIR").or_else(of_user);
        add(Some("/var/run".into()), "docker.sock", Product::Docker);
        add(runtime.clone(), "docker.sock", Product::RootlessDocker);
        add(at_home(".docker"), "desktop/docker.sock", Product::DockerDesktop);
        add(at_home(".docker"), "run/docker.sock", Product::DockerDesktop);
        add(at_home(".orbstack"), "run/docker.sock", Product::OrbStack);
        add(self.path("COLIMA_HOME"), "*/docker.sock", Product::Colima);
        add(at_home(".colima"), "*/docker.sock", Product::Colima);
        let config = self.path("XDG_CONFIG_HOME").or_else(|| at_home(".config"));
        add(config, "colima/*/docker.sock", Product::Colima);
        add(at_home(".rd"), "docker.sock", Product::RancherDesktop);
        let lima = self.path("LIMA_HOME").or_else(|| at_home(".lima"));
        add(lima.clone(), "*/sock/docker.sock", Product::Lima);
        add(lima, "*/sock/podman.sock", Product::Lima);
        add(Some("/run/podman".into()), "podman.sock", Product::Podman);
        add(runtime.clone(), "podman/podman.sock", Product::RootlessPodman);
        // What Podman names a machine's socket by has changed from release to release.
        add(runtime, "podman/*-api.sock", Product::PodmanMachine);
        add(self.path("TMPDIR"), "podman/*-api.sock", Product::PodmanMachine);
        let data = self.path("XDG_DATA_HOME").or_else(|| at_home(".local/share"));
        add(data.clone(), "containers/podman/machine/podman.sock", Product::PodmanMachine);
        add(data, "containers/podman/machine/*/podman.sock", Product::PodmanMachine);
        all
    }
}

/// Where a product puts its sockets.
struct Place {
    folder: PathBuf,
    /// Below the folder, as text; with at most one `*`.
    below: String,
    product: Product,
}

impl Place {
    fn new(folder: &Path, below: &str, product: Product) -> Self {
        Self { folder: folder.to_owned(), below: below.to_owned(), product }
    }
}

fn found_at(place: Place) -> Vec<Socket> {
    let Place { folder, below, product } = place;
    let Some((before, after)) = below.split_once('*') else {
        let path = folder.join(below);
        return exists(&path).then_some(Socket { path, product, instance: None }).into_iter().collect();
    };
    // The star stands for a part of one name: what is before it in that name, and after it.
    let (within, head) = before.rsplit_once('/').unwrap_or(("", before));
    let (tail, rest) = after.split_once('/').map_or((after, None), |(tail, rest)| (tail, Some(rest)));
    let folder = folder.join(within);
    let entries = fs::read_dir(&folder).into_iter().flatten().map_while(Result::ok);
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).take(CONTEXTS).collect();
    names.sort();
    let sockets = names.into_iter().filter_map(|name| {
        let instance = name.strip_prefix(head)?.strip_suffix(tail)?.to_owned();
        let path = rest.map_or_else(|| folder.join(&name), |rest| folder.join(&name).join(rest));
        exists(&path).then_some(Socket { path, product, instance: Some(instance) })
    });
    sockets.collect()
}

/// One that may not be looked at is there: asking it tells what is wrong.
fn exists(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(found) => is_socket(&found),
        // Windows tells nothing of a pipe, not even of one that is there.
        Err(error) if cfg!(windows) => error.kind() != ErrorKind::NotFound,
        Err(error) => error.kind() == ErrorKind::PermissionDenied,
    }
}

#[cfg(unix)]
fn is_socket(found: &fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_socket(&found.file_type())
}

#[cfg(not(unix))]
fn is_socket(_: &fs::Metadata) -> bool {
    true
}

fn link(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let end = fs::canonicalize(path).ok().filter(|end| end != path)?;
    Some((path.to_owned(), end))
}

fn contexts(docker: &Path) -> Vec<ContextFile> {
    let entries = fs::read_dir(docker.join("contexts/meta")).into_iter().flatten().map_while(Result::ok);
    let mut folders: Vec<_> = entries.map(|entry| entry.file_name()).take(CONTEXTS).collect();
    folders.sort();
    let files = folders.into_iter().filter_map(|folder| {
        let path = docker.join("contexts/meta").join(&folder).join("meta.json");
        let text = optional(&path)?;
        let certificates = Certificates::in_folder(docker.join("contexts/tls").join(&folder).join("docker"));
        Some(ContextFile { path, text, certificates })
    });
    files.collect()
}

/// `None` where there is no such file.
fn optional(path: &Path) -> Option<Result<String, String>> {
    match read_text(path) {
        Ok(text) => Some(Ok(text)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => None,
        Err(error) => Some(Err(error.to_string())),
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    let found = fs::metadata(path)?;
    if !found.is_file() || found.len() > LARGEST {
        return Err(io::Error::other("it is too large, or no file"));
    }
    fs::read_to_string(path)
}

/// The user this program runs as, by which the system names its folder for sockets.
#[cfg(target_os = "linux")]
fn user_id() -> Option<String> {
    let own = fs::metadata("/proc/self").ok()?;
    Some(std::os::unix::fs::MetadataExt::uid(&own).to_string())
}

#[cfg(not(target_os = "linux"))]
fn user_id() -> Option<String> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn sockets_of_several_instances_are_found_by_their_names() {
        let home = tempfile::tempdir().unwrap();
        for name in ["b", "a", "no-socket"] {
            fs::create_dir_all(home.path().join(".colima").join(name)).unwrap();
        }
        let _one = UnixListener::bind(home.path().join(".colima/a/docker.sock")).unwrap();
        let _other = UnixListener::bind(home.path().join(".colima/b/docker.sock")).unwrap();
        fs::write(home.path().join(".colima/no-socket/docker.sock"), "a file").unwrap();
        fs::create_dir_all(home.path().join("podman")).unwrap();
        let _machine = UnixListener::bind(home.path().join("podman/dev-api.sock")).unwrap();
        let found = |below, product| {
            let place = Place::new(home.path(), below, product);
            found_at(place).into_iter().map(|socket| socket.instance.unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(found(".colima/*/docker.sock", Product::Colima), ["a", "b"]);
        assert_eq!(found("podman/*-api.sock", Product::PodmanMachine), ["dev"]);
        assert!(found("nowhere/*/docker.sock", Product::Lima).is_empty());
    }

    #[test]
    fn a_context_whose_file_cannot_be_read_is_kept_with_the_reason() {
        let docker = tempfile::tempdir().unwrap();
        let meta = docker.path().join("contexts/meta");
        fs::create_dir_all(meta.join("aa/meta.json")).unwrap();
        fs::create_dir_all(meta.join("bb")).unwrap();
        fs::create_dir_all(meta.join("cc")).unwrap();
        fs::write(meta.join("bb/meta.json"), "{}").unwrap();
        fs::create_dir_all(docker.path().join("contexts/tls/bb/docker")).unwrap();
        fs::write(docker.path().join("contexts/tls/bb/docker/ca.pem"), "").unwrap();
        let found = contexts(docker.path());
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].text.is_err(), "{found:?}");
        assert_eq!(found[1].text.as_deref(), Ok("{}"));
        let Certificates { folder, ca, cert, key } = &found[1].certificates;
        assert_eq!((*ca, *cert, *key), (true, false, false));
        assert_eq!(*folder, docker.path().join("contexts/tls/bb/docker"));
    }
}
