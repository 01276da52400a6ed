//! What the system does for the window: its dialog for saving a file, opening what was saved, showing it in its
//! folder, and one more window. None of these is waited for. The only place that asks for native dialogs.

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use eframe::egui;

use super::Beside;

/// A desktop that has not even taken the question by then is not there, whatever its bus says. Most of it is for
/// one that has to be started first.
const PATIENCE: Duration = Duration::from_secs(3);

/// What became of the question for a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    Place(PathBuf),
    Cancelled,
    /// This system has no such dialog.
    NoDialog,
}

/// What is to be done with a file that was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// With the program that the person has for it.
    Open,
    /// Selected in its folder.
    InFolder,
}

/// What did not open, and why.
#[derive(Debug)]
pub enum Unopened {
    File(String),
    Window(String),
}

/// `Err` says why there is no dialog.
type Asking = Pin<Box<dyn Future<Output = Result<Option<PathBuf>, String>> + Send>>;

struct Asked {
    asking: Asking,
    since: Instant,
    /// The system has taken the question.
    taken: Arc<AtomicBool>,
}

pub struct Desk {
    /// Whether the system may be asked at all.
    native: bool,
    asked: Option<Asked>,
    failures: (Sender<Unopened>, Receiver<Unopened>),
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("native", &self.native).finish_non_exhaustive()
    }
}

struct Waking(egui::Context);

impl Wake for Waking {
    fn wake(self: Arc<Self>) {
        self.0.request_repaint();
    }
}

impl Desk {
    pub fn new(native: bool) -> Self {
        Self { native, asked: None, failures: channel() }
    }

    /// Asks for a place under this name, unless it is being asked; an answer once there is one. To be called
    /// with every frame while a place is wanted. `parent` is the window, as the system names it.
    pub fn choose(
        &mut self,
        parent: impl FnOnce() -> String,
        title: &str,
        name: &str,
        ctx: &egui::Context,
    ) -> Option<Chosen> {
        if !self.native {
            return Some(Chosen::NoDialog);
        }
        let asked = self.asked.get_or_insert_with(|| {
            let taken = Arc::new(AtomicBool::new(false));
            let asking = system::choose(parent(), title, name, Arc::clone(&taken));
            Asked { asking, since: Instant::now(), taken }
        });
        let waker = Waker::from(Arc::new(Waking(ctx.clone())));
        let answer = match asked.asking.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(Ok(Some(place))) => Chosen::Place(place),
            Poll::Ready(Ok(None)) => Chosen::Cancelled,
            Poll::Ready(Err(why)) => {
                tracing::info!("the desktop has no dialog for a place: {why}");
                Chosen::NoDialog
            }
            Poll::Pending if asked.taken.load(Ordering::Acquire) => return None,
            Poll::Pending => {
                let left = PATIENCE.saturating_sub(asked.since.elapsed());
                if !left.is_zero() {
                    ctx.request_repaint_after(left);
                    return None;
                }
                // It will not be there the next time either. With the question its way to the bus is dropped,
                // which takes away a dialog that would open late.
                self.native = false;
                Chosen::NoDialog
            }
        };
        self.asked = None;
        Some(answer)
    }

    pub fn look(&self, path: &Path, look: Look, ctx: &egui::Context) {
        let path = path.to_owned();
        self.open("unmoor-open", ctx, move || system::look(&path, look).map_err(Unopened::File));
    }

    pub fn open_window(&self, beside: Beside, ctx: &egui::Context) {
        self.open("unmoor-beside", ctx, move || beside.run().map_err(Unopened::Window));
    }

    /// Does it in a thread of its own; the window is told what came of it only if that is nothing.
    fn open(
        &self,
        thread: &str,
        ctx: &egui::Context,
        open: impl FnOnce() -> Result<(), Unopened> + Send + 'static,
    ) {
        let (failed, ctx) = (self.failures.0.clone(), ctx.clone());
        let open = move || {
            if let Err(unopened) = open()
                && failed.send(unopened).is_ok()
            {
                ctx.request_repaint();
            }
        };
        let started = std::thread::Builder::new().name(thread.to_owned()).spawn(open);
        if let Err(error) = started {
            // The receiver is ours and stays.
            self.failures.0.send(Unopened::File(error.to_string())).unwrap_or_default();
        }
    }

    /// What did not open, if that happened since the last call.
    pub fn failure(&self) -> Option<Unopened> {
        self.failures.1.try_recv().ok()
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use zbus::Connection;

    use super::super::portal;
    use super::{Asking, Look};

    pub fn choose(parent: String, title: &str, name: &str, taken: Arc<AtomicBool>) -> Asking {
        let (title, name) = (title.to_owned(), name.to_owned());
        Box::pin(async move {
            let bus = Connection::session().await.map_err(|error| error.to_string())?;
            portal::choose(bus, parent, title, name, taken).await.map_err(|trouble| trouble.to_string())
        })
    }

    pub fn look(path: &Path, look: Look) -> Result<(), String> {
        let looking = async {
            let bus = Connection::session().await?;
            match look {
                Look::Open => portal::open(&bus, path).await,
                Look::InFolder => portal::show(&bus, path).await,
            }
        };
        zbus::block_on(looking).map_err(|trouble| trouble.to_string())
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::path::Path;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::{Asking, Look};

    /// The dialog is part of the system here: it is always there.
    pub fn choose(_parent: String, title: &str, name: &str, taken: Arc<AtomicBool>) -> Asking {
        taken.store(true, Ordering::Release);
        let dialog = rfd::AsyncFileDialog::new().set_title(title).set_file_name(name).save_file();
        Box::pin(async move { Ok(dialog.await.map(|file| file.path().to_owned())) })
    }

    pub fn look(path: &Path, look: Look) -> Result<(), String> {
        let done = match look {
            Look::Open => opener::open(path),
            Look::InFolder => opener::reveal(path),
        };
        done.map_err(|error| error.to_string())
    }
}
