//! An engine that is broken on demand: a socket, a thread per connection, and answers as given.

#![cfg(test)]
#![allow(dead_code, reason = "each test binary uses another part of this module")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::Duration;

/// What happens to a request.
pub enum Reply {
    /// A complete answer.
    Json(u16, String),
    /// These bytes, then the end of the connection.
    Broken(Vec<u8>),
    /// Nothing, for as long as the client waits.
    Silence,
}

impl Reply {
    pub fn ok(json: impl Into<String>) -> Self {
        Self::Json(200, json.into())
    }
}

/// A running fake; its socket goes with it.
pub struct Fake {
    pub host: String,
    dir: PathBuf,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// Answers each `METHOD /path?query` as `answer` says.
    pub fn start(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("unmoor-fake-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let socket = dir.join("s");
        let listener = UnixListener::bind(&socket).unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&requests), Arc::new(answer));
        let serve = move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                let talk = move || talk(stream, &seen, &*answer);
                Builder::new().name("fake-connection".to_owned()).spawn(talk).unwrap();
            }
        };
        Builder::new().name("fake-engine".to_owned()).spawn(serve).unwrap();
        Self { host: format!("unix://{}", socket.display()), dir, requests }
    }

    /// Everything asked so far that starts with this.
    pub fn asked(&self, start: &str) -> Vec<String> {
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|request| request.starts_with(start)).cloned().collect()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.dir).unwrap();
    }
}

fn talk(mut stream: UnixStream, seen: &Mutex<Vec<String>>, answer: &dyn Fn(&str) -> Reply) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    // Nothing that is asked here has a body.
    lines.by_ref().take_while(|line| !line.is_empty()).for_each(drop);
    let request = first.trim_end_matches(" HTTP/1.1").to_owned();
    seen.lock().unwrap().push(request.clone());
    let bytes = match answer(&request) {
        Reply::Json(status, json) => {
            let head =
                format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n");
            format!("{head}Content-Length: {}\r\n\r\n{json}", json.len()).into_bytes()
        }
        Reply::Broken(bytes) => bytes,
        Reply::Silence => {
            std::thread::sleep(Duration::from_secs(30));
            return;
        }
    };
    // The client may have gone away, which is its own affair.
    drop(stream.write_all(&bytes));
}

/// What a healthy, nearly empty engine with two nameless images answers.
pub fn healthy(request: &str) -> Reply {
    let (_, path) = request.split_once(' ').unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    match path {
        "/_ping" => Reply::ok("OK"),
        "/version" => {
            Reply::ok(r#"{"Version":"28.5.2","ApiVersion":"1.51","Components":[{"Name":"Engine"}]}"#)
        }
        "/info" => Reply::ok(r#"{"DriverStatus":[["Supports d_type","true"]]}"#),
        "/images/json" => Reply::ok(format!("[{},{}]", row('a'), row('b'))),
        "/containers/json" => Reply::ok("[]"),
        "/events" => Reply::Silence,
        _ if path.ends_with("/system/df") => Reply::ok(r#"{"BuildCache":[]}"#),
        _ if path.ends_with("/history") => Reply::ok("[]"),
        _ if path.starts_with("/images/") => {
            let id = path.trim_start_matches("/images/").trim_end_matches("/json");
            let layer = id.replace("aa", "cc").replace("bb", "dd");
            Reply::ok(format!(r#"{{"Id":"{id}","RootFS":{{"Type":"layers","Layers":["{layer}"]}}}}"#))
        }
        _ => Reply::Json(404, r#"{"message":"page not found"}"#.to_owned()),
    }
}

/// An image whose ID is this digit 64 times.
pub fn row(digit: char) -> String {
    format!(r#"{{"Id":"{}","RepoTags":[],"RepoDigests":[],"Size":5,"Created":1767225600}}"#, id(digit))
}

pub fn id(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}
