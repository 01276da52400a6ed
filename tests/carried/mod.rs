//! Lets an engine of the tests, whose network is a loopback of its own, reach a server on this machine's under
//! the same address. The test binary starts itself again within the engine's network, listens there, and hands
//! every connection over a socket to the binary outside.

#![cfg(test)]

use std::io::{BufRead as _, BufReader, Lines, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::Builder;

use crate::engines::Engine;

const WHAT: &str = "UNMOOR_CARRIES";
const READY: &str = "listens within";

/// A port of this machine's loopback that an engine has, too; until this is dropped.
pub struct Carried {
    inside: Child,
    /// What it writes at its end would fail without somebody who could read it.
    _said: Lines<BufReader<ChildStdout>>,
}

impl Carried {
    /// `host` is the server's address with its port.
    pub fn to(engine: &Engine, host: &str) -> Self {
        let port = host.rsplit_once(':').unwrap().1;
        let socket = engine.socket().with_file_name(format!("{port}.sock"));
        let outer = UnixListener::bind(&socket).unwrap();
        let host = host.to_owned();
        let hand_on = move || {
            for stream in outer.incoming().map_while(Result::ok) {
                join(Box::new(stream), Box::new(TcpStream::connect(&host).unwrap()));
            }
        };
        Builder::new().name("test-carrier".to_owned()).spawn(hand_on).unwrap();
        let pid = std::fs::read_to_string(engine.socket().with_file_name("pid")).unwrap();
        let mut inside = Command::new("nsenter");
        inside.args(["--target", pid.trim(), "--net"]);
        if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
            // Where an ordinary user runs the tests, the engine's network belongs to its own kind of root.
            inside.args(["--user", "--preserve-credentials"]);
        }
        let (_crate, module) = module_path!().split_once("::").unwrap();
        let mut child = inside
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", &format!("{module}::within_the_network_of_an_engine")])
            .args(["--ignored", "--nocapture"])
            .env(WHAT, format!("{port} {}", socket.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = said.by_ref().map_while(Result::ok).any(|line| line.contains(READY));
        assert!(ready, "nothing listens within the network of the engine");
        Self { inside: child, _said: said }
    }
}

impl Drop for Carried {
    fn drop(&mut self) {
        // The end of its standard input is what it waits for.
        drop(self.inside.stdin.take());
        self.inside.wait().unwrap();
    }
}

#[test]
#[ignore = "no test: `Carried` starts it within the network of an engine"]
fn within_the_network_of_an_engine() {
    let what = std::env::var(WHAT).expect("started by `Carried`");
    let (port, socket) = what.split_once(' ').unwrap();
    let (port, socket) = (port.parse::<u16>().unwrap(), socket.to_owned());
    let inner = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let hand_on = move || {
        for stream in inner.incoming().map_while(Result::ok) {
            join(Box::new(stream), Box::new(UnixStream::connect(&socket).unwrap()));
        }
    };
    Builder::new().name("test-carrier".to_owned()).spawn(hand_on).unwrap();
    let mut out = std::io::stdout();
    writeln!(out, "{READY}").unwrap();
    out.flush().unwrap();
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

trait Stream: Read + Write + Send {
    fn again(&self) -> Box<dyn Stream>;
    fn end(&self, which: Shutdown);
}

macro_rules! stream {
    ($kind:ty) => {
        impl Stream for $kind {
            fn again(&self) -> Box<dyn Stream> {
                Box::new(self.try_clone().unwrap())
            }

            fn end(&self, which: Shutdown) {
                // The other side may have gone already.
                drop(self.shutdown(which));
            }
        }
    };
}
stream!(TcpStream);
stream!(UnixStream);

/// Copies both ways, each to its end.
fn join(one: Box<dyn Stream>, other: Box<dyn Stream>) {
    let ways = [(one.again(), other.again()), (other, one)];
    for (mut from, mut to) in ways {
        let copy = move || {
            // Whoever gives up first has read enough.
            drop(std::io::copy(&mut from, &mut to));
            to.end(Shutdown::Write);
        };
        Builder::new().name("test-carrier".to_owned()).spawn(copy).unwrap();
    }
}
