//! The window without a screen, with the test in the place of the worker.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use eframe::egui;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::{AccessKitNode, NodeT as _, Queryable as _};
use egui_kittest::{Harness, HarnessBuilder};
use unmoor::app::{App, Channel, Sent, Taken};
use unmoor::archive::Shelf;
use unmoor::engine::sample::Sample;
use unmoor::journal::Run;
use unmoor::message::{
    Command, Endpoint, Event, Failure, FailureKind, Generation, JobId, LookUpId, LookedUp, SearchId, TaskId,
    Work,
};
use unmoor::model::{Bytes, Candidate, ContainerId, Graph, Inventory, Probe, Question, Reference, Remote};
use unmoor::plan::{Ended, Outcome, RemovalPlan, StepOutcome, judge};
use unmoor::rules::World;
use unmoor::state::{Language, Settings, ThemeChoice};
use unmoor::worker::{observation, work_out};

use crate::journalled::{self, Told};
use crate::sample::run_step;

struct Shared {
    /// What is archived.
    shelf: Arc<Shelf>,
    commands: VecDeque<Command>,
    /// What registries are to be asked: a review asks by itself, which few tests are about.
    look_ups: VecDeque<Command>,
    events: VecDeque<Event>,
    /// The worker is busy: what is to be worked out waits.
    is_busy: bool,
    waiting: VecDeque<(TaskId, Work)>,
    /// The latest search for engines that was asked for.
    search: Option<SearchId>,
    closed: bool,
}

struct Fake(Rc<RefCell<Shared>>);

impl Channel for Fake {
    /// What only has to be worked out is answered at once; the rest is up to the test.
    fn send(&mut self, command: Command) -> Sent {
        let mut shared = self.0.borrow_mut();
        if let Command::WorkOut { task, work } = command {
            if shared.is_busy {
                shared.waiting.push_back((task, *work));
                return Sent::Taken;
            }
            shared.events.push_back(Event::WorkedOut { task, result: work_out(*work) });
        } else if let Command::FindEngines { search, .. } = command {
            shared.search = Some(search);
        } else if matches!(command, Command::ReadArchives) {
            let stock = Arc::clone(&shared.shelf);
            shared.events.push_back(Event::Archives(Ok(stock)));
        } else if matches!(command, Command::LookUp { .. }) {
            shared.look_ups.push_back(command);
        } else if !matches!(command, Command::LetGo(_)) {
            shared.commands.push_back(command);
        }
        Sent::Taken
    }

    fn take(&mut self) -> Taken {
        let mut shared = self.0.borrow_mut();
        match shared.events.pop_front() {
            Some(event) => Taken::Event(Box::new(event)),
            None if shared.closed => Taken::Closed,
            None => Taken::Nothing,
        }
    }
}

pub struct Stage {
    pub harness: Harness<'static, App>,
    shared: Rc<RefCell<Shared>>,
    pub sample: Sample,
    pub generation: Generation,
    pub clock: fn() -> i64,
}

pub fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

pub fn failure(kind: FailureKind, message: &str) -> Failure {
    Failure {
        kind,
        host: "unix:///var/run/docker.sock".to_owned(),
        operation: "list images".to_owned(),
        message: message.to_owned(),
    }
}

impl Stage {
    /// Just opened: the engine was asked for, and has not answered.
    pub fn open(language: Language, size: [f32; 2]) -> Self {
        let settings = Settings { language, theme: ThemeChoice::Light, ..Settings::default() };
        Self::open_with(Harness::builder().with_size(size), settings, now)
    }

    pub fn open_with(builder: HarnessBuilder<App>, settings: Settings, clock: fn() -> i64) -> Self {
        let shelf = Shelf {
            free: Some(Bytes(45_200_000_000)),
            place: "/home/me/.local/share/unmoor/archives".to_owned(),
            ..Shelf::default()
        };
        let shared = Shared {
            is_busy: false,
            waiting: VecDeque::new(),
            look_ups: VecDeque::new(),
            shelf: Arc::new(shelf),
            commands: VecDeque::new(),
            events: VecDeque::new(),
            closed: false,
            search: None,
        };
        let shared = Rc::new(RefCell::new(shared));
        let fake = Fake(Rc::clone(&shared));
        let harness = builder
            .build_eframe(|cc| App::new(&cc.egui_ctx, fake, Endpoint::Default, settings).with_clock(clock));
        let mut stage =
            Self { harness, shared, sample: Sample::new(clock()), generation: Generation(0), clock };
        stage.expect_connect(&Endpoint::Default);
        stage
    }

    /// With the sample's inventory shown as that of a live engine.
    pub fn live() -> Self {
        Self::live_in(Language::English, [1280.0, 1600.0])
    }

    pub fn live_in(language: Language, size: [f32; 2]) -> Self {
        let mut stage = Self::open(language, size);
        stage.connect();
        stage.observe();
        stage
    }

    /// The sample answers as a live engine.
    pub fn connect(&mut self) {
        let (generation, engine) = (self.generation, self.sample.info());
        self.tell(Event::Connected { generation, host: "unix:///var/run/docker.sock".to_owned(), engine });
    }

    /// The next command, which has to be there.
    pub fn command(&mut self) -> Command {
        self.shared.borrow_mut().commands.pop_front().expect("a command was expected")
    }

    /// The next questions to registries, which have to be there.
    pub fn look_up(&mut self) -> (LookUpId, Vec<Question>) {
        let command = self.shared.borrow_mut().look_ups.pop_front().expect("registries are asked");
        let Command::LookUp { lookup, questions, .. } = command else {
            panic!("{command:?} looks nothing up")
        };
        (lookup, questions)
    }

    /// Answers the next questions to registries.
    pub fn answer(&mut self, answer: impl Fn(&Question) -> Remote) {
        let (lookup, questions) = self.look_up();
        let told = questions.into_iter().map(|question| {
            let remote = answer(&question);
            LookedUp { image: question.image, reference: question.reference, remote }
        });
        self.tell(Event::LookedUp { lookup, answers: told.collect() });
    }

    pub fn has_look_up(&self) -> bool {
        !self.shared.borrow().look_ups.is_empty()
    }

    pub fn has_command(&self) -> bool {
        !self.shared.borrow().commands.is_empty()
    }

    pub fn expect_connect(&mut self, wanted: &Endpoint) {
        let command = self.command();
        let Command::Connect { generation, endpoint } = command else {
            panic!("{command:?} does not connect")
        };
        assert_eq!(endpoint, *wanted);
        self.generation = generation;
    }

    /// Takes an event in; works too while something spins.
    pub fn tell(&mut self, event: Event) {
        self.shared.borrow_mut().events.push_back(event);
        self.settle();
    }

    /// Takes the question for engines that has to be there.
    pub fn search(&mut self) -> SearchId {
        self.shared.borrow_mut().search.take().expect("a search was expected")
    }

    /// Answers the question for engines.
    pub fn find(&mut self, found: Vec<(Candidate, Probe)>) {
        let search = self.search();
        let (candidates, probes): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        self.tell(Event::EnginesFound { search, candidates });
        for (at, probe) in probes.into_iter().enumerate() {
            if probe != Probe::Waiting {
                self.tell(Event::EngineProbed { search, at, probe });
            }
        }
    }

    /// What the worker finds archived from now on.
    pub fn archived(&mut self, change: impl FnOnce(&mut Shelf)) {
        change(Arc::make_mut(&mut self.shared.borrow_mut().shelf));
    }

    /// From now on, what is to be worked out waits for [`Self::work`].
    pub fn keep_busy(&mut self) {
        self.shared.borrow_mut().is_busy = true;
    }

    /// The worker gets to the next thing that was to be worked out, which has to be there.
    pub fn work(&mut self) {
        let (task, work) =
            self.shared.borrow_mut().waiting.pop_front().expect("something is to be worked out");
        self.tell(Event::WorkedOut { task, result: work_out(work) });
    }

    /// The worker fails at the next thing that was to be worked out.
    pub fn fail_to_work(&mut self, why: &str) {
        let (task, _) = self.shared.borrow_mut().waiting.pop_front().expect("something is to be worked out");
        self.tell(Event::NotWorkedOut { task, why: why.to_owned() });
    }

    /// Whether something waits to be worked out.
    pub fn has_work(&self) -> bool {
        !self.shared.borrow().waiting.is_empty()
    }

    /// Has an event wait for the next frame.
    pub fn shove(&mut self, event: Event) {
        self.shared.borrow_mut().events.push_back(event);
    }

    pub fn close_channel(&mut self) {
        self.shared.borrow_mut().closed = true;
        self.settle();
    }

    pub fn settle(&mut self) {
        self.harness.run_steps(6);
    }

    /// Shows the sample engine as it is now.
    pub fn observe(&mut self) {
        let inventory = self.sample.inventory();
        self.observe_this(inventory);
    }

    pub fn observe_this(&mut self, inventory: Inventory) {
        let observation = observation(Arc::new(inventory));
        self.tell(Event::Observed { generation: self.generation, observation });
    }

    pub fn world(&self) -> World {
        World::new(Arc::new(Graph::new(Arc::new(self.sample.inventory()))))
    }

    /// Every accessible name on screen.
    pub fn names(&self) -> Vec<String> {
        let nodes = self.harness.root().children_recursive();
        nodes
            .filter_map(|n| {
                let node = n.accesskit_node();
                node.label().or_else(|| node.value())
            })
            .collect()
    }

    pub fn sees(&self, part: &str) -> bool {
        self.names().iter().any(|n| n.contains(part))
    }

    pub fn assert_sees(&self, part: &str) {
        assert!(self.sees(part), "no {part:?} among {:#?}", self.names());
    }

    pub fn assert_sees_not(&self, part: &str) {
        assert!(!self.sees(part), "{part:?} is among {:#?}", self.names());
    }

    /// Whether the cursor is on a row that is called so.
    pub fn is_selected(&self, part: &str) -> bool {
        let is = |n: &AccessKitNode<'_>| {
            n.is_selected() == Some(true) && n.label().is_some_and(|l| l.contains(part))
        };
        self.harness.query_all_by(is).next().is_some()
    }

    /// Clicks the first thing whose accessible name contains this.
    pub fn click(&mut self, part: &str) {
        self.assert_sees(part);
        self.harness.get_all_by(|n| n.label().is_some_and(|l| l.contains(part))).next().unwrap().click();
        self.settle();
    }

    /// Opens an image row and selects a row under it.
    pub fn select_under(&mut self, image: &str, row: &str) {
        self.click(image);
        self.key(egui::Key::ArrowRight);
        self.click(row);
    }

    pub fn type_into_filter(&mut self, text: &str) {
        self.type_into("Filter", text);
    }

    pub fn type_into(&mut self, field: &str, text: &str) {
        self.harness.get_by_role_and_label(Role::TextInput, field).focus();
        self.settle();
        self.harness.get_by_role_and_label(Role::TextInput, field).type_text(text);
        self.settle();
    }

    /// The same where a person would first have to click on the field.
    pub fn write_into(&mut self, field: &str, text: &str) {
        self.harness.get_by_role_and_label(Role::TextInput, field).focus();
        self.settle();
        self.type_into(field, text);
    }

    pub fn key(&mut self, key: egui::Key) {
        self.harness.key_press(key);
        self.settle();
    }

    pub fn started_run(&mut self) -> (JobId, RemovalPlan) {
        let command = self.command();
        let Command::Run { job, plan, .. } = command else { panic!("{command:?} runs nothing") };
        (job, Arc::unwrap_or_clone(plan))
    }

    /// Runs a plan on the sample engine, as the worker would.
    pub fn play(&mut self, job: JobId, plan: &RemovalPlan) -> Arc<Run> {
        let before = self.world();
        let mut steps = Vec::new();
        for (step, planned) in plan.steps.iter().enumerate() {
            self.tell(Event::StepStarted { job, step });
            let answer = run_step(&self.sample, &planned.action);
            let outcome = StepOutcome { judgement: judge(planned, &answer), answer };
            steps.push(outcome.clone());
            self.tell(Event::StepEnded { job, step, outcome });
        }
        let ended = Told::Ended(Ended::Completed);
        let run = journalled::removal("0001", (self.clock)(), before.graph(), plan, &steps, ended);
        self.tell(Event::Journalled { run: Arc::clone(&run), unwritten: None });
        self.tell(Event::RunEnded { job, outcome: Outcome { steps, ended: Ended::Completed } });
        self.observe();
        run
    }
}

pub fn container(sample: &Sample, name: &str) -> ContainerId {
    let inventory = sample.inventory();
    inventory.containers.seen().iter().find(|c| c.name == name).unwrap().id.clone()
}

pub fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}
