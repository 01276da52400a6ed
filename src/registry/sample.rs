//! The registries beside the sample engine: made up, like it, and never asked over any network. The test
//! registry still has what the production one lost.

use crate::model::{
    Access, Bytes, Digest, Question, Remote, RemoteCatalog, RemoteFailure, RemoteImage, RemoteTag, RemoteTags,
};

const PRODUCTION: &str = "index.qiniu.com";
const TEST: &str = "index-dev.qiniu.io";
const RETIRED: &str = "index.qbox.me";
const SHOP: &str = "registry.example.com";
const HUB: &str = "docker.io";

/// What a registry of the sample says of a name.
pub fn look_up(question: &Question) -> Remote {
    let repository = question.reference.repository();
    let known = question.digests.first().cloned();
    match (repository.registry(), repository.path(), known) {
        (TEST, "cs-kirk/nginx", Some(digest)) | (HUB, "library/postgres", Some(digest)) => {
            Remote::Present { digest }
        }
        (RETIRED, _, _) => Remote::Unreachable("no address for this host".to_owned()),
        (SHOP, _, _) => Remote::Denied("it wants a login, and there is none for it".to_owned()),
        (HUB, "library/debian" | "library/node", None) => {
            Remote::Moved { to: Some(crate::model::Digest::from(&question.image)), still: None }
        }
        // The production registry lost everything.
        (_, _, _) => Remote::Absent,
    }
}

/// What was pushed to the test registry, and never lost there.
const PUSHED: &str = "sha256:c7c1149150a8f7536bd19b70ea34748bf9dfbc93e5dee677f11362c06b12735d";

/// The repositories of a registry of the sample.
pub fn catalog(registry: &str) -> Result<RemoteCatalog, RemoteFailure> {
    let list = |names: &[&str]| RemoteCatalog {
        repositories: names.iter().map(|name| (*name).to_owned()).collect(),
        not_listed: None,
        cut: false,
    };
    match registry {
        TEST => Ok(list(&["cs-kirk/nginx"])),
        PRODUCTION => Ok(list(&[])),
        RETIRED => Err(RemoteFailure::Unreachable("no address for this host".to_owned())),
        SHOP => Err(RemoteFailure::Denied("it wants a login, and there is none for it".to_owned())),
        _ => Err(RemoteFailure::Unreachable("the sample leads to no real registry".to_owned())),
    }
}

/// The tags of one of them.
pub fn tags(registry: &str, repository: &str) -> Result<RemoteTags, RemoteFailure> {
    if (registry, repository) != (TEST, "cs-kirk/nginx") {
        return Err(RemoteFailure::Absent);
    }
    let image = Digest::parse(PUSHED).map_err(|_not_a_digest| RemoteFailure::Absent)?;
    let image = RemoteImage {
        digest: image,
        configs: Vec::new(),
        children: Vec::new(),
        size: Some(Bytes(47_000_000)),
        platforms: Vec::new(),
        created: None,
    };
    let tag = RemoteTag { name: "latest".to_owned(), image: Ok(image) };
    Ok(RemoteTags { tags: vec![tag], access: Some(Access::ReadWrite), more: 0 })
}
