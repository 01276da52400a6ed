//! The `docker create` line of a container that is gone, from how it was set up. Values of its environment may
//! be passwords: a line to be shown has none of them.

use serde_json::Value;

use super::entry::ContainerRecord;

/// Whether values of the environment are written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    Hidden,
    /// For the person's clipboard, because they asked for it.
    Kept,
}

/// A line for a POSIX shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateLine {
    pub line: String,
    /// Settings of the container that stand in the journal and not in the line, sorted.
    pub missing: Vec<String>,
}

/// What a line shows, or what every container has.
const KNOWN: [&str; 31] = [
    "Binds",
    "Mounts",
    "NetworkMode",
    "PortBindings",
    "RestartPolicy",
    "AutoRemove",
    "Privileged",
    "CapAdd",
    "CapDrop",
    "ExtraHosts",
    "Memory",
    "NanoCpus",
    "Init",
    "ReadonlyRootfs",
    "Dns",
    "LogConfig",
    "ShmSize",
    "MaskedPaths",
    "ReadonlyPaths",
    "CgroupnsMode",
    "Runtime",
    "IpcMode",
    "ConsoleSize",
    "Isolation",
    "UsernsMode",
    "CgroupParent",
    "Cgroup",
    "PidMode",
    "OomKillDisable",
    "MemorySwappiness",
    "MemorySwap",
];

/// `None` where nothing is known of how it was set up.
pub fn create_line(container: &ContainerRecord, secrets: Secrets) -> Option<CreateLine> {
    let config = container.config.as_ref()?;
    let at = |pointer: &str| config.at(pointer);
    let text = |pointer: &str| at(pointer).and_then(Value::as_str).map(str::to_owned);
    let texts = |pointer: &str| strings(at(pointer));
    let is = |pointer: &str| at(pointer).and_then(Value::as_bool) == Some(true);
    let mut words = Words(vec!["docker".into(), "create".into(), "--name".into(), container.name.clone()]);
    words.flag("--rm", is("/HostConfig/AutoRemove"));
    words.flag("--interactive", is("/Config/OpenStdin"));
    words.flag("--tty", is("/Config/Tty"));
    words.flag("--privileged", is("/HostConfig/Privileged"));
    words.flag("--init", is("/HostConfig/Init"));
    words.flag("--read-only", is("/HostConfig/ReadonlyRootfs"));
    words.option(
        "--hostname",
        text("/Config/Hostname").filter(|name| !container.id.as_str().starts_with(&**name)),
    );
    words.option("--user", text("/Config/User"));
    words.option("--workdir", text("/Config/WorkingDir"));
    words.option("--restart", restart(at("/HostConfig/RestartPolicy")));
    words.option("--memory", number(at("/HostConfig/Memory")));
    words.options("--cap-add", texts("/HostConfig/CapAdd"));
    words.options("--cap-drop", texts("/HostConfig/CapDrop"));
    words.options("--add-host", texts("/HostConfig/ExtraHosts"));
    words.options("--dns", texts("/HostConfig/Dns"));
    words.options("--publish", ports(at("/HostConfig/PortBindings")));
    let mut networks: Vec<_> = text("/HostConfig/NetworkMode").into_iter().collect();
    networks.extend(keys(at("/Networks")));
    networks.retain(|name| !matches!(&**name, "default" | "bridge"));
    words.options("--network", unique(networks));
    let binds = texts("/HostConfig/Binds");
    let volumes = volumes(at("/Mounts"), &binds);
    words.options("--volume", binds);
    words.options("--volume", volumes);
    words.options("--mount", mounts(at("/HostConfig/Mounts")));
    words.options("--env", environment(texts("/Config/Env"), secrets));
    words.options("--label", labels(at("/Config/Labels")));
    let mut entrypoint = texts("/Config/Entrypoint").into_iter();
    words.option("--entrypoint", entrypoint.next());
    words.0.push(text("/Config/Image").unwrap_or_else(|| container.image.to_string()));
    words.0.extend(entrypoint);
    words.0.extend(texts("/Config/Cmd"));
    let mut missing = keys(at("/HostConfig"));
    missing.retain(|key| !KNOWN.contains(&&**key));
    // Only a NUL cannot be quoted, and no setting can hold one.
    let line = shlex::try_join(words.0.iter().map(String::as_str)).unwrap_or_default();
    Some(CreateLine { line, missing })
}

struct Words(Vec<String>);

impl Words {
    fn flag(&mut self, name: &str, set: bool) {
        self.0.extend(set.then(|| name.to_owned()));
    }

    fn option(&mut self, name: &str, value: Option<String>) {
        self.options(name, value.into_iter().collect());
    }

    fn options(&mut self, name: &str, values: Vec<String>) {
        for value in values {
            self.0.extend([name.to_owned(), value]);
        }
    }
}

fn unique(mut names: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn keys(value: Option<&Value>) -> Vec<String> {
    let mut keys: Vec<_> =
        value.and_then(Value::as_object).into_iter().flatten().map(|(k, _)| k.clone()).collect();
    keys.sort();
    keys
}

fn number(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_u64).map(|number| number.to_string())
}

fn restart(policy: Option<&Value>) -> Option<String> {
    let policy = policy?;
    let name = policy.get("Name").and_then(Value::as_str).filter(|name| !matches!(*name, "" | "no"))?;
    Some(match policy.get("MaximumRetryCount").and_then(Value::as_u64) {
        Some(most) if most > 0 => format!("{name}:{most}"),
        _ => name.to_owned(),
    })
}

fn ports(bindings: Option<&Value>) -> Vec<String> {
    let mut ports = Vec::new();
    for (inner, outer) in bindings.and_then(Value::as_object).into_iter().flatten() {
        for binding in outer.as_array().into_iter().flatten() {
            let read = |key: &str| binding.get(key).and_then(Value::as_str).unwrap_or_default();
            let (address, port) = (read("HostIp"), read("HostPort"));
            ports.push(match address {
                "" | "0.0.0.0" => format!("{port}:{inner}"),
                v6 if v6.contains(':') => format!("[{v6}]:{port}:{inner}"),
                v4 => format!("{v4}:{port}:{inner}"),
            });
        }
    }
    ports.sort();
    ports
}

/// Volumes stay when their container goes: one like it takes them up again by their names.
fn volumes(mounts: Option<&Value>, binds: &[String]) -> Vec<String> {
    let part = |mount: &Value, key: &str| mount.get(key).and_then(Value::as_str).map(str::to_owned);
    let all = mounts.and_then(Value::as_array).into_iter().flatten();
    let volumes = all.filter(|mount| part(mount, "Type").as_deref() == Some("volume"));
    let named = volumes.filter_map(|mount| Some((part(mount, "Name")?, part(mount, "Destination")?)));
    let bound = |target: &str| binds.iter().any(|bind| bind.split(':').nth(1) == Some(target));
    named.filter(|(_, target)| !bound(target)).map(|(name, target)| format!("{name}:{target}")).collect()
}

fn mounts(mounts: Option<&Value>) -> Vec<String> {
    let all = mounts.and_then(Value::as_array).into_iter().flatten();
    let spelt = all.filter_map(|mount| {
        let part = |key: &str| mount.get(key).and_then(Value::as_str);
        let kind = part("Type").filter(|kind| *kind != "volume")?;
        let source = part("Source").map(|source| format!(",source={source}")).unwrap_or_default();
        let read_only = mount.get("ReadOnly").and_then(Value::as_bool) == Some(true);
        let suffix = if read_only { ",readonly" } else { "" };
        Some(format!("type={kind}{source},target={}{suffix}", part("Target")?))
    });
    spelt.collect()
}

fn environment(variables: Vec<String>, secrets: Secrets) -> Vec<String> {
    let hide = |variable: String| match (secrets, variable.split_once('=')) {
        (Secrets::Hidden, Some((name, _))) => format!("{name}=…"),
        _ => variable,
    };
    variables.into_iter().map(hide).collect()
}

fn labels(labels: Option<&Value>) -> Vec<String> {
    let all = labels.and_then(Value::as_object).into_iter().flatten();
    let mut all: Vec<_> = all.map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default())).collect();
    all.sort();
    all
}
