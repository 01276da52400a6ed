//! Where this person's logins and certificates for registries are: those of Docker's and Podman's own
//! clients, which are read and never written.

use std::env;
use std::path::PathBuf;

/// The files and folders that are looked at, in order. Any may be missing.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// Files with logins: Docker's `config.json`, Podman's `auth.json`.
    pub logins: Vec<PathBuf>,
    /// Folders with a folder for each host, which holds its certificates.
    pub certificates: Vec<PathBuf>,
}

impl Places {
    /// Where the clients look, for whoever runs the program.
    pub fn of_this_person() -> Self {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        // Shells that come from Unix set the other one on Windows too, to where no client of Windows looks.
        let home = set(if cfg!(windows) { "USERPROFILE" } else { "HOME" });
        let below_home = |path: &str| home.as_ref().map(|home| home.join(path));
        let docker = set("DOCKER_CONFIG").or_else(|| below_home(".docker"));
        let configuration = set("XDG_CONFIG_HOME").or_else(|| below_home(".config"));
        let logins = [
            docker.as_ref().map(|folder| folder.join("config.json")),
            set("REGISTRY_AUTH_FILE"),
            set("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")),
            configuration.as_ref().map(|folder| folder.join("containers/auth.json")),
        ];
        let certificates = [
            docker.map(|folder| folder.join("certs.d")),
            // Where a rootless engine looks.
            configuration.as_ref().map(|folder| folder.join("docker/certs.d")),
            Some(PathBuf::from("/etc/docker/certs.d")).filter(|_| cfg!(unix)),
            set("ProgramData").map(|folder| folder.join("docker").join("certs.d")),
            configuration.map(|folder| folder.join("containers/certs.d")),
            Some(PathBuf::from("/etc/containers/certs.d")).filter(|_| cfg!(unix)),
        ];
        Self {
            logins: logins.into_iter().flatten().collect(),
            certificates: certificates.into_iter().flatten().collect(),
        }
    }
}
