//! Endpoints as OAuth sees them: what a token must be issued for, and where a client learns to get one.
//!
//! A client that comes without a token is answered 401, with the address of the endpoint's metadata (RFC 9728,
//! section 5.1). The metadata names the authorization servers; one of them issues a token for exactly this
//! endpoint (RFC 8707), and the client comes again. When the token was granted too little for what is asked,
//! the answer is 403 with every scope that is needed (MCP 2026-07-28, authorization, "step-up").
//!
//! Metadata is answered for every name that an endpoint could have: which ones there are is for callers.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::gateway::Gateway;
use crate::identity::{Asked, Audience, Identity};
use crate::surface::mcp::Split;

/// Where metadata is, before the path of what it is about (RFC 9728, section 3.1).
pub(super) const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The paths that endpoints have, and with `/NAME` behind them.
const PATHS: [&str; 3] = [EVERYTHING, "/api/mcp-actions/v1", API];
const EVERYTHING: &str = "/mcp";
const API: &str = "/api";

/// What can be called below it, over all plugins.
const DOCUMENT: &str = "/openapi.json";

/// Where held calls are decided on.
const APPROVALS: &str = "/approvals";

/// Every endpoint, as a protected resource.
#[derive(Debug)]
pub(super) struct Protected {
    gateway: Arc<Gateway>,
    /// Scheme, host and port by which clients reach us.
    base: String,
    asked: Asked,
    /// What those ask that say so, by name.
    splits: Vec<(String, Asked)>,
}

impl Protected {
    pub(super) fn new(gateway: Arc<Gateway>, base: String, asked: Asked, splits: &[Split]) -> Self {
        let own = |split: &Split| (split.name.clone(), split.asked.clone());
        Self { gateway, base, asked, splits: splits.iter().map(own).collect() }
    }

    /// What a token must be for at `path`. Approvals are decided on by those who could call: what is good for `/mcp`
    /// is good there.
    pub(super) fn audience(&self, path: &str) -> Audience {
        let path = resource(path);
        let split = name(path).and_then(|name| self.splits.iter().find(|(own, _)| own == name));
        let own = split.map(|(_, asked)| asked);
        let audience = own.and_then(|own| own.audience.as_ref()).or(self.asked.audience.as_ref());
        let scopes = own.map(|own| &own.scopes).filter(|scopes| !scopes.is_empty());
        Audience {
            name: audience.cloned().unwrap_or_else(|| format!("{}{path}", self.base)),
            scopes: scopes.unwrap_or(&self.asked.scopes).clone(),
        }
    }

    /// What `WWW-Authenticate` says to whoever is not known at `path`: alike for every reason.
    pub(super) fn unknown(&self, path: &str) -> HeaderValue {
        let live = self.gateway.live();
        if live.identity.issuers().urls().next().is_none() {
            return HeaderValue::from_static("Bearer realm=\"postern\"");
        }
        // To begin with, what is asked of everyone; where nothing is, the least that is worth something.
        let mut scopes = self.audience(path).scopes;
        if scopes.is_empty() {
            scopes.extend(live.identity.issuers().scopes().next().map(str::to_owned));
        }
        header(&format!("Bearer realm=\"postern\"{}", self.pointers(path, &scopes)))
    }

    /// What it says to a known caller whose token lacks scopes: `held` and `lacking` are what to ask for now,
    /// since an authorization server replaces what a token had.
    pub(super) fn scope(&self, path: &str, held: &[String], lacking: &[String]) -> HeaderValue {
        let mut scopes = self.audience(path).scopes;
        for scope in held.iter().chain(lacking) {
            if !scopes.contains(scope) {
                scopes.push(scope.clone());
            }
        }
        header(&format!("Bearer error=\"insufficient_scope\"{}", self.pointers(path, &scopes)))
    }

    fn pointers(&self, path: &str, scopes: &[String]) -> String {
        let path = resource(path);
        let scope =
            if scopes.is_empty() { String::new() } else { format!(", scope=\"{}\"", scopes.join(" ")) };
        format!(", resource_metadata=\"{}{WELL_KNOWN}{path}\"{scope}", self.base)
    }

    /// The metadata of the endpoint at `path` (RFC 9728, section 2); `None` where there can be none.
    fn metadata(&self, path: &str, identity: &Identity) -> Option<Value> {
        let issuers: Vec<&str> = identity.issuers().urls().collect();
        if issuers.is_empty() || !(PATHS.contains(&path) || name(path).is_some()) {
            return None;
        }
        let mut scopes = self.audience(path).scopes;
        for scope in identity.issuers().scopes() {
            if !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.to_owned());
            }
        }
        Some(json!({
            "resource": format!("{}{path}", self.base),
            "resource_name": "Postern",
            "authorization_servers": issuers,
            "bearer_methods_supported": ["header"],
            "scopes_supported": scopes,
        }))
    }
}

/// Answers `GET /.well-known/oauth-protected-resource...`; the bare path is about `/mcp`.
pub(super) async fn metadata(State(protected): State<Arc<Protected>>, request: Request) -> Response {
    let path = request.uri().path().strip_prefix(WELL_KNOWN).unwrap_or_default();
    let path = if path.is_empty() { "/mcp" } else { path };
    match protected.metadata(path, &protected.gateway.live().identity) {
        Some(metadata) => ([(CONTENT_TYPE, "application/json")], metadata.to_string()).into_response(),
        None => (StatusCode::NOT_FOUND, "there is no such resource\n").into_response(),
    }
}

/// The endpoint that a path belongs to: approvals have none of their own, and everything of a plugin has one.
fn resource(path: &str) -> &str {
    if path == DOCUMENT {
        return API;
    }
    let is_other = path.strip_prefix(PATHS[1]).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if let Some(rest) = path.strip_prefix("/api/").filter(|_| !is_other) {
        let plugin = rest.split('/').next().unwrap_or_default();
        return path.get(.."/api/".len().saturating_add(plugin.len())).unwrap_or(path);
    }
    let is_approvals =
        path.strip_prefix(APPROVALS).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if is_approvals { EVERYTHING } else { path }
}

/// The name at the end of an endpoint's path.
fn name(path: &str) -> Option<&str> {
    let name = PATHS.iter().find_map(|prefix| path.strip_prefix(prefix)?.strip_prefix('/'))?;
    let fit = |each: u8| each.is_ascii_lowercase() || each.is_ascii_digit() || matches!(each, b'-' | b'_');
    ((1..=64).contains(&name.len()) && name.bytes().all(fit)).then_some(name)
}

/// Scopes, names and addresses were checked when they were read: they are visible ASCII without quotes.
fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("Bearer"))
}
