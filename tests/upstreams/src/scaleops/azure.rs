//! A token endpoint as Azure has one: client credentials in a form, a bearer for the server out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hyper::{Method, StatusCode};
use serde_json::json;

use super::tokens::Tokens;
use crate::record::Recorded;
use crate::site::{Site, Truth};
use crate::wire::{Reply, ServerError, query};

/// A client that is registered with a tenant.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The tenant: the first segment of the token endpoint's path.
    pub tenant: String,
    /// The client's id.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: String,
    /// How long a token lasts.
    pub lifetime: Duration,
}

/// The running token endpoint, `POST /{tenant}/oauth2/token`; started by [`super::ScaleOps::azure`].
pub type Azure = Site<Directory>;

/// What answers for an [`Azure`].
#[derive(Debug)]
pub struct Directory {
    registration: Registration,
    tokens: Arc<Tokens>,
    issued: AtomicU64,
}

impl Azure {
    pub(super) async fn start(registration: Registration, tokens: Arc<Tokens>) -> Result<Self, ServerError> {
        Self::launch("azure", Directory { registration, tokens, issued: AtomicU64::default() }).await
    }

    /// The whole URL of the token endpoint.
    #[must_use]
    pub fn token_url(&self) -> String {
        format!("{}/{}/oauth2/token", self.url(), self.truth().registration.tenant)
    }

    /// How many tokens were given out.
    #[must_use]
    pub fn issued(&self) -> u64 {
        self.truth().issued.load(Ordering::Relaxed)
    }
}

impl Truth for Directory {
    fn user(&self, _: &Recorded) -> String {
        String::new()
    }

    fn answer(&self, request: &Recorded) -> Reply {
        let own = &self.registration;
        let paths = ["oauth2/token", "oauth2/v2.0/token"].map(|rest| format!("/{}/{rest}", own.tenant));
        if request.method != Method::POST || !paths.contains(&request.path) {
            return refuse(StatusCode::NOT_FOUND, "invalid_tenant", "no such endpoint");
        }
        let kind = request.header("content-type").unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return refuse(StatusCode::BAD_REQUEST, "invalid_request", "the body must be a form");
        }
        let form = query(&String::from_utf8_lossy(&request.body));
        let field = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value);
        if field("grant_type") != "client_credentials" {
            return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type", "not supported");
        }
        if field("client_id") != own.client_id || field("client_secret") != own.client_secret {
            return refuse(StatusCode::UNAUTHORIZED, "invalid_client", "unknown client or wrong secret");
        }
        self.issued.fetch_add(1, Ordering::Relaxed);
        let body = json!({
            "token_type": "Bearer", "expires_in": own.lifetime.as_secs(),
            "access_token": self.tokens.issue(&own.client_id, own.lifetime),
        });
        Reply::json(StatusCode::OK, &body).header("cache-control", "no-store")
    }
}

fn refuse(status: StatusCode, error: &str, description: &str) -> Reply {
    Reply::json(status, &json!({"error": error, "error_description": description}))
}
