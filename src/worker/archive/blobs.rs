//! The content of an archive: one file for each digest, compressed with zstd. Written beside its place first,
//! and on the disk before it counts.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::files;
use crate::model::{Bytes, Digest};

/// zstd's own default: on layers about a third is left, at some hundred megabytes a second.
const LEVEL: i32 = 3;
const BUFFER: usize = 128 << 10;
/// More than any manifest or configuration.
const LARGEST_DOCUMENT: u64 = 64 << 20;

/// Hears of each part that was read. An error from it ends the work.
pub(super) type Told<'a> = &'a mut dyn FnMut(Bytes) -> io::Result<()>;

/// The folder with the content of one archive.
#[derive(Debug, Clone)]
pub(super) struct Blobs {
    folder: PathBuf,
}

impl Blobs {
    pub fn in_archive(archive: &Path) -> Self {
        Self { folder: archive.join("blobs") }
    }

    pub fn create(&self) -> io::Result<()> {
        files::create_folder(&self.folder)
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join(format!("{}.zst", digest.hex()))
    }

    pub fn has(&self, digest: &Digest) -> bool {
        self.path(digest).exists()
    }

    /// Keeps what is read to its end, once. Where the content is
    /// `expected` to have a digest that is kept already, it is only read; it may turn out to be another.
    pub fn keep(
        &self,
        content: &mut dyn Read,
        expected: Option<&Digest>,
        told: Told<'_>,
    ) -> io::Result<(Digest, u64)> {
        if let Some(expected) = expected.filter(|digest| self.has(digest)) {
            let (digest, size) = hash(content, &mut io::sink(), told)?;
            return if digest == *expected {
                Ok((digest, size))
            } else {
                Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("what is called {expected} has the digest {digest}"),
                ))
            };
        }
        let beside = tempfile::NamedTempFile::new_in(&self.folder)?;
        let mut compressed = zstd::stream::write::Encoder::new(beside, LEVEL)?;
        let (digest, size) = hash(content, &mut compressed, told)?;
        let beside = compressed.finish()?;
        if !self.has(&digest) {
            beside.as_file().sync_all()?;
            files::put(beside, &self.path(&digest))?;
        }
        Ok((digest, size))
    }

    /// The content again, decompressed.
    pub fn open(&self, digest: &Digest) -> io::Result<impl Read + use<>> {
        let file = BufReader::with_capacity(BUFFER, File::open(self.path(digest))?);
        zstd::stream::read::Decoder::with_buffer(file)
    }

    /// A manifest, an index or a configuration.
    pub fn document(&self, digest: &Digest) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        let read = self.open(digest)?.take(LARGEST_DOCUMENT).read_to_end(&mut text)?;
        if read as u64 == LARGEST_DOCUMENT {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too large to be a document"));
        }
        Ok(text)
    }

    /// Reads content back, and holds it against its name.
    pub fn verify(&self, digest: &Digest, size: u64, told: Told<'_>) -> io::Result<()> {
        let (found, read) = hash(&mut self.open(digest)?, &mut io::sink(), told)?;
        if found == *digest && read == size {
            return Ok(());
        }
        Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{digest} of {size} bytes reads back as {found} of {read} bytes"),
        ))
    }

    /// The names of its files are on the disk too from now on.
    pub fn sync(&self) -> io::Result<()> {
        sync_folder(&self.folder)
    }
}

/// Where folders cannot be opened (Windows) their content is safe by itself.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn hash(from: &mut dyn Read, into: &mut dyn Write, told: Told<'_>) -> io::Result<(Digest, u64)> {
    let mut sum = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    let mut size: u64 = 0;
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let part = buffer.get(..read).unwrap_or_default();
        sum.update(part);
        into.write_all(part)?;
        size += read as u64;
        told(Bytes(read as u64))?;
    }
    let mut hex = String::with_capacity(64);
    for byte in sum.finalize() {
        write!(hex, "{byte:02x}").map_err(io::Error::other)?;
    }
    let digest = Digest::parse(&hex).map_err(io::Error::other)?;
    Ok((digest, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_twice_lies_there_once_and_damage_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::in_archive(folder.path());
        blobs.create().unwrap();
        let keep = |content: &[u8]| blobs.keep(&mut &content[..], None, &mut |_| Ok(())).unwrap();
        let (digest, size) = keep(b"layer");
        assert_eq!((keep(b"layer"), size), ((digest.clone(), 5), 5));
        let files: Vec<_> = std::fs::read_dir(folder.path().join("blobs")).unwrap().collect();
        assert_eq!(files.len(), 1, "{files:?}");
        assert_eq!(blobs.document(&digest).unwrap(), b"layer");
        blobs.verify(&digest, 5, &mut |_| Ok(())).unwrap();
        assert!(blobs.verify(&digest, 4, &mut |_| Ok(())).is_err());
        let path = blobs.path(&digest);
        std::fs::write(&path, zstd::encode_all(&b"laver"[..], LEVEL).unwrap()).unwrap();
        let error = blobs.verify(&digest, 5, &mut |_| Ok(())).unwrap_err();
        assert!(error.to_string().contains("reads back as"), "{error}");
    }

    #[test]
    fn a_path_that_promises_what_is_kept_already_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::in_archive(folder.path());
        blobs.create().unwrap();
        let (digest, _) = blobs.keep(&mut &b"layer"[..], None, &mut |_| Ok(())).unwrap();
        let again = blobs.keep(&mut &b"laver"[..], Some(&digest), &mut |_| Ok(()));
        assert!(again.unwrap_err().to_string().contains("has the digest"));
    }
}
