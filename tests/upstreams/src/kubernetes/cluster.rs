//! The handle of one simulated cluster: its address, its switches, what it saw.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use super::kinds::of_object;
use super::object::Object;
use super::route::{Apiserver, lock};
use super::seed::ClusterSeed;
use super::store::Store;
use super::users::User;
use crate::fault::{Faults, Plan};
use crate::record::{Recorded, Recorder, Violation};
use crate::wire::{Authority, Identity, Server, ServerError, TlsError};

/// Whether a cluster has a metrics-server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Metrics {
    /// It has one that works.
    #[default]
    Present,
    /// It has none: its paths are unknown, in plain text.
    Absent,
    /// It has one that is down: 503.
    Unavailable,
}

/// What can be changed while a cluster runs.
#[derive(Debug, Default)]
pub(super) struct Switches {
    pub(super) metrics: Metrics,
    pub(super) writable: bool,
    pub(super) epoch: u64,
    pub(super) failing_checks: Vec<String>,
}

/// One simulated cluster. Dropping it, or the fleet it belongs to, stops it.
#[derive(Debug)]
pub struct Cluster {
    name: String,
    namespace: Option<String>,
    tls_server_name: Option<String>,
    authority: Authority,
    server: Server,
    apiserver: Arc<Apiserver>,
}

impl Cluster {
    /// Starts a cluster on a free loopback port.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when no port is free or no certificate can be made.
    pub async fn start(seed: ClusterSeed) -> Result<Self, ServerError> {
        let authority = Authority::new(&seed.name)?;
        let switches = Switches { metrics: seed.metrics, writable: seed.writable, ..Switches::default() };
        let apiserver = Arc::new(Apiserver {
            version: seed.version,
            base_path: seed.base_path,
            users: seed.users,
            certificates: Mutex::new(HashMap::new()),
            store: Mutex::new(Store::new(seed.objects)),
            switches: Mutex::new(switches),
            recorder: Recorder::default(),
            faults: Faults::default(),
        });
        let names: Vec<String> = seed.tls_server_name.iter().cloned().collect();
        let server =
            Server::start(&authority, &names, seed.client_certificates, seed.http2, Arc::clone(&apiserver))
                .await?;
        Ok(Self {
            name: seed.name,
            namespace: seed.namespace,
            tls_server_name: seed.tls_server_name,
            authority,
            server,
            apiserver,
        })
    }

    /// The name: that of its context, cluster and user in a kubeconfig.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server's URL with its base path, as a kubeconfig holds it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}{}", self.server.address(), self.apiserver.base_path)
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The context's namespace, if the seed names one.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// A second name that the server's certificate is valid for, if the seed names one.
    #[must_use]
    pub fn tls_server_name(&self) -> Option<&str> {
        self.tls_server_name.as_deref()
    }

    /// The certificate of the authority that signed the server's, PEM.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.authority.pem()
    }

    /// The bearer token of the first user that has one: the kubeconfig's.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.apiserver.users.iter().find_map(|user| user.token.as_deref())
    }

    /// The bearer token of a user.
    #[must_use]
    pub fn token_of(&self, user: &str) -> Option<&str> {
        self.apiserver.users.iter().find(|it| it.name == user).and_then(|it| it.token.as_deref())
    }

    /// Signs a certificate that this cluster takes for `user`, if the seed asks for certificates.
    ///
    /// # Errors
    ///
    /// [`TlsError::Certificate`] when signing fails.
    pub fn client_certificate(&self, user: User) -> Result<Identity, TlsError> {
        let groups: Vec<&str> = user.groups.iter().map(String::as_str).collect();
        let identity = self.authority.client(&user.name, &groups)?;
        lock(&self.apiserver.certificates).insert(identity.certificate_der.clone(), user);
        Ok(identity)
    }

    /// The requests so far, in order of arrival: the last 16,384 of them.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.apiserver.recorder.requests()
    }

    /// Forgets the requests and violations so far.
    pub fn forget(&self) {
        self.apiserver.recorder.clear();
    }

    /// How many connections were accepted so far, failed handshakes included.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.server.connections()
    }

    /// From now on a request that matches is a [`Violation`], answered 418 and nothing else.
    ///
    /// `matches` looks at the request alone: asking this cluster from inside it would wait for ever.
    pub fn forbid(
        &self,
        reason: impl Into<String>,
        matches: impl Fn(&Recorded) -> bool + Send + Sync + 'static,
    ) {
        self.apiserver.recorder.forbid(reason, matches);
    }

    /// The forbidden requests that came.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.apiserver.recorder.violations()
    }

    /// Plants a fault: a [`crate::fault::Fault`], or a [`Plan`] that says which requests it hits.
    ///
    /// Paths are matched as sent, the cluster's base path included.
    pub fn fault(&self, plan: impl Into<Plan>) {
        self.apiserver.faults.plant(plan);
    }

    /// Removes all faults.
    pub fn heal(&self) {
        self.apiserver.faults.clear();
    }

    /// Changes whether there is a metrics-server.
    pub fn set_metrics(&self, metrics: Metrics) {
        self.apiserver.switches().metrics = metrics;
    }

    /// Changes whether writes are taken; otherwise they are answered 405.
    pub fn set_writable(&self, writable: bool) {
        self.apiserver.switches().writable = writable;
    }

    /// Makes these checks of `/livez` and `/readyz` fail, and all others pass.
    pub fn set_failing_checks(&self, checks: &[&str]) {
        self.apiserver.switches().failing_checks = checks.iter().map(|&it| it.to_owned()).collect();
    }

    /// Makes all continue tokens handed out so far expire: 410, with a fresh one.
    pub fn expire_continue_tokens(&self) {
        let mut switches = self.apiserver.switches();
        switches.epoch = switches.epoch.saturating_add(1);
    }

    /// Stores an object, new or changed; watchers hear of it.
    pub fn put(&self, object: Object) {
        self.apiserver.store().put(object);
    }

    /// Removes an object; watchers hear of it. False if it is not there.
    pub fn remove(&self, api_version: &str, kind: &str, namespace: &str, name: &str) -> bool {
        let kind = of_object(api_version, kind);
        kind.is_some_and(|kind| self.apiserver.store().remove(kind, namespace, name).is_some())
    }

    /// Stops it as a machine that is switched off: port closed, connections broken.
    pub fn stop(&self) {
        self.server.stop();
    }

    /// Fails if any request came at all.
    ///
    /// # Panics
    ///
    /// If one did; the message lists them.
    #[track_caller]
    pub fn assert_silent(&self) {
        let requests = self.requests();
        let list: Vec<String> = requests.iter().map(ToString::to_string).collect();
        assert!(list.is_empty(), "cluster `{}` was asked:\n{}", self.name, list.join("\n"));
    }
}
