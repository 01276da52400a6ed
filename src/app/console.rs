//! The console that Windows opens for a program that reads one, also where nobody does: behind the window of one
//! that was started by a double click.

use winsafe::{FreeConsole, HPROCESSLIST, SysResult, co};

/// What starts programs for a person who clicks.
const DESKTOP: &str = "explorer.exe";

/// Closes the console, unless whoever started the program may have been there before it.
pub fn leave() {
    let left = match is_from_desktop() {
        Ok(true) => FreeConsole(),
        Ok(false) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = left {
        tracing::debug!("the console stays: {error}");
    }
}

fn is_from_desktop() -> SysResult<bool> {
    let own = std::process::id();
    let mut processes = HPROCESSLIST::CreateToolhelp32Snapshot(co::TH32CS::SNAPPROCESS, None)?;
    let mut parent = None;
    let mut desktops = Vec::new();
    for process in processes.iter_processes() {
        let process = process?;
        if process.th32ProcessID == own {
            parent = Some(process.th32ParentProcessID);
        }
        if process.szExeFile().eq_ignore_ascii_case(DESKTOP) {
            desktops.push(process.th32ProcessID);
        }
    }
    Ok(parent.is_some_and(|parent| desktops.contains(&parent)))
}
