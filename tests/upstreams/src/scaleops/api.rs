//! The handle of a simulated ScaleOps, and the way of one request through it.

use std::sync::{Arc, Mutex};

use hyper::{Method, StatusCode};
use serde_json::json;

use super::azure::{Azure, Registration};
use super::login::{Door, Tries};
use super::seed::Seed;
use super::tokens::Tokens;
use super::workload::Workload;
use super::{COSTS, LOGIN, NETWORK, NETWORK_ENABLED, POLICIES, WORKLOADS};
use crate::fault::Fault;
use crate::record::Recorded;
use crate::site::{Site, Truth, lock};
use crate::wire::{Reply, ServerError};

/// A running ScaleOps: one parent that answers for all its clusters.
pub type ScaleOps = Site<Api>;

/// What only this server can do wrong. Other faults are planted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Mode {
    /// Nothing.
    #[default]
    Normal,
    /// The login answers 401 without a place to go.
    NoLocation,
    /// The login redirects to a whole URL with another parameter before the token and a fragment after it.
    AbsoluteLocation,
    /// Workloads lack this field, such as `cpuRecommended`.
    Without(String),
    /// Network flows come as a bare array.
    BareNetwork,
}

/// What answers for a [`ScaleOps`].
#[derive(Debug)]
pub struct Api {
    pub(super) seed: Mutex<Seed>,
    pub(super) mode: Mutex<Mode>,
    is_open: bool,
    door: Door,
    tokens: Arc<Tokens>,
}

impl ScaleOps {
    /// Starts on a free loopback port. Must be called inside a Tokio runtime, on which it runs.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when no port is free or no certificate can be made.
    pub async fn start(seed: Seed) -> Result<Self, ServerError> {
        let door = Door {
            accounts: seed.accounts.clone(),
            lifetime: seed.lifetime,
            patience: seed.patience,
            tries: Mutex::default(),
        };
        let tokens = Arc::new(Tokens::new(&seed.tokens));
        let api = Api { is_open: seed.is_open, seed: Mutex::new(seed), mode: Mutex::default(), door, tokens };
        Self::launch("scaleops", api).await
    }

    /// Starts a token endpoint whose tokens this server takes.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when no port is free or no certificate can be made.
    pub async fn azure(&self, registration: Registration) -> Result<Azure, ServerError> {
        Azure::start(registration, Arc::clone(&self.truth().tokens)).await
    }

    /// How many logins succeeded.
    #[must_use]
    pub fn logins(&self) -> u64 {
        self.tries(|tries| tries.logins)
    }

    /// How many logins were tried, those that no planted fault kept from the door.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.tries(|tries| tries.attempts)
    }

    /// Takes back all tokens that were given out: 401 until the next login.
    pub fn revoke_all(&self) {
        self.truth().tokens.revoke();
    }

    /// Opens the accounts that wrong passwords have locked.
    pub fn unlock(&self) {
        self.tries(|tries| tries.failures.clear());
    }

    /// Changes what it does wrong.
    pub fn set_mode(&self, mode: Mode) {
        *lock(&self.truth().mode) = mode;
    }

    /// Adds a workload, or replaces the one of the same id.
    pub fn put(&self, workload: Workload) {
        let mut seed = lock(&self.truth().seed);
        seed.workloads.retain(|it| it.id() != workload.id());
        seed.workloads.push(workload);
    }

    fn tries<R>(&self, look: impl FnOnce(&mut Tries) -> R) -> R {
        look(&mut lock(&self.truth().door.tries))
    }
}

impl Truth for Api {
    fn user(&self, request: &Recorded) -> String {
        let token = request.header("authorization").and_then(|it| it.strip_prefix("Bearer "));
        token.and_then(|token| self.tokens.user(token)).unwrap_or_default()
    }

    fn answer(&self, request: &Recorded) -> Reply {
        if request.path == LOGIN {
            return self.door.knock(request, &lock(&self.mode).clone(), &self.tokens);
        }
        // Asked again, because a planted delay may have outlived the token.
        if !self.is_open && self.user(request).is_empty() {
            return refusal(StatusCode::UNAUTHORIZED, "unauthorized");
        }
        let method = match request.path.as_str() {
            WORKLOADS | COSTS => Method::POST,
            NETWORK_ENABLED | NETWORK | POLICIES => Method::GET,
            _ => return refusal(StatusCode::NOT_FOUND, "not found"),
        };
        if request.method != method {
            return refusal(StatusCode::METHOD_NOT_ALLOWED, "method not allowed");
        }
        let answer = match request.path.as_str() {
            WORKLOADS => self.workloads(request),
            COSTS => self.costs(request),
            NETWORK_ENABLED => Ok(self.network_enabled()),
            NETWORK => self.network(request),
            _ => self.policies(request),
        };
        match answer {
            Ok(body) => Reply::json(StatusCode::OK, &body),
            Err(refused) => refused.into(),
        }
    }
}

/// A refusal. The true shape is not published; this one is plain JSON.
pub(super) fn refusal(status: StatusCode, message: &str) -> Reply {
    Reply::json(status, &json!({"error": message}))
}

/// The fault of a server that fails with this status, in its own words.
#[must_use]
pub fn error(status: u16) -> Fault {
    Fault::Body(status, "application/json", json!({"error": "internal error"}).to_string())
}

/// A request that cannot be answered, and why.
#[derive(Debug)]
pub(super) struct Refused(pub(super) StatusCode, pub(super) String);

impl From<Refused> for Reply {
    fn from(Refused(status, message): Refused) -> Self {
        refusal(status, &message)
    }
}
