//! `plugin.toml` as the host reads it: which requests a call may make.

use std::collections::BTreeMap;

use postern_kubernetes::cluster::Query;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub(crate) struct Manifest {
    pub(crate) capability: Vec<Capability>,
    pub(crate) tool: Vec<User>,
    pub(crate) resource: Vec<User>,
    pub(crate) prompt: Vec<User>,
    completion: User,
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
    without: Vec<String>,
    #[serde(default)]
    query: Vec<String>,
    #[serde(default)]
    query_exact: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) header_exact: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub(crate) struct User {
    /// Empty for completions, of which there is one section.
    #[serde(default)]
    pub(crate) name: String,
    pub(crate) capabilities: Vec<String>,
    /// Of completions: the names of the arguments that bind what may be read.
    #[serde(default)]
    pub(crate) arguments: Vec<String>,
    pub(crate) uri_template: Option<String>,
}

impl Manifest {
    pub(crate) fn read() -> Self {
        toml::from_str(include_str!("../../../plugin.toml")).unwrap()
    }

    pub(crate) fn user(&self, kind: &str, name: &str) -> &User {
        let users = match kind {
            "completion" => return &self.completion,
            "tool" => &self.tool,
            _ => &self.resource,
        };
        users.iter().find(|user| user.name == name).unwrap()
    }

    /// Whether a call of `user` with these arguments may send `query` by `capability`. `declared` are the
    /// names of all its arguments, given or not.
    pub(crate) fn allows(
        &self,
        user: &User,
        declared: &[String],
        arguments: &Value,
        capability: &str,
        query: &Query,
    ) -> bool {
        user.capabilities.iter().any(|name| name == capability)
            && self
                .capability
                .iter()
                .filter(|each| each.name == capability)
                .flat_map(|each| &each.allow)
                .any(|allow| allow.covers(declared, arguments, query))
    }
}

impl Allow {
    fn covers(&self, declared: &[String], arguments: &Value, query: &Query) -> bool {
        let path: Vec<&str> = query.path.split('/').collect();
        let template: Vec<&str> = self.path.split('/').collect();
        let segment = |(segment, template): (&&str, &&str)| match template
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            None => segment == template,
            Some(name) if declared.iter().any(|each| each == name) => arguments[name] == **segment,
            Some(_) => !segment.is_empty(),
        };
        let exact = |(name, template): (&String, &String)| {
            let mut wanted = template.clone();
            for name in declared {
                if let Some(value) = arguments[name].as_str() {
                    wanted = wanted.replace(&format!("{{{name}}}"), value);
                }
            }
            query.parameters.iter().filter(|(given, value)| given == name && *value == wanted).count() == 1
        };
        self.without.iter().all(|name| arguments.get(name).is_none())
            && path.len() == template.len()
            && path.iter().zip(&template).all(segment)
            && self.query_exact.iter().all(exact)
            && query.parameters.iter().all(|(name, _)| {
                self.query.iter().any(|each| each == name) || self.query_exact.contains_key(*name)
            })
            && self.header_exact.iter().all(|(name, value)| name == "accept" && value == query.accept)
    }
}
