//! A tool, a resource, a prompt: what clients see of each, and what running it takes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::lock::Digest;
use super::manifest::{RoutePath, UriTemplate};
use super::schema::Schema;
use crate::authority::{Method, Need};
use crate::call::{Effect, FactKind, Kind, Meta};
use crate::runtime::{self, Component, Icon, PromptArgument, TaskSupport};

/// What running a tool, a resource or a prompt takes.
pub struct Operation {
    /// Which kind.
    pub kind: Kind,
    /// The plugin's name.
    pub plugin: String,
    /// Its name, in the component's words.
    pub name: String,
    /// The digest of the component that serves it.
    pub digest: Digest,
    /// need ∩ grant.
    pub need: Need,
    /// What arguments must look like.
    pub(crate) input: Schema,
    /// What a structured answer must look like.
    pub(crate) output: Option<Schema>,
    /// What finds out what a call of it is about, where something does.
    pub resolver: Option<Arc<Resolver>>,
    /// Whether a route's answer is JSON.
    pub(crate) answers_json: bool,
    /// Whom to ask.
    pub(crate) component: Arc<Component>,
}

/// What finds out what calls of a plugin are about.
#[derive(Debug)]
pub struct Resolver {
    /// What asking it takes: it is decided on by itself.
    pub operation: Arc<Operation>,
    /// What policies may ask about.
    pub facts: BTreeMap<String, FactKind>,
}

impl Operation {
    /// What policies may ask about beside its arguments.
    #[must_use]
    pub fn facts(&self) -> BTreeMap<String, FactKind> {
        self.resolver.as_ref().map(|resolver| resolver.facts.clone()).unwrap_or_default()
    }

    /// Whether clients send any of its arguments as a header too (`x-mcp-header`).
    #[must_use]
    pub fn sends_headers(&self) -> bool {
        self.input.sends_headers()
    }

    /// Whether it takes an argument of that name.
    #[must_use]
    pub fn binds(&self, argument: &str) -> bool {
        self.input.properties().any(|name| name == argument)
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("kind", &self.kind)
            .field("plugin", &self.plugin)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A tool as clients see it.
#[derive(Debug)]
#[expect(missing_docs, reason = "as in `wit/tools.wit`")]
pub struct Tool {
    pub plugin: String,
    pub name: String,
    pub title: String,
    pub description: String,
    pub input_schema: Arc<Map<String, Value>>,
    pub output_schema: Option<Arc<Map<String, Value>>>,
    pub hints: Hints,
    pub task: TaskSupport,
    pub extras: Extras,
    pub operation: Arc<Operation>,
}

/// A resource as clients see it.
#[derive(Debug)]
#[expect(missing_docs, reason = "as in `wit/resources.wit`")]
pub struct Resource {
    pub plugin: String,
    pub name: String,
    pub title: String,
    pub description: String,
    pub uri_template: String,
    pub media_type: Option<String>,
    pub extras: Extras,
    pub(super) template: UriTemplate,
    /// The argument that names targets, where the URI does not: a read is for all of them.
    pub(super) of_all: Option<String>,
    pub operation: Arc<Operation>,
}

/// What clients show beside a name, and what they get with it.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    /// Pictures.
    pub icons: Vec<Icon>,
    /// The protocol's `_meta`.
    pub meta: Option<Meta>,
}

impl Extras {
    /// Those that were described, which were checked when the component was admitted.
    pub(super) fn of(described: &runtime::Extras) -> Self {
        let meta = described.meta.as_ref().and_then(|text| serde_json::from_str(text).ok());
        Self { icons: described.icons.clone(), meta }
    }
}

impl Resource {
    /// Whether its URI has no variables: there is one of it, which a list can name.
    #[must_use]
    pub fn is_direct(&self) -> bool {
        self.template.variables().next().is_none()
    }

    /// The variables of its URI.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.template.variables()
    }

    /// Whether a URI is one of its.
    #[must_use]
    pub fn answers(&self, uri: &str) -> bool {
        self.template.matches(uri).is_some()
    }
}

/// A prompt as clients see it.
#[derive(Debug)]
#[expect(missing_docs, reason = "as in `wit/prompts.wit`")]
pub struct Prompt {
    pub plugin: String,
    pub name: String,
    pub title: String,
    pub description: String,
    pub arguments: Vec<PromptArgument>,
    pub extras: Extras,
    pub operation: Arc<Operation>,
}

/// A route as clients see it.
#[derive(Debug)]
#[expect(missing_docs, reason = "as in `wit/routes.wit` and in the manifest")]
pub struct Route {
    pub plugin: String,
    pub name: String,
    pub title: String,
    pub description: String,
    pub method: Method,
    /// Below `/api/{plugin}`.
    pub path: RoutePath,
    /// Arguments that come in headers: each with its header, in lower case.
    pub headers: BTreeMap<String, String>,
    /// Whether its answer comes in parts.
    pub streams: bool,
    pub media_type: String,
    pub input_schema: Arc<Map<String, Value>>,
    pub output_schema: Option<Arc<Map<String, Value>>>,
    pub operation: Arc<Operation>,
}

/// What a client is told of a tool's effects, derived from its capabilities' rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hints {
    /// Every request it may make is safe.
    pub read_only: bool,
    /// A request it may make can lose something.
    pub destructive: bool,
    /// Every request it may make can be made twice with the effect of once.
    pub idempotent: bool,
    /// It talks to something outside this host.
    pub open_world: bool,
}

impl Hints {
    /// What the granted capabilities of a tool come to.
    #[must_use]
    pub fn of(need: &Need) -> Self {
        let rules = || need.capabilities.iter().flat_map(|capability| &capability.rules);
        let safe = |rule: &crate::authority::Rule| rule.safe || rule.method.is_safe();
        Self {
            read_only: rules().all(safe),
            destructive: need.capabilities.iter().any(|capability| capability.effect == Effect::Destructive)
                || rules().any(|rule| rule.method == Method::Delete),
            idempotent: rules().all(|rule| safe(rule) || rule.method.is_idempotent()),
            open_world: !need.capabilities.is_empty(),
        }
    }
}
