//! An engine outside of this Windows: `UNMOOR_ENGINES` says of each kind where it can be reached and where its
//! binaries are (`docker-28=127.0.0.1:2375=/folder`), one after the other. The program under test reaches it by a
//! named pipe.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use super::{Kind, pipe};

/// How one speaks to an engine.
pub type Stream = TcpStream;

impl Kind {
    fn outside_and_root(self) -> (SocketAddr, PathBuf) {
        let all = std::env::var("UNMOOR_ENGINES").expect("UNMOOR_ENGINES names engines: see `make windows`");
        let of_kind = |one: &str| {
            let mut parts = one.split('=');
            (parts.next() == Some(self.name()))
                .then(|| (parts.next().unwrap().parse().unwrap(), parts.next().unwrap().into()))
        };
        all.split_whitespace().find_map(of_kind).expect("one of this kind runs")
    }

    /// Where it can be reached without a pipe.
    pub fn outside(self) -> SocketAddr {
        self.outside_and_root().0
    }

    /// The folder that holds the engine's binaries.
    pub fn root(self) -> PathBuf {
        self.outside_and_root().1
    }
}

/// A running engine, which the test processes share, one after the other.
#[derive(Debug)]
pub struct Engine {
    pub kind: Kind,
    /// The address in the form of `DOCKER_HOST`: `npipe:////./pipe/…`.
    pub host: String,
}

impl Engine {
    /// Makes a pipe to it, which ends with this process.
    pub fn start(kind: Kind) -> Self {
        Self { kind, host: pipe_to(kind.outside()) }
    }

    /// How whoever stands between it and the program under test reaches it.
    pub fn way(&self) -> Way {
        Way(self.kind.outside())
    }
}

/// A way to an engine, for another thread.
#[derive(Clone, Debug)]
pub struct Way(pub SocketAddr);

impl Way {
    pub fn connect(&self) -> Stream {
        TcpStream::connect(self.0).unwrap()
    }
}

/// Where a program can be let in, with the address it has to be told; what is there as long as it is used.
pub fn listen() -> (TcpListener, String, Option<TempDir>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = pipe_to(listener.local_addr().unwrap());
    (listener, host, None)
}

/// The address of a new pipe.
fn pipe_to(place: SocketAddr) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("unmoor-test-{}-{number}", std::process::id());
    pipe::serve(&name, place);
    format!("npipe:////./pipe/{name}")
}
