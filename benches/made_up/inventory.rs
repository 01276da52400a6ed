//! A made-up listing: a few bases that many share, builds on them, three names to an image on average and
//! two hundred on some, a container for every tenth, and images without a name.

use std::collections::BTreeMap;
use std::sync::Arc;

use unmoor::message::Observation;
use unmoor::model::{
    BuildCache, Bytes, Container, ContainerId, ContainerState, DiffId, EngineInfo, Image, ImageId, Inventory,
    Layer, Layers, Reference, Section, StoreKind,
};

/// Seconds since 1970; everything is older.
const NOW: i64 = 1_780_000_000;
const HOSTS: [&str; 6] = [
    "docker.io",
    "registry.example.com",
    "registry-dev.example.net",
    "ghcr.example.org",
    "mirror.example.com:5000",
    "build.example.net",
];
const TEAMS: [&str; 9] = ["core", "shop", "search", "media", "billing", "ops", "data", "mobile", "lab"];
const PARTS: [&str; 8] = ["api", "worker", "web", "cron", "proxy", "cache", "index", "auth"];
/// Some images have this many names.
const MOST_NAMES: usize = 200;

/// Numbers that look random and never change (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }

    fn hex(&mut self) -> String {
        let [a, b, c, d] = std::array::from_fn(|_| self.next());
        format!("{a:016x}{b:016x}{c:016x}{d:016x}")
    }

    fn layers(&mut self, count: usize, biggest: u64) -> Vec<Layer> {
        (0..count)
            .map(|step| Layer {
                diff_id: DiffId::parse(&self.hex()).unwrap(),
                size: Some(Bytes(self.next() % biggest)),
                created_by: format!("RUN make step-{step}"),
            })
            .collect()
    }
}

/// What the worker makes of such a listing.
pub fn observe(count: usize) -> Observation {
    unmoor::worker::observation(Arc::new(inventory(count)))
}

/// A listing of a classic store with this many images and three times as many names.
pub fn inventory(count: usize) -> Inventory {
    let mut dice = Dice(count as u64);
    let bases: Vec<Vec<Layer>> = (0..(count / 2_000).max(3)).map(|_| dice.layers(5, 60_000_000)).collect();
    let builds: Vec<Vec<Layer>> = (0..(count / 40).max(2))
        .map(|_| {
            // Two in five stand on the first base.
            let base = if dice.below(5) < 2 { 0 } else { dice.below(bases.len()) };
            let (on, more) = (bases[base].clone(), 2 + dice.below(4));
            on.into_iter().chain(dice.layers(more, 20_000_000)).collect()
        })
        .collect();
    let repositories = (count / 20).max(4);
    let mut images: Vec<Image> = (0..count)
        .map(|at| {
            let own = 1 + dice.below(4);
            let below = builds[dice.below(builds.len())].clone();
            let layers: Vec<Layer> = below.into_iter().chain(dice.layers(own, 5_000_000)).collect();
            let names = match at % 1_000 {
                7 => MOST_NAMES,
                _ if dice.below(10) == 0 => 0,
                _ => 1 + dice.below(5),
            };
            let first = dice.below(repositories);
            image(&mut dice, names_of(at, names, first, repositories), layers)
        })
        .collect();
    for at in 0..count / 50 {
        // The older one was made first: parents never go round in a circle.
        let parent = images[at].id.clone();
        images[count - 1 - at].parent = Some(parent);
    }
    images.sort_by(|a, b| a.id.cmp(&b.id));
    let mut containers: Vec<Container> = (0..count / 10)
        .map(|at| {
            let image = &images[dice.below(count)];
            container(&mut dice, at, image)
        })
        .collect();
    containers.sort_by(|a, b| a.id.cmp(&b.id));
    Inventory {
        engine: EngineInfo {
            name: "Docker Engine".to_owned(),
            version: "28.5.2".to_owned(),
            api: "1.51".to_owned(),
            store: StoreKind::Classic,
            id: None,
        },
        images: Section::Complete(images.into_iter().map(Arc::new).collect()),
        containers: Section::Complete(containers),
        build_cache: Section::Complete(BuildCache::default()),
    }
}

fn names_of(image: usize, count: usize, first: usize, repositories: usize) -> Vec<Reference> {
    let mut names: Vec<Reference> = (0..count)
        .map(|at| {
            // Every third name stands in another repository.
            let repository = (first + at / 3) % repositories;
            let (host, team) = (HOSTS[repository % HOSTS.len()], TEAMS[repository % TEAMS.len()]);
            let part = PARTS[repository % PARTS.len()];
            let text = format!("{host}/{team}/{part}-{repository}:1.{image}.{at}");
            Reference::parse(&text).unwrap()
        })
        .collect();
    names.sort();
    names
}

fn image(dice: &mut Dice, references: Vec<Reference>, layers: Vec<Layer>) -> Image {
    let labels = [("org.example.commit".to_owned(), dice.hex())];
    Image {
        id: ImageId::parse(&dice.hex()).unwrap(),
        parent: None,
        references,
        computed_digests: Vec::new(),
        created: Some(NOW - i64::try_from(dice.below(100_000_000)).unwrap()),
        size: layers.iter().map(|layer| layer.size).sum(),
        parts: None,
        labels: BTreeMap::from(labels),
        platform: Some("linux/amd64".to_owned()),
        layers: Layers::Known(Arc::from(layers)),
        history: None,
        containers: None,
        read_only: false,
    }
}

fn container(dice: &mut Dice, at: usize, image: &Image) -> Container {
    let running = dice.below(3) == 0;
    Container {
        id: ContainerId::parse(&dice.hex()).unwrap(),
        name: format!("{}_{at}", PARTS[at % PARTS.len()]),
        image: image.id.clone(),
        image_shown: image.references.first().map_or_else(|| image.id.to_string(), Reference::familiar),
        state: if running { ContainerState::Running } else { ContainerState::Exited },
        status: if running { "Up 3 days" } else { "Exited (0) 3 days ago" }.to_owned(),
        created: Some(NOW - 1_000_000),
        compose_project: at.is_multiple_of(4).then(|| format!("project-{}", at % 50)),
        image_mounts: Vec::new(),
    }
}
