//! Whether a registry serves tests or production, as far as its host says so. A guess from names alone,
//! for a badge and never for a decision: no word in the host means no answer.

use std::collections::{HashMap, HashSet};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Environment {
    Test,
    Production,
}

const TEST: [&str; 14] = [
    "dev",
    "devel",
    "development",
    "integration",
    "nightly",
    "preprod",
    "qa",
    "sandbox",
    "staging",
    "stage",
    "stg",
    "test",
    "testing",
    "uat",
];
const PRODUCTION: [&str; 4] = ["live", "prd", "prod", "production"];

/// The environments of the registries of one inventory.
#[derive(Debug, Default)]
pub struct Environments {
    by_host: HashMap<String, Environment>,
}

impl Environments {
    /// A host that names its environment has it. One that names none is production where a test host of the
    /// same name stands beside it, whatever their last labels: `index.example.com` beside
    /// `index-dev.example.net`.
    pub fn of<'a>(hosts: impl IntoIterator<Item = &'a str>) -> Self {
        let hosts: Vec<_> = hosts.into_iter().collect();
        let named = |host: &str| words(host).find_map(named_by);
        let tests: HashSet<String> =
            hosts.iter().filter(|h| named(h) == Some(Environment::Test)).map(|h| stem(h)).collect();
        let beside_a_test = |host: &str| tests.contains(&stem(host)).then_some(Environment::Production);
        let found = hosts.into_iter().filter_map(|host| {
            let environment = named(host).or_else(|| beside_a_test(host))?;
            Some((host.to_owned(), environment))
        });
        Self { by_host: found.collect() }
    }

    pub fn get(&self, host: &str) -> Option<Environment> {
        self.by_host.get(host).copied()
    }
}

fn named_by(word: &str) -> Option<Environment> {
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if TEST.contains(&word) {
        Some(Environment::Test)
    } else if PRODUCTION.contains(&word) {
        Some(Environment::Production)
    } else {
        None
    }
}

/// The labels of a host without its port and top-level domain, cut at hyphens.
fn words(host: &str) -> impl Iterator<Item = &str> {
    let name = host.split(':').next().unwrap_or_default();
    let labels = name.rsplit_once('.').map_or(name, |(labels, _)| labels);
    labels.split(['.', '-', '_']).filter(|word| !word.is_empty())
}

/// What is left of a host without the words that name an environment; empty is like no other.
fn stem(host: &str) -> String {
    words(host).filter(|word| named_by(word).is_none()).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_name_their_environment_have_it() {
        let hosts =
            ["index-dev.qiniu.io", "registry.staging2.example.com:5000", "prod.example.org", "quay.io"];
        let found = Environments::of(hosts);
        assert_eq!(found.get(hosts[0]), Some(Environment::Test));
        assert_eq!(found.get(hosts[1]), Some(Environment::Test));
        assert_eq!(found.get(hosts[2]), Some(Environment::Production));
        assert_eq!(found.get(hosts[3]), None);
    }

    #[test]
    fn a_host_beside_its_test_host_is_production() {
        let found = Environments::of(["index-dev.qiniu.io", "index.qiniu.com", "index.qbox.me"]);
        assert_eq!(found.get("index.qiniu.com"), Some(Environment::Production));
        assert_eq!(found.get("index.qbox.me"), None);
        let alone = Environments::of(["index.qiniu.com", "docker.io", "localhost:5000"]);
        assert_eq!(alone.get("index.qiniu.com"), None);
    }

    #[test]
    fn words_inside_words_and_a_domain_called_dev_say_nothing() {
        let found = Environments::of(["device.example.com", "contest.example.com", "example.dev"]);
        assert_eq!(found.get("device.example.com"), None);
        assert_eq!(found.get("contest.example.com"), None);
        assert_eq!(found.get("example.dev"), None);
    }
}
