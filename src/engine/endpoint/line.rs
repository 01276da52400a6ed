//! One connection, and requests that go over it and no other. Whoever connects anew over a network may reach another
//! engine than before: behind a port forward that was laid elsewhere, or a machine that has the address now.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::io;
use std::sync::Arc;

use bollard::BollardRequest;
use bollard::errors::Error;
use futures_util::future::BoxFuture;
use http::Uri;
use http::header::{HOST, HeaderValue};
use hyper::client::conn::http1::handshake;
use hyper::rt::{Read, Write};
use tokio::sync::Mutex;
use tower_service::Service;

use super::UNUSED;

type Open = Arc<dyn Fn() -> BoxFuture<'static, Result<Line, Error>> + Send + Sync>;

/// What goes over a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum For {
    /// Requests that are taken at once or never.
    Steps,
    /// Also what is sent for as long as the other side takes it.
    Loads,
}

/// Opens lines to one address.
pub(in super::super) struct Lines {
    steps: Open,
    loads: Open,
}

impl Lines {
    /// `place` is the scheme and the host that requests name.
    pub(super) fn over<C: Connects>(connector: impl Fn(For) -> C, place: &str) -> Self {
        let open = |what| -> Open {
            let (connector, place) = (connector(what), place.to_owned());
            Arc::new(move || Box::pin(open(connector.clone(), place.clone())))
        };
        Self { steps: open(For::Steps), loads: open(For::Loads) }
    }

    pub fn open(&self, what: For) -> BoxFuture<'static, Result<Line, Error>> {
        match what {
            For::Steps => (self.steps)(),
            For::Loads => (self.loads)(),
        }
    }
}

type Asked = Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// A connection that is kept until it is dropped. Requests go over it one after the other; one that finds it ended
/// fails, and was not sent.
pub(in super::super) struct Line {
    pub client: bollard::Docker,
    stands: Asked,
}

impl Line {
    /// Whether another request can go over it, once the last has been answered: the other side may have said that it
    /// ends it then.
    pub async fn stands(&self) -> bool {
        (self.stands)().await
    }
}

/// What makes connections over a network.
pub(super) trait Connects:
    Service<
        Uri,
        Response: Read + Write + Unpin + Send + 'static,
        Error: Into<Box<dyn StdError + Send + Sync>>,
        Future: Send + 'static,
    > + Clone
    + Send
    + Sync
    + 'static
{
}

impl<C> Connects for C where
    C: Service<
            Uri,
            Response: Read + Write + Unpin + Send + 'static,
            Error: Into<Box<dyn StdError + Send + Sync>>,
            Future: Send + 'static,
        > + Clone
        + Send
        + Sync
        + 'static
{
}

async fn open(mut connector: impl Connects, place: String) -> Result<Line, Error> {
    let failed = |error: Box<dyn StdError + Send + Sync>| Error::from(io::Error::other(error));
    let aim: Uri = place.parse().map_err(|error| failed(Box::new(error)))?;
    poll_fn(|cx| connector.poll_ready(cx)).await.map_err(|error| failed(error.into()))?;
    let stream = connector.call(aim).await.map_err(|error| failed(error.into()))?;
    let (sender, connection) = handshake(stream).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!("a connection ended: {error}");
        }
    });
    let sender = Arc::new(Mutex::new(sender));
    let asked = Arc::clone(&sender);
    let transport = move |request: BollardRequest| {
        let sender = Arc::clone(&sender);
        async move {
            let mut sender = sender.lock().await;
            sender.ready().await?;
            Ok(sender.send_request(in_origin_form(request)).await?)
        }
    };
    let client = bollard::Docker::connect_with_custom_transport(
        transport,
        Some(place),
        UNUSED,
        bollard::API_DEFAULT_VERSION,
    )?;
    let stands: Asked = Box::new(move || {
        let sender = Arc::clone(&asked);
        Box::pin(async move { sender.lock().await.ready().await.is_ok() })
    });
    Ok(Line { client, stands })
}

/// As it stands on the wire: the path alone, and the host beside it.
fn in_origin_form(mut request: BollardRequest) -> BollardRequest {
    let host = request.uri().authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
    if let Some(host) = host {
        request.headers_mut().entry(HOST).or_insert(host);
    }
    if let Some(path) = request.uri().path_and_query().cloned() {
        *request.uri_mut() = Uri::from(path);
    }
    request
}
