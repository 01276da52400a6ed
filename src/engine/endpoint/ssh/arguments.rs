//! What ssh is started with.

use super::super::candidates::SshLogin;
use crate::model::Ssh;

/// Not those of a person who types: nothing may wait for one, nothing of theirs is lent to the other side,
/// and a connection that died is found out. Everything else is up to their own configuration.
const OPTIONS: [&str; 14] = [
    "-T",
    "-a",
    "-x",
    "-o",
    "BatchMode=yes",
    "-o",
    "ConnectTimeout=15",
    "-o",
    "ClearAllForwardings=yes",
    "-o",
    "ServerAliveInterval=15",
    "-o",
    "ServerAliveCountMax=3",
    "--",
];
/// As Podman reaches its own machines: each has a key of its own that no file of the person's knows.
const OWN_MACHINE: [&str; 6] = [
    "-o",
    "IdentitiesOnly=yes",
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    if cfg!(windows) { "UserKnownHostsFile=NUL" } else { "UserKnownHostsFile=/dev/null" },
];
/// The arguments of ssh: of what the person wrote, and of nothing an engine said.
pub(super) fn arguments(ssh: &Ssh, login: &SshLogin, podman: bool) -> Vec<String> {
    let Ssh { user, host, port, socket } = ssh;
    let mut all = Vec::new();
    if let Some(identity) = &login.identity {
        all.extend(["-i".to_owned(), identity.clone()]);
    }
    if login.is_own_machine {
        all.extend(OWN_MACHINE.map(str::to_owned));
    }
    if let Some(user) = user {
        all.extend(["-l".to_owned(), user.clone()]);
    }
    if let Some(port) = port {
        all.extend(["-p".to_owned(), port.to_string()]);
    }
    all.extend(OPTIONS.map(str::to_owned));
    all.push(host.clone());
    let (program, option) = if podman { ("podman", "--url") } else { ("docker", "--host") };
    all.push(program.to_owned());
    // A shell over there reads what follows.
    if let Some(Ok(address)) = socket.as_ref().map(|socket| quoted(&format!("unix://{socket}"))) {
        all.extend([option.to_owned(), address]);
    }
    all.extend(["system".to_owned(), "dial-stdio".to_owned()]);
    all
}

fn quoted(text: &str) -> Result<String, shlex::QuoteError> {
    shlex::try_quote(text).map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Address;

    fn said(address: &str, podman: bool) -> String {
        let Ok(Address::Ssh(ssh)) = Address::parse(address) else { panic!("{address} is not for ssh") };
        arguments(&ssh, &SshLogin::default(), podman)
            .into_iter()
            .filter(|word| !OPTIONS.contains(&word.as_str()))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn the_other_side_is_asked_as_the_cli_asks_it() {
        assert_eq!(said("ssh://box", false), "box docker system dial-stdio");
        assert_eq!(said("ssh://me@[::1]:2222", false), "-l me -p 2222 ::1 docker system dial-stdio");
        let socket = "ssh://me@box/run/podman/podman.sock";
        assert_eq!(
            said(socket, false),
            "-l me box docker --host unix:///run/podman/podman.sock system dial-stdio"
        );
        assert_eq!(
            said(socket, true),
            "-l me box podman --url unix:///run/podman/podman.sock system dial-stdio"
        );
        let hostile = said("ssh://box/run/$(touch x);y.sock", false);
        assert_eq!(hostile, "box docker --host 'unix:///run/$(touch x);y.sock' system dial-stdio");
    }

    #[test]
    fn only_a_machine_of_podmans_own_is_believed_without_its_key() {
        let Ok(Address::Ssh(ssh)) = Address::parse("ssh://core@127.0.0.1:5/run/p.sock") else {
            panic!("it is for ssh")
        };
        let identity = Some("/home/me/key".to_owned());
        let login = SshLogin { identity, is_own_machine: true, podman: true };
        let own = arguments(&ssh, &login, true).join(" ");
        assert!(
            own.starts_with("-i /home/me/key -o IdentitiesOnly=yes -o StrictHostKeyChecking=no"),
            "{own}"
        );
        assert!(own.ends_with("-- 127.0.0.1 podman --url unix:///run/p.sock system dial-stdio"), "{own}");
        let far = arguments(&ssh, &SshLogin { is_own_machine: false, ..login }, true).join(" ");
        assert!(!far.contains("StrictHostKeyChecking"), "{far}");
    }

    #[test]
    fn no_option_of_ssh_can_come_from_an_address() {
        for address in ["ssh://box", "ssh://me@box:1", "ssh://me@box/s"] {
            let Ok(Address::Ssh(ssh)) = Address::parse(address) else { panic!("{address} is not for ssh") };
            let all = arguments(&ssh, &SshLogin::default(), false);
            let end = all.iter().position(|word| word == "--").unwrap();
            assert_eq!(all.get(end + 1).map(String::as_str), Some("box"), "{all:?}");
            assert!(all.contains(&"BatchMode=yes".to_owned()));
        }
    }
}
