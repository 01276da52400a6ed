//! Stands between a client and a real engine, notes what is asked, and breaks answers on demand.
//!
//! One connection carries one request, so that a broken answer breaks nothing else. It knows HTTP only as far
//! as it has to break it.

#![cfg(test)]
#![allow(dead_code, reason = "each test binary uses another part of this module")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// As an authorization plugin has it.
pub const FORBIDDEN: &str = "authorization denied by plugin look-only: nothing may be changed";

/// What becomes of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection ends before the engine hears of it.
    Refuse,
    /// The engine does it, and nobody hears of that.
    Lose,
    /// Half an answer, then the end of the connection.
    Cut,
    /// Half an answer that claims to be whole.
    Truncate,
    /// An answer with bytes that nobody sent.
    Corrupt,
    /// The engine is not asked; it has an error of its own.
    Fail,
    /// The engine is not asked; what stands in between does not allow it.
    Forbid,
    /// The answer comes late.
    Delay,
    /// The engine does it, and the answer never comes.
    Hang,
}

impl Fault {
    /// Those that no client has to wait out.
    pub const QUICK: [Self; 7] =
        [Self::Refuse, Self::Lose, Self::Cut, Self::Truncate, Self::Corrupt, Self::Fail, Self::Delay];
}

/// Decides by the request (`GET /path?query`) and by how many came before it.
type Plan = dyn Fn(&str, usize) -> Option<Fault> + Send + Sync;

struct Shared {
    target: PathBuf,
    requests: Mutex<Vec<(Instant, String)>>,
    plan: Mutex<Arc<Plan>>,
    /// When the engine first told something of itself since the plan was made.
    news: Mutex<Option<Instant>>,
}

/// A running proxy; its socket goes with it.
pub struct FaultProxy {
    pub host: String,
    shared: Arc<Shared>,
    _folder: TempDir,
}

impl FaultProxy {
    /// Passes everything on until told otherwise.
    pub fn start(target: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("unmoor-proxy-").tempdir_in("/tmp").unwrap();
        let socket = folder.path().join("s");
        let listener = UnixListener::bind(&socket).unwrap();
        let plan: Arc<Plan> = Arc::new(|_, _| None);
        let shared = Arc::new(Shared {
            target: target.to_owned(),
            requests: Mutex::default(),
            plan: Mutex::new(plan),
            news: Mutex::default(),
        });
        let of_all = Arc::clone(&shared);
        let serve = move || {
            for client in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&of_all);
                let pass = move || drop(pass(client, &shared));
                Builder::new().name("proxy-connection".to_owned()).spawn(pass).unwrap();
            }
        };
        Builder::new().name("fault-proxy".to_owned()).spawn(serve).unwrap();
        Self { host: format!("unix://{}", socket.display()), shared, _folder: folder }
    }

    /// Begins to count requests anew, and breaks them as `plan` says from now on.
    pub fn break_as(&self, plan: impl Fn(&str, usize) -> Option<Fault> + Send + Sync + 'static) {
        let mut requests = self.shared.requests.lock().unwrap();
        *self.shared.plan.lock().unwrap() = Arc::new(plan);
        *self.shared.news.lock().unwrap() = None;
        requests.clear();
    }

    /// When the engine first told something of itself since the plan was made.
    pub fn first_news(&self) -> Option<Instant> {
        *self.shared.news.lock().unwrap()
    }

    /// Everything asked since the plan was made.
    pub fn asked(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().iter().map(|(_, request)| request.clone()).collect()
    }

    /// The same without what is asked four times a minute whatever happens.
    pub fn asked_for_changes(&self) -> Vec<String> {
        self.asked().into_iter().filter(|request| !is_question(request)).collect()
    }

    /// When this was asked last.
    pub fn last_asked(&self, start: &str) -> Option<Instant> {
        let requests = self.shared.requests.lock().unwrap();
        requests.iter().rev().find(|(_, request)| request.starts_with(start)).map(|(when, _)| *when)
    }
}

/// What was told in some time that is over is an answer like any other.
fn is_question(request: &str) -> bool {
    request.contains("/events") && request.contains("until=")
}

/// An error is the end of one of the two, which is its own affair.
fn pass(mut client: UnixStream, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line.trim_end().is_empty() {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(number) = lower.strip_prefix("content-length:") {
            length = number.trim().parse().unwrap_or(0);
        }
        if !lower.starts_with("connection:") {
            head.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let request = head.split(" HTTP/1.1").next().unwrap_or_default().to_owned();
    let fault = {
        let mut requests = shared.requests.lock().unwrap();
        requests.push((Instant::now(), request.clone()));
        let plan = Arc::clone(&shared.plan.lock().unwrap());
        plan(&request, requests.len() - 1)
    };
    match fault {
        Some(Fault::Refuse) => return Ok(()),
        Some(Fault::Fail) => {
            return answer(&mut client, 500, "write /var/lib/engine: no space left on device");
        }
        Some(Fault::Forbid) => return answer(&mut client, 403, FORBIDDEN),
        _ => {}
    }
    let mut engine = UnixStream::connect(&shared.target)?;
    engine.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
    engine.write_all(&body)?;
    if request.contains("/events") && !is_question(&request) {
        return stream(client, engine, fault, &shared.news);
    }
    if fault.is_none() {
        std::io::copy(&mut engine, &mut client)?;
        return Ok(());
    }
    let mut answer = Vec::new();
    engine.read_to_end(&mut answer)?;
    match fault {
        None | Some(Fault::Refuse | Fault::Fail | Fault::Forbid) => {}
        Some(Fault::Lose) => return Ok(()),
        Some(Fault::Cut) => answer.truncate(answer.len() / 2),
        Some(Fault::Truncate) => answer = half(&answer),
        Some(Fault::Corrupt) => corrupt(&mut answer),
        Some(Fault::Delay) => std::thread::sleep(Duration::from_millis(300)),
        Some(Fault::Hang) => wait_for_the_end(&client),
    }
    client.write_all(&answer)
}

/// News as they come, until one of the two ends it.
fn stream(
    mut client: UnixStream,
    mut engine: UnixStream,
    fault: Option<Fault>,
    news: &Mutex<Option<Instant>>,
) -> std::io::Result<()> {
    let (watched, ended) = (client.try_clone()?, engine.try_clone()?);
    let watch = move || {
        wait_for_the_end(&watched);
        drop(ended.shutdown(Shutdown::Both));
    };
    Builder::new().name("proxy-watch".to_owned()).spawn(watch)?;
    let mut part = [0; 4096];
    let mut parts = 0;
    loop {
        let length = engine.read(&mut part)?;
        if length == 0 {
            return client.shutdown(Shutdown::Both);
        }
        parts += 1;
        news.lock().unwrap().get_or_insert_with(Instant::now);
        let bytes = &mut part[..length];
        match fault {
            Some(Fault::Lose) => return client.shutdown(Shutdown::Both),
            Some(Fault::Hang) => return Ok(()),
            // The head of the answer comes through.
            Some(Fault::Cut | Fault::Truncate) if parts > 1 => {
                client.write_all(&bytes[..length / 2])?;
                return client.shutdown(Shutdown::Both);
            }
            Some(Fault::Corrupt) if parts > 1 => corrupt(bytes),
            Some(Fault::Delay) => std::thread::sleep(Duration::from_millis(300)),
            _ => {}
        }
        client.write_all(bytes)?;
    }
}

/// An answer that the engine has no part in.
fn answer(client: &mut UnixStream, status: u16, words: &str) -> std::io::Result<()> {
    let body = format!(r#"{{"message":"{words}"}}"#);
    let length = body.len();
    let head = "Content-Type: application/json\r\nConnection: close";
    client.write_all(
        format!("HTTP/1.1 {status} X\r\n{head}\r\nContent-Length: {length}\r\n\r\n{body}").as_bytes(),
    )
}

fn wait_for_the_end(client: &UnixStream) {
    let mut client = client;
    let mut byte = [0];
    while client.read(&mut byte).is_ok_and(|length| length > 0) {}
}

/// The first half of the body, as an answer of that length.
fn half(answer: &[u8]) -> Vec<u8> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
    let (head, body) = answer.split_at(end);
    let head = String::from_utf8_lossy(head).into_owned();
    let body = if head.to_ascii_lowercase().contains("chunked") { unchunked(body) } else { body.to_vec() };
    let kept = head.lines().filter(|line| {
        let line = line.to_ascii_lowercase();
        !line.is_empty() && !line.starts_with("transfer-encoding") && !line.starts_with("content-length")
    });
    let body = &body[..body.len() / 2];
    let length = format!("Content-Length: {}", body.len());
    let head: Vec<_> = kept.chain([length.as_str(), "", ""]).collect();
    [head.join("\r\n").as_bytes(), body].concat()
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(line) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..line]).ok().and_then(|s| usize::from_str_radix(s, 16).ok());
        let Some(size) = size.filter(|size| *size > 0 && line + 4 + size <= rest.len()) else { break };
        body.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 4 + size..];
    }
    body
}

/// Replaces some bytes where a body is.
fn corrupt(bytes: &mut [u8]) {
    let from = bytes.len() * 2 / 3;
    for byte in bytes.iter_mut().skip(from).take(8) {
        *byte = b'\xff';
    }
}
