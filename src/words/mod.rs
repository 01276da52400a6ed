//! Words for the person, in the language of the session; for the window and for reports. The engine's own
//! words, names and IDs are never translated.
//!
//! The language is kept per thread and not per process, so that a report can be written in another one than
//! the window speaks, and tests in several languages can run side by side.

pub mod archives;
pub mod journal;
mod language;
pub mod map;
mod names;
pub mod picture;
pub mod remote;
pub mod steps;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt::Display;

use jiff::tz::TimeZone;

use crate::model::{
    Address, AddressError, Bytes, ContainerState, EngineInfo, FailureKind, Graph, Origin, PLATFORM_DEFAULT,
    Reference, StoreKind,
};
use crate::plan::{KeepReason, Kept, NoWay, Outlook};
use crate::rules::{Doubt, Freed, Keep, Pin, Target};

pub use language::Language;
pub use names::{image_name, same_repository, status, verdict, verdict_key};

thread_local! {
    static LANGUAGE: Cell<Language> = const { Cell::new(Language::English) };
    static ZONE: RefCell<Option<TimeZone>> = const { RefCell::new(None) };
}

/// The language of everything this thread says from now on.
pub fn speak(language: Language) {
    LANGUAGE.set(language);
}

/// Says something in a language, whatever this thread speaks otherwise.
pub fn in_language<R>(language: Language, say: impl FnOnce() -> R) -> R {
    struct Before(Language);
    impl Drop for Before {
        fn drop(&mut self) {
            LANGUAGE.set(self.0);
        }
    }
    let _before = Before(LANGUAGE.replace(language));
    say()
}

/// The time zone of every time of day this thread tells from now on; without one it is the system's.
pub fn tell_times_in(zone: TimeZone) {
    ZONE.set(Some(zone));
}

/// The name of the translation file.
pub fn locale(language: Language) -> &'static str {
    match language {
        Language::English => "en",
        Language::Chinese => "zh-CN",
    }
}

/// A sentence by its key, with `%{name}` replaced.
macro_rules! tr {
    ($key:expr) => { $crate::words::look_up($key) };
    ($key:expr, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::words::fill($key, &[$((stringify!($name), &$value)),+])
    };
}
pub(crate) use tr;

pub fn look_up(key: &str) -> Cow<'static, str> {
    let locale = locale(LANGUAGE.get());
    Cow::Owned(rust_i18n::t!(key, locale = locale).into_owned())
}

pub fn fill(key: &str, values: &[(&str, &dyn Display)]) -> String {
    let (names, values): (Vec<&str>, Vec<String>) = values.iter().map(|(n, v)| (*n, v.to_string())).unzip();
    rust_i18n::replace_patterns(&look_up(key), &names, &values)
}

/// A sentence that counts: `key.one` or `key.many`.
pub fn count(key: &str, n: usize) -> String {
    let form = if n == 1 { "one" } else { "many" };
    fill(&format!("{key}.{form}"), &[("n", &thousands(n))])
}

/// A sentence that goes on from another.
pub fn not_capitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

/// How many of `n` are done, in a sentence that counts.
pub fn done_of(key: &str, done: usize, n: usize) -> String {
    let form = if n == 1 { "one" } else { "many" };
    fill(&format!("{key}.{form}"), &[("done", &thousands(done)), ("n", &thousands(n))])
}

/// With separators, as a count of images may have six digits.
pub fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Parts of a list, joined as the language does.
pub fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => {
            let comma = tr!("list.comma");
            format!("{}{}{last}", first.join(&comma), tr!("list.and"))
        }
    }
}

/// A name without its middle where it is too long for a sentence.
pub fn shortened(name: &str) -> String {
    const MOST: usize = 48;
    const KEPT: usize = 23;
    let letters: Vec<char> = name.chars().collect();
    match (letters.first_chunk::<KEPT>(), letters.last_chunk::<KEPT>()) {
        (Some(head), Some(tail)) if letters.len() > MOST => head.iter().chain(&['…']).chain(tail).collect(),
        _ => name.to_owned(),
    }
}

pub fn exact(bytes: Bytes) -> String {
    let n = usize::try_from(bytes.0).unwrap_or(usize::MAX);
    tr!("bytes.exact", n = thousands(n))
}

pub fn freed(freed: Freed) -> String {
    match (freed.doubt(), freed.at_least()) {
        (None, Bytes(0)) => tr!("freed.nothing").into_owned(),
        (None, bytes) => tr!("freed.bytes", bytes = bytes),
        (Some(doubt), Bytes(0)) => tr!("freed.unknown", why = doubt_words(doubt)),
        (Some(doubt), bytes) => tr!("freed.at_least", bytes = bytes, why = doubt_words(doubt)),
    }
}

fn doubt_words(doubt: Doubt) -> Cow<'static, str> {
    tr!(match doubt {
        Doubt::LayersNotRead => "doubt.layers_not_read",
        Doubt::ContainerWithoutImage => "doubt.container_without_image",
        Doubt::BuildCache => "doubt.build_cache",
        Doubt::LayerSizes => "doubt.layer_sizes",
        Doubt::WritableLayer => "doubt.writable_layer",
        Doubt::SharedContent => "doubt.shared_content",
        Doubt::OtherPlatforms => "doubt.other_platforms",
        Doubt::LayerKeeper => "doubt.layer_keeper",
    })
}

/// What a set of marks frees, in a few words.
pub fn freed_short(outlook: &Outlook) -> String {
    let bytes = outlook.freed.at_least();
    match (outlook.freed.doubt(), bytes, outlook.planned) {
        (None, Bytes(0), _) => tr!("freed.nothing").into_owned(),
        (None, bytes, true) => tr!("freed.bytes", bytes = bytes),
        (None, bytes, false) => tr!("marks.frees_about", bytes = bytes),
        (Some(_), Bytes(0), _) => tr!("marks.frees_unknown").into_owned(),
        (Some(_), bytes, _) => tr!("marks.frees_at_least", bytes = bytes),
    }
}

/// Why there is no plan: our sentence, and the engine's words if it has any.
pub fn no_way(why: &NoWay) -> (Cow<'static, str>, Option<&str>) {
    match why {
        NoWay::Refused(refusal) => (tr!("no_way.refused"), Some(refusal.message())),
        NoWay::Gone => (tr!("no_way.gone"), None),
        NoWay::Unknown(words) => (tr!("no_way.unknown"), Some(words)),
        NoWay::Protected { what, keep } => {
            (tr!("no_way.protected", what = what, why = keep_words(keep)).into(), None)
        }
    }
}

/// Why something is kept, as the end of a sentence.
pub fn keep_words(keep: &Keep) -> String {
    match keep {
        Keep::Pinned(Pin::Image(_) | Pin::Name(_)) => tr!("keep.pinned").into_owned(),
        Keep::Pinned(Pin::Repository(name)) => tr!("keep.repository", name = familiar(name)),
        Keep::Pinned(Pin::Pattern(pattern)) => tr!("keep.pattern", pattern = pattern),
        Keep::Label => tr!("keep.label").into_owned(),
        Keep::ComposeProject(project) => tr!("keep.compose", project = project),
    }
}

/// A repository that is stored in full, as a person types it.
pub fn familiar(repository: &str) -> String {
    let read = Reference::parse(repository);
    read.map_or_else(|_| repository.to_owned(), |name| name.repository().familiar().to_owned())
}

/// Why something that was marked stays, in one word or in a few.
pub fn keep_reason(why: &KeepReason) -> String {
    match why {
        KeepReason::Protected(keep) => keep_words(keep),
        KeepReason::InUse(names) => tr!("kept.in_use", names = list(names)),
        KeepReason::Refused(refusal) => tr!("kept.refused", words = refusal.message()),
        KeepReason::Gone => tr!("no_way.gone").into_owned(),
        KeepReason::Unknown(words) => tr!("kept.unknown", words = words),
    }
}

/// Something that stays, and why.
pub fn kept(graph: Option<&Graph>, kept: &Kept) -> String {
    tr!("kept.line", what = target(graph, &kept.target), why = keep_reason(&kept.why))
}

/// A thing in a phrase.
pub fn target(graph: Option<&Graph>, target: &Target) -> String {
    match target {
        Target::Image(id) => tr!("kept.image", id = id.short()),
        Target::Reference(_, name) => short_digests(&name.familiar()),
        Target::Container(id) => {
            let found = graph.and_then(|graph| graph.container(graph.find_container(id)?));
            let name = found.map_or_else(|| id.short().to_owned(), |container| container.name.clone());
            tr!("kept.container", name = name)
        }
    }
}

pub fn container_state(state: ContainerState) -> Cow<'static, str> {
    tr!(match state {
        ContainerState::Created => "container.created",
        ContainerState::Running => "container.running",
        ContainerState::Paused => "container.paused",
        ContainerState::Restarting => "container.restarting",
        ContainerState::Removing => "container.removing",
        ContainerState::Exited => "container.exited",
        ContainerState::Dead => "container.dead",
        ContainerState::Unknown => "container.unknown",
    })
}

/// What went wrong with an engine, and what helps.
pub fn failure(kind: FailureKind) -> String {
    let key = match kind {
        FailureKind::SocketMissing => "failure.socket_missing",
        FailureKind::PermissionDenied => "failure.permission_denied",
        FailureKind::Unreachable => "failure.unreachable",
        FailureKind::BadAddress => "failure.bad_address",
        FailureKind::BadContext => "failure.bad_context",
        FailureKind::NotTrusted => "failure.not_trusted",
        FailureKind::NotLetIn => "failure.not_let_in",
        FailureKind::TimedOut => "failure.timed_out",
        FailureKind::ConnectionLost => "failure.connection_lost",
        FailureKind::Malformed => "failure.malformed",
        FailureKind::TooOld => "failure.too_old",
        FailureKind::TooNew => "failure.too_new",
        FailureKind::Status(403) => "failure.forbidden",
        FailureKind::Status(status) => return tr!("failure.status", status = status),
    };
    tr!(key).into_owned()
}

/// An engine's address in words, where it has any. There may be several engines on this machine: one that is
/// not where the Docker CLI looks by itself is told by the end of its path.
pub fn host(address: &str) -> String {
    let Some(path) = address.strip_prefix("unix://").or_else(|| address.strip_prefix("npipe://")) else {
        return address.to_owned();
    };
    if address == PLATFORM_DEFAULT {
        return tr!("host.local").into_owned();
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let end = parts.get(parts.len().saturating_sub(3)..).unwrap_or_default().join("/");
    tr!("host.local_socket", path = end)
}

/// What an engine says of itself.
pub fn engine(engine: &EngineInfo) -> String {
    format!("{} {} · {}", engine.name, engine.version, store(engine.store))
}

pub fn store(store: StoreKind) -> String {
    let key = match store {
        StoreKind::Classic => "store.classic",
        StoreKind::Containerd => "store.containerd",
        StoreKind::Podman => "store.podman",
    };
    tr!(key).into_owned()
}

/// How an engine was found.
pub fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Variable(name) => (*name).to_owned(),
        Origin::Context(name) if name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit()) => {
            // A broken one has no name but that of its folder.
            tr!("origin.context", name = format!("{}…", name.get(..12).unwrap_or_default()))
        }
        Origin::Context(name) => tr!("origin.context", name = name),
        Origin::PodmanConnection(name) => tr!("origin.podman", name = name),
        Origin::PodmanConfig(file) | Origin::CliConfig(file) => file.clone(),
        Origin::CliDefault => tr!("origin.default").into_owned(),
        Origin::Given => tr!("origin.given").into_owned(),
        Origin::Known(product, None) => product.name().to_owned(),
        Origin::Known(product, Some(instance)) => format!("{} · {instance}", product.name()),
    }
}

/// Why what was typed is no address.
pub fn address_error(error: &AddressError) -> String {
    match error {
        AddressError::Empty | AddressError::NothingAfterScheme => tr!("address.unfinished").into_owned(),
        AddressError::NoScheme => tr!("address.no_scheme").into_owned(),
        AddressError::UnknownScheme(scheme) => tr!("address.unknown_scheme", scheme = scheme),
        AddressError::OtherPlatform => tr!("address.other_platform").into_owned(),
        AddressError::RelativePath => tr!("address.relative_path").into_owned(),
        AddressError::BadHost(host) => tr!("address.bad_host", host = host),
        AddressError::LeadingDash(word) => tr!("address.leading_dash", word = word),
        AddressError::BadUser(user) => tr!("address.bad_user", user = user),
        AddressError::BadPort(port) => tr!("address.bad_port", port = port),
        AddressError::Password => tr!("address.password").into_owned(),
        AddressError::PathAfterHost => tr!("address.path_after_host").into_owned(),
    }
}

/// What an address that was typed leads over.
pub fn address_kind(address: &Address) -> String {
    let key = match address {
        Address::Unix(_) | Address::Pipe(_) => "address.socket",
        Address::Ssh(_) => "address.ssh",
        Address::Tcp(tcp) if tcp.tls == Some(true) => "address.tls",
        Address::Tcp(_) if address.is_local() => "address.loopback",
        Address::Tcp(_) => "address.tcp",
    };
    tr!(key).into_owned()
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How long ago, in one unit, short enough for a column.
pub fn age(now: i64, then: i64) -> String {
    let seconds = (now - then).max(0);
    let (n, key) = match seconds {
        s if s >= 365 * DAY => (s / (365 * DAY), "age.years"),
        s if s >= 60 * DAY => (s / (30 * DAY), "age.months"),
        s if s >= DAY => (s / DAY, "age.days"),
        s if s >= HOUR => (s / HOUR, "age.hours"),
        s if s >= MINUTE => (s / MINUTE, "age.minutes"),
        _ => return tr!("age.now").into_owned(),
    };
    tr!(key, n = n)
}

fn local(time: i64, form: &str) -> String {
    let zone = ZONE.with_borrow(Clone::clone).unwrap_or_else(TimeZone::system);
    let zoned = jiff::Timestamp::from_second(time).map(|t| t.to_zoned_datetime(zone));
    zoned.map(|z| z.strftime(form).to_string()).unwrap_or_default()
}

/// Date and time of day, in the system's time zone.
pub fn moment(time: i64) -> String {
    local(time, "%Y-%m-%d %H:%M:%S")
}

/// The time of day alone.
pub fn clock(time: i64) -> String {
    local(time, "%H:%M:%S")
}

/// Shortens the digests in a text to what the Docker CLI shows of them.
pub fn short_digests(text: &str) -> String {
    const PREFIX: &str = "sha256:";
    const SHOWN: usize = 12;
    let mut short = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(PREFIX) {
        let (before, digest) = rest.split_at(at + PREFIX.len());
        let hex = digest.bytes().take_while(u8::is_ascii_hexdigit).count();
        short.push_str(before);
        let (digits, after) = digest.split_at(hex);
        match digits.get(..SHOWN) {
            Some(first) if hex > SHOWN => {
                short.push_str(first);
                short.push('…');
            }
            _ => short.push_str(digits),
        }
        rest = after;
    }
    short.push_str(rest);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ages_and_digests_are_short_and_exact() {
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(999), "999");
        assert_eq!(age(182 * DAY, 0), "6 mo");
        assert_eq!(age(59, 0), "now");
        assert_eq!(age(0, 10), "now");
        assert_eq!(age(60, 0), "1 min");
        let long = format!("a@sha256:{} b", "c7c1149150a8".repeat(5) + "c7c1");
        assert_eq!(short_digests(&long), "a@sha256:c7c1149150a8… b");
    }

    #[test]
    fn lists_end_as_the_language_ends_them() {
        let parts = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(list(&parts), "a, b and c");
        speak(Language::Chinese);
        assert_eq!(list(&parts), "a、b和 c");
    }
}
