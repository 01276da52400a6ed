//! What happens once when something changes: on the window's thread, where it must not be felt, and in the
//! worker, where it decides how soon something is shown.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is missing is a fault of the bench")]

#[path = "made_up/inventory.rs"]
mod inventory;

use std::cell::RefCell;
use std::sync::Arc;

use divan::{Bencher, black_box};
use inventory::{inventory, observe};
use unmoor::map::Tiles;
use unmoor::message::{Command, Endpoint, Event, Generation, Observation, Work};
use unmoor::model::{Catalog, Graph, Inventory, Reference, StoreKind};
use unmoor::plan::{Way, plan_bulk, revalidate};
use unmoor::report::Format;
use unmoor::rules::{Pin, Target, World};
use unmoor::state::{
    Action, AppState, Choice, Column, ExportOf, ExportWish, Exporting, Grouping, Node, Preset, Row, Settings,
    View,
};
use unmoor::worker::work_out;

const SIZES: [usize; 2] = [1_000, 100_000];

fn main() {
    divan::main();
}

fn graph(images: usize) -> Arc<Graph> {
    Arc::new(Graph::new(Arc::new(inventory(images))))
}

/// A state that shows a listing, and the generation it belongs to.
fn state(observation: Observation) -> AppState {
    let (mut state, _) = AppState::start(Endpoint::Default, Settings::default());
    let engine = observation.graph.inventory().engine.clone();
    let generation = Generation(1);
    black_box(state.receive(Event::Connected { generation, host: String::new(), engine }, 0));
    black_box(state.receive(Event::Observed { generation, observation }, 0));
    assert!(!state.tree.rows().is_empty());
    state
}

fn act(state: &mut AppState, action: Action) {
    black_box(state.update(action, 0));
}

/// The window's thread: each of these has 16 ms.
mod window {
    use super::{
        Action, AppState, Bencher, Choice, Column, Command, Event, ExportOf, ExportWish, Exporting, Format,
        Generation, Grouping, Node, Pin, Preset, RefCell, Row, SIZES, View, Work, act, black_box, observe,
        state, work_out,
    };

    /// One after the other, again and again.
    fn in_turn(bencher: Bencher<'_, '_>, images: usize, prepare: &[Action], actions: &[Action]) {
        let mut state = state(observe(images));
        for action in prepare {
            act(&mut state, action.clone());
        }
        let mut next = actions.iter().cycle();
        bencher.bench_local(|| act(&mut state, next.next().unwrap().clone()));
    }

    #[divan::bench(args = SIZES)]
    fn keystroke(bencher: Bencher<'_, '_>, images: usize) {
        let texts = ["s", "sh", "sho", "shop", "shop 1", "shop 1.1", "", "zzz", "e"];
        in_turn(bencher, images, &[], &texts.map(|text| Action::SetFilter(text.to_owned())));
    }

    /// Typed at once into a field that was empty, or that held something else.
    #[divan::bench(args = [
        ["", "e"], ["", "1"], ["", "sh"], ["", "1."], ["", "shop"], ["", "shop 1"], ["", "e 1 s"],
        ["", "docker.io/core/api-0:1.7"], ["", "名"], ["", "zq"], ["e", "er"], ["s", "sh"], ["zq", ""],
        ["sh", "s"],
    ], sample_count = 20, sample_size = 1)]
    fn keystroke_of_100000(bencher: Bencher<'_, '_>, texts: [&str; 2]) {
        keystrokes(bencher, &[], texts);
    }

    /// The same with images in groups, which all are open.
    #[divan::bench(args = [["", "e"], ["", "sh"], ["zq", ""]], sample_count = 20, sample_size = 1)]
    fn keystroke_in_repositories(bencher: Bencher<'_, '_>, texts: [&str; 2]) {
        keystrokes(bencher, &[Action::GroupBy(Grouping::Repository)], texts);
    }

    #[divan::bench(args = [["", "e"], ["", "sh"], ["zq", ""]], sample_count = 20, sample_size = 1)]
    fn keystroke_in_registries(bencher: Bencher<'_, '_>, texts: [&str; 2]) {
        keystrokes(bencher, &[Action::GroupBy(Grouping::Registry)], texts);
    }

    fn keystrokes(bencher: Bencher<'_, '_>, prepare: &[Action], [before, typed]: [&str; 2]) {
        let mut state = state(observe(100_000));
        for action in prepare {
            act(&mut state, action.clone());
        }
        let state = RefCell::new(state);
        let type_in = |text: &str| act(&mut state.borrow_mut(), Action::SetFilter(text.to_owned()));
        bencher.with_inputs(|| type_in(before)).bench_local_values(|()| type_in(typed));
    }

    #[divan::bench(args = SIZES)]
    fn preset(bencher: Bencher<'_, '_>, images: usize) {
        in_turn(bencher, images, &[], &Preset::ALL.map(Action::SetPreset));
    }

    #[divan::bench(args = SIZES)]
    fn sort(bencher: Bencher<'_, '_>, images: usize) {
        let columns = [Column::Name, Column::Own, Column::Size, Column::Age, Column::Used, Column::Verdict];
        in_turn(bencher, images, &[], &columns.map(Action::SortBy));
    }

    #[divan::bench(args = SIZES)]
    fn sort_groups(bencher: Bencher<'_, '_>, images: usize) {
        let columns = [Column::Name, Column::Size, Column::Age];
        let grouped = [Action::GroupBy(Grouping::Repository)];
        in_turn(bencher, images, &grouped, &columns.map(Action::SortBy));
    }

    #[divan::bench(args = SIZES)]
    fn group(bencher: Bencher<'_, '_>, images: usize) {
        in_turn(bencher, images, &[], &Grouping::ALL.map(Action::GroupBy));
    }

    #[divan::bench(args = SIZES)]
    fn open(bencher: Bencher<'_, '_>, images: usize) {
        let rows = state(observe(images)).tree.rows().to_vec();
        let opened: Vec<_> = rows.into_iter().take(100).map(Action::ToggleOpen).collect();
        in_turn(bencher, images, &[], &opened);
    }

    #[divan::bench(args = SIZES)]
    fn select(bencher: Bencher<'_, '_>, images: usize) {
        let rows = state(observe(images)).tree.rows().to_vec();
        let step = rows.len() / 200;
        let chosen: Vec<_> = rows.into_iter().step_by(step.max(1)).map(Action::SelectRow).collect();
        in_turn(bencher, images, &[], &chosen);
    }

    #[divan::bench(args = SIZES)]
    fn mark_one_of_few(bencher: Bencher<'_, '_>, images: usize) {
        let rows = state(observe(images)).tree.rows().to_vec();
        let few: Vec<_> = rows.into_iter().take(60).map(Action::ToggleMark).collect();
        in_turn(bencher, images, &[], &few);
    }

    #[divan::bench(args = SIZES)]
    fn mark_one_with_all_marked(bencher: Bencher<'_, '_>, images: usize) {
        let rows = state(observe(images)).tree.rows().to_vec();
        let few: Vec<_> = rows.into_iter().take(60).map(Action::ToggleMark).collect();
        in_turn(bencher, images, &[Action::MarkShown], &few);
    }

    #[divan::bench(args = SIZES)]
    fn mark_all(bencher: Bencher<'_, '_>, images: usize) {
        in_turn(bencher, images, &[], &[Action::MarkShown, Action::ClearMarks]);
    }

    #[divan::bench(args = SIZES)]
    fn review_of_all_marked(bencher: Bencher<'_, '_>, images: usize) {
        let marked = [Action::MarkShown];
        in_turn(bencher, images, &marked, &[Action::ReviewMarked, Action::CloseDialog]);
    }

    #[divan::bench(args = SIZES)]
    fn mark_unused(bencher: Bencher<'_, '_>, images: usize) {
        in_turn(bencher, images, &[], &[Action::MarkChoice(Choice::Unused), Action::ClearMarks]);
    }

    #[divan::bench(args = SIZES)]
    fn keep_an_image(bencher: Bencher<'_, '_>, images: usize) {
        let id = observe(images).graph.images()[images / 2].id.clone();
        keep(bencher, images, &Pin::Image(id));
    }

    #[divan::bench(args = SIZES)]
    fn keep_a_repository(bencher: Bencher<'_, '_>, images: usize) {
        keep(bencher, images, &Pin::Repository("docker.io/core/api-0".to_owned()));
    }

    #[divan::bench(args = SIZES)]
    fn keep_a_pattern(bencher: Bencher<'_, '_>, images: usize) {
        keep(bencher, images, &Pin::Pattern("registry.example.com/shop/*:1.7*".to_owned()));
    }

    fn keep(bencher: Bencher<'_, '_>, images: usize, pin: &Pin) {
        let actions = [Action::Keep(pin.clone()), Action::Unpin(pin.clone())];
        in_turn(bencher, images, &[Action::MarkShown], &actions);
    }

    #[divan::bench(args = [ExportOf::Everything, ExportOf::Shown, ExportOf::Marked, ExportOf::Map])]
    fn export_of_100000(bencher: Bencher<'_, '_>, of: ExportOf) {
        let mut state = state(observe(100_000));
        act(&mut state, Action::MarkShown);
        export(bencher, state, of);
    }

    #[divan::bench]
    fn export_a_plan_of_10000(bencher: Bencher<'_, '_>) {
        export(bencher, reviewing(), ExportOf::Plan);
    }

    fn export(bencher: Bencher<'_, '_>, mut state: AppState, of: ExportOf) {
        let wish = ExportWish { of, format: Format::Html, anonymous: false };
        bencher.bench_local(|| act(&mut state, Action::Export(wish)));
        assert!(matches!(state.exporting, Exporting::Choosing { .. }));
    }

    /// A state with a plan of about 10,000 marks in review.
    fn reviewing() -> AppState {
        let mut state = state(observe(100_000));
        act(&mut state, Action::SetFilter("1.7".to_owned()));
        act(&mut state, Action::MarkShown);
        let event = planned(state.update(Action::ReviewMarked, 0));
        black_box(state.receive(event, 0));
        state
    }

    /// What the worker answers.
    fn planned(commands: Vec<Command>) -> Event {
        let mut asked = commands.into_iter().filter_map(|command| {
            let Command::WorkOut { task, work } = command else { return None };
            matches!(*work, Work::Draft(_)).then_some((task, work))
        });
        let (task, work) = asked.next().unwrap();
        Event::WorkedOut { task, result: work_out(*work) }
    }

    #[divan::bench(sample_count = 5, sample_size = 1)]
    fn take_in_a_plan_of_10000(bencher: Bencher<'_, '_>) {
        let state = RefCell::new(reviewing());
        let ask = || {
            let mut state = state.borrow_mut();
            act(&mut state, Action::CloseDialog);
            planned(state.update(Action::ReviewMarked, 0))
        };
        bencher.with_inputs(ask).bench_local_values(|event| black_box(state.borrow_mut().receive(event, 0)));
    }

    #[divan::bench(sample_count = 5, sample_size = 1)]
    fn tick_in_a_plan_of_10000(bencher: Bencher<'_, '_>) {
        let state = RefCell::new(reviewing());
        let mut out = false;
        let ticked = || {
            out = !out;
            let mut state = state.borrow_mut();
            planned(state.update(Action::LeaveOut(vec![5_000], out), 0))
        };
        bencher
            .with_inputs(ticked)
            .bench_local_values(|event| black_box(state.borrow_mut().receive(event, 0)));
    }

    #[divan::bench(sample_count = 5, sample_size = 1)]
    fn close_a_plan_of_10000(bencher: Bencher<'_, '_>) {
        let states = RefCell::new(Vec::new());
        let open = || states.borrow_mut().push(reviewing());
        bencher.with_inputs(open).bench_local_values(|()| {
            let mut states = states.borrow_mut();
            let last = states.last_mut().unwrap();
            std::mem::forget(last.update(Action::CloseDialog, 0));
        });
    }

    #[divan::bench(args = SIZES)]
    fn take_in_a_listing(bencher: Bencher<'_, '_>, images: usize) {
        let listings = [observe(images), observe(images)];
        let mut state = state(listings[0].clone());
        let mut next = listings.iter().cycle();
        bencher.bench_local(|| {
            let observation = next.next().unwrap().clone();
            black_box(state.receive(Event::Observed { generation: Generation(1), observation }, 0))
        });
    }

    #[divan::bench(args = SIZES)]
    fn show_the_map(bencher: Bencher<'_, '_>, images: usize) {
        in_turn(bencher, images, &[], &[Action::Show(View::Map), Action::Show(View::Tree)]);
    }

    #[divan::bench(args = SIZES)]
    fn show_the_picture(bencher: Bencher<'_, '_>, images: usize) {
        in_turn(bencher, images, &[], &[Action::Show(View::Picture), Action::Show(View::Tree)]);
    }

    #[divan::bench(args = SIZES)]
    fn select_one_with_most_names(bencher: Bencher<'_, '_>, images: usize) {
        let observation = observe(images);
        let names = |row: &&Row| {
            let Node::Image(ix) = row.node else { return 0 };
            observation.graph.image(ix).unwrap().references.len()
        };
        let state = state(observation.clone());
        let most = *state.tree.rows().iter().max_by_key(names).unwrap();
        let other = *state.tree.rows().iter().min_by_key(names).unwrap();
        in_turn(bencher, images, &[], &[Action::SelectRow(most), Action::SelectRow(other)]);
    }
}

/// The worker: what comes between a listing and its being shown.
mod worker {
    use super::{
        Arc, Bencher, Catalog, Graph, Inventory, Reference, StoreKind, Tiles, graph, inventory, observe,
    };

    const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

    #[divan::bench(args = SIZES, sample_count = 5)]
    fn observation(bencher: Bencher<'_, '_>, images: usize) {
        let listing = Arc::new(inventory(images));
        bencher.bench_local(|| unmoor::worker::observation(Arc::clone(&listing)));
    }

    #[divan::bench(args = [StoreKind::Classic, StoreKind::Containerd, StoreKind::Podman], sample_count = 10)]
    fn observation_of_10000(bencher: Bencher<'_, '_>, store: StoreKind) {
        let mut listing = inventory(10_000);
        listing.engine.store = store;
        let listing = Arc::new(listing);
        bencher.bench_local(|| unmoor::worker::observation(Arc::clone(&listing)));
    }

    /// From a listing to the next one, in which one thing is different: the copy of the one, and what is worked
    /// out of the other.
    fn after(bencher: Bencher<'_, '_>, images: usize, change: impl Fn(&mut Inventory)) {
        let before = observe(images);
        bencher.bench_local(|| {
            let mut listing = Inventory::clone(before.graph.inventory());
            change(&mut listing);
            unmoor::worker::observation_after(Arc::new(listing), Some(&before))
        });
    }

    #[divan::bench(args = SIZES, sample_count = 10)]
    fn after_a_container(bencher: Bencher<'_, '_>, images: usize) {
        after(bencher, images, |listing| drop(listing.containers.seen_mut().pop()));
    }

    #[divan::bench(args = SIZES, sample_count = 10)]
    fn after_a_name(bencher: Bencher<'_, '_>, images: usize) {
        after(bencher, images, |listing| {
            let image = Arc::make_mut(&mut listing.images.seen_mut()[images / 2]);
            image.references.push(Reference::parse("registry.example.com/shop/new:1").unwrap());
        });
    }

    #[divan::bench(args = SIZES, sample_count = 10)]
    fn after_an_image(bencher: Bencher<'_, '_>, images: usize) {
        after(bencher, images, |listing| drop(listing.images.seen_mut().remove(images / 2)));
    }

    #[divan::bench(args = SIZES, sample_count = 5)]
    fn graph_of(bencher: Bencher<'_, '_>, images: usize) {
        let listing = Arc::new(inventory(images));
        bencher.bench_local(|| Graph::new(Arc::clone(&listing)));
    }

    #[divan::bench(args = SIZES, sample_count = 5)]
    fn catalog(bencher: Bencher<'_, '_>, images: usize) {
        let graph = graph(images);
        bencher.bench_local(|| Catalog::new(&graph));
    }

    #[divan::bench(args = SIZES, sample_count = 5)]
    fn tiles(bencher: Bencher<'_, '_>, images: usize) {
        let graph = graph(images);
        bencher.bench_local(|| Tiles::of(&graph));
    }
}

/// Plans of many steps; ten times the targets may take little more than ten times as long.
mod plans {
    use super::{Bencher, Inventory, Target, Way, World, graph, plan_bulk, revalidate};

    const TARGETS: [usize; 3] = [100, 1_000, 10_000];

    fn targets(listing: &Inventory, count: usize) -> Vec<Target> {
        let images = listing.images.seen();
        let every = images.len() / count;
        images.iter().step_by(every).take(count).map(|image| Target::Image(image.id.clone())).collect()
    }

    #[divan::bench(args = TARGETS, sample_count = 3, sample_size = 1)]
    fn bulk(bencher: Bencher<'_, '_>, count: usize) {
        let graph = graph(100_000);
        let chosen = targets(graph.inventory(), count);
        let world = World::new(graph);
        bencher.bench_local(|| plan_bulk(&world, &chosen, Way::Ordered, true, &|_| None));
    }

    #[divan::bench(args = TARGETS, sample_count = 3, sample_size = 1)]
    fn look_again(bencher: Bencher<'_, '_>, count: usize) {
        let graph = graph(100_000);
        let chosen = targets(graph.inventory(), count);
        let world = World::new(graph);
        let plan = plan_bulk(&world, &chosen, Way::Ordered, true, &|_| None).plan;
        bencher.bench_local(|| assert!(revalidate(&plan, &world).is_empty()));
    }
}
