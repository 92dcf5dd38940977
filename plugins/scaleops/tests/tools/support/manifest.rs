//! `plugin.toml` as the host reads it: which requests a call may make.

use std::collections::BTreeMap;

use postern_scaleops::server::{Request, Verb};
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Manifest {
    pub(crate) capability: Vec<Capability>,
    pub(crate) tool: Vec<User>,
    pub(crate) route: Vec<Route>,
    pub(crate) authenticator: Authenticator,
}

#[derive(Deserialize)]
pub(crate) struct Capability {
    pub(crate) name: String,
    pub(crate) effect: String,
    pub(crate) allow: Vec<Allow>,
}

#[derive(Deserialize)]
pub(crate) struct Allow {
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) safe: bool,
    #[serde(default)]
    query: Vec<String>,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    header_exact: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) reveal: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) capabilities: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Route {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) capabilities: Vec<String>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub(crate) struct Authenticator {
    pub(crate) capabilities: Vec<String>,
    pub(crate) secrets: Vec<String>,
}

impl Manifest {
    pub(crate) fn read() -> Self {
        toml::from_str(include_str!("../../../plugin.toml")).unwrap()
    }

    /// Whether a call of that tool, route or login may send `request` by `capability`.
    pub(crate) fn allows(&self, kind: &str, name: &str, capability: &str, request: &Request) -> bool {
        let capabilities = match kind {
            "tool" => &self.tool.iter().find(|user| user.name == name).unwrap().capabilities,
            "route" => &self.route.iter().find(|user| user.name == name).unwrap().capabilities,
            _ => &self.authenticator.capabilities,
        };
        capabilities.iter().any(|each| each == capability)
            && self
                .capability
                .iter()
                .filter(|each| each.name == capability)
                .flat_map(|each| &each.allow)
                .any(|allow| allow.covers(request))
    }
}

impl Allow {
    fn covers(&self, request: &Request) -> bool {
        let (method, json) = match request.verb {
            Verb::Get => ("GET", None),
            Verb::Post(_) => ("POST", Some(("content-type", "application/json"))),
        };
        let sent: Vec<(&str, &str)> =
            request.headers.iter().map(|(name, value)| (*name, value.as_str())).chain(json).collect();
        let known = |name: &str| {
            name == "content-type"
                || self.headers.iter().any(|each| each == name)
                || self.header_exact.contains_key(name)
        };
        self.method == method
            && self.path == request.path
            && request.parameters.iter().all(|(name, _)| self.query.iter().any(|each| each == name))
            && sent.iter().all(|(name, _)| known(name))
            && self.header_exact.iter().all(|(name, value)| sent.contains(&(name, value)))
    }
}
