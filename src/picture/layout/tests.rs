use proptest::prelude::*;

use super::*;

/// Blocks and links that only lead to the right, as scenes have them.
fn drawings() -> impl Strategy<Value = (Vec<Shape>, Vec<Link>, Vec<f32>)> {
    let shape = (0..5_usize, 0..8_u32, prop::collection::vec(20.0..50.0_f32, 1..6))
        .prop_map(|(column, order, rows)| Shape { column, order, rows });
    let shapes = prop::collection::vec(shape, 1..24);
    let ends = prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..40);
    let widths = prop::collection::vec(80.0..260.0_f32, 5);
    (shapes, ends, widths).prop_map(|(shapes, ends, widths)| {
        let port = |index: prop::sample::Index| {
            let block = index.index(shapes.len());
            Port { block, row: index.index(shapes[block].rows.len()) }
        };
        let links = ends.into_iter().map(|(a, b)| Link { from: port(a), to: port(b) });
        let rightwards = |l: &Link| shapes[l.from.block].column < shapes[l.to.block].column;
        let links = links.filter(rightwards).collect();
        (shapes, links, widths)
    })
}

fn points(route: &Route) -> Vec<Point> {
    let mut points = Vec::new();
    for [a, b, c, d] in route.curves() {
        for at in 0..=20_u8 {
            let t = f32::from(at) / 20.0;
            let s = 1.0 - t;
            let mix = |a: f32, b: f32, c: f32, d: f32| {
                s * s * s * a + 3.0 * s * s * t * b + 3.0 * s * t * t * c + t * t * t * d
            };
            points.push(Point { x: mix(a.x, b.x, c.x, d.x), y: mix(a.y, b.y, c.y, d.y) });
        }
    }
    for [a, b] in route.lines() {
        for at in 0..=8_u8 {
            let t = f32::from(at) / 8.0;
            points.push(Point { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t });
        }
    }
    points
}

proptest! {
    #[test]
    fn no_two_blocks_overlap((shapes, links, widths) in drawings()) {
        let layout = lay_out(&shapes, &links, &widths);
        for (at, a) in layout.blocks.iter().enumerate() {
            for b in &layout.blocks[at + 1..] {
                prop_assert!(!a.overlaps(b, 0.05), "{a:?} {b:?}");
            }
            prop_assert!(layout.bounds.joined(a).height <= layout.bounds.height + 0.1);
        }
    }

    #[test]
    fn no_link_runs_through_a_foreign_block((shapes, links, widths) in drawings()) {
        let layout = lay_out(&shapes, &links, &widths);
        for (link, route) in links.iter().zip(&layout.routes) {
            prop_assert!(!route.knots.is_empty());
            for point in points(route) {
                for (at, block) in layout.blocks.iter().enumerate() {
                    if at != link.from.block && at != link.to.block {
                        prop_assert!(!block.shrunk(0.1).contains(point), "{point:?} in {block:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn links_begin_and_end_at_their_rows((shapes, links, widths) in drawings()) {
        let layout = lay_out(&shapes, &links, &widths);
        let row = |port: Port| layout.rows[port.block][port.row];
        for (link, route) in links.iter().zip(&layout.routes) {
            let (start, end) = (route.knots[0], *route.knots.last().unwrap());
            let (from, to) = (row(link.from), row(link.to));
            prop_assert!((start.x - from.right()).abs() < 0.1 && (from.y..=from.bottom()).contains(&start.y));
            prop_assert!((end.x - to.x).abs() < 0.1 && (to.y..=to.bottom()).contains(&end.y));
        }
    }

    #[test]
    fn the_same_input_gives_the_same_picture((shapes, links, widths) in drawings()) {
        prop_assert_eq!(lay_out(&shapes, &links, &widths), lay_out(&shapes, &links, &widths));
    }

    #[test]
    fn one_more_block_moves_no_other_out_of_order(
        (mut shapes, links, widths) in drawings(),
        column in 0..5_usize,
        order in 0..8_u32,
    ) {
        let before = lay_out(&shapes, &links, &widths);
        shapes.push(Shape { column, order, rows: vec![24.0] });
        let after = lay_out(&shapes, &links, &widths);
        for (a, shape) in shapes.iter().enumerate().take(before.blocks.len()) {
            for (b, other) in shapes.iter().enumerate().take(a) {
                if other.column == shape.column {
                    let above = |layout: &Layout| layout.blocks[a].y < layout.blocks[b].y;
                    prop_assert_eq!(above(&before), above(&after));
                }
            }
        }
    }
}

#[test]
fn a_block_stands_level_with_what_points_at_it() {
    let names = Shape { column: 0, order: 0, rows: vec![24.0; 5] };
    let image = Shape { column: 1, order: 0, rows: vec![48.0] };
    let links: Vec<Link> =
        (0..5).map(|row| Link { from: Port { block: 0, row }, to: Port { block: 1, row: 0 } }).collect();
    let layout = lay_out(&[names, image], &links, &[200.0, 150.0]);
    let level = layout.blocks[0].middle().y - layout.blocks[1].middle().y;
    assert!(level.abs() < 0.5, "{level}");
    let arrivals: Vec<f32> = layout.routes.iter().map(|r| r.knots[1].y).collect();
    assert!(arrivals.is_sorted(), "links of one row must not cross before it: {arrivals:?}");
}

#[test]
fn a_link_over_a_column_keeps_clear_of_what_stands_there() {
    let block = |column| Shape { column, order: 0, rows: vec![40.0] };
    let link = Link { from: Port { block: 0, row: 0 }, to: Port { block: 2, row: 0 } };
    let layout = lay_out(&[block(0), block(1), block(2)], &[link], &[100.0, 100.0, 100.0]);
    assert_eq!(layout.routes[0].knots.len(), 4);
    assert_eq!(layout.routes[0].lines().count(), 1);
}

#[test]
fn a_link_that_leads_nowhere_is_left_out() {
    let block = Shape { column: 0, order: 0, rows: vec![40.0] };
    let to = |block| Link { from: Port { block: 0, row: 0 }, to: Port { block, row: 0 } };
    let layout = lay_out(&[block], &[to(0), to(7)], &[100.0]);
    assert!(layout.routes.iter().all(|r| r.knots.is_empty()));
    assert_eq!(lay_out(&[], &[], &[]), Layout::default());
}
