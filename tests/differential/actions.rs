//! Draws the next request, from what the engine shows at the moment: most of it aimed at something that is
//! there, in every form a person could type, and some of it at nothing at all.

use unmoor::model::{Graph, Image};

use super::case::{Make, Request, State, Step};
use super::names::{any_name, repository_to_push};
use super::random::Random;
use super::stage::Stage;
use crate::engines::Kind;

/// The next step; `number` makes names of new things differ.
pub fn next(random: &mut Random, graph: &Graph, stage: &Stage<'_>, number: usize) -> Step {
    if random.chance(92) {
        Step::Request(request(random, graph, stage))
    } else {
        Step::Make(make(random, graph, stage, number))
    }
}

fn request(random: &mut Random, graph: &Graph, stage: &Stage<'_>) -> Request {
    let containers = graph.containers();
    let some = usize::from(!containers.is_empty());
    match random.weighted(&[80, 8 * some, 4 * some, 8]) {
        0 => Request::Remove {
            target: target(random, graph, stage),
            force: random.chance(35),
            noprune: random.chance(20),
        },
        1 => {
            let id = random.pick(containers).id.to_string();
            let name = random.pick(containers).name.clone();
            let target = match random.below(4) {
                0 => stage.place_of(&id, random.between(1, 12)),
                1 => stage.place_of(&id, 64),
                2 if random.chance(20) => "nothing".to_owned(),
                _ => name,
            };
            Request::RemoveContainer { target, force: random.chance(50) }
        }
        2 => Request::Stop { container: random.pick(containers).name.clone() },
        _ => Request::Tag { of: image_id(random, graph, stage), name: any_name(random, &[]) },
    }
}

fn make(random: &mut Random, graph: &Graph, stage: &Stage<'_>, number: usize) -> Make {
    let name_or_id = |random: &mut Random| match name(random, graph) {
        Some(name) if random.chance(60) => stage.symbolic(&name),
        Some(_) | None => image_id(random, graph, stage),
    };
    match random.below(3) {
        0 => {
            let of = name_or_id(random);
            let mount = stage.engine.kind != Kind::Docker20 && random.chance(40);
            let mount = mount.then(|| name_or_id(random));
            Make::Create { container: format!("later{number}"), of, state: State::Created, mount }
        }
        1 => match name(random, graph) {
            Some(name) if repository_to_push(&name).is_some() && !name.contains('@') => Make::Push { name },
            Some(_) | None => Make::Push { name: "index.qiniu.com/qcos/app".to_owned() },
        },
        _ => {
            let of = image_id(random, graph, stage);
            let image = 100 + u8::try_from(number).unwrap();
            let name = random.chance(50).then(|| any_name(random, &[]));
            Make::Commit { image, of, file: Some(500 + u32::from(image)), name }
        }
    }
}

fn image<'g>(random: &mut Random, graph: &'g Graph) -> Option<&'g Image> {
    let images = graph.images();
    (!images.is_empty()).then(|| random.pick(images).as_ref())
}

fn image_id(random: &mut Random, graph: &Graph, stage: &Stage<'_>) -> String {
    image(random, graph).map_or_else(|| "nothing".to_owned(), |image| stage.place_of(image.id.hex(), 64))
}

fn name(random: &mut Random, graph: &Graph) -> Option<String> {
    let image = image(random, graph)?;
    let names: Vec<_> = image.references.iter().chain(&image.computed_digests).collect();
    (!names.is_empty()).then(|| random.pick(&names).familiar())
}

fn target(random: &mut Random, graph: &Graph, stage: &Stage<'_>) -> String {
    let Some(image) = image(random, graph) else { return odd(random) };
    let names: Vec<_> = image.references.iter().chain(&image.computed_digests).collect();
    let some = usize::from(!names.is_empty());
    match random.weighted(&[30, 45 * some, 10 * some, 5, 5]) {
        0 => by_id(random, image, stage),
        // In full is what the program itself sends to Podman.
        1 if stage.engine.kind.is_podman() && random.chance(60) => {
            stage.symbolic(&random.pick(&names).full())
        }
        1 => stage.symbolic(&spelled(random, &random.clone().pick(&names).familiar())),
        2 => {
            let name = *random.pick(&names);
            // The right digest, the config's digest where that is another, or another image's.
            let other = some_digest(random, graph, image);
            let tag = match name.tag() {
                Some(tag) if random.chance(70) => tag.to_owned(),
                _ => "none-such".to_owned(),
            };
            let text = match random.below(3) {
                0 => format!("{}@{other}", name.repository().familiar()),
                _ => format!("{}:{tag}@{other}", name.repository().familiar()),
            };
            stage.symbolic(&text)
        }
        3 => any_name(random, &[]),
        _ => odd(random),
    }
}

fn by_id(random: &mut Random, image: &Image, stage: &Stage<'_>) -> String {
    let length = match random.weighted(&[30, 30, 20, 20]) {
        0 => 12,
        1 => 64,
        2 => random.between(1, 5),
        _ => random.between(6, 63),
    };
    let digits = stage.place_of(image.id.hex(), length);
    match random.below(10) {
        0..=3 => format!("sha256:{digits}"),
        4 if length < 64 => image.id.hex()[..length].to_uppercase(),
        _ => digits,
    }
}

fn some_digest(random: &mut Random, graph: &Graph, of: &Image) -> String {
    let own = of.references.iter().chain(&of.computed_digests).find_map(|name| name.digest());
    match random.below(4) {
        0 => of.id.to_string(),
        1 => image(random, graph).unwrap_or(of).id.to_string(),
        _ => own.map_or_else(|| of.id.to_string(), ToString::to_string),
    }
}

/// Another way to write the same name, or nearly the same.
fn spelled(random: &mut Random, name: &str) -> String {
    match random.below(12) {
        0 => name.strip_suffix(":latest").unwrap_or(name).to_owned(),
        1 => format!("docker.io/{name}"),
        2 => format!("library/{name}"),
        3 => format!("index.docker.io/{name}"),
        4 => match name.rsplit_once(':') {
            Some((repository, _)) if !name.contains('@') => repository.to_owned(),
            _ => name.to_owned(),
        },
        5 if random.chance(30) => name.to_uppercase(),
        _ => name.to_owned(),
    }
}

/// What names nothing, or is no name.
fn odd(random: &mut Random) -> String {
    const ODD: [&str; 22] = [
        "nothing",
        "nothing:1",
        "no.such/name",
        "a",
        "e",
        "0",
        "12",
        "abcd",
        "sha256:abcd",
        "sha256:e",
        "sha256",
        "sha256:",
        " ",
        "A",
        "App:1",
        "app:",
        "app::1",
        "-app",
        "app@sha256:abcd",
        "a b",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "app@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ];
    (*random.pick(&ODD)).to_owned()
}
