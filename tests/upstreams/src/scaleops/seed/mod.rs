//! What a simulated ScaleOps holds: clusters, workloads, accounts.

mod demo;

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::workload::{Flow, Workload};

/// What one server starts with. The first cluster is the parent's own.
#[derive(Debug, Clone)]
pub struct Seed {
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) workloads: Vec<Workload>,
    pub(super) accounts: HashMap<String, String>,
    pub(super) tokens: Vec<String>,
    pub(super) lifetime: Duration,
    pub(super) patience: Option<u32>,
    pub(super) is_open: bool,
}

/// One cluster that the server answers for.
#[derive(Debug, Clone)]
pub struct Cluster {
    pub(crate) name: String,
    /// Whether network costs are on; `None` when the server says nothing about it.
    pub(super) network: Option<bool>,
    pub(super) policies: Vec<Value>,
}

impl Cluster {
    /// A cluster without policies, of which nothing is said about network costs.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), network: None, policies: Vec::new() }
    }

    /// Network costs on or off.
    #[must_use]
    pub fn network(mut self, is_on: bool) -> Self {
        self.network = Some(is_on);
        self
    }

    /// One policy more, as [`policy`] makes them.
    #[must_use]
    pub fn policy(mut self, policy: Value) -> Self {
        self.policies.push(policy);
        self
    }
}

impl Seed {
    /// Nothing but an account: `svc-postern` with the password `correct horse`. Tokens last an hour.
    #[must_use]
    pub fn new() -> Self {
        let account = ("svc-postern".to_owned(), "correct horse".to_owned());
        Self {
            clusters: Vec::new(),
            workloads: Vec::new(),
            accounts: HashMap::from([account]),
            tokens: Vec::new(),
            lifetime: Duration::from_secs(3600),
            patience: None,
            is_open: false,
        }
    }

    /// A small company: the teams payments, shop and platform, some forty workloads in three clusters.
    ///
    /// Labels are `app`, `env`, `team` and `app.kubernetes.io/part-of` (the system).
    #[must_use]
    pub fn demo() -> Self {
        demo::seed()
    }

    /// Two workloads in two clusters, labelled `app=checkout` and `env=prod`: one over-provisioned and manual
    /// in `c1`, which has network costs, one under-provisioned and automatic in `c2`. One cost row is foreign.
    #[must_use]
    pub fn reference() -> Self {
        let own = |it: Workload| it.label("app", "checkout").label("env", "prod");
        let first = Workload::new("c1", "shop", "Deployment", "checkout");
        let second = Workload::new("c2", "shop", "StatefulSet", "checkout-db");
        let production = policy("production", "24h", 85, 10);
        Self::new()
            .cluster(Cluster::new("c1").network(true).policy(production.clone()))
            .cluster(Cluster::new("c2").network(false).policy(production))
            .workload(
                own(first)
                    .replicas(3)
                    .cpu(1000, 71)
                    .memory(2048, 1987)
                    .over(102.4)
                    .costs(32.33 / 7.0)
                    .talks_to(Flow::new("orders-db", "shop", "StatefulSet", 0.3, 1000.0)),
            )
            .workload(
                own(second)
                    .cpu(250, 600)
                    .memory(1024, 1536)
                    .under()
                    .automatic(5.5)
                    .policy("high-availability")
                    .costs(2.0),
            )
            .workload(Workload::new("c1", "shop", "Deployment", "not-ours").costs(9.0).foreign())
    }

    /// One cluster more.
    #[must_use]
    pub fn cluster(mut self, cluster: Cluster) -> Self {
        self.clusters.push(cluster);
        self
    }

    /// One workload more.
    #[must_use]
    pub fn workload(mut self, workload: Workload) -> Self {
        self.workloads.push(workload);
        self
    }

    /// One account more.
    #[must_use]
    pub fn account(mut self, username: &str, password: &str) -> Self {
        self.accounts.insert(username.to_owned(), password.to_owned());
        self
    }

    /// A bearer token that is good without a login, for ever.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.tokens.push(token.to_owned());
        self
    }

    /// How long a token lasts.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Locks an account after so many wrong passwords in a row.
    #[must_use]
    pub fn lock_after(mut self, failures: u32) -> Self {
        self.patience = Some(failures);
        self
    }

    /// Without authentication: every request is answered.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.is_open = true;
        self
    }

    /// The ids of the workloads, as the dashboard has them.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.workloads.iter().filter(|it| it.is_listed).map(Workload::id).collect()
    }
}

impl Default for Seed {
    fn default() -> Self {
        Self::new()
    }
}

/// A policy as a Kubernetes object: the window that it looks back, the percentile and headroom that it asks for.
#[must_use]
pub fn policy(name: &str, window: &str, percentile: u32, headroom: u32) -> Value {
    let request = json!({"headroomPercentage": headroom, "percentilePercentage": percentile});
    json!({
        "apiVersion": "analysis.scaleops.sh/v1alpha1", "kind": "Policy",
        "metadata": {"name": name, "namespace": "scaleops-system", "resourceVersion": "1"},
        "spec": {
            "type": "Optimize",
            "policyOptimize": {"rightSizePolicy": {
                "windowByResource": {"cpu": window, "memory": window},
                "requestsConfigs": {"cpu": request, "memory": request},
                "limitConfigs": {"cpu": {"keepLimit": true}, "memory": {"keepLimit": false}},
            }},
            "updatePolicy": {"updateByTypeMode": {
                "deployment": "Ongoing", "statefulSet": "OnCreate", "daemonSet": "OnCreate", "job": "OnCreate",
            }},
            "autoHealing": {"enabledByResource": {"cpu": true, "memory": true}},
        },
    })
}
