//! The picture without pixels: what it shows of an inventory, what it counts instead of showing, and that a
//! small change moves nothing past another.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use unmoor::engine::sample::Sample;
use unmoor::model::{
    Bytes, DiffId, Graph, Image, ImageId, ImageIx, Inventory, Layer, Layers, Reference, Section,
};
use unmoor::picture::{Bundle, Edge, Kind, Node, Picture, Relation, Subject};
use unmoor::plan::{RemovalPlan, Way, plan_removal};
use unmoor::rules::{Target, World};

const ORIGIN: &str = "e9d3f7300f03";

fn world(inventory: Inventory) -> World {
    World::new(Arc::new(Graph::new(Arc::new(inventory))))
}

fn sample() -> World {
    world(Sample::new(1_700_000_000).inventory())
}

fn find(world: &World, short: &str) -> ImageIx {
    let position = world.graph().images().iter().position(|i| i.id.short() == short).unwrap();
    ImageIx(u32::try_from(position).unwrap())
}

fn id(world: &World, ix: ImageIx) -> ImageId {
    world.graph().image(ix).unwrap().id.clone()
}

fn all(world: &World) -> Vec<ImageIx> {
    (0..u32::try_from(world.graph().images().len()).unwrap()).map(ImageIx).collect()
}

fn draw(world: &World, images: &[ImageIx], plan: Option<&RemovalPlan>, toggled: &[Bundle]) -> Picture {
    let toggled: BTreeSet<Bundle> = toggled.iter().cloned().collect();
    Picture::of(&Subject { world, images, plan, toggled: &toggled })
}

fn count(picture: &Picture, wanted: impl Fn(&Kind) -> bool) -> usize {
    picture.scene.nodes.iter().filter(|n| wanted(&n.kind)).count()
}

fn edges(picture: &Picture, relation: Relation) -> Vec<(&Node, Edge)> {
    let node = |edge: &Edge| picture.scene.node(edge.from).unwrap();
    picture.scene.edges.iter().filter(|e| e.relation == relation).map(|e| (node(e), *e)).collect()
}

/// How many images a node stands for, and how many names.
fn stands_for(kind: &Kind) -> (usize, usize) {
    if let Kind::Images { count, .. } = kind {
        return (*count, 0);
    }
    if let Kind::Names { count, open: false, .. } = kind {
        return (0, *count);
    }
    (usize::from(matches!(kind, Kind::Image(_))), usize::from(matches!(kind, Kind::Name { .. })))
}

/// Every image is drawn, by itself or as one of several; and every name of each.
fn assert_nothing_is_lost(world: &World, picture: &Picture, images: &[ImageIx]) {
    let drawn = picture.scene.nodes.iter().map(|n| stands_for(&n.kind));
    let (drawn, shown) = drawn.fold((0, 0), |sum, n| (sum.0 + n.0, sum.1 + n.1));
    assert_eq!(drawn, images.len());
    let names = images.iter().map(|ix| world.graph().image(*ix).unwrap().references.len());
    assert_eq!(shown, names.sum::<usize>());
}

#[test]
fn the_origin_case_shows_every_name_container_and_shared_layer() {
    let world = sample();
    let origin = find(&world, ORIGIN);
    let picture = draw(&world, &[origin], None, &[]);
    assert_eq!(count(&picture, |k| matches!(k, Kind::Registry(_))), 3);
    assert_eq!(count(&picture, |k| matches!(k, Kind::Name { .. })), 10);
    assert_eq!(count(&picture, |k| matches!(k, Kind::Container { .. })), 3);
    assert_eq!(count(&picture, |k| matches!(k, Kind::Layer { .. })), 6);
    let mut layers = Vec::new();
    for node in &picture.scene.nodes {
        if let Kind::Layers { count, bytes, images, .. } = &node.kind {
            layers.push((*count, bytes.unwrap(), *images));
        }
    }
    assert_eq!(layers, [(2, Bytes(3_164_928), 1), (4, Bytes(121_635_072), 2)]);
    let ubuntu = find(&world, "966495178565");
    assert_eq!(count(&picture, |k| *k == Kind::Other(ubuntu)), 1);
    assert!(edges(&picture, Relation::Names).iter().all(|(_, e)| e.blocks && !e.by_no_means && !e.cut));
    let held: Vec<_> =
        edges(&picture, Relation::Holds).iter().map(|(_, e)| (e.blocks, e.by_no_means)).collect();
    // web-1 has exited, web-2 runs, web-3 was only created.
    assert_eq!(held, [(true, false), (true, true), (true, false)]);
    assert_nothing_is_lost(&world, &picture, &[origin]);
}

#[test]
fn a_plan_cuts_what_it_removes_and_frees_what_nothing_else_needs() {
    let world = sample();
    let origin = find(&world, ORIGIN);
    let target = Target::Image(id(&world, origin));
    let plan = plan_removal(&world, &[target], Way::Ordered, true).unwrap();
    let picture = draw(&world, &[origin], Some(&plan), &[]);
    assert!(edges(&picture, Relation::Names).iter().all(|(_, e)| e.cut));
    assert!(edges(&picture, Relation::Holds).iter().all(|(_, e)| e.cut));
    assert!(edges(&picture, Relation::NeededBy).iter().all(|(_, e)| !e.cut));
    let gone: Vec<bool> =
        picture.scene.nodes.iter().filter(|n| matches!(n.kind, Kind::Layer { .. })).map(|n| n.goes).collect();
    assert_eq!(gone, [true, true, false, false, false, false]);
}

#[test]
fn untagging_one_name_cuts_that_edge_alone() {
    let world = sample();
    let origin = find(&world, ORIGIN);
    let name = Reference::parse("index.qiniu.com/ubuntu:latest").unwrap();
    let target = Target::Reference(id(&world, origin), name.clone());
    let plan = plan_removal(&world, &[target], Way::Ordered, true).unwrap();
    let picture = draw(&world, &[origin], Some(&plan), &[]);
    let cut: Vec<_> = picture.scene.edges.iter().filter(|e| e.cut).collect();
    let [edge] = cut.as_slice() else { panic!("{cut:?}") };
    assert!(matches!(&picture.scene.node(edge.from).unwrap().kind, Kind::Name { name: n, .. } if *n == name));
    assert_eq!(picture.scene.nodes.iter().filter(|n| n.goes).count(), 1);
}

#[test]
fn all_images_of_the_sample_stand_on_their_layers() {
    let world = sample();
    let images = all(&world);
    let picture = draw(&world, &images, None, &[]);
    assert_nothing_is_lost(&world, &picture, &images);
    assert_eq!(count(&picture, |k| matches!(k, Kind::Other(_) | Kind::Others { .. })), 0);
    // Whatever has layers leads to them.
    for (at, node) in picture.scene.nodes.iter().enumerate() {
        if matches!(node.kind, Kind::Image(_)) {
            let stands = |e: &Edge| e.from.0 == at && e.relation == Relation::StandsOn;
            assert!(picture.scene.edges.iter().any(stands), "{node:?}");
        }
    }
    for (edge, route) in picture.scene.edges.iter().zip(&picture.layout.routes) {
        assert_eq!(edge.relation == Relation::Holds, route.knots.is_empty(), "{edge:?}");
    }
}

fn image(seed: usize, layers: &[(&str, u64)], names: &[String]) -> Image {
    let hex = |text: &str| {
        let sum = text.bytes().fold(seed as u64 ^ 0xcbf2_9ce4_8422_2325, |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("{sum:016x}").repeat(4)
    };
    let layer_hex = |text: &str| {
        let sum = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        format!("{sum:016x}").repeat(4)
    };
    let layer = |(step, size): &(&str, u64)| Layer {
        diff_id: DiffId::parse(&layer_hex(step)).unwrap(),
        size: Some(Bytes(*size)),
        created_by: (*step).to_owned(),
    };
    let layers: Vec<Layer> = layers.iter().map(layer).collect();
    let mut references: Vec<_> = names.iter().map(|n| Reference::parse(n).unwrap()).collect();
    references.sort();
    Image {
        id: ImageId::parse(&hex("image")).unwrap(),
        parent: None,
        references,
        computed_digests: Vec::new(),
        created: Some(1_700_000_000 - i64::try_from(seed).unwrap() * 1_000),
        size: Some(layers.iter().filter_map(|l| l.size).sum()),
        labels: BTreeMap::new(),
        parts: None,
        platform: None,
        layers: Layers::Known(layers.into()),
        history: None,
        containers: None,
        read_only: false,
    }
}

fn inventory(mut images: Vec<Image>) -> Inventory {
    images.sort_by(|a, b| a.id.cmp(&b.id));
    let mut inventory = Sample::new(1_700_000_000).inventory();
    inventory.images = Section::Complete(images.into_iter().map(Arc::new).collect());
    inventory.containers = Section::Complete(Vec::new());
    inventory
}

fn on_three_bases(count: usize) -> Vec<Image> {
    let repositories = ["shop/api", "shop/web", "tools/backup", "ci/runner"];
    (0..count)
        .map(|n| {
            let base = format!("base {}", n % 3);
            let own = format!("build {n}");
            let layers = [(base.as_str(), 100_000_000), ("common", 5_000_000), (own.as_str(), 1_000_000)];
            let name = format!("registry.example.com/{}:{n}", repositories[n % 4]);
            image(n, &layers, &[name])
        })
        .collect()
}

#[test]
fn two_hundred_names_are_counted_by_repository_and_open_on_demand() {
    let mut names: Vec<String> =
        (0..150).map(|n| format!("registry.example.com/shop/api:build-{n}")).collect();
    names.extend((0..40).map(|n| format!("ghcr.io/example/team-{n}/api:latest")));
    names.extend((0..10).map(|n| format!("api:{n}")));
    let world = world(inventory(vec![image(0, &[("base", 1)], &names)]));
    let images = all(&world);
    let closed = draw(&world, &images, None, &[]);
    assert_nothing_is_lost(&world, &closed, &images);
    assert!(count(&closed, |k| matches!(k, Kind::Name { .. } | Kind::Names { .. })) <= 24);
    let bundles: Vec<Bundle> =
        closed.scene.nodes.iter().filter_map(|n| n.kind.bundle()).map(|(b, _)| b.clone()).collect();
    let opened = draw(&world, &images, None, &bundles);
    assert_eq!(count(&opened, |k| matches!(k, Kind::Name { .. })), 200);
    let again = draw(&world, &images, None, &[]);
    assert_eq!(closed.scene, again.scene);
}

#[test]
fn two_hundred_images_are_counted_by_base_and_repository_and_open_on_demand() {
    let world = world(inventory(on_three_bases(200)));
    let images = all(&world);
    let closed = draw(&world, &images, None, &[]);
    assert_nothing_is_lost(&world, &closed, &images);
    assert_eq!(count(&closed, |k| matches!(k, Kind::Images { .. })), 12);
    assert!(closed.scene.nodes.len() < 80, "{}", closed.scene.nodes.len());
    let is_images = |b: &&Bundle| matches!(b, Bundle::Images(..));
    let bundle = closed.scene.nodes.iter().filter_map(|n| n.kind.bundle()).map(|(b, _)| b).find(is_images);
    let opened = draw(&world, &images, None, &[bundle.unwrap().clone()]);
    assert_nothing_is_lost(&world, &opened, &images);
    assert!(count(&opened, |k| matches!(k, Kind::Image(_))) >= 16);
}

#[test]
fn thousands_of_repositories_still_make_a_small_picture() {
    let images: Vec<Image> = (0..3_000)
        .map(|n| image(n, &[("base", 7), (format!("own {n}").as_str(), 1)], &[format!("team-{n}/app:1")]))
        .collect();
    let world = world(inventory(images));
    let images = all(&world);
    let closed = draw(&world, &images, None, &[]);
    assert_nothing_is_lost(&world, &closed, &images);
    assert!(closed.scene.nodes.len() < 200, "{}", closed.scene.nodes.len());
    let opened = draw(&world, &images, None, &[Bundle::MoreImages]);
    assert_nothing_is_lost(&world, &opened, &images);
}

/// What a node is, by things that last when positions in the inventory change.
fn label(world: &World, kind: &Kind) -> String {
    let id = |ix: &ImageIx| world.graph().image(*ix).unwrap().id.short().to_owned();
    if let Kind::Image(ix) | Kind::Other(ix) = kind {
        return format!("image {}", id(ix));
    }
    if let Kind::Name { image, name, .. } = kind {
        return format!("name {} {name}", id(image));
    }
    if let Kind::Layer { chain, .. } = kind {
        return format!("layer {}", world.graph().chain_id(*chain).unwrap().short());
    }
    kind.bundle().map_or_else(|| format!("{kind:?}"), |(bundle, _)| format!("{bundle:?}"))
}

fn order(world: &World, picture: &Picture) -> BTreeMap<String, (usize, f32)> {
    let nodes = picture.scene.nodes.iter().filter(|n| !matches!(n.kind, Kind::Registry(_)));
    nodes
        .map(|n| {
            let block = &picture.scene.blocks[n.port.block];
            let area = picture.layout.rows[n.port.block][n.port.row];
            (label(world, &n.kind), (block.column, area.y))
        })
        .collect()
}

#[test]
fn one_more_name_moves_nothing_past_another() {
    for extra in ["registry.example.com/aaa:1", "zzz:1", "registry.example.com/shop/api:more"] {
        let before = on_three_bases(18);
        for changed in 0..before.len() {
            let mut after = before.clone();
            after[changed].references.push(Reference::parse(extra).unwrap());
            after[changed].references.sort();
            let (old, new) = (world(inventory(before.clone())), world(inventory(after)));
            let at = |world: &World| order(world, &draw(world, &all(world), None, &[]));
            let (old, new) = (at(&old), at(&new));
            assert_eq!(new.len(), old.len() + 1);
            for (a, (column, y)) in &old {
                for (b, (other, below)) in &old {
                    if column == other && y < below {
                        assert!(new[a].1 < new[b].1, "{a} and {b} changed places");
                    }
                }
            }
        }
    }
}

#[test]
fn layers_that_were_not_read_are_not_made_up() {
    let mut images = on_three_bases(2);
    images[0].layers = Layers::NotRead;
    let world = world(inventory(images));
    let picture = draw(&world, &all(&world), None, &[]);
    assert_eq!(count(&picture, |k| matches!(k, Kind::Image(_))), 2);
    assert_eq!(edges(&picture, Relation::StandsOn).len(), 1);
}

#[test]
fn nothing_makes_an_empty_picture() {
    let world = sample();
    assert_eq!(draw(&world, &[], None, &[]).scene, unmoor::picture::Scene::default());
}
