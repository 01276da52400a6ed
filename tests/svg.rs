//! The picture as a file: complete, well-formed whatever things are called, and the same every time.

#![cfg(test)]

use std::collections::BTreeSet;
use std::sync::Arc;

use unmoor::engine::sample::Sample;
use unmoor::model::{Graph, ImageIx, Inventory};
use unmoor::picture::{Picture, Subject};
use unmoor::plan::{Way, plan_removal};
use unmoor::report::svg::{Caption, Inks, Sheet, write};
use unmoor::rules::{Target, World};

fn document(inventory: Inventory, said: &str) -> String {
    let world = World::new(Arc::new(Graph::new(Arc::new(inventory))));
    let images: Vec<ImageIx> = (0..).map(ImageIx).take(world.graph().images().len()).collect();
    let origin = world.graph().images().iter().find(|i| i.id.short() == "e9d3f7300f03").unwrap();
    let plan = plan_removal(&world, &[Target::Image(origin.id.clone())], Way::Ordered, true).unwrap();
    let subject = Subject { world: &world, images: &images, plan: Some(&plan), toggled: &BTreeSet::new() };
    let picture = Picture::of(&subject);
    let caption = |at: usize| Caption {
        main: format!("{said} {at}"),
        beside: said.to_owned(),
        code: "e9d3f7300f03".to_owned(),
        sentence: format!("{said}."),
    };
    let captions: Vec<Caption> = (0..picture.scene.nodes.len()).map(caption).collect();
    let sheet = Sheet {
        picture: &picture,
        captions: &captions,
        heads: ["Names", "Images", "Layers", "Others"],
        title: said,
        inks: &Inks::light(),
    };
    let mut out = Vec::new();
    write(&sheet, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn sample() -> Inventory {
    Sample::new(1_700_000_000).inventory()
}

/// Every tag is closed in order, and outside of tags no `<` or bare `&` is left.
fn assert_well_formed(document: &str) {
    let mut open = Vec::new();
    let mut rest = document;
    while let Some(at) = rest.find('<') {
        let text = &rest[..at];
        for entity in text.split('&').skip(1) {
            let name = entity.split(';').next().unwrap();
            assert!(["amp", "lt", "gt", "quot", "#39"].contains(&name), "{text}");
        }
        let end = at + rest[at..].find('>').unwrap();
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name.to_owned()));
        } else if !tag.ends_with('/') && !tag.starts_with('?') {
            open.push(tag.split_whitespace().next().unwrap().to_owned());
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn it_holds_every_node_and_edge() {
    let document = document(sample(), "plain");
    assert_well_formed(&document);
    assert!(document.matches("<path").count() > 20);
    assert!(document.contains("stroke-dasharray") && document.contains("url(#goes)"));
    for head in ["Names", "Images", "Layers"] {
        assert!(document.contains(&format!(">{head}</text>")));
    }
}

#[test]
fn hostile_words_stay_words() {
    for said in ["</svg><script>alert(1)</script>", "\" onload=\"x", "a & b &lt;", "\u{0}\u{1b}[2J", "]]>"] {
        let document = document(sample(), said);
        assert_well_formed(&document);
        assert!(!document.contains("<script"), "{said}");
        assert!(document.chars().all(|c| c == '\n' || !c.is_control()));
    }
}

#[test]
fn it_is_the_same_every_time() {
    assert_eq!(document(sample(), "x"), document(sample(), "x"));
}
