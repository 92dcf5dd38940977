//! The only way out: how a component's request becomes one on the wire, or does not.
//!
//! A component never says where a request goes. It holds a [`Target`], which is a handle that only this
//! room makes, and it speaks through a capability, which the call either has or has not. Scheme, host,
//! port, proxy, TLS and credential belong to the target and stay in the host.
//!
//! The parts, in the order in which a request meets them:
//!
//! - [`CallEgress::send`] in `gate` is the one function through which every request passes. It asks, in
//!   this order: has the call requests left; is the target one of this call's; does a rule of the
//!   capability cover method, path, query and headers ([`crate::authority`]); are the headers a
//!   component's to set (`header`); is there room in the call's limits (`budget`, [`Limits`]), and in the
//!   target's, which all calls share ([`Shared`]).
//! - `serve` answers what has passed: from `cache`, where the rule lets answers be kept, or by asking.
//! - `base` makes the URL from the target's base and the path that was checked. What the component wrote
//!   is compared, never forwarded.
//! - `endpoint` holds a target's credential and its pool of connections; `manner` is how the servers of a kind
//!   want to be asked: how often, and what again.
//! - `session` is the credential that has to be fetched first: who logs in, and for how long a token is kept.
//! - `dial` makes a connection: it resolves the target's name, holds *every* address of the answer against
//!   the address policy ([`address`]) and dials one of those, so that a second, different answer of a
//!   hostile DNS has nothing to act on.
//! - `body` reads the answer, whole, decoded and bounded.
//! - [`Ledger`] holds what was asked and what came of it, for the audit.
//! - [`Redactor`] takes the host's own secrets out of what comes back, and out of logs.
//! - [`Outbound`] asks for the host itself: for public documents, such as an issuer's keys, and to tell others.
//! - `upstream` holds the kinds: which targets there are, and how each authenticates.
//!
//! Example. A call of `get_pod_logs` for pod `shop/web-0` of cluster `prod` asks
//! `GET /api/v1/namespaces/shop/pods/web-0/log` by `read-logs` on the handle of `prod`. The gate finds the
//! rule; `prod` is `https://rancher.example/k8s/clusters/c-1` with a token that an exec plugin gives out for
//! fifteen minutes; the URL becomes `https://rancher.example/k8s/clusters/c-1/api/v1/namespaces/...`; a
//! connection of `prod`'s own pool is taken; the token is put on; the answer comes back without headers
//! that name servers, and without the token, should the server have echoed it.
//!
//! # Design
//!
//! *Redirects are not followed.* A redirect is an upstream's wish to choose the host's next request. The
//! component sees the status and no `location`.
//!
//! *One pool a target.* A pool shared by targets with different credentials or client certificates would
//! let one target's requests travel as another's principal; the key would have to name everything that
//! differs, and forgetting one thing would be silent.
//!
//! *Concurrency is refused, not queued.* A component that opens a thousand requests is told so at once;
//! a queue would hide it and hold the memory.

pub mod address;
mod base;
mod body;
mod budget;
mod cache;
mod credential;
mod dial;
mod endpoint;
mod error;
mod failure;
mod gate;
mod header;
mod ledger;
mod limits;
mod manner;
mod outbound;
mod redact;
mod resolve;
mod secret;
mod serve;
mod session;
mod stream;
mod target;
mod tls;
pub mod upstream;
mod verifier;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;
use tokio::sync::Semaphore;

pub use address::Networks;
pub use base::BadUrl;
pub use budget::Spent;
use cache::Cache;
pub use cache::Served;
pub use error::{Denied, Error};
use gate::Places;
pub use gate::{CallEgress, Request, Response, Shared};
pub use header::BadHeader;
pub use ledger::{Exchange, Ledger};
pub use limits::Limits;
use manner::Manner;
pub use outbound::{Outbound, OutboundError};
pub use redact::{Keyring, Redactor};
pub use resolve::{Resolve, SystemResolver};
pub use secret::Secret;
use serve::Way;
pub use session::{Attempt, Authenticator, ClientCredentials, Granted, Login, LoginFault};
use session::{Session, Slot, Told};
pub use target::Target;
pub use tls::TlsFault;
use upstream::http::Http;
use upstream::kubernetes::Kubernetes;
use upstream::{Upstream, Wiring};
pub use upstream::{http, kubernetes, palette};

use crate::authority::Authority;

/// Requests of logins at once, and of one login.
const LOGIN_REQUESTS: usize = 16;
const LOGIN_REQUESTS_OF_ONE: u32 = 8;
/// Bodies of one login, in bytes.
const LOGIN_BYTES: u64 = 1 << 20;

/// Everything the room needs; filled by the configuration.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Every upstream of every plugin.
    pub upstreams: Vec<UpstreamConfig>,
    /// For every request and call alike.
    pub limits: Limits,
}

/// One upstream of one plugin's manifest, as the operator has it.
#[derive(Debug, Clone)]
pub struct UpstreamConfig {
    /// The plugin's name.
    pub plugin: String,
    /// The upstream's name in the plugin's manifest.
    pub name: String,
    /// Which kind, and its targets.
    pub kind: KindConfig,
    /// Whether its targets may be at loopback, private, shared and unique local addresses.
    pub private_networks: bool,
}

/// The kinds of upstream.
#[derive(Debug, Clone)]
pub enum KindConfig {
    /// Clusters.
    Kubernetes(kubernetes::Config),
    /// Servers with a base URL.
    Http(http::Config),
    /// Installations of Palette.
    Palette(palette::Config),
}

/// Why the room cannot be built. For the operator: names files.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// Two entries for one upstream.
    #[error("plugin `{plugin}`: upstream `{upstream}` is given twice")]
    Twice {
        /// The plugin.
        plugin: String,
        /// Its upstream.
        upstream: String,
    },
    /// A target of kind `http`, or of one made of it.
    #[error("plugin `{plugin}`: upstream `{upstream}`: target `{target}`")]
    Http {
        /// The plugin.
        plugin: String,
        /// Its upstream.
        upstream: String,
        /// The target.
        target: String,
        /// What is wrong with it.
        #[source]
        source: Box<http::Fault>,
    },
    /// The kubeconfig.
    #[error("plugin `{plugin}`: upstream `{upstream}`")]
    Kubernetes {
        /// The plugin.
        plugin: String,
        /// Its upstream.
        upstream: String,
        /// What is wrong with it.
        #[source]
        source: Box<kubernetes::Fault>,
    },
}

/// Every upstream, and the way to them. Cheap to clone; clones share connections and limits.
#[derive(Clone)]
pub struct Egress(Arc<Inner>, Shared);

struct Inner {
    /// By plugin, then by upstream.
    upstreams: BTreeMap<String, BTreeMap<String, Box<dyn Upstream>>>,
    limits: Limits,
    places: Arc<Semaphore>,
    /// By plugin: its share of the places.
    shares: BTreeMap<String, Arc<Semaphore>>,
    redactor: Redactor,
    /// Those of logins, which the requests that wait for them must not hold up.
    logins: Arc<Semaphore>,
    /// By plugin and upstream: who logs in there.
    authenticators: BTreeMap<(String, String), Slot>,
    sessions: Vec<Session>,
    told: Told,
    cache: Cache,
}

impl Egress {
    /// Reads what the upstreams' kinds need. No connection is made.
    ///
    /// # Errors
    /// [`ConfigError`]: an upstream or a target that cannot be built. A broken context of a kubeconfig is
    /// none: it becomes a target that says what is wrong.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        Self::with_resolver(config, Arc::new(SystemResolver))
    }

    /// As [`Egress::new`], with names resolved by `resolve`.
    ///
    /// # Errors
    /// As [`Egress::new`].
    pub fn with_resolver(config: Config, resolve: Arc<dyn Resolve>) -> Result<Self, ConfigError> {
        let redactor = Redactor::default();
        let (told, sessions) = (Told::default(), Arc::<Mutex<Vec<Session>>>::default());
        let mut authenticators = BTreeMap::new();
        let mut upstreams: BTreeMap<String, BTreeMap<String, Box<dyn Upstream>>> = BTreeMap::new();
        for UpstreamConfig { plugin, name, kind, private_networks } in config.upstreams {
            let networks = if private_networks { Networks::Private } else { Networks::Public };
            let authenticator = Slot::default();
            authenticators.insert((plugin.clone(), name.clone()), Arc::clone(&authenticator));
            let wiring = Wiring {
                plugin: plugin.clone(),
                upstream: name.clone(),
                networks,
                limits: config.limits,
                resolve: Arc::clone(&resolve),
                redactor: redactor.clone(),
                manner: Manner::default(),
                authenticator,
                told: Arc::clone(&told),
                sessions: Arc::clone(&sessions),
            };
            match upstreams.entry(plugin.clone()).or_default().entry(name.clone()) {
                Entry::Occupied(_) => return Err(ConfigError::Twice { plugin, upstream: name }),
                Entry::Vacant(place) => place.insert(build(kind, wiring)?),
            };
        }
        let all = config.limits.concurrent_in_all;
        let places = Arc::new(Semaphore::new(all));
        // Three quarters each: one plugin whose upstream hangs leaves room for the rest.
        let share = all.saturating_sub(all / 4);
        let shares =
            upstreams.keys().map(|plugin| (plugin.clone(), Arc::new(Semaphore::new(share)))).collect();
        let logins = Arc::new(Semaphore::new(LOGIN_REQUESTS));
        let sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let limits = config.limits;
        let cache = Cache::default();
        let inner = Inner {
            upstreams,
            limits,
            places,
            shares,
            redactor,
            logins,
            authenticators,
            sessions,
            told,
            cache,
        };
        Ok(Self(Arc::new(inner), Shared::default()))
    }

    /// The same, with these limits of targets in place of those that hold by default.
    #[must_use]
    pub fn sharing(self, shared: Shared) -> Self {
        Self(self.0, shared)
    }

    /// The targets of one upstream of one plugin, in the operator's order; empty when there is none such.
    ///
    /// A kubeconfig that changed on disk is read again here, at most once a second.
    #[must_use]
    pub fn targets(&self, plugin: &str, upstream: &str) -> Vec<Target> {
        let upstream = self.0.upstreams.get(plugin).and_then(|upstreams| upstreams.get(upstream));
        upstream.map(|upstream| upstream.targets()).unwrap_or_default()
    }

    /// The egress of one call of `plugin`, with this authority and fresh limits; `ledger` gets every request.
    #[must_use]
    pub fn open(&self, plugin: &str, authority: Authority, ledger: Ledger) -> CallEgress {
        let Inner { limits, places: all, shares, redactor, cache, .. } = &*self.0;
        // A plugin without an upstream has nothing to send to, and so no share of its own.
        let share = Arc::clone(shares.get(plugin).unwrap_or(all));
        let places = Places { share, all: Arc::clone(all) };
        let (shared, answers) = (self.1.clone(), redactor.clone());
        let way = Way { limits: *limits, places, shared, answers, cache: cache.clone() };
        CallEgress::new(plugin, authority, way, redactor.clone(), ledger)
    }

    /// The egress of one login by `plugin`: outside the limits that calls share, since calls wait for it.
    ///
    /// What comes back is not searched for secrets: a server may give the token that it gave before.
    #[must_use]
    pub fn open_login(&self, plugin: &str, authority: Authority, ledger: Ledger) -> CallEgress {
        let Inner { limits, logins, redactor, .. } = &*self.0;
        let limits = Limits {
            requests: LOGIN_REQUESTS_OF_ONE,
            bytes: LOGIN_BYTES,
            response_bytes: LOGIN_BYTES.min(limits.response_bytes),
            ..*limits
        };
        let places = Places { share: Arc::clone(logins), all: Arc::clone(logins) };
        let shared = Shared { propagate: self.1.propagate, ..Shared::default() };
        let (answers, cache) = (Redactor::default(), Cache::default());
        CallEgress::new(
            plugin,
            authority,
            Way { limits, places, shared, answers, cache },
            redactor.clone(),
            ledger,
        )
    }

    /// Says who logs in at the targets of one upstream; the first word holds.
    pub fn authenticated_by(&self, plugin: &str, upstream: &str, by: Arc<dyn Authenticator>) {
        if let Some(slot) = self.0.authenticators.get(&(plugin.to_owned(), upstream.to_owned())) {
            let _ = slot.set(by);
        }
    }

    /// Tells of every login from now on; the first to ask is told.
    pub fn tell_logins(&self, told: impl Fn(Login) + Send + Sync + 'static) {
        let _ = self.0.told.set(Box::new(told));
    }

    /// Goes on with the tokens of `before`, where a target is configured as it was.
    pub fn adopt(&self, before: &Self) {
        for session in &self.0.sessions {
            before.0.sessions.iter().for_each(|other| session.adopt(other));
        }
    }

    /// What knows every live secret: for logs, errors and results.
    #[must_use]
    pub fn secrets(&self) -> Redactor {
        self.0.redactor.clone()
    }
}

impl fmt::Debug for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.upstreams.iter().map(|(plugin, of)| (plugin, of.keys())).collect();
        f.debug_tuple("Egress").field(&names).finish()
    }
}

fn build(kind: KindConfig, wiring: Wiring) -> Result<Box<dyn Upstream>, ConfigError> {
    let (plugin, upstream) = (wiring.plugin.clone(), wiring.upstream.clone());
    let (config, wiring) = match kind {
        KindConfig::Http(config) => (config, wiring),
        KindConfig::Palette(config) => (config.into(), Wiring { manner: palette::manner(), ..wiring }),
        KindConfig::Kubernetes(config) => {
            return match Kubernetes::new(config, wiring) {
                Ok(built) => Ok(Box::new(built)),
                Err(source) => Err(ConfigError::Kubernetes { plugin, upstream, source: source.into() }),
            };
        }
    };
    match Http::new(config, &wiring) {
        Ok(built) => Ok(Box::new(built)),
        Err((target, source)) => Err(ConfigError::Http { plugin, upstream, target, source: source.into() }),
    }
}

#[cfg(test)]
mod tests;
