//! Engines on other machines, over the person's own ssh: its configuration, keys and agent, and what it says
//! when it fails. Over there the engine's own command joins its socket to the connection, as the Docker CLI has
//! it (`docker system dial-stdio`), so that no socket is opened here, and none has to be reachable there.
//!
//! bollard's own ssh transport leaves a master process behind for each request, trusts new host keys by itself,
//! knows no other socket over there, and drops ssh's words.

mod arguments;
mod ended;

use std::fmt;
use std::io;
use std::pin::Pin;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bollard::BollardRequest;
use futures_util::future::BoxFuture;
use http::Uri;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::candidates::SshLogin;
use super::{Lines, Opened};
use crate::model::Ssh;
use arguments::arguments;

pub(crate) use ended::Ended;

/// sshd turns strangers away when ten of them knock at once.
const LOGINS_AT_ONCE: usize = 3;
/// A login costs several round trips; engines do not mind idle connections for so long.
const IDLE: Duration = Duration::from_secs(45);
const IDLE_AT_MOST: usize = 6;
/// Of what ssh says; a banner can be any length.
const WORDS: u64 = 8 << 10;
/// How long to wait for ssh's last words once it has ended.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// What a shell answers where there is no such program.
const NO_PROGRAM: i32 = 127;
const UNUSED: u64 = 120;
/// No console pops up for it.
#[cfg(windows)]
const NO_WINDOW: u32 = 0x0800_0000;

/// A client whose requests go through ssh.
pub(super) fn over_ssh(ssh: &Ssh, login: &SshLogin) -> Result<Opened, bollard::errors::Error> {
    let connector = Connector {
        ssh: Arc::new((ssh.clone(), login.clone())),
        podman: Arc::new(AtomicBool::new(login.podman)),
        logins: Arc::new(Semaphore::new(LOGINS_AT_ONCE)),
    };
    // Nobody looks this name up: the connection is there already when the engine reads it.
    let place = "http://localhost";
    // ssh itself finds out that the other side is gone, and tells that from one that takes nothing.
    let lines = Lines::over(|_| connector.clone(), place);
    let client = Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(IDLE_AT_MOST)
        .pool_timer(TokioTimer::new())
        .build(connector);
    let transport = move |request: BollardRequest| {
        let answer = client.request(request);
        async move { answer.await.map_err(bollard::errors::Error::from) }
    };
    let client = bollard::Docker::connect_with_custom_transport(
        transport,
        Some(place),
        UNUSED,
        bollard::API_DEFAULT_VERSION,
    )?;
    Ok(Opened { client, lines: Some(lines) })
}

#[derive(Clone)]
struct Connector {
    ssh: Arc<(Ssh, SshLogin)>,
    podman: Arc<AtomicBool>,
    logins: Arc<Semaphore>,
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<TokioIo<Stream>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let Self { ssh, podman, logins } = self.clone();
        Box::pin(async move {
            let login = logins.acquire_owned().await.map_err(io::Error::other)?;
            Stream::start(&ssh.0, &ssh.1, podman, login).map(TokioIo::new)
        })
    }
}

/// What ssh reads and writes, as one connection; ssh ends with it.
struct Stream {
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    end: End,
    /// Held until the other side has said something.
    login: Option<OwnedSemaphorePermit>,
}

enum End {
    Running(Box<SshProcess>),
    Ending(BoxFuture<'static, io::Result<()>>),
    Ended,
}

struct SshProcess {
    child: Child,
    stderr: ChildStderr,
    podman: Arc<AtomicBool>,
    tried_podman: bool,
}

impl SshProcess {
    /// How it ended. An orderly end is the engine's, and no error.
    async fn ended(mut self) -> io::Result<()> {
        let status = match tokio::time::timeout(LAST_WORDS, self.child.wait()).await {
            Ok(status) => status?.code(),
            Err(_elapsed) => None,
        };
        let mut words = Vec::new();
        // A master that their configuration keeps for later connections holds this open.
        match tokio::time::timeout(LAST_WORDS / 4, self.stderr.take(WORDS).read_to_end(&mut words)).await {
            Ok(_) | Err(_) => {}
        }
        if status == Some(0) {
            return Ok(());
        }
        let tries_podman = status == Some(NO_PROGRAM) && !self.tried_podman;
        if tries_podman {
            self.podman.store(true, Ordering::Relaxed);
        }
        let words = String::from_utf8_lossy(&words).trim().to_owned();
        Err(io::Error::other(Ended { words, status, tries_podman }))
    }
}

impl Stream {
    fn start(
        ssh: &Ssh,
        how: &SshLogin,
        podman: Arc<AtomicBool>,
        login: OwnedSemaphorePermit,
    ) -> io::Result<Self> {
        let tried_podman = podman.load(Ordering::Relaxed);
        let mut command = Command::new("ssh");
        command.args(arguments(ssh, how, tried_podman)).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(windows)]
        command.creation_flags(NO_WINDOW);
        let cannot = |why: &dyn fmt::Display| {
            let words = format!("the program cannot be started: {why}");
            io::Error::other(Ended { words, status: None, tries_podman: false })
        };
        let mut child = command.spawn().map_err(|error| cannot(&error))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else { return Err(cannot(&"it has no pipes")) };
        let process = SshProcess { child, stderr, podman, tried_podman };
        Ok(Self { stdin: Some(stdin), stdout, end: End::Running(Box::new(process)), login: Some(login) })
    }

    /// Why nothing can be read or written any more; `Ok` at an orderly end.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stdin = None;
        if let End::Running(_) = self.end
            && let End::Running(process) = std::mem::replace(&mut self.end, End::Ended)
        {
            self.end = End::Ending(Box::pin(process.ended()));
        }
        match &mut self.end {
            End::Ending(ending) => {
                let ended = ready!(ending.as_mut().poll(cx));
                self.end = End::Ended;
                self.login = None;
                Poll::Ready(ended)
            }
            End::Running(_) | End::Ended => Poll::Ready(Ok(())),
        }
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stdout).poll_read(cx, buf))?;
        if buf.filled().len() == before && buf.remaining() > 0 {
            return self.poll_end(cx);
        }
        self.login = None;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let broken = || io::Error::from(io::ErrorKind::BrokenPipe);
        let Some(stdin) = &mut self.stdin else {
            // It ended while something was still to be sent: why, is more than that it did.
            ready!(self.poll_end(cx))?;
            return Poll::Ready(Err(broken()));
        };
        match ready!(Pin::new(stdin).poll_write(cx, bytes)) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                ready!(self.poll_end(cx))?;
                Poll::Ready(Err(broken()))
            }
            written => Poll::Ready(written),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stdin.as_mut().map_or(Poll::Ready(Ok(())), |stdin| Pin::new(stdin).poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        self.stdin = None;
        Poll::Ready(Ok(()))
    }
}
