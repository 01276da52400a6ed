//! The translations: complete in both languages, used, and drawable with the fonts that are shipped.

#![cfg(test)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use eframe::egui::{Context, FontFamily, FontId, RawInput};
use unmoor::ui::theme;

const ENGLISH: &str = include_str!("../locales/en.yml");
const CHINESE: &str = include_str!("../locales/zh-CN.yml");
/// What is appended to a key in code.
const ENDINGS: [&str; 4] = [".one", ".many", ".hint", ".sentence"];

/// One key and one text in quotes per line; nothing else of YAML is used.
fn texts(file: &str) -> BTreeMap<&str, &str> {
    let lines = file.lines().filter(|l| !l.is_empty() && !l.starts_with("_version"));
    let read = |line: &'static str| line.split_once(": ").unwrap_or_else(|| panic!("{line}"));
    // The files are compiled in, so their lines live as long as the test.
    let lines: Vec<&'static str> = lines.map(|l| &*Box::leak(l.to_owned().into_boxed_str())).collect();
    let texts: BTreeMap<_, _> =
        lines.iter().map(|l| read(l)).map(|(k, v)| (k, v.trim_matches('"'))).collect();
    assert_eq!(texts.len(), lines.len(), "a key stands twice");
    texts
}

fn placeholders(text: &str) -> Vec<&str> {
    let mut found: Vec<_> =
        text.split("%{").skip(1).filter_map(|p| p.split_once('}')).map(|(n, _)| n).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn sources(place: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(place).unwrap().map(|e| e.unwrap().path());
    entries.flat_map(|p| if p.is_dir() { sources(&p) } else { vec![p] }).collect()
}

fn code() -> String {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let speaking =
        ["ui", "words", "report", "state", "cli"].iter().flat_map(|folder| sources(&src.join(folder)));
    // Ends like the macro that takes a text.
    speaking.map(|p| std::fs::read_to_string(p).unwrap().replace("include_str!(", "include(")).collect()
}

#[test]
fn both_languages_say_the_same_things() {
    let (english, chinese) = (texts(ENGLISH), texts(CHINESE));
    let keys = |texts: &BTreeMap<&'static str, &'static str>| texts.keys().copied().collect::<Vec<_>>();
    assert_eq!(keys(&english), keys(&chinese));
    for (key, text) in &english {
        assert_eq!(placeholders(text), placeholders(chinese[key]), "{key}");
        assert!(!chinese[key].is_empty() && !text.is_empty(), "{key}");
    }
}

#[test]
fn every_text_is_used_and_every_used_text_is_there() {
    let (english, code) = (texts(ENGLISH), code());
    for key in english.keys() {
        let stem = ENDINGS.iter().find_map(|e| key.strip_suffix(e)).unwrap_or(key);
        let used = code.contains(&format!("\"{key}\"")) || code.contains(&format!("\"{stem}\""));
        assert!(used, "{key} is never said");
    }
    for call in ["tr!(\"", "count(\"", "counted(\"", "some(\""] {
        for rest in code.split(call).skip(1) {
            let key = rest.split('"').next().unwrap_or_default();
            let there = english.contains_key(key) || english.contains_key(format!("{key}.many").as_str());
            assert!(there, "{key} has no text");
        }
    }
}

#[test]
fn every_letter_can_be_drawn() {
    let ctx = Context::default();
    theme::install(&ctx);
    let mut output = ctx.run_ui(RawInput::default(), |_| {});
    output.textures_delta.clear();
    let strong = theme::strong(theme::BODY);
    let fonts = [FontId::proportional(13.0), FontId::monospace(12.0), strong];
    let drawn_by_code = "…–·:#";
    for font in &fonts {
        for letter in
            ENGLISH.chars().chain(CHINESE.chars()).chain(drawn_by_code.chars()).filter(|c| !c.is_control())
        {
            assert!(ctx.fonts_mut(|f| f.has_glyph(font, letter)), "{letter:?} in {:?}", font.family);
        }
    }
    let icons = FontId::new(16.0, FontFamily::Name("material-icons".into()));
    for icon in [unmoor::ui::icons::ANCHOR, unmoor::ui::icons::HELD, unmoor::ui::icons::CONTAINER] {
        assert!(ctx.fonts_mut(|f| f.has_glyphs(&icons, icon)));
    }
}
