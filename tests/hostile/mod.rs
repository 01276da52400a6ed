//! An inventory that is hostile in every field, and a report of each subject on it.

#![cfg(test)]
#![allow(dead_code, reason = "each test binary uses another part of this module")]

use std::sync::Arc;

use unmoor::archive::{ArchiveId, Saved};
use unmoor::engine::sample::Sample;
use unmoor::model::{Bytes, Graph, Image, ImageIx, Inventory, Recovery, Remote};
use unmoor::plan::{
    Ended, Judgement, KeepReason, Kept, Outcome, PlannedStep, StepAnswer, StepOutcome, Way, plan_removal,
};
use unmoor::report::{Content, Format, LeftStep, LookUp, LookUps, Removal, Report, write};
use unmoor::rules::{Policy, Protection, Target, World};
use unmoor::words::Language;

pub const NOW: i64 = 1_795_176_000;
pub const ORIGIN: &str = "e9d3f7300f03";
pub const LANGUAGES: [Language; 2] = [Language::English, Language::Chinese];

/// What a label, a container or a project may be called.
pub const HOSTILE: [&str; 12] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1",
    "\t=1+1",
    "[x](javascript:alert(1)) ![i](http://evil.example/i.png) | a | b",
    "`code` **bold** <b>html</b> &amp; @everyone #1 https://evil.example",
    "a\r\n# heading\n\n| --- |\n- item",
    "\u{1b}[31mred\u{1b}[0m\u{7}\u{9b}2J",
    "gpj\u{202e}exe\u{200f}\u{2066}\u{feff}",
    "]]></script></style></title></svg><svg onload=alert(1)>",
];

pub fn sample() -> Inventory {
    Sample::new(NOW).inventory()
}

/// The sample with hostile texts wherever an engine lets anybody write some.
pub fn hostile() -> Inventory {
    let mut inventory = sample();
    for (at, image) in inventory.images.seen_mut().iter_mut().enumerate() {
        let image = Arc::make_mut(image);
        for (n, text) in HOSTILE.iter().enumerate() {
            image.labels.insert(format!("{text}{n}"), HOSTILE[(at + n) % HOSTILE.len()].to_owned());
        }
        image.platform = Some(HOSTILE[at % HOSTILE.len()].to_owned());
    }
    for (at, container) in inventory.containers.seen_mut().iter_mut().enumerate() {
        container.name = HOSTILE[at % HOSTILE.len()].to_owned();
        container.status = HOSTILE[(at + 1) % HOSTILE.len()].to_owned();
        container.compose_project = Some(HOSTILE[(at + 2) % HOSTILE.len()].to_owned());
    }
    inventory.engine.name = HOSTILE[0].to_owned();
    inventory
}

pub fn world(inventory: Inventory) -> World {
    let graph = Arc::new(Graph::new(Arc::new(inventory)));
    let protection = Protection::new(&graph, &Policy::default());
    World::new(graph).protecting(Arc::new(protection))
}

pub fn target(world: &World) -> Target {
    let image = world.graph().images().iter().find(|image| image.id.short() == ORIGIN).unwrap();
    Target::Image(image.id.clone())
}

pub fn plan(world: &World) -> Removal {
    // A hostile project must not keep the plan from being made.
    let bare = World::new(Arc::clone(world.graph()));
    let plan = plan_removal(&bare, &[target(world)], Way::Ordered, true).unwrap();
    let kept = Kept { target: target(world), why: KeepReason::InUse(vec![HOSTILE[7].to_owned()]) };
    let left = |step: &PlannedStep| LeftStep { action: step.action.clone(), by_hand: true };
    let left_out = plan.steps.iter().take(2).map(left).collect();
    Removal { kept: vec![kept], left_out, ..Removal::planned(plan) }
}

/// Two steps done, and a third refused.
pub fn ended(world: &World) -> Removal {
    let planned = plan(world);
    let done = StepOutcome { answer: StepAnswer::Done, judgement: Judgement::AsPredicted };
    let refused = StepAnswer::Refused { status: 409, message: HOSTILE[0].to_owned() };
    let steps = vec![done.clone(), done, StepOutcome { answer: refused, judgement: Judgement::Failed }];
    let outcome = Outcome { steps, ended: Ended::Unexpected { step: 2 } };
    let id = ArchiveId::parse("20261127-031500-1a2b").unwrap();
    let saved = Saved { id, images: 1, stored: Bytes(4_096), dropped: Vec::new() };
    Removal { outcome: Some(outcome), saved: Some(saved), ..planned }
}

pub fn report(world: &World, content: Content) -> Report {
    Report {
        written_at: NOW,
        host: Some(HOSTILE[1].to_owned()),
        world: world.clone(),
        about: HOSTILE[7].to_owned(),
        anonymous: false,
        look_ups: look_ups(world),
        content,
    }
}

/// A registry that says hostile things of every name.
fn look_ups(world: &World) -> LookUps {
    let of = |image: &Image| {
        let names = image.references.iter().enumerate();
        let said = |at: usize| Remote::Denied(HOSTILE[at % HOSTILE.len()].to_owned());
        let names: Vec<_> = names.map(|(at, name)| (name.clone(), said(at), NOW - 600)).collect();
        let recovery = Recovery::Unknown { unknown: names.len(), gone: 0 };
        (image.id.clone(), LookUp { recovery, names })
    };
    world.graph().images().iter().map(|image| of(image)).collect()
}

/// One of each subject.
pub fn reports(world: &World) -> Vec<Report> {
    let images = (0..).map(ImageIx).take(world.graph().images().len()).collect();
    let contents = [
        Content::Inventory { images },
        Content::Explanation { target: target(world) },
        Content::Removal(Box::new(plan(world))),
        Content::Removal(Box::new(ended(world))),
    ];
    contents.into_iter().map(|content| report(world, content)).collect()
}

pub fn written(report: &Report, format: Format, language: Language) -> String {
    let mut out = Vec::new();
    write(report, format, language, &|_, _| {}, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Every report of the hostile inventory in one format.
pub fn hostile_in(format: Format) -> Vec<String> {
    let world = world(hostile());
    let all = reports(&world);
    all.iter().flat_map(|report| LANGUAGES.map(|language| written(report, format, language))).collect()
}

/// Nothing that a terminal obeys, or that turns the direction of text.
pub fn assert_calm(text: &str) {
    let treacherous = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\r'))
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let found = text.trim_start_matches('\u{feff}').char_indices().find(|(_, c)| treacherous(*c));
    assert_eq!(found, None, "{}", found.map(|(at, _)| &text[at.saturating_sub(40)..at]).unwrap_or_default());
}
