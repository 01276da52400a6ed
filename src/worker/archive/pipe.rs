//! Between a stream of an engine, which is not waited for by any thread, and the code that reads and writes
//! archives, which is: a few parts at a time, so that neither runs away from the other.

use std::io::{self, Read, Write};

use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::mpsc::{Receiver, Sender, channel};

type Part = io::Result<Vec<u8>>;

/// Parts on their way; an engine sends some ten kilobytes each.
const PARTS: usize = 16;
/// What is gathered before it is sent on.
const PART: usize = 64 << 10;

/// What is sent here is read there. Dropping the sender ends it.
pub(super) fn to_read() -> (Sender<Part>, ReadEnd) {
    let (sender, parts) = channel(PARTS);
    (sender, ReadEnd { parts, part: Vec::new(), at: 0, zeros: 0 })
}

/// What is written here comes out there. Its end has to be told by [`WriteEnd::end`]: anything else that ends
/// it counts as broken off.
pub(super) fn to_write() -> (WriteEnd, BoxStream<'static, Part>) {
    let (sender, parts) = channel(PARTS);
    let out = stream::unfold(Some(parts), |parts: Option<Receiver<Option<Part>>>| async move {
        let mut parts = parts?;
        match parts.recv().await {
            Some(Some(Ok(part))) => Some((Ok(part), Some(parts))),
            Some(Some(Err(error))) => Some((Err(error), None)),
            Some(None) => None,
            None => Some((Err(io::Error::other("the archive could not be read to its end")), None)),
        }
    });
    (WriteEnd { sender, part: Vec::new() }, out.boxed())
}

/// For a thread that may wait.
pub(super) struct ReadEnd {
    parts: Receiver<Part>,
    part: Vec<u8>,
    at: usize,
    /// How many zeros came last.
    zeros: usize,
}

impl ReadEnd {
    /// Reads what is left, and tells whether it ended as a tar archive does: one that was cut off between two
    /// files looks complete otherwise.
    pub fn ends_as_a_tar(&mut self) -> io::Result<bool> {
        const TWO_BLOCKS: usize = 1024;
        io::copy(self, &mut io::sink())?;
        Ok(self.zeros >= TWO_BLOCKS)
    }
}

impl Read for ReadEnd {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.part.len() {
            match self.parts.blocking_recv() {
                Some(part) => (self.part, self.at) = (part?, 0),
                None => return Ok(0),
            }
        }
        let mut left = self.part.get(self.at..).unwrap_or_default();
        let read = left.read(into)?;
        let seen = into.get(..read).unwrap_or_default();
        let zeros = seen.iter().rev().take_while(|byte| **byte == 0).count();
        self.zeros = if zeros == read { self.zeros.saturating_add(zeros) } else { zeros };
        self.at += read;
        Ok(read)
    }
}

/// For a thread that may wait.
pub(super) struct WriteEnd {
    sender: Sender<Option<Part>>,
    part: Vec<u8>,
}

impl WriteEnd {
    pub fn end(mut self) -> io::Result<()> {
        self.flush()?;
        self.send(None)
    }

    /// Tells why there will be no more; the request that takes it is broken off.
    pub fn fail(&mut self, error: io::Error) {
        self.part.clear();
        // Whoever takes nothing any more knows already.
        drop(self.sender.blocking_send(Some(Err(error))));
    }

    fn send(&mut self, part: Option<Part>) -> io::Result<()> {
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "the engine takes no more of the archive");
        self.sender.blocking_send(part).map_err(gone)
    }
}

impl Write for WriteEnd {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.part.extend_from_slice(from);
        if self.part.len() >= PART {
            self.flush()?;
        }
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.part.is_empty() {
            return Ok(());
        }
        let part = std::mem::take(&mut self.part);
        self.send(Some(Ok(part)))
    }
}
