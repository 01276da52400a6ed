//! A proxy that notes what it is asked for, and leads all of it to one server, whatever name it was asked for.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::Builder;

pub struct Proxy {
    /// As `HTTPS_PROXY` wants it.
    pub address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// `server` is a host of loopback with its port.
    pub fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (seen, server) = (Arc::clone(&asked), server.to_owned());
        let serve = move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (seen, server) = (Arc::clone(&seen), server.clone());
                let lead = move || lead(client, &seen, &server);
                Builder::new().name("test-proxy".to_owned()).spawn(lead).unwrap();
            }
        };
        Builder::new().name("test-proxy".to_owned()).spawn(serve).unwrap();
        Self { address, asked }
    }

    /// The first line of each connection, without the version.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn lead(mut client: TcpStream, seen: &Mutex<Vec<String>>, server: &str) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match client.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            // Gone before it asked for anything.
            _ => return,
        }
    }
    let text = String::from_utf8(head.clone()).unwrap();
    let asked = text.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
    let is_tunnel = asked.starts_with("CONNECT ");
    seen.lock().unwrap().push(asked);
    let mut server = TcpStream::connect(server).unwrap();
    if is_tunnel {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
    } else {
        server.write_all(&head).unwrap();
    }
    let (mut back, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let answers = move || {
        // Either side may go first.
        drop(std::io::copy(&mut back, &mut to_client));
        drop(to_client.shutdown(Shutdown::Write));
    };
    Builder::new().name("test-proxy".to_owned()).spawn(answers).unwrap();
    drop(std::io::copy(&mut client, &mut server));
    drop(server.shutdown(Shutdown::Write));
}
