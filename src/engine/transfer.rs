//! Whole images on their way out of an engine and back in: streams of bytes, as the engine writes and takes
//! them. What stands in them is not looked at here.
//!
//! One image a request: on Docker 28.5's classic store one export of two images that share a layer leaks that
//! layer on the engine.

use std::io;
use std::time::Duration;

use bollard::query_parameters::ImportImageOptionsBuilder;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::docker::Docker;
use super::error::Trouble;
use super::raw;
use crate::model::{Failure, FailureKind, ImageId};

/// Docker's classic store unpacks all layers into a folder of its own before the first byte comes, and a load
/// is answered once everything is registered.
const HEAD: Duration = Duration::from_hours(2);
/// Between one part of an export and the next.
const STALLED: Duration = Duration::from_mins(10);
/// An engine says a few lines a layer.
const MOST_LINES: usize = 10_000;

impl Docker {
    /// The archive of one image, by its ID, so that no name is in it. Ends with the first failure; dropping it
    /// cancels the export.
    pub fn export(&self, image: &ImageId) -> BoxStream<'static, Result<Vec<u8>, Failure>> {
        let parts = raw::parts(&self.client, &format!("/images/get?names={image}"), HEAD);
        let (engine, operation) = (self.clone(), format!("save image {}", image.short()));
        let start = (parts, engine, operation, Some(HEAD));
        let timed = stream::unfold(start, |(mut parts, engine, operation, limit)| async move {
            let limit = limit?;
            let (part, next) = match tokio::time::timeout(limit, parts.next()).await {
                Ok(None) => return None,
                Ok(Some(Ok(part))) => (Ok(part), Some(STALLED)),
                Ok(Some(Err(trouble))) => (Err(trouble), None),
                Err(_elapsed) => (Err(Trouble::Late(limit)), None),
            };
            let part = part.map_err(|trouble| engine.failed(operation.clone())(trouble));
            Some((part, (parts, engine, operation, next)))
        });
        timed.boxed()
    }

    /// Loads an archive, and returns what the engine said of it. An error can come inside an answer that began
    /// well.
    pub async fn load(
        &self,
        what: &str,
        archive: BoxStream<'static, io::Result<Vec<u8>>>,
    ) -> Result<Vec<String>, Failure> {
        let failed = |trouble| self.failed(format!("load {what}"))(trouble);
        let options = ImportImageOptionsBuilder::new().quiet(true).build();
        let body = archive.map(|part| part.map(Into::into));
        let client = self.patient(HEAD);
        let mut said = Box::pin(client.import_image_stream(options, body, None));
        let mut lines = Vec::new();
        while let Some(line) = said.next().await {
            match line {
                Ok(line) => lines.extend(line.stream.or(line.status)),
                Err(bollard::errors::Error::DockerStreamError { error }) => {
                    return Err(Failure {
                        kind: FailureKind::Status(200),
                        host: self.inner.host.clone(),
                        operation: format!("load {what}"),
                        message: error,
                    });
                }
                Err(error) => return Err(failed(error.into())),
            }
            if lines.len() > MOST_LINES {
                return Err(failed(Trouble::Malformed("it does not stop talking".to_owned())));
            }
        }
        Ok(lines)
    }

    /// Whether an image is there.
    pub async fn has_image(&self, image: &ImageId) -> Result<bool, Failure> {
        let found = self.find_image(image.as_str()).await;
        let found = found.map_err(self.failed(format!("look for image {}", image.short())))?;
        Ok(found.as_ref() == Some(image))
    }
}
