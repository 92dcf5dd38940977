//! Kubeconfigs: reading them, naming what is in them, putting several together.
//!
//! Palette sends YAML, or base64 of it. Each cluster's file uses names of its own making, such as `admin`, that
//! clash as soon as two files meet: so contexts, clusters and users are named `<instance>-<cluster>`. Nothing else
//! in them changes: certificates stay, and so does the verification of the server.

pub mod download;
mod emit;

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Largest file that is read, in bytes.
const MOST_BYTES: usize = 1 << 20;

/// One kubeconfig. Holds secrets: its `Debug` shows none.
#[derive(Clone, PartialEq)]
pub struct Kubeconfig {
    /// By `clusters`, `contexts` and `users`.
    lists: BTreeMap<&'static str, Vec<Entry>>,
    current: Option<String>,
}

/// A named entry of a list, and what it holds.
#[derive(Clone, PartialEq)]
struct Entry {
    name: String,
    value: Map<String, Value>,
}

/// The lists of a kubeconfig; what an entry holds is below the singular.
const LISTS: [(&str, &str); 3] = [("clusters", "cluster"), ("contexts", "context"), ("users", "user")];

/// Why a text is no kubeconfig. Says nothing of what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Neither YAML nor base64 of it.
    #[error("it is neither YAML nor base64 of YAML")]
    Yaml,
    /// YAML of something else.
    #[error("it has no clusters, contexts and users")]
    Shape,
    /// A context without its cluster or user.
    #[error("a context names a cluster or a user that is not in it")]
    Dangling,
    /// Too large.
    #[error("it is larger than 1 MiB")]
    Size,
}

impl std::fmt::Debug for Kubeconfig {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Kubeconfig").field("contexts", &self.contexts()).finish_non_exhaustive()
    }
}

/// The text of a file: as it came, or decoded where it is base64.
///
/// # Errors
/// When it is too large, or no text.
pub fn decode(body: &[u8]) -> Result<String, Malformed> {
    if body.len() > MOST_BYTES {
        return Err(Malformed::Size);
    }
    let text = std::str::from_utf8(body).map_err(|_| Malformed::Yaml)?;
    // YAML of a kubeconfig has colons, which base64 has not.
    if text.contains(':') {
        return Ok(text.to_owned());
    }
    let plain: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    let bytes = STANDARD.decode(plain.trim_matches('"')).map_err(|_| Malformed::Yaml)?;
    String::from_utf8(bytes).map_err(|_| Malformed::Yaml)
}

impl Kubeconfig {
    /// Reads one.
    ///
    /// # Errors
    /// When the text is none, or a context names what is not there.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let whole: Value = serde_saphyr::from_str(text).map_err(|_| Malformed::Yaml)?;
        let mut lists = BTreeMap::new();
        for (list, member) in LISTS {
            let items = whole.get(list).and_then(Value::as_array).ok_or(Malformed::Shape)?;
            let entries: Option<Vec<Entry>> = items
                .iter()
                .map(|item| {
                    let name = item.get("name")?.as_str()?.to_owned();
                    let value = item.get(member)?.as_object()?.clone();
                    Some(Entry { name, value })
                })
                .collect();
            lists.insert(list, entries.filter(|entries| !entries.is_empty()).ok_or(Malformed::Shape)?);
        }
        let current = whole.get("current-context").and_then(Value::as_str).map(str::to_owned);
        let config = Self { lists, current };
        let refers = |context: &Entry, member: &str, list| {
            let named = context.value.get(member).and_then(Value::as_str);
            config.list(list).iter().any(|entry| Some(entry.name.as_str()) == named)
        };
        let mut contexts = config.list("contexts").iter();
        if !contexts.all(|it| refers(it, "cluster", "clusters") && refers(it, "user", "users")) {
            return Err(Malformed::Dangling);
        }
        Ok(config)
    }

    /// The same with everything in it named `base`, or `base-` and its old name where there are several.
    #[must_use]
    pub fn named(mut self, base: &str) -> Self {
        let mut renamed: BTreeMap<(&str, String), String> = BTreeMap::new();
        for (list, _) in LISTS {
            let entries = self.lists.entry(list).or_default();
            let alone = entries.len() == 1;
            for entry in entries {
                let name = if alone { base.to_owned() } else { plain(&format!("{base}-{}", entry.name)) };
                let before = std::mem::replace(&mut entry.name, name.clone());
                renamed.insert((list, before), name);
            }
        }
        for context in self.lists.entry("contexts").or_default() {
            for (member, list) in [("cluster", "clusters"), ("user", "users")] {
                let before = context.value.get(member).and_then(Value::as_str).map(str::to_owned);
                if let Some(name) = before.and_then(|before| renamed.get(&(list, before))) {
                    context.value.insert(member.to_owned(), name.clone().into());
                }
            }
        }
        let current = self.current.take().and_then(|current| renamed.get(&("contexts", current)).cloned());
        self.current = current.or_else(|| self.contexts().into_iter().next());
        self
    }

    /// All of them in one, each named by its base. Equal bases are told apart by `-2`, `-3` and so on. The current
    /// context is that of the first.
    #[must_use]
    pub fn merged(parts: Vec<(String, Self)>) -> Self {
        let mut used = BTreeSet::new();
        let mut whole = Self { lists: BTreeMap::new(), current: None };
        for (base, part) in parts {
            let mut name = base.clone();
            let mut number = 2_usize;
            let part = loop {
                let named = part.clone().named(&name);
                // An entry of a file with several may be named as another cluster's base is.
                let clash = LISTS.iter().any(|(list, _)| {
                    named.list(list).iter().any(|entry| used.contains(&(*list, entry.name.clone())))
                });
                if !clash {
                    break named;
                }
                name = format!("{base}-{number}");
                number += 1;
            };
            for (list, _) in LISTS {
                used.extend(part.list(list).iter().map(|entry| (list, entry.name.clone())));
                whole.lists.entry(list).or_default().extend(part.list(list).iter().cloned());
            }
            whole.current = whole.current.or(part.current);
        }
        whole
    }

    fn list(&self, list: &str) -> &[Entry] {
        self.lists.get(list).map(Vec::as_slice).unwrap_or_default()
    }

    /// Names of the contexts.
    #[must_use]
    pub fn contexts(&self) -> Vec<String> {
        self.list("contexts").iter().map(|entry| entry.name.clone()).collect()
    }

    /// Addresses of the servers.
    pub fn servers(&self) -> impl Iterator<Item = &str> {
        self.list("clusters").iter().filter_map(|entry| entry.value.get("server")?.as_str())
    }

    /// How its holder proves who they are.
    #[must_use]
    pub fn access(&self) -> &'static str {
        let has = |names: &[&str]| {
            self.list("users").iter().any(|user| names.iter().any(|name| user.value.contains_key(*name)))
        };
        if has(&["exec", "auth-provider"]) {
            "oidc"
        } else if has(&["client-certificate-data", "client-certificate"]) {
            "certificate"
        } else if has(&["token", "tokenFile"]) {
            "token"
        } else if has(&["username", "password"]) {
            "basic"
        } else {
            "none"
        }
    }

    /// When the first of its tokens expires, where they say it: the `exp` of a JSON Web Token (RFC 7519).
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        let tokens = self.list("users").iter().filter_map(|user| user.value.get("token")?.as_str());
        tokens.filter_map(expiry).min()
    }

    /// As YAML.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let list = |(list, member): (&'static str, &'static str)| {
            let entries = self.list(list).iter();
            let entries: Vec<Value> =
                entries.map(|entry| json!({ "name": entry.name, member: entry.value })).collect();
            (list.to_owned(), Value::Array(entries))
        };
        let mut whole = json!({ "apiVersion": "v1", "kind": "Config", "preferences": {} });
        if let Value::Object(whole) = &mut whole {
            whole.extend(LISTS.map(list));
            whole.extend(self.current.iter().map(|current| ("current-context".to_owned(), json!(current))));
        }
        emit::yaml(&whole)
    }
}

/// The name that everything of a cluster gets.
#[must_use]
pub fn base(instance: &str, cluster: &str) -> String {
    plain(&format!("{instance}-{cluster}"))
}

/// Without what a shell or a path would take for its own.
fn plain(name: &str) -> String {
    let safe = |character: char| character.is_ascii_alphanumeric() || "-_.@".contains(character);
    name.chars().map(|character| if safe(character) { character } else { '-' }).collect()
}

fn expiry(token: &str) -> Option<Timestamp> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    Timestamp::from_second(claims.get("exp")?.as_i64()?).ok()
}

/// Whether a server's address can be reached from its own network alone.
#[must_use]
pub fn is_private(server: &str) -> bool {
    let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some(address) = authority.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
        return address.parse::<std::net::Ipv6Addr>().is_ok_and(|address| {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        });
    }
    let host = authority.split(':').next().unwrap_or_default();
    match host.parse::<std::net::Ipv4Addr>() {
        Ok(address) => address.is_private() || address.is_loopback() || address.is_link_local(),
        Err(_) => {
            host == "localhost" || [".local", ".internal", ".lan"].iter().any(|end| host.ends_with(end))
        }
    }
}

#[cfg(test)]
mod tests;
