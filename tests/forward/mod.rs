//! Passes connections on from a TCP port to an engine, which each is led to when its first request comes: it can be
//! laid to another engine meanwhile, and it can fall silent without closing anything.

#![cfg(test)]
#![cfg(unix)]
#![allow(dead_code, reason = "each test binary uses another part of this module")]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::Duration;

/// Decides by the request (`GET /path HTTP/1.1`) that opens a connection.
type Lead = dyn Fn(&str) -> PathBuf + Send + Sync;

struct Shared {
    lead: Mutex<Arc<Lead>>,
    is_open: AtomicBool,
    takes_loads: AtomicBool,
    /// How many connections were taken, and how many of them are dead.
    taken: AtomicUsize,
    dead: AtomicUsize,
    asked: Mutex<Vec<(PathBuf, String)>>,
}

pub struct Forward {
    pub host: String,
    shared: Arc<Shared>,
}

impl Forward {
    pub fn to(socket: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("tcp://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            lead: Mutex::new(always(socket)),
            is_open: AtomicBool::new(true),
            takes_loads: AtomicBool::new(true),
            taken: AtomicUsize::new(0),
            dead: AtomicUsize::new(0),
            asked: Mutex::default(),
        });
        let of_all = Arc::clone(&shared);
        let serve = move || {
            for client in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&of_all);
                let pass = move || drop(pass(client, &shared));
                Builder::new().name("forwarded".to_owned()).spawn(pass).unwrap();
            }
        };
        Builder::new().name("forward".to_owned()).spawn(serve).unwrap();
        Self { host, shared }
    }

    /// New connections lead there; those that stand stay.
    pub fn lay(&self, socket: &Path) {
        *self.shared.lead.lock().unwrap() = always(socket);
    }

    /// Each new connection leads to where its first request is sent.
    pub fn lay_by(&self, lead: impl Fn(&str) -> PathBuf + Send + Sync + 'static) {
        *self.shared.lead.lock().unwrap() = Arc::new(lead);
    }

    /// Nothing comes through any more, and nothing is closed.
    pub fn fall_silent(&self) {
        self.shared.is_open.store(false, Ordering::Relaxed);
    }

    /// What was held comes through, and all that follows.
    pub fn speak(&self) {
        self.shared.is_open.store(true, Ordering::Relaxed);
    }

    /// An image that is loaded is not taken any further: whoever sends it is told that there is no room for more.
    pub fn stall_loads(&self) {
        self.shared.takes_loads.store(false, Ordering::Relaxed);
    }

    pub fn take_loads(&self) {
        self.shared.takes_loads.store(true, Ordering::Relaxed);
    }

    /// On the connections that stand nothing comes through any more, and none is closed; new ones are passed on.
    pub fn lose_connections(&self) {
        self.shared.dead.store(self.shared.taken.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    /// What the one behind this socket was asked.
    pub fn asked_of(&self, socket: &Path) -> Vec<String> {
        let asked = self.shared.asked.lock().unwrap();
        asked.iter().filter(|(of, _)| of == socket).map(|(_, request)| request.clone()).collect()
    }
}

fn always(socket: &Path) -> Arc<Lead> {
    let socket = socket.to_owned();
    Arc::new(move |_| socket.clone())
}

impl Shared {
    fn wait_until_open(&self, number: usize) {
        while !self.is_open.load(Ordering::Relaxed) || number < self.dead.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// A request without a body is a part of its own.
    fn note(&self, socket: &Path, part: &[u8]) {
        let line = first_line(part);
        if line.ends_with("HTTP/1.1") {
            self.asked.lock().unwrap().push((socket.to_owned(), line));
        }
    }
}

fn first_line(part: &[u8]) -> String {
    let line = part.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = &line[..line.len().min(1 << 10)];
    String::from_utf8_lossy(line).into_owned()
}

/// An error is the end of one of the two, which is its own affair.
fn pass(mut client: TcpStream, shared: &Arc<Shared>) -> std::io::Result<()> {
    let number = shared.taken.fetch_add(1, Ordering::SeqCst);
    let mut part = vec![0; 1 << 16];
    let length = client.read(&mut part)?;
    part.truncate(length);
    shared.wait_until_open(number);
    let lead = Arc::clone(&shared.lead.lock().unwrap());
    let socket = lead(&first_line(&part));
    let mut engine = UnixStream::connect(&socket)?;
    let (mut from, mut to) = (client.try_clone()?, engine.try_clone()?);
    let of_requests = Arc::clone(shared);
    let requests = move || {
        let mut is_load = false;
        while !part.is_empty() {
            is_load |= first_line(&part).contains("/images/load");
            while is_load && !of_requests.takes_loads.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(10));
            }
            of_requests.wait_until_open(number);
            of_requests.note(&socket, &part);
            if to.write_all(&part).is_err() {
                return;
            }
            part.resize(1 << 16, 0);
            let length = from.read(&mut part).unwrap_or(0);
            part.truncate(length);
        }
        of_requests.wait_until_open(number);
        drop(to.shutdown(Shutdown::Both));
    };
    Builder::new().name("forwarded-requests".to_owned()).spawn(requests)?;
    let mut answer = [0; 4096];
    while let Ok(length @ 1..) = engine.read(&mut answer) {
        shared.wait_until_open(number);
        client.write_all(&answer[..length])?;
    }
    shared.wait_until_open(number);
    client.shutdown(Shutdown::Both)
}
