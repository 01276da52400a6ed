//! The worker with an engine that goes away, hides its news, or was not heard of while the machine slept.

#![cfg(test)]
#![cfg(unix)]

mod fake;
mod folders;
mod worker;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fake::{Fake, Reply, healthy, row};
use unmoor::message::{Event, Generation};
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
