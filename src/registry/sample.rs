//! The registries beside the sample engine: made up, like it, and never asked over any network. The test
//! registry still has what the production one lost.

use crate::model::{Question, Remote};

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
