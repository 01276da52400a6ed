//! The engine's own news, boiled down to what may have changed.
//!
//! Events are hints, never facts: they differ from engine to engine and from store to store, and some
//! changes come without any (`update` knows which). Whoever gets one looks for itself. What each engine says
//! was seen on Docker 20.10 and 28.5 (both stores) and Podman 5.8.

mod heard;

use std::collections::BTreeSet;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::docker::Docker;
use super::error::Trouble;
use super::raw;
use super::wire::EventLine;
use heard::{Answered, Heard};

pub(super) use heard::EngineClock;

use crate::model::{EngineInfo, Failure, FailureKind, ImageId, Reference, StoreKind};

/// Images, containers and the build cache: `{"type":["image","container","builder"]}`. Exec and network
/// events of a busy engine stay out.
const PATH: &str = "/events?filters=%7B%22type%22%3A%5B%22image%22%2C%22container%22%2C%22builder%22%5D%7D";
const OPERATION: &str = "watch for changes";
/// Asking for more images than this one by one takes longer than listing.
const MOST: usize = 64;
/// Since this version builders tell which images they make (`create`); before, all that shows of one may be
/// the end of the container it was made in.
const BUILDERS_TELL: (u32, u32) = (23, 0);

/// What may not be any more as it was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    Only(Touched),
    Everything,
}

/// What some events were about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for itself, in any combination")]
pub struct Touched {
    pub images: BTreeSet<ImageId>,
    /// Those of them that were given a name, which another image may have had; and which, where an event tells.
    pub named: BTreeSet<(ImageId, Option<Reference>)>,
    /// Where an event tells a name and no ID (Docker, on pulls and pushes).
    pub names: BTreeSet<Reference>,
    /// One lost a name, or is gone.
    pub taken: bool,
    pub containers: bool,
    pub build_cache: bool,
    /// Layers that could not be read are tried again.
    pub unread: bool,
    /// Something follows without an event of its own: whoever wants all of it lists again a little later.
    pub unfinished: bool,
}

impl Touched {
    /// An event told a name and no ID: what it was about is what has that name now, unless that was moved.
    pub fn is_by_name(&self) -> bool {
        !self.names.is_empty()
    }

    /// An image was given names that no event told.
    pub fn gives_untold_names(&self) -> bool {
        self.named.iter().any(|(_, name)| name.is_none())
    }

    pub fn is_of_images(&self) -> bool {
        self.is_by_name() || !self.images.is_empty()
    }
}

impl Changed {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let (Self::Only(mut all), Self::Only(more)) = (self, other) else { return Self::Everything };
        // What was pulled under a name may have lost it to the next image, and be there without any.
        if (all.is_by_name() && more.is_of_images()) || (all.is_of_images() && more.is_by_name()) {
            return Self::Everything;
        }
        // What was taken may be a name that nobody told, and that was another image's before.
        if all.gives_untold_names() && more.taken {
            return Self::Everything;
        }
        all.images.extend(more.images);
        all.named.extend(more.named);
        all.names.extend(more.names);
        all.taken |= more.taken;
        all.containers |= more.containers;
        all.build_cache |= more.build_cache;
        all.unfinished |= more.unfinished;
        all.unread |= more.unread;
        if all.images.len() + all.names.len() > MOST { Self::Everything } else { Self::Only(all) }
    }

    fn containers() -> Self {
        Self::Only(Touched { containers: true, ..Touched::default() })
    }

    /// An image, by what an event calls it. What is neither an ID nor a name may be any.
    fn image(called: &str, naming: Naming) -> Self {
        let mut touched = Touched { build_cache: true, ..Touched::default() };
        if let Ok(id) = ImageId::parse(called) {
            match naming {
                Naming::None => {}
                Naming::Untold => drop(touched.named.insert((id.clone(), None))),
                Naming::Given(name) => drop(touched.named.insert((id.clone(), Some(name)))),
            }
            touched.images.insert(id);
        } else if let Ok(name) = Reference::parse(called) {
            touched.names.insert(name);
        } else {
            return Self::Everything;
        }
        Self::Only(touched)
    }
}

/// Whether an event is about an image's being given names.
enum Naming {
    None,
    /// It does not tell which.
    Untold,
    Given(Reference),
}

impl Naming {
    fn of(verb: &str, name: Option<&str>, store: StoreKind) -> Self {
        if takes(verb) || verb == "push" {
            return Self::None;
        }
        let told = name.filter(|_| verb == "tag").and_then(|name| Some((name, Reference::parse(name).ok()?)));
        match told {
            // Podman tells what was typed, and a short name stands for one of several.
            Some((typed, name)) if store != StoreKind::Podman || name.full() == typed => Self::Given(name),
            Some(_) | None => Self::Untold,
        }
    }
}

/// Whether an event of this kind is about an image that loses a name, or goes.
fn takes(verb: &str) -> bool {
    matches!(verb, "untag" | "delete" | "remove")
}

impl Docker {
    /// Hints until the first failure, which ends the stream.
    pub fn watch(&self) -> BoxStream<'static, Result<Changed, Failure>> {
        let news = News::of(self.clone());
        stream::unfold(Some(news), |news| async move {
            let mut news = news?;
            let item = news.next().await;
            let rest = item.is_ok().then_some(news);
            Some((item, rest))
        })
        .boxed()
    }
}

impl Docker {
    /// Resolves once it is not there any more, where it does not let its events be followed.
    pub async fn lost(&self) -> Failure {
        tokio::select! {
            () = self.replaced() => {}
            failure = heard::asked_in_vain(self) => return failure,
        }
        self.is_the_same().err().unwrap_or_else(|| ended(self))
    }
}

/// An engine's events, and the question whether they are all.
struct News {
    engine: Docker,
    lines: BoxStream<'static, Result<Vec<u8>, Trouble>>,
    heard: Heard,
    asking: BoxFuture<'static, Answered>,
}

impl News {
    fn of(engine: Docker) -> Self {
        let heard = Heard::new(engine.inner.clock);
        let asking = Box::pin(heard.ask_later(&engine));
        let lines = raw::lines(&engine.client, PATH);
        Self { engine, lines, heard, asking }
    }

    async fn next(&mut self) -> Result<Changed, Failure> {
        loop {
            tokio::select! {
                biased;
                line = self.lines.next() => match line {
                    Some(Ok(line)) => {
                        if let Some(changed) = self.hear(&line) {
                            return Ok(changed);
                        }
                    }
                    Some(Err(trouble)) => return Err(self.engine.failed(OPERATION)(trouble)),
                    None => return Err(ended(&self.engine)),
                },
                () = self.engine.replaced() => {
                    return Err(self.engine.is_the_same().err().unwrap_or_else(|| ended(&self.engine)));
                }
                told = &mut self.asking => {
                    let missed = told?.is_some_and(|(question, told)| self.heard.missed(question, &told));
                    if missed {
                        tracing::info!("{} told what did not come through", self.engine.inner.host);
                        self.lines = raw::lines(&self.engine.client, PATH);
                    }
                    self.asking = Box::pin(self.heard.ask_later(&self.engine));
                    if missed {
                        return Ok(Changed::Everything);
                    }
                }
            }
        }
    }

    /// News that cannot be read may be about anything.
    fn hear(&mut self, line: &[u8]) -> Option<Changed> {
        let Ok(event) = serde_json::from_slice::<EventLine>(line) else { return Some(Changed::Everything) };
        if let Some(time) = event.time {
            self.heard.hear(time);
        }
        changed(event, &self.engine.inner.info)
    }
}

fn ended(engine: &Docker) -> Failure {
    Failure {
        kind: FailureKind::ConnectionLost,
        host: engine.inner.host.clone(),
        operation: OPERATION.to_owned(),
        message: "the engine ended the stream of events".to_owned(),
    }
}

fn changed(event: EventLine, engine: &EngineInfo) -> Option<Changed> {
    let EventLine { kind, action, actor, .. } = event;
    let actor = actor.unwrap_or_default();
    // "exec_start: sh" and "health_status: healthy" carry more than a word, and come every second.
    let verb = action.as_deref().unwrap_or_default().split([':', ' ']).next().unwrap_or_default();
    match (kind.as_deref(), verb) {
        (Some("image"), "save" | "search" | "mount" | "unmount")
        | (
            Some("container"),
            "attach" | "detach" | "resize" | "top" | "copy" | "archive-path" | "extract-to-dir" | "export"
            | "health_status" | "exec_create" | "exec_start" | "exec_detach" | "exec_die" | "exec"
            | "exec_died" | "kill" | "checkpoint" | "mount" | "unmount" | "sync",
        ) => None,
        (Some("image"), _) => {
            let told = actor.attributes.unwrap_or_default().name;
            let naming = Naming::of(verb, told.as_deref(), engine.store);
            let changed = Changed::image(actor.id.as_deref().unwrap_or_default(), naming);
            // The classic store tells of a loaded image before it takes down which was its parent.
            let unfinished = verb == "load" && engine.store == StoreKind::Classic;
            let taken = takes(verb);
            Some(changed.and(Changed::Only(Touched { taken, unfinished, ..Touched::default() })))
        }
        (Some("builder"), _) => Some(Changed::Only(Touched { build_cache: true, ..Touched::default() })),
        // Podman does not say which image came of it.
        (Some("container"), "commit") => {
            let made = actor.attributes.unwrap_or_default().image_id.unwrap_or_default();
            Some(Changed::image(&made, Naming::Untold).and(Changed::containers()))
        }
        (Some("container"), "destroy")
            if engine.store == StoreKind::Classic && engine.release() < BUILDERS_TELL =>
        {
            Some(Changed::Everything)
        }
        (Some("container"), _) => Some(Changed::containers()),
        _ => Some(Changed::Everything),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(version: &str, event: &str) -> Option<Changed> {
        let (store, api) = (StoreKind::Classic, "1.41".to_owned());
        let engine =
            EngineInfo { version: version.to_owned(), store, api, ..super::super::Sample::new(0).info() };
        changed(serde_json::from_str(event).unwrap(), &engine)
    }

    fn about(kind: &str, action: &str, id: &str) -> Option<Changed> {
        hint("28.5.2", &format!(r#"{{"Type":"{kind}","Action":"{action}","Actor":{{"ID":"{id}"}}}}"#))
    }

    #[test]
    fn only_what_changes_a_list_is_a_hint() {
        let container = |action| about("container", action, "x");
        assert_eq!(container("health_status: healthy"), None);
        assert_eq!(container("exec_start: sh -c true"), None);
        assert_eq!(container("die"), Some(Changed::containers()));
        assert_eq!(container("destroy"), Some(Changed::containers()));
        assert_eq!(container("commit"), Some(Changed::Everything), "it does not say which image");
        assert_eq!(about("image", "save", "a:1"), None);
        assert_eq!(about("image", "prune", ""), Some(Changed::Everything));
        let old = hint("20.10.24", r#"{"Type":"container","Action":"destroy","Actor":{"ID":"x"}}"#);
        assert_eq!(old, Some(Changed::Everything), "a builder may have left an image behind");
    }

    #[test]
    fn an_image_is_told_by_its_id_or_a_name() {
        let id = format!("sha256:{}", "a".repeat(64));
        let Some(Changed::Only(touched)) = about("image", "untag", &id) else { panic!("one image") };
        assert_eq!(touched.images.iter().map(ImageId::as_str).collect::<Vec<_>>(), [id.as_str()]);
        let bare = about("image", "untag", id.trim_start_matches("sha256:"));
        assert!(touched.taken);
        assert_eq!(bare, Some(Changed::Only(touched)), "Podman writes the digits alone");
        let Some(Changed::Only(pulled)) = about("image", "pull", "h:5/a:1") else { panic!("one name") };
        assert_eq!(pulled.names.len(), 1);
        let made = format!(
            r#"{{"Type":"container","Action":"commit","Actor":{{"ID":"x","Attributes":{{"imageID":"{id}"}}}}}}"#
        );
        let Some(Changed::Only(made)) = hint("20.10.24", &made) else { panic!("one image") };
        assert!(made.containers && made.images.len() == 1);
    }

    #[test]
    fn a_tag_tells_the_name_that_was_given() {
        let id = "a".repeat(64);
        let tagged = |name: &str| {
            let event = format!(
                r#"{{"Type":"image","Action":"tag","Actor":{{"ID":"{id}","Attributes":{{"name":"{name}"}}}}}}"#
            );
            let Some(Changed::Only(touched)) = hint("28.5.2", &event) else { panic!("one image") };
            touched.named.into_iter().map(|(_, name)| name.map(|name| name.full())).collect::<Vec<_>>()
        };
        assert_eq!(tagged("app:1"), [Some("docker.io/library/app:1".to_owned())]);
        assert_eq!(tagged("no name"), [None]);
        let Some(Changed::Only(untagged)) = about("image", "untag", &id) else { panic!("one image") };
        assert!(untagged.named.is_empty());
        let podman = |name| matches!(Naming::of("tag", Some(name), StoreKind::Podman), Naming::Given(_));
        assert!(podman("localhost/app:1") && !podman("app:1"));
    }

    #[test]
    fn a_flood_is_everything() {
        let id = |n: usize| Changed::image(&format!("{n:064x}"), Naming::None);
        let few = (1..MOST).map(id).fold(id(0), Changed::and);
        assert!(matches!(&few, Changed::Only(touched) if touched.images.len() == MOST));
        assert_eq!(few.and(id(MOST)), Changed::Everything);
    }

    #[test]
    fn a_name_that_nobody_told_may_be_taken_again() {
        let id = "a".repeat(64);
        let (loaded, untagged) = (|| about("image", "load", &id), || about("image", "untag", &id));
        assert_eq!(loaded().unwrap().and(untagged().unwrap()), Changed::Everything);
        assert!(matches!(untagged().unwrap().and(loaded().unwrap()), Changed::Only(_)), "that was before");
        let tagged = Changed::image(&id, Naming::Given(Reference::parse("app:1").unwrap()));
        assert!(matches!(tagged.and(untagged().unwrap()), Changed::Only(_)), "the name is known");
    }

    #[test]
    fn a_name_that_may_have_moved_on_tells_nothing() {
        let (pulled, tagged) =
            (|| Changed::image("a:1", Naming::Untold), || Changed::image(&"a".repeat(64), Naming::None));
        assert_eq!(pulled().and(tagged()), Changed::Everything);
        assert_eq!(tagged().and(pulled()), Changed::Everything);
        assert!(matches!(pulled().and(Changed::containers()), Changed::Only(_)));
    }
}
