//! What the IDs of images stand for, which never changes: read once from an engine, and kept for good.
//!
//! One file for each engine and store: a containerd store shows the layers of one platform, and another one
//! once more platforms are there. Layers that images share stand in the file once.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{place, read, write};
use crate::model::{Content, Image, ImageId, Layer, SizeParts};

const FOLDER: &str = "layers";
const FORM: u32 = 1;
/// So many images that are not there any more stay known: they may come back. The others are read again then.
const MOST_GONE: usize = 2_000;

/// The content of images, by ID.
#[derive(Debug, Clone, Default)]
pub struct Known {
    images: HashMap<ImageId, Entry>,
    /// More than what was loaded.
    has_news: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    content: Content,
    /// What was there of the image when it was read; only a containerd store tells.
    parts: Option<SizeParts>,
    /// When it was last in a listing, in seconds since 1970; `None` until then.
    seen: Option<i64>,
}

impl Known {
    /// What was read of an image that still is as it was then.
    pub fn of(&self, image: &Image) -> Option<&Content> {
        let entry = self.images.get(&image.id)?;
        (entry.parts == image.parts).then_some(&entry.content)
    }

    pub fn learn(&mut self, image: ImageId, parts: Option<SizeParts>, content: Content) {
        self.images.insert(image, Entry { content, parts, seen: None });
        self.has_news = true;
    }

    /// Takes in what was known before; what was read since is the newer truth.
    pub fn recall(&mut self, before: Self) {
        for (image, entry) in sorted(before.images) {
            self.images.entry(image).or_insert(entry);
        }
    }

    /// A copy to be saved, if it holds more than what was saved or loaded last. `there` are the images of the
    /// present listing, `now` its time in seconds since 1970; what was gone longest is forgotten.
    pub fn news(&mut self, there: &[Arc<Image>], now: i64) -> Option<Self> {
        if !std::mem::take(&mut self.has_news) {
            return None;
        }
        let mut gone: HashMap<_, _> = self.images.iter_mut().collect();
        for image in there {
            if let Some(entry) = gone.remove(&image.id) {
                entry.seen = Some(now);
            }
        }
        let mut gone: Vec<_> =
            gone.into_iter().map(|(id, entry)| (*entry.seen.get_or_insert(now), id.clone())).collect();
        if gone.len() > MOST_GONE {
            gone.sort();
            for (_, id) in gone.iter().rev().skip(MOST_GONE) {
                self.images.remove(id);
            }
        }
        Some(self.clone())
    }

    /// What was known of this engine; nothing if that cannot be read.
    pub fn load(cache: &Path, engine: &str) -> Self {
        let stored: Option<Stored> = read(&place(cache, FOLDER, engine));
        let images = stored.filter(|s| s.form == FORM && s.engine == engine).and_then(Stored::unpack);
        Self { images: images.unwrap_or_default(), has_news: false }
    }

    pub fn save(self, cache: &Path, engine: &str, now: i64) -> io::Result<()> {
        write(&place(cache, FOLDER, engine), &Stored::pack(engine, sorted(self.images), now))
    }
}

fn sorted(images: HashMap<ImageId, Entry>) -> Vec<(ImageId, Entry)> {
    let mut all: Vec<_> = images.into_iter().collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

#[derive(Serialize, Deserialize)]
struct Stored {
    form: u32,
    engine: String,
    layers: Vec<Layer>,
    images: Vec<StoredImage>,
}

#[derive(Serialize, Deserialize)]
struct StoredImage {
    id: ImageId,
    /// Places in `layers`, bottom first.
    layers: Vec<usize>,
    platform: Option<String>,
    history: Option<Vec<String>>,
    parts: Option<SizeParts>,
    seen: i64,
}

impl Stored {
    fn pack(engine: &str, images: Vec<(ImageId, Entry)>, now: i64) -> Self {
        let mut layers = Vec::new();
        let mut places = HashMap::new();
        let images = images.into_iter().map(|(id, Entry { content, parts, seen })| {
            let of = content.layers.iter().map(|layer| {
                *places.entry(layer.clone()).or_insert_with(|| {
                    layers.push(layer.clone());
                    layers.len() - 1
                })
            });
            StoredImage {
                id,
                layers: of.collect(),
                platform: content.platform,
                history: content.history.map(|steps| steps.to_vec()),
                parts,
                seen: seen.unwrap_or(now),
            }
        });
        let images = images.collect();
        Self { form: FORM, engine: engine.to_owned(), layers, images }
    }

    fn unpack(self) -> Option<HashMap<ImageId, Entry>> {
        let Self { layers, images, .. } = self;
        let unpack = |image: StoredImage| {
            let own: Option<Vec<Layer>> = image.layers.iter().map(|at| layers.get(*at).cloned()).collect();
            let content = Content {
                layers: own?.into(),
                platform: image.platform,
                history: image.history.map(Into::into),
            };
            Some((image.id, Entry { content, parts: image.parts, seen: Some(image.seen) }))
        };
        images.into_iter().map(unpack).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Bytes, DiffId};

    fn image(digit: char) -> Image {
        let id = format!("sha256:{}", digit.to_string().repeat(64));
        serde_json::from_value(serde_json::json!({ "id": id, "references": [] })).unwrap()
    }

    fn content(digit: char) -> Content {
        let layer = |digit: char, size| Layer {
            diff_id: DiffId::parse(&format!("sha256:{}", digit.to_string().repeat(64))).unwrap(),
            size: Some(Bytes(size)),
            created_by: format!("step {digit}"),
        };
        Content {
            layers: [layer('0', 5), layer(digit, 7)].into(),
            platform: Some("linux/amd64".to_owned()),
            history: Some(vec!["one".to_owned()].into()),
        }
    }

    #[test]
    fn what_was_read_once_is_known_to_the_same_engine_only() {
        let folder = tempfile::tempdir().unwrap();
        let mut known = Known::default();
        known.learn(image('a').id, None, content('a'));
        known.learn(image('b').id, None, content('b'));
        known.news(&[image('a').into()], 100).unwrap().save(folder.path(), "engine one", 100).unwrap();
        let again = Known::load(folder.path(), "engine one");
        assert_eq!(again.of(&image('a')), Some(&content('a')));
        assert_eq!(again.of(&image('b')), Some(&content('b')));
        assert_eq!(again.of(&image('c')), None);
        assert_eq!(Known::load(folder.path(), "engine two").of(&image('a')), None);
    }

    #[test]
    fn an_image_that_got_another_platform_is_read_again() {
        let one = SizeParts { content: Bytes(5), unpacked: Bytes(7), platforms: 1 };
        let mut known = Known::default();
        known.learn(image('a').id, Some(one), content('a'));
        let now = |parts| Image { parts: Some(parts), ..image('a') };
        assert!(known.of(&now(one)).is_some());
        assert_eq!(known.of(&now(SizeParts { platforms: 2, ..one })), None);
    }

    #[test]
    fn only_what_is_new_is_saved() {
        let mut known = Known::default();
        assert!(known.news(&[], 1).is_none());
        known.learn(image('a').id, None, content('a'));
        assert!(known.news(&[], 1).is_some());
        assert!(known.news(&[], 1).is_none());
    }

    #[test]
    fn what_was_gone_longest_is_forgotten_and_what_is_there_never() {
        let mut known = Known::default();
        known.learn(image('a').id, None, content('a'));
        let numbered = |number: usize| {
            let id = format!("sha256:{number:064x}");
            serde_json::from_value::<Image>(serde_json::json!({ "id": id, "references": [] })).unwrap()
        };
        for number in 0..MOST_GONE + 5 {
            let new = numbered(number);
            known.learn(new.id.clone(), None, content('b'));
            let now = i64::try_from(number).unwrap();
            if number % 500 == 0 || number + 5 >= MOST_GONE {
                drop(known.news(&[image('a').into(), new.into()], now));
            }
        }
        assert!(known.of(&image('a')).is_some());
        assert!(known.of(&numbered(MOST_GONE + 4)).is_some(), "it is the newest");
        assert!(known.of(&numbered(0)).is_none(), "it was gone longest");
        // The one that is there, the newest of the others, and as many as may be gone.
        assert_eq!(known.images.len(), MOST_GONE + 2);
    }
}
