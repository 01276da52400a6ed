//! The program as other programs and shells use it: what it prints where, and its exit status. On the
//! sample engine, and on addresses where no engine is.

#![cfg(test)]

use std::io::Write as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn unmoor(arguments: &[&str]) -> Output {
    unmoor_with_input(arguments, "")
}

fn unmoor_with_input(arguments: &[&str], input: &str) -> Output {
    run_with_settings(Path::new("/nonexistent"), arguments, input)
}

fn run_with_settings(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_unmoor"))
        .args(arguments)
        .env_remove("DOCKER_HOST")
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("XDG_CACHE_HOME", home.path().join("cache"))
        .env("XDG_CONFIG_HOME", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    program.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    program.wait_with_output().unwrap()
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("not ended by a signal")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The one line on standard error.
fn error(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "one line, no backtrace: {text:?}");
    assert!(text.starts_with("unmoor: "), "{text:?}");
    text
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", stdout(output)))
}

fn explained(target: &str, more: &[&str]) -> (i32, Value) {
    let output = unmoor(&[&["explain", "--sample", "--format", "json"], more, &["--", target]].concat());
    (status(&output), json(&output))
}

#[test]
fn the_json_of_explain_has_exactly_the_documented_fields() {
    let (status, told) = explained("e9d3f7300f03", &[]);
    assert_eq!(status, 0, "refused is an answer");
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut expected = vec![
        "schema",
        "engine",
        "target",
        "force",
        "resolved",
        "outcome",
        "refusal",
        "unknown",
        "holders",
        "untagged",
        "deleted",
        "freed_bytes",
        "freed",
        "kept_layers",
    ];
    expected.sort_unstable();
    let mut found = keys(&told);
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(told["schema"], 1);
    assert_eq!(told["engine"]["store"], "classic");
    assert_eq!(told["outcome"], "refused");
    assert_eq!(told["refusal"]["status"], 409);
    assert_eq!(told["refusal"]["forceable"], false, "a container runs");
    let holders = told["holders"].as_array().unwrap();
    assert_eq!(holders.len(), 13);
    for holder in holders {
        let mut found = keys(holder);
        found.sort_unstable();
        assert_eq!(found, ["blocks", "force_overrides", "id", "kind", "name", "release", "state"]);
        assert!(holder["release"].as_str().unwrap().starts_with("docker "));
    }
}

#[test]
fn looking_up_adds_what_every_name_of_the_image_leads_to() {
    let (status, told) = explained("e9d3f7300f03", &["--look-up"]);
    assert_eq!(status, 0);
    let recoverable = &told["recoverable"];
    assert_eq!(recoverable["verdict"], "yes");
    let references = recoverable["references"].as_array().unwrap();
    assert_eq!(references.len(), 10);
    let pushed = "sha256:c7c1149150a8f7536bd19b70ea34748bf9dfbc93e5dee677f11362c06b12735d";
    let there: Vec<_> = references.iter().filter(|name| name["status"] == "present").collect();
    assert_eq!(there.len(), 2, "{recoverable}");
    assert!(there.iter().all(|name| name["pull_by"] == pushed && name["registry"] == "index-dev.qiniu.io"));
    let (_, gone) = explained("966495178565", &["--look-up"]);
    assert_eq!(gone["recoverable"]["verdict"], "last_copy");
    let text = stdout(&unmoor(&["explain", "--sample", "--look-up", "966495178565"]));
    assert!(text.ends_with("none has it; this is the last copy\n"), "{text}");
}

#[test]
fn every_kind_of_target_is_resolved() {
    for (target, kind, outcome) in [
        ("966495178565", "image", "removes"),
        ("sha256:966495178565", "image", "removes"),
        ("index.qiniu.com/ubuntu:16.04", "tag", "removes"),
        ("index.qiniu.com/ubuntu:latest", "tag", "untags"),
        ("index.qiniu.com/ubuntu", "tag", "untags"),
        (
            "index.qiniu.com/ubuntu@sha256:c7c1149150a8f7536bd19b70ea34748bf9dfbc93e5dee677f11362c06b12735d",
            "digest",
            "untags",
        ),
        ("web-1", "container", "removes"),
        ("web-2", "container", "refused"),
        ("debian:12", "tag", "untags"),
    ] {
        let (status, told) = explained(target, &[]);
        assert_eq!(status, 0, "{target}");
        assert_eq!(told["resolved"]["kind"], kind, "{target}");
        assert_eq!(told["outcome"], outcome, "{target}");
        assert_eq!(told["refusal"].is_null(), outcome != "refused", "{target}");
    }
}

#[test]
fn force_and_no_prune_change_the_answer() {
    let (_, plain) = explained("0b1c2d3e4f50", &[]);
    let (_, kept) = explained("0b1c2d3e4f50", &["--no-prune"]);
    assert_eq!(plain["outcome"], "removes");
    assert!(plain["deleted"].as_array().unwrap().len() >= kept["deleted"].as_array().unwrap().len());
    let (_, forced) = explained("web-2", &["--force"]);
    assert_eq!((&forced["outcome"], &forced["force"]), (&"removes".into(), &true.into()));
}

#[test]
fn what_is_not_there_or_not_a_name_is_said_in_one_line_with_status_4() {
    let long = "a".repeat(4096);
    for target in
        ["nope", "nope; rm -rf /", "$(reboot)", "--force", "-h", "Upper/Case", "", "a\u{1b}[31mb", &long]
    {
        let output = unmoor(&["explain", "--sample", "--", target]);
        assert_eq!(status(&output), 4, "{target:?}");
        assert_eq!(stdout(&output), "", "{target:?}");
        assert!(!error(&output).contains('\u{1b}'), "no control character reaches the terminal");
        let (status, told) = explained(target, &[]);
        assert_eq!(status, 4);
        assert!(told["resolved"].is_null());
    }
    let ambiguous = unmoor(&["explain", "--sample", "0b"]);
    assert_eq!(status(&ambiguous), 4);
    assert!(error(&ambiguous).contains("begins the IDs of 2 images"), "{ambiguous:?}");
}

#[test]
fn wrong_usage_has_status_2() {
    for arguments in
        [&["explain"][..], &["plan"], &["explain", "a", "b"], &["nonsense"], &["explain", "a", "--nonsense"]]
    {
        assert_eq!(status(&unmoor(arguments)), 2, "{arguments:?}");
    }
}

#[test]
fn an_engine_that_is_not_there_has_status_3_and_says_what_to_do() {
    let missing = unmoor(&["explain", "a", "--host", "unix:///no/such/engine.sock"]);
    assert_eq!(status(&missing), 3);
    let said = error(&missing);
    assert!(said.contains("unix:///no/such/engine.sock") && said.contains("--host"), "{said}");
    for address in ["nonsense", "gopher://x", "tcp://127.0.0.1:1", "tcp://256.256.256.256:1"] {
        let output = unmoor(&["plan", "a", "--host", address]);
        assert_eq!(status(&output), 3, "{address}");
        assert!(error(&output).contains(address));
    }
}

#[test]
fn an_engine_that_accepts_and_never_answers_is_given_up_on() {
    let dir = std::env::temp_dir().join(format!("unmoor-cli-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let socket = dir.join("silent.sock");
    let _listener = UnixListener::bind(&socket).unwrap();
    let output = unmoor(&["explain", "a", "--host", &format!("unix://{}", socket.display())]);
    std::fs::remove_dir_all(&dir).unwrap();
    assert_eq!(status(&output), 3);
    assert!(error(&output).contains("restart it"), "{output:?}");
}

#[test]
fn a_plan_for_a_shell_is_plain_docker_commands() {
    let output = unmoor(&["plan", "e9d3f7300f03", "--sample", "--format", "shell"]);
    assert_eq!(status(&output), 0);
    let text = stdout(&output);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        (lines[0], lines[lines.len() - 1]),
        ("( set -e", ")"),
        "a failure must not end the person's shell"
    );
    assert!(lines[1..lines.len() - 1].iter().all(|l| l.starts_with("docker ")), "{text}");
    assert!(!text.contains("--force"), "the ordered way never forces: {text}");
    let forced =
        stdout(&unmoor(&["plan", "e9d3f7300f03", "--sample", "--way", "force", "--format", "shell"]));
    assert_eq!(forced.lines().filter(|l| l.contains("--force")).count(), 1, "{forced}");
}

#[test]
fn a_way_that_does_not_exist_is_an_answer() {
    let output = unmoor(&["plan", "0b2a6a13ee88", "--sample", "--way", "force", "--format", "json"]);
    assert_eq!(status(&output), 0);
    let told = json(&output);
    assert!(told["plan"].is_null());
    assert_eq!(told["refusal"]["forceable"], false);
}

fn plan_for(target: &str) -> String {
    stdout(&unmoor(&["plan", target, "--sample", "--format", "json"]))
}

#[test]
fn a_plan_is_applied_only_with_yes_where_nobody_can_be_asked() {
    let plan = plan_for("e9d3f7300f03");
    let refused = unmoor_with_input(&["apply", "-", "--sample"], &plan);
    assert_eq!((status(&refused), stdout(&refused)), (2, String::new()));
    assert!(error(&refused).contains("--yes"));
    let applied = unmoor_with_input(&["apply", "-", "--sample", "--yes"], &plan);
    assert_eq!(status(&applied), 0, "{applied:?}");
    let text = stdout(&applied);
    assert_eq!(text.lines().filter(|l| l.starts_with("   Untagged: ")).count(), 10, "{text}");
    assert!(text.contains("   Deleted: sha256:e9d3f7300f03"), "{text}");
}

#[test]
fn a_plan_that_is_not_true_any_more_is_refused_with_its_differences() {
    let plan = plan_for("966495178565");
    let other_engine = plan.replace("1.12.6", "1.13.0");
    let output = unmoor_with_input(&["apply", "-", "--sample", "--yes"], &other_engine);
    assert_eq!((status(&output), stdout(&output)), (5, String::new()));
    assert!(error(&output).contains("1.13.0"));
    let other_lines = plan.replace("index.qiniu.com/ubuntu:16.04", "index.qiniu.com/ubuntu:14.04");
    let output = unmoor_with_input(&["apply", "-", "--sample", "--yes"], &other_lines);
    assert_eq!((status(&output), stdout(&output)), (5, String::new()));
    assert!(error(&output).contains("step 1"));
}

#[test]
fn json_holds_nothing_that_a_terminal_obeys_and_means_the_same() {
    let hostile = "no\u{9b}31m\u{202e}such\u{61c}";
    let output = unmoor(&["explain", "--sample", "--format", "json", "--", hostile]);
    let text = stdout(&output);
    assert!(text.is_ascii(), "{text:?}");
    assert_eq!(json(&output)["target"], hostile);
}

#[test]
fn half_a_plan_or_none_is_refused() {
    let plan = plan_for("966495178565");
    for text in
        ["", "{}", "[]", "null", &plan[..plan.len() / 2], &plan.replace("\"schema\": 1", "\"schema\": 2")]
    {
        let output = unmoor_with_input(&["apply", "-", "--sample", "--yes"], text);
        assert_eq!((status(&output), stdout(&output)), (2, String::new()), "{text:.40}");
        assert!(!error(&output).is_empty());
    }
    let missing = unmoor(&["apply", "/no/such/plan.json", "--sample", "--yes"]);
    assert_eq!(status(&missing), 2);
    assert!(error(&missing).contains("/no/such/plan.json"));
}

/// A folder in which the settings are this text.
fn settings(name: &str, text: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(folder.join("unmoor")).unwrap();
    std::fs::write(folder.join("unmoor/settings.json"), text).unwrap();
    folder
}

#[test]
fn what_is_kept_in_the_window_is_neither_planned_nor_removed_without_it() {
    let kept = settings("kept", r#"{"policy":{"pins":[{"pattern":"index.qiniu.com/ubuntu*"}]}}"#);
    let planned = run_with_settings(&kept, &["plan", "e9d3f7300f03", "--sample"], "");
    assert!(
        stdout(&planned).contains("protected: you keep names like index.qiniu.com/ubuntu*"),
        "{planned:?}"
    );
    let all = ["plan", "e9d3f7300f03", "--sample", "--include-protected", "--format", "json"];
    let plan = stdout(&run_with_settings(&kept, &all, ""));
    let refused = run_with_settings(&kept, &["apply", "-", "--sample", "--yes"], &plan);
    assert_eq!((status(&refused), stdout(&refused)), (5, String::new()));
    assert!(error(&refused).contains("would remove what is protected: you keep names like"), "{refused:?}");
    let applied =
        run_with_settings(&kept, &["apply", "-", "--sample", "--yes", "--include-protected"], &plan);
    assert_eq!(status(&applied), 0, "{applied:?}");
}

#[test]
fn as_long_as_it_is_not_known_what_is_kept_nothing_is_planned() {
    let broken = settings("broken", "{");
    let output = run_with_settings(&broken, &["plan", "e9d3f7300f03", "--sample"], "");
    assert_eq!((status(&output), stdout(&output)), (2, String::new()));
    assert!(error(&output).contains("settings.json"), "{output:?}");
    let explained = run_with_settings(&broken, &["explain", "e9d3f7300f03", "--sample"], "");
    assert_eq!(status(&explained), 0, "explaining removes nothing: {explained:?}");
}

#[test]
fn without_a_display_the_program_says_so_and_names_the_other_ways() {
    let output = Command::new(env!("CARGO_BIN_EXE_unmoor"))
        .arg("--sample")
        .env("HOME", "/nonexistent")
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CACHE_HOME")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .output()
        .unwrap();
    assert_ne!(status(&output), 0);
    let said = error(&output);
    assert!(said.contains("display") && said.contains("unmoor explain"), "{said}");
}
