//! What one case has made on one engine so far: the ids behind the places in its texts, and what no listing
//! tells.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde_json::Value;

use super::case::{Make, Request};
use crate::engines::archive::Layer;
use crate::engines::{Engine, Kind};

/// An engine, empty at first, and the case played on it.
pub struct Stage<'e> {
    pub engine: &'e Engine,
    pub seed: u64,
    /// Place to 64 digits.
    places: BTreeMap<String, String>,
    /// Only what this case pushed is pulled: the registry outlives it.
    pub pushed: BTreeSet<String>,
    /// Container id to the image that was mounted when it was created; listings tell the name only.
    pub mounted: BTreeMap<String, String>,
    /// Images were saved together.
    pub saved: bool,
    /// Images that got a name by a load, pull or BuildKit: that record may have another parent label than
    /// the image's other records.
    pub named_by_load: BTreeSet<String>,
    /// Steps that the engine would not do.
    pub refused: Vec<String>,
}

impl<'e> Stage<'e> {
    /// Empties the engine.
    pub fn new(engine: &'e Engine, seed: u64) -> Self {
        engine.wipe();
        // A cache that is not empty would hold layers of this case if they are those of an earlier one.
        if !engine.kind.is_podman() {
            engine.post("/build/prune?all=1", &Value::Null).ok();
        }
        Self {
            engine,
            seed,
            places: BTreeMap::new(),
            pushed: BTreeSet::new(),
            mounted: BTreeMap::new(),
            saved: false,
            named_by_load: BTreeSet::new(),
            refused: Vec::new(),
        }
    }

    /// The layer of this number; sizes differ so that no two sums are equal by chance.
    pub fn layer(&self, number: u32) -> Layer {
        if number == 0 {
            static BUSYBOX: [OnceLock<Layer>; Kind::ALL.len()] = [const { OnceLock::new() }; Kind::ALL.len()];
            let kind = self.engine.kind;
            return BUSYBOX[kind as usize].get_or_init(|| Layer::busybox(kind)).clone();
        }
        Layer::filled(&format!("srv/{}/{number}", self.seed), 100 + 97 * usize::try_from(number).unwrap())
    }

    /// Whether layers may be held by nothing that is listed: saving images together leaks the layers they
    /// share on the classic store of 28.5.
    pub fn leaks(&self) -> bool {
        self.saved && self.engine.kind == Kind::Docker28
    }

    /// Gives an image its number; its ancestors and its digest get places beside it.
    pub fn made(&mut self, image: u8, id: &str) {
        let mut next = id.to_owned();
        for up in 0.. {
            // Podman names a parent by its digits alone.
            let hex = next.strip_prefix("sha256:").unwrap_or(&next).to_owned();
            if hex.is_empty() {
                break;
            }
            let place = if up == 0 { image.to_string() } else { format!("{image}^{up}") };
            self.places.insert(place, hex);
            let answer = self.engine.get(&format!("/images/{next}/json"));
            next = answer.body["Parent"].as_str().unwrap_or_default().to_owned();
        }
        if self.engine.kind.has_containerd_store() {
            let hex = id.trim_start_matches("sha256:").to_owned();
            self.places.insert(format!("d{image}"), hex);
        }
    }

    /// Notes the digest that a push has given to an image.
    pub fn has_digest(&mut self, id: &str, digest: &str) {
        let hex = id.trim_start_matches("sha256:");
        let digest = digest.trim_start_matches("sha256:").to_owned();
        if let Some((place, _)) = self.places.iter().find(|(p, h)| p.parse::<u8>().is_ok() && *h == hex) {
            self.places.insert(format!("d{place}"), digest);
        }
    }

    pub fn container_made(&mut self, name: &str, id: &str) {
        self.places.insert(name.to_owned(), id.to_owned());
    }

    /// The text with every place filled in; `None` if something it needs was never made.
    pub fn render(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, from)) = rest.split_once('{') {
            let (place, after) = from.split_once('}')?;
            let (place, length) = match place.split_once(':') {
                Some((place, length)) => (place, length.parse().ok()?),
                None => (place, 64),
            };
            out.push_str(before);
            out.push_str(self.places.get(place)?.get(..length)?);
            rest = after;
        }
        Some(out + rest)
    }

    /// The place of an id, or the id itself where it has none.
    pub fn place_of(&self, id: &str, length: usize) -> String {
        let hex = id.trim_start_matches("sha256:");
        match self.places.iter().find(|(_, known)| *known == hex) {
            Some((place, _)) if length == 64 => format!("{{{place}}}"),
            Some((place, _)) => format!("{{{place}:{length}}}"),
            None => hex.chars().take(length).collect(),
        }
    }

    /// The text with places for all ids in it that have one.
    pub fn symbolic(&self, text: &str) -> String {
        self.places
            .iter()
            .fold(text.to_owned(), |text, (place, hex)| text.replace(hex, &format!("{{{place}}}")))
    }

    /// The step with every place filled in.
    pub fn rendered(&self, step: &Make) -> Option<Make> {
        let one = |text: &String| self.render(text);
        let maybe =
            |text: &Option<String>| text.as_ref().map_or(Some(None), |text| self.render(text).map(Some));
        let all = |texts: &[String]| texts.iter().map(one).collect::<Option<Vec<_>>>();
        let mut step = step.clone();
        match &mut step {
            Make::Import { name, .. } => *name = maybe(name)?,
            Make::Load { images } => {
                for image in images {
                    (image.parent, image.names) = (maybe(&image.parent)?, all(&image.names)?);
                }
            }
            Make::LoadIndex { names, .. } | Make::Save { names } => *names = all(names)?,
            Make::Commit { of, name, .. } => (*of, *name) = (one(of)?, maybe(name)?),
            Make::Build { from, name, .. } => (*from, *name) = (maybe(from)?, maybe(name)?),
            Make::Push { name } | Make::Pull { name } => *name = one(name)?,
            Make::Create { of, mount, .. } => (*of, *mount) = (one(of)?, maybe(mount)?),
        }
        Some(step)
    }

    /// The request with every place filled in.
    pub fn rendered_request(&self, request: &Request) -> Option<Request> {
        let mut request = request.clone();
        match &mut request {
            Request::Tag { of, name } => (*of, *name) = (self.render(of)?, self.render(name)?),
            Request::Remove { target, .. } | Request::RemoveContainer { target, .. } => {
                *target = self.render(target)?;
            }
            Request::Stop { container } => *container = self.render(container)?,
        }
        Some(request)
    }
}
