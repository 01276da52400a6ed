//! The names that worlds are made of, chosen so that they meet: the same repository spelled in several ways,
//! the same path in several registries, and names that could be the beginning of an ID.

use super::random::Random;

/// Those of the harness's registry: what is named so can be pushed and pulled.
pub const PUSHABLE: [&str; 4] = [
    "index.qiniu.com/qcos/app",
    "index-dev.qiniu.io/qcos/app",
    "index.qbox.me/qcos/app",
    "index.qiniu.com/ubuntu",
];
/// Several stand for the same repository; some are hex digits, as IDs are.
const OTHERS: [&str; 13] = [
    "localhost:5000/app",
    "app",
    "library/app",
    "web",
    "docker.io/library/web",
    "index.docker.io/team/app",
    "team/app",
    "docker.io/a/b/c",
    "cafe",
    "beef",
    "abc",
    "f",
    "1",
];
pub const TAGS: [&str; 5] = ["latest", "latest", "1", "2", "16.04"];

/// A name that may or may not be taken; `images` serve for names that are the beginning of an ID.
pub fn any_name(random: &mut Random, images: &[String]) -> String {
    let repository = match random.weighted(&[50, 45, if images.is_empty() { 0 } else { 5 }]) {
        0 => (*random.pick(&PUSHABLE)).to_owned(),
        1 => (*random.pick(&OTHERS)).to_owned(),
        _ => {
            let place = random.pick(images).clone();
            let length = *random.pick(&[1, 2, 3, 4, 5, 12]);
            format!("{{{place}:{length}}}")
        }
    };
    let tag = *random.pick(&TAGS);
    if tag == "latest" && random.chance(50) { repository } else { format!("{repository}:{tag}") }
}

/// The repository of a name that the harness's registry has.
pub fn repository_to_push(name: &str) -> Option<&'static str> {
    PUSHABLE.into_iter().find(|repository| name.starts_with(repository))
}
