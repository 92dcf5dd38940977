//! What uses capabilities, and what each of them needs.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::{RoutePath, UriTemplate};
use crate::authority::Method;
use crate::call::FactKind;
use crate::diagnostic::Span;

/// On how many targets one call of a tool works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Targets {
    /// On the one that the upstream's `argument` names.
    One,
    /// On one, on those that the upstream's `arguments` names, or on all by `*`.
    Many,
}

impl FromStr for Targets {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "one" => Ok(Self::One),
            "many" => Ok(Self::Many),
            _ => Err(format!("`{text}` is no number of targets; it is `one` or `many`")),
        }
    }
}

/// A tool's needs. What it looks like to clients is in the component's description.
#[derive(Debug, Clone)]
pub struct Tool {
    /// Unique among tools.
    pub name: String,
    /// Names of capabilities, all of one upstream; may be empty.
    pub capabilities: Vec<String>,
    /// On how many targets it works.
    pub targets: Targets,
    /// Whether the resolver is asked before policy.
    pub resolve: bool,
    pub(super) at: Span,
}

/// A resource's needs.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Unique among resources.
    pub name: String,
    /// What its URIs look like; has the upstream's `argument` as a variable if it has capabilities.
    pub uri_template: UriTemplate,
    /// Names of capabilities, all of one upstream; may be empty.
    pub capabilities: Vec<String>,
    /// Whether the resolver is asked before policy.
    pub resolve: bool,
    pub(super) at: Span,
}

/// What a guard is asked about. At least one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// Each call, with its arguments, before it runs.
    pub before: bool,
    /// Each answer, before it is given.
    pub after: bool,
}

/// What logs in at an upstream, in an instance that serves no call.
#[derive(Debug, Clone)]
pub struct Authenticator {
    /// At which, by its name; one of kind `http`.
    pub upstream: String,
    /// Names of capabilities of that upstream: at least one, of effect `secret`, used by nothing else.
    pub capabilities: Vec<String>,
    /// The names of what it is given; at least one.
    pub secrets: Vec<String>,
}

/// What calls may ask their callers: forms and pages for the user, the client's model, its folders.
pub const ASKS: [&str; 4] = ["form", "url", "sampling", "roots"];

/// The name under which policies and the audit know a plugin's completions.
pub const COMPLETION: &str = "complete";

/// The name under which policies and the audit know a plugin's resolver.
pub const RESOLVER: &str = "resolve";

/// The name under which policies and the audit know what a catalog is asked.
pub const CATALOG: &str = "find";

/// The arguments of a resolver, beside those that name targets.
pub const RESOLVED: [&str; 3] = ["kind", "name", "arguments"];

/// What finding out what a call is about needs.
#[derive(Debug, Clone)]
pub struct Resolver {
    /// Names of capabilities, all of one upstream, all of which only read; may be empty.
    pub capabilities: Vec<String>,
    /// What policies may ask about, by name.
    pub facts: BTreeMap<String, FactKind>,
}

/// What being a catalog for others needs.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// Names of capabilities, all of one upstream, all of which only read; may be empty.
    pub capabilities: Vec<String>,
}

/// What completing the arguments of prompts and resources needs.
#[derive(Debug, Clone)]
pub struct Completion {
    /// Names of capabilities, all of one upstream; may be empty.
    pub capabilities: Vec<String>,
    /// The arguments given already that bind it.
    pub arguments: Vec<String>,
    pub(super) at: Span,
}

/// A route, and its needs.
#[derive(Debug, Clone)]
pub struct Route {
    /// Unique among routes.
    pub name: String,
    /// Neither HEAD, which every GET answers, nor OPTIONS.
    pub method: Method,
    /// Below `/api/{plugin}`.
    pub path: RoutePath,
    /// Arguments that come in headers: each with its header, in lower case.
    pub headers: BTreeMap<String, String>,
    /// Whether its answer comes in parts.
    pub streams: bool,
    /// Names of capabilities, all of one upstream; may be empty.
    pub capabilities: Vec<String>,
    /// On how many targets it works.
    pub targets: Targets,
    /// Whether the resolver is asked before policy.
    pub resolve: bool,
    pub(super) at: Span,
}

/// A prompt's needs.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// Unique among prompts.
    pub name: String,
    /// Names of capabilities, all of one upstream; may be empty.
    pub capabilities: Vec<String>,
    pub(super) at: Span,
}
