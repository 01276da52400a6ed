//! An inventory as a report in every format: how long it takes for ten times the images, and how much memory
//! beside the listing itself.
//!
//! Each line is measured by a process of its own, as the peak of a process cannot be taken back everywhere.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "what is missing is a fault of the bench"
)]

#[path = "made_up/inventory.rs"]
mod inventory;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::process::Command;
use std::time::Instant;

use inventory::observe;
use unmoor::model::ImageIx;
use unmoor::report::rows::image_row;
use unmoor::report::{Content, Format, LookUps, Report, write};
use unmoor::rules::{Target, World, verdict};
use unmoor::words::Language;

const SIZES: [usize; 3] = [1_000, 10_000, 50_000];
/// Set for the process that measures one line.
const ONE: &str = "UNMOOR_BENCH_REPORT";
/// Beside the formats: the rows that all of them are made of, as the lines of a text that nobody shapes.
const RAW: &str = "rows";

fn main() {
    if let Ok(one) = std::env::var(ONE) {
        let (format, size) = one.split_once(' ').unwrap();
        return measure(format, size.parse().unwrap());
    }
    let program = std::env::current_exe().unwrap();
    println!("| format | images | time | for ten times as many | file | memory beside the listing |");
    println!("|---|---|---|---|---|---|");
    for format in std::iter::once(RAW).chain(Format::ALL.map(Format::extension)) {
        let mut before: Option<f64> = None;
        for size in SIZES.into_iter().filter(|size| format != "svg" || *size <= 1_000) {
            let told = Command::new(&program).env(ONE, format!("{format} {size}")).output().unwrap();
            let told = String::from_utf8(told.stdout).unwrap();
            let numbers: Vec<f64> = told.split_whitespace().map(|n| n.parse().unwrap()).collect();
            let [seconds, bytes, memory] = numbers[..] else { panic!("{format} {size}: {told}") };
            // From 10,000 to 50,000 images it is five times as many.
            let each = if size == 50_000 { 2.0 } else { 1.0 };
            let ratio = before.map_or(String::new(), |before| format!("{:.1}×", seconds / before * each));
            before = Some(seconds);
            println!(
                "| {format} | {size} | {:.0} ms | {ratio} | {:.1} MB | {:.1} MB |",
                seconds * 1e3,
                bytes / 1e6,
                memory / 1e6
            );
        }
    }
}

/// One report, written to nowhere: seconds, bytes of the file, and bytes of memory at its peak.
fn measure(format: &str, size: usize) {
    let world = World::new(observe(size).graph);
    let images: Vec<ImageIx> = (0..).map(ImageIx).take(size).collect();
    let (content, about, look_ups) =
        (Content::Inventory { images: images.clone() }, "all images".to_owned(), LookUps::new());
    let report = Report { written_at: 0, host: None, world, about, anonymous: false, look_ups, content };
    let world = &report.world;
    let before = status("VmRSS");
    // What was the peak so far is forgotten.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let mut out = Counting(0);
    let begun = Instant::now();
    {
        let mut out = BufWriter::new(&mut out);
        if let Some(format) = Format::of_extension(format) {
            write(&report, format, Language::English, &|_, _| {}, &mut out).unwrap();
        } else {
            for ix in images {
                let id = world.image(ix).unwrap().id.clone();
                let row = image_row(&report, ix, verdict(world, &Target::Image(id))).unwrap();
                writeln!(out, "{row:?}").unwrap();
            }
        }
        out.flush().unwrap();
    }
    println!("{} {} {}", begun.elapsed().as_secs_f64(), out.0, status("VmHWM").saturating_sub(before));
}

/// A line of what the kernel tells of this process, in bytes.
fn status(key: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

struct Counting(u64);

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
