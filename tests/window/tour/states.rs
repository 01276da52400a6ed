//! Every designed state of the window, and how a person gets there. Words are looked up, so that the way is
//! the same in each language.

use std::sync::Arc;

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use unmoor::journal::{
    FileProblem, Hindrance, JournalRead, Problem, ProblemKind, Run, UndoAnswer, UndoEnded,
};
use unmoor::message::{Command, Endpoint, Event, Exported, FailureKind, ListingProgress, TaskId, Unwritten};
use unmoor::model::Section;
use unmoor::plan::{
    Ended, Judgement, Outcome, PlannedStep, RemovalPlan, StepAnswer, StepOutcome, Way, plan_removal,
};
use unmoor::registry::sample;
use unmoor::rules::Target;
use unmoor::ui::text;

use super::worlds;
use crate::engine_choice as engines;
use crate::journalled::{self, Told};
use crate::stage::{Stage, failure};

/// A name for its file, and the way there from a window that has just asked for an engine.
pub type State = (&'static str, fn(&mut Stage));

const ORIGIN: &str = "e9d3f7300f03";
const NODE: &str = "a81f6b0e9c35";

pub const STATES: &[State] = &[
    ("origin", origin),
    ("origin-open", origin_open),
    ("tag", |stage| under_origin(stage, "index.qiniu.com/ubuntu:latest")),
    ("pasted-host", |stage| under_origin(stage, "index.qbox.me/qcos-test/msfngix:latest")),
    ("digest", |stage| under_origin(stage, "index.qiniu.com/ubuntu@sha256:c7c1149150a8…")),
    ("container", |stage| under_origin(stage, "web-2")),
    ("layers", layers),
    ("removable", |stage| select(stage, NODE)),
    ("by-repository", |stage| group(stage, "grouping.repository")),
    ("by-registry", |stage| group(stage, "grouping.registry")),
    ("preset-unused", |stage| preset(stage, "preset.unused")),
    ("preset-dangling", |stage| preset(stage, "preset.dangling")),
    ("preset-many-names", |stage| preset(stage, "preset.many_names")),
    ("preset-in-use", |stage| preset(stage, "preset.in_use")),
    ("preset-refused", |stage| preset(stage, "preset.refused")),
    ("preset-protected", |stage| preset(stage, "preset.protected")),
    ("preset-none", preset_none),
    ("filter", |stage| filter(stage, "ubuntu")),
    ("filter-nothing", |stage| filter(stage, "zookeeper")),
    ("marks", marks),
    ("mark-menu", mark_menu),
    ("settings", settings),
    ("row-menu", row_menu),
    ("export-menu", export_menu),
    ("export-place", export_place),
    ("export-writing", export_writing),
    ("export-saved", export_saved),
    ("export-failed", export_failed),
    ("kept", kept),
    ("kept-list", kept_list),
    ("review-ordered", review_ordered),
    ("review-force", review_force),
    ("review-marked", review_marked),
    ("review-planning", review_planning),
    ("review-planning-again", review_planning_again),
    ("review-changed", review_changed),
    ("review-commands", review_commands),
    ("running", running),
    ("stopping", stopping),
    ("engines", choose_engine),
    ("engines-typed", choose_engine_typed),
    ("no-engine-but-others", no_engine_but_others),
    ("stood-in-for", stood_in_for),
    ("done", done),
    ("difference", difference),
    ("failed", failed),
    ("stopped", stopped),
    ("activity", activity),
    ("undo", undo),
    ("undo-left", undo_left),
    ("undoing", undoing),
    ("undo-partly", undo_partly),
    ("undone", undone),
    ("not-journalled", not_journalled),
    ("without-journal", without_journal),
    ("cut-off", cut_off),
    ("journal", journal),
    ("journal-step", journal_step),
    ("journal-container", journal_container),
    ("journal-empty", journal_empty),
    ("picture", |stage| picture(stage, worlds::one_image(), "alpine:3.22")),
    ("picture-origin", picture_origin),
    ("picture-names", |stage| picture(stage, worlds::many_names(), "200")),
    ("picture-images", |stage| picture_all(stage)),
    ("picture-marked", picture_marked),
    ("recovery", recovery),
    ("recovery-last", |stage| asked(stage, NODE)),
    ("recovery-asking", recovery_asking),
    ("review-last-copy", review_last_copy),
    ("review-last-copy-asked", review_last_copy_asked),
    ("registries-none", registries_none),
    ("registries", registries),
    ("map", map),
    ("map-many", map_many),
    ("one-image", one_image),
    ("many-images", many_images),
    ("hostile", hostile),
    ("connecting", |_| {}),
    ("first-listing", first_listing),
    ("reading-layers", reading_layers),
    ("empty-engine", empty_engine),
    ("no-engine", no_engine),
    ("permission-denied", permission_denied),
    ("listing-failed", listing_failed),
    ("first-listing-failed", first_listing_failed),
    ("partial", partial),
    ("engine-gone", engine_gone),
    ("trying-again", trying_again),
    ("remembered", remembered),
    ("remembered-gone", remembered_gone),
    ("gone-while-running", gone_while_running),
    ("lost-and-found", lost_and_found),
    ("worker-lost", worker_lost),
];

/// The words for a key, in the language of the window.
pub fn word(key: &str) -> String {
    text::look_up(key).into_owned()
}

fn export_menu(stage: &mut Stage) {
    select(stage, ORIGIN);
    press(stage, "export.name");
}

fn export_place(stage: &mut Stage) {
    export_menu(stage);
    press(stage, "export.html");
}

fn exporting(stage: &mut Stage) -> TaskId {
    export_place(stage);
    press(stage, "export.save");
    let command = stage.command();
    let Command::Export { task, .. } = command else { panic!("{command:?} exports nothing") };
    task
}

fn export_writing(stage: &mut Stage) {
    let task = exporting(stage);
    stage.tell(Event::ExportProgress { task, done: 4_213, of: 10_000 });
}

fn export_saved(stage: &mut Stage) {
    let task = exporting(stage);
    let path = std::path::PathBuf::from("/home/alice/reports/unmoor-images-2026-11-20.html");
    stage.tell(Event::Exported { task, result: Ok(Exported::File(path)) });
}

fn export_failed(stage: &mut Stage) {
    let task = exporting(stage);
    let words = "/home/alice/reports/unmoor-images-2026-11-20.html: No space left on device (os error 28)";
    stage.tell(Event::Exported { task, result: Err(Unwritten::Failed(words.to_owned())) });
}

pub fn press(stage: &mut Stage, key: &str) {
    stage.click(&word(key));
}

pub fn live(stage: &mut Stage) {
    stage.connect();
    stage.observe();
}

fn live_with(stage: &mut Stage, inventory: unmoor::model::Inventory) {
    stage.connect();
    stage.observe_this(inventory);
}

pub fn select(stage: &mut Stage, row: &str) {
    live(stage);
    stage.click(row);
}

fn origin(stage: &mut Stage) {
    select(stage, ORIGIN);
}

fn origin_open(stage: &mut Stage) {
    origin(stage);
    stage.key(Key::ArrowRight);
}

fn under_origin(stage: &mut Stage, row: &str) {
    origin_open(stage);
    // In a small window it stands further down than is shown.
    for _ in 0..20 {
        if stage.is_selected(row) {
            return;
        }
        stage.key(Key::ArrowDown);
    }
    panic!("no {row} under the image");
}

fn layers(stage: &mut Stage) {
    origin_open(stage);
    // The last of the rows under the image: the layers, which open in turn.
    for _ in 0..14 {
        stage.key(Key::ArrowDown);
    }
    stage.key(Key::ArrowRight);
}

fn group(stage: &mut Stage, by: &str) {
    live(stage);
    let words = word("grouping").replace("%{name}", &word("grouping.image"));
    stage.click(&words);
    let by = word(by);
    stage.harness.get_by_role_and_label(Role::MenuItemRadio, &by).click();
    stage.settle();
    // In a small window the later groups are out of sight.
    match ["index.qiniu.com", "docker.io"].into_iter().find(|name| stage.sees(name)) {
        Some(seen) => stage.click(seen),
        None => stage.key(Key::Home),
    }
    stage.key(Key::ArrowRight);
}

fn preset(stage: &mut Stage, key: &str) {
    live(stage);
    press_preset(stage, key);
}

fn press_preset(stage: &mut Stage, key: &str) {
    let said = word("preset.said");
    let said = said.replace("%{name}", &word(key));
    let said = said.split("%{n}").next().unwrap_or_default().to_owned();
    if stage.sees(&said) {
        stage.click(&said);
    } else {
        // In a narrow window the last kinds are in a menu.
        press(stage, "preset.more");
        press(stage, key);
    }
}

fn preset_none(stage: &mut Stage) {
    live_with(stage, worlds::one_image());
    press_preset(stage, "preset.dangling");
}

fn filter(stage: &mut Stage, words: &str) {
    live(stage);
    stage.key(Key::Slash);
    stage.type_into(&word("filter.name"), words);
}

fn marks(stage: &mut Stage) {
    live(stage);
    // From the largest down to the origin.
    stage.key(Key::Home);
    stage.key(Key::Space);
    for _ in 0..6 {
        stage.harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
        stage.settle();
    }
}

fn mark_menu(stage: &mut Stage) {
    live(stage);
    press(stage, "mark.menu");
}

fn settings(stage: &mut Stage) {
    live(stage);
    press(stage, "settings.name");
}

fn row_menu(stage: &mut Stage) {
    origin(stage);
    stage.harness.key_press_modifiers(Modifiers::SHIFT, Key::F10);
    stage.settle();
}

fn kept(stage: &mut Stage) {
    origin(stage);
    press(stage, "button.keep_image");
}

fn kept_list(stage: &mut Stage) {
    kept(stage);
    press(stage, "settings.name");
    press(stage, "kept_list.open");
}

fn review_ordered(stage: &mut Stage) {
    origin(stage);
    stage.key(Key::Enter);
}

fn review_force(stage: &mut Stage) {
    review_ordered(stage);
    let force = word("way.force");
    stage.harness.get_by_role_and_label(Role::RadioButton, &force).click();
    stage.settle();
}

fn review_marked(stage: &mut Stage) {
    marks(stage);
    press(stage, "marks.review");
}

/// More than is planned at once.
fn review_planning(stage: &mut Stage) {
    live_with(stage, worlds::many(600));
    stage.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    stage.settle();
    stage.keep_busy();
    press(stage, "marks.review");
}

fn review_planning_again(stage: &mut Stage) {
    review_planning(stage);
    stage.work();
    press(stage, "way.force");
}

fn review_changed(stage: &mut Stage) {
    review_ordered(stage);
    let web_1 = crate::stage::container(&stage.sample, "web-1");
    stage.sample.remove_container(&web_1, false).unwrap();
    let image = stage.world().find_name(&crate::stage::reference("index.qiniu.com/ubuntu:latest")).unwrap();
    let id = stage.world().image(image).unwrap().id.clone();
    stage.sample.tag(&id, &crate::stage::reference("registry.example.com/edge/nginx:hotfix")).unwrap();
    stage.observe();
}

fn review_commands(stage: &mut Stage) {
    review_ordered(stage);
    stage.harness.get_by_label(&word("button.show_commands")).click();
    stage.settle();
}

/// Confirms what is in review and returns the plan that goes to the worker.
fn start(stage: &mut Stage) -> (unmoor::message::JobId, unmoor::plan::RemovalPlan) {
    let said = stage
        .harness
        .get_by(|n| n.role() == Role::Button && n.label().is_some_and(|label| label.contains("3.2 MB")));
    said.click();
    stage.settle();
    stage.started_run()
}

/// Carries out the first steps, and leaves the next one running.
fn run_steps(stage: &mut Stage, count: usize) -> (unmoor::message::JobId, Vec<StepOutcome>) {
    let (job, plan) = start(stage);
    let mut outcomes = Vec::new();
    for (step, planned) in plan.steps.iter().enumerate().take(count) {
        stage.tell(Event::StepStarted { job, step });
        let answer = crate::sample::run_step(&stage.sample, &planned.action);
        let outcome = StepOutcome { judgement: Judgement::AsPredicted, answer };
        outcomes.push(outcome.clone());
        stage.tell(Event::StepEnded { job, step, outcome });
    }
    stage.tell(Event::StepStarted { job, step: count });
    (job, outcomes)
}

fn running(stage: &mut Stage) {
    review_ordered(stage);
    run_steps(stage, 5);
}

fn stopping(stage: &mut Stage) {
    running(stage);
    press(stage, "run.stop");
}

fn done(stage: &mut Stage) {
    review_ordered(stage);
    let (job, plan) = start(stage);
    stage.play(job, &plan);
}

fn undo(stage: &mut Stage) {
    under_origin(stage, "index.qbox.me/qcos-test/msfngix:latest");
    stage.key(Key::Enter);
    stage.harness.get_by(|n| n.role() == Role::Button && n.label().is_some_and(|l| is_untag(&l))).click();
    stage.settle();
    let (job, plan) = stage.started_run();
    stage.play(job, &plan);
    press(stage, "button.undo");
}

/// Whether these are the words of the button that takes one name.
fn is_untag(label: &str) -> bool {
    label.to_lowercase() == word("deed.untag.one").replace("%{n}", "1")
}

/// Of the image with ten names, after it is gone.
fn undo_left(stage: &mut Stage) {
    done(stage);
    press(stage, "button.undo");
}

fn start_undo(stage: &mut Stage) -> (unmoor::message::JobId, unmoor::journal::UndoPlan) {
    undo_left(stage);
    let command = {
        stage.click(&confirm_undo());
        stage.command()
    };
    let Command::Undo { job, plan, .. } = command else { panic!("{command:?}") };
    (job, *plan)
}

/// The words of the button up to its number.
fn confirm_undo() -> String {
    let words = word("undo_dialog.confirm.many");
    words.split('%').next().unwrap_or_default().to_owned()
}

fn undoing(stage: &mut Stage) {
    let (job, _) = start_undo(stage);
    stage.tell(Event::UndoStepStarted { job, step: 0 });
    stage.tell(Event::UndoProgress { job, step: 0, bytes: 41_200_000, of: 124_800_000 });
}

fn undo_partly(stage: &mut Stage) {
    let (job, plan) = start_undo(stage);
    let message = "Get \"https://index-dev.qiniu.io/v2/\": dial tcp: lookup index-dev.qiniu.io: no such host";
    for step in 0..plan.steps.len() {
        let answer = if step == 0 {
            UndoAnswer::Refused { status: None, message: message.to_owned() }
        } else {
            UndoAnswer::Hindered(Hindrance::ImageGone)
        };
        stage.tell(Event::UndoStepEnded { job, step, answer });
    }
    stage.tell(Event::UndoEnded { job, ended: UndoEnded::Completed });
    stage.observe();
}

fn undone(stage: &mut Stage) {
    let (job, plan) = start_undo(stage);
    for step in 0..plan.steps.len() {
        stage.tell(Event::UndoStepEnded { job, step, answer: UndoAnswer::Done });
    }
    stage.tell(Event::UndoEnded { job, ended: UndoEnded::Completed });
    stage.observe();
}

fn not_journalled(stage: &mut Stage) {
    let words = "/home/me/.local/share/unmoor/journal: No space left on device (os error 28)".to_owned();
    review_ordered(stage);
    let (job, _) = start(stage);
    let outcome = Outcome { steps: Vec::new(), ended: Ended::NotJournalled { step: 0, words } };
    stage.tell(Event::RunEnded { job, outcome });
    stage.observe();
}

fn without_journal(stage: &mut Stage) {
    not_journalled(stage);
    press(stage, "button.without_journal");
}

/// Some runs of earlier days, newest first.
fn earlier(stage: &mut Stage) -> Vec<Arc<Run>> {
    let world = stage.world();
    let sample = stage.sample.clone();
    let plan = |text: &str| {
        let image = world.graph().images().iter().find(|image| image.id.short() == text).unwrap();
        let targets = [Target::Image(image.id.clone())];
        plan_removal(&world, &targets, Way::Ordered, true).unwrap()
    };
    let outcomes = |plan: &RemovalPlan, count: usize| -> Vec<StepOutcome> {
        let done = |step: &PlannedStep| {
            let answer = crate::sample::run_step(&sample, &step.action);
            StepOutcome { judgement: Judgement::AsPredicted, answer }
        };
        plan.steps.iter().take(count).map(done).collect()
    };
    let removed = |name: &str, days: i64, image: &str, told: fn(usize) -> Told, count: usize| {
        let plan = plan(image);
        let outcomes = outcomes(&plan, count);
        let at = super::NOW - days * 86_400;
        journalled::removal(name, at, world.graph(), &plan, &outcomes, told(count))
    };
    let completed = |_| Told::Ended(Ended::Completed);
    let differs = |count: usize| Told::Ended(Ended::Unexpected { step: count });
    vec![
        removed("9", 0, "d94b7ce5f018", |_| Told::CutOff, 1),
        removed("8", 1, NODE, completed, 9),
        removed("7", 3, ORIGIN, completed, 99),
        removed("6", 20, "c3f8e1d20b47", differs, 1),
    ]
}

fn cut_off(stage: &mut Stage) {
    live(stage);
    let runs = earlier(stage).into_iter().take(1).collect();
    stage.tell(Event::CutOff(JournalRead { runs, ..JournalRead::default() }));
    stage.observe();
}

fn journal(stage: &mut Stage) {
    live(stage);
    let runs = earlier(stage);
    stage.observe();
    press(stage, "activity.history");
    let half = Problem { line: 7, kind: ProblemKind::HalfWritten };
    let path = std::path::Path::new("/home/me/.local/share/unmoor/journal/0001795000000-4711-0.jsonl");
    let problems = vec![FileProblem::in_line(path, half)];
    stage.tell(Event::JournalRead(JournalRead { runs, problems, failure: None }));
}

fn journal_step(stage: &mut Stage) {
    journal(stage);
    open_origin(stage, 11);
}

fn journal_container(stage: &mut Stage) {
    journal(stage);
    open_origin(stage, 1);
}

/// Opens the third run, and goes down so many steps.
fn open_origin(stage: &mut Stage, steps: usize) {
    for _ in 0..2 {
        stage.key(Key::ArrowDown);
    }
    stage.key(Key::ArrowRight);
    for _ in 0..steps {
        stage.key(Key::ArrowDown);
    }
}

fn journal_empty(stage: &mut Stage) {
    live(stage);
    press(stage, "activity.history");
    stage.tell(Event::JournalRead(JournalRead::default()));
}

fn end(stage: &mut Stage, steps: usize, last: Option<(StepAnswer, Judgement)>, ended: Ended) {
    review_ordered(stage);
    let (job, mut outcomes) = run_steps(stage, steps);
    outcomes.extend(last.map(|(answer, judgement)| StepOutcome { answer, judgement }));
    stage.tell(Event::RunEnded { job, outcome: Outcome { steps: outcomes, ended } });
    stage.observe();
}

fn difference(stage: &mut Stage) {
    let more = unmoor::model::Item::Untagged(
        "index.qiniu.com/ubuntu@sha256:c7c1149150a8f7536bd19b70ea34748bf9dfbc93e5dee677f11362c06b12735d"
            .to_owned(),
    );
    let answer = StepAnswer::Lines(vec![more]);
    end(stage, 4, Some((answer, Judgement::Differs)), Ended::Unexpected { step: 4 });
}

fn failed(stage: &mut Stage) {
    let message = "conflict: unable to remove repository reference \"index-dev.qiniu.io/cs-kirk/nginx:latest\" (must \
                   force) - container 5d41402abc4b is using its referenced image e9d3f7300f03";
    let answer = StepAnswer::Refused { status: 409, message: message.to_owned() };
    end(stage, 4, Some((answer, Judgement::Failed)), Ended::Unexpected { step: 4 });
}

fn stopped(stage: &mut Stage) {
    end(stage, 6, None, Ended::Stopped);
}

fn activity(stage: &mut Stage) {
    done(stage);
    press(stage, "button.done");
    press(stage, "activity.show");
}

fn picture(stage: &mut Stage, inventory: unmoor::model::Inventory, row: &str) {
    live_with(stage, inventory);
    stage.click(row);
    press(stage, "view.picture");
}

fn picture_origin(stage: &mut Stage) {
    origin(stage);
    press(stage, "view.picture");
}

fn picture_all(stage: &mut Stage) {
    live_with(stage, worlds::many(200));
    press(stage, "view.picture");
}

fn picture_marked(stage: &mut Stage) {
    marks(stage);
    press(stage, "view.picture");
    press(stage, "scope.selection");
    press(stage, "scope.marked");
}

fn ask(stage: &mut Stage, image: &str) {
    select(stage, image);
    let words = word("recovery.look_up");
    stage.harness.get_by_label(&words).scroll_to_me();
    stage.settle();
    stage.click(&words);
}

/// What the registries of the sample say of an image.
fn asked(stage: &mut Stage, image: &str) {
    ask(stage, image);
    stage.answer(sample::look_up);
}

fn recovery(stage: &mut Stage) {
    asked(stage, ORIGIN);
    let names = text::fill("recovery.names", &[("names", &text::count("n.names", 10))]);
    stage.click(&names);
}

fn recovery_asking(stage: &mut Stage) {
    ask(stage, ORIGIN);
}

fn review_last_copy(stage: &mut Stage) {
    select(stage, NODE);
    stage.key(Key::Enter);
    stage.answer(sample::look_up);
}

fn review_last_copy_asked(stage: &mut Stage) {
    review_last_copy(stage);
    stage.click("1.1 GB");
}

fn registries_none(stage: &mut Stage) {
    live(stage);
    press(stage, "view.registries");
}

/// Two registries of the sample, one of them open, and one that answers nothing.
fn registries(stage: &mut Stage) {
    registries_none(stage);
    for (host, serves) in [
        ("index-dev.qiniu.io", "environment.test"),
        ("index.qiniu.com", "environment.production"),
        ("index.qbox.me", "environment.other"),
    ] {
        if !stage.sees(&word("registries.host")) {
            press(stage, "registries.add");
        }
        stage.write_into(&word("registries.host"), host);
        let serves = word(serves);
        stage.harness.get_by_role_and_label(Role::RadioButton, &serves).click();
        stage.settle();
        press(stage, "registries.add.confirm");
        let Command::ListRegistry { registry, .. } = stage.command() else { panic!("it is listed") };
        let catalog = sample::catalog(&registry);
        stage.tell(Event::RegistryListed { registry, catalog });
    }
    stage.click("cs-kirk/nginx");
    let Command::ListTags { registry, repository, .. } = stage.command() else { panic!("it is listed") };
    let tags = sample::tags(&registry, &repository);
    stage.tell(Event::TagsListed { registry, repository, tags });
}

fn map(stage: &mut Stage) {
    select(stage, NODE);
    press(stage, "view.map");
}

fn map_many(stage: &mut Stage) {
    live_with(stage, worlds::many(600));
    press(stage, "view.map");
}

fn one_image(stage: &mut Stage) {
    live_with(stage, worlds::one_image());
    stage.click("alpine:3.22");
}

fn many_images(stage: &mut Stage) {
    live_with(stage, worlds::many(20_000));
    for key in [Key::ArrowDown, Key::PageDown, Key::PageDown, Key::ArrowRight] {
        stage.key(key);
    }
}

fn hostile(stage: &mut Stage) {
    live_with(stage, worlds::hostile());
    stage.key(Key::ArrowDown);
    stage.key(Key::ArrowRight);
}

fn first_listing(stage: &mut Stage) {
    stage.connect();
    stage.tell(Event::Listing { generation: stage.generation, progress: ListingProgress::Lists });
}

fn reading_layers(stage: &mut Stage) {
    live_with(stage, worlds::many(600));
    let progress = ListingProgress::Layers { read: 212, of: 600 };
    stage.tell(Event::Listing { generation: stage.generation, progress });
}

fn empty_engine(stage: &mut Stage) {
    live_with(stage, worlds::empty());
}

fn sample_instead(stage: &mut Stage, tried: Vec<unmoor::message::Failure>) {
    stage.tell(Event::NoEngine { generation: stage.generation, tried, unchosen: false });
    stage.expect_connect(&Endpoint::Sample);
    let (generation, engine) = (stage.generation, stage.sample.info());
    stage.tell(Event::Connected { generation, host: String::new(), engine });
    stage.observe();
}

fn no_engine(stage: &mut Stage) {
    let missing = "No such file or directory (os error 2)";
    let mut tried = vec![failure(FailureKind::SocketMissing, missing)];
    for host in ["unix:///run/user/1000/docker.sock", "unix:///run/user/1000/podman/podman.sock"] {
        let host = host.to_owned();
        tried.push(unmoor::message::Failure { host, ..failure(FailureKind::SocketMissing, missing) });
    }
    sample_instead(stage, tried);
}

fn no_engine_but_others(stage: &mut Stage) {
    let missing = failure(FailureKind::SocketMissing, "No such file or directory (os error 2)");
    sample_instead(stage, vec![missing]);
    stage.find(engines::some());
}

fn stood_in_for(stage: &mut Stage) {
    let tried = vec![failure(FailureKind::SocketMissing, "No such file or directory (os error 2)")];
    stage.tell(Event::NoEngine { generation: stage.generation, tried, unchosen: true });
    stage.find(engines::some());
    stage.expect_connect(&Endpoint::Host(engines::COLIMA.to_owned()));
    let (generation, engine) = (stage.generation, engines::docker("C"));
    stage.tell(Event::Connected { generation, host: engines::COLIMA.to_owned(), engine: engine.clone() });
    let inventory = unmoor::model::Inventory { engine, ..stage.sample.inventory() };
    stage.observe_this(inventory);
}

fn choose_engine(stage: &mut Stage) {
    origin(stage);
    stage.harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    stage.settle();
    stage.find(engines::some());
}

fn choose_engine_typed(stage: &mut Stage) {
    choose_engine(stage);
    stage.type_into(&text::look_up("engines.other"), "ssh://-oProxyCommand=x");
}

fn permission_denied(stage: &mut Stage) {
    sample_instead(stage, vec![failure(FailureKind::PermissionDenied, "Permission denied (os error 13)")]);
}

fn listing_failed(stage: &mut Stage) {
    origin(stage);
    stage.key(Key::F5);
    let Command::Refresh { generation } = stage.command() else { panic!("F5 refreshes") };
    let failure = failure(FailureKind::TimedOut, "no answer within 30 s");
    stage.tell(Event::ListingFailed { generation, failure });
}

fn first_listing_failed(stage: &mut Stage) {
    stage.connect();
    let failure = failure(FailureKind::Status(500), "error listing images: layer store is locked");
    stage.tell(Event::ListingFailed { generation: stage.generation, failure });
}

fn partial(stage: &mut Stage) {
    let mut inventory = stage.sample.inventory();
    let seen = inventory.containers.seen().clone();
    inventory.containers = Section::Failed {
        why: "list containers: status 500: open /var/lib/docker/containers: input/output error".to_owned(),
        partial: seen,
    };
    live_with(stage, inventory);
    stage.click(NODE);
}

fn gone(stage: &mut Stage) {
    let failure = failure(FailureKind::ConnectionLost, "broken pipe (os error 32)");
    stage.tell(Event::EngineGone { generation: stage.generation, failure });
}

fn engine_gone(stage: &mut Stage) {
    origin(stage);
    gone(stage);
}

fn trying_again(stage: &mut Stage) {
    engine_gone(stage);
    stage.tell(Event::TryingAgain { generation: stage.generation, seconds: 4 });
}

/// A start while the engine has not answered yet.
fn remembered(stage: &mut Stage) {
    let inventory = std::sync::Arc::new(stage.sample.inventory());
    let observation = unmoor::worker::observation(inventory);
    let host = "unix:///var/run/docker.sock".to_owned();
    let at = super::NOW - 8 * 3600;
    stage.tell(Event::Remembered { generation: stage.generation, host, at, observation });
    stage.click(NODE);
}

fn remembered_gone(stage: &mut Stage) {
    remembered(stage);
    let failure = failure(FailureKind::SocketMissing, "No such file or directory (os error 2)");
    stage.tell(Event::EngineGone { generation: stage.generation, failure });
    stage.tell(Event::TryingAgain { generation: stage.generation, seconds: 9 });
}

/// The listing after a run tells what became of a step without an answer.
fn lost_and_found(stage: &mut Stage) {
    gone_while_running(stage);
    stage.connect();
    stage.observe();
}

fn gone_while_running(stage: &mut Stage) {
    review_ordered(stage);
    let (job, mut steps) = run_steps(stage, 4);
    gone(stage);
    let answer = StepAnswer::Lost("connection closed before message completed".to_owned());
    steps.push(StepOutcome { answer, judgement: Judgement::Failed });
    stage.tell(Event::RunEnded { job, outcome: Outcome { steps, ended: Ended::Unexpected { step: 4 } } });
}

fn worker_lost(stage: &mut Stage) {
    origin(stage);
    stage.close_channel();
}
