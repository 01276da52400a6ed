//! The engine's own news, boiled down to "something changed".
//!
//! Events are hints, never facts: they differ from engine to engine and from store to store, and some
//! changes come without any. Whoever gets one lists again.

use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::docker::Docker;
use super::raw;
use super::wire::EventLine;
use crate::model::{Failure, FailureKind};

/// Images, containers and the build cache: `{"type":["image","container","builder"]}`. Exec and network
/// events of a busy engine stay out.
const PATH: &str = "/events?filters=%7B%22type%22%3A%5B%22image%22%2C%22container%22%2C%22builder%22%5D%7D";
const OPERATION: &str = "watch for changes";

/// What has to be listed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changed {
    Containers,
    /// Images, and with them what containers show as theirs.
    Everything,
}

impl Docker {
    /// Hints until the first failure, which ends the stream.
    pub fn watch(&self) -> BoxStream<'static, Result<Changed, Failure>> {
        let engine = self.clone();
        let events = raw::lines(&self.inner.client, PATH).map(move |line| match line {
            Ok(line) => Ok(read(&line)),
            Err(trouble) => Err(engine.failed(OPERATION)(trouble)),
        });
        let end = Failure {
            kind: FailureKind::ConnectionLost,
            host: self.inner.host.clone(),
            operation: OPERATION.to_owned(),
            message: "the engine ended the stream of events".to_owned(),
        };
        let all = events.chain(stream::iter([Err(end)]));
        all.filter_map(|event| async move { event.transpose() }).boxed()
    }
}

/// News that cannot be read may be about anything.
fn read(line: &[u8]) -> Option<Changed> {
    serde_json::from_slice(line).map_or(Some(Changed::Everything), |event| changed(&event))
}

fn changed(event: &EventLine) -> Option<Changed> {
    let action = event.action.as_deref().unwrap_or_default();
    // "exec_start: sh" and "health_status: healthy" carry more than a word, and come every second.
    let verb = action.split([':', ' ']).next().unwrap_or_default();
    if event.kind.as_deref() != Some("container") {
        return (!matches!(verb, "push" | "save" | "search")).then_some(Changed::Everything);
    }
    match verb {
        "attach" | "detach" | "resize" | "top" | "copy" | "archive-path" | "extract-to-dir" | "export"
        | "health_status" | "exec_create" | "exec_start" | "exec_detach" | "exec_die" | "exec"
        | "exec_died" | "kill" | "checkpoint" | "mount" | "unmount" | "sync" => None,
        "commit" => Some(Changed::Everything),
        _ => Some(Changed::Containers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_a_list_is_a_hint() {
        let hint = |kind: &str, action: &str| {
            read(format!(r#"{{"Type":"{kind}","Action":"{action}","id":"x"}}"#).as_bytes())
        };
        assert_eq!(hint("container", "health_status: healthy"), None);
        assert_eq!(hint("container", "exec_start: sh -c true"), None);
        assert_eq!(hint("container", "die"), Some(Changed::Containers));
        assert_eq!(hint("container", "commit"), Some(Changed::Everything));
        assert_eq!(hint("image", "untag"), Some(Changed::Everything));
        assert_eq!(hint("image", "push"), None);
        assert_eq!(hint("builder", "prune"), Some(Changed::Everything));
        assert_eq!(read(b"{"), Some(Changed::Everything), "what cannot be read may be about anything");
    }
}
