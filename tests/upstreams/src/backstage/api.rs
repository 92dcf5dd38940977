//! The handle of a simulated Backstage, and the way of one request through it.

use std::sync::Mutex;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use super::entity::{filled, reference, text};
use super::read::{by_query, by_refs, facets, list};
use super::refusal::{Refusal, body};
use super::seed::{Holder, Reach, Seed};
use crate::fault::Fault;
use crate::record::Recorded;
use crate::site::{Site, Truth, lock};
use crate::wire::{Reply, ServerError, percent_decode};

/// A running Backstage.
pub type Backstage = Site<Api>;

/// What answers for a [`Backstage`].
#[derive(Debug)]
pub struct Api {
    holders: Vec<Holder>,
    entities: Mutex<Vec<Value>>,
}

impl Backstage {
    /// Starts on a free loopback port. Must be called inside a Tokio runtime, on which it runs.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when no port is free or no certificate can be made.
    pub async fn start(seed: Seed) -> Result<Self, ServerError> {
        let entities = seed.entities.into_iter().map(filled).collect();
        Self::launch("backstage", Api { holders: seed.holders, entities: Mutex::new(entities) }).await
    }

    /// The URL that the catalog's paths follow: `https://127.0.0.1:PORT/api/catalog`.
    #[must_use]
    pub fn catalog_url(&self) -> String {
        format!("{}/api/catalog", self.url())
    }

    /// Adds an entity, or replaces the one of the same reference.
    pub fn put(&self, entity: Value) {
        let entity = filled(entity);
        let mut entities = lock(&self.truth().entities);
        entities.retain(|it| reference(it) != reference(&entity));
        entities.push(entity);
    }

    /// Removes an entity by its full reference. False if it is not there.
    pub fn remove(&self, full_reference: &str) -> bool {
        let mut entities = lock(&self.truth().entities);
        let before = entities.len();
        entities.retain(|it| reference(it) != full_reference.to_lowercase());
        entities.len() < before
    }
}

impl Truth for Api {
    fn user(&self, request: &Recorded) -> String {
        self.holder(request).map(|it| it.subject.clone()).unwrap_or_default()
    }

    fn answer(&self, request: &Recorded) -> Reply {
        if let "/.backstage/health/v1/readiness" | "/.backstage/health/v1/liveness" = request.path.as_str() {
            return Reply::json(StatusCode::OK, &json!({"status": "ok"}));
        }
        self.route(request).unwrap_or_else(|refusal| refusal.reply(request))
    }
}

impl Api {
    fn holder(&self, request: &Recorded) -> Result<&Holder, Refusal> {
        let credential = request.header("authorization").and_then(|it| it.strip_prefix("Bearer "));
        let token = credential.ok_or_else(|| Refusal::unauthenticated("Missing credentials"))?;
        let holder = self.holders.iter().find(|it| it.token == token);
        holder.ok_or_else(|| Refusal::unauthenticated("Illegal token"))
    }

    fn route(&self, request: &Recorded) -> Result<Reply, Refusal> {
        let Some(path) = request.path.strip_prefix("/api/catalog/") else {
            return Ok(Reply::empty(StatusCode::NOT_FOUND));
        };
        let holder = self.holder(request)?;
        if let Reach::Elsewhere(plugin) = &holder.reach {
            return Err(Refusal::not_allowed(format!(
                "This token's access is restricted to plugin(s) '{plugin}'"
            )));
        }
        let all = lock(&self.entities);
        let seen: Vec<&Value> = all.iter().filter(|_| holder.reach == Reach::Reads).collect();
        let parts: Vec<String> = path.split('/').map(percent_decode).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match (&request.method, parts.as_slice()) {
            (&Method::GET, ["entities"]) => list(seen, request),
            (&Method::GET | &Method::POST, ["entities", "by-query"]) => by_query(seen, request),
            (&Method::POST, ["entities", "by-refs"]) => by_refs(&seen, request),
            (&Method::GET, ["entities", "by-uid", uid]) => {
                let found = seen.into_iter().find(|it| text(it, "/metadata/uid") == *uid);
                let found = found.ok_or_else(|| Refusal::not_found(format!("No entity with uid {uid}")))?;
                Ok(Reply::json(StatusCode::OK, found))
            }
            (&Method::GET, ["entities", "by-name", kind, namespace, name]) => {
                let asked = format!("{kind}:{namespace}/{name}").to_lowercase();
                let found = seen.into_iter().find(|it| reference(it) == asked);
                let found = found.ok_or_else(|| {
                    Refusal::not_found(format!(
                        "No entity named '{name}' found, with kind '{kind}' in namespace '{namespace}'"
                    ))
                })?;
                Ok(Reply::json(StatusCode::OK, found))
            }
            (&Method::GET, ["entity-facets"]) => Ok(facets(seen, request)),
            _ => Ok(Reply::empty(StatusCode::NOT_FOUND)),
        }
    }
}

/// The fault of a server that fails with this status, in its own words.
#[must_use]
pub fn error(status: u16) -> Fault {
    let (name, message) = match status {
        401 => ("AuthenticationError", "Illegal token"),
        403 => ("NotAllowedError", "Unauthorized"),
        503 => ("ServiceUnavailableError", "Service has not started up yet"),
        _ => ("Error", "connect ECONNREFUSED"),
    };
    Fault::Body(
        status,
        "application/json; charset=utf-8",
        body(status, name, message, "GET", "/").to_string(),
    )
}
