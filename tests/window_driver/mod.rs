//! Drives the real window from outside: an X server without a screen, the program as a person starts it,
//! and clicks on what a screen reader would find. Needs the feature `inspection`.

#![cfg(test)]
#![allow(dead_code, reason = "each test binary uses another part of this module")]

pub mod desktop;

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use egui::accesskit::{Action, Node, TreeUpdate};
use egui_inspection::protocol::{read_handshake, read_message, write_message};
use egui_inspection::{Request, Response};

/// How long anything may take to appear; software rendering on a busy machine is slow.
const PATIENCE: Duration = Duration::from_mins(1);

/// What turns while something is under way never comes to rest.
const FRAMES_TO_REST: u64 = 30;

/// Where nothing listens.
const NOBODY: &str = "http://127.0.0.1:1";

/// An X server that no one sees; ends when dropped.
pub struct Display {
    server: Child,
    pub name: String,
}

impl Display {
    pub fn start(width: u32, height: u32) -> Self {
        let screen = format!("{width}x{height}x24");
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts; `make test` installs it");
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        assert!(!number.trim().is_empty(), "Xvfb did not say which display it opened");
        Self { server, name: format!(":{}", number.trim()) }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        end(&mut self.server);
    }
}

/// The program with its window open.
pub struct Window {
    program: Child,
    connection: TcpStream,
}

/// What the program writes to standard error goes into this file of its home: nobody reads a pipe here.
const SAID: &str = "said";

/// Everything that the programs with this home have said.
pub fn said(home: &Path) -> String {
    std::fs::read_to_string(home.join(SAID)).unwrap()
}

/// Something a screen reader would find.
#[derive(Debug, Clone)]
pub struct Found {
    pub label: String,
    pub center: egui::Pos2,
    /// A label may say the same as a button.
    pub clickable: bool,
    pub disabled: bool,
}

impl Window {
    /// Starts the program on a display, with a home of its own so that nothing of the user is read.
    pub fn open(display: &Display, home: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let address = free_address();
        let said = std::fs::OpenOptions::new().create(true).append(true).open(home.join(SAID)).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_unmoor"))
            .args(arguments)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("DOCKER_HOST")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CACHE_HOME")
            .env("DISPLAY", &display.name)
            .env("HOME", home)
            // A review asks the registries of what goes: nothing outside of this machine may hear of it.
            .env("HTTP_PROXY", NOBODY)
            .env("HTTPS_PROXY", NOBODY)
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .env("LANG", "C.UTF-8")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("EGUI_INSPECTION", address.to_string())
            .envs(environment.iter().copied())
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("DOCKER_CONFIG")
            .env_remove("REGISTRY_AUTH_FILE")
            .stdout(said.try_clone().unwrap())
            .stderr(said)
            .spawn()
            .expect("the program starts");
        let connection = connect(&mut program, address, home);
        Self { program, connection }
    }

    /// Of the process.
    pub fn pid(&self) -> u32 {
        self.program.id()
    }

    /// Waits until the program has ended by itself.
    pub fn wait_for_end(&mut self) -> ExitStatus {
        let limit = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.program.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < limit, "the program does not end");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Where it listens for the test, and only with the feature that tests need.
    pub fn port(&self) -> u16 {
        self.connection.peer_addr().unwrap().port()
    }

    /// Ends it as a power cut would: nothing of it runs any more.
    pub fn kill(mut self) {
        self.program.kill().unwrap();
        self.program.wait().unwrap();
    }

    fn ask(&mut self, request: &Request) -> Response {
        write_message(&mut self.connection, request).expect("the window listens");
        match read_message(&mut self.connection).expect("the window answers") {
            Response::Error { message } => panic!("{request:?}: {message}"),
            response @ (Response::Info { .. }
            | Response::Tree { .. }
            | Response::Screenshot(_)
            | Response::Done
            | Response::Settled { .. }) => response,
        }
    }

    fn tree(&mut self) -> TreeUpdate {
        let Response::Tree { accesskit: Some(tree), .. } = self.ask(&Request::GetTree) else {
            panic!("the window has no tree");
        };
        tree
    }

    /// Everything on screen that has a name.
    pub fn named(&mut self) -> Vec<Found> {
        let tree = self.tree();
        tree.nodes.iter().filter_map(|(_, node)| found(node)).collect()
    }

    /// The first thing whose name begins with `label`.
    pub fn find(&mut self, label: &str) -> Option<Found> {
        self.named().into_iter().find(|f| f.label.starts_with(label))
    }

    /// Waits until something whose name begins with `label` is there.
    pub fn wait_for(&mut self, label: &str) -> Found {
        self.wait_for_one(label, |_| true)
    }

    fn wait_for_one(&mut self, label: &str, wanted: impl Fn(&Found) -> bool) -> Found {
        let limit = Instant::now() + PATIENCE;
        loop {
            let mut named = self.named().into_iter();
            if let Some(found) = named.find(|f| f.label.starts_with(label) && wanted(f)) {
                return found;
            }
            if Instant::now() > limit {
                let mut all = String::new();
                for found in self.named() {
                    writeln!(all, "  {}", found.label).unwrap();
                }
                panic!("nothing called {label:?} appeared; there is:\n{all}");
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Waits until nothing has a name that begins with `label`.
    pub fn wait_until_gone(&mut self, label: &str) {
        let limit = Instant::now() + PATIENCE;
        while self.find(label).is_some() {
            assert!(Instant::now() < limit, "{label:?} did not go away");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Waits for something that can be clicked, and clicks in the middle of it.
    ///
    /// A dialog takes its size only once it has been laid out, and what the worker tells moves things too: the
    /// pointer goes there first, and clicks only if the thing is still under it once nothing moves any more.
    pub fn click(&mut self, label: &str) {
        let limit = Instant::now() + PATIENCE;
        let mut found = self.wait_for_one(label, |f| f.clickable);
        loop {
            self.ask(&Request::ApplyEvents { events: vec![egui::Event::PointerMoved(found.center)] });
            self.ask(&Request::Settle { max_steps: FRAMES_TO_REST });
            let now = self.wait_for_one(label, |f| f.clickable);
            if now.center == found.center {
                break;
            }
            assert!(Instant::now() < limit, "{label:?} does not come to rest");
            found = now;
        }
        assert!(!found.disabled, "{label:?} is disabled");
        self.click_at(found.center);
    }

    pub fn click_at(&mut self, pos: egui::Pos2) {
        let button = |pressed| egui::Event::PointerButton {
            pos,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: egui::Modifiers::default(),
        };
        // Pressed for longer than 0.8 s it is no click, and a frame may take that long on a busy machine: both
        // go into one.
        for events in [vec![egui::Event::PointerMoved(pos)], vec![button(true), button(false)]] {
            self.ask(&Request::ApplyEvents { events });
        }
    }

    pub fn press(&mut self, key: egui::Key) {
        let event = |pressed| egui::Event::Key {
            key,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: egui::Modifiers::default(),
        };
        self.ask(&Request::ApplyEvents { events: vec![event(true), event(false)] });
    }

    pub fn type_text(&mut self, text: &str) {
        self.ask(&Request::ApplyEvents { events: vec![egui::Event::Text(text.to_owned())] });
    }

    pub fn resize(&mut self, width: u32, height: u32) {
        self.ask(&Request::Resize { width, height });
    }

    /// The window as it looks now, as a PNG.
    pub fn screenshot(&mut self) -> Vec<u8> {
        let Response::Screenshot(png) = self.ask(&Request::GetScreenshot { pixels_per_point: None }) else {
            panic!("the window took no picture");
        };
        png.bytes
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        end(&mut self.program);
    }
}

fn connect(program: &mut Child, address: SocketAddr, home: &Path) -> TcpStream {
    let limit = Instant::now() + PATIENCE;
    loop {
        if let Ok(mut stream) = TcpStream::connect(address)
            && read_handshake(&mut stream).is_ok()
        {
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            return stream;
        }
        if let Some(status) = program.try_wait().unwrap() {
            panic!("the program ended with {status}: {}", said(home));
        }
        assert!(Instant::now() < limit, "the window did not open");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn found(node: &Node) -> Option<Found> {
    let label = node.label().or_else(|| node.value())?.to_owned();
    let bounds = node.bounds()?;
    #[expect(clippy::cast_possible_truncation, reason = "a place on screen")]
    let center =
        egui::pos2(f64::midpoint(bounds.x0, bounds.x1) as f32, f64::midpoint(bounds.y0, bounds.y1) as f32);
    let clickable = node.supports_action(Action::Click);
    Some(Found { label, center, clickable, disabled: node.is_disabled() })
}

/// Kills a process; one that has ended already is as good.
fn end(process: &mut Child) {
    if process.kill().is_ok() {
        process.wait().unwrap();
    }
}

/// An address on loopback that nothing listens on.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}
