//! Stands between a program and a real engine, and holds one request back: before it reaches the engine, or
//! its answer. Then the program can be killed at a point that is known, or something else be done meanwhile.

#![cfg(test)]
#![allow(dead_code, reason = "each test binary uses another part of this module")]

use std::io::{Read as _, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::Duration;

use tempfile::TempDir;

use crate::engines::{Engine, Stream, listen};

/// Which request is held, counted from 0 among those that begin with a text.
#[derive(Clone, Debug)]
pub struct Hold {
    pub begins: String,
    pub number: u32,
    pub at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// It never reaches the engine.
    Request,
    /// It reaches the engine when the gate is opened.
    Opened,
    /// The engine has done it, and the answer never comes.
    Answer,
}

pub struct Gate {
    pub host: String,
    arrived: Receiver<()>,
    open: Sender<()>,
    _folder: Option<TempDir>,
}

struct Rule {
    hold: Hold,
    seen: AtomicU32,
    tell: Mutex<Sender<()>>,
    opened: Mutex<Receiver<()>>,
}

impl Gate {
    pub fn before(engine: &Engine, hold: Hold) -> Self {
        let (listener, host, folder) = listen();
        let (tell, arrived) = channel();
        let (open, opened) = channel();
        let (tell, opened) = (Mutex::new(tell), Mutex::new(opened));
        let rule = Arc::new(Rule { hold, seen: AtomicU32::new(0), tell, opened });
        let engine = engine.way();
        let serve = move || {
            for client in listener.incoming().map_while(Result::ok) {
                pass(client, engine.connect(), &rule);
            }
        };
        Builder::new().name("gate".to_owned()).spawn(serve).unwrap();
        Self { host, arrived, open, _folder: folder }
    }

    /// Waits until the request is held.
    pub fn wait(&self) {
        self.arrived.recv_timeout(Duration::from_mins(2)).expect("the request to be held never came");
    }

    /// Lets the request go on that is held until then.
    pub fn open(&self) {
        self.open.send(()).unwrap();
    }
}

/// Both directions of one connection, until either end closes it.
fn pass(client: Stream, engine: Stream, rule: &Arc<Rule>) {
    let (mut from_client, mut to_client) = (client.try_clone().unwrap(), client);
    let (mut from_engine, mut to_engine) = (engine.try_clone().unwrap(), engine);
    let swallow = Arc::new(AtomicBool::new(false));
    let (swallows, answers, rule) = (Arc::clone(&swallow), Arc::clone(rule), Arc::clone(rule));
    let requests = move || {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(count @ 1..) = from_client.read(&mut bytes) {
            let part = &bytes[..count];
            if part.starts_with(rule.hold.begins.as_bytes())
                && rule.seen.fetch_add(1, Ordering::SeqCst) == rule.hold.number
            {
                match rule.hold.at {
                    At::Request => {
                        rule.tell.lock().unwrap().send(()).unwrap();
                        return std::thread::park();
                    }
                    At::Opened => {
                        rule.tell.lock().unwrap().send(()).unwrap();
                        rule.opened.lock().unwrap().recv().unwrap();
                    }
                    At::Answer => swallows.store(true, Ordering::SeqCst),
                }
            }
            if to_engine.write_all(part).is_err() {
                return;
            }
        }
        drop(to_engine.shutdown(std::net::Shutdown::Both));
    };
    let tell = answers;
    let replies = move || {
        let mut bytes = vec![0; 1 << 16];
        while let Ok(count @ 1..) = from_engine.read(&mut bytes) {
            if swallow.load(Ordering::SeqCst) {
                tell.tell.lock().unwrap().send(()).unwrap();
                return std::thread::park();
            }
            if to_client.write_all(&bytes[..count]).is_err() {
                return;
            }
        }
        drop(to_client.shutdown(std::net::Shutdown::Both));
    };
    Builder::new().name("gate-requests".to_owned()).spawn(requests).unwrap();
    Builder::new().name("gate-replies".to_owned()).spawn(replies).unwrap();
}
