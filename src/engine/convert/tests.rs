//! Answers of real engines, shortened, and what must become of them.

use super::*;
use crate::model::Section;

const A: &str = "sha256:affea2334cbff4ddd8a9fd33b8d2a64d74f5530f68be7ce2ec94d78faf805952";
const B: &str = "sha256:bf851263108ec4e07956746dff89560723c93522c7cdb3afbae05be19e12388f";
const C: &str = "3bed46bf69084ef8b6dd71753b752ec5332e175e9e1acc50e0fdb8ec519bc039";

fn images_of(json: &str, store: StoreKind) -> Section<Vec<Image>> {
    images(serde_json::from_str(json).unwrap(), store)
}

fn containers_of(json: &str) -> Section<Vec<Container>> {
    containers(serde_json::from_str(json).unwrap())
}

fn names(references: &[Reference]) -> Vec<String> {
    references.iter().map(Reference::familiar).collect()
}

#[test]
fn a_classic_row_of_20_10_keeps_tags_and_digests_as_names() {
    let json = format!(
        r#"[{{"Containers":-1,"Created":1767225600,"Id":"{A}","Labels":null,"ParentId":"{B}",
        "RepoDigests":["b@{B}"],"RepoTags":["b:2","b:1"],"SharedSize":-1,"Size":150000,"VirtualSize":150000}},
        {{"Created":-62135596800,"Id":"{B}","Labels":{{"a":"b"}},"ParentId":"","RepoDigests":["<none>@<none>"],
        "RepoTags":["<none>:<none>"],"Size":-1}}]"#
    );
    let Section::Complete(rows) = images_of(&json, StoreKind::Classic) else { panic!("is complete") };
    let [first, second] = rows.as_slice() else { panic!("two rows") };
    assert_eq!(names(&first.references), ["b:1".to_owned(), "b:2".to_owned(), format!("b@{B}")]);
    assert_eq!(first.parent.as_ref(), Some(&second.id));
    assert_eq!((first.size, first.created), (Some(Bytes(150_000)), Some(1_767_225_600)));
    assert!(first.computed_digests.is_empty());
    assert!(second.is_dangling());
    assert_eq!((second.size, second.created, &second.parent), (None, None, &None));
}

#[test]
fn on_the_containerd_store_each_repository_has_a_computed_digest() {
    let json = format!(
        r#"[{{"Id":"{A}","RepoTags":["b:1","b:2","c:1","d@{A}","e:1@{A}"],"RepoDigests":["b@{A}"],"Size":1}}]"#
    );
    let section = images_of(&json, StoreKind::Containerd);
    let [image] = section.seen().as_slice() else { panic!("one row") };
    assert_eq!(names(&image.references).len(), 5);
    let digests = [format!("b@{A}"), format!("c@{A}"), format!("e@{A}")];
    assert_eq!(names(&image.computed_digests), digests, "a digest that is stored is not computed");
}

#[test]
fn podman_writes_ids_without_their_prefix_and_null_for_no_names() {
    let hex = A.trim_start_matches("sha256:");
    let json = format!(r#"[{{"Id":"{hex}","ParentId":"{hex}","RepoTags":null,"RepoDigests":null}}]"#);
    let section = images_of(&json, StoreKind::Podman);
    let [image] = section.seen().as_slice() else { panic!("one row") };
    assert!(section.is_complete());
    assert_eq!(image.id.as_str(), A);
    assert!(image.is_dangling());
}

#[test]
fn what_cannot_be_read_makes_the_list_incomplete_and_the_rest_stays() {
    let long = "a".repeat(4_096);
    for (bad, why) in [
        (r#"{"Id":"sha256:12"}"#.to_owned(), "not an image ID"),
        (r#"{"RepoTags":["a:1"]}"#.to_owned(), "without an ID"),
        (r#"{"Id":7}"#.to_owned(), "invalid type"),
        ("null".to_owned(), "without an ID"),
        (format!(r#"{{"Id":"{B}","RepoTags":["{long}:1"]}}"#), "255 characters"),
        (format!(r#"{{"Id":"{B}","ParentId":"x"}}"#), "not an image ID"),
        (format!(r#"{{"Id":"{A}"}}"#), "listed twice"),
    ] {
        let section = images_of(&format!(r#"[{bad},{{"Id":"{A}","RepoTags":["a:1"]}}]"#), StoreKind::Classic);
        let words = section.failure().unwrap_or_else(|| panic!("{bad} was taken for complete"));
        assert!(words.contains(why), "{words}");
        assert!(section.seen().iter().any(|image| image.id.as_str() == A), "{bad}");
    }
}

#[test]
fn a_container_is_read_with_its_own_name_and_project() {
    let json = format!(
        r#"[{{"Id":"{C}","Names":["/web/db","/db"],"Image":"b:1","ImageID":"{A}","Created":1767225600,
        "State":"running","Status":"Up 2 days","Labels":{{"com.docker.compose.project":"shop"}},
        "Mounts":[{{"Type":"volume","Name":"v"}},{{"Type":"image","Name":"{B}"}},{{"Type":"image","Name":"b:2"}}]}}]"#
    );
    let Section::Complete(rows) = containers_of(&json) else { panic!("is complete") };
    let [container] = rows.as_slice() else { panic!("one row") };
    assert_eq!((container.name.as_str(), container.state), ("db", ContainerState::Running));
    assert_eq!(container.compose_project.as_deref(), Some("shop"));
    let mounts: Vec<_> =
        container.image_mounts.iter().map(|m| (m.source.as_str(), m.image.is_some())).collect();
    assert_eq!(mounts, [(B, true), ("b:2", false)]);
}

#[test]
fn a_container_without_a_known_image_makes_the_list_incomplete() {
    let section = containers_of(&format!(r#"[{{"Id":"{C}","Names":["/x"],"ImageID":""}}]"#));
    assert!(section.failure().is_some_and(|why| why.contains(C)), "{section:?}");
}

#[test]
fn an_unknown_state_counts_as_running() {
    let section =
        containers_of(&format!(r#"[{{"Id":"{C}","Names":[],"ImageID":"{A}","State":"initialized"}}]"#));
    let [container] = section.seen().as_slice() else { panic!("one row") };
    assert_eq!(container.state, ContainerState::Unknown);
    assert_eq!(container.name, "3bed46bf6908", "an ID stands in for a missing name");
}

#[test]
fn an_engine_is_known_by_its_own_words() {
    let version = |component: &str| -> Version {
        let json =
            format!(r#"{{"Version":"28.5.2","ApiVersion":"1.51","Components":[{{"Name":"{component}"}}]}}"#);
        serde_json::from_str(&json).unwrap()
    };
    let containerd: Info =
        serde_json::from_str(r#"{"DriverStatus":[["driver-type","io.containerd.snapshotter.v1"]]}"#).unwrap();
    let overlay: Info = serde_json::from_str(r#"{"DriverStatus":[["Supports d_type","true"]]}"#).unwrap();
    assert_eq!(store(&version("Engine"), &overlay), StoreKind::Classic);
    assert_eq!(store(&version("Engine"), &containerd), StoreKind::Containerd);
    assert_eq!(store(&version("Podman Engine"), &overlay), StoreKind::Podman);
    let docker = engine_info(version("Engine"), StoreKind::Classic, Some("a-b-c".to_owned())).unwrap();
    assert_eq!((docker.name.as_str(), docker.version.as_str()), ("Docker Engine", "28.5.2"));
    assert_eq!(
        engine_info(Version::default(), StoreKind::Classic, None),
        None,
        "no API version, no Docker API"
    );
}

#[test]
fn a_containerd_row_tells_content_and_unpacked_layers_apart() {
    let manifest = |available: bool, kind: &str, data: &str| {
        format!(
            r#"{{"ID":"{B}","Available":{available},"Kind":"{kind}","Size":{{"Content":1,"Total":2}}{data}}}"#
        )
    };
    let data = r#","ImageData":{"Platform":{"os":"linux"},"Size":{"Unpacked":2367488},"Containers":null}"#;
    let parts_of = |manifests: &[String]| {
        let json = format!(r#"[{{"Id":"{A}","Size":3806615,"Manifests":[{}]}}]"#, manifests.join(","));
        let Section::Complete(rows) = images_of(&json, StoreKind::Containerd) else { panic!("is complete") };
        rows.first().unwrap().parts
    };
    let image = manifest(true, "image", data);
    let elsewhere = manifest(false, "image", r#","ImageData":{"Size":{"Unpacked":0}}"#);
    let attestation = manifest(true, "attestation", "");
    let one = Some(SizeParts { content: Bytes(1_439_127), unpacked: Bytes(2_367_488), platforms: 1 });
    assert_eq!(parts_of(&[image.clone(), elsewhere, attestation.clone()]), one, "one platform is present");
    assert_eq!(parts_of(&[image.clone(), image]).map(|p| p.platforms), None, "more unpacked than there is");
    assert_eq!(parts_of(&[attestation]), None);
    assert_eq!(parts_of(&[manifest(true, "image", "")]), None, "it does not say how much is unpacked");
    assert_eq!(parts_of(&[]), None);
}

#[test]
fn the_registries_that_need_no_certificate_are_those_the_engine_lists() {
    let info = |text: &str| serde_json::from_str::<Info>(text).unwrap();
    let told = info(
        r#"{"RegistryConfig":{"IndexConfigs":{"b.io":{"Secure":false},"docker.io":{"Secure":true},
            "a.io:5000":{"Secure":false},"odd":{}},"InsecureRegistryCIDRs":["127.0.0.0/8"]}}"#,
    );
    let reach = reach(told, "unix:///var/run/docker.sock");
    assert_eq!(reach.insecure, ["a.io:5000", "b.io"]);
    assert_eq!(reach.insecure_nets, ["127.0.0.0/8"]);
    assert!(!reach.elsewhere);
}

#[test]
fn only_sockets_and_loopback_lead_to_an_engine_on_this_machine() {
    let elsewhere = |host: &str| reach(Info::default(), host).elsewhere;
    for host in
        ["unix:///run/docker.sock", "npipe:////./pipe/docker_engine", "tcp://127.0.0.1:2375", "tcp://[::1]:1"]
    {
        assert!(!elsewhere(host), "{host}");
    }
    for host in ["ssh://me@there", "tcp://10.0.0.3:2376", "https://localhost.example.com:2376"] {
        assert!(elsewhere(host), "{host}");
    }
}
