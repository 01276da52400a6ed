//! The desktop's portal: its dialog for a place, and opening what was saved, all asked over the session bus. No
//! program is started from here: the desktop does that, with its own rights and in its own place.

use std::collections::HashMap;
use std::fs::File;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use url::Url;
use zbus::proxy::{Builder, CacheProperties};
use zbus::zvariant::{DynamicType, Fd, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, Proxy};

const DESKTOP: &str = "org.freedesktop.portal.Desktop";
const PLACE: &str = "/org/freedesktop/portal/desktop";
const FILE_CHOOSER: &str = "org.freedesktop.portal.FileChooser";
const OPEN_URI: &str = "org.freedesktop.portal.OpenURI";
const REQUEST: &str = "org.freedesktop.portal.Request";
const FILE_MANAGER: &str = "org.freedesktop.FileManager1";
const FILE_MANAGER_PLACE: &str = "/org/freedesktop/FileManager1";

/// Why the desktop did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error(transparent)]
    Bus(#[from] zbus::Error),
    #[error(transparent)]
    File(#[from] std::io::Error),
    #[error("the desktop's portal did not do it")]
    Refused,
    #[error("the desktop's portal is gone")]
    Gone,
    #[error("the desktop's portal answered with what is no file")]
    NoFile,
}

type Options<'a> = HashMap<&'static str, Value<'a>>;
type Results = HashMap<String, OwnedValue>;

/// Asks for a place for a file of this name; `None` if the person wants none after all. `asked` is set once the
/// desktop has taken the question: from then on only the person is waited for.
pub async fn choose(
    bus: Connection,
    parent: String,
    title: String,
    name: String,
    asked: Arc<AtomicBool>,
) -> Result<Option<PathBuf>, Trouble> {
    let token = token();
    let mut options = Options::from([("handle_token", token.as_str().into()), ("modal", true.into())]);
    options.insert("current_name", name.as_str().into());
    let question = (parent.as_str(), title.as_str(), options);
    let told = || asked.store(true, Ordering::Release);
    let Some(mut results) = request(&bus, (FILE_CHOOSER, "SaveFile"), &token, &question, told).await? else {
        return Ok(None);
    };
    let places: Vec<String> =
        results.remove("uris").and_then(|uris| uris.try_into().ok()).unwrap_or_default();
    let place = places.first().and_then(|uri| Url::parse(uri).ok()?.to_file_path().ok());
    place.map(Some).ok_or(Trouble::NoFile)
}

/// Opens a file with the program that the person has for it.
pub async fn open(bus: &Connection, path: &Path) -> Result<(), Trouble> {
    handed(bus, "OpenFile", path).await
}

/// Shows a file in its folder: selected, where there is a file manager that can do that.
pub async fn show(bus: &Connection, path: &Path) -> Result<(), Trouble> {
    let uri = Url::from_file_path(std::path::absolute(path)?).map_err(|()| Trouble::NoFile)?;
    let files = plain_proxy(bus, FILE_MANAGER, FILE_MANAGER_PLACE, FILE_MANAGER).await?;
    let shown: zbus::Result<()> = files.call("ShowItems", &(vec![uri.as_str()], "")).await;
    if shown.is_ok() { Ok(()) } else { handed(bus, "OpenDirectory", path).await }
}

/// Hands an open file to the portal, which knows what to do with it.
async fn handed(bus: &Connection, method: &str, path: &Path) -> Result<(), Trouble> {
    let file = File::open(path)?;
    let token = token();
    let options = Options::from([("handle_token", token.as_str().into())]);
    let question = ("", Fd::from(file.as_fd()), options);
    // Whoever is asked for a program and chooses none has changed their mind.
    request(bus, (OPEN_URI, method), &token, &question, || ()).await.map(|_| ())
}

/// No two questions of one program have the same.
fn token() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("unmoor_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

async fn plain_proxy<'a>(
    bus: &Connection,
    name: &'a str,
    place: &'a str,
    interface: &'a str,
) -> zbus::Result<Proxy<'a>> {
    let proxy = Builder::<Proxy<'a>>::new(bus).destination(name)?.path(place)?.interface(interface)?;
    proxy.cache_properties(CacheProperties::No).build().await
}

/// A question to the portal and what came of it: its results, or `None` where the person cancelled it.
async fn request<Q: serde::Serialize + DynamicType>(
    bus: &Connection,
    (interface, method): (&str, &str),
    token: &str,
    question: &Q,
    asked: impl FnOnce(),
) -> Result<Option<Results>, Trouble> {
    let me = bus.unique_name().ok_or(Trouble::Gone)?.trim_start_matches(':').replace('.', "_");
    let handle = format!("{PLACE}/request/{me}/{token}");
    let request = plain_proxy(bus, DESKTOP, &handle, REQUEST).await?;
    // Listening comes first: the answer may be there before the question returns.
    let mut answers = request.receive_signal("Response").await?;
    let desktop = plain_proxy(bus, DESKTOP, PLACE, interface).await?;
    let mut owners = desktop.receive_owner_changed().await?;
    let returned: OwnedObjectPath = desktop.call(method, question).await?;
    if returned.as_str() != handle {
        // Before 2018 the answer came from elsewhere, and cannot be waited for without losing some.
        return Err(Trouble::Refused);
    }
    asked();
    loop {
        match select(answers.next(), owners.next()).await {
            Either::Left((Some(answer), _)) => {
                let (code, results): (u32, Results) = answer.body().deserialize()?;
                return match code {
                    0 => Ok(Some(results)),
                    1 => Ok(None),
                    _ => Err(Trouble::Refused),
                };
            }
            // It was started by the question.
            Either::Right((Some(Some(_)), _)) => {}
            Either::Left((None, _)) | Either::Right((Some(None) | None, _)) => return Err(Trouble::Gone),
        }
    }
}

#[cfg(test)]
mod tests;
