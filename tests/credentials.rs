//! Secrets of every kind are planted where this program finds them, and used; then everything that it said and
//! wrote is searched for them, in every form that they are sent in.

#![cfg(test)]
#![cfg(unix)]

mod carried;
mod engines;
mod folders;
mod person;
mod registries;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use carried::Carried;
use engines::archive::{Image, Layer, docker_archive};
use engines::{Engine, Kind};
use person::Person as InWindow;
use registries::http::{Asked, Reply, Server, form, request};
use registries::{Registry, Wants, places};
use serde_json::json;
use unmoor::journal::UndoAnswer;
use unmoor::model::{Endpoint, ImageId};
use unmoor::plan::Way;
use unmoor::plan::commands::shell_lines;
use unmoor::rules::Target;
use unmoor::state::export::{ExportOf, Exporting};
use unmoor::state::undo::{UndoPhase, UndoState, Wanted};
use unmoor::state::{Action, AppState, Dialog};
use unmoor::words::journal::copied;

/// With letters that every encoding writes in another way.
const IN_FILE: &str = "planted+in/file?1~é";
const IDENTITY: &str = "planted+identity/token?2~é";
const OF_HELPER: &str = "planted+of/helper?3~é";
const OF_STORE: &str = "planted+of/store?4~é";
const GRANTED: &str = "planted.bearer-token.5_granted";
const OF_ADDRESS: &str = "planted-in-address-6";
const OF_PROXY: &str = "planted-in-proxy-7";
const ALL: [&str; 7] = [IN_FILE, IDENTITY, OF_HELPER, OF_STORE, GRANTED, OF_ADDRESS, OF_PROXY];
const USER: &str = "somebody";

fn percent(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// Each way that a secret may be written.
fn forms(secret: &str) -> Vec<String> {
    let both = format!("{USER}:{secret}");
    let mut forms = vec![secret.to_owned(), percent(secret), percent(secret).to_lowercase()];
    for text in [secret, &both] {
        for encoded in [BASE64_STANDARD.encode(text), BASE64_URL_SAFE.encode(text)] {
            forms.push(encoded.trim_end_matches('=').to_owned());
            forms.push(percent(&encoded));
        }
    }
    forms.push(serde_json::to_string(secret).unwrap().trim_matches('"').to_owned());
    forms
}

fn no_secret_in(bytes: &[u8], place: &str) {
    for form in ALL.iter().flat_map(|secret| forms(secret)) {
        if let Some(at) = memchr::memmem::find(bytes, form.as_bytes()) {
            let around = &bytes[at.saturating_sub(200)..bytes.len().min(at + 200)];
            panic!("{form} in {place}: {}", String::from_utf8_lossy(around));
        }
    }
}

/// Everything below a folder but what was planted there.
fn search(folder: &Path) -> usize {
    let mut searched = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            searched += if path.ends_with(".docker") { 0 } else { search(&path) };
        } else {
            let mut bytes = std::fs::read(&path).unwrap();
            no_secret_in(&bytes, &path.display().to_string());
            if path.extension().is_some_and(|e| e == "zst") {
                bytes = zstd::decode_all(&*bytes).unwrap();
                no_secret_in(&bytes, &path.display().to_string());
            }
            searched += 1;
        }
    }
    searched
}

/// A registry that knows one secret. Of `quotes` it says back whatever it was told, at different lengths and with
/// different statuses.
fn registry(secret: &'static str, by_token: bool) -> Server {
    let own = Arc::new(OnceLock::<String>::new());
    let its = Arc::clone(&own);
    let server = Server::start(move |asked| answer(asked, secret, by_token, its.get().unwrap()));
    own.set(server.host.clone()).unwrap();
    server
}

fn answer(asked: &Asked, secret: &str, by_token: bool, own: &str) -> Reply {
    if asked.path.starts_with("/token") {
        let known = form(&asked.body, "refresh_token").as_deref() == Some(secret);
        let quoted = format!("{} {} {secret}", asked.body, asked.path);
        if !known || form(&asked.body, "scope").is_some_and(|scope| scope.contains("refused")) {
            return Reply::new(401, json!({"errors": [{"code": "NO", "message": quoted}]}).to_string());
        }
        return Reply::new(200, json!({"access_token": GRANTED}).to_string());
    }
    let Some(told) = asked.header("authorization") else {
        let bearer = format!("Bearer realm=\"http://{own}/token\",service=\"it\"");
        return Reply::challenge(if by_token { &bearer } else { "Basic realm=\"it\"" });
    };
    // Once with so much before it that a cut goes through the middle.
    let status = match asked.path.split('/').nth(2) {
        Some("quotes-400") => 400,
        Some("quotes-403") => 403,
        Some("quotes-404") => 404,
        Some("quotes-500") => 500,
        _ => return Reply::unknown(),
    };
    let shift = if asked.path.contains("/far/") { "x".repeat(285) } else { String::new() };
    let words = format!("{shift}{} {told} {}", forms(secret).join(" "), percent(told));
    Reply::new(status, json!({"errors": [{"code": "ODD", "message": words}]}).to_string())
}

const REPOSITORIES: [&str; 8] = [
    "plain/app",
    "refused/app",
    "quotes-400/app",
    "quotes-403/app",
    "quotes-404/app",
    "quotes-500/app",
    "quotes-403/far/app",
    "quotes-400/far/app",
];

fn helper(folder: &Path, name: &str, secret: &str) {
    let answer = json!({"ServerURL": "x", "Username": USER, "Secret": secret});
    let path = folder.join(format!("docker-credential-{name}"));
    // What it notes for the person is not for this program to hand on either.
    let script = format!("#!/bin/sh\ncat >/dev/null\necho '{secret}' >&2\necho '{answer}'\n");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// The program of one person, who has secrets.
struct Person {
    home: tempfile::TempDir,
    helpers: tempfile::TempDir,
    engine: String,
}

impl Person {
    fn command(&self, arguments: &[&str]) -> Command {
        let paths = std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect::<Vec<_>>();
        let path = std::env::join_paths(std::iter::once(self.helpers.path().to_owned()).chain(paths));
        let proxy = format!("http://{USER}:{OF_PROXY}@127.0.0.1:1");
        let mut command = Command::new(env!("CARGO_BIN_EXE_unmoor"));
        for name in ["XDG_RUNTIME_DIR", "REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "NO_PROXY", "no_proxy"] {
            command.env_remove(name);
        }
        for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "DOCKER_CONTEXT"] {
            command.env_remove(name);
        }
        command.args(arguments).env("HOME", self.home.path()).env("PATH", path.unwrap());
        command.env("UNMOOR_LOG", "trace").env("HTTP_PROXY", &proxy).env("HTTPS_PROXY", &proxy);
        command.env("DOCKER_HOST", &self.engine);
        command
    }

    /// Runs it, and searches what it says.
    fn says(&self, arguments: &[&str]) -> String {
        Self::heard(self.command(arguments), arguments)
    }

    fn heard(mut command: Command, arguments: &[&str]) -> String {
        let output = command.output().unwrap();
        no_secret_in(&output.stdout, &format!("standard output of {arguments:?}"));
        no_secret_in(&output.stderr, &format!("standard error of {arguments:?}"));
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn no_secret_that_was_planted_is_found_in_anything_that_was_said_or_written() {
    let engine = Engine::start(Kind::Docker28);
    let servers = [
        (registry(IN_FILE, false), IN_FILE),
        (registry(IDENTITY, true), IDENTITY),
        (registry(OF_HELPER, false), OF_HELPER),
        (registry(OF_STORE, false), OF_STORE),
    ];
    let [in_file, identity, of_helper, _] = servers.each_ref().map(|(server, _)| server.host.as_str());
    let helpers = tempfile::tempdir().unwrap();
    helper(helpers.path(), "one", OF_HELPER);
    helper(helpers.path(), "all", OF_STORE);
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".docker")).unwrap();
    let auth = BASE64_STANDARD.encode(format!("{USER}:{IN_FILE}"));
    let file = home.path().join(".docker/config.json");
    let with_store = |store: bool| {
        let mut config = json!({
            "auths": {in_file: {"auth": auth}, identity: {"identitytoken": IDENTITY}},
            "credHelpers": {of_helper: "one"},
        });
        if store {
            config["credsStore"] = "all".into();
        }
        std::fs::write(&file, config.to_string()).unwrap();
    };
    let mut tags = Vec::new();
    for (server, _) in &servers {
        tags.extend(REPOSITORIES.map(|repository| format!("{}/{repository}:1", server.host)));
    }
    // A name that leads to a proxy which nobody answers as.
    tags.push("registry.unmoor.test/team/app:1".to_owned());
    let image = Image { layers: vec![Layer::filled("a", 9_000)], tags, ..Image::default() };
    let id = image.id();
    engine.load(&docker_archive(&[image]));
    with_store(false);
    let person = Person { home, helpers, engine: engine.host.clone() };
    let told = person.says(&["explain", &id, "--look-up", "--format", "json"]);
    for word in ["\"absent\"", "\"denied\"", "\"unreachable\""] {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(told.contains("x…") || told.contains("… …"), "what was said back was told without it: {told}");
    // Where a store is named, it is asked for what no helper of its own has.
    with_store(true);
    person.says(&["explain", &id, "--look-up", "--format", "json"]);
    person.says(&["explain", &id, "--look-up"]);

    // They were used, each where it belongs.
    for (server, secret) in &servers {
        let asked = server.asked();
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{USER}:{secret}")));
        let used = |asked: &Asked| match *secret {
            IDENTITY => asked.header("authorization") == Some(&format!("Bearer {GRANTED}")),
            _ => asked.header("authorization") == Some(&basic),
        };
        for repository in REPOSITORIES {
            let on_it = asked.iter().any(|asked| asked.path.contains(repository) && used(asked));
            assert!(on_it || (*secret == IDENTITY && repository == "refused/app"), "{secret} {repository}");
        }
        if *secret == IDENTITY {
            assert!(asked.iter().any(|a| form(&a.body, "refresh_token").as_deref() == Some(IDENTITY)));
        }
    }

    everything_that_writes(&person, &id);
    let address = format!("tcp://{USER}:{OF_ADDRESS}@127.0.0.1:1");
    for arguments in [&["explain", &id][..], &["engines"], &["engines", "--format", "json"], &["report"]] {
        let mut command = person.command(arguments);
        command.env("DOCKER_HOST", &address);
        Person::heard(command, arguments);
        let named = [arguments, &["--host", &address]].concat();
        person.says(&named);
    }
    let searched = search(person.home.path());
    assert!(searched > 15, "only {searched} files were searched");
}

/// Reports, a plan, its removal after an archive, and what tells of it later.
fn everything_that_writes(person: &Person, id: &str) {
    let at = |name: &str| person.home.path().join(name).display().to_string();
    for format in ["html", "markdown", "csv", "json", "svg"] {
        let to = at(&format!("inventory.{format}"));
        person.says(&["report", "--format", format, "-o", &to]);
        for subject in ["inventory", "explanation", "removal", "map"] {
            let target: &[&str] = if matches!(subject, "explanation" | "removal") { &[id] } else { &[] };
            let wanted = ["report", "--subject", subject, "--format", format];
            person.says(&[&wanted[..], target].concat());
            person.says(&[&wanted[..], target, &["--anonymize", "--language", "zh"]].concat());
        }
    }
    for format in ["text", "shell"] {
        person.says(&["plan", id, "--format", format]);
    }
    let plan = person.says(&["plan", id, "--format", "json"]);
    std::fs::write(at("plan.json"), plan).unwrap();
    let (plan, report) = (at("plan.json"), at("removal.html"));
    let said = person.says(&["apply", &plan, "--yes", "--archive", "--report", &report]);
    assert!(said.contains("archived 1 images"), "{said}");
    person.says(&["apply", &plan, "--yes"]);
    person.says(&["restore"]);
    let said = person.says(&["restore", id]);
    assert!(said.contains("is back"), "{said}");
    for arguments in [&["log"][..], &["log", "last"], &["log", "last", "--format", "json"], &["engines"]] {
        let said = person.says(arguments);
        assert!(!said.is_empty(), "{arguments:?}");
    }
}

const LIMIT: Duration = Duration::from_mins(1);

/// A registry behind another that wants a login: it hands on what is asked, until it says back what it is told.
fn turning(behind: &str, quotes: &Arc<AtomicBool>) -> Server {
    let (behind, quotes) = (behind.to_owned(), Arc::clone(quotes));
    Server::start(move |asked| {
        if asked.header("authorization").is_none() || quotes.load(Ordering::SeqCst) {
            return answer(asked, IN_FILE, false, "");
        }
        let accepted: Vec<_> = asked.headers.iter().filter(|(name, _)| name == "accept").collect();
        let accepted: Vec<_> = accepted.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        // What it is asked for without the content has its length all the same.
        let answer = request(&behind, "GET", &asked.path, &accepted, b"");
        let mut reply = Reply::new(answer.status, answer.body.clone());
        for name in ["content-type", "docker-content-digest"] {
            if let Some(value) = answer.header(name) {
                reply = reply.with(name, value);
            }
        }
        reply
    })
}

/// The Markdown that goes to the clipboard.
fn copied_report(person: &mut InWindow, of: ExportOf) -> String {
    person.act(Action::CopyReport(of, false));
    person.wait(LIMIT, |state| matches!(state.exporting, Exporting::Ready(_))).expect("the report is made");
    let Exporting::Ready(text) = &person.state.exporting else { panic!() };
    let text = text.clone();
    no_secret_in(text.as_bytes(), &format!("the report of {of:?}"));
    person.act(Action::ExportCopied);
    text
}

/// What the window has of undoing, once it has ended.
fn undo_ended(state: &AppState) -> Option<&[UndoState]> {
    let Dialog::Undo(undo) = &state.dialog else { return None };
    if let UndoPhase::Ended { steps, .. } = &undo.phase { Some(steps) } else { None }
}

#[test]
fn no_secret_is_in_what_a_window_copies_after_a_registry_said_it_back() {
    // Of other statuses Docker does not hand on the words.
    for repository in ["quotes-403/app", "quotes-400/far/app"] {
        let quotes = Arc::new(AtomicBool::new(false));
        let registry = Registry::start(&Wants::Nothing);
        let server = turning(&registry.host, &quotes);
        let engine = Engine::start_trusting(Kind::Docker28, &[&registry.host, &server.host]);
        let _reached = [&registry.host, &server.host].map(|host| Carried::to(&engine, host));
        let pushed = format!("{}/{repository}:1", registry.host);
        let layers = vec![Layer::filled("a", 9_000)];
        engine.load(&docker_archive(&[Image { layers, tags: vec![pushed.clone()], ..Image::default() }]));
        engine.push(&pushed);
        engine.remove_image(&pushed, false, false).ok();
        let name = format!("{}/{repository}:1", server.host);
        engine.pull_as(&name, &json!({"username": USER, "password": IN_FILE}));
        let id = ImageId::parse(engine.inspect_image(&name)["Id"].as_str().unwrap()).unwrap();
        quotes.store(true, Ordering::SeqCst);

        let auth = BASE64_STANDARD.encode(format!("{USER}:{IN_FILE}"));
        let (_logins, places) = places(&json!({"auths": {&server.host: {"auth": auth}}}));
        let (kept, folders) = folders::temporary_folders();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let endpoint = Endpoint::Host(engine.host.clone());
        let mut person = InWindow::start_for(&runtime, endpoint, folders, places, |_| {});
        person.wait(LIMIT, InWindow::is_up_to_date).expect("it is listed");
        person.act(Action::LookUp(id.clone()));
        let looked_up = |state: &AppState| {
            let names = state.remotes.of(&id).map(|asked| &asked.names);
            names.is_some_and(|n| n.values().all(|asked| asked.remote.why_unknown().is_some()))
        };
        person.wait(LIMIT, looked_up).expect("the registry answers");
        let words = person.state.remotes.of(&id).unwrap().names.values().next().unwrap();
        assert!(words.remote.why_unknown().unwrap().contains('…'), "{words:?}");
        copied_report(&mut person, ExportOf::Everything);

        person.act(Action::Review(Target::Image(id.clone()), Way::Ordered));
        let planned = |state: &AppState| matches!(&state.dialog, Dialog::Review(r) if r.ready().is_some());
        person.wait(LIMIT, planned).expect("it is planned");
        let Dialog::Review(review) = &person.state.dialog else { panic!() };
        let lines = shell_lines(review.plan().unwrap().unwrap()).join("\n");
        assert!(lines.starts_with("docker rmi"), "{lines}");
        no_secret_in(lines.as_bytes(), "the commands");
        copied_report(&mut person, ExportOf::Plan);
        person.act(Action::Confirm);
        person.act(Action::ConfirmLastCopies);
        person.wait(LIMIT, |state| matches!(state.dialog, Dialog::Ended(_))).expect("it is removed");
        copied_report(&mut person, ExportOf::Plan);
        person.act(Action::CloseDialog);
        person.wait(LIMIT, InWindow::is_up_to_date).expect("it is listed again");

        let before = server.asked().len();
        person.act(Action::Undo(Wanted::Last));
        person.act(Action::Confirm);
        person.wait(LIMIT, |state| undo_ended(state).is_some()).expect("the pull ends");
        let steps = undo_ended(&person.state).unwrap();
        let UndoState::Ended(UndoAnswer::Refused { message, .. }) = &steps[0] else { panic!("{steps:?}") };
        assert!(message.contains('…'), "what was said back was told without it: {message}");
        let told = format!("Basic {auth}");
        let engine_asked = |a: &Asked| {
            let agent = a.header("user-agent").unwrap_or_default();
            agent.starts_with("docker/") && a.header("authorization") == Some(&told)
        };
        assert!(server.asked()[before..].iter().any(engine_asked), "the engine had the login");
        let runs = person.state.journal.runs().to_vec();
        assert_eq!(runs.len(), 2);
        for run in &runs {
            for only in (0..run.steps.len()).map(Some).chain([None]) {
                no_secret_in(copied(run, only).as_bytes(), "a copied entry of the journal");
            }
        }
        assert!(copied(&runs[0], None).contains(message.as_str()), "{}", copied(&runs[0], None));
        no_secret_in(format!("{:?}", person.state).as_bytes(), "the state of the window");
        person.leave();
        assert!(search(kept.path()) > 1);
    }
}
