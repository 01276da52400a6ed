//! What the program shows of a registry: its repositories over several pages, and the tags with what is behind
//! them.

#![cfg(test)]

mod engines;
mod registries;

use std::time::Duration;

use serde_json::json;
use unmoor::model::{Access, Bytes, Reach, RemoteCatalog, RemoteFailure, RemoteTags};
use unmoor::registry::{Places, Registries};

use registries::http::{Reply, Server};
use registries::tokens::TokenServer;
use registries::{Registry, Wants, logins_for, no_logins, places};

fn catalog(places: &Places, host: &str, known: &[&str]) -> Result<RemoteCatalog, RemoteFailure> {
    let known = known.iter().map(|name| (*name).to_owned()).collect();
    let registries = Registries::new(places.clone());
    block_on(registries.catalog(host, known, &Reach::default()))
}

fn tags(places: &Places, host: &str, repository: &str) -> Result<RemoteTags, RemoteFailure> {
    block_on(Registries::new(places.clone()).tags(host, repository, &Reach::default()))
}

fn block_on<T>(asked: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_mins(3), asked).await.unwrap() })
}

#[test]
fn tags_come_with_their_digest_compressed_size_and_age() {
    let registry = Registry::start(&Wants::Htpasswd);
    let amd = registry.push("team/app", "1", "a layer of seventeen");
    let arm = registry.push("team/app", "2", "another");
    let index = registry.push_index("team/app", "all", &[("amd64", &amd), ("arm64", &arm)]);
    registry.push("alone", "1", "x");
    let (_folder, places) = places(&logins_for(&[&registry.host]));
    let repositories = catalog(&places, &registry.host, &[]).unwrap();
    assert_eq!(repositories.repositories, ["alone", "team/app"]);
    assert_eq!((repositories.not_listed, repositories.cut), (None, false));
    let told = tags(&places, &registry.host, "team/app").unwrap();
    assert_eq!(told.access, None, "a password does not tell what it is good for");
    let names: Vec<_> = told.tags.iter().map(|tag| tag.name.as_str()).collect();
    assert_eq!(names, ["1", "2", "all"]);
    let image = told.tags[0].image.as_ref().unwrap();
    assert_eq!(image.digest.as_str(), amd.digest);
    assert_eq!(image.configs[0].as_str(), amd.config);
    assert_eq!(image.created, Some(1_777_629_600));
    let one = image.size.unwrap();
    let both = told.tags[2].image.as_ref().unwrap();
    assert_eq!(both.digest.as_str(), index);
    assert_eq!(both.platforms, ["linux/amd64", "linux/arm64"]);
    let other = told.tags[1].image.as_ref().unwrap().size.unwrap();
    assert_eq!(both.size, Some(Bytes(one.0 + other.0)));
    registry.lose(&arm.digest);
    let told = tags(&places, &registry.host, "team/app").unwrap();
    assert!(told.tags[1].image.is_err(), "in its place, and only there");
    assert_eq!(told.tags[2].image.as_ref().unwrap().size, None, "a sum without a part would be wrong");
    assert!(told.tags[0].image.is_ok());
    assert_eq!(tags(&places, &registry.host, "team/nothing"), Err(RemoteFailure::Absent));
}

#[test]
fn access_is_what_the_token_grants() {
    let tokens = TokenServer::start(|name| if name == "mine" { vec!["pull", "push"] } else { vec!["pull"] });
    let wants = Wants::Token { realm: tokens.realm(), certificate: tokens.certificate.clone() };
    let mut registry = Registry::start(&wants);
    for name in ["mine", "yours"] {
        registry.authorize(tokens.bearer(name));
        registry.push(name, "1", name);
    }
    let (_folder, known) = places(&logins_for(&[&registry.host]));
    assert_eq!(tags(&known, &registry.host, "mine").unwrap().access, Some(Access::ReadWrite));
    assert_eq!(tags(&known, &registry.host, "yours").unwrap().access, Some(Access::Read));
    assert_eq!(catalog(&known, &registry.host, &[]).unwrap().repositories, ["mine", "yours"]);
    let (_folder, nobody) = places(&no_logins());
    assert!(matches!(tags(&nobody, &registry.host, "mine"), Err(RemoteFailure::Denied(_))));
    let stand_in = catalog(&nobody, &registry.host, &["team/app", "mine"]).unwrap();
    assert_eq!(stand_in.repositories, ["mine", "team/app"], "those known here");
    assert!(stand_in.not_listed.is_some());
}

#[test]
fn a_list_is_read_to_its_end_however_it_is_paged() {
    let page = |names: &[&str]| Reply::new(200, json!({"repositories": names}).to_string());
    let linked = Server::start(move |asked| match asked.query("last").as_deref() {
        None if asked.path.starts_with("/v2/_catalog") => {
            page(&["a", "b"]).with("Link", "</v2/_catalog?last=b&n=2>; rel=\"next\"")
        }
        None => Reply::new(200, "{}"),
        Some(_) => page(&["c"]).with("Link", "</v2/_catalog?last=c&n=2>; rel=\"next\""),
    });
    let (_folder, places) = places(&no_logins());
    let told = catalog(&places, &linked.host, &[]).unwrap();
    assert_eq!(told.repositories, ["a", "b", "c"], "and not in circles");
    let names: Vec<String> = (0..2_500).map(|n| format!("r{n:04}")).collect();
    let silent = Server::start(move |asked| {
        let after = asked.query("last").unwrap_or_default();
        let page: Vec<_> = names.iter().filter(|name| **name > after).take(1_000).collect();
        Reply::new(200, json!({ "repositories": page }).to_string())
    });
    assert_eq!(catalog(&places, &silent.host, &[]).unwrap().repositories.len(), 2_500);
}

#[test]
fn a_link_to_another_host_is_not_followed() {
    let stranger = Server::start(|_| Reply::new(200, "{}"));
    let to = format!("<http://{}/v2/_catalog?last=a>; rel=\"next\"", stranger.host);
    let registry = Server::start(move |_| Reply::new(200, r#"{"repositories":["a"]}"#).with("Link", &to));
    let (_folder, places) = places(&logins_for(&[&registry.host]));
    let told = catalog(&places, &registry.host, &["a"]).unwrap();
    assert!(told.not_listed.unwrap().contains("another host"));
    assert!(stranger.asked().is_empty());
}

#[test]
fn a_registry_that_is_not_there_has_no_list_at_all() {
    let (_folder, places) = places(&no_logins());
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let told = catalog(&places, &gone.to_string(), &["known"]);
    assert!(matches!(told, Err(RemoteFailure::Unreachable(_))), "{told:?}");
}
