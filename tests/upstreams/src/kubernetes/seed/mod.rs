//! What clusters hold when they start: users, objects, switches.
//!
//! [`Seed::demo`] is a fleet with something wrong of every sort; [`Seed::many_pods`] is for
//! measurements; tests build small seeds of their own:
//!
//! ```
//! use postern_upstreams::kubernetes::{ClusterSeed, Pod, Seed};
//!
//! let seed = Seed::of(ClusterSeed::new("test").with(Pod::new("shop", "web-1").on("node-a").crash_looping(1, 12)));
//! # let _ = seed;
//! ```

mod app;
mod demo;
mod managed;
mod many;
pub mod parts;
mod pod;
mod spec;

pub use app::App;
pub use pod::Pod;

use super::cluster::Metrics;
use super::object::Object;
use super::users::User;
use crate::wire::ClientCertificates;

/// The clusters of a fleet.
#[derive(Debug, Default)]
pub struct Seed {
    pub(super) clusters: Vec<ClusterSeed>,
}

impl Seed {
    /// No clusters yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One cluster.
    #[must_use]
    pub fn of(cluster: ClusterSeed) -> Self {
        Self::new().cluster(cluster)
    }

    /// Adds a cluster.
    #[must_use]
    pub fn cluster(mut self, cluster: ClusterSeed) -> Self {
        self.clusters.push(cluster);
        self
    }

    /// Three clusters, `prod`, `staging` and `edge`: mostly healthy, with one of everything that breaks.
    #[must_use]
    pub fn demo() -> Self {
        demo::fleet()
    }

    /// One cluster, `bench`, with this many healthy pods over twenty namespaces and as many nodes as they need.
    #[must_use]
    pub fn many_pods(count: usize) -> Self {
        Self::of(many::cluster(count))
    }
}

/// One cluster as it starts. Made with [`ClusterSeed::new`].
#[derive(Debug)]
pub struct ClusterSeed {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) base_path: String,
    pub(super) namespace: Option<String>,
    pub(super) tls_server_name: Option<String>,
    pub(super) client_certificates: ClientCertificates,
    pub(super) http2: bool,
    pub(super) metrics: Metrics,
    pub(super) writable: bool,
    pub(super) users: Vec<User>,
    pub(super) objects: Vec<Object>,
}

impl ClusterSeed {
    /// A cluster of version 1.36 with HTTP/2, a metrics-server and no objects.
    ///
    /// Until [`ClusterSeed::user`] names others it has two users: `{name}-reader`, who reads everything and whose
    /// token is the kubeconfig's, and `{name}-admin`. Their tokens are `{user}-token`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: "v1.36.2".to_owned(),
            base_path: String::new(),
            namespace: None,
            tls_server_name: None,
            client_certificates: ClientCertificates::Off,
            http2: true,
            metrics: Metrics::Present,
            writable: false,
            users: Vec::new(),
            objects: Vec::new(),
        }
        .user(User::new(&format!("{name}-reader")).token(&format!("{name}-reader-token")).reader())
        .user(User::new(&format!("{name}-admin")).token(&format!("{name}-admin-token")).admin())
    }

    /// The version that `/version` names, such as `v1.36.2`.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        self.version = version.to_owned();
        self
    }

    /// A path under which the whole API is served, such as `/k8s/clusters/c-abc`.
    #[must_use]
    pub fn base_path(mut self, path: &str) -> Self {
        path.trim_end_matches('/').clone_into(&mut self.base_path);
        self
    }

    /// The namespace of its context in the kubeconfig.
    #[must_use]
    pub fn namespace(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.to_owned());
        self
    }

    /// A further name that its certificate is valid for; the kubeconfig tells callers to verify that one.
    #[must_use]
    pub fn tls_server_name(mut self, name: &str) -> Self {
        self.tls_server_name = Some(name.to_owned());
        self
    }

    /// Whether it asks for client certificates.
    #[must_use]
    pub fn client_certificates(mut self, clients: ClientCertificates) -> Self {
        self.client_certificates = clients;
        self
    }

    /// Offers HTTP/1.1 only.
    #[must_use]
    pub fn http1_only(mut self) -> Self {
        self.http2 = false;
        self
    }

    /// Whether there is a metrics-server.
    #[must_use]
    pub fn metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = metrics;
        self
    }

    /// Takes writes; otherwise they are answered 405.
    #[must_use]
    pub fn writable(mut self) -> Self {
        self.writable = true;
        self
    }

    /// Forgets the users, the two standard ones included.
    #[must_use]
    pub fn without_users(mut self) -> Self {
        self.users.clear();
        self
    }

    /// Adds a user. The first one with a token is the kubeconfig's.
    #[must_use]
    pub fn user(mut self, user: User) -> Self {
        self.users.push(user);
        self
    }

    /// Adds an object.
    #[must_use]
    pub fn with(mut self, object: impl Into<Object>) -> Self {
        self.objects.push(object.into());
        self
    }

    /// Adds objects.
    #[must_use]
    pub fn with_all(mut self, objects: impl IntoIterator<Item = Object>) -> Self {
        self.objects.extend(objects);
        self
    }

    /// Adds a workload with all that belongs to it.
    #[must_use]
    pub fn app(self, app: App) -> Self {
        self.with_all(app.build())
    }
}
