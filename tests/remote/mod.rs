//! A person's home with the Docker CLI's files in it, and the program run there.

#![cfg(test)]
#![allow(dead_code, reason = "each test binary uses another part of this module")]

pub mod ssh;
pub mod tls;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// Gone with its owner.
pub struct Home {
    folder: TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, below: &str, text: &str) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// A Docker context; with these files, `ca.pem` and the like, for TLS.
    pub fn context(&self, name: &str, endpoint: &str, certificates: &[(&str, &str)]) {
        let digest = Sha256::digest(name.as_bytes());
        let nibbles = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let folder: String = nibbles.filter_map(|nibble| char::from_digit(nibble.into(), 16)).collect();
        let text = format!(r#"{{"Name":"{name}","Metadata":{{}},"Endpoints":{{"docker":{endpoint}}}}}"#);
        self.write(&format!(".docker/contexts/meta/{folder}/meta.json"), &text);
        for (file, pem) in certificates {
            self.write(&format!(".docker/contexts/tls/{folder}/docker/{file}"), pem);
        }
    }

    pub fn use_context(&self, name: &str) {
        self.write(".docker/config.json", &format!(r#"{{"currentContext":"{name}"}}"#));
    }

    /// The program with nothing of this machine's own settings.
    pub fn unmoor(&self, arguments: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_unmoor"));
        program.args(arguments);
        self.settle(&mut program);
        program
    }

    /// Gives a program this home, and takes away whatever else might lead it to an engine.
    pub fn settle(&self, program: &mut Command) {
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if ["DOCKER_", "CONTAINER_", "XDG_", "SSH_", "COLIMA_", "LIMA_"]
                .iter()
                .any(|own| name.starts_with(own))
            {
                program.env_remove(name);
            }
        }
        program.env("HOME", self.folder.path());
        program.env("TMPDIR", self.folder.path());
        program.stdin(std::process::Stdio::null());
    }
}

pub fn run(mut program: Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } = program.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().expect("not ended by a signal"), text(stdout), text(stderr))
}
