//! What the system does for the window: its dialog for saving a file, and opening what was saved. Neither is
//! waited for. The only place that asks for native dialogs.

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use eframe::egui;

/// Without a portal on the bus the answer comes at once, and looks like "cancelled"; nobody cancels that quickly.
const NOBODY_IS_THAT_QUICK: Duration = Duration::from_millis(300);

/// What became of the question for a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    Place(PathBuf),
    Cancelled,
    /// This system has no such dialog.
    NoDialog,
}

type Asking = Pin<Box<dyn Future<Output = Option<rfd::FileHandle>> + Send>>;

pub struct Desk {
    /// Whether the system may be asked at all.
    native: bool,
    asked: Option<(Asking, Instant)>,
    failures: (Sender<String>, Receiver<String>),
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
    /// with every frame while a place is wanted.
    pub fn choose(&mut self, name: &str, ctx: &egui::Context) -> Option<Chosen> {
        if !self.native {
            return Some(Chosen::NoDialog);
        }
        let (asking, since) = self.asked.get_or_insert_with(|| {
            let dialog = rfd::AsyncFileDialog::new().set_file_name(name);
            (Box::pin(dialog.save_file()), Instant::now())
        });
        let waker = Waker::from(Arc::new(Waking(ctx.clone())));
        let Poll::Ready(answer) = asking.as_mut().poll(&mut Context::from_waker(&waker)) else { return None };
        let quick = since.elapsed() < NOBODY_IS_THAT_QUICK;
        self.asked = None;
        Some(match answer {
            Some(file) => Chosen::Place(file.path().to_owned()),
            None if quick => {
                // It will not be there the next time either.
                self.native = false;
                Chosen::NoDialog
            }
            None => Chosen::Cancelled,
        })
    }

    /// Opens a file or a folder with the program that the person has for it.
    pub fn open(&self, path: &Path, ctx: &egui::Context) {
        let (path, failed, ctx) = (path.to_owned(), self.failures.0.clone(), ctx.clone());
        let open = move || {
            if let Err(error) = opener::open(&path)
                && failed.send(format!("{}: {error}", path.display())).is_ok()
            {
                ctx.request_repaint();
            }
        };
        let started = std::thread::Builder::new().name("unmoor-open".to_owned()).spawn(open);
        if let Err(error) = started {
            // The receiver is ours and stays.
            self.failures.0.send(error.to_string()).unwrap_or_default();
        }
    }

    /// Why something did not open, if that happened since the last call.
    pub fn failure(&self) -> Option<String> {
        self.failures.1.try_recv().ok()
    }
}
