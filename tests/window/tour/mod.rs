//! Pictures of the window: a few that every change is held against, and a tour of all designed states to
//! look at (`make screenshots`).
//!
//! They are painted in software with the fonts that are shipped, at a fixed time of day, so that every machine
//! paints the same. `UPDATE_SNAPSHOTS=1 cargo test --features inspection --test window snapshots` takes new ones
//! after a change that was meant.

mod archives;
mod painter;
mod states;
mod worlds;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Mutex;

use eframe::egui::{Theme, Vec2};
use egui_kittest::{Harness, SnapshotOptions, SnapshotResults};
use unmoor::app::App;
use unmoor::state::{Language, Settings, ThemeChoice};
use unmoor::ui::text;

use crate::stage::Stage;
use painter::Painter;
use states::{STATES, State};

/// 2026-11-20 12:00:00 UTC: whatever tells a time tells this one.
pub const NOW: i64 = 1_795_176_000;

/// How the window is looked at.
#[derive(Clone, Copy)]
struct Look {
    language: Language,
    theme: ThemeChoice,
    /// In points.
    size: [f32; 2],
    scale: f32,
}

const SMALL: [f32; 2] = [720.0, 480.0];
const USUAL: [f32; 2] = [1280.0, 800.0];
/// A 4K screen at scale 2.
const LARGE: [f32; 2] = [1920.0, 1080.0];

const ENGLISH: Look =
    Look { language: Language::English, theme: ThemeChoice::Light, size: USUAL, scale: 1.0 };
const CHINESE: Look = Look { language: Language::Chinese, theme: ThemeChoice::Dark, ..ENGLISH };

impl Look {
    fn name(&self) -> String {
        let language = text::locale(self.language);
        let theme = if self.theme == ThemeChoice::Dark { "dark" } else { "light" };
        let [width, height] = self.size.map(|points| points * self.scale);
        format!("{language}-{theme}-{width}x{height}")
    }

    fn show(&self, (_, go): State) -> Stage {
        text::tell_times_in(jiff::tz::TimeZone::UTC);
        let builder = Harness::<App>::builder()
            .with_size(Vec2::from(self.size))
            .with_theme(if self.theme == ThemeChoice::Dark { Theme::Dark } else { Theme::Light })
            .with_pixels_per_point(self.scale)
            .with_render_cursor(false)
            .with_max_steps(64)
            .renderer(Painter::default());
        let settings = Settings { language: self.language, theme: self.theme, ..Settings::default() };
        let mut stage = Stage::open_with(builder, settings, || NOW);
        // What the language says of itself is only known once a frame was painted.
        stage.settle();
        go(&mut stage);
        stage.settle();
        stage
    }
}

fn all_states() -> impl Iterator<Item = &'static State> {
    STATES.iter().chain(archives::STATES)
}

fn state(name: &str) -> State {
    *all_states().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("no state {name}"))
}

/// What a change is held against: few, and small enough to be kept.
const KEPT: [(&str, Look); 6] = [
    ("origin", ENGLISH),
    ("review-ordered", Look { size: SMALL, ..CHINESE }),
    ("map", Look { theme: ThemeChoice::Light, size: SMALL, ..CHINESE }),
    ("picture-origin", Look { theme: ThemeChoice::Dark, size: [960.0, 600.0], ..ENGLISH }),
    ("no-engine", Look { size: SMALL, ..ENGLISH }),
    ("empty-engine", Look { theme: ThemeChoice::Light, size: SMALL, ..CHINESE }),
];

#[test]
fn snapshots_of_the_main_states_are_as_they_were() {
    // Colours may round differently where the processor blends several at once; a moved edge may not pass.
    let options = SnapshotOptions::new().threshold(0.6).max_failed_pixels(8);
    let mut results = SnapshotResults::new();
    for (name, look) in KEPT {
        let mut stage = look.show(state(name));
        results.add(stage.harness.try_snapshot_options(format!("{name}-{}", look.name()), &options));
    }
}

/// Every state in the usual window, light English and dark Chinese; in the small window, crossed; and those
/// that show most on a large screen.
fn tour() -> Vec<(Look, State)> {
    let small = |look: Look, theme| Look { size: SMALL, theme, ..look };
    let mut all = Vec::new();
    for state in all_states() {
        all.extend([ENGLISH, CHINESE].map(|look| (look, *state)));
        all.push((small(ENGLISH, ThemeChoice::Dark), *state));
        all.push((small(CHINESE, ThemeChoice::Light), *state));
    }
    for name in ["origin", "review-ordered", "picture-origin", "map", "many-images"] {
        for look in [ENGLISH, CHINESE] {
            all.push((Look { size: LARGE, scale: 2.0, ..look }, state(name)));
        }
    }
    all
}

#[test]
#[ignore = "writes some two hundred pictures: make screenshots"]
fn screenshots_of_every_state() {
    let folder = std::env::var_os("UNMOOR_SCREENSHOTS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/screenshots"), PathBuf::from);
    let wanted = std::env::var("UNMOOR_STATES").unwrap_or_default();
    std::fs::create_dir_all(&folder).unwrap();
    let all: Vec<_> = tour()
        .into_iter()
        .map(|(look, state)| (format!("{}-{}", state.0, look.name()), look, state))
        .filter(|(name, ..)| name.contains(&wanted))
        .collect();
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let folder = &folder;
    // One state that cannot be reached does not keep the others from being seen.
    let failed = &Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(threads).max(1)) {
            scope.spawn(move || {
                for (name, look, state) in part {
                    let painted = std::panic::catch_unwind(|| look.show(*state).harness.render());
                    match painted {
                        Ok(Ok(picture)) => picture.save(folder.join(format!("{name}.png"))).unwrap(),
                        Ok(Err(why)) => failed.lock().unwrap().push(format!("{name}: {why}")),
                        Err(_) => failed.lock().unwrap().push(format!("{name}: see above")),
                    }
                }
            });
        }
    });
    assert_eq!(*failed.lock().unwrap(), Vec::<String>::new());
}
