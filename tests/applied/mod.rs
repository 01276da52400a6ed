//! The program without a window, with folders of its own, and an image that it removes.

#![cfg(test)]
#![allow(dead_code, reason = "each test binary uses another part of this module")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use unmoor::files::Folders;
use unmoor::journal::{Run, read_run};
use unmoor::model::{Endpoint, Graph};

use crate::engines::Engine;
use crate::engines::archive::{Image, Layer, docker_archive};

pub const NAMES: [&str; 3] =
    ["index.qbox.me/crash/app:1", "index.qbox.me/crash/app:2", "index.qbox.me/crash/app:3"];
pub const PASSWORD: &str = "PASSWORD=open-sesame-4711";

/// The program with folders of its own.
pub fn unmoor(folders: &Folders, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unmoor"));
    let set = |path: &Option<PathBuf>| path.clone().unwrap();
    command
        .args(arguments)
        .env_remove("DOCKER_HOST")
        .env("UNMOOR_LOG", "trace")
        .env("HOME", set(&folders.config))
        .env("XDG_CONFIG_HOME", set(&folders.config))
        .env("XDG_DATA_HOME", set(&folders.data))
        .env("XDG_CACHE_HOME", set(&folders.cache))
        .env("USERPROFILE", set(&folders.config))
        .env("APPDATA", set(&folders.config))
        .env("LOCALAPPDATA", set(&folders.data))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// As the program sees them: it adds its name.
pub fn of_program(folders: &Folders) -> Folders {
    let add = |path: &Option<PathBuf>| path.as_ref().map(|path| path.join("unmoor"));
    if cfg!(windows) {
        let (roaming, local) = (add(&folders.config).unwrap(), add(&folders.data).unwrap());
        let below = |name| Some(local.join(name));
        return Folders { config: Some(roaming.join("config")), data: below("data"), cache: below("cache") };
    }
    Folders { config: add(&folders.config), data: add(&folders.data), cache: add(&folders.cache) }
}

/// One image with three names and a stopped container.
pub fn fill(engine: &Engine) -> String {
    let (layers, tags) = (vec![Layer::filled("a", 3_000)], NAMES.map(str::to_owned).to_vec());
    engine.load(&docker_archive(&[Image { layers, tags, ..Image::default() }]));
    engine.create_container("holder", NAMES[0], serde_json::json!({ "Env": [PASSWORD], "Cmd": ["/a"] }))
}

/// A plan file that removes the image and everything that holds it.
pub fn plan(engine: &Engine, folders: &Folders, file: &Path) -> usize {
    let id = engine.inspect_image(NAMES[0])["Id"].as_str().unwrap().to_owned();
    let arguments = ["plan", &id, "--host", &engine.host, "--format", "json"];
    let output = unmoor(folders, &arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::write(file, &output.stdout).unwrap();
    let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    plan["plan"]["steps"].as_array().unwrap().len()
}

pub fn files(folders: &Folders, kind: &str) -> Vec<PathBuf> {
    let folder = of_program(folders).data.unwrap().join("journal");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|e| e == kind)).collect()
}

pub fn only_run(folders: &Folders) -> Run {
    let files = files(folders, "jsonl");
    let [file] = files.as_slice() else { panic!("{files:?}") };
    let (run, problems) = read_run(&std::fs::read(file).unwrap());
    assert!(problems.is_empty(), "{problems:?}");
    run.unwrap()
}

pub fn observe(engine: &Engine) -> Arc<Graph> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let endpoint = Endpoint::Host(engine.host.clone());
    runtime.block_on(unmoor::worker::observe(&endpoint)).unwrap().0
}

pub fn tags(image: &serde_json::Value) -> Vec<String> {
    let tags = image["RepoTags"].as_array().into_iter().flatten();
    tags.filter_map(|tag| tag.as_str()).map(str::to_owned).collect()
}
