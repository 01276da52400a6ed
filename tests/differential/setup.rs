//! Draws a world: images of every origin, names over several registries, containers, and what has happened
//! to them since. All from the seed, without asking the engine.

use std::collections::{BTreeMap, BTreeSet};

use super::case::{Loaded, Make, Request, State, Step};
use super::names::{PUSHABLE, TAGS, any_name, repository_to_push};
use super::random::Random;
use crate::engines::Kind;

/// A world in the making, as far as later steps need it.
struct Draft<'r> {
    random: &'r mut Random,
    kind: Kind,
    steps: Vec<Step>,
    /// Layers of those images where they are known.
    layers: BTreeMap<u8, Vec<u32>>,
    images: Vec<u8>,
    /// Images that have busybox.
    run: BTreeSet<u8>,
    names: Vec<(String, u8)>,
    pushed: Vec<(String, u8)>,
    containers: usize,
    next_layer: u32,
}

/// The steps that make the world of this seed.
pub fn world(random: &mut Random, kind: Kind) -> Vec<Step> {
    let mut draft = Draft {
        random,
        kind,
        steps: Vec::new(),
        layers: BTreeMap::new(),
        images: Vec::new(),
        run: BTreeSet::new(),
        names: Vec::new(),
        pushed: Vec::new(),
        containers: 0,
        next_layer: 1,
    };
    let count = draft.random.between(1, 12);
    while draft.images.len() < count {
        draft.image();
    }
    for image in draft.images.clone() {
        draft.name(image);
    }
    for _ in 0..draft.random.between(0, 5) {
        draft.event();
    }
    for _ in 0..draft.random.between(0, 4) {
        draft.container();
    }
    for _ in 0..draft.random.between(0, 4) {
        draft.event();
    }
    draft.steps
}

impl Draft<'_> {
    fn make(&mut self, step: Make) {
        self.steps.push(Step::Make(step));
    }

    fn ask(&mut self, step: Request) {
        self.steps.push(Step::Request(step));
    }

    fn new_name(&mut self) -> String {
        let places: Vec<_> = self.images.iter().map(u8::to_string).collect();
        any_name(self.random, &places)
    }

    fn maybe_name(&mut self, percent: usize) -> Option<String> {
        self.random.chance(percent).then(|| self.new_name())
    }

    fn layer(&mut self) -> u32 {
        self.next_layer += 1;
        self.next_layer - 1
    }

    fn add(&mut self, name: Option<&String>, runs: bool) -> u8 {
        let image = u8::try_from(self.images.len()).unwrap();
        self.images.push(image);
        self.names.extend(name.map(|name| (name.clone(), image)));
        if runs {
            self.run.insert(image);
        }
        image
    }

    /// An image that is there already, by a name or its ID.
    fn existing(&mut self) -> Option<(String, u8)> {
        if self.images.is_empty() {
            return None;
        }
        if !self.names.is_empty() && self.random.chance(60) {
            return Some(self.random.pick(&self.names).clone());
        }
        let image = *self.random.pick(&self.images);
        let text = match self.random.below(3) {
            0 => format!("{{{image}}}"),
            1 => format!("sha256:{{{image}}}"),
            _ => format!("{{{image}:12}}"),
        };
        Some((text, image))
    }

    fn image(&mut self) {
        match self.random.weighted(&[30, 22, 8, 22, 12, 10]) {
            0 => self.load(),
            1 => self.build(false),
            2 => self.build(true),
            3 => self.commit(),
            4 => {
                let layer = if self.random.chance(30) { 0 } else { self.layer() };
                let name = self.maybe_name(70);
                let image = self.add(name.as_ref(), layer == 0);
                self.make(Make::Import { image, layer, name });
            }
            _ if self.kind.has_containerd_store() => {
                let (runs, own) = (self.random.chance(40), self.layer());
                let layers = if runs { vec![0, own] } else { vec![own] };
                // Archives of this form name an image in full.
                let name = format!("{}:{}", self.random.pick(&PUSHABLE), self.random.pick(&TAGS));
                let image = self.add(Some(&name), runs);
                self.make(Make::LoadIndex { image, layers, names: vec![name] });
            }
            _ => self.load(),
        }
    }

    /// One to four images in one archive, many on the layers of one another.
    fn load(&mut self) {
        let mut images: Vec<Loaded> = Vec::new();
        for _ in 0..self.random.between(1, 4) {
            let base = if !self.layers.is_empty() && self.random.chance(60) {
                let known: Vec<u8> = self.layers.keys().copied().collect();
                Some(*self.random.pick(&known))
            } else {
                None
            };
            let mut layers = match base {
                Some(base) => self.layers[&base].clone(),
                None if self.random.chance(40) => vec![0],
                None => Vec::new(),
            };
            let beneath = layers.len();
            let own = self.random.between(usize::from(layers.is_empty()), 3);
            layers.extend((0..own).map(|_| self.layer()));
            let mut names: Vec<String> = (0..self.random.weighted(&[15, 50, 20, 10, 5]))
                .map(|_| {
                    let repository =
                        if self.random.chance(70) { *self.random.pick(&PUSHABLE) } else { "app" };
                    format!("{repository}:{}", self.random.pick(&TAGS))
                })
                .collect();
            names.sort();
            names.dedup();
            // The engine takes a parent only if it has one step less.
            let fits = layers.len() == beneath + 1 && self.kind != Kind::Docker28Containerd;
            let parent = base.filter(|_| fits && self.random.chance(50)).map(|base| format!("{{{base}}}"));
            let runs = layers.first() == Some(&0);
            let image = self.add(None, runs);
            self.names.extend(names.iter().map(|name| (name.clone(), image)));
            self.layers.insert(image, layers.clone());
            // A parent has to be there before the archive comes.
            let here = |p: &String| !images.iter().any(|i| *p == format!("{{{}}}", i.image));
            let parent = parent.filter(here);
            images.push(Loaded { image, layers, names, parent });
        }
        self.make(Make::Load { images });
    }

    fn build(&mut self, buildkit: bool) {
        let from = if self.random.chance(40) { self.existing() } else { None };
        let lines = (0..self.random.between(1, 4)).map(|_| match self.random.below(4) {
            // Few different files, so that builds share steps.
            0 | 1 => {
                let file = self.random.between(1, 6);
                format!("COPY l{file} /srv/l{file}")
            }
            2 => format!("LABEL step={}", self.random.below(4)),
            _ => format!("ENV STEP={}", self.random.below(4)),
        });
        let mut lines: Vec<_> = lines.collect();
        if from.is_none() {
            lines.insert(0, "COPY l7 /srv/l7".to_owned());
        }
        let name = self.maybe_name(75);
        let image = self.add(name.as_ref(), from.as_ref().is_some_and(|(_, base)| self.run.contains(base)));
        self.make(Make::Build { image, from: from.map(|(text, _)| text), lines, name, buildkit });
    }

    fn commit(&mut self) {
        let Some((of, base)) = self.existing() else { return self.load() };
        let file = self.random.chance(70).then(|| self.layer());
        let name = self.maybe_name(60);
        let image = self.add(name.as_ref(), self.run.contains(&base));
        self.make(Make::Commit { image, of, file, name });
    }

    /// Up to ten more names for an image.
    fn name(&mut self, image: u8) {
        let count = match self.random.weighted(&[35, 35, 20, 10]) {
            0 => 0,
            1 => 1,
            2 => self.random.between(2, 4),
            _ => self.random.between(5, 10),
        };
        for _ in 0..count {
            let name = self.new_name();
            self.names.retain(|(taken, _)| *taken != name);
            self.names.push((name.clone(), image));
            self.ask(Request::Tag { of: format!("{{{image}}}"), name });
        }
    }

    /// Something that happens to names after they were given.
    fn event(&mut self) {
        if self.names.is_empty() {
            return;
        }
        let (name, image) = self.random.pick(&self.names).clone();
        let pushable = repository_to_push(&name).is_some();
        match self.random.weighted(&[42, 15, 20, 15, 8]) {
            0 if pushable => {
                self.make(Make::Push { name: name.clone() });
                self.pushed.push((name, image));
            }
            1 if !self.pushed.is_empty() => {
                let (name, image) = self.random.pick(&self.pushed).clone();
                let repository = repository_to_push(&name).unwrap();
                let name = match self.random.below(4) {
                    0 => name,
                    1 => format!("{name}@sha256:{{d{image}}}"),
                    _ => format!("{repository}@sha256:{{d{image}}}"),
                };
                self.make(Make::Pull { name });
            }
            0 | 2 => {
                self.names.retain(|(other, _)| *other != name);
                self.ask(Request::Remove { target: name, force: true, noprune: true });
            }
            1 | 3 => {
                let onto = *self.random.pick(&self.images);
                self.names.retain(|(other, _)| *other != name);
                self.names.push((name.clone(), onto));
                self.ask(Request::Tag { of: format!("{{{onto}}}"), name });
            }
            _ if !self.kind.has_containerd_store() => self.save(),
            _ => {}
        }
    }

    /// Images that share a layer, saved together. None with busybox: its layer is that of other cases too.
    fn save(&mut self) {
        let plain = |image: &u8| self.layers.get(image).is_some_and(|l| l.first() != Some(&0));
        let names: Vec<_> =
            self.images.iter().filter(|i| plain(i)).map(|i| format!("sha256:{{{i}}}")).collect();
        if names.len() > 1 {
            let first = self.random.below(names.len() - 1);
            self.make(Make::Save { names: names.into_iter().skip(first).take(3).collect() });
        }
    }

    fn container(&mut self) {
        let Some((mut of, image)) = self.existing() else { return };
        if let Some((name, _)) = self.pushed.iter().find(|(_, pushed)| *pushed == image)
            && self.random.chance(40)
        {
            let repository = repository_to_push(name).unwrap();
            of = format!("{repository}@sha256:{{d{image}}}");
        }
        let states = [State::Created, State::Exited, State::Running, State::Paused];
        let runs = self.run.contains(&image);
        let state = if runs { states[self.random.weighted(&[25, 35, 30, 10])] } else { State::Created };
        let mount = if self.kind != Kind::Docker20 && self.random.chance(15) {
            self.existing().map(|(text, _)| text)
        } else {
            None
        };
        let container = format!("c{}", self.containers);
        self.containers += 1;
        self.make(Make::Create { container, of, state, mount });
    }
}
