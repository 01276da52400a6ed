//! A file system that is soon full. Mounting needs root, as the tests' engines do.

#![cfg(test)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Unmounted with its owner.
pub struct Small(PathBuf);

impl Small {
    pub fn mount_on(folder: &Path, kib: u32) -> Self {
        let size = format!("size={kib}k");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder).status().unwrap();
        assert!(mounted.success(), "a small file system needs root, as the tests' engines do");
        Self(folder.to_owned())
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg(&self.0).status().unwrap();
        assert!(unmounted.success());
    }
}
