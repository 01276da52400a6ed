//! Arguments, logging and the runtime; then either the window or a command.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use unmoor::app;
use unmoor::cli::{self, Arguments, CliError, Preferences};
use unmoor::files::Folders;
use unmoor::rules::Policy;
use unmoor::worker::Worker;

/// The exit status when the window cannot be opened.
const NO_WINDOW: u8 = 1;
/// For files that are being written; a name that is being looked up may take longer, and is for nobody then.
const LAST_WORK: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log_to_standard_error();
    unmoor::registry::install_tls();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("unmoor-worker")
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(NO_WINDOW, &format!("cannot start the background runtime: {error}")),
    };
    let status = match &arguments.command {
        Some(command) => {
            let mut out = std::io::stdout().lock();
            let folders = Folders::of_this_person();
            let preferences = preferences();
            match cli::run(command, &arguments.engine, &preferences, &folders, &runtime, &mut out) {
                Ok(()) => ExitCode::SUCCESS,
                // Whoever read the answer has read enough.
                Err(CliError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
                Err(error) => fail(error.status(), &error.to_string()),
            }
        }
        None => window(&arguments, &runtime),
    };
    runtime.shutdown_timeout(LAST_WORK);
    status
}

/// What is kept must not be guessed; the rest is as by default where the settings cannot be read.
fn preferences() -> Preferences {
    let read = app::settings();
    let settings = read.as_ref().cloned().unwrap_or_default();
    Preferences {
        policy: read.map(|settings| Policy::clone(&settings.policy)),
        limits: settings.archives.limits,
        trusted: settings.trusted_registries(),
    }
}

fn window(arguments: &Arguments, runtime: &tokio::runtime::Runtime) -> ExitCode {
    let handle = runtime.handle().clone();
    let start = move |wake| Worker::start(wake, &handle, Folders::of_this_person()).into();
    let beside = match arguments.beside.as_deref().map(app::Beside::parse).transpose() {
        Ok(beside) => beside,
        Err(why) => return fail(NO_WINDOW, &format!("--beside is only for windows of this program: {why}")),
    };
    match app::run(start, arguments.engine.endpoint(), beside) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(NO_WINDOW, &error.to_string()),
    }
}

/// One line, on standard error.
fn fail(status: u8, message: &str) -> ExitCode {
    let line = format!("unmoor: {message}\n");
    // Without a standard error there is nobody left to tell.
    match std::io::stderr().write_all(line.as_bytes()) {
        Ok(()) | Err(_) => ExitCode::from(status),
    }
}

/// Quiet unless `UNMOOR_LOG` asks for more, in the form of tracing's filters.
fn log_to_standard_error() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("UNMOOR_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}
