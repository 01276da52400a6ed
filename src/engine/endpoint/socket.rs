//! Which socket stands at a path: another one there is another engine's, or that of one which was started anew.
//! Connections to the former go on, so that they tell nothing of it.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A socket as it was when it was looked at.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct SocketFile {
    path: PathBuf,
    made: Option<SystemTime>,
    #[cfg(unix)]
    number: (u64, u64),
}

impl SocketFile {
    /// `None` where none can be seen; that is found out by whoever connects. Follows links, as connecting does: a
    /// link that was laid elsewhere leads to another one.
    pub fn at(path: &Path) -> Option<Self> {
        let found = std::fs::metadata(path).ok()?;
        Some(Self {
            path: path.to_owned(),
            // Numbers are used again, times of birth are not; some file systems do not have them.
            made: found.created().ok(),
            #[cfg(unix)]
            number: {
                use std::os::unix::fs::MetadataExt as _;
                (found.dev(), found.ino())
            },
        })
    }

    /// Whether it is not the one that stands there now. Looks at one file, which takes no time.
    pub fn was_replaced(&self) -> bool {
        Self::at(&self.path).is_some_and(|present| present != *self)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn another_socket_at_the_same_path_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let _first = UnixListener::bind(&path).unwrap();
        let before = SocketFile::at(&path).unwrap();
        assert!(!before.was_replaced());
        std::fs::remove_file(&path).unwrap();
        assert!(!before.was_replaced(), "that none is there, connecting tells");
        let _second = UnixListener::bind(&path).unwrap();
        assert!(before.was_replaced());
    }
}
