//! Reads the layers of images, several at a time, once for each image.

use std::time::Duration;

use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::docker::{Docker, lock};
use super::layers::content;
use super::wire::{HistoryRow, ImageDetail};
use super::{LayersRead, Unread, raw};
use crate::model::{Content, Layers, StoreKind};

const INSPECT: Duration = Duration::from_secs(30);
/// Podman answers to its own paths with a version only; 4 to 6 take this one.
const LIBPOD: &str = "/v4.0.0/libpod";
/// The classic store answers in a millisecond; the others take ten and more of a whole processor.
const AT_ONCE_CLASSIC: usize = 8;
const AT_ONCE: usize = 4;
/// Beyond this many images a containerd store or Podman takes too long to be asked for sizes of layers too.
const HISTORY_UP_TO: usize = 1_000;

impl Docker {
    /// Reads the layers of these images; each comes as soon as it is there, in no order.
    pub fn read_layers(&self, unread: Vec<Unread>) -> BoxStream<'static, LayersRead> {
        let store = self.inner.info.store;
        let with_history = store == StoreKind::Classic || unread.len() <= HISTORY_UP_TO;
        let at_once = if store == StoreKind::Classic { AT_ONCE_CLASSIC } else { AT_ONCE };
        let engine = self.clone();
        let reads = stream::iter(unread).map(move |image| {
            let engine = engine.clone();
            async move { engine.read_one(image, with_history).await }
        });
        reads.buffer_unordered(at_once).boxed()
    }

    async fn read_one(&self, unread: Unread, with_history: bool) -> LayersRead {
        let image = unread.image.clone();
        match self.ask_content(unread, with_history).await {
            Ok(Content { layers, platform, history }) => {
                LayersRead { image, layers: Layers::Known(layers), platform, history }
            }
            Err(why) => LayersRead { image, layers: Layers::Failed(why), platform: None, history: None },
        }
    }

    async fn ask_content(&self, unread: Unread, with_history: bool) -> Result<Content, String> {
        let Unread { image, unpacked, parts } = unread;
        let client = &self.client;
        let failed = |what: &str| self.failed(format!("read {what} of image {}", image.short()));
        // The answer of Podman's own API has the steps that it tells parents by.
        let api = if self.inner.info.store == StoreKind::Podman { LIBPOD } else { "" };
        let detail: ImageDetail = raw::get(client, &format!("{api}/images/{image}/json"), INSPECT)
            .await
            .map_err(|trouble| failed("the layers")(trouble).to_string())?;
        let history: Option<Vec<HistoryRow>> = if with_history {
            let path = format!("/images/{image}/history");
            let asked = raw::get(client, &path, INSPECT).await;
            // Sizes of single layers are worth having, and not worth losing the layers for.
            asked.map_err(|trouble| tracing::debug!("{}", failed("the history")(trouble))).ok()
        } else {
            Some(Vec::new())
        };
        // Podman counts an image's own records in its size too.
        let total = unpacked.filter(|_| self.inner.info.store != StoreKind::Podman);
        let is_all = history.is_some();
        let content = content(detail, &history.unwrap_or_default(), total)?;
        // What could not be asked this time is asked with the next listing.
        if is_all {
            lock(&self.inner.known).learn(image, parts, content.clone());
        }
        Ok(content)
    }
}
