//! What a request is for: a tool, a route, or nothing that its principal may know of.

use std::sync::Arc;

use axum::http::{Method, StatusCode};

use crate::call::{Kind, Principal};
use crate::gateway::Gateway;
use crate::registry::manifest::TOOLS;
use crate::registry::{Operation, Route, Tool};
use crate::surface::http::problem::Problem;

/// What a request is for.
pub(super) enum Wanted {
    /// A tool.
    Tool(Arc<Tool>),
    /// A route, with the variables of its path.
    Route(Arc<Route>, Vec<(String, String)>),
    /// Nothing that exists: the kind and the name that it would have. The gateway refuses it, and writes it down.
    Nothing { kind: Kind, plugin: String, name: String },
}

impl Wanted {
    /// Method and template of it, for metrics and traces: no words of a client's.
    pub(super) fn template(&self) -> (&'static str, String) {
        match self {
            Self::Tool(tool) => ("POST", format!("/api/{}/{TOOLS}/{}", tool.plugin, tool.name)),
            Self::Route(route, _) => (route.method.as_str(), format!("/api/{}{}", route.plugin, route.path)),
            Self::Nothing { .. } => ("_OTHER", "_other".to_owned()),
        }
    }

    /// Kind, plugin and name, as the gateway knows them.
    pub(super) fn named(&self) -> (Kind, &str, &str) {
        match self {
            Self::Tool(tool) => (Kind::Tool, &tool.plugin, &tool.name),
            Self::Route(route, _) => (Kind::Route, &route.plugin, &route.name),
            Self::Nothing { kind, plugin, name } => (*kind, plugin, name),
        }
    }
}

/// Finds what `path`, its segments without the first, is for.
///
/// # Errors
/// 405 where another method would do; 403 for a credential that is good for other plugins, or that lacks a scope.
/// What the principal may not see is [`Wanted::Nothing`], as if it had never been written.
pub(super) fn find(
    gateway: &Gateway,
    principal: &Principal,
    method: &Method,
    path: &[String],
) -> Result<Wanted, Problem> {
    let live = gateway.live();
    let nothing = |plugin: &str| Wanted::Nothing {
        kind: Kind::Route,
        plugin: plugin.to_owned(),
        name: format!("{method} /{}", path.join("/")),
    };
    let Some((name, rest)) = path.split_first() else { return Ok(nothing("")) };
    let Some(plugin) = live.registry.api(name) else { return Ok(nothing(name)) };
    if !principal.may_use_plugin(&plugin.name) {
        let told = "the token is not good for this plugin";
        return Err(Problem::new(StatusCode::FORBIDDEN, "token.restricted", told).lacking(Vec::new()));
    }
    if let [first, tool] = rest
        && first == TOOLS
    {
        let found = plugin.offer.tools.iter().find(|it| it.name == *tool);
        let Some(found) = found.filter(|it| seen(gateway, principal, &it.operation)) else {
            let (plugin, name) = (plugin.name.clone(), tool.clone());
            lacks(gateway, principal, found.map(|it| &*it.operation))?;
            return Ok(Wanted::Nothing { kind: Kind::Tool, plugin, name });
        };
        return if method == Method::POST {
            Ok(Wanted::Tool(Arc::clone(found)))
        } else {
            Err(other(["POST"]))
        };
    }
    let mut matching: Vec<&Arc<Route>> =
        plugin.offer.routes.iter().filter(|route| route.path.matches(rest).is_some()).collect();
    matching.sort_by_key(|route| route.path.precision());
    // HEAD is GET without its body (RFC 9110, section 9.3.2).
    let asked = if method == Method::HEAD { "GET" } else { method.as_str() };
    let found = matching.iter().find(|route| route.method.as_str() == asked);
    let Some(found) = found else {
        let shown = matching.into_iter().filter(|route| seen(gateway, principal, &route.operation));
        let methods: Vec<&str> = shown.map(|route| route.method.as_str()).collect();
        return if methods.is_empty() { Ok(nothing(&plugin.name)) } else { Err(other(methods)) };
    };
    if !seen(gateway, principal, &found.operation) {
        lacks(gateway, principal, Some(&found.operation))?;
        return Ok(nothing(&plugin.name));
    }
    let variables = found.path.matches(rest).unwrap_or_default();
    let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(Wanted::Route(Arc::clone(found), variables.collect()))
}

fn seen(gateway: &Gateway, principal: &Principal, operation: &Operation) -> bool {
    gateway.shows(principal, operation)
}

/// # Errors
/// 403 where a token of more scopes would see it: the client is told which to ask for.
fn lacks(gateway: &Gateway, principal: &Principal, operation: Option<&Operation>) -> Result<(), Problem> {
    let lacking = operation.map(|it| gateway.lacking(principal, it)).unwrap_or_default();
    if lacking.is_empty() {
        return Ok(());
    }
    let told = "the token was not granted enough for this";
    Err(Problem::new(StatusCode::FORBIDDEN, "token.scope", told).lacking(lacking))
}

fn other<'m>(methods: impl IntoIterator<Item = &'m str>) -> Problem {
    let mut methods: Vec<&str> = methods.into_iter().collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.dedup();
    let methods = methods.join(", ");
    let told = format!("this path answers other methods: {methods}");
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "request.method", &told).allowing(methods)
}
