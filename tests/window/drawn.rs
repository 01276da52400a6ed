//! What is painted in the window and what a report draws as SVG: the same areas, lines and tiles in the same
//! places.

use eframe::egui::accesskit::Role;
use eframe::egui::epaint::Shape;
use eframe::egui::{Color32, Pos2, Rect, Vec2, pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use roxmltree::{Document, Node};
use unmoor::message::Command;
use unmoor::report::write;
use unmoor::state::Language;
use unmoor::ui::theme::{LIGHT, palette};

use super::ORIGIN;
use super::stage::Stage;

/// Numbers are written with one digit after the point.
const NEAR: f32 = 0.15;

/// What the export menu writes.
fn exported(stage: &mut Stage, subject: &str, format: &str) -> String {
    for press in ["Export a report", subject, format, "Save"] {
        stage.click(press);
    }
    let command = stage.command();
    let Command::Export { export, .. } = command else { panic!("{command:?} exports nothing") };
    let mut out = Vec::new();
    write(&export.report, export.format, export.language, &|_, _| {}, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Everything that is painted inside of the drawing.
fn painted(stage: &Stage) -> Vec<Shape> {
    fn flat(shape: &Shape, into: &mut Vec<Shape>) {
        if let Shape::Vec(all) = shape {
            for one in all {
                flat(one, into);
            }
        } else {
            into.push(shape.clone());
        }
    }
    let room = stage.harness.get_by_role(Role::Canvas).rect();
    let mut all = Vec::new();
    for clipped in stage.harness.output().shapes.iter().filter(|clipped| clipped.clip_rect == room) {
        flat(&clipped.shape, &mut all);
    }
    all
}

fn number(node: &Node<'_, '_>, name: &str) -> f32 {
    node.attribute(name).and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{name} of {node:?}"))
}

fn area(node: &Node<'_, '_>) -> Rect {
    let [x, y, width, height] = ["x", "y", "width", "height"].map(|name| number(node, name));
    Rect::from_min_size(pos2(x, y), vec2(width, height))
}

fn rects(document: &Document<'_>, wanted: impl Fn(&Node<'_, '_>) -> bool) -> Vec<Rect> {
    let found = document.descendants().filter(|node| node.tag_name().name() == "rect" && wanted(node));
    in_order(found.map(|node| area(&node)).collect())
}

/// Sorted by place, so that two drawings can be held against each other.
fn in_order(mut rects: Vec<Rect>) -> Vec<Rect> {
    let key = |rect: &Rect| [rect.min.x, rect.min.y, rect.width(), rect.height()].map(f32::round);
    rects.sort_by(|a, b| key(a).partial_cmp(&key(b)).unwrap());
    rects.dedup();
    rects
}

fn all_of(rects: &[Rect]) -> Rect {
    rects.iter().fold(Rect::NOTHING, |all, rect| all.union(*rect))
}

fn assert_near(one: Pos2, other: Pos2, what: &str) {
    assert!((one - other).abs().max_elem() <= NEAR, "{what}: {one:?} and {other:?}");
}

fn assert_same(drawn: &[Rect], painted: &[Rect], by: Vec2) {
    let moved: Vec<Rect> = in_order(drawn.iter().map(|rect| rect.translate(by)).collect());
    assert_eq!(moved.len(), painted.len(), "{moved:#?}\n{painted:#?}");
    for rect in &moved {
        let same = |other: &&Rect| {
            (rect.min - other.min).abs().max_elem() <= NEAR && (rect.max - other.max).abs().max_elem() <= NEAR
        };
        assert_eq!(painted.iter().filter(same).count(), 1, "{rect:?} is not painted just so: {painted:#?}");
    }
}

/// The numbers of a path, two and two.
fn points(path: &str) -> Vec<Pos2> {
    let numbers: Vec<f32> =
        path.split(|c: char| c.is_ascii_uppercase() || c == ' ').filter_map(|n| n.parse().ok()).collect();
    numbers.chunks_exact(2).map(|two| pos2(two[0], two[1])).collect()
}

#[test]
fn a_report_has_the_picture_of_the_window() {
    let mut stage = Stage::live_in(Language::English, [2400.0, 1500.0]);
    stage.click(ORIGIN);
    stage.click("Picture");
    let shapes = painted(&stage);
    let svg = exported(&mut stage, "The selected thing, explained", "Picture (SVG)…");
    let document = Document::parse(&svg).unwrap();

    let drawn = rects(&document, |node| {
        node.attribute("fill") != Some("url(#goes)") && node.attribute("stroke") != Some("none")
    });
    let framed = shapes.iter().filter_map(|shape| {
        if let Shape::Rect(rect) = shape
            && rect.stroke.width > 0.0
        {
            Some(rect.rect)
        } else {
            None
        }
    });
    let framed = in_order(framed.collect());
    assert!(drawn.len() >= 8, "{drawn:#?}");
    // The window had room to show it in its own size, so that it was only moved.
    let by = all_of(&framed).min - all_of(&drawn).min;
    assert_same(&drawn, &framed, by);

    // Names have no frame of their own and are in words; every edge ends where it does in the window.
    let path = |node: &Node<'_, '_>| points(node.attribute("d").unwrap());
    let edges: Vec<Node<'_, '_>> = document
        .descendants()
        .filter(|node| node.tag_name().name() == "path" && node.attribute("stroke-width") == Some("1.5"))
        .collect();
    let lines: Vec<&[Pos2]> = shapes
        .iter()
        .filter_map(|shape| if let Shape::Path(path) = shape { Some(path.points.as_slice()) } else { None })
        .collect();
    let hatching = palette(&stage.harness.ctx).danger.gamma_multiply(0.24);
    let dashes: Vec<[Pos2; 2]> = shapes
        .iter()
        .filter_map(|shape| {
            if let Shape::LineSegment { points, stroke } = shape
                && stroke.color != hatching
            {
                Some(*points)
            } else {
                None
            }
        })
        .collect();
    let (cut, whole): (Vec<_>, Vec<_>) =
        edges.iter().partition(|edge| edge.has_attribute("stroke-dasharray"));
    let curved = |edge: &&&Node<'_, '_>| edge.attribute("d").unwrap().contains('C');
    assert!(cut.len() > 3 && whole.iter().filter(curved).count() > 0, "{svg}");
    assert_eq!(whole.len(), lines.len());
    for edge in whole.iter().filter(curved) {
        let written = path(edge);
        let (first, last) = (written[0] + by, written[written.len() - 1] + by);
        let near = |one: Pos2, other: Pos2| (one - other).abs().max_elem() <= NEAR;
        let same = lines.iter().find(|line| near(line[0], first) && near(line[line.len() - 1], last));
        let line = same.unwrap_or_else(|| panic!("{edge:?} is not painted: {lines:#?}"));
        // Halfway along its first curve, too.
        let [a, b, c, d] = [0, 1, 2, 3].map(|at| written[at].to_vec2());
        let middle = (a + 3.0 * b + 3.0 * c + d) / 8.0;
        assert_near(middle.to_pos2() + by, line[9], "the middle of a curve");
    }
    for edge in &cut {
        let begins = path(edge)[0] + by;
        let nearest = dashes.iter().map(|dash| dash[0].distance(begins)).fold(f32::INFINITY, f32::min);
        assert!(
            nearest <= 2.0 * NEAR || edge.attribute("d").unwrap().contains('V'),
            "{edge:?} is not painted"
        );
    }
}

#[test]
fn a_report_has_the_map_of_the_window() {
    const ROOM: Vec2 = vec2(1160.0, 560.0);
    let size = vec2(2000.0, 1000.0);
    let mut stage = Stage::live_in(Language::English, size.into());
    stage.click("Map");
    // The proportions of a map are those of its room: here those of the report's.
    let room = stage.harness.get_by_role(Role::Canvas).rect().size();
    stage.harness.set_size(size + ROOM - room);
    stage.settle();
    let room = stage.harness.get_by_role(Role::Canvas).rect();
    assert_eq!(room.size(), ROOM);
    let shapes = painted(&stage);
    let svg = exported(&mut stage, "Map of the bytes", "Drawing (SVG)…");
    let document = Document::parse(&svg).unwrap();

    let tiles = shapes.iter().find_map(|shape| if let Shape::Mesh(mesh) = shape { Some(mesh) } else { None });
    let tiles = tiles.expect("the tiles are one mesh");
    let corners = tiles.vertices.chunks_exact(4);
    let painted: Vec<(Rect, Color32)> = corners
        .map(|four| (Rect::from_points(&[0, 1, 2, 3].map(|at| four[at].pos)), four[0].color))
        .collect();
    let drawn = document.descendants().filter(|node| node.tag_name().name() == "rect");
    let drawn: Vec<(Rect, String)> = drawn
        .map(|node| (area(&node).translate(room.min.to_vec2()), node.attribute("fill").unwrap().to_owned()))
        .collect();
    assert!(drawn.len() > 10);
    assert_eq!(drawn.len(), painted.len());
    let [drawn_in, shown_in] = [&LIGHT, palette(&stage.harness.ctx)]
        .map(|p| [p.surface, p.line, p.safe_tile, p.warn_tile, p.muted_tile, p.accent_tile]);
    let hex = |color: Color32| format!("#{:02x}{:02x}{:02x}", color.r(), color.g(), color.b());
    for ((rect, ink), (area, color)) in drawn.iter().zip(&painted) {
        assert_near(rect.min, area.min, "a corner of a tile");
        assert_near(rect.max, area.max, "a corner of a tile");
        let meant = drawn_in.iter().position(|one| *ink == hex(*one));
        assert_eq!(meant.map(|at| shown_in[at]), Some(*color), "{ink} for another meaning");
    }
}
