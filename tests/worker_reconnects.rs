//! The worker with an engine that goes away, hides its news, or was not heard of while the machine slept.

#![cfg(test)]
#![cfg(target_os = "linux")]

mod fake;
mod folders;
mod worker;

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::{Duration, Instant};

use fake::{Fake, Reply, healthy, row};
use unmoor::message::{Command, Event, Generation};
use unmoor::model::FailureKind;
use worker::Window;

#[test]
fn an_engine_that_goes_away_is_told_and_found_again() {
    let up = Arc::new(AtomicBool::new(true));
    let flag = Arc::clone(&up);
    let fake = Fake::start(move |request| match request {
        events if events.contains("/events") => {
            std::thread::sleep(Duration::from_millis(300));
            if flag.swap(false, Ordering::Relaxed) { Reply::Broken(Vec::new()) } else { Reply::Silence }
        }
        other => healthy(other),
    });
    let mut window = Window::open();
    window.connect(&fake.host);
    let kind = window.until(|event| {
        let Event::EngineGone { generation: Generation(1), failure } = event else { return None };
        Some(failure.kind)
    });
    assert_eq!(kind, FailureKind::ConnectionLost);
    window.until(|event| matches!(event, Event::Connected { .. }).then_some(()));
    window.all_layers();
}

#[test]
fn after_the_machine_slept_the_engine_is_asked_anew_over_a_new_connection() {
    let slept = Arc::new(AtomicU64::new(0));
    let (extra, begun) = (Arc::clone(&slept), Instant::now());
    let clock = Arc::new(move || begun.elapsed() + Duration::from_secs(extra.load(Ordering::Relaxed)));
    let image = Arc::new(Mutex::new('a'));
    let present = Arc::clone(&image);
    let fake = Fake::start(move |request| match request {
        images if images.contains("/images/json") => {
            Reply::ok(format!("[{}]", row(*present.lock().unwrap())))
        }
        other => healthy(other),
    });
    let mut window = Window::open_by(clock);
    window.connect(&fake.host);
    window.all_layers();
    let (watches, pings) = (fake.asked("GET /events").len(), fake.asked("GET /_ping").len());
    // Nobody told of it.
    *image.lock().unwrap() = 'b';
    slept.store(3_600, Ordering::Relaxed);
    window.until(|event| matches!(event, Event::Slept { generation: Generation(1) }).then_some(()));
    window.until(|event| matches!(event, Event::Connected { .. }).then_some(()));
    let graph = window.all_layers();
    assert!(graph.images()[0].id.hex().starts_with('b'));
    assert_eq!(fake.asked("GET /events").len(), watches + 1);
    assert_eq!(fake.asked("GET /_ping").len(), pings + 1);
}

#[test]
fn an_engine_that_is_gone_after_the_sleep_is_told_and_found_again() {
    let slept = Arc::new(AtomicU64::new(0));
    let (extra, begun) = (Arc::clone(&slept), Instant::now());
    let clock = Arc::new(move || begun.elapsed() + Duration::from_secs(extra.load(Ordering::Relaxed)));
    let up = Arc::new(AtomicBool::new(true));
    let flag = Arc::clone(&up);
    let fake =
        Fake::start(
            move |request| {
                if flag.load(Ordering::Relaxed) { healthy(request) } else { Reply::Broken(Vec::new()) }
            },
        );
    let mut window = Window::open_by(clock);
    window.connect(&fake.host);
    window.all_layers();
    up.store(false, Ordering::Relaxed);
    slept.store(3_600, Ordering::Relaxed);
    window.until(|event| matches!(event, Event::EngineGone { .. }).then_some(()));
    up.store(true, Ordering::Relaxed);
    window.until(|event| matches!(event, Event::Connected { .. }).then_some(()));
    window.all_layers();
}

/// Root may open what nobody may: without these powers it is like anybody else.
const WITHOUT: &str = "-dac_override,-dac_read_search";
const ALONE: &str = "UNMOOR_TEST_WITHOUT_POWERS";

#[test]
fn a_socket_that_may_not_be_opened_any_more_is_told_and_found_open_again() {
    let test = "a_socket_that_may_not_be_opened_any_more_is_told_and_found_open_again";
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if is_root && std::env::var_os(ALONE).is_none() {
        let mut alone = std::process::Command::new("setpriv");
        alone.args(["--bounding-set", WITHOUT, "--inh-caps", WITHOUT]).env(ALONE, "1");
        let ended = alone.arg(std::env::current_exe().unwrap()).args(["--exact", test]).output().unwrap();
        let said = String::from_utf8_lossy(&ended.stdout);
        assert!(ended.status.success() && said.contains("1 passed"), "{ended:?}");
        return;
    }
    let fake = Fake::start(healthy);
    let socket = fake.host.trim_start_matches("unix://").to_owned();
    let allow = |mode| std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(mode)).unwrap();
    let mut window = Window::open();
    window.connect(&fake.host);
    window.all_layers();
    allow(0o000);
    window.commands.try_send(Command::Refresh { generation: Generation(2) }).unwrap();
    let kind = window.until(|event| {
        let Event::ListingFailed { failure, .. } = event else { return None };
        Some(failure.kind)
    });
    assert_eq!(kind, FailureKind::PermissionDenied);
    let mut other = Window::open();
    other.connect(&fake.host);
    let tried = other.until(|event| {
        let Event::NoEngine { tried, .. } = event else { return None };
        Some(tried.clone())
    });
    assert_eq!(tried.first().map(|failure| failure.kind), Some(FailureKind::PermissionDenied), "{tried:?}");
    allow(0o600);
    window.until(|event| matches!(event, Event::Observed { generation: Generation(2), .. }).then_some(()));
}

#[test]
fn an_engine_whose_news_are_forbidden_is_listed_now_and_then_and_that_is_told() {
    let page =
        "<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>\n";
    let forbidden = Arc::new(AtomicBool::new(true));
    let flag = Arc::clone(&forbidden);
    let fake = Fake::start(move |request| match request {
        events if events.contains("/events") && flag.load(Ordering::Relaxed) => Reply::Broken(
            format!(
                "HTTP/1.0 403 Forbidden\r\nCache-Control: no-cache\r\nConnection: close\r\n\
                 Content-Type: text/html\r\n\r\n{page}"
            )
            .into_bytes(),
        ),
        other => healthy(other),
    });
    let mut window = Window::open();
    window.connect(&fake.host);
    let failure = window.until(|event| {
        assert!(!matches!(event, Event::EngineGone { .. }), "{event:?}");
        let Event::Unwatched { forbidden, .. } = event else { return None };
        forbidden.clone()
    });
    assert_eq!(failure.kind, FailureKind::Status(403));
    assert_eq!(failure.message, "403 Forbidden Request forbidden by administrative rules.");
    let lists = fake.asked("GET /images/json").len();
    let started = Instant::now();
    while fake.asked("GET /images/json").len() < lists + 2 {
        assert!(started.elapsed() < Duration::from_secs(15), "{:?}", fake.asked("GET"));
        std::thread::sleep(Duration::from_millis(20));
    }
    forbidden.store(false, Ordering::Relaxed);
    window.until_in(Duration::from_secs(40), |event| {
        matches!(event, Event::Unwatched { forbidden: None, .. }).then_some(())
    });
}

/// A fake engine that is reached over TCP.
fn over_tcp(fake: &Fake) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket = fake.host.trim_start_matches("unix://").to_owned();
    let name = |what: &str| Builder::new().name(what.to_owned());
    let serve = move || {
        for client in listener.incoming().map_while(Result::ok) {
            let engine = UnixStream::connect(&socket).unwrap();
            let (mut from, mut to) = (client.try_clone().unwrap(), engine.try_clone().unwrap());
            name("tcp-requests").spawn(move || drop(std::io::copy(&mut from, &mut to))).unwrap();
            let (mut from, mut to) = (engine, client);
            let answers = move || {
                drop(std::io::copy(&mut from, &mut to));
                drop(to.shutdown(std::net::Shutdown::Both));
            };
            name("tcp-answers").spawn(answers).unwrap();
        }
    };
    Builder::new().name("tcp".to_owned()).spawn(serve).unwrap();
    port
}

#[test]
fn a_host_that_vanishes_without_a_word_is_probed_for() {
    let fake = Fake::start(healthy);
    let port = over_tcp(&fake);
    let mut window = Window::open();
    window.connect(&format!("tcp://127.0.0.1:{port}"));
    window.all_layers();
    let started = Instant::now();
    // Address and port in hexadecimal; `01` is a connection, and its timer `02` one that keeps it alive.
    let other_side = format!("0100007F:{port:04X}");
    loop {
        let all = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
        let fields = all.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
        let mut ours = fields.filter(|fields| fields[2] == other_side && fields[3] == "01");
        if ours.any(|fields| fields[5].starts_with("02:")) {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(15), "nothing is probed: {all}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
