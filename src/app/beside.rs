//! A window for another engine beside this one. It is a process of its own: nothing of one engine can be shown as
//! another's, and neither window waits for the other or takes it along when it ends. What a person keeps is on the
//! disk, where any number of them shares it.

use std::env;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::message::Endpoint;
use crate::state::Placement;

/// How far it opens from the window that it was asked for in, in points, so that both are seen.
const ASIDE: i32 = 40;
/// The argument that tells a window which one it is; see `cli::Arguments`.
const ARGUMENT: &str = "--beside";

/// No console pops up for it.
#[cfg(windows)]
const NO_WINDOW: u32 = 0x0800_0000;

/// What a window beside another begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    pub endpoint: Endpoint,
    /// `None` where the system does not tell of places.
    pub place: Option<Placement>,
}

impl Beside {
    pub(super) fn of(window: Option<Placement>, endpoint: Endpoint) -> Self {
        let aside = |at: i32| at.saturating_add(ASIDE);
        let place = window.map(|window| Placement {
            position: window.position.map(|(x, y)| (aside(x), aside(y))),
            maximized: false,
            ..window
        });
        Self { endpoint, place }
    }

    /// As the argument has it; an error says what is wrong with it.
    pub fn parse(argument: &str) -> Result<Self, String> {
        serde_json::from_str(argument).map_err(|error| error.to_string())
    }

    /// Opens it and stays until it is closed; an error says why it did not open, or how it failed.
    pub(super) fn run(&self) -> Result<(), String> {
        let program = env::current_exe().map_err(|error| error.to_string())?;
        let argument = serde_json::to_string(self).map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command.arg(ARGUMENT).arg(argument).stdin(Stdio::null()).stdout(Stdio::null());
        #[cfg(windows)]
        std::os::windows::process::CommandExt::creation_flags(&mut command, NO_WINDOW);
        let status = command.status().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(status.to_string()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_beside_the_other_with_what_was_chosen() {
        let window = Placement { width: 900, height: 600, position: Some((10, i32::MAX)), maximized: true };
        for endpoint in [
            Endpoint::Default,
            Endpoint::Sample,
            Endpoint::Host("ssh://me@box".to_owned()),
            Endpoint::PodmanConnection("a \"b\"".to_owned()),
        ] {
            let beside = Beside::of(Some(window), endpoint.clone());
            let place = Placement { position: Some((50, i32::MAX)), maximized: false, ..window };
            assert_eq!(beside, Beside { endpoint, place: Some(place) });
            assert_eq!(Beside::parse(&serde_json::to_string(&beside).unwrap()), Ok(beside));
        }
        assert!(Beside::parse("{").is_err());
    }
}
