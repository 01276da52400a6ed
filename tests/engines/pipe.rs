//! A named pipe of Windows that leads to an engine elsewhere: what Docker Desktop and Podman have there.

use std::net::SocketAddr;
use std::sync::mpsc::channel;
use std::thread::Builder;

use tokio::io::copy;
use tokio::net::TcpStream;
use tokio::net::windows::named_pipe::{NamedPipeServer, ServerOptions};

/// Serves `\\.\pipe\NAME` until the process ends; it is there when this returns.
pub fn serve(name: &str, engine: SocketAddr) {
    let path = format!(r"\\.\pipe\{name}");
    let (there, is_there) = channel();
    let serve = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut next = ServerOptions::new().first_pipe_instance(true).create(&path).unwrap();
            there.send(()).unwrap();
            loop {
                next.connect().await.unwrap();
                let client = std::mem::replace(&mut next, ServerOptions::new().create(&path).unwrap());
                tokio::spawn(pass(client, engine));
            }
        });
    };
    Builder::new().name("named-pipe".to_owned()).spawn(serve).unwrap();
    is_there.recv().unwrap();
}

/// Until one of the two ends it, however they do.
async fn pass(client: NamedPipeServer, engine: SocketAddr) {
    let Ok(mut engine) = TcpStream::connect(engine).await else { return };
    let (mut from_client, mut to_client) = tokio::io::split(client);
    let (mut from_engine, mut to_engine) = engine.split();
    tokio::select! {
        _ = copy(&mut from_client, &mut to_engine) => {}
        _ = copy(&mut from_engine, &mut to_client) => {}
    }
}
