//! What a frame of the whole window costs on the thread that paints: input, panels, layout and tessellation,
//! with AccessKit on. Percentiles, which bench harnesses do not tell, and how they grow with the rows.
//!
//! `cargo bench --bench frames [-- ROWS…]`; the sizes compared are 1,000, 100,000 and 1,000,000 by default.

#![expect(clippy::print_stdout, reason = "a table is all that this prints")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is missing is a fault of the bench")]

#[path = "made_up/inventory.rs"]
mod inventory;
#[path = "made_up/stage.rs"]
mod stage;

use std::time::Duration;

use eframe::egui::{Event, Key, Modifiers};
use inventory::observe;
use stage::Stage;
use unmoor::state::Grouping;

const FRAMES: usize = 600;

/// What a person does while frames are counted.
#[derive(Clone, Copy)]
struct Scene {
    name: &'static str,
    grouping: Grouping,
    /// Brings the window there.
    begin: fn(&mut Stage),
    /// The input of the frame with this number.
    input: fn(usize) -> Vec<Event>,
}

const SCENES: [Scene; 10] = [
    Scene { name: "nothing happens", grouping: Grouping::Image, begin: |_| (), input: |_| Vec::new() },
    Scene {
        name: "scrolling",
        grouping: Grouping::Image,
        begin: Stage::point_at_rows,
        input: |_| vec![Stage::wheel(-64.0)],
    },
    Scene {
        name: "scrolling, grouped and open",
        grouping: Grouping::Repository,
        begin: Stage::point_at_rows,
        input: |_| vec![Stage::wheel(-64.0)],
    },
    Scene {
        name: "selecting",
        grouping: Grouping::Image,
        begin: |_| (),
        input: |_| vec![Stage::key(Key::ArrowDown)],
    },
    Scene {
        name: "selecting and marking",
        grouping: Grouping::Image,
        begin: |_| (),
        input: |_| vec![Stage::key_with(Key::ArrowDown, Modifiers::SHIFT)],
    },
    Scene {
        name: "scrolling, all marked",
        grouping: Grouping::Image,
        begin: |stage| {
            stage.frame(vec![Stage::key_with(Key::A, Modifiers::COMMAND)]);
            stage.settle();
            stage.point_at_rows();
        },
        input: |_| vec![Stage::wheel(-64.0)],
    },
    Scene {
        name: "picture, one with 200 names",
        grouping: Grouping::Image,
        begin: picture_of_most_names,
        input: pan,
    },
    Scene {
        name: "picture, up to 5,000 images",
        grouping: Grouping::Image,
        begin: picture_of_marked,
        input: pan,
    },
    Scene {
        name: "scrolling a review of 1 in 90",
        grouping: Grouping::Image,
        begin: |stage| {
            stage.filter("1.77");
            stage.frame(vec![Stage::key_with(Key::A, Modifiers::COMMAND)]);
            stage.settle();
            stage.frame(vec![Stage::key(Key::Enter)]);
            stage.settle();
            stage.frame(vec![Event::PointerMoved(eframe::egui::pos2(640.0, 480.0))]);
        },
        input: |_| vec![Stage::wheel(-64.0)],
    },
    Scene {
        name: "map",
        grouping: Grouping::Image,
        begin: |stage| {
            stage.frame(vec![Stage::key_with(Key::Num3, Modifiers::COMMAND)]);
            stage.settle();
        },
        input: |at| {
            #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
            let x = 40.0 + at as f32;
            vec![Event::PointerMoved(eframe::egui::pos2(x, 400.0))]
        },
    },
];

fn picture_of_most_names(stage: &mut Stage) {
    stage.filter("1.7.199");
    stage.frame(vec![Stage::key(Key::ArrowDown)]);
    stage.frame(vec![Stage::key_with(Key::Num2, Modifiers::COMMAND)]);
    stage.settle();
    stage.point_at_rows();
}

fn picture_of_marked(stage: &mut Stage) {
    stage.frame(vec![Stage::key_with(Key::Num2, Modifiers::COMMAND)]);
    stage.settle();
    stage.point_at_rows();
}

/// The keyboard moves the picture; in turns, so that it stays in sight.
fn pan(at: usize) -> Vec<Event> {
    let key = if at % 20 < 10 { Key::ArrowRight } else { Key::ArrowLeft };
    vec![Stage::key_with(key, Modifiers::SHIFT)]
}

/// The median and the 99th percentile, in that order, and the worst.
fn percentiles(mut costs: Vec<Duration>) -> [Duration; 3] {
    costs.sort_unstable();
    [costs.len() / 2, costs.len() * 99 / 100, costs.len() - 1].map(|at| costs[at])
}

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|text| text.replace('_', "").parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1_000, 100_000, 1_000_000] } else { sizes };
    let mut first: Vec<Duration> = Vec::new();
    for (position, size) in sizes.iter().enumerate() {
        println!("\n{size} images\n{:32}{:>10}{:>10}{:>10}{:>12}", "", "median", "p99", "worst", "to first");
        let observation = observe(*size);
        for (at, scene) in SCENES.iter().enumerate() {
            let mut stage = Stage::live(observation.clone(), scene.grouping);
            (scene.begin)(&mut stage);
            let costs = (0..FRAMES).map(|at| stage.frame((scene.input)(at))).collect();
            let [median, p99, worst] = percentiles(costs);
            if position == 0 {
                first.push(median);
            }
            let ratio = median.as_secs_f64() / first[at].as_secs_f64();
            println!("{:32}{:>10}{:>10}{:>10}{ratio:>11.2}×", scene.name, ms(median), ms(p99), ms(worst));
        }
    }
}

fn ms(cost: Duration) -> String {
    format!("{:.3} ms", cost.as_secs_f64() * 1000.0)
}
