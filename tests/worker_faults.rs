//! The worker with an engine that dies at the worst moment.

#![cfg(test)]
#![cfg(unix)]

mod fake;
mod folders;
mod worker;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fake::{Fake, Reply, healthy, id, row};
use unmoor::message::{Command, Event, Generation, JobId, RunOptions};
use unmoor::model::{Endpoint, Graph, ImageId, Reference};
use unmoor::plan::{Difference, Ended, Judgement, Outcome, RemovalPlan, StepAnswer, Way, plan_removal};
use unmoor::rules::{Target, World};
use unmoor::worker::Worker;
use worker::Window;

fn plan_both(graph: &Arc<Graph>) -> RemovalPlan {
    let targets = ['a', 'b'].map(|digit| Target::Image(ImageId::parse(&id(digit)).unwrap()));
    let plan = plan_removal(&World::new(Arc::clone(graph)), &targets, Way::Ordered, true).unwrap();
    assert_eq!(plan.steps.len(), 2);
    plan
}

#[test]
fn an_engine_that_dies_mid_removal_ends_the_run_and_is_sent_nothing_further() {
    let fake = Fake::start(|request| match request {
        removal if removal.starts_with("DELETE") => Reply::Broken(Vec::new()),
        other => healthy(other),
    });
    let mut window = Window::open();
    window.connect(&fake.host);
    let graph = window.all_layers();
    let outcome = window.run(plan_both(&graph));
    let [step] = outcome.steps.as_slice() else { panic!("one step was tried: {outcome:?}") };
    assert!(matches!(&step.answer, StepAnswer::Lost(_)), "{outcome:?}");
    assert_eq!(step.judgement, Judgement::Failed);
    assert_eq!(outcome.ended, Ended::Unexpected { step: 0 });
    window.all_layers();
    assert_eq!(fake.asked("DELETE").len(), 1, "one request, never repeated: {:?}", fake.asked("DELETE"));
    assert!(window.woken.load(Ordering::Relaxed) > 0);
    assert!(Worker::finish(window.commands, window.events));
}

#[test]
fn a_refusal_is_an_outcome_with_the_engines_words() {
    let fake = Fake::start(|request| match request {
        removal if removal.starts_with("DELETE") => Reply::Json(409, r#"{"message":"in use"}"#.to_owned()),
        other => healthy(other),
    });
    let mut window = Window::open();
    window.connect(&fake.host);
    let graph = window.all_layers();
    let outcome = window.run(plan_both(&graph));
    let answers: Vec<_> = outcome.steps.iter().map(|step| &step.answer).collect();
    assert_eq!(answers, [&StepAnswer::Refused { status: 409, message: "in use".to_owned() }]);
    assert_eq!(outcome.ended, Ended::Unexpected { step: 0 });
    assert_eq!(fake.asked("DELETE").len(), 1);
}

/// Refuses to remove `a` and removes `b`.
fn refuses_a(request: &str) -> Reply {
    if !request.starts_with("DELETE") {
        return healthy(request);
    }
    if request.contains(&id('a')) {
        return Reply::Json(409, r#"{"message":"in use"}"#.to_owned());
    }
    slow_removal(request)
}

#[test]
fn after_a_surprise_nothing_is_sent_until_the_person_lets_it_go_on() {
    let fake = Fake::start(refuses_a);
    let mut window = Window::open();
    window.connect(&fake.host);
    let plan = plan_both(&window.all_layers());
    let pause = window.paused(plan);
    window.go_on(pause + 1);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(removed(&fake), ['a'], "an answer to another pause counts for nothing");
    window.go_on(pause);
    let outcome = window.outcome();
    let judged: Vec<_> = outcome.steps.iter().map(|step| step.judgement).collect();
    assert_eq!(judged, [Judgement::Failed, Judgement::AsPredicted], "{outcome:?}");
    assert_eq!(outcome.ended, Ended::WentOn { step: 0 });
    assert_eq!(removed(&fake), ['a', 'b']);
}

#[test]
fn what_no_longer_holds_after_a_pause_is_left_out() {
    let gone = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&gone);
    let fake = Fake::start(move |request| match request {
        images if images.contains("/images/json") && flag.load(Ordering::Relaxed) => {
            Reply::ok(format!("[{}]", row('a')))
        }
        other => refuses_a(other),
    });
    let mut window = Window::open();
    window.connect(&fake.host);
    let plan = plan_both(&window.all_layers());
    let pause = window.paused(plan);
    gone.store(true, Ordering::Relaxed);
    window.go_on(pause);
    let outcome = window.outcome();
    let [_, skipped] = outcome.steps.as_slice() else { panic!("{outcome:?}") };
    assert_eq!(skipped.judgement, Judgement::Skipped);
    let StepAnswer::NotSent(why) = &skipped.answer else { panic!("{skipped:?}") };
    assert_eq!(**why, Difference::StepGone { step: 1 });
    assert_eq!(removed(&fake), ['a']);
}

#[test]
fn a_run_does_not_go_on_while_the_engine_cannot_be_listed() {
    let broken = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&broken);
    let fake = Fake::start(move |request| match request {
        list if list.contains("/json?all=1") && flag.load(Ordering::Relaxed) => {
            Reply::Json(500, r#"{"message":"not now"}"#.to_owned())
        }
        other => refuses_a(other),
    });
    let mut window = Window::open();
    window.connect(&fake.host);
    let plan = plan_both(&window.all_layers());
    let first = window.paused(plan);
    broken.store(true, Ordering::Relaxed);
    window.go_on(first);
    let (second, failed) = window.pause();
    assert!(failed);
    assert_eq!(removed(&fake), ['a']);
    broken.store(false, Ordering::Relaxed);
    window.go_on(second);
    assert_eq!(window.outcome().ended, Ended::WentOn { step: 0 });
    assert_eq!(removed(&fake), ['a', 'b']);
}

#[test]
fn a_step_that_could_not_be_looked_at_again_is_not_sent_until_it_can() {
    let removed_a = Arc::new(AtomicBool::new(false));
    let broken = Arc::new(AtomicBool::new(true));
    let (flag, fails) = (Arc::clone(&removed_a), Arc::clone(&broken));
    let fake = Fake::start(move |request| {
        if request.starts_with("DELETE") {
            flag.store(true, Ordering::Relaxed);
            return slow_removal(request);
        }
        if !flag.load(Ordering::Relaxed) {
            return healthy(request);
        }
        match request {
            list if list.contains("/json?all=1") && fails.load(Ordering::Relaxed) => {
                Reply::Json(500, r#"{"message":"not now"}"#.to_owned())
            }
            images if images.contains("/images/json") => Reply::ok(format!("[{}]", row('b'))),
            other => healthy(other),
        }
    });
    let mut window = Window::open();
    window.connect(&fake.host);
    let plan = Arc::new(plan_both(&window.all_layers()));
    window.commands.try_send(Command::Run { job: JobId(7), plan, options: RunOptions::default() }).unwrap();
    let (pause, failed) = window.pause();
    assert!(failed);
    assert_eq!(removed(&fake), ['a']);
    broken.store(false, Ordering::Relaxed);
    window.go_on(pause);
    let outcome = window.outcome();
    assert_eq!(outcome.ended, Ended::Completed, "{outcome:?}");
    assert_eq!(removed(&fake), ['a', 'b']);
}

#[test]
fn a_plan_that_is_not_true_any_more_is_not_begun() {
    let gone = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&gone);
    let fake = Fake::start(move |request| match request {
        images if images.contains("/images/json") && flag.load(Ordering::Relaxed) => {
            Reply::ok(format!("[{}]", row('a')))
        }
        other => healthy(other),
    });
    let mut window = Window::open();
    window.connect(&fake.host);
    let graph = window.all_layers();
    gone.store(true, Ordering::Relaxed);
    let outcome = window.run(plan_both(&graph));
    assert!(matches!(&outcome.ended, Ended::Stale(differences) if !differences.is_empty()), "{outcome:?}");
    assert!(outcome.steps.is_empty());
    assert!(fake.asked("DELETE").is_empty());
}

#[test]
fn a_plan_is_not_begun_if_the_engine_cannot_be_listed() {
    let broken = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&broken);
    let fake = Fake::start(move |request| match request {
        list if list.contains("/json?all=1") && flag.load(Ordering::Relaxed) => {
            Reply::Json(500, r#"{"message":"not now"}"#.to_owned())
        }
        other => healthy(other),
    });
    let mut window = Window::open();
    window.connect(&fake.host);
    let graph = window.all_layers();
    broken.store(true, Ordering::Relaxed);
    let outcome = window.run(plan_both(&graph));
    assert!(matches!(&outcome.ended, Ended::NotListed(words) if words.contains("not now")), "{outcome:?}");
    assert!(fake.asked("DELETE").is_empty());
}

/// The digits of the image IDs that were asked to be removed.
fn removed(fake: &Fake) -> Vec<char> {
    fake.asked("DELETE")
        .iter()
        .filter_map(|request| request.strip_prefix("DELETE /images/sha256:")?.chars().next())
        .collect()
}

fn slow_removal(request: &str) -> Reply {
    let Some(target) = request.strip_prefix("DELETE /images/") else { return healthy(request) };
    std::thread::sleep(Duration::from_millis(400));
    let id = target.split('?').next().unwrap();
    let layer = id.replace("aa", "cc").replace("bb", "dd");
    Reply::ok(format!(r#"[{{"Deleted":"{id}"}},{{"Deleted":"{layer}"}}]"#))
}

fn begun(window: &mut Window) {
    window.until(|event| matches!(event, Event::StepStarted { step: 0, .. }).then_some(()));
}

#[test]
fn a_run_that_is_stopped_finishes_its_step() {
    let fake = Fake::start(slow_removal);
    let mut window = Window::open();
    window.connect(&fake.host);
    let plan = Arc::new(plan_both(&window.all_layers()));
    window.commands.try_send(Command::Run { job: JobId(7), plan, options: RunOptions::default() }).unwrap();
    begun(&mut window);
    window.commands.try_send(Command::StopRun { job: JobId(7) }).unwrap();
    let outcome = window.outcome();
    let judged: Vec<_> = outcome.steps.iter().map(|step| step.judgement).collect();
    assert_eq!(judged, [Judgement::AsPredicted], "{outcome:?}");
    assert_eq!(outcome.ended, Ended::Stopped);
    assert_eq!(removed(&fake), ['a']);
}

#[test]
fn a_window_that_closes_lets_the_running_step_end() {
    let fake = Fake::start(slow_removal);
    let mut window = Window::open();
    window.connect(&fake.host);
    let plan = Arc::new(plan_both(&window.all_layers()));
    window.commands.try_send(Command::Run { job: JobId(7), plan, options: RunOptions::default() }).unwrap();
    begun(&mut window);
    let started = Instant::now();
    let Window { commands, events, .. } = window;
    assert!(Worker::finish(commands, events));
    assert!(started.elapsed() > Duration::from_millis(200), "the step was cut off");
    assert_eq!(removed(&fake), ['a'], "and nothing followed it");
}

#[test]
fn a_name_that_was_moved_is_not_removed() {
    let fake = Fake::start(|request| match request {
        list if list.contains("/images/json") => {
            let named = row('a').replace(r#""RepoTags":[]"#, r#""RepoTags":["x:1"]"#);
            Reply::ok(format!("[{named},{}]", row('b')))
        }
        moved if moved.contains("x:1/json") => Reply::ok(format!(r#"{{"Id":"{}"}}"#, id('b'))),
        other => healthy(other),
    });
    let mut window = Window::open();
    window.connect(&fake.host);
    let graph = window.all_layers();
    let name = Reference::parse("x:1").unwrap();
    let target = Target::Reference(ImageId::parse(&id('a')).unwrap(), name);
    let plan = plan_removal(&World::new(Arc::clone(&graph)), &[target], Way::Ordered, true).unwrap();
    let outcome = window.run(plan);
    assert_eq!(outcome, Outcome { steps: Vec::new(), ended: Ended::TargetMoved { step: 0 } });
    assert!(fake.asked("DELETE").is_empty());
}

#[test]
fn a_run_without_an_engine_says_so() {
    let fake = Fake::start(healthy);
    let mut window = Window::open();
    window.connect(&fake.host);
    let graph = window.all_layers();
    let mut other = Window::open();
    let outcome = other.run(plan_both(&graph));
    assert!(matches!(outcome.ended, Ended::NotListed(_)), "{outcome:?}");
    assert!(Worker::finish(other.commands, other.events), "it ends as soon as its window is closed");
}

#[test]
fn the_sample_runs_a_plan_to_its_end() {
    let mut window = Window::open();
    let endpoint = Endpoint::Sample;
    window.commands.try_send(Command::Connect { generation: Generation(1), endpoint }).unwrap();
    let graph = window.all_layers();
    let world = World::new(Arc::clone(&graph));
    let image = graph.images().iter().max_by_key(|image| image.references.len()).unwrap();
    let plan = plan_removal(&world, &[Target::Image(image.id.clone())], Way::Ordered, true).unwrap();
    let outcome = window.run(plan.clone());
    assert_eq!(outcome.ended, Ended::Completed, "{outcome:?}");
    assert_eq!(outcome.steps.len(), plan.steps.len());
    let after = window.all_layers();
    assert_eq!(after.find_image(&image.id), None);
}
