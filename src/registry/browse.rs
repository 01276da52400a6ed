//! What a registry has: its repositories, their tags, and the image behind each, read only as far as somebody
//! looks at it.

use std::collections::HashSet;

use futures_util::StreamExt as _;
use futures_util::stream;
use reqwest::{Method, Url};
use serde::Deserialize;

use super::host::{Answer, Host, Scope};
use super::look_up::{Found, check_status, find};
use super::manifest::{Manifest, Part};
use super::trouble::Trouble;
use crate::model::{Access, Bytes, Digest, RemoteCatalog, RemoteImage, RemoteTag, RemoteTags};

/// Entries asked for at a time.
const PAGE: usize = 1_000;
/// Pages of a list that are read; a registry of many thousands of repositories is cut.
const PAGES: usize = 50;
/// Tags of a repository that are looked into; the rest is counted.
const TAGS: usize = 200;
const TAGS_AT_ONCE: usize = 4;
/// Platforms of an index that are added up.
const PLATFORMS: usize = 16;

#[derive(Deserialize)]
struct CatalogPage {
    repositories: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct TagsPage {
    tags: Option<Vec<String>>,
}

/// The repositories that the registry lists; `known` stands in where it lists none to this person.
pub(super) async fn catalog(host: &Host, mut known: Vec<String>) -> Result<RemoteCatalog, Trouble> {
    let why = match list(host).await {
        Ok(catalog) => return Ok(catalog),
        Err(trouble @ Trouble::Unreachable { whole_host: true, .. }) => return Err(trouble),
        Err(Trouble::Denied(why) | Trouble::Unreachable { why, .. }) => why,
        Err(Trouble::Absent) => "it has no list of repositories".to_owned(),
    };
    known.sort_unstable();
    known.dedup();
    Ok(RemoteCatalog { repositories: known, not_listed: Some(why), cut: false })
}

async fn list(host: &Host) -> Result<RemoteCatalog, Trouble> {
    if host.address.is_docker_hub() {
        return Err(Trouble::Denied("Docker Hub does not list repositories this way".to_owned()));
    }
    let read = |answer: &Answer| {
        let page: CatalogPage = serde_json::from_slice(&answer.body).ok()?;
        Some(page.repositories.unwrap_or_default())
    };
    let (mut repositories, cut) = pages(host, "_catalog", &Scope::Catalog, read).await?;
    repositories.sort_unstable();
    repositories.dedup();
    Ok(RemoteCatalog { repositories, not_listed: None, cut })
}

/// Every page of a list: by its link to the next one, or else by the last entry of a full page.
async fn pages(
    host: &Host,
    path: &str,
    scope: &Scope<'_>,
    read: impl Fn(&Answer) -> Option<Vec<String>>,
) -> Result<(Vec<String>, bool), Trouble> {
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    let mut answer = host.ask(Method::GET, &format!("{path}?n={PAGE}"), scope).await?;
    for _ in 0..PAGES {
        check_status(host, &answer)?;
        let entries = read(&answer).ok_or_else(|| Trouble::unreachable("it sends no list"))?;
        let (count, last) = (entries.len(), entries.last().cloned());
        let before = all.len();
        all.extend(entries.into_iter().filter(|entry| seen.insert(entry.clone())));
        let next = match (answer.header("link").and_then(|link| next_link(&answer.url, link)), last) {
            (Some(next), _) => Some(next),
            // Some registries page without saying so; one that ignores `last` sends the same again.
            (None, Some(last)) if count >= PAGE => {
                let mut url = answer.url.clone();
                url.query_pairs_mut().clear().append_pair("n", &PAGE.to_string()).append_pair("last", &last);
                Some(url)
            }
            (None, _) => None,
        };
        let Some(next) = next.filter(|_| all.len() > before) else { return Ok((all, false)) };
        answer = host.ask_url(Method::GET, next, scope).await?;
    }
    Ok((all, true))
}

/// The address in `<…>; rel="next"`.
fn next_link(base: &Url, header: &str) -> Option<Url> {
    let mut links = header.split(',').filter_map(|link| link.split_once(';'));
    let (address, _) = links.find(|(_, relation)| relation.contains("next"))?;
    base.join(address.trim().strip_prefix('<')?.strip_suffix('>')?).ok()
}

/// The tags of a repository, each with its image.
pub(super) async fn tags(host: &Host, path: &str) -> Result<RemoteTags, Trouble> {
    // Asked for more than is needed, a token shows how much is granted.
    let scope = Scope::PullAndPush(path);
    let read = |answer: &Answer| {
        let page: TagsPage = serde_json::from_slice(&answer.body).ok()?;
        Some(page.tags.unwrap_or_default())
    };
    let (mut names, cut) = pages(host, &format!("{path}/tags/list"), &scope, read).await?;
    names.sort_unstable();
    let more = names.len().saturating_sub(TAGS) + usize::from(cut);
    names.truncate(TAGS);
    let asked = stream::iter(names).map(|name| async move {
        let image = image(host, path, &name).await.map_err(Into::into);
        RemoteTag { name, image }
    });
    let mut tags: Vec<RemoteTag> = asked.buffer_unordered(TAGS_AT_ONCE).collect().await;
    tags.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(RemoteTags { tags, access: access(host, &scope), more })
}

/// As the token grants; of other logins nobody knows.
fn access(host: &Host, scope: &Scope<'_>) -> Option<Access> {
    let granted = host.grants(scope)?;
    let may = |action: &str| granted.iter().any(|granted| granted == action || granted == "*");
    match (may("pull"), may("push")) {
        (_, true) => Some(Access::ReadWrite),
        (true, false) => Some(Access::Read),
        (false, false) => None,
    }
}

async fn image(host: &Host, path: &str, tag: &str) -> Result<RemoteImage, Trouble> {
    let Found { digest, manifest } = find(host, path, tag).await?;
    let mut image = RemoteImage {
        digest,
        configs: Vec::new(),
        children: Vec::new(),
        size: None,
        platforms: Vec::new(),
        created: None,
    };
    match manifest {
        None => {}
        Some(Manifest::Image { config, layers }) => {
            image.size = Some(add_up(std::iter::once(&config).chain(&layers)));
            image.created = created(host, path, &config).await;
            image.configs = vec![config.digest];
        }
        Some(index @ Manifest::Index(_)) => {
            let children = index.children_for(None);
            // A sum without some of it would be wrong.
            let mut parts = (children.len() <= PLATFORMS).then(Vec::new);
            for child in children.into_iter().take(PLATFORMS) {
                image.platforms.extend(child.platform());
                image.children.push(child.digest.clone());
                match find(host, path, child.digest.as_str()).await {
                    Ok(Found { manifest: Some(Manifest::Image { config, layers }), .. }) => {
                        image.created = image.created.max(created(host, path, &config).await);
                        image.configs.push(config.digest.clone());
                        if let Some(parts) = &mut parts {
                            parts.push(config);
                            parts.extend(layers);
                        }
                    }
                    Ok(_) | Err(_) => parts = None,
                }
            }
            image.size = parts.map(|parts| add_up(parts.iter()));
        }
    }
    Ok(image)
}

/// Each part once, however many platforms share it.
fn add_up<'a>(parts: impl Iterator<Item = &'a Part>) -> Bytes {
    let mut seen: HashSet<&Digest> = HashSet::new();
    parts.filter(|part| seen.insert(&part.digest)).map(|part| Bytes(part.size)).sum()
}

/// When the image was made, by its configuration; `None` where that does not say.
async fn created(host: &Host, path: &str, config: &Part) -> Option<i64> {
    #[derive(Deserialize)]
    struct Config {
        created: Option<String>,
    }
    const LARGEST: u64 = 4 * 1024 * 1024;
    if config.size > LARGEST {
        return None;
    }
    let at = format!("{path}/blobs/{}", config.digest);
    let answer = host.ask(Method::GET, &at, &Scope::Pull(path)).await.ok()?;
    let belongs = answer.status.is_success() && super::manifest::digest_of(&answer.body)? == config.digest;
    if !belongs {
        return None;
    }
    let config: Config = serde_json::from_slice(&answer.body).ok()?;
    Some(config.created?.parse::<jiff::Timestamp>().ok()?.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_to_the_next_page_is_relative_to_the_last() {
        let base = Url::parse("https://r.example.com/v2/_catalog?n=2").unwrap();
        let next = next_link(&base, r#"</v2/_catalog?last=b&n=2>; rel="next""#).unwrap();
        assert_eq!(next.as_str(), "https://r.example.com/v2/_catalog?last=b&n=2");
        assert_eq!(next_link(&base, r#"</x>; rel="prev""#), None);
        assert_eq!(next_link(&base, "nonsense"), None);
    }
}
