//! Engines that break: every fault has a kind and words, and none of them looks like an empty engine.

#![cfg(test)]
#![cfg(unix)]

mod fake;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fake::{Fake, Reply, healthy, row};
use unmoor::engine::Engine;
use unmoor::model::{ContainerId, Endpoint, Failure, FailureKind, Inventory, Layers};
use unmoor::worker;

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(future)
}

fn endpoint(fake: &Fake) -> Endpoint {
    Endpoint::Host(fake.host.clone())
}

fn connect(fake: &Fake) -> Failure {
    let Err(tried) = wait(Engine::connect(&endpoint(fake))) else { panic!("it must not connect") };
    let [failure] = <[Failure; 1]>::try_from(tried).unwrap();
    assert_eq!(failure.host, fake.host);
    failure
}

fn list(fake: &Fake) -> Result<Inventory, Failure> {
    wait(async {
        let engine = Engine::connect(&endpoint(fake)).await.map_err(|mut tried| tried.remove(0))?;
        engine.list().await
    })
}

/// A healthy engine but for one path.
fn broken_at(path: &'static str, reply: fn() -> Reply) -> Fake {
    Fake::start(move |request| if request.contains(path) { reply() } else { healthy(request) })
}

#[test]
fn a_healthy_engine_is_listed_with_its_layers() {
    let fake = Fake::start(healthy);
    let graph = wait(worker::observe(&endpoint(&fake))).unwrap().0;
    assert!(graph.inventory().is_complete());
    assert_eq!(graph.images().len(), 2);
    assert!(graph.images().iter().all(|image| image.layers.known().is_some_and(|layers| layers.len() == 1)));
}

#[test]
fn an_engine_that_accepts_and_never_answers_is_found_out_in_seconds() {
    let fake = Fake::start(|_| Reply::Silence);
    let started = Instant::now();
    assert_eq!(connect(&fake).kind, FailureKind::TimedOut);
    assert!(started.elapsed() < Duration::from_secs(8), "it took {:?}", started.elapsed());
}

#[test]
fn an_engine_that_hangs_up_is_lost() {
    let fake = Fake::start(|_| Reply::Broken(Vec::new()));
    assert_eq!(connect(&fake).kind, FailureKind::ConnectionLost);
}

#[test]
fn something_else_on_the_socket_is_not_an_engine() {
    let ssh = Fake::start(|_| Reply::Broken(b"SSH-2.0-OpenSSH_9.2p1\r\n".to_vec()));
    let failure = connect(&ssh);
    assert_eq!(failure.kind, FailureKind::Malformed, "{failure}");
    let web = Fake::start(|_| Reply::ok("<html></html>"));
    assert_eq!(connect(&web).kind, FailureKind::Malformed);
}

#[test]
fn an_engine_that_is_too_old_is_told_with_both_versions() {
    let fake = broken_at("/version", || Reply::ok(r#"{"Version":"1.12.6","ApiVersion":"1.24"}"#));
    let failure = connect(&fake);
    assert_eq!(failure.kind, FailureKind::TooOld);
    assert!(failure.message.contains("1.24") && failure.message.contains("1.41"), "{failure}");
}

#[test]
fn an_engine_that_is_too_new_is_told_with_both_versions() {
    let fake = broken_at("/version", || {
        Reply::ok(
            r#"{"Version":"99.1.0","ApiVersion":"2.4","MinAPIVersion":"1.99","Components":[{"Name":"Engine"}]}"#,
        )
    });
    let failure = connect(&fake);
    assert_eq!(failure.kind, FailureKind::TooNew);
    assert!(failure.message.contains("1.99") && failure.message.contains("1.53"), "{failure}");
}

#[test]
fn the_build_cache_is_never_asked_for_in_a_version_that_the_engine_has_left() {
    let fake = Fake::start(|request| match request {
        "GET /version" => Reply::ok(
            r#"{"Version":"30.0.0","ApiVersion":"1.60","MinAPIVersion":"1.46","Components":[{"Name":"Engine"}]}"#,
        ),
        other => healthy(other),
    });
    assert!(list(&fake).unwrap().build_cache.is_complete());
    assert_eq!(fake.asked("GET /v1.46/system/df").len(), 1, "{:?}", fake.asked("GET"));
}

#[test]
fn a_missing_socket_and_one_without_a_listener_are_told_apart() {
    let missing = Endpoint::Host("unix:///nowhere/engine.sock".to_owned());
    let Err(tried) = wait(Engine::connect(&missing)) else { panic!("there is none") };
    assert_eq!(tried.first().map(|f| f.kind), Some(FailureKind::SocketMissing));
    let path = std::env::temp_dir().join(format!("unmoor-dead-{}", std::process::id()));
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let Err(tried) = wait(Engine::connect(&Endpoint::Host(format!("unix://{}", path.display())))) else {
        panic!("nobody listens")
    };
    std::fs::remove_file(&path).unwrap();
    assert_eq!(tried.first().map(|f| f.kind), Some(FailureKind::Unreachable), "{tried:?}");
}

#[test]
fn a_failed_list_of_images_is_a_failure_with_the_engines_words() {
    let refused = || Reply::Json(500, r#"{"message":"layer store is damaged"}"#.to_owned());
    let failure = list(&broken_at("/images/json", refused)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Status(500));
    assert_eq!(
        (failure.operation.as_str(), failure.message.as_str()),
        ("list images", "layer store is damaged")
    );

    for text in ["", "null", "{}", "[{", r#"{"message":"x"}"#] {
        let fake = Fake::start(move |request| match request {
            images if images.contains("/images/json") => Reply::ok(text),
            other => healthy(other),
        });
        let failure = list(&fake).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Malformed, "{text:?}: {failure}");
    }
}

#[test]
fn half_an_answer_is_no_answer() {
    let half = || Reply::Broken(b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n[]".to_vec());
    let failure = list(&broken_at("/images/json", half)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::ConnectionLost, "{failure}");
    // Chunked, and cut between two chunks where the text so far is complete JSON.
    let cut = || Reply::Broken(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n".to_vec());
    let failure = list(&broken_at("/images/json", cut)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::ConnectionLost, "{failure}");
}

#[test]
fn without_the_list_of_containers_the_images_are_shown_and_nothing_is_complete() {
    let refused = || Reply::Json(500, r#"{"message":"no containers today"}"#.to_owned());
    for reply in [refused as fn() -> Reply, || Reply::ok("null"), || Reply::Broken(Vec::new())] {
        let inventory = list(&broken_at("/containers/json", reply)).unwrap();
        assert_eq!(inventory.images.seen().len(), 2);
        let why = inventory.incomplete_because().expect("is incomplete");
        assert!(why.contains("list containers"), "{why}");
    }
}

#[test]
fn a_name_of_4096_characters_leaves_the_rest_readable() {
    let fake = Fake::start(|request| {
        if !request.contains("/images/json") {
            return healthy(request);
        }
        let long = format!(r#"{{"Id":"{}","RepoTags":["{}:1"]}}"#, fake::id('b'), "n".repeat(4_096));
        Reply::ok(format!("[{},{long}]", row('a')))
    });
    let inventory = list(&fake).unwrap();
    assert_eq!(inventory.images.seen().len(), 2);
    assert!(inventory.incomplete_because().is_some_and(|why| why.contains("255")), "{inventory:?}");
}

#[test]
fn an_image_whose_layers_cannot_be_read_says_why() {
    let refused = || Reply::Json(500, r#"{"message":"blob is missing"}"#.to_owned());
    let graph = wait(worker::observe(&endpoint(&broken_at("/images/sha256:aaaa", refused)))).unwrap().0;
    let [bad, good] = graph.images() else { panic!("two images") };
    assert!(matches!(&bad.layers, Layers::Failed(why) if why.contains("blob is missing")), "{bad:?}");
    assert!(good.layers.known().is_some());
}

#[test]
fn a_build_cache_that_cannot_be_listed_is_not_an_empty_one() {
    for reply in [|| Reply::Json(500, "{}".to_owned()), (|| Reply::ok("{}")) as fn() -> Reply] {
        let inventory = list(&broken_at("/system/df", reply)).unwrap();
        assert!(!inventory.build_cache.is_complete(), "{:?}", inventory.build_cache);
        assert!(inventory.is_complete(), "it is not needed to judge a removal");
    }
}

#[test]
fn a_container_that_is_gone_or_going_counts_as_removed() {
    let removals = |status, words: &'static str| {
        let polls = AtomicUsize::new(0);
        Fake::start(move |request| match request {
            removal if removal.starts_with("DELETE") => {
                Reply::Json(status, format!(r#"{{"message":"{words}"}}"#))
            }
            inspect if inspect.contains("/containers/ee") => match polls.fetch_add(1, Ordering::Relaxed) {
                0 => Reply::ok("{}"),
                _ => Reply::Json(404, r#"{"message":"No such container"}"#.to_owned()),
            },
            other => healthy(other),
        })
    };
    let container = ContainerId::parse(&"e".repeat(64)).unwrap();
    let remove = |fake: &Fake| {
        wait(async {
            let engine = Engine::connect(&endpoint(fake)).await.unwrap_or_else(|tried| panic!("{tried:?}"));
            engine.remove_container(&container, false).await
        })
    };
    assert_eq!(remove(&removals(404, "No such container: ee")), Ok(()));
    let going = removals(409, "removal of container ee is already in progress");
    assert_eq!(remove(&going), Ok(()));
    assert_eq!(going.asked("GET /containers/ee").len(), 2, "it was waited for");
    let running = remove(&removals(409, "container is running"));
    assert_eq!(running.unwrap_err().kind, FailureKind::Status(409));
}
