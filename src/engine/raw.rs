//! Plain GET requests over bollard's own connection, with the body as it came.
//!
//! bollard's typed calls refuse a whole list for one word they do not know, drop most of
//! `/system/df`, and never send an API version (all seen with 0.21.1). Its connections do all that is
//! needed for a unix socket, TCP and a named pipe alike, so only the path of a request is replaced,
//! through the hook that bollard offers for changing requests.

use std::time::Duration;

use futures_util::stream::{self, BoxStream, StreamExt as _};
use serde::de::DeserializeOwned;

use super::error::Trouble;

/// Some engines send the head of an endless answer with its first line only.
const ENDLESS: Duration = Duration::from_secs(u32::MAX as u64);
/// More than any list of images; an endless answer must not fill the memory.
const LARGEST: usize = 512 << 20;

/// The answer to a GET, read as JSON. The limit covers the whole answer, not only its beginning.
pub(super) async fn get<T: DeserializeOwned>(
    client: &bollard::Docker,
    path: &str,
    limit: Duration,
) -> Result<T, Trouble> {
    let body = text(client, path, limit).await?;
    Ok(serde_json::from_slice(&body)?)
}

/// The answer to a GET, as it came.
pub(super) async fn text(client: &bollard::Docker, path: &str, limit: Duration) -> Result<Vec<u8>, Trouble> {
    match tokio::time::timeout(limit, collect(client, path, limit)).await {
        Ok(body) => body,
        Err(_elapsed) => Err(Trouble::Late(limit)),
    }
}

async fn collect(client: &bollard::Docker, path: &str, limit: Duration) -> Result<Vec<u8>, Trouble> {
    let mut parts = parts(client, path, limit);
    let mut body = Vec::new();
    while let Some(part) = parts.next().await {
        body.extend_from_slice(&part?);
        if body.len() > LARGEST {
            return Err(too_large());
        }
    }
    Ok(body)
}

/// A value as it stands in the query of a path.
pub(super) fn in_query(value: &str) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or_default();
    value.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
        encoded
    })
}

/// The lines of an answer that has no end, until the first failure.
pub(super) fn lines(client: &bollard::Docker, path: &str) -> BoxStream<'static, Result<Vec<u8>, Trouble>> {
    let start = (parts(client, path, ENDLESS), Vec::new());
    let lines = stream::unfold(start, |(mut parts, mut begun): (_, Vec<u8>)| async move {
        loop {
            if let Some(end) = begun.iter().position(|byte| *byte == b'\n') {
                let rest = begun.split_off(end + 1);
                return Some((Ok(begun), (parts, rest)));
            }
            match parts.next().await? {
                Ok(part) => begun.extend_from_slice(&part),
                Err(trouble) => return Some((Err(trouble), (parts, begun))),
            }
            if begun.len() > LARGEST {
                return Some((Err(too_large()), (parts, Vec::new())));
            }
        }
    });
    lines.boxed()
}

fn too_large() -> Trouble {
    Trouble::Malformed(format!("the answer is larger than {LARGEST} bytes"))
}

/// The body as it comes. `limit` is for its beginning.
pub(super) fn parts(
    client: &bollard::Docker,
    path: &str,
    limit: Duration,
) -> BoxStream<'static, Result<Vec<u8>, Trouble>> {
    let path = path.to_owned();
    let client = client.clone().with_timeout(limit).with_request_modifier(move |mut request| {
        let uri = request.uri();
        if let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority())
            && let Ok(aimed) = format!("{scheme}://{authority}{path}").parse()
        {
            *request.uri_mut() = aimed;
        }
        request
    });
    let parts = stream::once(async move {
        // Stands for "a GET with a body of bytes". Should the path not be one, this name is refused.
        client.export_image("-").map(|part| part.map(|bytes| bytes.to_vec()).map_err(Trouble::from)).boxed()
    });
    parts.flatten().boxed()
}
