//! HTTP as the tests need it: a client that asks once, and a server that answers as it is told.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::Duration;

const LIMIT: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

/// Asks `host` (with port) once.
pub fn request(host: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let lines = lines.concat();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{lines}Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let (first, headers, mut lines) = read_head(stream).unwrap();
    let status = first.split(' ').nth(1).unwrap().parse().unwrap();
    let mut body = Vec::new();
    lines.read_to_end(&mut body).unwrap();
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    assert!(!chunked, "nothing that the tests ask is answered in pieces");
    Answer { status, headers, body }
}

type Head = (String, Vec<(String, String)>, BufReader<TcpStream>);

/// A body whose length stands before each of its pieces.
fn in_pieces(from: &mut impl BufRead) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let mut length = String::new();
        from.read_line(&mut length).unwrap();
        let length = usize::from_str_radix(length.trim(), 16).unwrap();
        let mut piece = vec![0; length + 2];
        from.read_exact(&mut piece).unwrap();
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&piece[..length]);
    }
}

/// The first line, and the headers by their names in lower case.
fn read_head(stream: TcpStream) -> Option<Head> {
    let mut lines = BufReader::new(stream);
    let mut next = || {
        let mut line = String::new();
        let read = lines.read_line(&mut line).ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    };
    let first = next()?;
    let mut headers = Vec::new();
    while let Some(line) = next().filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').unwrap();
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Some((first, headers, lines))
}

/// What a server was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A value in the query of the path, without its encoding.
    pub fn query(&self, name: &str) -> Option<String> {
        form(self.path.split_once('?')?.1, name)
    }
}

/// A value in a form or query.
pub fn form(text: &str, name: &str) -> Option<String> {
    let (_, value) = text.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name)?;
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let hex = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// What a server does with a request.
pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// Nothing, for as long as the client waits.
    Silence,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.into() }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// What a registry answers to a question without a login.
    pub fn challenge(how: &str) -> Self {
        Self::new(401, r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#)
            .with("WWW-Authenticate", how)
    }

    pub fn unknown() -> Self {
        Self::new(404, r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#)
    }
}

/// A server on loopback that answers as it is told, until the test process ends.
pub struct Server {
    pub host: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    pub fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&asked), Arc::new(answer));
        let serve = move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                let talk = move || talk(stream, &seen, &*answer);
                Builder::new().name("test-connection".to_owned()).spawn(talk).unwrap();
            }
        };
        Builder::new().name("test-server".to_owned()).spawn(serve).unwrap();
        Self { host, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn talk(stream: TcpStream, seen: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Reply) {
    let mut first = [0];
    // A client that tries TLS first is told by the end of the connection that it is not spoken here.
    if !matches!(stream.peek(&mut first), Ok(1) if first[0].is_ascii_uppercase()) {
        return;
    }
    let mut out = stream.try_clone().unwrap();
    let Some((line, headers, mut rest)) = read_head(stream) else { return };
    let mut words = line.split(' ');
    let (method, path) = (words.next().unwrap().to_owned(), words.next().unwrap().to_owned());
    let header = |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| &**value);
    let body = if header("transfer-encoding") == Some("chunked") {
        in_pieces(&mut rest)
    } else {
        let mut body = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
        rest.read_exact(&mut body).unwrap();
        body
    };
    let asked = Asked { method, path, headers, body: String::from_utf8(body).unwrap() };
    seen.lock().unwrap().push(asked.clone());
    match answer(&asked) {
        Reply::Answer { status, headers, body } => {
            let lines: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let lines = lines.concat();
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\nConnection: close\r\n{lines}Content-Length: {length}\r\n\r\n"
            );
            let body = if asked.method == "HEAD" { &[][..] } else { &body };
            // The client may have gone away, which is its own affair.
            drop(out.write_all(head.as_bytes()).and_then(|()| out.write_all(body)));
        }
        Reply::Silence => {
            // Until the client gives up.
            drop(rest.read(&mut [0]));
        }
    }
}
