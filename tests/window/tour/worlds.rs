//! Inventories at the edges: one image, very many, one with very many names, and names and labels that were
//! made to break a window.

#![expect(clippy::cast_possible_wrap, reason = "small counts that become ages")]

use std::fmt::Write as _;
use std::sync::Arc;

use unmoor::engine::sample::Sample;
use unmoor::model::{
    BuildCache, Bytes, Container, ContainerId, ContainerState, DiffId, Image, ImageId, Inventory, Layer,
    Layers, Reference, Section,
};

use super::NOW;

const DAY: i64 = 86_400;

fn hex(seed: u64) -> String {
    // The same on every run, and nothing like a count: IDs are read as IDs.
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x2545_F491_4F6C_DD1D);
    let mut text = String::new();
    while text.len() < 64 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        write!(text, "{state:016x}").unwrap();
    }
    text
}

fn layer(seed: u64, size: u64, created_by: &str) -> Layer {
    let diff_id = DiffId::parse(&hex(seed)).unwrap();
    Layer { diff_id, size: Some(Bytes(size)), created_by: created_by.to_owned() }
}

fn image(seed: u64, days: i64, names: &[String], layers: Vec<Layer>) -> Image {
    let mut references: Vec<_> = names.iter().map(|name| Reference::parse(name).unwrap()).collect();
    references.sort();
    Image {
        id: ImageId::parse(&hex(seed)).unwrap(),
        parent: None,
        references,
        computed_digests: Vec::new(),
        created: Some(NOW - days * DAY),
        size: Some(layers.iter().filter_map(|layer| layer.size).sum()),
        parts: None,
        labels: [].into(),
        platform: Some("linux/amd64".to_owned()),
        layers: Layers::Known(Arc::from(layers)),
        history: None,
        containers: None,
        read_only: false,
    }
}

fn container(seed: u64, name: &str, of: &Image, state: ContainerState, status: &str) -> Container {
    Container {
        id: ContainerId::parse(&hex(7_000_000 + seed)).unwrap(),
        name: name.to_owned(),
        image: of.id.clone(),
        image_shown: of.references.first().map_or_else(|| of.id.short().to_owned(), Reference::familiar),
        state,
        status: status.to_owned(),
        created: Some(NOW - 3 * DAY),
        compose_project: None,
        image_mounts: Vec::new(),
    }
}

fn inventory(mut images: Vec<Image>, containers: Vec<Container>) -> Inventory {
    images.sort_by(|a, b| a.id.cmp(&b.id));
    Inventory {
        engine: Sample::new(NOW).info(),
        images: Section::Complete(images.into_iter().map(Arc::new).collect()),
        containers: Section::Complete(containers),
        build_cache: Section::Complete(BuildCache::default()),
    }
}

pub fn empty() -> Inventory {
    inventory(Vec::new(), Vec::new())
}

pub fn one_image() -> Inventory {
    let layers = vec![layer(1, 7_733_248, "ADD alpine-minirootfs-3.22.1-x86_64.tar.gz /")];
    inventory(vec![image(1, 30, &["alpine:3.22".to_owned()], layers)], Vec::new())
}

const PROJECTS: [&str; 12] = [
    "shop/api",
    "shop/web",
    "shop/worker",
    "platform/gateway",
    "platform/auth",
    "data/ingest",
    "data/warehouse",
    "ml/serving",
    "ml/training",
    "infra/backup",
    "infra/exporter",
    "docs/site",
];

/// Builds of a dozen projects on three bases, as a build machine collects them.
pub fn many(count: u64) -> Inventory {
    let sizes = [116_490_240, 29_360_128, 77_594_624];
    let images = (0..count).map(|n| {
        let project = PROJECTS[(n % 12) as usize];
        let base = n % 3;
        let own = 3_000_000 + (n * 7_919_333) % 180_000_000;
        let layers = vec![
            layer(100 + base, sizes[base as usize], "ADD rootfs.tar.xz /"),
            layer(
                200 + n % 12,
                40_000_000 + 9_000_000 * (n % 12),
                "RUN apt-get install -y --no-install-recommends …",
            ),
            layer(10_000 + n, own, "COPY . /srv"),
        ];
        let host = if n % 5 == 0 { "registry-test.example.com" } else { "registry.example.com" };
        let mut names = vec![format!("{host}/{project}:build-{}", 9_000 - n / 12)];
        if n < 12 {
            names.push(format!("{host}/{project}:latest"));
        }
        if n % 11 == 3 {
            names.clear();
        }
        image(20_000 + n, (n / 24) as i64, &names, layers)
    });
    let images: Vec<_> = images.collect();
    let running = images
        .iter()
        .zip(0..8)
        .map(|(of, n)| container(n, &format!("service-{n}"), of, ContainerState::Running, "Up 2 days"));
    let mut containers: Vec<_> = running.collect();
    containers.sort_by(|a, b| a.id.cmp(&b.id));
    inventory(images, containers)
}

/// One image that a pipeline tagged once for every build.
pub fn many_names() -> Inventory {
    let names: Vec<_> = (0..200)
        .map(|n| {
            let host = ["registry.example.com", "registry-test.example.com", "ghcr.io/example"][n % 3];
            format!("{host}/{}:build-{}", PROJECTS[n % 4], 4_800 - n)
        })
        .collect();
    let layers = vec![layer(1, 77_594_624, "ADD rootfs.tar.xz /"), layer(2, 41_287_680, "COPY . /srv")];
    inventory(vec![image(1, 12, &names, layers)], Vec::new())
}

/// What anyone may write into a name, a label or a build step, and what a window must bear.
pub fn hostile() -> Inventory {
    let deep = format!("registry.example.com/{}:{}", ["a-path-of-many-parts"; 9].join("/"), "v".repeat(120));
    let steps = "RUN echo 'ends\u{202e}the other way' && \t\ttrue\n\n# a second line\n".repeat(20);
    let layers = vec![layer(1, 77_594_624, &steps), layer(2, 1, "")];
    let mut first = image(1, 4_000, &[deep.clone(), "x:y".to_owned()], layers);
    let long = "a value without any place to break it, 没有空格的很长的值, ".repeat(40).replace(' ', "_");
    let labels = [
        ("org.example.description", long.as_str()),
        ("org.example.html", "<script>alert(1)</script> & \"quoted\" %{name}"),
        ("org.example.lines", "one\r\ntwo\tthree\u{0}\u{1b}[31mred\u{1b}[0m"),
        ("org.example.direction", "\u{202e}gnp.exe \u{200b}\u{feff}"),
        ("", ""),
    ];
    first.labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let mut stopped =
        container(0, &"n".repeat(180), &first, ContainerState::Exited, "Exited (137) 11 years ago");
    stopped.compose_project = Some("a-compose-project-with-a-name-that-never-seems-to-end".repeat(3));
    inventory(vec![first], vec![stopped])
}
